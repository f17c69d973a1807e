"""What is left of an effect that a planned look called before the end."""

from collections.abc import Sequence
from dataclasses import dataclass

from pmlib.core import Estimate
from pmlib.experiments.reading.comparisons import Comparison, signed
from pmlib.experiments.trial import Trial
from pmlib.stats.trials.sequential import looks
from pmlib.stats.trials.stopping import adjusted


@dataclass(frozen=True)
class Stop:
    """An arm whose effect an early look called.

    Parameters
    ----------
    n
        Units with a value in the arm.
    look, planned
        Which look it was, of how many.
    lift
        The lift that allows for the stop; ``None`` at a first look, where there is nothing to weigh it against, where
        the lift has no value, and where several arms are judged together: which of them is called, and when, hangs on
        all, and no ordering of such stops is agreed on.
    together
        How many arms are judged together.
    """

    arm: str
    n: int
    look: int
    planned: int
    lift: Estimate | None
    together: int = 1

    @property
    def words(self) -> str:
        """What to doubt of the plain lift."""
        head = f"Look {self.look} of {self.planned} already calls {self.arm}, most likely on one of its high days"
        if self.together > 1:
            return (
                f"{head}, and the best of {self.together} arms is the luckiest too: its lift is too high, by how much "
                "cannot be told."
            )
        if self.lift is None:
            return f"{head}: expect less of its lift later."
        return f"{head}: allowing for that stop its lift is {signed(self.lift)}."


def stops(trial: Trial, comparisons: Sequence[Comparison]) -> list[Stop]:
    """Return the arms that a look of a group-sequential plan calls before its last one."""
    if trial.split.alarm:
        return []
    found: list[Stop] = []
    for one in comparisons:
        standing = trial.standing_of(one.metric.measure.name)
        look, taken = standing.look, len(standing.units)
        if look is None or look.last:
            continue
        planned = max(len(standing.plan.looks), taken + 1)
        if one.clear and one.alone.p is not None and look.crossed(one.alone.p):
            arms = 1 if one.metric.measure.role == "guardrail" else len(one.metric.groups) - 1
            told = taken > 1 and arms == 1 and one.alone.value is not None
            lift = corrected(trial, one) if told else None
            found.append(Stop(one.group.arm, one.group.n, taken, planned, lift, arms))
    return found


def corrected(trial: Trial, one: Comparison) -> Estimate:
    """Return the lift that is too high as often as too low, whatever look stopped it."""
    standing = trial.standing_of(one.metric.measure.name)
    plan = standing.plan
    taken = looks(
        standing.units, standing.planned, alpha=plan.alpha, spending=plan.spending, final=False, times=standing.times
    )
    return adjusted(one.alone, taken, level=1 - plan.alpha)
