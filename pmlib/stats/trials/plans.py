"""How large an experiment must be, what it can see at a size, and with what chance."""

import math
from dataclasses import dataclass, replace
from typing import Literal

from scipy.special import ndtr

from pmlib.core import SettingError, TooFewError
from pmlib.stats.inputs import count, number
from pmlib.stats.means import Moments, quantile
from pmlib.stats.power import units_needed
from pmlib.stats.shares import critical
from pmlib.stats.trials.deviations import beyond
from pmlib.stats.trials.dunnett import critical_value

Spread = Literal["alike", "scaled", "share"]
"""How the arm's variance follows its mean: not at all, as its square, or as a share's does."""

WIDEST = 1e6
"""Lifts beyond this are not looked for."""


@dataclass(frozen=True)
class Design:
    """What is planned but for its size: the metric of control, the split, and what the reading must hold.

    Parameters
    ----------
    mean, variance
        Of a unit in control, at the horizon; of a ratio those of its linearised moments.
    spread
        ``"scaled"``: the arm's deviation grows as its mean, as amounts do. ``"alike"``: it stays. ``"share"``: the
        variance is ``mean (1 - mean)`` and the reading a score test.
    split
        Units in an arm for each unit of control.
    arms
        Arms compared with control, judged together by Dunnett's method.
    power, level
        Chance to see what is there, and confidence level.
    kept
        Part of the variance that is left after CUPED, ``1 - rho^2``.
    inflation
        Factor on the units for being looked at on the way, such as 1.03 for a group-sequential plan.
    guardrails
        How many must be shown unharmed too, for which the chance of a miss is split: ``1 - (1 - power) / (g + 1)``.

    Examples
    --------
    >>> Design.share(0.10).units(0.2)
    Sizes(control=3841, arm=3841, total=7682)
    """

    mean: float
    variance: float
    spread: Spread = "scaled"
    split: float = 1.0
    arms: int = 1
    power: float = 0.8
    level: float = 0.95
    kept: float = 1.0
    inflation: float = 1.0
    guardrails: int = 0

    def __post_init__(self) -> None:
        if number(self.mean, "mean") == 0:
            raise SettingError("Control's mean is 0, so a lift of it is nothing; plan with another metric.")
        if number(self.variance, "variance") <= 0:
            raise SettingError(f"Control's variance is {self.variance:g}; a plan needs units that differ.")
        if self.spread == "share" and not 0 < self.mean < 1:
            raise SettingError(f"A share lies between 0 and 1, not at {self.mean:g}.")
        if self.spread not in {"alike", "scaled", "share"}:
            raise SettingError(f"An arm's spread is 'alike', 'scaled' or 'share', not {self.spread!r}.")
        if number(self.split, "split") <= 0 or count(self.arms, "arms") < 1:
            raise SettingError(f"{self.arms} arms of {self.split:g} units for each of control's are no design.")
        if not 0 < number(self.power, "power") < 1:
            raise SettingError(f"Power lies between 0 and 1, not at {self.power}. Use 0.8 for four chances in five.")
        if not 0 < number(self.kept, "kept") <= 1 or number(self.inflation, "inflation") < 1:
            raise SettingError("CUPED keeps a part of the variance, above 0 to 1, and looks cost a factor of 1 or up.")
        count(self.guardrails, "guardrails")
        critical(self.level)

    @classmethod
    def share(cls, share: float) -> "Design":
        """Plan with a share of control's units."""
        return cls(share, share * (1 - share), "share")

    @classmethod
    def of(cls, control: Moments) -> "Design":
        """Plan with what control's units did so far."""
        if control.n < 2:
            raise TooFewError(f"A plan takes 2 units or more to tell their spread; there are {control.n}.")
        return cls(control.mean, control.variance)

    @property
    def needed(self) -> float:
        """Power each comparison needs, so that goal and guardrails together have the plan's."""
        return 1 - (1 - self.power) / (self.guardrails + 1)

    @property
    def alone(self) -> float:
        """Level of one arm's interval that holds together with the others'."""
        if self.arms == 1:
            return self.level
        part = math.sqrt(self.split / (1 + self.split))
        return 1 - 2 * float(ndtr(-critical_value((part,) * self.arms, math.inf, self.level)))

    def variances(self, lift: float) -> tuple[float, float]:
        """Return the variance of the difference for each unit of control: as tested, and in truth.

        A score test takes the variance of both arms together, the others that of each.
        """
        if self.spread == "share":
            other = self.mean * (1 + lift)
            if not 0 <= other <= 1:
                raise SettingError(f"A lift of {lift:.0%} takes a share of {self.mean:g} out of 0 to 1.")
            both = (self.mean + self.split * other) / (1 + self.split)
            tested = both * (1 - both) * (1 + 1 / self.split)
            true = self.variance + other * (1 - other) / self.split
            return self.kept * tested, self.kept * true
        true = self.kept * self.variance * (1 + self.wider(lift) / self.split)
        return true, true

    def wider(self, lift: float) -> float:
        """Return how many times control's the variance of an arm with a lift is."""
        # A lift is a part of |mean|: of a negative mean a rise is one towards 0.
        return (1 + math.copysign(1, self.mean) * lift) ** 2 if self.spread == "scaled" else 1.0

    def chance(self, lift: float, control: float) -> float:
        """Return the chance to see a relative lift with so many units in control.

        Examples
        --------
        G*Power: two groups of 64 that differ by half a deviation.

        >>> round(Design(10.0, 4.0, "alike").chance(0.1, 64), 4)
        0.8015
        """
        units = number(control, "control") / self.inflation
        if units * min(1.0, self.split) < 2:
            raise TooFewError(f"A plan needs 2 units or more in each arm, not {units * min(1.0, self.split):.3g}.")
        tested, true = self.variances(lift)
        gap = abs(lift * self.mean) * math.sqrt(units)
        if self.spread == "share":
            bound = critical(self.alone) * math.sqrt(tested)
            # A share of 0 or 1 in both arms never varies.
            spread = math.sqrt(true) or math.ulp(1.0)
            return min(1.0, float(ndtr((gap - bound) / spread) + ndtr((-gap - bound) / spread)))
        return both_tails(gap / math.sqrt(true), self.freedom(units, lift), self.alone)

    def freedom(self, control: float, lift: float) -> float:
        """Welch's degrees of freedom with so many units in control."""
        arm = self.wider(lift) / self.split
        part = arm / (1 + arm)
        return 1 / (part**2 / (control * self.split - 1) + (1 - part) ** 2 / (control - 1))

    def units(self, lift: float) -> "Sizes":
        """Return how many units see a relative lift with the power needed.

        Raises
        ------
        SettingError
            If the lift is 0, or takes a share out of its range.

        References
        ----------
        Means: Cohen (1988), Statistical Power Analysis. Shares: Fleiss, Levin and Paik (2003), Statistical Methods
        for Rates and Proportions, chapter 4.
        """
        if number(lift, "lift") == 0:
            raise SettingError("No number of units shows a lift of 0; name one that is not.")
        tested, true = self.variances(lift)
        step = lift * self.mean
        if self.spread == "share":
            reach = critical(self.alone) * math.sqrt(tested) + normal(self.needed) * math.sqrt(true)
            return self.sizes(math.ceil((reach / step) ** 2 * self.inflation))
        start = units_needed(true, step, power=self.needed, level=self.alone)
        return self.sizes(math.ceil(self.enough(start, lift) * self.inflation))

    def enough(self, start: int, lift: float) -> int:
        """Return the units of control at which Student's t has the power, from the normal's ``start``."""
        plain = replace(self, inflation=1.0)
        units = max(start, math.ceil(2 / min(1.0, self.split)))
        # Student's t takes about one unit more than the normal, however many there are.
        while plain.chance(lift, units) < self.needed:
            units += 1
        return units

    def smallest(self, control: float, *, better: Literal["up", "down"] = "up") -> float | None:
        """Return the smallest relative lift seen with the power needed, with so many units in control.

        Returns
        -------
        float or None
            Above 0, below 0 where less is better; ``None`` where no lift is seen so often. Where the arm's spread
            grows with its mean, that is so unless control has more than ``k^2 variance / mean^2`` units, with ``k``
            the sum of both normal quantiles.

        Examples
        --------
        >>> round(Design(10.0, 400.0).smallest(5000), 4), Design(10.0, 400.0).smallest(20)
        (0.1189, None)
        """
        sign = 1 if better == "up" else -1
        most = WIDEST
        if self.spread != "alike" and sign * self.mean < 0:
            most = 1.0
        elif self.spread == "share":
            most = 1 / self.mean - 1
        if self.chance(sign * most, control) < self.needed:
            return None
        low, high = 0.0, most
        for _ in range(100):
            middle = (low + high) / 2
            if self.chance(sign * middle, control) < self.needed:
                low = middle
            else:
                high = middle
            if high - low < 1e-9 * high:
                break
        return sign * high

    def units_for_margin(self, margin: float, *, better: Literal["up", "down"] = "up") -> "Sizes":
        """Return how many units rule out a relative loss of ``margin`` where in truth nothing is lost.

        Every guardrail and every arm must pass by itself, so the level is not split; the chance of a miss is.

        Examples
        --------
        >>> Design(10.0, 400.0).units_for_margin(0.05)
        Sizes(control=23892, arm=23892, total=47784)
        """
        loss = number(margin, "margin")
        if loss <= 0 or (better == "up" and loss >= 1):
            raise SettingError(f"The margin is {margin}; give a relative loss above 0, such as 0.02 for 2%.")
        # A part of |mean|: of a negative mean a loss lies further from 0.
        bound = 1 - math.copysign(loss, self.mean if better == "up" else -self.mean)
        spread = self.kept * self.variance * (bound**2 + 1 / self.split)
        units = units_needed(spread, loss * self.mean, power=self.needed, level=self.level)
        return self.sizes(math.ceil(units * self.inflation))

    def sizes(self, control: int) -> "Sizes":
        """Return the units of each arm for those of control."""
        arm = math.ceil(control * self.split - 1e-9)
        return Sizes(control, arm, control + self.arms * arm)


@dataclass(frozen=True)
class Sizes:
    """Units needed: in control, in each arm, and in all."""

    control: int
    arm: int
    total: int


def both_tails(shift: float, df: float, level: float) -> float:
    """Return the power of a two-sided t test whose statistic is off by ``shift`` standard errors."""
    bound = quantile(level, df)
    return min(1.0, beyond(bound, df, shift) + beyond(bound, df, -shift))


def precision_reached(half: float, target: float) -> float:
    """Return the part of the units there that a target half-width takes; 1 and more where it is reached.

    Examples
    --------
    The interval is plus or minus 4%, and 2% is wanted: a quarter of the units are there.

    >>> precision_reached(0.04, 0.02)
    0.25
    """
    if number(half, "half") <= 0 or number(target, "target") <= 0:
        raise SettingError(f"Half an interval's width is above 0; these are {half:g} and {target:g}.")
    return (target / half) ** 2


def normal(chance: float) -> float:
    """Return the normal quantile of a chance."""
    return critical(2 * chance - 1) if chance > 0.5 else -critical(1 - 2 * chance) if chance < 0.5 else 0.0
