"""Exact chances of portions: against scipy, published tables, and how often they alarm where nothing is wrong."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, fisher_exact, hypergeom

from pmlib.core import SettingError
from pmlib.stats.trials.portions import none_of, planned_portion, unlike_portions


def test_mendels_peas():
    # Clopper and Pearson (1934): the interval of a share holds what neither tail refuses. Mendel: 5,474 round of 7,324.
    interval = binomtest(5474, 7324).proportion_ci(0.95, method="exact")
    low, high = planned_portion([5474, 5474], 7324, [interval.low, interval.high])
    assert low == pytest.approx(0.05, rel=1e-6)
    assert high == pytest.approx(0.05, rel=1e-6)
    assert planned_portion(5474, 7324, 0.75) > 0.5


@given(st.integers(0, 400), st.integers(0, 400), st.floats(0.01, 0.99))
def test_a_planned_portion_is_twice_the_smaller_tail(units, others, share):
    of = units + others
    tails = [binomtest(units, of, share, alternative=side).pvalue for side in ("less", "greater")] if of else [1.0]
    assert planned_portion(units, of, share) == pytest.approx(min(1.0, 2 * min(tails)), rel=1e-8, abs=1e-300)
    # Of two arms the one tells all of the other.
    assert planned_portion(others, of, 1 - share) == pytest.approx(planned_portion(units, of, share), rel=1e-6)


def test_far_out_it_is_small_and_never_0():
    assert planned_portion(0, 1000, 0.5) == pytest.approx(2 * 0.5**1000, rel=1e-9)
    assert planned_portion(0, 3_000_000, 0.5) > 0
    assert 0 < unlike_portions([0, 500_000], [500_000, 500_000]) < 1e-300
    assert 0 < none_of(500_000, 500_000, 1_000_000) < 1e-300


def test_small_parts_of_an_uneven_split_do_not_alarm_too_often():
    # 90 to 10 in parts of 50: 5 expected, where chi-square would alarm at 1e-5 seven times as often as it says or more.
    rng = np.random.default_rng(5)
    units = rng.binomial(50, 0.1, 2_000_000)
    p = planned_portion(units, 50, 0.1)
    for alpha in (0.05, 0.001, 1e-5):
        assert (p < alpha).mean() <= alpha + 3 * np.sqrt(alpha / 2e6)
    z = (units - 5) / np.sqrt(4.5)
    assert (np.abs(z) > 4.4172).mean() > 7e-5


def test_fishers_tea_and_criminal_twins():
    # Fisher (1935), The Design of Experiments: 4 of 4 cups is 1 of 70. His twins, also in R's fisher.test: convicted
    # were 10 of 13 monozygotic twins' brothers and 2 of 17 others, by hand (286 * 136 + 78 * 17 + 13) of C(30, 12), or
    # 619 / 1,330,665, on one side.
    assert unlike_portions([4, 0], [4, 4]) == pytest.approx(2 / 70)
    assert unlike_portions([10, 2], [13, 17]) == pytest.approx(2 * 619 / 1_330_665, rel=1e-9)
    assert unlike_portions([2, 10], [17, 13]) == pytest.approx(2 * 619 / 1_330_665, rel=1e-9)


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))
def test_two_arms_are_fishers_exact_test(a, b, c, d):
    table = [[a, c], [b, d]]
    tails = [fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
    assert unlike_portions([a, b], [a + c, b + d]) == pytest.approx(min(1.0, 2 * min(tails)), rel=1e-6)
    # The part and what is left of it are spread alike.
    assert unlike_portions([c, d], [a + c, b + d]) == pytest.approx(unlike_portions([a, b], [a + c, b + d]), rel=1e-6)


def test_large_tables_keep_their_digits():
    part, whole = [15_400, 14_600], [1_500_000, 1_500_000]
    tail = hypergeom.sf(15_399, 3_000_000, 30_000, 1_500_000)
    assert unlike_portions(part, whole) == pytest.approx(2 * tail, rel=1e-5)


def test_with_three_arms_the_most_uneven_counts_three_times():
    p = 2 * min(fisher_exact([[2, 38], [40, 40]], alternative=side).pvalue for side in ("less", "greater"))
    assert unlike_portions([2, 20, 20], [40, 40, 40]) == pytest.approx(min(1, 3 * p), rel=1e-9)
    rng = np.random.default_rng(9)
    parts = rng.multivariate_hypergeometric([300, 300, 300], 60, size=2000)
    found = np.array([unlike_portions(row.tolist(), [300, 300, 300]) for row in parts])
    # Band: 2,000 runs at no more than 5%, three standard errors.
    assert (found < 0.05).mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 2000)
    assert (found < 0.05).mean() > 0.01


def test_none_of_is_fishers_tail():
    assert none_of(3, 4, 12) == pytest.approx(hypergeom.pmf(0, 12, 4, 3))
    assert none_of(0, 4, 12) == 1.0


def test_nothing_to_compare_is_1():
    assert unlike_portions([0, 0], [10, 20]) == 1
    assert unlike_portions([10, 20], [10, 20]) == 1
    assert unlike_portions([3, 0], [10, 0]) == 1
    assert planned_portion(0, 0, 0.5) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: planned_portion(3, 2, 0.5), "more units than all arms"),
        (lambda: planned_portion(1, 2, 0), "lies between 0 and 1"),
        (lambda: unlike_portions([3, 1], [2, 2]), "no larger than the arm"),
        (lambda: unlike_portions([1], [2, 2]), "no larger than the arm"),
        (lambda: none_of(9, 4, 12), "cannot all lie outside"),
    ],
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(SettingError, match=message):
        call()
