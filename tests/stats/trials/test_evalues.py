"""The sequential test of a split against published values, exact fractions and by simulation."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as reference

from pmlib.core import SettingError, TooFewError
from pmlib.stats.trials.evalues import Period, log_bayes_factors, sequential_srm, sequential_srm_periods

counts = st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 3000), st.integers(0, 3000)), min_size=1, max_size=8)


def cumulated(rows):
    return np.cumsum(rows, axis=0).tolist()


def test_published_values():
    # What GrowthBook's tests hold its sequential SRM to (ssrm, concentration 10,000), units a day.
    assert sequential_srm([[800, 200]], [1, 1]).p == pytest.approx(8.126155715401769e-08, rel=1e-8)
    assert sequential_srm([[600, 200, 200]], [34, 33, 33]).p == pytest.approx(1.4343631225400445e-06, rel=1e-8)
    days = cumulated([[500, 500], [600, 400], [700, 300], [800, 200]])
    values = [1.0, 0.20685901461423034, 1.099173293697608e-06, 5.115536116778213e-23]
    for day, value in enumerate(values, 1):
        assert sequential_srm(days[:day], [0.5, 0.5]).p == pytest.approx(value, rel=1e-8)


def test_factor_by_exact_fractions():
    # With a = 10,000 θ the factor is a product of ascending factors over a's, by Γ(a + n) / Γ(a) = a (a + 1) ….
    seen, shares = (7, 4, 12), (Fraction(1, 2), Fraction(1, 5), Fraction(3, 10))

    def ascending(start, steps):
        return math.prod((start + step for step in range(steps)), start=Fraction(1))

    arms = math.prod(ascending(10_000 * part, n) / part**n for n, part in zip(seen, shares, strict=True))
    exact = arms / ascending(Fraction(10_000), sum(seen))
    found = log_bayes_factors(np.array([seen], float), np.array([float(part) for part in shares]))
    # Differences of log-gammas near 80,000 keep ten digits.
    assert found[0] == pytest.approx(math.log(exact), abs=1e-10)


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_factor_is_1_on_average_under_the_planned_split(share):
    # Over all outcomes of 400 units, exactly: what makes 1 / factor a valid p-value.
    hits = np.arange(401)
    factors = np.exp(log_bayes_factors(np.column_stack([hits, 400 - hits]).astype(float), np.array([share, 1 - share])))
    assert (reference.binom.pmf(hits, 400, share) * factors).sum() == pytest.approx(1, rel=1e-10)


@settings(max_examples=80, deadline=None)
@given(counts, st.permutations([0, 1, 2]), st.tuples(*[st.integers(1, 9)] * 3))
def test_order_of_arms_scale_of_weights_and_fewer_looks(rows, order, weights):
    seen = cumulated(rows)
    if not any(seen[-1]):
        return
    p = sequential_srm(seen, weights).p
    assert 0 < p <= 1
    turned = sequential_srm([[row[at] for at in order] for row in seen], [weights[at] * 7.5 for at in order]).p
    assert turned == pytest.approx(p, rel=1e-6)
    last = sequential_srm(seen[-1:], weights).p
    assert p <= last * (1 + 1e-9)
    assert sequential_srm(seen[-1:], weights, previous=p).p == pytest.approx(p, rel=1e-9)


def test_false_alarms_of_looking_daily():
    # 2,000 tests of 60 days, planned 2 : 1, seeded. At 5% at most 131 may alarm (binomial, 1 in 1,000), at 0.1% at
    # most 8; Pearson's test each day at 5% alarms far more often.
    draw, runs, shares = np.random.default_rng(8), 2000, np.array([2 / 3, 1 / 3])
    days = np.cumsum(draw.multinomial(500, shares, (runs, 60)), axis=1).astype(float)
    smallest = np.array([log_bayes_factors(test, shares).max() for test in days])
    assert (smallest > math.log(20)).sum() <= reference.binom.ppf(0.999, runs, 0.05) == 131
    assert (smallest > math.log(1000)).sum() <= reference.binom.ppf(0.999, runs, 0.001) == 8
    expected = 500 * np.arange(1, 61)[:, None] * shares
    pearson = ((days - expected) ** 2 / expected).sum(axis=2)
    assert (pearson > reference.chi2.isf(0.05, 1)).any(axis=1).mean() > 0.2


def test_a_real_mismatch_is_found():
    draw = np.random.default_rng(2)
    days = np.cumsum(draw.multinomial(10_000, [0.51, 0.49], 20), axis=0).tolist()
    assert sequential_srm(days, [1, 1]).p < 1e-6


def test_a_ramp_is_held_against_the_plan_of_each_part():
    ramp = [Period([[9000, 1000]], [9, 1]), Period([[5000, 5000]], [1, 1])]
    assert sequential_srm_periods(ramp).p == 1
    assert sequential_srm([[9000, 1000], [14_000, 6000]], [1, 1]).p < 1e-100
    # Evidence of both parts is multiplied: 1 / p of the parts alone, each with one look.
    crooked = [Period([[5300, 4700]], [1, 1]), Period([[2900, 7100]], [1, 3])]
    parts = [
        float(log_bayes_factors(np.array(one.counts, float), np.array(one.weights) / sum(one.weights))[0])
        for one in crooked
    ]
    assert min(parts) > 0
    assert sequential_srm_periods(crooked).p == pytest.approx(math.exp(-sum(parts)), rel=1e-9)


def test_a_unit_where_nobody_should_be_is_an_alarm():
    found = sequential_srm([[500, 500, 1]], [1, 1, 0])
    assert 0 < found.p < 1e-300
    assert "1 unit fell into an arm planned with a weight of 0, which is an alarm by itself" in found.reason
    empty = sequential_srm([[500, 480, 0]], [1, 1, 0])
    assert empty.p == sequential_srm([[500, 480]], [1, 1]).p
    assert "alarm" not in empty.reason


def test_neither_underflow_nor_large_counts_break_it():
    assert 0 < sequential_srm([[10**7, 10**6]], [1, 1]).p < 1e-300
    assert sequential_srm([[5 * 10**10, 5 * 10**10]], [1, 1]).p == 1
    found = sequential_srm([[600, 400]], [1, 1], previous=0.0)
    assert found.p > 0
    assert (found.value, found.n, found.low, found.high) == (0.6, 1000, None, None)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: sequential_srm([[1, 2, 3]], [1, 1]), SettingError, "all 2 arms"),
        (lambda: sequential_srm([], [1, 1]), SettingError, "without a look"),
        (lambda: sequential_srm([[5, 5], [4, 9]], [1, 1]), SettingError, "cumulated"),
        (lambda: sequential_srm([[5, 5]], [1, -1]), SettingError, "not below 0"),
        (lambda: sequential_srm([[5, 0.5]], [1, 1]), SettingError, "whole numbers"),
        (lambda: sequential_srm([[5, 5]], [1, 0]), TooFewError, "two arms with a weight"),
        (lambda: sequential_srm([[0, 0]], [1, 1]), TooFewError, "no units"),
        (lambda: sequential_srm([[5, 5]], [1, 1], previous=2), SettingError, "between 0 and 1"),
        (lambda: sequential_srm([[10**12, 10**12]], [1, 1]), SettingError, "more than 1e\\+11"),
        (lambda: sequential_srm_periods([]), SettingError, "one period or more"),
        (
            lambda: sequential_srm_periods([Period([[1, 1]], [1, 1]), Period([[1, 1, 1]], [1, 1, 1])]),
            SettingError,
            "same arms",
        ),
    ],
)
def test_what_is_refused_says_why(call, error, words):
    with pytest.raises(error, match=words):
        call()
