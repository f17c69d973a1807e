"""A metric over time, as rooms receive it."""

from dataclasses import dataclass
from datetime import date, timedelta

from pmlib.core import Grain, Period, SettingError, Unit
from pmlib.metrics.catalogue import QUOTIENTS, Kind

STEP = {"day": timedelta(days=1), "week": timedelta(days=7)}


@dataclass(frozen=True, eq=False)
class Points:
    """Values of a metric, one a day or week without gaps, oldest first, complete periods only.

    Parameters
    ----------
    title
        The metric's name within a sentence: ``"active users"``.
    dates
        The first day of each period.
    values
        ``None`` where a ratio or share has nothing to divide by.
    n
        What a ratio or share was divided by, else the people active; empty where it is not known.
    days
        On how many days of each period anything happened; empty where it is not known.
    sql, definition
        The query that ran, and the line under a chart.
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

    def __post_init__(self) -> None:
        sizes = {len(self.dates), len(self.values)} | {len(part) for part in (self.n, self.days) if part}
        if len(sizes) != 1:
            raise SettingError(f"The points of '{self.name}' have parts of {sorted(sizes)} values; make them equal.")
        gaps = [b for a, b in zip(self.dates, self.dates[1:], strict=False) if b - a != STEP[self.every]]
        if gaps:
            raise SettingError(
                f"The points of '{self.name}' skip a {self.every} before {gaps[0]}. Give it as None or 0."
            )

    def __len__(self) -> int:
        return len(self.dates)

    @property
    def label(self) -> str:
        """The title at the beginning of a line."""
        return self.title[:1].upper() + self.title[1:]

    @property
    def is_quotient(self) -> bool:
        """Whether the metric is a ratio or share."""
        return self.kind in QUOTIENTS

    def period(self, place: int) -> Period:
        """Return the days of one point."""
        start = self.dates[place]
        return Period(start, start + STEP[self.every] - timedelta(days=1))

    def at(self, day: date) -> float | None:
        """Return the value of the period that starts on ``day``, or ``None``."""
        return self.values[self.dates.index(day)] if day in self.dates else None
