"""When an experiment ran: the days of its units."""

from sqlglot import exp

from pmlib.core import Period
from pmlib.core.words import many
from pmlib.engine import name, place, sql
from pmlib.sources.contract import Units


def days(units: Units) -> Period | None:
    """Return the first and last day of the units, by the first column that holds a day or time for each.

    Days are those written in the column, whatever their time zone; ``None`` where no column holds any.
    """
    for column in units.columns:
        if column in ("unit", "arm"):
            continue
        text = place(sql(__package__ or "", "days.sql"), moment=exp.column(name(column)))
        row = units.query(text).one()
        if row.whole:
            return Period(row.first, row.last)
    return None


def counted(total: int, period: Period | None) -> str:
    """Write how many units there are, and from which days.

    Examples
    --------
    >>> from datetime import date
    >>> counted(1, None), counted(4208, Period(date(2026, 1, 26), date(2026, 5, 31)))
    ('1 unit', '4,208 units from 26 Jan to 31 May 2026')
    """
    return many(total, "unit") + (f" from {period}" if period else "")
