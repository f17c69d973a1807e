"""The estimated standard deviation as a random number, and what rests on it: Student's t off its centre."""

import math
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln, ndtr

from pmlib.stats.inputs import Floats

LARGE = 1e6
"""Degrees of freedom from which on a standard deviation counts as known."""


class Nodes(NamedTuple):
    """Where a density is taken, and the weight of each place; weights sum to 1."""

    at: Floats
    weights: Floats


def deviation(df: float, reach: float = 0.0) -> Nodes:
    """Return nodes for a standard deviation over its true value, ``sqrt(chi2 / df)``.

    Parameters
    ----------
    df
        Degrees of freedom; from :data:`LARGE` on one node at 1.
    reach
        How far out the t statistic lies that will be asked for; far tails rest on small deviations.

    Notes
    -----
    The trapezoid rule over the logarithm, which converges geometrically: the density falls off doubly fast to the
    right and as a power to the left.

    Examples
    --------
    >>> nodes = deviation(5)
    >>> round(float(nodes.weights.sum()), 9), round(float(nodes.weights @ nodes.at**2), 9)
    (1.0, 1.0)
    """
    if df >= LARGE:
        return Nodes(np.ones(1), np.ones(1))
    step = 0.2 / math.sqrt(2 * df)
    # Left of the mode the density falls as s^df, and the t tail asked for lies near s = sqrt(df) / reach.
    left = -(40 / df + 9 / math.sqrt(df)) - max(0.0, math.log(max(reach, 1.0) / math.sqrt(df)))
    right = math.log1p(9 / math.sqrt(df))
    logs = np.arange(left, right + step, step)
    density = df * logs - df / 2 * np.exp(2 * logs)
    constant = math.log(2) + df / 2 * math.log(df / 2) - float(gammaln(df / 2))
    weights = np.exp(density + constant) * step
    return Nodes(np.exp(logs), weights / weights.sum())


def beyond(bound: float, df: float, shift: float) -> float:
    """Return the chance that Student's t with the noncentrality ``shift`` exceeds ``bound``.

    Examples
    --------
    >>> round(beyond(2.0, 10, 0.0), 6)
    0.036694
    """
    nodes = deviation(df, abs(bound))
    return float(np.clip(nodes.weights @ ndtr(shift - bound * nodes.at), 0.0, 1.0))
