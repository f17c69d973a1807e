import math
import random
from decimal import Decimal

import pytest

from pmlib.core import SettingError
from pmlib.experiments import guardrails, lift
from pmlib.sources.contract import Units
from tests.experiments.made import asked, converted, units_of


def test_a_difference_of_shares_is_the_published_one():
    # Newcombe (1998), Statistics in Medicine 17:873-890, Table II, method 6 (Miettinen and Nurminen).
    finding = asked(
        lift,
        converted(control=(48, 80), treatment=(56, 70)),
        metric="converted",
        control="control",
        weights="80:70",
    )
    difference = finding.estimates[3]
    assert difference.label == "converted, treatment less control"
    assert (difference.low, difference.high) == pytest.approx((0.0528, 0.3382), abs=5e-5)


def test_few_hits_are_judged_exactly():
    # Fewer than five are to be expected in an arm; the score test would have p = 0.082.
    finding = asked(lift, converted(control=(0, 500), treatment=(3, 500)), metric="converted", control="control")
    difference = finding.estimates[3]
    assert "exact" in difference.method.lower()
    assert difference.value == 0.006
    assert difference.low < 0 < difference.high
    assert 0.05 < difference.p < 0.25


def test_skewed_payers_in_a_small_arm_are_straightened():
    draw = random.Random(11)
    pays = [math.exp(draw.gauss(0, 1.2)) if draw.random() < 0.1 else 0.0 for _ in range(5000)]
    arms = ["treatment"] * 500 + ["control"] * 4500
    finding = asked(lift, units_of(arm=arms, spend=pays), metric="spend", control="control", weights="9:1")
    up, difference = finding.estimates[2], finding.estimates[3]
    assert "skew" in difference.method
    assert up.excludes(0) == difference.excludes(0) == (difference.p < 0.05)
    even = asked(lift, units_of(arm=["treatment", "control"] * 2500, spend=pays), metric="spend", control="control")
    assert "Welch" in even.estimates[3].method


def test_the_headline_gives_both_shares_and_the_lift():
    finding = asked(lift, converted(control=(562, 2000), treatment=(660, 2000)), metric="converted", control="control")
    # 660 / 562 = 1.174; times exp(-+1.96 * sqrt(1/660 + 1/562 - 2/2000)) by Katz: 1.069 to 1.290.
    assert finding.headline.startswith(
        "Converted: 33.0% in treatment against 28.1% in control, +17.4% (95% interval +6.9% to +29.0%)"
    )
    assert "chance" not in finding.headline
    assert finding.kpi.estimate.value == pytest.approx(660 / 562 - 1)
    assert finding.kpi.change.value == pytest.approx(0.049)
    assert finding.table.text()[1][:4] == ["treatment", "2,000", "33.0%", "31.0% to 35.1%"]
    assert finding.figure.series[0].x == ("treatment",)


def test_what_may_be_chance_is_said():
    finding = asked(lift, converted(control=(100, 1000), treatment=(104, 1000)), metric="converted", control="control")
    assert finding.headline.endswith("which may be chance.")


def test_three_arms_as_in_hillstrom_are_compared_with_control():
    # Hillstrom (2008) in a tenth of its size: visits 10.62, 15.14 and 18.28 per cent.
    units = converted(none=(226, 2131), women=(324, 2139), men=(389, 2131))
    finding = asked(lift, units, metric="converted", control="none")
    assert finding.headline.startswith("Converted: 10.6% in none; 18.3% in men, +72.1% (")
    assert "15.1% in women, +42.8% (" in finding.headline
    assert "2 comparisons judged together" in finding.definition
    assert finding.kpi.estimate.label == "lift of converted, men"
    assert any("best of 2 arms" in caution for caution in finding.cautions)


def test_several_arms_are_judged_together():
    # Alone 120 against 90 of 1,000 has p = 0.029 (N - 1 chi-square): |z| = 2.183. Of three arms against one control of
    # the same size Dunnett's 5 % point is 2.349 with many units, so the interval is 2.349 / 1.960 as wide and holds 0.
    units = converted(control=(90, 1000), a=(120, 1000), b=(90, 1000), c=(90, 1000))
    finding = asked(lift, units, metric="converted", control="control")
    assert finding.table.rows[1][0] == "a"
    assert 0.029 < 0.07 < float(finding.table.rows[1][-1]) < 0.08 < 3 * 0.029
    assert "12.0% in a, +33.3% (95% interval −2.1% to +81.8%), which may be chance" in finding.headline
    assert "3 arms together (Dunnett)" in finding.estimates[4].method
    two = asked(lift, converted(control=(90, 1000), a=(120, 1000)), metric="converted", control="control")
    wide, narrow = finding.estimates[5], two.estimates[3]
    assert wide.label == narrow.label == "converted, a less control"
    assert (wide.high - wide.low) / (narrow.high - narrow.low) == pytest.approx(2.349 / 1.960, abs=0.005)


def test_means_are_compared_by_hand():
    # control 1..9 has mean 5, s2 7.5; treatment 3..11 mean 7, s2 7.5: t = 2 / sqrt(15 / 9) = 1.549 on 16 degrees.
    units = units_of(arm=["control"] * 9 + ["treatment"] * 9, spend=[*range(1, 10), *range(3, 12)])
    finding = asked(lift, units, metric="spend", control="control")
    difference = finding.estimates[3]
    half = 2.1199 * math.sqrt(15 / 9)
    assert (difference.value, difference.low, difference.high) == pytest.approx((2, 2 - half, 2 + half), abs=1e-3)
    assert finding.estimates[2].value == pytest.approx(0.4)
    assert "mean a unit" in finding.definition
    assert finding.table.rows[1][2] == 7


def test_a_large_mean_costs_no_digits():
    values = [1e9 + place % 7 for place in range(200)]
    units = units_of(arm=["a", "b"] * 100, level=values)
    finding = asked(lift, units, metric="level", control="a")
    part = values[0::2]
    mean = sum(value - 1e9 for value in part) / 100
    variance = sum((value - 1e9 - mean) ** 2 for value in part) / 99
    first = finding.estimates[0]
    assert first.high - first.low == pytest.approx(2 * 1.98422 * math.sqrt(variance / 100), rel=1e-4)


def test_the_lift_leaves_out_zero_exactly_when_the_test_rejects():
    draw = random.Random(4)
    for _ in range(30):
        arms = ["a"] * 40 + ["b"] * 40
        units = units_of(arm=arms, x=[draw.gauss(10 + (arm == "b"), 2.5) for arm in arms])
        finding = asked(lift, units, metric="x", control="a")
        up, difference = finding.estimates[2], finding.estimates[3]
        assert up.excludes(0) == difference.excludes(0) == (up.p < 0.05)


def test_an_alarm_of_the_split_stands_in_the_headline():
    finding = asked(lift, converted(control=(10, 500), treatment=(10, 300)), metric="converted", control="control")
    assert finding.headline.startswith("Converted cannot be read: the arms are not as planned (500 and 300 units")
    assert finding.kpi.estimate.value is None


def test_nobody_converts():
    finding = asked(lift, converted(control=(0, 50), treatment=(0, 50)), metric="converted", control="control")
    assert finding.headline == "Converted is 0.0% for every unit in every arm, so no difference can be seen."
    assert finding.figure.unit.kind == "share"


def test_nobody_in_control_converts():
    finding = asked(lift, converted(control=(0, 500), treatment=(12, 500)), metric="converted", control="control")
    assert "2.4% in treatment against 0.0% in control, +2.4 points (95% interval" in finding.headline
    assert any("nobody in the base group did it" in caution for caution in finding.cautions)


def test_everybody_converts():
    finding = asked(lift, converted(control=(50, 50), treatment=(50, 50)), metric="converted", control="control")
    assert finding.headline.startswith("Converted is 100.0% for every unit in every arm")


def test_all_values_are_the_same():
    units = units_of(arm=["a", "b"] * 20, x=[5.0] * 40)
    finding = asked(lift, units, metric="x", control="a")
    assert finding.headline == "X is 5.00 for every unit in every arm, so no difference can be seen."


def test_two_constant_arms_have_no_interval():
    units = units_of(arm=["a", "b"] * 20, x=[5.0, 7.0] * 20)
    finding = asked(lift, units, metric="x", control="a")
    assert "no interval: no unit differs from another within its group" in finding.headline


def test_missing_values_are_counted_and_not_taken_for_zero():
    units = units_of(arm=["a", "b"] * 50, x=[1, None, 0, 1] * 25)
    finding = asked(lift, units, metric="x", control="a")
    assert finding.estimates[1].n == 25
    assert any(
        "X is missing for 0 of 50 units in a and 25 of 50 units in b; they are left out" in caution
        for caution in finding.cautions
    )


def test_one_unit_that_carries_the_mean_is_named():
    units = units_of(arm=["a", "b"] * 150, x=[1.0, 1.5] * 149 + [1.0, 50.0])
    finding = asked(lift, units, metric="x", control="a")
    # 50 of 149 * 1.5 + 50 = 273.5
    assert "One unit carries 18.3% of all x in b: its mean hangs on that unit." in finding.cautions


def test_a_metric_where_less_is_better_turns_the_card_round():
    units = converted(control=(200, 1000), treatment=(120, 1000))
    finding = asked(lift, units, metric="-converted", control="control")
    assert finding.kpi.better == "down"
    assert finding.headline.startswith("Converted: 12.0% in treatment")


def test_text_numbers_are_read_and_words_refused():
    units = units_of(arm=["a", "b"] * 20, x=["1.5", "2"] * 20, y=["yes", "no"] * 20)
    assert asked(lift, units, metric="x", control="a").estimates[0].value == 1.5
    with pytest.raises(SettingError, match="'y' holds 40 values that are no numbers, such as "):
        asked(lift, units, metric="y", control="a")


def test_an_unknown_metric_names_the_nearest():
    units = converted(control=(1, 10), treatment=(2, 10))
    with pytest.raises(SettingError, match=r"no metric 'convertd'; there is converted. Did you mean 'converted'"):
        asked(lift, units, metric="convertd", control="control")


def test_an_arm_without_values_is_said():
    units = units_of(arm=["a", "b"] * 20, x=[1.0, None] * 20)
    told = asked(lift, units, metric="x", control="a")
    assert told.headline.startswith("This cannot be answered: 'x' has no value for any of the 20 units in b")


def test_guardrails_name_what_is_clearly_worse():
    arms = ["control"] * 1000 + ["treatment"] * 1000
    refunds = [int(place < 40) for place in range(1000)] + [int(place < 90) for place in range(1000)]
    booked = [int(place < 200) for place in range(1000)] + [int(place < 205) for place in range(1000)]
    units = units_of(arm=arms, refunds=refunds, booked=booked)
    finding = asked(guardrails, units, guardrails="booked, -refunds", control="control")
    assert finding.headline.startswith("Clearly worse than in control: refunds +125.0% (95% interval")
    assert [row[-1] for row in finding.table.rows] == ["not clear", "worse"]
    assert finding.table.size == "units"
    assert all(row[2] > 0 for row in finding.table.rows)
    good = asked(guardrails, units, guardrails="booked, refunds", control="control")
    assert good.headline.startswith("No guardrail is clearly worse than in control: booked +2.5% (95% interval")
    assert any("Booked in treatment is not proven unharmed" in caution for caution in good.cautions)


def test_harm_without_a_lift_is_bounded_by_the_difference():
    # Control's mean 0.02 cannot be told from 0, so the lift has no bounds; the difference has.
    margin = [10.0, -10.0] * 49 + [1.0, 1.0] + [10.0, -10.0] * 50
    units = units_of(arm=["control"] * 100 + ["treatment"] * 100, margin=margin)
    finding = asked(guardrails, units, guardrails="margin", control="control")
    low = asked(lift, units, metric="margin", control="control").estimates[3].low
    assert finding.estimates[0].low is None
    expected = f"Margin in treatment is not proven unharmed: −{-low:.2f} is possible."
    assert expected in finding.cautions
    # Nobody in control asks for money back: the lift has no upper end, the difference has.
    refunds = asked(
        guardrails, converted(control=(0, 500), treatment=(1, 500)), guardrails="-converted", control="control"
    )
    assert any("unharmed: +1.1 points is possible." in caution for caution in refunds.cautions)


def test_harm_without_any_bound_is_said():
    units = units_of(arm=["control", "treatment"] * 50, spend=[7.0, 5.0] * 50)
    finding = asked(guardrails, units, guardrails="spend", control="control")
    assert finding.headline.startswith(
        "No guardrail is clearly worse than in control, but the harm to spend cannot be bounded: spend"
    )
    assert (
        "Spend in treatment: its harm cannot be bounded (no unit differs from another within its group)."
        in finding.cautions
    )


def test_an_amount_nobody_has_is_no_share():
    units = units_of(arm=["a", "b"] * 40, revenue_eur=[0.0] * 80, fee=[Decimal("0.00")] * 80, converted=[0] * 80)
    finding = asked(lift, units, metric="revenue_eur", control="a")
    assert finding.headline == "Nobody has any revenue (EUR) in any arm, so no difference can be seen."
    assert "mean a unit" in finding.definition
    assert asked(lift, units, metric="fee", control="a").headline.startswith("Nobody has any fee in any arm")
    assert asked(lift, units, metric="converted", control="a").headline.startswith("Converted is 0.0% for every unit")


def test_arms_that_read_the_same_are_called_so():
    finding = asked(lift, converted(control=(50, 100), treatment=(50, 100)), metric="converted", control="control")
    assert "50.0% in treatment against 50.0% in control, the same in both: 0.0% (95% interval" in finding.headline
    three = asked(lift, converted(control=(50, 100), a=(50, 100), b=(70, 100)), metric="converted", control="control")
    assert "50.0% in a, the same as in control: 0.0% (" in three.headline


def test_one_unit_is_one_unit():
    finding = asked(
        lift, units_of(arm=["a"] * 40 + ["b"] * 40, x=[1] * 41 + [None] * 38 + [0]), metric="x", control="a"
    )
    assert "B has 2 units with x; that is very few." in finding.cautions
    units = units_of(arm=["a", "b"] * 30 + [None], x=[0, 1] * 30 + [1])
    assert "1 of 61 units has no arm; it is left out." in asked(lift, units, metric="x", control="a").cautions


def test_no_guardrail_is_said():
    finding = asked(guardrails, converted(a=(1, 10), b=(1, 10)), guardrails="", control="a")
    assert finding.headline == "No guardrail is watched, so nothing is known of harm."
    assert finding.figure is None


def skewed(small: int, large: int) -> Units:
    """So many units in b and in a, of which one in ten spent something, a few of them a lot."""
    spend = [float(place % 10 == 0) * (1 + 60 * (place % 100 == 0)) for place in range(small + large)]
    return units_of(arm=["b"] * small + ["a"] * large, spend=spend, visits=[1.0, 2.0] * ((small + large) // 2))


def test_what_is_done_about_skew_in_unequal_arms_is_said():
    # One in a hundred spends 61, nine spend 1: the skewness is 9.8, and 400 units beside 3,600 lean by 0.41.
    said = "Spend is skewed and b much the smaller arm: the interval is corrected for it."
    finding = asked(lift, skewed(400, 3600), metric="spend", control="a", weights="9:1")
    assert said in finding.cautions
    assert "straightened for skewness (Hall)" in finding.estimates[2].method
    guarded = asked(guardrails, skewed(400, 3600), metric="visits", guardrails="spend", control="a", weights="9:1")
    assert said in guarded.cautions
    for units in (skewed(2000, 2000), units_of(arm=["a", "b"] * 99, spend=[1.0, 2.0] * 99)):
        assert not any("skewed" in one for one in asked(lift, units, metric="spend", control="a").cautions)


def test_too_few_units_for_a_skewed_metric_are_said():
    few = "b are too few for a metric as skewed as spend, so it has no interval."
    finding = asked(lift, skewed(60, 3940), metric="spend", control="a", weights="197:3")
    (said,) = [one for one in finding.cautions if few in one]
    assert said.startswith("60 units in b ")
    assert said.endswith("no interval. Shuffling the units holds: see what it hangs on.")
    many = asked(lift, skewed(60, 11940), metric="spend", control="a", weights="199:1")
    assert any(few in one and one.endswith("no interval. Wait for more units there.") for one in many.cautions)
