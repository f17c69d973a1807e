"""What stands for no day, and the days in further columns, such as that of cancelling."""

from collections.abc import Mapping
from dataclasses import replace

from sqlglot import exp

from pmlib.core import InputError
from pmlib.engine import Engine
from pmlib.sources.events import times
from pmlib.sources.events.cells import moment, text
from pmlib.sources.events.fields import Field, literal, parsed
from pmlib.sources.events.mapping import SHAPE
from pmlib.sources.events.times import Declared

TYPED = ("zoned", "naive", "date")
NOTHING = ("n/a", "na", "n.a.", "-", "--", "–", "—", "never", "not set", "0000-00-00", "0000-00-00 00:00:00")
"""What stands for no day and no number, beside what stands for nothing everywhere."""


def emptied(field: Field) -> Field:
    """Read words that stand for no day and no number as none."""
    if field.type != "VARCHAR":
        return field
    words = exp.array(*(literal(word) for word in NOTHING))
    kept = "CASE WHEN list_contains(words, lower(trim(field))) THEN NULL ELSE field END"
    read = parsed(kept, field=field.read, words=words)
    return replace(field, read=read)


def days_of(
    engine: Engine, fields: Mapping[str, Field], spare: Mapping[str, Field], shown: str, said: Declared, zone: str
) -> dict[str, tuple[exp.Expr, exp.Expr]]:
    """Read the columns that hold days: as they are written, and as local days.

    Parameters
    ----------
    spare
        The columns to look at, by the name they get. One holds days if it is typed so, or most of what is filled in a
        sample of its rows is written so; one whose days could begin with the month or the day holds none.
    """
    found = {}
    fields = {**fields, **{field.name: emptied(field) for field in spare.values()}}
    for title, field in spare.items():
        if field.kind in TYPED or mostly(engine, text(fields, field.name)):
            try:
                read = moment(engine, fields, field.name, shown, said, zone)
            except InputError:
                continue
            day = parsed("CAST(moment AT TIME ZONE 'UTC' AT TIME ZONE zone AS DATE)", moment=read, zone=literal(zone))
            found[title] = (field.typed.copy() if field.kind in TYPED else text(fields, field.name), day)
    return found


def mostly(engine: Engine, written: exp.Expr) -> bool:
    """Whether most of what is filled in a sample is written as a day or time."""
    query = exp.select(exp.alias_(parsed(SHAPE, written=written), "shapes")).from_("sample")
    query = query.where(parsed("NOT written IS NULL", written=written))
    ways = times.counted(engine.query(query.sql(dialect="duckdb")).one().shapes or {})
    return 2 * ways.get("", 0) < sum(ways.values())
