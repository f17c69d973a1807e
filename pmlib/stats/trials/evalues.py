"""Whether units fall into arms as planned, asked as often as one likes: an e-value against a wrong split."""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.core.words import many
from pmlib.stats.inputs import Floats, numbers
from pmlib.stats.inputs import counts as whole
from pmlib.stats.trials.sequential import p_value

CONCENTRATION = 1e4
"""Units that a wrong split is thought to lie near the planned one with; Lindon and Malek's default."""
MOST_UNITS = 10**11
"""Above this, log-gamma functions lose the digits that count."""


@dataclass(frozen=True)
class Period:
    """A time with one planned split.

    Parameters
    ----------
    counts
        Units seen in each arm since the period began, cumulated, a row a look; shape ``(looks, arms)``.
    weights
        The planned weights of its arms; 0 for an arm that nobody should reach.
    """

    counts: Sequence[Sequence[int]]
    weights: Sequence[float]


def sequential_srm(
    counts: Sequence[Sequence[int]],
    weights: Sequence[float],
    *,
    previous: float = 1.0,
    label: str = "sample ratio",
) -> Estimate:
    """Test at each look whether units fell into arms as planned, without paying for the looks.

    Parameters
    ----------
    counts
        Units seen in each arm by each look, cumulated; shape ``(looks, arms)``. One look is enough.
    weights
        Planned weights of the arms; a unit in an arm of weight 0 is an alarm by itself.
    previous
        The smallest p-value of earlier looks that are not among ``counts``.

    Returns
    -------
    Estimate
        ``value`` is the share of the first arm at the last look; ``p`` the smallest over all looks of 1 / the Bayes
        factor of any other split against the planned one. Under the planned split it ever falls below a level with
        at most that chance; below 0.001 is an alarm.

    Raises
    ------
    SettingError
        If a count falls from look to look, or counts and weights do not fit.
    TooFewError
        If fewer than two arms have a weight, or there are no units.

    References
    ----------
    Lindon and Malek (2022), Anytime-Valid Inference for Multinomial Count Data, NeurIPS.

    Examples
    --------
    >>> f"{sequential_srm([[500, 500], [1100, 900], [1800, 1200]], [1, 1]).p:.1e}"
    '1.1e-06'
    """
    return sequential_srm_periods([Period(counts, weights)], previous=previous, label=label)


def sequential_srm_periods(
    periods: Sequence[Period], *, previous: float = 1.0, label: str = "sample ratio"
) -> Estimate:
    """Test the split as :func:`sequential_srm` does where its weights changed on the way.

    Each period is held against its own weights; the evidence of periods that follow each other is multiplied.

    Parameters
    ----------
    periods
        One a planned split, in their order; all have the same arms.

    Examples
    --------
    A ramp from 10% to 50%: each part fits its own plan, though no one plan fits the whole.

    >>> ramp = [Period([[900, 100]], [9, 1]), Period([[500, 500]], [1, 1])]
    >>> sequential_srm_periods(ramp).p
    1.0
    """
    parts = [checked(period, label) for period in periods]
    arms = {shares.size for _, shares in parts}
    if len(arms) != 1:
        raise SettingError(f"'{label}' needs one period or more, all with the same arms.")
    total = np.sum([seen[-1] for seen, _ in parts], axis=0)
    if total.sum() == 0:
        raise TooFewError(f"'{label}' has no units to count; look again when some have come.")
    carried, smallest = 0.0, -math.log(p_value(previous))
    for seen, shares in parts:
        evidence = log_bayes_factors(seen, shares)
        smallest = max(smallest, carried + float(evidence.max()))
        carried += float(evidence[-1])
    stray = int(sum(seen[-1][shares == 0].sum() for seen, shares in parts))
    p = sys.float_info.min if stray else math.exp(max(-smallest, math.log(sys.float_info.min)))
    alarm = f"{many(stray, 'unit')} fell into an arm planned with a weight of 0, which is an alarm by itself; "
    return Estimate(
        label,
        float(total[0] / total.sum()),
        None,
        None,
        Unit.SHARE,
        int(total.sum()),
        "sequential test of the planned split by a Dirichlet-multinomial e-value, valid at every look",
        p=p,
        reason=f"{alarm if stray else ''}the test is of all arms at once",
    )


def log_bayes_factors(seen: Floats, shares: Floats) -> Floats:
    """Return the log of the Bayes factor against the planned shares at each look; shape ``(looks,)``."""
    counted, plan = seen[:, shares > 0], shares[shares > 0]
    prior = CONCENTRATION * plan
    arms = (gammaln(prior + counted) - gammaln(prior) - counted * np.log(plan)).sum(axis=1)
    return arms + gammaln(CONCENTRATION) - gammaln(CONCENTRATION + counted.sum(axis=1))


def checked(period: Period, label: str) -> tuple[Floats, Floats]:
    """Return a period's counts, shape ``(looks, arms)``, and planned shares, or refuse what does not fit."""
    weights = numbers(period.weights, "weights")
    if (weights < 0).any():
        raise SettingError(f"A planned weight is not below 0, but one is {weights.min():g}; 0 leaves an arm out.")
    if (weights > 0).sum() < 2:
        raise TooFewError(f"'{label}' needs two arms with a weight; there are {int((weights > 0).sum())}.")
    if any(len(row) != weights.size for row in period.counts):
        raise SettingError(f"Each look counts the units of all {weights.size} arms; give one count an arm.")
    if not period.counts:
        raise SettingError(f"'{label}' has a period without a look; give one row of counts a look.")
    seen = whole(period.counts, "counts").astype(float)
    if (np.diff(seen, axis=0) < 0).any():
        raise SettingError("An arm has fewer units than at the look before; give counts that are cumulated.")
    if seen.sum(axis=1).max() > MOST_UNITS:
        raise SettingError(f"There are more than {MOST_UNITS:.0e} units; counts above are not told apart here.")
    return seen, weights / weights.sum()
