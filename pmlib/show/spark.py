"""Sparklines as SVG drawn by hand."""

from collections.abc import Sequence

WIDTH, HEIGHT, PAD = 120, 30, 3


def spark(values: Sequence[float | None]) -> str:
    """Draw values as a small line with a dot at the last; fewer than two known values draw nothing.

    Examples
    --------
    >>> spark([1, 2, 3]).count("polyline"), spark([1])
    (1, '')
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    spread = (high - low) or 1.0
    step = (WIDTH - 2 * PAD) / (len(values) - 1)
    runs: list[list[str]] = [[]]
    last = ""
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
            continue
        x, y = PAD + index * step, HEIGHT - PAD - (value - low) / spread * (HEIGHT - 2 * PAD)
        runs[-1].append(f"{x:.1f},{y:.1f}")
        last = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
    lines = "".join(f'<polyline points="{" ".join(run)}"/>' for run in runs if run)
    return f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">{lines}{last}</svg>'
