"""Load usage events: any known form or a mapping, one row an event, with a ledger of where every row went."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import duckdb
from sqlglot import exp

from pmlib.core import InputError, Ledger, Origin, SettingError, Weeks
from pmlib.core.periods import day_text
from pmlib.engine import Engine, condition, sql
from pmlib.sources import kept
from pmlib.sources.contract import Events
from pmlib.sources.events import doubts, identity, moments
from pmlib.sources.events.contents import proposed
from pmlib.sources.events.days import LATER_DAYS, cut, day_of, nothing_left, reopened, wanted_day
from pmlib.sources.events.fields import fields_of
from pmlib.sources.events.forms import Match, constant, match
from pmlib.sources.events.identity import Resolved
from pmlib.sources.events.mapping import Counts, Layout, Same, Source, counted, laid_out
from pmlib.sources.events.times import Declared, declared, known_zone
from pmlib.sources.facts import Facts, facts_of
from pmlib.sources.files.relation import first_line, last_scan, opened, rejected, released
from pmlib.sources.where import Found, find

REASONS = ("no user", "no time", "unparseable", "no event", "future", "duplicate", LATER_DAYS)
ASKED = ("excluded", "arrived later")
"""Reasons that stand in the ledger where they were asked for."""


def load_events(
    where: object,
    *,
    timezone: str | None = None,
    as_of: str | date = "data",
    week_start: str | None = None,
    columns: Mapping[str, str] | None = None,
    times: str | None = None,
    duplicates: Literal["id", "row", "keep"] | None = None,
    table: str | None = None,
    identities: object = "",
    exclude: str = "",
    arrived: str | date = "",
) -> Events:
    """Load usage events from files or a frame.

    Parameters
    ----------
    where
        A path or glob (CSV, JSON lines, Parquet, a DuckDB file; CSV and JSON also gzipped), a TOML file that describes
        the source, or a pandas, Polars or Arrow frame; or a file that :meth:`Events.prepared` wrote, which answers at
        once.
    timezone
        The zone of days and weeks; UTC if not given, or that of a prepared file.
    as_of
        The last local day counted: ``"data"`` the last complete one in the data, ``"today"`` yesterday, or a date.
        Never later than the data reach; where they end before the day asked for, a check says so.
    week_start
        The first day of a week; Monday if not given, or that of a prepared file.
    columns
        Contract column (``user_id``, ``event``, ``ts``, ``anon_id``, ``received_at``, ``session_id``, ``event_id``) =
        the file's column, or a key inside one (``properties.plan``); ``"='purchase'"`` is a constant. What it does not
        name is found out; anonymous ids of a plain table only where ``user_id`` is not named.
    times
        The zone of times that name none, such as ``"Europe/Berlin"``; ``"day first"`` or ``"month first"`` for dates
        such as 03/11/2026, also both with a comma between.
    duplicates
        What makes two rows one event: ``"id"`` the form's key, ``"row"`` all columns alike, ``"keep"`` nothing. By
        default the key where there is one, else whole rows if times have a time of day.
    table
        The table of a DuckDB file.
    identities
        A file or frame that says whose an id is (``anon_id``, ``user_id``, and ``since`` if you like), such as
        PostHog's persons or Mixpanel's identities. It may also turn one user's id into another's.
    exclude
        A condition on properties, ``user_id`` or ``event`` whose rows do not count, such as ``"user_agent ILIKE
        '%bot%'"`` or ``"user_id IN ('test', 'qa')"``. It is held against events that have their users and no copies.
    arrived
        Count only what had arrived by the end of this local day, so that a report can be repeated as the data stood.

    Returns
    -------
    Events
        The table ``events`` (``ts`` in UTC, ``day`` local), the ledger in ``origin`` and the checks of the load.

    Raises
    ------
    InputError
        If the file cannot be read, its form is not clear, its times need a zone, or no row remains.
    SettingError
        If an argument is wrong.

    Notes
    -----
    A row without a user is of the user last seen with its anonymous id, whenever in the data that was; users are never
    merged because they share a device, only by ``identities``.
    """
    found = find(where, "events")
    settings = {
        "columns": dict(columns or {}),
        "times": times,
        "duplicates": duplicates,
        "table": table,
        "identities": identities,
        "exclude": exclude,
        "arrived": str(arrived),
    }
    ready = facts_of(found.files[0]) if len(found.files) == 1 else None
    if ready is not None:
        return reopened(ready, found.files[0], as_of, timezone, week_start, settings)
    zone, weeks = known_zone(timezone or "UTC"), Weeks(week_start or "monday")
    asked = wanted_day(as_of, zone)
    spot = kept.place(found, settings | {"timezone": zone})
    facts = facts_of(spot) if spot is not None and spot.is_file() else None
    if spot is not None and facts is not None:
        return reopened(facts, spot, as_of, zone, weeks.first, {})
    said = declared(times) if times else declared(found.spec.times)
    by = day_of(arrived, zone, "arrived", "Write a date such as 2026-11-22, or leave it out.") if arrived else None
    engine, facts = whole(found, settings, said, zone, weeks.first, by)
    if spot is not None:
        kept.keep(engine, facts, spot)
    return cut(engine, facts, asked, weeks, table=True)


def whole(
    found: Found, settings: Mapping[str, Any], said: Declared, zone: str, first_day: str, by: date | None
) -> tuple[Engine, Facts]:
    """Load all days of a source into the table ``events``."""
    spec = found.spec
    engine = Engine()
    try:
        given = opened(engine, found, settings["table"] or spec.table)
        if settings["table"] and given.format != "duckdb":
            raise SettingError(
                f"table = '{settings['table']}' is for DuckDB files, and {found.name} is none. Leave it out."
            )
        fields = fields_of(engine, given, decimal=spec.decimal)
        matched = match(
            fields, found.name, spec.columns | settings["columns"], lambda: proposed(engine, fields).columns
        )
        source = Source(found.name, fields, matched, given.format in ("csv", "json"))
        counts = counted(engine, source)
        refuse_empty(engine, source, counts)
        clock = moments.clock_of(engine, source, counts, said, zone)
        if by and clock.arrived is None:
            raise SettingError(
                f"arrived = '{by}' needs a column that says when each event arrived, and {found.name} has none that is "
                "known. Name it in columns as received_at, or leave arrived out."
            )
        same = rule(settings["duplicates"] or spec.duplicates, matched, clock.dates, found.name)
        layout = laid_out(source, counts.wrong, clock.utc, clock.arrived, same)
        out = exclusion(settings["exclude"], layout)
        dropped = sifted(engine, layout, zone, by)
    except duckdb.Error as error:
        raise InputError(
            f"{found.name} cannot be read: {first_line(error)} Check the file, or export it again."
        ) from error
    finally:
        released(engine)
    people = identity.resolved(engine, layout.anonymous, settings["identities"])
    if out is not None:
        dropped["excluded"] = excluded(engine, out, settings["exclude"])
    for column in (*layout.anonymous, *(["known"] if layout.anonymous else [])):
        engine.run(f"ALTER TABLE events DROP COLUMN {column}")
    kept_rows = engine.query("SELECT count(*) AS n FROM events").one().n
    read = kept_rows + sum(dropped.values())
    days = last_days(engine, zone, dates=clock.dates)
    if days is None:
        raise nothing_left(found.name, read, dropped)
    first, last, end = days
    used = [*REASONS, *(reason for reason, asked in zip(ASKED, (settings["exclude"], by), strict=True) if asked)]
    ledger = Ledger(read, kept_rows, {reason: dropped[reason] for reason in used})
    notes = [*matched.notes, *said_of(source, counts, clock.words, same, people)]
    if settings["exclude"]:
        notes.append(f"Rows with {settings['exclude']} do not count.")
    if by:
        notes.append(f"Only what had arrived by {day_text(by, year=True)} counts.")
    origin = Origin(found.name, "events", matched.form, ledger, first, last, zone, tuple(notes))
    alone = counts.anonymous - people.rows
    looked = (*doubts.of_rows(origin, counts, alone, settings["exclude"]), *people.checks(kept_rows))
    return engine, Facts(origin, zone, first_day, last, end, False, looked, properties=layout.properties)


def midnight_after(day: date, zone: str) -> datetime:
    """Return the end of a local day in UTC."""
    local = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
    return local.astimezone(UTC).replace(tzinfo=None)


def refuse_empty(engine: Engine, source: Source, counts: Counts) -> None:
    """Refuse a file without rows, or with nothing in a column that every event needs."""
    if not counts.rows:
        broken = rejected(engine)
        if broken:
            raise InputError(
                f"None of the {broken:,} lines of {source.shown} splits into its columns ({', '.join(source.fields)}). "
                "Check its separator and quotes, or export it again."
            )
        raise InputError(f"{source.shown} has a header but no rows. Export it again, with the events in it.")
    places = {
        "user": (source.match.user, counts.users),
        "event": (source.match.event, counts.events),
        "time": (source.match.ts, counts.timed),
    }
    for what, (columns, filled) in places.items():
        if not filled:
            names = " and ".join(f"'{column}'" for column in columns)
            raise InputError(
                f"{source.shown} has no {what} in any of its {counts.rows:,} rows: {names} is empty or null in all. "
                f"Name the column that holds the {what} in columns, or export the file again."
            )


def rule(wanted: str | None, matched: Match, dates: bool, shown: str) -> Same:
    """Decide what makes two rows the same event."""
    if wanted == "id" and not matched.key:
        raise SettingError(
            f"duplicates = 'id' needs a column that names each event, and {shown} has none that is known. Name it in "
            'columns as event_id, or use duplicates = "row".'
        )
    default: Same = "id" if matched.key else "keep" if dates else "row"
    known: dict[str | None, Same] = {None: default, "id": "id", "row": "row", "keep": "keep"}
    if wanted not in known:
        raise SettingError(f"duplicates = '{wanted}' is not for events; it is id, row or keep.")
    return known[wanted]


def exclusion(text: str, layout: Layout) -> exp.Expr | None:
    """Read the condition whose rows do not count, which may name properties, the user and the event."""
    named = {column: exp.column(column) for column in ("user_id", "event")} | dict(layout.properties)
    return condition(text, named, what="exclusion") if text.strip() else None


def excluded(engine: Engine, out: exp.Expr, text: str) -> int:
    """Take out the rows that meet a condition, once each has its user; return how many."""
    try:
        return engine.query(exp.delete("events", where=out).sql(dialect="duckdb")).one()[0]
    except duckdb.Error as error:
        raise SettingError(
            f"The exclusion {text!r} cannot be applied: {first_line(error)} Quote texts singly."
        ) from error


def sifted(engine: Engine, layout: Layout, zone: str, arrived: date | None) -> dict[str, int]:
    """Fill the table ``events`` and take out the rows that cannot count; return how many, by reason."""
    scan = last_scan(engine)
    engine.run(f"CREATE VIEW mapped AS {layout.query.sql(dialect='duckdb')}")
    by = midnight_after(arrived, zone) if arrived else datetime.max
    engine.run(sql(__package__, "events_sift.sql"), zone=zone, now=datetime.now(UTC).replace(tzinfo=None), known_by=by)
    dropped: dict[str, int] = dict.fromkeys((*REASONS, *ASKED), 0)
    rows = engine.query("SELECT reason, count(*) AS n FROM events WHERE reason IS NOT NULL GROUP BY reason").rows
    dropped.update({row.reason: row.n for row in rows})
    dropped["unparseable"] += rejected(engine, scan)
    if rows:
        engine.run("DELETE FROM events WHERE reason IS NOT NULL")
    dropped["duplicate"] = engine.query(sql(__package__, "events_same.sql")).one()[0]
    for column in ("reason", "arrived", "sameness"):
        engine.run(f"ALTER TABLE events DROP COLUMN {column}")
    return dropped


def last_days(engine: Engine, zone: str, *, dates: bool) -> tuple[date, date, date] | None:
    """Return the first, the last complete and the last local day, or None if there is no event."""
    row = engine.query(sql(__package__, "events_days.sql"), zone=zone).one()
    if row.last is None:
        return None
    whole = dates or row.complete or row.first == row.last
    return row.first, row.last if whole else row.last - timedelta(days=1), row.last


def said_of(source: Source, counts: Counts, times: str, same: Same, people: Resolved) -> list[str]:
    """Write what a reader should know of the load."""
    taken = source.match
    parts = [("user", taken.user), ("event", taken.event), ("time", taken.ts)]
    notes = ["Read " + ", ".join(f"{what} from {named(columns)}" for what, columns in parts) + f"; {times}."]
    notes += people.notes()
    alone = counts.anonymous - people.rows
    if alone > 0:
        what = "rows have" if not people.rows else "further rows have"
        notes.append(f"{alone:,} {what} no {taken.user[0]} and count under {named(taken.user[1:])}.")
    keys = {
        "id": f"Rows with the same {' and '.join(taken.key)} count once.",
        "row": "Rows alike in every column count once.",
        "keep": "Rows that are alike all count: no column names an event.",
    }
    notes.append(keys[same])
    return notes


def named(columns: tuple[str, ...]) -> str:
    """Name columns in the order they are tried."""
    return ", else ".join("a constant" if constant(column) is not None else column for column in columns)
