"""Load market or business series: a date, a name and a value, whatever shape the file has."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import pyarrow as pa

from pmlib.core import Check, InputError, Ledger, Origin, SettingError
from pmlib.engine import Engine
from pmlib.sources.contract import Series
from pmlib.sources.files.dates import dated, moments
from pmlib.sources.files.tables import Table, mapped, table
from pmlib.sources.files.text import decimal_comma, number
from pmlib.sources.where import Spec, find

DATE_NAMES = (
    *("date", "day", "week", "month", "quarter", "year", "ds", "time", "timestamp", "period", "datum", "fecha", "data"),
    *("snapshot_date", "week_start", "week_of", "month_start", "week_ending", "date_time", "datetime"),
)
NAME_NAMES = ("name", "series", "metric", "brand", "competitor", "product", "company", "app", "indicator", "variable")
VALUE_NAMES = ("value", "y", "amount", "count", "total", "visits", "share", "index")
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "-", ".", "..", "#n/a"})
MOST_LOST = 0.1
Point = tuple[date, str, float | None]


@dataclass(frozen=True)
class Shape:
    """Which columns hold what: in a long table ``name`` tells the series, in a wide one each value column is one."""

    date: int
    name: int | None
    values: tuple[int, ...]
    left: tuple[int, ...] = ()


def load_series(where: object) -> Series:
    """Load series from a table with a date column.

    Parameters
    ----------
    where
        A CSV, TSV, Excel or Parquet file, a pattern, a TOML file that describes one, or a frame. Long (date, name,
        value) or wide (date and one column a series). A TOML file may say which is which: ``columns = {date = "day",
        name = "browser", value = "share"}``, and ``duplicates = "sum"`` to add rows of the same date and name up.
        ``""`` is none: a report may do without.

    Returns
    -------
    Series
        A week is dated by its Monday, a month, quarter or year by its first day. What says that there is no value
        (empty, ``n/a``, ``-``) is null.

    Raises
    ------
    InputError
        If the columns cannot be told apart, a date repeats within a series, or more than a tenth of the dates or
        values cannot be read.
    """
    if isinstance(where, str) and not where:
        engine = Engine()
        engine.run("CREATE TABLE series (date DATE, name VARCHAR, value DOUBLE)")
        return Series(engine, Origin("series", "series", "none given", Ledger(0, 0)))
    found = find(where, "series")
    source = table(found)
    shape = mapped_shape(source, found.spec.columns) if found.spec.columns else guessed_shape(source)
    points, dropped = read(source, shape, found.spec)
    points, same = unique(points, found.spec.duplicates, source.name)
    if same:
        dropped["duplicate"] += same
    kept = len(source.rows) - dropped.total()
    ledger = Ledger(len(source.rows), kept, dict(sorted(dropped.items())))
    engine = Engine()
    columns = {
        "date": pa.array([point[0] for point in points], pa.date32()),
        "name": pa.array([point[1] for point in points], pa.string()),
        "value": pa.array([point[2] for point in points], pa.float64()),
    }
    engine.register("given", pa.table(columns))
    engine.run("CREATE TABLE series AS SELECT * FROM given ORDER BY name, date")
    names = tuple(dict.fromkeys(point[1] for point in points))
    form = "long: date, name, value" if shape.name is not None else "wide: a date and a column a series"
    notes = list(source.notes)
    if shape.left:
        notes.append(f"Left out, as they hold no numbers: {', '.join(source.header[spot] for spot in shape.left)}.")
    if found.spec.duplicates == "sum":
        notes.append("Rows of the same date and name were added up.")
    days = [point[0] for point in points]
    origin = Origin(found.name, "series", form, ledger, min(days), max(days), notes=tuple(notes))
    return Series(engine, origin, checks(points, names), names)


def mapped_shape(source: Table, columns: Mapping[str, str]) -> Shape:
    """Take the columns a description names."""
    mapped(columns, ("date", "name", "value"))
    if "date" not in columns or ("name" in columns and "value" not in columns):
        raise SettingError(
            f"columns names {', '.join(columns)}; a series needs its date, and a name needs its value. Write, for "
            'example, columns = {date = "day", name = "brand", value = "visits"}.'
        )
    when = source.place(columns["date"])
    if "value" not in columns:
        wide = tuple(spot for spot in range(len(source.header)) if spot != when and numeric(source.column(spot)))
        if not wide:
            raise InputError(f"{source.name} has no number column beside '{columns['date']}'. Name one as value.")
        left = tuple(spot for spot in range(len(source.header)) if spot not in (when, *wide))
        return Shape(when, None, wide, left)
    name = source.place(columns["name"]) if "name" in columns else None
    return Shape(when, name, (source.place(columns["value"]),))


def guessed_shape(source: Table) -> Shape:
    """Tell from names and contents which column is the date, which the name and which holds values."""
    when = date_column(source)
    rest = [spot for spot in range(len(source.header)) if spot != when]
    values = [spot for spot in rest if numeric(source.column(spot))]
    texts = [spot for spot in rest if spot not in values and any(cell.strip() for cell in source.column(spot))]
    if not values:
        raise InputError(
            f"{source.name} has no column of numbers beside its date '{source.header[when]}'; it has "
            f"{', '.join(source.header)}. Check the decimal mark, or name the column as value."
        )
    if not texts:
        return Shape(when, None, tuple(values))
    days = [cell.strip() for cell in source.column(when) if cell.strip()]
    if len(values) > 1 and len(set(days)) == len(days):
        return Shape(when, None, tuple(values), tuple(texts))
    name = called(source, texts, NAME_NAMES) if len(texts) > 1 else texts[0]
    if name is None and all(twins(source, texts[0], other) for other in texts[1:]):
        name = texts[0]
    value = called(source, values, VALUE_NAMES) if len(values) > 1 else values[0]
    if name is None or value is None:
        what = "name of the series" if name is None else "value"
        options = [source.header[spot] for spot in (texts if name is None else values)]
        raise InputError(
            f"{source.name} has several columns that could be the {what}: {', '.join(options)}. Say which in a TOML "
            f'file: columns = {{date = "{source.header[when]}", name = "{source.header[texts[0]]}", value = '
            f'"{source.header[values[-1]]}"}}.'
        )
    return Shape(when, name, (value,))


def date_column(source: Table) -> int:
    """Find the date column by its name, else by what it holds."""
    by_name = called(source, range(len(source.header)), DATE_NAMES)
    if by_name is not None:
        return by_name
    looks = [spot for spot in range(len(source.header)) if dated(source.column(spot))]
    if len(looks) == 1:
        return looks[0]
    what = f"several that look like dates ({', '.join(source.header[spot] for spot in looks)})" if looks else "none"
    raise InputError(
        f"{source.name} needs one date column and has {what}; it has {', '.join(source.header)}. Call it 'date', or "
        'say which in a TOML file: columns = {date = "day"}.'
    )


def called(source: Table, places: Sequence[int], names: Sequence[str]) -> int | None:
    """Return the first of the columns that is called as one expects."""
    by_name = {source.header[spot].strip().casefold().replace(" ", "_"): spot for spot in reversed(places)}
    return next((by_name[name] for name in names if name in by_name), None)


def twins(source: Table, one: int, other: int) -> bool:
    """Whether two columns say the same in other words, such as a country and its code."""
    pairs = {(row[one], row[other]) for row in source.rows}
    return len(pairs) == len({left for left, _ in pairs}) == len({right for _, right in pairs})


def numeric(cells: Sequence[str]) -> bool:
    """Whether a column holds numbers, and at least one."""
    filled = [cell for cell in cells if not missing(cell)]
    return bool(filled) and all(number(cell) is not None or number(cell, comma=True) is not None for cell in filled)


def missing(cell: str) -> bool:
    """Whether a cell says that there is no value."""
    return cell.strip().casefold() in MISSING


def read(source: Table, shape: Shape, spec: Spec) -> tuple[list[Point], Counter[str]]:
    """Read the rows; what cannot be read is counted by reason."""
    dropped: Counter[str] = Counter()
    when = moments(source.column(shape.date), column=source.header[shape.date])
    cells = [cell for spot in shape.values for cell in source.column(spot) if not missing(cell)]
    comma = spec.decimal == "," if spec.decimal else decimal_comma(cells, column=source.header[shape.values[0]])
    points: list[Point] = []
    for row, moment in zip(source.rows, when, strict=True):
        name = row[shape.name].strip() if shape.name is not None else ""
        values = {spot: None if missing(row[spot]) else number(row[spot], comma=comma) for spot in shape.values}
        if not any(cell.strip() for cell in row):
            dropped["empty"] += 1
        elif moment is None:
            dropped["unparseable date" if row[shape.date].strip() else "no date"] += 1
        elif shape.name is not None and not name:
            dropped["no name"] += 1
        elif any(value is None and not missing(row[spot]) for spot, value in values.items()):
            dropped["unparseable value"] += 1
        else:
            points += [(moment.date(), name or source.header[spot], value) for spot, value in values.items()]
    bad = dropped["unparseable date"] + dropped["unparseable value"]
    if bad > MOST_LOST * len(source.rows) or not points:
        raise InputError(unreadable(source, shape, dropped))
    return points, dropped


def unreadable(source: Table, shape: Shape, dropped: Counter[str]) -> str:
    """Say what was expected of the dates or values, with a sample of what is there."""
    spot = shape.date if dropped["unparseable date"] >= dropped["unparseable value"] else shape.values[0]
    expected = "dates such as 2026-01-31" if spot == shape.date else "numbers such as 1234.5"
    sample = next((cell for cell in source.column(spot) if cell.strip()), "")
    return (
        f"Column '{source.header[spot]}' of {source.name} holds '{sample}' where {expected} were expected "
        f"({', '.join(f'{count:,} rows with {reason}' for reason, count in dropped.items() if count) or 'no rows'}). "
        "Name the right columns in a TOML file, or write them so."
    )


def unique(points: list[Point], rule: str | None, source: str) -> tuple[list[Point], int]:
    """Hold that a date occurs once in a series; how many rows were repeats is returned."""
    if rule == "sum":
        sums: dict[tuple[date, str], float | None] = {}
        for day, name, value in points:
            before = sums.get((day, name))
            sums[day, name] = value if before is None else before + (value or 0.0)
        return [(day, name, value) for (day, name), value in sums.items()], 0
    whole = list(dict.fromkeys(points)) if rule == "row" else points
    counts = Counter((day, name) for day, name, _ in whole)
    twice = [(key, count) for key, count in counts.items() if count > 1]
    if twice:
        (day, name), count = twice[0]
        raise InputError(
            f"{source} repeats {len(twice):,} of its dates within a series, such as {day} of '{name}' ({count} "
            'rows). Set duplicates = "sum" in a TOML file to add them up, "row" to drop rows that are the same, or '
            "choose columns that tell them apart."
        )
    return whole, len(points) - len(whole)


def checks(points: list[Point], names: Sequence[str]) -> tuple[Check, ...]:
    """Look at what a reader may doubt: values that are missing, and steps that are not even."""
    empty = sum(value is None for _, _, value in points)
    uneven = [name for name in names if not even([day for day, other, _ in points if other == name])]
    shown = ", ".join(uneven[:5]) + (" and more" if len(uneven) > 5 else "")
    return (
        Check(not empty, f"{empty:,} of {len(points):,} values are missing."),
        Check(not uneven, f"The dates go on in even steps{f', but not in {shown}' if uneven else ''}."),
    )


def even(days: Sequence[date]) -> bool:
    """Whether dates follow each other by the same number of days, months or years."""
    ordered = sorted(days)
    steps = {after - before for before, after in pairwise(ordered)}
    if len(steps) < 2:
        return True
    months = {(after.year - before.year) * 12 + after.month - before.month for before, after in pairwise(ordered)}
    ends = {day.day for day in ordered}
    month_ends = all((day + timedelta(days=1)).day == 1 for day in ordered)
    return len(months) == 1 and (len(ends) == 1 or month_ends)
