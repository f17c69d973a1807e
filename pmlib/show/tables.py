"""Tables: rows of plain values with a unit a column."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from pmlib.core import SettingError, Unit
from pmlib.core.estimate import digits
from pmlib.core.periods import day_text

LONG = 12
"""Rows from which a table is folded in a notebook."""
TABLE_MIME = "application/vnd.pmlib.table+json"
Cell = str | float | int | date | None


@dataclass(frozen=True)
class Column:
    """A column's title and unit; texts, quotes and dates align left, numbers right."""

    title: str
    unit: Unit = Unit.TEXT

    @property
    def number(self) -> bool:
        """Whether the column holds numbers."""
        return self.unit.kind not in {"text", "quote", "date"}


@dataclass(frozen=True)
class Table:
    """Rows of plain values; draws itself as HTML with all text escaped.

    Where each row is a group of people, ``size`` is the title of the column that says how many they are: a pack may
    ask that small groups are not shown.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    size: str = ""

    def __post_init__(self) -> None:
        if self.size and self.size not in [column.title for column in self.columns]:
            raise SettingError(f"The table has no column '{self.size}' that could hold the sizes of its groups.")

    def text(self) -> list[list[str]]:
        """Return the rows as they are printed."""
        return [[written(cell, column) for cell, column in zip(row, self.columns, strict=True)] for row in self.rows]

    def as_json(self) -> dict[str, object]:
        """Return titles and units, which columns are numbers, the printed rows and the plain values."""
        return {
            "columns": [
                {"title": c.title, "number": c.number, "kind": c.unit.kind, "unit": c.unit.as_json()}
                for c in self.columns
            ],
            "rows": self.text(),
            "values": [[plain(cell) for cell in row] for row in self.rows],
            "size": self.size,
        }

    def html(self) -> str:
        """Return an HTML table."""
        sides = [f' style="text-align:{"right" if column.number else "left"}"' for column in self.columns]
        head = "".join(f"<th{side}>{escape(c.title)}</th>" for side, c in zip(sides, self.columns, strict=True))
        body = "".join(
            "<tr>" + "".join(f"<td{side}>{escape(cell)}</td>" for side, cell in zip(sides, row, strict=True)) + "</tr>"
            for row in self.text()
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def bundle(self) -> dict[str, object]:
        """Return the displays by MIME type."""
        plain_text = "\n".join("\t".join(row) for row in [[c.title for c in self.columns], *self.text()])
        html = self.html()
        if len(self.rows) > LONG:
            html = f"<details><summary>Numbers, {len(self.rows)} rows</summary>{html}</details>"
        return {TABLE_MIME: self.as_json(), "text/html": html, "text/plain": plain_text}

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        return self.bundle()


def table(columns: Sequence[Column | str], rows: Sequence[Sequence[Cell]], *, size: str = "") -> Table:
    """Make a table; a plain title is a column of text, ``size`` the title of the column of group sizes.

    Examples
    --------
    >>> table(["week", Column("users", Unit.COUNT)], [["16 Nov", 46300]]).text()
    [['16 Nov', '46,300']]
    """
    made = tuple(column if isinstance(column, Column) else Column(column) for column in columns)
    for row in rows:
        if len(row) != len(made):
            raise SettingError(f"A row has {len(row)} cells where the table has {len(made)} columns: {row!r}.")
    return Table(made, tuple(tuple(row) for row in rows), size)


def written(cell: Cell, column: Column) -> str:
    """Write a cell in its column's unit."""
    if cell is None:
        return "\N{EN DASH}"
    if isinstance(cell, str):
        return cell
    return day_text(cell, year=True) if isinstance(cell, date) else column.unit.text(cell)


def plain(cell: Cell) -> str | float | int | None:
    """Return a cell as JSON holds it."""
    if isinstance(cell, date):
        return cell.isoformat()
    return digits(cell) if isinstance(cell, float) else cell
