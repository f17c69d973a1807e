"""The numbers of a chart as columns of the sheet behind it."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from pmlib.core import Unit
from pmlib.core.periods import day_text
from pmlib.reports.files.packed import sound
from pmlib.show import Chart, table
from pmlib.show import Column as Titled
from pmlib.show.shapes import NOTHING, Series

Json = dict[str, Any]
Label = str | date
UNSAFE = re.compile(r"[<>&\"'\x00-\x1f]")
"""What may not stand in a number format: it would end the quotes or the XML around it."""


@dataclass(frozen=True)
class Column:
    """A series as a column of the sheet behind a chart; ``below`` and ``above`` are the lengths of its whiskers."""

    name: str
    values: tuple[float | None, ...]
    source: Series
    part: str = "value"
    below: tuple[float, ...] = ()
    above: tuple[float, ...] = ()

    def emptied(self, many: int) -> "Column":
        """Return the column with as many gaps instead of values."""
        whiskers = (0.0,) * (many if self.below else 0)
        return replace(self, values=(None,) * many, below=whiskers, above=whiskers)


@dataclass(frozen=True)
class Sheet:
    """The numbers of a chart: labels, columns and how numbers are written."""

    labels: tuple[Label, ...]
    columns: tuple[Column, ...]
    pattern: str
    dates: bool = field(default=False)


def sheet(data: Json) -> Sheet:
    """Return the numbers of a chart; the band of a line becomes two more columns, an interval whiskers.

    The days of bars are words: on an axis of time a bar is as wide as a day, however far it is to the next. A chart
    without values has one label that says so.
    """
    chart = Chart.from_json(data)
    words = list(dict.fromkeys(label for one in chart.series for label in one.x))
    days = calendar(words) if chart.dates else None
    order = sorted(range(len(words)), key=lambda i: days[i]) if days else range(len(words))
    scale = 100.0 if chart.unit.kind == "points" else 1.0

    def spread(one: Series, values: Sequence[float | None]) -> tuple[float | None, ...]:
        known = dict(zip(one.x, values, strict=True))
        return tuple(None if (value := known.get(words[i])) is None else value * scale for i in order)

    columns: list[Column] = []
    # A mark is no bar to stack on the others.
    shown = [one for one in chart.series if not (chart.stacked and one.role == "target")] or list(chart.series)
    for one in shown:
        name, values = sound(one.name) or "value", spread(one, one.y)
        low, high = (spread(one, end) if end else () for end in (one.low, one.high))
        if not low or one.role == "target" or chart.stacked:
            columns.append(Column(name, values, one))
        elif chart.kind == "line":
            columns.append(Column(name, values, one))
            columns.append(Column(f"{name}, low", low, one, "low"))
            columns.append(Column(f"{name}, high", high, one, "high"))
        else:
            below, above = whiskers(values, low), whiskers(values, high)
            columns.append(Column(name, values, one, "value", below, above))
    if not any(value is not None for one in columns for value in one.values):
        return Sheet((NOTHING,), tuple(one.emptied(1) for one in columns), pattern(chart.unit))
    labels = tuple(days[i] if days else sound(words[i]) for i in order)
    if days and chart.kind == "bars":
        several = len({day.year for day in days}) > 1
        return Sheet(tuple(day_text(days[i], year=several) for i in order), tuple(columns), pattern(chart.unit))
    return Sheet(labels, tuple(columns), pattern(chart.unit), bool(days))


def tabled(finding: Json) -> Json:
    """Return a finding whose flow has a table: slides have no native chart of it. Its heaviest links come first."""
    chart = finding["chart"]
    if not chart or chart["kind"] != "flow" or finding["table"]:
        return finding
    unit = Unit.from_json(chart["unit"])
    rows = [
        (one["column"] + 1, one["name"], x, value)
        for one in chart["series"]
        for x, value in zip(one["x"], one["y"], strict=True)
        if value is not None
    ]
    rows.sort(key=lambda row: (-row[3], row[:3]))
    titles = [Titled("Step", Unit.COUNT), "From", "To", Titled("Value", unit)]
    return finding | {"table": table(titles, rows).as_json()}


def calendar(words: Sequence[str]) -> list[date] | None:
    """Read labels as days; ``None`` where one is none."""
    try:
        return [date.fromisoformat(word) for word in words]
    except ValueError:
        return None


def whiskers(values: Sequence[float | None], ends: Sequence[float | None]) -> tuple[float, ...]:
    """Return how far each end lies from its value; an open end has no whisker."""
    pairs = zip(values, ends, strict=True)
    return tuple(0.0 if value is None or end is None else abs(end - value) for value, end in pairs)


def pattern(unit: Unit) -> str:
    """Return how a spreadsheet writes numbers of a unit.

    Examples
    --------
    >>> pattern(Unit.SHARE), pattern(Unit.COUNT), pattern(Unit.POINTS)
    ('0.0%', '#,##0', '#,##0.0" points"')
    """
    digits = f".{'0' * unit.decimals}" if unit.decimals else ""
    if unit.kind in {"share", "lift"}:
        return f"0{digits}%"
    # The library writes a format into XML as it stands, and a currency is users' text.
    words = " points" if unit.kind == "points" else UNSAFE.sub("", unit.suffix)
    return f"#,##0{digits}" + (f'"{words}"' if words else "")


def workbook(found: Sheet, made: date) -> bytes:
    """Write the sheet behind a chart: labels, values, and the lengths of whiskers in columns of their own."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"created": datetime(made.year, made.month, made.day)})
    page, look = book.add_worksheet("Sheet1"), book.add_format({"num_format": found.pattern})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for i, label in enumerate(found.labels, start=1):
        if isinstance(label, date):
            page.write_datetime(i, 0, datetime(label.year, label.month, label.day), day)
        else:
            page.write_string(i, 0, label)
    for j, (title, values) in enumerate(written(found), start=1):
        page.write_string(0, j, title)
        for i, value in enumerate(values, start=1):
            if value is not None:
                page.write_number(i, j, value, look)
    book.close()
    return out.getvalue()


def written(found: Sheet) -> list[tuple[str, Sequence[float | None]]]:
    """Return all columns of the sheet with their titles: the series first, then the whiskers."""
    values = [(one.name, one.values) for one in found.columns]
    ends = [
        (f"{one.name}, {word}", part)
        for one in found.columns
        for word, part in (("below", one.below), ("above", one.above))
        if part
    ]
    return [*values, *ends]


def letters(column: int) -> str:
    """Name a column of a sheet, the first being 0.

    Examples
    --------
    >>> letters(0), letters(27)
    ('A', 'AB')
    """
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name
