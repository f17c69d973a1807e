"""Contrasts against least squares, Welch and Fieller."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from pmlib.core import SettingError, TooFewError
from pmlib.stats import Moments, mean_difference, mean_lift
from pmlib.stats.trials.contrasts import all_pairs, contrast, contrast_lift, range_tail

moments = st.builds(
    Moments, st.integers(3, 500), st.integers(-999, 999).map(lambda x: (x + 0.5) / 10), st.floats(0.01, 1e4)
)
three = st.lists(moments, min_size=3, max_size=3)


@given(moments, moments)
def test_one_arm_against_one_is_welch_and_fieller(group, base):
    for ours, theirs in ((contrast, mean_difference), (contrast_lift, mean_lift)):
        found, known = ours([group, base], [1, -1]), theirs(group, base)
        for name in ("value", "low", "high"):
            one, other = getattr(found, name), getattr(known, name)
            assert (one is None) == (other is None)
            assert one is None or math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)
        assert found.p == pytest.approx(known.p, rel=1e-9)


def test_two_variants_against_control_have_the_error_of_heteroscedastic_least_squares():
    draw = np.random.default_rng(1)
    rows = [draw.normal(5, spread, n) for spread, n in ((1, 20), (3, 35), (2, 50))]
    y = np.concatenate(rows)
    x = np.repeat(np.eye(3), [20, 35, 50], axis=0)
    fit = sm.OLS(y, x).fit(cov_type="HC2").t_test([0.5, 0.5, -1])
    found = contrast([Moments.of(row) for row in rows], [0.5, 0.5, -1])
    assert found.value == pytest.approx(float(fit.effect[0]), rel=1e-12)
    # Satterthwaite by hand: parts w^2 s^2 / n of 19, 34 and 49 degrees of freedom.
    parts = [w * w * row.var(ddof=1) / row.size for w, row in zip((0.5, 0.5, 1), rows, strict=True)]
    df = sum(parts) ** 2 / sum(part**2 / (row.size - 1) for part, row in zip(parts, rows, strict=True))

    half = stats.t.ppf(0.975, df) * fit.sd.item()
    assert (found.low, found.high) == pytest.approx((found.value - half, found.value + half), rel=1e-9)


@given(three, st.sampled_from([[0.5, 0.5, -1], [1, -0.5, -0.5], [0.25, 0.75, -1]]))
def test_the_lift_of_a_contrast_excludes_0_exactly_when_its_test_rejects(arms, weights):
    difference, lift = contrast(arms, weights), contrast_lift(arms, weights)
    assume(difference.p is not None and abs(difference.p - 0.05) > 1e-9)
    assert difference.excludes(0) == (difference.p < 0.05)
    if lift.low is not None:
        assert lift.excludes(0) == (difference.p < 0.05)
        assert lift.low <= lift.value <= lift.high


@given(three)
def test_turning_the_weights_turns_the_difference(arms):
    found, turned = contrast(arms, [1, 1, -2]), contrast(arms, [-1, -1, 2])
    assert (turned.value, turned.low, turned.high) == pytest.approx((-found.value, -found.high, -found.low))
    assert turned.p == pytest.approx(found.p)


def test_an_embedded_aa_test_holds_its_level():
    # Two controls and two variants, 2,000 runs of C1 - C2: 5%, in a band of 3.5% to 6.5%.
    draw = np.random.default_rng(8)
    arms = draw.exponential(3, (2000, 4, 300))
    weights = [[0, 0, 1, -1], [0.5, 0.5, -0.5, -0.5]]
    p = [[contrast([Moments.of(a) for a in run], one).p for one in weights] for run in arms]
    for rejected in (np.array(p) < 0.05).mean(axis=0):
        assert 0.035 <= rejected <= 0.065


def test_a_fall_below_a_negative_base_is_a_fall():
    found = contrast_lift([Moments(1000, -15.0, 1.0), Moments(1000, -15.0, 1.0), Moments(1000, -10.0, 1.0)], [1, 1, -2])
    assert found.value == pytest.approx(-0.5)
    assert found.high < 0


def test_what_is_no_contrast_is_refused():
    arms = [Moments(50, 1.0, 1.0), Moments(50, 2.0, 1.0)]
    for weights in ([1, 1], [0, 0], [1]):
        with pytest.raises(SettingError):
            contrast(arms, weights)
    with pytest.raises(TooFewError):
        contrast([Moments(1, 1.0, 0.0), arms[0]], [1, -1])
    assert "no unit differs" in contrast([Moments(5, 1.0, 0.0), Moments(5, 2.0, 0.0)], [1, -1]).reason
    assert "cannot be told" in contrast_lift([Moments(50, 1.0, 4.0), Moments(50, 0.1, 4.0)], [1, -1]).reason
    assert contrast([Moments(10**6, 1.0, 1e-9), Moments(10**6, 2.0, 1e-9)], [1, -1]).p > 0


@pytest.mark.parametrize(
    ("arms", "q"),
    # Tukey's table: 5% points of the studentised range with infinite degrees of freedom; scipy's below.
    [(2, 2.772), (3, 3.314), (4, 3.633), (5, 3.858), (6, 4.030), (10, 4.474)],
)
def test_the_largest_distance_of_several_arms_is_the_published_one(arms, q):
    assert range_tail(q, arms) == pytest.approx(0.05, abs=1e-4)
    (one,) = all_pairs([2 * stats.norm.sf(q / math.sqrt(2))], arms)
    assert one.p == pytest.approx(0.05, abs=1e-4)
    assert 1 - one.level == pytest.approx(2 * stats.norm.sf(q / math.sqrt(2)), abs=1e-4)


@given(st.integers(3, 8), st.floats(0.01, 9))
def test_the_range_is_that_of_scipy_where_scipy_has_digits(arms, q):
    known = stats.studentized_range.sf(q, arms, math.inf)
    assert range_tail(q, arms) == pytest.approx(known, rel=1e-4, abs=1e-12)


@given(st.lists(st.floats(1e-300, 1), min_size=1, max_size=6), st.integers(2, 8), st.sampled_from([0.9, 0.95, 0.999]))
def test_a_pair_is_called_exactly_where_its_interval_excludes_nothing(p_values, arms, level):
    for p, one in zip(p_values, all_pairs(p_values, arms, level=level), strict=True):
        assert p <= one.p <= min(1.0, p * arms * (arms - 1) / 2) * (1 + 1e-12)
        if abs(one.p - (1 - level)) > 1e-9:
            assert (one.p < 1 - level) == (p < 1 - one.level)


def test_what_is_no_family_of_pairs_is_refused():
    with pytest.raises(SettingError, match="Pairs need two arms or more, not 1"):
        all_pairs([0.1], 1)
    with pytest.raises(SettingError, match="lie between 0 and 1"):
        all_pairs([1.1], 3)
    assert all_pairs([0.0], 3)[0].p > 0
    assert all_pairs([], 3) == []
