"""Continue a run that was killed or stopped: reports that had ended well and are made from the same things stay."""

import hashlib
import json
import platform
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path

from pmlib import __version__
from pmlib.core import PmlibError
from pmlib.reports.packs.plan import Job, Plan
from pmlib.reports.runs.outcome import Outcome, outcome
from pmlib.reports.runs.records import Json, Run, folder_of, runs
from pmlib.reports.writing import put
from pmlib.sources.where import described, expanded, matches

BESIDE = ("*.py", "*.sql", "*.toml")
"""Files beside a notebook that it may import or read without naming them as a source."""
LIBRARIES = ("duckdb", "numpy", "scipy")
"""Libraries whose version may change a number."""
BROKEN = {"killed": "was killed", "cancelled": "was stopped"}
"""States of a run that is continued, in words."""


@dataclass(frozen=True)
class Taken:
    """What is taken over from a broken run."""

    outcomes: Mapping[str, Outcome]
    words: str = ""


def stamps(jobs: Iterable[Job]) -> dict[str, str]:
    """Return the stamp of each report that can be run, by its id."""
    by = machinery()
    return {job.id: stamp(job, by) for job in jobs if not job.refused}


def machinery() -> Json:
    """Return what reports are made by: pmlib as its files are now, Python, and the libraries that count."""
    home = Path(__file__).parents[2]
    return {
        "pmlib": __version__,
        "sources": [
            [str(path.relative_to(home)), path.stat().st_size, path.stat().st_mtime_ns]
            for path in sorted(home.rglob("*"))
            # Compiled files come and go while reports are made.
            if path.is_file() and "__pycache__" not in path.parts
        ],
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def stamp(job: Job, by: Json) -> str:
    """Return what a report is made from as one word: parameters, notebook, the code beside it, source files now.

    Parameters
    ----------
    by
        What :func:`machinery` returned.

    Returns
    -------
    str
        ``""`` where a source is read from a database, whose rows may change unseen, or a file cannot be read.
    """
    try:
        made_from = {
            "by": by,
            "notebook": hashlib.sha256(job.notebook.read_bytes()).hexdigest(),
            "beside": {
                path.name: hashlib.sha256(path.read_bytes()).hexdigest()
                for pattern in BESIDE
                for path in job.notebook.parent.glob(pattern)
                if path.is_file()
            },
            "parameters": job.parameters,
            "files": [
                [str(file), file.stat().st_size, file.stat().st_mtime_ns]
                for name in job.files
                if job.parameters[name]
                for file in files_of(str(job.parameters[name]))
            ],
        }
    except (OSError, PmlibError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return ""
    return hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()


def files_of(given: str) -> Iterator[Path]:
    """Give the files behind a source: those of a pattern, a TOML file and all that it names.

    Raises
    ------
    PmlibError
        If one is not there, or a source of the TOML file is no file.
    """
    text, _, _ = given.partition("#")
    yield from matches(Path(text))
    if not text.endswith(".toml"):
        return
    toml = Path(text)
    for name in tomllib.loads(toml.read_text(encoding="utf-8")).get("source", {}):
        path = described(toml, name).path
        if path is None:
            raise PmlibError(f"[source.{name}] of {toml.name} is read from a database.")
        yield from matches(toml.parent / Path(expanded(path)).expanduser())


def broken(out: Path, as_of: date) -> list[Json]:
    """Return the runs of a day that broke off with none that ended after them, the newest first."""
    found: list[Json] = []
    for one in reversed([one for one in runs(out) if one["as_of"] == as_of.isoformat()]):
        if one["state"] not in BROKEN:
            break
        found.append(one)
    return found


def taken(plan: Plan, stamps: Mapping[str, str], earlier: list[Json], run: Run) -> Taken:
    """Take over what broken runs had made, into the folder of the run that continues them.

    Parameters
    ----------
    stamps
        What each report is made from now.
    earlier
        What :func:`broken` returned.

    Raises
    ------
    PublishError
        If the folder of the run takes no files.
    """
    outcomes: dict[str, Outcome] = {}
    for job in plan.jobs:
        for record in earlier if stamps.get(job.id) else ():
            stamped = any(one["id"] == job.id and one.get("stamp") == stamps[job.id] for one in record["reports"])
            place = folder_of(plan.out, record) / job.id
            if not stamped or not (place / "end.json").is_file():
                continue
            try:
                found = outcome(job, place, seconds=0.0, code=0)
            except (PmlibError, OSError, ValueError, KeyError):
                continue
            if found.good:
                kept(place, run.folder / job.id)
                outcomes[job.id] = found
                break
    return Taken(outcomes, words(outcomes, earlier[0])) if outcomes else Taken({})


def kept(place: Path, target: Path) -> None:
    """Copy what a report had made; the mark of its end comes last."""
    for name in ("cells", "executed.ipynb", "end.json"):
        if (place / name).is_file():
            put(target / name, (place / name).read_bytes())


def words(outcomes: Mapping[str, Outcome], record: Json) -> str:
    """Say what is continued."""
    began = datetime.fromisoformat(record["began"]).astimezone()
    names = list(outcomes)
    made = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    day = "" if began.date() == datetime.now().astimezone().date() else f"{began:%-d %b} "
    return (
        f"This continues the run of {day}{began:%H:%M} that {BROKEN[record['state']]}; {made} "
        f"{'is' if len(names) == 1 else 'are'} already made."
    )
