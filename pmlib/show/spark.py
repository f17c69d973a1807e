"""Sparklines as SVG drawn by hand."""

from collections.abc import Sequence

from pmlib.show.theme import MAIN

WIDTH, HEIGHT, PAD = 120, 30, 3


def polylines(values: Sequence[float | None]) -> list[str]:
    """Return the points of each unbroken run of values, for an SVG of 120 by 30; fewer than two values give none.

    Examples
    --------
    >>> polylines([1, 2, None, 3, 5]), polylines([1])
    (['3.0,27.0 31.5,21.0', '88.5,15.0 117.0,3.0'], [])
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return []
    low, spread = min(known), (max(known) - min(known)) or 1.0
    step = (WIDTH - 2 * PAD) / (len(values) - 1)
    runs: list[list[str]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
            continue
        x, y = PAD + index * step, HEIGHT - PAD - (value - low) / spread * (HEIGHT - 2 * PAD)
        runs[-1].append(f"{x:.1f},{y:.1f}")
    return [" ".join(run) for run in runs if len(run) > 1]


def svg(lines: Sequence[str]) -> str:
    """Draw the lines of :func:`polylines`."""
    shapes = "".join(f'<polyline points="{line}" fill="none" stroke="{MAIN}" stroke-width="2"/>' for line in lines)
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">{shapes}</svg>' if lines else ""
