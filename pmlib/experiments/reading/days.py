"""When an experiment ran: the days on which its units were taken in."""

from collections.abc import Sequence
from datetime import date

from sqlglot import exp

from pmlib.core import Period
from pmlib.core.words import many
from pmlib.engine import name, place, sql
from pmlib.sources.contract import Units


def day_column(units: Units) -> str | None:
    """Return the first column that holds a day or a time for each unit, or ``None``."""
    for column in units.columns:
        if column in ("unit", "arm"):
            continue
        row = units.query(place(sql(__package__ or "", "days.sql"), moment=exp.column(name(column)))).one()
        if row.whole:
            return column
    return None


def days(units: Units, column: str) -> Period:
    """Return the first and last day of a column, as they are written in it, whatever their time zone."""
    row = units.query(place(sql(__package__ or "", "days.sql"), moment=exp.column(name(column)))).one()
    return Period(row.first, row.last)


def until(units: Units, column: str, ends: Sequence[date]) -> list[int]:
    """Return how many units with an arm were taken in by the end of each day."""
    text = place(sql(__package__ or "", "days_until.sql"), moment=exp.column(name(column)))
    found = {row.last: row.units for row in units.query(text, ends=list(ends))}
    return [found[day] for day in ends]


def counted(total: int, period: Period | None) -> str:
    """Write how many units there are, and from which days.

    Examples
    --------
    >>> from datetime import date
    >>> counted(1, None), counted(4208, Period(date(2026, 1, 26), date(2026, 5, 31)))
    ('1 unit', '4,208 units from 26 Jan to 31 May 2026')
    """
    return many(total, "unit") + (f" from {period}" if period else "")
