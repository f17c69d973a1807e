"""What people decided stands on the page of an experiment from that day on."""

from datetime import date
from pathlib import Path

from pmlib.core import Finding
from pmlib.experiments import trial, verdict
from pmlib.experiments.trial import Trial
from pmlib.sources import load_units
from tests.experiments.decision.team import CHANCE, CLEAR, Hits, planned, written

SHIPPED = 'decision = "shipped"\ndecided = 2026-04-06'
BEFORE, AFTER = date(2026, 4, 5), date(2026, 4, 6)


def listed(folder: Path, *entries: str) -> Path:
    path = folder / "experiments.toml"
    path.write_text("\n".join(entries), encoding="utf-8")
    return path


def read(folder: Path, name: str, as_of: date, *, plan: bool = True) -> Trial:
    units = load_units(folder / f"{name}.csv")
    if plan:
        return trial(units, registration=folder / f"{name}.toml", as_of=as_of)
    return trial(units, metric="converted", as_of=as_of, reading="once")


def told(folder: Path, hits: Hits = CLEAR, more: str = SHIPPED, as_of: date = AFTER, *, plan: bool = True) -> Finding:
    """Ask for the verdict on one of two experiments of a list."""
    other = written(folder, "Other", above=planned(28), more='decision = "rolled back"\ndecided = 2026-04-01')
    one = written(folder, "Menu", hits, above=planned(28), more=more)
    return verdict(read(folder, "menu", as_of, plan=plan), trials=listed(folder, other, one))


def test_a_decided_experiment_does_not_say_ship_every_week(tmp_path: Path) -> None:
    found = told(tmp_path)
    assert found.headline.startswith("Shipped on 6 Apr 2026: converted 33.0% in treatment against 28.1% in control, ")
    assert found.action == ""
    # The day before nobody knew.
    assert told(tmp_path, as_of=BEFORE).headline.startswith("Ship: ")
    assert told(tmp_path, as_of=BEFORE).action.startswith("Ship ")
    assert told(tmp_path, more="").headline.startswith("Ship: ")


def test_the_arm_that_was_shipped_is_named(tmp_path: Path) -> None:
    found = told(tmp_path, more=f'{SHIPPED}\nchosen = "treatment"')
    assert found.headline.startswith("Treatment shipped on 6 Apr 2026: converted 33.0%")


def test_a_decision_against_the_rule_is_to_be_explained(tmp_path: Path) -> None:
    found = told(tmp_path, CHANCE)
    assert found.headline.startswith("Shipped on 6 Apr 2026, though the rule says cannot tell: converted ")
    assert found.action == "Write down why this was shipped although the rule says: cannot tell."


def test_without_a_plan_it_is_found_by_its_units(tmp_path: Path) -> None:
    assert told(tmp_path, plan=False).headline.startswith("Shipped on 6 Apr 2026: ")


def test_an_experiment_that_no_list_names_says_so(tmp_path: Path) -> None:
    other = written(tmp_path, "Other", above=planned(28), more=SHIPPED)
    written(tmp_path, "Menu", above=planned(28))
    found = verdict(read(tmp_path, "menu", AFTER), trials=listed(tmp_path, other))
    assert found.headline.startswith("Ship: ")
    assert found.cautions[0] == "experiments.toml does not list this experiment, so nobody knows what was decided."
    assert verdict(read(tmp_path, "menu", AFTER)).cautions == found.cautions[1:]
