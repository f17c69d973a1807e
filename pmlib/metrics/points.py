"""A metric over time, as rooms receive it."""

from dataclasses import dataclass
from datetime import date

from pmlib.core import Buckets, Grain, Period, SettingError, Unit, Weeks
from pmlib.core.periods import WEEKDAYS
from pmlib.core.words import capital
from pmlib.metrics.entries import Target
from pmlib.metrics.settings import QUOTIENTS, Kind


@dataclass(frozen=True, eq=False)
class Points:
    """Values of a metric, one a day, week or month without gaps, oldest first, complete periods only.

    Parameters
    ----------
    title
        The metric's name within a sentence: ``"active users"``.
    dates
        The first day of each period.
    values
        ``None`` where a ratio or share has nothing to divide by, or a series has no value.
    n
        What a ratio or share was divided by, else the people active; empty where it is not known.
    days
        On how many days of each period anything happened; empty where it is not known.
    sql, definition
        The query that ran, and the line under a chart.
    target
        What the metric should reach.
    """

    name: str
    title: str
    unit: Unit
    dates: tuple[date, ...]
    values: tuple[float | None, ...]
    every: Grain = "week"
    kind: Kind = "flow"
    better: str = "up"
    n: tuple[int, ...] = ()
    days: tuple[int, ...] = ()
    sql: str = ""
    definition: str = ""
    target: Target | None = None

    def __post_init__(self) -> None:
        sizes = {len(self.dates), len(self.values)} | {len(part) for part in (self.n, self.days) if part}
        if len(sizes) != 1:
            raise SettingError(f"The points of '{self.name}' have parts of {sorted(sizes)} values; make them equal.")
        buckets = self.buckets
        for number, day in enumerate(self.dates, buckets.number(self.dates[0]) if self.dates else 0):
            if day != buckets.start(number):
                raise SettingError(
                    f"The points of '{self.name}' skip a {self.every} before {day}. Give it as None or 0."
                )

    def __len__(self) -> int:
        return len(self.dates)

    @property
    def buckets(self) -> Buckets:
        """The calendar of the points: weeks start on the weekday of the first."""
        first = WEEKDAYS[self.dates[0].weekday()] if self.dates else WEEKDAYS[0]
        return Buckets(self.every, Weeks(first))

    @property
    def label(self) -> str:
        """The title at the beginning of a line."""
        return capital(self.title)

    @property
    def is_quotient(self) -> bool:
        """Whether the metric is a ratio or share."""
        return self.kind in QUOTIENTS

    def period(self, place: int) -> Period:
        """Return the days of one point."""
        number = self.buckets.number(self.dates[place])
        return self.buckets.period(number, number)

    def at(self, day: date) -> float | None:
        """Return the value of the period that starts on ``day``, or ``None``."""
        return self.values[self.dates.index(day)] if day in self.dates else None
