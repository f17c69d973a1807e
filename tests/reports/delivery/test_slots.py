"""Each slot exactly once, whatever the clocks do."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmlib.core.periods import WEEKDAYS
from pmlib.reports.delivery.slots import last_slot, moment, next_slot, slot_text, slots
from pmlib.reports.packs.settings import Schedule

ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/St_Johns",
    "UTC",
]
TIMES = ["00:00", "00:30", "01:45", "02:00", "02:15", "02:30", "03:00", "06:00", "23:59"]
START, END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("time", TIMES)
def test_each_day_from_2024_to_2027_has_one_slot(zone, time):
    daily = Schedule(day="daily", time=time, timezone=zone)
    found = list(slots(daily, START, END))
    days = [one.astimezone(ZoneInfo(zone)).date() for one in found]
    assert days == [days[0] + timedelta(days=count) for count in range(len(days))]
    assert 365 * 4 <= len(days) <= 365 * 4 + 2
    assert min(later - one for one, later in pairwise(found)) >= timedelta(hours=20)
    mondays = list(slots(Schedule(day="monday", time=time, timezone=zone), START, END))
    assert mondays == [one for one, day in zip(found, days, strict=True) if day.isoweekday() == 1]


# Zone, day, time, the moment in UTC: when the clocks change there, by the tz database.
CHANGES = [
    ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T01:00"),  # 02:00 becomes 03:00
    ("Europe/Berlin", "2026-03-29", "02:00", "2026-03-29T01:00"),
    ("Europe/Berlin", "2026-03-29", "03:00", "2026-03-29T01:00"),
    ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T00:30"),  # comes twice: the first
    ("America/New_York", "2026-03-08", "02:30", "2026-03-08T07:00"),
    ("America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30"),
    ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:30"),  # 02:00 becomes 02:30
    ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45"),  # 02:00 becomes 01:30
    ("Africa/Cairo", "2025-04-25", "00:00", "2025-04-24T22:00"),  # no midnight: 00:00 becomes 01:00
    ("Africa/Cairo", "2025-04-25", "00:30", "2025-04-24T22:00"),
    ("Africa/Cairo", "2025-10-30", "23:30", "2025-10-30T20:30"),  # 24:00 becomes 23:00
    ("Asia/Kathmandu", "2026-11-23", "06:00", "2026-11-23T00:15"),
    ("Pacific/Apia", "2026-11-23", "06:00", "2026-11-22T17:00"),
    ("Pacific/Apia", "2011-12-30", "06:00", "2011-12-30T10:00"),  # a day there never was
]


@pytest.mark.parametrize(("zone", "day", "time", "utc"), CHANGES)
def test_where_clocks_change_the_moment_is_the_first_there_is(zone, day, time, utc):
    found = moment(Schedule(time=time, timezone=zone), date.fromisoformat(day))
    assert found == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@given(
    zone=st.sampled_from(ZONES),
    time=st.sampled_from(TIMES),
    day=st.sampled_from(["daily", *WEEKDAYS]),
    now=st.datetimes(datetime(2024, 1, 2), datetime(2027, 12, 30), timezones=st.just(UTC)),
)
def test_the_last_slot_and_the_next_stand_around_now(zone, time, day, now):
    schedule = Schedule(day=day, time=time, timezone=zone)
    last, following = last_slot(schedule, now), next_slot(schedule, now)
    assert last <= now < following
    assert not list(slots(schedule, last + timedelta(seconds=1), following))
    assert last_slot(schedule, last) == last
    assert next_slot(schedule, last) == following


def test_now_may_be_told_in_any_zone():
    schedule = Schedule(day="monday", time="06:00", timezone="Europe/Berlin")
    now = datetime(2026, 10, 26, 5, 30, tzinfo=UTC)
    assert last_slot(schedule, now.astimezone(ZoneInfo("Pacific/Apia"))) == last_slot(schedule, now)
    assert slot_text(schedule, last_slot(schedule, now)) == "Mon 26 Oct 2026, 06:00 (Europe/Berlin)"
