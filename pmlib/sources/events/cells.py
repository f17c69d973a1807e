"""Read the cells of a column: as text, as numbers, as moments."""

from collections.abc import Mapping

from sqlglot import exp

from pmlib.core import InputError, SettingError
from pmlib.engine import Engine
from pmlib.sources.events import times
from pmlib.sources.events.fields import Field, literal, parsed
from pmlib.sources.events.forms import constant, plain
from pmlib.sources.events.mapping import NO_VALUE, SHAPE
from pmlib.sources.events.times import Declared
from pmlib.sources.files.numbers import decimal_comma

SAMPLE = 5_000


def text(fields: Mapping[str, Field], column: str | None) -> exp.Expr:
    """Read a column as text, null where it stands for nothing."""
    if column is None:
        return exp.cast(exp.null(), "VARCHAR")
    fixed = constant(column)
    if fixed is not None:
        return literal(fixed)
    kept = "CASE WHEN lower(trim(field)) IN (words) THEN NULL ELSE trim(field) END"
    tree = parsed(kept, field=fields[column].text)
    for listed in tree.find_all(exp.In):
        listed.set("expressions", [literal(word) for word in NO_VALUE])
    return tree


def number(engine: Engine, fields: Mapping[str, Field], column: str, decimal: str | None) -> exp.Expr:
    """Read a column as a number, null where it is none; signs of currencies are passed over."""
    fixed = constant(column)
    if fixed is not None:
        return exp.cast(literal(fixed), "DOUBLE")
    field = fields[column]
    if field.kind == "number":
        return exp.cast(field.typed.copy(), "DOUBLE")
    bare = parsed("regexp_replace(replace(field, '\u2212', '-'), '[^0-9.,+-]', '', 'g')", field=text(fields, column))
    some = exp.select(exp.alias_(bare.copy(), "word")).distinct().from_("source").order_by("word").limit(SAMPLE)
    values = [row.word for row in engine.query(some.sql(dialect="duckdb")) if row.word]
    comma = decimal == "," if decimal else decimal_comma(values, column=column)
    plain_number = "replace(replace(bare, '.', ''), ',', '.')" if comma else "replace(bare, ',', '')"
    return parsed(f"TRY_CAST({plain_number} AS DOUBLE)", bare=bare)


def moment(
    engine: Engine, fields: Mapping[str, Field], column: str | None, shown: str, said: Declared, zone: str
) -> exp.Expr:
    """Read a column of days or times as TIMESTAMP in UTC; times without a zone are local unless said otherwise.

    Raises
    ------
    InputError
        If no value of the column is a day.
    SettingError
        If a constant (``='2026-11-22'``) is none.
    """
    if column is None:
        return exp.cast(exp.null(), "TIMESTAMP")
    known = Declared(said.zone or ("UTC" if plain(column).endswith("_utc") else zone), said.order)
    fixed = constant(column)
    if fixed is not None and not times.way_of(fixed):
        raise SettingError(
            f"columns gives the constant '{fixed}' where {shown} needs a day. Write one such as ='2026-11-22', or name "
            "the column that holds it."
        )
    field = None if fixed is not None else fields[column]
    if field is not None and field.kind in ("zoned", "naive", "date"):
        reading = times.of_type(field.read.copy(), field.kind, known, zone)
        return reading.utc if reading else exp.cast(exp.null(), "TIMESTAMP")
    written = text(fields, column)
    there = parsed("NOT written IS NULL", written=written)
    shapes = exp.select(exp.alias_(parsed(SHAPE, written=written), "shapes")).from_("source").where(there)
    ways = times.counted(engine.query(shapes.sql(dialect="duckdb")).one().shapes or {})
    if any(way.startswith("mm/dd") for way in ways):
        largest = [
            f"max(TRY_CAST(regexp_extract(written, '^(\\d{{1,2}})[/-](\\d{{1,2}})[/-]\\d{{4}}', {part}) AS INTEGER))"
            for part in (1, 2)
        ]
        picks = [exp.alias_(parsed(one, written=written), f"part_{place}") for place, one in enumerate(largest)]
        seen = engine.query(exp.select(*picks).from_("source").sql(dialect="duckdb")).one()
        known = times.order_of(column, shown, seen.part_0 or 0, seen.part_1 or 0, known)
    filled = sum(ways.values())
    if filled and not times.sorts(ways):
        sample = exp.select(exp.alias_(written, "word")).from_("source").where(there).limit(1)
        raise InputError(
            f"No value in '{column}' of {shown} can be read as a day (found "
            f"'{engine.query(sample.sql(dialect='duckdb')).one().word}'; expected such as 2026-11-22). Name the column "
            "that holds it in columns."
        )
    if not filled:
        return exp.cast(exp.null(), "TIMESTAMP")
    return times.of_text(written, ways, known, zone).utc
