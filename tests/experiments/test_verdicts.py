import pytest

from pmlib.core import SettingError
from pmlib.experiments import lift, trial, verdict
from pmlib.stats.power import units_needed
from tests.experiments.made import asked, converted, units_of


def test_a_clear_gain_ships():
    finding = asked(
        verdict, converted(control=(562, 2000), treatment=(660, 2000)), metric="converted", control="control"
    )
    assert finding.headline.startswith(
        "Ship: converted 33.0% in treatment against 28.1% in control, +17.4% (95% interval +6.9% to +29.0%); 4,000 "
        "units in all."
    )
    assert finding.action.startswith("Ship treatment")
    assert "Rule: cannot tell if the split is off" in finding.definition
    assert not any("The gain may be" in caution for caution in finding.cautions)
    assert finding.kpi.estimate.value == 0.33
    careful = asked(
        verdict,
        converted(control=(562, 2000), treatment=(660, 2000)),
        metric="converted",
        control="control",
        smallest=0.1,
    )
    assert any("as small as +6.9%, less than the 10.0%" in caution for caution in careful.cautions)


def test_a_clear_loss_does_not_ship():
    finding = asked(
        verdict, converted(control=(660, 2000), treatment=(562, 2000)), metric="converted", control="control"
    )
    assert finding.headline.startswith("Roll back: converted 28.1% in treatment against 33.0% in control, −14.8% (95%")


def test_less_can_be_better():
    finding = asked(
        verdict, converted(control=(660, 2000), treatment=(562, 2000)), metric="-converted", control="control"
    )
    assert finding.headline.startswith("Ship: converted 28.1% in treatment against 33.0% in control, −14.8% (95%")


def test_a_harmed_guardrail_stops_a_gain():
    arms = ["control"] * 2000 + ["treatment"] * 2000
    hits = [int(place < 562) for place in range(2000)] + [int(place < 660) for place in range(2000)]
    spend = [10.0 + place % 5 for place in range(2000)] + [9.0 + place % 5 for place in range(2000)]
    units = units_of(arm=arms, converted=hits, spend=spend)
    finding = asked(verdict, units, metric="converted", control="control", guardrails="spend")
    assert finding.headline.startswith("Roll back: spend −8.3% (95% interval")
    assert "is clearly worse, though converted is better; 4,000 units in all." in finding.headline
    better = asked(verdict, units, metric="converted", control="control", guardrails="-spend")
    assert better.headline.startswith("Ship: converted")
    assert "; no guardrail is clearly worse; 4,000" in better.headline


def test_what_is_not_clear_names_the_units_needed():
    finding = asked(
        verdict, converted(control=(100, 1000), treatment=(104, 1000)), metric="converted", control="control"
    )
    # 10% to 10.5%: 7.849 * (0.09 + 0.093975) / 0.005**2 = 57,760, rounded up to two digits.
    assert finding.headline.startswith("Cannot tell: converted +4.0% (95% interval −19.8% to +34.8%) may be chance;")
    assert finding.headline.endswith("a lift of 5.0% takes about 58,000 units in each arm; 2,000 units in all.")
    assert finding.action == (
        "Test a bolder change, or choose a goal that more units reach: 5.0% takes about 58,000 units in each arm, 58 "
        "times what there is."
    )
    near = asked(
        verdict,
        converted(control=(100, 1000), treatment=(104, 1000)),
        metric="converted",
        control="control",
        smallest=0.2,
    )
    # 10% to 12%: 3,839 in each arm.
    assert near.action.startswith(
        "Register a new experiment with new units, as these have been read: seeing a lift of 20.0% takes about 3,900 "
        "units in each arm"
    )


def test_a_gain_that_matters_can_be_ruled_out():
    units = converted(control=(5000, 10000), treatment=(5000, 10000))
    finding = asked(verdict, units, metric="converted", control="control")
    assert finding.headline.startswith(
        "Roll back: a gain of 5.0% or more is ruled out: 0.0% (95% interval −2.7% to +2.8%) in converted"
    )


def test_arms_not_as_planned_cannot_tell():
    finding = asked(verdict, converted(control=(100, 500), treatment=(100, 300)), metric="converted", control="control")
    assert finding.headline.startswith("Cannot tell: the arms are not as planned (500 and 300 units")
    assert finding.kpi.estimate.value is None
    # From 20% to 21% of all units by the planned split, not by the arms as they are: (1.95996 √(2·.205·.795) + .84162
    # √(.2·.8 + .21·.79))² / .01² is 25,583.
    assert finding.action.endswith("A new start takes about 26,000 units in each arm.")


def test_of_several_arms_the_one_that_gains_most_ships():
    units = converted(control=(226, 2131), women=(324, 2131), men=(389, 2131))
    finding = asked(verdict, units, metric="converted", control="control")
    assert finding.headline.startswith("Ship: converted 18.3% in men against 10.6% in control, +72.1% (95% interval")
    assert finding.headline.endswith("; women would ship too; 6,393 units in all.")
    assert "goals of 2 arms adjusted together" in finding.definition


def test_nobody_converts():
    finding = asked(verdict, converted(control=(0, 100), treatment=(0, 100)), metric="converted", control="control")
    assert finding.headline.startswith("Cannot tell: converted 0.0% in treatment and in control, the same")
    assert "chance" not in finding.headline
    assert "differs between units" in finding.action


def test_a_guardrail_without_bounds_is_said_beside_the_verdict():
    arms = ["control"] * 2000 + ["treatment"] * 2000
    hits = [int(place < 562) for place in range(2000)] + [int(place < 660) for place in range(2000)]
    units = units_of(arm=arms, converted=hits, spend=[7.0] * 2000 + [5.0] * 2000)
    finding = asked(verdict, units, metric="converted", control="control", guardrails="spend")
    assert finding.headline.endswith(
        "; no guardrail is clearly worse, but the harm to spend cannot be bounded; 4,000 units in all."
    )
    assert any(one.startswith("Spend in treatment: its harm cannot be bounded") for one in finding.cautions)


def test_the_smallest_lift_has_limits():
    with pytest.raises(SettingError, match=r"smallest lift that matters is 5; give 0.001 to 1"):
        asked(verdict, converted(a=(1, 10), b=(1, 10)), metric="converted", control="a", smallest=5)


def test_units_needed_by_hand():
    # (1.95996 + 0.84162)**2 = 7.84888, times 2 * 0.25 / 0.05**2 = 200: 1569.8
    assert units_needed(0.5, 0.05) == 1570
    assert units_needed(0.5, -0.05) == 1570
    # Power of 90%: (1.95996 + 1.28155)**2 = 10.50742
    assert units_needed(0.5, 0.05, power=0.9) == 2102
    with pytest.raises(SettingError, match="difference of 0"):
        units_needed(0.5, 0)
    with pytest.raises(SettingError, match="Power lies between 0 and 1"):
        units_needed(0.5, 0.1, power=80)


def test_the_units_stand_in_the_headline_and_their_days_below():
    # The first column that holds a day for every unit tells when, as it is written there.
    arm = ["control"] * 300 + ["treatment"] * 300
    days = ["2026-01-26T23:59:00-08:00", *["2026-02-03"] * 598, "2026-03-01 00:10"]
    bought = [int(place % 300 < (60 if place < 300 else 120)) for place in range(600)]
    units = units_of(arm=arm, converted=bought, note=["2026-01-01", *["later"] * 599], exposed_at=days)
    finding = asked(verdict, units, metric="converted", control="control")
    assert finding.headline == (
        "Ship: converted 40.0% in treatment against 20.0% in control, +100.0% (95% interval +22.9% to +231.6%); 600 "
        "units in all."
    )
    assert finding.definition.startswith(
        "600 units from 26 Jan to 1 Mar 2026; 95% intervals, valid whenever one looks (no number of units was planned; "
        "narrowest at 5,000 units). Rule:"
    )
    # The words hold for a noun, and for a mean.
    means = units_of(arm=arm, spend=[float(place % 7 + (place >= 300)) for place in range(600)])
    assert asked(verdict, means, metric="spend", control="control").headline.startswith(
        "Ship: spend 3.99 in treatment against 2.99 in control, +33."
    )


def test_a_clear_change_is_never_written_as_0():
    units = converted(control=(12, 60_000), treatment=(36, 60_000))
    (one,) = trial(units, metric="converted").comparisons["converted"]
    # 0.02 % against 0.06 %: of points in tenths it would be +0.0, of its interval's lower end 0.0.
    assert one.difference.unit.change(one.difference.value) == "+0.04 points"
    assert one.difference.signed_range == "95% interval +0.02 points to +0.06 points"
    card = asked(lift, units, metric="converted", control="control").kpi
    assert card.change.unit.change(card.change.value) == "+0.04 points"


def test_a_lift_without_bounds_is_told_by_its_difference():
    units = units_of(arm=["control"] * 40 + ["treatment"] * 40, spend=[1.0, -1.0] * 20 + [2.0, 1.0] * 20)
    found = asked(verdict, units, metric="spend", control="control")
    (one,) = trial(units, metric="spend").comparisons["spend"]
    assert one.lift.low is None
    assert one.brief.startswith("spend +1.50 (95% interval +1.")
    assert len(found.headline.split()) < 30
