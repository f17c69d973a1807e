"""Quantiles of units or of events, and how two groups differ in them."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.core.words import many
from pmlib.stats.inputs import count, number, numbers
from pmlib.stats.means import Moments, mean, mean_difference, mean_lift
from pmlib.stats.shares import critical
from pmlib.stats.trials.joint import Joint
from pmlib.stats.trials.ratios import linearised

TIED = "so many units share the value that its neighbours are the same, so the spread cannot be told"


def ranks(n: int, quantile: float, *, level: float = 0.95) -> tuple[int, int]:
    """Return which values, counted from 1 in rising order, bound a quantile: what an engine is to fetch.

    Raises
    ------
    TooFewError
        If there are too few values for such bounds: at 95% fewer than 381 for the 99th percentile, 8 for the median.

    References
    ----------
    Conover (1999), Practical Nonparametric Statistics, 3rd edition, section 3.2, with both ranks rounded up.

    Examples
    --------
    >>> ranks(57, 0.5), ranks(381, 0.99)
    ((22, 36), (374, 381))
    """
    n, quantile, z = count(n, "n"), within(quantile), critical(level)
    odds = max(quantile / (1 - quantile), (1 - quantile) / quantile)
    if n <= z * z * odds:
        least = math.floor(z * z * odds) + 1
        raise TooFewError(
            f"{many(n, 'value')} are too few for the {quantile:g} quantile with an interval; it takes {least:,}. Wait, "
            "or choose a quantile nearer to the middle."
        )
    half = z * math.sqrt(n * quantile * (1 - quantile))
    return max(math.ceil(n * quantile - half), 1), min(math.ceil(n * quantile + half), n)


@dataclass(frozen=True)
class Ranked:
    """A quantile of a group and the two values around it; what an engine sends instead of rows.

    Parameters
    ----------
    n
        Values.
    quantile
        Which, between 0 and 1.
    value
        The quantile.
    low, high
        The values at :func:`ranks`.
    clusters
        Where the values are events of units: for each unit, its events at or below ``value``, and its events.
    level
        The level that ``ranks`` were asked for.

    Raises
    ------
    TooFewError
        If there are too few values for the quantile.
    SettingError
        If the three are not in rising order.
    """

    n: int
    quantile: float
    value: float
    low: float
    high: float
    clusters: Joint | None = None
    level: float = 0.95

    def __post_init__(self) -> None:
        ranks(self.n, self.quantile, level=self.level)
        low, value, high = (number(getattr(self, name), name) for name in ("low", "value", "high"))
        if not low <= value <= high:
            raise SettingError(
                f"A quantile is {value:g} between {low:g} and {high:g}; they must rise. Ask for all three of one group."
            )
        if self.clusters is not None and round(self.clusters.n * self.clusters.at(1).means[0]) != self.n:
            events = self.clusters.n * self.clusters.at(1).means[0]
            raise SettingError(f"{many(self.n, 'value')} came with units of {events:g} events; they must be the same.")

    @classmethod
    def of(cls, values: ArrayLike, quantile: float, *, units: ArrayLike | None = None, level: float = 0.95) -> "Ranked":
        """Take a quantile from an array of finite numbers, shape ``(n,)``.

        Parameters
        ----------
        units
            Whose event each value is, shape ``(n,)``; left out where each is a unit of its own.

        Examples
        --------
        >>> Ranked.of([7, 1, 5, 3, 9, 2, 8, 4, 6], 0.5)
        Ranked(n=9, quantile=0.5, value=5.0, low=2.0, high=8.0, clusters=None, level=0.95)
        """
        array = np.sort(numbers(values, "values"))
        low, high = ranks(array.size, quantile, level=level)
        value = float(np.quantile(array, quantile))
        clusters = None
        if units is not None:
            names, which = np.unique(np.asarray(units), return_inverse=True)
            if which.shape != array.shape:
                raise SettingError(f"{array.size} values came with {which.size} units; give one each.")
            below = np.bincount(which, numbers(values, "values") <= value, len(names))
            clusters = Joint.of(np.column_stack([below, np.bincount(which, minlength=len(names))]))
        ends = float(array[low - 1]), float(array[high - 1])
        return cls(int(array.size), quantile, value, *ends, clusters, level)

    @property
    def moments(self) -> Moments:
        """The quantile as if it were a mean of units: variance over ``n`` is that of the quantile.

        The variance is 0 where the values around the quantile are tied: nothing can be judged then.
        """
        return self.sides(0.0)[0]

    def sides(self, lean: float) -> tuple[Moments, Moments]:
        """Return the same with the spread to smaller values and with that to larger ones.

        Parameters
        ----------
        lean
            How much of what the two values around the quantile tell of a difference between its sides is believed:
            0 none, 1 all.
        """
        low, high = ranks(self.n, self.quantile, level=self.level)
        # Ranks are whole numbers, so the values do not stand exactly where their formula has them.
        own = 1 + self.quantile * (self.n - 1)
        step = (self.high - self.low) / (high - low)
        if not self.low < self.value < self.high:
            lean = 0.0
        down = (1 - lean) * step + lean * (self.value - self.low) / (own - low)
        up = (1 - lean) * step + lean * (self.high - self.value) / (high - own)
        return self.spreading(down), self.spreading(up)

    def spreading(self, step: float) -> Moments:
        """Return the quantile with the variance that the distance from one rank to the next tells."""
        error = step**2 * self.n * self.quantile * (1 - self.quantile)
        if self.clusters is None:
            return Moments(self.n, self.value, error * self.n)
        # How much less units tell than as many events of as many units would.
        design = linearised(self.clusters).error / (self.quantile * (1 - self.quantile) / self.n)
        return Moments(self.clusters.n, self.value, error * design * self.clusters.n)

    @property
    def tied(self) -> bool:
        """Whether the values around the quantile show no spread."""
        return self.moments.variance == 0


def quantile_value(
    group: Ranked, *, unit: Unit = Unit.NUMBER, label: str = "quantile", level: float = 0.95
) -> Estimate:
    """Estimate a quantile of one group.

    The interval lies between the values at :func:`ranks`; where values are events of units, or another level was asked
    for, it is Student's t interval with the variance of :attr:`Ranked.moments`.

    Returns
    -------
    Estimate
        In ``unit``; open where values are tied. ``n`` counts units where there are any, else values.

    Examples
    --------
    >>> print(quantile_value(Ranked.of(range(1, 101), 0.5)))
    50.50 (95% interval 41.00 to 60.00)
    """
    moments = group.moments
    found = mean(moments, unit=unit, label=label, level=level)
    if group.tied:
        return replace(found, low=None, high=None, method="quantile", reason=TIED)
    if group.clusters is None and level == group.level:
        return replace(found, low=group.low, high=group.high, method="interval of order statistics for a quantile")
    return replace(found, method=f"Student's t interval for a quantile{spread(group)}")


def quantile_difference(
    group: Ranked, base: Ranked, *, unit: Unit = Unit.NUMBER, label: str = "difference", level: float = 0.95
) -> Estimate:
    """Estimate the difference of a quantile between two groups.

    A quantile in a tail is less sure to the outside than to the inside, so each end has a spread of its own (MOVER):
    one spread for both calls too much to one side where the arms are unequal. Where they are alike this cancels out,
    and what is left is noise; so it counts as much as the arms' shares in the variance differ. With few values beyond
    the quantile, such as 10, it errs on the careful side: the values around it spread widely.

    References
    ----------
    Deng, Knoblich and Lu (2018), KDD, pages 233-242, section 4; Yao, Li and Lu (2024), algorithm 1; Zou and Donner
    (2008), Statistics in Medicine 27:1693-1702.

    Examples
    --------
    >>> print(quantile_difference(Ranked.of(range(11, 111), 0.5), Ranked.of(range(1, 101), 0.5)))
    10.00 (95% interval −3.94 to 23.94)
    """
    (below, above), (base_below, base_above) = sided(group, base)
    least = mean_difference(below, base_above, unit=unit, label=label, level=level)
    most = mean_difference(above, base_below, unit=unit, label=label, level=level)
    found = replace(least, high=most.high, p=least.p if group.value > base.value else most.p)
    method = f"Welch's t interval for a difference of quantiles{spread(group)}"
    if group.tied or base.tied:
        return replace(found, low=None, high=None, p=None, method=method, reason=TIED)
    return replace(found, method=method)


def quantile_lift(group: Ranked, base: Ranked, *, label: str = "lift", level: float = 0.95) -> Estimate:
    """Estimate the lift of a quantile over that of a base, by Fieller's interval; see :func:`quantile_difference`.

    Examples
    --------
    >>> print(quantile_lift(Ranked.of(range(11, 111), 0.5), Ranked.of(range(1, 101), 0.5)))
    19.8% (95% interval −6.9% to 56.0%)
    """
    (below, above), (base_below, base_above) = sided(group, base)
    least = mean_lift(below, base_above, label=label, level=level)
    most = mean_lift(above, base_below, label=label, level=level)
    p = least.p if group.value > base.value else most.p
    # An open end keeps the reason that came with it.
    upward = least.low is not None and most.high is None
    found = replace(most, low=least.low, p=p) if upward else replace(least, high=most.high, p=p)
    method = f"Fieller's interval for a ratio of quantiles{spread(group)}, Welch's test"
    if group.tied or base.tied:
        return replace(found, low=None, high=None, p=None, method=method, reason=TIED)
    return replace(found, method=method)


def spread(group: Ranked) -> str:
    """Return in words where the variance of a quantile comes from."""
    return " from order statistics" if group.clusters is None else " from order statistics, units as clusters"


def sided(group: Ranked, base: Ranked) -> tuple[tuple[Moments, Moments], tuple[Moments, Moments]]:
    """Return both arms as they spread to smaller values and to larger ones; refuse what is not the same quantity."""
    if group.quantile != base.quantile:
        raise SettingError(f"The {group.quantile:g} quantile is not to be compared with the {base.quantile:g} one.")
    if (group.clusters is None) != (base.clusters is None):
        raise SettingError("Quantiles of events and of units are two quantities; give units to both groups or neither.")
    one, other = group.moments.error, base.moments.error
    lean = abs(one - other) / (one + other) if one + other else 0.0
    return group.sides(lean), base.sides(lean)


def within(quantile: float) -> float:
    """Return a quantile between 0 and 1."""
    if not 0 < number(quantile, "quantile") < 1:
        raise SettingError(f"A quantile lies between 0 and 1, not at {quantile:g}. Use 0.99 for the 99th percentile.")
    return float(quantile)
