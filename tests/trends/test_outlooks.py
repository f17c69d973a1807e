import numpy as np
import pytest
from numpy.typing import NDArray
from statsmodels.tsa.holtwinters import Holt

from pmlib.core import SettingError, Unit
from pmlib.trends import outlook
from pmlib.trends.backtest import DRIFT, GROWN, LAST, backtest, damped, drift, needed, season, smoothed, widths
from pmlib.trends.outlooks import held
from tests.trends.made import points_of

Floats = NDArray[np.float64]


def walk(seed: int, weeks: int, step: float = 0.03) -> Floats:
    return 7 + np.cumsum(np.random.default_rng(seed).normal(0, step, weeks))


def seasonal(seed: int, weeks: int) -> Floats:
    rng = np.random.default_rng(seed)
    week = np.arange(weeks)
    return 7 + 0.25 * np.sin(2 * np.pi * week / 52) + 0.004 * week + rng.normal(0, 0.03, weeks)


def test_ways_by_hand() -> None:
    past = np.array([1.0, 2.0, 2.0, 4.0])
    assert drift(past, 2).tolist() == [5.0, 6.0]
    year = np.arange(60.0)
    assert season(year, 3).tolist() == [8.0, 9.0, 10.0]
    assert season(year, 54)[52] == 8.0


def test_damped_trend_agrees_with_statsmodels() -> None:
    past = walk(3, 60)
    setting = {"smoothing_level": 0.35, "smoothing_trend": 0.1, "damping_trend": 0.9}
    start = {"initialization_method": "known", "initial_level": past[0], "initial_trend": past[1] - past[0]}
    # Ours begins with the first value as level; theirs smooths that value once more, so it is left out.
    peer = Holt(past[1:], damped_trend=True, **start).fit(**setting, optimized=False)
    errors, level, trend = smoothed(past, np.array([0.35]), np.array([0.1]), np.array([0.9]))
    assert errors[0] == pytest.approx(peer.sse)
    assert level[0] + trend[0] * np.cumsum(0.9 ** np.arange(1, 9)) == pytest.approx(peer.forecast(8))
    assert damped(past, 8).shape == (8,)


# 200 series each; the band was set before the first run: not below 92%, for 95 meant.
@pytest.mark.parametrize(("make", "weeks"), [(walk, 60), (seasonal, 112)])
def test_intervals_hold_as_often_as_they_say(make, weeks: int) -> None:
    inside, stated = [], []
    for seed in range(200):
        values = make(seed, weeks + 8)
        tried = backtest(values[:weeks], 8)
        inside.append(np.abs(values[weeks:] - tried.ahead) <= tried.half)
        stated.append(tried.coverage)
    assert 0.92 <= np.mean(inside) <= 0.99
    assert abs(np.mean(stated) - np.mean(inside)) <= 0.03


def test_the_last_value_wins_on_a_random_walk() -> None:
    chosen = [backtest(walk(seed, 80), 8).chosen for seed in range(100)]
    assert chosen.count(LAST) >= 85


def test_a_better_way_is_found() -> None:
    assert backtest(seasonal(1, 112), 8).chosen == GROWN
    steep = 5 + 0.02 * np.arange(80) + np.random.default_rng(1).normal(0, 0.002, 80)
    assert backtest(steep, 8).chosen == DRIFT


def test_intervals_never_narrow() -> None:
    errors = np.random.default_rng(1).normal(size=(20, 8)) * np.linspace(2, 1, 8)
    assert (np.diff(widths(errors, 0.95)) >= 0).all()


def test_the_finding() -> None:
    points = points_of([*map(float, np.round(np.exp(seasonal(5, 112))))])
    found = outlook(points, weeks=8)
    end = found.estimates[-1]
    assert len(found.estimates) == 8
    assert end.period == "11 Jan 2027"
    assert end.low < end.value < end.high
    assert found.headline.startswith("Active users: about ")
    assert "past values (95% meant)" in found.definition
    assert "with this year's growth" in found.definition
    assert found.figure.series[1].x[0] == "2026-11-16"
    assert outlook(points, weeks=8).facts() == found.facts()


def test_says_when_nothing_beats_the_last_value() -> None:
    found = outlook(points_of([*map(float, np.exp(walk(1, 60)))]))
    assert "none of 2 other ways did clearly better" in found.definition
    assert any("shows no direction" in caution for caution in found.cautions)
    assert any("no season" in caution for caution in found.cautions)
    assert "neither a rise nor a fall" in found.headline


def test_too_short_gives_no_number() -> None:
    for weeks, ahead in ((25, 8), (needed(26) - 1, 26)):
        found = outlook(points_of([100.0 + week for week in range(weeks)]), weeks=ahead)
        assert "too short to look ahead" in found.headline
        assert found.estimates == ()
        assert found.kpi is None
    gap: list[float | None] = [100.0] * 60
    gap[45] = None
    assert "too short" in outlook(points_of(gap)).headline


def test_stays_inside_what_is_possible() -> None:
    rng = np.random.default_rng(4)
    shares = outlook(points_of([*map(float, 0.97 + 0.02 * rng.random(60))], unit=Unit.SHARE, kind="share"))
    assert all(0 < one.low < one.high < 1 for one in shares.estimates)
    rare = outlook(points_of([*map(float, rng.poisson(0.5, 60))]))
    assert all(one.low >= 0 for one in rare.estimates)
    with pytest.raises(SettingError, match="1 to 26"):
        outlook(points_of([1.0] * 60), weeks=27)


@pytest.mark.parametrize("level", [48.0, 0.0, 1 / 3, 123_456.0])
def test_what_never_moved_neither_rises_nor_falls(level: float) -> None:
    found = outlook(points_of([level] * 60, unit=Unit.NUMBER))
    end = found.estimates[-1]
    assert (end.value, end.low, end.high) == (level, None, None)
    assert found.headline.endswith("it never moved in the last 60 weeks, so its past gives no interval.")
    assert " rise" not in found.headline
    assert "held" not in found.definition
    assert not any("wider" in caution for caution in found.cautions)


def test_no_rise_to_the_same_figure() -> None:
    # The interval begins above 48, but less than a figure shows.
    rng = np.random.default_rng(3)
    values = [48.0 + 0.001 * week + 1e-5 * rng.normal() for week in range(60)]
    found = outlook(points_of(values))
    assert found.estimates[-1].low > values[-1]
    assert "neither a rise nor a fall from 48 is certain" in found.headline


def test_a_silent_week_is_a_gap() -> None:
    values, days = [*map(float, np.exp(walk(2, 112)))], [7] * 112
    values[40], days[40] = 0.0, 0
    found, after = outlook(points_of(values, days=tuple(days))), outlook(points_of(values[41:]))
    assert [str(one) for one in found.estimates] == [str(one) for one in after.estimates]
    assert any("week of 7 Jul 2025: taken for a gap" in caution for caution in found.cautions)
    values[100], days[100] = 0.0, 0
    short = outlook(points_of(values, days=tuple(days)))
    assert "too short" in short.headline
    assert any("it has 11 weeks without a gap" in caution for caution in short.cautions)
    assert any("7 Jul 2025 and 31 Aug 2026" in caution for caution in short.cautions)


def test_intervals_that_held_too_often_are_a_caution() -> None:
    rng = np.random.default_rng(1)
    steps = np.where(np.arange(112) < 75, 0.1, 0.005) * rng.choice([-1, 1], 112)
    found = outlook(points_of([*map(float, np.exp(7 + np.cumsum(steps)))]))
    assert any("wider than it needs to be" in caution for caution in found.cautions)
    assert held(1.0, 240) == "100% of 240 past values"
    assert held(0.9958, 240) == "99.6% of 240 past values"
    assert held(0.95, 1) == "95% of 1 past value"


def test_question() -> None:
    points = points_of([*map(float, np.exp(walk(1, 60)))])
    assert outlook(points, weeks=1).question == "Active users: where will it be in 1 week if nothing new happens?"
    assert "in 8 weeks if" in outlook(points).question
