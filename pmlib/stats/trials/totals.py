"""What many experiments brought together: sums of what is left of their lifts, and how many winners are none."""

from collections.abc import Sequence

import numpy as np

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.stats.inputs import Floats
from pmlib.stats.shares import share
from pmlib.stats.trials.beliefs import Belief, floats
from pmlib.stats.trials.winners import false_positive_risk, fitted, read_error

ENOUGH = 20
"""From so many of a team's own experiments on, they tell what lifts are as a rule."""
PARTS = 1024
"""So many parts a sum of beliefs keeps."""


def total(beliefs: Sequence[Belief]) -> Belief:
    """Return what is believed of the sum of effects that are independent of each other: means and variances add.

    Its mean and variance are exact. Of more than 1,024 parts neighbours are taken together, each with the mean and
    variance they have together.

    Raises
    ------
    TooFewError
        If there is nothing to add.

    Examples
    --------
    >>> both = total([Belief.normal(1, 3), Belief.normal(2, 4)])
    >>> both.mean, both.sd
    (3.0, 5.0)
    """
    if not beliefs:
        raise TooFewError("There is no effect to add up.")
    weights, means, variances = (np.array([one]) for one in (1.0, 0.0, 0.0))
    for one in beliefs:
        weights = np.multiply.outer(weights, one.weights).ravel()
        means = np.add.outer(means, one.means).ravel()
        variances = np.add.outer(variances, np.square(one.sds)).ravel()
        weights, means, variances = merged(weights, means, variances)
    return Belief(floats(weights / weights.sum()), floats(means), floats(np.sqrt(variances)))


def merged(weights: Floats, means: Floats, variances: Floats) -> tuple[Floats, Floats, Floats]:
    """Take the parts of a mixture together until they are few, neighbours first."""
    if weights.size <= PARTS:
        return weights, means, variances
    order = np.argsort(means, kind="stable")
    weights, means, variances = weights[order], means[order], variances[order]
    starts = np.linspace(0, weights.size, PARTS, endpoint=False).astype(int)
    mass = np.add.reduceat(weights, starts)
    # A part without weight keeps its place, so that nothing is divided by 0.
    safe = np.where(mass > 0, mass, 1.0)
    middle = np.where(mass > 0, np.add.reduceat(weights * means, starts) / safe, means[starts])
    second = np.add.reduceat(weights * (variances + means**2), starts) / safe
    return mass, middle, np.where(mass > 0, second - middle**2, variances[starts])


def stated(
    belief: Belief, *, label: str, unit: Unit, n: int, method: str, level: float = 0.95, factor: float = 1.0
) -> Estimate:
    """Estimate an effect by its mean, with its credible interval.

    Parameters
    ----------
    factor
        What the belief is multiplied with, such as how many units a week have the effect.
    """
    low, high = sorted(factor * belief.quantile(chance) for chance in ((1 - level) / 2, (1 + level) / 2))
    return Estimate(label, factor * belief.mean, low, high, unit, n, method, level)


def usual(lifts: Sequence[Estimate], experiments: int) -> Belief | None:
    """Return what lifts are as a rule in a team's own experiments.

    Parameters
    ----------
    lifts
        Measured lifts with their intervals; those without two ends are left out.
    experiments
        How many experiments they are of.

    Returns
    -------
    Belief or None
        ``None`` for fewer than 20 experiments or lifts.
    """
    known = [(one.value, error) for one in lifts if one.value is not None and (error := read_error(one)) is not None]
    if experiments < ENOUGH or len(known) < ENOUGH:
        return None
    return fitted([value for value, _ in known], [error for _, error in known])


def true_winners(winners: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Return the share of ideas that truly win, where a share ``winners`` of them was seen to win.

    A true winner is seen with ``power``, what is none with ``alpha / 2``, so the share seen lies between the two;
    beyond them it is 0 or 1.

    Examples
    --------
    >>> round(true_winners(0.1025), 3)
    0.1
    """
    if not 0 < alpha / 2 < power < 1:
        raise SettingError(f"Half of alpha ({alpha / 2:g}) lies between 0 and power ({power:g}), which is below 1.")
    return min(max((winners - alpha / 2) / (power - alpha / 2), 0.0), 1.0)


def risk_of_winners(won: int, experiments: int, *, alpha: float = 0.05, power: float = 0.8) -> Estimate:
    """Estimate the share of clear winners that are none, by how often a team's experiments win.

    Returns
    -------
    Estimate
        Its interval comes from that of the share that won (Wilson); there is none where all of that lies beyond what
        alpha and power allow.

    References
    ----------
    Kohavi, Deng and Vermeer (2022), A/B Testing Intuition Busters, KDD.

    Examples
    --------
    >>> print(risk_of_winners(41, 400))
    22.0% (95% interval 15.7% to 30.5%)
    """
    seen = share(won, experiments)

    def risk(winners: float | None) -> float:
        true = true_winners(winners or 0.0, alpha=alpha, power=power)
        return float(true == 0.0) if true in {0.0, 1.0} else false_positive_risk(true, alpha=alpha, power=power)

    value, low, high = risk(seen.value), risk(seen.high), risk(seen.low)
    label, method = "clear winners that are none", "alpha, power and the share of experiments that won"
    if low < high:
        return Estimate(label, value, low, high, Unit.SHARE, experiments, method)
    reason = "fewer win than chance alone lets win" if value else "more win than the power lets win"
    return Estimate(label, value, None, None, Unit.SHARE, experiments, method, reason=reason)
