"""Small tables as text: CSV, workbooks and frames become rows of cells, whatever wrote them."""

import csv
import io
import math
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from pmlib.core import InputError, SettingError, nearest
from pmlib.engine import Engine
from pmlib.sources.files.relation import readable
from pmlib.sources.files.text import read, separator
from pmlib.sources.where import Found, Spec

WORKBOOKS = {".xlsx", ".xlsm"}
OTHERS = {".xls": "an old Excel file", ".ods": "an OpenDocument sheet", ".sav": "an SPSS file", ".json": "JSON"}


@dataclass(frozen=True)
class Grid:
    """The cells of one file as text, header rows first; an empty cell is ``""``.

    Every row is as long as the longest, columns that are empty throughout are gone.
    """

    name: str
    rows: list[list[str]]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """Cells under one header row."""

    name: str
    header: list[str]
    rows: list[list[str]]
    notes: tuple[str, ...] = ()

    def column(self, place: int) -> list[str]:
        """Return the cells of one column."""
        return [row[place] for row in self.rows]

    def place(self, name: str) -> int:
        """Return where the column of this name stands.

        Raises
        ------
        InputError
            With the nearest name, if there is none.
        """
        if name not in self.header:
            raise InputError(
                f"{self.name} has no column '{name}'; it has {', '.join(self.header)}.{nearest(name, self.header)}"
            )
        return self.header.index(name)


def grids(found: Found) -> list[Grid]:
    """Read all files of a source, or its frame."""
    if found.frame is not None:
        return [of_frame(found.frame)]
    if not found.files:
        raise InputError("There is no source. Give a path, a pattern, or a pandas, Polars or Arrow frame.")
    return [of_file(file, found.spec) for file in found.files]


def table(found: Found) -> Table:
    """Read a source with one header row; several files with the same header are stacked.

    Raises
    ------
    InputError
        If there are no rows, a column is given twice, or the files' headers differ.
    """
    parts = [headed(grid) for grid in grids(found)]
    first = parts[0]
    for other in parts[1:]:
        if other.header != first.header:
            odd = [name for name in other.header if name not in first.header] or other.header
            raise InputError(
                f"{other.name} has other columns than {first.name} ({', '.join(odd[:6])}). Load files of one form "
                "together, and the others by themselves."
            )
    rows = [row for part in parts for row in part.rows]
    return Table(found.name if len(parts) > 1 else first.name, first.header, rows, first.notes)


def headed(grid: Grid) -> Table:
    """Take the first row for the header."""
    header = [cell.strip() for cell in grid.rows[0]]
    header = [cell or f"column {place + 1}" for place, cell in enumerate(header)]
    counts = Counter(name.casefold() for name in header)
    twice = next((name for name in header if counts[name.casefold()] > 1), None)
    if twice:
        where = [str(place + 1) for place, name in enumerate(header) if name.casefold() == twice.casefold()]
        raise InputError(
            f"{grid.name} has the column '{twice}' {len(where)} times (columns {', '.join(where)}; capital letters "
            "do not tell columns apart). Rename or delete all but one."
        )
    if len(grid.rows) < 2:
        raise InputError(f"{grid.name} has a header and no rows under it. Export it again with its data.")
    return Table(grid.name, header, grid.rows[1:], grid.notes)


def of_file(path: Path, spec: Spec) -> Grid:
    """Read one file."""
    ending = path.suffix.lower()
    if ending in WORKBOOKS:
        return of_workbook(path, spec.table)
    if ending == ".parquet":
        engine = Engine()
        with readable(path.name):
            return of_cells(path.name, engine, "SELECT * FROM read_parquet($path)", path=str(path))
    if ending in OTHERS:
        raise InputError(f"{path.name} is {OTHERS[ending]}, not read here. Save it as CSV in UTF-8 or as .xlsx.")
    text = read(path, spec.encoding)
    sign = spec.separator or separator(path, spec.encoding)
    if len(sign) != 1:
        raise SettingError(f"The separator is one sign, such as ';' or a tab, not '{sign}'.")
    return squared(path.name, split(path.name, text, sign))


def split(name: str, text: str, sign: str) -> list[list[str]]:
    """Split a text into rows; where quotation marks do not part fields of a tab-separated text, they are letters.

    Raises
    ------
    InputError
        If a quotation mark is not closed: what follows it would be lost in one field.
    """
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
    try:
        return list(lines)
    except csv.Error as error:
        if sign == "\t":
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=sign, quoting=csv.QUOTE_NONE))
            if len({len(row) for row in rows if row}) == 1:
                return rows
        raise InputError(
            f"{name} cannot be read as a table near line {lines.line_num}: {error}. A quotation mark not closed, "
            "or not doubled inside quotes, does this; export it again."
        ) from error


def of_workbook(path: Path, sheet: str | None) -> Grid:
    """Read one sheet of a workbook: the one named, else the first that holds something."""
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise InputError(f"{path.name} is no workbook that can be read ({error}). Save it again as .xlsx.") from error
    try:
        names = book.sheetnames
        if sheet is not None and sheet not in names:
            raise InputError(f"{path.name} has no sheet '{sheet}'; it has {', '.join(names)}.{nearest(sheet, names)}")
        for name in [sheet] if sheet else names:
            rows = [[shown(cell) for cell in row] for row in book[name].iter_rows(values_only=True)]
            if any(any(row) for row in rows):
                note = f"{path.name} has {len(names)} sheets; '{name}' was read."
                return squared(path.name, rows, (note,) if len(names) > 1 and not sheet else ())
    finally:
        book.close()
    raise InputError(f"{path.name} has no sheet with anything in it. Export it again.")


def of_frame(frame: object) -> Grid:
    """Read a pandas, Polars or Arrow frame."""
    engine = Engine()
    try:
        engine.register("given", frame)
    except duckdb.Error as error:
        raise InputError(
            f"A {type(frame).__name__} is no source. Give a path, or a pandas, Polars or Arrow frame."
        ) from error
    return of_cells("frame", engine, "SELECT * FROM given")


def of_cells(name: str, engine: Engine, text: str, **values: object) -> Grid:
    """Read the answer of a query as text."""
    cells = engine.query(text, **values)
    return squared(name, [list(cells.columns), *([shown(cell) for cell in row] for row in cells)])


def squared(name: str, rows: Iterable[Sequence[str]], notes: tuple[str, ...] = ()) -> Grid:
    """Make all rows as long as the longest, and leave out columns and last rows that are empty throughout."""
    whole = [list(row) for row in rows]
    while whole and not any(cell.strip() for cell in whole[-1]):
        whole.pop()
    while whole and not any(cell.strip() for cell in whole[0]):
        whole.pop(0)
    if not whole:
        raise InputError(f"{name} holds no rows. Export it again with its data.")
    width = max(len(row) for row in whole)
    whole = [row + [""] * (width - len(row)) for row in whole]
    used = [place for place in range(width) if any(row[place].strip() for row in whole)]
    return Grid(name, [[row[place] for place in used] for row in whole], notes)


def shown(cell: object) -> str:
    """Write a typed cell as text: dates as ISO, whole numbers without decimals, nothing as ``""``."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime) and (cell.hour, cell.minute, cell.second, cell.microsecond) == (0, 0, 0, 0):
        return cell.isoformat() if cell.tzinfo else cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def mapped(columns: Mapping[str, str], known: Sequence[str]) -> Mapping[str, str]:
    """Return an explicit mapping if it maps known names only.

    Raises
    ------
    SettingError
        With the nearest name, if it maps another.
    """
    for name in columns:
        if name not in known:
            raise SettingError(
                f"columns maps '{name}', which is none of {', '.join(known)}.{nearest(name, known)} Write the name on "
                "the left and the file's column on the right."
            )
    return columns
