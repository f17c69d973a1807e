"""Means against published figures and the identity between Fieller and Welch."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats as reference

from pmlib.core import SettingError, TooFewError
from pmlib.stats import Moments, mean, mean_difference, mean_lift

# Student (1908), Biometrika 6:1-25: hours of extra sleep under two drugs.
FIRST = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SECOND = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]

numbers = st.floats(-1e3, 1e3).filter(lambda x: abs(x) > 1e-3)
moments = st.builds(Moments, st.integers(3, 500), numbers, st.floats(1e-3, 1e4))


def test_welch_on_students_sleep_data():
    # The interval R prints for t.test(extra ~ group): -3.3654832 to 0.2054832, p = 0.07939.
    found = mean_difference(Moments.of(FIRST), Moments.of(SECOND))
    assert math.isclose(found.low, -3.3654832, abs_tol=1e-6)
    assert math.isclose(found.high, 0.2054832, abs_tol=1e-6)
    assert math.isclose(found.p, 0.07939, abs_tol=5e-6)


def test_mean_is_students_interval():
    found = mean(Moments.of(FIRST))
    low, high = reference.t.interval(0.95, 9, np.mean(FIRST), reference.sem(FIRST))
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-12)


@given(moments, moments)
def test_fieller_excludes_no_lift_exactly_when_welch_rejects(group, base):
    difference, lift = mean_difference(group, base), mean_lift(group, base)
    assume(difference.p is not None and abs(difference.p - 0.05) > 1e-9)
    if lift.low is not None:
        assert lift.excludes(0) == (difference.p < 0.05)
        assert lift.low <= lift.value <= lift.high


def test_a_fall_below_a_negative_base_is_a_fall():
    found = mean_lift(Moments(1000, -15.0, 1.0), Moments(1000, -10.0, 1.0))
    assert math.isclose(found.value, -0.5)
    assert found.low < -0.5 < found.high < 0


def test_an_open_interval_says_why():
    assert "cannot be told from 0" in mean_lift(Moments(50, 1.0, 4.0), Moments(50, 0.1, 4.0)).reason
    assert "is 0" in mean_lift(Moments(50, 1.0, 4.0), Moments(50, 0.0, 4.0)).reason
    assert "no unit differs" in mean_difference(Moments(5, 1.0, 0.0), Moments(5, 1.0, 0.0)).reason


def test_too_few_and_missing_values_are_refused():
    with pytest.raises(TooFewError):
        Moments.of([1.0])
    with pytest.raises(SettingError, match="missing"):
        Moments.of([1.0, float("nan")])
    with pytest.raises(TooFewError):
        mean(Moments(1, 1.0, 0.0))


def test_coverage_of_fieller_on_skewed_payers():
    # 10 % payers, lognormal amounts, a true lift of 50 %: 2,000 seeded runs; the band holds 3 standard errors.
    draw = np.random.default_rng(7)
    n, runs, covered = 1000, 2000, 0
    for _ in range(runs):
        arms = [(draw.random(n) < rate) * draw.lognormal(0, 1.2, n) for rate in (0.15, 0.10)]
        found = mean_lift(Moments.of(arms[0]), Moments.of(arms[1]))
        covered += found.low is not None and found.low <= 0.5 <= found.high
    assert 0.925 <= covered / runs <= 0.965
