"""Load subscriptions: one row each, amounts a month's worth, with a ledger of where every row went."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

import duckdb
from sqlglot import exp

from pmlib.core import InputError, Ledger, Origin, SettingError, Weeks
from pmlib.engine import Engine, name, sql
from pmlib.sources.contract import Subscriptions
from pmlib.sources.events.fields import fields_of
from pmlib.sources.events.times import declared, known_zone
from pmlib.sources.files.relation import Given, first_line, rejected, released
from pmlib.sources.files.sheets import shown_as_source
from pmlib.sources.subscriptions import doubts
from pmlib.sources.subscriptions.columns import MONTHS, Reading, laid_out
from pmlib.sources.subscriptions.currencies import known_code, one_currency
from pmlib.sources.subscriptions.places import placed
from pmlib.sources.subscriptions.unread import unread
from pmlib.sources.where import find

REASONS = (
    *doubts.ODD,
    *("negative amount", "free", doubts.TINY, "never paid", "in trial"),
    *("ended before it started", "ended the day it started", "duplicate"),
    *("other currency", "started after the last day counted"),
)
SQUARES = 1e26
"""How far the square of an amount, times the customers who pay it, is counted exactly."""


def load_subscriptions(
    where: object,
    *,
    timezone: str = "UTC",
    as_of: str | date = "data",
    week_start: str = "monday",
    currency: str = "",
    columns: Mapping[str, str] | None = None,
    times: str | None = None,
    cents: bool | None = None,
) -> Subscriptions:
    """Load subscriptions from files or a frame.

    Parameters
    ----------
    where
        A path or glob (CSV, workbook, JSON lines, Parquet, a DuckDB file), a TOML file that describes the source, or
        a frame; one row a subscription, such as Stripe exports. A customer may have several.
    timezone
        The zone of days.
    as_of
        The last local day counted: ``"data"`` the last day anything started or ended, ``"today"``, or a date.
        Subscriptions that start later are set aside, those that end later still run.
    currency
        Count only amounts in this currency, such as ``"EUR"``; needed where there are several. What a billing period
        costs less than its smallest unit, such as a cent, is free.
    columns
        Contract column (``customer``, ``subscription``, ``plan``, ``amount``, ``currency``, ``interval``,
        ``interval_count``, ``quantity``, ``started``, ``ended``, ``trial_end``, ``status``) = the file's column, a key
        inside one (``plan.amount``), or a constant (``"='year'"``). What it does not name is found by its name.
    times
        The zone of times that name none (by default ``timezone``), and ``"day first"`` or ``"month first"``.
    cents
        Whether amounts are in cents; by default they are where a whole-numbered column is called so, or like Stripe's
        ``unit_amount`` and ``plan.amount``.

    Returns
    -------
    Subscriptions
        The table ``subscriptions``, the ledger in ``origin`` and the checks of the load.

    Raises
    ------
    InputError
        If the file cannot be read, holds payments or events, mixes currencies, most values of a column cannot be read,
        amounts are too large to be summed exactly, or no row remains.
    SettingError
        If an argument is wrong.

    Notes
    -----
    Where ``ended_at`` and ``canceled_at`` are both there, the first counts: who cancels pays to the end of the period.
    """
    zone, weeks, said, wanted = known_zone(timezone), Weeks(week_start), declared(times), known_code(currency)
    found = find(where, "subscriptions")
    said = said if times else declared(found.spec.times)
    engine = Engine()
    try:
        given = shown_as_source(engine, found)
        fields = fields_of(engine, given, decimal=found.spec.decimal)
        flat = [field.name for field in fields.values() if field.kind not in ("tree", "pairs")]
        taken = placed(flat, found.spec.columns | dict(columns or {}), found.name)
        reading = laid_out(engine, fields, taken, found.name, said, zone, cents, found.spec.decimal, wanted)
        dropped, examples = sifted(engine, reading, taken, zone, given)
    except duckdb.Error as error:
        raise InputError(
            f"{found.name} cannot be read: {first_line(error)} Check the file, or export it again."
        ) from error
    finally:
        released(engine)
    code, dropped["other currency"] = one_currency(
        engine, wanted, reading.code, taken.get("currency", taken["amount"]), found.name
    )
    until = last_day(engine, as_of, zone)
    dropped["started after the last day counted"] = gone(engine, "DELETE FROM sorted WHERE started > $until", until)
    refuse_too_large(engine, found.name)
    finished(engine, until)
    kept = engine.query("SELECT count(*) AS n, min(started) AS first FROM subscriptions").one()
    read = kept.n + sum(dropped.values())
    ledger = Ledger(read, kept.n, {reason: dropped.get(reason, 0) for reason in REASONS})
    if not kept.n:
        raise InputError(f"No subscription of {found.name} is left to count: {ledger}. Check which columns are taken.")
    notes = (*reading.notes, f"Amounts are in {code}." if code else "No column names the currency.")
    form = "one row a subscription, " + given.format
    origin = Origin(found.name, "subscriptions", form, ledger, kept.first, until, zone, notes)
    checks = doubts.checks(engine, origin, until, examples)
    properties = {column: exp.column(name(column)) for column in reading.others}
    days = {column: exp.column(name(day)) for column, day in reading.days.items()}
    return Subscriptions(engine, origin, zone, until, code, checks, weeks, properties, days=days)


def sifted(
    engine: Engine, reading: Reading, taken: Mapping[str, str], zone: str, given: Given
) -> tuple[dict[str, int], dict[str, str]]:
    """Fill the table ``sorted`` and take out the rows that cannot count: how many, and an example, by reason."""
    engine.run(f"CREATE VIEW mapped AS {reading.query.sql(dialect='duckdb')}")
    examples = unread(engine, taken, given.name)
    engine.run(sql(__package__, "subscriptions_sorted.sql"), zone=zone, words=list(MONTHS), months=[*MONTHS.values()])
    rows = engine.query("SELECT reason, count(*) AS n FROM sorted WHERE reason IS NOT NULL GROUP BY reason").rows
    dropped = {row.reason: row.n for row in rows}
    broken = rejected(engine) if given.format == "csv" else 0
    dropped["unparseable"] = dropped.get("unparseable", 0) + broken
    engine.run("DELETE FROM sorted WHERE reason IS NOT NULL")
    return dropped, examples


def refuse_too_large(engine: Engine, shown: str) -> None:
    """Refuse amounts whose squares do not fit the engine's whole numbers, in millionths."""
    text = (
        "WITH paid AS (SELECT sum(amount) AS amount FROM sorted GROUP BY customer) "
        "SELECT max(amount) AS most, sum(amount) AS total FROM paid"
    )
    row = engine.query(text).one()
    if row.most and row.most * row.total > SQUARES:
        raise InputError(
            f"The amounts in {shown} are too large to be counted: those of one customer come to {row.most:,.0f} a "
            f"month, all to {row.total:,.0f}, and their product may be {SQUARES:.0e} at most. Is the largest a "
            "typing error or another column? Otherwise give all amounts in thousands."
        )


def last_day(engine: Engine, as_of: str | date, zone: str) -> date:
    """Return the last day counted."""
    today = datetime.now(ZoneInfo(zone)).date()
    if isinstance(as_of, date):
        return as_of
    if as_of == "today":
        return today
    if as_of == "data":
        seen = engine.query(
            "SELECT max(day) AS day FROM (SELECT started AS day FROM sorted UNION ALL SELECT ended FROM sorted) "
            "WHERE day <= $today",
            today=today,
        ).one()
        return seen.day or today
    try:
        return date.fromisoformat(as_of)
    except ValueError as error:
        raise SettingError(f"as_of = '{as_of}' is no day. Use data, today or a date such as 2026-11-22.") from error


def gone(engine: Engine, statement: str, until: date) -> int:
    """Run a DELETE and return how many rows went."""
    return engine.query(statement, until=until).one()[0]


def finished(engine: Engine, until: date) -> None:
    """Make the table ``subscriptions``; a row without an id of its own is named by its customer and its place there."""
    engine.run(sql(__package__, "subscriptions.sql"), until=until)
    engine.run("DROP TABLE sorted")
