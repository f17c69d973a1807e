"""The run's own ledger: one file a run, and the lock that keeps runs apart."""

import fcntl
import json
import logging
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psutil

from pmlib.core import PmlibError
from pmlib.reports.packs.plan import Plan
from pmlib.reports.runs.outcome import GOOD, Outcome
from pmlib.reports.writing import PublishError, cleared, put, said, swept

Json = dict[str, Any]
HOME = ".pmlib"
NEAR = 2.0
"""Seconds two readings of one process's start may differ: the clock of the machine is set now and then."""
KEYS = {"run", "title", "as_of", "out", "state", "process", "began", "ended", "reports"}
NOTES = logging.getLogger(__name__)


class LockedError(PmlibError):
    """Another run is writing to the same folder."""


def home(out: Path) -> Path:
    """Return the folder beside ``out`` where executed notebooks, facts and logs stay; it is never served."""
    return out.parent / HOME


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Hold the lock of an output folder while running.

    Raises
    ------
    LockedError
        If another run holds it.
    PublishError
        If the folder beside ``out`` takes no files.
    """
    path = home(out) / f"{out.name}.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Opened close-on-exec, so that no worker keeps the lock alive.
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise PublishError(f"{said(error, path)}. Make room or make the folder writable, then run again.") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockedError(
                f"Another run is writing to {out} ({holder(path)}). Wait until it ends, or give another folder with "
                "--out."
            ) from error
        try:
            # A few bytes written in place: whoever is refused only reads them.
            os.ftruncate(file.fileno(), 0)
            os.write(file.fileno(), f"process {os.getpid()}, since {datetime.now().astimezone():%-d %b %H:%M}".encode())
        except OSError as error:
            raise PublishError(f"{said(error, path)}. Make room, then run again.") from error
        try:
            yield
        finally:
            # On a disk that has become read-only meanwhile the name stays; its process ends soon.
            with suppress(OSError):
                os.ftruncate(file.fileno(), 0)


def holder(path: Path) -> str:
    """Return who holds a lock; who has just taken it may not have written its name yet."""
    for _ in range(20):
        words = path.read_text(encoding="utf-8").strip()
        told = re.match(r"process (\d+)", words)
        if told and psutil.pid_exists(int(told.group(1))):
            return words
        time.sleep(0.05)
    return "it has not said who it is"


@dataclass(frozen=True)
class Run:
    """A run that has begun: where its files lie and what its record starts from."""

    plan: Plan
    folder: Path
    began: datetime
    stamps: Mapping[str, str] = field(default_factory=dict)
    """What each report is made from, by its id: see :func:`pmlib.reports.runs.resume.stamp`."""

    def record(
        self,
        state: str,
        outcomes: Sequence[Outcome] = (),
        extras: Mapping[str, Json] | None = None,
        files: Mapping[str, str] | None = None,
    ) -> Json:
        """Return the record of the run.

        Parameters
        ----------
        extras
            ``sentence``, ``card`` and ``quiet`` of each report that has a page, by its id, as they were masked for
            readers. What the notebook itself said is never kept here.
        files
            What was published: see :func:`pmlib.reports.runs.retention.prints`.
        """
        done = {one.job.id: one for one in outcomes}
        why = "The run was stopped before it ended." if state == "cancelled" else ""
        reports = []
        for job in self.plan.jobs:
            one, more = done.get(job.id), (extras or {}).get(job.id, {})
            reports.append(
                {
                    "id": job.id,
                    "title": more.get("title", job.title),
                    "state": one.state if one else state,
                    "why": (one.why if one else "") or why,
                    "headline": more.get("sentence", "") if one and one.good else "",
                    "seconds": round(one.seconds, 1) if one else None,
                    "through": job.through.isoformat() if job.through else None,
                    "stamp": self.stamps.get(job.id, ""),
                    "card": more.get("card"),
                    "quiet": bool(more.get("quiet", False)),
                }
            )
        return {
            "run": self.folder.name,
            "title": self.plan.title,
            "as_of": self.plan.as_of.isoformat(),
            "out": self.plan.out.name,
            "state": state,
            "process": os.getpid(),
            "started": psutil.Process().create_time(),
            "began": self.began.isoformat(timespec="seconds"),
            "ended": None if state == "running" else datetime.now(UTC).isoformat(timespec="seconds"),
            "reports": reports,
            "files": dict(files or {}),
            "asked": list(self.plan.asked),
        }

    def note(self, record: Json) -> None:
        """Write the record down.

        Raises
        ------
        PublishError
            If it cannot be written; the record there was before stays.
        """
        put(self.folder / "run.json", json.dumps(record, indent=1, ensure_ascii=False).encode())


def begin(plan: Plan, stamps: Mapping[str, str] | None = None) -> Run:
    """Open the record of a run, with ``run.json`` saying that it runs; only under the lock of its folder.

    Raises
    ------
    PublishError
        If the record cannot be written.
    """
    now = datetime.now(UTC)
    run = Run(plan, home(plan.out) / "runs" / f"{now:%Y%m%dT%H%M%S%f}-{os.getpid()}", now, stamps or {})
    run.note(run.record("running"))
    return run


def bury(out: Path) -> None:
    """Mark as killed the runs that died without a word, and take away what they had staged; only under the lock."""
    for half in (home(out) / "runs").glob("*/.run.json.half"):
        process = half.parent.name.rpartition("-")[2]
        if not (process.isdigit() and psutil.pid_exists(int(process))):
            cleared([half])
    for one in runs(out):
        if one["state"] == "running" and not alive(one):
            folder, words = folder_of(out, one), {"state": "killed", "why": "The run was killed before it ended."}
            reports = [entry | words for entry in one["reports"]]
            killed = one | {"state": "killed", "ended": touched(folder), "reports": reports}
            swept(folder)
            put(folder / "run.json", json.dumps(killed, indent=1, ensure_ascii=False).encode())


def touched(folder: Path) -> str:
    """Return when a run was last seen alive: the newest time of a file it wrote."""
    newest = max(path.stat().st_mtime for path in folder.rglob("*") if path.is_file())
    return datetime.fromtimestamp(newest, UTC).isoformat(timespec="seconds")


def alive(record: Json) -> bool:
    """Whether the process of a run still runs: the same number and the same start, and not this very process."""
    try:
        started = psutil.Process(record["process"]).create_time()
    except psutil.Error:
        return False
    # This process holds the lock, so whatever it ran before has ended.
    return record["process"] != os.getpid() and abs(started - record.get("started", 0.0)) < NEAR


def folder_of(out: Path, record: Json) -> Path:
    """Return the folder of a run."""
    return home(out) / "runs" / record["run"]


def runs(out: Path) -> list[Json]:
    """Return the records of all runs into ``out``, the oldest first; a record that cannot be read is noted and left."""
    found = []
    for path in sorted((home(out) / "runs").glob("*/run.json")):
        one = read(path)
        if one is not None and (KEYS - one.keys() or one["run"] != path.parent.name):
            NOTES.warning("%s is no record of a run and is left out", path)
        # The name alone, so that a project can be moved: the ledger lies beside the folder and moves with it.
        elif one is not None and one["out"] == out.name:
            found.append(one)
    return found


def history(out: Path) -> list[Json]:
    """Return the records of all ended runs into ``out``, the oldest first."""
    return [one for one in runs(out) if one["ended"]]


def pages(record: Json, report: str) -> list[str]:
    """Return the pages of a report that a run published, by their paths in the output folder, one an audience.

    Examples
    --------
    >>> pages({"as_of": "2026-11-22", "files": {"leadership/2026-11-22/a.html": "…", "2026-11-22/a.csv": "…"}}, "a")
    ['leadership/2026-11-22/a.html']
    """
    page = f"{record['as_of']}/{report}.html"
    return sorted(path for path in record.get("files", ()) if path == page or path.endswith(f"/{page}"))


def published(record: Json, entry: Json) -> bool:
    """Whether a report of a run is good and its page was published; a run that was stopped published nothing."""
    return entry["state"] in GOOD and bool(pages(record, entry["id"]))


def state_of(record: Json, entry: Json) -> str:
    """Return the state of a report as readers know it: made and not published, it shares the state of its run."""
    if entry["state"] not in GOOD or published(record, entry):
        return entry["state"]
    return "failed" if record["state"] in GOOD else record["state"]


def remembered(
    out: Path, report: str, before: date | None = None, *, last: int | None = None, ended: Sequence[Json] | None = None
) -> list[Json]:
    """Return the facts of the good runs of a report, one an as-of date, the oldest first.

    Parameters
    ----------
    before
        Only runs with an earlier as-of date.
    last
        Only so many, the newest.
    ended
        What :func:`history` gave, where it is at hand.

    Returns
    -------
    list of dict
        What :func:`pmlib.reports.pages.facts.facts` made. Facts that are gone or cannot be read are noted and left
        out; an earlier run of the same day stands in for them.
    """
    found: dict[str, Json] = {}
    good = [
        one
        for one in (history(out) if ended is None else ended)
        if any(entry["id"] == report and published(one, entry) for entry in one["reports"])
        and (before is None or one["as_of"] < before.isoformat())
    ]
    for one in sorted(good, key=lambda one: (one["as_of"], one["ended"], one["run"]), reverse=True):
        if last is not None and len(found) >= last:
            break
        if one["as_of"] not in found:
            facts = read(folder_of(out, one) / report / "facts.json")
            if facts is not None:
                found[one["as_of"]] = facts
    return [found[day] for day in sorted(found)]


def read(path: Path) -> Json | None:
    """Read a file of the ledger; what cannot be read is noted and is nothing."""
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        NOTES.warning("%s cannot be read and is left out: %s", path, error)
        return None
    if not isinstance(data, dict):
        NOTES.warning("%s cannot be read and is left out: it holds no record", path)
        return None
    return data


def public(records: Sequence[Json], as_of: date) -> bytes:
    """Return the published record of a day: each report's state and times, no numbers and no reasons."""
    reports: dict[str, Json] = {}
    for one in records:
        if one["as_of"] == as_of.isoformat():
            for report in one["reports"]:
                reports[report["id"]] = {
                    "id": report["id"],
                    "title": report["title"],
                    "state": state_of(one, report),
                    "run": one["run"],
                    "ended": one["ended"],
                    "through": report["through"],
                }
    data = {"as_of": as_of.isoformat(), "title": records[-1]["title"], "reports": list(reports.values())}
    return json.dumps(data, indent=1, ensure_ascii=False).encode()
