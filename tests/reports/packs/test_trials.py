"""The experiment that a report's parameters name is put together before anything runs."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pmlib.cli import main
from pmlib.core import SettingError
from pmlib.reports.packs.plan import Plan, Wishes, plan
from tests.conftest import ROOT

TODAY = date(2026, 11, 25)
REPORT = ROOT / "notebooks" / "experiment.ipynb"
PLAN = """name = "Menu"
hypothesis = "A shorter menu sells more."
control = "control"
start = 2026-06-01
days = 7

[arms]
control = 1
treatment = 1

[metrics.booked]
event = "booked"

[metrics.spent]
role = "secondary"
sql = "sum(euros)"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write what 60 users of an experiment did, as units and as events, with a plan and a pack."""
    rows, log = ["user_id,arm,platform,converted"], ["user_id,event,ts,euros,variant"]
    for user in range(60):
        arm = "control" if user % 2 else "treatment"
        rows.append(f"u{user},{arm},{'ios' if user % 3 else 'web'},{int(user % 5 == 0)}")
        log.append(f"u{user},seen,2026-06-0{1 + user % 5}T09:00:00Z,,{arm}")
        log.append(f"u{user},{'booked' if user % 4 else 'left'},2026-06-0{2 + user % 5}T09:00:00Z,{user},")
    for name, lines in (("units.csv", rows), ("log.csv", log)):
        (tmp_path / name).write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "plan.toml").write_text('exposure = "seen"\nvariant = "variant"\n' + PLAN, encoding="utf-8")
    shutil.copy(REPORT, tmp_path / "experiment.ipynb")
    return tmp_path


def planned(folder: Path, given: dict[str, str] | None = None, settings: str = "") -> Plan:
    """Plan the report of an experiment beside another one that has nothing to do with it."""
    (folder / "pack.toml").write_text(
        "[[report]]\nnotebook = 'experiment.ipynb'\n[report.parameters]\nexperiment = 'units.csv'\nguardrails = ''\n"
        f"{settings}\n"
    )
    return plan(folder / "pack.toml", Wishes(parameters=given), TODAY)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("metric", "convertd", "no metric 'convertd'.*Did you mean 'converted'"),
        ("metric", "platform", "'platform' holds 60 values that are no numbers"),
        ("metric", "", "'metric' is empty"),
        ("guardrails", "convertd", "no metric 'convertd'"),
        ("control", "contrl", "No arm is called 'contrl'.*Did you mean 'control'"),
        ("weights", "1:x", "'1:x' holds 'x'"),
        ("weights", "1:1:1", "'1:1:1' has 3 weights; there are 2 arms"),
        ("reading", "always valid", "'reading' is 'always valid'; give once.*Did you mean 'always-valid'"),
        ("parts", "platfrm", "no column 'platfrm'.*Did you mean 'platform'"),
        ("registration", "trials.toml", "is a list of experiments; give the plan of one"),
    ],
)
def test_an_experiment_that_does_not_fit_its_units_is_told_before_anything_runs(
    folder: Path, name: str, value: str, words: str
) -> None:
    (folder / "trials.toml").write_text('[[experiment]]\ndata = "units.csv"\nmetric = "converted"\n', encoding="utf-8")
    given = str(folder / value) if value.endswith(".toml") else value
    with pytest.raises(SettingError, match=words):
        planned(folder, {name: given})
    # What a pack says was right once: its report alone is refused.
    settings = "" if name == "guardrails" else f"{name} = '{given}'"
    if settings:
        refused = planned(folder, settings=settings).jobs[0].refused
        assert re.match(rf"experiment: .*{words}", refused), refused


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("hypothesis", "hypotesis", "Did you mean 'hypothesis'"),
        ('event = "booked"', 'event = "boked"', "No event is called 'boked'.*Did you mean 'booked'"),
        ("sum(euros)", "sum(euros", "cannot be read as SQL"),
        ("sum(euros)", "sum(euro)", "Did you mean 'euros'"),
    ],
)
def test_a_plan_is_held_against_its_events(folder: Path, old: str, new: str, words: str) -> None:
    given = {"registration": str(folder / "plan.toml"), "events": str(folder / "log.csv"), "timezone": "UTC"}
    assert planned(folder, given).jobs[0].refused == ""
    text = (folder / "plan.toml").read_text(encoding="utf-8")
    (folder / "plan.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(SettingError, match=words):
        planned(folder, given)


def test_a_plan_takes_metrics_of_the_catalogue_beside_it(folder: Path) -> None:
    given = {"registration": str(folder / "plan.toml"), "events": str(folder / "log.csv"), "timezone": "UTC"}
    text = (folder / "plan.toml").read_text(encoding="utf-8")
    (folder / "plan.toml").write_text(text.replace('event = "booked"', 'metric = "bookings"'), encoding="utf-8")
    with pytest.raises(SettingError, match="There is no metric 'bookings'"):
        planned(folder, given)
    own = """[bookings]\ntitle = "bookings"\nmeaning = "Trips booked."\nkind = "flow"\nunit = "count"\n"""
    own += """sql = "count(*) FILTER (event = 'booked')"\n"""
    (folder / "own.toml").write_text(own, encoding="utf-8")
    assert planned(folder, given | {"catalogue": str(folder / "own.toml")}).jobs[0].refused == ""
    shutil.move(folder / "own.toml", folder / "metrics.toml")
    assert planned(folder, given).jobs[0].refused == ""


def test_a_plan_is_held_against_the_columns_of_its_units(folder: Path) -> None:
    given = {"registration": str(folder / "plan.toml")}
    with pytest.raises(SettingError, match="no metric 'booked'"):
        planned(folder, given)
    # The expression is not used where the units hold the column, yet it was written down to be used.
    text = (folder / "plan.toml").read_text(encoding="utf-8").replace("metrics.booked", "metrics.converted")
    (folder / "plan.toml").write_text(text.replace("sum(euros)", "sum(euros"), encoding="utf-8")
    with pytest.raises(SettingError, match=r"The sql of 'spent'.*cannot be read as SQL"):
        planned(folder, given)
    said = checked(folder / "plan.toml")
    assert said.exit_code == 2
    assert "The sql of 'spent'" in said.output


def test_too_few_units_are_for_the_page_to_say(folder: Path) -> None:
    (folder / "units.csv").write_text("user_id,arm,converted\na,control,1\nb,control,0\n", encoding="utf-8")
    assert planned(folder, settings="control = 'control'").jobs[0].refused == ""


def checked(*words: object) -> Result:
    return CliRunner().invoke(main, ["check", *(str(word) for word in words)], catch_exceptions=False)


def test_each_experiment_of_a_list_is_checked_and_one_fault_refuses_no_run(folder: Path) -> None:
    shutil.copy(ROOT / "notebooks" / "experiments_review.ipynb", folder / "review.ipynb")
    (folder / "pack.toml").write_text(
        "[[report]]\nnotebook = 'review.ipynb'\n[report.parameters]\ntrials = 'trials.toml'\n"
    )
    good = '[[experiment]]\nname = "Good"\ndata = "units.csv"\nmetric = "converted"\n'
    (folder / "trials.toml").write_text(good, encoding="utf-8")
    assert checked(folder / "pack.toml").exit_code == 0
    wrong = '[[experiment]]\nname = "Wrong"\ndata = "units.csv"\nmetric = "convertd"\nstate = "running"\n'
    later = '[[experiment]]\nname = "Later"\ndata = "none.csv"\nmetric = "converted"\nstart = 2199-01-01\n'
    (folder / "trials.toml").write_text(good + wrong + later, encoding="utf-8")
    said = checked(folder / "pack.toml")
    assert said.exit_code == 2
    lines = [line for line in said.output.splitlines() if line.startswith("✗")]
    assert len(lines) == 1
    assert lines[0].startswith("✗ review: Wrong cannot be read: The units have no metric 'convertd'")
    assert plan(folder / "pack.toml", Wishes(), TODAY).jobs[0].refused == ""
    (folder / "trials.toml").write_text("[arms]\na = 1\n", encoding="utf-8")
    assert "has 'arms'" in plan(folder / "pack.toml", Wishes(), TODAY).jobs[0].refused
