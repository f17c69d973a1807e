"""What a load doubts and leaves out by rule: bots, late events, clocks; counted by hand."""

from datetime import date, datetime, timedelta

import pyarrow as pa
import pytest

from pmlib.core import InputError, SettingError, Weeks
from pmlib.sources.events.late import Delays, growing
from pmlib.sources.events.load import load_events

START = datetime(2026, 3, 2)


def frame(rows, **more):
    """Rows of user and time."""
    columns = {
        "user_id": [user for user, _ in rows],
        "event": ["open"] * len(rows),
        "ts": pa.array([when for _, when in rows], pa.timestamp("us", "UTC")),
    }
    return pa.table(columns | more)


def said(events, word):
    return [check.text for check in events.checks if word in check.text]


def test_rows_that_meet_the_rule_are_left_out_and_counted():
    rows = [("a", START), ("b", START), ("c", START), ("d", START)]
    agents = ["Mozilla", "GoogleBot/2.1", None, "bingbot"]
    events = load_events(frame(rows, user_agent=agents), exclude="user_agent ILIKE '%bot%'")
    # b and d are bots; c's agent is not known.
    assert events.query("SELECT user_id FROM events ORDER BY user_id").column("user_id") == ["a", "c"]
    assert events.origin.ledger.dropped["excluded"] == 2
    assert "Rows with user_agent ILIKE '%bot%' do not count." in events.origin.notes
    assert "excluded" not in load_events(frame(rows)).origin.ledger.dropped
    with pytest.raises(SettingError, match=r"The exclusion .* names 'agent'.*user_agent"):
        load_events(frame(rows, user_agent=agents), exclude="agent = 'x'")


def test_users_and_events_can_be_left_out_by_name():
    rows = [("qa", START), (None, START), ("ann", START), ("ann", START + timedelta(hours=1))]
    cookies = ["c1", "c1", "c2", "c2"]
    log = frame(rows, cookie=cookies, plan=["a", "a", "b", "c"]).set_column(1, "event", [["x", "x", "x", "ping"]])
    columns = {"user_id": "user_id", "anon_id": "cookie"}
    # The row without a user is qa's by its cookie, so it goes with qa.
    events = load_events(log, columns=columns, exclude="user_id = 'qa' OR event = 'ping'")
    assert events.query("SELECT user_id, event FROM events").rows == (("ann", "x"),)
    assert events.origin.ledger.dropped["excluded"] == 3
    assert not said(events, "exclusion")
    with pytest.raises(SettingError, match=r"names 'plam'; there is user_id, event, .*plan.* Did you mean 'plan'"):
        load_events(log, exclude="plam = 'a'")
    with pytest.raises(SettingError, match=r"cannot be applied: .*Quote texts singly"):
        load_events(log.append_column("n", [[1, 2, 3, 4]]), exclude="n = 'many'")
    with pytest.raises(InputError, match="4 excluded"):
        load_events(log, columns=columns, exclude="user_id IN ('qa', 'ann')")


def test_an_exclusion_that_no_event_meets_is_told():
    events = load_events(frame([("a", START)]), exclude="user_id = 'A'")
    assert said(events, "exclusion") == [
        "No event meets the exclusion user_id = 'A': nothing was left out. Check how its values are written."
    ]


def test_a_user_with_too_many_events_on_a_day_may_be_a_bot():
    rows = [(f"u{number}", START + timedelta(minutes=number)) for number in range(50)]
    rows += [("robot", START + timedelta(seconds=second)) for second in range(1_001)]
    # 1,001 events on a day where the median is 1; 1,001 of 1,051 events are 95.2%.
    assert said(load_events(frame(rows), duplicates="keep"), "bot") == [
        "1 user may be a bot (robot): up to 1,001 events a day where the median is 1. They make 95.2% of the events "
        "and count; leave them out with exclude, by user_id or a property."
    ]
    assert not said(load_events(frame(rows[:-1]), duplicates="keep"), "bot")


def test_a_user_who_never_sleeps_may_be_a_bot():
    rows = [("a", START), ("b", START)] + [("clock", START + timedelta(hours=hour)) for hour in range(168)]
    assert said(load_events(frame(rows)), "bot")[0].startswith("1 user may be a bot (clock): events in all 24 hours")
    assert not said(load_events(frame(rows[:-1])), "bot")


def test_a_few_users_long_before_the_others_have_wrong_clocks():
    rows = [(f"u{number % 1_500}", START + timedelta(seconds=number)) for number in range(3_000)]
    early = [("u7", START - timedelta(days=800)), ("u7", START - timedelta(days=790))]
    # 1 of 1,500 users is fewer than 1 in 1,000, 2 of 3,002 events fewer than 0.1%; both are more than 2 years before.
    events = load_events(frame(rows + early))
    assert said(events, "clocks") == [
        "2 events of 1 users are dated 23 Dec 2023 to 2 Jan 2024, more than two years before nearly all others: "
        "probably clocks that were set wrong. They count: mend them at the source."
    ]
    near = [("u7", START - timedelta(days=700))]
    assert not said(load_events(frame(rows + near)), "clocks")


def test_what_arrives_late_is_told():
    rows = [("a", START), ("b", START), ("c", START), ("d", START)]
    arrived = [START + timedelta(hours=1), START + timedelta(hours=25), None, START + timedelta(minutes=1)]
    more = {"received_at": pa.array(arrived, pa.timestamp("us", "UTC"))}
    # Of the three whose arrival is known, b's came 25 hours later.
    assert said(load_events(frame(rows, **more)), "arrived")[0].startswith(
        "33.3% of the events arrived more than a day"
    )


def test_weeks_that_may_grow_are_measured_from_the_delays():
    # Of 100 events 90 came at once, 6 after one whole day, 4 after eight.
    delays = Delays([90, 6, 0, 0, 0, 0, 0, 0, 4])
    assert (delays.missing(0), delays.missing(1), delays.missing(8)) == (0.10, 0.04, 0.0)
    # Seen on Sunday 22 March, the week to that day lies 0 to 6 days back: 10% are missing of its last two days and 4%
    # of the five before, 40/7 %; of the week before, 7 to 13 days back, 4% of the days 7 and 8 back, 8/7 %.
    found = growing(delays, date(2026, 3, 22), date(2026, 3, 22), Weeks("monday"))
    assert [(day, round(part, 6)) for day, part in found] == [
        (date(2026, 3, 16), round((2 * 0.10 + 5 * 0.04) / 7, 6)),
        (date(2026, 3, 9), round(2 * 0.04 / 7, 6)),
    ]


def test_a_past_report_counts_only_what_had_arrived():
    rows = [("a", START), ("b", START), ("c", START), ("d", START + timedelta(days=1))]
    arrived = [START, START + timedelta(hours=22, minutes=59), START + timedelta(hours=23), START + timedelta(days=2)]
    more = {"received_at": pa.array(arrived, pa.timestamp("us", "UTC"))}
    events = load_events(frame(rows, **more), timezone="Europe/Berlin", arrived=date(2026, 3, 2))
    # The 2nd ends in Berlin at 23:00 UTC: c's arrived a second too late, d's two days.
    assert events.query("SELECT user_id FROM events ORDER BY user_id").column("user_id") == ["a", "b"]
    assert events.origin.ledger.dropped["arrived later"] == 2
    with pytest.raises(SettingError, match="needs a column that says when each event arrived"):
        load_events(frame(rows), arrived="2026-03-02")
    # "data" and "today" would leave nothing out without a word.
    for word in ("soon", "data", "today", 5):
        with pytest.raises(SettingError, match=f"arrived = {word!r} is no day. Write a date such as"):
            load_events(frame(rows, **more), arrived=word)
    with pytest.raises(SettingError, match="arrived = '9999-12-31' is not between the years 1900 and 2200"):
        load_events(frame(rows, **more), arrived="9999-12-31")
