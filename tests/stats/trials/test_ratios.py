"""Ratios of sums against regression on events and by hand; Fieller against published limits."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import assume, given
from hypothesis import strategies as st

from pmlib.core import SettingError, TooFewError
from pmlib.stats.clusters import clustered_mean
from pmlib.stats.means import Moments, mean, mean_difference, mean_lift
from pmlib.stats.pairs import Pair, fieller
from pmlib.stats.trials.joint import Joint
from pmlib.stats.trials.ratios import linearised, linearised_pairs

# Populations of ten cities in 1920 and 1930, in thousands (Davison and Hinkley 1997, pages 22 to 24; R's boot).
CITY_1920 = [138, 93, 61, 179, 48, 37, 29, 23, 30, 2]
CITY_1930 = [143, 104, 69, 260, 75, 63, 50, 48, 111, 50]

sizes = st.floats(-1e3, 1e3).filter(lambda x: abs(x) > 1e-2)
spreads = st.floats(1e-3, 1e3)
moments = st.builds(Moments, st.integers(3, 500), sizes, spreads)


def apart(group: Moments, base: Moments) -> Pair:
    """Two independent means as a pair."""
    one = mean_difference(group, base)
    part = group.error / (group.error + base.error)
    df = 1 / (part**2 / (group.n - 1) + (1 - part) ** 2 / (base.n - 1))
    return Pair(group.mean, base.mean, group.error + base.error, base.error, -base.error, df, one.n)


def test_the_ratio_of_city_populations():
    # By hand 973 / 640. Each city's influence is its residual over the mean of 1920; the nonparametric delta variance
    # is the mean of their squares over n, which divides by n where a sample variance divides by n - 1.
    found = linearised(Joint.of(np.column_stack([CITY_1930, CITY_1920])))
    assert found.mean == pytest.approx(973 / 640, rel=1e-12)
    influence = [(after - 973 / 640 * before) / 64 for after, before in zip(CITY_1930, CITY_1920, strict=True)]
    assert found.error * 9 / 10 == pytest.approx(sum(one**2 for one in influence) / 10**2, rel=1e-12)


def test_it_is_the_cluster_robust_regression_on_events():
    draw = np.random.default_rng(5)
    events = draw.poisson(3, 300)
    unit = np.repeat(np.arange(300), events)
    hit = (draw.random(unit.size) < draw.beta(2, 5, 300)[unit]).astype(float)
    fit = sm.OLS(hit, np.ones(unit.size)).fit(cov_type="cluster", cov_kwds={"groups": unit})
    here = events > 0
    found = linearised(Joint.of(np.column_stack([np.bincount(unit, hit, 300), events])[here]))
    assert found.mean == pytest.approx(fit.params[0], rel=1e-12)
    assert math.sqrt(found.error) == pytest.approx(fit.bse[0], rel=1e-10)


def test_two_arms_of_clusters_are_the_regression_too():
    # CR1 of one dummy takes (N - 1) / (N - 2) over events and G / (G - 1) over all clusters; undone here.
    draw = np.random.default_rng(6)
    arm = np.arange(40) % 2
    size = draw.integers(5, 60, 40)
    cluster = np.repeat(np.arange(40), size)
    value = draw.normal(0, 1, 40)[cluster] + draw.normal(2, 1, cluster.size)
    n = cluster.size
    fit = sm.OLS(value, sm.add_constant(arm[cluster])).fit(cov_type="cluster", cov_kwds={"groups": cluster})
    sums = np.column_stack([np.bincount(cluster, value), size])
    group, base = (linearised(Joint.of(sums[arm == side])) for side in (1, 0))
    error = fit.bse[1] ** 2 / (40 / 39 * (n - 1) / (n - 2)) * 20 / 19
    assert group.mean - base.mean == pytest.approx(fit.params[1], rel=1e-12)
    assert group.error + base.error == pytest.approx(error, rel=1e-10)
    assert mean_difference(group, base).n == 40


def test_one_arm_of_clusters_is_the_clustered_mean():
    y, s = np.array([2.0, 6, 4, 9]), np.array([1.0, 2, 3, 3])
    old = clustered_mean(4, y.sum(), s.sum(), (y * y).sum(), (y * s).sum(), (s * s).sum())
    new = mean(linearised(Joint.of(np.column_stack([y, s]))))
    assert (new.value, new.low, new.high) == pytest.approx((old.value, old.low, old.high), rel=1e-12)


def test_units_without_a_denominator_stay_in_n():
    rows = np.array([[2.0, 1], [6, 2], [4, 3]])
    more = linearised(Joint.of(np.vstack([rows, np.zeros((5, 2))])))
    assert (more.n, more.mean) == (8, pytest.approx(2.0))
    # Residuals 0, 2, -2 and five 0 over the mean denominator 6/8: variance 8/7 over (6/8)².
    assert more.variance == pytest.approx(8 / 7 / (6 / 8) ** 2)


def test_a_ratio_that_never_varies_has_no_spread():
    found = linearised(Joint.of([[0.3 * d, d] for d in (1.0, 7.0, 3.0, 11.0)]))
    assert (found.mean, found.variance) == (pytest.approx(0.3), 0)


def test_nothing_to_divide_by_is_refused():
    with pytest.raises(TooFewError, match="add up to 0"):
        linearised(Joint.of([[1.0, 0.0], [2.0, 0.0]]))
    with pytest.raises(TooFewError, match="add up to 0"):
        linearised(Joint.of([[1.0, 0.1], [2.0, 0.2], [2.0, -0.3]]))
    with pytest.raises(TooFewError, match="2 units"):
        linearised(Joint.of([[1.0, 2.0]]))


def test_pairs_of_ratios_covary_as_their_linear_parts():
    rows = np.random.default_rng(8).gamma(2, 1, (60, 4))
    found = linearised_pairs(Joint.of(rows), [(0, 1), (2, 3)])
    ratios = rows.sum(axis=0)[[0, 2]] / rows.sum(axis=0)[[1, 3]]
    parts = [(rows[:, 2 * i] - ratios[i] * rows[:, 2 * i + 1]) / rows[:, 2 * i + 1].mean() for i in (0, 1)]
    assert found.means == pytest.approx(ratios)
    assert np.allclose(found.covariances, np.cov(parts))


def test_published_limits_at_a_large_g():
    # Colquhoun's DCSTATS holds its Fieller to these: a = 14, b = 7, their deviations 3 and 2, t(10) at 90 %.
    low, high, g = fieller(14, 7, 9, 0, 4, 1.812461)
    assert (low, high, g) == pytest.approx((1.051413, 4.414296, 0.268164), abs=1e-6)


@given(sizes, sizes, spreads, spreads, st.floats(-0.99, 0.99), st.floats(0.5, 4))
def test_fieller_ends_where_the_pivot_reaches_the_quantile(a, b, v11, v22, alike, q):
    v12 = alike * math.sqrt(v11 * v22)
    low, high, g = fieller(a, b, v11, v12, v22, q)
    assume(abs(g - 1) > 1e-3)
    if g >= 1:
        assert (low, high) == (None, None)
        return
    for end in (low, high):
        error = v11 - 2 * end * v12 + end * end * v22
        assert (a - end * b) ** 2 == pytest.approx(q * q * error, rel=1e-5)
    assert low <= a / b <= high
    # The closed form in g.
    ratio = a / b
    root = v11 - 2 * ratio * v12 + ratio**2 * v22 - g * (v11 - v12**2 / v22)
    half = q / abs(b) * math.sqrt(max(root, 0))
    ends = [(ratio - g * v12 / v22 + side * half) / (1 - g) for side in (-1, 1)]
    assert (low, high) == pytest.approx(ends, rel=1e-6, abs=1e-6)


@given(moments, moments)
def test_a_pair_of_independent_means_is_welch_and_fieller(group, base):
    pair, lift = apart(group, base), mean_lift(group, base)
    known = mean_difference(group, base)
    assume(known.p > 1e-280)
    found = pair.difference("")
    assert (found.value, found.low, found.high) == pytest.approx((known.value, known.low, known.high), rel=1e-9)
    assert found.p == pytest.approx(known.p, rel=1e-9)
    mine = pair.lift("")
    assert (mine.low is None) == (lift.low is None)
    if mine.low is not None and lift.high - lift.low < 1e6:
        assert (mine.low, mine.high) == pytest.approx((lift.low, lift.high), rel=1e-6, abs=1e-7)


@given(sizes, sizes, spreads, spreads, st.floats(-0.99, 0.99), st.floats(2, 1e4))
def test_difference_and_lift_decide_alike(group, base, v11, v22, alike, df):
    v12 = alike * math.sqrt(v11 * v22)
    pair = Pair(group, base, v11 - 2 * v12 + v22, v22, v12 - v22, df, 100)
    difference, lift = pair.difference(""), pair.lift("")
    assume(abs(difference.p - 0.05) > 1e-9)
    assert difference.excludes(0) == (difference.p < 0.05)
    if lift.low is not None:
        assert lift.excludes(0) == difference.excludes(0)
        assert lift.low <= lift.value <= lift.high
        # Negate the metric: a fall becomes a rise.
        turned = Pair(-group, -base, pair.spread, v22, pair.cross, df, 100).lift("")
        assert (turned.low, turned.high) == pytest.approx((-lift.high, -lift.low), rel=1e-9)
        # Another currency: the same lift.
        scaled = Pair(7 * group, 7 * base, 49 * pair.spread, 49 * v22, 49 * pair.cross, df, 100).lift("")
        assert (scaled.low, scaled.high) == pytest.approx((lift.low, lift.high), rel=1e-6, abs=1e-9)


def test_a_lift_keeps_its_digits_where_means_are_large():
    # A mean of 10^9 with an error of 1e-3: the lift is 2e-12, its interval as wide as that of the difference.
    pair = Pair(1e9 + 0.002, 1e9, 2e-6, 1e-6, -1e-6, 1e6, 2)
    difference, lift = pair.difference(""), pair.lift("")
    assert lift.low * 1e9 == pytest.approx(difference.low, rel=1e-6)
    assert lift.high * 1e9 == pytest.approx(difference.high, rel=1e-6)


def test_open_ends_say_why():
    assert "cannot be told from 0" in Pair(1, 0.1, 2, 1, -1, 50, 60).lift("").reason
    assert "is 0" in Pair(1, 0.0, 2, 1, -1, 50, 60).lift("").reason
    assert "no unit differs" in Pair(1, 2, 0, 0, 0, 50, 60).difference("").reason
    assert Pair(1e6, 1, 1e-6, 1e-6, 0, 50, 60).p > 0
    with pytest.raises(SettingError, match="'cross'"):
        Pair(1, 2, 1, 1, math.nan, 50, 60)
    with pytest.raises(SettingError, match="below 0"):
        Pair(1, 2, -1, 1, 0, 50, 60)


def test_false_positives_of_a_ratio():
    # Clicks a page where a unit's pages tell its rate; 2,000 seeded A/A runs of 300 a side: 3.5 to 6.5 %.
    draw, runs, n = np.random.default_rng(11), 2000, 300
    called = 0
    for _ in range(runs):
        pages = draw.poisson(4, (2, n))
        clicks = draw.binomial(pages, np.clip(0.05 * draw.gamma(1, 1, (2, n)) * (1 + pages / 8), 0, 1))
        arms = [linearised(Joint.of(np.column_stack([clicks[i], pages[i]]))) for i in (0, 1)]
        called += mean_difference(*arms).p < 0.05
    assert 0.035 <= called / runs <= 0.065
