"""What is left of a lift, and what it brings a week."""

from datetime import date, timedelta

import numpy as np
import pytest
from scipy import integrate, stats

from pmlib.core import Estimate, SettingError, Unit
from pmlib.experiments import impact, trial, verdict
from pmlib.experiments.reading.comparisons import signed
from pmlib.sources.registrations import Measure, Registration
from pmlib.stats.trials.winners import ASOS, expected
from tests.experiments.made import converted, units_of

Z = 1.959963984540054


def units(days: int = 14, hits: tuple[int, int] = (562, 660)):
    arms, converted_ = ["control"] * 2000 + ["treatment"] * 2000, []
    for count in hits:
        converted_ += [int(place < count) for place in range(2000)]
    day = [date(2026, 3, 2) + timedelta(days=place % days) for place in range(4000)]
    return units_of(arm=arms, day=day, converted=converted_)


def test_a_normal_prior_shrinks_by_the_precisions():
    found = impact(trial(units(), metric="converted", reading="once"), usual=0.05)
    lift, weekly = found.estimates
    measured = trial(units(), metric="converted").comparisons["converted"][0].alone
    # On the scale of logarithms the interval's half-width over 1.96 is the standard error; of the logarithm
    # 0.05² / (0.05² + error²) is left.
    error = np.log((1 + measured.high) / (1 + measured.low)) / (2 * Z)
    assert lift.value == pytest.approx(np.expm1(np.log1p(measured.value) * 0.0025 / (0.0025 + error**2)), rel=1e-9)
    # 4,000 units in 14 days are 2,000 a week, of which 28.1 % convert in control.
    assert weekly.value == pytest.approx(lift.value * 0.281 * 2000, rel=1e-9)
    assert found.headline.startswith(
        "Converted: measured +17.4% (95% interval +6.9% to +29.0%), +98 units with it a week; to expect +8."
    )
    assert found.headline.endswith(" a week, if lifts are as usual, 5.0%.")
    # As measured: a lift of 17.438 % of 28.1 % of 2,000 is 98 a week.
    assert [row[1] for row in found.table.rows] == ["as measured", "to expect"]
    assert found.table.text()[0][5] == "+98"
    # Twenty usual lifts of 5 % lie within 9.8 %, all but one.
    assert "19 in 20 changes are taken to move a number by less than 9.8%" in found.cautions[0]


def test_the_prior_of_the_shop_is_printed_and_doubted():
    # Of 2,000 in each arm 281 a thousand convert, and 5.7 % more: z = 1.1, so that most of it is luck.
    found = impact(trial(units(hits=(562, 594)), metric="converted"))
    assert "as in 78 experiments of an online shop (ASOS)" in found.definition
    assert any("For bolder changes give usual" in caution for caution in found.cautions)
    assert 0 < found.estimates[0].value < 0.02
    assert found.headline.endswith(" a week, if it is like an online shop's changes.")
    assert any("19 in 20 of the shop's changes move a number by less than 1.8%" in one for one in found.cautions)
    # 4 × 1.509 % is 6.0 %: 6.4 % is more, yet with z = 1.3 it is within what chance gives.
    far = impact(trial(units(hits=(562, 598)), metric="converted"))
    assert any("usual lifts hardly ever pass 6.0%" in caution for caution in far.cautions)
    assert [row[1] for row in far.table.rows] == ["as measured", "to expect"]


def test_a_clear_lift_beyond_the_shop_stands_as_measured():
    made = trial(units(), metric="converted", reading="once")
    found = impact(made)
    assert found.headline == (
        "Converted: measured +17.4% (95% interval +6.9% to +29.0%), +98 units with it a week, as measured; a winner "
        "overstates, and lifts of an online shop tell nothing of one this large."
    )
    # Neither a lift to expect nor a week of it: what is told is what was measured.
    assert [row[1] for row in found.table.rows] == ["as measured"]
    assert [one.value for one in found.estimates] == pytest.approx([0.17438, 98.0], rel=1e-3)
    assert found.estimates[0] == made.comparisons["converted"][0].lift
    assert found.action.startswith("Give usual, how large the true lifts of your changes are as a rule")
    assert "to expect" not in found.headline + found.figure.caption
    assert any("usual lifts hardly ever pass 6.0%" in caution for caution in found.cautions)
    # The same data the other way round: a clear loss is no winner.
    lost = impact(trial(units(hits=(660, 562)), metric="converted"))
    assert "as measured; a clear result overstates, and lifts of an online shop" in lost.headline
    # Whoever names usual lifts is answered by them.
    assert impact(made, usual=0.015).estimates[0].value < 0.03


def test_the_lift_measured_has_one_interval_wherever_it_stands():
    looks = (date(2026, 3, 8), date(2026, 3, 15))
    plan = Registration(
        "trial", "More.", "control", {"control": 1, "treatment": 1}, (Measure("converted", smallest=0.05),),
        start=date(2026, 3, 2), days=14, looks=looks, reading="group-sequential", units=4000, digest="0" * 64,
    )  # fmt: skip
    made = trial(units(), registration=plan)
    lift = made.comparisons["converted"][0].lift
    assert lift.low < made.comparisons["converted"][0].alone.low
    assert signed(lift) in verdict(made).headline
    assert signed(lift) in impact(made).headline
    assert signed(lift) in impact(made, usual=0.05).headline


@pytest.mark.parametrize(("measured", "error"), [(0.172, 0.048), (0.172, 0.02), (-0.01, 0.004), (0.0, 0.05)])
def test_what_is_left_of_a_lift_is_what_numbers_integrate_to(measured, error):
    # The prior of the shop as its page prints it: 77.9 % with a deviation of 0.19 %, the rest with 1.51 %.
    # The interval is even on the scale of logarithms, as those of ratios are, and so is belief.
    low, high = (np.expm1(np.log1p(measured) + side * Z * error) for side in (-1, 1))
    left = expected(Estimate("lift", measured, low, high, Unit.LIFT, 4000, "Fieller"))
    at = np.linspace(-0.4, 0.4, 1_000_001)
    prior = sum(w * stats.norm.pdf(at, 0, sd) for w, sd in zip(ASOS.weights, ASOS.sds, strict=True))
    posterior = prior * stats.norm.pdf(np.log1p(measured), at, error)
    mass = integrate.cumulative_trapezoid(posterior, at, initial=0)
    # A mean of lifts exceeds the lift of the mean logarithm by half its variance, 0.0151² / 2 at most; an end by half
    # the square of 1.96 deviations.
    assert left.value == pytest.approx(integrate.trapezoid(np.expm1(at) * posterior, at) / mass[-1], abs=1.3e-4)
    ends = np.expm1(np.interp([0.025, 0.975], mass / mass[-1], at))
    assert (left.low, left.high) == pytest.approx(tuple(ends), abs=5e-4)
    assert ASOS.weights == pytest.approx((0.779, 0.221), abs=5e-4)
    assert ASOS.sds == pytest.approx((0.0019, 0.0151), abs=5e-5)


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
