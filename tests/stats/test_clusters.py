"""Rows of one person are alike: intervals by hand, against the delta method and by simulation."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats as reference

from pmlib.core import SettingError, TooFewError, Unit
from pmlib.stats import (
    Both,
    Moments,
    Sums,
    clustered_mean,
    clustered_share,
    clustered_share_difference,
    mean,
    share,
    share_difference,
)

persons = st.lists(
    st.integers(1, 12).flatmap(lambda size: st.tuples(st.integers(0, size), st.just(size))), min_size=1, max_size=60
)


def summed(hits, sizes):
    """The five sums as whole numbers, as an engine sends them."""
    pairs = [(int(h), int(s)) for h, s in zip(hits, sizes, strict=True)]
    sums = [sum(h for h, _ in pairs), sum(s for _, s in pairs), sum(h * h for h, _ in pairs)]
    return (len(pairs), *sums, sum(h * s for h, s in pairs), sum(s * s for _, s in pairs))


def shared(hits, sizes, hits_before, sizes_before):
    """The sums of people who are in both periods."""
    both = (sizes > 0) & (sizes_before > 0)
    h, s, g, r = (one[both] for one in (hits, sizes, hits_before, sizes_before))
    return Both(int(both.sum()), int((h * g).sum()), int((h * r).sum()), int((s * g).sum()), int((s * r).sum()))


def test_variance_by_hand():
    # 12 people in three kinds: 3 of 3 rows, 0 of 1, 1 of 2, four each: 16 of 24, p = 2/3; residuals 1, -2/3, -1/3.
    hits, sizes = [3, 0, 1] * 4, [3, 1, 2] * 4
    square = 4 * (1 + 4 / 9 + 1 / 9)
    assert Sums(*summed(hits, sizes)).variance == pytest.approx(12 / 11 * square / 24**2)
    found = clustered_share(*summed(hits, sizes))
    # Hits of 16² / 40 = 6.4 people are few, so that people count: 24² / (4 × (9 + 1 + 4)) of them.
    assert found.n_eff == pytest.approx(24**2 / 56)
    # Of 120 people there are hits of 64: enough for the variance, with Student's t of 119 degrees of freedom.
    many = clustered_share(*summed(hits * 10, sizes * 10))
    t = (reference.norm.ppf(0.975) / reference.t.ppf(0.975, 119)) ** 2
    assert many.n_eff == pytest.approx(2 / 9 / (120 / 119 * 10 * square / 240**2) * t)
    assert (found.value, found.n) == (2 / 3, 12)


def test_with_one_row_each_it_is_the_plain_share():
    found, plain = clustered_share(263, 81, 263, 81, 81, 263), share(81, 263)
    assert (found.value, found.n_eff) == (plain.value, 263)
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high))


@pytest.mark.parametrize("hits", [0, 4])
def test_where_nobody_differs_people_are_counted_and_not_rows(hits):
    # 20 people of 4 rows, none or all of them with a hit: known as well as 0 or 20 of 20, not of 80.
    found, plain = clustered_share(*summed([hits] * 20, [4] * 20)), share(20 * hits // 4, 20)
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high))
    assert found.n_eff == 20


def test_where_everybody_is_half_and_half_people_are_counted():
    assert clustered_share(*summed([2] * 20, [4] * 20)).n_eff == 20


def test_people_of_unequal_size_count_for_less():
    # Ten people with 10 rows in all would count as 10; with one of 91 rows they are 100² / (91² + 9) = 1.2.
    found = clustered_share(*summed([0] * 10, [91] + [1] * 9))
    assert found.n_eff == pytest.approx(100**2 / (91**2 + 9))


def test_one_person_is_one_answer():
    found, plain = clustered_share(1, 10, 10, 100, 100, 100), share(1, 1)
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high))
    assert 0 < clustered_share(1, 4, 10, 16, 40, 100).low < 0.1


@given(persons)
def test_n_eff_is_that_of_wilson_and_never_above_the_rows(rows):
    found = clustered_share(*summed(*zip(*rows, strict=True)))
    size = sum(size for _, size in rows)
    assert 0 < found.n_eff <= size
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.low < found.high
    z2, p, n = reference.norm.ppf(0.975) ** 2, found.value, found.n_eff
    half = math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) * math.sqrt(z2) / (1 + z2 / n)
    assert found.high - found.low == pytest.approx(2 * half, abs=1e-9)


@given(persons)
def test_hits_and_misses_mirror_each_other(rows):
    hits, sizes = zip(*rows, strict=True)
    one = clustered_share(*summed(hits, sizes))
    other = clustered_share(*summed([s - h for h, s in rows], sizes))
    assert (one.low, one.high) == pytest.approx((1 - other.high, 1 - other.low), abs=1e-9)


def test_coverage_for_people_who_come_back_again_and_again():
    # People start in 1 to 20 weeks and return with a chance of their own, beta(0.5, 0.7): 1,500 seeded runs.
    draw, runs, truth = np.random.default_rng(17), 1500, 0.5 / 1.2
    ours = plain = 0
    for _ in range(runs):
        sizes = draw.integers(1, 21, 150)
        hits = draw.binomial(sizes, draw.beta(0.5, 0.7, 150))
        found, naive = clustered_share(*summed(hits, sizes)), share(int(hits.sum()), int(sizes.sum()))
        ours += found.low <= truth <= found.high
        plain += naive.low <= truth <= naive.high
    assert 0.93 <= ours / runs <= 0.97
    assert plain / runs < 0.8


@pytest.mark.parametrize(("people", "a", "b"), [(300, 0.02, 1.0), (8, 1.0, 1.0), (1000, 1.0, 200.0)])
def test_coverage_of_rare_hits_and_of_few_people_is_never_short(people, a, b):
    draw, runs, covered = np.random.default_rng(23), 800, 0
    for _ in range(runs):
        sizes = draw.integers(1, 11, people)
        found = clustered_share(*summed(draw.binomial(sizes, draw.beta(a, b, people)), sizes))
        covered += found.low <= a / (a + b) <= found.high
    assert covered / runs >= 0.93


def test_difference_of_strangers_with_one_row_each_is_nearly_the_plain_one():
    found = clustered_share_difference(Sums(700, 560, 700, 560, 560, 700), Sums(800, 480, 800, 480, 480, 800))
    plain = share_difference(560, 700, 480, 800)
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=5e-4)
    assert (found.value, found.n, found.unit) == (pytest.approx(plain.value), 1500, Unit.POINTS)


def test_variance_of_the_difference_is_the_delta_method_person_by_person():
    draw = np.random.default_rng(3)
    people = 4000
    chance = draw.beta(2, 2, people)
    sizes, before = draw.integers(0, 6, people), draw.integers(0, 6, people)
    hits, hits_before = draw.binomial(sizes, 0.97 * chance), draw.binomial(before, chance)
    now, then = Sums.of(hits, sizes), Sums.of(hits_before, before)
    found = clustered_share_difference(now, then, shared(hits, sizes, hits_before, before))
    each = (hits - now.ratio * sizes) / sizes.sum() - (hits_before - then.ratio * before) / before.sum()
    there = (sizes > 0) | (before > 0)
    assert found.n == there.sum()
    error = math.sqrt(found.n / (found.n - 1) * (each**2).sum())
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * error, rel=0.005)
    assert found.p == pytest.approx(2 * reference.norm.sf(abs(found.value) / error), rel=0.05)
    # Taken for strangers the same people look less alike than they are.
    apart = clustered_share_difference(now, then)
    assert apart.high - apart.low > 1.15 * (found.high - found.low)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5), st.integers(0, 5), st.integers(1, 5)), min_size=3))
def test_the_interval_of_a_difference_excludes_0_exactly_when_its_test_rejects(rows):
    hits, sizes, before, sizes_before = (np.array(column) for column in zip(*rows, strict=True))
    hits, before = np.minimum(hits, sizes), np.minimum(before, sizes_before)
    both = shared(hits, sizes, before, sizes_before)
    found = clustered_share_difference(Sums.of(hits, sizes), Sums.of(before, sizes_before), both)
    assume(found.p is not None and abs(found.p - 0.05) > 1e-9)
    assert found.excludes(0) == (found.p < 0.05)
    assert -1 <= found.low <= found.value <= found.high <= 1


def test_coverage_of_a_difference_where_the_same_people_are_in_both():
    draw, runs, covered, wide = np.random.default_rng(29), 1200, 0, 0
    for _ in range(runs):
        chance = draw.beta(1, 1, 200)
        sizes, before = draw.integers(0, 5, 200), draw.integers(0, 5, 200)
        hits, hits_before = draw.binomial(sizes, 0.9 * chance), draw.binomial(before, chance)
        now, then = Sums.of(hits, sizes), Sums.of(hits_before, before)
        found = clustered_share_difference(now, then, shared(hits, sizes, hits_before, before))
        covered += found.low <= -0.05 <= found.high
        apart = clustered_share_difference(now, then)
        wide += apart.low <= -0.05 <= apart.high
    assert 0.93 <= covered / runs <= 0.97
    assert wide > covered


def test_people_who_all_stay_the_same_show_no_spread_of_changes():
    rows = Sums.of([1] * 5 + [0] * 5, [1] * 10)
    found = clustered_share_difference(rows, rows, Both(10, 5, 5, 5, 10))
    assert (found.value, found.low, found.p) == (0, None, None)
    assert "no spread" in found.reason


def test_a_share_of_none_has_a_difference_with_width():
    none = Sums.of([0] * 20, [3] * 20)
    found = clustered_share_difference(none, none)
    assert found.low < -0.1
    assert found.high > 0.1
    assert found.p == 1


def test_the_mean_by_hand():
    # 12 events on 6 days; residuals 0, 2, -2; variance 3/2 × 8 / 36 = 1/3; t of 2 degrees of freedom 4.3027.
    found = clustered_mean(3, 12, 6, 56, 26, 14, unit=Unit.RATIO)
    assert found.value == 2
    assert found.high - 2 == pytest.approx(4.302652729911275 * math.sqrt(1 / 3))


def test_the_mean_of_one_row_each_is_students():
    values = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    found = clustered_mean(10, sum(values), 10, sum(v * v for v in values), sum(values), 10)
    plain = mean(Moments.of(values))
    assert (found.value, found.low, found.high) == pytest.approx((plain.value, plain.low, plain.high))


def test_coverage_of_events_a_day():
    # Keener people come on more days: the ratio of sums is E(days × rate) / E(days), rates of 1 to 5 on as many days.
    draw, runs, covered = np.random.default_rng(31), 1500, 0
    for _ in range(runs):
        days = draw.integers(1, 6, 200)
        events = draw.poisson(days * days * draw.gamma(2, 0.5, 200))
        sums = Sums.of(events, days)
        found = clustered_mean(sums.n, sums.hits, sums.size, sums.hits2, sums.cross, sums.size2)
        covered += found.low <= 11 / 3 <= found.high
    assert 0.93 <= covered / runs <= 0.97


def test_sums_of_any_length_are_multiplied_without_rounding():
    # A billion people, all half and half but two: the residual is 2, not 0 and not below it.
    n = 10**9
    found = Sums(n, 5 * n, 10 * n, 25 * n + 2, 50 * n, 100 * n)
    assert found.variance == pytest.approx(2 / (10 * n) ** 2, rel=1e-6)
    large = Sums(*(int(one) for one in np.array([n, 5 * n, 10 * n, 30 * n, 50 * n, 100 * n], dtype=np.int64)))
    assert large.variance == pytest.approx(5 * n / (10 * n) ** 2)


def test_what_no_people_have_is_refused():
    with pytest.raises(TooFewError, match="nobody to count"):
        clustered_share(0, 0, 0, 0, 0, 0)
    with pytest.raises(SettingError, match="0 <= hits <= rows"):
        clustered_share(2, 5, 4, 13, 10, 8)
    with pytest.raises(SettingError, match="which no people have"):
        clustered_share(2, 4, 8, 4, 40, 32)
    with pytest.raises(SettingError, match="finite"):
        clustered_mean(2, math.nan, 2, 1, 1, 2)
    with pytest.raises(TooFewError, match="2 or more"):
        clustered_mean(1, 1, 1, 1, 1, 1)
    with pytest.raises(SettingError, match="give one each"):
        Sums.of([1, 2], [1])
    assert clustered_mean(3, 6, 3, 12, 6, 3).reason == "no unit differs from another"
