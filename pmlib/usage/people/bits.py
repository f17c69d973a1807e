"""Periods as bits: which of those asked for, a row of ones and zeros with the oldest first."""

import sqlglot
from sqlglot import exp

from pmlib.engine import place, sql

WORDS = {"BIGINT": 62, "HUGEINT": 120}
"""Periods in one word; one ``bit_or`` over it costs a third of what ``bitstring_agg`` does."""
ONE_WORD = "right(CAST(CAST(coalesce(bit_or(the_word) FILTER (WHERE the_condition), 0) AS BIT) AS VARCHAR), the_length)"
PLACED = """
CASE WHEN bucket BETWEEN the_low AND the_top THEN CAST(1 AS the_type) << CAST(the_top - bucket AS INTEGER) END
"""


def bits(condition: exp.Expr, oldest: int, newest: int, *, words: bool = False) -> exp.Expr:
    """Return the aggregate that sets a bit for each period in which the condition was met.

    Parameters
    ----------
    condition
        What a row must meet.
    oldest, newest
        The periods that the bits stand for.
    words
        Whether rows have the words of :func:`calendar`; otherwise their ``bucket`` is the period.
    """
    kind = word(oldest, newest)
    parts = [
        place(
            ONE_WORD,
            the_word=exp.column(f"word_{low}") if words else placed(low, kind),
            the_condition=condition,
            the_length=exp.Literal.number(WORDS[kind]),
        )
        for low in range(oldest, newest + 1, WORDS[kind])
    ]
    text = sqlglot.parse_one(" || ".join(parts), dialect="duckdb")
    return exp.cast(exp.func("left", text, exp.Literal.number(newest - oldest + 1)), "BIT")


def calendar(oldest: int, newest: int) -> str:
    """Return the query for a table of all days with their period, and its bit in each word.

    A few hundred days are numbered so, and each event finds its own there: half of what a scan of the events costs
    where each is numbered by itself.
    """
    kind = word(oldest, newest)
    numbered = sqlglot.parse_one(sql(__package__, "calendar.sql"), dialect="duckdb", into=exp.Select)
    lows = range(oldest, newest + 1, WORDS[kind])
    picks = [exp.alias_(placed(low, kind), f"word_{low}") for low in lows]
    return exp.select("day", "bucket", *picks).from_(numbered.subquery("numbered")).sql(dialect="duckdb", pretty=True)


def word(oldest: int, newest: int) -> str:
    """Return the type of the words for so many periods."""
    return "BIGINT" if newest - oldest < WORDS["BIGINT"] else "HUGEINT"


def placed(low: int, kind: str) -> exp.Expr:
    """Return the bit of a row's period in the word that begins with ``low``; null where it lies in another."""
    top = exp.Literal.number(low + WORDS[kind] - 1)
    text = place(PLACED.replace("the_type", kind), the_low=exp.Literal.number(low), the_top=top)
    return sqlglot.parse_one(text, dialect="duckdb")
