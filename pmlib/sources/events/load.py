"""Load usage events: any known form or a mapping, one row an event, with a ledger of where every row went."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import duckdb

from pmlib.core import InputError, Ledger, Origin, SettingError, Weeks
from pmlib.engine import Engine, sql
from pmlib.sources.contract import Events
from pmlib.sources.events import doubts, moments
from pmlib.sources.events.contents import proposed
from pmlib.sources.events.fields import fields_of
from pmlib.sources.events.forms import Match, constant, match
from pmlib.sources.events.mapping import Counts, Layout, Same, Source, counted, laid_out
from pmlib.sources.events.times import declared, known_zone
from pmlib.sources.files.relation import first_line, last_scan, opened, rejected, released
from pmlib.sources.where import find

REASONS = ("no user", "no time", "unparseable", "no event", "future", "duplicate", "after the last day counted")


def load_events(
    where: object,
    *,
    timezone: str = "UTC",
    as_of: str | date = "data",
    week_start: str = "monday",
    columns: Mapping[str, str] | None = None,
    times: str | None = None,
    duplicates: Literal["id", "row", "keep"] | None = None,
    table: str | None = None,
) -> Events:
    """Load usage events from files or a frame.

    Parameters
    ----------
    where
        A path or glob (CSV, JSON lines, Parquet, a DuckDB file; CSV and JSON also gzipped), a TOML file that describes
        the source, or a pandas, Polars or Arrow frame.
    timezone
        The zone of days and weeks.
    as_of
        The last local day counted: ``"data"`` the last complete one in the data, ``"today"`` yesterday, or a date.
        Never later than the data reach; where they end before the day asked for, a check says so.
    columns
        Contract column (``user_id``, ``event``, ``ts``, ``anon_id``, ``received_at``, ``session_id``, ``event_id``) =
        the file's column, or a key inside one (``properties.plan``); ``"='purchase'"`` is a constant. What it does not
        name is found out.
    times
        The zone of times that name none, such as ``"Europe/Berlin"``; ``"day first"`` or ``"month first"`` for dates
        such as 03/11/2026, also both with a comma between.
    duplicates
        What makes two rows one event: ``"id"`` the form's key, ``"row"`` all columns alike, ``"keep"`` nothing. By
        default the key where there is one, else whole rows if times have a time of day.
    table
        The table of a DuckDB file.

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
    """
    zone, weeks, said = known_zone(timezone), Weeks(week_start), declared(times)
    until = wanted_day(as_of, zone)
    found = find(where, "events")
    spec = found.spec
    said = said if times else declared(spec.times)
    engine = Engine()
    try:
        given = opened(engine, found, table or spec.table)
        fields = fields_of(engine, given, decimal=spec.decimal)
        matched = match(
            fields, found.name, spec.columns | dict(columns or {}), lambda: proposed(engine, fields).columns
        )
        source = Source(found.name, fields, matched, given.format in ("csv", "json"))
        counts = counted(engine, source)
        refuse_empty(engine, source, counts)
        clock = moments.clock_of(engine, source, counts, said, zone)
        same = rule(duplicates or spec.duplicates, matched, clock.dates, found.name)
        layout = laid_out(source, counts.wrong, clock.utc, clock.arrived, same)
        dropped = sifted(engine, layout, zone)
    except duckdb.Error as error:
        raise InputError(
            f"{found.name} cannot be read: {first_line(error)} Check the file, or export it again."
        ) from error
    finally:
        released(engine)
    read = counts_kept(engine) + sum(dropped.values())
    days = last_days(engine, zone, dates=clock.dates)
    if days is None:
        raise nothing_left(found.name, read, dropped)
    first, last, end = days
    asked = until or last
    # Past the end of the data nothing is known: weeks there are unseen, not empty.
    until = asked if asked <= end else last
    dropped["after the last day counted"] = deleted(engine, "DELETE FROM events WHERE day > $until", until=until)
    kept = counts_kept(engine)
    if not kept:
        raise nothing_left(found.name, read, dropped)
    ledger = Ledger(read, kept, {reason: dropped[reason] for reason in REASONS})
    notes = (*matched.notes, *said_of(source, counts, clock.words, same, zone))
    origin = Origin(found.name, "events", matched.form, ledger, first, until, zone, notes)
    checks = doubts.checks(engine, origin, asked, counts)
    return Events(engine, origin, zone, until, checks, weeks, layout.properties)


def wanted_day(as_of: str | date, zone: str) -> date | None:
    """Return the last day that was asked for, or None if the data decide."""
    if isinstance(as_of, date):
        return as_of
    if as_of == "data":
        return None
    if as_of == "today":
        return datetime.now(ZoneInfo(zone)).date() - timedelta(days=1)
    try:
        return date.fromisoformat(as_of)
    except ValueError as error:
        raise SettingError(f"as_of = '{as_of}' is no day. Use data, today or a date such as 2026-11-22.") from error


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


def sifted(engine: Engine, layout: Layout, zone: str) -> dict[str, int]:
    """Fill the table ``events`` and take out the rows that cannot count; return how many, by reason."""
    scan = last_scan(engine)
    engine.run(f"CREATE VIEW mapped AS {layout.query.sql(dialect='duckdb')}")
    engine.run(sql(__package__, "events_sift.sql"), zone=zone, now=datetime.now(UTC).replace(tzinfo=None))
    dropped: dict[str, int] = dict.fromkeys(REASONS, 0)
    rows = engine.query("SELECT reason, count(*) AS n FROM events WHERE reason IS NOT NULL GROUP BY reason").rows
    dropped.update({row.reason: row.n for row in rows})
    dropped["unparseable"] += rejected(engine, scan)
    if rows:
        engine.run("DELETE FROM events WHERE reason IS NOT NULL")
    dropped["duplicate"] = deleted(engine, sql(__package__, "events_same.sql"))
    for column in ("reason", "arrived", "sameness"):
        engine.run(f"ALTER TABLE events DROP COLUMN {column}")
    return dropped


def deleted(engine: Engine, statement: str, **values: object) -> int:
    """Run a DELETE and return how many rows went."""
    return engine.query(statement, **values).one()[0]


def counts_kept(engine: Engine) -> int:
    """Return how many rows the table ``events`` holds."""
    return engine.query("SELECT count(*) AS n FROM events").one().n


def last_days(engine: Engine, zone: str, *, dates: bool) -> tuple[date, date, date] | None:
    """Return the first, the last complete and the last local day, or None if there is no event."""
    row = engine.query(sql(__package__, "events_days.sql"), zone=zone).one()
    if row.last is None:
        return None
    whole = dates or row.complete or row.first == row.last
    return row.first, row.last if whole else row.last - timedelta(days=1), row.last


def nothing_left(shown: str, read: int, dropped: Mapping[str, int]) -> InputError:
    """Say where all rows went."""
    went = ", ".join(f"{count:,} {reason}" for reason, count in dropped.items() if count) or "there was none"
    return InputError(
        f"No event of {shown} is left to count: of {read:,} rows read, {went}. Check the columns taken for user, event "
        "and time, and the last day counted."
    )


def said_of(source: Source, counts: Counts, times: str, same: Same, zone: str) -> list[str]:
    """Write what a reader should know of the load."""
    taken = source.match
    parts = [("user", taken.user), ("event", taken.event), ("time", taken.ts)]
    notes = ["Read " + ", ".join(f"{what} from {named(columns)}" for what, columns in parts) + f"; {times}."]
    if counts.anonymous:
        notes.append(f"{counts.anonymous:,} rows have no {taken.user[0]} and count under {named(taken.user[1:])}.")
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
