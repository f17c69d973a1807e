"""What kind of source a file is, told by its ending, its header and a look at its first rows."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from pmlib.core import InputError
from pmlib.sources.files.dates import dated
from pmlib.sources.files.numbers import number
from pmlib.sources.files.tables import WORKBOOKS, grids
from pmlib.sources.files.text import beginning, separator
from pmlib.sources.where import Found, Kind, find

TRANSCRIPTS = {".vtt", ".md", ".markdown"}
LOGS = {".jsonl", ".ndjson", ".json", ".duckdb", ".db", ".parquet"}
ARMS = {
    "arm",
    "arms",
    "variant",
    "variation",
    "variante",
    "test_group",
    "experiment_group",
    "treatment_group",
    "gruppe",
}
METADATA = {"respondentid", "respondent id", "responseid", "response id", "respondent"}
LOOKED = 400
"""Rows looked at."""
MANY_ARMS = 12
MANY_NAMES = 60


def kind_of(where: str) -> Kind:
    """Tell whether a source holds events, a survey, interviews, a series or the units of an experiment.

    Raises
    ------
    InputError
        If the file is not there, is empty, or is none of these.
    """
    found = find(where, "events")
    if found.spec.kind:
        return found.spec.kind
    ending = ending_of(found.files[0])
    if ending in TRANSCRIPTS or (ending == ".txt" and not looks_like_table(found.files[0])):
        return "interviews"
    if ending in LOGS:
        return "events"
    header, rows = head(found)
    if is_survey(header, rows):
        return "survey"
    if is_experiment(header, rows):
        return "units"
    return "series" if is_series(header, rows) else "events"


def ending_of(file: Path) -> str:
    """Return a file's ending, that of what is inside a ``.gz``."""
    return Path(file.stem).suffix.lower() if file.suffix.lower() == ".gz" else file.suffix.lower()


def looks_like_table(file: Path) -> bool:
    """Whether a text file has a separator that its first lines agree on."""
    try:
        separator(file)
    except InputError:
        return False
    return True


def head(found: Found) -> tuple[list[str], list[list[str]]]:
    """Return the header and the first rows of the first file."""
    file = found.files[0]
    if ending_of(file) in WORKBOOKS:
        rows = grids(found)[0].rows
    else:
        sign = found.spec.separator or separator(file, found.spec.encoding)
        text = beginning(file, found.spec.encoding)
        whole = text[: text.rfind("\n") + 1] or text
        rows = [row for row in csv.reader(io.StringIO(whole, newline=""), delimiter=sign[:1]) if any(row)]
    if len(rows) < 2:
        what = "a header and no rows under it" if rows else "no rows"
        raise InputError(f"{file.name} holds {what}. Export it again with its data.")
    width = len(rows[0])
    body = [(row + [""] * width)[:width] for row in rows[1 : LOOKED + 1]]
    return [cell.strip() for cell in rows[0]], body


def is_survey(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a header asks questions, or names what survey tools write."""
    asks = sum(name.rstrip().endswith("?") for name in header)
    tools = any(name.casefold() in METADATA for name in header)
    second = rows[0] if rows else []
    third = rows[1] if len(rows) > 1 else []
    made_by_tool = any("ImportId" in cell for cell in third) or "Open-Ended Response" in second
    return made_by_tool or asks >= 1 or (tools and any(len(name.split()) >= 4 for name in header))


def is_experiment(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether one column names an arm and each row is one unit."""
    arms = [place for place, name in enumerate(header) if name.casefold().replace(" ", "_") in ARMS]
    if not arms or not rows:
        return False
    few = any(2 <= len({row[place] for row in rows}) <= MANY_ARMS for place in arms)
    once = any(len({row[place] for row in rows}) == len(rows) for place in range(len(header)))
    return few and once


def is_series(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether rows are values by date: one row a date, or one a date and name."""
    columns = [[row[place].strip() for row in rows] for place in range(len(header))]
    times = [place for place, column in enumerate(columns) if dated([cell for cell in column if cell][:50])]
    if len(times) != 1 or len(rows) < 3:
        return False
    dates = columns[times[0]]
    others = [place for place in range(len(header)) if place != times[0]]
    words = [place for place in others if any(cell and not is_number(cell) for cell in columns[place])]
    if len(others) == len(words):
        return False
    if not words:
        return len(set(dates)) == len(dates)
    if len(words) > 1:
        return False
    names = columns[words[0]]
    pairs = set(zip(dates, names, strict=True))
    return (
        len(pairs) == len(rows)
        and len(set(names)) <= MANY_NAMES
        and len(pairs) >= 0.5 * len(set(dates)) * len(set(names))
    )


def is_number(cell: str) -> bool:
    """Whether a cell is a number, with a decimal point or comma."""
    return number(cell) is not None or number(cell, comma=True) is not None
