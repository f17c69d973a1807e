"""Quantiles of two arms compared by drawing their units anew."""

import math

import numpy as np
from numpy.typing import ArrayLike

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.core.words import many
from pmlib.stats.inputs import Floats, numbers
from pmlib.stats.shares import critical
from pmlib.stats.trials.resampling import RUNS, enough_runs, middle


def bootstrap_quantile(
    group: ArrayLike,
    base: ArrayLike,
    *,
    quantile: float = 0.5,
    runs: int = RUNS,
    seed: int = 0,
    unit: Unit = Unit.NUMBER,
    label: str = "difference",
    level: float = 0.95,
) -> tuple[Estimate, Estimate]:
    """Compare a quantile of two arms by drawing each one's units anew (percentile interval).

    The rank that a quantile of units drawn anew has among those seen follows a beta distribution, so that is drawn, and
    a million units cost no more than ten. Between two units the quantile is interpolated.

    Returns
    -------
    tuple
        Difference, in ``unit``, and lift; both have the same ``p`` and exclude 0 exactly where it is below
        ``1 - level``. Open where so many units have one value that the quantile never moves.

    Raises
    ------
    SettingError
        If ``quantile`` does not lie between 0 and 1.
    TooFewError
        If an arm has fewer than two units.

    References
    ----------
    Efron (1979), Annals of Statistics 7:1-26, remark on the median (the exact distribution of a drawn rank).

    Examples
    --------
    >>> difference, lift = bootstrap_quantile(range(20, 70), range(0, 50))
    >>> difference.value, difference.excludes(0), difference.p == lift.p
    (20.0, True, True)
    """
    runs = enough_runs(runs)
    critical(level)
    if not 0 < quantile < 1:
        raise SettingError(f"A quantile lies between 0 and 1, not at {quantile}. Use 0.5 for the median.")
    draw, seen, drawn = np.random.default_rng(seed), list[float](), list[Floats]()
    arms = [np.sort(numbers(values, label).ravel()) for values in (group, base)]
    for arm in arms:
        if arm.size < 2:
            raise TooFewError(f"'{label}' has {many(arm.size, 'unit')} in a group; a comparison needs 2 or more.")
        at = (arm.size - 1) * quantile
        rank, part = int(at) + 1, at - int(at)
        seen.append(float(np.quantile(arm, quantile)))
        # A uniform order statistic and the next one, turned into the places of the units drawn.
        here = draw.beta(rank, arm.size + 1 - rank, runs)
        there = here + (1 - here) * draw.beta(1, arm.size - rank, runs) if rank < arm.size else here
        low, high = (arm[np.ceil(arm.size * one).astype(np.int64).clip(1, arm.size) - 1] for one in (here, there))
        drawn.append(low + part * (high - low))
    gaps, n = drawn[0] - drawn[1], sum(arm.size for arm in arms)
    p = min(1.0, 2 * (1 + min(int((gaps <= 0).sum()), int((gaps >= 0).sum()))) / (runs + 1))
    method = f"bootstrap percentile interval of the {quantile:g} quantile"
    few = "so many units have one value that the quantile does not move, or there are too few runs"
    low, high = ends(gaps, level)
    value = seen[0] - seen[1]
    difference = Estimate(label, value, low, high, unit, n, method, level, p, reason=few if low is None else "")
    if seen[1] == 0:
        return difference, Estimate(label, None, None, None, Unit.LIFT, n, method, level, p, reason="the base is 0")
    with np.errstate(divide="ignore", invalid="ignore"):
        # Divided by the base's size, a lift has the sign of its difference; 0 over 0 is none.
        lifts = np.where(gaps == 0, 0.0, gaps / np.abs(drawn[1]))
    below, above = ends(lifts, level) if low is not None and (drawn[1] * seen[1] > 0).all() else (None, None)
    reason = "" if below is not None else few if low is None else "the base cannot be told from 0"
    return difference, Estimate(
        label, value / abs(seen[1]), below, above, Unit.LIFT, n, method, level, p, reason=reason
    )


def ends(values: Floats, level: float) -> tuple[float, float] | tuple[None, None]:
    """Return a percentile interval; none where it has no width."""
    low, high = middle(values, level)
    return (low, high) if math.isfinite(low) and math.isfinite(high) and low < high else (None, None)
