"""A metric of each arm against control: difference, lift, and what may be said of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pmlib.core import Estimate, Unit
from pmlib.core.words import percent
from pmlib.experiments.reading.methods import Judged, judged
from pmlib.experiments.reading.readings import Group, Reading
from pmlib.experiments.reading.standing import Standing
from pmlib.stats.trials.dunnett import together as judged_together

MOST = 4
"""Digits behind the point that are written at most."""


@dataclass(frozen=True)
class Comparison:
    """One arm against control.

    Parameters
    ----------
    p
        Of no difference, adjusted where several arms are judged together.
    alone
        The lift as this one look gives it, whatever looks there were and will be.
    alpha
        The chance of a false alarm that was planned for.
    plain
        The difference before it was adjusted by the time before; ``None`` where it was not.
    """

    metric: Reading
    group: Group
    difference: Estimate
    lift: Estimate
    p: float | None
    alone: Estimate
    alpha: float = 0.05
    plain: Estimate | None = None

    @property
    def value(self) -> float:
        """What the metric reads in the arm."""
        return self.metric.typical(self.group)

    @property
    def base(self) -> float:
        """What it reads in control."""
        return self.metric.typical(self.metric.groups[0])

    @property
    def clear(self) -> bool:
        """Whether the arms differ by more than chance does, all comparisons allowed for."""
        return self.p is not None and self.p < self.alpha

    @property
    def good(self) -> bool:
        """Whether the arm is clearly better than control."""
        return self.clear and self.gain > 0

    @property
    def bad(self) -> bool:
        """Whether the arm is clearly worse than control."""
        return self.clear and self.gain < 0

    @property
    def gain(self) -> float:
        """The difference, positive where it is good."""
        value = self.difference.value or 0.0
        return -value if self.metric.less else value

    @property
    def same(self) -> bool:
        """Whether the two arms read the same, but for the last digits of a sum."""
        return math.isclose(self.value, self.base, rel_tol=1e-12)

    @property
    def worst(self) -> Estimate | None:
        """The lift where it bounds the harm, else the difference, or ``None`` where neither does."""
        for one in (self.lift, self.difference):
            if (one.high if self.metric.less else one.low) is not None:
                return one
        return None

    @property
    def shown(self) -> Estimate:
        """The lift, or the difference where the lift has no value or no bounds at all."""
        return self.difference if self.lift.value is None or self.lift.low is self.lift.high is None else self.lift

    @property
    def brief(self) -> str:
        """The metric with its lift, or its difference: ``visits +72.1% (95% ...)``."""
        return f"{self.metric.label} {signed(self.shown)}"

    @property
    def moved(self) -> str:
        """Both arms and the lift, for any name: ``visits 18.3% in new against 10.6% in old, +72.1% (...)``."""
        base, label, unit = self.metric.groups[0], self.metric.label, self.metric.unit
        if self.same:
            text = f"{label} {unit.text(self.value)} in {self.group.arm} and in {base.arm}, the same in both"
            return f"{text}: {signed(self.shown)}"
        both = f"{unit.text(self.value)} in {self.group.arm} against {unit.text(self.base)} in {base.arm}"
        return f"{label} {both}, {signed(self.shown)}"

    @property
    def words(self) -> str:
        """The lift with its interval, and whether it may be chance."""
        text = signed(self.shown)
        if self.same:
            control = self.metric.groups[0].arm
            return f"the same {'in both' if len(self.metric.groups) == 2 else f'as in {control}'}: {text}"
        return text if self.clear else f"{text}, which may be chance"


def compared(metric: Reading, standing: Standing, *, together: bool = True) -> list[Comparison]:
    """Compare each arm with control.

    Parameters
    ----------
    standing
        Where the reading stands in its plan: how sure each interval is.
    together
        Whether arms are judged together (Dunnett), p-values and intervals. Guardrails are not: each must pass alone.
    """
    base, *others = metric.groups
    level = standing.level
    alone = [judged(metric, group, base, level=1 - standing.alpha) for group in others]
    if not together or len(others) == 1:
        here = alone if level == 1 - standing.alpha else [judged(metric, group, base, level=level) for group in others]
        both = zip(others, here, alone, strict=True)
        return [made(metric, group, found, found.difference.p, one, standing) for group, found, one in both]
    known = [
        (group, one.difference.p) for group, one in zip(others, alone, strict=True) if one.difference.p is not None
    ]
    shares = [shared(metric, group) for group, _ in known]
    joint = {
        group.arm: one
        for (group, _), one in zip(known, judged_together([p for _, p in known], shares, level=level), strict=True)
    }
    found: list[Comparison] = []
    for group, one in zip(others, alone, strict=True):
        if group.arm not in joint:
            found.append(made(metric, group, one, None, one, standing))
            continue
        wide = judged(metric, group, base, level=joint[group.arm].level).among(len(others), level)
        found.append(made(metric, group, wide, joint[group.arm].p, one, standing))
    return found


def shared(metric: Reading, group: Group) -> float:
    """Return how much of a comparison's standard error is the control's."""
    base, own = metric.error(metric.groups[0]), metric.error(group)
    return math.sqrt(base / (own + base)) if own + base else 0.0


def made(
    metric: Reading, group: Group, found: Judged, p: float | None, alone: Judged, standing: Standing
) -> Comparison:
    """Restate what was found in one arm as what it is over all looks of the plan, with digits enough to tell from 0."""
    gap, lift = (finer(standing.over_looks(replace(one, p=p))) for one in (found.difference, found.lift))
    return Comparison(metric, group, gap, lift, gap.p, alone.lift, standing.alpha, found.plain)


def best(comparisons: Sequence[Comparison]) -> Comparison:
    """Return the comparison that gains most."""
    return max(comparisons, key=lambda one: one.gain)


def signed(estimate: Estimate) -> str:
    """Write a difference or lift with signs: ``+17.5% (95% interval +9.0% to +27.0%)``."""
    shown = finer(estimate)
    return f"{shown.unit.change(shown.value)} ({shown.signed_range})"


def apart(estimate: Estimate) -> str:
    """Write a difference or lift alone, with digits enough that it is not written as 0.

    Examples
    --------
    >>> small = Estimate("difference", 0.00012, -0.003, 0.003, Unit.POINTS, 9, "Welch")
    >>> apart(small), apart(replace(small, value=0.0))
    ('+0.01 points', 'no difference')
    """
    unit = estimate.unit
    while estimate.value and unit.decimals < MOST and zero(unit.text(estimate.value)):
        unit = replace(unit, decimals=unit.decimals + 1)
    none = estimate.value is not None and zero(unit.text(estimate.value))
    return "no difference" if none else unit.change(estimate.value)


def ends(estimate: Estimate) -> str:
    """Write an interval for a column that is headed as one."""
    return finer(estimate).signed_range.removeprefix(f"{percent(estimate.level)} interval ")


def finer(estimate: Estimate) -> Estimate:
    """Return the same with digits enough that no end of a clear interval is written as 0.

    Examples
    --------
    >>> print(finer(Estimate("lift", -0.003, -0.006, -0.0002, Unit.LIFT, 9, "Fieller")))
    −0.30% (95% interval −0.60% to −0.02%)
    """
    ends = [end for end in (estimate.low, estimate.high, estimate.value) if end]
    unit = estimate.unit
    while estimate.excludes(0) and unit.decimals < MOST and any(zero(unit.text(end)) for end in ends):
        unit = replace(unit, decimals=unit.decimals + 1)
    return replace(estimate, unit=unit)


def zero(text: str) -> bool:
    """Whether a number is written as 0."""
    return not any(digit in text for digit in "123456789")


def chance(p: float | None) -> str:
    """Write a p-value.

    Examples
    --------
    >>> chance(0.00004), chance(0.0417), chance(None)
    ('< 0.001', '0.042', '–')
    """
    if p is None:
        return "\N{EN DASH}"
    return "< 0.001" if p < 0.001 else Unit("number", 3).text(p)
