"""What was once counted wrong, each by hand."""

from dataclasses import replace
from datetime import date

import pytest
import sqlglot

from pmlib import usage
from pmlib.core import SettingError
from pmlib.metrics import find, weekly
from pmlib.usage.people.parts import parts
from tests.rows import events_of


def test_other_values_are_one_part_whatever_step_they_reach():
    rows, number = [], 0
    for value, people, done in [*((v, 3, 1) for v in "abcde"), ("f", 2, 2), ("g", 2, 0)]:
        for place in range(people):
            number += 1
            rows.append((f"u{number}", "s", "2026-01-06T10:00", value))
            if place < done:
                rows.append((f"u{number}", "t", "2026-01-06T11:00", value))
    events = events_of(rows, as_of=date(2026, 2, 1), properties=("p",))
    found = usage.funnel(events, steps="s, t", by="p")
    # f and g together: 4 people, 2 of whom got there.
    assert next(row for row in found.table.rows if row[0] == "2 other values")[1:3] == (4, 2)


def test_one_more_beginning_costs_no_chain_in_which_the_first_event_comes_again():
    stamps = [("A", 0), ("A", 1), ("A", 4), ("B", 4)]
    rows = [("u", event, f"2025-04-15T00:00:{second:02}") for event, second in stamps]
    events = events_of(rows, as_of=date(2025, 5, 11))
    # A at 1, B at 4, A at 4: within 3 seconds.
    found = usage.funnel(events, steps="A, B, A", window_days="3 seconds")
    assert [row[1] for row in found.table.rows] == [1, 1, 1]


@pytest.mark.parametrize("periods", [3, 20])
def test_returns_of_different_days_do_not_add_up_to_the_least_number(periods):
    rows = [
        ("u", "s", "2026-01-05T00:00"), ("u", "b", "2026-01-12T00:00"), ("u", "b", "2026-01-17T00:00"),
        ("v", "s", "2026-01-05T00:00"), ("w", "s", "2026-01-01T00:00"),
    ]  # fmt: skip
    events = events_of(rows, as_of=date(2026, 1, 31))
    found = usage.retention(
        events, start="s", back="b", every="day", windows="24h", unbounded=True, least=2, periods=periods, age=1
    )
    assert found.estimates[0].value == 0.0


def test_activity_before_birth_is_in_no_state():
    weeks = {"z": [1, 2, 3, 4], "a": [2, 3, 4], "b": [2]}
    rows = [(user, "use", f"2026-06-{1 + 7 * (week - 1):02}T10:00") for user, of in weeks.items() for week in of]
    rows += [("z", "join", "2026-06-01T09:00"), ("a", "join", "2026-06-16T09:00"), ("b", "join", "2026-07-06T09:00")]
    found = usage.lifecycle(events_of(rows, as_of=date(2026, 6, 28)), event="use", birth="join")
    # Newest first: active, new, retained, resurrected, churned. a is born in the week of 15 June, b not yet.
    assert [row[1:6] for row in found.table.rows] == [(2, 0, 2, 0, 0), (2, 1, 1, 0, 0), (1, 0, 1, 0, 0)]
    assert any(caution.startswith("2 people were active before the event that makes new") for caution in found.cautions)


@pytest.mark.parametrize("segment", ["p = 'ios", "p > 5", "p LIKE 3"])
def test_a_condition_that_cannot_hold_is_told_at_once(segment):
    events = events_of([("u", "s", "2026-01-06T10:00", "ios")], as_of=date(2026, 2, 1), properties=("p",))
    with pytest.raises(SettingError, match=r"segment"):
        events.where(segment)


@pytest.mark.parametrize("name", ["first", "followed", "name", "person", "$as_of", "$week_start"])
def test_a_property_may_have_any_name(name):
    rows = [(f"u{n}", event, f"2026-0{m}-06T10:00", "x") for n in range(3) for m in (1, 2) for event in ("s", "t")]
    events = events_of(rows, as_of=date(2026, 3, 31), properties=(name,))
    plain = events_of(rows, as_of=date(2026, 3, 31), properties=("p",))
    for ask in (
        lambda log, by: usage.adoption(log, start="s", by=by),
        lambda log, by: usage.activation(log, start="s"),
        lambda log, by: usage.sessions(log, session=by),
        lambda log, by: usage.funnel(log, steps="s, t", by=by, weeks=20),
        lambda log, by: usage.acquisition(log, channel=by, start="s", key="t"),
    ):
        ours, theirs = ask(events, name), ask(plain, "p")
        assert ours.estimates == theirs.estimates


def test_blanks_are_no_value():
    rows = [
        ("a", "s", "2026-01-06T10:00", " "),
        ("b", "s", "2026-01-06T10:00", None),
        ("c", "s", "2026-01-06T10:00", "x"),
    ]
    events = events_of(rows, as_of=date(2026, 2, 1), properties=("p",))
    found = usage.active_users(events, by="p")
    assert [one.name for one in found.figure.series] == ["x", "unknown"]


def test_a_funnel_takes_named_segments():
    rows = [
        (f"u{n}", event, f"2026-01-06T1{n}:00", "ios" if n < 2 else "web") for n in range(3) for event in ("s", "t")
    ]
    events = events_of(rows[:-1], as_of=date(2026, 2, 1), properties=("p",))
    found = usage.funnel(events, steps="s, t", by="phones: p = 'ios'; desk: p = 'web'")
    # Two on phones, both got there; one at a desk, who did not.
    assert {row[0]: row[1:3] for row in found.table.rows} == {"phones": (2, 2), "desk": (1, 0)}


def test_what_is_left_out_costs_no_page():
    events = events_of([("u", "s", "2026-01-06T10:00")], as_of=date(2026, 2, 1))
    assert "no channel is named" in usage.acquisition(events, channel="").headline
    assert "no amount is named" in usage.purchases(events, amount="").headline


def test_a_narrowed_view_reads_times_as_utc(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    events = events_of([("u", "s", "2026-01-06T10:00", "ios")], as_of=date(2026, 2, 1), properties=("p",))
    for log in (events, events.where("p = 'ios'")):
        assert log.query("SELECT current_setting('TimeZone') AS zone").one().zone == "UTC"


def test_a_metric_that_gives_no_number_is_refused_without_saying_what_it_gives():
    events = events_of([("secret-id", "s", f"2026-01-{day:02}T10:00") for day in range(5, 26)], as_of=date(2026, 1, 25))
    with pytest.raises(SettingError, match="where a number is needed") as told:
        weekly(events, replace(find("active_users"), name="x", sql=sqlglot.parse_one("string_agg(user_id, ',')")))
    assert "secret-id" not in str(told.value)


def test_a_beginning_at_the_instant_of_the_second_step_is_followed():
    rows = [("u", name, f"2026-01-13T10:{minute:02}") for name, minute in (("a", 0), ("a", 6), ("b", 6), ("a", 8))]
    events = events_of([*rows, ("pad", "z", "2026-01-05T10:00")], as_of=date(2026, 1, 25))
    # a 10:06, b 10:06 and a 10:08 lie within four minutes.
    found = usage.funnel(events, steps="a, b, a", window_days="4 minutes", weeks=1)
    assert [row[1] for row in found.table.rows] == [1, 1, 1]


def test_a_step_may_be_stamped_before_the_first_week_by_the_ties():
    rows = [("u", "b", "2026-01-11T23:59:59"), ("u", "a", "2026-01-12T00:00:00"), ("pad", "z", "2026-01-05T10:00")]
    events = events_of(rows, as_of=date(2026, 1, 25))
    for weeks in (1, 2):
        found = usage.funnel(events, steps="a, b", window_days=1, weeks=weeks, ties=2)
        assert [row[1] for row in found.table.rows] == [1, 1]


def test_the_course_of_stickiness_leaves_newcomers_out_too():
    rows = [("old", "a", f"2026-01-{day:02}T10:00") for day in (5, 20, 27)]
    rows += [("new", "a", f"2026-01-{day}T10:00") for day in (27, 28, 29)]
    found = usage.stickiness(events_of(rows, as_of=date(2026, 1, 31)), days=7, settled=True, weeks=2)
    # Of the seven days to the 31st the one who had begun before was active on one.
    assert found.estimates[0].value == found.kpi.history[-1] == found.table.rows[0][1] == pytest.approx(1 / 7)


def test_a_return_in_the_running_week_is_one_at_an_age_or_later():
    rows = [("u", "a", "2026-01-06T10:00"), ("v", "a", "2026-01-07T10:00")]
    rows += [("u", "a", "2026-01-20T10:00"), ("v", "a", "2026-01-27T10:00")]
    found = usage.retention(events_of(rows, as_of=date(2026, 1, 28)), unbounded=True, periods=2, age=1, weeks=5)
    assert found.estimates[0].value == 1


def test_of_two_starts_at_one_moment_the_one_with_a_value_counts():
    rows = [("u", name, "2026-01-06T10:00", value) for name, value in (("page", None), ("open", "ads"))]
    assert parts(events_of(rows, as_of=date(2026, 2, 1), properties=("channel",)), "channel").names == ("ads",)


def test_no_interval_holds_what_cannot_be():
    # Of eight new people one pays 100; of eleven one used both features, of nine each session had an event or two.
    rows = [(f"u{n}", "join", "2026-01-05T10:00", 100.0 if n == 0 else 0.0, "ads") for n in range(8)]
    events = events_of(rows, as_of=date(2026, 2, 15), properties=("amount", "channel"))
    paid = usage.acquisition(events, amount="amount", channel="channel", within_days=7)
    rows = [(f"u{n}", "open", f"2026-01-{day:02}T10:00") for n in range(11) for day in (5, 20, 27)]
    rows += [("u0", "one", "2026-01-27T11:00"), ("u0", "two", "2026-01-27T11:00")]
    used = usage.adoption(events_of(rows, as_of=date(2026, 2, 1)), features="one, two", within_days=7)
    stayed = usage.sessions(events_of([*rows, ("u1", "two", "2026-01-27T10:05")], as_of=date(2026, 2, 1)))
    for found, words, least, most in (
        (paid, "amount", 0, 101),
        (used, "Features used", 0, 2),
        (stayed, "Events", 1, 9),
    ):
        ends = [(one.low, one.high) for one in found.estimates if words in one.label and one.low is not None]
        assert ends, words
        assert all(least <= low <= high <= most for low, high in ends), (words, ends)
