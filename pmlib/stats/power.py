"""How many people or units it takes to be sure enough."""

import math

from scipy.special import ndtri

from pmlib.core import SettingError
from pmlib.stats.inputs import count, number
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
    if number(difference, "difference") == 0:
        raise SettingError(f"No number of units shows a difference of {difference}; name one that is not 0.")
    if number(variances, "variances") < 0:
        raise SettingError(f"Two variances cannot sum to {variances}; give p (1 - p) of a share, or s² of a mean.")
    if not 0 < number(power, "power") < 1:
        raise SettingError(f"Power lies between 0 and 1, not at {power}. Use 0.8 for four chances in five.")
    return math.ceil((critical(level) + float(ndtri(power))) ** 2 * float(variances) / float(difference) ** 2)


def people_needed(margin: float, *, share: float = 0.5, population: int | None = None, level: float = 0.95) -> int:
    """Return how many answers a survey needs for a share to be known within a margin.

    Parameters
    ----------
    margin
        Half the width of the interval, as a fraction: 0.05 for plus or minus 5 points.
    share
        The share expected; 0.5 needs the most.
    population
        People there are to ask, where they are few; ``None`` for very many.

    Raises
    ------
    SettingError
        If margin or share do not lie between 0 and 1, or nobody is there to ask.

    References
    ----------
    Cochran (1977), Sampling Techniques, section 4.4.

    Examples
    --------
    >>> people_needed(0.05), people_needed(0.05, population=1000)
    (385, 278)
    """
    if not 0 < number(margin, "margin") < 1 or not 0 < number(share, "share") < 1:
        raise SettingError(f"Margin and share lie between 0 and 1, not at {margin} and {share}. Use 0.05 for 5 points.")
    if population is not None and count(population, "population") < 1:
        raise SettingError(f"Nobody can be asked in a population of {population}; leave it out where it is large.")
    many = critical(level) ** 2 * float(share) * (1 - float(share)) / float(margin) ** 2
    return math.ceil(many if population is None else many / (1 + (many - 1) / int(population)))
