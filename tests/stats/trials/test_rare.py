"""The exact test of two shares: published figures, brute force, and the interval that belongs to the p-value."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats as reference

from pmlib.core import SettingError, TooFewError, Unit
from pmlib.stats.shares import difference_score, ratio_score, share_difference
from pmlib.stats.trials.rare import exact_difference, exact_lift, is_rare
from pmlib.stats.trials.tails import DIFFERENCE, RATIO, SPARE, Tables, difference_scores, ratio_scores

few = st.tuples(st.integers(1, 40), st.floats(0, 1), st.integers(1, 40), st.floats(0, 1)).map(
    lambda g: (round(g[0] * g[1]), g[0], round(g[2] * g[3]), g[2])
)
rare = st.tuples(st.integers(0, 8), st.integers(500, 3_000_000), st.integers(0, 8), st.integers(500, 3_000_000))


def brute(hits, n, base_hits, base_n, score, other, value):
    """Chance of a score as high, at its largest over the plausible base shares, table by table."""
    table = np.array([[score(x, n, y, base_n, value) for y in range(base_n + 1)] for x in range(n + 1)])
    far = table >= table[hits, base_hits] - 1e-9
    shares = np.linspace(0, 1, 20_001)
    limits = [(hits, n, other(shares)), (base_hits, base_n, shares)]
    kept = [
        (part >= reference.beta.ppf(SPARE / 4, x, m - x + 1)) & (part <= reference.beta.isf(SPARE / 4, x + 1, m - x))
        for x, m, part in limits
    ]
    shares = shares[kept[0] & kept[1]]
    group = reference.binom.pmf(np.arange(n + 1), n, other(shares)[:, None])
    base = reference.binom.pmf(np.arange(base_n + 1), base_n, shares[:, None])
    return ((group @ far) * base).sum(axis=1).max()


def test_lift_is_the_published_interval():
    # Package PF of the USDA's Center for Veterinary Biologics, RRtosst (two one-sided score tests, Berger and Boos at
    # 1e-6 for each group, as here), 4 of 24 against 12 of 28: prevented fraction 0.611, 95% interval 0.012 to 0.902.
    found = exact_lift(4, 24, 12, 28)
    assert [round(-end, 3) for end in (found.value, found.high, found.low)] == [0.611, 0.012, 0.902]


def test_p_is_that_of_the_published_unconditional_tests():
    # Mehta and Senchaudhuri (2003), Conditional versus unconditional exact tests, as scipy documents it: 7 of 15
    # against 12 of 15, one-sided p = 0.0341 by Barnard's test with the pooled score. Suissa and Shuster's test in the R
    # package contingencytables, which goes with Fagerland, Lydersen and Laake (2017), chapter 4: 3 of 4 against 1 of 4,
    # P = 0.28916 on a grid that misses the top; with equal groups the two-sided test is twice the one-sided.
    assert math.isclose(exact_difference(7, 15, 12, 15).p, 2 * 0.0341, abs_tol=1e-4)
    assert math.isclose(exact_difference(3, 4, 1, 4).p, 0.28916, abs_tol=2e-3)


@pytest.mark.parametrize("table", [(7, 12, 2, 15), (0, 9, 4, 11), (5, 6, 1, 14), (3, 3, 0, 7)])
def test_p_is_scipys_barnard_on_each_side(table):
    hits, n, base_hits, base_n = table
    grid = [[hits, base_hits], [n - hits, base_n - base_hits]]
    sides = [reference.barnard_exact(grid, alternative=side, pooled=True, n=512).pvalue for side in ("less", "greater")]
    assert math.isclose(exact_difference(*table).p, min(1.0, 2 * min(sides)), abs_tol=5e-5)


@pytest.mark.parametrize("table", [(2, 30, 9, 30), (1, 20, 6, 30), (4, 12, 0, 50)])
def test_p_lies_near_boschloos(table):
    # Boschloo (1970), Statistica Neerlandica 24:1-35, orders tables by Fisher's p; both tests are exact.
    hits, n, base_hits, base_n = table
    p = reference.boschloo_exact([[hits, base_hits], [n - hits, base_n - base_hits]]).pvalue
    assert 0.66 * p < exact_difference(*table).p < 1.5 * p


@pytest.mark.parametrize("value", [-0.4, -0.1, 0.15, 0.5])
def test_tail_of_a_difference_is_the_sum_over_all_tables(value):
    sure = brute(5, 9, 3, 12, difference_score, lambda base: base + value, value)
    assert math.isclose(Tables(5, 9, 3, 12).tail(DIFFERENCE, value), sure, abs_tol=1e-4)


@pytest.mark.parametrize("value", [0.3, 0.8, 1.5, 4.0])
def test_tail_of_a_ratio_is_the_sum_over_all_tables(value):
    sure = brute(5, 9, 4, 12, ratio_score, lambda base: base * value, value)
    assert math.isclose(Tables(5, 9, 4, 12).tail(RATIO, value), sure, abs_tol=1e-4)


@given(few, st.floats(-0.99, 0.99), st.floats(0.01, 100))
def test_scores_of_many_tables_are_those_of_one(table, delta, ratio):
    hits, n, base_hits, base_n = table
    one, other = np.array([float(hits)]), np.array([float(base_hits)])
    difference = difference_scores(one, n, other, base_n, delta)[0]
    assert difference == pytest.approx(difference_score(*table, delta), rel=1e-5, abs=1e-5)
    assert ratio_scores(one, n, other, base_n, ratio)[0] == pytest.approx(
        ratio_score(*table, ratio), rel=1e-7, abs=1e-7
    )


def agrees(table, level):
    difference, lift = exact_difference(*table, level=level), exact_lift(*table, level=level)
    assert difference.p == lift.p
    assert 0 < difference.p <= 1
    assert difference.excludes(0) == lift.excludes(0) == (difference.p < 1 - level)
    assert -1 <= difference.low <= difference.value <= difference.high <= 1
    assert difference.low < difference.high
    if lift.value is not None:
        assert -1 <= lift.low <= lift.value <= lift.high
    assert (difference.unit, lift.unit) == (Unit.POINTS, Unit.LIFT)


@settings(max_examples=60, deadline=None)
@given(few, st.sampled_from([0.8, 0.95, 0.99]))
def test_both_intervals_exclude_0_exactly_when_the_test_refuses(table, level):
    agrees(table, level)


@settings(max_examples=30, deadline=None)
@given(rare, st.sampled_from([0.9, 0.95]))
def test_so_it_is_with_few_hits_among_millions(table, level):
    agrees(table, level)


@settings(max_examples=25, deadline=None)
@given(few)
def test_swapping_the_groups_or_counting_the_misses_turns_the_difference_round(table):
    hits, n, base_hits, base_n = table
    found = exact_difference(*table)
    wide = 2e-3 * (found.high - found.low)
    for turned in ((base_hits, base_n, hits, n), (n - hits, n, base_n - base_hits, base_n)):
        other = exact_difference(*turned)
        assert (other.low, other.high) == pytest.approx((-found.high, -found.low), abs=wide)
        assert other.p == pytest.approx(found.p, rel=1e-3)


@settings(max_examples=25, deadline=None)
@given(few)
def test_swapping_the_groups_turns_the_ratio_over(table):
    hits, n, base_hits, base_n = table
    assume(hits and base_hits)
    one, other = exact_lift(*table), exact_lift(base_hits, base_n, hits, n)
    assert math.isclose((1 + one.low) * (1 + other.high), 1, rel_tol=1e-2)


def test_intervals_cover_in_all_tables_together():
    # Counted out, not simulated: 6 against 9 units, every table, at 400 pairs of true shares.
    tables = list(itertools.product(range(7), range(10)))
    differences = [exact_difference(x, 6, y, 9) for x, y in tables]
    lifts = [exact_lift(x, 6, y, 9) for x, y in tables]
    shares = np.linspace(0.02, 0.98, 20)
    groups, bases = (reference.binom.pmf(np.arange(n + 1), n, shares[:, None]) for n in (6, 9))
    for (i, group), (j, base) in itertools.product(enumerate(shares), repeat=2):
        chances = np.outer(groups[i], bases[j]).ravel()
        for found, true in ((differences, group - base), (lifts, group / base - 1)):
            assert chances @ [not one.excludes(true) for one in found] >= 0.95 - 1e-9


def score_tails(n, base_n, share):
    """Chance of each side of the score test at 5% when both groups have this share, every table counted out."""
    x, y = (np.arange(reference.binom.ppf(1e-9, m, share), reference.binom.isf(1e-9, m, share)) for m in (n, base_n))
    chances = np.outer(reference.binom.pmf(x, n, share), reference.binom.pmf(y, base_n, share))
    scores = difference_scores(x[:, None], n, y[None, :], base_n, 0.0)
    return chances[scores > 1.959964].sum(), chances[scores < -1.959964].sum()


def test_the_rule_begins_where_the_score_tests_tails_are_right():
    # The figures in the docstring of is_rare.
    assert score_tails(40_000, 160_000, 0.5 / 40_000)[0] == pytest.approx(0.082, abs=5e-4)
    assert score_tails(60_000, 140_000, 1 / 60_000)[0] == pytest.approx(0.046, abs=5e-4)
    for part, hits in itertools.product((0.5, 0.3, 0.2, 0.1, 0.05, 0.01), (5, 6, 8, 10, 15, 20, 30, 50)):
        n = round(200_000 * part)
        tails = score_tails(n, 200_000 - n, hits / n)
        assert 0.006 < min(tails) <= max(tails) < 0.036
        assert 0.04 < sum(tails) < 0.0535


def test_each_tail_keeps_its_half_where_the_score_test_does_not():
    # 1 hit expected in a tenth of 10,000 units, all tables: the score test calls 4.1% upwards, the exact one at most
    # 2.5%.
    n, base_n, share = 1000, 9000, 0.001
    score = exact = 0.0
    for x, y in itertools.product(range(9), range(31)):
        chance = reference.binom.pmf(x, n, share) * reference.binom.pmf(y, base_n, share)
        if chance < 1e-7 or x / n <= y / base_n:
            continue
        score += chance * (difference_score(x, n, y, base_n, 0.0) > 1.96)
        exact += chance * (exact_p(x, n, y, base_n) < 0.05)
    assert score > 0.036
    assert 0.005 < exact <= 0.025


def exact_p(x, n, y, base_n):
    return 2 * Tables(x, n, y, base_n).tail(DIFFERENCE, 0.0)


def test_zero_cells_have_an_interval_and_a_p():
    # 0 of 500 against 3 of 500 is never "effect 0, interval 0 to 0, p 1".
    difference, lift = exact_difference(0, 500, 3, 500), exact_lift(0, 500, 3, 500)
    assert difference.low < -0.006 < 0 < difference.high
    assert 0.05 < difference.p < 0.25  # between the score test's 0.083 and Fisher's 0.249
    assert (lift.value, lift.low) == (-1.0, -1.0)
    assert lift.high > 0
    none = exact_lift(3, 500, 0, 500)
    assert (none.value, none.high) == (None, None)
    assert none.low == pytest.approx(1 / (1 + lift.high) - 1, rel=1e-2)
    assert "no upper end" in none.reason


def test_nobody_anywhere_leaves_what_the_units_allow():
    # With nobody in either group each bound is near that of one group alone: 1 - 0.025 ** (1 / n) (Clopper-Pearson).
    found = exact_difference(0, 3_000_000, 0, 3_000_000)
    assert found.p == 1.0
    assert found.high == pytest.approx(1 - 0.025 ** (1 / 3_000_000), rel=0.02)
    assert exact_lift(0, 5, 0, 5).low is None


def test_one_unit_a_group_is_answered():
    for table in itertools.product((0, 1), (0, 1)):
        found = exact_difference(table[0], 1, table[1], 1)
        assert found.p > 0.4
        assert not found.excludes(0)


def test_p_has_a_floor_and_never_is_0():
    assert 2 * SPARE <= exact_difference(40, 40, 0, 40).p < 3 * SPARE


def test_rule_counts_what_the_smaller_group_would_have():
    assert is_rare(0, 500, 3, 500)
    assert is_rare(500, 500, 497, 500)
    assert is_rare(4, 100, 95, 2500)
    assert not is_rare(5, 500, 5, 500)
    assert not is_rare(0, 500, 12, 500)


def test_with_many_hits_it_comes_to_the_score_test():
    # Counts are then taken in steps, to the safe side: at most a few hundredths of the width more.
    table = (9_300, 300_000, 9_000, 300_000)
    exact, score = exact_difference(*table), share_difference(*table)
    assert score.p < exact.p < 1.3 * score.p
    width = score.high - score.low
    assert 0 < score.low - exact.low < 0.04 * width
    assert 0 < exact.high - score.high < 0.04 * width


def test_a_small_group_against_a_large_one():
    # The large group's share is all but known: p lies between the binomial tests against it with and without 9 itself.
    least, most = 2 * reference.binom.sf(9, 60, 0.05), 2 * reference.binom.sf(8, 60, 0.05)
    assert least < exact_difference(9, 60, 50_000, 1_000_000).p < most


def test_what_cannot_be_answered_says_so():
    with pytest.raises(TooFewError, match="nobody to count"):
        exact_difference(0, 0, 1, 2)
    with pytest.raises(SettingError, match="0 <= hits <= n"):
        exact_lift(3, 2, 1, 2)
    with pytest.raises(SettingError, match="between 0 and 1"):
        exact_difference(1, 5, 1, 2, level=95)


def test_a_level_beyond_what_tables_tell_leaves_the_end_open():
    # Of 1 against 2 in 40 the upper end at 99.9 % is 40-fold; at 99.9999 % no ratio is refused at all.
    assert exact_lift(1, 40, 2, 40, level=0.999).high == pytest.approx(40.2, abs=0.1)
    found = exact_lift(1, 40, 2, 40, level=0.999999)
    assert found.high is None
    assert found.reason.startswith("too few in the base group")
