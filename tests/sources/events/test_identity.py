"""Whose a row without a user is: counted by hand, and against a plain Python walk."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlib.core import InputError
from pmlib.sources.events.load import load_events

COLUMNS = {"user_id": "user", "anon_id": "cookie"}


def frame(rows):
    """Rows of user, cookie, minute of one hour."""
    return pa.table(
        {
            "user": pa.array([user for user, _, _ in rows], pa.string()),
            "cookie": pa.array([cookie for _, cookie, _ in rows], pa.string()),
            "event": ["open"] * len(rows),
            "ts": [f"2026-03-01T10:{minute:02}:00Z" for _, _, minute in rows],
        }
    )


def users(events):
    rows = events.query("SELECT epoch(ts)::BIGINT // 60 % 60 AS minute, user_id FROM events ORDER BY ts, user_id")
    return [tuple(row) for row in rows]


def test_rows_without_a_user_are_of_the_user_seen_with_their_id():
    # c1 is ann's before and after she was known; c2 leads to nobody; eve has no cookie.
    rows = [(None, "c1", 0), ("ann", "c1", 1), (None, "c1", 2), (None, "c2", 3), ("eve", None, 4)]
    events = load_events(frame(rows), columns=COLUMNS)
    assert users(events) == [(0, "ann"), (1, "ann"), (2, "ann"), (3, "c2"), (4, "eve")]
    assert events.origin.notes[1].startswith("2 rows without a user are given one by 1 anonymous ids.")
    assert "1 further rows have no user and count under cookie." in events.origin.notes
    assert any(check.text.startswith("20.0% of the rows name no user") for check in events.checks)


def test_a_shared_device_leads_to_the_user_identified_last_and_merges_nobody():
    rows = [("ann", "c1", 1), ("bob", "c1", 2), (None, "c1", 0), (None, "c1", 5), ("ann", "c2", 3)]
    events = load_events(frame(rows), columns=COLUMNS)
    # ann and bob stay two; the two rows without a user are bob's, who was seen with c1 last.
    assert users(events) == [(0, "bob"), (1, "ann"), (2, "bob"), (3, "ann"), (5, "bob")]
    assert [check.text for check in events.checks if "shared device" in check.text] == [
        "1 anonymous ids were used by several users, as on a shared device: their 2 rows without a user count for the "
        "user identified last."
    ]


def test_the_order_of_rows_changes_nothing():
    rows = [("ann", "c1", 1), ("bob", "c1", 1), (None, "c1", 0), (None, "c1", 5)]
    # Both were seen with c1 in the same minute: the last by name counts.
    assert users(load_events(frame(rows), columns=COLUMNS)) == users(load_events(frame(rows[::-1]), columns=COLUMNS))


def test_identities_given_have_the_last_word_and_merge_users():
    rows = [(None, "c1", 0), ("ann", "c1", 1), (None, "c9", 2), ("ann@old", None, 3)]
    pairs = pa.table({"distinct_id": ["c1", "c9", "ann@old", "ann@mid"], "person_id": ["zoe", "zoe", "ann@mid", "ann"]})
    events = load_events(frame(rows), columns=COLUMNS, identities=pairs)
    # c1 was ann's by its rows and is zoe's by the table; ann@old becomes ann@mid becomes ann.
    assert users(events) == [(0, "zoe"), (1, "ann"), (2, "zoe"), (3, "ann")]
    assert any("turn 1 ids on 1 rows into others" in note for note in events.origin.notes)


def test_identities_take_the_latest_and_refuse_a_circle():
    rows = [(None, "c1", 0), ("ann", None, 1)]
    pairs = pa.table({"anon_id": ["c1", "c1"], "user_id": ["old", "new"], "since": ["2026-01-01", "2026-02-01"]})
    assert users(load_events(frame(rows), columns=COLUMNS, identities=pairs)) == [(0, "new"), (1, "ann")]
    circle = pa.table({"anon_id": ["a", "b", "c"], "user_id": ["b", "c", "a"]})
    with pytest.raises(InputError, match="go in a circle at 'a'"):
        load_events(frame(rows), columns=COLUMNS, identities=circle)
    with pytest.raises(InputError, match="no column for anon_id; it has one, two"):
        load_events(frame(rows), columns=COLUMNS, identities=pa.table({"one": ["a"], "two": ["b"]}))


def told(events):
    return [(check.ok, check.text) for check in events.checks if "identities" in check.text]


def test_how_many_ids_are_in_the_identities_is_told():
    rows = [(None, "c1", 0), ("ann", "c1", 1), (None, "c2", 2), (None, "c3", 3)]
    some = pa.table({"anon_id": ["c1", "c2", "x"], "user_id": ["ann", "c2", "y"]})
    # Of c1, c2 and c3 the first two are there, c2 as itself.
    assert told(load_events(frame(rows), columns=COLUMNS, identities=some)) == [
        (True, "2 of 3 anonymous ids are in the identities given (anon_id from anon_id, user_id from user_id).")
    ]
    other = pa.table({"distinct_id": ["C1", "C2"], "person_id": ["ann", "bob"]})
    assert told(load_events(frame(rows), columns=COLUMNS, identities=other)) == [
        (
            False,
            "0 of 3 anonymous ids are in the identities given (anon_id from distinct_id, user_id from person_id): they "
            "change nothing. Check that both write ids alike (capitals, signs before them), and that the columns are "
            "the right way round.",
        )
    ]
    # The anonymous ids are not there, but ann is, who becomes zoe.
    merging = pa.table({"anon_id": ["ann"], "user_id": ["zoe"]})
    assert told(load_events(frame(rows), columns=COLUMNS, identities=merging))[0][0]
    assert told(load_events(frame(rows), columns=COLUMNS)) == []


def test_a_plain_table_with_anonymous_ids_needs_no_mapping():
    rows = [(None, "c1", 0), ("ann", "c1", 1), (None, "c2", 2)]
    plain = frame(rows).rename_columns(["user_id", "anonymous_id", "event", "ts"])
    assert users(load_events(plain)) == [(0, "ann"), (1, "ann"), (2, "c2")]


def test_identities_work_without_anonymous_ids():
    table = pa.table({"user_id": ["a", "b", "c"], "event": ["x"] * 3, "ts": ["2026-03-01T10:00:00Z"] * 3})
    events = load_events(table, identities=pa.table({"anon_id": ["a", "b"], "user_id": ["z", "z"]}))
    assert events.query("SELECT count(DISTINCT user_id) AS n FROM events").one().n == 2


def test_mixpanel_devices_are_no_users(tmp_path):
    lines = [
        '{"event":"open","properties":{"time":1772366400,"distinct_id":"$device:d","$device_id":"d","$insert_id":"1"}}',
        '{"event":"open","properties":{"time":1772366460,"distinct_id":"u","$device_id":"d","$insert_id":"2"}}',
    ]
    (tmp_path / "m.json").write_text("\n".join(lines) + "\n")
    events = load_events(tmp_path / "m.json")
    assert events.query("SELECT DISTINCT user_id FROM events").column("user_id") == ["u"]


IDS = st.sampled_from([None, "u1", "u2", "u3"])
COOKIES = st.sampled_from([None, "c1", "c2", "c3"])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(IDS, COOKIES), min_size=1, max_size=12))
def test_against_a_walk_through_the_rows(pairs):
    rows = [(user, cookie, minute) for minute, (user, cookie) in enumerate(pairs)]
    if not any(user for user, _, _ in rows) or not any(user or cookie for user, cookie, _ in rows):
        return
    last = {cookie: user for user, cookie, _ in rows if user and cookie}
    expected = [(minute, user or last.get(cookie, cookie)) for user, cookie, minute in rows if user or cookie]
    assert users(load_events(frame(rows), columns=COLUMNS)) == expected
