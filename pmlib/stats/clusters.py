"""Shares and means of rows where one person has many: weeks, sessions, days."""

import math
from dataclasses import dataclass

from numpy.typing import ArrayLike

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.core.words import many
from pmlib.stats.inputs import count, number, numbers
from pmlib.stats.pairs import quantile
from pmlib.stats.shares import TOLERANCE, critical

FEW = 10
"""Below this many people with a hit, or with a miss, the sums do not show how alike a person's rows are."""
HALVINGS = 50
"""Steps to a p-value: to 15 digits behind the point."""


@dataclass(frozen=True)
class Sums:
    """What an engine sends instead of rows: sums over people of their hits ``h`` and their rows ``s``.

    Parameters
    ----------
    n
        People with a row.
    hits, size
        ``sum(h)`` and ``sum(s)``.
    hits2, cross, size2
        ``sum(h * h)``, ``sum(h * s)`` and ``sum(s * s)``.
    """

    n: int
    hits: float
    size: float
    hits2: float
    cross: float
    size2: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", count(self.n, "n"))
        # Sums over nobody come out of an engine as no numbers.
        for name in ("hits", "size", "hits2", "cross", "size2") if self.n else ():
            object.__setattr__(self, name, number(getattr(self, name), f"sum of {name}"))

    @classmethod
    def of(cls, hits: ArrayLike, sizes: ArrayLike) -> "Sums":
        """Take the sums of one value of each a person, shape ``(n,)``; who has no row is left out.

        Examples
        --------
        >>> Sums.of([1, 2, 0], [2, 2, 3])
        Sums(n=3, hits=3.0, size=7.0, hits2=5.0, cross=6.0, size2=17.0)
        """
        h, s = numbers(hits, "hits"), numbers(sizes, "sizes")
        if h.shape != s.shape:
            raise SettingError(f"{h.size} people with hits have {s.size} sizes; give one each.")
        if (s < 0).any():
            raise SettingError(f"A person has {s.min():g} rows; nobody has fewer than 0. Check which is which.")
        return cls(int((s > 0).sum()), *(float((a * b).sum()) for a, b in ((h, 1), (s, 1), (h, h), (h, s), (s, s))))

    @property
    def ratio(self) -> float:
        """Hits a row."""
        return self.hits / self.size

    @property
    def variance(self) -> float:
        """Variance of :attr:`ratio` by linearisation; 0 where no person differs from the rest, or there is but one."""
        if self.n < 2:
            return 0.0
        # Python's own integers have any length: sums of whole numbers are multiplied without rounding.
        h, s, hh, hs, ss = (
            int(one) if one == int(one) else float(one)
            for one in (self.hits, self.size, self.hits2, self.cross, self.size2)
        )
        left = hh * s * s - 2 * h * s * hs + h * h * ss
        if left <= TOLERANCE * (hh * s * s + h * h * ss):
            return 0.0
        return self.n / (self.n - 1) * (left / (s * s)) / (s * s)

    @property
    def alone(self) -> bool:
        """Whether everybody has one row, so that nothing is clustered."""
        return self.size == self.size2 == self.n


@dataclass(frozen=True)
class Both:
    """Sums over people who are in two periods, of their hits and rows now (``h``, ``s``) and before (``g``, ``r``).

    Parameters
    ----------
    hits, hits_size, size_hits, size
        ``sum(h * g)``, ``sum(h * r)``, ``sum(s * g)`` and ``sum(s * r)``.
    n
        People in both.
    """

    n: int
    hits: float
    hits_size: float
    size_hits: float
    size: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", count(self.n, "n"))
        for name in ("hits", "hits_size", "size_hits", "size"):
            object.__setattr__(self, name, number(getattr(self, name) if self.n else 0, f"sum of {name}"))


def clustered_share(
    n_clusters: int,
    hits: int,
    size: int,
    hits2: int,
    cross: int,
    size2: int,
    *,
    label: str = "share",
    level: float = 0.95,
) -> Estimate:
    """Estimate the share of rows with a hit, where rows of one person are alike.

    The variance of ``hits / size`` between people says how many independent rows the rows are worth; Wilson's interval
    is taken at that number, with Student's t for few people. It is never more than the rows there are. Where fewer than
    10 people have a hit, or a miss, or nobody differs from another, the rows of a person are taken to be all alike, so
    that people count instead of rows; with sizes that differ, ``size**2 / size2`` of them.

    Parameters
    ----------
    n_clusters
        People with a row.
    hits, size, hits2, cross, size2
        Sums over people of ``h``, ``s``, ``h * h``, ``h * s`` and ``s * s``, where a person has ``s`` rows and hits in
        ``h`` of them.

    Returns
    -------
    Estimate
        Unit ``SHARE``. ``n`` is people; ``n_eff`` the number of independent rows with the same Wilson interval.

    Raises
    ------
    TooFewError
        If there are no rows.
    SettingError
        If no people can have such sums.

    References
    ----------
    Korn and Graubard (1998), Survey Methodology 24:193-201.

    Examples
    --------
    Ten people of 4 weeks each, five of them active in all four. Each person is 2 weeks off the mean of 2, so the
    variance is 10/9 × 40 / 40², and 0.25 over that is 9 independent weeks, not 40.

    >>> found = clustered_share(10, 20, 40, 80, 80, 160)
    >>> print(found, round(found.n_eff, 6))
    50.0% (95% interval 22.7% to 77.3%) 9.0
    """
    sums = possible(Sums(n_clusters, hits, size, hits2, cross, size2), label)
    n_eff = effective(sums, level)
    low, high = wilson(sums.ratio, critical(level) ** 2 / n_eff)
    method = "Wilson score interval at the effective number of rows, units as clusters"
    return Estimate(label, sums.ratio, low, high, Unit.SHARE, sums.n, method, level, n_eff=n_eff)


def clustered_share_difference(
    now: Sums, before: Sums, both: Both | None = None, *, label: str = "difference", level: float = 0.95
) -> Estimate:
    """Estimate the difference of two clustered shares, ``now - before``, where the same people may be in both.

    Each share's interval is that of :func:`clustered_share`; they are put together with the correlation that people in
    both give the two shares (delta method). ``p`` is 1 less the level at which the interval begins to hold 0.

    Parameters
    ----------
    both
        Sums over the people in both; ``None`` where nobody can be.

    Returns
    -------
    Estimate
        Unit ``POINTS``; ``n`` counts people once. Open where nobody in the two periods differs from another.

    References
    ----------
    Zou and Donner (2008), Statistics in Medicine 27:1693-1702 (putting two intervals together).

    Examples
    --------
    >>> now, before = Sums(100, 60, 100, 60, 60, 100), Sums(100, 40, 100, 40, 40, 100)
    >>> print(clustered_share_difference(now, before))
    20.0 points (95% interval 6.1 points to 32.8 points)
    """
    possible(now, label)
    possible(before, label)
    both = both or Both(0, 0, 0, 0, 0)
    value, method = now.ratio - before.ratio, "difference of clustered Wilson intervals, who is in both as one cluster"
    n = now.n + before.n - both.n
    alike = correlation(now, before, both)
    unit = Unit.POINTS
    if both.n and alike > 1 - TOLERANCE and now.variance + before.variance > 0:
        reason = "nobody's share moved away from the others', which shows no spread"
        return Estimate(label, value, None, None, unit, n, method, level, reason=reason)

    def ends(at: float) -> tuple[float, float]:
        low, high = (wilson(one.ratio, critical(at) ** 2 / effective(one, at)) for one in (now, before))
        downs, ups = (now.ratio - low[0], high[1] - before.ratio), (low[1] - now.ratio, before.ratio - high[0])
        return value - joined(*downs, alike), value + joined(*ups, alike)

    low, high = ends(level)
    least, most = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (least + most) / 2
        below, above = ends(middle)
        least, most = (least, middle) if below <= 0 <= above else (middle, most)
    return Estimate(label, value, low, high, unit, n, method, level, p=min(1.0, max(0.0, 1 - least)))


def clustered_mean(
    n_clusters: int,
    total: float,
    size: float,
    total2: float,
    cross: float,
    size2: float,
    *,
    unit: Unit = Unit.NUMBER,
    label: str = "mean",
    level: float = 0.95,
) -> Estimate:
    """Estimate a quantity a row, ``total / size``, such as events a day of use, where rows of one person are alike.

    Parameters
    ----------
    n_clusters
        People with a row.
    total, size, total2, cross, size2
        Sums over people of ``y``, ``s``, ``y * y``, ``y * s`` and ``s * s``, where a person has ``s`` rows that add up
        to ``y``.

    Returns
    -------
    Estimate
        In ``unit``, with Student's t interval at one less than ``n_clusters`` degrees of freedom; ``n`` is people. Open
        where no person differs from another.

    Raises
    ------
    TooFewError
        If there are fewer than two people.

    References
    ----------
    Cochran (1977), Sampling Techniques, section 6.3 (the ratio of two sums).

    Examples
    --------
    Three people with 2, 6 and 4 events on 1, 2 and 3 days: 12 events on 6 days, residuals 0, 2 and −2.

    >>> print(clustered_mean(3, 12, 6, 56, 26, 14))
    2.00 (95% interval −0.48 to 4.48)
    """
    sums = Sums(n_clusters, total, size, total2, cross, size2)
    if sums.n < 2:
        raise TooFewError(f"'{label}' has {many(sums.n, 'person', 'people')}; a mean with an interval needs 2 or more.")
    finite(sums, label)
    method = "Student's t interval for a ratio of sums, units as clusters"
    if sums.variance == 0:
        reason = "no unit differs from another"
        return Estimate(label, sums.ratio, None, None, unit, sums.n, method, level, reason=reason)
    half = quantile(level, sums.n - 1) * math.sqrt(sums.variance)
    return Estimate(label, sums.ratio, sums.ratio - half, sums.ratio + half, unit, sums.n, method, level)


def effective(sums: Sums, level: float) -> float:
    """Return how many independent rows the rows are worth for an interval at ``level``."""
    if sums.alone:
        return sums.size
    # If a person's rows were all alike: the variance of the share is then p (1 - p) size2 / size².
    people = sums.size / sums.size2 * sums.size
    if sums.variance == 0:
        return people
    rows = sums.ratio * (1 - sums.ratio) / sums.variance
    misses, misses2 = sums.size - sums.hits, sums.size2 - 2 * sums.cross + sums.hits2
    if min(sums.hits / sums.hits2 * sums.hits, misses / misses2 * misses) < FEW:
        return min(rows, people)
    return min(rows * (critical(level) / quantile(level, sums.n - 1)) ** 2, sums.size)


def correlation(now: Sums, before: Sums, both: Both) -> float:
    """Return the correlation of two ratios that people in both give them."""
    spread = math.sqrt(now.variance * before.variance)
    if spread == 0 or not both.n:
        return 0.0
    p, q = now.ratio, before.ratio
    shared = (both.hits - q * both.hits_size - p * both.size_hits + p * q * both.size) / (now.size * before.size)
    people = now.n + before.n - both.n
    return min(1.0, max(-1.0, people / max(people - 1, 1) * shared / spread))


def wilson(share: float, weight: float) -> tuple[float, float]:
    """Return Wilson's interval, where ``weight`` is the squared quantile over the number of rows."""
    centre = (share + weight / 2) / (1 + weight)
    half = math.sqrt(share * (1 - share) * weight + weight * weight / 4) / (1 + weight)
    return (0.0 if share == 0 else centre - half), (1.0 if share == 1 else centre + half)


def joined(one: float, other: float, alike: float) -> float:
    """Return how far a difference reaches, where its parts reach as far as ``one`` and ``other``."""
    return math.sqrt(max(one * one + other * other - 2 * alike * one * other, 0.0))


def finite(sums: Sums, label: str) -> Sums:
    """Refuse sums of no rows, or such as no people have."""
    if sums.n < 1 or sums.size <= 0:
        raise TooFewError(f"'{label}' has nobody to count; widen the period or the segment.")
    values = (sums.hits, sums.size, sums.hits2, sums.cross, sums.size2)
    most = sums.n * (1 + TOLERANCE)
    # Cauchy and Schwarz, for each pair of sums.
    fits = sums.hits * sums.hits <= most * sums.hits2 and sums.size * sums.size <= most * sums.size2
    if not fits or sums.cross * sums.cross > sums.hits2 * sums.size2 * (1 + TOLERANCE):
        raise SettingError(f"'{label}' has the sums {values}, which no people have; check which sum is which.")
    return sums


def possible(sums: Sums, label: str) -> Sums:
    """Refuse sums that no share has."""
    finite(sums, label)
    some = (sums.hits > 0) == (sums.hits2 > 0)
    if not 0 <= sums.hits <= sums.size or not some or not sums.hits <= sums.hits2 <= sums.cross <= sums.size2:
        raise SettingError(
            f"'{label}' has {sums.hits:g} hits in {sums.size:g} rows with the sums of squares and products "
            f"{sums.hits2:g}, {sums.cross:g} and {sums.size2:g}; a person has 0 <= hits <= rows, in whole numbers."
        )
    return sums
