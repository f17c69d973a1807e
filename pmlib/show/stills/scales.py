"""Scales: from values and dates to places on the paper, with ticks a reader would choose."""

import math
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise

from pmlib.core import Unit
from pmlib.core.periods import day_text
from pmlib.core.units import MINUS, rounded
from pmlib.show.shapes import Series, Shape, Value

HUGE, TINY = 1e300, 1e-290
"""Beyond these a difference of two values would leave the floats."""
LETTERS = ((1e9, "B"), (1e6, "M"), (1e3, "k"))
SHORT_SPAN = 98
"""Days up to which the points themselves are dated, not the months."""
MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12000)


@dataclass(frozen=True)
class Scale:
    """A straight scale from ``low``..``high`` to ``start``..``end``."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return the place of a value, never beyond the ends.

        Examples
        --------
        >>> Scale(0, 10, 100, 0).at(2.5), Scale(0, 10, 100, 0).at(99)
        (75.0, 0.0)
        """
        part = (value - self.low) / (self.high - self.low)
        return self.start + min(max(part, 0.0), 1.0) * (self.end - self.start)


def clean(shape: Shape) -> Shape:
    """Return the shape with every value a finite float or ``None``."""
    return replace(shape, series=tuple(plain(one) for one in shape.series))


def plain(one: Series) -> Series:
    """Return a series of finite floats."""
    y, low, high = (tuple(finite(value) for value in part) for part in (one.y, one.low, one.high))
    return replace(one, y=y, low=low, high=high)


def finite(value: Value) -> Value:
    """Return a value a drawing can hold."""
    if value is None or value != value:
        return None
    return None if abs(value) > HUGE else float(value)


def reach(unit: Unit, values: list[float], *, zero: bool) -> tuple[float, float]:
    """Return the ends of a scale that holds the values with a little room, and zero where asked.

    Examples
    --------
    >>> reach(Unit.SHARE, [0.2, 0.5], zero=True), reach(Unit.SHARE, [1.0], zero=True), reach(Unit.COUNT, [], zero=True)
    ((0.0, 0.53), (0.0, 1.0), (0.0, 1.0))
    """
    if not values:
        return 0.0, 1.0
    lowest, highest = min(values), max(values)
    low, high = (min(lowest, 0.0), max(highest, 0.0)) if zero else (lowest, highest)
    if high - low <= max(1e-9 * max(abs(low), abs(high)), TINY):
        low, high = (0.0, 1.0) if abs(high) <= TINY else (low - abs(high) * 0.1, high + abs(high) * 0.1)
    else:
        room = (high - low) * 0.06
        low, high = low - room * (not zero or lowest < 0), high + room * (not zero or highest > 0)
    if lowest >= 0:
        low = max(low, 0.0)
    if unit.kind == "share" and highest <= 1:
        high = min(high, 1.0)
    return low, high


def ticks(low: float, high: float, count: int = 5, *, whole: bool = False) -> list[float]:
    """Return round values between ``low`` and ``high``, about ``count`` of them.

    Examples
    --------
    >>> ticks(0, 6421), ticks(-0.13, 0.31), ticks(0, 3, whole=True)
    ([0.0, 2000.0, 4000.0, 6000.0], [-0.1, 0.0, 0.1, 0.2, 0.3], [0.0, 1.0, 2.0, 3.0])
    """
    raw = (high - low) / count
    power = math.floor(math.log10(raw))
    step = next(size for size in (factor * 10.0**power for factor in (1, 2, 5, 10)) if size >= raw * 0.999)
    if whole and high - low >= 2:
        step = max(step, 1.0)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{place * step:.12g}") for place in range(first, last + 1)]


def written(unit: Unit, values: list[float]) -> list[str]:
    """Write the ticks of a scale in their unit, all to the same decimals.

    Examples
    --------
    >>> written(Unit.COUNT, [0, 5000, 10000, 15000]), written(Unit.LIFT, [-0.1, 0, 0.1])
    (['0', '5k', '10k', '15k'], ['−10%', '0%', '+10%'])
    >>> written(Unit.SHARE, [0.1, 0.105]), written(Unit.currency("EUR"), [0, 20]), written(Unit.POINTS, [0.0, 0.05])
    (['10.0%', '10.5%'], ['0 EUR', '20 EUR'], ['0 points', '+5 points'])
    """
    top = max((abs(value) for value in values), default=0.0)
    step = min((b - a for a, b in pairwise(values)), default=top) or 1.0
    suffix = "%" if unit.kind in {"share", "lift"} else " points" if unit.kind == "points" else unit.suffix
    if top >= 1e15 or step < 1e-7:
        return [f"{value:.3g}".replace("-", MINUS) + suffix for value in values]
    scale, letter = (0.01, "") if unit.is_fraction else (1.0, "")
    if unit.kind in {"count", "number", "currency"} and top >= 10_000:
        scale, letter = next((size, sign) for size, sign in LETTERS if top >= size)
    decimals = max(0, math.ceil(-math.log10(step / scale) - 1e-9))
    signed = unit.kind in {"lift", "points"}
    return [
        f"{'+' if signed and value > 0 else ''}{rounded(value / scale, decimals)}{letter if value else ''}{suffix}"
        for value in values
    ]


def moment(text: str) -> float | None:
    """Return an ISO date or time as a day number; ``None`` for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.toordinal() + (found.hour * 60 + found.minute) / 1440


def date_ticks(low: float, high: float, days: list[float], room: float) -> list[tuple[float, str, str]]:
    """Return day numbers with their labels and, where the year is new, the year below.

    ``days`` are the points; a short span dates them, counted back from the last, a long one its months or years.

    Examples
    --------
    >>> start = date(2026, 1, 5).toordinal()
    >>> [tick[1:] for tick in date_ticks(start, start + 14, [start, start + 7, start + 14], 200)]
    [('5 Jan', '2026'), ('12 Jan', ''), ('19 Jan', '')]
    >>> [tick[1:] for tick in date_ticks(start - 300, start + 60, [start], 300)]
    [('Apr', '2025'), ('Jul', ''), ('Oct', ''), ('Jan', '2026')]
    """
    if high - low <= SHORT_SPAN:
        points = sorted({int(day) for day in days})
        each = math.ceil(len(points) / max(1, int(room // 56)))
        dated = [(date.fromordinal(day), day_text(date.fromordinal(day))) for day in points[::-1][::each][::-1]]
    else:
        months = next((one for one in MONTHS if (high - low) / (30.44 * one) <= room / 52), MONTHS[-1])
        first, last = date.fromordinal(math.ceil(low)), date.fromordinal(math.floor(high))
        numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
        starts = [date(one // 12, one % 12 + 1, 1) for one in numbers if one % months == 0 and one >= 12]
        inside = [one for one in starts if low <= one.toordinal() <= high]
        dated = [(one, f"{one:%b}" if months < 12 else str(one.year)) for one in inside]
    found: list[tuple[float, str, str]] = []
    year = 0
    for day, label in dated:
        new = str(day.year) if day.year != year and label != str(day.year) else ""
        found.append((float(day.toordinal()), label, new))
        year = day.year
    return found
