"""Days, weeks and how they compare; every bucket is a local date."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from pmlib.core.errors import SettingError, nearest

Grain = Literal["day", "week", "month"]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
YEAR = timedelta(days=364)
"""A year back on the same weekday."""


@dataclass(frozen=True)
class Period:
    """Local days from ``start`` to ``end``, both included.

    Examples
    --------
    >>> print(Period(date(2026, 11, 16), date(2026, 11, 22)))
    16 to 22 Nov 2026
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise SettingError(f"A period cannot end ({self.end}) before it starts ({self.start}). Swap the two dates.")

    @property
    def days(self) -> int:
        """How many days the period has."""
        return (self.end - self.start).days + 1

    def __str__(self) -> str:
        last = day_text(self.end, year=True)
        if self.start == self.end:
            return last
        if self.start.year != self.end.year:
            return f"{day_text(self.start, year=True)} to {last}"
        if self.start.month != self.end.month:
            return f"{day_text(self.start)} to {last}"
        return f"{self.start.day} to {last}"


@dataclass(frozen=True)
class Weeks:
    """Calendar weeks with a chosen first day.

    Examples
    --------
    >>> weeks = Weeks("monday")
    >>> weeks.of(date(2026, 11, 18))
    Period(start=datetime.date(2026, 11, 16), end=datetime.date(2026, 11, 22))
    >>> weeks.last_complete(date(2026, 11, 21)).start
    datetime.date(2026, 11, 9)
    """

    first: str = "monday"

    def __post_init__(self) -> None:
        if self.first not in WEEKDAYS:
            raise SettingError(
                f"'{self.first}' is no weekday a week can start on; it is one of "
                f"{', '.join(WEEKDAYS)}.{nearest(self.first, WEEKDAYS)}"
            )

    @property
    def number(self) -> int:
        """The first day as ISO weekday, Monday 1 to Sunday 7."""
        return WEEKDAYS.index(self.first) + 1

    def of(self, day: date) -> Period:
        """Return the week that holds ``day``."""
        start = day - timedelta(days=(day.isoweekday() - self.number) % 7)
        return Period(start, start + timedelta(days=6))

    def last_complete(self, as_of: date) -> Period:
        """Return the last week that had ended when ``as_of`` had passed."""
        week = self.of(as_of)
        return week if week.end == as_of else self.before(week)

    def before(self, week: Period, count: int = 1) -> Period:
        """Return the week ``count`` weeks earlier."""
        back = timedelta(weeks=count)
        return Period(week.start - back, week.end - back)

    def year_before(self, week: Period) -> Period:
        """Return the week 364 days earlier: the same weekdays a year ago."""
        return Period(week.start - YEAR, week.end - YEAR)


def day_text(day: date, *, year: bool = False) -> str:
    """Write a date as ``22 Nov`` or ``22 Nov 2026``."""
    return f"{day.day} {day:%b %Y}" if year else f"{day.day} {day:%b}"
