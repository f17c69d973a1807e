"""Which pages a pack no longer keeps, and taking them away; the last good page of a report always stays."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path, PurePosixPath

from pmlib.reports.runs.records import Json, folder_of, published

NOTEBOOKS = ("executed.ipynb", "log.txt")
"""What of a run folder is taken away with its pages: facts and records are small and stay."""
Page = tuple[str, str]
"""An as-of day and the id of a report."""


def prints(files: Mapping[Path, bytes], out: Path) -> dict[str, str]:
    """Return what a run's record says of the files it published: their paths in ``out`` and a hash of each."""
    return {path.relative_to(out).as_posix(): printed(content) for path, content in sorted(files.items())}


def printed(content: bytes) -> str:
    """Return a short hash by which a file is known again."""
    return hashlib.sha256(content).hexdigest()[:16]


def retired(records: Sequence[Json], keep_weeks: int | None) -> frozenset[Page]:
    """Find the pages older than ``keep_weeks`` before the newest good page of all.

    Parameters
    ----------
    records
        Those of all ended runs, the newest included.

    Returns
    -------
    frozenset
        Never the last good page of any report.
    """
    seen = {(one["as_of"], entry["id"]) for one in records for entry in one["reports"]}
    good = {(one["as_of"], entry["id"]) for one in records for entry in one["reports"] if published(one, entry)}
    if keep_weeks is None or not good:
        return frozenset()
    newest = date.fromisoformat(max(day for day, _ in good))
    first = (newest - timedelta(weeks=keep_weeks)).isoformat()
    last = {report: day for day, report in sorted(good)}
    return frozenset((day, report) for day, report in seen if day < first and last.get(report) != day)


def is_there(path: str, gone: frozenset[Page]) -> bool:
    """Whether a page, by its path in an index's folder, is not among those that are gone.

    Examples
    --------
    >>> is_there("2026-11-22/trends.html", frozenset({("2026-11-22", "trends")}))
    False
    """
    place = PurePosixPath(path)
    return (place.parent.name, place.stem) not in gone


def remove(out: Path, records: Sequence[Json], gone: frozenset[Page]) -> list[Path]:
    """Take away the files of retired pages and the executed notebooks behind them.

    Only files in dated folders that a run says it published, and that still hold what it wrote, are touched; a folder
    goes when it is empty.

    Returns
    -------
    list of Path
        What was removed.
    """
    removed: list[Path] = []
    for one in records:
        ids = {entry["id"] for entry in one["reports"]}
        old = {report for report in ids if (one["as_of"], report) in gone}
        # What belongs to no report (run.json) goes with the last page of its day.
        if old and all((one["as_of"], report) in gone for report in of_day(records, one["as_of"])):
            old.add("")
        mine = {name: mark for name, mark in one.get("files", {}).items() if owner(name, ids) in old}
        removed += [path for path in inside(out, mine) if unlinked(path)]
        for report in old - {""}:
            place = folder_of(out, one) / report
            removed += [place / name for name in NOTEBOOKS if (place / name).is_file() and unlinked(place / name)]
    for folder in {path.parent for path in removed if path.is_relative_to(out)}:
        # It goes only when nothing else lies in it.
        with suppress(OSError):
            folder.rmdir()
    return removed


def of_day(records: Iterable[Json], day: str) -> set[str]:
    """Return the reports of a day."""
    return {entry["id"] for one in records if one["as_of"] == day for entry in one["reports"]}


def owner(name: str, ids: Iterable[str]) -> str:
    """Return the report a published file belongs to, or ``""``.

    Examples
    --------
    >>> owner("2026-11-22/trends-market.csv", ["trends", "trends-market"])
    'trends-market'
    >>> owner("leadership/2026-11-22/trends/chart.svg", ["trends"])
    'trends'
    >>> owner("trends/2026-11-22/run.json", ["trends"])
    ''
    """
    parts = PurePosixPath(name).parts
    # What stands before the day is an audience, which may be called like a report.
    parts = parts[next((place for place, part in enumerate(parts, 1) if is_day(part)), len(parts)) :]
    fits = [one for one in ids for part in parts if part == one or part.startswith((f"{one}.", f"{one}-"))]
    return max(fits, key=len, default="")


def inside(out: Path, files: Mapping[str, str]) -> list[Path]:
    """Return the files of dated folders that are there, lie in ``out`` by their real path and are what was written."""
    found = []
    for name, mark in files.items():
        path = out / name
        dated = any(is_day(part) for part in PurePosixPath(name).parts[:-1])
        # What cannot be looked at stays for the next run.
        with suppress(OSError):
            if not dated or path.is_symlink() or not path.is_file() or not path.resolve().is_relative_to(out.resolve()):
                continue
            if printed(path.read_bytes()) == mark:
                found.append(path)
    return found


def is_day(part: str) -> bool:
    """Whether a folder is named after a day."""
    try:
        return date.fromisoformat(part).isoformat() == part
    except ValueError:
        return False


def unlinked(path: Path) -> bool:
    """Remove a file; one that cannot be removed stays for the next run."""
    try:
        path.unlink()
    except OSError:
        return False
    return True
