"""The command line itself: what it lists, what it imports, how it ends."""

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
