"""Whether a rate rises or falls over ordered cohorts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, stdtr

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.core.words import many
from pmlib.stats.inputs import SMALLEST, counts, numbers
from pmlib.stats.pairs import quantile

Floats = NDArray[np.float64]

COHORTS = 4
"""Cohorts needed: a line through three leaves one degree of freedom to see how far cohorts lie off it."""
HALVINGS = 60


@dataclass(frozen=True)
class Line:
    """A line through rates: its slope a period, the spread of periods by weight, and how far cohorts lie off it.

    ``dispersion`` is 1 where they lie as far off as the chance of single people takes them.
    """

    slope: float
    mean: float
    spread: float
    dispersion: float

    @property
    def variance(self) -> float:
        """Variance of the slope if people alone made cohorts differ."""
        return self.mean * (1 - self.mean) / self.spread


def slope(
    hits: Sequence[int],
    sizes: Sequence[int],
    *,
    periods: Sequence[float] | None = None,
    label: str = "trend",
    level: float = 0.95,
) -> Estimate:
    """Estimate how far a rate rises or falls a period, and test whether it does.

    A line is laid through the cohorts' rates. Where cohorts lie further off it than the chance of single people takes
    them, they differ by more than that (a campaign, a holiday), and weights and interval allow for it. The interval
    excludes 0 exactly when ``p < 1 - level``. Neighbouring cohorts that are alike for a while look like a trend: a
    weekly series is judged by :func:`signal`.

    Parameters
    ----------
    hits, sizes
        For each cohort, oldest first, the people who did the thing and all its people; one without people is left out.
    periods
        When each cohort was, in the unit the slope is asked for; 0, 1, 2, … if left out.

    Returns
    -------
    Estimate
        Unit ``POINTS``: fractions a period. ``p`` is of the test of no trend, by Student's t at two less than the
        number of cohorts; ``n`` is people. Open where nobody or everybody did it.

    Raises
    ------
    TooFewError
        If fewer than 4 cohorts have people.
    SettingError
        If hits and sizes are no shares, or two cohorts have one period.

    References
    ----------
    Armitage (1955), Biometrics 11:375-386. Williams (1982), Applied Statistics 31:144-148 (overdispersion).

    Examples
    --------
    >>> found = slope([50, 52, 55, 58, 59], [100] * 5)
    >>> print(f"{found}, p = {found.p:.2f}")
    2.4 points (95% interval −2.6 points to 7.4 points), p = 0.22
    """
    done, people, when = cohorts(hits, sizes, periods, label)
    if people.size < COHORTS:
        raise TooFewError(f"'{label}' has {many(people.size, 'cohort')} with people; a trend needs {COHORTS} or more.")
    rates, df = done / people, people.size - 2
    line = laid(rates, people, when, df)
    method = "weighted line through the cohorts' rates, binomial with Williams's overdispersion, Student's t"
    n = int(people.sum())
    if done.sum() in (0, n):
        reason = f"{'everybody' if done.any() else 'nobody'} did it in every cohort, which shows no spread"
        return Estimate(label, 0.0, None, None, Unit.POINTS, n, method, level, reason=reason)
    if line.dispersion > 1:
        line = laid(rates, people / (1 + (people - 1) * alike(rates, people, when, df)), when, df)
    error = math.sqrt(line.variance * max(line.dispersion, 1.0))
    half = quantile(level, df) * error
    p = 2 * float(stdtr(df, -abs(line.slope) / error))
    return Estimate(label, line.slope, line.slope - half, line.slope + half, Unit.POINTS, n, method, level, p)


def cochran_armitage(
    hits: Sequence[int], sizes: Sequence[int], *, periods: Sequence[float] | None = None
) -> tuple[float, float]:
    """Return chi-square (1 degree of freedom) and p of the Cochran-Armitage test for a trend.

    It takes people to be all that makes cohorts differ; cohorts of real users differ by more, so :func:`slope` is the
    one to report.

    Raises
    ------
    TooFewError
        If fewer than 2 cohorts have people, or nobody or everybody did it.

    Examples
    --------
    Hits 1, 2, 3 of 10: slope 0.1, mean 0.2, so 0.1² × 20 / (0.2 × 0.8).

    >>> chi2, p = cochran_armitage([1, 2, 3], [10, 10, 10])
    >>> round(chi2, 6), round(p, 4)
    (1.25, 0.2636)
    """
    done, people, when = cohorts(hits, sizes, periods, "trend")
    if people.size < 2 or done.sum() in (0, people.sum()):
        raise TooFewError("A trend needs 2 cohorts or more, and people who did it and people who did not.")
    line = laid(done / people, people, when, people.size - 2)
    chi2 = line.slope**2 / line.variance
    return chi2, float(chdtrc(1, chi2))


def laid(rates: Floats, weights: Floats, when: Floats, df: int) -> Line:
    """Lay a weighted line through rates."""
    total = weights.sum()
    mean, middle = float(weights @ rates / total), float(weights @ when / total)
    spread = float(weights @ (when - middle) ** 2)
    by = float(weights @ ((when - middle) * rates)) / spread
    off = rates - mean - by * (when - middle)
    chance = df * mean * (1 - mean)
    return Line(by, mean, spread, float(weights @ off**2) / chance if chance > 0 else 0.0)


def alike(rates: Floats, people: Floats, when: Floats, df: int) -> float:
    """Return the correlation of people of a cohort at which cohorts lie as far off the line as they do."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if laid(rates, people / (1 + (people - 1) * middle), when, df).dispersion > 1:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def cohorts(
    hits: Sequence[int], sizes: Sequence[int], periods: Sequence[float] | None, label: str
) -> tuple[Floats, Floats, Floats]:
    """Return hits, sizes and periods of the cohorts that have people, or refuse them."""
    when = np.arange(len(sizes), dtype=float) if periods is None else numbers(periods, "periods")
    if not len(hits) == len(sizes) == when.size:
        raise SettingError(f"'{label}' has {len(sizes)} cohorts, {len(hits)} hits, {when.size} periods; give one each.")
    done, people = counts(hits, "hits").astype(float), counts(sizes, "sizes").astype(float)
    if (done > people).any():
        raise SettingError(f"'{label}' has a cohort with more hits than people; check which is which.")
    if np.diff(np.sort(when)).min(initial=1.0) < SMALLEST:
        raise SettingError(f"'{label}' needs a period of its own for each cohort.")
    there = people > 0
    return done[there], people[there], when[there]
