"""The kernel of a report: this Python, whatever kernels a machine has registered."""

import asyncio
import atexit
import json
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_core.paths import jupyter_runtime_dir

from pmlib.reports.runs.processes import LINUX, command, die_with

POLL = 0.005
LEAVE, DYING = 5.0, 0.3
"""Seconds a kernel may take to end by itself; to be gone once it no longer answers."""
OPTIONS = (
    "--HistoryManager.hist_file=:memory:",
    # Colours would split what must be found to be hidden.
    "--InteractiveShell.colors=nocolor",
    "--IPKernelApp.outstream_class=pmlib.reports.runs.stream.CappedStream",
)


@dataclass
class Forked:
    """A kernel that was forked, driven as ``subprocess.Popen`` drives one."""

    pid: int
    asked: int
    """Where it reads what to serve."""
    told: int
    """Where it says that it serves."""
    returncode: int | None = None
    memory: int = 0
    stdin: None = field(default=None, init=False)
    stdout: None = field(default=None, init=False)
    stderr: None = field(default=None, init=False)

    def serve(self, file: str, cwd: str) -> None:
        """Tell the kernel its connection file and folder, and wait until it serves or has died."""
        with suppress(BrokenPipeError):
            os.write(self.asked, json.dumps({"file": file, "cwd": cwd}).encode())
        os.close(self.asked)
        os.read(self.told, 1)
        os.close(self.told)

    def poll(self) -> int | None:
        """Return how it ended, ``None`` while it runs."""
        if self.returncode is None:
            pid, status, used = os.wait4(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
                self.memory = used.ru_maxrss * 1024
        return self.returncode

    def wait(self) -> int:
        """Wait for its end and return how it was."""
        while (code := self.poll()) is None:
            time.sleep(POLL)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal if it runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class OwnProvisioner(LocalProvisioner):
    """Starts a kernel, or takes one that was forked, and keeps how it ended."""

    forked: Forked | None = None
    ended: int | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start the kernel, or let the forked one serve."""
        if self.forked is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process: Any = self.forked
        self.pid = self.pgid = self.forked.pid
        self.forked.serve(cmd[cmd.index("-f") + 1], str(kwargs["cwd"]))
        return self.connection_info

    async def poll(self) -> int | None:
        """Return how the kernel ended, ``None`` while it runs."""
        if self.process is None:
            return 0
        if self.ended is None:
            self.ended = self.process.poll()
        return self.ended


class OwnKernel(AsyncKernelManager):
    """Runs ipykernel in the running interpreter's Python, over sockets in files.

    No port is taken, so that parallel runs cannot clash; the notebook's kernel name does not matter.
    """

    def __init__(self, forked: Forked | None = None) -> None:
        # A socket path of its own: the default name is the same for every kernel of a folder.
        place = Path(jupyter_runtime_dir()) / f"k{os.getpid()}"
        # Named here, for else it lies among the temporary files of the machine until the kernel ends.
        super().__init__(transport="ipc", ip=str(place), kernel_name="python3", connection_file=f"{place}.json")
        self.own = OwnProvisioner(kernel_id="", kernel_spec=self.kernel_spec, parent=self)
        self.own.forked = forked
        self.provisioner = self.own

    @property
    def kernel_spec(self) -> KernelSpec:
        """The only kernel there is."""
        argv = [*command("pmlib.reports.runs.kernel"), "-f", "{connection_file}", *OPTIONS]
        return KernelSpec(argv=argv, display_name="Python 3", language="python", metadata={"debugger": False})

    @property
    def memory(self) -> int:
        """The most bytes a kernel that has ended held, ``0`` where that is not known."""
        if self.own.forked:
            return self.own.forked.memory
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1024 if LINUX else 1)

    async def ended(self, patience: float = DYING) -> int | None:
        """Return how the kernel ended, ``None`` while it runs; one that is just dying is waited for."""
        until = time.monotonic() + patience
        while await self.own.poll() is None and time.monotonic() < until:
            await asyncio.sleep(POLL)
        return self.own.ended

    async def end(self) -> None:
        """Let the kernel end by itself, or end it."""
        if await self.own.poll() is None:
            await self.request_shutdown()
            if await self.ended(LEAVE) is None:
                await self.own.kill()
        await self.cleanup_resources()


def main() -> None:
    """Serve as a kernel in a process of its own: ``-f CONNECTION_FILE`` and options of ipykernel."""
    die_with(int(os.environ["JPY_PARENT_PID"]))
    serving(started(sys.argv[1:]))


class Forgetful(dict[int, list[Any]]):
    """Lists that take in and keep nothing."""

    def __missing__(self, key: int) -> list[Any]:
        return []


def started(argv: list[str]) -> Any:
    """Return the application of a kernel that is connected, to be run with ``start()``."""
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel_launcher.py", *argv[:2]]
    app = IPKernelApp.instance(parent_handle=os.getppid())
    app.initialize(argv)
    # IPython keeps all that a cell prints, for a magic no report needs: an endless print would fill the memory.
    shell: Any = app.shell
    shell.history_manager.outputs = Forgetful()
    # A notebook finds the modules that lie beside it; ipykernel's own must not be found there.
    sys.path.insert(0, "")
    return app


def serve(asked: int, told: int) -> None:
    """Serve as a kernel in a process that was forked, once it is told where."""
    parent = os.getppid()
    os.setsid()
    die_with(parent)
    # Nothing comes when the worker has died before it could ask.
    order = json.loads(os.read(asked, 65536) or b"{}")
    os.close(asked)
    if not order:
        return
    os.chdir(order["cwd"])
    os.environ["JPY_PARENT_PID"] = str(parent)
    if "numpy.random" in sys.modules:
        # Python's own generator is seeded anew by a fork, numpy's is not.
        sys.modules["numpy.random"].seed()
    app = started(["-f", order["file"], *OPTIONS])
    os.write(told, b"1")
    os.close(told)
    serving(app)


def serving(app: Any) -> None:
    """Serve until the kernel is asked to end."""
    app.start()
    # What it does last is to close its sockets, where its threads sometimes wait for each other for ever. The system
    # closes them as well; what a notebook itself left to be done at the end is done.
    atexit.unregister(app.close)
