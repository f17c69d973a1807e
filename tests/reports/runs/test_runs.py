"""Whole runs through the command line: what is published, what is said, which exit code."""

import fcntl
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from pmlib.cli import main
from tests.reports.toys import pack, write


def pmlib(*words: object):
    return CliRunner().invoke(main, [str(word) for word in words])


def published(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "reports").glob("*/*.html"))


def index(folder: Path) -> str:
    return (folder / "reports" / "index.html").read_text()


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """One run of reports that end in every way."""
    folder = tmp_path_factory.mktemp("mixed")
    path = pack(folder, "good", "raises", "input", "killed", "leaves", "hangs", more="[parameters]\nweeks = 9")
    path.write_text(path.read_text().replace('"hangs.ipynb"', '"hangs.ipynb"\ntimeout = 15'))
    return folder, pmlib("run", path, "--as-of", "2026-11-22", "--jobs", 2)


def test_one_failing_report_does_not_stop_the_others(mixed):
    folder, result = mixed
    assert result.exit_code == 1, result.output
    assert published(folder) == ["good.html"]
    states = json.loads((folder / "reports/2026-11-22/run.json").read_text())["reports"]
    assert {one["id"]: one["state"] for one in states} == {
        "good": "success",
        "raises": "failed",
        "input": "failed",
        "killed": "killed",
        "leaves": "ended early",
        "hangs": "timeout",
    }


@pytest.mark.parametrize(
    ("report", "words"),
    [
        ("raises", "ZeroDivisionError in cell 8 under 'The part"),
        ("input", "x.csv has no column a. Rename b."),
        ("killed", "Its kernel died in cell 8"),
        ("leaves", "SystemExit|before its last cell"),
        ("hangs", "longer than 15 seconds and was stopped in cell 8"),
    ],
)
def test_a_failure_names_its_cell_and_reason_in_the_index(mixed, report, words):
    folder, result = mixed
    line = next(line for line in result.output.splitlines() if line.startswith(f"✗ {report}:"))
    assert re.search(words, line)
    assert "Failed:" in index(folder)
    assert "Traceback" not in index(folder)


def test_the_published_record_holds_no_number_of_a_report(mixed):
    folder, _ = mixed
    text = (folder / "reports/2026-11-22/run.json").read_text()
    assert "30.8" not in text
    assert "headline" not in text


def test_a_kernel_killed_in_the_middle_leaves_the_last_good_page(tmp_path):
    path = pack(tmp_path, "good")
    assert pmlib("run", path, "--as-of", "2026-11-15").exit_code == 0
    page = tmp_path / "reports/2026-11-15/good.html"
    before = page.read_bytes()
    write(tmp_path, "killed").replace(tmp_path / "good.ipynb")
    result = pmlib("run", path, "--as-of", "2026-11-22")
    assert result.exit_code == 1
    assert page.read_bytes() == before
    assert 'href="2026-11-15/good.html"' in index(tmp_path)
    assert "The last good page is of 15 Nov 2026" in index(tmp_path)
    assert "Its kernel died in cell 8" in index(tmp_path)


def test_the_same_inputs_give_the_same_bytes_and_no_folder_or_time_shows(tmp_path):
    path = pack(tmp_path, "good")
    pmlib("run", path, "--as-of", "2026-11-22", "--out", tmp_path / "a")
    pmlib("run", path, "--as-of", "2026-11-22", "--out", tmp_path / "b")
    one, other = (tmp_path / name / "2026-11-22/good.html" for name in "ab")
    assert one.read_bytes() == other.read_bytes()
    assert str(tmp_path) not in one.read_text()
    assert len(one.read_bytes()) < 2.5e6


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-p", "wekks=8"], "no parameter 'wekks'.* Did you mean 'weeks'?"),
        (["-p", "weeks=200"], "between 4 and 104"),
        (["-p", "weeks"], "NAME=VALUE"),
        (["--only", "god"], "Did you mean 'good'?"),
        (["--as-of", "soon"], "such as 2026-11-22"),
    ],
)
def test_wrong_usage_is_one_line_and_2_before_a_kernel_starts(tmp_path, words, message):
    result = pmlib("run", pack(tmp_path, "good"), *words)
    assert result.exit_code == 2
    assert re.search(message.replace("?", r"\?"), result.output)
    assert not (tmp_path / ".pmlib").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("titel = 'x'\n[[report]]\nnotebook='good.ipynb'", "no setting 'titel'.* Did you mean 'title'?"),
        ("title = 'x'", "report: Field required"),
        ("title = ", "not readable TOML"),
        ("[[report]]\nnotebook = 'engagment.ipynb'", "Did you mean 'engagement.ipynb'?"),
        ("[[report]]\nnotebook='good.ipynb'\nid='../x'", "lower-case letters"),
        ("[[report]]\nnotebook='good.ipynb'\n[[report]]\nnotebook='good.ipynb'", "two reports with the id 'good'"),
        ("[[report]]\nnotebook='good.ipynb'\n[report.parameters]\nweeks='x'", "whole number"),
        ("[source.events]\nurl='postgresql://u:p@h/d'\n[[report]]\nnotebook='good.ipynb'", "env:WAREHOUSE_URL"),
    ],
)
def test_a_wrong_pack_is_one_line_and_2(tmp_path, text, message):
    write(tmp_path, "good")
    path = tmp_path / "pack.toml"
    path.write_text(text)
    result = pmlib("check", path)
    assert result.exit_code == 2
    assert len(result.output.strip().splitlines()) == 1
    assert re.search(message.replace("?", r"\?"), result.output)


def test_another_run_holding_the_lock_is_3(tmp_path):
    path = pack(tmp_path, "good")
    (tmp_path / ".pmlib").mkdir()
    with (tmp_path / ".pmlib" / "reports.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        result = pmlib("run", path)
    assert result.exit_code == 3
    assert "Another run" in result.output


def test_an_output_folder_that_takes_no_files_is_refused_before_running(tmp_path):
    path = pack(tmp_path, "good")
    (tmp_path / "taken").write_text("a file")
    result = pmlib("run", path, "--out", tmp_path / "taken")
    assert result.exit_code == 2
    assert "is a file" in result.output
    assert "--out" in result.output


def test_a_single_notebook_runs_with_its_parameters(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "good")
    result = pmlib("run", "good.ipynb", "-p", "weeks=12", "-p", "name=<b>Zoë</b>", "--as-of", "2026-11-22")
    assert result.exit_code == 0, result.output
    page = (tmp_path / "tries/2026-11-22/good.html").read_text()
    assert not (tmp_path / "reports").exists()
    assert "weeks = 12, name = &lt;b&gt;Zoë&lt;/b&gt;" in page


def test_nothing_is_left_running_when_the_runner_is_killed(tmp_path):
    path = pack(tmp_path, "hangs")
    runner = subprocess.Popen([sys.executable, "-m", "pmlib", "run", str(path)], stderr=subprocess.DEVNULL)
    for _ in range(300):
        tree = psutil.Process(runner.pid).children(recursive=True)
        if len(tree) >= 2 and list(tmp_path.glob(".pmlib/runs/*/hangs/cells")):
            break
        time.sleep(0.1)
    assert len(tree) >= 2
    runner.send_signal(signal.SIGKILL)
    runner.wait()
    gone, alive = psutil.wait_procs(tree, timeout=15)
    assert not alive
    assert len(gone) == len(tree)


def test_a_day_to_come_is_refused(tmp_path):
    result = pmlib("run", pack(tmp_path, "good"), "--as-of", "2999-01-01")
    assert result.exit_code == 2
    assert "which is to come" in result.output


def test_the_demo_data_of_a_notebook_are_never_published_as_ones_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.toml").write_text("[[report]]\nnotebook = 'engagement.ipynb'")
    for command in (("run", "engagement.ipynb", "-p", "weeks=12"), ("check", "own.toml")):
        result = pmlib(*command)
        assert result.exit_code == 2
        assert "'events' is not given, and the notebook's own is the demo data" in result.output


def test_a_foreign_index_is_never_overwritten(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("<h1>Mine</h1>")
    result = pmlib("run", pack(tmp_path, "good"), "--out", tmp_path / "site")
    assert result.exit_code == 2
    assert "was not made by pmlib" in result.output


def test_a_run_that_died_is_marked_so_by_the_next(tmp_path):
    path = pack(tmp_path, "good")
    assert pmlib("run", path, "--as-of", "2026-11-22").exit_code == 0
    record = next(tmp_path.glob(".pmlib/runs/*/run.json"))
    record.write_text(record.read_text().replace('"state": "success"', '"state": "running"', 1))
    assert pmlib("run", path, "--as-of", "2026-11-22").exit_code == 0
    assert '"state": "killed"' in record.read_text()


def test_being_stopped_is_said_in_a_line_with_130(tmp_path, monkeypatch):
    monkeypatch.setattr("pmlib.reports.packs.plan.load_pack", interrupted)
    result = pmlib("check", pack(tmp_path, "good"))
    assert result.exit_code == 130
    assert result.output.strip() == "Stopped. What was published before stays as it was."


def interrupted(path):
    raise RuntimeError("Query interrupted")
