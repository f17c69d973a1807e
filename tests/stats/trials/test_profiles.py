"""Profiles of two groups: a published one, Welch's test of two columns, and error rates by simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pmlib.core import SettingError, TooFewError
from pmlib.stats.trials.joint import Joint
from pmlib.stats.trials.profiles import Parallel, parallel


def test_a_published_profile():
    # Johnson and Wichern (2007), Applied Multivariate Statistical Analysis, 6th edition, example 6.14: what 30 husbands
    # and 30 wives answered to four questions on love; T squared of parallel profiles is 1.005, with 3 contrasts.
    spread = ((0.606, 0.262, 0.066, 0.161), (0.262, 0.637, 0.173, 0.143), (0.066, 0.173, 0.810, 0.029))
    spread = (*spread, (0.161, 0.143, 0.029, 0.306))
    husbands, wives = Joint(30, (6.833, 7.033, 3.967, 4.700), spread), Joint(30, (6.633, 7.000, 4.000, 4.533), spread)
    found = parallel(husbands, wives)
    assert found.q == pytest.approx(1.005, abs=0.001)
    assert found.df == 3
    # With the same covariances in groups of one size it is the exact test: F of 3 and 56 is T squared * 56 / (58 * 3).
    assert found.p == pytest.approx(stats.f.sf(found.q * 56 / (58 * 3), 3, 56), rel=2e-3)
    assert found.share == 0


def test_two_columns_are_welchs_test_of_their_difference():
    draw = np.random.default_rng(2)
    here, there = draw.normal(0, [1, 3], (30, 2)), draw.normal(0, [2, 1], (12, 2)) + np.array([0.5, 0.0])
    found = parallel(Joint.of(here), Joint.of(there))
    want = stats.ttest_ind(here[:, 0] - here[:, 1], there[:, 0] - there[:, 1], equal_var=False)
    assert (found.q, found.df, found.p) == (pytest.approx(want.statistic**2), 1, pytest.approx(want.pvalue))


def test_it_is_hotellings_test_of_contrasts_by_hand():
    draw = np.random.default_rng(3)
    here, there = draw.normal(0, 1, (50, 4)) + draw.normal(0, 1, (50, 1)), draw.normal(0, 2, (40, 4))
    found = parallel(Joint.of(here), Joint.of(there))
    steps = np.array([[1, 0, 0, -1], [0, 1, 0, -1], [0, 0, 1, -1]])
    errors = [steps @ np.cov(one.T) @ steps.T / len(one) for one in (here, there)]
    gap = steps @ (here.mean(0) - there.mean(0))
    assert found.q == pytest.approx(gap @ np.linalg.solve(sum(errors), gap))
    parts = [one @ np.linalg.inv(sum(errors)) for one in errors]
    noise = sum(
        (np.trace(part @ part) + np.trace(part) ** 2) / (n - 1) for part, n in zip(parts, (50, 40), strict=True)
    )
    free = 12 / noise
    assert found.p == pytest.approx(stats.f.sf(found.q * (free - 2) / (3 * free), 3, free - 2))


def test_false_calls_among_unlike_groups():
    # 2,000 seeded runs of 40 and 60 units in 5 columns that hang together, one group twice as wide: 3.5 to 6.5 %.
    draw = np.random.default_rng(4)
    called = 0
    for _ in range(2000):
        here = draw.normal(0, 1, (40, 5)) + draw.normal(0, 1, (40, 1))
        there = 2 * draw.normal(0, 1, (60, 5)) + draw.normal(0, 1, (60, 1))
        called += parallel(Joint.of(here), Joint.of(there)).p < 0.05
    assert 0.035 <= called / 2000 <= 0.065


@given(shift=st.floats(-100, 100), scale=st.floats(0.01, 100), seed=st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_what_leaves_it_alone(shift, scale, seed):
    draw = np.random.default_rng(seed)
    here, there = draw.normal(0, 1, (20, 3)), draw.normal(0, 2, (25, 3)) + np.array([0.3, 0.0, 0.0])
    first = parallel(Joint.of(here), Joint.of(there))
    # A difference that is the same in all columns, the order of columns and groups, and the scale.
    for one, other in (
        (here + shift, there),
        (here[:, ::-1], there[:, ::-1]),
        (there, here),
        (here * scale, there * scale),
    ):
        found = parallel(Joint.of(one), Joint.of(other))
        assert (found.q, found.p) == (pytest.approx(first.q, rel=1e-6), pytest.approx(first.p, rel=1e-6))


def test_a_column_that_others_give_already_counts_for_nothing():
    draw = np.random.default_rng(6)
    here, there = draw.normal(0, 1, (30, 2)), draw.normal(0, 1, (30, 2))
    twice = [np.column_stack([one, one[:, 0]]) for one in (here, there)]
    found, want = parallel(*map(Joint.of, twice)), parallel(Joint.of(here), Joint.of(there))
    assert (found.df, found.q, found.p) == (1, pytest.approx(want.q), pytest.approx(want.p))


def test_far_apart_is_no_chance_of_0():
    here, there = (np.random.default_rng(at).normal(0, 1, (2000, 2)) for at in (1, 2))
    found = parallel(Joint.of(here + np.array([1e6, 0.0])), Joint.of(there))
    assert 0 < found.p < 1e-300
    assert found.share == pytest.approx(1)
    assert Parallel(0.0, 1, 1.0).share == 0


def test_what_is_no_profile_is_refused():
    one = Joint.of(np.random.default_rng(7).normal(0, 1, (4, 3)))
    with pytest.raises(SettingError, match="3 columns of one group do not compare with 2"):
        parallel(one, one.at(0, 1))
    with pytest.raises(TooFewError, match="it takes two or more of each"):
        parallel(one.at(0), one.at(1))
    with pytest.raises(TooFewError, match="No unit differs"):
        parallel(*[Joint.of([[1.0, 2.0]] * 3)] * 2)
    many = Joint.of(np.random.default_rng(8).normal(0, 1, (3, 9)))
    with pytest.raises(TooFewError, match="3 and 3 units are too few to tell 9 columns apart"):
        parallel(many, Joint.of(np.random.default_rng(9).normal(0, 1, (3, 9))))
