"""One experiment of a team's list as it stands: how far it is, what raises an alarm, what may be said of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from pmlib.core import Ledger, Period, PmlibError
from pmlib.core.periods import day_text
from pmlib.core.words import many
from pmlib.experiments.checks.conduct import edited, elsewhere
from pmlib.experiments.checks.gate import Gate
from pmlib.experiments.checks.gates import gating
from pmlib.experiments.checks.outages import outages
from pmlib.experiments.checks.splits import planned_split
from pmlib.experiments.checks.tallies import Tallies, tallies
from pmlib.experiments.decision.calls import by_arm, chosen, decided, stopped
from pmlib.experiments.decision.impact import weekly_units
from pmlib.experiments.decision.reasons import Call, Maker
from pmlib.experiments.exposure import exposed
from pmlib.experiments.reading.comparisons import Comparison
from pmlib.experiments.reading.rows import Rows
from pmlib.experiments.reading.standing import Standing
from pmlib.experiments.trial import Log, Trial, trial
from pmlib.metrics.catalogue import own_file
from pmlib.sources import load_events, load_units
from pmlib.sources.aggregates import Aggregates, load_aggregates
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Registration, deviations
from pmlib.sources.trials import Listed

State = Literal["unread", "late", "due", "running", "planned", "decided"]
WAITING = 7
"""So many days after its end an experiment is to be read; then it is late."""
QUIET = 7
"""So many days without a unit are odd while units are to come, or twice the longest pause there was."""


@dataclass(frozen=True)
class Stand:
    """An experiment as it stands.

    Parameters
    ----------
    as_of
        The last day that counts.
    reason
        Why nothing is known of it, for the state ``"unread"``.
    pace
        Units a week, ``None`` where no column tells the days.
    call
        What is to be done, ``None`` where the plan lets nothing be said yet.
    goals
        Its goals in each arm; () where the plan lets nothing be said yet.
    gates
        What was looked at before anything is read.
    notes
        What is not as it was registered, and what is odd in its data, a sentence each.
    """

    listed: Listed
    as_of: date
    state: State
    reason: str = ""
    plan: Registration | None = None
    standing: Standing | None = None
    total: int = 0
    period: Period | None = None
    pace: float | None = None
    call: Call | None = None
    goals: tuple[Comparison, ...] = ()
    gates: tuple[Gate, ...] = ()
    notes: tuple[str, ...] = ()
    source: str = ""
    ledger: Ledger | None = None
    query: str = ""

    @property
    def name(self) -> str:
        """What it is called."""
        return self.listed.name

    @property
    def decision(self) -> str:
        """What people decided by then: ``"shipped"``, ``"rolled back"``, or ``""``."""
        return (self.listed.settings.decision or "") if self.listed.decided(self.as_of) else ""

    @property
    def open(self) -> bool:
        """Whether it runs or waits for somebody."""
        return self.state != "decided"

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.state in {"late", "due", "decided"}

    @property
    def alarms(self) -> tuple[Gate, ...]:
        """What has to be looked into."""
        return tuple(gate for gate in self.gates if gate.state == "alarm")

    @property
    def word(self) -> str:
        """The call; what has ended cannot be kept running."""
        if self.call is None:
            return ""
        return "Cannot tell" if self.over and self.call.word == "Keep running" else self.call.word

    @property
    def looking(self) -> bool:
        """Whether a look is planned for this very day, before the end."""
        return self.state == "running" and self.plan is not None and self.as_of in self.plan.looks

    @property
    def to_read(self) -> bool:
        """Whether it is to be read now."""
        return self.state == "due" or self.looking

    @property
    def part(self) -> float | None:
        """The part of the planned units that is there."""
        return self.total / self.plan.units if self.plan and self.plan.units and self.total else None

    @property
    def gone(self) -> float | None:
        """The part of the planned days that is gone."""
        plan = self.plan
        if plan is None or plan.start is None or plan.days is None or self.state in {"planned", "unread"}:
            return None
        return min(((self.as_of - plan.start).days + 1) / plan.days, 1.0)

    @property
    def past(self) -> int | None:
        """Days since its planned end; ``None`` where it is not over, or no end is known."""
        end = self.plan.horizon if self.plan else None
        return (self.as_of - end).days if self.over and end is not None and self.as_of >= end else None


def stood(one: Listed, as_of: date) -> Stand:
    """Tell how an experiment stands at the end of a day; what keeps it from being read is part of the answer."""
    start = one.registration.start if one.registration else one.settings.start
    if one.fault:
        return Stand(one, as_of, "unread", one.fault)
    if start is not None and start > as_of:
        return Stand(one, as_of, "planned", plan=one.registration)
    try:
        return read(one, as_of)
    except PmlibError as error:
        return Stand(one, as_of, "unread", one.bare(str(error)), one.registration)


def read(one: Listed, as_of: date) -> Stand:
    """Read an experiment's data."""
    given, log = loaded(one, min(as_of, one.decided(as_of) or as_of))
    made = replace(opened(one, given, as_of), log=log)
    plan, standing = made.registration, made.standing
    endless = plan.horizon is None and plan.units is None
    whole = given.period if isinstance(given, Aggregates) else Rows(given).period
    # What units did after this day stands in their rows all the same.
    ahead = whole is not None and whole.end > as_of
    state = state_of(made, as_of, endless=endless or ahead)
    if one.decided(as_of):
        state = "decided"
    elif one.settings.state:
        state = "running" if one.settings.state == "running" else "due" if state == "running" else state
    told = state != "running" or (may_tell(standing) and not ahead)
    bars, others = looked_at(made, state == "running")
    gates = (*bars, *others)
    call = decided(made, bars) if told else early(made, bars)
    if call and state == "running" and harms(call):
        gates = (*gates, Gate("a clear harm", "alarm", call.why, call.action))
    return Stand(
        *(one, as_of, state, "", plan, standing, made.arms.total, made.period),
        weekly_units(made),
        call,
        tuple(made.of(plan.goals)) if told else (),
        gates,
        (*notes(made, as_of, whole, endless=endless), *(check.text for check in given.checks if not check.ok)),
        given.origin.name,
        given.origin.ledger,
        "\n\n".join(dict.fromkeys(made.readings[goal.name].query for goal in plan.goals)) if told else made.arms.query,
    )


def state_of(made: Trial, as_of: date, *, endless: bool) -> State:
    """Tell whether an experiment runs, is to be read, or has long been.

    Where a last day is planned it alone says when it is over: the windows of the last units have to pass, however many
    there are already.
    """
    end = made.registration.horizon
    if end is None:
        return "due" if made.standing.over and not endless else "running"
    past = (as_of - end).days
    return "running" if past < 0 else "late" if past > WAITING else "due"


def loaded(one: Listed, last: date) -> tuple[Units | Aggregates, Log | None]:
    """Load what the list names, with the events up to a day: units, units made of events and these, or aggregates."""
    sheet = one.settings
    if one.aggregates:
        found = load_aggregates(one.aggregates)
        return found.of(one.name) if len(found.experiments) > 1 else found, None
    units = load_units(one.data, unit=sheet.unit or None, arm=sheet.arm or None) if one.data else None
    if one.events and one.registration:
        events = load_events(one.events, timezone=sheet.timezone or None)
        events = replace(events, as_of=min(events.as_of, last))
        own = catalogue_of(one)
        log = Log(events, one.registration, units, own)
        return exposed(events, one.registration, exposures=units, metrics=own), log
    return units or load_units(one.data), None


def catalogue_of(one: Listed) -> str | Path | None:
    """Return the file of the metrics that a plan names: the one given, else that beside its events, plan or data."""
    sheet = one.settings
    plan = str(Path(one.folder) / sheet.registration) if sheet.registration else ""
    return one.metrics or own_file(one.events, plan, one.data)


def opened(one: Listed, given: Units | Aggregates, as_of: date) -> Trial:
    """Put units and plan together; what was decided or over is read as it was then."""
    sheet, plan = one.settings, one.registration
    if plan is None:
        # An end that the list names was fixed by somebody; without one the result may be looked at on any day.
        ends = (sheet.start and sheet.days) or sheet.units
        asked = trial(
            given,
            metric=sheet.metric,
            smallest=sheet.smallest,
            control=sheet.control,
            weights=sheet.weights,
            guardrails=sheet.guardrails,
            reading="once" if ends else "",
        )
        plan = replace(asked.registration, name=one.name, start=sheet.start, days=sheet.days, units=sheet.units)
    days = (as_of, one.decided(as_of), plan.horizon, given.origin.through)
    last = min(day for day in days if day is not None)
    return trial(given, registration=plan, as_of=last, metrics=catalogue_of(one))


def may_tell(standing: Standing) -> bool:
    """Whether the plan lets something be said of the effect while the experiment runs.

    Each reading between planned looks would be a look of its own, and the chance of a false alarm would grow with every
    review.
    """
    plan = standing.plan
    if plan.reading == "group-sequential":
        return standing.on in plan.looks
    return plan.reading == "always-valid"


def looked_at(made: Trial, running: bool) -> tuple[list[Gate], list[Gate]]:
    """Look at what has to hold before anything is read, and at what else is odd; nothing here tells of the effect."""
    if not made.source.has_rows:
        return [*elsewhere(made), planned_split(made)], [*edited(made)]
    found = tallies(made)
    others = [*edited(made), outages(made, found)]
    others += quiet(made, found) if running else ()
    bars, others = ([gate for gate in some if gate.state != "not checked"] for some in (gating(made, found), others))
    return bars, others


def quiet(made: Trial, found: Tallies) -> Iterator[Gate]:
    """Find out whether units have stopped to come though they are to come."""
    plan, on = made.registration, made.standing.on
    if not found.days or on is None:
        return
    # In the last days of a plan nobody is taken in any more: the windows have to pass.
    windows = timedelta(days=max([one.window or 0.0 for one in plan.measures]))
    if plan.horizon is not None and on > plan.horizon - windows:
        return
    last, pause = found.days[-1], 0
    longest = 0
    for count in found.daily:
        pause = 0 if count else pause + 1
        longest = max(longest, pause)
    since = (on - last).days
    if since > max(QUIET, 2 * longest):
        words = f"No unit has come since {day_text(last, year=True)}, {many(since, 'day')} before."
        action = "Find out whether the assignment, its logging or the export has stopped."
        yield Gate("its intake", "alarm", words, action, query=found.query)


def early(made: Trial, bars: Sequence[Gate]) -> Call | None:
    """Call only harm that no early look explains; after an alarm not even that."""
    if made.split.alarm or any(gate.state == "alarm" for gate in bars):
        return None
    stops = [call for goals, guards in by_arm(made) if (call := stopped(Maker(made, goals, guards)))]
    return chosen(stops) if stops else None


def harms(call: Call) -> bool:
    """Whether a call is one to stop because something is clearly worse."""
    worse = any(one.bad for one in call.goals) or any(guard.harmed for guard in call.guards)
    return call.word == "Roll back" and worse


def notes(made: Trial, as_of: date, whole: Period | None, *, endless: bool) -> Iterator[str]:
    """Say what is not as it was registered."""
    plan = made.registration
    if endless and plan.reading != "always-valid":
        yield "No end is planned, so nothing says when its result may be read."
    elif not made.registered:
        yield "Nobody registered a plan."
    if made.registered:
        arms = dict(zip(made.split.names, made.split.counts, strict=True)) | dict(made.split.strays)
        first = made.period.start if made.period else None
        yield from deviations(plan, arms, first=first)
    last = whole.end if whole else None
    if last and last > as_of:
        yield f"Its units reach to {day_text(last, year=True)}, past the last day that counts here."
    elif last and plan.horizon and last > plan.horizon:
        yield (
            f"Its units reach to {day_text(last, year=True)}, past its planned end on "
            f"{day_text(plan.horizon, year=True)}."
        )
