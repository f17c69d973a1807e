"""Two arms compared by shuffling or redrawing their units: where formulas are not trusted, or are to be checked."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pmlib.core import Estimate, SettingError, Unit
from pmlib.stats.inputs import Floats, count
from pmlib.stats.shares import critical
from pmlib.stats.trials.angles import ratio_ends
from pmlib.stats.trials.draws import Arm, arms, estimates, redrawn, shuffled

RUNS = 9_999
LEAST_P = 2 / (RUNS + 1)
"""So many runs tell no smaller p-value."""
TIED = 1e-9
"""Statistics nearer than this are one and the same, but for rounding."""
ROUNDED = 1e-12
SHUFFLED = "permutation test of the studentised difference"
REDRAWN = "bootstrap-t, each arm's units drawn anew"


@dataclass(frozen=True)
class Seen:
    """What the data say: both arms' values, their standard errors, and the units."""

    group: float
    base: float
    error: float
    base_error: float
    n: int

    @classmethod
    def of(cls, group: Arm, base: Arm, ratio: float) -> "Seen":
        """Take the values of two arms."""
        values, variances = estimates(np.stack([group.sums, base.sums]))
        # What is left of a sum of equal numbers with opposite signs is rounding.
        up, down = (0.0 if math.isclose(value, -ratio, rel_tol=ROUNDED) else float(value) + ratio for value in values)
        return cls(up, down, math.sqrt(variances[0]), math.sqrt(variances[1]), group.n + base.n)

    @property
    def both(self) -> float:
        """Standard error of the difference."""
        return math.hypot(self.error, self.base_error)

    def score(self, x: float = 1.0, y: float = 1.0) -> float:
        """Studentised difference of ``x`` times the group and ``y`` times the base."""
        gap, error = x * self.group - y * self.base, math.hypot(x * self.error, y * self.base_error)
        return gap / error if error else math.copysign(math.inf, gap) if gap else 0.0


def permutation(
    group: ArrayLike,
    base: ArrayLike,
    *,
    over: tuple[ArrayLike, ArrayLike] | None = None,
    runs: int = RUNS,
    seed: int = 0,
    unit: Unit = Unit.NUMBER,
    label: str = "difference",
    level: float = 0.95,
) -> tuple[Estimate, Estimate]:
    """Compare two arms by giving their units to the arms anew, many times.

    Welch's statistic is compared with those of the shuffled units: exact if the arms differ in nothing, and right for
    many units if they differ in all but the mean. All arrangements are gone through where there are no more than
    ``runs``. Arms with more than 20,000 units each, of many values, are shuffled in random heaps.

    Parameters
    ----------
    group, base
        The values of each unit.
    over
        Denominators of each unit, for a ratio of sums such as amount an order.
    runs, seed
        How often to shuffle, and what the generator begins with. ``p`` is not below 2 in ``runs + 1``.

    Returns
    -------
    tuple
        Difference, in ``unit``, and lift; both have the same ``p``, twice that of the smaller side, and exclude 0
        exactly where it is below ``1 - level``. An interval is open where so few arrangements cannot give it.

    Raises
    ------
    TooFewError
        If an arm has fewer than two units.

    References
    ----------
    Janssen (1997), Statistics and Probability Letters 36:9-21; Chung and Romano (2013), Annals of Statistics
    41:484-507; Phipson and Smyth (2010), Statistical Applications in Genetics and Molecular Biology 9:39 (``p`` is
    never 0).

    Examples
    --------
    Four against three: 35 arrangements, of which the one seen is the uppermost but one.

    >>> difference, lift = permutation([37, 49, 55, 57], [23, 31, 46])
    >>> print(difference.value, round(35 * difference.p / 2), difference.reason)
    16.166666666666664 2 there are too few arrangements for an interval at this level
    """
    runs = enough_runs(runs)
    critical(level)
    one, other, ratio = arms(group, base, over, label)
    seen = Seen.of(one, other, ratio)
    pieces, every = shuffled(one, other, runs, seed)
    scores = np.concatenate([studentised(estimates(up), estimates(down)) for up, down in pieces])
    t = seen.score()
    scores[np.isclose(scores, t, rtol=TIED, atol=TIED)] = t
    if every:
        # The arrangement seen is among them; it is counted apart, as it is where arrangements are drawn.
        scores = np.delete(scores, int(np.argmin(np.abs(scores - t)) if math.isfinite(t) else np.argmax(scores == t)))
    low, high = middle(scores, level)
    few = "there are too few arrangements for an interval at this level"
    return answered(seen, scores, lambda x, y: (low, high), few, SHUFFLED, unit, label, level)


def bootstrap(
    group: ArrayLike,
    base: ArrayLike,
    *,
    over: tuple[ArrayLike, ArrayLike] | None = None,
    runs: int = RUNS,
    seed: int = 0,
    unit: Unit = Unit.NUMBER,
    label: str = "difference",
    level: float = 0.95,
) -> tuple[Estimate, Estimate]:
    """Compare two arms by drawing each one's units anew, with replacement (bootstrap-t).

    How far the studentised differences of the drawn units lie off the one seen tells how far that one may lie off the
    truth. The interval of the lift does the same with ``group - ratio * base``. Arms with more than 20,000 units, of
    many values, are drawn in random heaps.

    Parameters
    ----------
    group, base, over, runs, seed
        As in :func:`permutation`.

    Returns
    -------
    tuple
        Difference, in ``unit``, and lift; both have the same ``p`` and exclude 0 exactly where it is below
        ``1 - level``.

    References
    ----------
    Efron and Tibshirani (1993), An Introduction to the Bootstrap, section 12.5; Hall (1988), Annals of Statistics
    16:927-953.

    Examples
    --------
    >>> difference, lift = bootstrap([3, 5, 4, 8, 6, 5, 7, 4], [2, 4, 3, 5, 4, 3, 2, 4], runs=999)
    >>> difference.value, difference.excludes(0), lift.excludes(0), difference.p == lift.p
    (1.875, True, True, True)
    """
    runs = enough_runs(runs)
    critical(level)
    one, other, ratio = arms(group, base, over, label)
    seen, draw = Seen.of(one, other, ratio), np.random.default_rng(seed)
    drawn = [estimates(redrawn(arm, runs, draw)) for arm in (one, other)]
    (up, ups), (down, downs) = drawn
    # How far each drawn value lies off the one it was drawn from.
    up, down = up - (seen.group - ratio), down - (seen.base - ratio)

    def scores(x: float, y: float) -> Floats:
        return studentised((x * up, x * x * ups), (y * down, y * y * downs))

    found, t = scores(1.0, 1.0), seen.score()
    found[np.isclose(found, t, rtol=TIED, atol=TIED)] = t
    even = middle(found, level)

    def limits(x: float, y: float) -> tuple[float, float]:
        return even if math.isclose(x, y) else middle(scores(x, y), level)

    few = "there are too few runs, or too few units that differ, for an interval at this level"
    return answered(seen, found, limits, few, REDRAWN, unit, label, level)


def enough_runs(runs: int) -> int:
    """Return the number of runs, or refuse fewer than any interval needs."""
    if count(runs, "runs") < 99:
        raise SettingError(f"{runs} runs are too few to tell chance from more; take 999, or {RUNS:,}.")
    return int(runs)


def studentised(group: tuple[Floats, Floats], base: tuple[Floats, Floats]) -> Floats:
    """Return differences over their standard errors; without any spread they are infinite, or 0."""
    gap, variance = group[0] - base[0], group[1] + base[1]
    return np.where(
        variance > 0, gap / np.sqrt(np.where(variance > 0, variance, 1.0)), np.sign(gap) * np.where(gap != 0, np.inf, 0)
    )


def middle(scores: Floats, level: float) -> tuple[float, float]:
    """Return what a statistic must lie below, and above, to be called.

    It is called where, with itself counted among the runs, twice its rank from the end over all of them is below
    ``1 - level``; infinite where no rank is.
    """
    # 1 - 0.95 is a little more than 0.05.
    total, alpha = scores.size + 1, round(1 - level, 12)
    rank = int(alpha * total / 2) + 1
    while rank and 2 * rank / total >= alpha:
        rank -= 1
    if rank == 0:
        return -math.inf, math.inf
    ordered = np.partition(scores, (rank - 1, scores.size - rank))
    return float(ordered[rank - 1]), float(ordered[scores.size - rank])


def answered(
    seen: Seen,
    scores: Floats,
    limits: Callable[[float, float], tuple[float, float]],
    few: str,
    method: str,
    unit: Unit,
    label: str,
    level: float,
) -> tuple[Estimate, Estimate]:
    """Put difference and lift together from where the statistic lies among the runs."""
    t, value, error = seen.score(), seen.group - seen.base, seen.both
    p = min(1.0, 2 * (1 + min(int((scores >= t).sum()), int((scores <= t).sum()))) / (scores.size + 1))
    if error == 0:
        reason = "no unit differs from another within its group"
        lift = Estimate(label, None, None, None, Unit.LIFT, seen.n, method, level, p, reason=reason)
        return Estimate(label, value, None, None, unit, seen.n, method, level, p, reason=reason), lift
    lowest, highest = limits(1.0, 1.0)
    # Multiplied so, an end lies beyond 0 exactly where the statistic lies beyond its limit.
    ends = [error * (t - limit) if math.isfinite(limit) else None for limit in (highest, lowest)]
    difference = Estimate(
        label, value, ends[0], ends[1], unit, seen.n, method, level, p, reason=few if None in ends else ""
    )
    return difference, lifted(seen, limits, p, few if None in ends else "", method, label, level)


def lifted(
    seen: Seen,
    limits: Callable[[float, float], tuple[float, float]],
    p: float,
    few: str,
    method: str,
    label: str,
    level: float,
) -> Estimate:
    """Estimate the lift: the ratios at which ``group - ratio * base`` cannot be told from 0."""
    if seen.base == 0:
        reason = "the base is 0"
        return Estimate(label, None, None, None, Unit.LIFT, seen.n, method, level, p, reason=reason)
    # Divide by |base|: with a negative base, from -10 to -15 is a fall of 50 %, not a rise.
    value, sign = (seen.group - seen.base) / abs(seen.base), math.copysign(1.0, seen.base)

    def beyond(x: float, y: float, side: float) -> bool:
        way = side * sign
        limit = way * limits(x, y)[way > 0]
        return way * seen.score(x, y) > limit + TIED * max(1.0, abs(limit))

    ends: tuple[float | None, float | None] = (None, None)
    if not few:
        ends = ratio_ends(
            lambda x, y: beyond(x, y, 1.0), lambda x, y: beyond(x, y, -1.0), sign * seen.group, abs(seen.base)
        )
    if ends[0] is None or ends[1] is None:
        reason = few or "the base cannot be told from 0, so a ratio to it has no bounds"
        return Estimate(label, value, None, None, Unit.LIFT, seen.n, method, level, p, reason=reason)
    low, high = sorted((sign * (ends[0] - 1), sign * (ends[1] - 1)))
    return Estimate(label, value, low, high, Unit.LIFT, seen.n, method, level, p)
