"""Post-stratification against the saturated regression, by hand and by simulation."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pmlib.core import SettingError, TooFewError
from pmlib.stats.means import Moments, mean_difference, mean_lift
from pmlib.stats.trials.poststrat import post_stratified, together

means = st.floats(-100, 100).map(lambda mean: round(mean, 6))
arm = st.builds(Moments, st.integers(2, 200), means, st.floats(0.01, 100))
cells = st.lists(st.tuples(arm, arm), min_size=1, max_size=6)
NOBODY = Moments(0, math.nan, math.nan)


def halves(strata: list[tuple[Moments, Moments]]) -> tuple[list[Moments], list[Moments]]:
    return [group for group, _ in strata], [base for _, base in strata]


def test_by_hand():
    # Strata of 40 and 60 of 100 units: effects 2 and -1, so D = .4 x 2 - .6 = .2.
    strata = [(Moments(10, 7, 5), Moments(30, 5, 6)), (Moments(30, 3, 3), Moments(30, 4, 6))]
    # Within: .16 x (.5 + .2) + .36 x (.1 + .2) = .22. Sizes by chance: (.4 x 4 + .6 x 1 - .04) / 100 = .0216.
    found = post_stratified(*halves(strata))
    assert found.difference.value == pytest.approx(0.2)
    assert together(strata).spread == pytest.approx(0.22 + 0.0216)
    # Base: .4 x 5 + .6 x 4 = 4.4, variance .16 x .2 + .36 x .2 + (.4 x 25 + .6 x 16 - 19.36) / 100 = .1064.
    assert found.lift.value == pytest.approx(0.2 / 4.4)
    assert together(strata).error == pytest.approx(0.1064)
    # Group: 4.6, variance .16 x .5 + .36 x .1 + (.4 x 49 + .6 x 9 - 21.16) / 100 = .1544; both by chance
    # (.4 x 35 + .6 x 12 - 20.24) / 100 = .0096: .1544 + .1064 - 2 x .0096 is the .2416 above.
    assert together(strata).cross == pytest.approx(0.0096 - 0.1064)
    assert (found.strata, found.merged, found.difference.n) == (2, 0, 100)


def test_within_strata_it_is_the_saturated_regression():
    # The coefficient of the arm with centred strata fully interacted (Lin 2013), HC2 errors: the variance where
    # the strata's sizes are taken as given.
    draw = np.random.default_rng(41)
    n, stratum = 300, np.random.default_rng(42).integers(0, 3, 300)
    side = draw.random(n) < 0.4
    y = stratum * 2.0 + side * (0.5 + stratum) + draw.normal(0, 1 + stratum, n)
    dummies = np.column_stack([stratum == 1, stratum == 2]).astype(float)
    dummies -= dummies.mean(axis=0)
    fit = sm.OLS(y, np.column_stack([np.ones(n), side, dummies, dummies * side[:, None]])).fit(cov_type="HC2")
    strata = [(Moments.of(y[side & (stratum == k)]), Moments.of(y[~side & (stratum == k)])) for k in range(3)]
    pair = together(strata)
    sizes = np.bincount(stratum) / n
    effects = np.array([group.mean - base.mean for group, base in strata])
    chance = (sizes @ effects**2 - (sizes @ effects) ** 2) / n
    assert pair.group - pair.base == pytest.approx(fit.params[1], rel=1e-10)
    assert pair.spread == pytest.approx(fit.bse[1] ** 2 + chance, rel=1e-10)


def test_one_stratum_is_welch_and_fieller():
    group, base = Moments(50, 11.0, 4.0), Moments(80, 10.0, 9.0)
    found = post_stratified([group], [base])
    difference, lift = mean_difference(group, base), mean_lift(group, base)
    assert (found.difference.low, found.difference.p) == pytest.approx((difference.low, difference.p), rel=1e-12)
    assert (found.lift.low, found.lift.high) == pytest.approx((lift.low, lift.high), rel=1e-9)


@given(cells, st.randoms())
@settings(deadline=None, max_examples=60)
def test_difference_and_lift_decide_alike_in_any_order(strata, mixer):
    found = post_stratified(*halves(strata))
    assume(found.difference.p is not None and abs(found.difference.p - 0.05) > 1e-9)
    assert found.difference.excludes(0) == (found.difference.p < 0.05)
    if found.lift.low is not None:
        assert found.lift.excludes(0) == found.difference.excludes(0)
    mixed = list(strata)
    mixer.shuffle(mixed)
    again = post_stratified(*halves(mixed))
    assert (again.difference.low, again.difference.p) == pytest.approx((found.difference.low, found.difference.p))
    swapped = post_stratified(*halves(strata)[::-1])
    assert (swapped.difference.low, swapped.difference.high) == pytest.approx(
        (-found.difference.high, -found.difference.low), rel=1e-9, abs=1e-9
    )


def test_strata_without_an_arm_or_spread_go_into_the_largest():
    good = [(Moments(40, 5.0, 2.0), Moments(50, 4.0, 2.0)), (Moments(20, 9.0, 3.0), Moments(20, 7.0, 1.0))]
    poor = [
        (Moments(6, 0.0, 0.0), Moments(5, 0.0, 0.0)),
        (Moments(3, 1.0, 1.0), NOBODY),
        (NOBODY, Moments(1, 8.0, 0.0)),
    ]
    found = post_stratified(*halves([good[1], poor[0], good[0], *poor[1:], (NOBODY, NOBODY)]))
    # The largest of the good, 40 and 50, with 6 + 3 and 5 + 1 more.
    rows = [40 * 5.0 + 0 + 3 * 1.0, 50 * 4.0 + 0 + 8.0]
    weights = (105 / 145, 40 / 145)
    by_hand = weights[0] * (rows[0] / 49 - rows[1] / 56) + weights[1] * 2
    assert (found.strata, found.merged, found.difference.n) == (2, 3, 145)
    assert found.difference.value == pytest.approx(by_hand)
    # Equally large ones: which takes them in does not depend on the order.
    twins = [(Moments(40, 5.0, 2.0), Moments(40, 4.0, 2.0)), (Moments(40, 9.0, 3.0), Moments(40, 7.0, 1.0))]
    ways = [post_stratified(*halves([*order, poor[0]])).difference.value for order in (twins, twins[::-1])]
    assert ways[0] == ways[1]


def test_nothing_to_compare_is_said():
    with pytest.raises(SettingError, match="same strata"):
        post_stratified([Moments(5, 1, 1)], [])
    with pytest.raises(SettingError, match="same strata"):
        post_stratified([], [])
    with pytest.raises(TooFewError, match="fewer than 2"):
        post_stratified([Moments(5, 1.0, 1.0), Moments(5, 2.0, 1.0)], [NOBODY, Moments(1, 2.0, 0.0)])
    with pytest.raises(TooFewError, match="fewer than 2"):
        post_stratified([NOBODY], [NOBODY])
    found = post_stratified([Moments(5, 1.0, 0.0)], [Moments(5, 1.0, 0.0)])
    assert "no unit differs" in found.difference.reason
    assert "no unit differs" in found.lift.reason


@pytest.mark.parametrize("lift", [0.0, 0.5])
def test_coverage(lift):
    # Three strata of means 1, 4 and 10, of random sizes, 300 units in two arms, effects that differ by stratum;
    # 2,000 seeded runs: both intervals hold the truth in 93.5 to 96.5 %, and strata make them shorter.
    draw, runs, n = np.random.default_rng(43), 2000, 300
    part, means = np.array([0.5, 0.3, 0.2]), np.array([1.0, 4.0, 10.0])
    ups = lift * means * np.array([0.4, 0.8, 1.24])
    truth, base = part @ ups, part @ means
    held = held_lift = shorter = 0
    for _ in range(runs):
        stratum, side = draw.choice(3, n, p=part), draw.random(n) < 0.5
        y = means[stratum] + side * ups[stratum] + draw.normal(0, 1.5, n)
        strata = [(Moments.of(y[side & (stratum == k)]), Moments.of(y[~side & (stratum == k)])) for k in range(3)]
        found = post_stratified(*halves(strata))
        plain = mean_difference(Moments.of(y[side]), Moments.of(y[~side]))
        held += found.difference.low <= truth <= found.difference.high
        held_lift += found.lift.low <= truth / base <= found.lift.high
        shorter += found.difference.high - found.difference.low < plain.high - plain.low
    assert 0.935 <= held / runs <= 0.965
    assert 0.935 <= held_lift / runs <= 0.965
    assert shorter / runs > 0.99
