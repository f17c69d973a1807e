"""Run jobs in processes of their own, several at once, within their time."""

import json
import os
import selectors
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from threading import Event

from pmlib.core.secrets import Secrets
from pmlib.reports.packs.plan import Job
from pmlib.reports.runs.outcome import Outcome, outcome
from pmlib.reports.runs.output import Log
from pmlib.reports.runs.processes import command, end_marked, end_tree, peak, stoppable
from pmlib.reports.runs.warm import Warm, WarmWorker, environment, runtime_folder
from pmlib.reports.writing import put

POLL = 0.05
SLOW = 60.0
"""Seconds a warm process may take to answer before reports start cold."""

Progress = Callable[[str, int, str], None]
"""Told a report's id, the cell it has reached and its state."""


class Stopped(KeyboardInterrupt):
    """A run was stopped by Ctrl-C or SIGTERM; all its processes have ended.

    Attributes
    ----------
    outcomes
        The reports that had ended, and as ``cancelled`` those that had not, in the order of the jobs.
    """

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        super().__init__("stopped")
        self.outcomes = tuple(outcomes)


@dataclass
class Cold:
    """A worker that was started as a program of its own."""

    process: subprocess.Popen[bytes]
    mark: str

    @property
    def pid(self) -> int:
        """Its process."""
        return self.process.pid

    @property
    def code(self) -> int | None:
        """How it ended, ``None`` while it runs."""
        return self.process.poll()

    def end(self) -> None:
        """End it with all it started."""
        if self.process.poll() is None:
            end_tree(self.process.pid)
        self.process.wait()
        end_marked(self.mark)


@dataclass
class Running:
    """A job under way."""

    job: Job
    folder: Path
    log: Log
    worker: Cold | WarmWorker
    asked: float = field(default_factory=time.monotonic)
    began: float | None = None
    """When its process was there."""
    reached: tuple[int, float] | None = None
    """How many cells it has begun, and when the last of them."""

    @property
    def seconds(self) -> float:
        """How long it has run."""
        return time.monotonic() - (self.asked if self.began is None else self.began)

    def look(self) -> None:
        """See how far it has come."""
        if self.began is None and self.worker.pid is not None:
            self.began = time.monotonic()
        cells = cells_started(self.folder)
        if cells:
            self.reached = (len(cells), cells[-1])

    @property
    def late(self) -> bool:
        """Whether the report has taken too long."""
        return self.began is not None and self.seconds > self.job.timeout

    @property
    def slow_cell(self) -> bool:
        """Whether the cell it is at has taken too long."""
        limit = self.job.asks.cell_timeout
        return limit is not None and self.reached is not None and time.monotonic() - self.reached[1] > limit


def run_jobs(
    jobs: Sequence[Job], folder: Path, *, at_once: int, progress: Progress, warm: Warm | None = None
) -> list[Outcome]:
    """Execute jobs and return their outcomes, in the order of ``jobs``.

    Parameters
    ----------
    folder
        Where executed notebooks and logs stay, one folder a job.
    at_once
        How many run at the same time.
    progress
        Called when a report reaches a cell or ends.
    warm
        Where reports find everything imported; without it each imports for itself.

    Raises
    ------
    Stopped
        When interrupted or terminated; all processes have ended then.
    """
    crew = Crew(jobs, folder, progress, warm)
    try:
        with stoppable() as asked:
            crew.work(at_once, asked)
    except KeyboardInterrupt:
        stopped = True
    else:
        stopped = False
    finally:
        crew.end()
    if stopped:
        raise Stopped([crew.outcomes.get(job.id) or cancelled(job) for job in jobs])
    return [crew.outcomes[job.id] for job in jobs]


class Crew:
    """The jobs of a run: those that wait, that run and that have ended."""

    def __init__(self, jobs: Sequence[Job], folder: Path, progress: Progress, warm: Warm | None) -> None:
        self.waiting, self.folder, self.progress, self.warm = list(jobs), folder, progress, warm
        self.running: list[Running] = []
        self.outcomes: dict[str, Outcome] = {}
        self.runtime: Path | None = None
        self.events = selectors.DefaultSelector()
        self.handles: dict[str, int] = {}

    def work(self, at_once: int, asked: Event) -> None:
        """Run all jobs, unless asked to stop."""
        looked = 0.0
        while self.waiting or self.running:
            if asked.is_set():
                raise KeyboardInterrupt
            while self.waiting and len(self.running) < at_once:
                self.start(self.waiting.pop(0))
            for key, _ in self.events.select(POLL):
                if isinstance(key.data, Log) and not key.data.read():
                    self.events.unregister(key.fd)
            if self.warm is not None:
                self.heard(self.warm)
            # A flood of output wakes often; what takes time is looked at in its own time.
            if time.monotonic() - looked < POLL and all(one.worker.code is None for one in self.running):
                continue
            looked = time.monotonic()
            for one in list(self.running):
                self.look(one)

    def look(self, one: Running) -> None:
        """See whether a job goes on, has ended or must end."""
        one.look()
        code, late, slow = one.worker.code, one.late, one.slow_cell
        if code is None and not late and not slow:
            self.progress(one.job.id, one.reached[0] if one.reached else 0, "running")
            return
        memory = peak(one.worker.pid) if one.worker.pid is not None and code is None else 0
        self.leave(one)
        ended = {"late": late and code is None, "slow_cell": slow and code is None}
        found = outcome(
            one.job, one.folder, **ended, seconds=one.seconds, code=code if code is not None else -9, memory=memory
        )
        self.outcomes[one.job.id] = found
        self.progress(one.job.id, one.reached[0] if one.reached else 0, found.state)

    def start(self, job: Job) -> None:
        """Start the worker of a job, warm where that is possible."""
        place = self.folder / job.id
        place.mkdir(parents=True)
        put(place / "job.json", json.dumps(job.as_json()).encode())
        log = Log(place / "log.txt", Secrets.of(os.environ, job.secrets))
        worker = self.warm.start(place / "job.json", log.writing) if self.warm is not None else None
        if worker is None:
            worker = self.cold(place / "job.json", log.writing)
        log.handed_over()
        one = Running(job, place, log, worker)
        self.running.append(one)
        self.events.register(log.reading, selectors.EVENT_READ, log)
        if self.warm is not None and self.warm.line is not None and "line" not in self.handles:
            self.handles["line"] = self.warm.line.fileno()
            self.events.register(self.handles["line"], selectors.EVENT_READ)

    def cold(self, path: Path, log: int) -> Cold:
        """Start a worker that imports for itself."""
        if self.runtime is None:
            self.runtime = runtime_folder()
        mark = token_hex(16)
        process = subprocess.Popen(
            command("pmlib.reports.runs.worker", str(path), str(os.getpid())),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment(self.runtime, mark),
            start_new_session=True,
        )
        return Cold(process, mark)

    def heard(self, warm: Warm) -> None:
        """Take in what the warm process tells; where it has gone, its reports start again, cold."""
        warm.heard()
        if any(isinstance(one.worker, WarmWorker) and one.began is None and one.seconds > SLOW for one in self.running):
            warm.lost()
        if warm.alive or "line" not in self.handles:
            return
        self.events.unregister(self.handles.pop("line"))
        for one in [one for one in self.running if isinstance(one.worker, WarmWorker) and one.worker.code is None]:
            self.leave(one)
            shutil.rmtree(one.folder)
            self.waiting.insert(0, one.job)

    def leave(self, one: Running) -> None:
        """End a job's processes and its log."""
        self.running.remove(one)
        if isinstance(one.worker, Cold):
            one.worker.end()
        elif self.warm is not None and self.warm.alive:
            self.warm.end(one.worker)
        if one.log.reading in self.events.get_map():
            self.events.unregister(one.log.reading)
        one.log.close()

    def end(self) -> None:
        """End whatever still runs."""
        for one in list(self.running):
            self.leave(one)
        self.events.close()
        if self.runtime is not None:
            shutil.rmtree(self.runtime, ignore_errors=True)


def cancelled(job: Job) -> Outcome:
    """Return the outcome of a report that the end of its run took along."""
    return Outcome(job, "cancelled", "The run was stopped before it ended. Run it again.")


def cells_started(folder: Path) -> list[float]:
    """Return when each cell of a job was begun, in order, by the clock of this machine."""
    try:
        lines = (folder / "cells").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    # The last line may be half written.
    return [float(line.split()[1]) for line in lines if len(line.split()) == 2 and "." in line]
