"""The demo's days: when each begins in Berlin, what hour people come, what season it is."""

from datetime import datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pmlib.sources.demo.truth import DAYS, FIRST_DAY, TIMEZONE

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

SECOND = 1_000
"""Times are milliseconds since 1970, UTC."""
DAY = 86_400 * SECOND
CYCLE = 364
"""The season repeats every 52 weeks, so a week and the one 364 days earlier share it exactly."""
JANUARY, SUMMER = 107, 271
"""Days of the cycle (0 is 30 September) on which the two peaks stand."""
WEEKDAYS = np.array([0.90, 0.85, 0.85, 0.90, 1.00, 1.32, 1.25])
"""Monday to Sunday: trips are planned at the weekend."""
HOURS = np.array([6.0, 8.0, 12.0, 14.0, 18.0, 20.0, 21.5, 22.5, 23.83])
CUMULATIVE = np.array([0.0, 0.07, 0.25, 0.37, 0.58, 0.75, 0.90, 0.96, 1.0])
MOMENT = pa.timestamp("ms", tz="UTC")


@cache
def midnights() -> Ints:
    """Return when each local day begins, and when the last one ends: ``DAYS + 1`` instants."""
    zone = ZoneInfo(TIMEZONE)
    days = (FIRST_DAY + timedelta(days=number) for number in range(DAYS + 1))
    return np.array([int(datetime.combine(day, time(), zone).timestamp()) * SECOND for day in days])


def end() -> int:
    """Return the instant at which the data end: midnight after the last day."""
    return int(midnights()[-1])


def moments(rng: np.random.Generator, days: Ints) -> Ints:
    """Draw an instant on each day, between 06:00 and 23:50 local time, most of them in the evening."""
    wall = np.interp(rng.random(days.size), CUMULATIVE, HOURS) * 3_600 * SECOND
    # Counted back from the next midnight: clocks change at night, so this holds on days of 23 and 25 hours.
    return midnights()[days + 1] - DAY + wall.astype(np.int64)


def day_of(ts: Ints) -> Ints:
    """Return the local day of each instant, counted from the first day of the data."""
    return np.searchsorted(midnights(), ts, side="right") - 1


def dates(days: Ints) -> NDArray[np.datetime64]:
    """Return the calendar date of each day."""
    return np.datetime64(FIRST_DAY, "D") + days


def local_text(ts: Ints) -> list[str]:
    """Write instants as ISO 8601 with Berlin's offset; for instants after 03:00 local time."""
    days = day_of(ts)
    naive = dates(days + 1).astype("datetime64[ms]").astype(np.int64)
    offset = naive - midnights()[days + 1]
    text = np.datetime_as_string((ts + offset).astype("datetime64[ms]"), unit="s")
    zone = np.where(offset == 3_600 * SECOND, "+01:00", "+02:00")
    return np.char.add(text, zone).tolist()


def season(days: Ints, *, january: float, summer: float) -> Floats:
    """Return the season's factor for each day: 1 and two yearly peaks of the given heights."""
    return 1 + january * _peak(days, JANUARY, 14) + summer * _peak(days, SUMMER, 30)


def _peak(days: Ints, centre: int, width: float) -> Floats:
    away = (days - centre + CYCLE // 2) % CYCLE - CYCLE // 2
    return np.exp(-0.5 * (away / width) ** 2)


def as_moments(ts: Ints) -> pa.Array:
    """Return instants as an Arrow column of UTC timestamps."""
    return pa.array(ts, type=pa.int64()).cast(MOMENT)
