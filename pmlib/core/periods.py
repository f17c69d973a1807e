"""Days, weeks and how they compare; every bucket is a local date."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from pmlib.core.errors import SettingError, nearest

Grain = Literal["day", "week", "month"]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
YEAR = timedelta(days=364)
"""A year back on the same weekday."""
ORIGIN = date(1900, 1, 1)
"""A Monday before all events."""
YEAR_BACK: dict[Grain, int] = {"day": 364, "week": 52, "month": 12}
"""Buckets back to the same season, on the same weekdays."""
SEASON: dict[Grain, int] = {"day": 7, "week": 52, "month": 12}
"""Buckets of the season a series may have."""
SPAN: dict[Grain, int] = {"day": 7, "week": 4, "month": 3}
"""Buckets compared with as many before them."""


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


@dataclass(frozen=True)
class Buckets:
    """Calendar periods numbered without gaps, as queries number them.

    Examples
    --------
    >>> sundays = Buckets("week", Weeks("sunday"))
    >>> sundays.start(sundays.number(date(2026, 11, 18)))
    datetime.date(2026, 11, 15)
    """

    every: Grain
    weeks: Weeks

    def __post_init__(self) -> None:
        if self.every not in SEASON:
            raise SettingError(
                f"'{self.every}' is no period; it is one of {', '.join(SEASON)}.{nearest(self.every, SEASON)}"
            )

    def number(self, day: date) -> int:
        """Return the number of the period that holds ``day``."""
        if self.every == "month":
            return day.year * 12 + day.month - 1
        days = (day - ORIGIN).days
        return days if self.every == "day" else (days + 1 - self.weeks.number) // 7

    def start(self, number: int) -> date:
        """Return a period's first day."""
        if self.every == "month":
            return date(number // 12, number % 12 + 1, 1)
        if self.every == "day":
            return ORIGIN + timedelta(days=number)
        return ORIGIN + timedelta(days=number * 7 - 1 + self.weeks.number)

    def end(self, number: int) -> date:
        """Return a period's last day."""
        return self.start(number + 1) - timedelta(days=1)

    def period(self, first: int, last: int) -> Period:
        """Return the days from the start of one period to the end of another."""
        return Period(self.start(first), self.end(last))

    def last_complete(self, as_of: date) -> int:
        """Return the last period that had ended when ``as_of`` had passed."""
        number = self.number(as_of)
        return number if self.end(number) == as_of else number - 1

    def back(self, last: int, weeks: int) -> int:
        """Return the first period that starts in the ``weeks`` weeks that end with ``last``; at most ``last``."""
        if weeks < 1:
            raise SettingError(f"weeks is {weeks}; ask for 1 week or more.")
        start = self.end(last) - timedelta(days=7 * weeks - 1)
        first = self.number(start)
        return min(last, first if self.start(first) >= start else first + 1)

    def said(self, number: int, *, year: bool = False) -> str:
        """Write a period as words after "active": ``in the week of 16 Nov``."""
        day = self.start(number)
        if self.every == "month":
            return f"in {day:%b %Y}"
        return f"{'on' if self.every == 'day' else 'in the week of'} {day_text(day, year=year)}"

    @property
    def named(self) -> str:
        """The periods in words: ``calendar weeks from Monday``."""
        return f"calendar {self.every}s" + (f" from {self.weeks.first.capitalize()}" if self.every == "week" else "")

    def running(self, as_of: date) -> str:
        """Say in words that the period not yet complete is left out, or nothing where the last day completes one."""
        number = self.number(as_of)
        if self.end(number) == as_of:
            return ""
        return f"the running {self.every} from {day_text(self.start(number))} left out"


def day_text(day: date, *, year: bool = False) -> str:
    """Write a date as ``22 Nov`` or ``22 Nov 2026``."""
    return f"{day.day} {day:%b %Y}" if year else f"{day.day} {day:%b}"
