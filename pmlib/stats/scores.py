"""Scores of surveys."""

import math

from scipy.special import ndtr

from pmlib.core import Estimate, TooFewError, Unit
from pmlib.stats.inputs import count
from pmlib.stats.shares import critical

SCALE = 100
METHOD = "adjusted Wald interval for a net promoter score (3 answers added)"


def nps(promoters: int, passives: int, detractors: int, *, label: str = "NPS", level: float = 0.95) -> Estimate:
    """Estimate a net promoter score, per cent promoters (9-10) minus per cent detractors (0-6).

    The value is the raw score; the interval adds three quarters of a promoter and of a detractor and one and a half
    passives, which keeps its coverage in small samples.

    Returns
    -------
    Estimate
        Unit ``SCORE``, from -100 to 100.

    Raises
    ------
    TooFewError
        If nobody answered.

    References
    ----------
    Rocks (2016), The American Statistician 70:365-372.

    Examples
    --------
    >>> print(nps(50, 30, 20))
    30.0 (95% interval 14.1 to 44.2)
    """
    promoters, passives, detractors = (count(one, label) for one in (promoters, passives, detractors))
    n = promoters + passives + detractors
    if n == 0:
        raise TooFewError(f"'{label}' has no answer; choose another question, wave or segment.")
    value = SCALE * (promoters - detractors) / n
    centre, error = adjusted(promoters, n, detractors)
    half = critical(level) * math.sqrt(error)
    low, high = max(-SCALE, SCALE * (centre - half)), min(SCALE, SCALE * (centre + half))
    return Estimate(label, value, low, high, Unit.SCORE, n, METHOD, level)


def nps_difference(
    now: tuple[int, int, int], before: tuple[int, int, int], *, label: str = "change in NPS", level: float = 0.95
) -> Estimate:
    """Estimate the change between two independent waves, each ``(promoters, passives, detractors)``.

    Returns
    -------
    Estimate
        Unit ``SCORE``; the value is raw, interval and ``p`` rest on the adjusted scores.
    """
    now, before = ((count(a, label), count(b, label), count(c, label)) for a, b, c in (now, before))
    sizes = sum(now), sum(before)
    if 0 in sizes:
        raise TooFewError(f"'{label}' compares with a wave nobody answered.")
    raw = SCALE * ((now[0] - now[2]) / sizes[0] - (before[0] - before[2]) / sizes[1])
    centre_now, error_now = adjusted(now[0], sizes[0], now[2])
    centre_before, error_before = adjusted(before[0], sizes[1], before[2])
    gap, error = centre_now - centre_before, math.sqrt(error_now + error_before)
    half = critical(level) * error
    p = 2 * float(ndtr(-abs(gap) / error))
    return Estimate(
        label, raw, SCALE * (gap - half), SCALE * (gap + half), Unit.SCORE, sum(sizes), METHOD + ", z test", level, p
    )


def adjusted(promoters: int, n: int, detractors: int) -> tuple[float, float]:
    """Return the adjusted score as a fraction and the variance of its mean."""
    up, down, size = (promoters + 0.75) / (n + 3), (detractors + 0.75) / (n + 3), n + 3
    return up - down, (up + down - (up - down) ** 2) / size
