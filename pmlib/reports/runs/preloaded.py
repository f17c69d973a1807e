"""The process that has imported everything once and is forked for each report.

It hears requests on the socket it was started with: a report to make (a line, the pipe of its log and a file with what
it needs), or one to end. It tells the process of each report and how that ended, after all that it left is gone.
"""

import gc
import importlib
import importlib.util
import json
import os
import select
import shutil
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

from pmlib.reports.runs.processes import adopt, end_below

IMPORTS = (
    "pmlib.reports.runs.worker",
    "pmlib.reports.runs.execution",
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "pmlib.reports.runs.stream",
    "numpy",
    "scipy.stats",
    "scipy.optimize",
    "duckdb",
    "sqlglot",
    "sqlglot.optimizer",
    "pyarrow.parquet",
    "pyarrow.csv",
    "pmlib.sources",
    "pmlib.metrics",
    "pmlib.usage",
    "pmlib.experiments",
    "pmlib.research",
    "pmlib.trends",
    "pmlib.show",
    "tzdata",
    # Arrow looks for pandas by itself, where it is installed.
    "pandas",
)
"""What a report imports in the end; what is not installed is left out."""
MESSAGE = 4096


class Nursery:
    """Forks a worker for each request and reaps them.

    Parameters
    ----------
    line
        The socket to the runner, who has gone when it ends.
    """

    def __init__(self, line: socket.socket) -> None:
        self.line = line
        self.reports: dict[int, int] = {}
        self.woken, self.wake = os.pipe()
        for end in (self.woken, self.wake):
            os.set_blocking(end, False)

    def live(self) -> "Birth | None":
        """Serve until the runner has gone; in a forked process, return what it is to do."""
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(self.wake, warn_on_full_buffer=False)
        while True:
            ready, _, _ = select.select([self.line, self.woken], [], [])
            if self.woken in ready:
                os.read(self.woken, MESSAGE)
                self.reap()
            if self.line in ready:
                raw, handles, _, _ = socket.recv_fds(self.line, MESSAGE, 2)
                if not raw:
                    end_below()
                    return None
                request = json.loads(raw)
                if "end" in request:
                    self.end(request["end"])
                elif born := self.bear(request["report"], *handles):
                    return born

    def bear(self, report: int, log: int, needs: int) -> "Birth | None":
        """Fork the worker of a report; return what it is to do in it, nothing here."""
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for handle in (self.woken, self.wake):
                os.close(handle)
            self.line.close()
            return Birth(parent, log, needs)
        os.close(log)
        os.close(needs)
        self.reports[pid] = report
        self.tell(report=report, pid=pid)
        return None

    def reap(self) -> None:
        """Tell which workers have ended, once what they left behind is gone."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in self.reports:
                report = self.reports.pop(pid)
                # Orphans of the worker are children of this process now.
                end_below(keep=self.reports)
                self.tell(report=report, pid=pid, code=os.waitstatus_to_exitcode(status))

    def end(self, report: int) -> None:
        """End the worker of a report; its kernel and all below follow when it is reaped."""
        for pid, known in self.reports.items():
            if known == report:
                os.kill(pid, signal.SIGKILL)

    def tell(self, **words: int) -> None:
        """Send a line to the runner; where it has gone, the next look at the socket says so."""
        try:
            self.line.send(json.dumps(words).encode())
        except (BrokenPipeError, ConnectionResetError):
            return


class Birth:
    """What a forked process is to do: make a report with a kernel that it forks first."""

    def __init__(self, parent: int, log: int, needs: int) -> None:
        self.parent, self.log, self.needs = parent, log, needs

    def live(self) -> None:
        """Make the report; the worker leaves from here, its kernel returns when it has ended."""
        from pmlib.reports.runs import kernel, worker

        os.setsid()
        with os.fdopen(self.needs, "rb") as file:
            needs: dict[str, Any] = json.loads(file.read())
        for handle in (1, 2):
            os.dup2(self.log, handle)
        os.close(self.log)
        os.environ.clear()
        os.environ.update(needs["environment"])
        time.tzset()
        os.chdir(needs["cwd"])
        adopt()
        (asked, ask), (told, tell) = os.pipe(), os.pipe()
        # Forked before this process has a thread or a socket.
        pid = os.fork()
        if pid == 0:
            os.close(ask)
            os.close(told)
            kernel.serve(asked, tell)
            return
        os.close(asked)
        os.close(tell)
        code = 1
        try:
            code = worker.work(Path(needs["job"]), self.parent, kernel.Forked(pid, ask, told))
        finally:
            # Nothing of what was imported has to be put in order.
            fault = sys.exception()
            if fault:
                sys.excepthook(type(fault), fault, fault.__traceback__)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


def main() -> None:
    """Import everything, then serve: ``HANDLE PARENT RUNTIME`` of the socket, the runner and its folder."""
    handle, parent, runtime = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    adopt()
    for name in IMPORTS:
        if os.getppid() != parent:
            shutil.rmtree(runtime, ignore_errors=True)
            return
        if importlib.util.find_spec(name.partition(".")[0]):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()
    born = Nursery(socket.socket(fileno=handle)).live()
    if born:
        born.live()
    else:
        shutil.rmtree(runtime, ignore_errors=True)
