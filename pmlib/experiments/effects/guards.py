"""What must not suffer: shown unharmed, clearly harmed, or neither."""

from collections.abc import Sequence
from dataclasses import dataclass

from pmlib.core.words import capital, listed
from pmlib.experiments.reading.comparisons import Comparison, signed
from pmlib.stats.trials.margins import Margin, interval_margin


@dataclass(frozen=True)
class Guard:
    """A guardrail in one arm.

    Parameters
    ----------
    margin
        What is to be said of the loss still accepted; ``None`` where none was registered.
    """

    one: Comparison
    margin: Margin | None

    @property
    def harmed(self) -> bool:
        """Whether it is clearly worse than may be."""
        return self.one.bad if self.margin is None else self.margin.state == "inferior"

    @property
    def unproven(self) -> bool:
        """Whether a loss of the margin is neither shown nor ruled out."""
        return self.margin is not None and self.margin.state == "inconclusive"

    @property
    def doubt(self) -> str:
        """How bad it may be where nothing is clearly worse and no margin rules it out; ``""`` where nothing is."""
        one, worst = self.one, self.one.worst
        name = f"{capital(one.metric.label)} in {one.group.arm}"
        if one.bad or (self.margin is not None and self.margin.passed):
            return ""
        if worst is None:
            why = one.difference.reason or one.lift.reason
            return f"{name}: its harm cannot be bounded{f' ({why})' if why else ''}."
        end = (worst.high if one.metric.less else worst.low) or 0.0
        harm = (end > 0) if one.metric.less else (end < 0)
        return f"{name} is not proven unharmed: {worst.unit.change(end)} is possible." if harm else ""

    @property
    def words(self) -> str:
        """Its lift, and what that means for the margin: ``spend −0.3% (…), non-inferior, …``."""
        text = f"{self.one.metric.label} {signed(self.one.shown)}"
        return text if self.margin is None else f"{text}, {self.margin.words}"


def guarded(comparisons: Sequence[Comparison]) -> list[Guard]:
    """Set each guardrail against its margin."""
    return [Guard(one, margin(one)) for one in comparisons]


def margin(one: Comparison) -> Margin | None:
    """Tell what a lift's interval says of the loss still accepted."""
    measure = one.metric.measure
    if measure.margin is None:
        return None
    return interval_margin(one.lift, measure.margin, better=measure.better)


def labels(guards: Sequence[Guard]) -> str:
    """Name guardrails, each once."""
    return listed(list(dict.fromkeys(guard.one.metric.label for guard in guards)))
