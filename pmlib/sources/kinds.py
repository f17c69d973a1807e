"""What kind of source a file is, told by its ending, its header and a look at its first rows."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pmlib.core import InputError, SettingError
from pmlib.engine import Engine
from pmlib.sources.aggregates.names import is_aggregates
from pmlib.sources.events.fields import fields_of
from pmlib.sources.events.forms import listed, plain
from pmlib.sources.files.dates import dated
from pmlib.sources.files.numbers import number
from pmlib.sources.files.relation import opened, readable, released
from pmlib.sources.files.tables import WORKBOOKS, grids
from pmlib.sources.files.text import beginning, separator
from pmlib.sources.subscriptions.places import MONTHLY, placed
from pmlib.sources.where import Found, Kind, find

TRANSCRIPTS = {".vtt", ".md", ".markdown"}
RECORDS = {".jsonl", ".ndjson", ".json", ".duckdb", ".ddb", ".db"}
"""Endings of files whose records may have keys of their own, or that hold several tables."""
LOGS = {*RECORDS, ".parquet", ".pq"}
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
EVENT = {"event", "event_name", "event_type", "action", "activity"}
"""Columns that name what happened: a subscription has none."""
METADATA = {"respondentid", "respondent id", "responseid", "response id", "respondent"}
LOOKED = 400
"""Rows looked at."""
MANY_ARMS = 12
MANY_NAMES = 60


def kind_of(where: str) -> Kind:
    """Tell whether a source holds events, subscriptions, a survey, interviews, a series, units or aggregates.

    Raises
    ------
    InputError
        If the file is not there, is empty, or is none of these; if files of a pattern are of several kinds.
    """
    found = find(where, "events")
    if found.spec.kind:
        return found.spec.kind
    groups = alike(found) if len(found.files) > 1 else [found]
    kinds: list[Kind] = [kind_of_table(group) for group in groups]
    if len(set(kinds)) > 1:
        parts = [
            f"{group.files[0].name} holds {kind}" + (f" ({listed(columns)})" if columns else "")
            for group, kind in zip(groups, kinds, strict=True)
            for columns in [written(group)]
        ]
        raise InputError(
            f"{found.name} matches files of several kinds: {'; '.join(parts)}. They are no one table. Name each kind's "
            "files, or give them a pattern of their own."
        )
    return kinds[0]


def alike(found: Found) -> list[Found]:
    """Part files by the columns that they are written with."""
    groups: dict[object, list[Path]] = {}
    for file in found.files:
        columns = frozenset(written(replace(found, files=(file,))))
        groups.setdefault((is_transcript(file), columns), []).append(file)
    return [replace(found, files=tuple(files)) for files in groups.values()]


def kind_of_table(found: Found) -> Kind:
    """Tell what files that are written with the same columns hold."""
    if is_transcript(found.files[0]):
        return "interviews"
    if ending_of(found.files[0]) in LOGS:
        return "subscriptions" if is_subscriptions(names_of(found), []) else "events"
    header, rows = head(found)
    if is_survey(header, rows):
        return "survey"
    if is_aggregates(header, rows):
        return "aggregates"
    if is_experiment(header, rows):
        return "units"
    if is_subscriptions(header, rows):
        return "subscriptions"
    return "series" if is_series(header, rows) else "events"


def header_of(where: str) -> tuple[str, ...]:
    """Return the columns that the first file of a source is written with; none where each record has its own.

    Raises
    ------
    InputError
        If the file is not there or cannot be read.
    """
    return written(find(where, "events"))


def written(found: Found) -> tuple[str, ...]:
    """Return the columns that the first file is written with; none where each record has its own."""
    file = found.files[0]
    if is_transcript(file) or ending_of(file) in RECORDS:
        return ()
    if ending_of(file) not in LOGS:
        rows = lines(found)
        return tuple(cell.strip() for cell in rows[0]) if rows else ()
    engine = Engine()
    try:
        return tuple(opened(engine, found, found.spec.table).names)
    finally:
        released(engine)


def is_transcript(file: Path) -> bool:
    """Whether a file is text that is no table."""
    ending = ending_of(file)
    return ending in TRANSCRIPTS or (ending == ".txt" and not looks_like_table(file))


def names_of(found: Found) -> list[str]:
    """Return the columns of a log, and the keys inside them."""
    engine = Engine()
    try:
        given = opened(engine, found, found.spec.table)
        with readable(found.name):
            fields = fields_of(engine, given, decimal=found.spec.decimal)
    finally:
        released(engine)
    return [field.name for field in fields.values() if field.kind not in ("tree", "pairs")]


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


def lines(found: Found) -> list[list[str]]:
    """Return the header and what follows it at the beginning of the first file."""
    file = found.files[0]
    if ending_of(file) in WORKBOOKS:
        return grids(found)[0].rows
    sign = found.spec.separator or separator(file, found.spec.encoding)
    text = beginning(file, found.spec.encoding)
    whole = text[: text.rfind("\n") + 1] or text
    return [row for row in csv.reader(io.StringIO(whole, newline=""), delimiter=sign[:1]) if any(row)]


def head(found: Found) -> tuple[list[str], list[list[str]]]:
    """Return the header and the first rows of the first file."""
    file, rows = found.files[0], lines(found)
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


def is_subscriptions(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether each row says who pays how much from when, and until when or how often; nothing that happened.

    Columns' names tell: what stands in them and cannot be read is for the loader to say.

    Parameters
    ----------
    rows
        The first rows, to see that there are digits in amounts and starts at all; none are needed.
    """
    try:
        taken = placed(header, {}, "")
    except (InputError, SettingError):
        return False
    lasting = {"ended", "interval", "trial_end"} & taken.keys() or MONTHLY.search(plain(taken["amount"]))
    if not lasting or EVENT & {plain(name) for name in header}:
        return False
    places = [header.index(taken[role]) for role in ("amount", "started")]
    return all(any(re.search(r"\d", row[place]) for row in rows) for place in places) if rows else True


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
