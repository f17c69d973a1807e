"""The split in all its forms: by hand, with faults planted, and where nothing is wrong."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy.special import gammaln
from scipy.stats import binomtest, chisquare

from pmlib.experiments import lift, trial
from pmlib.experiments.checks.activations import activated_split
from pmlib.experiments.checks.duplicates import duplicates
from pmlib.experiments.checks.gates import gates
from pmlib.experiments.checks.repeats import repeated_split
from pmlib.experiments.checks.segments import split_in_segments
from pmlib.experiments.checks.silences import silences
from pmlib.experiments.checks.splits import planned_split, split
from pmlib.experiments.checks.tallies import tallies
from pmlib.experiments.decision.calls import decided
from pmlib.sources.registrations import Measure
from tests.experiments.checks.planned import BOUGHT, counted, drawn, found, june, noted, of, plan


def split_of(control, treatment, **settings):
    units = counted([("control", 0, control), ("treatment", 0, treatment)], "bought")
    return of(units, plan(**settings))


def test_the_split_as_planned_off_or_too_small():
    made, _ = split_of(2011, 1989)
    assert found(planned_split(made)) == ("passed", "As planned: 2,011 in control and 1,989 in treatment (p = 0.728).")
    made, _ = split_of(5100, 4700)
    assert found(planned_split(made)) == (
        "alarm",
        "The arms are not as planned (5,100 and 4,700 units in control and treatment, where 4,900 and 4,900 were "
        "planned); p < 0.001.",
    )
    assert planned_split(made).action.startswith("Find out why units are missing")
    made, _ = split_of(5, 4)
    assert planned_split(made).state == "doubt"


def test_units_in_an_arm_planned_empty_are_an_alarm():
    units = counted([("control", 0, 500), ("treatment", 0, 500), ("old", 0, 2)], "bought")
    made, tally = of(units, plan(arms={"control": 1, "treatment": 1, "old": 0}))
    assert planned_split(made).state == "alarm"
    assert "2 units in old, where none was planned" in planned_split(made).words
    # The two arms that were planned are as planned, day by day too.
    assert repeated_split(made, tally).state == "passed"


def test_between_looks_the_split_day_by_day_decides():
    # 5,100 to 4,700: p = 5.3e-5 if read once; the Bayes factor is about 40, so that p is 0.025 however often one looks.
    settings = {"reading": "always-valid", "units": 20_000, "days": None}
    made, tally = split_of(5100, 4700, **settings)
    assert planned_split(made).state == "doubt"
    gate = repeated_split(made, tally)
    prior = 1e4 * 0.5
    log = sum(gammaln(prior + n) - gammaln(prior) - n * np.log(0.5) for n in (5100, 4700))
    assert gate.estimates[0].p == pytest.approx(np.exp(-(log + gammaln(1e4) - gammaln(1e4 + 9800))), rel=1e-9)
    assert found(gate) == (
        "passed",
        "As planned, looked at now, however often it was before (all looks together p = 0.025).",
    )
    # 5,100 to 4,300: z = 8.3, an alarm in any week; on the first of June it is week 1, where p below 0.0005 is one.
    assert planned_split(split_of(5100, 4300, **settings)[0]).state == "alarm"
    rows = [(arm, june(1), 0, count) for arm, count in (("control", 5100), ("treatment", 4700))]
    made, _ = of(counted(rows, "exposed_on", "bought"), plan(**settings))
    assert (made.split.bar, planned_split(made).state) == (0.0005, "alarm")
    # All who ask go by the same rule.
    rows = [(arm, june(day), 0, n) for day in range(1, 15) for arm, n in (("control", 350), ("treatment", 317))]
    made, _ = of(counted(rows, "exposed_on", "bought"), plan(**settings))
    # 4,900 to 4,438: p = 1.7e-6; 4,830 to 4,480 would be p = 2.9e-4 and in week 2 the bar is 1.7e-4.
    assert made.split.bar == pytest.approx(0.001 / 6)
    assert made.split.alarm
    rows = [(arm, june(day), 0, n) for day in range(1, 15) for arm, n in (("control", 345), ("treatment", 320))]
    made, _ = of(counted(rows, "exposed_on", "bought"), plan(**settings))
    assert 0.001 / 6 < made.split.test.p < 0.001
    assert (made.split.alarm, planned_split(made).state, decided(made, gates(made)).barred) == (False, "doubt", False)
    assert "no alarm while it is asked week by week" in split(made).headline
    assert "cannot be read" not in lift(made).headline
    # At the end it is read once, and off.
    made, _ = split_of(5100, 4700, **(settings | {"units": 9_800}))
    assert planned_split(made).state == "alarm"


def test_day_by_day_an_alarm_names_its_day_and_stays():
    # 600 to 400 a day: the Bayes factor passes 1,000 on the third day; the days after make up for it.
    rows = [(arm, june(day), 0, count) for day in (1, 2, 3) for arm, count in (("control", 600), ("treatment", 400))]
    rows += [(arm, june(day), 0, count) for day in (4, 5, 6) for arm, count in (("control", 400), ("treatment", 600))]
    made, tally = of(counted(rows, "exposed_on", "bought"))
    assert planned_split(made).state == "passed"
    assert found(repeated_split(made, tally)) == (
        "alarm",
        "Not as planned since 3 Jun 2026: 3,000 in control and 3,000 in treatment, where 3,000 and 3,000 were planned; "
        "looked at on each of 6 days (all looks together p < 0.001).",
    )


def segmented(rows, **settings):
    return trial(counted(rows, "platform", "bought"), registration=plan(segments=("platform",), **settings))


def test_segments_that_make_up_for_each_other_are_found():
    made = segmented(
        [
            ("control", "android", 0, 800),
            ("treatment", "android", 0, 600),
            ("control", "ios", 0, 600),
            ("treatment", "ios", 0, 800),
            ("control", "web", 0, 50),
            ("treatment", "web", 0, 60),
        ]
    )
    assert planned_split(made).state == "passed"
    assert found(split_in_segments(made)) == (
        "alarm",
        "Not as planned in 2 of 3 segments: platform android has 800 of 1,400 units in control (57.1%, planned 50.0%); "
        "platform ios has 600 of 1,400 units in control (42.9%, planned 50.0%).",
    )


def test_the_segment_that_drives_the_split_is_named():
    made = segmented(
        [
            ("control", "android", 0, 700),
            ("treatment", "android", 0, 500),
            ("control", "ios", 0, 1000),
            ("treatment", "ios", 0, 1010),
            ("control", None, 0, 9),
            ("treatment", None, 0, 5),
        ]
    )
    assert made.split.alarm
    words = split_in_segments(made).words
    assert words.startswith("Not as planned in 1 of 3 segments: platform android has 700 of 1,200 units in control")
    assert words.endswith("Without platform android the arms are as planned.")


def test_an_alarm_of_segments_allows_for_their_number():
    # 560 of 1,000 (p = 0.00017) would alarm alone; ten segments make p ten times as large.
    assert 1e-4 < binomtest(560, 1000).pvalue < 1e-3
    one = [("control", "a", 0, 560), ("treatment", "a", 0, 440)]
    assert split_in_segments(segmented(one)).state == "alarm"
    more = [(arm, f"{number}", 0, 500) for number in range(9) for arm in ("control", "treatment")]
    made = segmented([*one, *more])
    assert found(split_in_segments(made)) == ("passed", "As planned in each of 10 segments of platform.")


def test_segments_of_an_uneven_plan_and_three_arms():
    arms = {"control": 2, "treatment": 1, "other": 1}
    fair = [("control", "a", 0, 400), ("treatment", "a", 0, 200), ("other", "a", 0, 200)]
    assert split_in_segments(segmented(fair, arms=arms)).state == "passed"
    gate = split_in_segments(segmented([*fair, ("control", "b", 0, 200), ("treatment", "b", 0, 200)], arms=arms))
    assert gate.state == "alarm"
    assert "platform b has 0 of 400 units in other (0.0%, planned 25.0%)" in gate.words


def test_segments_that_are_no_column_are_said():
    made = segmented([("control", "a", 0, 9), ("treatment", "a", 0, 9)])
    assert found(split_in_segments(trial(made.units, registration=plan()))) == (
        "not checked",
        "No segment is registered.",
    )
    made = trial(made.units, registration=plan(segments=("country",)))
    assert found(split_in_segments(made)) == ("not checked", "country is no column of the units.")
    made = trial(made.units, registration=plan(segments=("country", "platform")))
    assert split_in_segments(made).state == "doubt"


def test_ten_thousand_segments():
    rng = np.random.default_rng(3)
    n = 60_000
    rows = list(
        zip(
            np.where(rng.random(n) < 0.1, "control", "treatment").tolist(),
            rng.integers(0, 10_000, n).tolist(),
            [0] * n,
            [1] * n,
            strict=True,
        )
    )
    made = segmented(rows, arms={"control": 1, "treatment": 9})
    gate = split_in_segments(made)
    assert gate.state == "passed"
    assert "segments of platform" in gate.words


def activated(rows, **settings):
    return of(counted(rows, "activated", "bought"), plan(activation="opened", **settings))


def test_activation_that_breaks_the_split_is_found():
    rows = [
        ("control", True, 1, 800),
        ("control", False, None, 200),
        ("treatment", True, 1, 600),
        ("treatment", False, None, 400),
    ]
    made, tally = activated(rows)
    assert planned_split(made).state == "passed"
    gate = activated_split(made, tally)
    assert gate.estimates[0].p == pytest.approx(chisquare([800, 600]).pvalue)
    assert found(gate) == (
        "alarm",
        "Activated were 800 of 1,000 in control (80.0%) and 600 of 1,000 in treatment (60.0%), where 700 and 700 were "
        "to be expected (p < 0.001): the arms are not as planned, though they were before it.",
    )


def test_activation_alike_in_both_arms_passes():
    rows = [
        (arm, value, 1, count) for arm in ("control", "treatment") for value, count in (("true", 50), ("false", 50))
    ]
    made, tally = activated(rows)
    assert activated_split(made, tally).state == "passed"
    made, tally = split_of(10, 10)
    assert activated_split(made, tally).state == "not checked"


def test_a_goal_called_activated_is_no_condition():
    rows = [
        (arm, value, n)
        for arm, hits in (("control", 300), ("treatment", 450))
        for value, n in ((1, hits), (0, 1000 - hits))
    ]
    made = trial(counted(rows, "activated"), metric="activated", control="control")
    assert activated_split(made, tallies(made)).state == "not checked"
    assert decided(made, []).word == "Ship"
    # Where nobody asked for a condition a column is none, and where it is the goal it is none either.
    plain = counted([(*row[:2], 1, row[2]) for row in rows], "activated", "bought")
    for registration in (plan(), plan(Measure("activated"), activation="opened")):
        made, tally = of(plain, registration)
        assert activated_split(made, tally).state == "not checked"
        assert (tally.active == tally.units).all()


def test_a_hole_in_a_goal_and_units_in_several_arms_bar_the_verdict():
    rows = [
        (arm, june(day), hit, n)
        for day in range(1, 29)
        for arm in ("control", "treatment")
        for hit, n in ((1, 5), (0, 45))
    ]
    hole = [(arm, day, 0 if arm == "control" and day > june(14) else hit, n) for arm, day, hit, n in rows]
    made, _ = of(counted(hole, "exposed_on", "bought"))
    call = decided(made, gates(made))
    assert call.barred
    assert call.why.startswith(
        "0 for every unit of one arm while other arms go on: bought in control since 15 Jun 2026"
    )
    # The same hole in a metric on which no verdict rests is a doubt.
    both = [(arm, day, hit, dropped, n) for (arm, day, hit, n), (_, _, dropped, _) in zip(rows, hole, strict=True)]
    registration = plan(BOUGHT, Measure("read", role="secondary"))
    made, tally = of(counted(both, "exposed_on", "bought", "read"), registration)
    assert silences(made, tally).state == "doubt"
    assert not decided(made, gates(made)).barred
    # 300 of 2,000 units have a row in either arm.
    units = noted(counted([("control", 0, 850), ("treatment", 1, 850)], "bought"), in_two_arms=600)
    made, _ = of(units)
    assert "At most 300 of 2,000 units (15.0%) were in several arms" in duplicates(made).words
    assert decided(made, gates(made)).barred


def test_units_that_all_came_outside_the_planned_days_bar_the_verdict():
    rows = [(arm, june(day), 0, 20) for day in range(1, 29) for arm in ("control", "treatment")]
    made, _ = of(counted(rows, "exposed_on", "bought"), plan(start=date(2026, 7, 6), days=14))
    first = gates(made)[0]
    assert first.state == "alarm"
    assert first.words.startswith("No unit came between 6 Jul 2026 and 19 Jul 2026, the days of the plan; units came")
    assert first.words.endswith("Are plans swapped?")
    assert decided(made, gates(made)).barred
    # One unit in time is enough to be no other experiment's plan.
    made, _ = of(counted(rows, "exposed_on", "bought"), plan(start=date(2026, 6, 28), days=14))
    assert gates(made)[0].name == "the split"


def test_gates_are_those_a_verdict_waits_for():
    registration = plan(Measure("spent"), segments=("platform",), activation="opened")
    made = trial(drawn(np.random.default_rng(1)), registration=registration)
    found_gates = gates(made)
    assert [gate.name for gate in found_gates] == [
        "the split",
        "the split day by day",
        "the split in segments",
        "the split after activation",
        "the arms before the start",
        "values of all units",
        "each unit in one arm",
        "metrics on each day",
    ]
    assert {gate.state for gate in found_gates} == {"passed"}
    # What cannot be looked at is no gate.
    bare = replace(made, registration=plan(BOUGHT, activation="opened"))
    assert [gate.name for gate in gates(bare)][2] == "the split after activation"


@pytest.mark.parametrize("weights", [(1, 1), (9, 1), (2, 1, 1)])
def test_gates_raise_hardly_any_alarm_where_nothing_is_wrong(weights):
    # Six gates at 0.001: 25 experiments have 0.15 alarms at most. Band: no more than one.
    rng = np.random.default_rng(len(weights))
    arms = dict(zip(("control", "treatment", "third"), weights, strict=False))
    goal = plan(Measure("spent"), BOUGHT, segments=("platform", "country"), arms=arms, activation="opened")
    alarms = [
        gate
        for _ in range(25)
        for gate in gates(trial(drawn(rng, weights=weights), registration=goal))
        if gate.state == "alarm"
    ]
    assert len(alarms) <= 1
