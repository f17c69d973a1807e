"""Who was active when: one scan of the events, kept as bits for all questions of a report."""

import re
from dataclasses import dataclass, replace

import sqlglot
from sqlglot import exp

from pmlib.core import Buckets, Grain, SettingError
from pmlib.core.periods import YEAR_BACK
from pmlib.engine import Cells, Engine, place, sql
from pmlib.engine.duck import traced
from pmlib.sources.contract import Events
from pmlib.usage.people.parts import Parts, happened

MARGIN: dict[Grain, int] = {"day": 30, "week": 1, "month": 1}
"""Periods kept before the oldest asked for: what a trailing month or the period before needs."""
REACH: dict[Grain, int] = {"day": 2 * YEAR_BACK["day"] + 1, "week": 2 * YEAR_BACK["week"] + 1, "month": 60}
"""Periods kept where the data have them: what judges the last one by its history."""
WORD = 120
"""Periods in one HUGEINT; one ``bit_or`` over it costs a third of what ``bitstring_agg`` does."""

WORD_OF_BITS = """
right(
    CAST(CAST(coalesce(bit_or(
        CASE WHEN the_condition AND bucket BETWEEN the_low AND the_top
        THEN CAST(1 AS HUGEINT) << CAST(the_top - bucket AS INTEGER) END
    ), 0) AS BIT) AS VARCHAR),
    the_word
)
"""


@dataclass(frozen=True, eq=False)
class Activity:
    """The table ``activity``, one row for each who started.

    Columns: ``user_id``, ``first INTEGER`` (the period of the first start in all history), ``starts BIT`` and
    ``returns BIT``: bit ``n - oldest`` is period ``n``, as :class:`pmlib.core.Buckets` numbers them; ``part`` and
    ``place``, one part for all unless it was split.

    Parameters
    ----------
    oldest, newest
        The periods that the bits stand for; ``newest`` is the last complete one.
    sql
        The query that made the table.
    """

    engine: Engine
    buckets: Buckets
    oldest: int
    newest: int
    sql: str

    @property
    def width(self) -> int:
        """How many periods the bits stand for."""
        return self.newest - self.oldest + 1

    def split(self, into: Parts | None) -> "Activity":
        """Return the same, each person in the part they belong to; those in no part are left out."""
        if into is None:
            return self
        text = sql(__package__, "activity_parts.sql")
        engine = into.on(self.engine).keeping("activity", text)
        return replace(self, engine=engine, sql=f"{self.sql};\n\n{into.sql};\n\n{text.strip()}")

    def window(self, last: int, length: int) -> str:
        """Return the bits of the ``length`` periods that end with ``last``, for ``CAST($name AS BIT)``."""
        begin = last - length + 1 - self.oldest
        if begin < 0 or last > self.newest:
            raise SettingError(f"The bits stand for periods {self.oldest} to {self.newest}, not {length} up to {last}.")
        return "0" * begin + "1" * length + "0" * (self.newest - last)

    def query(self, text: str, **values: object) -> Cells:
        """Run a query over ``activity``; ``$low`` and ``$high``, the periods of the bits, are always bound."""
        cells = self.engine.query(text, **({"low": self.oldest, "high": self.newest} | values))
        return Cells(cells.columns, cells.rows, f"CREATE TABLE activity AS\n{self.sql};\n\n{cells.sql}")


def activity(
    events: Events, *, every: Grain = "week", since: int, until: int, start: exp.Expr | str = "", back: str = ""
) -> Activity:
    """Find for each user in which periods they started and returned; asked again, it is there already.

    Parameters
    ----------
    since, until
        The first and last period asked for. Two years are kept where the data have them, so that questions about
        different spans share a scan, and some periods before (``MARGIN``).
    start, back
        The event that counts as starting or returning, ``""`` for any; a start may be a condition of its own.
    """
    buckets = Buckets(every, events.weeks)
    begin = buckets.number(events.first_day())
    oldest = min(since, max(begin, until - REACH[every])) - MARGIN[every]
    starts, returns = happened(start), happened(back)
    text = place(
        sql(__package__, "activity.sql"),
        the_starts=bits(exp.column("is_start"), oldest, until),
        # The same bits are not counted twice.
        the_returns=bits(exp.column("is_start" if starts == returns else "is_return"), oldest, until),
        the_start=starts,
        the_return=returns,
    )
    values = {"every": every, "week_start": events.weeks.number, "newest": until}
    engine = events.engine.keeping("activity", text, **values)
    # A page carries the query with each finding: blanks at the beginning of lines are half of it.
    return Activity(engine, buckets, oldest, until, traced(re.sub(r"\n\s+", "\n", text), values))


def bits(condition: exp.Expr, oldest: int, newest: int) -> exp.Expr:
    """Return the aggregate that sets a bit for each period in which the condition was met."""
    words = [
        place(
            WORD_OF_BITS,
            the_condition=condition,
            the_low=exp.Literal.number(low),
            the_top=exp.Literal.number(low + WORD - 1),
            the_word=exp.Literal.number(WORD),
        )
        for low in range(oldest, newest + 1, WORD)
    ]
    text = sqlglot.parse_one(" || ".join(words), dialect="duckdb")
    return exp.cast(exp.func("left", text, exp.Literal.number(newest - oldest + 1)), "BIT")
