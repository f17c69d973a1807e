"""Who was active when: one scan of the events, kept as bits for all questions of a report."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlglot import exp

from pmlib.core import Buckets, Grain, SettingError
from pmlib.core.periods import YEAR_BACK
from pmlib.engine import Cells, Engine, place, sql
from pmlib.engine.duck import traced
from pmlib.sources.contract import Events
from pmlib.usage.people.bits import bits, calendar
from pmlib.usage.people.parts import Parts, happened

MARGIN: dict[Grain, int] = {"day": 30, "week": 1, "month": 1}
"""Periods kept before the oldest asked for: what a trailing month or the period before needs."""
REACH: dict[Grain, int] = {"day": 2 * YEAR_BACK["day"] + 1, "week": 2 * YEAR_BACK["week"] + 1, "month": 60}
"""Periods kept where the data have them: what judges the last one by its history."""


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
    apart
        Whether another event starts than the one that returns, so that a return may lie before the first start.
    sql
        The statements that made the table.
    """

    engine: Engine
    buckets: Buckets
    oldest: int
    newest: int
    apart: bool
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
        return replace(
            self, engine=engine, sql=f"{self.sql};\n\n{into.sql};\n\nCREATE TABLE activity AS\n{text.strip()}"
        )

    def window(self, last: int, length: int) -> str:
        """Return the bits of the ``length`` periods that end with ``last``, for ``CAST($name AS BIT)``."""
        begin = last - length + 1 - self.oldest
        if begin < 0 or last > self.newest:
            raise SettingError(f"The bits stand for periods {self.oldest} to {self.newest}, not {length} up to {last}.")
        return "0" * begin + "1" * length + "0" * (self.newest - last)

    def query(self, text: str, **values: object) -> Cells:
        """Run a query over ``activity``; ``$low`` and ``$high``, the periods of the bits, and ``$apart`` are bound."""
        cells = self.engine.query(text, **({"low": self.oldest, "high": self.newest, "apart": self.apart} | values))
        return Cells(cells.columns, cells.rows, f"{self.sql};\n\n{cells.sql}")


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
    begin = events.first_day()
    oldest = min(since, max(buckets.number(begin), until - REACH[every])) - MARGIN[every]
    starts, returns = happened(start), happened(back)
    text = place(
        sql(__package__, "activity.sql"),
        the_starts=bits(exp.column("is_start"), oldest, until, words=True),
        # The same bits are not counted twice.
        the_returns=exp.column("starts")
        if starts == returns
        else bits(exp.column("is_return"), oldest, until, words=True),
        the_start=starts,
        the_return=returns,
    )
    dated = calendar(oldest, until)
    values = {
        "every": every,
        "week_start": events.weeks.number,
        "begin": begin,
        "end": events.as_of + timedelta(days=1),
    }
    engine = events.engine.keeping("calendar", dated, **values).keeping("activity", text, newest=until)
    numbered = traced(dated, values)
    made = f"CREATE TABLE calendar AS\n{numbered};\n\nCREATE TABLE activity AS\n{traced(text, {'newest': until})}"
    # A page carries the query with each finding: blanks at the beginning of lines are half of it.
    return Activity(engine, buckets, oldest, until, starts != returns, re.sub(r"\n\s+", "\n", made))
