"""Read the time of every row: find out how it is written, refuse what is not clear."""

from dataclasses import dataclass

from sqlglot import exp

from pmlib.core import InputError
from pmlib.engine import Engine
from pmlib.sources.events import times
from pmlib.sources.events.fields import parsed
from pmlib.sources.events.mapping import Counts, Source
from pmlib.sources.events.times import Declared, Reading


@dataclass(frozen=True)
class Clock:
    """How the times of a source are read.

    Parameters
    ----------
    utc, arrived
        Read the time and the time of arrival as TIMESTAMP in UTC; ``arrived`` is None where there is none to trust.
    dates
        Whether there are only dates, no times of day.
    words
        How the times were written.
    """

    utc: exp.Expr
    arrived: exp.Expr | None
    dates: bool
    words: str


def clock_of(engine: Engine, source: Source, counts: Counts, said: Declared, zone: str) -> Clock:
    """Find out how a source's times are read.

    Raises
    ------
    InputError
        If they name no zone and none was said, mix both, or no value can be read as a time.
    """
    match = source.match
    column = match.ts[0]
    time, kind = source.moment(match.ts)
    known = Declared(said.zone or match.zone, said.order)
    if kind == "text":
        known = ordered(engine, source, column, time, counts, known)
        times.refuse_mixed(column, source.shown, counts.ways, known)
        sorts = times.sorts(counts.ways)
        if not sorts:
            raise unreadable(engine, source, column, time)
        midnights = bool(sorts["naive"]) and not known.zone and at_midnight(engine, counts, time, known)
        if sorts["naive"] and not known.zone and not midnights:
            raise times.needs_zone(column, source.shown, example(engine, time), zone)
        local = Declared(zone, known.order) if midnights else known
        epoch = match.local_epoch and said.zone is not None
        reading = times.of_text(time, counts.ways, local, zone, local_epoch=epoch)
        if midnights:
            reading = Reading(reading.utc, True, "dates", reading.ways)
    else:
        midnights = kind == "naive" and not known.zone and all_midnight(engine, time)
        found = times.of_type(time, kind, known, zone, midnights=midnights)
        if found is None:
            raise times.needs_zone(column, source.shown, example(engine, time), zone)
        reading = found
    return Clock(reading.utc, arrival(source, counts, known, zone), reading.dates, reading.words)


def arrival(source: Source, counts: Counts, known: Declared, zone: str) -> exp.Expr | None:
    """Read the time of arrival, or nothing where that is not clear: it only serves to find clocks set wrong."""
    if not source.match.received_at:
        return None
    time, kind = source.moment((source.match.received_at,))
    if kind != "text":
        reading = times.of_type(time, kind, known, zone)
        return reading.utc if reading else None
    sorts = times.sorts(counts.arrival_ways)
    unclear = any(way.startswith("mm/dd") for way in counts.arrival_ways) and not known.order
    if not sorts or unclear or (sorts["naive"] and not known.zone):
        return None
    return times.of_text(time, counts.arrival_ways, known, zone).utc


def ordered(engine: Engine, source: Source, column: str, time: exp.Expr, counts: Counts, known: Declared) -> Declared:
    """Find out whether dates such as 03/11/2026 begin with the day."""
    if not any(way.startswith("mm/dd") for way in counts.ways):
        return known
    numbers = [
        exp.alias_(parsed("max(TRY_CAST(regexp_extract(written, pattern, part) AS INTEGER))", written=time), title)
        for title in ("first", "second")
    ]
    for number, part in zip(numbers, (1, 2), strict=True):
        for node in list(number.find_all(exp.Column)):
            if node.name == "pattern":
                node.replace(exp.Literal.string(r"^(\d{1,2})[/-](\d{1,2})[/-]\d{4}"))
            elif node.name == "part":
                node.replace(exp.Literal.number(part))
    row = engine.query(exp.select(*numbers).from_("source").sql(dialect="duckdb")).one()
    return times.order_of(column, source.shown, row.first or 0, row.second or 0, known)


def at_midnight(engine: Engine, counts: Counts, time: exp.Expr, known: Declared) -> bool:
    """Whether all texts without a zone are midnight, so that they are dates."""
    utc = times.of_text(time, counts.ways, Declared("UTC", known.order), "UTC").utc
    return all_midnight(engine, utc)


def all_midnight(engine: Engine, local: exp.Expr) -> bool:
    """Whether all times are midnight."""
    test = parsed("bool_and(CAST(local AS TIME) = TIME '00:00:00')", local=local)
    return bool(engine.query(exp.select(exp.alias_(test, "midnight")).from_("source").sql(dialect="duckdb")).one()[0])


def example(engine: Engine, time: exp.Expr) -> str:
    """Return one time as it is written."""
    text = parsed("CAST(written AS VARCHAR)", written=time)
    filled = parsed("NOT written IS NULL", written=time)
    query = exp.select(exp.alias_(text, "text")).from_("source").where(filled).limit(1)
    return engine.query(query.sql(dialect="duckdb")).one().text


def unreadable(engine: Engine, source: Source, column: str, time: exp.Expr) -> InputError:
    """Say that no value of a column is a time."""
    return InputError(
        f"No value in '{column}' of {source.shown} can be read as a time (found '{example(engine, time)}'; expected "
        "such as 2026-11-22T10:00:00Z, 22.11.2026 10:00 or seconds since 1970). Name the column that holds the time: "
        'columns={"ts": "…"}.'
    )
