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
        The lift that allows for the stop; ``None`` at a first look, where there is nothing to weigh it against, and
        where the lift has no value.
    """

    arm: str
    n: int
    look: int
    planned: int
    lift: Estimate | None

    @property
    def words(self) -> str:
        """What to doubt of the plain lift."""
        head = f"Look {self.look} of {self.planned} already calls {self.arm}, most likely on one of its high days"
        if self.lift is None:
            return f"{head}: expect less of its lift later."
        return f"{head}: allowing for that stop its lift is {signed(self.lift)}."


def stops(trial: Trial, comparisons: Sequence[Comparison]) -> list[Stop]:
    """Return the arms that a look of a group-sequential plan calls before its last one."""
    standing = trial.standing
    look, taken = standing.look, len(standing.units)
    if look is None or look.last or trial.split.alarm:
        return []
    planned = max(len(standing.plan.looks), taken + 1)
    found: list[Stop] = []
    for one in comparisons:
        if one.clear and one.alone.p is not None and look.crossed(one.alone.p):
            lift = corrected(trial, one) if taken > 1 and one.alone.value is not None else None
            found.append(Stop(one.group.arm, one.group.n, taken, planned, lift))
    return found


def corrected(trial: Trial, one: Comparison) -> Estimate:
    """Return the lift that is too high as often as too low, whatever look stopped it."""
    standing = trial.standing
    plan = standing.plan
    taken = looks(
        standing.units, standing.planned, alpha=plan.alpha, spending=plan.spending, final=False, times=standing.times
    )
    return adjusted(one.alone, taken, level=1 - plan.alpha)
