"""Sparklines as SVG drawn by hand."""

import math
from collections.abc import Sequence

from pmlib.core import Unit

WIDTH, HEIGHT, PAD = 120, 30, 3


def polylines(values: Sequence[float | None]) -> list[str]:
    """Return the points of each unbroken run of values, for an SVG of 120 by 30; fewer than two values give none.

    Examples
    --------
    >>> polylines([1, 2, None, 3, 5]), polylines([1])
    (['3.0,27.0 31.5,21.0', '88.5,15.0 117.0,3.0'], [])
    """
    runs: list[list[str]] = [[]]
    for spot in spots(values):
        if spot is None:
            runs.append([])
        else:
            runs[-1].append(f"{spot[0]:.1f},{spot[1]:.1f}")
    return [" ".join(run) for run in runs if len(run) > 1]


def last(values: Sequence[float | None]) -> str:
    """Return the place of the last known value, ``"x,y"`` as in :func:`polylines`; empty where that draws nothing.

    As a path ``M x,y h 0`` with round caps and ``vector-effect: non-scaling-stroke`` it stays round however the
    sparkline is stretched.

    Examples
    --------
    >>> last([1, 2, None, 3, 5]), last([1, 5, None]), last([1])
    ('117.0,3.0', '60.0,3.0', '')
    """
    known = [spot for spot in spots(values) if spot is not None]
    return f"{known[-1][0]:.1f},{known[-1][1]:.1f}" if known else ""


def ends(values: Sequence[float | None], unit: Unit) -> tuple[str, str]:
    """Return the lowest and the highest value in words: each sparkline has a scale of its own, so it must say which.

    Examples
    --------
    >>> ends([12_000, None, 46_300], Unit.COUNT), ends([0.5], Unit.SHARE)
    (('12.0k', '46.3k'), ('', ''))
    """
    numbers = known(values)
    return (unit.short(min(numbers)), unit.short(max(numbers))) if len(numbers) > 1 else ("", "")


def known(values: Sequence[float | None]) -> list[float]:
    """Return the values that are numbers."""
    return [value for value in values if value is not None and math.isfinite(value)]


def spots(values: Sequence[float | None]) -> list[tuple[float, float] | None]:
    """Return the place of each value, ``None`` for a gap; nothing where fewer than two values are known."""
    numbers = known(values)
    if len(numbers) < 2:
        return []
    low, spread = min(numbers), (max(numbers) - min(numbers)) or 1.0
    step = (WIDTH - 2 * PAD) / (len(values) - 1)
    return [
        None
        if value is None or not math.isfinite(value)
        else (PAD + index * step, HEIGHT - PAD - (value - low) / spread * (HEIGHT - 2 * PAD))
        for index, value in enumerate(values)
    ]


def svg(lines: Sequence[str], mark: str = "") -> str:
    """Draw the lines of :func:`polylines`, and the point of :func:`last` where it is given."""
    if not lines:
        return ""
    shapes = "".join(f'<polyline points="{line}"/>' for line in lines)
    if mark:
        x, y = mark.split(",")
        shapes += f'<circle cx="{x}" cy="{y}" r="2" fill="currentColor"/>'
    look = 'fill="none" stroke="currentColor" stroke-width="2"'
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" {look}>{shapes}</svg>'
