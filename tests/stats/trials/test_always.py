"""Always-valid intervals: the formula by hand, and what they promise by simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as reference

from pmlib.core import SettingError, TooFewError
from pmlib.stats.means import Moments, mean_difference
from pmlib.stats.trials.always import always, always_p, tuned
from pmlib.stats.trials.crossing import exits
from pmlib.stats.trials.sequential import level_of


def test_published_bound():
    # Howard and others' confseq, its unit tests against a reference in R: the two-sided normal mixture that is tuned to
    # a variance of 100 at 5% has rho 12.60056 and there bounds the sum at 30.35209, its root 10 times.
    assert 100 / tuned(0.05) == pytest.approx(12.60056, abs=1e-5)
    assert 10 * always(10_000, 10_000) == pytest.approx(30.35209, abs=1e-5)
    assert always_p(2 * reference.norm.sf(3.035209), 10_000, 10_000) == pytest.approx(0.05, abs=1e-6)


def test_formula_by_hand():
    # At the planned units and 5%: N rho² = 5.991465 + ln 6.991465 = 7.936155; its root's logarithm after adding 1,
    # ln √8.936155 = 1.095052; 2 × 8.936155 / 7.936155 × (1.095052 + 2.995732) = 9.212494.
    assert always(10_000, 10_000) == pytest.approx(math.sqrt(9.212494), abs=2e-6)
    # At twice the plan: N rho² = 15.872310, ln √16.872310 = 1.412836; 2 × 16.872310 / 15.872310 × 4.408568 = 9.372640.
    assert always(20_000, 10_000) == pytest.approx(math.sqrt(9.372640), abs=2e-6)


@settings(max_examples=100, deadline=None)
@given(st.floats(0.02, 10.0), st.sampled_from([0.01, 0.05, 0.2]))
def test_it_is_the_mixture_that_balances_at_the_plan(part, alpha):
    # The interval is where the mean of the likelihood ratio over effects of variance rho² comes to 1 / alpha.
    planned = 1_000_000
    n = round(part * planned)
    variance = (-2 * math.log(alpha) + math.log(1 - 2 * math.log(alpha))) / planned
    z = always(n, planned, alpha=alpha)
    prior = reference.norm(0, math.sqrt(variance))
    effects = np.linspace(-12, 12, 20_001) * math.sqrt(variance)
    ratio = np.exp(effects * math.sqrt(n) * z - n * effects**2 / 2) * prior.pdf(effects)
    assert np.trapezoid(ratio, effects) == pytest.approx(1 / alpha, rel=1e-6)


def test_no_other_plan_is_narrower_by_much_at_the_planned_size():
    here = always(10_000, 10_000)
    others = [always(10_000, planned) for planned in range(2_000, 60_000, 500)]
    assert here <= min(others) * 1.001


@settings(max_examples=200, deadline=None)
@given(st.floats(1e-12, 1.0), st.integers(2_000, 300_000), st.sampled_from([0.01, 0.05, 0.1]))
def test_p_is_below_alpha_exactly_outside_the_interval(p, n, alpha):
    z = -reference.norm.ppf(p / 2)
    q = always(n, 100_000, alpha=alpha)
    if abs(z / q - 1) > 1e-9:
        assert (always_p(p, n, 100_000, alpha=alpha) < alpha) == (z > q)


@settings(max_examples=50, deadline=None)
@given(st.floats(-0.6, 0.6))
def test_an_interval_at_its_level_belongs_to_the_p(gap):
    q = always(8000, 10_000)
    found = mean_difference(Moments(4000, 5 + gap, 16.0), Moments(4000, 5.0, 16.0), level=level_of(q))
    p = always_p(found.p, 8000, 10_000)
    if abs(p - 0.05) > 1e-9:
        assert found.excludes(0) == (p < 0.05)


def test_the_smallest_p_so_far_counts_and_never_becomes_0():
    assert always_p(0.5, 5000, 10_000, before=0.03) == 0.03
    assert always_p(1.0, 5000, 10_000) == 1.0
    assert 0 < always_p(0.0, 5000, 10_000) < 1e-200
    assert always_p(0.5, 5000, 10_000, before=0.0) > 0


def test_false_alarms_of_looking_after_each_step():
    # 2,000 walks of skewed data, looked at 390 times up to four times the plan, seeded. The share that ever crosses
    # must not lie above 5% by a binomial test at 1 in 1,000: at most 131 of 2,000. Looking so at 1.96 crosses often.
    draw, runs, step, planned = np.random.default_rng(5), 2000, 100, 10_000
    sums = np.cumsum(draw.gamma(step, 1.0, (runs, 400)) - step, axis=1)
    sizes = step * np.arange(1, 401)
    z = sums / np.sqrt(sizes)
    q = np.array([always(int(n), planned) for n in sizes[10:]])
    alarms = int((np.abs(z[:, 10:]) > q).any(axis=1).sum())
    assert alarms <= reference.binom.ppf(0.999, runs, 0.05) == 131
    assert (np.abs(z[:, 10:]) > 1.96).any(axis=1).mean() > 0.3


def test_power_of_fourteen_looks_where_a_fixed_test_has_80_percent():
    # 40,000 seeded walks; the band is 4 standard errors.
    times = [look / 14 for look in range(1, 15)]
    bounds = [always(1000 * look, 14_000) for look in range(1, 15)]
    drift = reference.norm.isf(0.025) + reference.norm.isf(0.2)
    steps = np.random.default_rng(14).normal(drift / 14, math.sqrt(1 / 14), (40_000, 14))
    won = (np.cumsum(steps, axis=1) / np.sqrt(times) > bounds).any(axis=1).mean()
    assert exits(times, bounds, drift)[0].sum() == pytest.approx(won, abs=0.01)
    assert 0.45 < won < 0.52
    upper, lower = exits(times, bounds)
    assert upper.sum() + lower.sum() < 0.05


def test_what_is_too_early_or_no_number_is_refused():
    with pytest.raises(TooFewError, match=r"99 units are too few .* from 100"):
        always(99, 200)
    with pytest.raises(TooFewError, match="Look again from") as early:
        always(500, 100_000)
    first = int(str(early.value).split("from ")[1].split(" ")[0].replace(",", ""))
    assert always(first, 100_000) <= 8 < always(first, 100_000) * 1.001
    with pytest.raises(SettingError, match="more than 0"):
        always(500, 0)
    with pytest.raises(SettingError, match="between 0 and 1"):
        always(500, 1000, alpha=1.0)
    with pytest.raises(SettingError, match="between 0 and 1"):
        always_p(1.2, 500, 1000)
