"""Warm reports are as cold ones: nothing of one is left in the next, and nothing is lost with the warm process."""

import json
import os
import signal
import threading
import time

import nbformat
import pytest

from pmlib.reports.runs.runner import run_jobs
from pmlib.reports.runs.warm import Warm
from tests.reports.toys import FINDING, LOAD, gone, job, left

LOOK = """import atexit, builtins, os, random, signal, sys, threading, time
import numpy, pmlib.show, json
from IPython import get_ipython
kernel = get_ipython().kernel
names = [name for name in os.environ if name not in {"PMLIB_WORKER", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"}]
print(json.dumps({
    "folder": os.path.basename(os.getcwd()),
    "argv": sys.argv[:2], "path": sys.path, "flags": str(sys.flags), "stdin": sys.stdin is None,
    "environment": sorted(names), "own": os.environ["OWN"],
    "signals": [str(signal.getsignal(number)).split(" at ")[0] for number in (2, 13, 15, 17)],
    "leader": os.getsid(0) == os.getpid(), "kernel": type(kernel).__name__, "shell": type(get_ipython()).__name__,
    "main": sys.modules["__main__"].__name__, "history": get_ipython().history_manager.hist_file,
    "threads": sorted(type(t).__name__ for t in threading.enumerate()),
    "handles": sorted({os.readlink(f"/proc/self/fd/{n}").split(":")[0] for n in os.listdir("/proc/self/fd")
                       if os.path.exists(f"/proc/self/fd/{n}") and n != "0"}),
    "left": [hasattr(builtins, "LEFT"), hasattr(numpy, "LEFT"), "LEFT" in os.environ, "left" in globals()],
}))
"""
LEAVE = """import builtins, numpy, random
builtins.LEFT = numpy.LEFT = left = 1
os.environ["LEFT"] = "1"
random.seed(1); numpy.random.seed(1)
os.chdir("/")
time.sleep(0.5)
"""
CHANCE = "import random, numpy, uuid\nprint(random.random(), numpy.random.random(), uuid.uuid4(), sep='\\n')"


@pytest.fixture(scope="module")
def warm():
    with Warm() as process:
        yield process


def run(jobs, folder, warm=None, at_once=2, progress=lambda *told: None):
    return run_jobs(jobs, folder, at_once=at_once, progress=progress, warm=warm)


def printed(outcome):
    outputs = [output for cell in outcome.notebook.cells for output in cell.get("outputs", [])]
    return "".join(output.text for output in outputs if "text" in output)


def test_a_warm_kernel_is_as_a_cold_one_and_keeps_nothing_of_another_report(tmp_path, warm, monkeypatch):
    monkeypatch.setenv("OWN", "set after the warm process was started")
    jobs = [job(tmp_path, "first", LOOK + LEAVE), job(tmp_path, "second", LOOK + LEAVE)]
    first, second = run(jobs, tmp_path / "warm", warm, at_once=1)
    cold = run(jobs[:1], tmp_path / "cold")[0]
    assert first.good, first.why
    looks = [json.loads(printed(one).splitlines()[0]) for one in (first, second, cold)]
    assert looks[0]["left"] == [False] * 4
    assert looks[0] == looks[1]
    assert looks[0] == looks[2]
    assert looks[0]["folder"] == tmp_path.name
    assert looks[0]["own"] == "set after the warm process was started"


def test_chance_is_drawn_anew_in_each_report(tmp_path, warm):
    outcomes = run([job(tmp_path, name, CHANCE) for name in ("one", "two")], tmp_path / "run", warm)
    assert len({line for one in outcomes for line in printed(one).splitlines()}) == 6


def test_the_same_report_shows_the_same_warm_and_cold(tmp_path, warm):
    one = job(tmp_path, "good", LOAD + FINDING)
    notebooks = [run([one], tmp_path / kind, process)[0].notebook for kind, process in (("w", warm), ("c", None))]
    shown = [[(cell.source, cell.get("outputs"), cell.get("execution_count")) for cell in nb.cells] for nb in notebooks]
    assert shown[0] == shown[1]
    assert len(shown[0][1][1]) == 1


def test_a_notebook_finds_the_modules_beside_it(tmp_path, warm):
    (tmp_path / "beside.py").write_text("WORD = 'found'")
    outcome = run([job(tmp_path, "one", "import beside", "print(beside.WORD)")], tmp_path / "run", warm)[0]
    assert printed(outcome) == "found\n"


def test_files_that_lie_around_are_not_taken_for_modules(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("random.py", "queue.py", "json.py", "papermill.py"):
        (tmp_path / name).write_text("raise RuntimeError('not me')")
    (tmp_path / "notebooks").mkdir()
    one = job(tmp_path / "notebooks", "one", "1")
    with Warm() as process:
        assert run([one], tmp_path / "w", process)[0].good
        assert process.alive
    assert run([one], tmp_path / "c")[0].good


def test_when_the_warm_process_dies_its_reports_start_again_cold(tmp_path):
    mark = f"lost-{tmp_path}"
    lines = ("import os, subprocess, time", f"os.environ['LEFT'] = {mark!r}", "subprocess.Popen(['sleep', '600'])")
    jobs = [job(tmp_path, name, *lines, "time.sleep(2)") for name in ("one", "two")]
    states = []
    with Warm() as process:

        def kill():
            until = time.monotonic() + 60
            while len(left(mark)) < 2 and time.monotonic() < until:
                time.sleep(0.05)
            os.kill(process.process.pid, signal.SIGKILL)

        thread = threading.Thread(target=kill)
        thread.start()
        outcomes = run(jobs, tmp_path / "run", process, progress=lambda name, cell, state: states.append(state))
        thread.join()
        assert not process.alive
        assert not left(process.mark)
    assert [one.state for one in outcomes] == ["success", "success"]
    assert gone(mark, 1)
    assert not process.runtime.exists()
    assert len((tmp_path / "run/one/cells").read_text().splitlines()) == 4


def test_where_nothing_can_be_forked_reports_start_cold(tmp_path, monkeypatch):
    monkeypatch.setattr("pmlib.reports.runs.warm.LINUX", False)
    with Warm() as process:
        assert not process.alive
        assert run([job(tmp_path, "one", "1")], tmp_path / "run", process)[0].good


def test_a_warm_process_that_nobody_used_ends_at_once_and_leaves_no_folder():
    with Warm() as process:
        runtime, mark = process.runtime, process.mark
    assert process.process.returncode is not None
    assert not runtime.exists()
    assert not left(mark)


@pytest.mark.parametrize("kind", ["warm", "cold"])
def test_a_temporary_folder_with_a_long_name_takes_no_report_down(tmp_path, monkeypatch, kind):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / ("x" * 80)))
    with Warm() as process:
        assert run([job(tmp_path, "one", "1")], tmp_path / "run", process if kind == "warm" else None)[0].good


def test_a_lock_held_while_reports_run_is_not_handed_on(tmp_path, warm):
    import fcntl

    path = tmp_path / "lock"
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        held = f"os.path.realpath(f'/proc/self/fd/{{n}}') == {str(path)!r}"
        look = f"print([n for n in os.listdir('/proc/self/fd') if {held}])"
        outcome = run([job(tmp_path, "one", "import os", look)], tmp_path / "run", warm)[0]
    assert printed(outcome) == "[]\n"


def test_an_executed_notebook_is_one(tmp_path, warm):
    run([job(tmp_path, "one", "1 / 0")], tmp_path / "run", warm)
    nbformat.validate(nbformat.read(tmp_path / "run/one/executed.ipynb", as_version=4))
