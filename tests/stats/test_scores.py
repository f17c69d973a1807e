"""Scores and splits against hand counts."""

import math

import numpy as np
import pytest
from scipy import stats as reference

from pmlib.core import SettingError, TooFewError
from pmlib.stats import holm, nps, nps_difference, srm


def test_nps_by_hand():
    # 50 promoters, 30 passives, 20 detractors; adjusted: 50.75, 31.5, 20.75 of 103.
    up, down = 50.75 / 103, 20.75 / 103
    half = 1.959963985 * math.sqrt((up + down - (up - down) ** 2) / 103)
    found = nps(50, 30, 20)
    assert found.value == 30
    assert found.low == pytest.approx(100 * (up - down - half))
    assert found.high == pytest.approx(100 * (up - down + half))


def test_nps_covers_as_often_as_it_says():
    draw = np.random.default_rng(3)
    counts = draw.multinomial(60, [0.45, 0.30, 0.25], size=2000)
    covered = sum(found.low <= 20 <= found.high for found in (nps(*map(int, row)) for row in counts))
    assert 0.935 <= covered / 2000 <= 0.965


def test_nps_difference_by_hand_and_its_refusal():
    found = nps_difference((50, 30, 20), (30, 40, 30))
    assert found.value == pytest.approx(30)
    assert found.excludes(0) == (found.p < 0.05)
    with pytest.raises(TooFewError):
        nps_difference((1, 1, 1), (0, 0, 0))


def test_srm_is_pearsons_chi_square_and_leaves_empty_plans_out():
    counts = [21_307, 21_387, 21_306]
    assert srm(counts, [1, 1, 1]).p == pytest.approx(reference.chisquare(counts).pvalue)
    # An arm planned with weight 0 adds no degree of freedom.
    assert srm([5_000, 5_200, 3], [1, 1, 0]).p == srm([5_000, 5_200], [1, 1]).p
    # A planned split of 1 to 2 is no alarm: Karlan and List's 16,687 and 33,396.
    assert srm([16_687, 33_396], [1, 2]).p > 0.9


def test_srm_refuses_what_is_no_split():
    with pytest.raises(SettingError, match="one weight an arm"):
        srm([1, 2], [1])
    with pytest.raises(TooFewError):
        srm([10], [1])


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
