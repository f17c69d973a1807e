"""Who belongs to which part, counted by hand; what was kept is there the second time."""

from datetime import date

import pytest

from pmlib.core import Buckets, SettingError
from pmlib.usage.people.activity import activity
from pmlib.usage.people.parts import parts
from tests.rows import events_of

ROWS = [
    ("ann", "open", "2026-06-01T10:00", "web"),
    ("ann", "join", "2026-06-02T10:00", "ios"),
    ("ann", "open", "2026-06-09T10:00", None),
    ("bob", "join", "2026-06-03T10:00", "web"),
    ("bob", "open", "2026-06-10T10:00", "ios"),
    ("cat", "join", "2026-06-03T10:00", "web"),
    ("dan", "join", "2026-06-04T10:00", "android"),
    ("eve", "join", "2026-06-05T10:00", None),
    ("fay", "open", "2026-06-05T10:00", "web"),
]


def made(rows=ROWS):
    return events_of(rows, as_of=date(2026, 6, 14), properties=("platform",))


def members(split, events):
    cells = split.on(events.engine).query("SELECT part, user_id FROM parts ORDER BY place, user_id")
    return [(row.part, row.user_id) for row in cells]


def test_the_value_on_the_first_start():
    events = made()
    split = parts(events, "platform", start="join", top=2)
    # Ann joined on ios, though she came first on the web; fay never joined.
    assert members(split, events) == [
        ("web", "bob"), ("web", "cat"), ("android", "dan"), ("Other", "ann"), ("unknown", "eve"),
    ]  # fmt: skip
    assert (split.names, split.sizes) == (("web", "android", "Other", "unknown"), (2, 1, 1, 1))
    assert split.cautions == ("platform has 3 values; the 2 with the most people stand alone.",)


def test_the_latest_value_skips_events_without_one():
    events = made()
    split = parts(events, "platform", at="latest")
    # ann: ios (her latest event has none), bob: ios, cat and fay: web, dan: android, eve: none at all.
    assert dict(zip(split.names, split.sizes, strict=True)) == {"ios": 2, "web": 2, "android": 1, "unknown": 1}


def test_the_order_of_rows_and_duplicates_do_not_matter():
    rows = [*ROWS, ("ann", "join", "2026-06-02T10:00", "android")]
    # Two first starts of one moment: the first value in order, android.
    for given in (rows, rows[::-1], rows + rows):
        events = made(given)
        assert ("android", "ann") in members(parts(events, "platform", start="join"), events)


def test_a_value_called_other_stays_itself():
    events = made([("a", "x", "2026-06-01T10:00", "Other"), ("b", "x", "2026-06-01T10:00", "z"), *ROWS[:0]])
    assert parts(events, "platform", top=1).names == ("Other", "Other values")


def test_named_conditions_may_overlap():
    events = made()
    split = parts(
        events, "phones: platform IN ('ios', 'android'); apple: platform = 'ios'; tv: platform = 'tv; x'", start="join"
    )
    assert members(split, events) == [("phones", "ann"), ("phones", "dan"), ("apple", "ann")]
    assert (split.names, split.sizes, split.overlap) == (("phones", "apple", "tv"), (2, 1, 0), 1)
    assert split.cautions == (
        "Nobody is in 'tv': does its condition hold for any event?",
        "1 person is in more than one of the segments, which do not add up; where one is compared, it is "
        "with all who are not in it.",
    )


def test_fifty_thousand_values_become_the_largest_and_others():
    rows = [(f"u{n}", "x", "2026-06-01T10:00", f"v{n}") for n in range(2000)] + [("w", "x", "2026-06-01T10:00", "v7")]
    split = parts(made(rows), "platform", top=1)
    assert (split.names, split.sizes) == (("v7", "Other"), (2, 1999))


@pytest.mark.parametrize(
    ("by", "words"),
    [
        ("platfrom", "Did you mean 'platform'"),
        ("a: x = 1", "names 'x'"),
        ("a: platform = 'x'; a: platform = 'y'", "Two segments"),
    ],
)
def test_faults_name_the_fix(by, words):
    with pytest.raises(SettingError, match=words):
        parts(made(), by)


def bits(activity):
    cells = activity.query(
        "SELECT user_id, first, CAST(starts AS VARCHAR) AS starts, CAST(returns AS VARCHAR) AS returns "
        "FROM activity ORDER BY user_id"
    )
    return {row.user_id: (row.first - activity.newest, row.starts[-3:], row.returns[-3:]) for row in cells}


def test_activity_by_hand():
    events = made([*ROWS, ("ann", "join", "2026-06-16T10:00", "web")])
    made_ = events.query("SELECT count(*) AS n FROM events").one().n
    assert made_ == 9, "nothing after as_of"
    weeks = Buckets("week", events.weeks)
    last = weeks.number(date(2026, 6, 14))
    found = activity(events, since=last - 2, until=last, start="join", back="open")
    # The weeks of 25 May, 1 and 8 June; fay never joined.
    assert bits(found) == {
        "ann": (-1, "010", "011"),
        "bob": (-1, "010", "001"),
        "cat": (-1, "010", "000"),
        "dan": (-1, "010", "000"),
        "eve": (-1, "010", "000"),
    }
    assert found.width == 4
    again = activity(events, since=last - 2, until=last, start="join", back="open")
    assert again.engine.path == found.engine.path
    web = events.where("platform = 'web'")
    assert set(bits(activity(web, since=last - 2, until=last))) == {"ann", "bob", "cat", "fay"}


def test_activity_over_more_periods_than_one_word_holds():
    rows = [("ann", "x", f"{day}T10:00", "") for day in ("2025-06-01", "2025-11-01", "2026-06-14")]
    events = made(rows)
    days = Buckets("day", events.weeks)
    last = days.number(date(2026, 6, 14))
    found = activity(events, every="day", since=last - 300, until=last)
    (row,) = found.query("SELECT first, CAST(returns AS VARCHAR) AS bits FROM activity")
    assert days.start(row.first) == date(2025, 6, 1)
    assert [days.start(found.oldest + n) for n, bit in enumerate(row.bits) if bit == "1"] == [
        date(2025, 6, 1), date(2025, 11, 1), date(2026, 6, 14),
    ]  # fmt: skip
