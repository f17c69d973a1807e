"""The moments of an exposure table: found, read to UTC, refused where they name no zone."""

from sqlglot import exp

from pmlib.core import InputError, nearest
from pmlib.engine import Engine, name
from pmlib.sources.contract import Units
from pmlib.sources.events import cells, times
from pmlib.sources.events.fields import ZONED, Field, parsed
from pmlib.sources.events.mapping import SHAPE
from pmlib.sources.units import DAY_NAMES

FEW = 100
NUMBERS = ("BIGINT", "DOUBLE", "INTEGER")


def time_column(units: Units, wanted: str) -> str:
    """Return the column that says when a unit was exposed, ``""`` where none is called so.

    Raises
    ------
    InputError
        If there is no column of the name wanted.
    """
    if wanted and wanted not in units.columns:
        raise InputError(
            f"{units.origin.name} has no column '{wanted}'; it has {', '.join(units.columns) or 'no further column'}."
            f"{nearest(wanted, units.columns)}"
        )
    folded = {column.casefold().replace(" ", "_"): column for column in units.columns}
    return wanted or next((folded[one] for one in DAY_NAMES if one in folded), "")


def dated(units: Units) -> list[str]:
    """Return the columns that hold days or times in their first rows, whatever they are called."""
    kinds = {row[0]: row[1] for row in units.query("DESCRIBE units")}
    likely = [one for one in units.columns if kinds[one].startswith(("VARCHAR", "DATE", "TIMESTAMP"))]
    if not likely:
        return []
    as_day = exp.DataType.build("DATE")
    wholes = [exp.not_(exp.TryCast(this=day(one), to=as_day).is_(exp.null())) for one in likely]
    picks = [exp.alias_(exp.func("bool_and", whole), name(one)) for one, whole in zip(likely, wholes, strict=True)]
    some = exp.select("*").from_("units").limit(FEW).subquery("some")
    row = units.query(exp.select(*picks).from_(some).sql(dialect="duckdb")).one()
    return [one for one, whole in zip(likely, row, strict=True) if whole]


def day(column: str) -> exp.Expr:
    """Return the first ten letters of a column: a day, as it is written there."""
    return exp.func("left", exp.cast(exp.column(name(column)), "VARCHAR"), exp.Literal.number(10))


def moment_of(units: Units, column: str, said: str, zone: str) -> tuple[exp.Expr, bool]:
    """Return the expression that reads a column as TIMESTAMP in UTC, and whether it holds days only.

    Parameters
    ----------
    said
        The zone of times that name none, as :func:`pmlib.sources.load_events` takes it.

    Raises
    ------
    InputError
        If its times name no zone and none was said, some do and some do not, or it holds no times.
    """
    kind = {row[0]: row[1] for row in units.query("DESCRIBE units")}[column]
    known, shown = times.declared(said), units.origin.name
    read = exp.column(name(column))
    if kind in ZONED or kind.startswith("TIMESTAMP") or kind == "DATE":
        sort = "zoned" if kind in ZONED else "date" if kind == "DATE" else "naive"
        midnights = sort == "naive" and not known.zone and all_midnight(units.engine, read)
        reading = times.of_type(read, sort, known, zone, midnights=midnights)
        if reading is None:
            raise times.needs_zone(column, shown, example(units.engine, read), zone)
        return reading.utc, reading.dates
    if kind in NUMBERS:
        read = exp.cast(read, "VARCHAR")
    elif kind != "VARCHAR":
        raise InputError(
            f"'{column}' of {shown} holds {kind.lower()}s and no times of exposure. Name the column that does: at='…'."
        )
    engine = units.engine.keeping("source", exp.select(exp.column(name(column))).from_("units").sql(dialect="duckdb"))
    field = Field(column, "VARCHAR", "text", read, read.copy(), column)
    shapes = exp.select(exp.alias_(parsed(SHAPE, written=cells.text({column: field}, column)), "shapes"))
    ways = times.counted(engine.query(shapes.from_("source").sql(dialect="duckdb")).one().shapes or {})
    times.refuse_mixed(column, shown, ways, known)
    sorts = times.sorts(ways)
    if not sorts:
        raise InputError(
            f"No value in '{column}' of {shown} can be read as a time (found {example(engine, read)}; expected such as "
            "2026-11-22T10:00:00Z). Name the column that holds the time of exposure: at='…'."
        )
    if sorts["naive"] and not known.zone:
        raise times.needs_zone(column, shown, example(engine, read), zone)
    utc = cells.moment(engine, {column: field}, column, shown, known, zone)
    return utc, set(sorts) == {"date"}


def all_midnight(engine: Engine, local: exp.Expr) -> bool:
    """Whether all times are midnight, so that they are days."""
    test = parsed("bool_and(CAST(local AS TIME) = TIME '00:00:00')", local=local)
    return bool(engine.query(exp.select(test).from_("units").sql(dialect="duckdb")).one()[0])


def example(engine: Engine, read: exp.Expr) -> str:
    """Return one time as it is written."""
    least = exp.Min(this=exp.cast(read.copy(), "VARCHAR"))
    return str(engine.query(exp.select(least).from_("units").sql(dialect="duckdb")).one()[0])
