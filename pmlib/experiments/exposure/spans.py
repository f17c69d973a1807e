"""When units are taken in, and up to when events count."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pmlib.core import Check, Period, SettingError, TooFewError
from pmlib.core.periods import day_text
from pmlib.core.words import many
from pmlib.sources.contract import Events
from pmlib.sources.registrations import Registration

DAY = 86_400_000_000
"""Microseconds of a day of 24 hours."""
EPOCH = datetime(1970, 1, 1)
WEEK = 7


@dataclass(frozen=True)
class Span:
    """The days of an experiment as instants in UTC.

    Parameters
    ----------
    opens
        The first instant at which units are taken in; the earliest there is where no start was planned.
    closes
        The end of the last day on which they are, itself no part of it.
    cut_off
        The end of the last complete day of the events.
    first, last
        The local days of the first and last instant; ``first`` is ``None`` where no start was planned.
    """

    opens: datetime
    closes: datetime
    cut_off: datetime
    first: date | None
    last: date

    def __str__(self) -> str:
        last = day_text(self.last, year=True)
        return str(Period(self.first, self.last)) if self.first else f"the beginning to {last}"


def span(events: Events, registration: Registration) -> Span:
    """Return when units are taken in: from the planned start to the horizon, as far as the events reach.

    Raises
    ------
    TooFewError
        If the events end before the start.
    """
    start, end = registration.start, registration.horizon
    last = min(end, events.as_of) if end else events.as_of
    if start and start > last:
        raise TooFewError(
            f"'{registration.name}' starts on {day_text(start, year=True)}; the events are complete to "
            f"{day_text(events.as_of, year=True)}. Read it when its first day is over."
        )
    zone = events.timezone
    return Span(
        midnight(start, zone) if start else datetime.min,
        midnight(last + timedelta(days=1), zone),
        midnight(events.as_of + timedelta(days=1), zone),
        start,
        last,
    )


def midnight(day: date, zone: str) -> datetime:
    """Return the beginning of a local day in UTC."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)


def microseconds(moment: datetime) -> int:
    """Return the microseconds since 1970 of an instant in UTC."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def of_days(days: float) -> int:
    """Return so many days of 24 hours as microseconds.

    Raises
    ------
    SettingError
        If the number is not finite or below 0.
    """
    if not 0 <= days <= 1e6:
        raise SettingError(f"A number of days is {days}; give 0 or more, such as 7.")
    return round(days * DAY)


def days_text(days: float) -> str:
    """Write a number of days.

    Examples
    --------
    >>> days_text(7), days_text(1), days_text(0.5)
    ('7 days', '1 day', '0.5 days')
    """
    return "1 day" if days == 1 else f"{days:g} days"


def whole_weeks(period: Period) -> Check:
    """Look whether the days on which units were taken in are whole weeks, so that each weekday counts alike.

    Examples
    --------
    >>> whole_weeks(Period(date(2026, 6, 1), date(2026, 6, 28))).text
    'Units were taken in for 4 whole weeks, 1 to 28 Jun 2026.'
    """
    weeks, rest = divmod(period.days, WEEK)
    if not rest:
        return Check(True, f"Units were taken in for {many(weeks, 'whole week')}, {period}.")
    spare = Period(period.end - timedelta(days=rest - 1), period.end)
    days = [f"{spare.start:%A}", *([f"{spare.end:%A}"] if rest > 1 else [])]
    said = f"{many(weeks, 'week')} and {many(rest, 'day')}" if weeks else many(rest, "day")
    more = "once more than other days" if weeks else "and the rest of the week not at all"
    return Check(
        False,
        f"Units were taken in for {said}, {period}: {' to '.join(days)} {'count' if rest > 1 else 'counts'} {more}. "
        "Let it run for whole weeks.",
    )
