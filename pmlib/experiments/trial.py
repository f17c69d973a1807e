"""An experiment as it is read: its units, its plan, and each metric in each arm."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal

from pmlib.core import Period, SettingError, TooFewError, nearest
from pmlib.core.words import listed
from pmlib.experiments.arguments import Names, day_of, fitting, listing, measure, units_of
from pmlib.experiments.exposure import exposed, in_columns
from pmlib.experiments.exposure.doubts import refuse_unplanned
from pmlib.experiments.reading.aggregated import Sums
from pmlib.experiments.reading.arms import Arms, Weights, planned
from pmlib.experiments.reading.comparisons import Comparison, compared
from pmlib.experiments.reading.days import Past, counted, waits
from pmlib.experiments.reading.readings import Reading
from pmlib.experiments.reading.rows import Rows
from pmlib.experiments.reading.splits import Split, checked, weekly
from pmlib.experiments.reading.standing import Standing, ended, standing, unclocked
from pmlib.sources.aggregates import Aggregates
from pmlib.sources.contract import Events, Units
from pmlib.sources.registrations import Measure, Registration, load_registration

Source = Rows | Sums
"""What an experiment is read from; both answer the same questions, or say that they cannot."""
SMALLEST = (0.001, 1.0)


@dataclass(frozen=True)
class Log:
    """Where the metrics of an experiment were counted, to count them anew by days since exposure."""

    events: Events
    registration: Registration
    exposures: Units | None
    metrics: str | Path | None = None
    at: str = ""
    times: str = ""


@dataclass(frozen=True)
class Trial:
    """Units in arms, and what was planned for them.

    Parameters
    ----------
    source
        What is read: rows of units, or aggregates where nobody has units.
    registration
        What was written down before; where there was no such file, what was asked for.
    split
        The units seen in each arm against the plan.
    as_of
        The day whose end is read; where nobody says, the last on which units were taken in.
    log
        The events its metrics were counted in; ``None`` where they came as columns.
    """

    source: Source
    registration: Registration
    arms: Arms
    split: Split
    as_of: date | None = None
    log: Log | None = None

    @property
    def units(self) -> Units:
        """Its units with their origin and columns; of aggregates there are no rows, and whoever asks is told so."""
        return self.source.units

    @property
    def registered(self) -> bool:
        """Whether the plan was written down in a file."""
        return bool(self.registration.digest)

    @property
    def control(self) -> str:
        """The arm the others are compared with."""
        return self.arms.control

    @property
    def two(self) -> bool:
        """Whether one arm is compared with control, so that it need not be named."""
        return len(self.arms.names) == 2

    @property
    def day(self) -> str | None:
        """The column that tells when a unit was taken in."""
        return self.source.day

    @property
    def period(self) -> Period | None:
        """The first and last day of its units, where something tells."""
        return self.source.period

    @cached_property
    def standing(self) -> Standing:
        """Where the reading stands in its plan."""
        found = self.stood()
        waiting = {one.name: one.label for one in self.registration.measures if waits(one)}
        blind = [label for name, label in waiting.items() if self.past and name not in self.past.known]
        return replace(found, doubts=unclocked(blind) if found.look is not None else ())

    def standing_of(self, metric: str) -> Standing:
        """Where the reading of a metric stands: its looks count the units that had a value of it by then."""
        earlier: tuple[int, ...] | None = ()
        if self.registration.reading == "group-sequential":
            earlier = self.past.known.get(metric) if self.past else None
        # Clusters are in the readings, yet the plan names units: those taken in are held against it.
        if self.registration.reading == "once" or self.registration.cluster or earlier is None:
            return self.standing
        return self.stood([*earlier, sum(group.n for group in self.readings[metric].groups)])

    def stood(self, known: Sequence[int] = ()) -> Standing:
        """Tell where a reading stands, from the units that had a value by each look, where these are known."""
        told = self.as_of is not None
        return standing(self.registration, self.arms.total, self.on, self.taken, known=known, told=told)

    @property
    def on(self) -> date | None:
        """The day whose end is read, where anything tells."""
        return self.as_of or (self.period.end if self.period else None)

    @cached_property
    def earlier(self) -> list[date]:
        """The looks that were planned before the present one."""
        return [day for day in self.registration.looks if self.on is not None and day < self.on]

    @cached_property
    def past(self) -> Past | None:
        """How many units there were by the earlier looks; ``None`` where there was none, or nothing tells the days."""
        waiting = [one for one in self.registration.measures if waits(one)]
        return self.source.until(self.earlier, self.arms, waiting) if self.earlier else None

    @property
    def taken(self) -> list[tuple[date, int]]:
        """The earlier looks with the units taken in by then."""
        return list(zip(self.earlier, self.past.units, strict=True)) if self.past else []

    @cached_property
    def counted(self) -> str:
        """How many units there are, and from which days."""
        return counted(self.arms.total, self.period)

    @cached_property
    def readings(self) -> dict[str, Reading]:
        """Each metric by its name, all from one pass; of secondary metrics those that tell anything."""
        return {
            one.name: reading
            for one in self.registration.measures
            if isinstance(reading := self.read[one.name], Reading)
        }

    @cached_property
    def untold(self) -> list[str]:
        """Why secondary metrics tell nothing."""
        return [str(why) for why in self.read.values() if isinstance(why, TooFewError)]

    @cached_property
    def read(self) -> dict[str, Reading | TooFewError]:
        """Each metric by its name, or why it tells nothing; a goal or guardrail that tells nothing is refused."""
        measures = self.registration.measures
        try:
            return dict(zip((one.name for one in measures), self.source.read(measures, self.arms), strict=True))
        except TooFewError:
            return {one.name: self.alone(one) for one in measures}

    def alone(self, measure: Measure) -> Reading | TooFewError:
        """Read one metric by itself."""
        try:
            return self.source.read([measure], self.arms)[0]
        except TooFewError as error:
            if measure.role == "secondary":
                return error
            raise

    @cached_property
    def comparisons(self) -> dict[str, list[Comparison]]:
        """Each metric in each arm against control; the arms of a goal are judged together, a guardrail's alone."""
        return {
            name: compared(reading, self.standing_of(name), together=reading.measure.role != "guardrail")
            for name, reading in self.readings.items()
        }

    def of(self, measures: Sequence[Measure]) -> list[Comparison]:
        """Return the comparisons of some metrics, in their order."""
        return [one for measure in measures for one in self.comparisons[measure.name]]

    def named(self, metric: str) -> str:
        """Return a metric's name, the first goal's where none is given.

        Raises
        ------
        SettingError
            With the nearest name, if it is not among those read; if there is no goal.
        """
        if not metric and not self.registration.goals:
            raise SettingError(
                "The experiment has no goal. Name the column that decides: trial(…, metric='converted')."
            )
        known = list(self.readings)
        if metric and metric not in known:
            raise SettingError(
                f"The experiment has no metric '{metric}'; it reads {', '.join(known)}.{nearest(metric, known)}"
            )
        return metric or self.registration.goals[0].name


@fitting
def trial(
    units: object = None,
    *,
    events: Events | None = None,
    registration: Registration | str | Path = "",
    metric: Names = "",
    control: str = "control",
    weights: Weights = None,
    guardrails: Names = "",
    smallest: float = 0.05,
    as_of: str | date = "",
    metrics: str | Path | None = None,
    at: str = "",
    times: str = "",
    reading: Literal["", "once", "always-valid"] = "",
) -> Trial:
    """Put an experiment's units and its plan together, to ask questions of.

    Parameters
    ----------
    units
        The experiment's units, all that were put into an arm, or a file or frame of them; or aggregates of one
        experiment, which tell split, lift, guardrails and verdict as the units would. With ``events`` those who were
        exposed and when, or nothing where the registration names the event that says so.
    events
        The log in which registered metrics are counted, such as an event within seven days after exposure. Without it,
        or without a registration, the units hold a column a metric.
    registration
        What was written down before the start, or its file. With it the settings below are not read.
    metric
        The goals: columns of numbers, with commas or as a list; a leading minus (``-refunds``) says that less is
        better. Where all values are 0 or 1 a column is read as a share, else as a mean a unit; an amount of money that
        is 0 for all is a mean too.
    control
        The arm the others are compared with.
    weights
        The planned split: weights by arm, or text or a list such as ``1:1`` (control first, then by name); equal if
        not given.
    guardrails
        Columns that must not suffer, with commas or as a list; a leading minus as for goals.
    smallest
        The smallest lift that matters, relative: 0.05 is five per cent. It decides what "too few units" means.
    as_of
        The day whose end is read: units that came later are left out, events that happened later are not counted.
        ``"data"`` or ``""`` is the last day the source covers, ``"today"`` yesterday.
    metrics
        The team's catalogue, where the registration names metrics of it.
    at, times
        With events: the column of ``units`` that says when each was exposed, found by its name if not given, and the
        zone of times in it that name none.
    reading
        How it is read where nothing is registered. ``""`` is ``"always-valid"`` where the days of intake are known: it
        may then be read whenever one looks, and stopped when one likes. Give ``"once"``, which is sharper, only if the
        day of reading was fixed before anybody looked; a table without days is read so.

    Raises
    ------
    SettingError
        If there is no such arm, the plan does not fit the arms, no goal is given, or ``smallest`` is out of range.
    TooFewError
        If there are not two arms.
    """
    if isinstance(registration, str | Path) and str(registration):
        registration = load_registration(registration)
    log, last = None, day_of(as_of)
    given = units_of(units)
    if isinstance(registration, Registration) and events is not None and not isinstance(given, Aggregates):
        events = events if last is None or events.as_of <= last else replace(events, as_of=last)
        log = Log(events, registration, given, metrics, at, times)
        given = exposed(events, registration, exposures=given, metrics=metrics, at=at, times=times)
        refuse_unplanned(given, registration)
    if given is None:
        raise SettingError("An experiment needs its units, a table with one row each, or events and a registration.")
    whole = Sums(given) if isinstance(given, Aggregates) else Rows(given)
    source = whole if last is None else whole.cut(last)
    rows = source.units
    day = last or rows.origin.through
    if isinstance(registration, Registration):
        plan = fitted(registration, rows, metrics)
        if plan.cluster:
            source, plan = source.clustered(plan)
        return replace(placed(source, plan, source.arms(plan.control), day), log=log)
    if not SMALLEST[0] <= smallest <= SMALLEST[1]:
        raise SettingError(f"The smallest lift that matters is {smallest}; give 0.001 to 1, such as 0.05 for 5%.")
    seen = source.arms(control)
    goals = [source.completed(measure(rows, one, smallest)) for one in listing(metric)]
    guards = [source.completed(measure(rows, one, None)) for one in listing(guardrails)]
    known = {one.name for one in goals}
    if both := [one.name for one in guards if one.name in known]:
        raise SettingError(f"{listed(both)} cannot be goal and guardrail at once; leave it out of one.")
    plan = planned(seen, weights)
    dated = whole.period is not None and whole.period.days > 1
    how = reading or ("always-valid" if dated else "once")
    made = Registration(rows.origin.name, "", control, plan, (*goals, *guards), reading=how)
    return placed(source, made, seen, day)


def fitted(registration: Registration, units: Units, metrics: str | Path | None) -> Registration:
    """Return the plan with its metrics as the columns they become, where the units hold those."""
    if not any(one.event or one.sql or one.metric for one in registration.measures):
        return registration
    plan = in_columns(registration, metrics=metrics)
    pairs = zip(plan.measures, registration.measures, strict=True)
    return replace(plan, measures=tuple(held(units, made, plain) for made, plain in pairs))


def held(units: Units, made: Measure, plain: Measure) -> Measure:
    """Return a metric as it is counted in events, where the units hold what that makes, else as a plain column."""
    needed = {column for column in (made.over, made.before) if column}
    return made if needed <= set(units.columns) else plain


def placed(source: Source, registration: Registration, seen: Arms, as_of: date | None) -> Trial:
    """Set the arms seen against those planned; those that were to have nobody are compared with none."""
    made = checked(seen, registration.arms)
    kept = seen.only(made.names)
    if len(kept.names) < 2:
        raise TooFewError(
            f"Only '{kept.control}' has units; a comparison needs a second arm that was planned to have any."
        )
    on = as_of or (source.period.end if source.period else None)
    if registration.reading != "once" and not ended(registration, kept.total, on, told=as_of is not None):
        made = replace(made, bar=weekly(source.period))
    return Trial(source, registration, kept, made, as_of)
