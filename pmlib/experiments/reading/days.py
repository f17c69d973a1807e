"""When an experiment ran: the days on which its units were taken in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlglot
from sqlglot import exp

from pmlib.core import Period
from pmlib.core.words import many
from pmlib.engine import name, place, sql
from pmlib.experiments.exposure.moments import time_column
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure

TEXT = "VARCHAR"
MOMENTS = (TEXT, "DATE", "TIMESTAMP")
"""Types of columns that may hold days."""
FEW = 100


def day_column(units: Units) -> str | None:
    """Return the column that holds the day or time on which each unit was taken in, or ``None``.

    It is called as one calls it, such as ``exposed_at``; else it is the only column of days. Of several others, such as
    the days of signing up and of leaving, nobody can tell.
    """
    kinds = {row[0]: row[1] for row in units.query("DESCRIBE units")}
    likely = [column for column, kind in kinds.items() if column not in ("unit", "arm") and kind.startswith(MOMENTS)]
    named = time_column(units, "")
    if named in likely and whole(units, named, kinds[named]):
        return named
    found = [column for column in likely if whole(units, column, kinds[column])]
    return found[0] if len(found) == 1 else None


def whole(units: Units, column: str, kind: str) -> bool:
    """Whether a column holds a day for each unit."""
    # A text is looked at in a few rows first: to read days out of millions of names takes long.
    return all(row.whole for row in (spans(units, column, rows) for rows in ([FEW] * (kind == TEXT) + [None])))


def days(units: Units, column: str) -> Period:
    """Return the first and last day of a column, as they are written in it, whatever their time zone."""
    row = spans(units, column)
    return Period(row.first, row.last)


@dataclass(frozen=True)
class Past:
    """How many units there were by the end of each of some days.

    Parameters
    ----------
    units
        All that were taken in.
    known
        By metric those that had a value by then; a metric nobody can tell it of is missing.
    """

    units: tuple[int, ...]
    known: Mapping[str, tuple[int, ...]]


def spans(units: Units, column: str, rows: int | None = None) -> Any:
    """Return the first and last day of some rows of a column, and whether each is one."""
    return units.query(place(sql(__package__ or "", "days.sql"), moment=exp.column(name(column))), rows=rows).one()


def day_of(column: str) -> exp.Expr:
    """Return the expression of a column's day, as it is written there."""
    text = exp.func("left", exp.cast(exp.column(name(column)), "VARCHAR"), exp.Literal.number(10))
    return exp.TryCast(this=text, to=exp.DataType.build("DATE"))


def until(
    units: Units, column: str, ends: Sequence[date], arms: Sequence[str], measures: Sequence[Measure] = ()
) -> Past:
    """Count the units of some arms by the end of each day, in one pass.

    Parameters
    ----------
    measures
        Metrics whose units have a value once their window is over, as :func:`waits` tells.
    """
    query = sqlglot.parse_one(
        place(sql(__package__ or "", "days_came.sql"), moment=exp.column(name(column))), dialect="duckdb"
    )
    assert isinstance(query, exp.Select)
    held = [exp.alias_(exp.func("count", exp.column(name(one.name))), f"of_{at}") for at, one in enumerate(measures)]
    rows = units.query(query.select(*held).sql(dialect="duckdb", pretty=True), arms=list(arms)).rows
    known = [row for row in rows if row.day is not None]
    return Past(
        tuple(sum(row.units for row in known if row.day <= end) for end in ends),
        {
            one.name: tuple(sum(row[2 + at] for row in known if row.day + wait(one) <= end) for end in ends)
            for at, one in enumerate(measures)
        },
    )


def waits(measure: Measure) -> bool:
    """Whether a unit has no value of a metric before some days after its exposure."""
    return bool(measure.window or measure.delay or measure.since)


def wait(measure: Measure) -> timedelta:
    """Return the whole days from the exposure until a metric's window is over; times within a day are nobody's here."""
    return timedelta(days=round(measure.delay if measure.window is None else measure.window))


def counted(total: int, period: Period | None) -> str:
    """Write how many units there are, and from which days.

    Examples
    --------
    >>> from datetime import date
    >>> counted(1, None), counted(4208, Period(date(2026, 1, 26), date(2026, 5, 31)))
    ('1 unit', '4,208 units from 26 Jan to 31 May 2026')
    """
    return many(total, "unit") + (f" from {period}" if period else "")
