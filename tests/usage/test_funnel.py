"""Funnels, counted by hand and against a search of every chain."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from pmlib.core import SettingError
from pmlib.usage import funnel
from tests.rows import events_of

AS_OF = date(2026, 6, 28)


def people(rows, steps="a, b, c", *, as_of=AS_OF, timezone="UTC", **options):
    """How many people reached each step."""
    found = funnel(events_of(rows, as_of=as_of, timezone=timezone), steps=steps, **options)
    return [row[1] for row in found.table.rows]


def user(name, text, day="2026-06-02"):
    """Events such as ``a10:00 b10:30`` of one user on one day."""
    return [(name, word[0], f"{day}T{word[1:]}") for word in text.split()]


PAD = [("pad", "c", "2026-06-01T00:00"), ("pad", "b", "2026-06-01T00:00")]


def test_order_counts():
    rows = [
        *user("all", "a10:00 b11:00 c12:00"),
        *user("swapped", "a10:00 c11:00 b12:00"),
        *user("never", "b10:00 c11:00"),
        *user("late", "b09:00 a10:00 c11:00"),
    ]
    assert people(rows) == [3, 2, 1]


def test_longest_chain_from_any_first_step():
    # The first a is too old for the later steps, the second is not.
    rows = [("u", "a", "2026-06-01T10:00"), *user("u", "a10:00 b11:00 c12:00", "2026-06-09")]
    assert people(rows, window_days=7) == [1, 1, 1]
    # The second a comes after b; the first reaches b and c.
    assert people(user("u", "a10:00 b11:00 a12:00 c13:00")) == [1, 1, 1]


def test_the_windows_edge_is_inside():
    edge = [("u", "a", "2026-06-02T10:00:00"), ("u", "b", "2026-06-09T10:00:00"), *PAD]
    past = [("u", "a", "2026-06-02T10:00:00"), ("u", "b", "2026-06-09T10:00:00.000001"), *PAD]
    assert people(edge, "a, b") == [1, 1]
    assert people(past, "a, b") == [1, 0]


def test_the_window_is_24_hour_days_across_the_change_of_clocks():
    # Berlin turns back an hour on 25 October 2026: 10:00 to 09:00 a week later is 168 hours.
    rows = [("u", "a", "2026-10-20T10:00"), ("u", "b", "2026-10-27T09:00")]
    assert people(rows, "a, b", as_of=date(2026, 11, 8), timezone="Europe/Berlin") == [1, 1]
    rows = [("u", "a", "2026-10-20T10:00"), ("u", "b", "2026-10-27T09:01")]
    assert people(rows, "a, b", as_of=date(2026, 11, 8), timezone="Europe/Berlin") == [1, 0]


def test_equal_stamps_serve_in_the_funnels_order_whatever_the_row_order():
    rows = user("u", "c10:00 b10:00 a10:00")
    assert people(rows) == people(rows[::-1]) == [1, 1, 1]


def test_one_event_serves_one_step():
    assert people([*user("u", "a10:00 b11:00"), *PAD], "a, a, b") == [1, 0, 0]
    assert people(user("u", "a10:00 a10:30 b11:00"), "a, a, b") == [1, 1, 1]
    # Two events of one instant are two events.
    assert people(user("u", "a10:00 a10:00 b10:00"), "a, a, b") == [1, 1, 1]
    assert people(user("u", "a10:00 b10:00 a10:00"), "a, b, a") == [1, 1, 1]


def test_only_entries_whose_window_is_over():
    rows = [
        *user("over", "a10:00 b11:00", "2026-06-20"),
        *user("open", "a10:00", "2026-06-22"),
        *user("before", "a10:00 b11:00", "2026-05-05"),
    ]
    found = funnel(events_of(rows, as_of=AS_OF), steps="a, b", weeks=3)
    assert [row[1] for row in found.table.rows] == [1, 1]
    assert "entries of 1 to 21 Jun 2026, whose window is over" in found.definition
    # A step after the last week shown still counts for an entry in it.
    late = [("u", "a", "2026-06-21T10:00"), ("u", "b", "2026-06-27T10:00"), *PAD]
    assert people(late, "a, b", weeks=1) == [1, 1]


def test_an_entry_in_the_hour_lost_to_summer_time_is_not_over():
    # Berlin, 29 March 2026 has 23 hours: 23:30 on 22 March plus 168 hours is 00:30 on 30 March.
    rows = [("u", "a", "2026-03-22T23:30"), ("v", "a", "2026-03-22T22:30"), ("v", "b", "2026-03-29T23:30")]
    assert people(rows, "a, b", as_of=date(2026, 3, 29), timezone="Europe/Berlin") == [1, 1]


def test_headline_names_the_leak_and_asks_only_where_it_is_clear():
    rows = []
    for n in range(200):
        rows += user(f"u{n}", "a10:00" + " b11:00" * (n < 160) + " c12:00" * (n < 40))
    found = funnel(events_of(rows, as_of=AS_OF), steps=["a", "b", "c"])
    assert found.headline == (
        "20.0% of 200 people who did 'a' reached 'c' within 7 days (95% interval 15.0% to 26.1%; entries of 1 to 21 "
        "Jun 2026); fewest go on from b to c, 25.0%"
    )
    assert found.action == "Look first at the step from b to c: 75.0% do not go on in time."
    assert found.figure.marked == "c"
    assert found.kpi.estimate.n == 200
    assert found.cautions == ()
    few = funnel(events_of(rows[:20], as_of=AS_OF), steps="a,b,c")
    assert few.action == ""
    assert "(95% interval" in few.headline
    assert any("rests on" in caution for caution in few.cautions)


def test_history_and_change_by_week_of_entry():
    rows = []
    for week in range(8):
        for n in range(40):
            day = date(2026, 4, 27) + timedelta(weeks=week)
            rows += user(f"{week}-{n}", "a10:00" + " b11:00" * (n < (30 if week < 4 else 10)), str(day))
    found = funnel(events_of(rows, as_of=AS_OF), steps="a, b")
    assert found.kpi.history == (0.75,) * 4 + (0.25,) * 4
    assert found.kpi.change.value == pytest.approx(-0.5)
    assert found.kpi.change.excludes(0)
    # Looked at every week an interval of a change calls nothing: it is said, with the reason, where one doubts.
    assert found.kpi.routine
    assert found.cautions[0].startswith("The last 4 weeks of entry lie 50.0 points below those before (95% interval −5")


def test_a_week_of_entry_stands_alone():
    # Two entries, the later one closer to b: both weeks' entries reach it in time.
    rows = [("u", "a", "2026-06-06T10:00"), ("u", "a", "2026-06-08T10:00"), ("u", "b", "2026-06-09T10:00")]
    found = funnel(events_of(rows, as_of=AS_OF), steps="a, b")
    assert [row[1] for row in found.table.rows] == [1, 1]
    assert found.kpi.history == (1.0, 1.0, None)


def test_a_step_nobody_reached_is_named():
    found = funnel(events_of([*user("u", "a10:00"), *PAD], as_of=AS_OF), steps="a, b, c")
    assert found.headline.startswith("None of 1 person who did 'a' reached 'c' within 7 days (95% interval")
    assert any("reached b and c" in caution for caution in found.cautions)


def test_faults_name_the_fix():
    rows = [*user("u", "a10:00"), *PAD]
    events = events_of([(u, {"a": "signed_up"}.get(e, e), t) for u, e, t in rows], as_of=AS_OF)
    with pytest.raises(SettingError, match="Did you mean 'signed_up'"):
        funnel(events, steps="signd_up, b")
    with pytest.raises(SettingError, match="2 to 12 steps; 1 is given"):
        funnel(events, steps="signed_up,")
    assert "nobody did 'c' from 8 to 21 Jun 2026" in funnel(events, steps="c, b", weeks=2).headline
    assert "has had its 60 days" in funnel(events, steps="b, c", window_days=60).headline


def longest(moments, steps, window, opens):
    """The longest chain by trying every event for every step."""

    def extend(taken, step):
        if step == len(steps):
            return step
        best = step
        for index, (name, time) in enumerate(moments):
            if index in taken or name != steps[step]:
                continue
            if step == 0 and not opens(time):
                continue
            if taken and (time < moments[taken[-1]][1] or time - moments[taken[0]][1] > window):
                continue
            best = max(best, extend([*taken, index], step + 1))
        return best

    return extend([], 0)


@pytest.mark.parametrize("seed", range(15))
def test_equal_to_a_search_of_every_chain(seed):
    rng = np.random.default_rng(seed)
    steps = [["a", "b", "c"], ["a", "b", "a"], ["a", "a", "b"], ["a", "b", "b", "a"], ["a", "a", "a"]][seed % 5]
    zone = ZoneInfo("Europe/Berlin")
    base = datetime(2026, 3, 16)
    # Few distinct hours, so that many stamps are equal.
    rows = [
        (f"u{n}", str(rng.choice(["a", "b", "c"])), (base + timedelta(hours=int(rng.integers(60)) * 8)).isoformat())
        for n in range(25)
        for _ in range(rng.integers(1, 8))
    ]
    as_of, window = date(2026, 4, 7), int(rng.integers(1, 4))
    events = events_of(rows, as_of=as_of, timezone="Europe/Berlin")
    found = funnel(events, steps=steps, window_days=window, weeks=2)
    last = date(2026, 4, 5) if as_of - timedelta(days=window) >= date(2026, 4, 5) else date(2026, 3, 29)
    first = last - timedelta(days=13)

    def opens(time):
        return first <= time.astimezone(zone).date() <= last

    reached = []
    for name in {row[0] for row in rows}:
        moments = [(e, datetime.fromisoformat(t).replace(tzinfo=zone).astimezone(UTC)) for u, e, t in rows if u == name]
        reached.append(longest(moments, steps, timedelta(days=window), opens))
    wanted = [sum(depth >= step for depth in reached) for step in range(1, len(steps) + 1)]
    assert [row[1] for row in found.table.rows] == wanted
    assert all(before >= after for before, after in pairwise(wanted))
