"""Winners overstate themselves: how much, what is left of them, and what they bring a week."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.stats.inputs import Floats, number, numbers
from pmlib.stats.shares import critical
from pmlib.stats.trials.beliefs import Belief, Prior, floats, lifted

ASOS = Belief((0.7794, 0.2206), (0.0, 0.0), (0.001867, 0.01509))
"""Lifts of an online shop: fitted by :func:`fitted` to the last readings of 78 experiments with 99 arms and 4 metrics.

Liu, Cardoso, Couturier and McCoy (2021), Datasets for Online Controlled Experiments, NeurIPS; CC BY 4.0.
"""
STEPS = 5000


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
