"""Figures counted by hand from the rows below."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlib.core import SettingError, TooFewError, Unit
from pmlib.metrics import Points, catalogue, daily, weekly
from pmlib.metrics.series import monthly
from pmlib.sources.contract import Who
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


def test_by_month() -> None:
    rows = [
        ("a", "x", "2026-01-01 00:00"),
        ("b", "x", "2026-01-31 23:59"),
        ("a", "x", "2026-03-31 23:59"),
        ("a", "x", "2026-04-01 00:00"),
    ]
    points = monthly(events_of(rows, as_of=date(2026, 4, 29), timezone="Europe/Berlin"), "active_users")
    assert points.dates == (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1))
    assert points.values == (2, 0, 1)
    assert points.days == (2, 0, 1)
    assert [points.period(place).days for place in range(3)] == [31, 28, 31]
    assert "calendar months" in points.definition
    late = events_of(rows[1:], as_of=date(2026, 4, 30), timezone="Europe/Berlin")
    # January is not covered from its first day; with the 30th, April is complete.
    assert monthly(late, "active_users").values == (0, 1, 1)
    assert monthly(late, "active_users", months=1).dates == (date(2026, 4, 1),)


def test_every_first_weekday_numbers_its_own_weeks() -> None:
    rows = [("a", "x", f"2026-01-{day:02} 12:00") for day in range(1, 32)]
    for place, first in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")):
        events = events_of(rows, as_of=date(2026, 1, 31), week_start=first)
        points = weekly(events, catalogue()["key_actions"], action="x")
        # 1 January 2026 is a Thursday.
        assert points.dates[0] == date(2026, 1, 1 + (place - 3) % 7)
        assert {day.weekday() for day in points.dates} == {place}
        assert set(points.values) == {7}


def test_points_hold_that_none_is_skipped() -> None:
    month = (date(2026, 1, 1), date(2026, 2, 1))
    assert Points("m", "m", Unit.COUNT, month, (1, 2), "month").period(0).days == 31
    for dates, every in (
        ((date(2026, 1, 1), date(2026, 3, 1)), "month"),
        ((date(2026, 1, 2), date(2026, 2, 2)), "month"),
        ((date(2026, 1, 5), date(2026, 1, 13)), "week"),
        ((date(2026, 1, 5), date(2026, 1, 5)), "day"),
    ):
        with pytest.raises(SettingError, match=f"skip a {every}"):
            Points("m", "m", Unit.COUNT, dates, (1, 2), every)
    assert len(Points("m", "m", Unit.COUNT, (), ())) == 0


def test_the_target_goes_with_the_points(tmp_path: Path) -> None:
    file = tmp_path / "metrics.toml"
    file.write_text("[active_users]\ntarget = 3\n", encoding="utf-8")
    points = weekly(EVENTS, catalogue(file)["active_users"])
    assert points.target is not None
    assert points.target.value == 3


def test_accounts_in_place_of_people() -> None:
    accounts = replace(EVENTS, who=Who("account", "accounts"))
    assert "accounts counted in place of people" in weekly(accounts, "active_users").definition
    assert "in place of" not in weekly(EVENTS, "active_users").definition


LOGS = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(["x", "y"]), st.integers(0, 120)), min_size=1, max_size=40
)


@settings(max_examples=25, deadline=None)
@given(log=LOGS, first=st.integers(0, 6), longer=st.integers(0, 40))
def test_as_counted_in_plain_python(log: list, first: int, longer: int) -> None:
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    days = [date(2025, 12, 20) + timedelta(days=day) for _, _, day in log]
    as_of = max(days) + timedelta(days=longer)
    rows = [(who, event, f"{day} 12:00") for (who, event, _), day in zip(log, days, strict=True)]
    events = events_of(rows, as_of=as_of, week_start=names[first])

    def week(day: date) -> date:
        return day - timedelta(days=(day.weekday() - first) % 7)

    for count, begin, size in ((weekly, week, lambda day: day + timedelta(days=7)), (monthly, month, month_after)):
        # Every period that begins on or after the first day and has ended by the last.
        start = begin(min(days))
        start = start if start == min(days) else size(start)
        wanted = {}
        while size(start) - timedelta(days=1) <= as_of:
            inside = [row for row, day in zip(log, days, strict=True) if begin(day) == start]
            people = {who for who, _, _ in inside}
            wanted[start] = (len(people), sum(event == "x" for _, event, _ in inside))
            start = size(start)
        if not wanted:
            with pytest.raises(TooFewError):
                count(events, "active_users")
            continue
        people, actions = count(events, "active_users"), catalogue()["key_actions"]
        assert dict(zip(people.dates, people.values, strict=True)) == {day: n for day, (n, _) in wanted.items()}
        if any(event == "x" for _, event, _ in log):
            assert count(events, actions, action="x").values == tuple(n for _, n in wanted.values())


def month(day: date) -> date:
    return day.replace(day=1)


def month_after(day: date) -> date:
    return month(day.replace(day=28) + timedelta(days=4))
