"""Ratios as angles: where a test of ``group = ratio * base`` begins to refuse, however far out that is."""

import math
from collections.abc import Callable

RIGHT, EVEN = math.pi / 2, math.pi / 4
"""The angles of a ratio without bounds, and of a ratio of 1."""
STEPS, HALVINGS = 64, 60

Refuses = Callable[[float, float], bool]
"""Whether ``x * group - y * base`` is told from 0; ``x`` and ``y`` have length 1, and the ratio is ``y / x``."""


def ratio_ends(above: Refuses, below: Refuses, group: float, base: float) -> tuple[float | None, float | None]:
    """Return the ratios between which neither test refuses.

    The ends are those next to the ratio seen; 1 lies outside exactly where it is refused itself.

    Parameters
    ----------
    above, below
        Whether the weighted difference is told to be above 0, and below.
    group, base
        The two values seen; ``base`` above 0.

    Returns
    -------
    tuple
        Lowest and highest ratio; ``None`` where ratios of any size are left.
    """
    seen = math.atan2(group, base)
    low = crossing(lambda angle: above(math.cos(angle), math.sin(angle)), seen, 1.0)
    high = crossing(lambda angle: below(math.cos(-angle), math.sin(-angle)), -seen, -1.0)
    return (None if low is None else math.tan(low)), (None if high is None else -math.tan(high))


def crossing(refused: Callable[[float], bool], seen: float, side: float) -> float | None:
    """Return the angle below ``seen`` at which a test begins to refuse; ``None`` where it never does."""
    even = side * EVEN
    if even < seen and refused(even):
        held, out = seen, even
    else:
        held, out = min(seen, even), -RIGHT
    if not refused(out):
        return None
    length = (held - out) / STEPS
    for step in range(1, STEPS):
        if refused(held - step * length):
            out = held - step * length
            break
    held = min(held, out + length)
    for _ in range(HALVINGS):
        middle = (held + out) / 2
        if middle in (held, out):
            break
        held, out = (held, middle) if refused(middle) else (middle, out)
    return out
