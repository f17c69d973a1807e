"""Checks of a split."""

import sys
from collections.abc import Sequence

from scipy.special import chdtrc

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.core.words import many
from pmlib.stats.inputs import counts as whole
from pmlib.stats.inputs import numbers


def srm(counts: Sequence[int], weights: Sequence[float], *, label: str = "sample ratio") -> Estimate:
    """Test whether units fell into arms as planned (sample ratio mismatch).

    Parameters
    ----------
    counts, weights
        Units seen in each arm, and the planned weights; an arm of weight 0 is left out.

    Returns
    -------
    Estimate
        ``value`` is the share of the first arm, ``p`` Pearson's chi-square; below 0.001 is an alarm.

    Examples
    --------
    >>> f"{srm([50_600, 49_400], [1, 1]).p:.1e}"
    '1.5e-04'
    """
    if len(counts) != len(weights):
        raise SettingError(
            f"{many(len(counts), 'arm')} came with {many(len(weights), 'planned weight')}; give one weight an arm."
        )
    units, planned = whole(counts, "counts").astype(float), numbers(weights, "weights")
    if (planned < 0).any():
        raise SettingError(
            f"A planned weight is not below 0, but one is {planned.min():g}; give 0 to leave an arm out."
        )
    seen, plan = units[planned > 0], planned[planned > 0]
    if seen.size < 2 or seen.sum() == 0:
        there = f"{'is' if seen.size == 1 else 'are'} {many(seen.size, 'arm')} with {many(int(seen.sum()), 'unit')}"
        raise TooFewError(f"'{label}' needs two arms with units; there {there}.")
    expected = plan / plan.sum() * seen.sum()
    p = max(float(chdtrc(seen.size - 1, float(((seen - expected) ** 2 / expected).sum()))), sys.float_info.min)
    reason = "the test is of all arms at once"
    method = "Pearson's chi-square test of the planned split"
    value = float(seen[0] / seen.sum())
    return Estimate(label, value, None, None, Unit.SHARE, int(seen.sum()), method, p=p, reason=reason)
