"""Chains of steps against a search of every chain, for each rule."""

from datetime import date, datetime, timedelta
from itertools import chain as joined
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlib.core import Period
from pmlib.usage.funnels import moments as packing
from pmlib.usage.funnels.entrants import counted
from pmlib.usage.funnels.steps import SECOND, Rules
from tests.rows import events_of

AS_OF = date(2026, 6, 21)
BASE = datetime(2026, 6, 1)
PERIOD = Period(date(2026, 6, 1), date(2026, 6, 14))
HOUR = 3600 * SECOND
# Few hours, so that stamps are often equal; x is excluded, y is some other event.
MOMENTS = st.tuples(st.sampled_from("abcxy"), st.integers(0, 18))
WORLDS = st.lists(st.lists(MOMENTS, max_size=7), min_size=1, max_size=15)


def every_chain(moments, rules, way, start):
    """Each chain of the first steps of a way that begins with the event at ``start``, as places of its events."""
    begun = moments[start][1]
    out = [time for name, time in moments if name in rules.exclude and time > begun]

    def fits(taken, place):
        time, step = moments[place][1], len(taken)
        if moments[place][0] != rules.names[way[step]] or (place in taken and not rules.reuse):
            return False
        latest = max(moments[one][1] for one in taken)
        early = time <= latest if rules.ties is None else time < latest - rules.ties
        if early or time > begun + rules.window or (out and time > min(out)):
            return False
        before = moments[taken[-1]]
        gaps = rules.gaps[way[step - 1] : way[step]]
        if gaps and None not in gaps and time - before[1] > sum(gaps):
            return False
        between = {name for name, other in moments if before[1] < other < time}
        return rules.order != "strict" or between <= {before[0]}

    def grow(taken):
        yield taken
        if len(taken) < len(way):
            for place in range(len(moments)):
                if fits(taken, place):
                    yield from grow([*taken, place])

    return grow([start])


def ways(rules):
    skipped = joined.from_iterable(combinations(rules.optional, n) for n in range(len(rules.optional) + 1))
    return [[step for step in range(len(rules.names)) if step not in left] for left in skipped]


def from_start(moments, rules, start):
    """The best from one beginning: (steps that may not be skipped, others), their steps, the end."""
    begun = moments[start][1]
    out = [time for name, time in moments if name in rules.exclude and begun < time <= begun + rules.window]
    found = []
    if rules.order == "any":
        last = min([begun + rules.window, *out])
        times = []
        for name in set(rules.names):
            there = sorted(time for other, time in moments if other == name and begun <= time <= last)
            times += there[: rules.names.count(name)]
        found = [((len(times), 0), set(range(len(times))), max(times))]
    else:
        for way in ways(rules):
            for taken in every_chain(moments, rules, way, start):
                steps = set(way[: len(taken)])
                end = max(moments[place][1] for place in taken)
                found.append(((len(steps - rules.optional), len(steps & rules.optional)), steps, end))
    worth = max(one[0] for one in found)
    end = min(one[2] for one in found if one[0] == worth)
    steps = next(one[1] for one in found if one[0] == worth and one[2] == end)
    return worth, steps, end, bool(out) and worth[0] < len(rules.names) - len(rules.optional)


def best(moments, rules, opens):
    """What a person counts with: steps, first and last time; ``None`` if taken out or never entered."""
    openers = set(rules.names) if rules.order == "any" else {rules.names[0]}
    starts = [place for place, (name, time) in enumerate(moments) if name in openers and opens(time)]
    if rules.entry == "first":
        kept, over = [], -1
        for place in sorted(starts, key=lambda one: moments[one][1]):
            if moments[place][1] > over:
                kept, over = [*kept, place], moments[place][1] + rules.window
        starts = kept
    found = [(*from_start(moments, rules, start), moments[start][1]) for start in starts]
    if not found:
        return None
    worth = max(one[0] for one in found)
    longest = [one for one in found if one[0] == worth and not (rules.exclusion == "drop" and one[3])]
    if not longest:
        return None
    end = min(one[2] for one in longest)
    return max((one[4], sorted(one[1]), end) for one in longest if one[2] == end)


def agree(world, rules):
    """The count of the package equals that of the search, in all and for each week."""
    rows = [
        (f"u{user}", name, (BASE + timedelta(hours=hour * 16)).isoformat())
        for user, moments in enumerate(world)
        for name, hour in moments
    ]
    events = events_of([*rows, ("pad", "y", "2026-06-01T00:00")], as_of=AS_OF)
    found = counted(events, rules, PERIOD, "matured")
    people = [[(name, hour * 16 * HOUR) for name, hour in moments] for moments in world]
    week = 7 * 24 * HOUR

    def count(results):
        return [sum(step in one[1] for one in results if one) for step in range(len(rules.names))]

    results = [best(moments, rules, lambda time: time < 2 * week) for moments in people]
    assert list(found.people) == count(results)
    for number in range(2):
        inside = [best(moments, rules, lambda time, n=number: n * week <= time < (n + 1) * week) for moments in people]
        if rules.entry == "any":
            assert list(found.weekly[number]) == count(inside)
    base = packing.midnight(PERIOD.start, "UTC")
    ends = sorted((one[0], one[2]) for one in results if one)
    assert sorted(zip(found.times[0] - base, found.times.max(axis=0, initial=-1) - base, strict=True)) == ends


STEPS = st.sampled_from(["abc", "aba", "aab", "abba", "aaa", "abcb", "ab", "abab"])
WINDOWS = st.sampled_from([16 * HOUR, 48 * HOUR, 47 * HOUR, 96 * HOUR, 7 * 24 * HOUR])


@settings(max_examples=25, deadline=None)
@given(WORLDS, STEPS, WINDOWS, st.sampled_from([0, 0, 16 * HOUR, 32 * HOUR, None]), st.booleans())
def test_ordered(world, steps, window, ties, reuse):
    agree(world, Rules(tuple(steps), window, ties=ties, reuse=reuse))


@settings(max_examples=25, deadline=None)
@given(WORLDS, STEPS, WINDOWS, st.sampled_from([0, None]), st.booleans())
def test_strict(world, steps, window, ties, reuse):
    agree(world, Rules(tuple(steps), window, order="strict", ties=ties, reuse=reuse))


@settings(max_examples=25, deadline=None)
@given(WORLDS, STEPS, WINDOWS, st.sampled_from([(), ("x",)]))
def test_any_order(world, steps, window, exclude):
    agree(world, Rules(tuple(steps), window, order="any", exclude=exclude))


@settings(max_examples=25, deadline=None)
@given(WORLDS, STEPS, WINDOWS, st.data())
def test_step_windows(world, steps, window, data):
    gaps = tuple(data.draw(st.sampled_from([None, 16 * HOUR, 32 * HOUR, 40 * HOUR])) for _ in steps[1:])
    agree(world, Rules(tuple(steps), window, gaps=gaps, order=data.draw(st.sampled_from(["ordered", "strict"]))))


@settings(max_examples=25, deadline=None)
@given(WORLDS, STEPS, WINDOWS, st.sampled_from(["truncate", "drop"]), st.sampled_from(["any", "first"]), st.booleans())
def test_exclusions_and_entry(world, steps, window, exclusion, entry, out):
    agree(world, Rules(tuple(steps), window, exclude=("x",) * out, exclusion=exclusion, entry=entry))


@settings(max_examples=12, deadline=None)
@given(WORLDS, st.sampled_from(["abc", "abca", "abcb", "aabc"]), WINDOWS, st.data())
def test_optional(world, steps, window, data):
    inner = range(1, len(steps) - 1)
    optional = frozenset(data.draw(st.sets(st.sampled_from(list(inner)), min_size=1)))
    gaps = tuple(data.draw(st.sampled_from([None, 32 * HOUR])) for _ in steps[1:]) if data.draw(st.booleans()) else ()
    rules = Rules(
        tuple(steps), window, optional=optional, gaps=gaps, exclude=("x",) * data.draw(st.booleans()),
        exclusion=data.draw(st.sampled_from(["truncate", "drop"])),
    )  # fmt: skip
    agree(world, rules)


@settings(max_examples=25, deadline=None)
@given(WORLDS, STEPS, WINDOWS)
def test_parts_of_the_people_add_up_to_all(world, steps, window):
    """Held in memory a few people at a time, the count is the same."""
    rules = Rules(tuple(steps), window)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "MOST", 2)
        agree(world, rules)


def test_codes_of_two_people_never_mix():
    # The last event of one and the first of another are neighbours as numbers.
    rows = [("u1", "a", "2026-06-14T23:59:59.999999"), ("u2", "b", "2026-06-01T00:00"), ("u2", "a", "2026-06-21T23:00")]
    events = events_of([*rows, ("u3", "a", "2026-06-14T23:00"), ("u3", "b", "2026-06-21T22:00")], as_of=AS_OF)
    for options in ({}, {"ties": 3600 * SECOND}, {"order": "strict"}, {"order": "any"}, {"gaps": (HOUR * 200,)}):
        found = counted(events, Rules(("a", "b"), 7 * 24 * HOUR, **options), PERIOD, "matured")
        # u2 enters by b alone where any step opens.
        assert found.people == ((3, 1) if options == {"order": "any"} else (2, 1))


def test_a_person_of_very_many_events():
    draw = np.random.default_rng(1)
    hours = np.sort(draw.integers(0, 300, 2000))
    rows = [("u", str(draw.choice(list("ab"))), (BASE + timedelta(hours=int(hour))).isoformat()) for hour in hours]
    events = events_of(rows, as_of=AS_OF)
    for options in ({}, {"entry": "first"}, {"order": "strict"}, {"order": "any"}):
        assert counted(events, Rules(("a", "b"), 24 * HOUR, **options), PERIOD, "matured").people == (1, 1)
