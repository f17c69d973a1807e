"""All checks as one answer: what stands first, what passed, and what could not be looked at."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from pmlib.core import SettingError
from pmlib.experiments import trial
from pmlib.experiments.checks.checks import checks
from pmlib.experiments.checks.gates import gates
from pmlib.sources import load_aggregates
from pmlib.sources.registrations import Measure
from tests.experiments.checks.planned import BOUGHT, counted, drawn, june, plan, through
from tests.experiments.made import converted, units_of

SEGMENTS = ("platform", "country")


def calm(seed=1, **settings):
    rng = np.random.default_rng(seed)
    units = through(drawn(rng), date(2026, 6, 28))
    goals = (Measure("spent", cap=0.99), replace(BOUGHT, role="guardrail"))
    return trial(units, registration=plan(*goals, segments=SEGMENTS, activation="opened", **settings))


def states(finding):
    return {row[0]: row[1] for row in finding.table.rows}


def test_all_is_shown_where_all_is_well():
    made = calm()
    other = drawn(np.random.default_rng(2))
    finding = checks(made, others=[replace(other, origin=replace(other.origin, name="other"))])
    assert finding.headline == "All 14 checks passed"
    assert [name for name, state in states(finding).items() if state != "passed"] == ["Events on each day"]
    assert finding.cautions == (
        "Not checked: events on each day (without events nobody sees on which days they were recorded).",
    )
    assert not finding.action
    assert [check.ok for check in finding.checks] == [True] * 14
    assert [one.x[0] for one in finding.figure.series] == ["2026-06-01"] * 2
    assert sum(finding.figure.series[0].y) == made.arms.counts[0]
    assert "SELECT" in finding.query


def test_alarms_stand_first_and_in_the_headline():
    rows = [("control", june(day), 1, 60) for day in range(1, 11)]
    rows += [("treatment", june(day), None if day > 8 else 0, 40) for day in range(1, 11)]
    finding = checks(trial(counted(rows, "exposed_on", "bought"), registration=plan()))
    assert finding.headline == (
        "4 of 9 checks raise an alarm: the split, values of all units, metrics on each day and the plan"
    )
    found = [row[1] for row in finding.table.rows]
    assert found == sorted(found, key=["alarm", "doubt", "passed", "not checked"].index)
    assert finding.action.startswith("Find out why units are missing from an arm")
    assert [check.ok for check in finding.checks] == [False] * 5 + [True] * 4
    assert finding.cautions[0].startswith(
        "Not checked: the split in segments (no segment is registered); the split after"
    )
    # An alarm of one is named in the singular.
    assert checks(calm(days=35)).headline.startswith("1 of 13 checks raises an alarm: the plan")


def test_doubts_bar_no_reading():
    units = converted(control=(100, 1000), treatment=(110, 1000))
    finding = checks(trial(units, control="control", metric="converted"))
    assert finding.headline == "No check raises an alarm; 1 of 7 leaves a doubt: the plan"
    assert finding.figure is None
    assert finding.action == ""
    assert states(finding)["Units on each day"] == "not checked"


def test_a_check_that_could_not_be_made_has_not_passed():
    finding = checks(trial(converted(control=(10, 100), treatment=(11, 100)), registration=plan(Measure("converted"))))
    assert finding.headline == "All 7 checks passed"
    (caution,) = finding.cautions
    for name in ("the split in segments", "other experiments", "whole weeks", "units on each day", "extreme values"):
        assert name in caution


def test_the_answer_hangs_on_no_order_of_rows():
    made = calm()
    first = checks(made)
    table = made.units.engine.arrow("SELECT * FROM units ORDER BY hash(unit)")
    again = units_of(**table.to_pydict())
    again = replace(again, columns=made.units.columns)
    second = checks(trial(through(again, date(2026, 6, 28)), registration=made.registration))
    assert first.facts()["headline"] == second.facts()["headline"]
    assert first.table == second.table
    assert first.facts()["estimates"] == second.facts()["estimates"]


def test_aggregates_are_checked_as_far_as_they_tell(tmp_path):
    (tmp_path / "cells.csv").write_text(
        "metric,arm,units_in_arm,n,mean,variance\nspent,control,5100,5100,2,4\nspent,treatment,4700,4600,2.1,4\n"
    )
    made = trial(load_aggregates(tmp_path / "cells.csv"), control="control", metric="spent")
    finding = checks(made)
    assert finding.headline == "2 of 5 checks raise an alarm: the split and values of all units"
    assert "spent 0 of 5,100 (0.0%) in control and 100 of 4,700 (2.1%) in treatment" in finding.table.rows[1][2]
    assert {gate.state for gate in gates(made)} == {"alarm", "passed"}
    assert states(finding)["Extreme values"] == "not checked"


def test_degenerate_arms():
    # Nobody came into a planned arm; one unit; a value that nobody has.
    units = converted(control=(0, 50), treatment=(0, 1))
    registration = plan(Measure("converted"), arms={"control": 1, "treatment": 1, "third": 1})
    finding = checks(trial(units, registration=registration))
    assert finding.headline.startswith("1 of 7 checks raises an alarm: the split")
    units = units_of(arm=["control"] * 30 + ["treatment"] * 30, bought=[float("nan")] * 60, exposed_on=[june(1)] * 60)
    finding = checks(trial(units, registration=plan()))
    assert states(finding)["Values of all units"] == "doubt"
    units = units_of(arm=["control"] * 30 + ["treatment"] * 30, bought=[1] * 30 + [None] * 30)
    assert states(checks(trial(units, registration=plan())))["Values of all units"] == "alarm"


def test_columns_with_names_of_queries():
    units = units_of(
        arm=["control", "treatment"] * 50,
        units=[1.5, 2.5] * 50,
        day=[june(1 + place // 10) for place in range(100)],
        part=["a", "b"] * 50,
        value=[0, 1] * 50,
    )
    registration = plan(Measure("units"), Measure("value", role="guardrail"), segments=("part", "value"))
    finding = checks(trial(units, registration=registration))
    assert states(finding)["The split in segments"] == "alarm"


def test_what_is_no_column_is_refused():
    with pytest.raises(SettingError, match="no metric 'bougth'"):
        checks(trial(converted(control=(1, 10), treatment=(1, 10)), registration=plan(Measure("bougth"))))


def test_whole_experiments_without_fault():
    # Nine checks with an alarm at 0.001 and days at 0.01: 30 experiments have 0.6 calls. Band: no more than three.
    found = [state for seed in range(30) for state in states(checks(calm(seed + 100))).values()]
    calls = [state for state in found if state in ("alarm", "doubt")]
    assert len(calls) <= 3
    assert calls.count("alarm") <= 1
