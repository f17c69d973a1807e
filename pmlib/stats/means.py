"""Means of units: one mean, the difference and the lift between two."""

import math
from dataclasses import dataclass

from numpy.typing import ArrayLike

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.core.words import many
from pmlib.stats.inputs import count, number, numbers
from pmlib.stats.pairs import Pair, quantile

ROUNDING = 1e-9
"""A variance below 0 by no more than this part of the squared mean is rounding."""


@dataclass(frozen=True)
class Moments:
    """Count, mean and sample variance of a group; what an engine sends instead of rows.

    Examples
    --------
    >>> Moments.of([1, 2, 3, 4])
    Moments(n=4, mean=2.5, variance=1.6666666666666667)
    """

    n: int
    mean: float
    variance: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", count(self.n, "n"))
        if self.n < 2:
            # A group of nobody, or of one, comes out of an engine without a mean or a variance.
            return
        middle, spread = number(self.mean, "mean"), number(self.variance, "variance")
        if spread < -ROUNDING * middle * middle:
            raise SettingError(f"A group has the variance {spread:g}; a variance is not below 0.")
        object.__setattr__(self, "mean", middle)
        # Where all are alike, sums of squares leave their rounding, to either side.
        object.__setattr__(self, "variance", max(spread, 0.0))

    @classmethod
    def of(cls, values: ArrayLike) -> "Moments":
        """Take the moments of an array of finite numbers, shape ``(n,)``."""
        array = numbers(values, "values")
        if array.size < 2:
            raise TooFewError(f"A mean with an interval needs 2 units or more; there are {array.size}.")
        return cls(int(array.size), float(array.mean()), float(array.var(ddof=1)))

    @property
    def error(self) -> float:
        """Variance of the mean."""
        return self.variance / self.n


def mean(group: Moments, *, unit: Unit = Unit.NUMBER, label: str = "mean", level: float = 0.95) -> Estimate:
    """Estimate a mean with Student's t interval.

    Examples
    --------
    >>> print(mean(Moments(n=4, mean=2.5, variance=5 / 3)))
    2.50 (95% interval 0.45 to 4.55)
    """
    enough(group, label)
    half = quantile(level, group.n - 1) * math.sqrt(group.error)
    return Estimate(
        label, group.mean, group.mean - half, group.mean + half, unit, group.n, "Student's t interval for a mean", level
    )


def mean_difference(
    group: Moments, base: Moments, *, unit: Unit = Unit.NUMBER, label: str = "difference", level: float = 0.95
) -> Estimate:
    """Estimate the difference of two means, ``group - base``, by Welch's t test and interval.

    References
    ----------
    Welch (1947), Biometrika 34:28-35.

    Examples
    --------
    >>> print(mean_difference(Moments(50, 11.0, 4.0), Moments(50, 10.0, 4.0)))
    1.00 (95% interval 0.21 to 1.79)
    """
    enough(group, label)
    enough(base, label)
    return independent(group, base).difference(
        "Welch's t interval for a difference of means", unit=unit, label=label, level=level
    )


def mean_lift(group: Moments, base: Moments, *, label: str = "lift", level: float = 0.95) -> Estimate:
    """Estimate the relative lift of a mean, ``group / base - 1``, by Fieller's interval.

    Fieller's interval excludes 0 exactly when Welch's test of the difference rejects, with the same degrees of
    freedom. Where the base cannot be told from 0 the interval is open, and the reason says so.

    References
    ----------
    Fieller (1954), JRSS B 16:175-185.

    Examples
    --------
    >>> print(mean_lift(Moments(50, 11.0, 4.0), Moments(50, 10.0, 4.0)))
    10.0% (95% interval 2.0% to 18.7%)
    """
    enough(group, label)
    enough(base, label)
    return independent(group, base).lift(
        "Fieller's interval for a ratio of means, Welch's test", label=label, level=level
    )


def independent(group: Moments, base: Moments) -> Pair:
    """Return two means of groups that share no unit."""
    spread, n = group.error + base.error, group.n + base.n
    df = freedom(group, base) if spread else n - 2.0
    return Pair(group.mean, base.mean, spread, base.error, -base.error, df, n)


def freedom(group: Moments, base: Moments) -> float:
    """Welch-Satterthwaite degrees of freedom."""
    part = group.error / (group.error + base.error)
    return 1 / (part**2 / (group.n - 1) + (1 - part) ** 2 / (base.n - 1))


def enough(group: Moments, label: str) -> None:
    """Refuse a group in which no spread can be seen."""
    if group.n < 2:
        raise TooFewError(f"'{label}' has {many(group.n, 'unit')} in a group; a mean with an interval needs 2 or more.")
