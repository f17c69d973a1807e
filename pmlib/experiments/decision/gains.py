"""What each ended experiment brought, and what all that were shipped bring together, metric by metric."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pmlib.core import Estimate, Unit
from pmlib.core.words import many
from pmlib.experiments.decision.impact import belief, beyond
from pmlib.experiments.decision.stands import Stand
from pmlib.experiments.reading.comparisons import Comparison
from pmlib.stats.trials.beliefs import Belief
from pmlib.stats.trials.totals import stated, total, usual
from pmlib.stats.trials.winners import ASOS, left

ADDS_UP = {"share", "mean"}
"""Kinds of metrics whose gain a week is baseline times units times lift."""
SMALL = 10
"""A gain below this is written with decimal places."""


@dataclass(frozen=True)
class Prior:
    """What lifts are taken to be as a rule, and the words for it."""

    belief: Belief
    words: str
    own: bool = False


@dataclass(frozen=True)
class Gain:
    """What one goal of an ended experiment gained.

    Parameters
    ----------
    arm
        The arm that was shipped, or that the rule would act on.
    lift
        What is left of the lift, as it is believed; ``None`` where its interval is open, or where the usual lifts tell
        nothing of one this large.
    weekly
        The same as units of the metric a week; ``None`` where the metric does not add up, or no column tells a week.
    measured
        What it would be a week if the lift were as it was measured.
    beyond
        Whether the usual lifts tell nothing of one this large.
    """

    stand: Stand
    goal: Comparison
    lift: Belief | None
    weekly: Belief | None
    measured: float | None = None
    beyond: bool = False

    @property
    def metric(self) -> str:
        """The metric, by which gains are added up."""
        return self.goal.metric.label

    @property
    def shipped(self) -> bool:
        """Whether people shipped it."""
        return self.stand.decision == "shipped"

    @property
    def to_expect(self) -> Estimate | None:
        """What is left of the lift."""
        if self.lift is None:
            return None
        label = f"{self.metric} in {self.stand.name}"
        return stated(self.lift, label=label, unit=Unit.LIFT, n=self.goal.lift.n, method="lift shrunk by usual lifts")

    @property
    def untold(self) -> str:
        """Why nothing is expected of a lift that was measured, a sentence; ``""`` where something is."""
        if not self.beyond:
            return ""
        lift = f"{self.metric} of {self.stand.name} moved by {self.goal.lift.unit.change(self.goal.lift.value)}"
        unit = Unit.NUMBER if abs(self.measured or 0.0) < SMALL else Unit.COUNT
        week = "" if self.measured is None else f", as measured {unit.change(self.measured)} a week"
        return f"{lift}{week}: lifts of an online shop tell nothing of one this large, and a winner overstates."

    @property
    def a_week(self) -> Estimate | None:
        """What it brings a week."""
        return None if self.weekly is None else brought(self.weekly, f"{self.metric} a week", self.goal.lift.n)


@dataclass(frozen=True)
class Total:
    """What all that was shipped brings for one metric.

    Parameters
    ----------
    steps
        The day of each decision and the sum from then on.
    """

    metric: str
    gains: tuple[Gain, ...]
    steps: tuple[tuple[date, Estimate], ...]

    @property
    def measured(self) -> float:
        """The sum of all if each lift were as it was measured."""
        return sum(one.measured or 0.0 for one in self.gains)

    @property
    def estimate(self) -> Estimate:
        """The sum of all."""
        return self.steps[-1][1]


def prior(ended: Sequence[Stand], given: float | None) -> Prior:
    """Return what lifts are taken to be as a rule: as given, as in the team's own experiments, or as in a shop's."""
    if given is not None:
        return Prior(Belief.normal(0, given), belief(given))
    lifts = [goal.alone for one in ended for goal in first_goals(one)]
    known = sum(any(goal.alone.value is not None for goal in first_goals(one)) for one in ended)
    own = usual(lifts, known)
    if own is None:
        return Prior(ASOS, belief(None))
    parts = [
        f"{Unit.SHARE.text(weight)} with a standard deviation of {sd:.2%}"
        for weight, sd in zip(own.weights, own.sds, strict=True)
    ]
    return Prior(own, f"usual lifts: normal about 0, {' and '.join(parts)}, as in {known} own experiments", own=True)


def first_goals(one: Stand) -> list[Comparison]:
    """Return the first goal in each arm; the arm that won alone would tell of luck."""
    return [goal for goal in one.goals if one.plan and goal.metric.measure.name == one.plan.goals[0].name]


def gains(one: Stand, usual_lifts: Belief) -> list[Gain]:
    """Return what the goals of an ended experiment gained, in the arm shipped or judged."""
    if one.call is None:
        return []
    arm = (one.listed.settings.chosen if one.decision == "shipped" else "") or one.call.goals[0].group.arm
    made = []
    for goal in one.goals:
        if goal.group.arm == arm:
            lift = None if beyond(goal.alone, usual_lifts) else left(goal.alone, prior=usual_lifts)
            adds = (
                goal.lift.value is not None and one.pace is not None and goal.metric.kind in ADDS_UP and goal.base != 0
            )
            # A lift is a part of |baseline|, so that a rise of a negative baseline is a gain.
            times = abs(goal.base) * (one.pace or 0.0)
            weekly = lift.scaled(times) if lift is not None and adds else None
            measured = times * (goal.lift.value or 0.0) if adds else None
            made.append(Gain(one, goal, lift, weekly, measured, beyond(goal.alone, usual_lifts)))
    return made


def totals(found: Sequence[Gain]) -> list[Total]:
    """Add up what was shipped, a sum for each metric, those with most experiments first."""
    metrics: dict[str, list[tuple[date, Gain]]] = {}
    for one in found:
        day = one.stand.listed.decided(one.stand.as_of)
        if one.shipped and one.weekly is not None and day is not None:
            metrics.setdefault(one.metric, []).append((day, one))
    made = [summed(metric, sorted(some, key=lambda pair: pair[0])) for metric, some in metrics.items()]
    return sorted(made, key=lambda one: -len(one.gains))


def summed(metric: str, dated: Sequence[tuple[date, Gain]]) -> Total:
    """Add up the gains of one metric in the order of their days."""
    steps: dict[date, Estimate] = {}
    beliefs: list[Belief] = []
    units = 0
    for day, one in dated:
        beliefs += [one.weekly] if one.weekly else []
        units += one.goal.lift.n
        label = f"{metric} a week from {many(len(beliefs), 'shipped experiment')}"
        steps[day] = brought(total(beliefs), label, units)
    return Total(metric, tuple(one for _, one in dated), tuple(steps.items()))


def brought(what: Belief, label: str, n: int) -> Estimate:
    """Estimate a gain a week, small ones with decimal places."""
    unit = Unit.NUMBER if abs(what.mean) < SMALL else Unit.COUNT
    return stated(what, label=label, unit=unit, n=n, method="shrunk lift, times baseline and units a week; summed")
