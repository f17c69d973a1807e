"""Units seen twice or elsewhere, the plan, and the price of many questions."""

from dataclasses import replace
from datetime import date

import pytest

from pmlib.experiments import trial, verdict
from pmlib.experiments.checks.checks import checks
from pmlib.experiments.checks.conduct import as_planned
from pmlib.experiments.checks.duplicates import duplicates
from pmlib.experiments.checks.multiplicity import multiplicity
from pmlib.experiments.checks.others import others_apart
from pmlib.experiments.exposure import exposed, in_columns
from pmlib.sources import load_units
from pmlib.sources.registrations import Measure
from tests.experiments.checks.planned import BOUGHT, counted, found, june, noted, plan, through
from tests.experiments.exposure.shown import log
from tests.experiments.made import units_of


def equal(n=100, **settings):
    return trial(counted([("control", 0, n), ("treatment", 1, n)], "bought"), registration=plan(**settings))


def test_rows_that_were_set_aside_are_counted():
    made = equal()
    assert found(duplicates(made)) == ("passed", "None of 200 rows was set aside.")
    made = trial(noted(made.units, in_two_arms=1, duplicate=2, unparseable=5), registration=plan())
    # 1 of 208 rows is more than one in a thousand.
    assert found(duplicates(made)) == ("doubt", "Of 208 rows set aside: 1 in two arms and 2 duplicate.")
    made = trial(noted(made.units, in_several_arms=8), registration=plan())
    assert found(duplicates(made)) == (
        "alarm",
        "At most 4 of 204 units (2.0%) were in several arms. Of 208 rows set aside: 8 in several arms.",
    )


def test_units_without_an_arm_are_counted():
    units = units_of(arm=["control"] * 500 + ["treatment"] * 500 + [None] * 2, bought=[0] * 1002)
    assert found(duplicates(trial(units, registration=plan()))) == (
        "passed",
        "Of 1,002 rows set aside: 2 without an arm.",
    )


def test_units_shown_several_arms_more_often_from_one_arm_are_an_alarm():
    # 12 of 212 first in treatment went over to control, none the other way: 2 * C(212, 12) / C(412, 12) = 4.8e-4.
    rows = [f"c{one} shown 2 10:00 control" for one in range(200)] + [
        f"t{one} shown 2 10:00 treatment" for one in range(212)
    ]
    rows += [f"t{one} shown 3 10:00 control" for one in range(12)]
    registration = plan(Measure("bought", event="buy"), exposure="shown", variant="variant")
    units = exposed(log("\n".join([*rows, "c1 buy 4 10:00"])), registration)
    gate = duplicates(trial(units, registration=in_columns(registration)))
    assert gate.state == "alarm"
    assert "They are not as many of each arm: 0 of 200 first in control and 12 of 212 first in treatment" in gate.words


def test_other_experiments_are_set_against_the_arms():
    arm = ["control"] * 400 + ["treatment"] * 400
    made = trial(units_of(arm=arm, bought=[0, 1] * 400), registration=plan())
    assert found(others_apart(made, [])[0]) == ("not checked", "No other experiment was given.")
    # All even units are in the other, half of them in each of its arms.
    unit = [str(place) for place in range(0, 800, 2)]
    even = units_of(unit=unit, arm=["a", "b"] * 200, bought=[0] * 400)
    (gate,) = others_apart(made, [even])
    assert (gate.name, gate.state) == ("units also in 'trial.csv'", "passed")
    assert gate.words.startswith(
        "400 of 800 units (50.0%) are in 'trial.csv' too, 200 of 400 in control and 200 of 400"
    )
    # Its arms fall into these arms unalike.
    crossed = units_of(unit=unit, arm=["a"] * 200 + ["b"] * 200, bought=[0] * 400)
    first, second = others_apart(made, [even, crossed])
    assert (first.state, second.state, second.name) == ("passed", "alarm", "units also in 'trial.csv (2)'")
    assert second.action.startswith("Read only the units that are not in 'trial.csv (2)'")


def test_units_that_are_only_numbered_meet_nobody(tmp_path):
    (tmp_path / "rows.csv").write_text("arm,bought\n" + "control,0\ntreatment,1\n" * 20)
    rows = load_units(tmp_path / "rows.csv")
    named = equal(20)
    assert others_apart(named, [rows])[0].state == "not checked"
    assert others_apart(trial(rows, registration=plan()), [named.units])[0].state == "not checked"


def days_of(last, **settings):
    rows = [(arm, june(day), 0, 50) for day in range(1, 29) for arm in ("control", "treatment")]
    return trial(through(counted(rows, "exposed_on", "bought"), last), registration=plan(**settings))


def test_a_plan_that_was_kept():
    made = days_of(date(2026, 6, 28))
    assert found(as_planned(made)) == (
        "passed",
        "Nothing contradicts the plan (abababababab): 95% intervals, read once.",
    )
    # Data that reach further hold nobody who came later.
    assert as_planned(days_of(date(2026, 9, 1))).state == "passed"


def test_a_plan_that_was_edited_after_it_was_registered_is_an_alarm():
    made = days_of(date(2026, 6, 28), agreed="914146692931")
    gate = as_planned(made)
    assert found(gate) == (
        "alarm",
        "The plan was edited after it was registered: it was 914146692931, now it is abababababab.",
    )
    assert gate.action.startswith("Find out what was edited in the plan")
    assert "an alarm: the plan" in checks(made).headline
    assert gate.words in verdict(made).cautions
    assert as_planned(days_of(date(2026, 6, 28), agreed="abababababab")).state == "passed"


def test_units_of_other_days_than_the_plans_may_be_anothers():
    # They came from 1 to 28 June.
    made = days_of(date(2026, 6, 28), start=date(2026, 5, 20), days=28)
    words = "Units came 1 to 28 Jun 2026, and the days of the plan are 20 May to 16 Jun 2026. Are plans swapped?"
    assert words in as_planned(made).words
    assert words in verdict(made).cautions
    late = days_of(date(2026, 6, 28), start=date(2026, 5, 20), days=42)
    assert "swapped" not in as_planned(late).words


def test_an_end_with_far_fewer_units_than_planned_is_a_doubt():
    # 2,800 came.
    made = days_of(date(2026, 6, 28), units=70_000)
    assert found(as_planned(made)) == (
        "doubt",
        "It is over with 2,800 of 70,000 planned units (4.0%): what its plan was to see it may well miss.",
    )
    assert as_planned(days_of(date(2026, 6, 28), units=3_100)).state == "passed"
    looks = (date(2026, 6, 14), date(2026, 6, 21), date(2026, 6, 28))
    made = days_of(date(2026, 6, 28), units=70_000, reading="group-sequential", looks=looks)
    assert "look 3 of 3 at 4% of the plan" in made.standing.words


def test_no_plan_is_a_doubt():
    units = counted([("control", 0, 10), ("treatment", 1, 10)], "bought")
    gate = as_planned(trial(units, control="control", metric="bought"))
    assert found(gate) == (
        "doubt",
        "No plan was registered: nobody can tell whether metrics and end were chosen after looking at the result.",
    )
    assert gate.action.startswith("Register the next experiment")


def test_peeking_at_a_result_that_is_to_be_read_once_is_an_alarm():
    gate = as_planned(days_of(date(2026, 6, 28), days=35))
    assert gate.state == "alarm"
    assert gate.words == (
        "The result is read on 28 Jun 2026, 7 days before the planned end on 5 Jul 2026: this is peeking, and the plan "
        "made no room for it."
    )
    # Told in units, it is early too.
    gate = as_planned(equal(start=None, days=None, units=1000))
    assert gate.state == "alarm"
    assert gate.words.startswith("This is read before its end at 1,000 units")
    # Whoever planned to look may look.
    looks = (date(2026, 6, 14), date(2026, 6, 28), date(2026, 7, 5))
    made = days_of(date(2026, 6, 28), days=35, reading="group-sequential", looks=looks, units=3500)
    assert as_planned(made).state == "passed"
    off = replace(made.registration, looks=(date(2026, 6, 14), date(2026, 7, 5)))
    gate = as_planned(trial(made.units, registration=off))
    assert gate.state == "doubt"
    assert "28 Jun 2026, which is no look of the plan" in gate.words


def test_an_arm_that_was_not_planned_is_a_departure():
    units = counted([("control", 0, 50), ("treatment", 0, 50), ("old", 0, 2)], "bought")
    registration = plan(arms={"control": 1, "treatment": 1, "old": 0}, start=None, days=None)
    gate = as_planned(trial(units, registration=registration))
    assert found(gate) == ("doubt", "old has 2 units, where the plan takes nobody in.")


@pytest.mark.parametrize(
    ("guards", "state", "words"),
    [
        (0, "passed", "One goal in one arm is one question. No guardrail is watched, so none rolls back by chance."),
        # 1 - 0.975**3 = 7.3%
        (
            3,
            "passed",
            "One goal in one arm is one question. With 3 guardrails the chance of a false roll-back is 7.3%, and at "
            "most 7.5%.",
        ),
        # 1 - 0.975**5 = 11.9%
        (
            5,
            "doubt",
            "One goal in one arm is one question. With 5 guardrails the chance of a false roll-back is 11.9%, and at "
            "most 12.5%.",
        ),
    ],
)
def test_the_price_of_guardrails(guards, state, words):
    columns = {f"g{number}": [0, 1] for number in range(guards)}
    units = units_of(arm=["control", "treatment"], bought=[0, 1], **columns)
    measures = [Measure(name, role="guardrail") for name in columns]
    assert found(multiplicity(trial(units, registration=plan(BOUGHT, *measures)))) == (state, words)


def test_several_goals_need_no_correction_and_several_arms_do():
    units = units_of(arm=["control", "treatment", "other"], bought=[0, 1, 1], paid=[0, 1, 1], left=[0, 1, 0])
    arms = {"control": 1, "treatment": 1, "other": 1}
    registration = plan(BOUGHT, Measure("paid"), Measure("left", role="guardrail", better="down"), arms=arms)
    # Two comparisons of one guardrail: 1 - 0.975**2 = 4.9%
    assert multiplicity(trial(units, registration=registration)).words == (
        "All goals must win before it ships, so no correction is needed: each is tested at the full level. The 2 arms "
        "of each goal are judged together. With 2 guardrails the chance of a false roll-back is 4.9%, and at "
        "most 5.0% (1 guardrail in 2 arms)."
    )
