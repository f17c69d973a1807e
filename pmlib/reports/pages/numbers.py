"""Tables as a page shows them: printed, sortable by their plain values, and as files to take along."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pmlib.core import Unit
from pmlib.reports.files.sheets import Sheet, csv_bytes, file_name, workbook
from pmlib.show import Chart, Column, table

Json = dict[str, Any]

TALL, BROAD = 14, 8
"""Rows from which a table scrolls in its own box, and columns from which it is set smaller on paper."""
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Link:
    """A file inside the page: what it is called when saved, and its content as an address."""

    name: str
    href: str


@dataclass(frozen=True)
class Cell:
    """A cell: what is printed, and the plain value it sorts by (``""`` sorts by the text, ``None`` is a gap)."""

    text: str
    value: str | None = ""


@dataclass(frozen=True)
class Numbers:
    """A table with its name and its file."""

    label: str
    columns: tuple[Json, ...]
    rows: tuple[tuple[Cell, ...], ...]
    csv: Link

    @property
    def size(self) -> str:
        """The words for a table that is long or broad."""
        return " tall" * (len(self.rows) > TALL) + " broad" * (len(self.columns) > BROAD)


@dataclass(frozen=True)
class Quote:
    """What a person said, and what is known of them."""

    words: str
    about: str


def numbers(one: Json, label: str, *name: str) -> Numbers:
    """Make a table ready for a page; ``name`` are the words of its file name."""
    rows = tuple(
        tuple(
            Cell(text, sorted_by(value, column))
            for text, value, column in zip(row, values, one["columns"], strict=True)
        )
        for row, values in zip(one["rows"], one["values"], strict=True)
    )
    href = f"data:text/csv;charset=utf-8;base64,{base64.b64encode(csv_bytes(one)).decode()}"
    return Numbers(label, tuple(one["columns"]), rows, Link(file_name(*name, suffix="csv"), href))


def sorted_by(value: str | float | None, column: Json) -> str | None:
    """Return what a cell sorts by."""
    if value is None:
        return None
    return str(value) if column["number"] or column["kind"] == "date" else ""


def quotes(one: Json) -> tuple[Quote, ...]:
    """Read the words of people out of a table that has a column of them; empty where it has none."""
    at = next((i for i, column in enumerate(one["columns"]) if column["kind"] == "quote"), None)
    if at is None:
        return ()
    titles = [column["title"] for column in one["columns"]]
    return tuple(
        Quote(row[at], ", ".join(f"{titles[i]}: {cell}" for i, cell in enumerate(row) if i != at and cell))
        for row in one["rows"]
    )


def points(shape: Json) -> Json:
    """Return the table of a chart that came without one: a row a mark."""
    chart = Chart.from_json(shape)
    unit = chart.unit
    ranged = any(one.low for one in chart.series)
    columns = [Column("Series"), Column(chart.x_title or "Label"), Column("Value", unit)]
    columns += [Column("Low", unit), Column("High", unit)] if ranged else []
    rows: list[list[str | float | None]] = []
    for one in chart.series:
        for i, (x, y) in enumerate(zip(one.x, one.y, strict=True)):
            row: list[str | float | None] = [one.name, x, y]
            rows.append(row + ([one.low[i] if one.low else None, one.high[i] if one.high else None] if ranged else []))
    if chart.dates:
        columns[1] = Column(columns[1].title, Unit.DATE)
    return table(columns, rows).as_json()


def book(sheets: Sequence[Sheet], *, title: str, made: date, name: str) -> Link | None:
    """Return all tables of a page as one Excel file; ``None`` where it has none."""
    if not sheets:
        return None
    content = workbook(sheets, title=title, made=made)
    href = f"data:{EXCEL};base64,{base64.b64encode(content).decode()}"
    return Link(file_name(name, made.isoformat(), suffix="xlsx"), href)
