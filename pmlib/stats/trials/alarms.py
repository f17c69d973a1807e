"""How often a test calls although nothing differs: its rate against what it promises, and whether its p are even."""

import math
import sys

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, bdtrc, betaincinv, kolmogorov

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.core.words import many
from pmlib.stats.inputs import number, numbers
from pmlib.stats.shares import counted, critical

SURE = 0.001
"""So rarely chance alone may make a test look worse than it is."""
LITTLE = 1.3
"""A rate up to so many times the promised one does no harm, however surely it is above: 6.5% where 5% are promised."""
ONE_SIDED = 1.44
"""The same for one tail: 3.6% where 2.5% are promised."""


def alarm_rate(
    called: int, runs: int, *, alpha: float = 0.05, label: str = "false alarms", level: float = 0.95
) -> Estimate:
    """Estimate the share of runs in which something was called, exactly however rare it is.

    ``p`` is the binomial test of the share ``alpha``, twice the smaller tail, and the interval holds the shares that
    this test does not refuse: it excludes ``alpha`` exactly when ``p < 1 - level``.

    Parameters
    ----------
    called, runs
        Runs in which something was called, and all.
    alpha
        The share promised.

    Raises
    ------
    TooFewError
        If there is no run.

    References
    ----------
    Clopper and Pearson (1934), Biometrika 26:404-413.

    Examples
    --------
    >>> print(alarm_rate(50, 1000))
    5.0% (95% interval 3.7% to 6.5%)
    """
    called, runs = counted(called, runs, label)
    promised(alpha)
    critical(level)
    tail = (1 - level) / 2
    low = float(betaincinv(called, runs - called + 1, tail)) if called else 0.0
    high = float(betaincinv(called + 1, runs - called, 1 - tail)) if called < runs else 1.0
    p = min(1.0, 2 * min(float(bdtr(called, runs, alpha)), at_least(called, runs, alpha)))
    method = "Clopper-Pearson interval, binomial test"
    return Estimate(label, called / runs, low, high, Unit.SHARE, runs, method, level, max(p, sys.float_info.min))


def too_often(called: int, runs: int, *, alpha: float = 0.05, little: float = LITTLE) -> bool:
    """Whether a test calls more often than it promises: surely (p < 0.001, one side) and by more than does no harm.

    Of 1,000 runs at 5% it is so from 74 calls on, of 20,000 from 1,301 on.

    Parameters
    ----------
    little
        Up to so many times the promised rate does no harm.

    Examples
    --------
    >>> too_often(73, 1000), too_often(74, 1000), too_often(1300, 20_000), too_often(1301, 20_000)
    (False, True, False, True)
    """
    called, runs = counted(called, runs, "calls")
    return called > little * promised(alpha) * runs and at_least(called, runs, alpha) < SURE


def unevenness(values: ArrayLike, *, label: str = "unevenness of p") -> Estimate:
    """Estimate how far p-values are from being spread evenly over 0 to 1, as they are where nothing differs.

    Parameters
    ----------
    values
        One a run, shape ``(n,)``; values that come in few steps are never even.

    Returns
    -------
    Estimate
        The largest distance between the share of values up to a point and the point; ``p`` that of even values.

    Raises
    ------
    TooFewError
        If there are fewer than 5 values.

    References
    ----------
    Kolmogorov's distribution with the correction for few values of Stephens (1970), JRSS B 32:115-122.

    Examples
    --------
    >>> found = unevenness([0.1, 0.3, 0.5, 0.7, 0.9])
    >>> round(found.value, 3), round(found.p, 3)
    (0.1, 1.0)
    """
    array = np.sort(numbers(values, "p-values"))
    n = array.size
    if n < 5:
        raise TooFewError(f"'{label}' has {many(n, 'p-value')}; it takes 5 or more.")
    if array[0] < 0 or array[-1] > 1:
        raise SettingError(f"p-values lie between 0 and 1, not at {array[0] if array[0] < 0 else array[-1]:g}.")
    steps = np.arange(n + 1) / n
    distance = float(max((steps[1:] - array).max(), (array - steps[:-1]).max()))
    root = math.sqrt(n)
    p = float(kolmogorov((root + 0.12 + 0.11 / root) * distance))
    method = "Kolmogorov-Smirnov distance from even values"
    reason = "a distance that is 0 for even values"
    return Estimate(label, distance, None, None, Unit.NUMBER, n, method, p=max(p, sys.float_info.min), reason=reason)


def at_least(called: int, runs: int, alpha: float) -> float:
    """Return the chance of so many calls or more."""
    return float(bdtrc(called - 1, runs, alpha)) if called else 1.0


def promised(alpha: float) -> float:
    """Return the share promised, or refuse what is none."""
    if not 0 < number(alpha, "alpha") < 1:
        raise SettingError(f"The share of false alarms promised lies between 0 and 1, not at {alpha}. Use 0.05 for 5%.")
    return float(alpha)
