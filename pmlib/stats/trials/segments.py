"""An effect in many segments: whether it differs, where, and how much of what is seen is noise."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, fdtrc, ndtri, stdtr

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.stats.inputs import Floats, number, numbers
from pmlib.stats.means import Moments, quantile
from pmlib.stats.trials.families import holm

FIRM = 3.0
"""A mean so many standard errors from 0 has a logarithm with an error of its own."""
STEADY = 4
"""From so many segments on their own scatter says how far to shrink."""
SMALLEST = math.ulp(0.0)


@dataclass(frozen=True)
class Interaction:
    """Whether an effect differs between segments.

    Parameters
    ----------
    q, df, p
        Cochran's Q, its degrees of freedom and the chance of as much scatter if the effect were the same everywhere;
        by Welch's F where the degrees of freedom of the errors are known, else by chi-square.
    mean, error
        The common effect, weighted by precision, and its standard error.
    between
        Variance of the true effects between segments (Paule and Mandel); 0 where the scatter is no more than noise.
    """

    q: float
    df: int
    p: float
    mean: float
    error: float
    between: float

    @property
    def share(self) -> float:
        """Share of the scatter that is more than noise, Higgins' and Thompson's I squared."""
        return max(0.0, 1 - self.df / self.q) if self.q else 0.0


class Effects(NamedTuple):
    """Differences of means by segment: value, standard error and Welch's degrees of freedom, shape ``(k,)``."""

    values: Floats
    errors: Floats
    dfs: Floats
    told: NDArray[np.bool_]
    """Which of the segments given these are of; in the others nothing can be told."""


def differences(groups: Sequence[Moments], bases: Sequence[Moments]) -> Effects:
    """Return the difference of arm and control in each segment that has 2 units and some spread in both together.

    Examples
    --------
    >>> found = differences([Moments(50, 11.0, 4.0), Moments(1, 9.0, 0.0)], [Moments(50, 10.0, 4.0)] * 2)
    >>> found.values.tolist(), found.errors.tolist(), found.told.tolist()
    ([1.0], [0.4], [True, False])
    """
    (n, mean, variance), (base_n, base_mean, base_variance) = own(groups), own(bases)
    error, base_error = variance / np.maximum(n, 1), base_variance / np.maximum(base_n, 1)
    told = (n >= 2) & (base_n >= 2) & (error + base_error > 0)
    error, base_error, n, base_n = error[told], base_error[told], n[told], base_n[told]
    total = error + base_error
    dfs = 1 / ((error / total) ** 2 / (n - 1) + (base_error / total) ** 2 / (base_n - 1))
    return Effects((mean - base_mean)[told], np.sqrt(total), dfs, told)


def ratios(groups: Sequence[Moments], bases: Sequence[Moments]) -> Effects:
    """Return the logarithm of arm over control in each segment whose means lie well above 0.

    What is one lift everywhere, such as +10 %, is one such logarithm, and as many differences as there are levels.
    Errors are by the delta method.

    Examples
    --------
    >>> found = ratios([Moments(400, 11.0, 4.0), Moments(400, 22.0, 4.0)], [Moments(400, m, 4.0) for m in (10.0, 20.0)])
    >>> found.values.round(4).tolist(), found.errors.round(4).tolist(), found.told.tolist()
    ([0.0953, 0.0953], [0.0135, 0.0068], [True, True])
    """
    (n, mean, variance), (base_n, base_mean, base_variance) = own(groups), own(bases)
    firm = [
        (count >= 2) & (level > FIRM * np.sqrt(spread / np.maximum(count, 1)))
        for count, level, spread in ((n, mean, variance), (base_n, base_mean, base_variance))
    ]
    told = firm[0] & firm[1] & (variance + base_variance > 0)
    pairs = [Moments(one.n, 1.0, one.variance / one.mean**2) for one, known in zip(groups, told, strict=True) if known]
    others = [Moments(one.n, 1.0, one.variance / one.mean**2) for one, known in zip(bases, told, strict=True) if known]
    found = differences(pairs, others)
    return Effects(np.log(mean[told] / base_mean[told]), found.errors, found.dfs, told)


def interaction(
    effects: Sequence[float] | Floats, errors: Sequence[float] | Floats, *, dfs: Sequence[float] | Floats | None = None
) -> Interaction:
    """Test whether an effect is the same in all segments.

    Parameters
    ----------
    effects, errors
        One effect a segment on any one scale, and its standard error, above 0.
    dfs
        Degrees of freedom of each error. Where segments are many and small, chi-square without them takes the errors'
        own noise for differences.

    Raises
    ------
    SettingError
        If an error is not above 0, or there is not one an effect.
    TooFewError
        If there are fewer than 2 segments.

    References
    ----------
    Cochran (1954), Biometrics 10:101-129; Welch (1951), Biometrika 38:330-336; Paule and Mandel (1982), J. Res. Natl.
    Bur. Stand. 87:377-385; Higgins and Thompson (2002), Statistics in Medicine 21:1539-1558.

    Examples
    --------
    >>> found = interaction([0.10, 0.02, -0.04], [0.02, 0.02, 0.02])
    >>> round(found.q, 2), found.df, f"{found.p:.1e}", round(found.share, 2)
    (24.67, 2, '4.4e-06', 0.92)
    """
    d, v = measured(effects, errors)
    weights = 1 / v
    centre = float(weights @ d / weights.sum())
    q = float(weights @ (d - centre) ** 2)
    p = float(chdtrc(d.size - 1, q)) if dfs is None else welch(q, weights, numbers(dfs, "degrees of freedom"))
    return Interaction(q, d.size - 1, max(p, SMALLEST), centre, math.sqrt(1 / float(weights.sum())), between(d, v))


def shrunken(
    effects: Sequence[float] | Floats,
    errors: Sequence[float] | Floats,
    *,
    labels: Sequence[str],
    sizes: Sequence[int],
    unit: Unit = Unit.LIFT,
    level: float = 0.95,
) -> list[Estimate]:
    """Estimate each segment's effect, drawn towards what all have in common as far as the scatter is noise.

    Parameters
    ----------
    labels, sizes
        Name and units of each segment.

    Returns
    -------
    list of Estimate
        Empirical Bayes with Morris's intervals, which allow for the common effect and the scatter being estimated.
        Fewer than 4 segments cannot say how far to shrink and keep their own effects.

    References
    ----------
    Morris (1983), JASA 78:47-55.

    Examples
    --------
    >>> for one in shrunken([0.10, 0.02, -0.04, 0.01], [0.02, 0.02, 0.02, 0.06], labels=[*"abcd"], sizes=[90] * 4):
    ...     print(one.label, one)
    a 9.7% (95% interval 5.7% to 13.7%)
    b 2.0% (95% interval −1.8% to 5.9%)
    c −3.7% (95% interval −7.7% to 0.2%)
    d 1.3% (95% interval −9.5% to 12.1%)
    """
    d, v = measured(effects, errors)
    if not d.size == len(labels) == len(sizes):
        raise SettingError(f"{d.size} segments have {len(labels)} labels and {len(sizes)} sizes; give one each.")
    if not 0 < number(level, "level") < 1:
        raise SettingError(f"A confidence level lies between 0 and 1, not at {level}. Use 0.95 for 95%.")
    k, tau = d.size, between(d, v)
    weights = 1 / (v + tau)
    centre = float(weights @ d / weights.sum())
    shrink = v * weights * max(k - 3, 0) / (k - 1)
    after = d - shrink * (d - centre)
    # Noise left, the doubt about the centre, and the doubt about how far to shrink.
    leverage = k * weights / weights.sum()
    spread = v * (1 - (k - leverage) / k * shrink)
    if k >= STEADY:
        typical = float(weights @ v / weights.sum())
        spread += 2 / (k - 3) * shrink**2 * (typical + tau) * weights * (d - centre) ** 2
    half = float(ndtri((1 + level) / 2)) * np.sqrt(spread)
    method = "empirical Bayes (Morris)" if k >= STEADY else "normal interval of the segment alone"
    rows = zip(labels, after.tolist(), half.tolist(), sizes, strict=True)
    return [Estimate(label, mid, mid - side, mid + side, unit, n, method, level) for label, mid, side, n in rows]


def against_rest(
    groups: Sequence[Moments],
    bases: Sequence[Moments],
    *,
    labels: Sequence[str],
    unit: Unit = Unit.NUMBER,
    level: float = 0.95,
) -> list[Estimate]:
    """Estimate by how much each segment's effect exceeds that of all the rest.

    Parameters
    ----------
    groups, bases
        Moments of the arm and of control, one pair a segment.

    Returns
    -------
    list of Estimate
        A difference of differences of means, with Welch-Satterthwaite degrees of freedom; ``p`` is adjusted over the
        segments (Holm), the interval is each segment's own. A segment in which nothing can be told has no interval.

    Raises
    ------
    TooFewError
        If there are fewer than 2 segments.

    Examples
    --------
    >>> groups, bases = [Moments(500, 11.0, 4.0), Moments(500, 10.1, 4.0)], [Moments(500, 10.0, 4.0)] * 2
    >>> print(against_rest(groups, bases, labels=["new", "old"])[0])
    0.90 (95% interval 0.55 to 1.25)
    """
    if not len(groups) == len(bases) == len(labels):
        raise SettingError(f"{len(labels)} segments have {len(groups)} arms and {len(bases)} controls; give one each.")
    if len(labels) < 2:
        raise TooFewError("A segment is compared with the rest, so there must be two or more.")
    parts = [side for arm in (groups, bases) for side in (own(arm), others(arm))]
    signs = (1.0, -1.0, -1.0, 1.0)
    value = np.array(signs) @ np.array([side[1] for side in parts])
    errors = np.array([side[2] / np.maximum(side[0], 1) for side in parts])
    total = errors.sum(axis=0)
    told = (np.array([side[0] for side in parts]) >= 2).all(axis=0) & (total > 0)
    safe = np.where(told, total, 1.0)
    ranks = np.array([np.maximum(side[0] - 1, 1) for side in parts])
    df = np.where(told, 1 / np.maximum(((errors / safe) ** 2 / ranks).sum(axis=0), 1e-300), 1.0)
    p = np.maximum(2 * stdtr(df, -np.abs(value) / np.sqrt(safe)), SMALLEST)
    adjusted = iter(holm(p[told].tolist()))
    found: list[Estimate] = []
    method = "Welch's t interval for a segment's effect less the rest's"
    for i, label in enumerate(labels):
        n = groups[i].n + bases[i].n
        if not told[i]:
            reason = "an arm has fewer than 2 units, in the segment or outside, or no unit differs from another"
            found.append(Estimate(label, None, None, None, unit, n, method, level, reason=reason))
            continue
        gap, side = float(value[i]), quantile(level, float(df[i])) * math.sqrt(float(total[i]))
        found.append(Estimate(label, gap, gap - side, gap + side, unit, n, method, level, next(adjusted)))
    return found


def welch(q: float, weights: Floats, dfs: Floats) -> float:
    """Return the p-value of Cochran's Q where the weights were estimated, by Welch's F."""
    if dfs.shape != weights.shape or (dfs <= 0).any():
        raise SettingError(f"{weights.size} errors have {dfs.size} degrees of freedom; give one each, above 0.")
    k = weights.size
    noise = float(((1 - weights / weights.sum()) ** 2 / dfs).sum()) / (k * k - 1)
    return float(fdtrc(k - 1, 1 / (3 * noise), q / (k - 1) / (1 + 2 * (k - 2) * noise)))


def between(effects: Floats, variances: Floats) -> float:
    """Return the variance of true effects at which Cochran's Q is what it should be, by Paule and Mandel."""

    def surplus(tau: float) -> float:
        weights = 1 / (variances + tau)
        centre = weights @ effects / weights.sum()
        return float(weights @ (effects - centre) ** 2) - (effects.size - 1)

    if surplus(0.0) <= 0:
        return 0.0
    # Q falls as the variance grows, and is below its degrees of freedom where that exceeds the scatter itself.
    low, high = 0.0, float(np.ptp(effects) ** 2)
    for _ in range(100):
        middle = (low + high) / 2
        if surplus(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def measured(effects: Sequence[float] | Floats, errors: Sequence[float] | Floats) -> tuple[Floats, Floats]:
    """Return effects and variances as arrays, or refuse what cannot be weighed."""
    d, e = numbers(effects, "effects"), numbers(errors, "errors")
    if d.shape != e.shape:
        raise SettingError(f"{d.size} effects have {e.size} standard errors; give one each.")
    if d.size < 2:
        raise TooFewError(f"Whether an effect differs takes two segments or more; there are {d.size}.")
    if (e <= 0).any():
        raise SettingError(
            f"A segment's effect has the standard error {e.min():g}; leave out segments in which no unit differs."
        )
    return d, e**2


def own(arm: Sequence[Moments]) -> tuple[Floats, Floats, Floats]:
    """Return counts, means and variances of an arm's segments; those without units count 0."""
    n = np.array([one.n for one in arm], dtype=float)
    mean = np.array([one.mean if one.n >= 1 else 0.0 for one in arm])
    variance = np.array([one.variance if one.n >= 2 else 0.0 for one in arm])
    return n, np.where(np.isfinite(mean), mean, 0.0), variance


def others(arm: Sequence[Moments]) -> tuple[Floats, Floats, Floats]:
    """Return counts, means and variances of all segments but each, exact as a merge of partitions."""
    n, mean, variance = own(arm)
    left = n.sum() - n
    safe = np.maximum(left, 1.0)
    # About the common mean, so that little is lost where the mean is large against the spread.
    off = mean - n @ mean / max(n.sum(), 1.0)
    gap = ((n @ off) - n * off) / safe
    squares = np.maximum(n - 1, 0) * variance + n * off**2
    inside = np.maximum(squares.sum() - squares - left * gap**2, 0.0)
    return left, mean - off + gap, inside / np.maximum(left - 1, 1.0)
