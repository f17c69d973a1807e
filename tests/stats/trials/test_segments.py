"""Segments against published meta-analyses, Welch's anova and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from pmlib.core import SettingError, TooFewError
from pmlib.stats import Moments, mean_difference
from pmlib.stats.trials.contrasts import contrast
from pmlib.stats.trials.segments import against_rest, differences, interaction, others, ratios, shrunken

# Colditz and others (1994), JAMA 271:698-702: thirteen trials of a vaccine against tuberculosis, ill and well with it,
# ill and well without. R's metafor (Viechtbauer 2010, Journal of Statistical Software 36(3)) prints Q = 152.2330, 12
# degrees of freedom, I2 = 92.12% and mean -0.4303 (standard error 0.0405) with equal effects.
VACCINE = [
    *((4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761)),
    *((180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232)),
    *((17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825)),
]
RATIOS = [math.log(a / (a + b) / (c / (c + d))) for a, b, c, d in VACCINE]
ERRORS = [math.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)) for a, b, c, d in VACCINE]

# Efron and Morris (1977), Scientific American 236(5):119-127: 18 batters' averages in their first 45 times at bat in
# 1970.
BATTING = [
    *(0.400, 0.378, 0.356, 0.333, 0.311, 0.311, 0.289, 0.267, 0.244),
    *(0.244, 0.222, 0.222, 0.222, 0.222, 0.222, 0.200, 0.178, 0.156),
]
# What they batted in the rest of the season.
SEASON = [
    *(0.346, 0.298, 0.276, 0.222, 0.273, 0.270, 0.263, 0.210, 0.269),
    *(0.230, 0.264, 0.256, 0.303, 0.264, 0.226, 0.285, 0.316, 0.200),
]

effects = st.lists(st.integers(-50, 50).map(lambda x: x / 10), min_size=4, max_size=12)


def test_the_vaccine_trials_scatter_as_published():
    found = interaction(RATIOS, ERRORS)
    assert found.q == pytest.approx(152.2330, abs=5e-5)
    assert found.df == 12
    assert found.share == pytest.approx(0.9212, abs=5e-5)
    assert (found.mean, found.error) == pytest.approx((-0.4303, 0.0405), abs=5e-5)
    assert 0 < found.p < 1e-20
    # Paule and Mandel's variance between trials, by statsmodels.
    known = combine_effects(np.array(RATIOS), np.square(ERRORS), method_re="iterated", atol=1e-12)
    assert found.between == pytest.approx(known.tau2, rel=1e-4)


def test_batting_averages_shrink_as_published():
    # They keep c = 1 - 15 s2 / S = 0.212 of each distance to the mean, by the variance s2 = p (1 - p) / 45 at the mean
    # of all and the sum S of squared distances.
    mean = np.mean(BATTING)
    error = math.sqrt(mean * (1 - mean) / 45)
    found = shrunken(BATTING, [error] * 18, labels=[str(p) for p in BATTING], sizes=[45] * 18)
    kept = (found[0].value - found[-1].value) / (BATTING[0] - BATTING[-1])
    assert kept == pytest.approx(0.212, abs=5e-4)
    assert kept == pytest.approx(1 - 15 * error**2 / np.sum((np.array(BATTING) - mean) ** 2), rel=1e-9)
    assert np.mean([one.value for one in found]) == pytest.approx(mean)
    # The shrunken ones foretold the season better, by hand about three times in squares.
    missed = [np.sum((np.array(x) - SEASON) ** 2) for x in (BATTING, [one.value for one in found])]
    assert missed[0] / missed[1] > 3


@settings(deadline=None, max_examples=50)
@given(st.integers(2, 6), st.integers(0, 10_000))
def test_welchs_f_is_that_of_scipy(k, seed):
    draw = np.random.default_rng(seed)
    rows = [draw.normal(0, 1 + i, 4 + 3 * i) for i in range(k)]
    errors = [math.sqrt(row.var(ddof=1) / row.size) for row in rows]
    found = interaction([row.mean() for row in rows], errors, dfs=[row.size - 1 for row in rows])
    assert found.p == pytest.approx(stats.f_oneway(*rows, equal_var=False).pvalue, rel=1e-9)


@pytest.mark.parametrize("k", [4, 400])
def test_the_interaction_test_keeps_its_level_in_many_small_segments(k):
    # 2,000 runs of 4 segments, and 500 of 400, of 20 units an arm, one effect everywhere: 5%, in bands of 3.5% to 6.5%
    # and 2.1% to 7.9% (3 standard errors). By chi-square alone the 400 are called different nearly every other time.
    runs = 2000 if k == 4 else 500
    draw = np.random.default_rng(29)
    wrong = plain = 0
    for _ in range(runs):
        rows = draw.exponential(1, (2, k, 20)) + draw.normal(0, 1, (1, k, 1))
        groups, bases = (
            [Moments(20, m, v) for m, v in zip(arm.mean(1), arm.var(1, ddof=1), strict=True)] for arm in rows
        )
        found = differences(groups, bases)
        wrong += interaction(found.values, found.errors, dfs=found.dfs).p < 0.05
        plain += interaction(found.values, found.errors).p < 0.05
    low, high = (0.035, 0.065) if k == 4 else (0.021, 0.079)
    assert low <= wrong / runs <= high
    assert plain > wrong


@pytest.mark.parametrize("spread", [0.0, 0.5, 2.0])
def test_shrunken_intervals_cover(spread):
    # 1,000 runs of 10 segments of errors 0.5 to 2, true effects N(1, spread): Morris promises 95% or more on average;
    # 94% at least. At a spread of 0 the sum of squares falls to two fifths of the plain ones', or less.
    draw = np.random.default_rng(31)
    errors = np.linspace(0.5, 2.0, 10)
    covered, ours, plain = 0, 0.0, 0.0
    for _ in range(1000):
        truth = draw.normal(1, spread, 10)
        seen = draw.normal(truth, errors)
        found = shrunken(seen, errors, labels=[*"abcdefghij"], sizes=[9] * 10)
        covered += sum(one.low <= true <= one.high for one, true in zip(found, truth, strict=True))
        ours += sum((one.value - true) ** 2 for one, true in zip(found, truth, strict=True))
        plain += float(((seen - truth) ** 2).sum())
    assert covered / 10_000 >= 0.94
    assert ours < plain * (0.4 if spread == 0 else 1.0)


@given(effects, st.floats(-5, 5), st.floats(0.1, 10))
def test_shifting_and_scaling_carry_over(values, shift, factor):
    labels, sizes = [str(i) for i in range(len(values))], [9] * len(values)
    errors = [0.5 + i / 10 for i in range(len(values))]
    found = shrunken(values, errors, labels=labels, sizes=sizes)
    moved = shrunken([factor * (v + shift) for v in values], [factor * e for e in errors], labels=labels, sizes=sizes)
    for one, other, value in zip(found, moved, values, strict=True):
        assert other.value == pytest.approx(factor * (one.value + shift), abs=1e-6)
        assert other.high - other.low == pytest.approx(factor * (one.high - one.low), rel=1e-6)
        assert min(values) - 1e-9 <= one.value <= max(values) + 1e-9
        assert one.low < one.value < one.high
        assert abs(one.value - value) <= max(values) - min(values) + 1e-9


def test_a_segment_against_the_rest_is_a_contrast_of_four_arms():
    draw = np.random.default_rng(37)
    rows = [(draw.normal(5 + i, 1 + i, 30 + i), draw.normal(4, 2, 40)) for i in range(4)]
    groups, bases = ([Moments.of(pair[side]) for pair in rows] for side in (0, 1))
    found = against_rest(groups, bases, labels=[*"abcd"])
    rest = [Moments.of(np.concatenate([pair[side] for pair in rows[1:]])) for side in (0, 1)]
    known = contrast([groups[0], bases[0], *rest], [1, -1, -1, 1])
    assert (found[0].value, found[0].low, found[0].high) == pytest.approx((known.value, known.low, known.high))
    alone = [contrast([groups[0], bases[0], *rest], [1, -1, -1, 1]).p]
    assert alone[0] <= found[0].p <= 4 * alone[0]


def test_the_rest_is_exact_where_the_mean_is_large():
    draw = np.random.default_rng(41)
    rows = [draw.normal(1e6, 1, 50) for _ in range(5)]
    n, mean, variance = others([Moments.of(row) for row in rows])
    known = Moments.of(np.concatenate(rows[1:]))
    assert (n[0], mean[0]) == (200, pytest.approx(known.mean, rel=1e-15))
    assert variance[0] == pytest.approx(known.variance, rel=1e-6)


def test_ten_thousand_segments_and_those_that_tell_nothing():
    draw = np.random.default_rng(43)
    k = 10_000
    groups = [Moments(50, m, 4.0) for m in draw.normal(0, 0.3, k)]
    bases = [Moments(50, m, 4.0) for m in draw.normal(0, 0.3, k)]
    groups[0], groups[1], bases[2] = Moments(0, math.nan, math.nan), Moments(1, 3.0, math.nan), Moments(0, 0.0, 0.0)
    labels = [str(i) for i in range(k)]
    found = against_rest(groups, bases, labels=labels)
    assert [one.value is None for one in found[:4]] == [True, True, True, False]
    assert all(one.low < one.value < one.high for one in found[3:])
    seen = differences(groups, bases)
    assert seen.values.size == k - 3
    assert seen.values[0] == pytest.approx(mean_difference(groups[3], bases[3]).value)
    shrunk = shrunken(seen.values, seen.errors, labels=labels[3:], sizes=[100] * (k - 3))
    assert all(one.low < one.high for one in shrunk)


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(TooFewError):
        interaction([0.1], [0.1])
    with pytest.raises(SettingError, match="standard error"):
        interaction([0.1, 0.2], [0.1, 0.0])
    with pytest.raises(SettingError, match="one each"):
        interaction([0.1, 0.2], [0.1])
    with pytest.raises(SettingError, match="degrees of freedom"):
        interaction([0.1, 0.2], [0.1, 0.1], dfs=[3])
    with pytest.raises(TooFewError, match="rest"):
        against_rest([Moments(5, 1.0, 1.0)], [Moments(5, 1.0, 1.0)], labels=["a"])
    with pytest.raises(SettingError):
        shrunken([0.1, 0.2], [0.1, 0.2], labels=["a"], sizes=[1, 2])
    # Two segments cannot say how far to shrink.
    two = shrunken([0.1, 0.9], [0.1, 0.2], labels=["a", "b"], sizes=[1, 2])
    assert [one.value for one in two] == [0.1, 0.9]
    assert interaction([0.3, 0.3], [0.1, 0.2]).share == 0


def test_ratios_are_the_logarithms_of_the_vaccine_trials():
    # The delta error of a share's logarithm is sqrt(1/a - 1/n), here by the variance over n of the sample.
    groups, bases = (
        [Moments(x + y, x / (x + y), x * y / (x + y) ** 2) for x, y in sides]
        for sides in (((a, b) for a, b, _, _ in VACCINE), ((c, d) for *_, c, d in VACCINE))
    )
    found = ratios(groups, bases)
    known = np.flatnonzero(found.told)
    # 3, 4, 5, 6 and 8 ill are less than three errors above none.
    assert [VACCINE[at][0] for at in np.flatnonzero(~found.told)] == [4, 6, 3, 8, 5]
    assert found.values == pytest.approx(np.array(RATIOS)[known])
    assert found.errors == pytest.approx(np.array(ERRORS)[known])


@pytest.mark.parametrize("lift", [0.0, 0.3])
def test_one_lift_on_unlike_levels_is_said_to_differ_in_5_of_100(lift):
    # 2,000 seeded runs of five segments of 400 units an arm whose levels are 1 to 16: 3.5 to 6.5 % of the tests of
    # lifts call them unlike; where there is a lift the test of differences, which do differ, calls most.
    draw, runs, n = np.random.default_rng(5), 2000, 400
    level = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    arms = [level * (1 + part) * draw.gamma(2.0, 0.5, (runs, n, 5)) for part in (lift, 0.0)]
    sums = [(arm.mean(axis=1), arm.var(axis=1, ddof=1)) for arm in arms]
    called = np.zeros(2)
    for run in range(runs):
        groups, bases = ([Moments(n, *both) for both in zip(m[run], v[run], strict=True)] for m, v in sums)
        for at, found in enumerate((ratios(groups, bases), differences(groups, bases))):
            called[at] += interaction(found.values, found.errors, dfs=found.dfs).p < 0.05
    assert 0.035 <= called[0] / runs <= 0.065
    assert 0.035 <= called[1] / runs <= 0.065 if not lift else called[1] / runs > 0.9
