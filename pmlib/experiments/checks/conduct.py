"""Whether it was run and read as it was planned."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from pmlib.core import Period, Unit
from pmlib.core.periods import day_text
from pmlib.experiments.checks.gate import Gate
from pmlib.experiments.trial import Trial
from pmlib.sources.registrations import deviations
from pmlib.sources.registrations import edited as edited_since

NAME = "the plan"
NEARLY = 0.9
"""With less than this part of its planned units at its end a plan is not fulfilled."""
FREE = "No plan was registered: nobody can tell whether metrics and end were chosen after looking at the result."
OPEN = "No plan was registered: nobody can tell whether metrics were chosen after looking at the result."
"""Said where one may look at any time, and so end it at any time."""
LATE = timedelta(days=7)
"""Units that begin to come this long after their plan did may be another plan's."""
ANEW = "Find out what was edited in the plan, and why; read the experiment by the plan that was registered."


def as_planned(trial: Trial) -> Gate:
    """Check that there was a plan, that it is kept, and that nobody reads the result before its time."""
    standing, plan = trial.standing, trial.registration
    said = (
        [*departures(trial), *aside(trial), *short(trial)]
        if trial.registered
        else [*unplanned(trial), *standing.cautions]
    )
    for changed in edited(trial):
        return replace(changed, words=" ".join([changed.words, *said]))
    if standing.early:
        if not any("peeking" in one for one in said):
            said = list(dict.fromkeys([*standing.cautions, *said]))
        action = "Wait for its planned end; register an always-valid reading next time if it must be looked at before."
        return Gate(NAME, "alarm", " ".join(said), action)
    if said:
        action = "" if trial.registered else "Register the next experiment before its start: goals, arms and end."
        return Gate(NAME, "doubt", " ".join(said), action)
    return Gate(NAME, "passed", f"Nothing contradicts the plan ({plan.short}): {standing.words}.")


def unplanned(trial: Trial) -> Iterator[str]:
    """Say what nobody can tell without a plan."""
    yield OPEN if trial.registration.reading == "always-valid" else FREE


def aside(trial: Trial) -> Iterator[str]:
    """Say that units began to come long after the plan's start and came beyond its end, as another plan's would."""
    plan, came = trial.registration, trial.period
    if came is None or plan.start is None or plan.horizon is None:
        return
    if came.start - plan.start > LATE and came.end > plan.horizon:
        days = Period(plan.start, plan.horizon)
        yield f"Units came {came}, and the days of the plan are {days}. Are plans swapped?"


def broken(trial: Trial) -> list[str]:
    """Return what a reader of the verdict has to know of the plan: that it was edited, or may be another's."""
    return [*(gate.words for gate in edited(trial)), *aside(trial)]


def short(trial: Trial) -> Iterator[str]:
    """Say that it ended with far fewer units than were planned."""
    standing, units, total = trial.standing, trial.registration.units, trial.arms.total
    if units and standing.over and total < NEARLY * units:
        part = Unit.SHARE.text(total / units)
        few = f"{total:,} of {units:,} planned units ({part})"
        yield f"It is over with {few}: what its plan was to see it may well miss."


def edited(trial: Trial) -> Iterator[Gate]:
    """Find out whether the plan is no longer what its file says was registered."""
    words = edited_since(trial.registration)
    if words:
        yield Gate(NAME, "alarm", words, ANEW)


def elsewhere(trial: Trial) -> Iterator[Gate]:
    """Find out whether no unit at all came within the planned days: then the plan is another experiment's."""
    plan, came = trial.registration, trial.period
    if came is None or plan.start is None:
        return
    before, after = came.end < plan.start, plan.horizon is not None and came.start > plan.horizon
    if before or after:
        first = day_text(plan.start, year=True)
        days = f"between {first} and {day_text(plan.horizon, year=True)}" if plan.horizon else f"from {first} on"
        words = f"No unit came {days}, the days of the plan; units came {came}. Are plans swapped?"
        yield Gate(
            "the days of the plan", "alarm", words, "Give the experiment its own plan, or mend its start and days."
        )


def departures(trial: Trial) -> tuple[str, ...]:
    """Return where it was not run or read as registered."""
    arms = dict(zip(trial.split.names, trial.split.counts, strict=True)) | dict(trial.split.strays)
    first = trial.period.start if trial.period else None
    return deviations(trial.registration, arms, first=first, read_on=counted_to(trial))


def counted_to(trial: Trial) -> date | None:
    """Return the last day that counts: data may reach further than the horizon, as long as no unit came after it."""
    if not trial.standing.told:
        return None
    on, end = trial.standing.on, trial.registration.horizon
    if on is None or end is None or on <= end:
        return on
    last = trial.period.end if trial.period else end
    return max(last, end)
