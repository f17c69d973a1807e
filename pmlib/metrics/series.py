"""A metric by week or day; every period is counted anew, so that distinct people are never added up."""

import math
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import sqlglot
from sqlglot import exp

from pmlib.core import Grain, SettingError, TooFewError, nearest
from pmlib.core.periods import day_text
from pmlib.engine import place, sql
from pmlib.metrics.catalogue import Metric, find
from pmlib.metrics.points import STEP, Points
from pmlib.sources.contract import EVENT_COLUMNS, Events

WEEK = sqlglot.parse_one("CAST(day - CAST((isodow(day) - $week_start + 7) % 7 AS INTEGER) AS DATE)", dialect="duckdb")
DAY = exp.column("day")
PEOPLE = sqlglot.parse_one("count(DISTINCT user_id)", dialect="duckdb")


def weekly(
    events: Events, metric: str | Metric, *, start: str = "", action: str = "", weeks: int | None = None
) -> Points:
    """Compute a metric for each complete calendar week.

    Parameters
    ----------
    metric
        A metric, or the name of one that comes with the library.
    start, action
        The events for which ``$start`` and ``$action`` stand.
    weeks
        How many weeks back; all by default. A first week that the data do not cover from its first day is left out.

    Returns
    -------
    Points
        A week without events is 0 for a flow or a distinct count and ``None`` for a ratio or share.

    Raises
    ------
    SettingError
        If the metric, an event or a column it needs is not known.
    TooFewError
        If no week is complete.
    """
    first, last = first_day(events), events.weeks.last_complete(events.as_of)
    whole = events.weeks.of(first)
    begin = whole.start if whole.start == first else whole.end + timedelta(days=1)
    if begin > last.start:
        raise TooFewError(
            f"No week is complete: the events run from {day_text(first, year=True)} to "
            f"{day_text(events.as_of, year=True)}. Load at least one whole week."
        )
    if weeks is not None:
        begin = max(begin, events.weeks.before(last, weeks - 1).start)
    return counted(events, metric, {"start": start, "action": action}, "week", begin, last.end)


def daily(
    events: Events, metric: str | Metric, *, start: str = "", action: str = "", days: int | None = None
) -> Points:
    """Compute a metric for each complete local day; see :func:`weekly`."""
    begin = first_day(events)
    if days is not None:
        begin = max(begin, events.as_of - timedelta(days=days - 1))
    return counted(events, metric, {"start": start, "action": action}, "day", begin, events.as_of)


def first_day(events: Events) -> date:
    """Return the first local day the data cover; of the whole source where events were narrowed to a segment."""
    first = events.query("SELECT min(day) AS day FROM events").one().day
    if first is None:
        where = f" with {events.segment}" if events.segment else ""
        raise TooFewError(f"There is no event{where} up to {day_text(events.as_of, year=True)}. Load or keep some.")
    return min(first, events.origin.first) if events.origin.first else first


def counted(
    events: Events, metric: str | Metric, roles: dict[str, str], every: Grain, since: date, until: date
) -> Points:
    """Run the query and fill the periods that have no events."""
    chosen = find(metric) if isinstance(metric, str) else metric
    given = {role: named(events, chosen, role, roles[role]) for role in chosen.roles}
    text = place(
        sql(__package__, "series.sql"),
        the_bucket=WEEK if every == "week" else DAY,
        the_amount=read(chosen.sql, chosen, events),
        the_base=read(chosen.over or PEOPLE, chosen, events),
    )
    try:
        cells = events.query(text, since=since, until=until, **given)
    except duckdb.Error as error:
        fault = str(error).splitlines()[0]
        raise SettingError(
            f"The metric '{chosen.name}' cannot be computed: {fault}. Mend its sql in metrics.toml, or the types of "
            "the columns it reads."
        ) from error
    rows = {row.bucket: row for row in cells}
    dates = tuple(since + place * STEP[every] for place in range((until - since) // STEP[every] + 1))
    found = [rows.get(day) for day in dates]
    values = [value(chosen, row.amount, row.n) if row else value(chosen, None, None) for row in found]
    return Points(
        chosen.name,
        chosen.title,
        chosen.unit,
        dates,
        tuple(values),
        every,
        chosen.kind,
        chosen.better,
        tuple(int(row.n or 0) if row else 0 for row in found),
        tuple(int(row.days) if row else 0 for row in found),
        cells.sql,
        described(events, chosen, every, given),
    )


def named(events: Events, metric: Metric, role: str, event: str) -> str:
    """Return the event that stands for a role, if it was given and occurs."""
    if not event:
        raise SettingError(
            f"The metric '{metric.name}' needs {role}: the name of an event, such as {events.names()[0]}."
        )
    return events.known(event)


def read(part: exp.Expr, metric: Metric, events: Events) -> exp.Expr:
    """Put the events' own columns where an aggregate names them."""
    known = [*EVENT_COLUMNS, *events.properties]

    def swap(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column) or node.name in EVENT_COLUMNS:
            return node
        if node.name not in events.properties:
            raise SettingError(
                f"The metric '{metric.name}' reads '{node.name}'; the events have {', '.join(known)}."
                f"{nearest(node.name, known)}"
            )
        return events.property(node.name)

    return part.copy().transform(swap)


def value(metric: Metric, amount: float | Decimal | None, base: float | Decimal | None) -> float | None:
    """Return the metric of one period; nothing is 0 for a sum or count and unknown for a quotient."""
    if metric.over is None:
        base = 1.0
    if not base:
        return None
    result = float(amount or 0) / float(base)
    return result if math.isfinite(result) else None


def described(events: Events, metric: Metric, every: Grain, given: dict[str, str]) -> str:
    """Write the definition line."""
    roles = {"start": "start event", "action": "key action"}
    first = f" from {events.weeks.first.capitalize()}" if every == "week" else ""
    return events.describe(
        metric.meaning.rstrip("."),
        *(f"{roles[role]} {event}" for role, event in given.items()),
        f"calendar {every}s{first}",
    )
