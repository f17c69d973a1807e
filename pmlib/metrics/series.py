"""A metric by day, week or month; every period is counted anew, so that distinct people are never added up."""

import math
from decimal import Decimal

import duckdb
from sqlglot import exp

from pmlib.core import Buckets, Grain, SettingError, TooFewError, nearest
from pmlib.core.estimate import digits
from pmlib.core.periods import day_text
from pmlib.engine import Cells, name, place, sql
from pmlib.metrics.catalogue import find
from pmlib.metrics.entries import Metric
from pmlib.metrics.points import Points
from pmlib.metrics.tables import FILES, NAMED, Given, Reading, reading
from pmlib.sources.contract import Events, Survey

GRAINS: tuple[Grain, ...] = ("day", "week", "month")
SAID = {"start": "start event", "action": "key action", "question": "question"}


def weekly(
    events: Given,
    metric: str | Metric,
    *,
    start: str = "",
    action: str = "",
    question: str = "",
    weeks: int | None = None,
    like: Events | None = None,
) -> Points:
    """Compute a metric for each complete calendar week.

    Parameters
    ----------
    events
        The table of the metric's source: events; for other sources a survey, series of spending, or subscriptions.
    metric
        A metric, or the name of one that comes with the library.
    start, action
        The events for which ``$start`` and ``$action`` stand.
    question
        The question of a survey, by its id or text, for which ``$question`` stands.
    weeks
        How many weeks back; all by default. A first week that the data do not cover from its first day is left out,
        but not that of a survey's first answer, nor of what runs on a week's last day.
    like
        Events whose first weekday also holds for a table that names none: a survey, or series.

    Returns
    -------
    Points
        A week without events is 0 for a flow or a distinct count and ``None`` for a ratio or share; a week without a
        date of a series is ``None``.

    Raises
    ------
    SettingError
        If the metric is counted from another table, or the metric, an event or a column it needs is not known.
    TooFewError
        If no week is complete.
    """
    return counted(events, metric, {"start": start, "action": action, "question": question}, "week", weeks, like)


def daily(
    events: Given,
    metric: str | Metric,
    *,
    start: str = "",
    action: str = "",
    question: str = "",
    days: int | None = None,
    like: Events | None = None,
) -> Points:
    """Compute a metric for each complete local day; see :func:`weekly`."""
    return counted(events, metric, {"start": start, "action": action, "question": question}, "day", days, like)


def monthly(
    events: Given,
    metric: str | Metric,
    *,
    start: str = "",
    action: str = "",
    question: str = "",
    months: int | None = None,
    like: Events | None = None,
) -> Points:
    """Compute a metric for each complete calendar month; see :func:`weekly`."""
    return counted(events, metric, {"start": start, "action": action, "question": question}, "month", months, like)


def counted(
    given: Given, metric: str | Metric, roles: dict[str, str], every: Grain, count: int | None, like: Events | None
) -> Points:
    """Run the query and fill the periods that have no rows."""
    chosen = find(metric) if isinstance(metric, str) else metric
    table = reading(given, chosen, like)
    if GRAINS.index(every) < GRAINS.index(table.finest):
        raise SettingError(
            f"The metric '{chosen.name}' cannot be counted by {every}: {given.origin.name} has one date a "
            f"{table.finest}. Ask by {table.finest}."
        )
    asked = {role: named(given, chosen, role, roles[role]) for role in chosen.roles}
    buckets = Buckets(every, table.weeks)
    # Nobody answers before a survey begins, and what runs at the end of a period does not ask when it began.
    periods = whole(table, buckets, count, cut=chosen.source != "survey" and chosen.on != "running")
    cells = queried(table, chosen, buckets, periods, asked)
    rows = {int(row.bucket): row for row in cells}
    found = [rows.get(number) for number in periods]
    known = chosen.source == "events"
    return Points(
        chosen.name,
        chosen.title,
        chosen.unit,
        tuple(buckets.start(number) for number in periods),
        tuple(value(chosen, row.amount, row.n) if row else value(chosen, None, None) for row in found),
        every,
        chosen.kind,
        chosen.better,
        tuple(int(row.n or 0) if row else 0 for row in found),
        tuple(int(row.days) if row else 0 for row in found) if known else (),
        cells.sql,
        described(table, chosen, buckets, asked),
        chosen.target,
    )


def whole(table: Reading, buckets: Buckets, count: int | None, *, cut: bool) -> range:
    """Return the periods that have ended, the last ``count`` of them.

    Parameters
    ----------
    cut
        Leave out a first period that the table does not cover from its first day.
    """
    if count is not None and count < 1:
        raise SettingError(f"{buckets.every}s is {count}; ask for 1 {buckets.every} or more.")
    first, last = buckets.number(table.first), buckets.last_complete(table.last)
    first += cut and buckets.start(first) < table.first
    if first > last:
        raise TooFewError(
            f"No {buckets.every} is complete: the {NAMED[table.source]} run from {day_text(table.first, year=True)} to "
            f"{day_text(table.last, year=True)}. Load at least one whole {buckets.every}."
        )
    return range(first if count is None else max(first, last + 1 - count), last + 1)


def queried(table: Reading, metric: Metric, buckets: Buckets, periods: range, asked: dict[str, str]) -> Cells:
    """Run the query of a metric's source."""
    pieces = {"the_amount": read(metric.sql, metric, table)}
    pieces["the_base"] = read(metric.over, metric, table) if metric.over else table.base
    file = FILES.get(metric.source) or ("series_running.sql" if metric.on == "running" else "series_moved.sql")
    if metric.on in {"started", "ended"}:
        pieces["the_day"] = exp.column(name(metric.on))
    text = place(sql(__package__, file), **pieces)
    try:
        return table.given.query(
            text,
            every=buckets.every,
            week_start=buckets.weeks.number,
            since=buckets.start(periods[0]),
            until=buckets.end(periods[-1]),
            numbers=list(periods),
            ends=[buckets.end(number) for number in periods],
            timezone=table.timezone,
            **asked,
        )
    except duckdb.Error as error:
        fault = str(error).splitlines()[0]
        raise SettingError(
            f"The metric '{metric.name}' cannot be computed: {fault}. Mend its sql in metrics.toml, or the types of "
            "the columns it reads."
        ) from error


def named(given: Given, metric: Metric, role: str, wanted: str) -> str:
    """Return the event or question that stands for a role, if it was given and is there."""
    if isinstance(given, Events):
        if not wanted:
            example = given.names()[:1]
            such = f", such as {example[0]}" if example else ""
            raise SettingError(f"The metric '{metric.name}' needs {role}: the name of an event{such}.")
        return given.known(wanted)
    if isinstance(given, Survey) and wanted:
        return given.question(wanted)
    raise SettingError(f"The metric '{metric.name}' needs {role}: a question of the survey, by its id or its text.")


def read(part: exp.Expr, metric: Metric, table: Reading) -> exp.Expr:
    """Put the table's own columns where an aggregate names them.

    Raises
    ------
    SettingError
        With the nearest name, if it reads a column that the table does not have.
    """

    def swap(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column):
            return node
        if node.name not in table.columns:
            raise SettingError(
                f"The metric '{metric.name}' reads '{node.name}'; the {NAMED[table.source]} have "
                f"{', '.join(table.columns)}.{nearest(node.name, table.columns)}"
            )
        return table.columns[node.name].copy()

    return part.copy().transform(swap)


def value(metric: Metric, amount: float | Decimal | None, base: float | Decimal | None) -> float | None:
    """Return the metric of one period; nothing is 0 for a sum or count, and unknown for a quotient or a series."""
    for one in (amount, base):
        if not isinstance(one, int | float | Decimal | None):
            # What it gives may be somebody's id: its kind is told, never it.
            raise SettingError(
                f"The metric '{metric.name}' gives a {type(one).__name__} where a number is needed. Write an aggregate "
                "that counts or sums, such as count(*) or sum(amount)."
            )
    if metric.over is None:
        if metric.source == "spend" and amount is None:
            return None
        base = 1.0
    if not base:
        return None
    result = float(amount or 0) / float(base)
    return digits(result) if math.isfinite(result) else None


def described(table: Reading, metric: Metric, buckets: Buckets, asked: dict[str, str]) -> str:
    """Write the definition line."""
    return table.describe(
        (metric.meaning or metric.title).rstrip("."),
        *(f"{SAID[role]} {event}" for role, event in asked.items()),
        buckets.named,
    )
