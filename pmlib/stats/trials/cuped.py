"""Means adjusted by what units did before they were exposed: the same effect with less noise."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.core.words import many
from pmlib.stats.inputs import Floats
from pmlib.stats.means import Moments, freedom, mean_difference
from pmlib.stats.pairs import Pair
from pmlib.stats.trials.joint import Joint
from pmlib.stats.trials.ratios import linearised_pairs

FAR = 2.0
"""An adjustment that moves an effect by more than so many of its standard errors asks for a look at the groups."""
REDUNDANT = 1e-9
"""Below this part of the variance, a covariate tells nothing that the others do not tell."""


@dataclass(frozen=True)
class Cuped:
    """Arms adjusted by one rule.

    Parameters
    ----------
    theta
        What a unit of each covariate is worth; 0 for one that is constant.
    arms
        Adjusted means with the variance that is left, in the order the arms came; judge them like any others.
    raw
        The same arms unadjusted.
    kept
        Part of the variance that is left, ``1 - R²`` within arms.
    shared
        Variance that all adjusted means have in common: that of the covariates' mean over all arms, to which they are
        adjusted. It leaves differences alone and widens lifts other than 0.
    pulls
        Covariance of each adjusted mean with that common part; 0 where a covariate is worth the same in all arms.
    """

    theta: tuple[float, ...]
    arms: tuple[Moments, ...]
    raw: tuple[Moments, ...]
    kept: float
    shared: float
    pulls: tuple[float, ...] = ()

    @property
    def gain(self) -> float | None:
        """How much more traffic would give the same precision: 0.25 is a quarter more; ``None`` if all is explained.

        Examples
        --------
        >>> Cuped((1.0,), (), (), 0.8, 0.0).gain
        0.25
        """
        return 1 / self.kept - 1 if self.kept > 0 else None

    def pair(self, arm: int, base: int = 0) -> Pair:
        """Return two adjusted means with what they share."""
        group, other = self.arms[arm], self.arms[base]
        spread, n = group.error + other.error, group.n + other.n
        df = freedom(group, other) if spread else n - 2.0
        pull, back = (self.pulls[arm], self.pulls[base]) if self.pulls else (0.0, 0.0)
        error = max(other.error + self.shared + 2 * back, 0.0)
        return Pair(group.mean, other.mean, spread, error, pull - back - other.error, df, n)

    def difference(
        self, arm: int, base: int = 0, *, unit: Unit = Unit.NUMBER, label: str = "difference", level: float = 0.95
    ) -> Estimate:
        """Estimate the adjusted difference of two arms by Welch's test and interval."""
        method = "Welch's t interval for a difference of means, adjusted by the time before (CUPED)"
        return self.pair(arm, base).difference(method, unit=unit, label=label, level=level)

    def lift(self, arm: int, base: int = 0, *, label: str = "lift", level: float = 0.95) -> Estimate:
        """Estimate the adjusted lift of an arm over the adjusted mean of its base, by Fieller's interval."""
        method = "Fieller's interval for a ratio of means adjusted by the time before (CUPED), Welch's test"
        return self.pair(arm, base).lift(method, label=label, level=level)

    def health(self, arm: int, base: int = 0) -> "Health":
        """Return what the adjustment did to the difference of two arms."""
        raw = mean_difference(self.raw[arm], self.raw[base])
        error = math.sqrt(self.raw[arm].error + self.raw[base].error)
        adjusted = self.difference(arm, base)
        before, after = raw.value or 0.0, adjusted.value or 0.0
        called = any(one.excludes(0) for one in (raw, adjusted))
        return Health(before * after < 0 and called, abs(after - before) / error if error else 0.0)


@dataclass(frozen=True)
class Health:
    """What an adjustment did to an effect.

    Parameters
    ----------
    flipped
        Whether the effect changed its sign, and is called on one side of it.
    moved
        How far it moved, in standard errors of the unadjusted effect.
    """

    flipped: bool
    moved: float

    @property
    def good(self) -> bool:
        """Whether nothing asks for a look."""
        return not self.flipped and self.moved <= FAR

    @property
    def words(self) -> str:
        """What to doubt, or ``""``.

        Examples
        --------
        >>> print(Health(False, 2.6).words)
        The adjustment moved the effect by 2.6 standard errors; the arms differed before they were exposed.
        """
        if self.good:
            return ""
        did = (
            "turned the sign of the effect" if self.flipped else f"moved the effect by {self.moved:.1f} standard errors"
        )
        return f"The adjustment {did}; the arms differed before they were exposed."


def adjusted(arms: Sequence[Joint], *, target: int = 0, covariates: Sequence[int] = (1,)) -> Cuped:
    """Adjust the means of all arms by what their units did before exposure.

    One ``theta`` holds for all arms, from covariances within them, so a base has one adjusted mean whatever it is
    compared with. Covariates are to be measured before each unit's own first exposure; for units without such a time
    take 0 and add a column that is 1 for them, as a second covariate. A covariate that is constant, or that others
    give already, counts for nothing. The variances take account of ``theta`` being estimated.

    Parameters
    ----------
    arms
        The columns ``target`` and ``covariates`` of each arm.

    Raises
    ------
    TooFewError
        If an arm has fewer than 2 units, or all arms together too few for so many covariates.

    References
    ----------
    Deng, Xu, Kohavi and Walker (2013), WSDM, pages 123-132; within arms it is the analysis of covariance, Snedecor and
    Cochran (1967), Statistical Methods, 6th edition, chapter 14.

    Examples
    --------
    >>> arms = [Joint.of([[1, 2], [3, 3], [5, 7]]), Joint.of([[4, 4], [6, 5], [7, 8]])]
    >>> made = adjusted(arms)
    >>> [round(arm.mean, 3) for arm in made.arms], round(made.kept, 3)
    ([3.576, 5.091], 0.145)
    """
    if not arms:
        raise SettingError("No arm came to be adjusted; give one Joint an arm.")
    columns = [arm.at(target, *covariates) for arm in arms]
    for arm in columns:
        if arm.n < 2:
            raise TooFewError(f"An arm has {many(arm.n, 'unit')}; a mean with an interval needs 2 or more.")
    units, free = sum(arm.n for arm in columns), sum(arm.n - 1 for arm in columns)
    pooled = np.sum([(arm.n - 1) * np.array(arm.covariances) for arm in columns], axis=0) / free
    theta, used = solved(pooled)
    if free - used - 1 <= 0:
        raise TooFewError(f"{many(units, 'unit')} in {many(len(arms), 'arm')} cannot bear {many(used, 'covariate')}.")
    # Degrees of freedom that theta takes, and what its own error adds to a difference, on average over covariates.
    loss = free / (free - used) * (free - 1) / (free - used - 1)
    weights = [1.0, *(-theta)]
    centre = [math.fsum(arm.n * arm.means[i] for arm in columns) / units for i in range(1, pooled.shape[0])]
    made: list[Moments] = []
    for arm in columns:
        left = arm.linear(weights)
        off = math.fsum(t * (x - c) for t, x, c in zip(theta, arm.means[1:], centre, strict=True))
        made.append(Moments(arm.n, arm.means[0] - off, left.variance * loss))
    before = float(pooled[0, 0])
    explained = float(theta @ pooled[1:, 1:] @ theta)
    kept = min(max(1 - explained / before, 0.0), 1.0) if before > 0 else 1.0
    raw = tuple(arm.moments() for arm in columns)
    spreads = (np.array(arm.covariances) for arm in columns)
    pulls = tuple(float(theta @ (one[1:, 0] - one[1:, 1:] @ theta)) / units for one in spreads)
    return Cuped(tuple(map(float, theta)), tuple(made), raw, kept, max(explained, 0.0) / units, pulls)


def adjusted_ratio(arms: Sequence[Joint]) -> Cuped:
    """Adjust ratios of sums by the same ratio before exposure.

    Parameters
    ----------
    arms
        Columns numerator, denominator, numerator before, denominator before. A unit without a time before has 0 in both
        and needs no further column.

    Raises
    ------
    TooFewError
        If the denominators of an arm add up to 0; those before may not do so either.

    References
    ----------
    Deng, Xu, Kohavi and Walker (2013), WSDM, pages 123-132; Deng, Knoblich and Lu (2018), KDD, pages 233-242.
    """
    return adjusted([linearised_pairs(arm, [(0, 1), (2, 3)]) for arm in arms])


def solved(pooled: Floats) -> tuple[Floats, int]:
    """Return what each covariate is worth by least squares, and how many tell something of their own."""
    scale = np.sqrt(np.diag(pooled))[1:]
    varies = scale > 0
    theta = np.zeros(len(scale))
    if not varies.any():
        return theta, 0
    scaled = pooled[1:, 1:][np.ix_(varies, varies)] / np.outer(scale[varies], scale[varies])
    target = pooled[0, 1:][varies] / scale[varies]
    values, vectors = np.linalg.eigh(scaled)
    own = values > REDUNDANT
    theta[varies] = vectors[:, own] @ ((vectors[:, own].T @ target) / values[own]) / scale[varies]
    return theta, int(own.sum())
