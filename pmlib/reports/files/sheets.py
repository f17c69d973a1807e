"""Tables as files of a spreadsheet: CSV and Excel, the same bytes for the same table; text never becomes a formula."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pmlib.core import Unit

Json = dict[str, Any]
Cell = str | float | int | None

RISKY = re.compile(r"[\ufeff\s\"'`]*[=+\-@\t\r\0\uff1d\uff0b\uff0d\uff20]")
"""What a spreadsheet may take for a formula, also behind a mark, a space or a quote that it drops on reading."""
SPLIT = re.compile(r"([;|]\s*)(?=[=+\-@])")
"""Where a spreadsheet of another country begins a new cell, and it would be a formula."""
LONGEST = 32_767
"""Characters that fit into a cell of a workbook."""
TAKEN = frozenset({"con", "prn", "aux", "nul", *(f"{port}{i}" for port in ("com", "lpt") for i in range(1, 10))})
"""Names that are no files on Windows."""
FORMATS = {"share": "0.0%", "lift": "+0.0%;-0.0%;0.0%", "points": "+0.0%;-0.0%;0.0%", "date": "yyyy-mm-dd"}


@dataclass(frozen=True)
class Sheet:
    """A table on its way into a workbook.

    Parameters
    ----------
    name
        What its tab is called; made short and unique where it must be.
    title, note
        What the table says, and what was counted: both stand on the first sheet.
    table
        As :meth:`pmlib.show.Table.as_json` wrote it.
    """

    name: str
    title: str
    table: Json
    note: str = ""


def csv_bytes(table: Json) -> bytes:
    r"""Write a table as CSV: UTF-8 with its mark, CRLF, plain values; text that could be a formula behind a ``'``.

    Examples
    --------
    >>> column = {"title": "=a", "number": False, "kind": "text", "unit": Unit.TEXT.as_json()}
    >>> csv_bytes({"columns": [column], "rows": [["-1"]], "values": [["-1"]]}).decode("utf-8-sig")
    "'=a\r\n'-1\r\n"
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([harmless(column["title"]) for column in table["columns"]])
    for row in table["values"]:
        writer.writerow([harmless(cell) if isinstance(cell, str) else plain(cell) for cell in row])
    return sound(out.getvalue()).encode("utf-8-sig")


def harmless(text: str) -> str:
    """Put a ``'`` before text that a spreadsheet would take for a formula, also where it splits at other signs.

    Examples
    --------
    >>> harmless("=1+1"), harmless("nice;=1+1"), harmless("a - b")
    ("'=1+1", "nice;'=1+1", 'a - b')
    """
    inside = SPLIT.sub(r"\1'", text)
    return f"'{inside}" if RISKY.match(text) else inside


def plain(cell: float | int | None) -> str:
    """Write a number without an exponent; nothing for a gap."""
    if cell is None:
        return ""
    return format(Decimal(repr(cell)), "f")


def sound(text: str) -> str:
    """Replace what no UTF-8 file can hold."""
    return text.encode("utf-8", "replace").decode()


def workbook(sheets: Sequence[Sheet], *, title: str, made: date) -> bytes:
    """Write tables as one Excel workbook, a sheet each behind a list of them.

    Parameters
    ----------
    made
        The day written into the file, so that the same tables give the same bytes.

    Returns
    -------
    bytes
        Text is stored as text, numbers as numbers in their unit, dates as dates.
    """
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"title": cut(title), "created": datetime(made.year, made.month, made.day)})
    bold = book.add_format({"bold": True, "bottom": 1})
    names = tabs([sheet.name for sheet in sheets])
    head = book.add_worksheet("Contents")
    listed = [["Sheet", "What it says", "What was counted"]]
    listed += [[name, sheet.title, sheet.note] for name, sheet in zip(names, sheets, strict=True)]
    for i, line in enumerate(listed):
        for j, text in enumerate(line):
            head.write_string(i, j, cut(text), bold if i == 0 else None)
    head.set_column(0, 0, 32)
    head.set_column(1, 2, 90)
    formats = {pattern: book.add_format({"num_format": pattern}) for pattern in sorted(patterns(sheets))}
    for name, sheet in zip(names, sheets, strict=True):
        fill(book.add_worksheet(name), sheet.table, bold, formats)
    book.close()
    return out.getvalue()


def fill(page: Any, table: Json, bold: Any, formats: dict[str, Any]) -> None:
    """Write a table into a sheet."""
    for j, column in enumerate(table["columns"]):
        page.write_string(0, j, cut(column["title"]), bold)
        widest = max([len(column["title"]), *(len(row[j]) for row in table["rows"])])
        page.set_column(j, j, min(60, widest + 2))
        look = formats[pattern(column)]
        for i, row in enumerate(table["values"], start=1):
            day = calendar_day(row[j]) if column["kind"] == "date" else None
            if day is not None:
                page.write_datetime(i, j, day, look)
            elif isinstance(row[j], str):
                page.write_string(i, j, cut(row[j]))
            elif row[j] is not None:
                page.write_number(i, j, row[j], look)
    page.freeze_panes(1, 0)


def patterns(sheets: Sequence[Sheet]) -> set[str]:
    """Return the number formats that sheets need."""
    return {pattern(column) for sheet in sheets for column in sheet.table["columns"]}


def pattern(column: Json) -> str:
    """Return how Excel writes the numbers of a column."""
    unit = Unit.from_json(column["unit"])
    return FORMATS.get(unit.kind, "#,##0" + (f".{'0' * unit.decimals}" if unit.decimals else ""))


def calendar_day(cell: Cell) -> datetime | None:
    """Read a cell of dates; Excel knows none before 1900."""
    if not isinstance(cell, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell) or cell < "1900-03-01":
        return None
    try:
        return datetime.fromisoformat(cell)
    except ValueError:
        return None


def cut(text: str) -> str:
    """Make text fit into a cell."""
    return sound(text)[:LONGEST]


def tabs(names: Sequence[str]) -> list[str]:
    """Make names that a workbook takes for its sheets: 31 characters, no signs of its own, each once.

    Examples
    --------
    >>> tabs(["Who [stays]?", "who stays", "History", ""])
    ['Who stays', 'who stays 2', 'History 2', 'Table']
    """
    found: list[str] = []
    used = {"contents", "history"}
    for name in names:
        base = " ".join(re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", sound(name)).split()).strip("'")[:31].strip() or "Table"
        one, number = base, 1
        while one.casefold() in used:
            number += 1
            one = f"{base[: 30 - len(str(number))]} {number}"
        used.add(one.casefold())
        found.append(one)
    return found


def file_name(*words: str, suffix: str) -> str:
    """Make a file name that every system takes and that leads nowhere else.

    Examples
    --------
    >>> file_name("engagement", "../../etc/x", "2026-11-22", suffix="csv")
    'engagement-etc-x-2026-11-22.csv'
    >>> file_name("CON", suffix="csv"), file_name("…", suffix="xlsx")
    ('table-con.csv', 'table.xlsx')
    """
    stem = re.sub(r"[^a-z0-9]+", "-", "-".join(words).casefold()).strip("-")
    if len(stem) > 100:
        stem = f"{stem[:86].rstrip('-')}-{stem[-13:].strip('-')}"
    if not stem or stem in TAKEN:
        stem = f"table-{stem}".strip("-")
    return f"{stem}.{suffix}"
