"""How often people come, how long they stay and how much they do."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pmlib.core import Buckets, Estimate, Finding, Kpi, Signal, TooFewError, Unit, answering, made_id
from pmlib.core.periods import SEASON, YEAR_BACK, day_text
from pmlib.core.words import many
from pmlib.show import Chart, Column, Series, Table, line, table
from pmlib.sources.contract import Events, Who
from pmlib.stats import signal
from pmlib.usage.journeys.stays import ENGAGED, MINUTES, Counts, counts, frequency, rate, stays
from pmlib.usage.journeys.visits import HOUR, MINUTE, TIES, Cut
from pmlib.usage.people.parts import parts

FEW = 50
ONE_PERSON = 0.1
"""Part of all sessions from which one person's are worth a question."""
DAY_LONG = 24
"""Hours from which a session cut at gaps is longer than people are awake."""
FULL_COUNT = "full counts have no sampling interval; the range expected from its history judges it"


@answering("sessions", "How often do people come, and how long do they stay?")
def sessions(
    events: Events,
    *,
    gap_minutes: int = 30,
    longest_hours: int = 0,
    cut_at_midnight: bool = False,
    session: str = "",
    by: str = "",
    weeks: int = 26,
) -> Finding:
    """Answer how often people come, how long they stay and how much they do.

    A session is a person's events without a gap of ``gap_minutes``; it ends with its last event, belongs to the week of
    its first, and one that runs beyond the last day counted is cut there. Sessions per person counts those who came.

    Parameters
    ----------
    gap_minutes
        Minutes without an event from which on the next event begins a new session.
    longest_hours
        Longest time from a session's first event to its last, as PostHog cuts after 24; 0 for no limit.
    cut_at_midnight
        Whether a session ends with the local day, as in Mixpanel.
    session
        The property that holds the product's own session, instead of these rules.
    by
        A property whose parts are shown beside each other.
    weeks
        Weeks shown.

    Raises
    ------
    SettingError
        If an option is wrong or the events have no such property.
    TooFewError
        If no week is complete, or no event names its session.
    """
    cut = Cut(gap_minutes, longest_hours, cut_at_midnight, session)
    if session:
        events.property(session)
    split = parts(events, by) if by else None
    buckets = Buckets("week", events.weeks)
    begin, last = events.first_day(), buckets.last_complete(events.as_of)
    # The first week counts only if the data begin on its first day.
    whole = buckets.number(begin) + (buckets.start(buckets.number(begin)) < begin)
    if whole > last:
        raise TooFewError(
            f"No week is complete: the events run from {day_text(begin, year=True)} to "
            f"{day_text(events.as_of, year=True)}. Load at least one whole week."
        )
    shown = range(max(whole, buckets.back(last, weeks)), last + 1)
    first = min(shown[0], max(whole, last - 2 * YEAR_BACK["week"] - 1))
    counted = counts(events, cut, buckets, range(first, last + 1), split)
    rates = {n: rate(counted.weeks.get(n)) for n in range(first, last + 1)}
    told = signal([rates[n] for n in range(first, last)], rates[last], season=SEASON["week"], unit=Unit.RATIO)
    row = counted.weeks.get(last)
    now = replace(
        told.limits,
        label=f"Sessions per {events.who.one} and week",
        value=rates[last],
        n=row.people if row else 0,
        reason=told.limits.reason or ("" if row else "nobody came"),
        method=f"sessions counted, divided by who came; the range: {told.limits.method}",
        period=str(buckets.period(last, last)),
    )
    change = compared(rates, last, now.n)
    return Finding(
        id=made_id("sessions", by, events.segment),
        question="How often do people come, and how long do they stay?",
        headline=headline(events.who, now, change, told, counted.median, buckets, last),
        estimates=(now, change, *stays(row, counted.median), *parted(events.who, counted, last)),
        table=numbers(events.who, counted, shown, buckets),
        figure=chart(events.who, counted, rates, shown, buckets, now),
        cautions=(*cautions(events.who, cut, row, told), *counted.doubts),
        definition=events.describe(
            f"{cut.words[0].upper()}{cut.words[1:]}",
            TIES,
            "its end is its last event, its week that of its first",
            f"lengths of sessions with two or more events; engaged is longer than {ENGAGED // 1_000_000} seconds or "
            "two or more events",
            counted.split.words if counted.split else "",
            buckets.named,
            buckets.running(events.as_of),
        ),
        query=counted.query,
        action=action(told, events.who, buckets, last),
        kpi=Kpi(now, change, "the week before", better="", signal=told, history=tuple(rates[n] for n in shown)),
    )


def compared(rates: Mapping[int, float | None], last: int, n: int) -> Estimate:
    """The relative change of the last week's rate on that of the week before; open where there is none."""
    now, before = rates[last], rates.get(last - 1)
    value = now / before - 1 if now is not None and before else None
    reason = FULL_COUNT if value is not None else "there is no such week to compare"
    return Estimate(
        "change on the week before", value, None, None, Unit.LIFT, n, "ratio of two full counts", reason=reason
    )


def headline(
    who: Who, now: Estimate, change: Estimate, told: Signal, median: Estimate | None, buckets: Buckets, last: int
) -> str:
    """Say how often those who came came, whether that is usual, and how long they stayed."""
    if now.value is None:
        return f"Nobody came {buckets.said(last)}"
    text = f"{who.count(now.n)} had {now.unit.text(now.value)} sessions"
    text += f"{'' if now.n == 1 else ' each'} {buckets.said(last)}"
    if change.value is not None:
        size = Unit.LIFT.text(abs(change.value))
        same = "as many as" if change.value == 0 else "about as many as" if size == "0.0%" else ""
        text += f", {same or f'{size} ' + ('more than' if change.value > 0 else 'fewer than')} the week before"
    if told.called:
        low, high = (now.unit.text(end) for end in (now.low, now.high))
        text += f", {told.state} the {low} to {high} its history leads one to expect: a signal"
    elif told.judged:
        text += ", within the range its history leads one to expect"
    else:
        text += f"; {told.words or 'whether that is usual cannot be said'}"
    if median is None:
        return f"{text}; no session has a second event, so none has a length"
    sure = f" ({median.range})" if median.n < FEW else ""
    return f"{text}; half of those with two or more events last longer than {median.unit.text(median.value)}{sure}"


def action(told: Signal, who: Who, buckets: Buckets, last: int) -> str:
    """Ask for a look where people came less often than is usual."""
    if told.state != "below":
        return ""
    return (
        f"Find out why {who.many} came less often than usual {buckets.said(last)}: look first whether all events "
        "arrived, then at what was released."
    )


def cautions(who: Who, cut: Cut, row: Any, told: Signal) -> tuple[str, ...]:
    """What to doubt: few people, sessions without a length, sessions no person has."""
    if row is None:
        return ("Nobody came in the last week: a gap in the data or a real silence?",)
    found: list[str] = []
    if row.people < FEW:
        found.append(f"The last week's sessions are those of {who.count(row.people)}: a few more move every figure.")
    if row.single * 2 > row.sessions:
        found.append(
            f"Of the last week's {many(row.sessions, 'session')} {Unit.SHARE.text(row.single / row.sessions)} hold one "
            "event: how long they lasted is not known, and the median leaves them out."
        )
    if row.people >= FEW and row.most > ONE_PERSON * row.sessions:
        found.append(
            f"One {who.one} alone has {row.most:,} of the last week's {row.sessions:,} sessions: is that a script or a "
            "test?"
        )
    by_gap = not (cut.session or cut.longest_hours) and cut.gap_minutes * MINUTE <= DAY_LONG * HOUR / 2
    if by_gap and row.longest >= DAY_LONG * HOUR:
        found.append(
            f"The last week's longest session goes on for {row.longest / HOUR:,.0f} hours without a gap: something "
            f"that runs by itself? With longest_hours = {DAY_LONG} it is cut."
        )
    if not told.judged:
        found.append(f"Whether the sessions per {who.one} are usual cannot be said: {told.limits.reason}.")
    return tuple(found)


def numbers(who: Who, counted: Counts, shown: range, buckets: Buckets) -> Table:
    """The weeks as a table; with parts, the last week's parts."""
    size = who.many.capitalize()
    if not counted.split:
        rows = [(buckets.start(n), *cells(counted.weeks.get(n))) for n in shown]
        return table([Column("Week", Unit.DATE), *columns(who)], rows, size=size)
    last = shown[-1]
    named = [(name, counted.parts.get((last, name))) for name in counted.split.names]
    lines = [(name, *cells(row)) for name, row in (*named, ("All", counted.weeks.get(last)))]
    return table([Column(f"Part, {buckets.said(last)}"), *columns(who)], lines, size=size)


def parted(who: Who, counted: Counts, last: int) -> list[Estimate]:
    """The last week's sessions per person in each part that came."""
    names = counted.split.names if counted.split else ()
    rows = [(name, counted.parts.get((last, name))) for name in names]
    return [frequency(row, f"Sessions per {who.one} and week, {name}") for name, row in rows if row]


def columns(who: Who) -> list[Column]:
    """The columns of :func:`cells`."""
    return [
        Column(who.many.capitalize(), Unit.COUNT),
        Column("Sessions", Unit.COUNT),
        Column(f"Sessions per {who.one}", Unit.RATIO),
        Column("Median length", MINUTES),
        Column("Events per session", Unit.RATIO),
        Column("Engaged", Unit.SHARE),
        Column("With one event", Unit.COUNT),
    ]


def cells(row: Any) -> tuple[float | int | None, ...]:
    """The figures of a week or a part, as a table shows them."""
    if row is None:
        return (0, 0, None, None, None, None, 0)
    median = None if row.median is None else row.median / MINUTE
    per = row.events / row.sessions
    return row.people, row.sessions, rate(row), median, per, row.engaged / row.sessions, row.single


def chart(
    who: Who, counted: Counts, rates: Mapping[int, float | None], shown: range, buckets: Buckets, now: Estimate
) -> Chart:
    """Sessions per person as a line, one more for each part."""
    days = tuple(buckets.start(n).isoformat() for n in shown)
    drawn = [Series("all" if counted.split else now.label, days, tuple(rates[n] for n in shown))]
    for name in counted.split.names if counted.split else ():
        values = tuple(rate(counted.parts.get((n, name))) for n in shown)
        drawn.append(Series(name, days, values, role="other"))
    first, last = (f"{now.unit.text(rates[n])} {buckets.said(n, year=True)}" for n in (shown[0], shown[-1]))
    return line(drawn, unit=now.unit, description=f"Sessions per {who.one} and week: {first}, {last}.")
