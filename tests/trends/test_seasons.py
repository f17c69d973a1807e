from datetime import date

import numpy as np
import pytest

from pmlib.core import SettingError
from pmlib.trends import seasonality
from tests.trends.made import points_of

SUNDAY = date(2026, 11, 22)
FACTORS = np.array([0.90, 0.85, 0.85, 0.90, 1.00, 1.32, 1.25])


def days_of(seed: int, days: int, factors: np.ndarray = FACTORS, noise: float = 0.05, season: float = 0.0):
    rng = np.random.default_rng(seed)
    day = np.arange(days)
    level = 1000 * np.exp(0.0005 * day + season * np.sin(2 * np.pi * day / 364))
    weekday = (day - days) % 7
    values = level * factors[weekday] / factors.mean() * np.exp(rng.normal(0, noise, days))
    return points_of([*map(float, values)], every="day", last=SUNDAY)


def test_by_hand() -> None:
    # A Saturday of 200 among days of 100: 200 / (800 / 7) = 1.75, the others 100 / (800 / 7) = 0.875.
    week = [100, 100, 100, 100, 100, 200, 100]
    found = seasonality(points_of([float(v) for v in week * 10], every="day", last=SUNDAY))
    by_name = {one.label: one.value for one in found.estimates}
    assert by_name["Saturday"] == pytest.approx(0.75)
    assert by_name["Monday"] == pytest.approx(-0.125)
    assert found.estimates[0].n in (9, 10)


def test_intervals_hold_for_all_seven_together() -> None:
    held = 0
    # Divided by the mean of all seven, a day's figure is its factor by the mean factor.
    true = FACTORS / FACTORS.mean() - 1
    for seed in range(200):
        found = {one.label: one for one in seasonality(days_of(seed, 26 * 7)).estimates}
        names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
        held += all(found[name].low <= true[place] <= found[name].high for place, name in enumerate(names))
    assert 0.92 <= held / 200 <= 1.0


def test_names_weekdays_only_if_they_differ() -> None:
    assert "highest on Saturday (+" in seasonality(days_of(1, 26 * 7)).headline
    flat = np.ones(7)
    wrong = sum("highest" in seasonality(days_of(seed, 26 * 7, flat, 0.2)).headline for seed in range(200))
    assert wrong <= 10


def test_the_year() -> None:
    clear = seasonality(days_of(1, 112 * 7, season=0.3))
    assert "the last two years rise and fall alike" in clear.headline
    assert any("repeat only once" in caution for caution in clear.cautions)
    found = sum("rise and fall alike" in seasonality(days_of(seed, 104 * 7)).headline for seed in range(100))
    assert found <= 15
    assert "year" not in seasonality(days_of(1, 60 * 7)).headline


def test_too_short_and_wrong() -> None:
    short = seasonality(points_of([float(v) for v in range(1, 30)], every="day"))
    assert "cannot be said" in short.headline
    assert short.estimates == ()
    with pytest.raises(SettingError, match=r"metrics\.daily"):
        seasonality(points_of([1.0] * 100))


def test_silent_days_are_left_out_and_said() -> None:
    values: list[float | None] = [100.0] * 140
    values[70] = 0.0
    found = seasonality(points_of(values, every="day", last=SUNDAY))
    assert all(one.value == pytest.approx(0) for one in found.estimates)
    assert any("nothing on 1 of 140 days" in caution for caution in found.cautions)
    assert "no weekday can be told" in found.headline


def test_question_takes_any_title() -> None:
    assert seasonality(days_of(1, 26 * 7)).question == "Active users: does it follow the week?"
    one = seasonality(points_of([100.0] * 13, every="day", last=SUNDAY))
    assert "only 1 week could be compared" in one.headline
