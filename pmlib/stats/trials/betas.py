"""Shares of two arms, each with a beta belief: chance to win, expected loss, credible interval of the lift."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import betainc, betaincc, betaincinv, betaln, digamma, expit, polygamma

from pmlib.core import Estimate, SettingError, Unit
from pmlib.stats.inputs import Floats, number
from pmlib.stats.shares import counted
from pmlib.stats.trials.bayes import Better, Odds, evenly, leading

FINE, REACH = 12, 12
"""Places a standard deviation of a log-odds is split into, and how many of them are looked at."""
MOST = 400_000


class Beta(NamedTuple):
    """A beta distribution: ``a - 1`` hits and ``b - 1`` misses, as if they had been seen."""

    a: float = 1.0
    b: float = 1.0

    @property
    def middle(self) -> float:
        """Mean of the log-odds."""
        return float(digamma(self.a) - digamma(self.b))

    @property
    def spread(self) -> float:
        """Standard deviation of the log-odds."""
        return math.sqrt(float(polygamma(1, self.a) + polygamma(1, self.b)))

    @property
    def ends(self) -> tuple[float, float]:
        """Log-odds beyond which nothing lies; the tails are exponential, of rates ``a`` and ``b``."""
        return self.middle - REACH * self.spread - 40 / self.a, self.middle + REACH * self.spread + 40 / self.b

    def masses(self) -> tuple[Floats, Floats]:
        """Return shares, and how much of the distribution each stands for."""
        low, high = self.ends
        logits = np.arange(low, high, self.spread / FINE)
        # log p = -log(1 + e^-x), log(1 - p) = -log(1 + e^x): the density of the log-odds is smooth, unlike that of p.
        logs = -self.a * np.logaddexp(0, -logits) - self.b * np.logaddexp(0, logits) - float(betaln(self.a, self.b))
        masses = np.exp(logs) * self.spread / FINE
        return expit(logits), masses / masses.sum()


def share_odds(
    hits: int,
    n: int,
    base_hits: int,
    base_n: int,
    prior: Beta | None = None,
    *,
    better: Better = "up",
    label: str = "lift",
    level: float = 0.95,
) -> Odds:
    """Return chance to win and expected loss of an arm's share against control's.

    Parameters
    ----------
    prior
        What was believed of either share before; all shares alike likely if ``None``.

    Returns
    -------
    Odds
        ``loss`` and ``regret`` are shares, 0.001 is a tenth of a point; ``effect`` is the lift, its value the median.

    Raises
    ------
    SettingError
        If the counts are none of a share, or the prior is none.
    TooFewError
        If a group is empty.

    References
    ----------
    Chance to win: Miller (2015), "Formulas for Bayesian A/B Testing", here by quadrature, which has no limit of size.

    Examples
    --------
    >>> found = share_odds(120, 1000, 100, 1000)
    >>> print(f"{found.chance:.3f} {found.loss:.5f} {found.effect}")
    0.923 0.00048 19.9% (95% interval −6.5% to 54.1%)
    """
    (hits, n), (base_hits, base_n) = counted(hits, n, label), counted(base_hits, base_n, label)
    before = Beta() if prior is None else prior
    if not (number(before.a, "a") > 0 and number(before.b, "b") > 0):
        raise SettingError(f"A beta belief has a and b above 0, not {before.a} and {before.b}.")
    arm = Beta(before.a + hits, before.b + n - hits)
    control = Beta(before.a + base_hits, before.b + base_n - base_hits)
    chance = exceeds(arm, control)
    won = chance if better == "up" else 1 - chance
    loss, regret = shortfall(arm, control), shortfall(control, arm)
    if better == "down":
        loss, regret = regret, loss
    low, middle, high = (lift_quantile(arm, control, one) for one in ((1 - level) / 2, 0.5, (1 + level) / 2))
    method = f"beta-binomial posterior, prior Beta({before.a:g}, {before.b:g})"
    effect = Estimate(label, middle, low, high, Unit.LIFT, n + base_n, method, level)
    return Odds(won, loss, regret, effect)


def best_share(
    counts: Sequence[tuple[int, int]], prior: Beta | None = None, *, better: Better = "up"
) -> tuple[float, ...]:
    """Return the chance of each arm to have the best share of all.

    Parameters
    ----------
    counts
        Hits and units of each arm.

    Examples
    --------
    >>> [f"{one:.3f}" for one in best_share([(100, 1000), (110, 1000), (125, 1000)])]
    ['0.026', '0.143', '0.832']
    """
    before = Beta() if prior is None else prior
    known = [counted(hits, n, "an arm") for hits, n in counts]
    beliefs = [Beta(before.a + hits, before.b + n - hits) for hits, n in known]
    values = [np.asarray(betaincinv(one.a, one.b, evenly())) for one in beliefs]
    side = betainc if better == "up" else betaincc

    def beaten(one: Beta) -> Callable[[Floats], Floats]:
        return lambda value: np.asarray(side(one.a, one.b, value))

    return leading(values, [beaten(one) for one in beliefs])


def exceeds(one: Beta, other: Beta) -> float:
    """Return the chance that ``one`` is above ``other``.

    Examples
    --------
    >>> round(exceeds(Beta(2, 1), Beta(1, 1)), 12)
    0.666666666667
    """
    if one.spread <= other.spread:
        at, masses = one.masses()
        return min(1.0, float(masses @ betainc(other.a, other.b, at)))
    at, masses = other.masses()
    return min(1.0, float(masses @ betaincc(one.a, one.b, at)))


def shortfall(one: Beta, other: Beta) -> float:
    """Return by how much ``one`` lies below ``other`` on average, counted 0 where it does not.

    It is the integral of the chance that ``one`` lies below a share and ``other`` above it.

    Examples
    --------
    >>> round(shortfall(Beta(1, 1), Beta(1, 1)), 9)
    0.166666667
    """
    # Below its own ends `one` has no mass, above its ends `other` has none.
    low, high = one.ends[0], other.ends[1]
    if low >= high:
        return 0.0
    step = max(min(one.spread, other.spread) / FINE, (high - low) / MOST)
    logits = np.arange(low, high + step, step)
    at = expit(logits)
    inner = betainc(one.a, one.b, at) * betaincc(other.a, other.b, at) * at * expit(-logits)
    return float(inner.sum() * step)


def lift_quantile(arm: Beta, control: Beta, chance: float) -> float:
    """Return the lift of ``arm`` over ``control`` that is exceeded with chance ``1 - chance``."""
    sharp = arm.spread <= control.spread
    at, masses = (arm if sharp else control).masses()

    def below(ratio: float) -> float:
        if sharp:
            return float(masses @ betaincc(control.a, control.b, np.minimum(at / ratio, 1.0)))
        return float(masses @ betainc(arm.a, arm.b, np.minimum(at * ratio, 1.0)))

    low, high = -60.0, 60.0
    for _ in range(60):
        middle = (low + high) / 2
        if below(math.exp(middle)) < chance:
            low = middle
        else:
            high = middle
    return math.expm1((low + high) / 2)
