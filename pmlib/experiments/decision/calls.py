"""What is to be done with one arm: ship it, roll it back, keep it running, or say that nobody can tell."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pmlib.core import SettingError
from pmlib.core.words import capital, listed
from pmlib.experiments.checks.gate import Gate
from pmlib.experiments.decision.needs import to_see
from pmlib.experiments.decision.reasons import WEEK, Call, Maker, Word, smallest_of
from pmlib.experiments.effects.guards import Guard, guarded
from pmlib.experiments.reading.comparisons import Comparison, best
from pmlib.experiments.trial import Trial

ORDER: tuple[Word, ...] = ("Ship", "Keep running", "Cannot tell", "Roll back")
"""Of several arms the first of these is acted on."""


def called(trial: Trial, goals: Sequence[Comparison], guards: Sequence[Guard]) -> Call:
    """Judge one arm by its goals and its guardrails: the rule."""
    over, made = trial.standing.over, Maker(trial, tuple(goals), tuple(guards))
    if trial.standing.early:
        return stopped(made) or made.running()
    harmed = [guard for guard in guards if guard.harmed]
    lost, won = [one for one in goals if one.bad], [one for one in goals if one.good]
    if harmed or (lost and not won):
        return made.back(lost, harmed)
    if trial.period is not None and trial.period.days < WEEK and not (over and trial.registered):
        return made.running()
    if lost:
        return made.split(won, lost)
    if len(won) == len(goals):
        unproven = [guard for guard in guards if guard.unproven]
        if not unproven:
            return made.ship()
        return made.open_margin(unproven) if over else made.running()
    if not won and all(ruled_out(one) for one in goals):
        return made.too_small()
    if not over:
        return made.running()
    unclear = [one for one in goals if not one.good and not ruled_out(one)]
    return made.unknown(unclear) if unclear else made.partly(won)


def stopped(made: Maker) -> Call | None:
    """Stop a test before its end, for harm that no early look explains: until then all is judged that strictly."""
    harmed = [guard for guard in made.guards if guard.harmed]
    lost = [one for one in made.goals if one.bad]
    if harmed or (lost and not any(one.good for one in made.goals)):
        return made.back(lost, harmed)
    return None


def ruled_out(goal: Comparison) -> bool:
    """Whether the interval leaves no room for the smallest lift that matters; never where nobody said which does."""
    if goal.metric.measure.smallest is None:
        return False
    if goal.metric.less:
        return goal.lift.low is not None and goal.lift.low > -smallest_of(goal)
    return goal.lift.high is not None and goal.lift.high < smallest_of(goal)


def chosen(calls: Sequence[Call]) -> Call:
    """Return the call to act on: of the arms to ship the one that gains most, else one not settled, else the rest."""
    for word in ORDER:
        like = [call for call in calls if call.word == word]
        if like:
            first = best([call.goals[0] for call in like])
            return next(call for call in like if call.goals[0] is first)
    raise SettingError("There is no arm to judge; an experiment needs one beside control.")


def decided(trial: Trial, gates: Sequence[Gate]) -> Call:
    """Judge every arm, and return the call to act on; an alarm bars all of them.

    Parameters
    ----------
    gates
        What has to hold before any result is read.
    """
    calls = [called(trial, goals, guards) for goals, guards in by_arm(trial)]
    alarm = next((gate for gate in gates if gate.state == "alarm"), None)
    if trial.split.alarm:
        return gated(trial, calls, trial.split.fault, alarm.action if alarm else "")
    return beside(chosen(calls), calls) if alarm is None else gated(trial, calls, begun(alarm.words), alarm.action)


def beside(call: Call, calls: Sequence[Call]) -> Call:
    """Name the other arms that would ship too."""
    others = [one.goals[0].group.arm for one in calls if one.word == "Ship" and one is not call]
    if call.word != "Ship" or not others:
        return call
    return replace(call, why=f"{call.why}; {listed(others)} would ship too")


def by_arm(trial: Trial) -> Iterator[tuple[tuple[Comparison, ...], tuple[Guard, ...]]]:
    """Give goals and guardrails of each arm."""
    goals, guards = trial.of(trial.registration.goals), guarded(trial.of(trial.registration.guardrails))
    for arm in trial.arms.names[1:]:
        yield (
            tuple(one for one in goals if one.group.arm == arm),
            tuple(guard for guard in guards if guard.one.group.arm == arm),
        )


def begun(words: str) -> str:
    """Return the first part of what a check found, to stand within another sentence."""
    first = words.split(". ")[0].split("; ")[0].removesuffix(".")
    return first[:1].lower() + first[1:]


def gated(trial: Trial, calls: Sequence[Call], fault: str, action: str = "") -> Call:
    """Return the call on an experiment that no result may be read of."""
    call = chosen(calls)
    goal = call.goals[0]
    need = to_see(goal, smallest_of(goal), trial, planned=True)
    again = f" A new start takes {need.words}." if need is not None else ""
    return Call(
        "Cannot tell",
        f"{fault}, so no result can be read",
        f"{action or 'Find out why, mend it and start the experiment again.'}{again}",
        call.goals,
        call.guards,
        f"{capital(fault)}: that has to be mended first.",
        barred=True,
    )
