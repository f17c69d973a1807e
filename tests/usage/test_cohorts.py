"""Cohorts of every kind against a plain count in Python that walks over people and events."""

import re
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlib.core import Buckets, SettingError, Weeks
from pmlib.core.periods import WEEKDAYS
from pmlib.usage.cohorts.asked import HOURS, Kind, Windows, asked, bracketed
from pmlib.usage.cohorts.cohorts import counted
from pmlib.usage.cohorts.parts import splitting
from tests.rows import events_of

AS_OF = date(2026, 6, 28)
ASK = {
    "start": "", "back": "", "every": "week", "periods": 3, "kind": "first", "start_where": "", "windows": "calendar",
    "unbounded": False, "brackets": "", "least": 1, "zero": False,
}  # fmt: skip


def period(day, every, week_start):
    """The first day of the period that holds a day, without pmlib's own arithmetic."""
    if every == "month":
        return day.replace(day=1)
    while every == "week" and day.weekday() != WEEKDAYS.index(week_start):
        day -= timedelta(days=1)
    return day


def after(first, every, periods):
    """The first day of the period so many later."""
    if every == "month":
        month = first.month - 1 + periods
        return date(first.year + month // 12, month % 12 + 1, 1)
    return first + timedelta(days=periods * {"day": 1, "week": 7}[every])


def plain(rows, ask, oldest, newest, week_start, as_of=AS_OF):
    """For each cohort its size and, by ages, how many were back of how many that could be; and sums over people."""
    every, ages = ask["every"], [tuple(range(low, high + 1)) for low, high in ask["ages"]]
    events = {}
    for user, event, ts, platform in rows:
        moment = datetime.fromisoformat(ts)
        events.setdefault(user, []).append((moment, event, platform))
    end = datetime.combine(as_of + timedelta(days=1), datetime.min.time())
    sizes, cells, people = Counter(), Counter(), {}
    for user, mine in events.items():
        starts = sorted(m for m, e, _ in mine if ask["start"] in ("", e))
        good = sorted(m for m, e, p in mine if ask["start"] in ("", e) and (not ask["start_where"] or p == "ios"))
        if not good or (ask["kind"] == "first-ever" and starts[0] not in good):
            continue
        opened = {}
        for moment in good if ask["kind"] == "recurring" else good[:1]:
            opened.setdefault(period(moment.date(), every, week_start), moment)
        returns = [m for m, e, _ in mine if ask["back"] in ("", e)]
        for cohort, moment in opened.items():
            if not oldest <= cohort <= newest:
                continue
            sizes[cohort] += 1
            often = Counter()
            for back in returns:
                if ask["windows"] == "24h":
                    if back > moment:
                        often[(back - moment) // timedelta(hours=HOURS[every])] += 1
                    continue
                own, age = period(back.date(), every, week_start), 0
                if own < cohort or own > newest:
                    continue
                while after(cohort, every, age) < own:
                    age += 1
                if age or back > moment:
                    often[age] += 1
            for spot, those in enumerate(ages):
                if ask["windows"] == "24h":
                    seen = moment + (those[-1] + 1) * timedelta(hours=HOURS[every]) <= end
                else:
                    seen = after(cohort, every, those[-1]) <= newest
                if not seen:
                    continue
                there = [age for age, count in often.items() if count >= ask["least"]]
                hit = any(age >= those[0] if ask["unbounded"] else age in those for age in there)
                cells[cohort, spot, "of"] += 1
                cells[cohort, spot, "back"] += hit
                own = people.setdefault((user, spot), [0, 0])
                own[0] += hit
                own[1] += 1
    return sizes, cells, people


def logs(draw, days=40, people=9):
    users = st.integers(1, people)
    moments = st.integers(0, days * 24 * 4 - 1)
    one = st.tuples(users, st.sampled_from(["join", "read"]), moments, st.sampled_from(["ios", "web", None]))
    begin = datetime.combine(AS_OF - timedelta(days=days - 1), datetime.min.time())
    return [
        (f"u{user}", event, (begin + timedelta(minutes=15 * at)).isoformat(), platform)
        for user, event, at, platform in draw(st.lists(one, min_size=1, max_size=60))
    ]


@st.composite
def worlds(draw):
    ask = {
        "start": draw(st.sampled_from(["", "join"])),
        "back": draw(st.sampled_from(["", "read"])),
        "every": draw(st.sampled_from(["day", "week", "month"])),
        "periods": draw(st.integers(1, 5)),
        "kind": draw(st.sampled_from(get_args(Kind))),
        "start_where": draw(st.sampled_from(["", "platform = 'ios'"])),
        "windows": draw(st.sampled_from(get_args(Windows))),
        "unbounded": draw(st.booleans()),
        "brackets": draw(st.sampled_from(["", "1-2", "1, 3-4", "2-3, 5"])),
        "least": draw(st.integers(1, 3)),
        "zero": draw(st.booleans()),
    }
    return logs(draw), ask, draw(st.sampled_from(["monday", "sunday", "thursday"])), draw(st.integers(0, 6))


def asking(events, ask):
    return asked(events, **{key: value for key, value in ask.items() if key != "ages"})


def spans(ask, week_start, back):
    buckets = Buckets(ask["every"], Weeks(week_start))
    newest = buckets.last_complete(AS_OF)
    return buckets, newest - back, newest


@settings(max_examples=60)
@given(worlds())
def test_equal_to_a_plain_count(world):
    rows, ask, week_start, back = world
    known = {row[1] for row in rows}
    ask |= {name: "" for name in ("start", "back") if ask[name] not in known}
    rows = sorted(set(rows), key=str)
    events = events_of(rows, as_of=AS_OF, week_start=week_start, properties=("platform",))
    buckets, oldest, newest = spans(ask, week_start, back)
    question = asking(events, ask)
    ask["ages"] = [(one.low, one.high) for one in question.ages]
    sizes, cells, people = plain(rows, ask, buckets.start(oldest), buckets.start(newest), week_start)
    counts = counted(events, question, oldest, newest)
    for cohort in counts.total.cohorts:
        first = buckets.start(cohort.number)
        assert cohort.size == sizes[first]
        for spot, cell in enumerate(cohort.cells):
            assert (cell or (0, 0)) == (cells[first, spot, "back"], cells[first, spot, "of"])
            if question.windows == "calendar":
                assert (cell is None) == (cohort.number + question.ages[spot].high > newest)
    for spot, sums in enumerate(counts.total.sums):
        own = [pair for (_, at), pair in people.items() if at == spot]
        if question.kind != "recurring" or not own:
            assert sums is None
            continue
        h, s = np.array(own).T
        assert (sums.n, sums.hits, sums.size) == (len(own), h.sum(), s.sum())
        assert (sums.hits2, sums.cross, sums.size2) == (h @ h, h @ s, s @ s)


@settings(max_examples=25)
@given(worlds())
def test_later_is_never_less_and_falls_with_age(world):
    rows, ask, week_start, back = world
    ask |= {"start": "", "back": "", "brackets": ""}
    events = events_of(rows, as_of=AS_OF, week_start=week_start, properties=("platform",))
    _, oldest, newest = spans(ask, week_start, back)
    bounded, later = (
        counted(events, asking(events, ask | {"unbounded": on}), oldest, newest).total.cohorts for on in (False, True)
    )
    for one, other in zip(bounded, later, strict=True):
        pairs = [(a, b) for a, b in zip(one.cells, other.cells, strict=True) if a and b]
        assert [a is None for a in one.cells] == [b is None for b in other.cells]
        assert all(a[0] <= b[0] and a[1] == b[1] for a, b in pairs)
        if ask["windows"] == "calendar":
            assert all(b[0] >= c[0] for (_, b), (_, c) in pairwise(pairs))


@settings(max_examples=20)
@given(worlds(), st.randoms(use_true_random=False))
def test_a_shuffled_log_with_duplicates_counts_the_same(world, chance):
    rows, ask, week_start, back = world
    ask |= {"start": "", "back": "", "least": 1}
    rows = sorted(set(rows), key=str)
    shuffled = [*rows, *rows[: len(rows) // 2]]
    chance.shuffle(shuffled)
    _, oldest, newest = spans(ask, week_start, back)
    one, other = (
        counted(events, asking(events, ask), oldest, newest).total
        for events in (
            events_of(given, as_of=AS_OF, week_start=week_start, properties=("platform",)) for given in (rows, shuffled)
        )
    )
    assert one == other


@settings(max_examples=25)
@given(worlds(), st.sampled_from(["platform", "ios: platform = 'ios'; all: platform <> 'x'"]))
def test_parts_are_counts_of_their_people_alone(world, by):
    rows, ask, week_start, back = world
    ask |= {"start": "", "back": "", "start_where": "", "kind": "recurring" if ask["kind"] == "recurring" else "first"}
    rows = sorted(set(rows), key=str)
    events = events_of(rows, as_of=AS_OF, week_start=week_start, properties=("platform",))
    _, oldest, newest = spans(ask, week_start, back)
    question = asking(events, ask)
    split = splitting(events, question, by, "first", 5)
    counts = counted(events, question, oldest, newest, split)
    first = {}
    for user, _, ts, platform in sorted(rows, key=lambda row: (row[2], row[3] or "")):
        first.setdefault(user, (ts, platform))
    for part in counts.parts:
        if by == "platform":
            own = {user for user, (_, platform) in first.items() if (platform or "unknown") == part.name}
        else:
            # Of several first events at one moment any that meets the condition may decide.
            wanted = {"ios"} if part.name == "ios" else {"ios", "web"}
            moments = {row[0]: [r[3] for r in rows if r[0] == row[0] and r[2] == first[row[0]][0]] for row in rows}
            if any(len(set(those)) > 1 for those in moments.values()):
                continue
            own = {user for user, those in moments.items() if those[0] in wanted}
        mine = [row for row in rows if row[0] in own]
        if not mine:
            assert part.size == 0
            continue
        alone = events_of(mine, as_of=AS_OF, week_start=week_start, properties=("platform",))
        total = counted(alone, question, oldest, newest).total
        assert (part.cohorts, part.sums) == (total.cohorts, total.sums)


def test_brackets_are_read():
    assert [(one.low, one.high) for one in bracketed("1-3,4 \N{EN DASH} 7, 9 to 10,14")] == [
        (1, 3),
        (4, 7),
        (9, 10),
        (14, 14),
    ]
    with pytest.raises(SettingError, match="lie between 1 and 366"):
        bracketed("0-3")
    with pytest.raises(SettingError, match="There are 41 brackets"):
        bracketed(",".join(str(n) for n in range(1, 42)))


def test_a_property_may_be_called_as_a_column_of_the_queries():
    rows = [("ann", "join", "2026-06-01T10:00", "a"), ("ann", "read", "2026-06-09T10:00", "b")]
    for name in ("bucket", "is_start", "cohort", "opened", "place", "n", "first", "starts", "hits", "part"):
        events = events_of(rows, as_of=AS_OF, properties=(name,))
        for options in ({}, {"least": 2}, {"windows": "24h"}, {"kind": "recurring"}, {"kind": "first-ever"}):
            question = asking(events, ASK | {"start": "join", "start_where": f"{name} = 'a'"} | options)
            _, oldest, newest = spans(ASK, "monday", 3)
            split = splitting(events, question, name, "first", 5)
            counts = counted(events, question, oldest, newest, split)
            assert (counts.total.size, counts.parts[0].size) == (1, 1)


def test_the_query_can_be_pasted():
    rows = [("ann", "join", "2026-06-01T10:00", "a"), ("ann", "read", "2026-06-09T10:00", "b")]
    events = events_of(rows, as_of=AS_OF, properties=("platform",))
    text = counted(events, asking(events, ASK), *spans(ASK, "monday", 3)[1:]).sql
    made = re.findall("CREATE TABLE ([a-z]+) AS", text)
    assert made == ["calendar", "activity", "parts", "lines"]
