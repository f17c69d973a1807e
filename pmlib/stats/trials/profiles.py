"""Whether two groups differ by the same in several means that hang together, such as those of clusters by segment."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc

from pmlib.core import SettingError, TooFewError
from pmlib.core.words import many
from pmlib.stats.inputs import Floats
from pmlib.stats.trials.joint import Joint

REDUNDANT = 1e-9
"""Below this part of the variance, a contrast tells nothing that the others do not tell."""
SMALLEST = math.ulp(0.0)


@dataclass(frozen=True)
class Parallel:
    """Whether the difference of two groups is the same in all columns.

    Parameters
    ----------
    q, df, p
        Hotelling's T squared of the contrasts between columns, how many tell something of their own, and the chance of
        as much if the difference were the same.
    """

    q: float
    df: int
    p: float

    @property
    def share(self) -> float:
        """Share of the scatter that is more than noise: with columns that do not hang together, I squared."""
        return max(0.0, 1 - self.df / self.q) if self.q else 0.0


def parallel(group: Joint, base: Joint) -> Parallel:
    """Test whether two groups differ by the same in all columns, whose covariances may be unlike in the two.

    With two columns it is Welch's test of the difference between them.

    Raises
    ------
    SettingError
        If the groups have other columns.
    TooFewError
        If there are fewer than two columns, or too few units for so many.

    References
    ----------
    Johnson and Wichern (2007), Applied Multivariate Statistical Analysis, 6th edition, section 6.8; for unlike
    covariances Krishnamoorthy and Yu (2004), Statistics and Probability Letters 66:161-169.

    Examples
    --------
    >>> base = Joint.of([[1, 2], [2, 5], [3, 4], [6, 7]])
    >>> found = parallel(Joint.of([[2, 2], [3, 3], [5, 4], [6, 4]]), base)
    >>> round(found.q, 2), found.df, round(found.p, 3)
    (10.57, 1, 0.018)
    """
    if group.k != base.k:
        raise SettingError(f"{group.k} columns of one group do not compare with {base.k} of the other.")
    if group.k < 2 or min(group.n, base.n) < 2:
        raise TooFewError(f"{many(group.k, 'column')} of {group.n} and {base.n} units: it takes two or more of each.")
    steps = np.eye(group.k - 1, group.k) - np.eye(group.k - 1, group.k, 1)
    gaps = steps @ (np.array(group.means) - np.array(base.means))
    errors = [steps @ np.array(one.covariances) @ steps.T / one.n for one in (group, base)]
    axes = whitened(errors[0] + errors[1])
    if not axes.size:
        raise TooFewError("No unit differs from another, so nothing can be said of how columns differ.")
    p = axes.shape[1]
    sides = [axes.T @ one @ axes for one in errors]
    q = float(np.sum((axes.T @ gaps) ** 2))
    noise = sum(
        (float(np.trace(one @ one)) + float(np.trace(one)) ** 2) / (side.n - 1)
        for one, side in zip(sides, (group, base), strict=True)
    )
    free = (p + p * p) / noise
    if free <= p:
        raise TooFewError(f"{group.n} and {base.n} units are too few to tell {group.k} columns apart.")
    chance = float(fdtrc(p, free - p + 1, q * (free - p + 1) / (free * p)))
    return Parallel(q, p, max(chance, SMALLEST))


def whitened(spread: Floats) -> Floats:
    """Return the weights by which contrasts become independent with variance 1, a column each."""
    scale = np.sqrt(np.diag(spread))
    varies = scale > 0
    values, vectors = np.linalg.eigh(spread[np.ix_(varies, varies)] / np.outer(scale[varies], scale[varies]))
    own = values > REDUNDANT
    axes = np.zeros((len(scale), int(own.sum())))
    axes[varies] = vectors[:, own] / np.sqrt(values[own]) / scale[varies, None]
    return axes
