"""Whether units fall into the arms as planned, asked day by day: an alarm that weekly looks do not wear out."""

import sys

import numpy as np

from pmlib.core.periods import day_text
from pmlib.core.words import listed, many
from pmlib.experiments.checks.gate import Gate
from pmlib.experiments.checks.tallies import Tallies
from pmlib.experiments.reading.splits import ALARM
from pmlib.experiments.trial import Trial
from pmlib.stats.trials.evalues import sequential_srm

NAME = "the split day by day"


def repeated_split(trial: Trial, found: Tallies) -> Gate:
    """Check the split at the end of each day so far, all days together with one chance of a false alarm.

    Where no column tells the day, the units of now are one look; the chance holds all the same.
    """
    made = trial.split
    looks = np.cumsum(found.units, axis=0).tolist()
    test = sequential_srm(looks, made.plan, label="split day by day")
    p = max(test.p or 0.0, sys.float_info.min)
    often = f"on each of {many(len(found.days), 'day')}" if found.days else "now, however often it was before"
    if p >= ALARM:
        words = f"As planned, looked at {often} ({sure(p)})."
        return Gate(NAME, "passed", words, "", (test,), found.query)
    since = f" since {day_text(found.days[first_alarm(looks, made.plan)], year=True)}" if found.days else ""
    parts = listed([f"{count:,} in {arm}" for arm, count in zip(made.names, made.counts, strict=True)])
    plan = listed([f"{count:,.0f}" for count in made.expected])
    words = f"Not as planned{since}: {parts}, where {plan} were planned; looked at {often} ({sure(p)})."
    action = "Find out what changed in assignment, redirects or logging by then, mend it and start again."
    return Gate(NAME, "alarm", words, action, (test,), found.query)


def sure(p: float) -> str:
    """Write the p-value of all looks together."""
    return "all looks together p < 0.001" if p < ALARM else f"all looks together p = {p:.3f}"


def first_alarm(looks: list[list[int]], plan: tuple[float, ...]) -> int:
    """Return the place of the first look that raises the alarm; once raised it stays."""
    low, high = 0, len(looks) - 1
    while low < high:
        middle = (low + high) // 2
        some = looks[: middle + 1]
        test = sequential_srm(some, plan) if sum(some[-1]) else None
        if test is not None and (test.p or 0.0) < ALARM:
            high = middle
        else:
            low = middle + 1
    return low
