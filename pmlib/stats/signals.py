"""The one rule for what is called a signal."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pmlib.core import Estimate, Grain, SettingError, Signal, Unit
from pmlib.core.estimate import State
from pmlib.stats.expected import RECENT, Floats, expect, shortest
from pmlib.stats.inputs import count, number
from pmlib.stats.pairs import quantile

FEWEST = 26
"""Earlier values needed before anything is called."""
RATE = 0.01
"""False signals promised a look, measured by tests: the limits hold 99 of 100 next values of a series that goes on."""
LEVEL = 0.9986
"""What limits of 3.2 standard deviations hold of normal values: 3 would give up to 1.5 false signals in 100 looks,
for deviations are estimated."""
SMALL = 25
"""Counts around this and below vary by their root, not by their ratio."""
STILL = 1e-9
"""A deviation below this part of the values is none."""
METHOD = (
    "XmR rule 1: forecast errors of a level that follows the series with its slope, limits of Student's t from their "
    "moving ranges, widened where neighbours are alike"
)


@dataclass(frozen=True)
class Scale:
    """A scale on which values vary alike, whatever their size.

    Parameters
    ----------
    floor
        The least standard deviation counting alone leaves, on the scale.
    """

    name: str
    there: Callable[[Floats], Floats]
    back: Callable[[float], float]
    floor: float = 0.0


def signal(
    history: Sequence[float | None],
    value: float | None,
    *,
    season: int | None = None,
    unit: Unit = Unit.NUMBER,
    label: str = "value",
    every: Grain = "week",
    base: int | None = None,
) -> Signal:
    """Judge a value by its own history: XmR's rule 1 on what its usual course does not explain.

    The series is taken on a scale on which it varies alike (ratios for amounts, roots for small counts, angles for
    shares), its season is taken off where that helped, and the level is followed (:func:`pmlib.stats.expected.expect`).
    Each week's error of the forecast made a week before is charted: the limits lie 3.2 standard deviations around the
    next forecast, widened by Student's t for the number of errors, their deviation taken from moving ranges and
    corrected for autocorrelation. One point beyond them is a signal; no other rule is used.

    Measured on quiet weeks (``benchmarks/signals.py``): 0 to 0.7 false signals in 100 looks at series that are steady,
    wander, grow, follow a season or themselves, had outages, gaps or a new level, or count few people; 1 to 2 where
    tails are as heavy as those of Student's t with 4 degrees of freedom, 2 to 3 where the steps of a wandering series
    are. A yearly season is known only from the second year on: before, its sharp weeks are called.

    Parameters
    ----------
    history
        Earlier values, oldest first, evenly spaced, without the one to be judged; ``None`` for a gap.
    value
        The value to judge, or ``None`` where it is not known.
    season
        Values in a season: 52 for weeks, 7 for days.
    every
        What a value stands for; only for the words.
    base
        What the value was divided by, if it is a share: few people make wider limits.

    Returns
    -------
    Signal
        With fewer than 26 earlier values its state is ``"early"``; where the history never moved, ``""`` with a reason.

    References
    ----------
    Wheeler (1993), Understanding Variation (XmR charts).

    Examples
    --------
    >>> calm = [100, 104, 99, 103, 98, 102, 100, 105, 101, 99] * 3
    >>> print(signal(calm, 103, unit=Unit.COUNT).words)
    within its range
    >>> print(signal(calm, 60, unit=Unit.COUNT).words)
    below its range: a signal
    >>> print(signal(calm[:12], 60).words)
    too early to call (12 of the 26 earlier weeks needed)
    """
    values = np.array([math.nan if (one := known(each, label)) is None else one for each in history])
    value = known(value, label)
    base = None if base is None else max(1, count(base, "base"))
    if season is not None and count(season, "season") < 2:
        raise SettingError(f"A season of {season} is none; it has 2 values or more, such as 7 days or 52 weeks.")
    scale = fitting(values, unit, base)
    scaled = scale.there(values)
    seen = int(np.isfinite(scaled).sum())
    # A short season must be known before its highs and lows can be told from news; a year's may take years.
    needed = FEWEST if season is None or season >= FEWEST else max(FEWEST, shortest(season))
    method = f"{METHOD}; on {scale.name}"

    def answer(state: State, limits: Estimate) -> Signal:
        return Signal(state, limits, seen, needed, every, RATE)

    def refused(state: State, reason: str) -> Signal:
        return answer(state, Estimate(label, None, None, None, unit, seen, method, 1 - RATE, reason=reason))

    if seen < needed:
        return refused("early", f"only {seen} earlier {every}{'' if seen == 1 else 's'}, {needed} are needed")
    found = expect(scaled, season)
    if found is None or not np.isfinite(scaled[-RECENT:]).any():
        return refused("", "too many gaps in its history")
    spread = max(found.deviation, scale.floor)
    if spread <= STILL * max(1.0, float(np.nanmax(np.abs(scaled[-RECENT:])))):
        return refused("", "its history always moved alike, which gives no range")
    half = quantile(LEVEL, found.n - 1) * spread * math.sqrt(1 + 1 / found.n)
    low, middle, high = (scale.back(found.value + move) for move in (found.drop - half, 0.0, half + found.rise))
    if often_zero(values, unit):
        low, high = min(low, 0.0), max(high, 0.0)
    if unit.kind == "count":
        low, high = float(math.floor(low)), float(math.ceil(high))
    method += f", season of {season} taken off" if found.season else ""
    limits = Estimate(label, middle, low, high, unit, found.n, method, 1 - RATE)
    if value is None:
        return answer("", limits)
    return answer("above" if value > high else "below" if value < low else "none", limits)


def known(value: float | None, label: str) -> float | None:
    """Return a value of a series; a gap where there is none, also one that a table holds as NaN."""
    return None if value is None or value != value else number(value, label)


def fitting(values: Floats, unit: Unit, base: int | None) -> Scale:
    """Choose the scale by the unit and the recent values."""
    recent = values[-RECENT:]
    known = recent[np.isfinite(recent)]
    if not known.size or (known < 0).any():
        return Scale("its own scale", lambda x: x, float)
    if unit.kind == "share" and (known <= 1).all():
        floor = 0.5 / math.sqrt(base) if base else 0.0
        return Scale("angles", lambda x: np.arcsin(np.sqrt(np.clip(x, 0, 1))), angle_back, floor)
    few = unit.kind == "count" and float(np.median(known)) < SMALL
    if few or often_zero(values, unit):
        # A count that comes from many rare chances varies by half on the scale of roots.
        return Scale("roots", lambda x: np.sqrt(np.maximum(x, 0)), root_back, 0.5 if few else 0.0)
    # Rare zeros are incidents: what has no log is a gap.
    return Scale("ratios", lambda x: np.log(np.where(x > 0, x, math.nan)), math.exp)


def often_zero(values: Floats, unit: Unit) -> bool:
    """Whether zeros belong to the series: 1 in 20 of its recent values, or 1 in 10 where it counts."""
    recent = values[-RECENT:]
    part = 0.1 if unit.kind == "count" else 0.05
    return int((recent == 0).sum()) >= max(2.0, part * int(np.isfinite(recent).sum()))


def angle_back(angle: float) -> float:
    """Return the share of an angle."""
    return math.sin(min(max(angle, 0.0), math.pi / 2)) ** 2


def root_back(root: float) -> float:
    """Return the amount of a root."""
    return max(root, 0.0) ** 2
