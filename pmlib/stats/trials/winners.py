"""Winners overstate themselves: how much, what is left of them, and what they bring a week."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import log_ndtr, ndtr

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.stats.inputs import Floats, number, numbers
from pmlib.stats.shares import critical, root
from pmlib.stats.trials.beliefs import Belief, Prior, floats, lifted

ASOS = Belief((0.7794, 0.2206), (0.0, 0.0), (0.001867, 0.01509))
"""Lifts of an online shop: fitted by :func:`fitted` to the last readings of 78 experiments with 99 arms and 4 metrics.

Liu, Cardoso, Couturier and McCoy (2021), Datasets for Online Controlled Experiments, NeurIPS; CC BY 4.0.
"""
STEPS = 5000


@dataclass(frozen=True)
class Exaggeration:
    """What to expect of those results of an experiment that turn out significant.

    Parameters
    ----------
    power
        Chance of significance.
    wrong_sign
        Chance that a significant result points the wrong way.
    ratio
        How many times too large it is on average.
    """

    power: float
    wrong_sign: float
    ratio: float


def false_positive_risk(success: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Return the chance that a significant winner is none.

    Parameters
    ----------
    success
        Share of all ideas tried that truly win.

    References
    ----------
    Kohavi, Deng and Vermeer (2022), A/B Testing Intuition Busters, KDD: a winner is significant in the good direction,
    by chance with ``alpha / 2``.

    Examples
    --------
    >>> round(false_positive_risk(0.10), 3)
    0.22
    """
    for name, value in (("success", success), ("alpha", alpha), ("power", power)):
        if not 0 < number(value, name) < 1:
            raise SettingError(f"'{name}' lies between 0 and 1, not at {value}.")
    false = alpha / 2 * (1 - success)
    return false / (false + power * success)


def exaggeration(effect: float, error: float, *, level: float = 0.95) -> Exaggeration:
    """Return by how much significant results overstate a true effect.

    References
    ----------
    Gelman and Carlin (2014), Perspectives on Psychological Science 9:641-651.

    Examples
    --------
    >>> found = exaggeration(2, 8.1)
    >>> round(found.power, 2), round(found.wrong_sign, 2), round(found.ratio, 1)
    (0.06, 0.24, 9.5)
    """
    shift = abs(number(effect, "effect")) / positive(error)
    if shift == 0:
        raise SettingError("An effect of 0 has no size to overstate; give the one that is expected.")
    bound = critical(level)
    right, wrong = float(ndtr(shift - bound)), float(ndtr(-shift - bound))
    # Means of |z| over both tails: z Phi + phi of each.
    size = shift * right + density(bound - shift) - shift * wrong + density(bound + shift)
    return Exaggeration(right + wrong, wrong / (right + wrong), size / (right + wrong) / shift)


def expected(lift: Estimate, *, prior: Belief = ASOS) -> Estimate:
    """Estimate what is left of a lift once it is known how small lifts are as a rule.

    Parameters
    ----------
    lift
        A relative lift with its two-sided interval; its standard error is read off the interval's width.
    prior
        What lifts are as a rule; those of :data:`ASOS` if not given.

    Returns
    -------
    Estimate
        Mean of the posterior, with its credible interval. Without an interval there is none, and the reason says so.

    Examples
    --------
    >>> won = Estimate("lift", 0.03, 0.004, 0.056, Unit.LIFT, 20_000, "Fieller")
    >>> print(expected(won))
    0.8% (95% interval −0.3% to 3.3%)
    """
    method = "lift shrunk for the winner's curse"
    after = left(lift, prior=prior)
    if after is None:
        reason = lift.reason or "the lift has no width"
        return Estimate(lift.label, None, None, None, lift.unit, lift.n, method, lift.level, reason=reason)
    low, high = after.quantile((1 - lift.level) / 2), after.quantile((1 + lift.level) / 2)
    return Estimate(lift.label, after.mean, low, high, lift.unit, lift.n, method, lift.level)


def left(lift: Estimate, *, prior: Belief = ASOS) -> Belief | None:
    """Return what is believed of a lift after it was measured; ``None`` where its interval is open or has no width.

    Ratios err evenly on the scale of logarithms, so the interval is read there.

    Examples
    --------
    >>> won = Estimate("lift", 0.03, 0.004, 0.056, Unit.LIFT, 20_000, "Fieller")
    >>> round(left(won).mean, 4)
    0.008
    """
    error = read_error(lift)
    if lift.value is None or lift.low is None or lift.high is None or error is None:
        return None
    if lift.low <= -1:
        return prior.updated(lift.value, error)
    error = math.log((1 + lift.high) / (1 + lift.low)) / (2 * critical(lift.level))
    after = Prior(prior).on("log-ratio", 1.0).updated(math.log1p(lift.value), error)
    return lifted(after, "log-ratio", 1.0)


def weekly_impact(
    lift: Estimate, *, baseline: float, units: float, unit: Unit = Unit.NUMBER, label: str = "impact a week"
) -> Estimate:
    """Estimate what a lift brings in a week once all eligible units have it.

    Parameters
    ----------
    lift
        The relative lift, such as :func:`expected` leaves it.
    baseline
        Control's mean of the metric for a unit that is eligible, in a week.
    units
        Eligible units a week, in all arms and outside the experiment.
    unit
        Of the impact, such as a currency.

    Examples
    --------
    >>> won = Estimate("lift", 0.01, -0.002, 0.022, Unit.LIFT, 20_000, "shrunk")
    >>> print(weekly_impact(won, baseline=2.5, units=40_000, unit=Unit.COUNT))
    1,000 (95% interval −200 to 2,200)
    """
    if number(units, "units") < 0:
        raise SettingError(f"{units:g} units a week cannot be eligible; give their number.")
    # A lift is a part of |baseline|, so that a rise of a negative baseline is a gain.
    times = abs(number(baseline, "baseline")) * units
    value, low, high = (None if one is None else one * times for one in (lift.value, lift.low, lift.high))
    method = f"{lift.method}, times baseline and eligible units"
    return replace(lift, label=label, value=value, low=low, high=high, unit=unit, p=None, method=method)


def given_significance(lift: Estimate) -> Estimate:
    """Estimate a lift that is only looked at because it is significant: a cross-check of :func:`expected`.

    Returns
    -------
    Estimate
        The likeliest effect and the interval, given that the interval excludes 0; the same where it does not.

    References
    ----------
    Ghosh, Zou and Wright (2008), American Journal of Human Genetics 82:1064-1074; Zhong and Prentice (2008),
    Biostatistics 9:621-634.

    Examples
    --------
    >>> won = Estimate("lift", 0.03, 0.004, 0.056, Unit.LIFT, 20_000, "Fieller")
    >>> print(given_significance(won))
    0.9% (95% interval −0.8% to 5.2%)
    """
    error = read_error(lift)
    if lift.value is None or error is None:
        return lift
    bound, z = critical(lift.level), abs(lift.value) / error
    if z <= bound:
        return lift
    sign = math.copysign(error, lift.value)
    alpha = (1 - lift.level) / 2
    middle = root(lambda m: z - average(m, bound), 0.0, z)
    # Just beyond the bound even the upper end may lie below what was seen.
    least, most = -40 - bound, z + 40 + bound
    low = root(lambda m: math.log(alpha) - log_beyond(z, m, bound), least, most)
    high = root(lambda m: math.log1p(-alpha) - log_beyond(z, m, bound), least, most)
    ends = sorted((sign * low, sign * high))
    method = "likeliest lift, given that it is significant"
    return replace(lift, value=sign * middle, low=ends[0], high=ends[1], method=method)


def fitted(lifts: Sequence[float] | Floats, errors: Sequence[float] | Floats, *, parts: int = 2) -> Belief:
    """Fit what lifts are as a rule, a mixture of normals about 0, to many measured ones by maximum likelihood.

    Parameters
    ----------
    lifts, errors
        Measured lifts and their standard errors.

    Raises
    ------
    TooFewError
        If there are fewer than 10 lifts a part.

    References
    ----------
    Dempster, Laird and Rubin (1977), JRSS B 39:1-38: the true lifts and their parts are what is missing.
    """
    d, e = numbers(lifts, "lifts"), numbers(errors, "errors")
    if d.shape != e.shape or (e <= 0).any():
        raise SettingError(f"{d.size} lifts need a standard error above 0 each.")
    if d.size < 10 * parts:
        raise TooFewError(f"A rule of {parts} parts takes {10 * parts} lifts or more; there are {d.size}.")
    variances = (e**2)[:, None]
    taus = np.quantile(d**2, np.linspace(0.5, 0.95, parts)) + float(np.median(e**2)) * 1e-3
    weights = np.full(parts, 1 / parts)
    before = -math.inf
    for _ in range(STEPS):
        spread = variances + taus
        logs = np.log(weights) - np.log(spread) / 2 - (d**2)[:, None] / (2 * spread)
        most = logs.max(axis=1, keepdims=True)
        shares = np.exp(logs - most)
        total = shares.sum(axis=1, keepdims=True)
        likelihood = float((most + np.log(total)).sum())
        shares /= total
        kept = taus / spread
        squares = (kept * d[:, None]) ** 2 + kept * variances
        weights = shares.mean(axis=0)
        taus = (shares * squares).sum(axis=0) / shares.sum(axis=0)
        if likelihood - before < 1e-12 * abs(likelihood):
            break
        before = likelihood
    return Belief(floats(weights), (0.0,) * parts, floats(np.sqrt(taus)))


def read_error(lift: Estimate) -> float | None:
    """Return the standard error an interval was made with, or ``None`` where it is open or has no width."""
    if lift.low is None or lift.high is None or lift.high <= lift.low:
        return None
    return (lift.high - lift.low) / (2 * critical(lift.level))


def average(shift: float, bound: float) -> float:
    """Return the mean of a normal about ``shift``, given that it lies beyond ``bound`` on either side."""
    right, wrong = float(ndtr(shift - bound)), float(ndtr(-shift - bound))
    return shift + (density(bound - shift) - density(bound + shift)) / (right + wrong)


def log_beyond(z: float, shift: float, bound: float) -> float:
    """Return the logarithm of the chance to exceed ``z``, given that the statistic lies beyond ``bound``."""
    return float(log_ndtr(shift - z) - np.logaddexp(log_ndtr(shift - bound), log_ndtr(-shift - bound)))


def density(at: float) -> float:
    """Return the normal density."""
    return math.exp(-at * at / 2) / math.sqrt(2 * math.pi)


def positive(error: float) -> float:
    """Return a standard error, or refuse what is none."""
    if number(error, "error") <= 0:
        raise SettingError(f"A standard error is above 0, not {error:g}.")
    return float(error)
