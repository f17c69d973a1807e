"""Processes of a run: none outlives what started it, and none is lost to a session of its own."""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import psutil

import pmlib

LINUX = sys.platform == "linux"
DEATH_SIGNAL, ADOPT = 1, 36
"""Linux's numbers for prctl: a signal when the parent dies; orphans of the tree become children."""
PATIENCE = 5.0
WATCH = 0.2


def command(module: str, *words: str) -> list[str]:
    """Return how a module's ``main`` is run in a fresh Python, whatever files lie in the current folder."""
    root = str(Path(pmlib.__file__).parents[1])
    start = f"import sys; r = {root!r}; r in sys.path or sys.path.append(r); from {module} import main; main()"
    return [sys.executable, "-P", "-c", start, *words]


def adopt() -> None:
    """Become the parent of every orphan among the processes started from here, where the system can."""
    if LINUX:
        ctypes.CDLL(None).prctl(ADOPT, 1, 0, 0, 0)


def die_with(parent: int) -> None:
    """Let the system end this process when its parent dies, where it can; leave at once where that has happened."""
    if LINUX:
        ctypes.CDLL(None).prctl(DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def follow(parent: int, then: Callable[[], None]) -> None:
    """Watch the parent from a thread; when it has gone, end all that was started from here and leave."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH)
        end_below()
        then()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def end_below(keep: Collection[int] = ()) -> None:
    """End every process started from here, and those they started; orphans too where they are adopted."""
    own, until = psutil.Process(), time.monotonic() + PATIENCE
    while time.monotonic() < until:
        strays = [one for one in own.children() if one.pid not in keep]
        for one in strays:
            for below in [*family(one), one]:
                struck(below)
            with suppress(ChildProcessError):
                os.waitpid(one.pid, os.WNOHANG)
        if not strays:
            return
        time.sleep(0.005)


def end_tree(pid: int) -> None:
    """End a process with all it started; it is held still meanwhile, so that it starts and loses none."""
    until = time.monotonic() + PATIENCE
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        process.suspend()
        while time.monotonic() < until:
            below = [one for one in family(process) if alive(one)]
            for one in below:
                struck(one)
            if not below:
                break
            time.sleep(0.005)
        process.kill()


def end_marked(mark: str) -> None:
    """End the processes whose environment holds a mark: orphans of a process that was killed itself."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = [one for one in psutil.process_iter() if one.pid != os.getpid() and marked(one, mark)]
        for one in found:
            struck(one)
        if not found:
            return
        time.sleep(0.005)


def marked(process: psutil.Process, mark: str) -> bool:
    """Whether a running process was started with a mark in its environment."""
    # Processes of others, and of the system, cannot be read and are not ours.
    with suppress(psutil.Error, OSError):
        return mark in process.environ().values() and alive(process)
    return False


def family(process: psutil.Process) -> list[psutil.Process]:
    """Return all processes below one."""
    with suppress(psutil.NoSuchProcess):
        return process.children(recursive=True)
    return []


def alive(process: psutil.Process) -> bool:
    """Whether a process runs: one that only waits to be reaped does not."""
    with suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


def struck(process: psutil.Process) -> None:
    """Kill a process that may have gone by itself."""
    with suppress(psutil.NoSuchProcess):
        process.kill()


def peak(pid: int) -> int:
    """Return the most bytes any process below one has held, ``0`` where that is not known."""
    most = 0
    with suppress(psutil.NoSuchProcess):
        for one in family(psutil.Process(pid)):
            with suppress(OSError):
                for line in Path(f"/proc/{one.pid}/status").read_text(encoding="utf-8").splitlines():
                    if line.startswith("VmHWM:"):
                        most = max(most, int(line.split()[1]) * 1024)
    return most


@contextmanager
def stoppable() -> Iterator[threading.Event]:
    """Let SIGTERM stop a run as Ctrl-C does: with a ``KeyboardInterrupt`` that leaves nothing behind.

    The event is set as well: what is raised while an object is finalised or collected goes no further, and whoever
    looks at the event hears of it all the same.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def stop(number: int, frame: FrameType | None) -> None:
        asked.set()
        raise KeyboardInterrupt

    # A shell has its background jobs ignore Ctrl-C.
    heard = [signal.SIGTERM, *[signal.SIGINT] * (signal.getsignal(signal.SIGINT) is not signal.SIG_IGN)]
    before = {number: signal.signal(number, stop) for number in heard}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
