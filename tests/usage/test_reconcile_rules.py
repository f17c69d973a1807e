"""Funnels, active people, lifecycle and stickiness as products count them, on tables to follow by hand."""

from datetime import date

import pytest

from pmlib.usage.rules.reconcile import reconcile
from pmlib.usage.rules.variants import Case, Options
from tests.rows import events_of
from tests.usage.june import log, row


def converted(events, steps="a, b", days=7, exclude="", **ways):
    """Who came to the end, and who entered."""
    found = Case(events, "funnel", Options(steps=steps, window_days=days, exclude=exclude)).under(ways)[0]
    return round(found.value * found.n), found.n


def test_clickhouse_lets_one_event_serve_all_steps_of_its_name():
    # windowFunnel over three identical steps and one event: level 3.
    events = log("u a 1\nv a 2\nv b 3", 21)
    assert converted(events, "a, a, a") == (0, 2)
    assert converted(events, "a, a, a", reuse="several") == (2, 2)
    found = reconcile(events, "funnel", vendor="clickhouse", steps="a, a, a")
    assert row(found, "Repeated steps") == (1.0, 1.0, 1.0)
    assert "all of it is that ClickHouse lets one event serve all steps of its name" in found.headline


def test_mixpanel_follows_the_first_entry_only():
    # b comes 8 days after the first a and 6 after the second: in time for the second only.
    events = log("u a 1\nu a 3\nu b 9", 21)
    assert converted(events) == (1, 1)
    assert converted(events, entry="once") == (0, 1)
    # Mixpanel's own first scenario: the first window is over before the second a, which then has its b. Not converted.
    events = log("u a 1\nu a 9\nu b 10", 28)
    assert converted(events) == (1, 1)
    assert converted(events, entry="once") == (0, 1)


def test_mixpanel_gives_two_seconds():
    # b is stamped 1, 2 and 3 seconds before a.
    for early, reached in ((59, 1), (58, 1), (57, 0)):
        events = log(f"u b 1 11:59:{early}\nu a 1 12:00:00", 21)
        assert converted(events) == (0, 1)
        assert converted(events, ties="seconds") == (reached, 1)


def test_equal_times_count_in_the_order_of_the_steps_whichever_row_came_first():
    # PostHog and ClickHouse: equal stamps serve in the funnel's order. A row order must not decide.
    for text in ("u a 1\nu b 1", "u b 1\nu a 1"):
        events = log(text, 21)
        for vendor in ("posthog", "clickhouse", "mixpanel", "amplitude"):
            found = reconcile(events, "funnel", vendor=vendor, steps="a, b")
            assert [one.value for one in found.estimates[:2]] == [1.0, 1.0]


def test_amplitude_knows_no_order_within_a_second():
    events = log("u b 1 12:00:00.100\nu a 1 12:00:00.900", 21)
    assert converted(events) == (0, 1)
    assert converted(events, stamps="seconds") == (1, 1)
    # One second later it does.
    assert converted(log("u b 1 12:00:00.100\nu a 1 12:00:01.000", 21), stamps="seconds") == (0, 1)
    # Two events of one name in one second are one event.
    events = log("u a 1 12:00:00.100\nu a 1 12:00:00.900", 21)
    assert converted(events, "a, a") == (1, 1)
    assert converted(events, "a, a", stamps="seconds") == (0, 1)


def test_posthog_takes_people_out_who_did_an_excluded_event():
    # u: a, x, b. v: a, b. w: a, and x after the 7 days, which does not count. Ours: v of u, v, w; PostHog: v of v, w.
    events = log("u a 1\nu x 2\nu b 3\nv a 1\nv b 2\nw a 1\nw x 12", 28)
    assert converted(events, exclude="x") == (1, 3)
    assert converted(events, exclude="x", exclusion="drop") == (1, 2)
    found = reconcile(events, "funnel", vendor="posthog", steps="a, b", exclude="x")
    assert row(found, "Exclusion") == pytest.approx((1 / 2, 1 / 6, 1 / 6))
    # Mixpanel keeps the steps before it, as ours: no such rule stands in its table.
    found = reconcile(events, "funnel", vendor="mixpanel", steps="a, b", exclude="x")
    assert not [one for one in found.table.rows if one[0] == "Exclusion"]


def test_exclusions_matter_only_where_an_event_is_excluded():
    found = reconcile(log("u a 1\nu b 2", 21), "funnel", vendor="posthog", steps="a, b")
    assert [one[0] for one in found.table.rows[1:-2]] == ["Entrants"]


def test_entrants_of_the_last_week_count_only_where_their_window_is_not_asked_for():
    # Weeks of 1, 8 and 15 June; the data end on Wednesday 24. u enters on the 1st and converts; v enters on Sunday 21
    # and converts on the 23rd; w enters on the 20th and does not. Ours: windows of 7 days of the week of 15 are not
    # over: 1 of 1. Amplitude: 2 of 3. PostHog: v's b lies after the last complete week: 1 of 3.
    events = log("u a 1\nu b 2\nv a 21\nv b 23\nw a 20", 24)
    assert converted(events) == (1, 1)
    assert converted(events, entrants="running") == (2, 3)
    assert converted(events, entrants="inside") == (1, 3)


def test_posthog_counts_the_week_by_the_days_up_to_its_label():
    # One person a day from 2 to 8 June, a Monday, and the last of them again on the 10th. The week of 8 June has that
    # one; the 7 days up to its label, 2 to 8 June, have all 7.
    lines = [f"u{one} used {one + 2}" for one in range(7)] + ["u6 used 10"]
    found = reconcile(log("\n".join(lines), 14), "active", vendor="posthog")
    assert [one.value for one in found.estimates[:2]] == [1, 7]
    assert found.headline == (
        "Active people, week of 8 Jun: 1 here and 7 under PostHog's rules; all of it is that PostHog counts the 7 days "
        "of a week, or the 30 of a month, up to the day the period is labelled with, its first"
    )


def test_mixpanel_counts_30_days_up_to_the_last():
    # To 31 December its month is 2 to 31 December: who came on the 1st only is not in it.
    rows = [("a", "used", "2026-11-01T12:00"), ("a", "used", "2026-12-01T12:00"), ("b", "used", "2026-12-02T12:00")]
    events = events_of(rows, as_of=date(2026, 12, 31))
    found = reconcile(events, "active", vendor="mixpanel", every="month")
    assert [one.value for one in found.estimates[:2]] == [2, 1]
    # On 7 January the calendar month is still December; the 30 days begin on 9 December.
    events = events_of([*rows, ("c", "used", "2027-01-03T12:00")], as_of=date(2027, 1, 7))
    assert Case(events, "active", Options(every="month")).alone({"window": "last"}).value == 1


def test_posthog_takes_people_as_new_with_their_first_event_of_any_kind():
    # b joined on the 1st and first used it on the 16th, c joined and used on the 17th, a used in all weeks. New in the
    # week of 15 June by use: b and c; by the first event: c.
    events = log("a used 1\na used 9\na used 16\nb joined 1\nb used 16\nc joined 17\nc used 17", 21)
    for name in ("posthog", "amplitude"):
        found = reconcile(events, "lifecycle", vendor=name, event="used")
        assert [one.value for one in found.estimates[:2]] == [2, 1]
        assert row(found, "New") == (1, -1, -1)
    # With any event the first is the same.
    assert reconcile(events, "lifecycle", vendor="posthog").estimates[1].value == 1


def test_stickiness_by_the_week():
    # 28 days to Sunday 28 June: a on 7 days, 4 of them in the last week, b on 1, the last week's Monday. Ours:
    # 8 / (28·2) = 1/7. The last week: (4 + 1) / (7·2) = 5/14; its last day of 28: only a, 1 of 2.
    lines = [f"a used {day}" for day in (1, 8, 15, 22, 24, 26, 28)] + ["b used 22"]
    events = log("\n".join(lines), 28)
    found = reconcile(events, "stickiness", vendor="mixpanel")
    assert [one.value for one in found.estimates[:2]] == pytest.approx([1 / 7, 5 / 14])
    case = Case(events, "stickiness", Options())
    assert case.alone({"ratio": "last"}).value == 0.5
    # 30 days are not there.
    assert case.alone({"window": "30d"}) is None


def test_the_number_that_rests_on_accounts_is_said_of_accounts():
    rows = [("a", "used", f"2026-06-{day:02}T12:00", "one") for day in (1, 9)]
    events = events_of([*rows, ("b", "used", "2026-06-09T12:00", "one")], as_of=date(2026, 6, 14), properties=("team",))
    found = reconcile(events.grouped("team"), "active", vendor="posthog")
    assert found.headline.startswith("Active accounts, week of 8 Jun: 1 here")
    assert "who is one account" in found.cautions[0]
