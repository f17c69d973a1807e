"""Figures counted by hand from the rows below."""

from datetime import date
from pathlib import Path

import pytest

from pmlib.core import SettingError, TooFewError
from pmlib.metrics import catalogue, daily, weekly
from tests.rows import events_of

# Weeks of 5, 12, 19, 26 January 2026; nothing happens in that of the 19th, that of the 26th is not over.
ROWS = [
    ("a", "signed_up", "2026-01-05 09:00", None),
    ("a", "booked", "2026-01-05 10:00", 10.0),
    ("a", "booked", "2026-01-11 23:30", 5.5),
    ("b", "opened", "2026-01-06 10:00", None),
    ("a", "opened", "2026-01-12 10:00", None),
    ("b", "booked", "2026-01-13 10:00", 20.0),
    ("c", "signed_up", "2026-01-13 11:00", None),
    ("c", "opened", "2026-01-18 23:59", None),
    ("c", "opened", "2026-01-27 10:00", None),
]
EVENTS = events_of(ROWS, as_of=date(2026, 1, 28), timezone="Europe/Berlin", properties=("amount_eur",))
WEEKS = (date(2026, 1, 5), date(2026, 1, 12), date(2026, 1, 19))


@pytest.mark.parametrize(
    ("name", "values", "n"),
    [
        ("active_users", (2, 3, 0), (2, 3, 0)),
        ("new_users", (1, 1, 0), (2, 3, 0)),
        ("key_actions", (2, 1, 0), (2, 3, 0)),
        ("actions_per_active_user", (1, 1 / 3, None), (2, 3, 0)),
        ("doing_share", (1 / 2, 1 / 3, None), (2, 3, 0)),
        ("revenue", (15.5, 20, 0), (2, 3, 0)),
    ],
)
def test_by_week(name: str, values: tuple, n: tuple) -> None:
    points = weekly(EVENTS, name, start="signed_up", action="booked")
    assert points.dates == WEEKS
    assert points.values == pytest.approx(values)
    assert points.n == n
    assert points.days == (3, 3, 0)


def test_people_are_counted_anew_not_added_up() -> None:
    days = daily(EVENTS, "active_users")
    assert days.dates[0] == date(2026, 1, 5)
    assert days.dates[-1] == date(2026, 1, 28)
    assert sum(value or 0 for value in days.values[:7]) == 3
    assert weekly(EVENTS, "active_users").values[0] == 2
    assert days.values[-2:] == (1, 0)


def test_weeks_start_where_told() -> None:
    events = events_of(ROWS, as_of=date(2026, 1, 28), week_start="sunday", properties=("amount_eur",))
    points = weekly(events, "active_users")
    # The week from Sunday 4 January is not covered from its first day; the 11th and the 18th fall on Sundays.
    assert points.dates == (date(2026, 1, 11), date(2026, 1, 18))
    assert points.values == (3, 1)


def test_fewer_weeks_and_the_words() -> None:
    points = weekly(EVENTS, "key_actions", action="booked", weeks=2)
    assert points.dates == WEEKS[1:]
    assert "key action booked" in points.definition
    assert "Europe/Berlin" in points.definition
    assert "FILTER" in points.sql
    assert "booked" in points.sql


def test_refusals(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="needs start"):
        weekly(EVENTS, "new_users")
    with pytest.raises(SettingError, match=r"Did you mean 'booked'\?"):
        weekly(EVENTS, "key_actions", action="bookd")
    bare = events_of([row[:3] for row in ROWS], as_of=date(2026, 1, 28))
    with pytest.raises(SettingError, match="reads 'amount_eur'"):
        weekly(bare, "revenue")
    with pytest.raises(TooFewError, match="No week is complete"):
        weekly(events_of(ROWS[:1], as_of=date(2026, 1, 7), properties=("amount_eur",)), "active_users")
    words = events_of([(*row[:3], "ten") for row in ROWS], as_of=date(2026, 1, 28), properties=("amount_eur",))
    with pytest.raises(SettingError, match="cannot be computed"):
        weekly(words, "revenue")
    assert catalogue()["revenue"].title == "revenue"
