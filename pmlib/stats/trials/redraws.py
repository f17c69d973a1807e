"""The bootstrap of any statistic of one sample (BCa), and of quantiles of two arms."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.stats.inputs import Floats, numbers
from pmlib.stats.shares import critical
from pmlib.stats.trials.draws import sizes
from pmlib.stats.trials.resampling import RUNS, enough_runs, middle

LEFT_OUT = 200
"""Parts of a sample that are left out in turn, to see how the statistic bends."""

Statistic = Callable[[Floats], Floats]
"""From samples of shape ``(samples, n, columns)`` to their values, shape ``(samples,)``."""


def bca(
    rows: ArrayLike,
    statistic: Statistic,
    *,
    runs: int = RUNS,
    seed: int = 0,
    unit: Unit = Unit.NUMBER,
    label: str = "statistic",
    level: float = 0.95,
) -> Estimate:
    """Estimate any statistic of a sample, with a bias-corrected and accelerated bootstrap interval.

    Parameters
    ----------
    rows
        One row a unit, shape ``(n,)`` or ``(n, columns)``.
    statistic
        Takes many samples at once: shape ``(samples, n, columns)`` in, ``(samples,)`` out.

    Returns
    -------
    Estimate
        Open where the samples drawn anew all have the same value, or none, or lie all on one side.

    Raises
    ------
    TooFewError
        If there are fewer than two rows.

    References
    ----------
    Efron (1987), JASA 82:171-185; Efron and Tibshirani (1993), An Introduction to the Bootstrap, section 14.3.

    Examples
    --------
    >>> print(bca([1, 2, 2, 3, 9], lambda samples: samples[..., 0].mean(axis=1), runs=999))
    3.40 (95% interval 1.80 to 6.44)
    """
    runs = enough_runs(runs)
    z = critical(level)
    array = numbers(rows, label)
    array = array[:, None] if array.ndim == 1 else array
    n = len(array)
    if n < 2:
        raise TooFewError(f"'{label}' has {n} rows; to draw anew takes 2 or more.")
    draw = np.random.default_rng(seed)
    value = float(statistic(array[None])[0])
    pieces = [statistic(array[draw.integers(0, n, (k, n))]) for k in sizes(runs, array.size)]
    values = np.sort(np.concatenate(pieces))
    method = "bias-corrected and accelerated bootstrap (BCa)"
    # Half of those equal to the value lie below it, as they do where values repeat.
    below = (float((values < value).mean()) + float((values <= value).mean())) / 2
    if not (math.isfinite(value) and np.isfinite(values).all() and 0 < below < 1 and values[0] < values[-1]):
        reason = "the samples drawn anew do not spread about the value seen"
        shown = value if math.isfinite(value) else None
        return Estimate(label, shown, None, None, unit, n, method, level, reason=reason)
    shift, bend = float(ndtri(below)), acceleration(array, statistic)
    parts = [shift + (shift + side) / (1 - bend * (shift + side)) for side in (-z, z)]
    low, high = (float(np.quantile(values, float(ndtr(part)))) for part in parts)
    return Estimate(label, value, low, high, unit, n, method, level)


def acceleration(rows: Floats, statistic: Statistic) -> float:
    """Return how the standard error of a statistic changes with its value, from leaving out each unit in turn.

    Of more than 200 units as many parts of them are left out, every 200th unit in one.
    """
    parts = min(len(rows), LEFT_OUT)
    which = np.arange(len(rows)) % parts
    values = np.array([float(statistic(rows[which != part][None])[0]) for part in range(parts)])
    off = values.mean() - values
    squares = float((off**2).sum())
    return float((off**3).sum()) / (6 * squares**1.5) if squares else 0.0


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
    a million units cost no more than ten.

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
    >>> difference, lift = bootstrap_quantile(range(10, 60), range(0, 50))
    >>> difference.value, difference.excludes(0), difference.p == lift.p
    (10.0, False, True)
    """
    runs = enough_runs(runs)
    critical(level)
    if not 0 < quantile < 1:
        raise SettingError(f"A quantile lies between 0 and 1, not at {quantile}. Use 0.5 for the median.")
    draw, seen, drawn = np.random.default_rng(seed), list[float](), list[Floats]()
    arms = [np.sort(numbers(values, label).ravel()) for values in (group, base)]
    for arm in arms:
        if arm.size < 2:
            raise TooFewError(f"'{label}' has {arm.size} units in a group; a comparison needs 2 or more.")
        rank = min(arm.size, max(1, math.ceil(arm.size * quantile - 1e-9)))
        seen.append(float(arm[rank - 1]))
        # A uniform order statistic, turned into the place of the unit drawn.
        places = np.ceil(arm.size * draw.beta(rank, arm.size + 1 - rank, runs)).astype(np.int64)
        drawn.append(arm[places.clip(1, arm.size) - 1])
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
