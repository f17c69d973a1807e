"""What is to be done with one arm: ship it, roll it back, keep it running, or say that nobody can tell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pmlib.core import SettingError, Unit
from pmlib.core.words import capital, listed, many
from pmlib.experiments.checks.gate import Gate
from pmlib.experiments.decision.needs import Need, small, to_clear, to_see
from pmlib.experiments.effects.guards import Guard, guarded, labels
from pmlib.experiments.effects.lifts import unbounded
from pmlib.experiments.reading.comparisons import Comparison, best
from pmlib.experiments.trial import Trial

Word = Literal["Ship", "Roll back", "Keep running", "Cannot tell"]
ORDER: tuple[Word, ...] = ("Ship", "Keep running", "Cannot tell", "Roll back")
"""Of several arms the first of these is acted on."""
SMALLEST = 0.05
"""The smallest lift that matters where nobody said."""
SURE = 0.001
"""Before its end, a test that is to be read once is stopped only for harm as sure as this."""


@dataclass(frozen=True)
class Call:
    """What is to be done with one arm.

    Parameters
    ----------
    why
        The reason, a part of a sentence.
    action
        What comes next, a sentence.
    goals, guards
        What it rests on.
    otherwise
        What would have to be different for another call, a sentence.
    barred
        Whether no result may be read, whatever it says.
    """

    word: Word
    why: str
    action: str
    goals: tuple[Comparison, ...]
    guards: tuple[Guard, ...]
    otherwise: str = ""
    barred: bool = False

    @property
    def goal(self) -> Comparison:
        """The goal that decides: of several the one that is least sure to win."""
        return min(self.goals, key=lambda one: (one.good, not one.bad, -(one.p if one.p is not None else 1.0)))


def called(trial: Trial, goals: Sequence[Comparison], guards: Sequence[Guard]) -> Call:
    """Judge one arm by its goals and its guardrails: the rule."""
    arm, over = goals[0].group.arm, trial.standing.over
    made = Maker(trial, tuple(goals), tuple(guards))
    if trial.standing.early:
        return stopped(made) or made.running()
    harmed = [guard for guard in guards if guard.harmed]
    lost, won = [one for one in goals if one.bad], [one for one in goals if one.good]
    if lost and won:
        return made.split(won, lost)
    if lost or harmed:
        return made.back(lost, harmed)
    open_ = [guard for guard in guards if guard.unproven]
    if len(won) == len(goals):
        if not open_:
            return made.ship(arm)
        return made.open_margin(open_[0]) if over else made.running()
    if all(ruled_out(one) for one in goals if not one.good) and not won:
        return made.too_small()
    return made.unknown() if over else made.running()


def stopped(made: "Maker") -> Call | None:
    """Stop a test before its end, for harm that no early look explains."""
    harmed = [guard for guard in made.guards if guard.harmed and (guard.one.p or 0.0) < SURE]
    lost = [one for one in made.goals if one.bad and (one.p or 0.0) < SURE]
    return made.back(lost, harmed) if lost or harmed else None


def ruled_out(goal: Comparison) -> bool:
    """Whether the interval leaves no room for the smallest lift that matters."""
    smallest = goal.metric.measure.smallest or SMALLEST
    if goal.metric.less:
        return goal.lift.low is not None and goal.lift.low > -smallest
    return goal.lift.high is not None and goal.lift.high < smallest


@dataclass(frozen=True)
class Maker:
    """Writes the calls on one arm."""

    trial: Trial
    goals: tuple[Comparison, ...]
    guards: tuple[Guard, ...]

    @property
    def arm(self) -> str:
        """The arm that is judged."""
        return self.goals[0].group.arm

    @property
    def moved(self) -> str:
        """How far each goal moved."""
        return listed([one.moved for one in self.goals])

    def call(self, word: Word, why: str, action: str, otherwise: str = "") -> Call:
        """Make a call on this arm."""
        return Call(word, why, action, self.goals, self.guards, otherwise)

    def back(self, lost: Sequence[Comparison], harmed: Sequence[Guard]) -> Call:
        """A goal or a guardrail is clearly worse."""
        control = self.trial.control
        if lost:
            why = listed([one.moved for one in lost])
            turn = f"It would be another call if {lost[0].metric.label} were no goal: a loss this clear is no chance."
            return self.call(
                "Roll back", why, f"Keep {control}; look for the step at which {self.arm} loses people.", turn
            )
        harm = listed([guard.words for guard in harmed])
        why = f"{harm} {'is' if len(harmed) == 1 else 'are'} clearly worse in {self.arm}"
        won = [one for one in self.goals if one.good]
        gain = f", while {listed([one.moved for one in won])}" if won else ""
        turn = f"It would ship without {labels(harmed)} among its guardrails." if len(won) == len(self.goals) else ""
        return self.call(
            "Roll back", f"{why}{gain}", f"Find out what harms {harmed[0].one.metric.label} and test again.", turn
        )

    def split(self, won: Sequence[Comparison], lost: Sequence[Comparison]) -> Call:
        """Goals that disagree are for people to weigh."""
        why = f"the goals disagree: {listed([one.moved for one in (*won, *lost)])}"
        names = listed([one.metric.label for one in (*won, *lost)])
        return self.call("Cannot tell", why, f"Decide which of {names} matters more; no number can.")

    def ship(self, arm: str) -> Call:
        """All goals are clearly better and nothing that must not suffer does."""
        kept = ""
        if self.guards:
            margins = all(guard.margin is not None for guard in self.guards)
            kept = " and every guardrail is within its margin" if margins else " and no guardrail is clearly worse"
            kept += unbounded([guard.one for guard in self.guards])
        unsure = [guard for guard in self.guards if not guard.one.good]
        watch = labels(unsure) or self.goals[0].metric.label
        return self.call(
            "Ship", f"{self.moved}{kept}", f"Ship {arm} and watch {watch} for the next weeks.", self.weakest()
        )

    def weakest(self) -> str:
        """What is nearest to making it another call."""
        near = [guard for guard in self.guards if guard.margin is not None and guard.one.worst is not None]
        if near:
            guard = min(near, key=room)
            end = guard.one.worst
            bound = guard.margin.bound if guard.margin else 0.0
            if end is not None:
                reach = end.high if guard.one.metric.less else end.low
                said = f"{end.unit.change(reach)}, where {end.unit.change(bound)} is the margin"
                return f"What is nearest to stopping it is {guard.one.metric.label}: it may be {said}."
        one = max(self.goals, key=lambda goal: goal.p if goal.p is not None else 1.0)
        end = one.lift.high if one.metric.less else one.lift.low
        if end is None or abs(end) >= (one.metric.measure.smallest or SMALLEST):
            return ""
        low = Unit.LIFT.change(end)
        return f"It would not ship if {one.metric.label} were not clear: its interval ends at {low}."

    def too_small(self) -> Call:
        """A gain that matters is ruled out."""
        smallest = self.goals[0].metric.measure.smallest or SMALLEST
        why = f"no gain that matters, {small(smallest)} or more is ruled out: {self.moved}"
        action = f"Keep {self.trial.control} unless {self.arm} is cheaper to run; try a bolder change."
        return self.call("Roll back", why, action, f"It would be another call if less than {small(smallest)} mattered.")

    def open_margin(self, guard: Guard) -> Call:
        """The goals win, and a loss of the margin is not ruled out."""
        need = to_clear(guard, self.trial)
        name = guard.one.metric.label
        why = f"{self.moved}, but {guard.words}"
        if need is None or need.reached:
            action = f"Decide by what {name} is worth: there were units enough to rule the loss out if nothing is lost."
        else:
            action = f"Let it run: ruling the loss of {name} out takes {need.words}{need.time}."
        return self.call("Cannot tell", why, action, f"It would ship with a wider margin for {name}.")

    def running(self) -> Call:
        """It is not over."""
        standing, plan = self.trial.standing, self.trial.registration
        left = standing.left
        if left:
            time = f"{many(left, 'day')} {'is' if left == 1 else 'are'} left until its end"
        else:
            time = f"{self.trial.arms.total:,} of {standing.planned:,} planned units are there"
        once = ", and it is to be read once, then" if standing.early else ""
        why = f"{time}{once}" if standing.early else f"{time}; so far {self.moved}"
        after = [day for day in plan.looks if standing.on is not None and day > standing.on]
        when = f" on {after[0].isoformat()}" if after else " at its end"
        return self.call("Keep running", why, f"Let it run and read it{when}.")

    def unknown(self) -> Call:
        """The data cannot tell; say how many units could."""
        goal = next((one for one in self.goals if not one.good), self.goals[0])
        smallest = goal.metric.measure.smallest or SMALLEST
        need, there = to_see(goal, smallest, self.trial), min(group.n for group in goal.metric.groups)
        why = self.moved if goal.same else f"{self.moved}, which may be chance"
        if len(self.goals) > 1:
            why = f"{listed([one.moved for one in self.goals])}, of which {goal.metric.label} may be chance"
        if need is None:
            label = goal.metric.label
            return self.call("Cannot tell", why, f"Choose a goal that differs between units: {label} does not.")
        if need.reached:
            action = (
                f"There were units enough to see a lift of {small(smallest)}; decide by cost, or test a bolder change."
            )
            return self.call("Cannot tell", f"{why}, with units enough to see most lifts of {small(smallest)}", action)
        return self.call("Cannot tell", *self.few(why, need, smallest, there))

    def few(self, why: str, need: Need, smallest: float, there: int) -> tuple[str, str]:
        """Say how many units are missing, and whether to wait for them."""
        size = f"{small(smallest)} takes {need.words}"
        said = f"{why}; seeing a lift of {size}, the smaller arm has {there:,}"
        if need.hopeless:
            bold = f"Test a bolder change, or choose a goal that more units reach: {size}"
            return said, f"{bold}, {need.times:.0f} times what there is."
        return said, f"Let it run: seeing a lift of {size}, the smaller arm has {there:,}{need.time}; then read once."


def room(guard: Guard) -> float:
    """How far a guardrail's interval lies from its margin."""
    worst = guard.one.worst
    if worst is None or guard.margin is None:
        return 0.0
    end = worst.high if guard.one.metric.less else worst.low
    return abs((end or 0.0) - guard.margin.bound)


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
        return gated(calls, trial.split.fault, alarm.action if alarm else "")
    return beside(chosen(calls), calls) if alarm is None else gated(calls, begun(alarm.words), alarm.action)


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
    """Return the first sentence of a check's words, to stand within another."""
    first = words.split(". ")[0].removesuffix(".")
    return first[:1].lower() + first[1:]


def gated(calls: Sequence[Call], fault: str, action: str = "") -> Call:
    """Return the call on an experiment that no result may be read of."""
    call = chosen(calls)
    return Call(
        "Cannot tell",
        f"{fault}, so no result can be read",
        action or "Find out why, mend it and start the experiment again.",
        call.goals,
        call.guards,
        f"{capital(fault)}: that has to be mended first.",
        barred=True,
    )
