"""Logs with a set number of events a week, to look at their tracking."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from pmlib.sources.contract import Events
from tests.rows import events_of

FIRST = date(2026, 6, 1)
"""A Monday."""
Value = object
Of = Callable[[str, int, int], Value]
"""The value of a property, given event, week from 0 and number in that week."""


def track(
    weeks: Mapping[str, Sequence[int]],
    properties: Mapping[str, Of] | None = None,
    *,
    people: Callable[[str, int, int], str | None] | None = None,
    days: int = 7,
    more: int = 0,
    extra: Sequence[tuple] = (),
) -> Events:
    """Make events, so many of each name in each week from 1 June 2026 on.

    The i-th of a week is on its day ``i % days`` and of user ``i % 10``. The last day counted is the last of the last
    week, and ``more`` days later.
    """
    given = dict(properties or {})
    rows: list[tuple] = []
    length = max(len(counts) for counts in weeks.values())
    for event, counts in weeks.items():
        for week, count in enumerate(counts):
            for i in range(count):
                day = FIRST + timedelta(weeks=week, days=i % days)
                user = people(event, week, i) if people else f"u{i % 10}"
                moment = f"{day}T{8 + i // 3600 % 12:02}:{i // 60 % 60:02}:{i % 60:02}"
                rows.append((user, event, moment, *(of(event, week, i) for of in given.values())))
    last = FIRST + timedelta(weeks=length, days=more - 1)
    return events_of([*rows, *extra], as_of=last, properties=tuple(given))
