"""Whether it was run and read as it was planned."""

from datetime import date

from pmlib.experiments.checks.gate import Gate
from pmlib.experiments.trial import Trial
from pmlib.sources.registrations import Conduct, deviations

NAME = "the plan"
FREE = "No plan was registered: nobody can tell whether metrics and end were chosen after looking at the result."


def as_planned(trial: Trial) -> Gate:
    """Check that there was a plan, that it is kept, and that nobody reads the result before its time."""
    standing, plan = trial.standing, trial.registration
    said = list(departures(trial)) if trial.registered else [FREE, *standing.cautions]
    if standing.early:
        if not any("peeking" in one for one in said):
            said = list(dict.fromkeys([*standing.cautions, *said]))
        action = "Wait for its planned end; register an always-valid reading next time if it must be looked at before."
        return Gate(NAME, "alarm", " ".join(said), action)
    if said:
        action = "" if trial.registered else "Register the next experiment before its start: goals, arms and end."
        return Gate(NAME, "doubt", " ".join(said), action)
    return Gate(NAME, "passed", f"It was run and read as registered ({plan.short}): {standing.words}.")


def departures(trial: Trial) -> tuple[str, ...]:
    """Return where it was not run or read as registered."""
    standing, plan = trial.standing, trial.registration
    arms = dict(zip(trial.split.names, trial.split.counts, strict=True)) | dict(trial.split.strays)
    read_on = counted_to(trial)
    # An interval over looks allows for each planned look that lies behind, so each counts as taken.
    earlier = [day for day in plan.looks if read_on is not None and day < read_on and standing.look is not None]
    first = trial.period.start if trial.period else None
    return deviations(plan, Conduct(arms, plan.measures, read_on, first, earlier, control=trial.control))


def counted_to(trial: Trial) -> date | None:
    """Return the last day that counts: data may reach further than the horizon, as long as no unit came after it."""
    if not trial.standing.told:
        return None
    on, end = trial.standing.on, trial.registration.horizon
    if on is None or end is None or on <= end:
        return on
    last = trial.period.end if trial.period else end
    return max(last, end)
