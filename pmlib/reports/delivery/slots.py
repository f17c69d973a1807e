"""When a run is due: a slot is a local time, whatever the clocks do."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from zoneinfo import ZoneInfo

from pmlib.core.periods import WEEKDAYS, day_text
from pmlib.reports.packs.settings import Schedule

WEEK = timedelta(days=8)
"""A slot lies within, whatever the day."""


def moment(schedule: Schedule, day: date) -> datetime:
    """Return the moment of the slot of a local day, in UTC.

    A time that the clocks jump over falls on the first moment after the jump, one that comes twice on its first.

    Examples
    --------
    >>> moment(Schedule(time="02:30", timezone="Europe/Berlin"), date(2027, 3, 28)).isoformat()
    '2027-03-28T01:00:00+00:00'
    >>> moment(Schedule(time="02:30", timezone="Europe/Berlin"), date(2026, 10, 25)).isoformat()
    '2026-10-25T00:30:00+00:00'
    """
    zone = ZoneInfo(schedule.timezone)
    local = datetime.combine(day, clock.fromisoformat(schedule.time), zone)
    found = local.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return found
    # In a jump: its moment lies between what the clock's offsets after it and before it make of the local time.
    before, after = int(local.replace(fold=1).astimezone(UTC).timestamp()), int(found.timestamp())
    old = datetime.fromtimestamp(before, zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return datetime.fromtimestamp(after, UTC)


def slots(schedule: Schedule, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the slots from ``start``, inclusive, to ``end``, exclusive, in UTC."""
    zone = ZoneInfo(schedule.timezone)
    day, last = start.astimezone(zone).date() - timedelta(days=1), end.astimezone(zone).date() + timedelta(days=1)
    while day <= last:
        if schedule.day in ("daily", WEEKDAYS[day.weekday()]):
            found = moment(schedule, day)
            if start <= found < end:
                yield found
        day += timedelta(days=1)


def last_slot(schedule: Schedule, now: datetime) -> datetime:
    """Return the newest slot that has come, in UTC.

    Parameters
    ----------
    now
        A moment with its time zone; a slot has come at its very moment.
    """
    return max(slots(schedule, now - WEEK, now + timedelta(microseconds=1)))


def next_slot(schedule: Schedule, now: datetime) -> datetime:
    """Return the first slot that is still to come, in UTC."""
    return min(slots(schedule, now + timedelta(microseconds=1), now + WEEK))


def slot_text(schedule: Schedule, slot: datetime) -> str:
    """Write a moment in the schedule's time zone.

    Examples
    --------
    >>> slot_text(Schedule(timezone="Asia/Kathmandu"), datetime(2026, 11, 23, 0, 15, tzinfo=UTC))
    'Mon 23 Nov 2026, 06:00 (Asia/Kathmandu)'
    """
    local = slot.astimezone(ZoneInfo(schedule.timezone))
    return f"{local:%a} {day_text(local.date(), year=True)}, {local:%H:%M} ({schedule.timezone})"
