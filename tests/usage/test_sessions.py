"""Sessions, counted by hand and against plain Python."""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlib.core import SettingError
from pmlib.usage.journeys.sessions import sessions
from tests.rows import events_of

AS_OF = date(2026, 6, 7)
PAD = ("pad", "x", "2026-05-25T00:00")


def user(name, text, day="2026-06-02"):
    """Events such as ``a10:00 b10:30`` of one user on one day."""
    return [(name, word[0], f"{day}T{word[1:]}") for word in text.split()]


def asked(rows, *, as_of=AS_OF, timezone="UTC", properties=(), **options):
    """The finding for rows of the week of 1 June; data begin a week earlier."""
    pad = (*PAD, *[None] * len(properties))
    return sessions(events_of([pad, *rows], as_of=as_of, timezone=timezone, properties=properties), **options)


def week(rows, **options):
    """People, sessions, sessions a person, median minutes, events a session, engaged, with one event: the last week."""
    return asked(rows, **options).table.rows[-1][1:]


def test_the_gap_itself_begins_a_new_session():
    rows = [*user("ann", "a10:00 b10:29 c10:59"), *user("bob", "a12:00 b12:29:59")]
    # ann 10:00 10:29 | 10:59, bob in one: 3 sessions, two of them with a length.
    assert week(rows) == (2, 3, 1.5, pytest.approx(29 + 59 / 120), 5 / 3, 2 / 3, 1)
    # Each event alone.
    assert week(rows, gap_minutes=29) == (2, 5, 2.5, None, 1.0, 0.0, 5)
    # ann 59 minutes, bob 29:59.
    assert week(rows, gap_minutes=31) == (2, 2, 1.0, pytest.approx((59 + 29 + 59 / 60) / 2), 2.5, 1.0, 0)


def test_headline_and_definition():
    rows = [*user("ann", "a10:00 b10:29 c10:59"), *user("bob", "a12:00 b12:29:59")]
    found = asked(rows)
    assert found.headline == (
        "2 people had 1.50 sessions each in the week of 1 Jun, 50.0% more than the week before; too early to call (1 "
        "of the 26 earlier weeks needed); half of those with two or more events last longer than 29.5 minutes (no "
        "interval: sessions of "
        "fewer than 6 people do not bound a median)"
    )
    for words in ("30 minutes or more pass", "its end is its last event", "order of their names", "Monday"):
        assert words in found.definition
    assert "lag(ts)" in found.query.lower()
    assert "-- $gap = 1800000000" in found.query


def test_a_session_belongs_to_the_week_it_began_in():
    # Sunday 23:50 to Monday 00:10 is of the week before; Sunday 23:55 of this week runs past its end.
    rows = [
        ("ann", "a", "2026-05-31T23:50"),
        ("ann", "b", "2026-06-01T00:10"),
        ("bob", "a", "2026-06-07T23:55"),
        ("bob", "b", "2026-06-08T00:05"),
    ]
    assert week(rows, as_of=date(2026, 6, 8)) == (1, 1, 1.0, 10.0, 2.0, 1.0, 0)


def test_midnight_cuts_only_where_asked_and_by_the_local_day():
    rows = [("ann", "a", "2026-06-02T23:55"), ("ann", "b", "2026-06-03T00:05")]
    assert week(rows)[:2] == (1, 1)
    assert week(rows, cut_at_midnight=True)[:2] == (1, 2)
    # In Tokyo the same rows are written in local time and lie at 14:55 and 15:05 UTC.
    assert week(rows, cut_at_midnight=True, timezone="Asia/Tokyo")[:2] == (1, 2)
    assert "each local day" in asked(rows, cut_at_midnight=True).definition


def test_the_longest_session_is_cut_and_goes_on_from_the_cut():
    # An event every 20 minutes from 10:00 to 15:00 is one session of 300 minutes.
    rows = [("ann", "a", f"2026-06-02T{10 + n // 3}:{n % 3 * 20:02}") for n in range(16)]
    assert week(rows) == (1, 1, 1.0, 300.0, 16.0, 1.0, 0)
    # Two hours after the first event are still inside: 10:00–12:00, 12:20–14:20, 14:40–15:00.
    assert week(rows, longest_hours=2) == (1, 3, 3.0, 120.0, 16 / 3, 1.0, 0)
    assert "later than 2 hours" in asked(rows, longest_hours=2).definition


def test_a_long_session_from_before_the_weeks_counted_decides_its_cuts():
    # Data begin on Sunday 24 May 12:00, each 20 minutes for 3 days; the first whole week begins on Monday.
    start = datetime(2026, 5, 24, 12)
    rows = [("ann", "a", (start + timedelta(minutes=20 * n)).isoformat()) for n in range(217)]
    found = sessions(events_of(rows, as_of=AS_OF), longest_hours=24)
    # 24 May 12:00–25 May 12:00 is of the week before; 25 May 12:20–26 May 12:20 and 26 May 12:40–27 May 12:00 count.
    assert found.table.rows[0][2] == 2


def test_alike_events_of_one_instant_count_once():
    rows = [*user("ann", "a10:00 a10:00 a10:00"), *user("bob", "a10:00 b10:00")]
    # bob's two events have no time between them, and are two.
    assert week(rows) == (2, 2, 1.0, 0.0, 1.5, 0.5, 1)


def test_the_products_own_session_takes_the_place_of_the_rules():
    rows = [
        ("ann", "a", "2026-06-02T10:00", "s1"),
        ("ann", "b", "2026-06-02T10:05", "s2"),
        ("ann", "c", "2026-06-02T18:00", "s1"),
        ("bob", "a", "2026-06-02T10:00", "s1"),
        ("bob", "b", "2026-06-02T10:01", None),
        ("bob", "c", "2026-06-02T10:02", " "),
    ]
    found = asked(rows, properties=("sid",), session="sid")
    # ann's s1 of eight hours and s2, bob's s1.
    assert found.table.rows[-1][1:] == (2, 3, 1.5, 480.0, 4 / 3, 1 / 3, 2)
    assert "3 of 7 events have no sid and are left out." in found.cautions
    assert "A session for each value of sid" in found.definition
    none = asked([(*row[:3], None) for row in rows], properties=("sid",), session="sid")
    assert "no event has a sid" in none.headline


def test_parts_of_the_people():
    rows = [
        *[(*row, "ios") for row in user("ann", "a10:00 b10:10 a12:00 a15:00")],
        *[(*row, "web") for row in user("bob", "a10:00")],
        *[(*row, "web") for row in user("eve", "a10:00 b10:20")],
    ]
    found = asked(rows, properties=("platform",), by="platform")
    # ann 3 sessions; bob and eve 1 each; pad, of whom no platform is known, did not come.
    assert [row[:4] for row in found.table.rows] == [
        ("web", 2, 2, 1.0),
        ("ios", 1, 3, 3.0),
        ("unknown", 0, 0, None),
        ("All", 3, 5, 5 / 3),
    ]
    assert [one.name for one in found.figure.series] == ["all", "web", "ios", "unknown"]
    web = next(one for one in found.estimates if one.label.endswith("web"))
    assert (web.value, web.n) == (1.0, 2)
    assert found.table.size == "People"


def test_intervals_take_people_as_clusters():
    # 20 people of 10 sessions each: half of them two events in all sessions, half one event. Worth 20, not 200.
    rows = [
        row
        for n in range(20)
        for hour in range(10)
        for row in user(f"u{n}", f"a{hour + 10}:00" + f" b{hour + 10}:{n:02}" * (n % 2))
    ]
    found = asked(rows)
    engaged = next(one for one in found.estimates if one.label == "Engaged sessions")
    assert engaged.value == 0.5
    assert 0.25 < engaged.low < 0.32
    depth = next(one for one in found.estimates if one.label == "Events per session")
    # Mean 1.5, spread between 20 people of 0.513, t of 2.093: ± 0.24.
    assert (depth.value, depth.low) == (1.5, pytest.approx(1.26, abs=0.001))
    # Lengths are 1, 3, … 19 minutes, all ten sessions of a person alike. Wilson's interval for 5 of 10 people, 23.7% to
    # 76.3%, reaches from the third person's length to the eighth's.
    length = next(one for one in found.estimates if one.label.startswith("Median"))
    assert (length.value, length.low, length.high) == (10.0, 5.0, 15.0)


def test_what_to_doubt():
    rows = [row for n in range(60) for row in user(f"u{n}", "a10:00")]
    assert any("Of the last week's 60 sessions 100.0% hold one event" in one for one in asked(rows).cautions)
    assert "no session has a second event" in asked(rows).headline
    # 00:00, then pairs such as 00:31 and 01:00, then 23:31.
    robot = [("robot", "a", f"2026-06-02T{h:02}:{m:02}") for h in range(24) for m in (0, 31)]
    assert any("alone has 25 of the last week's 85 sessions" in one for one in asked([*rows, *robot]).cautions)
    beat = [("robot", "a", f"2026-06-0{d}T{h:02}:{m:02}") for d in (2, 3) for h in range(24) for m in (0, 20, 40)]
    assert any("goes on for 48 hours" in one for one in asked([*rows, *beat]).cautions)
    assert not any("goes on" in one for one in asked([*rows, *beat], longest_hours=24).cautions)
    dates = [(f"u{n}", event, "2026-06-02T00:00") for n in range(60) for event in "ab"]
    assert any("one and the same time" in one for one in asked(dates).cautions)


def test_a_signal_needs_history_and_is_called():
    # Two sessions each, and a third for 0 to 3 of the 30; in the last week five each.
    rows = []
    for back in range(29):
        day = date(2026, 6, 1) - timedelta(weeks=28 - back)
        for n in range(30):
            many = 5 if back == 28 else 2 + (n < back % 4)
            rows += user(f"u{n}", " ".join(f"a{hour + 6:02}:00" for hour in range(many)), day)
    found = sessions(events_of(rows, as_of=AS_OF))
    assert found.kpi.signal.state == "above"
    assert "above the" in found.headline
    assert found.headline.startswith("30 people had 5.00 sessions each")
    assert found.kpi.history[-1] == 5.0
    assert len(found.kpi.history) == 26


def test_nobody_and_a_single_day():
    silent = sessions(events_of([PAD], as_of=AS_OF))
    assert silent.headline == "Nobody came in the week of 1 Jun"
    assert silent.kpi.estimate.value is None
    for rows in ([("ann", "a", "2026-06-03T10:00")], []):
        found = sessions(events_of(rows, as_of=date(2026, 6, 3)))
        assert found.headline.startswith("This cannot be answered: ")


def test_faults_name_the_fix():
    rows = [(*row, "s") for row in user("ann", "a10:00")]
    events = events_of(rows, as_of=AS_OF, properties=("session_id",))
    with pytest.raises(SettingError, match="gap_minutes is 0"):
        sessions(events, gap_minutes=0)
    with pytest.raises(SettingError, match="Did you mean 'session_id'"):
        sessions(events, session="sesion_id")
    with pytest.raises(SettingError, match="leave longest_hours and"):
        sessions(events, session="session_id", longest_hours=24)
    with pytest.raises(SettingError, match="longest_hours is -1"):
        sessions(events, longest_hours=-1)


def test_a_person_with_very_many_events_all_in_one_second():
    events = events_of([PAD], as_of=AS_OF)
    events.engine.run(
        "INSERT INTO events SELECT 'robot', 'e' || (n % 50000), TIMESTAMP '2026-06-02 10:00:00', DATE '2026-06-02' "
        "FROM range(200000) AS r(n)"
    )
    # 50,000 names, each four times at one instant: alike ones once.
    assert sessions(events).table.rows[-1][1:] == (1, 1, 1.0, 0.0, 50000.0, 1.0, 0)


def test_nothing_is_left_behind_and_a_segment_stands_alone():
    rows = [(*row, "ios") for row in user("ann", "a10:00 b10:10")] + [(*row, "web") for row in user("bob", "a10:00")]
    events = events_of([(*PAD, "ios"), *rows], as_of=AS_OF, properties=("platform",))
    found = sessions(events.where("platform = 'ios'"))
    assert found.table.rows[-1][1:3] == (1, 1)
    assert "only platform = 'ios'" in found.definition
    assert events.query("SELECT count(*) AS n FROM duckdb_tables() WHERE temporary").one().n == 0


def plainly(rows, *, gap, hours, midnight, zone):
    """Sessions of each week in plain Python: event by event."""
    moments = defaultdict(set)
    for name, event, text in rows:
        local = datetime.fromisoformat(text)
        moments[name].add((local.replace(tzinfo=zone).astimezone(UTC), event, local.date()))
    found = defaultdict(list)
    for name, those in moments.items():
        begun, last, day = None, None, None
        for ts, _, local in sorted(those):
            fresh = begun is None or ts - last >= timedelta(minutes=gap) or (midnight and local != day)
            if fresh or (hours and ts - begun > timedelta(hours=hours)):
                begun = ts
                visit = {"name": name, "events": 0, "begun": ts}
                found[local - timedelta(days=local.weekday())].append(visit)
            last, day = ts, local
            visit["events"] += 1
            visit["lasted"] = (ts - begun).total_seconds() / 60
    return found


MOMENTS = st.tuples(
    st.sampled_from(["ann", "bob", "eve"]),
    st.sampled_from("ab"),
    st.integers(0, 16 * 24 * 6).map(lambda n: (datetime(2026, 10, 18) + timedelta(minutes=10 * n)).isoformat()),
)


@settings(max_examples=40)
@given(
    rows=st.lists(MOMENTS, min_size=1, max_size=60),
    gap=st.sampled_from([10, 30, 60, 720, 2880]),
    hours=st.sampled_from([0, 0, 1, 24]),
    midnight=st.booleans(),
    seed=st.integers(0, 9),
)
def test_equal_to_plain_python_whatever_the_order_of_rows(rows, gap, hours, midnight, seed):
    # Berlin turns back an hour on 25 October 2026.
    zone = ZoneInfo("Europe/Berlin")
    mixed = [*rows, *rows[: len(rows) // 2]]
    random.Random(seed).shuffle(mixed)
    options = {"gap_minutes": gap, "longest_hours": hours, "cut_at_midnight": midnight}
    as_of = date(2026, 11, 4)
    found, again = (
        sessions(events_of(given_rows, as_of=as_of, timezone="Europe/Berlin"), **options)
        for given_rows in (rows, mixed)
    )
    assert found.facts() == again.facts()
    first = min(datetime.fromisoformat(row[2]).date() for row in rows)
    wanted = plainly(rows, gap=gap, hours=hours, midnight=midnight, zone=zone)
    weeks = [day for day in (date(2026, 10, 19), date(2026, 10, 26)) if day >= first]
    if not weeks:
        assert found.headline.startswith("This cannot be answered")
        return
    for day, line in zip(weeks, found.table.rows, strict=True):
        visits = wanted.get(day, [])
        lengths = [one["lasted"] for one in visits if one["events"] > 1]
        people = len({one["name"] for one in visits})
        assert line[:3] == (day, people, len(visits))
        assert line[4] == (pytest.approx(median(lengths)) if lengths else None)
        if visits:
            assert line[5] == pytest.approx(sum(one["events"] for one in visits) / len(visits))
            assert line[7] == sum(one["events"] == 1 for one in visits)
