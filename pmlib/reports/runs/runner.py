"""Run jobs in processes of their own, several at once, within their time."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from pmlib.reports.packs.plan import Job
from pmlib.reports.runs.outcome import Outcome, outcome

POLL = 0.1

Progress = Callable[[str, int, str], None]
"""Told a report's id, the cell it has reached and its state."""


@dataclass
class Running:
    """A job under way."""

    job: Job
    folder: Path
    process: subprocess.Popen[bytes]
    began: float


def run_jobs(jobs: Sequence[Job], folder: Path, *, at_once: int, progress: Progress) -> list[Outcome]:
    """Execute jobs and return their outcomes, in the order of ``jobs``.

    Parameters
    ----------
    folder
        Where executed notebooks and logs stay, one folder a job.
    at_once
        How many run at the same time.
    progress
        Called when a report reaches a cell or ends.

    Notes
    -----
    When interrupted, the running kernels are ended before the interruption goes on.
    """
    waiting, running = list(jobs), []
    outcomes: dict[str, Outcome] = {}
    runtime = Path(tempfile.mkdtemp(prefix="pmlib-"))
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                running.append(start(waiting.pop(0), folder, runtime))
            time.sleep(POLL)
            for one in list(running):
                late = time.monotonic() - one.began > one.job.timeout
                if one.process.poll() is None and not late:
                    progress(one.job.id, len(cells_started(one.folder)), "running")
                    continue
                kill(one.process)
                running.remove(one)
                took = time.monotonic() - one.began
                found = outcome(one.job, one.folder, late=late, seconds=took, code=one.process.returncode)
                outcomes[one.job.id] = found
                progress(one.job.id, len(cells_started(one.folder)), found.state)
    finally:
        for one in running:
            kill(one.process)
        shutil.rmtree(runtime, ignore_errors=True)
    return [outcomes[job.id] for job in jobs]


def start(job: Job, folder: Path, runtime: Path) -> Running:
    """Start the worker of a job in a process group of its own."""
    place = folder / job.id
    place.mkdir(parents=True)
    path = place / "job.json"
    path.write_text(json.dumps(job.as_json()), encoding="utf-8")
    threads = str(max(1, (os.cpu_count() or 2) // 2))
    environment = os.environ | {
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "IPYTHONDIR": str(runtime / "ipython"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "OPENBLAS_NUM_THREADS": threads,
        "OMP_NUM_THREADS": threads,
    }
    with (place / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "pmlib.reports.runs.worker", str(path)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    return Running(job, place, process, time.monotonic())


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a worker with all it started; a kernel leads a session of its own, so the whole tree is walked."""
    try:
        tree = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
    except psutil.NoSuchProcess:
        tree = []
    for one in tree:
        try:
            one.kill()
        except psutil.NoSuchProcess:
            continue
    process.wait()


def cells_started(folder: Path) -> list[int]:
    """Return the numbers of the cells a job has started, in order."""
    try:
        return [int(line) for line in (folder / "cells").read_text(encoding="utf-8").split()]
    except FileNotFoundError:
        return []
