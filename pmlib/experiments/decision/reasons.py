"""What is said of a call: the reason in one short sentence, what comes next, and what would make it another call."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pmlib.core import Unit
from pmlib.core.words import listed, many
from pmlib.experiments.decision.needs import Need, seen_on, small, to_clear, to_part, to_see
from pmlib.experiments.effects.guards import Guard, labels
from pmlib.experiments.effects.lifts import unbounded
from pmlib.experiments.reading.comparisons import Comparison, finer, signed
from pmlib.experiments.trial import Trial

Word = Literal["Ship", "Roll back", "Keep running", "Cannot tell"]
SMALLEST = 0.05
"""The lift for which units are counted where nobody said which matters; none is called too small then."""
WEEK = 7
"""Nothing but harm is called in fewer days than show each weekday once, unless fewer were planned and are over."""


@dataclass(frozen=True)
class Call:
    """What is to be done with one arm.

    Parameters
    ----------
    why
        The reason, a part of a sentence.
    action
        What comes next.
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
        return least_sure(self.goals)


def least_sure(goals: Sequence[Comparison]) -> Comparison:
    """Return the goal that is least sure to win."""
    return min(goals, key=lambda one: (one.good, not one.bad, -(one.p if one.p is not None else 1.0)))


def smallest_of(goal: Comparison) -> float:
    """Return the smallest lift of a goal that matters."""
    return goal.metric.measure.smallest or SMALLEST


def gain_of(goal: Comparison) -> str:
    """Write the smallest lift of a goal that matters: ``a gain of 5.0%``."""
    return f"a {'fall' if goal.metric.less else 'gain'} of {small(smallest_of(goal))}"


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
    def winning(self) -> str:
        """That all goals win: one with both arms, of several the least sure."""
        if len(self.goals) == 1:
            return self.goals[0].moved
        least = least_sure(self.goals)
        each = "both" if len(self.goals) == 2 else f"all {len(self.goals)}"
        return f"{each} goals are clearly better{self.there}, least surely {least.brief}"

    @property
    def there(self) -> str:
        """The arm in words, where there are several."""
        return "" if self.trial.two else f" in {self.arm}"

    def call(self, word: Word, why: str, action: str, otherwise: str = "") -> Call:
        """Make a call on this arm."""
        return Call(word, why, action, self.goals, self.guards, otherwise)

    def back(self, lost: Sequence[Comparison], harmed: Sequence[Guard]) -> Call:
        """A goal or a guardrail is clearly worse."""
        worse = [*(guard.one for guard in harmed), *lost]
        first, *others = worse
        won = [one for one in self.goals if one.good]
        margin = harmed[0].margin if harmed else None
        beyond = f", beyond its margin of {small(margin.margin)}" if margin else ""
        also = f"; so {'is' if len(others) == 1 else 'are'} {listed([one.metric.label for one in others], 2)}"
        kept = f", though {listed([one.metric.label for one in won], 2)} {'is' if len(won) == 1 else 'are'} better"
        why = first.moved if lost and not harmed else f"{first.brief} is clearly worse{self.there}{beyond}"
        why += (also if others else "") + (kept if won else "")
        if not harmed:
            action = f"Keep {self.trial.control}; look for the step at which {self.arm} loses people."
            turn = f"It would be another call if {first.metric.label} were no goal: a loss this clear is no chance."
            return self.call("Roll back", why, action, turn)
        turn = f"It would ship without {labels(harmed)} among its guardrails." if len(won) == len(self.goals) else ""
        return self.call("Roll back", why, f"Find out what harms {first.metric.label} and test again.", turn)

    def split(self, won: Sequence[Comparison], lost: Sequence[Comparison]) -> Call:
        """Goals that disagree are for people to weigh."""
        why = f"the goals disagree: {won[0].brief}, {lost[0].brief}"
        names = listed([one.metric.label for one in (*won, *lost)])
        return self.call("Cannot tell", why, f"Decide which of {names} matters more; no number of units can.")

    def partly(self, won: Sequence[Comparison]) -> Call:
        """Some goals win and the others gain nothing that matters: for people to weigh too."""
        flat = next(one for one in self.goals if not one.good)
        names = listed([one.metric.label for one in won])
        why = f"{won[0].brief} is clearly better, but {gain_of(flat)} or more of {flat.metric.label} is ruled out"
        return self.call("Cannot tell", why, f"Decide whether {names} alone is worth it; no number of units can.")

    def ship(self) -> Call:
        """All goals are clearly better and nothing that must not suffer does."""
        kept = ""
        if self.guards:
            margins = all(guard.margin is not None for guard in self.guards)
            kept = "; every guardrail is within its margin" if margins else "; no guardrail is clearly worse"
            kept += unbounded([guard.one for guard in self.guards])
        unsure = [guard for guard in self.guards if not guard.one.good]
        watch = labels(unsure) or self.goals[0].metric.label
        action = f"Ship {self.arm} and watch {watch} for the next weeks."
        return self.call("Ship", f"{self.winning}{kept}", action, self.weakest())

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
        if end is None or abs(end) >= smallest_of(one):
            return ""
        low = one.lift.unit.change(end)
        return f"It would not ship if {one.metric.label} were not clear: its interval ends at {low}."

    def too_small(self) -> Call:
        """A gain that matters is ruled out."""
        near = max(self.goals, key=lambda one: (one.lift.value or 0.0) * (-1 if one.metric.less else 1))
        end = near.lift.low if near.metric.less else near.lift.high
        each = "" if len(self.goals) == 1 else f" in each of {len(self.goals)} goals"
        says = f"{signed(near.shown)} in {near.metric.label}" if near.same else near.moved
        why = f"{gain_of(near)} or more is ruled out{each}: {says}"
        action = f"Keep {self.trial.control} unless {self.arm} is cheaper to run; try a bolder change."
        gain = (
            ""
            if end is None
            else f"a {'fall' if near.metric.less else 'gain'} of {finer(near.lift).unit.text(abs(end))}"
        )
        turn = f"It would be another call if {gain} or less mattered: up to there it is not ruled out." if gain else ""
        return self.call("Roll back", why, action, turn)

    def open_margin(self, unproven: Sequence[Guard]) -> Call:
        """The goals win, and a loss of the margin is not ruled out."""
        needs = [(guard, to_clear(guard, self.trial)) for guard in unproven]
        guard, need = max(needs, key=lambda pair: pair[1].times if pair[1] else 0.0)
        name, margin = guard.one.metric.label, small(guard.margin.margin if guard.margin else 0.0)
        better = "the goal is" if len(self.goals) == 1 else "the goals are"
        loss = "rise" if guard.one.metric.less else "loss"
        why = f"{better} clearly better{self.there}, but {guard.one.brief} leaves a {loss} of {margin} open"
        turn = f"It would ship with a wider margin for {name}."
        if need is None:
            return self.call(
                "Cannot tell", why, f"Choose a guardrail that differs between units: {name} does not.", turn
            )
        if not need.reached:
            action = self.more(f"ruling the {loss} of {name} out takes {need.words}", need)
            return self.call("Cannot tell", why, action, turn)
        stays = seen_on(guard, self.trial)
        action = f"Decide by what {name} is worth: there were units enough to rule the {loss} out if nothing is lost"
        after = (
            f"; if it stays as seen, telling takes {stays.words} in a new experiment{stays.again}." if stays else "."
        )
        return self.call("Cannot tell", why, f"{action}{after}", turn)

    def more(self, what: str, need: Need) -> str:
        """Say how to get more units: those of a plan that is over had their reading, a second is one more chance."""
        if self.trial.registration.reading == "always-valid":
            return f"Let it run: {what}{need.time}."
        return f"Register a new experiment with new units, as these have been read: {what}{need.again}."

    def running(self) -> Call:
        """It is not over."""
        standing, plan = self.trial.standing, self.trial.registration
        left = standing.left
        if not self.trial.registered and self.trial.period is not None and self.trial.period.days < WEEK:
            days = self.trial.period.days
            short = f"{many(days, 'day')} {'is' if days == 1 else 'are'} not a whole week yet; so far"
            once = ", and read it once, at its end" if plan.reading == "once" else ""
            action = f"Let it run for whole weeks, better two than one{once}."
            return self.call("Keep running", f"{short} {self.goals[0].brief}", action)
        if left:
            time = f"{many(left, 'day')} {'is' if left == 1 else 'are'} left until its end"
        else:
            time = f"{self.trial.arms.total:,} of {standing.planned:,} planned units are there"
        clear = sum(one.good for one in self.goals)
        so_far = self.goals[0].brief if len(self.goals) == 1 else f"{clear} of {len(self.goals)} goals clearly better"
        why = f"{time}, and it is to be read once, then" if standing.early else f"{time}; so far {so_far}"
        after = [day for day in plan.looks if standing.on is not None and day > standing.on]
        when = f" on {after[0].isoformat()}" if after else " at its end"
        return self.call("Keep running", why, f"Let it run and read it{when}.", self.there_so_far())

    def there_so_far(self) -> str:
        """How much of the units is there that tell: by the rule that also says what "cannot tell" takes."""
        goals = [one for one in self.goals if one.metric.measure.smallest is not None and not one.good]
        needs = [(one, to_see(one, smallest_of(one), self.trial)) for one in goals]
        known = [(one, need) for one, need in needs if need is not None]
        if not known:
            return ""
        goal, need = max(known, key=lambda pair: pair[1].times)
        lift = f"a lift of {small(smallest_of(goal))} in {goal.metric.label}"
        if need.reached:
            return f"The units that seeing {lift} takes are there already."
        return f"Seeing {lift} takes {need.words}; {Unit.SHARE.text(1 / need.times)} of them are there."

    def unknown(self, unclear: Sequence[Comparison]) -> Call:
        """The data cannot tell; say how many units could: as many as the goal takes that needs most."""
        needs = [(one, to_see(one, smallest_of(one), self.trial)) for one in unclear]
        goal, need = max(needs, key=lambda pair: pair[1].times if pair[1] else float("inf"))
        label, size = goal.metric.label, small(smallest_of(goal))
        rest = [one for one in self.goals if one.good]
        why = goal.moved if goal.same else f"{goal.brief} may be chance"
        why += f", though {listed([one.metric.label for one in rest], 2)} clearly won" if rest else ""
        if need is None:
            flat = all(group.variance == 0 for group in goal.metric.groups)
            action = f"Choose a goal that differs between units: {label} does not."
            if not flat:
                action = f"Register a smallest lift that {label} has room for: {size} is more."
            return self.call("Cannot tell", why, action)
        if need.reached and goal.metric.measure.smallest is None:
            seen = f"there were units enough to see most lifts of {size}"
            return self.call("Cannot tell", why, f"Say which lift of {label} matters, and register it: {seen}.")
        if need.reached:
            part = to_part(goal, smallest_of(goal), self.trial)
            action = f"There were units enough to see most lifts of {size}; decide by cost, or test a bolder change."
            said = f"; telling 0 from {size} whatever it is takes {part.words}" if part else ""
            return self.call("Cannot tell", f"{why}{said}", action)
        return self.call("Cannot tell", *self.few(why, need, size))

    def few(self, why: str, need: Need, size: str) -> tuple[str, str]:
        """Say how many units are missing, and whether to wait for them."""
        said = f"{why}; seeing a lift of {size} takes {need.words}"
        if need.hopeless:
            bold = f"Test a bolder change, or choose a goal that more units reach: {size} takes {need.words}"
            return said, f"{bold}, {need.times:,.0f} times what there is."
        return said, self.more(f"seeing a lift of {size} takes {need.words}", need)


def room(guard: Guard) -> float:
    """How far a guardrail's interval lies from its margin."""
    worst = guard.one.worst
    if worst is None or guard.margin is None:
        return 0.0
    end = worst.high if guard.one.metric.less else worst.low
    return abs((end or 0.0) - guard.margin.bound)
