"""An experiment in a first pack: its control is a guess that is said; plans and lists find their reports."""

import tomllib

import pytest
from click.testing import CliRunner

from pmlib.cli import main


def pmlib(*words: object, answers: str | None = None):
    return CliRunner().invoke(main, [str(word) for word in words], input=answers)


def trial(folder, arms, *, file="ab.csv", columns="user_id,arm,converted", value="1"):
    lines = [f"u{n},{arms[n % len(arms)]},{value}".rstrip(",") for n in range(12 * len(arms))]
    (folder / file).write_text("\n".join([columns, *lines]) + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("arms", "control"),
    [
        (["old", "new", "no wizard"], "old"),
        (["wizard", "no wizard"], "no wizard"),
        (["B", "A"], "A"),
        (["no change at all", "Control"], "Control"),
        (["new flow", "original flow"], "original flow"),
        (["x", "y"], "x"),
    ],
)
def test_control_is_a_guess_that_is_said_and_asked_for(tmp_path, monkeypatch, arms, control):
    monkeypatch.chdir(tmp_path)
    trial(tmp_path, arms)
    made = pmlib("init", "ab.csv", "--yes")
    assert made.exit_code == 0, made.output
    assert f"  control: {control} (a guess; change it in pmlib.toml); metric: converted" in made.output
    assert tomllib.loads((tmp_path / "pmlib.toml").read_text())["report"][0]["parameters"]["control"] == control
    asked = pmlib("init", "ab.csv", "--out", "two.toml", answers=f"{arms[1]}\n\n")
    assert asked.exit_code == 0, asked.output
    assert f"one of {', '.join(sorted(arms))} [{control}]" in asked.output
    assert tomllib.loads((tmp_path / "two.toml").read_text())["report"][0]["parameters"]["control"] == arms[1]


def planned(folder, name, text):
    said = pmlib("register", "--hypothesis", "More.", "--arm", "control", "--arm", "treatment", "--goal", "converted")
    (folder / name).write_text(said.output.replace('# event = "booking_made"', text), encoding="utf-8")


def test_an_experiment_is_read_by_its_plan_and_counted_in_events_where_its_units_do_not_hold_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trial(tmp_path, ["control", "treatment"], columns="user_id,arm", value="")
    log = [f"u{n},booked,2026-03-{1 + n % 9:02d}T10:00:00Z" for n in range(20)]
    (tmp_path / "log.csv").write_text("user_id,event,ts\n" + "\n".join(log), encoding="utf-8")
    bare = pmlib("init", "ab.csv", "log.csv", "--yes")
    assert bare.exit_code == 2
    assert "ab.csv has no column of numbers" in bare.output
    assert "pmlib register --out plan.toml" in bare.output
    planned(tmp_path, "plan.toml", 'event = "booked"')
    lacking = pmlib("init", "ab.csv", "plan.toml", "--yes")
    assert lacking.exit_code == 2
    assert "plan.toml measures converted, of which the units have no column" in lacking.output
    made = pmlib("init", "ab.csv", "log.csv", "plan.toml", "--yes")
    assert made.exit_code == 0, made.output
    assert "  by its plan plan.toml; control: control" in made.output
    pack = tomllib.loads((tmp_path / "pmlib.toml").read_text())
    report = next(one for one in pack["report"] if one["notebook"] == "experiment.ipynb")
    assert report["parameters"]["registration"] == "plan.toml"
    assert "events" not in report["parameters"]
    assert pack["parameters"]["events"] == "#events"
    # What the units hold themselves is not counted anew.
    trial(tmp_path, ["control", "treatment"])
    assert pmlib("init", "ab.csv", "log.csv", "plan.toml", "--yes", "--out", "two.toml").exit_code == 0
    pack = tomllib.loads((tmp_path / "two.toml").read_text())
    report = next(one for one in pack["report"] if one["notebook"] == "experiment.ipynb")
    assert report["parameters"]["events"] == ""


def test_plans_and_lists_of_experiments_find_their_reports(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trial(tmp_path, ["control", "treatment"])
    planned(tmp_path, "plan.toml", "")
    planned(tmp_path, "other.toml", "")
    text = (tmp_path / "other.toml").read_text(encoding="utf-8")
    (tmp_path / "other.toml").write_text(text.replace("treatment", "green"), encoding="utf-8")
    (tmp_path / "experiments.toml").write_text('[[experiment]]\ndata = "ab.csv"\nregistration = "plan.toml"\n')
    alone = pmlib("init", "plan.toml", "--yes")
    assert alone.exit_code == 2
    assert "plan.toml is the plan of an experiment; give the table of its units too" in alone.output
    made = pmlib("init", ".", "--yes", "--out", "pack.toml")
    assert made.exit_code == 0, made.output
    assert "experiments.toml: a list of experiments; 1 in it" in made.output
    assert "Left out other.toml: the plan of another experiment." in made.output
    reports = {
        one["notebook"]: one["parameters"] for one in tomllib.loads((tmp_path / "pack.toml").read_text())["report"]
    }
    assert reports["experiment.ipynb"]["registration"] == "plan.toml"
    assert reports["experiment.ipynb"]["trials"] == "experiments.toml"
    assert reports["experiments_review.ipynb"]["trials"] == "experiments.toml"
    assert pmlib("check", "pack.toml").exit_code == 0
    assert pmlib("init", "experiments.toml", "--yes", "--out", "list.toml").exit_code == 0
    both = pmlib("init", "ab.csv", "plan.toml", "other.toml", "--yes", "--out", "three.toml")
    assert both.exit_code == 2
    assert "are both plans of an experiment" in both.output
