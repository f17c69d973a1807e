"""What other tools' published formulas give on the same arms, written here from their definitions."""

import math

import numpy as np
from scipy.special import ndtr, ndtri

from benchmarks.calibration.methods import CAP, MEANS, SHARES, SUMS
from benchmarks.calibration.shapes import Pair
from benchmarks.calibration.verdicts import ALPHA, Method, Verdict
from pmlib.stats import Moments, mean_difference

Z = float(ndtri(1 - ALPHA / 2))


def around(value: float, variance: float) -> tuple[float, float]:
    """Return the normal interval."""
    half = Z * math.sqrt(variance)
    return value - half, value + half


def two_sided(value: float, variance: float) -> float | None:
    """Return the normal p."""
    return 2 * float(ndtr(-abs(value) / math.sqrt(variance))) if variance > 0 else None


def halves(pair: Pair) -> tuple[Moments, Moments]:
    """Return the arms as two means, ratios linearised."""
    if "over" in pair[0].columns:
        return pair[0].linear, pair[1].linear
    return pair[0].moments, pair[1].moments


def naive(pair: Pair) -> Verdict:
    """The interval of the difference divided by the control's mean, as if that were known."""
    group, base = halves(pair)
    found = mean_difference(group, base)
    ends = (found.low, found.high)
    span = tuple(None if end is None or base.mean == 0 else end / base.mean for end in ends)
    return Verdict(found.p, group.mean > base.mean, {"lift": (span[0], span[1])})


def delta(pair: Pair) -> Verdict:
    """The lift with its variance by the delta method, tested by itself."""
    group, base = halves(pair)
    return relative(group, base, group.error, base.error)


def relative(group: Moments, base: Moments, error: float, base_error: float) -> Verdict:
    """Judge a lift by the delta method."""
    if base.mean == 0:
        return Verdict(None, False, {"lift": (None, None)})
    ratio = group.mean / base.mean
    variance = (error + ratio**2 * base_error) / base.mean**2
    return Verdict(two_sided(ratio - 1, variance), ratio > 1, {"lift": around(ratio - 1, variance)})


def one_size(pair: Pair) -> Verdict:
    """The same with the mean of both arms' sizes in place of each."""
    group, base = halves(pair)
    size = (group.n + base.n) / 2
    return relative(group, base, group.variance / size, base.variance / size)


def log_ratio(pair: Pair) -> Verdict:
    """The logarithm of the ratio, normal."""
    group, base = halves(pair)
    if group.mean <= 0 or base.mean <= 0:
        return Verdict(None, False, {"lift": (None, None)})
    variance = group.error / group.mean**2 + base.error / base.mean**2
    low, high = around(math.log(group.mean / base.mean), variance)
    return Verdict(
        two_sided(math.log(group.mean / base.mean), variance),
        group.mean > base.mean,
        {"lift": (math.exp(low) - 1, math.exp(high) - 1)},
    )


def pooled(pair: Pair) -> Verdict:
    """Two shares: the pooled z test, with Wald's interval."""
    (a, n), (b, m) = ((arm.hits / arm.n, arm.n) for arm in pair)
    share = (a * n + b * m) / (n + m)
    p = two_sided(a - b, share * (1 - share) * (1 / n + 1 / m))
    return Verdict(p, a > b, {"difference": around(a - b, a * (1 - a) / n + b * (1 - b) / m)})


def capped_apart(pair: Pair) -> Verdict:
    """Each arm capped at its own quantile."""
    group, base = (Moments.of(np.minimum(arm.y, np.quantile(arm.y, CAP))) for arm in pair)
    found = mean_difference(group, base)
    return Verdict(found.p, group.mean > base.mean, {"difference": (found.low, found.high)})


def thetas(pair: Pair) -> Verdict:
    """CUPED with a theta of each arm's own, without the variance that the covariate's mean brings."""
    middle = np.concatenate([arm.columns["before"] for arm in pair]).mean()
    parts = []
    for arm in pair:
        before = arm.columns["before"]
        both = np.cov(arm.y, before)
        theta = both[0, 1] / both[1, 1]
        parts.append(Moments.of(arm.y - theta * (before - middle)))
    found = mean_difference(*parts)
    return Verdict(found.p, parts[0].mean > parts[1].mean, {"difference": (found.low, found.high)})


def as_events(pair: Pair) -> Verdict:
    """Bookings a session as if every session were a unit of its own."""
    (a, n), (b, m) = ((arm.y.sum() / arm.columns["over"].sum(), arm.columns["over"].sum()) for arm in pair)
    variance = a * (1 - a) / n + b * (1 - b) / m
    return Verdict(two_sided(a - b, variance), bool(a > b), {"difference": around(a - b, variance)})


LIFTS = (*MEANS[:4], *SUMS)
RIVALS = (
    Method("naive", "difference ÷ control mean", LIFTS, naive, ours=False),
    Method("delta", "lift by the delta method", LIFTS, delta, ours=False),
    Method("log-ratio", "log-ratio", LIFTS, log_ratio, ours=False),
    Method("one-size", "delta method, one mean n", LIFTS, one_size, ours=False),
    Method("pooled", "pooled z, Wald", SHARES, pooled, "score", ours=False),
    Method("capped-apart", "each arm capped at its own 99 %", ("payers",), capped_apart, ours=False, target=False),
    Method("thetas", "CUPED, a θ an arm, plain variance", ("remembered",), thetas, ours=False),
    Method("events", "sessions as units", ("clustered",), as_events, ours=False),
)
