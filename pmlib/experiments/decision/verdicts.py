"""Ship, roll back, keep running, or cannot tell: by a rule that stands under the answer."""

from pathlib import Path

from scipy.special import ndtr, ndtri

from pmlib.core import Estimate, Finding, Kpi, Unit, answering
from pmlib.core.words import listed, many
from pmlib.experiments.arguments import fitting
from pmlib.experiments.checks.conduct import broken
from pmlib.experiments.checks.gates import gates
from pmlib.experiments.decision.calls import decided
from pmlib.experiments.decision.decisions import decision
from pmlib.experiments.decision.needs import small
from pmlib.experiments.decision.reasons import Call
from pmlib.experiments.effects.lifts import by_metric, faults, row, rows_of_lifts
from pmlib.experiments.reading.comparisons import chance
from pmlib.experiments.reading.readings import Reading
from pmlib.experiments.reading.splits import ALARM
from pmlib.experiments.reading.standing import EARLY
from pmlib.experiments.trial import Trial
from pmlib.sources.trials import Listing
from pmlib.stats.shares import critical
from pmlib.stats.trials.families import false_rollback
from pmlib.stats.trials.winners import false_positive_risk

WINNERS = 0.1
"""The part of ideas taken to win in truth, where a team does not know its own."""
LEAST = 0.001
"""A risk below this is not worth a sentence."""
CLEAR = 1e-6
"""A p-value below this leaves no risk worth a sentence either."""


@fitting
@answering("experiment-verdict", "Should the change be shipped?")
def verdict(trial: Trial, *, trials: Listing | str | Path = "") -> Finding:
    """Tell whether the change should be shipped.

    Parameters
    ----------
    trials
        The team's list of experiments, or its file: where people have decided, the headline says so.

    Returns
    -------
    Finding
        "Ship", "Roll back", "Keep running" or "Cannot tell", the reason, and the rule that led there.

    Raises
    ------
    SettingError
        If a metric does not exist, there is no goal, or the list is none.
    """
    made, plan = trial.split, trial.registration
    trial.named("")
    call = decided(trial, gates(trial))
    goals, guards = trial.of(plan.goals), trial.of(plan.guardrails)
    everything = [*goals, *guards]
    done, odd = decision(trial, trials)
    headline = f"{done.said(call) if done else call.word}: {call.why}; {many(trial.arms.total, 'unit')} in all."
    readings = [trial.readings[one.name] for one in (*plan.goals, *plan.guardrails)]
    doubts = [*odd, *broken(trial), *faults(made), *trial.standing.cautions, *trial.arms.cautions]
    doubts += [caution for read in readings for caution in read.cautions]
    if not call.barred:
        doubts += modest(call) + [call.otherwise] * bool(call.otherwise) + risk(trial, call)
        doubts += [guard.doubt for guard in call.guards if guard.doubt]
    return Finding(
        id="experiment-verdict",
        question="Should the change be shipped?",
        headline=headline,
        estimates=tuple(one.lift for one in everything),
        table=by_metric(everything),
        figure=rows_of_lifts(everything, [row(one, trial.two) for one in everything], headline),
        cautions=tuple(doubts),
        definition=rule(trial, len(guards)),
        query="\n\n".join(dict.fromkeys(read.query for read in readings)),
        action=done.action(call) if done else call.action,
        kpi=card(call, trial.readings[call.goal.metric.measure.name], call.barred),
    )


def modest(call: Call) -> list[str]:
    """Say that a lift to ship may be smaller than the smallest that matters."""
    said: list[str] = []
    for goal in call.goals if call.word == "Ship" else ():
        end = goal.lift.high if goal.metric.less else goal.lift.low
        smallest = goal.metric.measure.smallest
        if end is not None and smallest is not None and abs(end) < smallest:
            low = goal.lift.unit.change(end)
            said.append(f"The gain may be as small as {low}, less than the {small(smallest)} that matters.")
    return said


def risk(trial: Trial, call: Call) -> list[str]:
    """Say how often a clear winner is none, and a clear harm neither."""
    plan = trial.registration
    said: list[str] = []
    if call.word == "Ship" and call.goal.p is not None:
        false = none_of(call.goal.p, alpha=plan.alpha, power=plan.power)
        if false >= LEAST:
            said.append(
                f"Where {Unit.SHARE.text(WINNERS)} of ideas truly win, {Unit.SHARE.text(false)} of winners as clear as "
                f"this (p {chance(call.goal.p)}) are none."
            )
    if len(plan.guardrails) > 1:
        arms = len(trial.arms.names) - 1
        false = false_rollback(len(plan.guardrails) * arms, alpha=plan.alpha / 2)
        there = f" in {many(arms, 'arm')}" if arms > 1 else ""
        alone, most = Unit.SHARE.text(false.independent), Unit.SHARE.text(false.most)
        said.append(
            f"With {many(len(plan.guardrails), 'guardrail')}{there} the chance that one stops a harmless change is "
            f"{alone}, and at most {most}."
        )
    return said


def none_of(p: float, *, alpha: float, power: float) -> float:
    """Return the chance that a winner with such a p-value, or a smaller one, is none: alpha is as small as p then.

    Power is less at a smaller alpha: what was planned to be seen with it lies so many errors from 0 as before.

    References
    ----------
    Kohavi, Deng and Vermeer (2022), A/B Testing Intuition Busters, KDD, with alpha replaced by p.

    Examples
    --------
    >>> round(none_of(0.05, alpha=0.05, power=0.8), 3), round(none_of(0.001, alpha=0.05, power=0.8), 3)
    (0.22, 0.014)
    """
    p = max(p, CLEAR)
    away = critical(1 - alpha) + float(ndtri(power))
    return false_positive_risk(WINNERS, alpha=p, power=float(ndtr(away - critical(1 - p))))


def rule(trial: Trial, guards: int) -> str:
    """Write the rule that led to the verdict."""
    plan, arms = trial.registration, len(trial.arms.names) - 1
    matters = dict.fromkeys(goal.smallest for goal in plan.goals if goal.smallest is not None)
    out = f", or a gain of {listed([small(one) for one in matters])} is ruled out" if matters else ""
    margins = any(one.margin is not None for one in plan.guardrails)
    kept = "there is no guardrail to hurt"
    if guards:
        kept = (
            "every guardrail is within its margin, or not clearly worse" if margins else "no guardrail is clearly worse"
        )
    every = "the goal" if len(plan.goals) == 1 else f"each of {many(len(plan.goals), 'goal')}"
    line = (
        f"{trial.counted}; {trial.standing.words}. Rule: cannot tell if the split is off or the groups were unlike "
        f"before (p below {ALARM}); roll back if goal or guardrail is clearly worse{out}; "
        f"ship if the interval of {every} lies wholly on the good side of 0 and {kept}; keep running before the "
        "end; otherwise cannot tell"
    )
    if len(plan.goals) > 1:
        line += ", and so if goals disagree; all goals must win, which needs no correction"
    if plan.reading == "once":
        line += ". It holds for a result read once, at the planned end"
        line += f"; before it only harm with p below {min(EARLY, plan.alpha):g} stops it" if trial.registered else ""
    if len(matters) < len({goal.smallest for goal in plan.goals}):
        line += ". No smallest lift that matters was registered, so no gain is called too small"
    return f"{line}; goals of {arms} arms adjusted together." if arms > 1 else f"{line}."


def card(call: Call, goal: Reading, alarm: bool) -> Kpi:
    """Put the goal in the judged arm on a card, with its lift."""
    value = goal.value(call.goal.group)
    if alarm:
        reason = "the groups are not alike, so no result can be read"
        return Kpi(Estimate(value.label, None, None, None, value.unit, value.n, value.method, reason=reason))
    judged = call.goal.clear or not call.goal.lift.excludes(0)
    change = call.goal.lift if judged and call.goal.lift.value is not None else None
    return Kpi(value, change=change, before=goal.groups[0].arm, better=goal.better)
