"""The last day counted: what lies after it is cut, what remains is looked at; prepared files are opened so."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
from sqlglot import exp

from pmlib.core import Check, InputError, Ledger, SettingError, Weeks, nearest
from pmlib.engine import Engine
from pmlib.sources.contract import Events, Who
from pmlib.sources.events import doubts
from pmlib.sources.facts import Facts, show
from pmlib.sources.files.relation import first_line

LATER_DAYS = "after the last day counted"
ELSEWHERE = "not in the prepared file"
YEARS = (1900, 2200)
"""Days outside are slips of the keyboard."""


def wanted_day(as_of: object, zone: str) -> date | None:
    """Return the last day that was asked for, or None if the data decide."""
    if as_of == "data":
        return None
    if as_of == "today":
        return datetime.now(ZoneInfo(zone)).date() - timedelta(days=1)
    near = nearest(as_of, ("data", "today")) if isinstance(as_of, str) else ""
    use = "Use data (the last complete day there), today (up to yesterday, the last day that is over) or a date such as"
    return day_of(as_of, zone, "as_of", f"{use} 2026-11-22.{near}")


def day_of(given: object, zone: str, setting: str, advice: str) -> date:
    """Return the local day that a setting names.

    Raises
    ------
    SettingError
        If it is no day, or one so far away that no calendar of events holds it.
    """
    try:
        day = date.fromisoformat(given) if isinstance(given, str) else given
    except ValueError as error:
        raise SettingError(f"{setting} = '{given}' is no day. {advice}") from error
    if not isinstance(day, date):
        raise SettingError(f"{setting} = {given!r} is no day. {advice}")
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise SettingError(f"{setting} = '{given}' is not between the years {YEARS[0]} and {YEARS[1]}. {advice}")
    if isinstance(day, datetime):
        return (day if day.tzinfo else day.replace(tzinfo=UTC)).astimezone(ZoneInfo(zone)).date()
    return day


def cut(engine: Engine, facts: Facts, asked: date | None, weeks: Weeks, *, table: bool) -> Events:
    """Keep the days up to the last one counted, and look at them.

    Parameters
    ----------
    asked
        The day asked for, or None if the data decide.
    table
        Whether ``events`` is a table, whose later rows can go, and no view.

    Raises
    ------
    InputError
        If no event remains.
    """
    wanted = asked or facts.last
    # Past the end of the data nothing is known: weeks there are unseen, not empty.
    until = wanted if wanted <= facts.end else facts.last
    late = engine.query("SELECT count(*) AS n FROM events WHERE day > $until", until=until).one().n
    ledger = held(engine, facts) if late else facts.origin.ledger
    if late and table:
        engine.run("DELETE FROM events WHERE day > $until", until=until)
    elif late:
        last = exp.cast(exp.Literal.string(until.isoformat()), "DATE")
        engine = engine.narrowed("events", exp.LTE(this=exp.column("day"), expression=last))
    dropped = {**ledger.dropped, LATER_DAYS: ledger.dropped.get(LATER_DAYS, 0) + late}
    if not engine.query("SELECT 1 FROM events LIMIT 1").rows:
        raise nothing_left(facts.origin.name, ledger.read, dropped)
    origin = replace(facts.origin, ledger=Ledger(ledger.read, ledger.kept - late, dropped), through=until)
    fresh = facts.daily if facts.settled and not late and wanted == facts.last else None
    daily = doubts.of_days(engine, origin, wanted, weeks) if fresh is None else fresh
    lasting = tuple(check for check in facts.checks if check not in facts.daily)
    checks = woven(lasting, daily) if fresh is None else facts.checks
    return Events(
        engine,
        origin,
        facts.timezone,
        until,
        checks,
        weeks,
        dict(facts.properties),
        segment=facts.segment,
        who=Who(*facts.who),
        grouping=facts.grouping,
        daily=daily,
    )


def held(engine: Engine, facts: Facts) -> Ledger:
    """Return the ledger of the rows that are there: a file of a segment or of accounts has fewer than its source."""
    ledger = facts.origin.ledger
    rows = engine.query("SELECT count(*) AS n FROM events").one().n
    if rows == ledger.kept:
        return ledger
    elsewhere = ledger.dropped.get(ELSEWHERE, 0) + ledger.kept - rows
    return Ledger(ledger.read, rows, {**ledger.dropped, ELSEWHERE: elsewhere})


def woven(lasting: tuple[Check, ...], daily: tuple[Check, ...]) -> tuple[Check, ...]:
    """Put the checks in the order they are read in: first whether all could be read, then whether days are missing."""
    return (*lasting[:1], *daily[:1], *lasting[1:], *daily[1:])


def reopened(
    facts: Facts,
    path: Path,
    as_of: str | date,
    timezone: str | None,
    week_start: str | None,
    settings: Mapping[str, object],
) -> Events:
    """Open a prepared file: its rows stay in it.

    Parameters
    ----------
    timezone, week_start
        As asked for, None for the file's own.
    settings
        The other settings of the load; none may be given.

    Raises
    ------
    SettingError
        If the file was prepared otherwise than asked for.
    InputError
        If it cannot be read, or no event remains.
    """
    odd = [setting for setting, value in settings.items() if value]
    if odd:
        raise SettingError(
            f"{path.name} was prepared before, so {' and '.join(odd)} can change nothing. Load its source "
            f"({facts.origin.name}) instead, or leave {'it' if len(odd) == 1 else 'them'} out."
        )
    if timezone and timezone != facts.timezone:
        raise SettingError(
            f"{path.name} was prepared in {facts.timezone}, not in {timezone}: its days are that zone's. Leave "
            f"timezone out, or load its source ({facts.origin.name}) instead."
        )
    engine = Engine()
    weeks = Weeks(week_start or facts.week_start)
    try:
        show(engine, facts, path)
        return cut(engine, facts, wanted_day(as_of, facts.timezone), weeks, table=False)
    except duckdb.Error as error:
        raise InputError(f"{path.name} cannot be read: {first_line(error)} Prepare it again.") from error


def nothing_left(shown: str, read: int, dropped: Mapping[str, int]) -> InputError:
    """Say where all rows went."""
    went = ", ".join(f"{count:,} {reason}" for reason, count in dropped.items() if count) or "there was none"
    return InputError(
        f"No event of {shown} is left to count: of {read:,} rows read, {went}. Check the columns taken for user, event "
        "and time, the last day counted and what is left out."
    )
