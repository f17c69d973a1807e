"""Chance to win, expected loss and credible interval of a lift or difference."""

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtr, stdtrit

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.stats.inputs import Floats
from pmlib.stats.means import Moments, enough, freedom, mean_difference, mean_lift, quantile
from pmlib.stats.trials.beliefs import Belief, Prior, Scale

Better = Literal["up", "down"]

POINTS, REACH = 1501, 10.0
"""Places an expectation is taken at, and how many standard errors they reach."""
FARTHEST = 80.0
"""Log-ratios beyond this, either way, are not looked at."""
DRAWS = 20_000
"""Equally likely values that stand for what is believed of an arm."""


@dataclass(frozen=True)
class Odds:
    """What is believed of an arm after the data.

    Parameters
    ----------
    chance
        Chance to win: that the arm is better than control.
    loss
        What shipping is expected to lose where control is better, in the effect's unit; ``None`` where it has no end.
    regret
        What keeping control is expected to lose where the arm is better.
    effect
        The effect with its credible interval.
    """

    chance: float
    loss: float | None
    regret: float | None
    effect: Estimate


def odds(
    group: Moments,
    base: Moments,
    prior: Prior | None = None,
    *,
    scale: Scale = "lift",
    better: Better = "up",
    unit: Unit = Unit.NUMBER,
    label: str = "effect",
    level: float = 0.95,
) -> Odds:
    """Return chance to win and expected loss of an arm against control.

    Parameters
    ----------
    prior
        What was believed before; ``None`` for nothing at all.
    scale
        On which scale the effect is measured. ``"log-ratio"`` for extreme lifts: its prior lets ratios of 2 and 1/2
        be equally far off. The effect is then reported as a lift, its value the median.
    unit
        Of a difference.

    Returns
    -------
    Odds
        Without a prior ``chance`` is one minus the one-sided p-value of Welch's test, and the interval that of
        Welch's test or Fieller's: peeking is then no freer than with them.

    Raises
    ------
    SettingError
        If ``"log-ratio"`` is asked of means that are not both above 0, or of a prior that has none.
    TooFewError
        If a group has fewer than 2 units or no unit differs from another.

    Notes
    -----
    The data speak through the pivot whose quantiles are Welch's and Fieller's intervals, so a prior that hardly says
    anything leaves just these; where the base is known well, it is the normal with precision weights.

    Examples
    --------
    >>> group, base = Moments(5000, 10.3, 40.0), Moments(5000, 10.0, 40.0)
    >>> flat, wary = odds(group, base), odds(group, base, Prior(Belief.normal(0, 0.02)))
    >>> print(f"{flat.chance:.3f} {flat.effect}; {wary.chance:.3f} {wary.effect}")
    0.991 3.0% (95% interval 0.5% to 5.5%); 0.977 2.1% (95% interval 0.0% to 4.2%)
    """
    enough(group, label)
    enough(base, label)
    if group.error + base.error == 0:
        raise TooFewError(f"'{label}': no unit differs from another within its group, so nothing is learned.")
    if scale == "log-ratio" and min(group.mean, base.mean) <= 0:
        raise SettingError(f"'{label}': a log-ratio needs both means above 0, not {group.mean:g} and {base.mean:g}.")
    if better not in {"up", "down"}:
        raise SettingError(f"A metric is better 'up' or 'down', not {better!r}.")
    if prior is None or (base.mean == 0 and scale != "difference"):
        return unprejudiced(group, base, scale, better, unit, label, level)
    belief = prior.on(scale, base.mean)
    points, weights = grid(group, base, scale, belief)
    masses = weights * np.exp(shifted(belief.log_density(points) + spoken(points, group, base, scale)))
    masses /= masses.sum()
    effects = np.expm1(points) if scale == "log-ratio" else points
    shares = np.cumsum(masses) - masses / 2
    low, middle, high = np.interp([(1 - level) / 2, 0.5, (1 + level) / 2], shares, effects)
    value = float(middle) if scale == "log-ratio" else float(masses @ effects)
    method = f"posterior of a {scale}, from a prior and the pivot of Welch's test"
    kind = unit if scale == "difference" else Unit.LIFT
    effect = Estimate(label, value, float(low), float(high), kind, group.n + base.n, method, level)
    up, down = float(masses @ np.maximum(effects, 0)), float(masses @ np.maximum(-effects, 0))
    won = min(max(float(np.interp(0.0, effects, shares)), 0.0), 1.0)
    won, loss, regret = (1 - won, down, up) if better == "up" else (won, up, down)
    return Odds(won, loss, regret, effect)


def unprejudiced(
    group: Moments, base: Moments, scale: Scale, better: Better, unit: Unit, label: str, level: float
) -> Odds:
    """Return the odds without a prior: those of Welch's test, and of Fieller's interval."""
    difference = mean_difference(group, base, unit=unit, label=label, level=level)
    df, error = freedom(group, base), math.sqrt(group.error + base.error)
    sign = 1 if better == "up" else -1
    chance = float(stdtr(df, sign * (group.mean - base.mean) / error))
    per = 1.0 if scale == "difference" else abs(base.mean)
    effect = difference if scale == "difference" else mean_lift(group, base, label=label, level=level)
    if per == 0:
        return Odds(chance, None, None, effect)
    # The expectation of Student's t beyond 0: s (phi + z Phi) with t's own density, which needs more than 1 degree.
    z = sign * (group.mean - base.mean) / error
    regret = error / per * (rest(z, df)) if df > 1 else None
    loss = error / per * (rest(-z, df)) if df > 1 else None
    return Odds(chance, loss, regret, effect)


def rest(z: float, df: float) -> float:
    """Return how far Student's t about ``z`` exceeds 0 on average."""
    log_constant = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - math.log(df * math.pi) / 2
    density = math.exp(log_constant - (df + 1) / 2 * math.log1p(z * z / df))
    return max(density * (df + z * z) / (df - 1) + z * float(stdtr(df, z)), 0.0)


def best(arms: Sequence[Moments], *, better: Better = "up") -> tuple[float, ...]:
    """Return the chance of each arm to be the best of all, if nothing was believed before.

    Raises
    ------
    TooFewError
        If an arm has fewer than 2 units, or its units do not differ.

    Examples
    --------
    >>> [f"{one:.3f}" for one in best([Moments(900, 10.0, 9.0), Moments(900, 10.1, 9.0), Moments(900, 10.3, 9.0)])]
    ['0.012', '0.076', '0.911']
    """
    for arm in arms:
        enough(arm, "an arm")
        if arm.error == 0:
            raise TooFewError("No unit of an arm differs from another, so nothing is learned of it.")
    sign = 1 if better == "up" else -1
    known = [(sign * arm.mean, math.sqrt(arm.error), arm.n - 1) for arm in arms]
    values = [mean + error * np.asarray(stdtrit(df, evenly())) for mean, error, df in known]

    def below(at: int) -> Callable[[Floats], Floats]:
        mean, error, df = known[at]
        return lambda value: np.asarray(stdtr(df, (value - mean) / error))

    return leading(values, [below(at) for at in range(len(arms))])


def leading(values: Sequence[Floats], below: Sequence[Callable[[Floats], Floats]]) -> tuple[float, ...]:
    """Return the chance of each of several to be the largest.

    Parameters
    ----------
    values
        Of each, equally likely values.
    below
        Of each, the chance to lie below a value.
    """
    found: list[float] = []
    for place, own in enumerate(values):
        others = [chance(own) for at, chance in enumerate(below) if at != place]
        found.append(max(float(np.prod(others, axis=0).mean()) if others else 1.0, sys.float_info.min))
    return tuple(one / math.fsum(found) for one in found)


def evenly() -> Floats:
    """Return chances that part a distribution evenly."""
    return (np.arange(DRAWS) + 0.5) / DRAWS


def spoken(points: Floats, group: Moments, base: Moments, scale: Scale) -> Floats:
    """Return the logarithm of what the data say for each effect: the density of Welch's or Fieller's pivot."""
    df = freedom(group, base)
    if scale == "difference":
        gaps = (group.mean - base.mean - points) / math.sqrt(group.error + base.error)
        return -(df + 1) / 2 * np.log1p(gaps**2 / df)
    ratios = np.exp(points) if scale == "log-ratio" else 1 + math.copysign(1, base.mean) * points
    spread = group.error + ratios**2 * base.error
    gaps = (group.mean - ratios * base.mean) / np.sqrt(spread)
    # How fast the pivot falls as the ratio grows; beyond where it turns, the base would be of the other sign.
    slope = math.copysign(1, base.mean) * (base.mean * group.error + ratios * group.mean * base.error) / spread**1.5
    turned = slope <= 0
    log_slope = np.log(np.where(turned, 1.0, slope)) + (points if scale == "log-ratio" else 0.0)
    return np.where(turned, -np.inf, log_slope - (df + 1) / 2 * np.log1p(gaps**2 / df))


def grid(group: Moments, base: Moments, scale: Scale, belief: Belief) -> tuple[Floats, Floats]:
    """Return where the posterior is taken, and the width each place stands for."""
    ratio = group.mean / base.mean if scale != "difference" else 1.0
    error = math.sqrt(group.error + ratio**2 * base.error)
    middle = group.mean - base.mean
    if scale == "lift":
        middle, error = middle / abs(base.mean), error / abs(base.mean)
    elif scale == "log-ratio":
        middle, error = math.log(ratio), math.sqrt(group.error / group.mean**2 + base.error / base.mean**2)
    far = REACH * max(1.0, quantile(1 - 1e-9, freedom(group, base)) / 6)
    side = np.linspace(-1, 1, POINTS)
    parts = [middle + far * error * side, middle + 3 * error * side]
    parts += [mean + REACH * sd * side for mean, sd in zip(belief.means, belief.sds, strict=True)]
    points = np.unique(np.concatenate(parts))
    if scale == "log-ratio":
        points = points[np.abs(points) < FARTHEST]
    widths = np.gradient(points)
    return points, widths


def shifted(logs: Floats) -> Floats:
    """Shift logarithms so that the largest is 0."""
    return logs - logs.max()
