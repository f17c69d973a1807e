"""The run's own ledger: one file a run, and the lock that keeps runs apart."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pmlib.core import PmlibError
from pmlib.reports.packs.plan import Plan
from pmlib.reports.runs.outcome import Outcome

HOME = ".pmlib"


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
    """
    folder = home(out)
    folder.mkdir(parents=True, exist_ok=True)
    # Opened close-on-exec, so that no worker keeps the lock alive.
    with (folder / f"{out.name}.lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise LockedError(
                f"Another run is writing to {out} ({holder}). Wait until it ends, or give another folder with --out."
            ) from error
        file.truncate(0)
        file.write(f"process {os.getpid()}, since {datetime.now(UTC):%H:%M} UTC")
        file.flush()
        yield


def begin(plan: Plan) -> Path:
    """Open the record of a run and return its folder, with ``run.json`` saying that it runs."""
    now = datetime.now(UTC)
    bury(plan.out)
    folder = home(plan.out) / "runs" / f"{now:%Y%m%dT%H%M%S%f}-{os.getpid()}"
    folder.mkdir(parents=True)
    write(folder / "run.json", record(plan, [], folder.name, now, "running"))
    return folder


def bury(out: Path) -> None:
    """Mark the runs that died without a word; under the lock of ``out`` none of them can still be running."""
    for path in (home(out) / "runs").glob("*/run.json"):
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["out"] == str(out) and data["state"] == "running":
            write(path, data | {"state": "killed", "reports": [one | {"state": "failed"} for one in data["reports"]]})


def record(plan: Plan, outcomes: list[Outcome], run: str, began: datetime, state: str) -> dict[str, Any]:
    """Return the record of a run, headlines included."""
    done = {one.job.id: one for one in outcomes}
    reports = [
        {
            "id": job.id,
            "title": job.title,
            "state": done[job.id].state if job.id in done else state,
            "why": done[job.id].why if job.id in done else "",
            "headline": done[job.id].headline if job.id in done else "",
            "seconds": round(done[job.id].seconds, 1) if job.id in done else None,
            "through": job.through.isoformat() if job.through else None,
        }
        for job in plan.jobs
    ]
    return {
        "run": run,
        "title": plan.title,
        "as_of": plan.as_of.isoformat(),
        "out": str(plan.out),
        "state": state,
        "process": os.getpid(),
        "began": began.isoformat(timespec="seconds"),
        "ended": None if state == "running" else datetime.now(UTC).isoformat(timespec="seconds"),
        "reports": reports,
    }


def write(path: Path, data: dict[str, Any]) -> None:
    """Write a JSON file whole or not at all."""
    half = path.with_suffix(".half")
    half.write_text(json.dumps(data, indent=1, ensure_ascii=False), encoding="utf-8")
    half.replace(path)


def history(out: Path) -> list[dict[str, Any]]:
    """Return the records of all ended runs into ``out``, the oldest first."""
    records = []
    for path in sorted((home(out) / "runs").glob("*/run.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["out"] == str(out) and data["ended"]:
            records.append(data)
    return records


def public(records: list[dict[str, Any]], as_of: date) -> bytes:
    """Return the published record of a day: each report's state and times, no numbers and no reasons."""
    reports: dict[str, dict[str, Any]] = {}
    for one in records:
        if one["as_of"] == as_of.isoformat():
            for report in one["reports"]:
                reports[report["id"]] = {
                    "id": report["id"],
                    "title": report["title"],
                    "state": report["state"],
                    "run": one["run"],
                    "ended": one["ended"],
                    "through": report["through"],
                }
    data = {"as_of": as_of.isoformat(), "title": records[-1]["title"], "reports": list(reports.values())}
    return json.dumps(data, indent=1, ensure_ascii=False).encode()
