"""What was tracked: events by week, and what their properties held; counted in the engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import cast

import sqlglot
from sqlglot import exp

from pmlib.core import Buckets, TooFewError
from pmlib.core.periods import YEAR_BACK, day_text
from pmlib.engine import Engine, name, place, sql
from pmlib.sources.contract import Events
from pmlib.sources.events.fields import parsed

EVENTS = 200
"""Events looked at: the most frequent."""
PROPERTIES = 30
"""Properties looked at: the first."""
ENOUGH = 50_000
"""Rows of one event that suffice to see what its properties hold; at most so many to twice as many are taken."""
USER = "user_id"
NOTHING = ("", "null", "undefined", "none", "nan", "(null)", "(not set)", "[object object]")
NUMBERS = ("INT", "DOUBLE", "FLOAT", "DECIMAL")
# What is long, or begins otherwise, is not looked at further: casts that fail cost the most.
FILLED = f"(strlen(read) > 20 OR lower(trim(read)) NOT IN ({', '.join(repr(word) for word in NOTHING)}))"
NUMBER = "CASE WHEN trim(read)[1] BETWEEN '+' AND '9' AND strlen(read) <= 40 THEN TRY_CAST(read AS DOUBLE) END"
COUNTS: dict[str, str] = {
    "filled": f"count(*) FILTER (WHERE {FILLED})",
    "numbers": f"count({NUMBER})",
    "truths": "count(*) FILTER (WHERE strlen(read) <= 5 AND lower(read) IN ('true', 'false'))",
    "times": "count(CASE WHEN read[1] BETWEEN '0' AND '9' AND strlen(read) BETWEEN 8 AND 40 "
    "THEN TRY_CAST(read AS TIMESTAMP) END)",
    "ats": "count(*) FILTER (WHERE contains(read, '@'))",
    "sizes": "avg(CASE WHEN isfinite(size) AND size <> 0 THEN log10(abs(size)) END)",
}
"""What is counted of a property of text."""


@dataclass(frozen=True)
class Course:
    """An event over the weeks.

    Parameters
    ----------
    first, last
        Its first and last day ever.
    lately
        How often it came in the weeks compared.
    weeks
        How often by week; a week without is missing.
    days
        On which days of those weeks, as bits from a week's first day.
    sampled
        Of how many of its rows one was looked at for its properties.
    """

    event: str
    first: date
    last: date
    lately: int
    weeks: Mapping[int, int]
    days: Mapping[int, int]
    sampled: int = 1


@dataclass(frozen=True)
class Property:
    """A property and its column in ``tracked_rows``: ``kind`` is text, number, truth, time or other."""

    name: str
    kind: str
    read: exp.Expr


@dataclass(frozen=True)
class Held:
    """What the properties of an event held in a week: a list each, one number a property."""

    n: int
    people: int
    filled: Sequence[int]
    numbers: Sequence[int]
    truths: Sequence[int]
    times: Sequence[int]
    ats: Sequence[int]
    sizes: Sequence[float | None]


@dataclass(frozen=True, eq=False)
class Seen:
    """All that is compared: the week ``last`` with those from ``since`` on before it.

    Parameters
    ----------
    engine
        Has beside the events the tables ``tracked`` (events by week), ``tracked_names`` (those looked at) and
        ``tracked_rows`` (a sample of their rows, with each property as a column).
    end
        The last day with any event; after it nothing is known.
    whole
        The first complete week of the data.
    totals
        All events by week.
    names, everything
        How many events there are in the weeks compared, and how often they came together.
    left
        Properties that were not looked at.
    """

    events: Events
    engine: Engine
    buckets: Buckets
    whole: int
    since: int
    last: int
    end: date
    courses: Mapping[str, Course]
    totals: Mapping[int, int]
    names: int
    everything: int
    properties: tuple[Property, ...]
    left: int
    held: Mapping[str, Mapping[int, Held]]
    queries: tuple[str, ...]

    @property
    def before(self) -> range:
        """The weeks compared with."""
        return range(self.since, self.last)

    @property
    def begin(self) -> date:
        """The first day of the weeks compared."""
        return self.buckets.start(self.since)

    @property
    def until(self) -> date:
        """The last day of the last complete week."""
        return self.buckets.end(self.last)

    @cached_property
    def pairs(self) -> int:
        """How many properties of events there are to compare."""
        return sum(
            sum(any(one.filled[at] for one in weeks.values()) for at in range(len(self.properties)))
            for weeks in self.held.values()
        )

    @property
    def looks(self) -> int:
        """How many comparisons a page makes; each property is looked at in four ways, each event in three."""
        return max(3 * len(self.courses) + 4 * self.pairs, 10)


def seen(events: Events, *, weeks: int, first: Sequence[str] = ()) -> Seen:
    """Count what was tracked.

    Parameters
    ----------
    weeks
        Weeks compared with.
    first
        Properties to look at before all others.

    Raises
    ------
    TooFewError
        If not one week is complete.
    """
    begin = events.first_day()
    end = events.query("SELECT max(day) AS day FROM events").one().day
    buckets = Buckets("week", events.weeks)
    whole = buckets.number(begin) + (buckets.start(buckets.number(begin)) < begin)
    last = buckets.last_complete(end)
    if whole > last:
        raise TooFewError(
            f"No week is complete: the events run from {day_text(begin, year=True)} to {day_text(end, year=True)}. "
            "Load at least one whole week."
        )
    since = max(whole, last - weeks)
    text = sql(__package__, "tracking_weeks.sql")
    engine = events.engine.keeping("tracked", text, week_start=events.weeks.number)
    asked = {"since": since, "until": buckets.number(end), "enough": ENOUGH, "most": EVENTS}
    picked = sql(__package__, "tracking_names.sql")
    engine = engine.keeping("tracked_names", picked, **asked)
    oldest = max(whole, last - 2 * YEAR_BACK["week"] - 1)
    cells = engine.query(sql(__package__, "tracking_courses.sql"), oldest=oldest, until=asked["until"])
    each: dict[str | None, dict[int, tuple[int, int]]] = {}
    for row in cells:
        each.setdefault(row.event, {})[int(row.week)] = (int(row.n), int(row.days))
    rows = engine.query("SELECT * FROM tracked_names ORDER BY lately DESC, event").rows
    courses = {
        row.event: Course(
            row.event,
            row.first_day,
            row.last_day,
            int(row.lately),
            {week: n for week, (n, _) in each[row.event].items()},
            {week: days for week, (_, days) in each[row.event].items()},
            int(row.sampled),
        )
        for row in rows
    }
    known, reads, left = properties(events, first)
    picks = [exp.alias_(read, name(f"p{at}")) for at, read in enumerate(reads)]
    scan = sqlglot.parse_one(sql(__package__, "tracking_rows.sql"), dialect="duckdb")
    rows_text = cast(exp.Select, scan).select(*picks).sql(dialect="duckdb", pretty=True)
    bound = {"begin": buckets.start(since), "end": buckets.end(last), "week_start": events.weeks.number}
    engine = engine.keeping("tracked_rows", rows_text, **bound)
    held, query = holding(engine, known)
    return Seen(
        events, engine, buckets, whole, since, last, end, courses,
        {week: n for week, (n, _) in each.get(None, {}).items()},
        int(rows[0].names) if rows else 0,
        int(rows[0].everything) if rows else 0,
        tuple(known), left, held, (text, picked, cells.sql, rows_text, query),
    )  # fmt: skip


def properties(events: Events, first: Sequence[str] = ()) -> tuple[list[Property], list[exp.Expr], int]:
    """Tell what each property is and how it is read from the events; how many were left out.

    The user comes first, then those of ``first``; whole objects are left to their keys.
    """
    order = sorted(events.properties, key=lambda one: not {one, one.rpartition(".")[2]} & set(first))
    reads = {USER: exp.column(name(USER)), **{one: events.property(one) for one in order}}
    asked = exp.select(*(exp.alias_(read.copy(), name(f"p{at}")) for at, read in enumerate(reads.values())))
    types = events.query(f"DESCRIBE {asked.from_('events').sql(dialect='duckdb')}").rows
    found: list[Property] = []
    given: list[exp.Expr] = []
    for (one, read), row in zip(reads.items(), types, strict=True):
        tried = read.find(exp.TryCast)
        kind = kind_of(str(row[1]))
        if tried is not None and kind == "number":
            # Read from an object as the number its sample showed: what it really holds is the text inside.
            kind, read = "text", tried.this.copy()
        if kind != "object":
            found.append(Property(one, kind, exp.column(name(f"p{len(found)}"))))
            given.append(exp.cast(read, "VARCHAR") if kind == "text" else read)
    return found[: PROPERTIES + 1], given[: PROPERTIES + 1], max(len(found) - PROPERTIES - 1, 0)


def kind_of(column: str) -> str:
    """Return what a column's type is for tracking.

    Examples
    --------
    >>> kind_of("DECIMAL(10,2)"), kind_of("VARCHAR"), kind_of("TIMESTAMP WITH TIME ZONE"), kind_of("INTEGER[]")
    ('number', 'text', 'time', 'object')
    """
    if column.endswith("]") or column.startswith(("STRUCT", "MAP", "JSON", "UNION", "VARIANT")):
        return "object"
    if column == "VARCHAR" or column.startswith("ENUM"):
        return "text"
    if column == "BOOLEAN":
        return "truth"
    if column.startswith(("TIMESTAMP", "DATE")):
        return "time"
    return "number" if any(word in column for word in NUMBERS) and "INTERVAL" not in column else "other"


def counted(one: Property, what: str) -> exp.Expr:
    """Return the aggregate that counts one thing of a property."""
    own = {"number": "numbers", "truth": "truths", "time": "times"}
    if one.kind == "text":
        return parsed(COUNTS[what], read=one.read, size=parsed(NUMBER, read=one.read))
    if what in ("filled", own.get(one.kind)):
        return parsed("count(read)", read=one.read)
    if what == "sizes" and one.kind == "number":
        return parsed(COUNTS[what], size=parsed("CAST(read AS DOUBLE)", read=one.read))
    return parsed("CAST(NULL AS DOUBLE)" if what == "sizes" else "CAST(0 AS BIGINT)")


def holding(engine: Engine, known: Sequence[Property]) -> tuple[dict[str, dict[int, Held]], str]:
    """Count by event and week what each property held."""
    pieces = {f"the_{what}": exp.Array(expressions=[counted(one, what) for one in known]) for what in COUNTS}
    cells = engine.query(place(sql(__package__, "tracking_held.sql"), **pieces))
    found: dict[str, dict[int, Held]] = {}
    for row in cells:
        found.setdefault(row.event, {})[int(row.week)] = Held(*row[2:])
    return found, cells.sql
