"""Plans against published tables and examples, statsmodels, and simulated experiments."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import TTestIndPower

from pmlib.core import SettingError, TooFewError
from pmlib.stats import Moments, mean_difference, mean_lift
from pmlib.stats.trials.deviations import beyond, deviation
from pmlib.stats.trials.margins import interval_margin
from pmlib.stats.trials.plans import Design, Sizes, precision_reached

# Units a group for an effect d at 5% on both sides, as the R package pwr prints them (63.77 at power 0.80), and R's
# power.t.test (22.02 at power 0.90).
PRINTED = [(0.5, 0.80, 64), (1.0, 0.90, 23)]


def standard(d):
    """A mean and spread of 1, so that a lift is Cohen's d."""
    return Design(1.0, 1.0, "alike"), d


@pytest.mark.parametrize(("d", "power", "units"), PRINTED)
def test_units_are_those_that_r_prints(d, power, units):
    design, lift = standard(d)
    assert replace(design, power=power).units(lift).control == units


@pytest.mark.parametrize("d", [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0])
def test_units_are_those_of_statsmodels(d):
    design, lift = standard(d)
    assert design.units(lift).control == math.ceil(TTestIndPower().solve_power(d, power=0.8, alpha=0.05))


# R's power.t.test prints the second in its manual, the R package pwr the others.
@pytest.mark.parametrize(("d", "n", "power"), [(0.5, 64, 0.8014596), (1.0, 20, 0.8689528), (0.5, 50, 0.6968934)])
def test_power_is_that_of_other_programs(d, n, power):
    design, lift = standard(d)
    assert design.chance(lift, n) == pytest.approx(power, abs=5e-7)


# R's power.prop.test, examples of its manual: 76.7 a group from 50% to 75% at power 0.9, and 0.740 with 50 a group.
def test_shares_are_planned_for_the_score_test():
    assert replace(Design.share(0.5), power=0.9).units(0.5) == Sizes(77, 77, 154)
    assert Design.share(0.5).chance(0.5, 50) == pytest.approx(0.740, abs=5e-4)


def test_no_power_is_nan_where_the_noncentral_t_of_scipy_was():
    # A shift of 11 at 100,000 units; and far beyond.
    design, _ = standard(0.05)
    assert design.chance(0.05, 100_000) == pytest.approx(1, abs=1e-9)
    for n in (2, 10, 1e3, 1e6, 1e12):
        for lift in (1e-9, 1e-3, 0.5, 100.0):
            assert 0 <= design.chance(lift, n) <= 1
            assert 0 <= Design(1.0, 1.0).chance(lift, n) <= 1


@given(st.floats(3, 2000), st.floats(0, 6), st.floats(0, 5))
def test_the_shifted_t_is_that_of_its_integral(df, bound, shift):
    low, high = math.sqrt(stats.chi2.ppf(1e-13, df) / df), math.sqrt(stats.chi2.isf(1e-13, df) / df)
    s = np.linspace(low, high, 40_001)
    density = stats.chi2.pdf(df * s * s, df) * 2 * df * s
    known = np.trapezoid(density * stats.norm.sf(bound * s - shift), s)
    assert beyond(bound, df, shift) == pytest.approx(known, abs=1e-5)
    assert deviation(df).weights.sum() == pytest.approx(1)


@settings(deadline=None, max_examples=40)
@given(
    st.floats(0.02, 0.5),
    st.sampled_from(["alike", "scaled"]),
    st.sampled_from([0.1, 0.5, 1.0, 3.0]),
    st.sampled_from([1, 3]),
    st.sampled_from([1.0, 0.5]),
    st.sampled_from([1.0, 1.05]),
)
def test_units_power_and_smallest_lift_agree(lift, spread, split, arms, kept, inflation):
    design = Design(5.0, 30.0, spread, split, arms, kept=kept, inflation=inflation)
    found = design.units(lift)
    assert design.chance(lift, found.control) >= 0.8 - 1e-9
    if found.control > 100:
        assert design.chance(lift, found.control * 0.97) < 0.8
    smallest = design.smallest(found.control)
    assert smallest == pytest.approx(lift, rel=0.1)
    assert smallest <= lift * (1 + 1e-6)
    assert found.total == found.control + arms * found.arm
    assert found.arm == pytest.approx(found.control * split, abs=1)


def test_the_smallest_lift_solves_the_quadratic_and_need_not_exist():
    # (n m^2 - k^2 s^2) x^2 - 2 k^2 s^2 x - 2 k^2 s^2 = 0 with k = 1.960 + 0.842; Student's t adds next to nothing.
    k2 = (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) ** 2
    design = Design(1.0, 1e4)
    for n in (100_000, 1_000_000):
        a, b = n - k2 * 1e4, k2 * 1e4
        assert design.smallest(n) == pytest.approx((b + math.sqrt(b * b + 2 * a * b)) / a, rel=1e-3)
    assert design.smallest(k2 * 1e4 * 0.99) is None
    assert design.smallest(k2 * 1e4 * 1.01) is not None
    # Where less is better a fall narrows the arm too.
    assert -1 < design.smallest(1_000_000, better="down") < 0
    assert abs(design.smallest(1_000_000, better="down")) < design.smallest(1_000_000)


def test_a_share_can_rise_to_all_and_fall_to_none():
    design = Design.share(0.9)
    assert design.smallest(50) is None or design.smallest(50) <= 1 / 0.9 - 1
    assert design.smallest(12) is None
    assert -1 <= design.smallest(500, better="down") < 0
    with pytest.raises(SettingError, match="out of 0 to 1"):
        design.units(0.2)


@pytest.mark.parametrize(("split", "cost"), [(1.0, 1.0), (0.25, 1.5625), (1 / 9, 2.7778)])
def test_an_uneven_split_costs_what_the_formula_says(split, cost):
    # Normal sizes: (1 + k)(1 + 1 / k) / 4 times the units of equal arms.
    design = Design(1.0, 100.0, "alike")
    even, uneven = design.units(0.1).total, replace(design, split=split).units(0.1).total
    assert uneven / even == pytest.approx(cost, rel=2e-3)


def test_cuped_looks_and_guardrails_change_units_as_they_should():
    design = Design(1.0, 100.0, "alike")
    plain = design.units(0.1).control
    assert replace(design, kept=0.5).units(0.1).control == pytest.approx(plain / 2, rel=1e-3)
    assert replace(design, inflation=1.03).units(0.1).control == pytest.approx(plain * 1.03, rel=1e-3)
    # Three guardrails: 1 - 0.2 / 4 = 0.95.
    z = stats.norm.ppf(0.975)
    ratio = ((z + stats.norm.ppf(0.95)) / (z + stats.norm.ppf(0.8))) ** 2
    assert replace(design, guardrails=3).units(0.1).control == pytest.approx(plain * ratio, rel=1e-3)


def test_several_arms_are_planned_for_dunnett():
    # Two arms of control's size: 2.212 in place of 1.960 (2.21 in Dunnett's table).
    ratio = ((2.212 + stats.norm.ppf(0.8)) / (stats.norm.ppf(0.975) + stats.norm.ppf(0.8))) ** 2
    design = Design(1.0, 100.0, "alike")
    found = replace(design, arms=2).units(0.1)
    assert found.control == pytest.approx(design.units(0.1).control * ratio, rel=2e-3)
    assert found.total == 3 * found.control


def test_simulated_experiments_win_as_often_as_planned():
    # 2,000 experiments of the units planned for +30% where half the units spend nothing, two of control for one of the
    # arm, power 0.8: 77.3% to 82.7% (3 standard errors). A gamma of mean 4 and variance 4, or 0: mean 2, variance 6.
    draw = np.random.default_rng(71)
    sizes = Design(2.0, 6.0, split=0.5).units(0.3)
    groups, bases = (
        size * draw.gamma(4, 1, (2000, n)) * (draw.random((2000, n)) < 0.5)
        for size, n in ((1.3, sizes.arm), (1.0, sizes.control))
    )
    pairs = zip(groups, bases, strict=True)
    won = [mean_difference(Moments.of(one), Moments.of(other)).p < 0.05 for one, other in pairs]
    assert 0.773 <= np.mean(won) <= 0.827


def test_simulated_guardrails_pass_as_often_as_planned():
    # 2,000 experiments without an effect, margin 10%: power 0.9, 88% to 92% (3 standard errors).
    draw = np.random.default_rng(73)
    sizes = Design(3.0, 3.0, power=0.8, guardrails=1).units_for_margin(0.1)
    groups, bases = draw.gamma(3, 1, (2000, sizes.arm)), draw.gamma(3, 1, (2000, sizes.control))
    pairs = zip(groups, bases, strict=True)
    passed = [interval_margin(mean_lift(Moments.of(one), Moments.of(other)), 0.1).passed for one, other in pairs]
    assert 0.88 <= np.mean(passed) <= 0.92


def test_half_the_width_takes_four_times_the_units():
    assert precision_reached(0.04, 0.02) == pytest.approx(0.25)
    assert precision_reached(0.02, 0.04) == pytest.approx(4.0)
    for bad in ((0, 0.1), (0.1, 0), (math.inf, 0.1)):
        with pytest.raises(SettingError):
            precision_reached(*bad)


def test_what_cannot_be_planned_is_refused():
    good = Design(1.0, 1.0)
    for change in (
        *({"mean": 0.0}, {"variance": 0.0}, {"variance": math.nan}, {"split": 0.0}, {"arms": 0}, {"power": 1.0}),
        *({"kept": 0.0}, {"kept": 1.5}, {"inflation": 0.9}, {"level": 1.0}, {"spread": "wide"}, {"guardrails": -1}),
    ):
        with pytest.raises(SettingError):
            replace(good, **change)
    with pytest.raises(SettingError, match="share lies"):
        Design(1.2, 0.1, "share")
    with pytest.raises(SettingError, match="lift of 0"):
        good.units(0.0)
    with pytest.raises(TooFewError, match="2 units"):
        good.chance(0.1, 1)
    with pytest.raises(TooFewError):
        Design.of(Moments(1, 1.0, 0.0))
    for margin in (0, 1.0, -0.1):
        with pytest.raises(SettingError, match="margin"):
            good.units_for_margin(margin)
    # A negative mean rises towards 0, and has as many units.
    assert Design(-10.0, 400.0, "alike").units(0.05) == Design(10.0, 400.0, "alike").units(0.05)
    lost = Design(-10.0, 400.0).units_for_margin(0.05)
    assert lost == Design(10.0, 400.0).units_for_margin(0.05, better="down")
    assert Design.of(Moments(900, 10.0, 400.0)) == Design(10.0, 400.0)
