"""Ratios of sums over units, made linear."""

import math
from collections.abc import Sequence

from pmlib.core import TooFewError
from pmlib.core.words import many
from pmlib.stats.means import Moments
from pmlib.stats.trials.joint import NOISE, Joint


def linearised(joint: Joint, top: int = 0, bottom: int = 1) -> Moments:
    """Return a ratio of sums over units as if it were a mean of units.

    The mean is ``sum(top) / sum(bottom)``, and the variance over ``n`` is that of the ratio by the delta method, which
    is that of a regression on events with cluster-robust errors. Units without a denominator stay among the ``n``. With
    one row a cluster, its total and its size, this is the analysis of clusters: Welch's degrees of freedom count them.

    Parameters
    ----------
    joint
        Units of one group; the columns ``top`` and ``bottom`` are what is divided by what.

    Raises
    ------
    TooFewError
        If there are fewer than 2 units, or the denominators add up to 0.

    References
    ----------
    Deng, Knoblich and Lu (2018), KDD, pages 233-242, section 3.

    Examples
    --------
    Three units with 2, 6 and 4 clicks on 1, 2 and 3 pages: 12 of 6, residuals 0, 2 and -2, of variance 4 over 2².

    >>> linearised(Joint.of([[2, 1], [6, 2], [4, 3]]))
    Moments(n=3, mean=2.0, variance=1.0)
    """
    return linearised_pairs(joint, [(top, bottom)]).moments()


def linearised_pairs(joint: Joint, pairs: Sequence[tuple[int, int]]) -> Joint:
    """Return several ratios of sums as columns, with the covariances of their linear parts; see :func:`linearised`."""
    if joint.n < 2:
        raise TooFewError(f"A ratio of sums with an interval needs 2 units or more; it has {many(joint.n, 'unit')}.")
    ratios: list[float] = []
    weights: list[list[float]] = []
    for top, bottom in pairs:
        lower = joint.moments(bottom)
        if not divides(joint, bottom):
            raise TooFewError(
                f"The denominators of {many(joint.n, 'unit')} add up to 0, so there is nothing to divide by. Wait for "
                "units that have one, or choose another denominator."
            )
        ratios.append(joint.at(top).means[0] / lower.mean)
        row = [0.0] * joint.k
        row[top] += 1 / lower.mean
        row[bottom] -= ratios[-1] / lower.mean
        weights.append(row)
    return Joint(joint.n, tuple(ratios), joint.mapped(weights).covariances)


def divides(joint: Joint, bottom: int) -> bool:
    """Whether a column adds up to more than rounding, so that something can be divided by it.

    Examples
    --------
    >>> divides(Joint.of([[2, 0], [6, 0]]), 0), divides(Joint.of([[2, 0], [6, 0]]), 1)
    (True, False)
    """
    lower = joint.moments(bottom)
    return abs(lower.mean) > NOISE * math.sqrt(lower.variance)


def beside(joint: Joint) -> Joint:
    """Return a ratio of the first two columns made linear in their place, with the columns that follow them.

    Examples
    --------
    >>> beside(Joint.of([[2, 1, 5], [6, 2, 9], [4, 3, 7]])).means
    (2.0, 7.0)
    """
    ratio, bottom = linearised(joint).mean, joint.means[1]
    others = range(2, joint.k)
    rows = [[1 / bottom, -ratio / bottom, *(0.0 for _ in others)]]
    rows += [[float(i == j) for j in range(joint.k)] for i in others]
    line = joint.mapped(rows)
    return Joint(line.n, (ratio, *line.means[1:]), line.covariances)
