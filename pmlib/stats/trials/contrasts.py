"""Contrasts: any weighing of several arms against others, and all pairs of arms together."""

import math
import sys
from collections.abc import Sequence

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri, stdtr

from pmlib.core import Estimate, SettingError, Unit
from pmlib.stats.inputs import Floats, numbers
from pmlib.stats.means import Moments, enough, quantile
from pmlib.stats.shares import root
from pmlib.stats.trials.dunnett import Together

METHOD = "Welch's t interval for a contrast of means"
FAR, STEP = 9.0, 0.05
"""How far beyond where the density lies the least of several normals is followed, and in what steps."""


def contrast(
    arms: Sequence[Moments],
    weights: Sequence[float],
    *,
    unit: Unit = Unit.NUMBER,
    label: str = "contrast",
    level: float = 0.95,
) -> Estimate:
    """Estimate a weighed sum of arms' means, with Welch-Satterthwaite degrees of freedom.

    Parameters
    ----------
    weights
        One an arm, summing to 0: ``[0.5, 0.5, -1]`` is the mean of two variants less control, ``[0, 0, 1, -1]`` one
        control against another, an A/A test inside the experiment.

    Returns
    -------
    Estimate
        In the means' own unit; with weights 1 and -1 it is :func:`pmlib.stats.means.mean_difference`.

    Raises
    ------
    SettingError
        If the weights do not fit the arms, do not sum to 0 or are all 0.
    TooFewError
        If an arm with a weight has fewer than 2 units.

    References
    ----------
    Satterthwaite (1946), Biometrics Bulletin 2:110-114.

    Examples
    --------
    >>> print(contrast([Moments(50, 11.0, 4.0), Moments(50, 12.0, 4.0), Moments(50, 10.0, 4.0)], [0.5, 0.5, -1]))
    1.50 (95% interval 0.81 to 2.19)
    """
    weighed = checked(arms, weights, label)
    used = [(arm, float(weight)) for arm, weight in zip(arms, weighed, strict=True) if weight]
    value = sum(weight * arm.mean for arm, weight in used)
    n = sum(arm.n for arm, _ in used)
    variance = sum(weight**2 * arm.error for arm, weight in used)
    if variance == 0:
        reason = "no unit differs from another within its arm"
        return Estimate(label, value, None, None, unit, n, METHOD, level, reason=reason)
    df = freedom(used)
    error = math.sqrt(variance)
    half = quantile(level, df) * error
    p = max(2 * float(stdtr(df, -abs(value) / error)), math.ulp(0.0))
    return Estimate(label, value, value - half, value + half, unit, n, METHOD, level, p)


def contrast_lift(
    arms: Sequence[Moments], weights: Sequence[float], *, label: str = "lift", level: float = 0.95
) -> Estimate:
    """Estimate a contrast relative to what it is measured against, the arms of negative weight, by Fieller's interval.

    The interval excludes 0 exactly when the test of :func:`contrast` rejects.

    Examples
    --------
    >>> print(contrast_lift([Moments(50, 11.0, 4.0), Moments(50, 12.0, 4.0), Moments(50, 10.0, 4.0)], [0.5, 0.5, -1]))
    15.0% (95% interval 7.8% to 23.0%)
    """
    weighed = checked(arms, weights, label)
    difference = contrast(arms, weights, label=label, level=level)
    scale = float(weighed[weighed > 0].sum())
    used = [(arm, float(weight) / scale) for arm, weight in zip(arms, weighed, strict=True) if weight]
    base = -sum(weight * arm.mean for arm, weight in used if weight < 0)
    top_error = sum(weight**2 * arm.error for arm, weight in used if weight > 0)
    base_error = sum(weight**2 * arm.error for arm, weight in used if weight < 0)
    method = "Fieller's interval for a ratio of weighed means"
    if base == 0 or difference.p is None:
        reason = "the base is 0" if base == 0 else difference.reason
        return Estimate(label, None, None, None, Unit.LIFT, difference.n, method, level, reason=reason)
    gain = (difference.value or 0.0) / scale
    value, ratio = gain / abs(base), 1 + gain / base
    q = quantile(level, freedom(used))
    g = q * q * base_error / base**2
    if g >= 1:
        reason = "the base cannot be told from 0, so a ratio to it has no bounds"
        return Estimate(label, value, None, None, Unit.LIFT, difference.n, method, level, difference.p, reason=reason)
    half = q / abs(base) * math.sqrt(max(top_error + ratio**2 * base_error - g * top_error, 0.0))
    low, high = sorted(math.copysign(1, base) * ((ratio + side * half) / (1 - g) - 1) for side in (-1, 1))
    return Estimate(label, value, low, high, Unit.LIFT, difference.n, method, level, difference.p)


def all_pairs(p_values: Sequence[float], arms: int, *, level: float = 0.95) -> list[Together]:
    """Turn the two-sided p-values of pairs of arms into ones that hold together for all pairs.

    They are those of the largest of all distances between arms (Tukey), whatever test each came from; where arms have
    unequal sizes they err on the safe side.

    Parameters
    ----------
    p_values
        Of each pair's own test.
    arms
        How many arms there are; with two there is one pair, and nothing to adjust.

    Raises
    ------
    SettingError
        If there are fewer than two arms, or something is no p-value.

    References
    ----------
    Tukey (1953), The Problem of Multiple Comparisons; Kramer (1956), Biometrics 12:307-310, for unequal sizes, and
    Hayter (1984), Annals of Statistics 12:61-75, that they are safe.

    Examples
    --------
    >>> [round(one.p, 4) for one in all_pairs([0.02, 0.5], 3)]
    [0.0522, 0.7783]
    """
    if arms < 2:
        raise SettingError(f"Pairs need two arms or more, not {arms}.")
    given = numbers(p_values, "p-values")
    if not ((given >= 0) & (given <= 1)).all() or not 0 < level < 1:
        raise SettingError("p-values and the confidence level lie between 0 and 1; leave out a test that has none.")
    pairs = arms * (arms - 1) / 2
    most = 2 * FAR + math.sqrt(arms)
    critical = root(lambda q: range_tail(q, arms) - (1 - level), 0.0, most)
    found: list[Together] = []
    for p in given:
        own = max(float(p), sys.float_info.min)
        joint = range_tail(-math.sqrt(2) * float(ndtri(own / 2)), arms) if arms > 2 else own
        found.append(Together(min(max(joint, own), pairs * own, 1.0), 1 - 2 * float(ndtr(-critical / math.sqrt(2)))))
    return found if arms > 2 else [Together(one.p, level) for one in found]


def range_tail(q: float, k: int) -> float:
    """Return the chance that the largest and the smallest of ``k`` standard normals lie more than ``q`` apart.

    Examples
    --------
    >>> round(range_tail(3.314, 3), 4)
    0.05
    """
    least = np.arange(-FAR - q / 2, FAR, STEP)
    above = log_ndtr(-least)
    # All k lie above the least one, less those where none lies q above it; by logarithms, for tails that are thin.
    gone = np.exp(log_ndtr(-least - q) - above)
    logs = -(least**2) / 2 + (k - 1) * above
    missed = -np.expm1((k - 1) * np.log1p(-np.minimum(gone, 1 - 1e-16)))
    return min(1.0, k * STEP / math.sqrt(2 * math.pi) * float(np.exp(logs) @ missed))


def freedom(used: Sequence[tuple[Moments, float]]) -> float:
    """Welch-Satterthwaite degrees of freedom of a weighed sum of means."""
    parts = [weight**2 * arm.error for arm, weight in used]
    whole = sum(parts)
    return 1 / sum((part / whole) ** 2 / (arm.n - 1) for part, (arm, _) in zip(parts, used, strict=True))


def checked(arms: Sequence[Moments], weights: Sequence[float], label: str) -> Floats:
    """Return the weights of a contrast, or refuse what is none."""
    weighed = numbers(weights, "weights")
    if weighed.size != len(arms):
        raise SettingError(f"'{label}' weighs {weighed.size} arms, and there are {len(arms)}; give one weight an arm.")
    most = float(np.abs(weighed).max(initial=0.0))
    if most == 0 or abs(float(weighed.sum())) > 1e-9 * most:
        raise SettingError(
            f"The weights of '{label}' sum to {weighed.sum():g}; those of a contrast sum to 0 and are not all 0, such "
            "as 0.5, 0.5 and -1."
        )
    for arm, weight in zip(arms, weighed, strict=True):
        if weight:
            enough(arm, label)
    return weighed
