"""CUPED against the published analysis of covariance, against regression, and by simulation."""

import math

import numpy as np
import pytest
import statsmodels.api as sm

from pmlib.core import SettingError, TooFewError
from pmlib.stats.means import Moments, mean_difference, mean_lift
from pmlib.stats.trials.cuped import Cuped, Health, adjusted, adjusted_ratio
from pmlib.stats.trials.joint import Joint

# Snedecor and Cochran (1967), Statistical Methods, 6th edition, p. 422: leprosy bacilli before and after treatment
# with drugs A and D and a control F, 10 patients each.
A = [(11, 6), (8, 0), (5, 2), (14, 8), (19, 11), (6, 4), (10, 13), (6, 1), (11, 8), (3, 0)]
D = [(6, 0), (6, 2), (7, 3), (8, 1), (18, 18), (8, 4), (19, 14), (8, 9), (5, 1), (15, 9)]
F = [(16, 13), (13, 10), (11, 18), (9, 5), (21, 23), (16, 12), (12, 5), (12, 16), (7, 1), (12, 20)]
DRUGS = [Joint.of(arm) for arm in (A, D, F)]


def arms_of(draw: np.random.Generator, n: int, alike: float, lift: float = 0.0, mean: float = 1.0) -> list[np.ndarray]:
    """Two arms of target and covariate of correlation ``alike``, deviation 1 in the base."""
    made = []
    for up in (0.0, lift):
        x = draw.normal(0, 1, n)
        y = mean * (1 + up) + alike * x + math.sqrt(1 - alike**2) * draw.normal(0, 1, n)
        made.append(np.column_stack([y, x]))
    return made


def test_published_adjusted_means():
    # These are the data of SAS/STAT's example "Analysis of Covariance" for PROC GLM. By statsmodels, as there: slope
    # 0.987183811, adjusted means 6.7149635, 6.8239348 and 10.1611017, error sum of squares 417.2026.
    found = adjusted(DRUGS, target=1, covariates=(0,))
    before, after = np.array([*A, *D, *F], dtype=float).T
    arm = np.repeat(np.eye(3), 10, axis=0)
    fit = sm.OLS(after, np.column_stack([arm, before])).fit()
    assert found.theta == pytest.approx((fit.params[3],), rel=1e-12)
    assert [one.mean for one in found.arms] == pytest.approx(fit.params[:3] + fit.params[3] * before.mean(), rel=1e-12)
    assert (fit.ssr, fit.df_resid) == (pytest.approx(417.2026, abs=5e-5), 26)
    assert found.theta == pytest.approx((0.987183811,), abs=1e-9)
    assert [arm.mean for arm in found.arms] == pytest.approx([6.7149635, 6.8239348, 10.1611017], abs=1e-7)
    # The three arms' mean variance carries two factors: 27/26 for the slope, 26/25 for the error of the slope.
    assert sum(arm.variance for arm in found.arms) / 3 * 25 / 26 == pytest.approx(417.2026 / 26, abs=1e-5)


def test_kept_and_gain():
    found = adjusted(DRUGS, target=1, covariates=(0,))
    # Within arms: 995.1 before, 417.2026 after.
    assert found.kept == pytest.approx(417.2026 / 995.1, abs=1e-6)
    assert found.gain == pytest.approx(995.1 / 417.2026 - 1, abs=1e-5)
    assert Cuped((1.0,), (), (), 0.0, 0.0).gain is None


@pytest.mark.parametrize("covariates", [1, 3])
def test_differences_are_the_regressions(covariates):
    draw = np.random.default_rng(21)
    arm = np.repeat([0, 1, 2], [40, 70, 55])
    x = draw.normal(0, 1, (arm.size, covariates)) + 0.1 * arm[:, None]
    y = x @ np.arange(1, covariates + 1) + 0.4 * arm + draw.normal(0, 1, arm.size)
    design = np.column_stack([np.ones(arm.size), arm == 1, arm == 2, x])
    fit = sm.OLS(y, design).fit()
    rows = np.column_stack([y, x])
    found = adjusted([Joint.of(rows[arm == side]) for side in (0, 1, 2)], covariates=range(1, covariates + 1))
    assert found.theta == pytest.approx(tuple(fit.params[3:]), rel=1e-9)
    assert found.difference(1).value == pytest.approx(fit.params[1], rel=1e-9)
    assert found.difference(2, 1).value == pytest.approx(fit.params[2] - fit.params[1], rel=1e-9)
    assert found.difference(2).p < 0.05


def test_the_base_has_one_mean_whatever_it_is_compared_with():
    # Compared with the mean over all arms of the covariate, the control's mean enters each lift the same.
    found = adjusted(DRUGS, target=1, covariates=(0,))
    lifts = [found.lift(arm, 2) for arm in (0, 1)]
    bases = [(found.arms[arm].mean - found.arms[2].mean) / lift.value for arm, lift in enumerate(lifts)]
    assert bases == pytest.approx([found.arms[2].mean] * 2)
    assert "adjusted by the time before" in lifts[0].method


def test_a_constant_or_useless_covariate_changes_nothing():
    rows = np.random.default_rng(22).normal(5, 1, (2, 30))
    plain = [Moments.of(arm) for arm in rows]
    found = adjusted([Joint.of(np.column_stack([arm, np.full(30, 3.0)])) for arm in rows])
    assert found.theta == (0.0,)
    assert [arm.mean for arm in found.arms] == pytest.approx([arm.mean for arm in plain], rel=1e-15)
    assert [arm.variance for arm in found.arms] == pytest.approx([arm.variance for arm in plain], rel=1e-15)
    assert (found.kept, found.shared, found.gain) == (1.0, 0.0, 0.0)
    # The same covariate twice, in two units, is one covariate.
    x = np.random.default_rng(23).normal(0, 1, (2, 30))
    pairs = list(zip(rows + x, x, strict=True))
    once = adjusted([Joint.of(np.column_stack([y, z])) for y, z in pairs])
    twice = adjusted([Joint.of(np.column_stack([y, z, 40 * z + 7])) for y, z in pairs], covariates=(1, 2))
    assert [arm.mean for arm in twice.arms] == pytest.approx([arm.mean for arm in once.arms])
    assert [arm.variance for arm in twice.arms] == pytest.approx([arm.variance for arm in once.arms])


def test_an_unknown_past_is_0_with_a_mark():
    # What is put in where the past is unknown makes no difference once a second covariate marks it.
    draw = np.random.default_rng(24)
    arms = arms_of(draw, 80, 0.8)
    known = [draw.random(80) < 0.7 for _ in arms]

    def filled(by: float) -> Cuped:
        made = [
            Joint.of(np.column_stack([arm[:, 0], np.where(here, arm[:, 1], by), ~here]))
            for arm, here in zip(arms, known, strict=True)
        ]
        return adjusted(made, covariates=(1, 2))

    zero, other = filled(0.0), filled(55.0)
    assert [arm.mean for arm in zero.arms] == pytest.approx([arm.mean for arm in other.arms], rel=1e-9)
    assert [arm.variance for arm in zero.arms] == pytest.approx([arm.variance for arm in other.arms], rel=1e-9)
    assert zero.kept < 0.75


def test_partitions_merge_to_the_same():
    arms = arms_of(np.random.default_rng(25), 60, 0.7)
    whole = adjusted([Joint.of(arm) for arm in arms])
    parts = adjusted([Joint.of(arm[:20]).merged(Joint.of(arm[20:])) for arm in arms])
    assert parts.difference(1).low == pytest.approx(whole.difference(1).low, rel=1e-12)
    turned = adjusted([Joint.of(arm) for arm in arms[::-1]])
    assert turned.difference(0, 1).value == pytest.approx(whole.difference(1).value, rel=1e-12)


def test_digits_hold_where_the_mean_is_a_million_deviations():
    arms = arms_of(np.random.default_rng(26), 500, 0.8, lift=0.1)
    far = adjusted([Joint.of(arm + 1e6) for arm in arms]).difference(1)
    near = adjusted([Joint.of(arm) for arm in arms]).difference(1)
    assert (far.low, far.high) == pytest.approx((near.low, near.high), rel=1e-7)


def test_difference_is_that_of_the_adjusted_means_and_decides_as_the_lift():
    draw = np.random.default_rng(27)
    for _ in range(200):
        found = adjusted([Joint.of(arm) for arm in arms_of(draw, 40, 0.6, lift=0.3)])
        difference, lift = found.difference(1), found.lift(1)
        known = mean_difference(found.arms[1], found.arms[0])
        assert (difference.low, difference.p) == pytest.approx((known.low, known.p), rel=1e-12)
        assert difference.excludes(0) == lift.excludes(0) == (difference.p < 0.05)


def test_small_arms_keep_their_error_rate():
    # 10 units an arm, 2,000 seeded A/A runs: 3.5 to 6.5 % called.
    draw, runs = np.random.default_rng(28), 2000
    called = sum(
        adjusted([Joint.of(arm) for arm in arms_of(draw, 10, 0.7)]).difference(1).p < 0.05 for _ in range(runs)
    )
    assert 0.035 <= called / runs <= 0.065


def test_coverage_at_a_lift_of_half():
    # The past explains 90 % of the variance: an interval that forgets what adjusted means share is too narrow. A true
    # lift of 50 %, 2,000 seeded runs of 200 an arm: held in 93.5 to 96.5 % of them, without that in less than 93 %.
    draw, runs = np.random.default_rng(29), 2000
    held = forgot = 0
    for _ in range(runs):
        found = adjusted([Joint.of(arm) for arm in arms_of(draw, 200, math.sqrt(0.9), lift=0.5)])
        own, plain = found.lift(1), mean_lift(found.arms[1], found.arms[0])
        held += own.low <= 0.5 <= own.high
        forgot += plain.low <= 0.5 <= plain.high
    assert 0.935 <= held / runs <= 0.965
    assert forgot / runs < 0.93


def test_ratios_are_adjusted_by_the_ratio_before():
    # By hand: the linear parts of both ratios as rows, their slope pooled within arms.
    draw = np.random.default_rng(30)
    arms, lines = [], []
    for _ in (0, 1):
        habit = draw.beta(2, 6, 400)
        pages = draw.poisson(6, (2, 400)) + 1
        clicks = draw.binomial(pages, habit)
        arms.append(np.column_stack([clicks[0], pages[0], clicks[1], pages[1]]).astype(float))
        ratios = [clicks[i].sum() / pages[i].sum() for i in (0, 1)]
        lines.append(np.array([ratios[i] + (clicks[i] - ratios[i] * pages[i]) / pages[i].mean() for i in (0, 1)]))
    found = adjusted_ratio([Joint.of(arm) for arm in arms])
    cov = sum(np.cov(line) for line in lines)
    theta = cov[0, 1] / cov[1, 1]
    assert found.theta == pytest.approx((theta,), rel=1e-9)
    gap = [line[0].mean() - theta * line[1].mean() for line in lines]
    assert found.difference(1).value == pytest.approx(gap[1] - gap[0], rel=1e-9)
    assert found.arms[0].variance == pytest.approx((lines[0][0] - theta * lines[0][1]).var(ddof=1), rel=4e-3)
    assert found.kept == pytest.approx(1 - cov[0, 1] ** 2 / cov[0, 0] / cov[1, 1], rel=1e-9)
    assert found.kept < 0.9


def test_false_positives_of_an_adjusted_ratio():
    # 2,000 seeded A/A runs of 200 an arm, half of them unknown before: 3.5 to 6.5 % called.
    draw, runs, n = np.random.default_rng(31), 2000, 200
    called = 0
    for _ in range(runs):
        arms = []
        for _ in (0, 1):
            habit, pages = draw.beta(2, 6, n), draw.poisson(5, (2, n))
            pages[1] *= draw.random(n) < 0.5
            clicks = draw.binomial(pages, habit)
            arms.append(Joint.of(np.column_stack([clicks[0], pages[0], clicks[1], pages[1]])))
        called += adjusted_ratio(arms).difference(1).p < 0.05
    assert 0.035 <= called / runs <= 0.065


def test_health_tells_what_the_adjustment_did():
    draw = np.random.default_rng(32)
    fine = adjusted([Joint.of(arm) for arm in arms_of(draw, 300, 0.5)]).health(1)
    assert fine.good
    assert fine.words == ""
    # The groups differed before: the raw effect is up by half a deviation, the adjusted one down.
    base, group = arms_of(draw, 2000, 0.95)
    group += np.array([0.5, 0.8])
    bad = adjusted([Joint.of(base), Joint.of(group)]).health(1)
    assert bad.flipped
    assert bad.moved > 2
    assert "turned the sign" in bad.words
    # A sign that nobody would call is not worth a word.
    assert Health(False, 1.9).good


def test_no_spread_left_is_said():
    found = adjusted([Joint.of([[2.0 * x + up, x] for x in (1.0, 2.0, 5.0, 9.0)]) for up in (0.0, 1.0)])
    assert found.kept == pytest.approx(0, abs=1e-12)
    assert "no unit differs" in found.difference(1).reason
    assert "no unit differs" in found.lift(1).reason


def test_too_few_and_nothing_are_refused():
    with pytest.raises(SettingError, match="No arm"):
        adjusted([])
    with pytest.raises(TooFewError, match="1 unit"):
        adjusted([Joint.of([[1.0, 2.0]]), Joint.of([[1.0, 2.0], [2.0, 5.0]])])
    with pytest.raises(TooFewError, match="cannot bear"):
        adjusted([Joint.of([[1.0, 2.0], [2.0, 3.0]]), Joint.of([[1.0, 2.0], [2.0, 5.0]])])
    with pytest.raises(TooFewError, match="add up to 0"):
        adjusted_ratio([Joint.of([[1.0, 2, 0, 0], [2.0, 5, 0, 0]])] * 2)
