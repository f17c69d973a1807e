"""Several arms against one control, judged together (Dunnett)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri, stdtr, stdtrit

from pmlib.core import SettingError
from pmlib.stats.inputs import number, numbers
from pmlib.stats.trials.deviations import LARGE, deviation

ALONG, STEP = 9.0, 0.1
"""How far the control's own deviation is followed, in its standard errors, and in what steps."""
SMALLEST = math.ulp(0.0)


@dataclass(frozen=True)
class Together:
    """One arm of several, judged with the others.

    Parameters
    ----------
    p
        Its p-value, adjusted for all comparisons with control.
    level
        The level at which its ordinary interval must be taken to hold together with the others': the interval
        excludes 0 exactly when ``p < 1 - level`` of the family.
    """

    p: float
    level: float


def together(
    p_values: Sequence[float], parts: Sequence[float], *, dfs: Sequence[float] | None = None, level: float = 0.95
) -> list[Together]:
    """Turn the two-sided p-values of arms against one control into ones that hold together.

    Parameters
    ----------
    p_values
        Of each arm's own test, whatever it is: Welch's, a score test, one after CUPED.
    parts
        How much of each comparison's standard error is the control's, ``sqrt(V_0 / (V_i + V_0))``; with equal
        variances ``sqrt(n_i / (n_i + n_0))``. Two comparisons correlate by the product of theirs.
    dfs
        Degrees of freedom of each test; ``None`` for normal ones.

    Examples
    --------
    >>> [round(one.p, 4) for one in together([0.02, 0.5], [0.5**0.5, 0.5**0.5])]
    [0.0374, 0.7234]
    """
    if not 0 < number(level, "level") < 1:
        raise SettingError(f"A confidence level lies between 0 and 1, not at {level}. Use 0.95 for 95%.")
    given, lambdas = numbers(p_values, "p-values"), numbers(parts, "parts")
    freedoms = [math.inf] * given.size if dfs is None else list(dfs)
    if not given.size == lambdas.size == len(freedoms):
        raise SettingError(f"{given.size} p-values have {lambdas.size} parts and {len(freedoms)} degrees of freedom.")
    if not ((given >= 0) & (given <= 1) & (lambdas >= 0) & (lambdas <= 1)).all():
        raise SettingError("p-values, and the control's parts of standard errors, lie between 0 and 1.")
    if given.size == 1:
        return [Together(max(float(given[0]), SMALLEST), level)]
    shared = tuple(float(one) for one in lambdas)
    found: list[Together] = []
    for p, df in zip(given, freedoms, strict=True):
        t = distance(max(float(p), SMALLEST), df)
        joint = min(max(farthest(t, shared, df), float(p), SMALLEST), len(shared) * max(float(p), SMALLEST), 1.0)
        found.append(Together(joint, 1 - 2 * tail(critical_value(shared, df, level), df)))
    return found


@lru_cache(maxsize=4096)
def critical_value(parts: tuple[float, ...], df: float = math.inf, level: float = 0.95) -> float:
    """Return what the largest of several |t| against one control stays below with chance ``level``.

    Examples
    --------
    Dunnett's table for two arms of the same size as control, 20 degrees of freedom.

    >>> round(critical_value((0.5**0.5,) * 2, 20), 2)
    2.38
    """
    from scipy.optimize import brentq

    alpha = 1 - level
    least, most = distance(alpha, df), distance(alpha / len(parts), df)
    if len(parts) == 1:
        return least

    def surplus(t: float) -> float:
        return farthest(t, parts, df) - alpha

    return float(brentq(surplus, least * 0.999, most * 1.001, xtol=1e-10))


def farthest(t: float, parts: tuple[float, ...], df: float) -> float:
    """Return the chance that the largest of several |t| against one control lies beyond ``t``.

    Given the control's deviation ``u`` and the estimated standard deviation, the arms are independent. What is summed
    is the chance of at least one arm beyond, so that small chances keep their digits.
    """
    nodes = deviation(df, t)
    shared = np.asarray(parts)
    # An arm without spread of its own moves with control alone; a thousandth of it keeps the grid small, and the chance
    # right to the fourth digit, to the careful side.
    own = np.sqrt(np.clip(1 - shared**2, 1e-6, None))
    narrow = float(np.min(own / np.maximum(shared, 1e-6)))
    step = min(STEP, narrow / 4)
    side = min(t * float(nodes.at.max()), 40.0) + ALONG
    u = np.arange(-side, side + step, step)
    height = np.exp(-u * u / 2) / math.sqrt(2 * math.pi) * step
    stays = np.zeros((nodes.at.size, u.size))
    for one, rest in zip(shared, own, strict=True):
        bound = t * nodes.at[:, None]
        outside = ndtr((one * u - bound) / rest) + ndtr((-one * u - bound) / rest)
        stays += np.log1p(-np.minimum(outside, 1 - 1e-16))
    return float(nodes.weights @ (-np.expm1(stays) @ height))


def distance(p: float, df: float) -> float:
    """Return how far out the statistic of a two-sided p-value lies."""
    return -float(ndtri(p / 2)) if df >= LARGE else -float(stdtrit(df, p / 2))


def tail(t: float, df: float) -> float:
    """Return the one-sided p-value of a statistic."""
    return math.exp(float(log_ndtr(-t))) if df >= LARGE else float(stdtr(df, -t))
