"""Warm kernels: everything imported once, a process forked for each report."""

import json
import os
import select
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import Self

from pmlib.reports.runs.processes import LINUX, command, end_marked

MESSAGE = 4096
ENDING = 15.0
LONGEST = 75


@dataclass
class WarmWorker:
    """A worker that was asked for: its process once it is there, its exit code once it has ended."""

    number: int
    pid: int | None = None
    code: int | None = None


class Warm:
    """Preloads in the background what reports import, from the moment it is entered.

    Where processes cannot be forked safely (other systems than Linux), or when its process has died, :attr:`alive` is
    false and reports start cold.

    Examples
    --------
    ::

        with Warm() as warm:
            run_jobs(jobs, folder, at_once=2, progress=progress, warm=warm)
    """

    def __init__(self) -> None:
        self.workers: dict[int, WarmWorker] = {}
        self.process: subprocess.Popen[bytes] | None = None
        self.line: socket.socket | None = None
        self.runtime = Path(tempfile.gettempdir())
        self.mark = token_hex(16)

    def __enter__(self) -> Self:
        if LINUX:
            self.runtime = runtime_folder()
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                words = (str(theirs.fileno()), str(os.getpid()), str(self.runtime))
                self.process = subprocess.Popen(
                    command("pmlib.reports.runs.preloaded", *words),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=environment(self.runtime, self.mark),
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
            self.line = ours
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        """Whether reports can be made warm."""
        return self.line is not None

    def close(self) -> None:
        """Let the process end, with all it started."""
        if self.line is None:
            return
        self.line.close()
        self.line = None
        if self.process is not None:
            if all(worker.code is not None for worker in self.workers.values()):
                # It has nothing to put in order, and may still be importing.
                self.process.kill()
            try:
                self.process.wait(ENDING)
            except subprocess.TimeoutExpired:
                end_marked(self.mark)
                self.process.wait()
        shutil.rmtree(self.runtime, ignore_errors=True)

    def lost(self) -> None:
        """Give the process up, and end it with all it started."""
        end_marked(self.mark)
        self.close()

    def start(self, job: Path, log: int) -> WarmWorker | None:
        """Ask for the worker of a job; ``None`` where it must start cold.

        Parameters
        ----------
        log
            The handle of the pipe its output goes to.
        """
        if self.line is None:
            return None
        worker = WarmWorker(len(self.workers))
        needs = {"job": str(job), "environment": environment(self.runtime, self.mark), "cwd": str(Path.cwd())}
        # In memory and by its handle: it holds the environment.
        with os.fdopen(os.memfd_create("needs"), "w+b") as file:
            file.write(json.dumps(needs).encode())
            file.seek(0)
            try:
                socket.send_fds(self.line, [json.dumps({"report": worker.number}).encode()], [log, file.fileno()])
            except OSError:
                self.lost()
                return None
        self.workers[worker.number] = worker
        return worker

    def heard(self) -> None:
        """Take in what the process tells, without waiting; at the end of the line it is lost."""
        while self.line is not None:
            try:
                raw = self.line.recv(MESSAGE, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            except OSError:
                raw = b""
            if not raw:
                self.lost()
                return
            words = json.loads(raw)
            worker = self.workers[words["report"]]
            worker.pid, worker.code = words["pid"], words.get("code")

    def end(self, worker: WarmWorker) -> None:
        """End a worker with all it started, and wait until it is gone."""
        waiting = self.line is not None and worker.code is None
        if self.line is not None and waiting:
            try:
                self.line.send(json.dumps({"end": worker.number}).encode())
            except OSError:
                self.lost()
        while self.line is not None and worker.code is None:
            if not select.select([self.line], [], [], ENDING)[0]:
                self.lost()
            self.heard()


def runtime_folder() -> Path:
    """Make the folder of a run's sockets; their whole path may take about a hundred signs."""
    usual = tempfile.gettempdir()
    return Path(tempfile.mkdtemp(prefix="pmlib-", dir=usual if len(os.fsencode(usual)) <= LONGEST else "/tmp"))  # noqa: S108


def environment(runtime: Path, mark: str) -> dict[str, str]:
    """Return the environment of a worker and its kernel; by its mark all that they start is found again.

    Linear algebra runs in one thread: reports run side by side, and a sum split among threads differs in its last digit
    from machine to machine.
    """
    own = {
        "PMLIB_WORKER": mark,
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "IPYTHONDIR": str(runtime / "ipython"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }
    # ipykernel hears less of what a test's notebook prints.
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"} | own
