"""Days on which taking units in may have failed: none in an arm, none at all, or far fewer than on such weekdays."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from pmlib.core.periods import day_text
from pmlib.core.words import listed
from pmlib.experiments.checks.gate import Gate, of_rows
from pmlib.experiments.checks.tallies import Tallies
from pmlib.experiments.exposure.gaps import Course
from pmlib.experiments.reading.splits import ALARM
from pmlib.experiments.trial import Trial
from pmlib.stats.trials.falls import SHORTEST, falls
from pmlib.stats.trials.portions import planned_portion

NAME = "units on each day"
SHOWN = 5
"""So many days are named."""


@of_rows(NAME)
def outages(trial: Trial, found: Tallies) -> Gate:
    """Check that units came on each day, into each arm its portion of all days."""
    if not found.days:
        return Gate(NAME, "not checked", "No column tells the day of a unit.")
    odd = uneven(found)
    if odd:
        words = f"{'; '.join(odd[:SHOWN])}{f'; and {len(odd) - SHOWN:,} more days' if len(odd) > SHOWN else ''}"
        words = f"An arm lacks its portion of a day's units: {words}."
        action = (
            "Find out what happened to assignment or logging then; leave those days out of every arm, or start anew."
        )
        return Gate(NAME, "alarm", f"{words}{thin(found)}", action, query=found.query)
    low = thin(found)
    if low:
        action = "Find out whether logging failed or a holiday kept people away; what hits all arms alike biases none."
        return Gate(NAME, "doubt", low.strip(), action, query=found.query)
    words = "No day lacks units, and no arm its portion of a day's."
    if len(found.days) < SHORTEST:
        words += f" Fewer than {SHORTEST} days do not tell whether a day fell short of its weekday."
    return Gate(NAME, "passed", words, query=found.query)


def uneven(found: Tallies) -> list[str]:
    """Return the days on which an arm has not its portion, all days and arms allowed for, in words."""
    shares = found.by_arm / found.by_arm.sum()
    if (shares <= 0).any():
        return []
    days = np.flatnonzero(found.daily)
    p = planned_portion(found.units[days], found.daily[days, None], shares[None, :])
    # Of two arms the one tells all of the other.
    tests = (1 if len(shares) == 2 else len(shares)) * len(days)
    said = []
    for at, chances in zip(days, p, strict=True):
        if chances.min() * tests < ALARM:
            # The arm that lacks units is named, not the one that has the others' portion too.
            off = np.flatnonzero(chances * tests < ALARM)
            arm = int(off[np.argmin(found.units[at, off] / shares[off])])
            count, total = int(found.units[at, arm]), int(found.daily[at])
            said.append(f"{found.arms[arm]} {count or 'none'} of {total:,} on {day_text(found.days[at], year=True)}")
    return said


def thin(found: Tallies) -> str:
    """Say on which days no unit came at all, or less than half of what such weekdays bring; ``""`` for none."""
    counts = {
        (day, arm): int(found.units[at, place])
        for at, day in enumerate(found.days)
        for place, arm in enumerate(found.arms)
    }
    empty = Course(found.days, counts, {}, found.arms).empty()
    fallen = [one for one in falls(found.daily.tolist()) if found.days[one.at] not in empty]
    said = ""
    if empty:
        said += f" No unit came on {dates(empty)}, between days with many."
    if fallen:
        parts = [
            f"{one.units:,} on {day_text(found.days[one.at], year=True)} where {one.expected:,.0f} were to be expected"
            for one in fallen
        ]
        said += f" Less than half of the units came that such weekdays bring: {listed(parts)}."
    return said


def dates(days: Sequence[date]) -> str:
    """Write some days."""
    return listed([day_text(day, year=True) for day in days])
