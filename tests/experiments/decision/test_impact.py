"""What is left of a lift, and what it brings a week."""

from datetime import date, timedelta

import pytest

from pmlib.core import SettingError
from pmlib.experiments import impact, trial
from tests.experiments.made import converted, units_of


def units(days: int = 14):
    arms, hits = ["control"] * 2000 + ["treatment"] * 2000, []
    for count in (562, 660):
        hits += [int(place < count) for place in range(2000)]
    day = [date(2026, 3, 2) + timedelta(days=place % days) for place in range(4000)]
    return units_of(arm=arms, day=day, converted=hits)


def test_a_normal_prior_shrinks_by_the_precisions():
    found = impact(trial(units(), metric="converted"), usual=0.05)
    lift, weekly = found.estimates
    measured = trial(units(), metric="converted").comparisons["converted"][0].alone
    # The interval's half-width over 1.96 is the standard error; 0.05² / (0.05² + error²) of the lift is left.
    error = (measured.high - measured.low) / (2 * 1.959964)
    assert lift.value == pytest.approx(measured.value * 0.0025 / (0.0025 + error**2), rel=1e-5)
    # 4,000 units in 14 days are 2,000 a week, of which 28.1 % convert in control.
    assert weekly.value == pytest.approx(lift.value * 0.281 * 2000, rel=1e-9)
    assert found.headline.startswith("Converted moved by +17.4%; +7.")
    assert "is to be expected of it (95% interval" in found.headline
    assert found.headline.endswith("units with converted a week.")


def test_the_prior_of_the_shop_is_printed_and_doubted():
    found = impact(trial(units(), metric="converted"))
    assert "as in 78 experiments of an online shop (ASOS)" in found.definition
    assert any("For bolder changes give usual" in caution for caution in found.cautions)
    assert 0 < found.estimates[0].value < 0.174
    assert "if this change is like those of an online shop" in found.headline
    # 4 × 1.509 % is 6.0 %.
    assert any("usual lifts hardly ever pass 6.0%" in caution for caution in found.cautions)


def test_without_days_nothing_is_said_of_a_week():
    found = impact(trial(converted(control=(562, 2000), treatment=(660, 2000)), metric="converted"))
    assert len(found.estimates) == 1
    assert "a week." not in found.headline
    assert any("nothing is said of a week" in caution for caution in found.cautions)
    assert len(impact(trial(units(days=6), metric="converted")).estimates) == 1


def test_a_lift_without_bounds_is_not_shrunk():
    found = impact(trial(converted(control=(0, 500), treatment=(12, 500)), metric="converted"))
    assert found.headline.startswith("What converted would gain cannot be said: nobody in the base group did it")
    assert found.figure is None


def test_arms_not_as_planned_promise_nothing():
    found = impact(trial(converted(control=(10, 500), treatment=(10, 300)), metric="converted"))
    assert found.headline == "The arms are not as planned, so nothing can be expected of them."


@pytest.mark.parametrize("usual", [0.0, 5.0, -0.1])
def test_usual_lifts_have_limits(usual):
    with pytest.raises(SettingError, match="Usual lifts are given as a fraction up to 1"):
        impact(trial(units(), metric="converted"), usual=usual)
