"""Active people, stickiness, the power curve and the lifecycle, by hand and against a plain count in Python."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlib.core import SettingError
from pmlib.usage.activity.actives import active_users
from pmlib.usage.activity.lifecycle import lifecycle
from pmlib.usage.activity.power import power_curve
from pmlib.usage.activity.stickiness import stickiness
from tests.rows import events_of

MAY = date(2026, 5, 4)
"""A Monday."""


def made(days, *, as_of, event="x", origin=MAY, props=()):
    """Make events from {user: offsets of days since 4 May}."""
    rows = [
        (user, event, f"{origin + timedelta(days=day)}T10:00", *([props[user]] if props else []))
        for user, offsets in days.items()
        for day in offsets
    ]
    return events_of(rows, as_of=as_of, properties=("plan",) if props else ())


def cell(found, column, row=0):
    return found.table.rows[row][[c.title for c in found.table.columns].index(column)]


def test_trailing_windows_by_hand():
    # Day 29 is 2 June. In it ann; in the 7 days 23..29 ann and bob; in the 30 days 0..29 all four.
    events = made({"ann": [0, 29], "bob": [23, 28], "cat": [22], "dan": [0]}, as_of=MAY + timedelta(days=29))
    found = active_users(events)
    assert [one.n for one in found.estimates] == [1, 2, 4]
    assert found.headline == "4 people were active in the 30 days to 2 Jun; 2 in the last 7 and 1 on the last day"
    # The 30 days to 1 June would begin before the data: not counted.
    monthly = next(one for one in found.figure.series if one.name == "in 30 days")
    assert monthly.y == (*[None] * 29, 4)
    # Mean daily of the 30 days: 6 active days / 30 = 0.2, of 4 people 5 %.
    assert cell(found, "Mean day of 30 days") == pytest.approx(0.05)


def test_distinct_counts_are_never_added():
    events = made({"ann": range(30)}, as_of=MAY + timedelta(days=29))
    assert [one.n for one in active_users(events).estimates] == [1, 1, 1]


def test_active_by_part_adds_up_to_all():
    plans = {"ann": "pro", "bob": "free", "cat": "free"}
    events = made({"ann": [0, 6], "bob": [5], "cat": [6]}, as_of=MAY + timedelta(days=6), props=plans)
    found = active_users(events, by="plan")
    assert [(one.name, one.y[-1]) for one in found.figure.series] == [("free", 2), ("pro", 1)]
    assert cell(found, "7 days") == 3


def test_stickiness_by_hand():
    # Seven days: ann on 7, bob on 1, cat on 4: 12 of 21 days.
    events = made({"ann": range(7), "bob": [3], "cat": [0, 1, 2, 6]}, as_of=MAY + timedelta(days=6))
    found = stickiness(events, days=7)
    now = found.estimates[0]
    assert (now.value, now.n) == (pytest.approx(12 / 21), 3)
    assert now.low < now.value < now.high
    assert "came on 4.00 of the last 7 days" in found.headline


def test_stickiness_is_a_share_of_the_days():
    events = made({"ann": range(7), "bob": [3]}, as_of=MAY + timedelta(days=6))
    # 8 of 14 days.
    said = stickiness(events, days=7).headline
    assert said.startswith("2 people came on 4.00 of the last 7 days in the mean (57.1% of the days; ")


def test_stickiness_compares_with_the_window_before():
    # Before: ann 2 of 7. Now: ann 4 of 7, and bob 1 of 7: 5 of 14.
    events = made({"ann": [0, 1, 7, 8, 9, 10], "bob": [9]}, as_of=MAY + timedelta(days=13))
    change = stickiness(events, days=7).kpi.change
    assert change.value == pytest.approx(5 / 14 - 2 / 7)
    assert change.n == 2


def test_settled_leaves_newcomers_out():
    events = made({"ann": [0, 7], "bob": [13]}, as_of=MAY + timedelta(days=13))
    assert stickiness(events, days=7).estimates[0].value == pytest.approx(2 / 14)
    assert stickiness(events, days=7, settled=True).estimates[0].value == pytest.approx(1 / 7)
    assert any("started inside the window" in one for one in stickiness(events, days=7).cautions)


def test_stickiness_of_parts():
    plans = {"ann": "pro", "bob": "free", "cat": "free"}
    events = made({"ann": range(7), "bob": [3], "cat": [6]}, as_of=MAY + timedelta(days=6), props=plans)
    found = stickiness(events, days=7, by="plan")
    assert {row[0]: row[1:3] for row in found.table.rows} == {"free": (2, pytest.approx(1 / 7)), "pro": (1, 1.0)}
    assert [one.label for one in found.estimates[2:]] == ["free", "pro", "free less all others", "pro less all others"]


def test_power_curve_by_hand():
    # Of 7 days: ann 7, bob 1, cat 4, dan 1.
    events = made({"ann": range(7), "bob": [3], "cat": [0, 1, 2, 6], "dan": [5, 5]}, as_of=MAY + timedelta(days=6))
    found = power_curve(events, days=7)
    assert [row[1] for row in found.table.rows] == [2, 0, 0, 1, 0, 0, 1]
    assert [row[3] for row in found.table.rows] == [1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25]
    assert (found.estimates[0].value, found.estimates[0].n) == (0.5, 4)
    assert found.headline == (
        "50.0% of 4 people came on 4 or more of the last 7 days (95% interval 15.0% to 85.0%), 50.0% on one only"
    )
    assert power_curve(events, days=7, often=7).estimates[0].value == 0.25


# Weeks from 4 May: ann 0 1 2 4, bob 0 2, cat 1 2 3, dan 4 only; three states of each week counted by hand.
WEEKS = {"ann": [0, 7, 14, 28], "bob": [0, 15], "cat": [8, 14, 21], "dan": [29]}


def test_lifecycle_by_hand():
    found = lifecycle(made(WEEKS, as_of=MAY + timedelta(days=34)))
    # Newest first: week, active, new, retained, resurrected, churned, quick ratio.
    assert [row[1:] for row in found.table.rows] == [
        (2, 1, 0, 1, 1, 2.0),
        (1, 0, 1, 0, 2, 0.0),
        (3, 0, 2, 1, 0, None),
        (2, 1, 1, 0, 1, 1.0),
    ]
    assert found.headline == (
        "2.00 gained for each one lost in the week of 1 Jun: 1 person new and 1 back, 1 gone; too early to "
        "call (1 of the 26 earlier weeks needed)"
    )
    # Headline, chart and table call a state by one name.
    assert [one.name for one in found.figure.series] == ["stayed", "new", "back", "gone"]
    titles = [column.title for column in found.table.columns]
    assert titles[1:6] == ["Active", "New", "Stayed", "Back", "Gone"]
    assert [one.n for one in found.estimates[1:]] == [1, 0, 1, 1]
    churned = next(one for one in found.figure.series if one.name == "gone")
    assert churned.y == (-1, 0, -2, -1)


def test_lifecycle_with_a_birth_of_its_own():
    rows = [
        ("ann", "join", "2026-05-04T09:00"),
        ("ann", "read", "2026-05-12T09:00"),
        ("bob", "read", "2026-05-12T09:00"),
        ("cat", "join", "2026-05-12T09:00"),
        ("cat", "read", "2026-05-13T09:00"),
    ]
    found = lifecycle(events_of(rows, as_of=date(2026, 5, 17)), event="read", birth="join")
    # Ann joined the week before without reading: she comes "back"; bob never joined and is in no state.
    assert found.table.rows[0][1:6] == (2, 1, 0, 1, 0)
    assert "1 person were" not in found.headline
    assert any("1 person" in one and "in no state" in one for one in found.cautions)


def test_lifecycle_needs_two_periods():
    assert "needs two whole weeks" in lifecycle(made({"ann": [0]}, as_of=MAY + timedelta(days=6))).headline


@pytest.mark.parametrize("ask", [active_users, stickiness, power_curve, lifecycle])
def test_faults_name_the_fix(ask):
    events = made({"ann": range(60)}, as_of=MAY + timedelta(days=59), props={"ann": "pro"})
    with pytest.raises(SettingError, match="Did you mean 'x'"):
        ask(events, event="xx")
    with pytest.raises(SettingError, match="Did you mean 'plan'"):
        ask(events, by="plam")


def test_one_person_is_a_caution_not_a_fault():
    events = made({"ann": range(60)}, as_of=MAY + timedelta(days=59))
    for found in (active_users(events), stickiness(events), power_curve(events), lifecycle(events)):
        assert any("1 person" in one for one in found.cautions), found.id


LOGS = st.dictionaries(st.sampled_from("abcdefg"), st.sets(st.integers(0, 45), min_size=1), min_size=1)


def log_events(log, times=1):
    rows = [(u, "x", f"{MAY + timedelta(days=d)}T10:00") for u, days in log.items() for d in sorted(days)] * times
    rows.append(("z", "x", f"{MAY}T00:00"))
    return events_of(rows[::-1] if times > 1 else rows, as_of=MAY + timedelta(days=45))


@given(LOGS)
@settings(max_examples=25)
def test_all_agree_with_a_plain_count(log):
    events, twice = log_events(log), log_events(log, 2)
    days = {**{u: set(d) for u, d in log.items()}, "z": {0}}
    last = 45

    found = active_users(events)
    assert [one.n for one in found.estimates] == [
        sum(bool(mine & set(range(last - width + 1, last + 1))) for mine in days.values()) for width in (1, 7, 30)
    ]
    window = set(range(18, 46))
    active = [len(mine & window) for mine in days.values() if mine & window]
    sticky = stickiness(events)
    curve = power_curve(events)
    if active:
        assert sticky.estimates[0].value == pytest.approx(sum(active) / (28 * len(active)))
        assert [row[1] for row in curve.table.rows] == [active.count(n) for n in range(1, 29)]
    else:
        assert not sticky.estimates
        assert not curve.estimates

    flow = lifecycle(events)
    weeks = {u: {d // 7 for d in mine} for u, mine in days.items()}
    if flow.table:
        for row in flow.table.rows:
            n = (row[0] - MAY).days // 7
            now = {u for u, mine in weeks.items() if n in mine}
            before = {u for u, mine in weeks.items() if n - 1 in mine}
            new = {u for u in now if min(weeks[u]) == n}
            assert row[1:6] == (len(now), len(new), len(now & before), len(now - before - new), len(before - now))
            # The identities close.
            assert row[1] == row[2] + row[3] + row[4]
            assert row[1] - len(before) == row[2] + row[4] - row[5]
    for ask in (active_users, stickiness, power_curve, lifecycle):
        once, doubled = ask(events), ask(twice)
        assert once.headline == doubled.headline
        assert once.estimates == doubled.estimates


def test_days_are_local():
    # Berlin, 29 March 2026: the day has 23 hours; 23:30 UTC on the 28th is the 29th there.
    rows = [("ann", "x", "2026-03-28T10:00"), ("ann", "x", "2026-03-29T00:30"), ("ann", "x", "2026-03-29T23:30")]
    events = events_of(rows, as_of=date(2026, 3, 29), timezone="Europe/Berlin")
    assert power_curve(events, days=2).table.rows[-1][1] == 1
    assert datetime(2026, 3, 29).isoweekday() == 7
