"""Shares of units: one share, the difference and the lift between two."""

import math
import sys
from collections.abc import Callable

from scipy.special import ndtr, ndtri

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.stats.inputs import count, number

TOLERANCE = 1e-12
FAR = 1e3
"""A score that far off counts as that far: steps towards a root need finite values."""


def share(hits: int, n: int, *, label: str = "share", level: float = 0.95) -> Estimate:
    """Estimate a share with Wilson's score interval.

    Parameters
    ----------
    hits, n
        Units that did the thing, and units that could have; ``0 <= hits <= n``.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Estimate
        Unit ``SHARE``; ``value``, ``low`` and ``high`` are fractions in ``[0, 1]``.

    Raises
    ------
    TooFewError
        If ``n`` is 0.

    References
    ----------
    Wilson (1927), JASA 22:209-212.

    Examples
    --------
    >>> print(share(81, 263))
    30.8% (95% interval 25.5% to 36.6%)
    """
    hits, n = counted(hits, n, label)
    z = critical(level)
    p = hits / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low = 0.0 if hits == 0 else centre - half
    high = 1.0 if hits == n else centre + half
    return Estimate(label, p, low, high, Unit.SHARE, n, "Wilson score interval for a share", level)


def share_difference(
    hits: int, n: int, base_hits: int, base_n: int, *, label: str = "difference", level: float = 0.95
) -> Estimate:
    """Estimate the difference of two shares, ``hits / n - base_hits / base_n``.

    The interval is Miettinen and Nurminen's score interval; ``p`` is the N - 1 chi-square test it inverts, so the
    interval excludes 0 exactly when ``p < 1 - level``.

    Returns
    -------
    Estimate
        Unit ``POINTS``; fractions in ``[-1, 1]``.

    Raises
    ------
    TooFewError
        If a group is empty.

    References
    ----------
    Miettinen and Nurminen (1985), Statistics in Medicine 4:213-226.

    Examples
    --------
    >>> print(share_difference(56, 70, 48, 80))
    20.0 points (95% interval 5.3 points to 33.8 points)
    """
    (hits, n), (base_hits, base_n) = counted(hits, n, label), counted(base_hits, base_n, label)
    z = critical(level)
    value = hits / n - base_hits / base_n

    def score(delta: float) -> float:
        return difference_score(hits, n, base_hits, base_n, delta)

    low = -1.0 if value - -1.0 < TOLERANCE else root(lambda d: score(d) - z, -1.0, value)
    high = 1.0 if 1.0 - value < TOLERANCE else root(lambda d: score(d) + z, value, 1.0)
    p = two_sided(score(0.0))
    method = "Miettinen-Nurminen score interval, N-1 chi-square test"
    return Estimate(label, value, low, high, Unit.POINTS, n + base_n, method, level, p)


def share_lift(hits: int, n: int, base_hits: int, base_n: int, *, label: str = "lift", level: float = 0.95) -> Estimate:
    """Estimate the relative lift of a share over a base, ``(hits / n) / (base_hits / base_n) - 1``.

    Returns
    -------
    Estimate
        Unit ``LIFT``; 0.1 is ten per cent more. The upper end is open where the base may be 0.

    References
    ----------
    Miettinen and Nurminen (1985), Statistics in Medicine 4:213-226.

    Examples
    --------
    >>> print(share_lift(56, 70, 48, 80))
    33.3% (95% interval 7.9% to 67.2%)
    """
    (hits, n), (base_hits, base_n) = counted(hits, n, label), counted(base_hits, base_n, label)
    z = critical(level)
    method = "Miettinen-Nurminen score interval for a ratio, N-1 chi-square test"
    p = two_sided(difference_score(hits, n, base_hits, base_n, 0.0))

    def score(log_ratio: float) -> float:
        return ratio_score(hits, n, base_hits, base_n, math.exp(log_ratio))

    if base_hits == 0:
        low = None if hits == 0 else math.exp(root(lambda r: score(r) - z, -40.0, 40.0)) - 1
        reason = "nobody in the base group did it, so a ratio has no upper end"
        return Estimate(label, None, low, None, Unit.LIFT, n + base_n, method, level, p, reason=reason)
    ratio = (hits / n) / (base_hits / base_n)
    middle = math.log(ratio) if hits else -40.0
    low = -1.0 if hits == 0 else math.exp(root(lambda r: score(r) - z, -40.0, middle)) - 1
    high = math.exp(root(lambda r: score(r) + z, middle, 40.0)) - 1
    return Estimate(label, ratio - 1, low, high, Unit.LIFT, n + base_n, method, level, p)


def difference_score(hits: int, n: int, base_hits: int, base_n: int, delta: float) -> float:
    """Score statistic of a true difference ``delta``, variance at the restricted maximum of likelihood."""
    total, done = n + base_n, hits + base_hits
    if 2 * done > total:
        # The same difference of the misses: shares near 0 keep their digits.
        return difference_score(base_n - base_hits, base_n, n - hits, n, delta)
    gap = hits / n - base_hits / base_n - delta
    square = (total + base_n) * delta - total - done
    line = (base_n * delta - total - 2 * base_hits) * delta + done
    constant = base_hits * delta * (1 - delta)
    q = square**3 / (3 * total) ** 3 - line * square / (6 * total**2) + constant / (2 * total)
    p = math.copysign(math.sqrt(max(square**2 / (3 * total) ** 2 - line / (3 * total), 0.0)), q)
    angle = (math.pi + math.acos(min(1.0, max(-1.0, q / p**3 if p else 0.0)))) / 3
    base = 2 * p * math.cos(angle) - square / (3 * total)
    # The arccosine loses half the digits of shares near 0: two of Newton's steps bring them back.
    for _ in range(2):
        slope = (3 * total * base + 2 * square) * base + line
        step = (((total * base + square) * base + line) * base + constant) / slope if slope else 0.0
        base -= min(1e-6, max(-1e-6, step))
    base = min(1.0, max(0.0, base))
    other = min(1.0, max(0.0, base + delta))
    variance = (other * (1 - other) / n + base * (1 - base) / base_n) * total / (total - 1)
    return standardised(gap, variance)


def ratio_score(hits: int, n: int, base_hits: int, base_n: int, ratio: float) -> float:
    """Score statistic of a true ratio ``ratio`` of the two shares."""
    total = n + base_n
    line, done = n * ratio + hits + base_n + base_hits * ratio, hits + base_hits
    # The smaller root of the quadratic, in the form that keeps the digits of shares near 0.
    base = 2 * done / (line + math.sqrt(max(line * line - 4 * total * ratio * done, 0.0)))
    base = min(1.0, max(0.0, base))
    other = min(1.0, ratio * base)
    variance = (other * (1 - other) / n + ratio**2 * base * (1 - base) / base_n) * total / (total - 1)
    return standardised(hits / n - ratio * base_hits / base_n, variance)


def standardised(gap: float, variance: float) -> float:
    """Divide a gap by its standard error; a gap without variance is infinitely far off, none is 0."""
    if variance > TOLERANCE**2:
        return gap / math.sqrt(variance)
    return 0.0 if abs(gap) < TOLERANCE else math.copysign(math.inf, gap)


def two_sided(score: float) -> float:
    """Return the p-value of a score; never 0, however far out."""
    return max(2 * float(ndtr(-abs(score))), sys.float_info.min)


def root(function: Callable[[float], float], low: float, high: float) -> float:
    """Find where a falling function crosses zero, to the last digits; at its ends it may be infinite."""
    from scipy.optimize import brentq

    if not function(low) > 0:
        return low
    if function(high) > 0:
        return high

    def finite(x: float) -> float:
        return max(-FAR, min(FAR, function(x)))

    return float(brentq(finite, low, high, xtol=sys.float_info.min, rtol=4 * sys.float_info.epsilon, maxiter=500))


def critical(level: float) -> float:
    """Return the two-sided normal quantile of a confidence level."""
    if not 0 < number(level, "level") < 1:
        raise SettingError(f"A confidence level lies between 0 and 1, not at {level}. Use 0.95 for 95%.")
    return float(ndtri((1 + level) / 2))


def counted(hits: int, n: int, label: str) -> tuple[int, int]:
    """Return the counts of a share as whole numbers, or refuse what no share has."""
    hits, n = count(hits, label), count(n, label)
    if n == 0:
        raise TooFewError(f"'{label}' has nobody to count (n = {n}); widen the period or the segment.")
    if not 0 <= hits <= n:
        raise SettingError(f"'{label}' counts {hits} of {n}; a share needs 0 <= hits <= n.")
    return hits, n
