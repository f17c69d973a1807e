"""What one way of reading finds of an arm, and several of them as a table and a chart."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pmlib.core import Estimate, Unit
from pmlib.experiments.effects.lifts import series
from pmlib.experiments.reading.comparisons import Comparison, chance, ends, signed
from pmlib.experiments.reading.methods import Judged
from pmlib.experiments.reading.readings import Group, Reading
from pmlib.experiments.trial import Trial
from pmlib.show import Chart, Column, Table, intervals, table
from pmlib.stats.trials.families import bonferroni_level

CALLED = {"better": "clearly better", "worse": "clearly worse", "not clear": "not clear"}
"""What is called, within a sentence."""


@dataclass(frozen=True)
class Readout:
    """What one way of reading finds of two sides: an arm and control, or arms against each other.

    Parameters
    ----------
    words
        The way, or the sides.
    units
        Units with a value on both sides.
    p
        Adjusted where several are judged together.
    less
        Whether less is better.
    alpha
        A ``p`` below this is called.
    about
        What could have been chosen otherwise, such as "the cap".
    """

    words: str
    units: int
    difference: Estimate
    lift: Estimate
    p: float | None
    less: bool
    alpha: float
    about: str = ""

    @classmethod
    def of(cls, about: str, words: str, one: Comparison) -> "Readout":
        """Take it from a comparison."""
        units = one.group.n + one.metric.groups[0].n
        return cls(words, units, one.difference, one.lift, one.p, one.metric.less, one.alpha, about)

    @property
    def shown(self) -> Estimate:
        """The lift, or the difference where the lift has no value."""
        return self.difference if self.lift.value is None else self.lift

    @property
    def called(self) -> str:
        """What would be called: ``better``, ``worse`` or ``not clear``."""
        if self.p is None or self.p >= self.alpha or not self.difference.value:
            return "not clear"
        return "worse" if (self.difference.value < 0) != self.less else "better"

    @property
    def clear(self) -> bool:
        """Whether either is called."""
        return self.called != "not clear"


Judge = Callable[[Group, Group, float], Judged]
"""How an arm is judged against control, at a level."""


def together(reading: Reading) -> int:
    """Return how many arms are allowed for: all of a goal, while those of a guardrail are judged one by one."""
    return 1 if reading.measure.role == "guardrail" else len(reading.groups) - 1


def alone(trial: Trial, reading: Reading) -> float:
    """Return the level at which one arm's interval is made by another statistic."""
    return bonferroni_level(trial.standing_of(reading.measure.name).level, together(reading))


def otherwise(trial: Trial, reading: Reading, arm: str, about: str, words: str, judge: Judge) -> Readout:
    """Judge one arm by another statistic; so many arms are allowed for (Bonferroni)."""
    base, *others = reading.groups
    standing, arms = trial.standing_of(reading.measure.name), together(reading)
    group = next(one for one in others if one.arm == arm)
    made = judge(group, base, alone(trial, reading))
    p = None if made.difference.p is None else min(1.0, made.difference.p * arms)
    gap, lift = (standing.over_looks(replace(one, level=standing.level, p=p)) for one in (made.difference, made.lift))
    return Readout(words, group.n + base.n, gap, lift, gap.p, reading.less, standing.alpha, about)


def rows(found: Sequence[Readout], *, head: str, sure: str) -> Table:
    """List readouts: units, lift, difference, what would be called.

    Parameters
    ----------
    head
        The first column's.
    sure
        How sure the intervals are, such as ``95%``.
    """
    its = f"its {sure} interval"
    heads = [head, Column("units", Unit.COUNT), Column("lift", Unit.LIFT), its]
    heads += [Column("difference", Unit.NUMBER), its, Column("p", Unit.NUMBER), "reads as"]
    lines = [
        [
            one.words,
            one.units,
            *(text for each in (one.lift, one.difference) for text in (each.unit.change(each.value), ends(each))),
            chance(one.p),
            one.called,
        ]
        for one in found
    ]
    return table(heads, lines, size="units")


def chart(found: Sequence[Readout], headline: str, *, lift: str, difference: str, sure: str) -> Chart | None:
    """Draw the lifts, or the differences where one has no lift; those without both ends are left out.

    Parameters
    ----------
    lift, difference
        What is drawn, for the caption.
    """
    lifts = all(one.lift.value is not None for one in found)
    drawn = [(one.words, one.lift if lifts else one.difference) for one in found]
    whole = [(words, one) for words, one in drawn if None not in (one.value, one.low, one.high)]
    if not whole:
        return None
    caption = f"{lift if lifts else difference} with its {sure} interval; 0 is no change."
    estimates = [one for _, one in whole]
    return intervals(
        [series(estimates, [words for words, _ in whole], [signed(one) for one in estimates])],
        unit=estimates[0].unit,
        description=f"{caption} {headline}",
        caption=caption,
        from_zero=True,
    )
