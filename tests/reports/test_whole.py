"""A whole run through the command line: told by mail and webhook, the same bytes from the same inputs."""

import json
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

from click.testing import CliRunner

from pmlib.cli import main
from tests.conftest import ROOT
from tests.reports.delivery.posts import SECRET, Kept, heard, smtp
from tests.reports.toys import gone, left, pack

TOLD = """
[mail]
to = ["ada@example.org"]
sender = "reports@example.org"
server = "env:SMTP_URL"
[webhook]
url = "env:HOOK"
"""


def run(path: Path, *words: str):
    return CliRunner().invoke(main, ["run", str(path), *words])


def test_a_run_tells_of_failure_then_of_recovery_and_a_trial_tells_nobody(tmp_path, monkeypatch):
    kept = Kept()
    with smtp(kept) as port, heard() as hook:
        monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{port}")
        monkeypatch.setenv("HOOK", f"http://127.0.0.1:{hook.server_port}/{SECRET}")
        path = pack(tmp_path, "good", "raises", more=TOLD)
        assert run(path).exit_code == 1
        assert len(kept.mails) == len(hook.posts) == 1
        assert "1 failed" in kept.mails[0]["subject"]
        assert run(path, "-p", "weeks=9").exit_code == 1
        assert len(kept.mails) == 1, "somebody trying a parameter is no news"
        good = (tmp_path / "good.ipynb").read_text()
        (tmp_path / "raises.ipynb").write_text(good)
        assert run(path).exit_code == 0
        assert len(kept.mails) == len(hook.posts) == 2
        assert "recover" in str(hook.posts[1]).casefold() or "again" in str(hook.posts[1]).casefold()
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert SECRET.encode() not in file.read_bytes()


def test_a_dead_server_does_not_stop_the_pages(tmp_path, monkeypatch):
    monkeypatch.setenv("HOOK", "http://127.0.0.1:9/x")
    path = pack(tmp_path, "good", more='[webhook]\nurl = "env:HOOK"\n')
    result = run(path)
    assert result.exit_code == 0
    assert "not sent" in result.output
    assert list((tmp_path / "reports").glob("*/good.html"))


def test_the_same_inputs_give_the_same_bytes(tmp_path):
    pages = []
    one_core = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); " if sys.platform == "linux" else ""
    for seed, first in (("1", one_core), ("2", "")):
        out = tmp_path / seed / "reports"
        words = ["run", "notebooks/weekly.toml", "--out", str(out)]
        command = [sys.executable, "-c", f"{first}from pmlib.cli import main; main()", *words]
        environment = os.environ | {"PYTHONHASHSEED": seed}
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
        pages.append({path.name: path.read_bytes() for path in sorted(out.glob("*/*.html"))})
    assert len(pages[0]) == 8
    for name, page in pages[0].items():
        assert page == pages[1][name], name


def reached(folder: Path, before: set[Path], moment: str) -> bool:
    """Whether a run that was not there before has come so far."""
    new = [path.parent for path in folder.glob(".pmlib/runs/*/run.json") if path not in before]
    if moment == "begun":
        return bool(new)
    if moment == "at a cell":
        return any(path.read_text() for run in new for path in run.glob("*/cells"))
    if moment == "a report ended":
        return any(path for run in new for path in run.glob("*/end.json"))
    # What is told of a page is written just before the pages are published.
    return any(path for run in new for path in run.glob("*/facts.json"))


MOMENTS = ("starting", "begun", "at a cell", "a report ended", "publishing")


def test_killed_at_twenty_moments_nothing_is_half_and_the_next_run_is_good(tmp_path):
    path = pack(tmp_path, "good")
    (tmp_path / "other.ipynb").write_bytes((tmp_path / "good.ipynb").read_bytes())
    path.write_text(path.read_text() + '[[report]]\nid = "other"\nnotebook = "other.ipynb"\n')
    words = [sys.executable, "-m", "pmlib", "run", str(path), "--as-of", "2026-11-22"]
    mark = os.environ | {"KILLED_AT_A_MOMENT": str(tmp_path)}
    chance = random.Random(4)
    for moment in MOMENTS * 4:
        before = set(tmp_path.glob(".pmlib/runs/*/run.json"))
        process = subprocess.Popen(words, env=mark, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # However slow the machine: it is struck where the run has come to, and a little after.
        while moment != "starting" and process.poll() is None and not reached(tmp_path, before, moment):
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.3))
        process.kill()
        process.wait()
        for page in tmp_path.glob("reports/**/*.html"):
            assert page.read_bytes().rstrip().endswith(b"</html>")
        index = tmp_path / "reports" / "index.html"
        for link in re.findall(r'href="(2026[^"]+)"', index.read_text() if index.is_file() else ""):
            assert (index.parent / link).is_file()
    assert gone(str(tmp_path)), left(str(tmp_path))
    result = run(path, "--as-of", "2026-11-22")
    assert result.exit_code == 0, result.output
    states = [json.loads(one.read_text())["state"] for one in tmp_path.glob(".pmlib/runs/*/run.json")]
    assert states.count("running") == 0
    assert "success" in states
    assert "killed" in states
    assert not list(tmp_path.rglob("*.half"))
