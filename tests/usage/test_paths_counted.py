"""Paths against plain Python, and on a real log."""

import csv
import random
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlib.sources import load_events
from pmlib.usage.journeys.paths import paths
from tests.rows import events_of

AS_OF = date(2026, 6, 14)


def asked(rows, *, as_of=AS_OF, **options):
    return paths(events_of(rows, as_of=as_of), **options)


def ways(found):
    """People and paths of each whole way."""
    return {row[0]: row[2:4] for row in found.table.rows if row[1] == "whole way"}


def flow(found):
    """The links as drawn: column, from, to, paths."""
    drawn = found.figure.series
    return {(one.column, one.name, to): n for one in drawn for to, n in zip(one.x, one.y, strict=True)}


def plainly(rows, *, gap, collapse, event, backwards, since, until):
    """Each path of plain Python: its person and all its steps."""
    moments = defaultdict(set)
    for name, one, text in rows:
        moments[name].add((datetime.fromisoformat(text), one))
    found = []
    for name, those in moments.items():
        visits, last = [], None
        for ts, one in sorted(those):
            if last is None or ts - last >= timedelta(minutes=gap):
                visits.append((ts, []))
            if not (collapse and visits[-1][1][-1:] == [one]):
                visits[-1][1].append(one)
            last = ts
        for begun, steps in visits:
            if since <= begun.date() <= until and (not event or event in steps):
                place = steps.index(event) if event else 0
                found.append((name, steps[place::-1] if backwards else steps[place:]))
    return found


MOMENTS = st.tuples(
    st.sampled_from(["ann", "bob", "eve"]),
    st.sampled_from("abcd"),
    st.one_of(st.integers(0, 200), st.integers(0, 17 * 144)).map(
        lambda n: (datetime(2026, 6, 1) + timedelta(minutes=10 * n)).isoformat()
    ),
)


@settings(max_examples=50)
@given(
    rows=st.lists(MOMENTS, min_size=1, max_size=60),
    gap=st.sampled_from([11, 30, 60, 1500]),
    steps=st.integers(2, 5),
    top=st.integers(1, 4),
    collapse=st.booleans(),
    backwards=st.booleans(),
    event=st.sampled_from(["", "a"]),
    weeks=st.integers(1, 2),
    seed=st.integers(0, 9),
)
def test_equal_to_plain_python_and_what_comes_in_goes_out(
    rows, gap, steps, top, collapse, backwards, event, weeks, seed
):
    rows = [*rows, ("pad", "a", "2026-06-01T12:00"), ("pad", "b", "2026-06-11T12:00")]
    mixed = [*rows, *rows[: len(rows) // 2]]
    random.Random(seed).shuffle(mixed)
    backwards = backwards and bool(event)
    options = {"steps": steps, "top": top, "gap_minutes": gap, "collapse": collapse, "weeks": weeks,
               "end" if backwards else "start": event}  # fmt: skip
    found, again = asked(rows, **options), asked(mixed, **options)
    assert found.facts() == again.facts()
    since = AS_OF - timedelta(days=7 * weeks - 1)
    every = plainly(rows, gap=gap, collapse=collapse, event=event, backwards=backwards, since=since, until=AS_OF)
    if not every:
        assert found.headline.startswith("This cannot be answered")
        return
    assert found.table.rows == again.table.rows
    assert found.figure == again.figure
    beyond, edge = ("earlier", "start") if backwards else ("goes on", "end")

    def written(way):
        words = [*way, *([edge] if len(way) < steps else [])]
        return " → ".join(reversed(words) if backwards else words)

    counted = Counter(tuple(way[:steps]) for _, way in every)
    most = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    people = {way: len({name for name, one in every if tuple(one[:steps]) == way}) for way in counted}
    assert list(ways(found).items()) == [(written(way), (people[way], n)) for way, n in most[:20]]

    # The drawing: names at each step, what goes where, and that nothing is lost on the way.
    at = [Counter(way[step] for _, way in every if len(way) > step) for step in range(steps)]
    shown = [{name for name, _ in sorted(one.items(), key=lambda item: (-item[1], item[0]))[:top]} for one in at]
    moves = Counter()
    for _, way in every:
        named = [name if name in shown[step] else "Other" for step, name in enumerate(way[:steps])]
        named.append(beyond if len(way) > steps else edge)
        moves.update((step, *named[step : step + 2]) for step in range(len(named) - 1))
    deepest = max(step for step, *_ in moves)
    turned = {(deepest - step, to, name): n for (step, name, to), n in moves.items()} if backwards else dict(moves)
    drawn = flow(found)
    assert drawn == turned
    into, out = Counter(), Counter()
    for (column, name, to), n in drawn.items():
        out[column, name] += n
        into[column + 1, to] += n
    last = max(column for column, _ in into)
    assert all(out[node] == n for node, n in into.items() if node[0] < last and node[1] not in (edge, beyond))


@pytest.mark.real
def test_a_real_log_counted_twice(real_data):
    path = real_data / "usage_process_logs" / "receipt.csv"
    mapped = {"user_id": "case:concept:name", "event": "concept:name", "ts": "time:timestamp"}
    events = load_events(path, columns=mapped)
    # A case is one path: no case rests for a year.
    found = paths(events, gap_minutes=365 * 1440, weeks=200, steps=4, top=3)
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            (
                row["case:concept:name"],
                row["concept:name"],
                datetime.fromisoformat(row["time:timestamp"]).astimezone(UTC),
            )
            for row in csv.DictReader(file)
        ]
    assert len({name for name, *_ in rows}) == 1434, "as published"
    cases = defaultdict(set)
    for name, event, ts in rows:
        if ts.date() <= events.as_of:
            cases[name].add((ts, event))
    monday = max(ts for _, _, ts in rows).date()
    monday -= timedelta(days=monday.weekday())
    firsts, wholes = Counter(), Counter()
    for those in cases.values():
        ordered = sorted(those)
        if ordered[0][0].date() < monday:
            steps = [one for place, (_, one) in enumerate(ordered) if not place or ordered[place - 1][1] != one]
            firsts[steps[0]] += 1
            wholes[" → ".join([*steps[:4], *(["end"] if len(steps) < 4 else [])])] += 1
    begun = {row[0].removeprefix("start → "): row[3] for row in found.table.rows if row[1] == "to 1"}
    others = begun.pop("Other", 0)
    assert begun == dict(firsts.most_common(3))
    assert others == sum(firsts.values()) - sum(begun.values())
    best, n = wholes.most_common(1)[0]
    assert found.table.rows[0][0] == best
    assert found.table.rows[0][3] == n
    assert found.estimates[0].value == pytest.approx(n / sum(wholes.values()))
