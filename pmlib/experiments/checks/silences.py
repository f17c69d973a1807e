"""Metrics that fall silent: 0 for every unit from some day on, in one arm or in all."""

from dataclasses import dataclass

import numpy as np

from pmlib.core.periods import day_text
from pmlib.core.words import listed, many
from pmlib.experiments.checks.gate import Gate, by_chance, of_rows
from pmlib.experiments.checks.tallies import Held, Tallies
from pmlib.experiments.reading.splits import ALARM
from pmlib.experiments.trial import Trial
from pmlib.stats.trials.portions import none_of

NAME = "metrics on each day"
SHOWN = 5
"""So many silences are named."""


@dataclass(frozen=True)
class Silence:
    """A metric that is 0 for all units from a day on.

    Parameters
    ----------
    arm
        Where, while other arms go on; ``""`` for all arms.
    at
        The place of its first silent day; 0 for all days.
    units
        Units since then with a value.
    """

    label: str
    arm: str
    at: int
    units: int
    p: float


@of_rows(NAME)
def silences(trial: Trial, found: Tallies) -> Gate:
    """Check that no metric is 0 from some day on for all units of an arm while others go on, or for all arms.

    What happens to one arm is an alarm in a goal or guardrail, and a doubt in a metric on which no verdict rests.
    """
    measures = sorted(trial.registration.measures, key=lambda one: one.role == "secondary")
    tests = len(measures) * len(found.arms) * len(found.units)
    one_arm: list[Silence] = []
    barring = False
    every: list[Silence] = []
    for measure in measures:
        held = found.held[measure.name, measure.cap]
        one_arm += [one for one in in_arms(measure.label, held, found) if one.p * tests < ALARM]
        barring = bool(one_arm) if measure.role != "secondary" else barring
        every += [one for one in in_all(measure.label, held) if one.p * tests < ALARM]
    if one_arm:
        said = listed([f"{one.label} in {one.arm}{since(one, found)} ({by_chance(one.p)})" for one in one_arm], SHOWN)
        words = f"0 for every unit of one arm while other arms go on: {said}."
        action = "Find out whether logging is missing there or the change ends what it counts, before reading."
        return Gate(NAME, "alarm" if barring else "doubt", words, action, query=found.query)
    if every:
        said = listed([f"{one.label} for {many(one.units, 'unit')}{since(one, found)}" for one in every], SHOWN)
        words = f"0 in every arm from a day on: {said}. Those units may be too new, or logging may have ended."
        action = "Let the newest units have their time, or give the metric a window; else look at the logging."
        return Gate(NAME, "doubt", words, action, query=found.query)
    return Gate(NAME, "passed", "No metric that moves falls silent.", query=found.query)


def in_arms(label: str, held: Held, found: Tallies) -> list[Silence]:
    """Return the arms whose metric fell silent, with the chance that all that was seen since lies in other arms."""
    made: list[Silence] = []
    for place, arm in enumerate(found.arms):
        at = silent_since(held.other[:, place])
        mine, others = held.filled[at:, place].sum(), np.delete(held.filled[at:], place, axis=1).sum()
        hits = np.delete(held.other[at:], place, axis=1).sum()
        if mine and hits:
            made.append(Silence(label, arm, at, int(mine), none_of(int(hits), int(mine), int(mine + others))))
    return made


def in_all(label: str, held: Held) -> list[Silence]:
    """Return the silence of a metric in all arms, with the chance that all that was seen lies before."""
    hits, filled = held.other.sum(axis=1), held.filled.sum(axis=1)
    at = silent_since(hits)
    after = int(filled[at:].sum())
    if not (at and after):
        return []
    return [Silence(label, "", at, after, none_of(int(hits.sum()), after, int(filled.sum())))]


def silent_since(hits: np.ndarray) -> int:
    """Return the place after the last day with anything."""
    days = np.flatnonzero(hits)
    return int(days[-1]) + 1 if days.size else 0


def since(one: Silence, found: Tallies) -> str:
    """Write since when."""
    return f" since {day_text(found.days[one.at], year=True)}" if one.at and found.days else ""
