"""How many units it takes to see a difference."""

import math

from scipy.special import ndtri

from pmlib.core import SettingError
from pmlib.stats.shares import critical


def units_needed(variances: float, difference: float, *, power: float = 0.8, level: float = 0.95) -> int:
    """Return how many units each of two equal arms needs to see a difference.

    Parameters
    ----------
    variances
        The sum of both arms' variances of a unit: ``p (1 - p)`` of each for shares.
    difference
        The true difference that is to be seen, in the metric's own unit; its sign does not matter.
    power
        The chance to see it, between 0 and 1.

    Returns
    -------
    int
        Units in each arm, rounded up; a normal approximation for a two-sided test at ``1 - level``.

    Raises
    ------
    SettingError
        If the difference is 0, the variance negative or the power no chance.

    Examples
    --------
    From 10% to 12%, with four chances in five: (1.960 + 0.842)² × (0.0900 + 0.1056) / 0.02².

    >>> units_needed(0.1 * 0.9 + 0.12 * 0.88, 0.02)
    3839
    """
    if difference == 0 or not math.isfinite(difference):
        raise SettingError(f"No number of units shows a difference of {difference}; name one that is not 0.")
    if variances < 0 or not math.isfinite(variances):
        raise SettingError(f"Two variances cannot sum to {variances}; give p (1 - p) of a share, or s² of a mean.")
    if not 0 < power < 1:
        raise SettingError(f"Power lies between 0 and 1, not at {power}. Use 0.8 for four chances in five.")
    return math.ceil((critical(level) + float(ndtri(power))) ** 2 * variances / difference**2)
