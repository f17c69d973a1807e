"""New people: when each first started, for how long they could be followed, and whose time is up."""

from datetime import timedelta

from pmlib.core import Period, SettingError, TooFewError
from pmlib.core.periods import day_text
from pmlib.core.words import many
from pmlib.engine import place, sql
from pmlib.sources.contract import Events
from pmlib.usage.cohorts.cohorts import Steps, ended
from pmlib.usage.people.parts import happened

HISTORY = timedelta(days=28)
"""Days from the beginning of the data in which people seen first may not be new."""


def newcomers(events: Events, start: str) -> Steps:
    """Return an engine that has the table ``newcomers``, one row for each who started.

    Columns: ``user_id``, ``first TIMESTAMP`` (UTC, the first start in all history), ``day DATE`` (its local day) and
    ``followed`` (whole days of 24 hours from it to the end of the last day counted).

    Parameters
    ----------
    start
        The event that counts as starting, ``""`` for any.

    Raises
    ------
    SettingError
        If the event is unknown.
    """
    if start:
        events.known(start)
    text = place(sql(__package__, "newcomers.sql"), the_start=happened(start))
    return Steps(events.engine).keep("newcomers", text, ended(events))


def matured(events: Events, days: int, weeks: int) -> Period:
    """Return the last complete weeks of starts all of which were followed for ``days`` days.

    Raises
    ------
    TooFewError
        If there is no such week.
    """
    if weeks < 1:
        raise SettingError(f"weeks is {weeks}; ask for 1 week or more.")
    begin, over = events.first_day(), events.as_of - timedelta(days=days)
    last = events.weeks.last_complete(over)
    first = max(events.weeks.of(begin).start, events.weeks.before(last, weeks - 1).start)
    if first > last.start:
        raise TooFewError(
            f"Nobody can be followed for {many(days, 'day')} in any complete week of starts: the events run from "
            f"{day_text(begin, year=True)} to {day_text(events.as_of, year=True)}. Choose fewer days, or load more."
        )
    return Period(first, last.end)


def unseen(events: Events, start: str, period: Period) -> str:
    """Say that people at the beginning of the data may not be new, or nothing."""
    begin = events.first_day()
    if start or period.start >= begin + HISTORY:
        return ""
    return (
        f"The data begin on {day_text(begin, year=True)}: {events.who.many} who were there before count as new when "
        "they are first seen. Name the event that starts, such as a sign-up."
    )
