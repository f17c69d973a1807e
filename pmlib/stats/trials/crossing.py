"""Chances that a test looked at several times crosses its bounds, by integrating from look to look."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from pmlib.stats.inputs import Floats

NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)
PANEL = 7.0
"""Width of a panel of 16 nodes, in standard deviations of the sharpest curve on it."""
REACH = 9.0
"""Standard deviations around its drift outside which nothing of a walk is left."""


@dataclass(frozen=True)
class Walk:
    """Where a test that still runs may stand.

    A test statistic Z at information time t is a Brownian motion W(t) = Z √t of some drift, here its density at
    nodes of an integral, where bounds at earlier looks have cut it.

    Parameters
    ----------
    time
        Information time of the last look; any scale.
    drift
        What W gains in a unit of time: the mean of Z at time 1.
    points, chances
        Values of W, and the chance to run and to stand there; shape ``(n,)``.

    References
    ----------
    Armitage, McPherson and Rowe (1969), JRSS A 132:235-244.
    """

    time: float
    drift: float
    points: Floats
    chances: Floats

    @classmethod
    def start(cls, drift: float = 0.0) -> "Walk":
        """Begin at 0 before the first look."""
        return cls(0.0, drift, np.zeros(1), np.ones(1))

    def gaps(self, time: float, bound: float) -> Floats:
        """Distance of each point from a bound on Z at a later time, in standard deviations of the step."""
        step = time - self.time
        return (bound * math.sqrt(time) - self.points - self.drift * step) / math.sqrt(step)

    def above(self, time: float, bound: float) -> float:
        """Chance to run until a later time and to find Z above ``bound`` there."""
        return float(self.chances @ ndtr(-self.gaps(time, bound)))

    def below(self, time: float, bound: float) -> float:
        """Chance to run until a later time and to find Z below ``bound`` there."""
        return float(self.chances @ ndtr(self.gaps(time, bound)))

    def bound(self, time: float, chance: float) -> float:
        """Find the bound, not below 0, that Z of a walk without drift exceeds at ``time`` with ``chance``."""
        if chance >= self.above(time, 0.0):
            return 0.0
        scale = math.sqrt(time / (time - self.time) / (2 * math.pi))
        # The chance beyond a bound is log-concave: Newton's steps on its logarithm, begun where a walk never cut
        # would have the bound, come down to the root without passing it.
        z = -float(ndtri(chance))
        for _ in range(100):
            gaps = self.gaps(time, z)
            beyond = float(self.chances @ ndtr(-gaps))
            slope = scale * float(self.chances @ np.exp(-gaps * gaps / 2))
            change = math.log(beyond / chance) * beyond / slope
            z += change
            if abs(change) < 1e-12 * (1 + z):
                break
        return z

    def on(self, time: float, bound: float, following: float) -> "Walk":
        """Go on to a look that stops at Z beyond ``±bound``; ``following`` is the time of the look after it."""
        step, edge = time - self.time, bound * math.sqrt(time)
        low, high = -edge, edge
        if self.drift:
            middle, reach = self.drift * time, REACH * math.sqrt(time)
            low, high = max(low, middle - reach), min(high, middle + reach)
        if low >= high:
            return Walk(time, self.drift, np.empty(0), np.empty(0))
        sharpest = math.sqrt(step * (following - time) / (following - self.time))
        panels = math.ceil((high - low) / (PANEL * sharpest))
        edges = np.linspace(low, high, panels + 1)
        half = (high - low) / panels / 2
        points = ((edges[:-1] + half)[:, None] + half * NODES).ravel()
        gaps = (points[:, None] - self.points - self.drift * step) / math.sqrt(step)
        density = np.exp(-gaps * gaps / 2) @ self.chances / math.sqrt(2 * math.pi * step)
        return Walk(time, self.drift, points, density * half * np.tile(WEIGHTS, panels))


def exits(times: Sequence[float], bounds: Sequence[float], drift: float = 0.0) -> tuple[Floats, Floats]:
    """Return the chances to cross the upper and the lower bound first at each look, each of shape ``(looks,)``.

    Parameters
    ----------
    times
        Information times of the looks, rising and above 0; any scale.
    bounds
        A test stops where Z lies beyond ``±bound``.
    drift
        Mean of Z at time 1.

    Examples
    --------
    Looking twice at 1.96, halfway and at the end, the false alarms are 8.3 in 100.

    >>> upper, lower = exits([0.5, 1.0], [1.96, 1.96])
    >>> f"{upper.sum() + lower.sum():.3f}"
    '0.083'
    """
    walk = Walk.start(drift)
    upper, lower = np.empty(len(times)), np.empty(len(times))
    for look, (time, bound) in enumerate(zip(times, bounds, strict=True)):
        if look:
            walk = walk.on(times[look - 1], bounds[look - 1], time)
        upper[look], lower[look] = walk.above(time, bound), walk.below(time, -bound)
    return upper, lower
