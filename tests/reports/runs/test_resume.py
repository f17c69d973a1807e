"""A run that broke off is continued: what had ended well from the same things is not made again."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from pmlib.cli import main
from pmlib.reports.packs.plan import Job
from pmlib.reports.runs import records, resume
from tests.reports.runs.ledgers import executed, kept, plan
from tests.reports.toys import pack, write


@pytest.fixture
def report(tmp_path) -> Job:
    """Return a job over a notebook, a file, a pattern and a source that a TOML file describes."""
    for name in ("e.csv", "talks/1.vtt", "s.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "pack.toml").write_text('[source.survey]\npath = "s.csv"')
    parameters = {
        "events": str(tmp_path / "e.csv"),
        "interviews": str(tmp_path / "talks" / "*.vtt"),
        "survey": f"{tmp_path}/pack.toml#survey",
        "notes": "",
        "weeks": 8,
    }
    files = ("events", "interviews", "survey", "notes")
    return Job("a", "A", write(tmp_path, "good"), parameters, files, 20)


BY = {"pmlib": "1"}


def touched(path: Path) -> None:
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))


CHANGES = {
    "a parameter": lambda job, folder: replace(job, parameters=job.parameters | {"weeks": 9}),
    "the notebook": lambda job, folder: job.notebook.write_text(job.notebook.read_text() + " "),
    "a file": lambda job, folder: (folder / "e.csv").write_text("xy"),
    "the time of a file": lambda job, folder: touched(folder / "e.csv"),
    "one more of a pattern": lambda job, folder: (folder / "talks" / "2.vtt").write_text("x"),
    "what a TOML file names": lambda job, folder: touched(folder / "s.csv"),
    "a module beside it": lambda job, folder: (folder / "beside.py").write_text("X = 2"),
    "a query beside it": lambda job, folder: (folder / "query.sql").write_text("SELECT 1"),
    "definitions beside it": lambda job, folder: (folder / "metrics.toml").write_text("[x]"),
    "a TOML file": lambda job, folder: touched(folder / "pack.toml"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_a_report_is_made_from_changes_its_stamp(report, tmp_path, change):
    before = resume.stamp(report, BY)
    assert before == resume.stamp(report, BY)
    changed = change(report, tmp_path)
    assert resume.stamp(changed if isinstance(changed, Job) else report, BY) not in {before, ""}


def test_another_pmlib_makes_everything_anew(report, monkeypatch):
    before = resume.machinery()
    monkeypatch.setattr(resume, "__version__", "99.0")
    assert resume.machinery() != before
    assert resume.stamp(report, resume.machinery()) != resume.stamp(report, before)


def test_code_of_pmlib_itself_and_its_libraries_count(monkeypatch, tmp_path):
    before = resume.machinery()
    assert any(name == "stats/__init__.py" for name, _, _ in before["sources"])
    assert not any("__pycache__" in name for name, _, _ in before["sources"])
    monkeypatch.setattr(resume, "version", {"duckdb": "1", "numpy": "2", "scipy": "3"}.__getitem__)
    assert resume.machinery()["libraries"] == {"duckdb": "1", "numpy": "2", "scipy": "3"}
    (tmp_path / "reports/runs").mkdir(parents=True)
    monkeypatch.setattr(resume, "__file__", str(tmp_path / "reports/runs/resume.py"))
    (tmp_path / "sums.py").write_text("x")
    stamped = [resume.machinery()["sources"]]
    touched(tmp_path / "sums.py")
    stamped.append(resume.machinery()["sources"])
    assert stamped[0] != stamped[1]


@pytest.mark.parametrize(
    "source", ['[source.x]\nurl = "env:WAREHOUSE"\nsql = "SELECT 1"', '[source.x]\npath = "gone.csv"', "[source"]
)
def test_what_is_read_from_a_database_or_cannot_be_read_has_no_stamp(report, tmp_path, source):
    (tmp_path / "pack.toml").write_text(source)
    assert resume.stamp(report, BY) == ""


def test_only_what_ended_well_from_the_same_things_is_taken_over(tmp_path):
    out = tmp_path / "reports"
    ids = ("same", "other", "half", "cut", "failed", "database")
    old = kept(out, 1, "2026-11-22", dict.fromkeys(ids, "killed"), state="killed", ended=None)
    for entry in old["reports"]:
        entry["stamp"] = "" if entry["id"] == "database" else "stamp"
    folder = records.folder_of(out, old)
    (folder / "run.json").write_text(json.dumps(old))
    for one in ids:
        executed(folder / one)
    (folder / "half" / "end.json").unlink()
    (folder / "cut" / "executed.ipynb").write_text('{"cells": [')
    (folder / "failed" / "end.json").write_text('{"state": "failed", "error": "KeyError", "message": "x"}')
    made = plan(out, "2026-11-22", *ids)
    write(tmp_path, "good").rename(made.jobs[0].notebook)
    stamps = dict.fromkeys(ids, "stamp") | {"other": "another", "database": ""}
    run = records.begin(made, stamps)
    taken = resume.taken(made, stamps, [old], run)
    assert list(taken.outcomes) == ["same"]
    assert "that was killed; same is already made." in taken.words
    assert {path.name for path in (run.folder / "same").iterdir()} == {"cells", "executed.ipynb", "end.json"}


def test_only_runs_of_the_day_that_broke_off_last_are_continued(tmp_path):
    out = tmp_path / "reports"

    def broken() -> list[str]:
        return [one["run"][-3] for one in resume.broken(out, plan(out, "2026-11-22", "a").as_of)]

    assert broken() == []
    kept(out, 1, "2026-11-22", {"a": "killed"}, state="killed", ended=None)
    kept(out, 2, "2026-11-22", {"a": "success"})
    kept(out, 3, "2026-11-15", {"a": "killed"}, state="killed", ended=None)
    assert broken() == []
    kept(out, 4, "2026-11-22", {"a": "killed"}, state="killed", ended=None)
    kept(out, 5, "2026-11-22", {"a": "cancelled"}, state="cancelled")
    assert broken() == ["5", "4"]
    kept(out, 6, "2026-11-22", {"a": "failed"}, state="failed")
    assert broken() == []


@pytest.mark.parametrize(
    ("sign", "state", "words"), [(signal.SIGKILL, "killed", "killed"), (signal.SIGTERM, "cancelled", "stopped")]
)
def test_a_run_that_is_ended_in_the_middle_is_continued(tmp_path, sign, state, words):
    path = pack(tmp_path, "good", "hangs")
    line = [sys.executable, "-m", "pmlib", "run", str(path), "--as-of", "2026-11-22", "--jobs", "1"]
    runner = subprocess.Popen(line, stderr=subprocess.PIPE, text=True)
    while not list(tmp_path.glob(".pmlib/runs/*/hangs/cells")):
        assert runner.poll() is None
        time.sleep(0.05)
    tree = psutil.Process(runner.pid).children(recursive=True)
    runner.send_signal(sign)
    _, told = runner.communicate(timeout=30)
    _, alive = psutil.wait_procs(tree, timeout=15)
    assert not alive
    if sign == signal.SIGTERM:
        assert runner.returncode in {130, 143}
        assert "What was published before stays as it was." in told
        assert [one["state"] for one in records.runs(tmp_path / "reports")] == ["cancelled"]
    assert not (tmp_path / "reports" / "2026-11-22").exists()

    (tmp_path / "hangs.ipynb").write_bytes((tmp_path / "good.ipynb").read_bytes())
    result = CliRunner().invoke(main, ["run", str(path), "--as-of", "2026-11-22"])
    assert result.exit_code == 0, result.output
    assert f"that was {words}; good is already made." in result.output
    first, second = sorted(tmp_path.glob(".pmlib/runs/*"))
    assert json.loads((first / "run.json").read_text())["state"] == state
    assert not (second / "good" / "job.json").exists()
    assert (second / "hangs" / "job.json").exists()
