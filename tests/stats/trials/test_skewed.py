"""Welch's statistic straightened for skewness: its limits, its identities, and its tails beside Welch's."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats as reference

from pmlib.core import SettingError, TooFewError
from pmlib.stats.means import Moments, mean_difference, mean_lift
from pmlib.stats.trials.angles import ratio_ends
from pmlib.stats.trials.skewed import (
    bent,
    lean,
    needs_correction,
    pooled_skewness,
    skewed_difference,
    skewed_lift,
    straight,
    too_skewed,
)

numbers = st.floats(-1e3, 1e3).filter(lambda x: abs(x) > 1e-3)
moments = st.builds(Moments, st.integers(3, 5000), numbers, st.floats(1e-3, 1e4))
skews = st.floats(-60, 60)


def test_to_the_first_order_it_is_halls_transformation():
    # Hall (1992), JRSS B 54:221-228: t + a t^2 / 3 + a^2 t^3 / 27 + a / 6 for a statistic of skewness a. What is left
    # over is of the second order: a tenth of the skewness leaves a hundredth of it.
    for t in (-2.5, -1.0, 0.0, 0.7, 2.0):
        gaps = [
            abs(straight(t, tilt) - (t + tilt * t * t / 3 + tilt**2 * t**3 / 27 + tilt / 6)) for tilt in (0.1, 0.01)
        ]
        assert gaps[1] <= gaps[0] / 90 + 1e-15


def test_the_lean_is_the_third_cumulant_of_a_difference_of_means():
    # Cumulants of independent means add up: exponential units have the third cumulant 2, the variance 1.
    n, base_n = 40, 360
    third, variance = 2 / n**2 - 2 / base_n**2, 1 / n + 1 / base_n
    assert lean(n, base_n, 2.0) == pytest.approx(third / variance**1.5, rel=1e-12)


def test_welchs_tails_are_off_by_what_the_lean_says_and_the_corrected_are_not():
    # Edgeworth's first term moves each tail at 2.5% by lean * (2 z^2 + 1) / 6 * phi(z) = 0.0847 * lean. Exponential
    # units, 150 against 1,350, 8,000 runs: the lean is 0.14, so Welch calls 3.7% and 1.3%; three standard errors are
    # 0.6 points, and 0.1 more is left for what is of the second order.
    draw, runs, calls = np.random.default_rng(3), 8000, np.zeros(4)
    term = 0.0847 * lean(150, 1350, 2.0)
    for _ in range(4):
        arms = [draw.standard_exponential((runs // 4, n)) for n in (150, 1350)]
        for a, b in zip(*(one_by_one(arm) for arm in arms), strict=True):
            welch, found = mean_difference(a[0], b[0]), skewed_difference(a[0], b[0], pooled([a, b]))
            calls += [welch.high < 0, welch.low > 0, found.high < 0, found.low > 0]
    shares = calls / runs
    assert shares[:2] == pytest.approx([0.025 + term, 0.025 - term], abs=0.007)
    assert shares[2:] == pytest.approx([0.025, 0.025], abs=0.007)


def one_by_one(values):
    means = values.mean(axis=1)
    off = values - means[:, None]
    n = values.shape[1]
    squares, cubes = (off * off).sum(axis=1) / (n - 1), (off**3).mean(axis=1)
    return [(Moments(n, m, v), c) for m, v, c in zip(means, squares, cubes, strict=True)]


def pooled(arms):
    return pooled_skewness([one for one, _ in arms], [third for _, third in arms])


def test_tails_in_a_ramp_with_ten_per_cent_payers():
    # 4,000 other runs, as the docstring of needs_correction has them: Welch's tails are 7.8% and 0.4%, the corrected
    # ones 1.4% and 2.8%. 2,000 runs; three standard errors of both are 2.2 points at 7.8%, and the corrected tails are
    # to lie between 1.4% - 0.8 and 3.6% + 0.8.
    draw, runs, calls = np.random.default_rng(5), 2000, np.zeros(4)
    for _ in range(10):
        arms = [payers(draw, runs // 10, n) for n in (500, 4500)]
        for a, b in zip(*(one_by_one(arm) for arm in arms), strict=True):
            welch, found = mean_difference(a[0], b[0]), skewed_difference(a[0], b[0], pooled([a, b]))
            calls += [welch.high < 0, welch.low > 0, found.high < 0, found.low > 0]
    shares = calls / runs
    assert shares[0] == pytest.approx(0.078, abs=0.022)
    assert shares[1] == pytest.approx(0.004, abs=0.005)
    assert (shares[2:] > 0.006).all()
    assert (shares[2:] < 0.044).all()


def payers(draw, runs, n):
    return (draw.random((runs, n)) < 0.1) * draw.lognormal(0, 1.2, (runs, n))


def test_skewness_is_scipys_of_all_units_about_their_own_means():
    draw = np.random.default_rng(1)
    arms = [draw.gamma(0.5, size=n) + shift for n, shift in ((200, 0), (900, 7))]
    thirds = [float(((arm - arm.mean()) ** 3).mean()) for arm in arms]
    together = np.concatenate([arm - arm.mean() for arm in arms])
    # Both arms' deviations have the mean 0, and squares are over n as in scipy's biased skewness.
    assert pooled_skewness([Moments.of(arm) for arm in arms], thirds) == pytest.approx(
        reference.skew(together), rel=1e-12
    )
    assert pooled_skewness([Moments(5, 1.0, 0.0), Moments(0, 0.0, 0.0)], [0.0, 0.0]) == 0.0


@given(moments, moments)
def test_without_skewness_it_is_welch_and_fieller(group, base):
    welch, found = mean_difference(group, base), skewed_difference(group, base, 0.0)
    assert (found.low, found.high, found.p) == (welch.low, welch.high, pytest.approx(welch.p, rel=1e-12, abs=1e-300))
    fieller, lift = mean_lift(group, base), skewed_lift(group, base, 0.0)
    if fieller.low is not None and lift.low is not None:
        assert (lift.low, lift.high) == pytest.approx((fieller.low, fieller.high), rel=1e-6, abs=1e-6)


@given(moments, moments, skews, st.sampled_from([0.8, 0.95, 0.999]))
def test_both_intervals_exclude_0_exactly_when_the_test_refuses(group, base, skewness, level):
    difference = skewed_difference(group, base, skewness, level=level)
    lift = skewed_lift(group, base, skewness, level=level)
    assume(abs(difference.p - (1 - level)) > 1e-9)
    assert lift.p == difference.p > 0
    assert difference.excludes(0) == (difference.p < 1 - level)
    if lift.low is not None:
        assert lift.excludes(0) == (difference.p < 1 - level)
        assert lift.low < lift.high
    assert difference.low < difference.high


@given(moments, moments, skews)
def test_negating_or_swapping_turns_the_difference_round(group, base, skewness):
    found = skewed_difference(group, base, skewness)
    minus = [Moments(one.n, -one.mean, one.variance) for one in (group, base)]
    negated, swapped = skewed_difference(*minus, -skewness), skewed_difference(base, group, skewness)
    wide = found.high - found.low
    assert (negated.low, negated.high) == pytest.approx((-found.high, -found.low), abs=1e-9 * wide)
    assert (swapped.low, swapped.high) == pytest.approx((-found.high, -found.low), abs=1e-9 * wide)
    lift, other = skewed_lift(group, base, skewness), skewed_lift(*minus, -skewness)
    if lift.low is not None:
        # Divided by the base's size, minus a fall is a rise.
        assert (other.low, other.high) == pytest.approx((-lift.high, -lift.low), rel=1e-6, abs=1e-6)


@given(moments, moments, skews, st.floats(0.01, 100))
def test_another_unit_changes_no_lift(group, base, skewness, scale):
    scaled = [Moments(one.n, one.mean * scale, one.variance * scale**2) for one in (group, base)]
    one, other = skewed_lift(group, base, skewness), skewed_lift(*scaled, skewness)
    assert other.p == pytest.approx(one.p, rel=1e-6)
    if one.low is not None and other.low is not None:
        assert (other.low, other.high) == pytest.approx((one.low, one.high), rel=1e-5, abs=1e-6)


@given(st.floats(-40, 40), st.floats(-0.5, 0.5))
def test_the_transformation_rises_and_turns_back(t, tilt):
    assert straight(t + 0.01, tilt) > straight(t, tilt)
    assert bent(straight(t, tilt), tilt) == pytest.approx(t, abs=1e-6)


def test_rule_is_for_unequal_arms_only():
    alike, small, large = Moments(5000, 1.0, 4.0), Moments(500, 1.0, 4.0), Moments(4500, 1.0, 4.0)
    assert not needs_correction(alike, alike, 100.0)
    assert needs_correction(small, large, 12.0)
    assert not needs_correction(small, large, 1.0)
    assert not too_skewed(small, large, 12.0)
    assert too_skewed(Moments(50, 1.0, 4.0), large, 12.0)


def test_ratio_ends_are_fiellers_and_open_where_the_base_may_be_0():
    # The roots of (2 - r)^2 = 1.96^2 (0.01 + r^2 0.01), a quadratic solved by hand: g = 0.038416.
    def gap(x, y):
        return (2 * x - y) / math.hypot(0.1 * x, 0.1 * y)

    low, high = ratio_ends(lambda x, y: gap(x, y) > 1.96, lambda x, y: gap(x, y) < -1.96, 2.0, 1.0)
    g = 1.96**2 * 0.01
    half = 1.96 * 0.1 * math.sqrt(1 + 4 - g)
    assert (low, high) == pytest.approx(((2 - half) / (1 - g), (2 + half) / (1 - g)), rel=1e-9)
    assert ratio_ends(lambda x, y: False, lambda x, y: False, 2.0, 1.0) == (None, None)


def test_what_cannot_be_answered_says_so():
    with pytest.raises(TooFewError):
        skewed_difference(Moments(1, 1.0, 0.0), Moments(5, 1.0, 1.0), 1.0)
    with pytest.raises(SettingError, match="third moments"):
        pooled_skewness([Moments(5, 1.0, 1.0)], [])
    with pytest.raises(SettingError, match="skewness"):
        skewed_lift(Moments(5, 1.0, 1.0), Moments(6, 1.0, 1.0), float("nan"))
    same = Moments(5, 1.0, 0.0)
    assert "no unit differs" in skewed_difference(same, same, 0.0).reason
    assert "no unit differs" in skewed_lift(same, same, 0.0).reason
    assert "is 0" in skewed_lift(Moments(5, 1.0, 1.0), Moments(5, 0.0, 1.0), 3.0).reason
    assert "cannot be told from 0" in skewed_lift(Moments(50, 1.0, 4.0), Moments(60, 0.1, 4.0), 3.0).reason
    assert skewed_difference(Moments(10**6, 9.0, 1e-6), Moments(10**5, 1.0, 1e-6), 5.0).p > 0
