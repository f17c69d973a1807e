"""Units that are there more than once with other values: most often a table with a row a unit and day."""

from collections.abc import Sequence

from sqlglot import exp

from pmlib.core import Check, InputError
from pmlib.core.words import many
from pmlib.engine import Engine, name

UNLIKE = "same unit, other values"
"""Why rows are set aside that say something else of a unit than the row that is kept."""
MOST = 0.01
"""A larger part of the units than this is no slip. A row a unit and day repeats nearly all of them; a retried export or
a double key touches a few in a thousand, and if every row kept of those were wrong, 99 in 100 would still be right."""


def unlike(engine: Engine, source: str, columns: Sequence[str], units: int) -> Check:
    """Look for units whose rows in the table ``sorted`` say different things.

    Parameters
    ----------
    columns
        All columns but the unit and the arm.
    units
        How many units are kept.

    Raises
    ------
    InputError
        If they are more than one in a hundred: no rule can say which of their rows is right.
    """
    found = engine.query("SELECT count(DISTINCT pmlib_unit) AS units FROM sorted WHERE pmlib_unlike").one().units
    if not found:
        return Check(True, "No unit is there twice with different values.")
    column = differing(engine, columns)
    said = (
        f"{source} seems to have several rows a unit: {found:,} of {many(units, 'unit')} are there more than once with "
        f"different values (such as in '{column}')."
    )
    if found > MOST * units:
        raise InputError(
            f"{said} One row a unit was expected. Sum them to one row a unit first (of repeated exposures keep the "
            "first), or name the column that tells units apart: unit='…'."
        )
    return Check(
        False, f"{said} One row of each counts, and nothing tells which is right. Sum them to one row a unit first."
    )


def differing(engine: Engine, columns: Sequence[str]) -> str:
    """Return the column that has different values for most of the units there are twice, the first of several."""
    marks = [exp.func("count_if", exp.column(f"c{at}")) for at in range(len(columns))]
    rows = exp.select(*(exp.alias_(differs(column), f"c{at}") for at, column in enumerate(columns)))
    rows = rows.from_("sorted").where(exp.column("pmlib_unlike")).group_by("pmlib_unit")
    counts = engine.query(exp.select(*marks).from_(rows.subquery("units")).sql(dialect="duckdb")).one()
    most: int = counts.index(max(counts))
    return columns[most]


def differs(column: str) -> exp.Expr:
    """Return the condition that a column has several values in a group of rows; none is a value too."""
    value = exp.cast(exp.column(name(column)), "VARCHAR")
    gaps = exp.func("count_if", value.is_(exp.null()))
    kinds = exp.Add(
        this=exp.Count(this=exp.Distinct(expressions=[value.copy()])),
        expression=exp.func("sign", gaps, dialect="duckdb"),
    )
    return exp.GT(this=kinds, expression=exp.Literal.number(1))
