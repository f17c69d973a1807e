"""Killed at any moment: the state is right, nothing is left running, and the next run works."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from pmlib.core.secrets import Secrets
from pmlib.reports.runs.output import HEAD, TAIL, Log
from pmlib.reports.runs.runner import run_jobs
from pmlib.reports.runs.warm import Warm
from tests.reports.toys import BREED, gone, job, left

MOMENTS = 20
STEPS = "import time\nfor step in range(8): time.sleep(0.1)"


@pytest.fixture(scope="module")
def warm():
    with Warm() as process:
        yield process


def run(jobs, folder, warm=None, at_once=2):
    return run_jobs(jobs, folder, at_once=at_once, progress=lambda *told: None, warm=warm)


def below(warm, seen):
    """Return the worker that is new, once it is there, and its kernel."""
    while True:
        for worker in list(warm.workers.values()):
            if worker.number not in seen and worker.pid is not None:
                seen.add(worker.number)
                return worker
        time.sleep(0.005)


@pytest.mark.parametrize("whom", ["kernel", "worker"])
def test_killed_at_any_moment_a_report_says_so_and_the_next_works(tmp_path, warm, whom):
    chance = random.Random(7 if whom == "kernel" else 8)
    jobs = [job(tmp_path, f"r{n}", STEPS) for n in range(MOMENTS)]
    run(jobs[:1], tmp_path / "before", warm)
    seen, struck = set(warm.workers), {}

    def strike():
        for _ in jobs:
            worker = below(warm, seen)
            threading.Timer(chance.uniform(0, 1.6), hit, [worker]).start()

    def hit(worker):
        try:
            process = psutil.Process(worker.pid)
            target = process if whom == "worker" else process.children()[0]
            struck[worker.number] = target.pid
            target.kill()
        except (psutil.NoSuchProcess, IndexError):
            struck[worker.number] = None

    thread = threading.Thread(target=strike, daemon=True)
    thread.start()
    outcomes = run(jobs, tmp_path / "run", warm, at_once=3)
    thread.join()
    states = {one.state for one in outcomes}
    assert states <= {"killed", "success"}, [one.why for one in outcomes]
    assert sum(one.state == "killed" for one in outcomes) >= MOMENTS / 3
    for one in outcomes:
        assert ("SIGKILL" in one.why) == (one.state == "killed"), one
        end = tmp_path / "run" / one.job.id / "end.json"
        assert one.state == "killed" or json.loads(end.read_text())["state"] == "done"
    assert psutil.Process(warm.process.pid).children() == []
    assert warm.alive
    assert run(jobs[:1], tmp_path / "after", warm)[0].good


RUNNER = """
import sys
from pathlib import Path
from pmlib.reports.runs.warm import Warm
from pmlib.reports.runs.runner import run_jobs
from tests.reports.toys import job
folder = Path(sys.argv[1])
jobs = [job(folder, "one", sys.argv[2], "time.sleep(30)"), job(folder, "two", sys.argv[2], "time.sleep(30)")]
if sys.argv[3] == "warm":
    with Warm() as warm:
        print("started", flush=True)
        run_jobs(jobs, folder / "run", at_once=2, progress=lambda *told: None, warm=warm)
else:
    print("started", flush=True)
    run_jobs(jobs, folder / "run", at_once=2, progress=lambda *told: None)
"""


def started(folder, mark, kind):
    folder.mkdir()
    (folder.parent / "temporary").mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(folder), BREED.format(mark=mark), kind],
        stdout=subprocess.PIPE,
        env=os.environ | {"RUNNER": mark, "TMPDIR": str(folder.parent / "temporary")},
    )


@pytest.mark.parametrize("kind", ["warm", "cold"])
def test_when_the_runner_is_killed_at_any_moment_nothing_is_left(tmp_path, kind):
    chance = random.Random(9)
    for first in range(0, 16 if kind == "warm" else 4, 2):
        marks = [f"runner-{kind}-{tmp_path}-{first + n}" for n in range(2)]
        runners = [started(tmp_path / str(first + n), mark, kind) for n, mark in enumerate(marks)]
        for process in runners:
            process.stdout.readline()
        for process in runners:
            time.sleep(chance.uniform(0, 3))
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdout.close()
        for mark in marks:
            assert gone(mark), left(mark)
    # Nor are the folders of its sockets.
    assert list((tmp_path / "temporary").iterdir()) == []
    one = job(tmp_path, "after", "1")
    assert run([one], tmp_path / "run")[0].good


def logged(tmp_path, *pieces, secrets=()):
    log = Log(tmp_path / "log.txt", Secrets(tuple(secrets)))
    for piece in pieces:
        os.write(log.writing, piece)
        log.read()
    log.close()
    return (tmp_path / "log.txt").read_text()


def test_a_log_keeps_its_beginning_and_its_end(tmp_path):
    line = b"0123456789" * 1000
    text = logged(tmp_path, b"begin", *[line] * 300, b"the end")
    assert text.startswith("begin0123")
    assert text.endswith("the end")
    assert "1,000," in text.split("[…")[1] or "signs left out" in text
    assert len(text) < HEAD + TAIL + 100


def test_a_secret_in_pieces_reaches_no_log(tmp_path):
    assert logged(tmp_path, b"a hunt", b"er22 b hun", b"t c hunter2", secrets=["hunter22"]) == "a … b hunt c "
    assert logged(tmp_path, "wö".encode()[:2], "wö".encode()[2:], b"\xff!", secrets=["x"]) == "wö\ufffd!"


def test_a_log_that_cannot_be_written_fails_nothing(tmp_path):
    log = Log(tmp_path / "nowhere" / "log.txt", Secrets())
    os.write(log.writing, b"lost")
    log.close()
    assert not (tmp_path / "nowhere").exists()


def test_what_a_report_made_but_could_not_write_is_said(tmp_path, warm):
    place = tmp_path / "run" / "one"
    full = f"import shutil\nshutil.rmtree({str(place)!r})\nopen({str(place)!r}, 'w').close()"
    outcome = run([job(tmp_path, "one", full)], tmp_path / "run", warm)[0]
    assert outcome.state == "failed"
    assert "could not be written" in outcome.why
