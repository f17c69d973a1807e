"""Days worth a line on a chart: launches, campaigns, incidents."""

import csv
from datetime import date
from pathlib import Path
from typing import NamedTuple

from pmlib.core import InputError, nearest
from pmlib.sources.where import matches

COLUMNS = ("date", "name", "kind")


class Launch(NamedTuple):
    """Something that happened on a day: ``kind`` is a word such as launch, campaign or incident, or empty."""

    date: date
    name: str
    kind: str = ""


def load_launches(path: str | Path) -> tuple[Launch, ...]:
    """Read a CSV with the columns ``date, name`` and, if you like, ``kind``; oldest first.

    Parameters
    ----------
    path
        The file; ``""`` is no launches.

    Raises
    ------
    InputError
        If the file is not there, lacks a column, or holds something that is no date such as 2026-09-07.
    """
    if not str(path):
        return ()
    files = matches(Path(path).expanduser())
    return tuple(sorted(launch for file in files for launch in read(file)))


def read(file: Path) -> list[Launch]:
    """Read one file."""
    try:
        rows = [*csv.reader(file.read_text(encoding="utf-8-sig").splitlines())]
    except UnicodeDecodeError as error:
        raise InputError(f"{file.name} is not UTF-8 text. Save it as CSV UTF-8.") from error
    head = [cell.strip().casefold() for cell in rows[0]] if rows else []
    for column in COLUMNS[:2]:
        if column not in head:
            known = ", ".join(head) or "nothing"
            raise InputError(
                f"{file.name} has no column '{column}'; it has {known}.{nearest(column, head)} "
                "Its columns are date, name, kind, separated by commas."
            )
    places = [head.index(column) if column in head else None for column in COLUMNS]
    found = []
    for number, row in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in row):
            day, name, kind = (row[p].strip() if p is not None and p < len(row) else "" for p in places)
            found.append(Launch(day_of(day, f"{file.name}, line {number}"), name, kind))
    return found


def day_of(text: str, place: str) -> date:
    """Read an ISO date."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{place}: '{text}' is no date. Write it as 2026-09-07.") from error
