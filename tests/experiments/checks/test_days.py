"""Weeks and days of intake: by hand, with outages planted, and where nothing is wrong."""

from datetime import date

import numpy as np
import pytest
from scipy.stats import binomtest

from pmlib.experiments.checks.outages import outages
from pmlib.experiments.checks.weeks import taken_in, weeks
from tests.experiments.checks.planned import counted, drawn, found, june, of, plan, through


def came(days, **settings):
    """Units of each day of June by arm."""
    rows = [
        (arm, june(day), 0, count)
        for day, counts in days.items()
        for arm, count in zip(("control", "treatment"), counts, strict=True)
    ]
    return of(counted(rows, "exposed_on", "bought"), plan(**settings))


EVEN = (40, 40)


def test_whole_weeks_pass_and_parts_are_doubted():
    made = came(dict.fromkeys(range(1, 15), EVEN))
    assert found(weeks(*made)) == ("passed", "Units were taken in for 2 whole weeks, 1 to 14 Jun 2026.")
    made = came(dict.fromkeys(range(1, 17), EVEN))
    assert found(weeks(*made)) == (
        "doubt",
        "Units were taken in for 2 weeks and 2 days, 1 to 16 Jun 2026: Monday to Tuesday count once more than other "
        "days. Let it run for whole weeks.",
    )
    made = came(dict.fromkeys(range(1, 4), EVEN))
    assert weeks(*made).words.startswith("Less than a week. Units were taken in for 3 days, 1 to 3 Jun 2026")
    assert weeks(*of(counted([("control", 0, 9), ("treatment", 0, 9)], "bought"))).state == "not checked"


def test_days_on_which_nobody_came_fill_the_last_week_where_the_data_reach_over_them():
    days = dict.fromkeys(range(2, 13), EVEN)
    made, tally = came(days)
    # Registered is a start on the 1st; nobody came on that day.
    assert str(taken_in(made, tally)) == "1 to 12 Jun 2026"
    assert weeks(made, tally).state == "doubt"
    rows = through(made.units, date(2026, 7, 5))
    made, tally = of(rows)
    assert str(taken_in(made, tally)) == "1 to 14 Jun 2026"
    assert weeks(made, tally).state == "passed"
    made, tally = of(through(rows, date(2026, 6, 13)))
    assert str(taken_in(made, tally)) == "1 to 12 Jun 2026"
    # After the horizon nobody could come.
    made, tally = of(rows, plan(days=13))
    assert str(taken_in(made, tally)) == "1 to 12 Jun 2026"


def test_weeks_in_which_nobody_came_are_none():
    settings = {"start": date(2026, 3, 2), "days": 118}
    days = range(1, 29)
    rows = [(arm, june(day), 0, 50) for day in days for arm in ("control", "treatment")]
    gate = weeks(*of(counted(rows, "exposed_on", "bought"), plan(**settings)))
    assert gate.words == "Units were taken in for 4 whole weeks, 1 to 28 Jun 2026."


def test_arms_that_differ_by_weekday_are_doubted():
    # Saturdays go to treatment, Mondays make up for it.
    days = dict.fromkeys(range(1, 15), EVEN) | dict.fromkeys((6, 13), (20, 60)) | dict.fromkeys((1, 8), (60, 20))
    gate = weeks(*came(days))
    assert gate.state == "doubt"
    assert gate.words == (
        "Units were taken in for 2 whole weeks, 1 to 14 Jun 2026. The arms differ in how many units came on a Monday: "
        "120 of 560 in control and 40 of 560 in treatment (p < 0.001)."
    )


def test_a_day_without_units_in_an_arm_is_an_alarm():
    days = dict.fromkeys(range(1, 15), EVEN) | {5: (0, 40)}
    gate = outages(*came(days))
    # None of 40 at 520 of 1,080: 2 * (560 / 1,080)**40, times 14 days.
    assert binomtest(0, 40, 520 / 1080).pvalue * 14 < 1e-9
    assert found(gate) == (
        "alarm",
        "An arm lacks its portion of a day's units: control none of 40 on 5 Jun 2026.",
    )
    # None of four is chance; that only four came is not.
    assert found(outages(*came(dict.fromkeys(range(1, 15), EVEN) | {5: (0, 4)}))) == (
        "doubt",
        "Less than half of the units came that such weekdays bring: 4 on 5 Jun 2026 where 80 were to be expected.",
    )
    # A tenth of its units on one day is found as well.
    assert "control 4 of 44 on 5 Jun 2026" in outages(*came(days | {5: (4, 40)})).words


def test_a_day_without_any_unit_is_a_doubt():
    days = dict.fromkeys(range(1, 15), EVEN) | {5: (0, 0)}
    assert found(outages(*came(days))) == ("doubt", "No unit came on 5 Jun 2026, between days with many.")
    # A weekday that is always empty is no outage.
    assert outages(*came(days | {12: (0, 0)})).state == "passed"


def test_a_day_that_falls_by_more_than_half_is_a_doubt():
    days = dict.fromkeys(range(1, 22), (400, 400)) | {9: (120, 120)}
    gate = outages(*came(days))
    assert found(gate) == (
        "doubt",
        "Less than half of the units came that such weekdays bring: 240 on 9 Jun 2026 where 800 were to be expected.",
    )
    assert outages(*came(days | {9: (210, 210)})).state == "passed"


def test_a_day_is_needed_to_look_at_days():
    made = of(counted([("control", 0, 9), ("treatment", 0, 9)], "bought"))
    assert outages(*made).state == "not checked"
    short = outages(*came(dict.fromkeys(range(1, 8), EVEN)))
    assert found(short) == (
        "passed",
        "No day lacks units, and no arm its portion of a day's. Fewer than 14 days do not tell whether a day fell "
        "short of its weekday.",
    )


@pytest.mark.parametrize("weights", [(1, 1), (9, 1)])
def test_days_without_fault_are_hardly_ever_called(weights):
    # Two checks, at 0.001 and 0.01 an experiment: 30 experiments have 0.33 calls at most. Band: no more than two.
    rng = np.random.default_rng(10)
    arms = dict(zip(("control", "treatment"), weights, strict=True))
    made = [of(drawn(rng, weights=weights, daily=120), plan(arms=arms)) for _ in range(30)]
    states = [check(*one).state for one in made for check in (weeks, outages)]
    assert len(states) - states.count("passed") <= 2
