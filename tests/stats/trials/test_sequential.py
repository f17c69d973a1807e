"""Group-sequential looks against published bounds and by simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as reference

from pmlib.core import Estimate, SettingError, Unit
from pmlib.stats.means import Moments, mean_difference, mean_lift
from pmlib.stats.trials.crossing import exits
from pmlib.stats.trials.sequential import boundaries, level_of, looks, repeated, sequential_p, solved
from pmlib.stats.trials.spending import spent

FLEMING, KIM = "obrien-fleming", "kim-demets"
functions = st.sampled_from([FLEMING, KIM])
courses = st.lists(st.floats(0.02, 1.0), min_size=1, max_size=6).map(lambda steps: list(np.cumsum(steps)))


def even(number):
    return [look / number for look in range(1, number + 1)]


def test_published_obrien_fleming_type_bounds():
    # Five looks, both sides 5%, as R's ldbounds has them after Reboussin, DeMets, Kim and Lan (2000), Controlled
    # Clinical Trials 21:190-207; some print 3.3570 for the second.
    assert boundaries(even(5)) == pytest.approx([4.8769, 3.3569, 2.6803, 2.2898, 2.0310], abs=2e-4)


def test_published_one_sided_bounds_at_5_percent():
    # The table in the manual of Julia's SeqBounds, one-sided 5%; two sides of 5% each are the same but for paths that
    # cross both.
    found = boundaries([0.25, 0.5, 0.75, 1.0], alpha=0.1)
    assert found == pytest.approx([3.74955, 2.53993, 2.01604, 1.72014], abs=1e-3)


def test_published_kim_demets_levels():
    # What Spotify's confidence is tested by: nominal levels for alpha 1% at 250, 450, 630 and 810 of 810 units.
    found = boundaries([250 / 810, 450 / 810, 630 / 810, 1.0], alpha=0.01, spending=KIM)
    assert [2 * reference.norm.sf(z) for z in found] == pytest.approx([0.00095, 0.00241, 0.00410, 0.00636], abs=6e-6)


def test_one_look_is_the_fixed_test():
    for spending in (FLEMING, KIM):
        (only,) = looks([1234], 1234, spending=spending)
        assert only.bound == pytest.approx(reference.norm.isf(0.025), rel=1e-14)
        assert only.level == pytest.approx(0.95, rel=1e-15)
        assert only.spent == pytest.approx(0.05, rel=1e-14)
        for p in (0.9, 0.05, 0.003, 1e-9):
            assert sequential_p([p], [1234], 1234, spending=spending) == pytest.approx(p, rel=1e-11)


def test_two_looks_by_a_bivariate_normal():
    first, second = boundaries([0.4, 1.0])
    assert 2 * reference.norm.sf(first) == pytest.approx(spent(0.4), rel=1e-10)
    rho = math.sqrt(0.4)
    inside = reference.multivariate_normal([0, 0], [[1, rho], [rho, 1]]).cdf(
        [first, second], lower_limit=[-first, -second]
    )
    assert inside == pytest.approx(0.95, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(courses, functions, st.floats(0.001, 0.2))
def test_each_look_spends_what_its_time_allows(units, spending, alpha):
    found = looks(units, units[-1], spending=spending, alpha=alpha)
    upper, lower = exits(units, [look.bound for look in found])
    gone = np.cumsum(upper + lower)
    assert [look.spent for look in found] == pytest.approx(list(gone), abs=1e-12)
    allowed = [spent(look.time, alpha=alpha, spending=spending) for look in found]
    assert gone == pytest.approx(allowed, abs=1e-12)
    assert found[-1].last
    assert gone[-1] == pytest.approx(alpha, rel=1e-11)


@settings(max_examples=40, deadline=None)
@given(courses, functions, st.floats(1.0, 3.0))
def test_a_bound_once_used_stays_whatever_comes_later(units, spending, more):
    planned = units[-1] * more
    whole = looks(units, planned, spending=spending)
    for taken in range(1, len(units)):
        earlier = looks(units[:taken], planned, spending=spending)
        assert [look.bound for look in earlier] == pytest.approx([look.bound for look in whole[:taken]], rel=1e-9)


def test_more_units_than_planned_spend_what_is_left():
    # The looks before were taken at their parts of the plan; only how they correlate with the last changes.
    as_planned, over = looks([2500, 5000, 10000], 10000), looks([2500, 5000, 13000], 10000)
    assert [one.bound for one in over[:2]] == pytest.approx([one.bound for one in as_planned[:2]], rel=1e-12)
    assert over[-1].time == 1
    assert over[-1].last
    assert over[-1].spent == pytest.approx(0.05, rel=1e-12)
    upper, lower = exits([2500, 5000, 13000], [one.bound for one in over])
    assert upper.sum() + lower.sum() == pytest.approx(0.05, rel=1e-12)


def test_fewer_units_than_planned_end_it_all_the_same():
    open_end, ended = looks([3000, 8000], 10000), looks([3000, 8000], 10000, final=True)
    assert not open_end[-1].last
    assert open_end[-1].spent < 0.05
    assert ended[-1].last
    assert ended[-1].bound < open_end[-1].bound
    assert ended[-1].spent == pytest.approx(0.05, rel=1e-12)


def test_alpha_is_spent_by_days_where_units_are_not_foreseen():
    # Lan and DeMets (1989), Biometrics 45:1017-1020: spending by calendar time, correlation by information.
    found = looks([4000, 5000, 9000], 1, times=[7 / 28, 14 / 28, 1.0])
    assert [look.spent for look in found] == pytest.approx([spent(0.25), spent(0.5), 0.05], rel=1e-9)
    upper, lower = exits([4000, 5000, 9000], [look.bound for look in found])
    assert upper.sum() + lower.sum() == pytest.approx(0.05, rel=1e-12)
    # A look's bound rests on nothing that comes later, how many units there will be among it.
    early = looks([4000, 5000], 1, times=[7 / 28, 14 / 28])
    assert [look.bound for look in early] == pytest.approx([look.bound for look in found[:2]], rel=1e-12)
    assert [look.last for look in found] == [False, False, True]
    p = sequential_p([0.3, 0.02, 0.02], [4000, 5000, 9000], 1, times=[0.25, 0.5, 1.0])
    assert any(look.crossed(one) for look, one in zip(found, [0.3, 0.02, 0.02], strict=True)) == (p < 0.05)


def test_bounds_that_were_used_count_with_what_they_spent():
    # First read at 1.96 by mistake: 5% is gone there, so nothing more can be called.
    wasted = looks([5000, 10000], 10000, used=[1.9599639845400545])
    assert wasted[0].spent == pytest.approx(0.05, rel=1e-10)
    assert wasted[1].bound > 6
    kept = looks([5000, 10000], 10000, used=[2.7964])
    upper, lower = exits([5000, 10000], [one.bound for one in kept])
    assert upper.sum() + lower.sum() == pytest.approx(0.05, rel=1e-12)


def test_published_sequential_p_values():
    # The validation page of R's graphicalMCP against gsDesign (Liu and Anderson's p), one-sided 5%, 2%, 1% at thirds.
    sided = [0.10, 0.04, 0.02]
    found = [sequential_p(sided[:taken], [1, 2, 3][:taken], 3) for taken in (1, 2, 3)]
    assert [p / 2 for p in found] == pytest.approx([0.257809, 0.058193, 0.010554], abs=2e-6)
    # The same page, at halves 2.4% and 1%: each look alone.
    assert sequential_p([0.048], [1], 2) / 2 == pytest.approx(0.110482, abs=2e-6)
    assert sequential_p([1.0, 0.02], [1, 2], 2) / 2 == pytest.approx(0.010094, abs=2e-6)


@settings(max_examples=60, deadline=None)
@given(courses, functions, st.floats(0.001, 0.3), st.integers(0, 2**32 - 1))
def test_p_is_below_alpha_exactly_when_a_look_crossed(units, spending, alpha, seed):
    p_values = list(np.random.default_rng(seed).random(len(units)) ** 3)
    p = sequential_p(p_values, units, units[-1], spending=spending)
    taken = looks(units, units[-1], spending=spending, alpha=alpha)
    if abs(p / alpha - 1) > 1e-8:
        assert (p < alpha) == any(look.crossed(one) for look, one in zip(taken, p_values, strict=True))


def test_p_never_becomes_0_and_never_passes_1():
    assert 0 < sequential_p([0.0, 0.0], [1, 2], 2) <= 1e-15
    assert sequential_p([0.9], [1], 100) == 1
    assert sequential_p([1.0], [1], 1) == pytest.approx(1)


@pytest.mark.parametrize("alpha", [1e-6, 0.001, 0.05, 0.5])
@pytest.mark.parametrize("spending", [FLEMING, KIM])
def test_early_looks_keep_a_level_that_can_be_used(alpha, spending):
    for look in looks([1, 10, 1000, 100_000], 100_000, alpha=alpha, spending=spending):
        assert 0 < look.level < 1
        found = mean_lift(Moments(5000, 11.0, 9.0), Moments(5000, 10.0, 9.0), level=look.level)
        assert found.low < found.value < found.high


@settings(max_examples=60, deadline=None)
@given(st.floats(-0.5, 0.5), st.integers(0, 2), functions)
def test_repeated_interval_excludes_nothing_exactly_when_its_look_crosses(gap, at, spending):
    look = looks([2000, 5000, 9000], 9000, spending=spending)[at]
    n = int(look.units / 2)
    group, base = Moments(n, 5 + gap, 9.0), Moments(n, 5.0, 10.0)
    for judge in (mean_difference, mean_lift):
        found = judge(group, base, level=look.level)
        if abs(found.p / (1 - look.level) - 1) > 1e-6:
            assert found.excludes(0) == look.crossed(found.p)


def test_restated_over_all_looks():
    found = Estimate("lift", 0.1, 0.02, 0.2, Unit.LIFT, 100, "Welch", level=0.99, p=0.004)
    shown = repeated(found, p=0.03)
    assert (shown.level, shown.p, shown.low) == (0.95, 0.03, 0.02)
    assert "repeated interval over group-sequential looks" in shown.method


def test_false_alarms_and_coverage_of_skewed_data_looked_at_five_times():
    # Exponential metric, 2,000 runs, five looks of 200 more units an arm, seeded. Bands set beforehand: false alarms
    # 3.5% to 6.5%, all five intervals hold the truth at once in 93.5% to 96.5%.
    draw, runs, looked = np.random.default_rng(20), 2000, [200, 400, 600, 800, 1000]
    for spending in (FLEMING, KIM):
        plan = looks([2 * n for n in looked], 2000, spending=spending)
        missed = np.zeros(runs, bool)
        arms = draw.exponential(size=(2, runs, 1000))
        for n, look in zip(looked, plan, strict=True):
            part = arms[:, :, :n]
            error = np.sqrt((part.var(axis=2, ddof=1) / n).sum(axis=0))
            missed |= np.abs(part[1].mean(axis=1) - part[0].mean(axis=1)) > look.bound * error
        assert 0.035 <= missed.mean() <= 0.065


def test_power_of_fourteen_looks_where_a_fixed_test_has_80_percent():
    # 40,000 seeded walks; bands of 4 standard errors. Some spend alpha of both sides at once by the O'Brien-Fleming
    # type; a function a side, as here, is a little better.
    times, drift, band = even(14), reference.norm.isf(0.025) + reference.norm.isf(0.2), 0.0085
    both = [float(2 * reference.norm.sf(reference.norm.isf(0.025) / math.sqrt(time))) for time in times]
    at_once = [bound for bound, _ in solved(times, both, 0.05, ())]
    steps = np.random.default_rng(14).normal(drift / 14, math.sqrt(1 / 14), (40_000, 14))
    walks, power = np.cumsum(steps, axis=1) / np.sqrt(times), []
    for bounds in (boundaries(times, spending=KIM), at_once, boundaries(times)):
        power.append(exits(times, bounds, drift)[0].sum())
        assert power[-1] == pytest.approx((walks > bounds).any(axis=1).mean(), abs=band)
    assert power == sorted(power)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: boundaries([]), "names no look"),
        (lambda: boundaries([0.5, 0.4]), "Look 2 has 0.4"),
        (lambda: boundaries([0.5, 1.2]), "at most 1"),
        (lambda: boundaries([0.0, 1.0]), "more than 0"),
        (lambda: boundaries([0.5, float("nan")]), "finite"),
        (lambda: boundaries([1.0], alpha=0), "between 0 and 1"),
        (lambda: boundaries([1.0], spending="obrien-flemming"), "Did you mean 'obrien-fleming'"),
        (lambda: looks([1000, 1000], 2000), "0.1% more"),
        (lambda: looks([1000, 2000, 3000], 2000), "Read look 2 as the last"),
        (lambda: looks([1000, 2000, 3000], 9000, times=[0.5, 1.1, 1.2]), "Look 2 reached the end"),
        (lambda: looks([1000, 2000], 9000, times=[0.5]), "1 times stand for 2 looks"),
        (lambda: looks([1000], 0), "plans for more than 0"),
        (lambda: looks([1000], 2000, used=[3, 2]), "2 bounds were used at 1 look"),
        (lambda: looks([1000, 2000], 2000, used=[-2.8]), "above 0"),
        (lambda: sequential_p([0.1], [1, 2], 2), "give one each"),
        (lambda: sequential_p([1.1], [1], 2), "between 0 and 1"),
        (lambda: level_of(-1), "not below 0"),
        (lambda: spent(0), "above 0"),
    ],
)
def test_what_is_refused_says_why(call, words):
    with pytest.raises(SettingError, match=words):
        call()
