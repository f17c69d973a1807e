"""Shuffling and redrawing: exact counts, other programs' intervals, and the p-value each interval belongs to."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats as reference

from pmlib.core import SettingError, TooFewError
from pmlib.stats.means import Moments, mean_difference, mean_lift
from pmlib.stats.trials import draws
from pmlib.stats.trials.draws import arms, estimates
from pmlib.stats.trials.redraws import bootstrap_quantile
from pmlib.stats.trials.resampling import bootstrap, permutation

# Manly (1997), Randomization, Bootstrap and Monte Carlo Methods in Biology, page 4: jaws of golden jackals in mm.
MALES = [120, 107, 110, 116, 114, 111, 113, 117, 114, 112]
FEMALES = [110, 111, 107, 108, 110, 105, 107, 106, 111, 111]
# Efron and Tibshirani (1993), An Introduction to the Bootstrap, table 2.1: survival of mice in days.
TREATED, CONTROL = [94, 197, 16, 38, 99, 141, 23], [52, 104, 146, 10, 51, 30, 40, 27, 46]
samples = st.lists(st.integers(0, 9), min_size=3, max_size=12)


def test_jaws_of_jackals_by_counting_every_arrangement():
    # With arms of one size the studentised difference rises with the difference of means, so its exact p is that of the
    # means: counted here in whole numbers, one unit after the other. 308 of all arrangements lie as far up.
    ways = {(0, 0): 1}
    for jaw in MALES + FEMALES:
        for (taken, length), times in list(ways.items()):
            ways[taken + 1, length + jaw] = ways.get((taken + 1, length + jaw), 0) + times
    found = {length: times for (taken, length), times in ways.items() if taken == 10}
    above = sum(times for length, times in found.items() if length >= sum(MALES))
    difference, lift = permutation(MALES, FEMALES, runs=200_000)
    assert sum(found.values()) == 184_756
    assert difference.p == pytest.approx(2 * above / 184_756, rel=1e-12)
    assert above == 308
    assert difference.excludes(0)
    assert lift.excludes(0)


def test_mice_against_scipys_permutation_of_the_same_statistic():
    def welch(x, y, axis):
        return reference.ttest_ind(x, y, axis=axis, equal_var=False).statistic

    sides = [
        reference.permutation_test(
            (TREATED, CONTROL), welch, vectorized=True, n_resamples=np.inf, alternative=side
        ).pvalue
        for side in ("greater", "less")
    ]
    assert permutation(TREATED, CONTROL, runs=12_000)[0].p == pytest.approx(2 * min(sides), rel=1e-9)


def test_seven_units_have_35_arrangements_and_no_interval():
    # Counted by hand: of 35 arrangements the one seen is the second, so twice 2 / 35.
    difference, lift = permutation([37, 49, 55, 57], [23, 31, 46])
    assert difference.p == pytest.approx(4 / 35, rel=1e-12)
    assert difference.low is None
    assert lift.low is None
    assert "too few arrangements" in difference.reason
    assert permutation([37, 49, 55, 57], [23, 31, 46], level=0.8)[0].low is not None


def test_units_that_share_values_are_shuffled_as_counts():
    # Fisher's exact test has the same arrangements: conversions of 40 of 400 against 60 of 400.
    one, other = np.repeat([1, 0], [40, 360]), np.repeat([1, 0], [60, 340])
    found = permutation(one, other, runs=99_999)[0]
    sure = 2 * reference.fisher_exact([[40, 60], [360, 340]], alternative="less").pvalue
    assert found.p == pytest.approx(sure, abs=4 * math.sqrt(sure / 1e5) + 1e-5)


def every_draw(values):
    """All draws with replacement: how far their means lie off the one seen, and their squared errors."""
    many = values[np.array(list(itertools.product(range(values.size), repeat=values.size)))]
    return many.mean(axis=1) - values.mean(), many.var(axis=1, ddof=1) / values.size


def test_bootstrap_ends_are_those_of_every_draw_there_is():
    # All 5^5 and 4^4 draws of the arms, and so 800,000 pairs of them: an end lies where 99,999 runs may put it, between
    # the exact statistics at its rank less and more 4 standard errors of it.
    group, base = np.array([3.1, 5.7, 4.4, 9.2, 6.3]), np.array([2.0, 4.9, 3.6, 5.8])
    (up, ups), (down, downs) = every_draw(group), every_draw(base)
    gaps, variances = np.subtract.outer(up, down).ravel(), np.add.outer(ups, downs).ravel()
    with np.errstate(divide="ignore"):
        scores = np.sort(gaps / np.sqrt(variances))
    error = math.sqrt(group.var(ddof=1) / 5 + base.var(ddof=1) / 4)
    gap = group.mean() - base.mean()
    for level in (0.8, 0.9, 0.95):
        found, tail = bootstrap(group, base, level=level, runs=99_999)[0], (1 - level) / 2
        unsure = 4 * math.sqrt(tail * (1 - tail) / 99_999)
        for end, place in ((found.high, tail), (found.low, 1 - tail)):
            first, last = (scores[int((place + side * unsure) * scores.size)] for side in (-1, 1))
            assert gap - error * last <= end <= gap - error * first


@given(samples, samples, st.sampled_from([0.8, 0.95]), st.sampled_from([permutation, bootstrap]))
@settings(max_examples=60, deadline=None)
def test_both_intervals_exclude_0_exactly_when_the_test_refuses(group, base, level, compare):
    difference, lift = compare(group, base, level=level, runs=499)
    assert difference.p == lift.p
    assert 2 / 925 <= difference.p <= 1
    if difference.low is not None and difference.high is not None:
        assert difference.excludes(0) == (difference.p < 1 - level)
        assert difference.low < difference.high
    if lift.low is not None:
        assert lift.excludes(0) == (difference.p < 1 - level)


@given(samples, samples, st.floats(0.01, 100), st.sampled_from([permutation, bootstrap]))
@settings(max_examples=40, deadline=None)
def test_another_unit_or_order_of_rows_changes_nothing_but_the_unit(group, base, scale, compare):
    one, lift = compare(group, base, runs=199)
    other, same = compare([scale * x for x in group[::-1]], [scale * x for x in base[::-1]], runs=199)
    assert other.p == one.p
    assert (lift.low is None) == (same.low is None)
    for end, scaled in ((one.low, other.low), (one.high, other.high)):
        assert (end is None) == (scaled is None)
        assert end is None or scaled == pytest.approx(scale * end, rel=1e-6, abs=1e-9 * scale)


@given(samples, samples)
@settings(max_examples=40, deadline=None)
def test_swapping_the_arms_of_an_exact_test_turns_it_round(group, base):
    assume(len(group) + len(base) <= 14)
    one, other = permutation(group, base, runs=4000)[0], permutation(base, group, runs=4000)[0]
    assert other.p == pytest.approx(one.p, rel=1e-12)
    if one.low is not None and one.high is not None:
        assert (other.low, other.high) == pytest.approx((-one.high, -one.low), abs=1e-9)


def test_with_many_units_both_come_to_welch_and_fieller():
    # Runs leave an end unsure by 1.96 of sqrt(0.025 * 0.975 / 9999) / 0.058 = 2.7% of a standard error; 6% are allowed.
    draw = np.random.default_rng(2)
    group, base = draw.normal(11, 4, 3000), draw.normal(10, 2, 900)
    welch, fieller = (f(Moments.of(group), Moments.of(base)) for f in (mean_difference, mean_lift))
    for compare in (permutation, bootstrap):
        difference, lift = compare(group, base)
        error = (welch.high - welch.low) / 3.92
        assert (difference.low, difference.high) == pytest.approx((welch.low, welch.high), abs=0.06 * error)
        error = (fieller.high - fieller.low) / 3.92
        assert (lift.low, lift.high) == pytest.approx((fieller.low, fieller.high), abs=0.06 * error)


def test_arms_too_large_to_draw_one_by_one_are_drawn_in_heaps(monkeypatch):
    # The same data, drawn unit by unit and in 250 heaps an arm or so: the ends lie within what 9,999 runs leave unsure.
    draw = np.random.default_rng(4)
    group, base = draw.exponential(1.1, 1200), draw.exponential(1.0, 1500)
    for compare in (permutation, bootstrap):
        monkeypatch.setattr(draws, "MOST", 20_000)
        units = compare(group, base)[0]
        monkeypatch.setattr(draws, "MOST", 250)
        heaps = compare(group, base)[0]
        error = (units.high - units.low) / 3.92
        assert (heaps.low, heaps.high) == pytest.approx((units.low, units.high), abs=0.15 * error)


def test_a_ratio_of_sums_has_its_linearised_error():
    # Deng, Knoblich and Lu (2018): the variance of a ratio of sums is that of its residuals over the mean denominator.
    draw = np.random.default_rng(3)
    orders = [draw.poisson(3, n) + 1.0 for n in (50, 70)]
    amounts = [draw.gamma(2.0, one) for one in orders]
    one, other, ratio = arms(*amounts, (orders[0], orders[1]), "amount an order")
    for arm, top, bottom in zip((one, other), amounts, orders, strict=True):
        value, variance = estimates(arm.sums)
        off = top - top.sum() / bottom.sum() * bottom
        assert float(value) + ratio == pytest.approx(top.sum() / bottom.sum(), rel=1e-12)
        assert float(variance) == pytest.approx(off.var(ddof=1) / bottom.mean() ** 2 / top.size, rel=1e-9)
    for compare in (permutation, bootstrap):
        difference = compare(*amounts, over=(orders[0], orders[1]), runs=999)[0]
        assert difference.low < difference.value < difference.high


def test_unequal_variances_do_not_fool_the_studentised_test():
    # Chung and Romano (2013): right for many units though the arms differ in variance. 100 and 400 units, deviations 3
    # and 1, one mean: shuffled raw means call about 24% there. 400 runs at 5%: three standard errors reach to 8.3%.
    draw, called = np.random.default_rng(9), 0
    for _ in range(400):
        called += permutation(draw.normal(0, 3, 100), draw.normal(0, 1, 400), runs=199)[0].p <= 0.05
    assert 0.017 <= called / 400 <= 0.083


def test_payers_in_a_ramp_are_shuffled_exactly():
    # Without an effect the test is exact however skewed the units are: 10% lognormal payers, 50 units against 450.
    draw, lower, upper = np.random.default_rng(11), 0, 0
    for _ in range(400):
        group, base = ((draw.random(n) < 0.1) * draw.lognormal(0, 1.2, n) for n in (50, 450))
        found = permutation(group, base, runs=199)[0]
        lower, upper = lower + (found.p <= 0.05 and found.value < 0), upper + (found.p <= 0.05 and found.value > 0)
    assert lower / 400 <= 0.05
    assert upper / 400 <= 0.05


def test_a_drawn_median_has_its_exact_distribution():
    # Efron (1979): the median of 13 drawn units is at most the k-th smallest if 7 of them are, by a binomial. Against
    # two units that are both 0 the difference is that median itself.
    values = np.arange(13.0)
    found = bootstrap_quantile(values, [0.0, 0.0], level=0.9, runs=99_999)[0]
    chances = [reference.binom.sf(6, 13, (k + 1) / 13) for k in range(13)]
    assert (found.low, found.high) == (np.searchsorted(chances, 0.05), np.searchsorted(chances, 0.95))


@given(samples, samples, st.sampled_from([0.25, 0.5, 0.9]), st.sampled_from([0.8, 0.95]))
@settings(max_examples=60, deadline=None)
def test_quantiles_exclude_0_exactly_when_the_test_refuses(group, base, quantile, level):
    difference, lift = bootstrap_quantile(group, base, quantile=quantile, level=level, runs=499)
    assert difference.p == lift.p
    for found in (difference, lift):
        if found.low is not None:
            assert found.excludes(0) == (found.p < 1 - level)
            assert found.low < found.high


@pytest.mark.parametrize("quantile", [0.3, 0.5, 0.9])
def test_a_drawn_quantile_is_that_of_units_drawn_one_by_one(quantile):
    # 40,000 samples of 12 units, for 0.3 to 0.9 between two of them: the ends of 80% lie within a tenth of a step.
    values = np.arange(12.0)
    found = bootstrap_quantile(values, [0.0, 0.0], quantile=quantile, level=0.8, runs=40_000)[0]
    drawn = np.quantile(np.random.default_rng(4).choice(values, (40_000, 12)), quantile, axis=1)
    assert found.value == pytest.approx(np.quantile(values, quantile))
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(drawn, (0.1, 0.9))), abs=0.1)


@pytest.mark.parametrize(("quantile", "sizes"), [(0.5, (300, 300)), (0.5, (60, 540)), (0.9, (1000, 1000))])
def test_drawn_quantiles_call_as_often_as_promised(quantile, sizes):
    # 2,000 runs of exponential units without an effect: 5%, in the band of 3.5% to 6.5%, set before looking.
    draw = np.random.default_rng(71)
    pairs = zip(*(draw.exponential(1, (2000, n)) for n in sizes), strict=True)
    found = [bootstrap_quantile(*pair, quantile=quantile, runs=999, seed=at)[0] for at, pair in enumerate(pairs)]
    assert 0.035 <= np.mean([one.p < 0.05 for one in found]) <= 0.065


def test_a_million_units_are_quick_to_take_a_quantile_of():
    draw = np.random.default_rng(6)
    difference, lift = bootstrap_quantile(draw.exponential(2, 1_000_000), draw.exponential(1, 1_000_000), quantile=0.9)
    assert difference.low < math.log(10) < difference.high
    assert lift.low < 1.0 < lift.high


def test_what_cannot_be_answered_says_so():
    with pytest.raises(TooFewError, match="2 or more"):
        permutation([1], [1, 2])
    with pytest.raises(SettingError, match="too few to tell"):
        bootstrap([1, 2], [1, 3], runs=10)
    with pytest.raises(SettingError, match="between 0 and 1"):
        permutation([1, 2], [1, 3], level=95)
    with pytest.raises(SettingError, match="finite"):
        permutation([1, float("nan")], [1, 3])
    with pytest.raises(SettingError, match="below 0"):
        bootstrap([1, 2], [1, 3], over=([1, 1], [1, -1]))
    with pytest.raises(SettingError, match="one each"):
        bootstrap([1, 2], [1, 3], over=([1, 1, 1], [1, 1]))
    with pytest.raises(SettingError, match="between 0 and 1"):
        bootstrap_quantile([1, 2], [1, 3], quantile=50)
    for compare, same in itertools.product((permutation, bootstrap), ([1, 1, 1], [0, 0, 0])):
        difference, lift = compare(same, [1, 1, 1])
        assert "no unit differs" in difference.reason
        assert lift.low is None
        assert difference.p > 0
    assert "the base is 0" in permutation([1, 2, 5], [-1, 0, 1])[1].reason
