"""How a report can end, and what is said of it: where it was, and what to do."""

import json
import os
import re
import signal
import sys
import threading
import time
from urllib.parse import quote, quote_plus

import nbformat
import pytest

from pmlib.reports.runs.runner import Stopped, run_jobs
from pmlib.reports.runs.warm import Warm
from tests.reports.toys import BREED, gone, job, left


@pytest.fixture(scope="module")
def warm():
    with Warm() as process:
        yield process


@pytest.fixture
def listening():
    """Hear Ctrl-C also where the tests run in the background of a shell, which has them ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def run(jobs, folder, warm=None, at_once=3, progress=lambda *told: None):
    return run_jobs(jobs, folder, at_once=at_once, progress=progress, warm=warm)


ENDINGS = {
    "good": (["1 + 1"], "success", ""),
    "raises": (["1 / 0"], "failed", "ZeroDivisionError in cell 2 under 'raises': division by zero"),
    "thin": (
        ["from pmlib.core import TooFewError", "raise TooFewError('No week is complete.')"],
        "too little data",
        "^No week is complete.$",
    ),
    "magic": (["%nosuchmagic"], "failed", "nosuchmagic"),
    "allowed": (["raise ValueError('x')"], "failed", "ValueError in cell 2 under 'allowed': x"),
    "quits": (["quit()"], "success", ""),
    "leaves": (["import sys", "sys.exit(0)"], "ended early", "in cell 2 under 'leaves' before its last cell: sys.exit"),
    "says": (["import sys", "sys.exit('enough')"], "ended early", "before its last cell: sys.exit"),
    "exits": (["import os", "os._exit(0)"], "ended early", "left with code 0"),
    "exits-3": (["import os", "os._exit(3)"], "ended early", "left with code 3"),
    "killed": (
        ["import os", "held = bytearray(400_000_000)", "os.kill(os.getpid(), 9)"],
        "killed",
        r"kernel died in cell 2 under 'killed', ended by SIGKILL. It held [4-9]\d\d MB at its peak. Most often memory",
    ),
    "crashes": (["import os", "os.abort()"], "killed", "ended by SIGABRT.*A library crashed"),
    "ended": (["import os", "os.kill(os.getpid(), 15)"], "killed", "ended by SIGTERM.*from outside"),
    "orphaned": (["import os, time", "os.kill(os.getppid(), 9)", "time.sleep(60)"], "killed", "process died in cell 2"),
    "unfinished": (["1 + 1"], "failed", "did not say that the report is complete"),
    "slow": (["import time", "time.sleep(60)"], "timeout", "A cell took longer than 1 seconds: cell 2 under 'slow'"),
    "hangs": (["import time", "time.sleep(60)"], "timeout", "longer than 2 seconds and was stopped in cell 2"),
    "endless": (
        ["while True: print('x' * 1000)"],
        "timeout",
        r"A cell took longer than 2 seconds: cell 2 under 'endless'. It held [1-3]\d\d MB",
    ),
    "bursts": (["import subprocess", "subprocess.run(['yes'])"], "timeout", r"It held [1-3]\d\d MB at"),
    "floods": (["for i in range(30_000): print(i, 'x' * 500)", "'after'"], "success", ""),
    "heavy": (["from IPython.display import HTML", "HTML('<p>' + 'x' * 3_000_000)"], "success", ""),
    "huge": (
        ["from pmlib import show", "show.table(['a'], [['x' * 9_000_000]])"],
        "failed",
        "Cell 2 shows more than 8 MB",
    ),
}
SETTINGS = {
    "allowed": {"more": {"tags": ["raises-exception"]}},
    "unfinished": {"last": False},
    "slow": {"cell_timeout": 1},
    "hangs": {"timeout": 2},
    "endless": {"cell_timeout": 2},
    "bursts": {"cell_timeout": 2},
}


@pytest.fixture(scope="module")
def ended(tmp_path_factory, warm):
    """Run one report for each way to end."""
    folder = tmp_path_factory.mktemp("states")
    jobs = [job(folder, name, *lines, **SETTINGS.get(name, {})) for name, (lines, _, _) in ENDINGS.items()]
    return folder / "run", {one.job.id: one for one in run(jobs, folder / "run", warm)}


@pytest.mark.parametrize("name", ENDINGS)
def test_a_report_ends_as_it_did_and_says_where(ended, name):
    _, outcomes = ended
    _, state, words = ENDINGS[name]
    assert outcomes[name].state == state, outcomes[name].why
    assert re.search(words, outcomes[name].detail), outcomes[name].detail
    assert "\n" not in outcomes[name].why
    assert bool(outcomes[name].why) == (state != "success")


def cell(folder, name, index=1):
    return nbformat.read(folder / name / "executed.ipynb", as_version=4).cells[index]


def test_cells_that_never_ran_are_not_called_completed(ended):
    folder, _ = ended
    assert cell(folder, "killed", -1).metadata.papermill.status == "pending"
    assert cell(folder, "killed", -1).outputs == []


@pytest.mark.parametrize("name", ["floods", "heavy", "endless", "bursts"])
def test_a_flood_is_cut_while_it_comes_and_the_cut_is_noted(ended, name):
    folder, _ = ended
    # A sign may take two in a notebook.
    assert (folder / name / "executed.ipynb").stat().st_size < 2_100_000
    assert (folder / name / "log.txt").stat().st_size < 1_200_000
    noted = [output for output in cell(folder, name).outputs if "was cut at 1 MB" in output.get("text", "")]
    assert len(noted) == 1


def test_what_comes_after_a_flood_in_its_cell_is_not_mistaken_for_all_of_it(ended):
    folder, _ = ended
    outputs = cell(folder, "floods").outputs
    assert outputs[0].text.startswith("0 xxx")
    assert 900_000 < len(outputs[0].text) <= 1_000_000
    log = (folder / "bursts" / "log.txt").read_text()
    assert "signs left out" in log or len(log) < 1_000_000


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_stopped_leaves_nothing_and_tells_what_had_ended(tmp_path, warm, how):
    mark = f"stopped-{how}-{tmp_path}"
    jobs = [job(tmp_path, "good", "1"), job(tmp_path, "long", BREED.format(mark=mark), "time.sleep(60)")]
    jobs.append(job(tmp_path, "waits", "1"))

    def stop():
        until = time.monotonic() + 60
        while len(left(mark)) < 3 and time.monotonic() < until:
            time.sleep(0.05)
        os.kill(os.getpid(), how)

    thread = threading.Thread(target=stop)
    before = signal.getsignal(signal.SIGTERM)
    thread.start()
    with pytest.raises(Stopped) as stopped:
        run(jobs, tmp_path / "run", warm, at_once=1)
    thread.join()
    states = {one.job.id: one.state for one in stopped.value.outcomes}
    assert states == {"good": "success", "long": "cancelled", "waits": "cancelled"}
    assert isinstance(stopped.value, KeyboardInterrupt)
    assert not left(mark)
    assert signal.getsignal(signal.SIGTERM) is before
    assert run(jobs[:1], tmp_path / "again", warm)[0].good


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_run_is_stopped_also_where_python_cannot_raise(tmp_path, warm, how, monkeypatch):
    # What is raised while an object is finalised is only written, not raised.
    written = []
    monkeypatch.setattr(sys, "unraisablehook", written.append)

    class Last:
        def __del__(self):
            os.kill(os.getpid(), how)
            time.sleep(0.1)

    held = [Last()]
    with pytest.raises(Stopped) as stopped:
        run([job(tmp_path, "long", "time.sleep(60)")], tmp_path / "run", warm, progress=lambda *told: held.clear())
    assert [one.exc_type for one in written] == [KeyboardInterrupt]
    assert [one.state for one in stopped.value.outcomes] == ["cancelled"]


PASSWORD = 'p@ss/"wörd"&<1>'
FORMS = [PASSWORD, quote(PASSWORD), quote(PASSWORD, safe=""), quote_plus(PASSWORD), "tok-0123456789", "hook-key-99"]
TELL = """import json, os, subprocess, sys, time
from urllib.parse import quote, quote_plus, unquote
from IPython.display import HTML, JSON, display
address, token = os.environ["WAREHOUSE"], os.environ["TOY_TOKEN"]
word = unquote(address.split(":")[2].split("@")[0])
for form in (str, quote, quote_plus, repr, json.dumps): print(form(word), form(address), form(token))
print(word[:4], end="", flush=True); time.sleep(0.3); print(word[4:])
display(HTML(f"<b>{word}</b>"), JSON({"a": [{word: token}]}))
os.write(1, f"raw {word} {token}\\n".encode())
os.write(2, f"raw {address}\\n".encode())
subprocess.run([sys.executable, "-c", "import os; print(os.environ['TOY_TOKEN'], os.environ['HOOK'])"])
"""


@pytest.mark.parametrize("kind", ["warm", "cold"])
def test_secrets_reach_no_file_and_no_word(tmp_path, warm, monkeypatch, kind):
    monkeypatch.setenv("WAREHOUSE", f"postgresql://ada:{quote(PASSWORD, safe='')}@db.example/sales")
    monkeypatch.setenv("TOY_TOKEN", "tok-0123456789")
    monkeypatch.setenv("HOOK", "https://hooks.example/hook-key-99/x")
    names = ("WAREHOUSE", "HOOK")
    jobs = [
        job(tmp_path, "tells", TELL, secrets=names),
        job(tmp_path, "fails", TELL, "raise ValueError(f'no {word} at {address}')", secrets=names),
        job(tmp_path, "floods", TELL, "print((token + ' ') * 200_000)", secrets=names),
    ]
    outcomes = run(jobs, tmp_path / "run", warm if kind == "warm" else None)
    assert [one.state for one in outcomes] == ["success", "failed", "success"]
    assert outcomes[1].detail == "ValueError in cell 2 under 'fails': no … at …"
    assert "hunter" not in outcomes[1].why
    written = {path: path.read_text() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    assert {path.name for path in written} == {"executed.ipynb", "end.json", "log.txt", "job.json", "cells"}
    for path, text in written.items():
        shown = json.dumps(json.loads(text), ensure_ascii=False) if path.suffix in {".ipynb", ".json"} else text
        for form in [*FORMS, *(json.dumps(form)[1:-1] for form in FORMS), "wörd", "w%C3%B6rd", "w%c3%b6rd"]:
            assert form not in text, path
            assert form not in shown, path
    executed = written[tmp_path / "run/tells/executed.ipynb"]
    assert executed.count("…") > 20
    assert "raw … …" in executed
    assert "raw … …" in written[tmp_path / "run/tells/log.txt"]


@pytest.mark.parametrize(
    ("kind", "end"),
    [
        ("warm", "timeout"),
        ("warm", "kernel"),
        ("warm", "worker"),
        ("warm", "success"),
        ("cold", "timeout"),
        ("cold", "worker"),
    ],
)
def test_nothing_that_a_notebook_starts_outlives_it(tmp_path, warm, kind, end):
    mark = f"{kind}-{end}-{tmp_path}"
    last = {
        "timeout": "time.sleep(60)",
        "kernel": "time.sleep(1); os.kill(os.getpid(), 9)",
        "worker": "time.sleep(1); os.kill(os.getppid(), 9); time.sleep(60)",
        "success": "time.sleep(1)",
    }[end]
    seen = []
    one = job(tmp_path, "breeds", BREED.format(mark=mark), last, cell_timeout=3 if end == "timeout" else None)

    def progress(*told):
        # The fork of the kernel has no environment of its own: it is counted where it was started.
        seen.append(len(left(mark)))

    found = run([one], tmp_path / "run", warm if kind == "warm" else None, progress=progress)[0]
    assert found.state == {"timeout": "timeout", "success": "success"}.get(end, "killed"), found.why
    assert max(seen) >= 3
    assert gone(mark, 1)
