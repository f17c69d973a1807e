"""What was measured of each unit before its exposure."""

from pmlib.experiments.trial import Trial
from pmlib.sources.registrations import Measure
from pmlib.sources.registrations.registration import spoken

BEFORE = ("__before", "__over__before")
"""How columns end that hold a metric, or what it is divided by, as it was before."""


def covariates(trial: Trial) -> dict[str, str]:
    """Return the columns measured before exposure of goals and guardrails, and their words within a sentence."""
    found: dict[str, str] = {}
    for measure in (*trial.registration.goals, *trial.registration.guardrails):
        for column in of(measure):
            if column in trial.units.columns:
                found.setdefault(column, worded(measure, column))
    labels = list(found.values())
    # Two metrics of one title are told apart by their own names.
    return {column: label if labels.count(label) == 1 else column for column, label in found.items()}


def worded(measure: Measure, column: str) -> str:
    """Name a column by its metric's title.

    Examples
    --------
    >>> worded(Measure("clicks", over="pages", title="Click rate"), "clicks__over__before")
    'what Click rate is divided by before'
    """
    if column == measure.name + BEFORE[1]:
        return f"what {measure.label} is divided by before"
    return f"{measure.label} before" if column == measure.name + BEFORE[0] else spoken(column)


def of(measure: Measure) -> list[str]:
    """Return what the columns of a metric's past may be called."""
    named = [measure.before] if measure.before else []
    return [*named, *(f"{measure.name}{end}" for end in BEFORE)]
