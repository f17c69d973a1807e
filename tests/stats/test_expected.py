"""Where a series goes next: its formulas by hand."""

import math

import numpy as np
import pytest

from pmlib.stats.expected import a_season_before, by_place, deviation, expect, moving_range, slope, smoothed


def test_moving_range_by_hand():
    # Ranges 3, 1, 4, 2: their mean 2.5 over 1.128.
    assert moving_range(np.array([10.0, 13, 12, 16, 14])) == pytest.approx(2.5 / 1.128)
    assert moving_range(np.array([7.0])) == 0


def test_nist_moving_range():
    # NIST/SEMATECH e-Handbook, 6.3.2.2: nine batches, mean moving range 1.8778.
    batches = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
    assert moving_range(np.array(batches)) * 1.128 == pytest.approx(1.8778, abs=5e-5)


def test_an_outage_is_screened_out_of_the_moving_range():
    calm = np.array([10.0, 11] * 20)
    broken = calm.copy()
    broken[20] = 1.0
    # Of 39 ranges of 1 an outage makes two of 10, both above 3.267 times their mean.
    assert moving_range(broken) == pytest.approx(1 / 1.128)


def test_deviation_is_corrected_for_autocorrelation():
    rng = np.random.default_rng(1)
    for by in (-0.4, 0.0, 0.5):
        noise = rng.normal(size=20_000)
        values = np.empty(noise.size)
        values[0] = noise[0]
        for place in range(1, noise.size):
            values[place] = by * values[place - 1] + noise[place]
        truth = 1 / math.sqrt(1 - by * by)
        assert deviation(values) == pytest.approx(truth, rel=0.05)
    assert moving_range(values) < 0.75 * truth


def test_slope_by_hand():
    # Pairs of (0, 1), (1, 3), (2, 11): slopes 2, 5, 8.
    assert slope(np.array([1.0, 3, 11])) == 5
    assert slope(np.array([1.0, math.nan, 11])) == 5
    assert slope(np.array([math.nan, 4.0])) == 0


def test_smoothing_leaves_no_trace_of_an_outage():
    values = np.full(20, 5.0)
    values[10:12] = 0
    assert (smoothed(values) == 5).all()


def test_a_straight_line_goes_on():
    found = expect(np.arange(40.0))
    assert found.value == pytest.approx(40)
    assert found.deviation == pytest.approx(0, abs=1e-9)


def test_a_gap_before_the_next_value_is_crossed_by_the_slope():
    values = np.arange(40.0)
    values[-2:] = math.nan
    assert expect(values).value == pytest.approx(40)


def test_an_incident_moves_neither_the_level_nor_the_deviation():
    rng = np.random.default_rng(2)
    calm = rng.normal(100, 1, 60)
    broken = calm.copy()
    broken[-2:] = 40
    one, other = expect(calm), expect(broken)
    assert other.value == pytest.approx(one.value, abs=1.5)
    assert other.deviation == pytest.approx(one.deviation, rel=0.25)


def test_the_third_value_in_a_row_is_a_new_level():
    rng = np.random.default_rng(2)
    shifted = np.concatenate([rng.normal(100, 1, 57), rng.normal(140, 1, 3)])
    assert expect(shifted).value == pytest.approx(140, abs=2.5)


def test_the_season_before_and_its_peaks():
    values = np.concatenate([np.tile([10.0, 11], 26), np.tile([20.0, 21], 26)])
    values[30] = 2.0
    usual, peaks = a_season_before(values, 52)
    assert usual.size == peaks.size == 105
    assert np.isnan(usual[:52]).all()
    assert (peaks != 0).nonzero()[0].tolist() == [82]
    assert 10 <= usual[60] <= 11


def test_a_peak_a_year_ago_widens_the_range_on_its_side():
    rng = np.random.default_rng(3)
    weeks = np.arange(104)
    values = 100 + 30 * np.sin(2 * np.pi * weeks / 52) + rng.normal(0, 1, 104)
    values[52] -= 25
    found = expect(values, 52)
    assert found.season
    assert found.drop == pytest.approx(-25, abs=5)
    assert found.rise == 0


def test_weekdays_by_hand():
    week = [3.0, 0, 0, 0, 0, 0, -3]
    usual = by_place(np.array(week * 9), 7)
    assert np.isnan(usual[:14]).all()
    # The mean of any seven days is 0; only the first and last three days have fewer around them.
    assert usual[28:35].tolist() == pytest.approx(week)
    assert usual[-1] == pytest.approx(3)


def test_too_few_values():
    assert expect(np.arange(15.0)) is None
