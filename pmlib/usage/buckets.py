"""Days, weeks and months as whole numbers, so that SQL and Python count periods alike."""

from dataclasses import dataclass
from datetime import date, timedelta

from pmlib.core import Grain, Period, SettingError, TooFewError, Weeks, nearest
from pmlib.core.periods import day_text
from pmlib.sources.contract import Events

ORIGIN = date(1900, 1, 1)
"""A Monday before all events."""
YEAR: dict[Grain, int] = {"day": 364, "week": 52, "month": 12}
"""Buckets back to the same season, on the same weekdays."""
SEASON: dict[Grain, int] = {"day": 7, "week": 52, "month": 12}
SPAN: dict[Grain, int] = {"day": 7, "week": 4, "month": 3}
"""Buckets compared with as many before them."""


@dataclass(frozen=True)
class Buckets:
    """Calendar periods numbered without gaps, as the queries of this room number them.

    Examples
    --------
    >>> sundays = Buckets("week", Weeks("sunday"))
    >>> sundays.start(sundays.number(date(2026, 11, 18)))
    datetime.date(2026, 11, 15)
    """

    every: Grain
    weeks: Weeks

    def __post_init__(self) -> None:
        if self.every not in YEAR:
            raise SettingError(
                f"'{self.every}' is no period; it is one of {', '.join(YEAR)}.{nearest(self.every, YEAR)}"
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


def first_day(events: Events) -> date:
    """Return the first local day the data cover; of the whole source where events were narrowed to a segment.

    Raises
    ------
    TooFewError
        If there is no event.
    """
    first = events.query("SELECT min(day) AS day FROM events").one().day
    if first is None:
        where = f" with {events.segment}" if events.segment else ""
        raise TooFewError(f"There is no event{where} up to {day_text(events.as_of, year=True)}. Load or keep some.")
    return min(first, events.origin.first) if events.origin.first else first


def listed(words: list[str], most: int = 5) -> str:
    """Join words as ``a, b and c``; what exceeds ``most`` is counted.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a", "b", "c"], most=1)
    ('a, b and c', 'a and 2 more')
    """
    shown = words if len(words) <= most else [*words[:most], f"{len(words) - most} more"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def people(count: int) -> str:
    """Write a count of people."""
    return "1 person" if count == 1 else f"{count:,} people"
