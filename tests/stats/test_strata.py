"""Differences over strata and the split of a change, against published figures, other formulas and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlib.core import SettingError, TooFewError
from pmlib.stats import share_difference
from pmlib.stats.strata import mantel_haenszel, mix_and_rate, stratified_difference

# Rothman, Greenland and Lash (2008), Modern Epidemiology, 3rd ed., table 15-1 (deaths of 106 and 120, 98 and 85) and
# p. 274: 0.035 with the 90% limits -0.018 and 0.088; metafor's test of the example has 0.0349, -0.0176 and 0.0874.
DEATHS = [(8, 106, 5, 120), (22, 98, 16, 85)]


def test_the_published_difference():
    found = stratified_difference(DEATHS, level=0.9)
    assert (found.value, found.low, found.high) == pytest.approx((0.0349, -0.0176, 0.0874), abs=5e-5)
    assert found.n == 106 + 120 + 98 + 85


def test_one_stratum_is_the_plain_difference():
    # Of one stratum Sato's variance is p q / n of each side, added.
    value, variance, n = mantel_haenszel([(30, 80, 12, 60)])
    assert (value, n) == (pytest.approx(30 / 80 - 12 / 60), 140)
    assert variance == pytest.approx(30 / 80 * 50 / 80 / 80 + 12 / 60 * 48 / 60 / 60)


def test_pairs_are_mcnemars_variance():
    # 60 pairs as strata: 20 with only the one, 8 with only the other, 15 both, 17 neither; the variance of the
    # difference of paired shares is (20 + 8 - (20 - 8)² / 60) / 60².
    pairs = [(1, 1, 0, 1)] * 20 + [(0, 1, 1, 1)] * 8 + [(1, 1, 1, 1)] * 15 + [(0, 1, 0, 1)] * 17
    value, variance, _ = mantel_haenszel(pairs)
    assert value == pytest.approx(12 / 60)
    assert variance == pytest.approx((28 - 144 / 60) / 3600)


def test_a_confounder_is_taken_out():
    # Within both strata exactly no difference; the doers are in the stratum that stays more, so the plain one is large.
    strata = [(80, 100, 8, 10), (2, 10, 20, 100)]
    assert share_difference(82, 110, 28, 110).value == pytest.approx(54 / 110)
    assert stratified_difference(strata).value == pytest.approx(0)
    assert stratified_difference(strata).p == pytest.approx(1)


def test_strata_of_one_side_tell_nothing():
    assert stratified_difference([*DEATHS, (5, 5, 0, 0), (0, 0, 3, 9)]) == stratified_difference(DEATHS)
    with pytest.raises(TooFewError, match="both sides"):
        stratified_difference([(5, 5, 0, 0), (0, 0, 3, 9)])
    with pytest.raises(SettingError, match="hits"):
        stratified_difference([(6, 5, 0, 3)])


def test_no_spread_is_said():
    found = stratified_difference([(5, 5, 0, 5)])
    assert (found.value, found.low, found.high) == (1, None, None)
    assert "no spread" in found.reason


@pytest.mark.parametrize("size", [4, 40])
def test_intervals_over_strata_hold_the_truth(size):
    # 95 of 100 intervals, for strata small and large; the rates of strata differ, the difference is 0.1 in each.
    draw = np.random.default_rng(7)
    base, held, worlds = np.linspace(0.1, 0.8, 12), 0, 800
    for _ in range(worlds):
        n, m = draw.integers(1, size + 1, 12), draw.integers(1, size + 1, 12)
        hits, rest = draw.binomial(n, base + 0.1), draw.binomial(m, base)
        found = stratified_difference([tuple(map(int, one)) for one in zip(hits, n, rest, m, strict=True)])
        held += found.low <= 0.1 <= found.high
    assert 0.93 <= held / worlds <= 0.97


def test_the_split_by_hand():
    # Before: 50 and 50 with 60% and 20%: 40%. Now: 30 with 70%, 70 with 30%: 42%.
    # Rates: (.7 - .6) x (.3 + .5)/2 = .04 and (.3 - .2) x (.7 + .5)/2 = .06: .10 in all.
    # Mix, mean rates .65 and .25, middle (.42 + .40)/2 = .41: -.2 x .24 = -.048 and .2 x -.16 = -.032: -.08 in all.
    shift = mix_and_rate([(21, 30), (21, 70)], [(30, 50), (10, 50)])
    assert shift.rates == pytest.approx((0.04, 0.06))
    assert shift.mixes == pytest.approx((-0.048, -0.032))
    assert (shift.mix.value, shift.rate.value) == pytest.approx((-0.08, 0.1))


def test_a_group_that_is_new_only_changes_the_mix():
    # 50% of 100 before; now those 100 with 50% and 100 new with 90%: 70%. All of the 20 points are mix.
    shift = mix_and_rate([(50, 100), (90, 100)], [(50, 100), (0, 0)])
    assert (shift.mix.value, shift.rate.value) == pytest.approx((0.2, 0))


def test_one_group_has_no_mix():
    shift = mix_and_rate([(30, 100)], [(50, 100)])
    assert (shift.mix.value, shift.mix.low) == (0, None)
    assert shift.rate.value == pytest.approx(-0.2)
    # The interval is nearly that of a plain difference.
    plain = share_difference(30, 100, 50, 100)
    assert (shift.rate.low, shift.rate.high) == pytest.approx((plain.low, plain.high), abs=0.01)


def test_faults_of_the_split():
    with pytest.raises(SettingError, match="same groups"):
        mix_and_rate([(1, 2)], [])
    with pytest.raises(TooFewError, match="Nobody"):
        mix_and_rate([(1, 2)], [(0, 0)])


GROUPS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=6
)


@given(GROUPS)
@settings(max_examples=60)
def test_mix_and_rate_add_up_to_the_change(groups):
    now = [(min(a, n), n) for a, n, _, _ in groups]
    before = [(min(b, m), m) for _, _, b, m in groups]
    sizes = sum(n for _, n in now), sum(n for _, n in before)
    if min(sizes) == 0:
        return
    shift = mix_and_rate(now, before)
    change = sum(h for h, _ in now) / sizes[0] - sum(h for h, _ in before) / sizes[1]
    assert shift.mix.value + shift.rate.value == pytest.approx(change, abs=1e-12)
    assert math.fsum(shift.mixes) == pytest.approx(shift.mix.value, abs=1e-12)
    # The order of groups does not matter.
    assert mix_and_rate(now[::-1], before[::-1]).mix.value == pytest.approx(shift.mix.value, abs=1e-12)


def test_intervals_of_the_split_hold_the_truth():
    # Weights .5 .3 .2 become .3 .3 .4, rates .6 .4 .2 become .5 .5 .2. Rate: -.1 x .4 + .1 x .3 = -.01.
    # Mean rates .55 .45 .2: mix -.2 x .55 + .2 x .2 = -.07. Together .38 - .46 = -.08.
    draw = np.random.default_rng(3)
    held, worlds = np.zeros(2), 800
    for _ in range(worlds):
        n, m = draw.multinomial(600, [0.3, 0.3, 0.4]), draw.multinomial(500, [0.5, 0.3, 0.2])
        hits, rest = draw.binomial(n, [0.5, 0.5, 0.2]), draw.binomial(m, [0.6, 0.4, 0.2])
        pairs = [[(int(h), int(k)) for h, k in zip(*one, strict=True)] for one in ((hits, n), (rest, m))]
        shift = mix_and_rate(*pairs)
        held += [one.low <= truth <= one.high for one, truth in ((shift.mix, -0.07), (shift.rate, -0.01))]
    assert (held / worlds >= 0.93).all()
    assert (held / worlds <= 0.975).all()


def test_p_is_that_of_mantel_and_haenszel():
    from statsmodels.stats.contingency_tables import StratifiedTable

    strata = [(8, 106, 5, 120), (22, 98, 16, 85), (3, 9, 1, 12), (0, 1, 1, 1)]
    tables = [[[hits, n - hits], [base, m - base]] for hits, n, base, m in strata]
    known = StratifiedTable(tables).test_null_odds(correction=False)
    assert stratified_difference(strata).p == pytest.approx(known.pvalue)
