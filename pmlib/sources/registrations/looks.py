"""The days at whose end a result is to be read."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

DAY = timedelta(days=1)


def spread(start: date, days: int, count: int) -> tuple[date, ...]:
    """Return ``count`` looks, as evenly spread as may be, the last on the last day.

    They end whole weeks after the start where there are as many weeks as looks and the horizon is one of weeks.

    Examples
    --------
    >>> [str(one) for one in spread(date(2026, 3, 2), 28, 2)]
    ['2026-03-15', '2026-03-29']
    """
    step = 7 if days % 7 == 0 and count <= days // 7 else 1
    steps = days // step
    return tuple(start + (round(steps * at / count) * step - 1) * DAY for at in range(1, count + 1))


def recurring(start: date, days: int, every: Literal["day", "week", "month"]) -> tuple[date, ...]:
    """Return a look at the end of each day, week or month after the start, and one on the last day.

    Examples
    --------
    >>> [str(one) for one in recurring(date(2026, 3, 2), 16, "week")]
    ['2026-03-08', '2026-03-15', '2026-03-17']
    """
    last = start + (days - 1) * DAY
    return (*(one for one in ends(start, last, every) if one < last), last)


def ends(start: date, last: date, every: Literal["day", "week", "month"]) -> Iterator[date]:
    """Give the last day of each span from the start that begins until ``last``."""
    if every != "month":
        step = 7 if every == "week" else 1
        for at in range((last - start).days // step + 1):
            yield start + (at * step + step - 1) * DAY
        return
    at = 1
    while (end := later(start, at) - DAY) <= last:
        yield end
        at += 1


def later(day: date, months: int) -> date:
    """Return the same day so many months later, the month's last where it is shorter.

    Examples
    --------
    >>> later(date(2026, 1, 31), 1), later(date(2026, 12, 15), 1)
    (datetime.date(2026, 2, 28), datetime.date(2027, 1, 15))
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(year, month + 1, 1)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return first + min(day.day - 1, (following - first).days - 1) * DAY
