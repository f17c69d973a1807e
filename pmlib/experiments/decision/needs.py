"""How many units, and weeks, it takes to settle what is open."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from pmlib.core import Unit
from pmlib.core.words import many
from pmlib.experiments.effects.guards import Guard
from pmlib.experiments.reading.comparisons import Comparison
from pmlib.experiments.trial import Trial
from pmlib.stats.trials.always import always
from pmlib.stats.trials.plans import Design, Sizes, precision_reached
from pmlib.stats.trials.sequential import level_of

OUT_OF_REACH = 10
"""An experiment that needs so many times its units is not to be waited for."""
ROUNDS = 4
"""How strict an always-valid interval is hardly hangs on its units: after so many rounds both agree."""
UNEVEN = 0.1
"""Arms that differ by less than this part of their size are called equal."""


@dataclass(frozen=True)
class Need:
    """Units that settle a question with the plan's power.

    Parameters
    ----------
    control, arm
        Units needed in control and in the arm.
    times
        How many times the units there are.
    weeks
        How many more weeks that takes at the present pace; ``None`` where nothing tells the pace.
    anew
        How many weeks it takes with new units alone.
    noun
        What was put into arms, and so is counted.
    """

    control: int
    arm: int
    times: float
    weeks: int | None
    anew: int | None
    noun: str = "unit"

    @property
    def reached(self) -> bool:
        """Whether there are units enough already."""
        return self.times <= 1

    @property
    def hopeless(self) -> bool:
        """Whether it is not to be waited for."""
        return self.times > OUT_OF_REACH

    @property
    def words(self) -> str:
        """The units: ``about 58,000 units in each arm``."""
        control, arm = about(self.control), about(self.arm)
        if abs(self.arm - self.control) <= UNEVEN * self.control:
            return f"about {many(max(control, arm), self.noun)} in each arm"
        return f"about {many(control, self.noun)} in control and {arm:,} in the arm"

    @property
    def again(self) -> str:
        """The weeks with new units alone: ``, 7 weeks at this pace``, or nothing."""
        return "" if not self.anew or self.hopeless else f", {many(self.anew, 'week')} at this pace"

    @property
    def time(self) -> str:
        """The weeks: ``, 3 more weeks at this pace``, or nothing."""
        if self.weeks is None or self.hopeless or not self.weeks:
            return ""
        return f", {self.weeks} more {'week' if self.weeks == 1 else 'weeks'} at this pace"


def to_see(goal: Comparison, smallest: float, trial: Trial, *, planned: bool = False) -> Need | None:
    """Return what it takes to see the smallest lift that matters; ``None`` where units do not differ.

    Parameters
    ----------
    planned
        Whether the arms are as large as planned, and not as they turned out.
    """
    design = designed(goal, trial)
    if design is not None and planned:
        weights = dict(zip(trial.split.names, trial.split.plan, strict=True))
        design = replace(design, split=weights[goal.group.arm] / weights[trial.control])
    if design is None:
        return None
    lift = -smallest if goal.metric.less else smallest
    if design.spread == "share" and not 0 < design.mean * (1 + lift) < 1:
        return None
    sizes = settled(goal, trial, design, lambda one: one.units(lift))
    return need(goal, trial, sizes.control, sizes.arm)


def to_clear(guard: Guard, trial: Trial) -> Need | None:
    """Return what it takes to rule out a loss of the margin where nothing is lost."""
    measure, design = guard.one.metric.measure, designed(guard.one, trial)
    margin = measure.margin
    if design is None or margin is None:
        return None
    sizes = settled(guard.one, trial, design, lambda one: one.units_for_margin(margin, better=measure.better))
    return need(guard.one, trial, sizes.control, sizes.arm)


def to_part(goal: Comparison, smallest: float, trial: Trial) -> Need | None:
    """Return what it takes to tell 0 from the smallest lift whatever the lift is: an interval no wider than that."""
    low, high = goal.lift.low, goal.lift.high
    if low is None or high is None or high <= low:
        return None
    return grown(goal, trial, half=(high - low) / 2, target=smallest / 2)


def seen_on(guard: Guard, trial: Trial) -> Need | None:
    """Return what it takes to settle a margin where the loss stays as seen; ``None`` where it is the margin itself."""
    lift, margin = guard.one.lift, guard.margin
    if margin is None or lift.value is None or lift.low is None or lift.high is None or lift.value == margin.bound:
        return None
    end = lift.low if lift.value > margin.bound else lift.high
    return grown(guard.one, trial, half=abs(end - lift.value), target=abs(margin.bound - lift.value))


def grown(one: Comparison, trial: Trial, *, half: float, target: float) -> Need:
    """Return the units that bring half an interval's width to a target."""
    times = 1 / precision_reached(half, target)
    control, arm = (math.ceil(times * group.n) for group in (one.metric.groups[0], one.group))
    return need(one, trial, control, arm)


def designed(one: Comparison, trial: Trial) -> Design | None:
    """Plan with what was seen so far of control's units, read as the plan reads them."""
    metric, control = one.metric, one.metric.moments(one.metric.groups[0])
    if one.base == 0 or control.n < 2 or control.variance == 0:
        return None
    plain = metric.kind == "share" and metric.cuped is None
    design = Design.share(one.base) if plain and 0 < one.base < 1 else Design.of(control)
    kept = metric.cuped.kept if metric.cuped is not None else 1.0
    # Guardrails are judged arm by arm, all others together.
    arms = 1 if metric.measure.role == "guardrail" else len(metric.groups) - 1
    plan, standing = trial.registration, trial.standing_of(metric.measure.name)
    # Before its end a plan is judged more strictly than it will be at its end.
    level = standing.level if standing.over or plan.reading == "always-valid" else 1 - plan.alpha
    split = one.group.n / metric.groups[0].n
    return replace(design, split=split, arms=arms, power=plan.power, level=level, kept=max(kept, 1e-6))


def settled(one: Comparison, trial: Trial, design: Design, ask: Callable[[Design], Sizes]) -> Sizes:
    """Return the units needed; always-valid intervals are as strict then as so many units make them, not as now."""
    sizes, standing = ask(design), trial.standing_of(one.metric.measure.name)
    if trial.registration.reading != "always-valid":
        return sizes
    now, there = standing.units[-1], one.metric.groups[0].n
    for _ in range(ROUNDS):
        units = max(now, round(now * sizes.control / there))
        sizes = ask(replace(design, level=level_of(always(units, standing.planned, alpha=standing.alpha))))
    return sizes


def need(one: Comparison, trial: Trial, control: int, arm: int) -> Need:
    """Set the units needed against those there are."""
    there = one.metric.groups[0].n
    times, noun = control / there, trial.split.noun
    if trial.period is None:
        return Need(control, arm, times, None, None, noun)
    weeks, anew = (math.ceil(part * trial.period.days / 7) for part in (max(times - 1, 0.0), times))
    return Need(control, arm, times, weeks, anew, noun)


def about(count: int) -> int:
    """Round up to two significant digits.

    Examples
    --------
    >>> about(9412), about(87), about(3)
    (9500, 87, 3)
    """
    size = 10 ** max(0, len(str(count)) - 2)
    return math.ceil(count / size) * size


def small(smallest: float) -> str:
    """Write the smallest lift that matters."""
    return Unit.LIFT.text(smallest)
