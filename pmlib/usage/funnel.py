"""Where people stop on the way through ordered steps."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from pmlib.core import Estimate, Finding, Kpi, Period, SettingError, TooFewError, Unit, answering, made_id
from pmlib.core.periods import day_text
from pmlib.engine import sql
from pmlib.show import Chart, Column, Series, Table, table
from pmlib.show import funnel as bars
from pmlib.sources.contract import Events, Who
from pmlib.stats import share, share_difference
from pmlib.usage.chains import Reach, reach
from pmlib.usage.words import listed

FEW = 100
MOST_STEPS = 12
SPAN = 4
"""Weeks of entry compared with as many before."""


@answering("funnel", "How far do people get, and where do they stop?")
def funnel(events: Events, *, steps: str | Sequence[str], window_days: int = 7, weeks: int = 8) -> Finding:
    """Answer how far people get, and at which step they stop.

    Counted are people with a first step in the last ``weeks`` complete weeks whose ``window_days`` (of 24 hours) are
    over. From each of a person's first steps in these weeks the chain of later steps is followed in order, the last
    step no later than the window's end (included); the longest chain counts. One event serves one step; events of the
    same instant may serve steps in the funnel's order.

    Parameters
    ----------
    steps
        Names of events in order, a sequence or one text with commas.
    window_days
        Days from the first step in which the others count.
    weeks
        Weeks of entry.

    Raises
    ------
    SettingError
        If a step is unknown, or there are fewer than 2.
    TooFewError
        If nobody who took the first step has had the whole window yet.
    """
    names = [events.known(step) for step in parsed(steps)]
    if window_days < 1 or weeks < 1:
        raise SettingError(f"window_days is {window_days} and weeks is {weeks}; both are 1 or more.")
    period = entered(events, window_days, weeks)
    moments, query = counted(events, names, period, window_days)
    distinct = list(dict.fromkeys(names))
    found = reach(moments, [distinct.index(name) for name in names], window_days * 86_400_000_000)
    counts = found.people(len(names))
    if counts[0] == 0:
        raise TooFewError(
            f"Nobody did {names[0]} from {period} (entries whose {window_days} days are over). "
            "Show more weeks, or choose another first step."
        )
    labels = labelled(names)
    shares = [share(n, counts[0], label=f"Reached {label}") for n, label in zip(counts, labels, strict=True)]
    onward = [
        share(n, before, label=f"{labels[i]} to {labels[i + 1]}")
        for i, (before, n) in enumerate(pairwise(counts))
        if before
    ]
    leak = min(range(len(onward)), key=lambda i: onward[i].value or 0.0)
    clear = stands_out(counts, len(onward), leak)
    change = compared(found, len(names), period.days // 7)
    by_week = [found.people(len(names), week, week) for week in range(period.days // 7)]
    return Finding(
        id=made_id("funnel", names[0], names[-1], events.segment),
        question="How far do people get, and where do they stop?",
        headline=headline(names, labels, shares, onward, leak, window_days),
        estimates=(*shares[1:], *onward, *([change] if change else [])),
        table=numbers(labels, counts, shares),
        figure=chart(labels, counts, shares, labels[leak + 1], period),
        cautions=cautions(labels, counts, onward, leak, clear=clear),
        definition=events.describe(
            f"Steps in order within {window_days} days of the first, each person once with the longest chain",
            f"entries of {period}, whose {window_days} days are over",
        ),
        query=query,
        action=action(labels, onward[leak]) if clear and len(onward) > 1 else "",
        kpi=Kpi(
            shares[-1],
            change,
            "those before",
            f"the last {SPAN} weeks of entry",
            history=tuple(week[-1] / week[0] if week[0] else None for week in by_week),
            routine=True,
        ),
    )


def parsed(steps: str | Sequence[str]) -> list[str]:
    """Read the steps from a text with commas or a sequence; a name with a comma stands in double quotes.

    Examples
    --------
    >>> parsed('signed_up, "paid, in full"')
    ['signed_up', 'paid, in full']
    """
    row = next(csv.reader([steps], skipinitialspace=True), []) if isinstance(steps, str) else steps
    names = [name.strip() for name in row]
    names = [name for name in names if name]
    if not 2 <= len(names) <= MOST_STEPS:
        raise SettingError(
            f"A funnel has 2 to {MOST_STEPS} steps; {len(names)} are given. "
            "Write the events in order with commas, such as 'signed_up, booking_made'."
        )
    return names


def entered(events: Events, window_days: int, weeks: int) -> Period:
    """Return the last complete weeks all of whose entries have had their window."""
    begin, over = events.first_day(), events.as_of - timedelta(days=window_days)
    last = events.weeks.last_complete(over)
    first = max(events.weeks.of(begin).start, events.weeks.before(last, weeks - 1).start)
    if first > last.start:
        raise TooFewError(
            f"No complete week of entries has had its {window_days} days: the events run from "
            f"{day_text(begin, year=True)} to {day_text(events.as_of, year=True)}. Choose fewer days, or load more."
        )
    return Period(first, last.end)


def counted(
    events: Events, names: Sequence[str], period: Period, window_days: int
) -> tuple[dict[str, np.ndarray], str]:
    """Fetch the moments of the steps as arrays, and the SQL that ran with its values."""
    end = datetime.combine(events.as_of + timedelta(days=1), time(), ZoneInfo(events.timezone)).astimezone(UTC)
    values = {
        "names": list(dict.fromkeys(names)),
        "since": period.start,
        "until": period.end,
        "matured": end.replace(tzinfo=None) - timedelta(days=window_days),
        "window_days": window_days,
        "week_start": events.weeks.number,
    }
    return events.engine.query_arrays(sql(__package__, "funnel.sql"), **values)


def labelled(names: Sequence[str]) -> list[str]:
    """Name each step, a repeated one with its turn.

    Examples
    --------
    >>> labelled(["a", "b", "a"])
    ['a', 'b', 'a (2)']
    """
    turns = [names[: i + 1].count(name) for i, name in enumerate(names)]
    return [name if turn == 1 else f"{name} ({turn})" for name, turn in zip(names, turns, strict=True)]


def compared(found: Reach, steps: int, weeks: int) -> Estimate | None:
    """The share that reaches the end in the last weeks of entry less that of as many before; ``None`` if too few."""
    if weeks < 2 * SPAN:
        return None
    now = found.people(steps, weeks - SPAN, weeks - 1)
    base = found.people(steps, weeks - 2 * SPAN, weeks - SPAN - 1)
    if not now[0] or not base[0]:
        return None
    label = f"reached the end, last {SPAN} weeks of entry less the {SPAN} before"
    return share_difference(now[-1], now[0], base[-1], base[0], label=label)


def stands_out(counts: Sequence[int], transitions: int, leak: int) -> bool:
    """Whether the step that keeps the fewest keeps clearly fewer than every other step."""
    others = [i for i in range(transitions) if i != leak]
    gaps = [share_difference(counts[leak + 1], counts[leak], counts[i + 1], counts[i]) for i in others]
    return all(gap.high is not None and gap.high < 0 for gap in gaps)


def headline(
    names: Sequence[str],
    labels: Sequence[str],
    shares: Sequence[Estimate],
    onward: Sequence[Estimate],
    leak: int,
    window_days: int,
) -> str:
    """Say the share that reaches the end, how sure where people are few, and the step that keeps the fewest."""
    last = shares[-1]
    days = "a day" if window_days == 1 else f"{window_days} days"
    sure = f" ({last.range}, {Who().count(last.n)})" if last.n < FEW else ""
    head = "Nobody" if last.value == 0 else last.unit.text(last.value)
    text = f"{head}{' of those' if last.value else ''} who did {names[0]}{sure} reached {labels[-1]} within {days}"
    if len(onward) < 2:
        return text
    kept = onward[leak]
    return f"{text}; fewest go on from {labels[leak]} to {labels[leak + 1]}, {kept.unit.text(kept.value)}"


def action(labels: Sequence[str], kept: Estimate) -> str:
    """Point to the step that clearly loses most."""
    return f"Look first at the step from {kept.label}: {Unit.SHARE.text(1 - (kept.value or 0.0))} do not go on in time."


def cautions(
    labels: Sequence[str], counts: Sequence[int], onward: Sequence[Estimate], leak: int, *, clear: bool
) -> tuple[str, ...]:
    """What to doubt: few people, steps nobody took, a leak that may be another."""
    found: list[str] = []
    if counts[0] < FEW:
        found.append(f"The funnel rests on {Who().count(counts[0])}: the intervals are wide.")
    never = [label for label, count in zip(labels, counts, strict=True) if count == 0]
    if never:
        found.append(f"Nobody in the funnel reached {listed(never)}: is the step named and recorded as it should be?")
    if not clear and len(onward) > 1:
        found.append(
            f"The step from {onward[leak].label} keeps the fewest, {onward[leak]}, but not clearly fewer than every "
            "other step."
        )
    return tuple(found)


def numbers(labels: Sequence[str], counts: Sequence[int], shares: Sequence[Estimate]) -> Table:
    """The steps as a table: people, share of entrants with its interval, share of the step before."""
    columns = [
        Column("Step"),
        Column("People", Unit.COUNT),
        Column("Of those who entered", Unit.SHARE),
        Column("Low", Unit.SHARE),
        Column("High", Unit.SHARE),
        Column("Of the step before", Unit.SHARE),
    ]
    kept = [None, *(n / before if before else None for before, n in pairwise(counts))]
    # Everyone who entered has entered: the first share is no estimate.
    ends = [(None, None), *((one.low, one.high) for one in shares[1:])]
    rows = zip(labels, counts, (one.value for one in shares), ends, kept, strict=True)
    return table(columns, [(label, n, value, *end, before) for label, n, value, end, before in rows], size="People")


def chart(
    labels: Sequence[str], counts: Sequence[int], shares: Sequence[Estimate], marked: str, period: Period
) -> Chart:
    """The steps as bars of the share of entrants."""
    values = tuple(one.value for one in shares)
    text = tuple(f"{n:,} · {one.unit.text(one.value)}" for n, one in zip(counts, shares, strict=True))
    row = Series(
        "share of those who entered",
        tuple(labels),
        values,
        (values[0], *(one.low for one in shares[1:])),
        (values[0], *(one.high for one in shares[1:])),
        text=text,
    )
    parts = ", ".join(f"{label} {n:,}" for label, n in zip(labels, counts, strict=True))
    caption = "Whiskers are 95% intervals. Marked is the step to which the fewest of those before go on."
    return bars(row, description=f"People at each step, entries of {period}: {parts}.", caption=caption, marked=marked)
