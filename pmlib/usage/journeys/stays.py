"""Sessions counted by week: how many, how long, how much in each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pmlib.core import Buckets, Estimate, TooFewError, Unit
from pmlib.engine import place, sql
from pmlib.sources.contract import Events
from pmlib.stats import Moments, mean
from pmlib.stats.clusters import clustered_mean, clustered_share
from pmlib.usage.journeys.visits import MINUTE, Cut, named_session, visits
from pmlib.usage.people.parts import Parts

ENGAGED = 10_000_000
"""Microseconds beyond which a session is engaged whatever its events, as in Google Analytics 4."""
FEWEST = 6
"""Independent sessions of which the shortest and longest hold the median 19 times in 20."""
MINUTES = Unit("duration", 1, "minutes")


@dataclass(frozen=True)
class Counts:
    """What the engine counted.

    Parameters
    ----------
    weeks, parts
        The row of each week, and of each week and part of the people.
    median
        The median length of the last week's sessions.
    split
        The parts of the people, if asked for.
    doubts
        What to doubt in the data themselves.
    """

    weeks: Mapping[int, Any]
    parts: Mapping[tuple[int, str], Any]
    median: Estimate | None
    split: Parts | None
    doubts: tuple[str, ...]
    query: str


def counts(events: Events, cut: Cut, buckets: Buckets, span: range, split: Parts | None) -> Counts:
    """Cut the events into sessions and count them by week."""
    since, until = buckets.start(span[0]), buckets.end(span[-1])
    doubts = (*(split.cautions if split else ()), *(unnamed(events, cut.session) if cut.session else ()))
    told = replace(events, engine=split.on(events.engine)) if split else events
    text = sql(__package__, "sessions_weeks.sql")
    with visits(told, cut, since) as laid:
        if not cut.session and told.query(sql(__package__, "sessions_stamps.sql")).one().alike:
            doubts += ("All events of a day have one and the same time: a session is then what a person did that day.",)
        made = told.query(sql(__package__, "sessions.sql"), since=since, until=until)
        whole = told.query("CREATE OR REPLACE TEMP TABLE visit_parts AS SELECT person, '' AS part FROM visit_people")
        cells = told.query(text, engaged=ENGAGED)
        rows: Mapping[tuple[int, str], Any] = {}
        if split:
            told.engine.run(sql(__package__, "sessions_parts.sql"))
            rows = {(row.week, row.part): row for row in told.query(text, engaged=ENGAGED)}
        median = median_length(told, span[-1])
    weeks = {row.week: row for row in cells}
    return Counts(weeks, rows, median, split, doubts, "\n;\n".join((laid, made.sql, whole.sql, cells.sql)))


def unnamed(events: Events, name: str) -> tuple[str, ...]:
    """Say how many events have no session.

    Raises
    ------
    TooFewError
        If none has.
    """
    read = named_session(events, name)
    row = events.query(place("SELECT count(*) AS n, count(the_session) AS known FROM events", the_session=read)).one()
    if not row.known:
        raise TooFewError(f"No event has a {name}. Leave it out, and sessions are cut where nothing happens.")
    missing = row.n - row.known
    return (f"{missing:,} of {row.n:,} events have no {name} and are left out.",) if missing else ()


def median_length(events: Events, week: int) -> Estimate | None:
    """Return the median length of a week's sessions that have one, in minutes; ``None`` where none has.

    The interval is Woodruff's: between the lengths at the shares of sessions that the share no longer than the median
    may have, people as clusters.

    References
    ----------
    Woodruff (1952), JASA 47:635-646.
    """
    text = sql(__package__, "sessions_median.sql")
    row = events.query(text, week=week, low=0.5, high=0.5).one()
    if row.median is None:
        return None
    label, value = "Median length of sessions with two or more events", row.median / MINUTE
    below = clustered_share(row.people, row.hits, row.sessions, row.hits2, row.hits_sessions, row.sessions2)
    method = "Woodruff's interval for a median, units as clusters"
    if below.value is None or below.low is None or below.high is None or (below.n_eff or 0) < FEWEST:
        reason = f"sessions of fewer than {FEWEST} {events.who.many} do not bound a median"
        return Estimate(label, value, None, None, MINUTES, row.people, method, n_eff=below.n_eff, reason=reason)
    low, high = max(0.0, 0.5 - below.value + below.low), min(1.0, 0.5 - below.value + below.high)
    ends = events.query(text, week=week, low=low, high=high).one()
    return Estimate(label, value, ends.low / MINUTE, ends.high / MINUTE, MINUTES, row.people, method, n_eff=below.n_eff)


def rate(row: Any) -> float | None:
    """Sessions per person in a week."""
    return row.sessions / row.people if row else None


def stays(row: Any, median: Estimate | None) -> tuple[Estimate, ...]:
    """What the last week's sessions are like, with intervals; nothing where there are none."""
    if row is None:
        return ()
    label = "Events per session"
    if row.people > 1:
        sums = (row.people, row.events, row.sessions, row.events2, row.events_sessions, row.sessions2)
        depth = clustered_mean(*sums, unit=Unit.RATIO, label=label).limited(1)
    else:
        why = "one alone shows no spread"
        depth = Estimate(label, row.events / row.sessions, None, None, Unit.RATIO, 1, "events counted", reason=why)
    sums = (row.people, row.engaged, row.sessions, row.engaged2, row.engaged_sessions, row.sessions2)
    return (*([median] if median else []), depth, clustered_share(*sums, label="Engaged sessions"))


def frequency(row: Any, label: str) -> Estimate:
    """Sessions per person of one part of the people, who each count once."""
    if row.people < 2:
        why = "one alone shows no spread"
        return Estimate(label, rate(row), None, None, Unit.RATIO, row.people, "sessions counted", reason=why)
    variance = max(0.0, (row.sessions2 - row.sessions * row.sessions / row.people) / (row.people - 1))
    return mean(Moments(row.people, row.sessions / row.people, variance), unit=Unit.RATIO, label=label).limited(1)
