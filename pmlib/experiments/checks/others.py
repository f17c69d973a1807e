"""Whether units are in other experiments too."""

from collections.abc import Sequence

from pmlib.experiments.checks.gate import ROWLESS, Gate
from pmlib.experiments.exposure.overlaps import overlaps
from pmlib.experiments.trial import Trial
from pmlib.sources.contract import Units

NAME = "other experiments"
NAMELESS = "No column names the unit"
"""What the loader says where units are only numbered: such numbers meet nobody in another table."""


def others_apart(trial: Trial, others: Sequence[Units]) -> list[Gate]:
    """Check for each other experiment whether its units, and its arms, are spread evenly over these arms."""
    if not others:
        return [Gate(NAME, "not checked", "No other experiment was given.")]
    if not trial.source.has_rows:
        return [Gate(NAME, "not checked", ROWLESS)]
    if nameless(trial.units):
        return [Gate(NAME, "not checked", f"{trial.units.origin.name} does not name its units.")]
    gates: list[Gate] = []
    for label, other in named(others).items():
        name = f"units also in '{label}'"
        if nameless(other):
            gates.append(Gate(name, "not checked", f"'{label}' does not name its units."))
            continue
        found = overlaps(trial.units, {label: other})[0]
        action = "" if found.ok else f"Read only the units that are not in '{label}', or wait until it is over."
        gates.append(Gate(name, "passed" if found.ok else "alarm", found.text, action))
    return gates


def nameless(units: Units) -> bool:
    """Whether units have no name of their own."""
    return any(note.startswith(NAMELESS) for note in units.origin.notes)


def named(others: Sequence[Units]) -> dict[str, Units]:
    """Give each experiment a name of its own."""
    made: dict[str, Units] = {}
    for one in others:
        label, number = one.origin.name, 2
        while label in made:
            label, number = f"{one.origin.name} ({number})", number + 1
        made[label] = one
    return made
