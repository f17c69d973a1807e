"""A pack whose experiment comes as aggregates: checked, and made into a page."""

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from pmlib.cli import main

NOTEBOOK = Path(__file__).parents[1] / "real" / "aggregates.ipynb"
HEAD = "day,platform,metric,arm,users,mean,variance\n"
CELLS = [("ios", "control", 0.20), ("ios", "treatment", 0.30), ("web", "control", 0.20), ("web", "treatment", 0.20)]
PACK = """
title = "Tests"
[source.sums]
path = "sums.csv"
segments = ["platform"]
{running}
[[report]]
id = "menu"
notebook = "aggregates.ipynb"
[report.parameters]
aggregates = "#sums"
metric = "booked"
guardrails = "visits"
"""


def wrote(folder: Path, running: str = "running = true") -> Path:
    """Write counts that double from the first day to the second, and a pack that names them."""
    lines = [
        f"2026-01-0{day},{platform},{metric},{arm},{2_000 * day},{mean},{mean * (1 - mean) if share else 4.0}"
        for day in (5, 6)
        for platform, arm, rate in CELLS
        for metric, mean, share in (("booked", rate, True), ("visits", 3.1, False))
    ]
    (folder / "sums.csv").write_text(HEAD + "\n".join(lines), encoding="utf-8")
    (folder / "pmlib.toml").write_text(PACK.format(running=running), encoding="utf-8")
    shutil.copy(NOTEBOOK, folder)
    return folder / "pmlib.toml"


def test_a_page_is_made_of_aggregates(tmp_path: Path) -> None:
    made = CliRunner().invoke(main, ["run", str(wrote(tmp_path))])
    assert made.exit_code == 0, made.output
    (page,) = (tmp_path / "reports").glob("*/menu.html")
    text = re.sub(r"<[^>]+>|\s+", " ", page.read_text(encoding="utf-8"))
    # The last day counts all units: 12,000 on each platform in each arm; 20% against 25% of all.
    assert "The split is as planned: 24,000 in control and 24,000 in treatment." in text
    assert "+25.0%" in text
    assert "sums.csv" in text
    record = json.loads(next((tmp_path / "reports").glob("*/run.json")).read_text())
    assert record["reports"][0]["state"] == "success"


@pytest.mark.parametrize(
    ("running", "change", "said"),
    [
        ("running = true", ("", ""), ""),
        ("", ("", ""), "'aggregates' cannot be read: sums.csv has rows of 2 days or times for an arm. Say running"),
        ("running = true", ("4.0", "-4.0"), "gives 'visits' in control at 2026-01-05 the variance -4; a variance"),
        ("running = true", ("users", "uzers"), "sums.csv has no column that counts the units (expected one such as n"),
        ("runing = true", ("", ""), "there is no setting 'source.sums.runing'; there is kind, path,"),
    ],
)
def test_a_check_says_what_is_wrong_with_them(tmp_path: Path, running: str, change: tuple[str, str], said: str) -> None:
    pack = wrote(tmp_path, running)
    sums = tmp_path / "sums.csv"
    sums.write_text(sums.read_text().replace(*change) if change[0] else sums.read_text())
    checked = CliRunner().invoke(main, ["check", str(pack)])
    assert said in " ".join(checked.output.split())
    assert (checked.exit_code == 0) == (not said)


def test_aggregates_are_told_from_units(tmp_path: Path) -> None:
    wrote(tmp_path)
    told = CliRunner().invoke(main, ["inspect", str(tmp_path / "sums.csv")])
    assert "sums.csv: aggregates of an experiment" in told.output
    (tmp_path / "arms.csv").write_text("arm,visitors,orders\ncontrol,900,81\ntreatment,910,99\n")
    told = CliRunner().invoke(main, ["inspect", str(tmp_path / "arms.csv")])
    assert "arms.csv: aggregates of an experiment" in told.output
    assert "Form: aggregates, one row an arm, csv" in told.output
    lines = "\n".join(f"u{arm}{at},{arm},{at % 3}" for at in range(9) for arm in ("a", "b"))
    (tmp_path / "units.csv").write_text(f"user,arm,orders\n{lines}\n")
    told = CliRunner().invoke(main, ["inspect", str(tmp_path / "units.csv"), "--kind", "units"])
    assert "the units of an experiment" in told.output
    started = CliRunner().invoke(main, ["init", str(tmp_path / "sums.csv"), "--out", str(tmp_path / "new.toml")])
    assert started.exit_code == 2
    assert "sums.csv holds aggregates of an experiment, whose goal and control init does not guess" in started.output
    assert 'aggregates = "sums.csv"' in started.output


SHIPPED = """
title = "Tests"
[source.sums]
path = "sums.csv"
segments = ["platform"]
running = true
[[report]]
notebook = "experiment.ipynb"
[report.parameters]
experiment = ""
aggregates = "#sums"
metric = "booked"
guardrails = "visits"
weights = ""
"""


def test_the_report_of_experiments_reads_aggregates(tmp_path: Path) -> None:
    pack = wrote(tmp_path)
    pack.write_text(SHIPPED, encoding="utf-8")
    made = CliRunner().invoke(main, ["run", str(pack)])
    assert made.exit_code == 0, made.output
    text = re.sub(r"<[^>]+>|\s+", " ", next((tmp_path / "reports").glob("*/experiment.html")).read_text())
    assert "48,000 units in all" in text
    # The first day alone.
    made = CliRunner().invoke(main, ["run", str(pack), "--as-of", "2026-01-05"])
    assert made.exit_code == 0, made.output
    text = re.sub(r"<[^>]+>|\s+", " ", (tmp_path / "reports/2026-01-05/experiment.html").read_text())
    assert "40,000 units in all" in text


def test_units_and_aggregates_at_once_are_refused(tmp_path: Path) -> None:
    pack = wrote(tmp_path)
    lines = "\n".join(f"u{arm}{at},{arm},{at % 3}" for at in range(9) for arm in ("control", "treatment"))
    (tmp_path / "units.csv").write_text(f"user_id,arm,booked\n{lines}\n")
    pack.write_text(SHIPPED.replace('experiment = ""', 'experiment = "units.csv"'), encoding="utf-8")
    checked = CliRunner().invoke(main, ["check", str(pack)])
    assert checked.exit_code == 2
    assert "units.csv holds units and sums.csv aggregates, and a report reads one of them" in " ".join(
        checked.output.split()
    )
