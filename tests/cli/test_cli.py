"""The command line itself: what it lists, what it imports, how it ends."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pmlib.cli import main
from tests.reports.toys import pack

HEAVY = ("duckdb", "numpy", "pydantic", "papermill", "jinja2", "pptx", "docx", "pyarrow", "scipy")


def test_help_lists_each_command_with_a_sentence():
    said = CliRunner().invoke(main, ["--help"])
    assert said.exit_code == 0
    for name, command in main.commands.items():
        assert name in said.output
        assert command.help


def test_help_imports_nothing_heavy():
    code = "import sys\nfrom pmlib.cli import main\nprint(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not set(HEAVY) & set(loaded)


@pytest.mark.parametrize("command", ["run", "check", "schedule", "overdue", "slides", "pdf"])
def test_a_pack_that_is_not_there_is_one_line_and_code_2(command, tmp_path):
    words = [command, str(tmp_path / "none.toml"), *(["--emit", "cron"] if command == "schedule" else [])]
    said = CliRunner().invoke(main, words)
    assert said.exit_code == 2
    assert said.output.strip().splitlines()[-1].startswith("Error: There is no pack")


def test_due_runs_once_in_a_slot_and_then_says_nothing(tmp_path: Path):
    path = pack(tmp_path, "good", more='[schedule]\nday = "daily"\ntime = "00:00"\n')
    first = CliRunner().invoke(main, ["run", str(path), "--due"])
    assert first.exit_code == 0, first.output
    assert "✓ good" in first.output
    again = CliRunner().invoke(main, ["run", str(path), "--due"])
    assert again.exit_code == 0
    assert not again.output


def test_a_parameter_that_holds_a_secret_is_refused_before_anything_is_written(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("TEAM_PASSWORD", "k7Zp92xxQ1vv88Lm")
    path = pack(tmp_path, "good")
    said = CliRunner().invoke(main, ["run", str(path), "-p", "name=k7Zp92xxQ1vv88Lm"])
    assert said.exit_code == 2
    assert "'name' holds a secret" in said.output
    assert "k7Zp" not in said.output
    assert not (tmp_path / ".pmlib" / "runs").exists()


def test_check_tells_that_nobody_could_be_told(tmp_path: Path, monkeypatch):
    path = pack(tmp_path, "good", more='[webhook]\nurl = "env:HOOK"\n')
    monkeypatch.delenv("HOOK", raising=False)
    said = CliRunner().invoke(main, ["check", str(path)])
    assert said.exit_code == 2
    assert "HOOK is not set" in said.output
    monkeypatch.setenv("HOOK", "https://hooks.example.org/x")
    assert CliRunner().invoke(main, ["check", str(path)]).exit_code == 0
    path.write_text('audiences = ["leader"]\n' + path.read_text())
    assert "no audience 'leader'" in CliRunner().invoke(main, ["check", str(path)]).output


def test_a_report_taken_out_of_a_pack_takes_its_parameters_along(tmp_path: Path):
    path = pack(tmp_path, "good", more='[parameters]\naction = "booking_made"\n')
    assert CliRunner().invoke(main, ["check", str(path)]).exit_code == 0
    wrong = pack(tmp_path, "good", more="[parameters]\nweekz = 9\n")
    assert "Did you mean 'weeks'" in CliRunner().invoke(main, ["check", str(wrong)]).output


def test_a_try_leaves_the_published_pages_as_they_were_and_says_where_it_is(tmp_path: Path):
    path = pack(tmp_path, "good")
    assert CliRunner().invoke(main, ["run", str(path), "--as-of", "2026-11-22"]).exit_code == 0
    before = {file: file.read_bytes() for file in (tmp_path / "reports").rglob("*") if file.is_file()}
    tried = CliRunner().invoke(main, ["run", str(path), "--as-of", "2026-11-22", "-p", "weeks=9"])
    assert tried.exit_code == 0, tried.output
    assert f"Open {tmp_path / 'tries/index.html'} (a try with weeks=9; what is published in" in tried.output
    assert {file: file.read_bytes() for file in (tmp_path / "reports").rglob("*") if file.is_file()} == before
    assert "weeks = 9" in (tmp_path / "tries/2026-11-22/good.html").read_text()
    # Nor is it remembered by the next run of the pack.
    assert CliRunner().invoke(main, ["run", str(path), "--as-of", "2026-11-22"]).exit_code == 0
    assert (tmp_path / "reports/2026-11-22/good.html").read_bytes() == before[tmp_path / "reports/2026-11-22/good.html"]


def test_what_is_due_is_the_pack_as_it_is_written(tmp_path: Path):
    path = pack(tmp_path, "good", more='[schedule]\nday = "daily"\ntime = "00:00"\n')
    said = CliRunner().invoke(main, ["run", str(path), "--due", "-p", "weeks=9"])
    assert said.exit_code == 2
    assert "Write them into the pack" in said.output


def test_too_little_data_is_no_failure_and_says_so(tmp_path: Path):
    path = pack(tmp_path, "good")
    (tmp_path / "log.csv").write_text(
        "user_id,event,ts\nu1,opened,2026-11-19T10:00:00Z\nu2,opened,2026-11-19T11:00:00Z\n"
    )
    settings = '[report.parameters]\nevents = "log.csv"\n'
    trends = f'[[report]]\nnotebook = "trends.ipynb"\n{settings}market = ""\nlaunches = ""\n'
    engagement = f'[[report]]\nnotebook = "engagement.ipynb"\n{settings}start = ""\nback = ""\n'
    path.write_text(path.read_text() + trends + engagement)
    said = CliRunner().invoke(main, ["run", str(path)])
    assert said.exit_code == 4, said.output
    assert "✓ good" in said.output
    # One has no page and one has a page: both say why, in a word that is no failure.
    assert "! trends: Too little data: No week is complete: the events run from 19 Nov 2026" in said.output
    assert "! engagement: This cannot be answered: no week is complete" in said.output
    index = (tmp_path / "reports/index.html").read_text().partition("<h2>Too little data</h2>")[2]
    assert "No week is complete" in index
    assert "This cannot be answered: no week is complete" in index
    record = json.loads(next(tmp_path.glob(".pmlib/runs/*/run.json")).read_text())
    assert record["state"] == "success"


def test_without_any_source_nothing_is_run_and_readers_are_told_where_there_are_any(tmp_path: Path):
    path, log = pack(tmp_path, "good"), tmp_path / "log.csv"
    path.write_text(path.read_text() + '[[report]]\nnotebook = "engagement.ipynb"\nparameters = {events = "log.csv"}\n')
    index = tmp_path / "reports/index.html"
    command = ["run", str(path), "--only", "engagement"]
    first = CliRunner().invoke(main, command)
    assert first.exit_code == 2
    assert f"There is no file {log}" in first.output
    assert not index.exists()
    assert CliRunner().invoke(main, ["run", str(path), "--only", "good"]).exit_code == 0
    assert CliRunner().invoke(main, command).exit_code == 1
    assert "0 of 1 reports arrived" not in index.read_text(), "the one that was there still stands"
    assert "There is no file log.csv" in index.read_text()
    assert re.search(r'href="[0-9-]+/good\.html"', index.read_text())


@pytest.mark.parametrize(
    ("name", "words"),
    [("log.csv", "log.csv is no pack: .*pmlib init"), ("folder", "is a folder, not a pack.*mine.toml")],
)
def test_what_is_no_pack_is_told_with_the_way_to_one(tmp_path: Path, name, words):
    (tmp_path / "log.csv").write_text("user_id,event,ts\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/mine.toml").write_text("")
    said = CliRunner().invoke(main, ["run", str(tmp_path / name)])
    assert said.exit_code == 2
    assert re.search(words, said.output)


def test_a_file_that_may_not_be_read_is_told_in_a_line(tmp_path: Path, monkeypatch):
    path = pack(tmp_path, "good")
    # Whoever is root may read all, so the question itself is answered with no.
    monkeypatch.setattr(os, "access", lambda *words: False)
    said = CliRunner().invoke(main, ["inspect", str(path.with_name("good.ipynb"))])
    assert said.exit_code == 2
    assert "may not be read by whoever runs this" in said.output
