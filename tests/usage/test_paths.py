"""Paths, counted by hand."""

from datetime import date

import pytest

from pmlib.core import SettingError
from pmlib.usage.journeys.paths import paths
from tests.rows import events_of

AS_OF = date(2026, 6, 14)


def user(name, text, day="2026-06-02"):
    """Events such as ``a10:00 b10:30`` of one user on one day."""
    return [(name, word[0], f"{day}T{word[1:]}") for word in text.split()]


def asked(rows, *, as_of=AS_OF, **options):
    return paths(events_of(rows, as_of=as_of), **options)


def ways(found):
    """People and paths of each whole way."""
    return {row[0]: row[2:4] for row in found.table.rows if row[1] == "whole way"}


def links(found):
    """Paths of each link."""
    return {(row[1], row[0]): row[3] for row in found.table.rows if row[1] != "whole way"}


def flow(found):
    """The links as drawn: column, from, to, paths."""
    drawn = found.figure.series
    return {(one.column, one.name, to): n for one in drawn for to, n in zip(one.x, one.y, strict=True)}


FOUR = [
    *user("ann", "a10:00 b10:01 b10:02 c10:03"),
    *user("bob", "a10:00 b10:01"),
    *user("eve", "b10:00 a10:05 b10:10"),
    *user("eve", "a12:00 b12:10"),
]


def test_ways_and_links_of_sessions():
    found = asked(FOUR)
    # ann a b c; bob a b; eve b a b, two hours later a b.
    assert ways(found) == {
        "a → b → end": (2, 2),
        "a → b → c → end": (1, 1),
        "b → a → b → end": (1, 1),
    }
    assert links(found) == {
        ("to 1", "start → a"): 3,
        ("to 1", "start → b"): 1,
        ("1 to 2", "a → b"): 3,
        ("1 to 2", "b → a"): 1,
        ("2 to 3", "b → end"): 2,
        ("2 to 3", "b → c"): 1,
        ("2 to 3", "a → b"): 1,
        ("3 to 4", "c → end"): 1,
        ("3 to 4", "b → end"): 1,
    }
    assert flow(found)[0, "a", "b"] == 3
    assert found.figure.caption == "The larger a band or bar, the more paths take it; at end the session ends."
    assert found.table.size == "People"
    assert found.headline == (
        f"50.0% of 4 sessions of 3 people went a → b → end ({found.estimates[0].range}; 1 to 14 Jun 2026), the most "
        "frequent way"
    )


def test_a_gap_of_the_length_asked_for_begins_a_new_session():
    rows = user("ann", "a10:00 b10:29 c10:59")
    assert set(ways(asked(rows))) == {"a → b → end", "c → end"}
    assert set(ways(asked(rows, gap_minutes=31))) == {"a → b → c → end"}


def test_repeats_are_one_step_unless_asked_otherwise():
    rows = user("ann", "a10:00 a10:01 b10:02 a10:03 a10:04")
    assert set(ways(asked(rows))) == {"a → b → a → end"}
    assert set(ways(asked(rows, collapse=False))) == {"a → a → b → a → a"}
    # What ended one session and begins the next is no repeat.
    assert ways(asked(user("ann", "a10:00 a11:00"))) == {"a → end": (1, 2)}


def test_only_the_first_steps_and_whether_more_follow():
    rows = [*user("ann", "a10:00 b10:01 c10:02"), *user("bob", "a10:00 b10:01")]
    found = asked(rows, steps=2)
    assert ways(found) == {"a → b": (2, 2)}
    assert (links(found)["2 to 3", "b → goes on"], links(found)["2 to 3", "b → end"]) == (1, 1)


def test_from_an_event_its_first_time_in_a_session():
    found = asked(FOUR, start="b")
    assert ways(found) == {
        "b → end": (2, 2),
        "b → c → end": (1, 1),
        "b → a → b → end": (1, 1),
    }
    # Repeats before the event are gone, the start itself is one step: ann's b b is one.
    assert flow(found) == {
        (0, "b", "end"): 2,
        (0, "b", "c"): 1,
        (0, "b", "a"): 1,
        (1, "c", "end"): 1,
        (1, "a", "b"): 1,
        (2, "b", "end"): 1,
    }
    assert "4 sessions with 'b' of 3 people went" in found.headline
    assert "the first b of a session" in found.definition


def test_to_an_event_its_first_time_read_backwards():
    rows = [*FOUR, *user("dan", "c10:00 c10:01 d10:05 a10:10 b10:15 d10:20 b10:25")]
    found = asked(rows, end="b", steps=3)
    assert ways(found) == {
        "start → a → b": (3, 3),
        "start → b": (1, 1),
        "d → a → b": (1, 1),
    }
    assert flow(found) == {
        (2, "a", "b"): 4,
        (2, "start", "b"): 1,
        (1, "start", "a"): 3,
        (1, "d", "a"): 1,
        (0, "earlier", "d"): 1,
    }
    assert found.headline == (
        f"60.0% of 5 sessions with 'b' of 4 people came by start → a → b ({found.estimates[0].range}; 1 to 14 Jun "
        "2026), the most frequent way"
    )


def test_less_frequent_events_of_a_step_stand_together():
    rows = [
        *[row for n in range(3) for row in user(f"u{n}", "a10:00 b10:01")],
        *[row for n in range(3, 5) for row in user(f"u{n}", "c10:00 b10:01")],
        *user("u5", "d10:00 b10:01"),
    ]
    found = asked(rows, top=1)
    assert links(found)["1 to 2", "Other → b"] == 3
    assert links(found)["to 1", "start → Other"] == 3
    # Whole ways keep their names.
    assert ways(found)["d → b → end"] == (1, 1)


def test_events_named_like_an_end_are_told_from_it():
    names = {"a": "end", "b": "Other"}
    rows = [(u, names[e], t) for u, e, t in user("ann", "a10:00 b10:01")]
    found = asked(rows)
    assert flow(found) == {(0, "end", "Other"): 1, (1, "Other", "(end)"): 1}
    assert set(ways(found)) == {"end → Other → (end)"}


def test_equal_times_stand_in_the_order_of_names_and_are_doubted():
    rows = user("ann", "b10:00 c10:00 a10:00")
    found, other = asked(rows), asked(rows[::-1])
    assert set(ways(found)) == set(ways(other)) == {"a → b → c → end"}
    assert any("66.7% of the events have the same time" in one for one in found.cautions)
    assert "order of their names" in found.definition
    assert not any("same time" in one for one in asked(FOUR).cautions)


def test_sessions_that_began_in_the_weeks_shown():
    rows = [
        *user("early", "a10:00", "2026-06-05"),
        # Begun on Sunday, before the week shown; and begun in it, ended after.
        ("over", "a", "2026-06-07T23:50"),
        ("over", "b", "2026-06-08T00:10"),
        *user("in", "c10:00", "2026-06-10"),
        ("late", "d", "2026-06-14T23:50"),
        ("late", "a", "2026-06-15T00:10"),
        *user("after", "b10:00", "2026-06-16"),
    ]
    found = asked(rows, weeks=1, as_of=date(2026, 6, 17))
    assert ways(found) == {"c → end": (1, 1), "d → a → end": (1, 1)}
    assert "sessions that began 8 to 14 Jun 2026, 2 paths of 2 people" in found.definition


def test_intervals_take_people_as_clusters():
    # 20 people of 10 sessions each, half of them always a b, the others always a: worth 20 answers, not 200.
    rows = [
        row
        for n in range(20)
        for hour in range(10)
        for row in user(f"u{n}", f"a{hour + 10}:00" + f" b{hour + 10}:10" * (n % 2))
    ]
    way = asked(rows).estimates[0]
    assert (way.value, way.n) == (0.5, 20)
    assert 0.25 < way.low < 0.32
    one = [row for n in range(200) for row in user(f"u{n}", "a10:00" + " b10:10" * (n % 2))]
    assert 0.42 < asked(one).estimates[0].low < 0.44


def test_what_to_doubt():
    many = [row for n in range(100) for row in user(f"u{n}", f"{chr(97 + n % 26)}10:00 {chr(97 + n // 26)}10:01")]
    said = asked(many).cautions
    assert any("different ways in 100 paths" in one for one in said)
    assert any("is about as frequent" in one for one in said)
    robot = [("robot", "a", f"2026-06-02T{h:02}:{m:02}") for h in range(24) for m in (0, 31)]
    assert any("alone has 25 of the 125 paths" in one for one in asked([*many, *robot]).cautions)
    assert any("the intervals are wide" in one for one in asked(FOUR).cautions)
    alone = asked([row for n in range(60) for row in user(f"u{n}", "a10:00 b10:01")])
    assert alone.cautions == ()
    # That most end after b says nothing more: they are the same sessions.
    assert alone.headline.startswith("100.0% of 60 sessions of 60 people went a → b → end (95% interval 9")
    on = asked([row for n in range(60) for row in user(f"u{n}", "a10:00 b10:01 c10:02")], steps=2)
    assert on.headline.endswith("2026), the most frequent way; none ends within 2 steps")


def test_headline_names_the_most_frequent_end():
    # Two go a b, one c b, one d b: the way is half of them, the end after b all.
    rows = [row for n, first in enumerate("aacd") for row in user(f"u{n}", f"{first}10:00 b10:01")]
    found = asked(rows)
    assert found.headline.endswith("the most frequent way; most often the session ends after b (step 2), 100.0%")
    assert [one.value for one in found.estimates] == [0.5, 1.0]
    turned = asked([*rows, *user("eve", "a10:00 c10:01 b10:02")], end="b")
    assert turned.headline.endswith("the most frequent way")
    assert [(one.label, one.value) for one in turned.estimates[1:]] == [
        ("Session begins with a (1 step before)", 0.4),
        ("Session begins with c (1 step before)", 0.2),
        ("Session begins with d (1 step before)", 0.2),
    ]


def test_faults_name_the_fix():
    events = events_of([(u, {"a": "signed_up"}.get(e, e), t) for u, e, t in FOUR], as_of=AS_OF)
    with pytest.raises(SettingError, match="Did you mean 'signed_up'"):
        paths(events, start="signd_up")
    for options, words in (
        ({"gap_minutes": 0}, "gap_minutes is 0"),
        ({"steps": 1}, "steps is 1"),
        ({"top": 0}, "top is 0"),
        ({"weeks": 0}, "weeks is 0"),
        ({"start": "b", "end": "c"}, "ask for the ways from the one or to the other"),
    ):
        with pytest.raises(SettingError, match=words):
            paths(events, **options)
    later = events_of([*FOUR, *user("dan", "d10:00", "2026-06-16")], as_of=date(2026, 6, 17))
    assert "nobody had a session with 'd' that began" in paths(later, start="d").headline
    one_day = asked(user("ann", "a10:00 b10:01", "2026-06-03"), as_of=date(2026, 6, 3))
    assert one_day.headline.startswith("This cannot be answered: no week is complete")


def test_fifty_thousand_names_and_a_person_with_very_many_events():
    events = events_of(FOUR, as_of=AS_OF)
    events.engine.run(
        "INSERT INTO events SELECT 'robot', 'e' || (n % 50000), TIMESTAMP '2026-06-02 10:00:00' + INTERVAL (n) SECOND, "
        "DATE '2026-06-02' + (n // 50400)::INTEGER FROM range(300000) AS r(n)"
    )
    found = paths(events)
    assert ways(found)["e0 → e1 → e2 → e3 → e4"] == (1, 1)
    assert sum(links(found)["to 1", f"start → {name}"] for name in ("a", "b", "e0")) == 5
    assert events.query("SELECT count(*) AS n FROM duckdb_tables() WHERE temporary").one().n == 0
    with pytest.raises(SettingError, match="Did you mean 'e4999"):
        paths(events, start="e49990x")
