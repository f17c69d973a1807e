"""The range expected of the next value: its formula by hand, and how often it holds."""

import math

import numpy as np
import pytest

from pmlib.core import Unit
from pmlib.stats.expected import expected_range


def test_formula_by_hand():
    # Steps of +10 % and -10 % in turn, in logs: eight of them, mean 0, standard deviation a * sqrt(8 / 7).
    a = math.log(1.1)
    history = [100 * math.exp(a * (i % 2)) for i in range(9)]
    found = expected_range(history)
    # Student's t with 7 degrees of freedom, two-sided 95 %: 2.3646 (any t table).
    half = 2.36462 * a * math.sqrt(8 / 7) * math.sqrt(1 + 1 / 8)
    assert found.n == 8
    assert found.value == pytest.approx(100)
    assert found.low == pytest.approx(100 * math.exp(-half), rel=1e-5)
    assert found.high == pytest.approx(100 * math.exp(half), rel=1e-5)


def test_too_short_a_history_has_no_range():
    found = expected_range([5, 6, 7, 8, 9, 10, 11], unit=Unit.COUNT)
    assert (found.value, found.low, found.high) == (None, None, None)
    assert found.reason == "only 7 earlier values, 8 are needed"


@pytest.mark.parametrize(
    ("last", "reason"),
    [(None, "the value before is missing"), (0, "the value before is 0, which is rare in its history")],
)
def test_no_forecast_from_a_gap_or_a_rare_zero(last, reason):
    found = expected_range([100, 101, 99, 102, 98, 100, 101, 99, 100, last])
    assert found.value is None
    assert found.reason == reason


def test_no_range_from_a_history_without_movement():
    assert expected_range([48.0] * 60).reason == "its history always moved alike, which gives no range"
    assert expected_range([0.0] * 60).low is None


def test_only_the_last_year_of_steps_counts():
    rng = np.random.default_rng(8)
    year = list(1000 * np.exp(np.cumsum(rng.normal(0, 0.02, 53))))
    ramp = list(np.geomspace(10, year[0] * 0.9, 60))
    alone, after = expected_range(year, season=52), expected_range([*ramp, *year], season=52)
    assert after.n == 52
    assert (after.low, after.value, after.high) == pytest.approx((alone.low, alone.value, alone.high))


def test_no_promise_of_growth_after_a_launch():
    # Full after about a year; the mean step over two years would promise 2% a week.
    rng = np.random.default_rng(9)
    weeks, promised, above, below = np.arange(106), [], 0, 0
    for _ in range(300):
        series = 1000 * (1 - 0.98 * np.exp(-weeks / 12)) * np.exp(np.cumsum(rng.normal(0, 0.02, 106)))
        found = expected_range(list(series[:-1]), season=52)
        promised.append(math.log(found.value / series[-2]))
        above += series[-1] > found.high
        below += series[-1] < found.low
    assert abs(np.mean(promised)) < 0.001
    # 2.5 of 100 each are meant: at most 16 of 300 with a chance of 99.6%.
    assert above <= 16
    assert below <= 16


def test_zeros_by_hand():
    # Steps of +4 and -4 in turn: eight of them, mean 0, standard deviation 4 * sqrt(8 / 7); not below 0.
    found = expected_range([0, 4, 0, 4, 0, 4, 0, 4, 0], unit=Unit.COUNT)
    half = 2.36462 * 4 * math.sqrt(8 / 7) * math.sqrt(1 + 1 / 8)
    assert (found.n, found.value, found.low) == (8, 0, 0)
    assert found.high == pytest.approx(half, rel=1e-5)
    net = expected_range([-4, 0, -4, 0, -4, 0, -4, 0, -4])
    assert net.low == pytest.approx(-4 - half, rel=1e-5)
    assert "steps' sizes" in net.method


def test_zeros_older_than_a_year_do_not_change_the_scale():
    year = [100.0 + week % 3 for week in range(53)]
    assert "ratios" in expected_range([0.0, 0.0, 40.0, *year]).method


@pytest.mark.parametrize("length", [12, 30, 105])
def test_coverage_of_a_share_that_is_often_0(length):
    rng = np.random.default_rng(10)
    runs, held, judged = 1000, 0, 0
    for _ in range(runs):
        series = np.where(rng.random(length + 1) < 0.3, 0, rng.binomial(200, 0.05, length + 1) / 200)
        found = expected_range(list(series[:-1]), unit=Unit.SHARE)
        if found.low is None:
            continue
        judged += 1
        held += found.low <= series[-1] <= found.high
        assert found.n == min(length - 1, 52)
        assert found.low >= 0
    assert judged >= 0.97 * runs
    assert 0.97 <= held / judged <= 0.998


def test_a_level_after_an_often_seen_zero_is_usual():
    # 0 in every fifth week: neither the 0 after the level nor the level after the 0 is news.
    values = [0.0 if week % 5 == 4 else 0.05 + 0.001 * (week % 3) for week in range(60)]
    after_zero, after_level = expected_range(values), expected_range(values[:-1])
    assert after_zero.high >= 0.051
    assert after_level.low == 0


@pytest.mark.parametrize("length", [27, 105])
def test_coverage_with_heavy_tails(length):
    rng = np.random.default_rng(11)
    runs, held = 1500, 0
    for _ in range(runs):
        series = 1000 * np.exp(0.03 * np.cumsum(rng.standard_t(4, length + 1)))
        found = expected_range(list(series[:-1]))
        held += found.low <= series[-1] <= found.high
    assert 0.905 <= held / runs <= 0.955


def test_an_outage_does_not_widen_the_range():
    rng = np.random.default_rng(5)
    calm = list(1000 * np.exp(np.cumsum(rng.normal(0, 0.02, 40))))
    broken = [*calm[:20], 30.0, *calm[21:]]
    narrow, still = expected_range(calm), expected_range(broken)
    assert still.n == narrow.n - 2
    assert still.high - still.low == pytest.approx(narrow.high - narrow.low, rel=0.2)


def test_a_season_is_used_where_it_helps():
    weeks = np.arange(105)
    rng = np.random.default_rng(6)
    seasonal = 1000 * np.exp(0.3 * np.sin(2 * np.pi * weeks / 52) + rng.normal(0, 0.005, 105))
    flat = 1000 * np.exp(rng.normal(0, 0.02, 105))
    assert "season of 52" in expected_range(list(seasonal), season=52).method
    assert "season" not in expected_range(list(flat), season=52).method


@pytest.mark.parametrize("length", [9, 27, 105])
@pytest.mark.parametrize("kind", ["steps", "noise"])
def test_coverage(length, kind):
    """A 95 % range holds the next value in 93 to 97 of 100 series, wandering or steady."""
    rng = np.random.default_rng(7)
    runs, held = 1500, 0
    for _ in range(runs):
        noise = rng.normal(0.003, 0.04, length + 1)
        series = 1000 * np.exp(np.cumsum(noise) if kind == "steps" else noise)
        found = expected_range(list(series[:-1]))
        held += found.low <= series[-1] <= found.high
    assert 0.93 <= held / runs <= 0.97
