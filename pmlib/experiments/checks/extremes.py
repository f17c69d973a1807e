"""Whether a few units carry a metric: what its cap cuts off in each arm, and what stands without one."""

from collections.abc import Sequence

from pmlib.core import Unit
from pmlib.core.words import capital, listed
from pmlib.experiments.checks.gate import Gate, State, by_chance, of_rows
from pmlib.experiments.checks.tallies import Held, Tallies
from pmlib.experiments.reading.clusters import CUT
from pmlib.experiments.reading.readings import HEAVY
from pmlib.experiments.reading.splits import ALARM
from pmlib.experiments.trial import Trial
from pmlib.sources.registrations import Measure
from pmlib.stats.trials.portions import unlike_portions

NAME = "extreme values"
ENOUGH = 100
"""Units below which one of them carries much of any sum."""


@of_rows(NAME)
def extremes(trial: Trial, found: Tallies) -> Gate:
    """Check what caps cut off, whether as often in each arm, and whether one unit carries an uncapped metric."""
    sums = [one for one in trial.registration.measures if summed(one, found)]
    caps = [one for one in sums if one.cap is not None]
    alarms: list[str] = []
    doubts: list[str] = []
    calm: list[str] = []
    for one in sums:
        held = found.held[one.name, one.cap]
        if one.cap is None:
            doubts += carried(one, held, found.arms, "cluster" if trial.registration.cluster else "unit")
            continue
        if one.over and emptied(found.held[one.over, one.cap]):
            alarms.append(
                f"What {one.label} is divided by is cut off at 0 for all units: nothing is left to divide by."
            )
            continue
        state, words = cut(one, held, found.arms, len(caps))
        (alarms if state == "alarm" else doubts if state == "doubt" else calm).append(words)
    calm += [note for note in trial.units.origin.notes if note.startswith(CUT)]
    if not sums:
        return Gate(NAME, "not checked", "No metric is a mean, so no unit can carry it.")
    said = [*alarms, *doubts, *calm] or [
        f"No cap is registered, and no {'cluster' if trial.registration.cluster else 'unit'} carries "
        f"{Unit.SHARE.text(HEAVY)} of a sum."
    ]
    state = "alarm" if alarms else "doubt" if doubts else "passed"
    action = ""
    if alarms:
        action = "Register a higher cap: as it is, the metric says nothing of how much."
    elif any(one.cap is None for one in sums) and doubts:
        action = "Look at those units; register a cap such as 0.99 next time, and read this one with and without them."
    return Gate(NAME, state, " ".join(said), action, query=found.query)


def summed(measure: Measure, found: Tallies) -> bool:
    """Whether a metric is made of sums of amounts, and no share or quantile."""
    yes_or_no = found.held[measure.name, measure.cap].column.yes_or_no
    return measure.kind in ("mean", "ratio") or (measure.kind == "" and not yes_or_no)


def emptied(held: Held) -> bool:
    """Whether a cap leaves nothing but zeros."""
    return held.column.ceiling == 0 == min(held.least)


def cut(measure: Measure, held: Held, arms: Sequence[str], tests: int) -> tuple[State, str]:
    """Tell what a cap cuts off in each arm."""
    label, ceiling = measure.label, held.column.ceiling
    if ceiling is None:
        return "doubt", f"{capital(label)} has no value that could be cut off."
    count, whole = held.cut.sum(axis=0).tolist(), held.filled.sum(axis=0).tolist()
    at = f"{capital(label)} is cut off at {Unit.NUMBER.text(ceiling)}"
    rows = zip(arms, count, whole, strict=True)
    parts = listed([f"{a:,} of {b:,} units in {arm} ({Unit.SHARE.text(a / b)})" for arm, a, b in rows if b], 20)
    if sum(count) and ceiling <= min(held.least):
        return "alarm", f"{at}, its smallest value: all units read the same, {parts} are cut off."
    if not sum(count):
        return "passed", f"{at}, its largest value: nothing is cut off."
    p = unlike_portions(count, whole)
    if p < ALARM / tests:
        return "doubt", f"{at}, for {parts}, more in one arm than in another ({by_chance(p)}): it hides a difference."
    return "passed", f"{at}, for {parts}, no arm more than chance gives ({by_chance(p)})."


def carried(measure: Measure, held: Held, arms: Sequence[str], noun: str) -> list[str]:
    """Say where one unit carries much of a metric without a cap, or one cluster."""
    bare = ", which has no cap" if noun == "unit" else ""
    filled = held.filled.sum(axis=0).tolist()
    return [
        f"One of {count:,} {noun}s in {arm} carries {Unit.SHARE.text(largest)} of all {measure.label}{bare}."
        for arm, count, largest in zip(arms, filled, held.largest, strict=True)
        if count >= ENOUGH and largest >= HEAVY and not held.column.yes_or_no
    ]
