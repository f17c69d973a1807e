"""Ship, do not ship, or cannot tell: by a rule that stands under the answer."""

import math
from dataclasses import dataclass

from pmlib.core import Estimate, Finding, Kpi, SettingError, Unit
from pmlib.core.words import listed, many
from pmlib.experiments.effects.lifts import by_metric, faults, row, rows_of_lifts, unbounded, unharmed
from pmlib.experiments.reading.comparisons import Comparison, best, signed
from pmlib.experiments.reading.readings import Reading
from pmlib.experiments.reading.splits import ALARM
from pmlib.experiments.trial import Trial
from pmlib.stats.power import units_needed

SMALLEST = 0.05
"""The smallest lift that matters where nobody said."""
OUT_OF_REACH = 10
"""An experiment that needs so many times its units is not to be waited for."""


@dataclass(frozen=True)
class Call:
    """What is to be done with one arm: the word, why, and what comes next."""

    word: str
    why: str
    action: str
    goal: Comparison


def verdict(trial: Trial) -> Finding:
    """Tell whether the change should be shipped.

    Returns
    -------
    Finding
        "Ship", "Do not ship" or "Cannot tell", the reason, and the rule that led there.

    Raises
    ------
    SettingError
        If a metric does not exist, or there is no goal.
    TooFewError
        If an arm has no value.
    """
    made, plan = trial.split, trial.registration
    goal = trial.readings[trial.named("")]
    smallest = goal.measure.smallest or SMALLEST
    goals = trial.comparisons[goal.measure.name]
    guards = trial.of(plan.guardrails)
    calls = [called(one, [g for g in guards if g.group.arm == one.group.arm], smallest) for one in goals]
    call = chosen(calls)
    if made.alarm:
        word, why = "Cannot tell", f"{made.fault}, so no result can be read"
        action = "Find out why units are missing from an arm, mend it and start the experiment again."
    else:
        word, why, action = call.word, call.why, call.action
    everything = [*goals, *guards]
    there = trial.counted
    headline = f"{word}: {why}{f'; {there}' if trial.period else ''}."
    metrics = [goal, *(trial.readings[one.name] for one in plan.guardrails)]
    doubts = [*faults(made), *trial.arms.cautions, *(caution for read in metrics for caution in read.cautions)]
    if not made.alarm:
        doubts += modest(call, smallest)
        doubts += unharmed([guard for guard in guards if guard.group.arm == call.goal.group.arm])
    return Finding(
        id="experiment-verdict",
        question="Should the change be shipped?",
        headline=headline,
        estimates=tuple(one.lift for one in everything),
        table=by_metric(everything),
        figure=rows_of_lifts(everything, [row(one, trial.two) for one in everything], headline),
        cautions=tuple(doubts),
        definition=rule(there, smallest, bool(guards), len(goals)),
        query="\n\n".join(read.query for read in metrics),
        action=action,
        kpi=card(call, goal, made.alarm),
    )


def called(goal: Comparison, guards: list[Comparison], smallest: float) -> Call:
    """Judge one arm by its goal and its guardrails."""
    arm, label, control = goal.group.arm, goal.metric.label, goal.metric.groups[0].arm
    moved = goal.moved
    harmed = [one for one in guards if one.bad]
    if goal.bad:
        return Call("Do not ship", f"{moved}", f"Keep {control}; look for the step at which {arm} loses people.", goal)
    if harmed:
        harm = listed([f"{one.metric.label} {signed(one.shown)}" for one in harmed])
        why = f"{harm} is clearly worse in {arm}" if len(harmed) == 1 else f"{harm} are clearly worse in {arm}"
        better = f", while {moved}" if goal.good else ""
        return Call(
            "Do not ship", f"{why}{better}", f"Find out what harms {harmed[0].metric.label} and test again.", goal
        )
    if goal.good:
        kept = "" if not guards else f" and no guardrail is clearly worse{unbounded(guards)}"
        unproven = listed([one.metric.label for one in guards if not one.good]) or label
        return Call("Ship", f"{moved}{kept}", f"Ship {arm} and watch {unproven} for the next weeks.", goal)
    if ruled_out(goal, smallest):
        why = f"a gain of {Unit.LIFT.text(smallest)} or more is ruled out, {moved}"
        return Call("Do not ship", why, f"Keep {control} unless {arm} is cheaper to run; try a bolder change.", goal)
    return unknown(goal, moved, smallest)


def unknown(goal: Comparison, moved: str, smallest: float) -> Call:
    """Say that the data cannot tell, and how many units could."""
    needed, there = wanted(goal, smallest), min(group.n for group in goal.metric.groups)
    why = moved if goal.same else f"{moved}, which may be chance"
    if needed is None:
        return Call(
            "Cannot tell", why, f"Choose a goal that differs between units: {goal.metric.label} does not.", goal
        )
    size = f"{Unit.LIFT.text(smallest)} takes about {many(about(needed), 'unit')} in each arm"
    if needed > OUT_OF_REACH * there:
        action = (
            f"Test a bolder change, or choose a goal that more units reach: {size}, {needed / there:.0f} times what "
            "there is."
        )
        return Call("Cannot tell", f"{why}; seeing a lift of {size}, the smaller has {there:,}", action, goal)
    if needed > there:
        action = f"Let it run: seeing a lift of {size}, the smaller arm has {there:,}; then read once."
        return Call("Cannot tell", f"{why}; seeing a lift of {size}, the smaller has {there:,}", action, goal)
    action = (
        f"There were units enough to see a lift of {Unit.LIFT.text(smallest)}; decide by cost, or test a bolder change."
    )
    return Call(
        "Cannot tell", f"{why}, with units enough to see most lifts of {Unit.LIFT.text(smallest)}", action, goal
    )


def ruled_out(goal: Comparison, smallest: float) -> bool:
    """Whether the interval leaves no room for the smallest lift that matters."""
    if goal.metric.less:
        return goal.lift.low is not None and goal.lift.low > -smallest
    return goal.lift.high is not None and goal.lift.high < smallest


def wanted(goal: Comparison, smallest: float) -> int | None:
    """Return how many units each arm needs to see the smallest lift with four chances in five."""
    here = goal.base
    step = smallest * abs(here)
    if goal.metric.yes_or_no:
        other = here - step if goal.metric.less else here + step
        variances = here * (1 - here) + max(other * (1 - other), 0.0)
    else:
        variances = sum(goal.metric.moments(group).variance for group in (goal.metric.groups[0], goal.group))
    return units_needed(variances, step) if step and variances else None


def about(count: int) -> int:
    """Round up to two significant digits.

    Examples
    --------
    >>> about(9412), about(87), about(3)
    (9500, 87, 3)
    """
    size = 10 ** max(0, len(str(count)) - 2)
    return math.ceil(count / size) * size


def chosen(calls: list[Call]) -> Call:
    """Return the call to act on: an arm to ship that gains most, else one not settled, else the best of the rest."""
    for word in ("Ship", "Cannot tell", "Do not ship"):
        like = [call for call in calls if call.word == word]
        if like:
            first = best([call.goal for call in like])
            return next(call for call in like if call.goal is first)
    raise SettingError("There is no arm to judge; an experiment needs one beside control.")


def modest(call: Call, smallest: float) -> list[str]:
    """Say that a lift to ship may be smaller than the smallest that matters."""
    goal = call.goal
    end = goal.lift.high if goal.metric.less else goal.lift.low
    if call.word == "Ship" and end is not None and abs(end) < smallest:
        low = Unit.LIFT.change(end)
        return [f"The gain may be as small as {low}, less than the {Unit.LIFT.text(smallest)} that matters."]
    return []


def rule(there: str, smallest: float, guarded: bool, count: int) -> str:
    """Write the rule that led to the verdict."""
    guard = "no guardrail is clearly worse" if guarded else "there is no guardrail to hurt"
    line = (
        f"{there}. Rule: cannot tell if the split is off (p below {ALARM}); ship if the 95% interval of the "
        f"goal lies wholly on the good side of 0 and {guard}; do not ship if goal or guardrail is clearly worse, or a "
        f"gain of {Unit.LIFT.text(smallest)} is ruled out; otherwise cannot tell. It holds for a result read once, "
        "at the planned end"
    )
    return f"{line}; goals of {count} arms adjusted together." if count > 1 else f"{line}."


def card(call: Call, goal: Reading, alarm: bool) -> Kpi:
    """Put the goal in the judged arm on a card, with its lift."""
    value = goal.value(call.goal.group)
    if alarm:
        reason = "the arms are not as planned"
        return Kpi(Estimate(value.label, None, None, None, value.unit, value.n, value.method, reason=reason))
    judged = call.goal.clear or not call.goal.lift.excludes(0)
    change = call.goal.lift if judged and call.goal.lift.value is not None else None
    return Kpi(value, change=change, before=goal.groups[0].arm, better=goal.better)
