"""What has to hold before a result is read: each a line of its own, loud where it fails and silent where it holds."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from pmlib.experiments import trial
from pmlib.experiments.checks.checks import checks
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure, Registration
from tests.experiments.checks.planned import BOUGHT, START, drawn, noted, plan, through
from tests.experiments.made import units_of

GOALS = (Measure("spent", cap=0.99), replace(BOUGHT, role="guardrail"))
LINES = {
    "The split",
    "The split day by day",
    "The split in segments",
    "The split after activation",
    "The arms before the start",
    "Values of all units",
    "Each unit in one arm",
    "Other experiments",
    "Whole weeks",
    "Extreme values",
    "Units on each day",
    "Metrics on each day",
    "Events on each day",
    "The plan",
    "Many questions",
}


def calm() -> dict[str, list]:
    """An experiment in which nothing is wrong."""
    return drawn(np.random.default_rng(1)).engine.arrow("SELECT * FROM units ORDER BY unit").to_pydict()


def read(columns: dict[str, list], registration: Registration | None = None, **dropped: int) -> dict[str, str]:
    """Check units up to the planned end, and return the state of each line."""
    units: Units = noted(through(units_of(**columns), date(2026, 6, 28)), **dropped)
    planned = registration or plan(*GOALS, segments=("platform",), activation="opened")
    return {row[0]: row[1] for row in checks(trial(units, registration=planned)).table.rows}


def kept(columns: dict[str, list], rule) -> dict[str, list]:
    """Keep the units for which a rule holds."""
    names = list(columns)
    rows = [row for row in zip(*columns.values(), strict=True) if rule(dict(zip(names, row, strict=True)))]
    return dict(zip(names, (list(column) for column in zip(*rows, strict=True)), strict=True))


def changed(columns: dict[str, list], name: str, rule) -> dict[str, list]:
    """Put another value where a rule gives one."""
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return columns | {name: [rule(row) for row in rows]}


def treated(row: dict) -> bool:
    return row["arm"] == "treatment"


def every(row: dict, parts: int) -> int:
    return int(row["unit"]) % parts


def test_every_line_is_there_and_silent_where_all_holds():
    found = read(calm())
    assert set(found) == LINES
    quiet = {"Other experiments": "not checked", "Events on each day": "not checked"}
    assert found == dict.fromkeys(LINES, "passed") | quiet


CASES = {
    # A third of those treated is lost, or all but an eighth: what is asked each day takes more.
    "The split": lambda c: kept(c, lambda row: not treated(row) or every(row, 3)),
    "The split day by day": lambda c: kept(c, lambda row: not treated(row) or every(row, 8) == 0),
    # As many are lost on the web in one arm as on Android in the other.
    "The split in segments": lambda c: kept(
        c, lambda row: row["platform"] != ("web" if treated(row) else "other") or every(row, 2)
    ),
    "The split after activation": lambda c: changed(
        c, "activated", lambda row: row["activated"] and not (treated(row) and every(row, 4) == 0)
    ),
    "The arms before the start": lambda c: changed(
        c, "spent__before", lambda row: row["spent__before"] * (1.5 if treated(row) else 1)
    ),
    "Values of all units": lambda c: changed(
        c, "bought", lambda row: None if treated(row) and every(row, 20) == 0 else row["bought"]
    ),
    "Units on each day": lambda c: kept(c, lambda row: not treated(row) or row["exposed_on"] != "2026-06-10"),
    "Metrics on each day": lambda c: changed(
        c, "bought", lambda row: 0 if treated(row) and row["exposed_on"] > "2026-06-14" else row["bought"]
    ),
}


@pytest.mark.parametrize("line", CASES)
def test_a_line_alarms_where_it_does_not_hold(line):
    broken = CASES[line](calm())
    assert read(broken)[line] == "alarm"


def test_an_arm_planned_empty_that_has_units_is_an_alarm():
    registration = plan(*GOALS, arms={"control": 1, "treatment": 1, "third": 0})
    assert read(calm(), registration)["The split"] == "passed"
    strays = changed(calm(), "arm", lambda row: "third" if every(row, 400) == 7 else row["arm"])
    assert read(strays, registration)["The split"] == "alarm"


def test_units_in_several_arms_are_an_alarm_by_their_part():
    assert read(calm(), in_several_arms=1)["Each unit in one arm"] == "passed"
    assert read(calm(), in_several_arms=30)["Each unit in one arm"] == "alarm"


def test_a_week_cut_short_is_a_doubt():
    short = kept(calm(), lambda row: row["exposed_on"] <= "2026-06-24")
    assert read(short, plan(*GOALS, days=24))["Whole weeks"] == "doubt"


def test_a_cap_that_leaves_nothing_is_an_alarm():
    rare = changed(calm(), "spent", lambda row: 900.0 if every(row, 300) == 0 else 0.0)
    assert read(rare, plan(Measure("spent", kind="mean", cap=0.99)))["Extreme values"] == "alarm"


def test_peeking_and_no_plan_are_told():
    # To be read once on 5 July, and read on 28 June.
    assert read(calm(), plan(*GOALS, days=35))["The plan"] == "alarm"
    units = through(units_of(**calm()), START + timedelta(days=27))
    free = checks(trial(units, metric="spent", control="control"))
    assert {row[0]: row[1] for row in free.table.rows}["The plan"] == "doubt"


def test_another_experiment_that_falls_unalike_is_an_alarm():
    units = through(units_of(**calm()), date(2026, 6, 28))
    for one_sided, state in ((False, "passed"), (True, "alarm")):
        there = kept(calm(), lambda row, one=one_sided: every(row, 3) == 0 and not (one and treated(row)))
        other = units_of(unit=there["unit"], arm=["a" if int(unit) % 2 else "b" for unit in there["unit"]])
        found = checks(trial(units, registration=plan(*GOALS)), others=[other])
        assert {row[0]: row[1] for row in found.table.rows}["Units also in 'trial.csv'"] == state
