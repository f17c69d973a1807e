"""What is believed of an effect: mixtures of normals, before and after the data."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri

from pmlib.core import SettingError
from pmlib.stats.inputs import Floats, number, numbers

Scale = Literal["lift", "difference", "log-ratio"]
"""Of what a belief is: relative lift, difference of means, or the logarithm of their ratio."""


@dataclass(frozen=True)
class Belief:
    """A mixture of normals; one normal where there is one part.

    Parameters
    ----------
    weights, means, sds
        One a part; weights sum to 1.

    Examples
    --------
    >>> round(Belief.normal(0, 0.05).updated(0.10, 0.05).mean, 12)
    0.05
    """

    weights: tuple[float, ...]
    means: tuple[float, ...]
    sds: tuple[float, ...]

    def __post_init__(self) -> None:
        w, m, s = (numbers(one, "a belief") for one in (self.weights, self.means, self.sds))
        if not w.size == m.size == s.size or w.size == 0:
            raise SettingError(f"A belief has {w.size} weights, {m.size} means and {s.size} deviations; give one each.")
        if (w < 0).any() or not math.isclose(float(w.sum()), 1.0, abs_tol=1e-9):
            raise SettingError(f"The weights of a belief sum to {w.sum():g}; they are not below 0 and sum to 1.")
        if (s <= 0).any():
            raise SettingError(f"A belief's deviations are above 0, but one is {s.min():g}.")

    @classmethod
    def normal(cls, mean: float, sd: float) -> "Belief":
        """Believe in one normal distribution."""
        return cls((1.0,), (float(number(mean, "mean")),), (float(number(sd, "sd")),))

    @property
    def mean(self) -> float:
        """Expected effect."""
        return float(np.dot(self.weights, self.means))

    @property
    def sd(self) -> float:
        """Standard deviation."""
        second = np.dot(self.weights, np.square(self.sds) + np.square(np.asarray(self.means) - self.mean))
        return math.sqrt(float(second))

    def scaled(self, factor: float) -> "Belief":
        """Return the belief of the effect in another unit, ``factor`` times as large."""
        means = tuple(factor * one for one in self.means)
        return Belief(self.weights, means, tuple(abs(factor) * one for one in self.sds))

    def updated(self, value: float, error: float) -> "Belief":
        """Return what is believed after an effect ``value`` was measured with standard error ``error``.

        Each part is weighted by precision, and the parts by how well they foretold the value.
        """
        value, error = float(number(value, "value")), float(number(error, "error"))
        if error <= 0:
            raise SettingError(f"A standard error is above 0, not {error:g}.")
        means, sds = np.asarray(self.means), np.asarray(self.sds)
        spread = np.hypot(sds, error)
        with np.errstate(divide="ignore"):
            foretold = np.log(self.weights) - np.log(spread) - ((value - means) / spread) ** 2 / 2
        weights = np.exp(foretold - foretold.max())
        kept = (error / spread) ** 2
        after = kept * means + (1 - kept) * value
        return Belief(floats(weights / weights.sum()), floats(after), floats(sds * error / spread))

    def above(self, bound: float = 0.0) -> float:
        """Return the chance that the effect exceeds ``bound``."""
        return min(1.0, float(np.dot(self.weights, ndtr((np.asarray(self.means) - bound) / np.asarray(self.sds)))))

    def below(self, bound: float = 0.0) -> float:
        """Return the chance that the effect is less than ``bound``."""
        return self.scaled(-1).above(-bound)

    def gain(self, bound: float = 0.0) -> float:
        """Return how far the effect exceeds ``bound`` on average, counted 0 where it does not.

        Of a normal it is ``m Phi(m / s) + s phi(m / s)``, which is what keeping control is expected to lose.
        """
        means, sds = np.asarray(self.means) - bound, np.asarray(self.sds)
        z = means / sds
        # s (phi(z) + z Phi(z)), by logarithms where both parts all but cancel.
        density = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        ratio = np.exp(log_ndtr(np.minimum(z, 0)) + np.minimum(z, 0) ** 2 / 2) * math.sqrt(2 * math.pi)
        below = density * np.maximum(1 + z * ratio, 0)
        return float(np.dot(self.weights, sds * np.where(z < 0, below, density + z * ndtr(z))))

    def loss(self, bound: float = 0.0) -> float:
        """Return how far the effect falls short of ``bound`` on average, counted 0 where it does not.

        It is what shipping is expected to lose.
        """
        return self.scaled(-1).gain(-bound)

    def quantile(self, chance: float) -> float:
        """Return the effect that is exceeded with chance ``1 - chance``."""
        if not 0 < chance < 1:
            raise SettingError(f"A chance lies between 0 and 1, not at {chance}.")
        ends = np.asarray(self.means) + float(ndtri(chance)) * np.asarray(self.sds)
        low, high = float(ends.min()), float(ends.max())
        for _ in range(200):
            middle = (low + high) / 2
            if self.below(middle) < chance:
                low = middle
            else:
                high = middle
        return (low + high) / 2

    def log_density(self, at: Floats) -> Floats:
        """Return the logarithm of the density at each of ``at``."""
        means, sds = np.asarray(self.means), np.asarray(self.sds)
        with np.errstate(divide="ignore"):
            each = np.log(self.weights) - np.log(sds) - ((at[:, None] - means) / sds) ** 2 / 2
        most = each.max(axis=1)
        return most + np.log(np.exp(each - most[:, None]).sum(axis=1)) - math.log(2 * math.pi) / 2


@dataclass(frozen=True)
class Prior:
    """What is believed before the data, and on which scale.

    Examples
    --------
    Half of all lifts within 21% of nothing, said of lifts and asked of a difference of a mean of 40.

    >>> prior = Prior(Belief.normal(0, 0.21 / 0.6745))
    >>> round(prior.on("difference", 40.0).sds[0], 2)
    12.45
    """

    belief: Belief
    scale: Scale = "lift"

    def on(self, scale: Scale, base: float) -> Belief:
        """Return the belief on another scale, at a base of mean ``base``."""
        if {scale, self.scale} - {"lift", "difference", "log-ratio"}:
            raise SettingError(f"A belief is of 'lift', 'difference' or 'log-ratio', not of {scale!r}.")
        if scale == self.scale:
            return self.belief
        if base == 0:
            raise SettingError("The base is 0, so a belief of lifts says nothing of differences, nor the other way.")
        lift = lifted(self.belief, self.scale, base)
        if scale == "lift":
            return lift
        if scale == "difference":
            return lift.scaled(abs(base))
        if min(lift.means) <= -1:
            raise SettingError(f"A belief of a lift of {min(lift.means):.0%} has no logarithm; give it of log-ratios.")
        means = np.asarray(lift.means)
        return Belief(lift.weights, floats(np.log1p(means)), floats(np.asarray(lift.sds) / (1 + means)))


def lifted(belief: Belief, scale: Scale, base: float) -> Belief:
    """Return a belief of lifts."""
    if scale == "difference":
        return belief.scaled(1 / abs(base))
    if scale == "log-ratio":
        ratios = np.exp(np.asarray(belief.means))
        return Belief(belief.weights, floats(ratios - 1), floats(ratios * np.asarray(belief.sds)))
    return belief


def floats(values: Sequence[float] | Floats) -> tuple[float, ...]:
    """Return plain floats."""
    return tuple(float(one) for one in values)
