"""Values that units lack, that caps cut off, and that fall silent: by hand, and where nothing is wrong."""

from datetime import date, datetime

import numpy as np
import pytest

from pmlib.core import SettingError
from pmlib.experiments import lift
from pmlib.experiments.checks.extremes import extremes
from pmlib.experiments.checks.missing import maturity
from pmlib.experiments.checks.silences import silences
from pmlib.experiments.exposure import exposed, in_columns
from pmlib.sources.registrations import Measure
from tests.experiments.checks.planned import BOUGHT, counted, drawn, found, june, of, plan
from tests.experiments.exposure.shown import log
from tests.experiments.made import units_of

SPENT = Measure("spent")
GUARD = Measure("order_value", role="guardrail")


def test_values_that_all_have():
    made = of(counted([("control", 0, 50), ("treatment", 1, 50)], "bought"))
    assert found(maturity(*made)) == ("passed", "Each unit has a value of each metric, and no window still runs.")


def test_values_that_one_arm_lacks_are_an_alarm():
    rows = [("control", 1, 1000), ("treatment", 1, 980), ("treatment", None, 20)]
    gate = maturity(*of(counted(rows, "bought")))
    # 20 of 20 in one of two arms of 1,000: 1.8e-6.
    assert found(gate) == (
        "alarm",
        "Missing in one arm more often than in another: bought 0 of 1,000 (0.0%) in control and 20 of 1,000 (2.0%) in "
        "treatment (p < 0.001).",
    )
    wanted = "Find out why bought is missing; if missing means no, not too early to tell, write 0 in the data."
    assert gate.action == wanted


def test_values_of_a_secondary_metric_bar_nothing():
    # An order value is missing for all who did not buy, so more often in the arm that sells less.
    rows = [
        ("control", 1, 9.0, 200),
        ("control", 0, None, 800),
        ("treatment", 1, 9.0, 300),
        ("treatment", 0, None, 700),
    ]
    value = Measure("order_value", role="secondary")
    gate = maturity(*of(counted(rows, "bought", "order_value"), plan(BOUGHT, value)))
    assert gate.state == "doubt"
    assert "order value 800 of 1,000 (80.0%) in control and 700 of 1,000 (70.0%) in treatment" in gate.words
    assert 'kind = "ratio"' in gate.action
    # What a guardrail lacks too is an alarm, whichever stands first.
    guarded = plan(BOUGHT, Measure("bought_again", role="secondary", kind="ratio", over="order_value"), GUARD)
    lines = [(*row[:3], row[1], row[3]) for row in rows]
    assert maturity(*of(counted(lines, "bought", "order_value", "bought_again"), guarded)).state == "alarm"


def test_a_few_values_missing_in_both_arms_pass_and_many_are_doubted():
    few = [(arm, value, count) for arm in ("control", "treatment") for value, count in ((1, 995), (None, 5))]
    gate = maturity(*of(counted(few, "bought")))
    assert gate.state == "passed"
    assert gate.words.startswith("No arm lacks more values than another; bought most, 5 of 1,000 (0.5%) in control")
    many = [(arm, value, count) for arm in ("control", "treatment") for value, count in ((1, 900), (None, 100))]
    gate = maturity(*of(counted(many, "bought")))
    assert gate.state == "doubt"
    assert gate.words.startswith("Missing, as often in each arm: bought 100 of 1,000 (10.0%) in control and 100")


def test_no_number_is_missing_too():
    rows = [("control", 1.0, 1000), ("treatment", 1.0, 980), ("treatment", float("nan"), 10)]
    gate = maturity(*of(counted([*rows, ("treatment", float("inf"), 10)], "bought")))
    assert gate.state == "alarm"


def test_units_that_were_not_activated_have_no_value_to_lack():
    rows = [
        ("control", 1, True, 100),
        ("control", None, False, 100),
        ("treatment", 1, True, 150),
        ("treatment", None, False, 50),
    ]
    assert maturity(*of(counted(rows, "bought", "activated"), plan(activation="opened"))).words.startswith(
        "Each unit has a value"
    )


def test_a_window_that_still_runs_is_a_doubt():
    # The window of b and d is over 7 days after 26 June and 27 June, noon; the events end on the 30th.
    lines = """
a shown 2 12:00 control
b shown 26 12:00 control
c shown 3 12:00 treatment
d shown 27 12:00 treatment
a buy 3 12:00
"""
    registration = plan(
        Measure("bought", event="buy", window=7), exposure="shown", variant="variant", days=28, digest="ab" * 32
    )
    units = exposed(log(lines), registration)
    gate = maturity(*of(units, in_columns(registration)))
    assert found(gate) == (
        "doubt",
        "The window of bought still runs for 2 of 4 units, which do not count in it yet; for all units every window is "
        "over on 5 Jul 2026.",
    )
    whole = exposed(log(lines.replace("26 12", "20 12").replace("27 12", "21 12")), registration)
    assert maturity(*of(whole, in_columns(registration))).state == "passed"


def spending(control, treatment, *measures):
    arms = ["control"] * len(control) + ["treatment"] * len(treatment)
    return of(units_of(arm=arms, spent=[*control, *treatment]), plan(*(measures or (SPENT,))))


def test_one_unit_that_carries_a_metric_without_cap():
    rest = [1.0] * 199
    gate = extremes(*spending([*rest, 1.0], [*rest, 100.0]))
    # 100 of 299.
    assert found(gate) == ("doubt", "One of 200 units in treatment carries 33.4% of all spent, which has no cap.")
    calm = extremes(*spending([*rest, 1.0], [*rest, 2.0]))
    assert found(calm) == ("passed", "No cap is registered, and no unit carries 5.0% of a sum.")


def test_a_cap_is_said_with_what_it_cuts_off():
    values = [float(place) for place in range(1, 101)]
    gate = extremes(*spending(values, values, Measure("spent", cap=0.95)))
    assert found(gate) == (
        "passed",
        "Spent is cut off at 95.00, for 5 of 100 units in control (5.0%) and 5 of 100 units in treatment (5.0%), no "
        "arm more than chance gives (p = 1.000).",
    )
    gate = extremes(*spending(values, values, Measure("spent", cap=1.0)))
    assert found(gate) == ("passed", "Spent is cut off at 100.00, its largest value: nothing is cut off.")


def test_a_cap_that_cuts_one_arm_more_hides_a_difference():
    gate = extremes(*spending([1.0, 2.0] * 100, [1.0, 2.0] * 85 + [9.0] * 30, Measure("spent", cap=0.9)))
    assert found(gate) == (
        "doubt",
        "Spent is cut off at 2.00, for 0 of 200 units in control (0.0%) and 30 of 200 units in treatment (15.0%), more "
        "in one arm than in another (p < 0.001): it hides a difference.",
    )


def test_a_cap_that_leaves_nothing_is_an_alarm():
    gate = extremes(*spending([0.0] * 198 + [5.0] * 2, [0.0] * 199 + [7.0], Measure("spent", cap=0.99)))
    assert found(gate) == (
        "alarm",
        "Spent is cut off at 0.00, its smallest value: all units read the same, 2 of 200 units in control (1.0%) and 1 "
        "of 200 units in treatment (0.5%) are cut off.",
    )


def test_shares_have_no_extremes():
    made = of(counted([("control", 0, 150), ("treatment", 1, 150)], "bought"))
    assert extremes(*made).state == "not checked"


def daily(silent, days=10, count=40):
    """Units of each day and arm, one in four of them with a purchase but where it is silent."""
    rows = []
    for day in range(1, days + 1):
        for arm in ("control", "treatment"):
            hits = 0 if (arm, day) in silent else count // 4
            rows += [(arm, june(day), 1, hits), (arm, june(day), 0, count - hits)]
    return of(counted(rows, "exposed_on", "bought"))


def test_a_metric_that_falls_silent_in_one_arm_is_an_alarm():
    gate = silences(*daily({("treatment", day) for day in range(7, 11)}))
    # None of 40 hits in 160 of 320 units: 1.6e-13.
    assert found(gate) == (
        "alarm",
        "0 for every unit of one arm while other arms go on: bought in treatment since 7 Jun 2026 (p < 0.001).",
    )
    whole = silences(*daily({("treatment", day) for day in range(1, 11)}))
    assert "bought in treatment (p < 0.001)" in whole.words
    # One silent day at the end: none of 10 hits in 40 of 80 is 2^-10 at most, and twenty places were looked at.
    assert silences(*daily({("treatment", 10)})).state == "passed"


def test_a_metric_that_falls_silent_in_all_arms_is_a_doubt():
    gate = silences(*daily({(arm, day) for day in (9, 10) for arm in ("control", "treatment")}))
    assert found(gate) == (
        "doubt",
        "0 in every arm from a day on: bought for 160 units since 9 Jun 2026. Those units may be too new, or logging "
        "may have ended.",
    )


def test_a_metric_that_nobody_has_or_all_have_is_not_silent():
    for value in (0, 1):
        made = of(counted([("control", value, 500), ("treatment", value, 500)], "bought"))
        assert found(silences(*made)) == ("passed", "No metric that moves falls silent.")
    # Nobody of 500 against 3 of 500 may be chance; against 30 it is not, with no day known.
    rows = [("control", 1, 3), ("control", 0, 497), ("treatment", 0, 500)]
    assert silences(*of(counted(rows, "bought"))).state == "passed"
    rows = [("control", 1, 30), ("control", 0, 470), ("treatment", 0, 500)]
    assert silences(*of(counted(rows, "bought"))).state == "alarm"


def test_values_without_fault_raise_no_alarm():
    # 40 experiments, three checks of an alarm at 0.001 at most. Band: none.
    rng = np.random.default_rng(8)
    measures = (Measure("spent", cap=0.99), BOUGHT)
    for _ in range(40):
        made = of(drawn(rng, rate=0.05), plan(*measures))
        assert {check(*made).state for check in (maturity, silences, extremes)} == {"passed"}


def test_what_is_no_number_is_refused():
    with pytest.raises(SettingError, match="1 value that is no number"):
        of(units_of(arm=["control", "treatment"], bought=["yes", "1"]))


def test_the_day_may_be_a_date_a_time_or_text():
    days = [date(2026, 6, 1), date(2026, 6, 3)]
    for kind in (days, [datetime(2026, 6, 1, 23), datetime(2026, 6, 3)], [june(1), june(3)]):
        _, tally = of(units_of(arm=["control", "treatment"], bought=[0, 1], exposed_on=kind))
        assert tally.days == (date(2026, 6, 1), date(2026, 6, 2), date(2026, 6, 3))
        assert tally.units.tolist() == [[1, 0], [0, 0], [0, 1]]
    # Further apart than any experiment: no day is known.
    _, tally = of(units_of(arm=["control", "treatment"], bought=[0, 1], born=["1980-01-01", "2001-01-01"]))
    assert tally.days == ()


def test_a_cap_that_leaves_nothing_to_divide_by_is_an_alarm_and_no_ratio():
    # One of ten has what is divided by: the 90 % quantile of it is 0. A numerator of zeros alone is a ratio of 0.
    n = 400
    units = units_of(
        arm=["control", "treatment"] * (n // 2),
        clicks=[at % 3 for at in range(n)],
        pages=[int(at % 20 < 2) for at in range(n)],
        nothing=[0.0] * n,
    )
    made, seen = of(units, plan(Measure("clicks", kind="ratio", over="pages", cap=0.8), start=None, days=None))
    gate = extremes(made, seen)
    assert gate.state == "alarm"
    assert gate.words == "What clicks is divided by is cut off at 0 for all units: nothing is left to divide by."
    assert "add up to 0, so there is nothing to divide by" in lift(made).headline
    over = plan(Measure("nothing", kind="ratio", over="clicks", cap=0.9), start=None, days=None)
    said = lift(of(units, over)[0]).headline
    assert said == "Nothing is 0.00 for every unit in every arm, so no difference can be seen."
