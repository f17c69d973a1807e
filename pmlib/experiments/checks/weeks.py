"""Whether units were taken in for whole weeks, so that each weekday counts alike."""

from datetime import timedelta

import numpy as np

from pmlib.core import Period
from pmlib.core.words import listed
from pmlib.experiments.checks.gate import Gate, by_chance
from pmlib.experiments.checks.tallies import Tallies
from pmlib.experiments.exposure.spans import WEEK, whole_weeks
from pmlib.experiments.reading.splits import ALARM
from pmlib.experiments.trial import Trial
from pmlib.stats.trials.portions import unlike_portions

NAME = "whole weeks"
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def weeks(trial: Trial, found: Tallies) -> Gate:
    """Check that units were taken in for whole weeks, one at least, and on the same weekdays in each arm."""
    days = taken_in(trial, found)
    if days is None:
        return Gate(NAME, "not checked", "Nothing tells on which day a unit was taken in.")
    held = whole_weeks(days)
    ok, words = held.ok, held.text
    if days.days < WEEK:
        words = f"Less than a week. {words}"
    mix = weekdays(found)
    if mix:
        ok, words = False, f"{words} {mix}"
    action = "" if ok else "Let it run to the end of a whole week before it is read."
    return Gate(NAME, "passed" if ok else "doubt", words, action, query=found.query)


def taken_in(trial: Trial, found: Tallies) -> Period | None:
    """Return the days on which units were taken in.

    They begin with the registered start, unless nobody came for a week from then on. Days after the last unit belong to
    them as far as they fill its week and the data reach over them: nobody came then.
    """
    days = found.period if trial.source.has_rows else trial.period
    if days is None:
        return None
    start = trial.registration.start
    near = start is not None and start < days.start and (days.start - start).days < WEEK
    first = start if start is not None and near else days.start
    seen, horizon = trial.as_of, trial.registration.horizon
    filled = days.end + timedelta(days=-Period(first, days.end).days % WEEK)
    if seen is not None and days.end < filled <= min(seen, horizon or seen):
        return Period(first, filled)
    return Period(first, days.end)


def weekdays(found: Tallies) -> str:
    """Say on which weekday one arm took in more than its portion; ``""`` where none did."""
    if not found.days:
        return ""
    whole = found.by_arm
    of = np.array([day.weekday() for day in found.days])
    sums = [found.units[of == number].sum(axis=0) for number in range(WEEK)]
    chances = [unlike_portions(one.tolist(), whole.tolist()) for one in sums]
    least = int(np.argmin(chances))
    if chances[least] >= ALARM / WEEK:
        return ""
    rows = zip(found.arms, sums[least], whole, strict=True)
    parts = listed([f"{count:,} of {units:,} in {arm}" for arm, count, units in rows], 20)
    return f"The arms differ in how many units came on a {NAMES[least]}: {parts} ({by_chance(chances[least])})."
