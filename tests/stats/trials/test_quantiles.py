"""Quantiles against published ranks, the exact binomial, the bootstrap, and by simulation."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats as reference

from pmlib.core import SettingError, TooFewError
from pmlib.stats.trials.joint import Joint
from pmlib.stats.trials.quantiles import Ranked, quantile_difference, quantile_lift, quantile_value, ranks
from pmlib.stats.trials.ratios import linearised


# Tables of the interval of a median print these ranks with their exact level, which is counted here.
@pytest.mark.parametrize(("n", "low", "high", "exact"), [(12, 3, 10, 96.1), (17, 5, 13, 95.1), (20, 6, 15, 95.9)])
def test_published_ranks_of_the_median(n, low, high, exact):
    assert ranks(n, 0.5) == (low, high)
    # P(low <= how many lie below < high), of n coins.
    law = reference.binom(n, 0.5)
    assert 100 * (law.cdf(high - 1) - law.cdf(low - 1)) == pytest.approx(exact, abs=0.05)


def test_ranks_of_57_values():
    # By hand: 28.5 less and more 1.96 * sqrt(57) / 2 = 7.40 are 21.1 and 35.9, both rounded up.
    assert ranks(57, 0.5) == (22, 36)


@pytest.mark.parametrize(("n", "quantile"), [(400, 0.5), (1000, 0.9), (5000, 0.99), (2000, 0.05)])
def test_ranks_hold_the_quantile_as_often_as_they_say(n, quantile):
    low, high = ranks(n, quantile)
    law = reference.binom(n, quantile)
    assert 0.94 < law.cdf(high - 1) - law.cdf(low - 1) < 0.96


def test_too_few_for_the_tail():
    # By hand: z² .99 / .01 = 380.3.
    assert ranks(381, 0.99) == (374, 381)
    assert ranks(381, 0.01)[0] == 1
    with pytest.raises(TooFewError, match=r"380 values are too few for the 0.99 quantile.* takes 381"):
        ranks(380, 0.99)
    with pytest.raises(TooFewError, match="takes 381"):
        ranks(380, 0.01)
    with pytest.raises(TooFewError, match="takes 4"):
        ranks(0, 0.5)
    for wrong in (0.0, 1.0, 99):
        with pytest.raises(SettingError, match=r"0\.99 for"):
            ranks(100, wrong)


@given(st.integers(1, 10**6), st.floats(0.001, 0.999), st.sampled_from([0.8, 0.95, 0.999]))
@settings(deadline=None)
def test_ranks_exist_and_surround_the_quantile(n, quantile, level):
    odds = max(quantile / (1 - quantile), (1 - quantile) / quantile)
    assume(n > reference.norm.ppf((1 + level) / 2) ** 2 * odds + 1)
    low, high = ranks(n, quantile, level=level)
    assert 1 <= low <= math.ceil(n * quantile) <= high <= n


def test_a_quantile_by_hand():
    # 1 to 100: ranks 41 and 60, one apart each from the next; the middle one has the binomial's error of 5 ranks.
    group = Ranked.of(np.arange(100, 0, -1), 0.5)
    assert (group.value, group.low, group.high) == (50.5, 41, 60)
    assert math.sqrt(group.moments.error) == pytest.approx(5, rel=1e-12)
    found = quantile_value(group)
    assert (found.low, found.high, found.n) == (41, 60, 100)
    other = quantile_value(group, level=0.99)
    assert other.high - other.low > 19
    assert "Student" in other.method


def test_the_error_is_the_bootstraps():
    draw = np.random.default_rng(51)
    values = draw.lognormal(0, 1, 4000)
    found = math.sqrt(Ranked.of(values, 0.9).moments.error)
    again = np.quantile(values[draw.integers(0, 4000, (1000, 4000))], 0.9, axis=1)
    assert found == pytest.approx(again.std(ddof=1), rel=0.15)
    # And that of the density: sqrt(.09 / n) / f(q).
    density = reference.lognorm(1).pdf(reference.lognorm(1).ppf(0.9))
    assert found == pytest.approx(math.sqrt(0.09 / 4000) / density, rel=0.15)


def test_clusters_multiply_the_variance():
    # Every event ten times: a tenth of what the events alone seem to tell. The inverted ratio would take away 9/10.
    values = np.random.default_rng(52).normal(0, 1, 4000)
    once = Ranked.of(values, 0.5)
    tenfold = Ranked.of(np.repeat(values, 10), 0.5, units=np.repeat(np.arange(4000), 10))
    alone = Ranked.of(np.repeat(values, 10), 0.5)
    assert tenfold.moments.error == pytest.approx(alone.moments.error * 10 * 4000 / 3999, rel=1e-9)
    assert tenfold.moments.error == pytest.approx(once.moments.error, rel=0.4)
    assert tenfold.moments.n == 4000


def test_units_of_one_event_are_units():
    values = np.random.default_rng(53).normal(0, 1, 500)
    plain, single = Ranked.of(values, 0.75), Ranked.of(values, 0.75, units=np.arange(500))
    assert single.moments.error == pytest.approx(plain.moments.error * 500 / 499, rel=1e-9)


def test_the_share_below_is_a_ratio_of_sums():
    # Three units with 2 of 4, 0 of 2 and 4 of 4 events at or below: 6 of 10; residuals -.4, -1.2 and 1.6 over 10/3.
    sums = Joint.of([[2, 4], [0, 2], [4, 4]])
    assert linearised(sums).error == pytest.approx((0.16 + 1.44 + 2.56) / 2 / (10 / 3) ** 2 / 3)
    group, (low, high) = Ranked(10, 0.6, 3.0, 2.0, 5.0, sums), ranks(10, 0.6)
    iid = 10 * 0.6 * 0.4 * ((5 - 2) / (high - low)) ** 2
    assert group.moments.error == pytest.approx(iid * linearised(sums).error / (0.6 * 0.4 / 10), rel=1e-6)


@given(
    st.lists(st.integers(-50, 50), min_size=30, max_size=90, unique=True),
    st.lists(st.integers(-50, 50), min_size=30, max_size=90, unique=True),
)
@settings(deadline=None)
def test_difference_and_lift_decide_alike(some, others):
    group, base = Ranked.of(some, 0.5), Ranked.of(others, 0.5)
    difference, lift = quantile_difference(group, base), quantile_lift(group, base)
    assume(difference.p is not None and abs(difference.p - 0.05) > 1e-9)
    assert difference.excludes(0) == (difference.p < 0.05)
    if lift.low is not None:
        assert lift.excludes(0) == difference.excludes(0)
    turned = quantile_difference(base, group)
    assert (turned.low, turned.high) == pytest.approx((-difference.high, -difference.low))


def test_atoms_are_refused_not_floored():
    atoms = Ranked.of([0.0] * 300 + [1.0] * 100, 0.5)
    spread = Ranked.of(np.arange(400.0), 0.5)
    assert atoms.tied
    for found in (
        quantile_value(atoms),
        quantile_difference(atoms, spread),
        quantile_difference(spread, atoms),
        quantile_lift(atoms, spread),
        quantile_lift(spread, atoms),
    ):
        assert (found.low, found.high, found.p) == (None, None, None)
        assert found.reason
    assert "share the value" in quantile_difference(atoms, spread).reason


def test_an_open_lift_says_why():
    low = Ranked.of(np.random.default_rng(54).normal(0, 1, 100), 0.5)
    assert "cannot be told from 0" in quantile_lift(low, low).reason


def test_what_does_not_belong_together_is_refused():
    values = np.arange(100.0)
    plain, clustered = Ranked.of(values, 0.5), Ranked.of(values, 0.5, units=np.arange(100) // 2)
    with pytest.raises(SettingError, match=r"0\.5 quantile"):
        quantile_difference(plain, Ranked.of(values, 0.6))
    with pytest.raises(SettingError, match="two quantities"):
        quantile_lift(plain, clustered)
    with pytest.raises(SettingError, match="must rise"):
        Ranked(100, 0.5, 3.0, 4.0, 5.0)
    with pytest.raises(SettingError, match="must be the same"):
        Ranked(100, 0.5, 4.5, 4.0, 5.0, Joint.of([[1.0, 2.0], [2.0, 3.0]]))
    with pytest.raises(SettingError, match="missing"):
        Ranked.of([*values, math.nan], 0.5)
    with pytest.raises(TooFewError, match="99 values"):
        Ranked.of(values[:99], 0.99)
    with pytest.raises(SettingError, match="one each"):
        Ranked.of(values, 0.5, units=[1, 2])


@pytest.mark.parametrize(("quantile", "n"), [(0.5, 400), (0.9, 1000), (0.99, 5000)])
def test_false_positives_and_coverage(quantile, n):
    # Lognormal times, 2,000 seeded runs: 3.5 to 6.5 % called without an effect, a lift of 50 % held in 93.5 to 96.5 %.
    draw, runs = np.random.default_rng(55), 2000
    low, high = ranks(n, quantile)
    called = held = 0
    for _ in range(runs):
        arms = np.sort(draw.lognormal(0, 1, (2, n)), axis=1)
        values = np.quantile(arms, quantile, axis=1)
        one, other = (Ranked(n, quantile, values[i], arms[i, low - 1], arms[i, high - 1]) for i in (0, 1))
        more = Ranked(n, quantile, 1.5 * values[0], 1.5 * arms[0, low - 1], 1.5 * arms[0, high - 1])
        called += quantile_difference(one, other).p < 0.05
        lift = quantile_lift(more, other)
        held += lift.low <= 0.5 <= lift.high
    assert 0.035 <= called / runs <= 0.065
    assert 0.935 <= held / runs <= 0.965


@pytest.mark.parametrize(("quantile", "n"), [(0.9, 100), (0.99, 1000)])
def test_few_values_beyond_the_quantile_are_judged_with_care(quantile, n):
    # 10 lognormal values beyond it, 1,000 seeded runs: less than 3.5 % called, never more than at large n.
    draw, runs = np.random.default_rng(57), 1000
    low, high = ranks(n, quantile)
    called = 0
    for _ in range(runs):
        arms = np.sort(draw.lognormal(0, 1, (2, n)), axis=1)
        values = np.quantile(arms, quantile, axis=1)
        made = [Ranked(n, quantile, values[i], arms[i, low - 1], arms[i, high - 1]) for i in (0, 1)]
        called += quantile_difference(*made).p < 0.05
    assert called / runs < 0.035


def test_unequal_arms_err_to_both_sides_alike():
    # A tail of 100 values against one of 900, 2,000 seeded runs: each side 1.4 to 3.6 %. One spread for both sides,
    # the half width of each arm's interval, gave about 1.9 and 4.1 %.
    draw, runs, sizes = np.random.default_rng(58), 2000, (1000, 9000)
    bounds = [ranks(n, 0.9) for n in sizes]
    up = down = 0
    for _ in range(runs):
        arms = [np.sort(draw.lognormal(0, 1, n)) for n in sizes]
        made = [
            Ranked(n, 0.9, float(np.quantile(arm, 0.9)), arm[low - 1], arm[high - 1])
            for n, arm, (low, high) in zip(sizes, arms, bounds, strict=True)
        ]
        found = quantile_difference(*made)
        assert found.excludes(0) == (found.p < 0.05) == quantile_lift(*made).excludes(0)
        up += found.low > 0
        down += found.high < 0
    assert 0.014 <= up / runs <= 0.036
    assert 0.014 <= down / runs <= 0.036


def test_each_end_is_recovered_from_the_arms_own_ends():
    # By hand, large n, an arm of -2 and +5 beside one of -1 and +3: the arms' variances are as 3.5² to 2², so 33/65 of
    # how far their sides differ from 3.5 and from 2 counts.
    group, base = Ranked(10**6, 0.9, 30.0, 28.0, 35.0), Ranked(10**6, 0.9, 20.0, 19.0, 23.0)
    lean = (3.5**2 - 2**2) / (3.5**2 + 2**2)
    down, up, base_down, base_up = 3.5 - lean * 1.5, 3.5 + lean * 1.5, 2 - lean, 2 + lean
    found = quantile_difference(group, base)
    assert found.low == pytest.approx(10 - math.hypot(down, base_up), rel=2e-3)
    assert found.high == pytest.approx(10 + math.hypot(up, base_down), rel=2e-3)
    # Where the ratio is r, the ends meet: (30 - 20 r)² is the group's square and r² times the base's.
    lift = quantile_lift(group, base)
    low, high = 1 + lift.low, 1 + lift.high
    assert (30 - 20 * low) ** 2 == pytest.approx(down**2 + (base_up * low) ** 2, rel=2e-3)
    assert (20 * high - 30) ** 2 == pytest.approx(up**2 + (base_down * high) ** 2, rel=2e-3)


def test_what_arms_alike_have_of_lean_cancels_out():
    # Two arms of one shape: the ends stand as far from the difference as each other, √2 times an arm's half width.
    group, base = Ranked(10**6, 0.9, 30.0, 28.0, 35.0), Ranked(10**6, 0.9, 20.0, 18.0, 25.0)
    found = quantile_difference(group, base)
    assert found.high - 10 == pytest.approx(10 - found.low, rel=1e-12)
    assert found.high - 10 == pytest.approx(math.sqrt(2) * 3.5, rel=2e-3)


def test_false_positives_of_clusters():
    # Page loads of people whose devices differ, 200 people an arm with 1 to 20 loads, 1,000 seeded runs: as units they
    # are called in 3 to 7.5 %, as independent loads in more than 15 %.
    draw, runs, n = np.random.default_rng(56), 1000, 200
    called = naive = 0
    for _ in range(runs):
        arms, alone = [], []
        for _ in (0, 1):
            loads = draw.integers(1, 21, n)
            person = np.repeat(np.arange(n), loads)
            times = np.exp(draw.normal(0, 0.7, n)[person] + draw.normal(0, 0.7, person.size))
            arms.append(Ranked.of(times, 0.75, units=person))
            alone.append(Ranked(arms[-1].n, 0.75, arms[-1].value, arms[-1].low, arms[-1].high))
        called += quantile_difference(*arms).p < 0.05
        naive += quantile_difference(*alone).p < 0.05
    assert 0.03 <= called / runs <= 0.075
    assert naive / runs > 0.15


def test_a_lift_whose_base_may_be_0_below_alone_stays_open_above():
    # Control's median of 10 may lie at -5, but hardly above 10.5: the lift is bounded below alone.
    found = quantile_lift(Ranked(100, 0.5, 20.0, 19.0, 21.0), Ranked(100, 0.5, 10.0, -5.0, 10.5))
    assert found.value == pytest.approx(1.0)
    assert found.high is None
    assert found.low is not None
    assert "cannot be told from 0" in found.reason
