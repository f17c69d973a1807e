"""How often a test calls where nothing differs."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as referee

from pmlib.core import SettingError, TooFewError
from pmlib.stats.trials.alarms import alarm_rate, too_often, unevenness

# Newcombe (1998), Statistics in Medicine 17:857-872, Table I, method 5 (Clopper and Pearson).
SHARES = [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)]


@pytest.mark.parametrize(("called", "runs", "low", "high"), SHARES)
def test_the_interval_is_the_published_one(called, runs, low, high):
    found = alarm_rate(called, runs)
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-5)


def test_no_call_and_nothing_but_calls_by_hand():
    # Of n runs without a call the share p is refused where (1 - p) ** n < 0.025.
    none = alarm_rate(0, 50)
    assert (none.low, none.high) == (0.0, pytest.approx(1 - 0.025 ** (1 / 50)))
    # The chance of 50 of 50 at 5% is 0.05 ** 50, doubled.
    every = alarm_rate(50, 50)
    assert (every.low, every.high) == (pytest.approx(0.025 ** (1 / 50)), 1.0)
    assert every.p == pytest.approx(2 * 0.05**50)
    assert alarm_rate(5000, 5000).p > 0


@given(st.integers(1, 400), st.data(), st.floats(0.01, 0.99))
def test_the_interval_leaves_out_what_the_test_refuses(runs, data, alpha):
    called = data.draw(st.integers(0, runs))
    found = alarm_rate(called, runs, alpha=alpha)
    less, more = (referee.binomtest(called, runs, alpha, side).pvalue for side in ("less", "greater"))
    assert found.p == pytest.approx(min(1.0, 2 * min(less, more)), rel=1e-8, abs=1e-300)
    assert found.excludes(alpha) == (found.p < 0.05) or math.isclose(found.p, 0.05, rel_tol=1e-9)


@pytest.mark.parametrize(("runs", "most"), [(1000, 73), (2000, 131), (20_000, 1300)])
def test_too_often_needs_to_be_sure_and_to_matter(runs, most):
    # By binomial tails of 1 in 1,000 where runs are few, by 6.5% where they are many.
    assert not too_often(most, runs)
    assert too_often(most + 1, runs)
    sure = referee.binom.isf(0.001, runs, 0.05)
    assert most == max(sure, math.floor(0.065 * runs + 1e-9))


def test_even_values_are_called_uneven_as_often_as_promised():
    draw = np.random.default_rng(5)
    p = [unevenness(draw.random(200)).p for _ in range(2000)]
    # Three standard errors of 5% in 2,000: 3.5% to 6.5%.
    assert 0.035 <= np.mean(np.array(p) < 0.05) <= 0.065


@pytest.mark.parametrize("n", [20, 100, 1000])
def test_the_distance_is_that_of_scipy(n):
    draw = np.random.default_rng(n)
    values = draw.random(n) ** 1.2
    found, expected = unevenness(values), referee.kstest(values, "uniform")
    assert found.value == pytest.approx(expected.statistic)
    assert found.p == pytest.approx(expected.pvalue, abs=0.02)


@pytest.mark.parametrize(("n", "alpha"), [(20, 0.2), (20, 0.05), (20, 0.01), (80, 0.05)])
def test_the_exact_bound_of_few_values(n, alpha):
    # Kolmogorov's exact distribution, from scipy: 0.294 of 20 values is exceeded in 5 of 100 cases.
    bound = referee.kstwo.isf(alpha, n)
    found = unevenness(np.maximum(np.arange(1, n + 1) / n - bound, 0))
    assert found.value == pytest.approx(bound)
    assert found.p == pytest.approx(alpha, rel=0.03)


def test_what_is_no_p_value_is_refused():
    with pytest.raises(SettingError, match=r"between 0 and 1, not at 1\.5"):
        unevenness([0.1, 0.2, 0.3, 0.4, 1.5])
    with pytest.raises(TooFewError, match="5 or more"):
        unevenness([0.1])
    with pytest.raises(SettingError, match=r"Use 0\.05 for 5%"):
        alarm_rate(1, 2, alpha=5)
    with pytest.raises(TooFewError):
        alarm_rate(0, 0)
