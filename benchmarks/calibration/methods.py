"""How pmlib judges two arms: its public statistics, as the room calls them."""

import zlib
from functools import cache

import numpy as np

from benchmarks.calibration.shapes import Arm, Pair
from benchmarks.calibration.verdicts import Method, Verdict, both
from pmlib.stats import Moments, mean_difference, mean_lift, share_difference, share_lift
from pmlib.stats.trials.cuped import adjusted
from pmlib.stats.trials.poststrat import post_stratified
from pmlib.stats.trials.quantiles import Ranked, quantile_difference, quantile_lift, ranks
from pmlib.stats.trials.rare import exact_difference, exact_lift, is_rare
from pmlib.stats.trials.resampling import bootstrap, permutation
from pmlib.stats.trials.skewed import needs_correction, pooled_skewness, skewed_difference, skewed_lift

CAP = 0.99
"""The quantile of both arms together at which amounts are capped."""
AGAIN = 200
"""How often methods that draw again do so; a report draws thousands of times, which narrows the grain of p alone."""
MEANS = ("normal", "conversion", "payers", "counts", "remembered", "newcomers", "layered")
SHARES = ("conversion", "rare")
SUMS = ("clustered", "ratio")


def moments(group: Moments, base: Moments) -> Verdict:
    """Judge two means."""
    return both(mean_difference(group, base), mean_lift(group, base))


def welch(pair: Pair) -> Verdict:
    """Welch's test, Fieller's interval for the lift."""
    return moments(pair[0].moments, pair[1].moments)


def table(pair: Pair) -> tuple[int, int, int, int]:
    """Return the two shares of a pair."""
    return pair[0].hits, pair[0].n, pair[1].hits, pair[1].n


@cache
def of_scores(hits: int, n: int, base_hits: int, base_n: int) -> Verdict:
    """Judge two shares; the same table comes up again and again."""
    return both(share_difference(hits, n, base_hits, base_n), share_lift(hits, n, base_hits, base_n))


@cache
def of_tables(hits: int, n: int, base_hits: int, base_n: int) -> Verdict:
    """Judge two shares exactly."""
    return both(exact_difference(hits, n, base_hits, base_n), exact_lift(hits, n, base_hits, base_n))


def score(pair: Pair) -> Verdict:
    """The N-1 score test with Miettinen and Nurminen's intervals."""
    return of_scores(*table(pair))


def exact(pair: Pair) -> Verdict:
    """The exact test of two shares."""
    return of_tables(*table(pair))


def ratio(pair: Pair) -> Verdict:
    """A ratio of sums, linearised: also units as clusters of their events."""
    return moments(pair[0].linear, pair[1].linear)


def cuped(pair: Pair) -> Verdict:
    """Means adjusted by what was before, one theta for all arms; a column says of whom nothing is known."""
    names = tuple(pair[0].columns)
    found = adjusted([arm.joint(*names) for arm in pair], covariates=tuple(range(1, len(names))))
    return both(found.difference(0, 1), found.lift(0, 1))


def third(arm: Arm) -> float:
    """Return the mean of the cubed deviations."""
    off = arm.y - arm.moments.mean
    return float(np.einsum("i,i,i->", off, off, off)) / arm.n


def lean(pair: Pair) -> float:
    """Return the skewness that both arms have in common."""
    return pooled_skewness([arm.moments for arm in pair], [third(arm) for arm in pair])


def hall(pair: Pair) -> Verdict:
    """Hall's interval with the skewness of both arms."""
    group, base = (arm.moments for arm in pair)
    skewness = lean(pair)
    return both(skewed_difference(group, base, skewness), skewed_lift(group, base, skewness))


def ruled(pair: Pair) -> Verdict:
    """Welch's interval, or Hall's where the rule says that the data lean too far."""
    group, base = (arm.moments for arm in pair)
    return hall(pair) if needs_correction(group, base, lean(pair)) else welch(pair)


def capped(pair: Pair) -> Verdict:
    """The same with amounts capped at one value for both arms."""
    cap = np.quantile(np.concatenate([arm.y for arm in pair]), CAP)
    group, base = (Arm(arm.n, {"y": np.minimum(arm.y, cap)}) for arm in pair)
    return ruled((group, base))


def ruled_share(pair: Pair) -> Verdict:
    """The score test, or the exact one where the rule says that hits are too few."""
    return exact(pair) if is_rare(*table(pair)) else score(pair)


def strata(arm: Arm) -> list[Moments]:
    """Return the moments of each stratum of an arm."""
    parts = (arm.y[arm.columns["kind"] == kind] for kind in range(4))
    return [Moments.of(part) if part.size > 1 else Moments(part.size, float(part.sum()), 0.0) for part in parts]


def post(pair: Pair) -> Verdict:
    """Strata, each weighed by its part of all units."""
    found = post_stratified(strata(pair[0]), strata(pair[1]))
    return both(found.difference, found.lift)


def ranked(arm: Arm, which: float) -> Ranked:
    """Take from an arm the three values that an engine would send."""
    low, high = ranks(arm.n, which)
    place = which * (arm.n - 1)
    under = int(place)
    values = np.partition(arm.y, sorted({low - 1, under, under + 1, high - 1}))
    value = values[under] + (place - under) * (values[under + 1] - values[under])
    return Ranked(arm.n, which, float(value), float(values[low - 1]), float(values[high - 1]))


def quantile(pair: Pair, which: float) -> Verdict:
    """A quantile by order statistics."""
    group, base = (ranked(arm, which) for arm in pair)
    return both(quantile_difference(group, base), quantile_lift(group, base))


def median(pair: Pair) -> Verdict:
    """The median."""
    return quantile(pair, 0.5)


def p90(pair: Pair) -> Verdict:
    """The ninetieth percentile."""
    return quantile(pair, 0.9)


def shuffled(pair: Pair) -> Verdict:
    """Units given to the arms anew."""
    return both(*permutation(pair[0].y, pair[1].y, runs=AGAIN, seed=own(pair)))


def redrawn(pair: Pair) -> Verdict:
    """Units of each arm drawn anew."""
    return both(*bootstrap(pair[0].y, pair[1].y, runs=AGAIN, seed=own(pair)))


def own(pair: Pair) -> int:
    """Return a seed of a run's own: one for all would err in all runs alike."""
    return zlib.crc32(pair[0].y.tobytes())


METHODS = (
    Method("welch", "Welch, Fieller", MEANS, welch),
    Method("score", "N−1 score, Miettinen–Nurminen", SHARES, score, "score"),
    Method("exact", "exact (Chan–Zhang)", ("rare",), exact, "exact", sizes=(300, 1000)),
    Method("rule", "score, exact where rare", SHARES, ruled_share, "rule"),
    Method("hall", "Hall, pooled skewness", ("payers", "counts"), hall, "skewed"),
    Method("ruled", "Welch, Hall where skewed", ("payers", "counts"), ruled, "skewed"),
    Method("ratio", "linearised ratio, Fieller", SUMS, ratio),
    Method("capped", "capped at the pooled 99 %, Hall where skewed", ("payers",), capped, "skewed", target=False),
    Method("cuped", "CUPED, one θ", ("remembered", "newcomers"), cuped),
    Method("strata", "post-stratified", ("layered",), post),
    Method("median", "median by order statistics", ("median",), median, "quantile"),
    Method("permutation", "permutation", ("normal", "payers"), shuffled, "permutation", sizes=(300,), most=2000),
    Method("bootstrap", "bootstrap-t", ("normal", "payers"), redrawn, "mean", sizes=(300,), most=2000),
    Method("p90", "P90 by order statistics", ("p90",), p90, "quantile"),
)
