"""Dunnett's comparisons against his tables, his example and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pmlib.core import SettingError
from pmlib.stats import Moments, mean_difference, mean_lift, share_difference
from pmlib.stats.means import freedom
from pmlib.stats.trials.dunnett import critical_value, farthest, together

# Dunnett (1955 and 1964, Biometrics 20:482-491): two-sided, 5%, arms of the same size; 1 to 5 arms.
TABLE = {
    5: [2.57, 3.03, 3.29, 3.48, 3.62],
    10: [2.23, 2.57, 2.76, 2.89, 2.99],
    20: [2.09, 2.38, 2.54, 2.65, 2.73],
    60: [2.00, 2.27, 2.41, 2.51, 2.58],
    math.inf: [1.96, 2.21, 2.35, 2.44, 2.51],
}

# Dunnett (1955), JASA 50:1096-1121: blood counts of animals under two drugs and none.
CONTROL = [7.40, 8.50, 7.20, 8.24, 9.84, 8.32]
DRUGS = [[9.76, 8.80, 7.68, 9.36], [12.80, 9.68, 12.16, 9.20, 10.55]]

tenths = st.integers(-100, 100).map(lambda x: x / 10)
moments = st.builds(Moments, st.integers(5, 500), tenths, st.floats(0.1, 100))


@pytest.mark.parametrize("df", TABLE)
def test_critical_values_are_those_of_the_table(df):
    found = [critical_value((math.sqrt(0.5),) * k, df) for k in range(1, 6)]
    assert found == pytest.approx(TABLE[df], abs=0.0051)


def test_the_published_example_is_that_of_other_programs():
    # R's multcomp (glht), as scipy's own tests quote it; its integrals are by simulation, and so are scipy's.
    # One variance for all arms, as Dunnett has it: each arm's own t test by it, judged together.
    groups, df = [*DRUGS, CONTROL], sum(map(len, [*DRUGS, CONTROL])) - 3
    spread = sum((len(one) - 1) * np.var(one, ddof=1) for one in groups) / df
    gaps = [np.mean(drug) - np.mean(CONTROL) for drug in DRUGS]
    errors = [math.sqrt(spread * (1 / len(drug) + 1 / len(CONTROL))) for drug in DRUGS]
    alone = [2 * stats.t.sf(abs(gap) / error, df) for gap, error in zip(gaps, errors, strict=True)]
    found = together(alone, [math.sqrt(len(drug) / (len(drug) + len(CONTROL))) for drug in DRUGS], dfs=[df] * 2)
    assert [one.p for one in found] == pytest.approx([0.6201020, 0.0058254], abs=1e-4)
    halves = [stats.t.isf((1 - one.level) / 2, df) * error for one, error in zip(found, errors, strict=True)]
    assert np.subtract(gaps, halves) == pytest.approx([-1.2564116, 0.8396274], abs=1e-3)
    assert np.add(gaps, halves) == pytest.approx([2.5564116, 4.4163726], abs=1e-3)
    known = stats.dunnett(*DRUGS, control=CONTROL, rng=np.random.default_rng(1))
    assert [one.p for one in found] == pytest.approx(known.pvalue, abs=3e-4)


@pytest.mark.parametrize("parts", [(0.5, 0.7, 0.9), (0.99, 0.98), (0.1, 0.2, 0.3, 0.4)])
def test_the_joint_chance_is_that_of_the_multivariate_normal(parts):
    shared = np.outer(parts, parts)
    np.fill_diagonal(shared, 1.0)
    box = np.full(len(parts), 2.3)
    # The box as a sum over corners: P(-b < Z < b).
    inside = stats.multivariate_normal(cov=shared).cdf(box, lower_limit=-box, rng=np.random.default_rng(2))
    assert farthest(2.3, parts, math.inf) == pytest.approx(1 - inside, abs=2e-5)


@settings(max_examples=40, deadline=None)
@given(moments, moments)
def test_one_arm_alone_is_welch(arm, control):
    p = mean_difference(arm, control).p
    (found,) = together([p], [0.7], dfs=[freedom(arm, control)])
    assert (found.p, found.level) == (p, 0.95)


@settings(max_examples=15, deadline=None)
@given(st.lists(moments, min_size=2, max_size=4), moments)
def test_p_and_intervals_agree_and_cost_no_more_than_bonferroni(arms, control):
    parts = [math.sqrt(control.error / (arm.error + control.error)) for arm in arms]
    alone = [mean_difference(arm, control).p for arm in arms]
    joint = together(alone, parts, dfs=[freedom(arm, control) for arm in arms])
    for arm, p, one in zip(arms, alone, joint, strict=True):
        assert p - 1e-12 <= one.p <= min(1.0, len(arms) * p) + 1e-12
        gap, lift = (made(arm, control, level=one.level) for made in (mean_difference, mean_lift))
        if abs(one.p - 0.05) > 1e-7:
            assert gap.excludes(0) == (one.p < 0.05)
            assert lift.low is None or lift.excludes(0) == (one.p < 0.05)


def test_shares_are_judged_together_by_their_own_score_test():
    hits, base = [130, 118, 122], 100
    alone = [share_difference(one, 1000, base, 1000) for one in hits]
    for one, each in zip(together([a.p for a in alone], [math.sqrt(0.5)] * 3), hits, strict=True):
        taken = share_difference(each, 1000, base, 1000, level=one.level)
        assert taken.excludes(0) == (one.p < 0.05)


def test_the_familywise_error_of_unequal_arms_with_unequal_spreads():
    # 4,000 runs of three arms of 30, 60 and 200 units against 100, spreads 1 to 4, nothing differs: 5%, and 4% to 6%
    # (3 standard errors). A run whose least p is above 5%, or below a third of that, is decided without Dunnett.
    draw = np.random.default_rng(11)
    sizes, spreads = (30, 60, 200, 100), (4.0, 1.0, 2.0, 3.0)
    runs = [draw.normal(0, spread, (4000, n)) for n, spread in zip(sizes, spreads, strict=True)]
    wrong = 0
    for rows in zip(*runs, strict=True):
        *arms, control = (Moments.of(row) for row in rows)
        p, arm = min((mean_difference(arm, control).p, i) for i, arm in enumerate(arms))
        if p >= 0.05:
            continue
        if p > 0.05 / 3:
            parts = tuple(math.sqrt(control.error / (one.error + control.error)) for one in arms)
            gap = abs(arms[arm].mean - control.mean) / math.sqrt(arms[arm].error + control.error)
            p = farthest(gap, parts, freedom(arms[arm], control)) / 3
        wrong += p < 0.05 / 3
    assert 0.04 <= wrong / 4000 <= 0.06


def test_far_tails_keep_their_digits():
    one, other = together([1e-250, 0.5], [0.7, 0.7])
    assert 1e-250 <= one.p <= 2e-250
    assert together([0.0, 1.0], [0.7, 0.7])[0].p > 0
    assert other.p <= 1
    # Three arms all far off, on few degrees of freedom.
    small = together([1e-12, 1e-9, 0.2], [0.7, 0.6, 0.5], dfs=[5, 7, 9])
    assert all(p <= one.p <= 3 * p for p, one in zip([1e-12, 1e-9, 0.2], small, strict=True))


def test_what_cannot_be_judged_is_refused():
    for bad in ([0.1], [0.1, 1.2]):
        with pytest.raises(SettingError):
            together([0.1, 0.2], bad)
    with pytest.raises(SettingError, match="level"):
        together([0.1, 0.2], [0.5, 0.5], level=1)


def test_an_arm_without_spread_moves_with_control_alone():
    # Its statistic is control's own deviation, so with a second such arm the two are one: the plain two-sided tail.
    alone = 2 * stats.norm.sf(2.0)
    assert alone <= farthest(2.0, (1.0, 1.0), math.inf) <= alone + 1e-4
    assert farthest(2.0, (1.0, 0.0), math.inf) == pytest.approx(1 - (1 - alone) ** 2, abs=1e-6)
