"""Cohorts: who starts when, and how many of them were back at each age, counted in the engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlglot
from sqlglot import exp

from pmlib.core import Buckets
from pmlib.engine import Cells, Engine, place, sql
from pmlib.engine.duck import traced
from pmlib.sources.contract import Events
from pmlib.stats import Both, Sums
from pmlib.usage.cohorts.asked import HOURS, Ages, Asked
from pmlib.usage.people.activity import activity
from pmlib.usage.people.bits import bits
from pmlib.usage.people.parts import Parts, happened

HOUR = 3_600_000_000
"""Microseconds."""
ALWAYS = -(10**9)
"""An age that everybody has reached."""
NOWHERE = -1
"""The place of a part that nobody is in."""
ALONE = "SELECT '' AS user_id, 1 AS place WHERE false"
"""A table of parts with nobody in any."""
KEPT = {
    "activity": "SELECT * FROM activity SEMI JOIN firsts USING (user_id)",
    "anchors": "SELECT * FROM anchors SEMI JOIN firsts USING (user_id)",
}
"""Tables without those whose first start of all is none that counts."""
SHIFTED = "(returns << CAST(cohort - $low AS INTEGER)) & CAST($kept AS BIT)"
"""Bits of periods as bits of ages, those past the last one asked for left out: so more people are alike."""
SHIFTED_AFTER = f"set_bit({SHIFTED}, 0, get_bit(again, CAST(cohort - $low AS INTEGER)))"
"""The same, the period of the start strictly after it."""


@dataclass(frozen=True)
class Cohort:
    """The people who start in one period.

    Parameters
    ----------
    cells
        For each of the ages asked, how many were back and how many could have been; ``None`` where none could yet.
    """

    number: int
    size: int
    cells: tuple[tuple[int, int] | None, ...]

    def rate(self, spot: int) -> float | None:
        """Share back at an age; ``None`` where it is not observed yet or nobody could be."""
        cell = self.cells[spot]
        return cell[0] / cell[1] if cell and cell[1] else None

    def whole(self, spot: int) -> bool:
        """Whether the age is over for all of the cohort."""
        cell = self.cells[spot]
        return cell is not None and cell[1] == self.size


@dataclass(frozen=True)
class Curve:
    """The cohorts of all, or of one part, oldest first.

    Parameters
    ----------
    sums
        For each of the ages asked, sums over people where one may be in several cohorts, else ``None``.
    """

    name: str
    cohorts: tuple[Cohort, ...]
    sums: tuple[Sums | None, ...]

    @property
    def size(self) -> int:
        """Everybody in any cohort, counted once a cohort."""
        return sum(cohort.size for cohort in self.cohorts)

    def observed(self, spot: int) -> list[Cohort]:
        """Cohorts in which an age is observed."""
        return [cohort for cohort in self.cohorts if cohort.cells[spot] is not None]

    def totals(self, spot: int) -> tuple[int, int]:
        """How many were back at an age, and how many could have been."""
        cells = [cohort.cells[spot] for cohort in self.cohorts]
        return sum(cell[0] for cell in cells if cell), sum(cell[1] for cell in cells if cell)


@dataclass(frozen=True, eq=False)
class Steps:
    """Tables made one after the other, each kept in the engine, and the SQL that made them."""

    engine: Engine
    made: tuple[str, ...] = ()

    def keep(self, table: str, text: str, values: Mapping[str, object]) -> "Steps":
        """Make a table, or find it there already."""
        again = made(table, traced(text, self.engine.named(text, values)))
        return Steps(self.engine.keeping(table, text, **values), (*self.made, again))

    def query(self, text: str, **values: object) -> Cells:
        """Run a query over the tables; its SQL begins with theirs."""
        cells = self.engine.query(text, **values)
        return Cells(cells.columns, cells.rows, "\n\n".join([*self.made, cells.sql]))


@dataclass(frozen=True, eq=False)
class Counts:
    """The cohorts asked for: all people, and each part."""

    asked: Asked
    total: Curve
    parts: tuple[Curve, ...]
    steps: Steps
    width: int
    sql: str

    def spans(self, spot: int, first: int, middle: int, last: int) -> tuple[Sums, Sums, Both] | None:
        """Return the sums of the cohorts after ``middle`` up to ``last``, of those up to it, and of people in both."""
        ages = self.asked.ages[spot]
        cells = self.steps.query(
            sql(__package__, "cohorts_spans.sql"),
            **{"first": first, "middle": middle, "last": last, "high": ages.high, "mask": ages.mask(self.width)},
        )
        if not cells.rows:
            return None
        row = [value or 0 for value in cells.one()]
        return Sums(*row[:6]), Sums(*row[6:12]), Both(*row[12:])


def counted(events: Events, asked: Asked, oldest: int, newest: int, split: Parts | None = None) -> Counts:
    """Count cohorts of the periods ``oldest`` to ``newest`` (the last complete one), of all and of each part."""
    # At an age or later a return in the running period counts too.
    until = Buckets(asked.every, events.weeks).number(events.as_of) if asked.later else newest
    base, width = rolled(events, asked) if asked.rolling else booked(events, asked, oldest, until)
    values = ended(events) | {
        "oldest": oldest,
        "newest": newest,
        "low": until - width + 1,
        "micros": HOURS[asked.every] * HOUR,
        "top": asked.longest + 1,
        "kept": Ages(0, asked.longest, asked.later).mask(width),
        "later": asked.later,
        "least": asked.least,
        "recurring": asked.recurring,
    }
    whole = base.keep("parts", ALONE, {}).keep("lines", lined(asked), values)
    numbers = range(oldest, newest + 1)
    (total,), text = curves(whole, asked, numbers, width, {"": 0})
    if split is None:
        return Counts(asked, total, (), whole, width, text)
    apart, places = placed(base, split)
    found, text = curves(apart.keep("lines", lined(asked), values), asked, numbers, width, places)
    return Counts(asked, total, found, whole, width, text)


def placed(steps: Steps, split: Parts) -> tuple[Steps, dict[str, int]]:
    """Return the table ``parts`` on top of others, and the place of each part in it; 0 is nobody's."""
    for table, text, values in split.steps:
        steps = steps.keep(table, text, values)
    rows = steps.engine.query("SELECT part, min(place) AS place FROM parts GROUP BY part ORDER BY place").rows
    return steps, dict.fromkeys(split.names, NOWHERE) | {row.part: row.place for row in rows}


def curves(
    lines: Steps, asked: Asked, numbers: range, width: int, places: Mapping[str, int]
) -> tuple[tuple[Curve, ...], str]:
    """Return the curve of each named place of the lines, and the SQL that ran."""
    everybody = Ages(0, ALWAYS)
    ages = [everybody, *asked.ages]
    values = {"highs": [one.high for one in ages], "masks": [one.mask(width) for one in ages]}
    cells = lines.query(sql(__package__, "cohorts_cells.sql"), **values)
    known = {(row.place, row.cohort, row.spot): (row.back, row.size) for row in cells}
    sums: dict[tuple[int, int], Sums] = {}
    if asked.recurring:
        for row in lines.query(sql(__package__, "cohorts_sums.sql"), **values):
            sums[row.place, row.spot] = Sums(*row[2:])
    spots = range(1, len(ages))
    found: list[Curve] = []
    for name, at in places.items():
        cohorts: list[Cohort] = []
        for number in numbers:
            reached = {spot: known.get((at, number, spot)) for spot in spots}
            if not asked.rolling:
                # A cohort of nobody is observed all the same once its period is over.
                over = {spot for spot in spots if number + ages[spot].high <= numbers[-1]}
                reached = {spot: (cell or (0, 0)) if spot in over else None for spot, cell in reached.items()}
            _, size = known.get((at, number, 0), (0, 0))
            cohorts.append(Cohort(number, size, tuple(reached.values())))
        found.append(Curve(name, tuple(cohorts), tuple(sums.get((at, spot)) for spot in spots)))
    return tuple(found), cells.sql


def ended(events: Events) -> dict[str, object]:
    """Return the moment at which the last day counted was over, in UTC."""
    midnight = datetime.combine(events.as_of + timedelta(days=1), time(), ZoneInfo(events.timezone))
    return {"until": midnight.astimezone(UTC).replace(tzinfo=None)}


def made(table: str, text: str) -> str:
    """Write the statement that made a table."""
    return f"CREATE TABLE {table} AS\n{text};"


def booked(events: Events, asked: Asked, oldest: int, newest: int) -> tuple[Steps, int]:
    """Return the table ``activity`` for calendar periods, and how many periods its bits stand for."""
    starts = asked.starts(events)
    if asked.least == 1 and not asked.zero:
        found = activity(events, every=asked.every, since=oldest, until=newest, start=starts, back=asked.back)
        return only_first(Steps(found.engine, (f"{found.sql};",)), events, asked, "activity"), found.width
    text = place(
        sql(__package__, "cohorts_counted.sql"),
        the_start=starts,
        the_return=happened(asked.back),
        the_starts=bits(exp.column("started"), oldest, newest),
        the_returns=bits(exp.column("back"), oldest, newest),
        the_again=bits(exp.column("after"), oldest, newest),
    )
    steps = Steps(events.engine).keep("activity", text, bound(events, asked) | {"newest": newest})
    return only_first(steps, events, asked, "activity"), newest - oldest + 1


def rolled(events: Events, asked: Asked) -> tuple[Steps, int]:
    """Return the table ``anchors`` for windows of 24 hours, and how many ages bits stand for."""
    text = place(sql(__package__, "cohorts_anchors.sql"), the_start=asked.starts(events))
    steps = Steps(events.engine).keep("anchors", text, bound(events, asked))
    return only_first(steps, events, asked, "anchors"), asked.longest + 2


def only_first(steps: Steps, events: Events, asked: Asked, table: str) -> Steps:
    """Keep of a table only those whose first start of all is one that counts, where that is asked."""
    if asked.kind != "first-ever" or not asked.start_where.strip():
        return steps
    text = place(
        sql(__package__, "cohorts_firsts.sql"), the_start=happened(asked.start), the_match=asked.starts(events)
    )
    return steps.keep("firsts", text, {}).keep(table, KEPT[table], {})


def lined(asked: Asked) -> str:
    """Return the query that lays people out as cohorts with their ages."""
    if asked.rolling:
        return place(
            sql(__package__, "cohorts_windows.sql"),
            the_return=happened(asked.back),
            the_bits=bits(exp.column("back"), 0, asked.longest + 1),
        )
    file = "cohorts_recurring.sql" if asked.recurring else "cohorts_first.sql"
    return place(
        sql(__package__, file),
        the_hits=sqlglot.parse_one(SHIFTED_AFTER if asked.zero else SHIFTED, dialect="duckdb"),
        the_again=sqlglot.parse_one("again" if asked.zero else "CAST(NULL AS BIT)", dialect="duckdb"),
    )


def bound(events: Events, asked: Asked) -> dict[str, object]:
    """Return the values that number periods, and what else is asked of each."""
    return {
        "every": asked.every,
        "week_start": events.weeks.number,
        "least": asked.least,
        "recurring": asked.recurring,
    }
