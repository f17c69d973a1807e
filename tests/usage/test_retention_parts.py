"""Retention of parts, by hand: who belongs to which, how they are compared, what adds up."""

from datetime import date

import pytest

from pmlib.stats import holm, share_difference
from pmlib.usage.cohorts.retention import retention
from tests.rows import events_of

AS_OF = date(2026, 6, 28)


def asked(rows, **options):
    options = {"start": "join", "back": "read", "periods": 2, "age": 1, "by": "platform"} | options
    return retention(events_of(rows, as_of=AS_OF, properties=("platform",)), **options)


def people(sizes):
    """For each platform so many who join in the week of 1 June, and so many of them who read the week after."""
    rows = []
    for platform, (size, back) in sizes.items():
        for n in range(size):
            rows.append((f"{platform}{n}", "join", "2026-06-01T10:00", platform))
            rows += [(f"{platform}{n}", "read", "2026-06-08T10:00", "tv")] * (n < back)
    return rows


def test_parts_by_hand():
    found = asked(people({"ios": (100, 60), "web": (80, 24), None: (20, 6)}))
    assert [column.title for column in found.table.columns] == [
        "platform", "People", "Week 1", "Week 2", "Less all others, week 1", "Differs",
    ]  # fmt: skip
    # ios 60 of 100 against 30 of 100; web 24 of 80 against 66 of 120; without a value 6 of 20 against 84 of 180.
    gaps = [share_difference(60, 100, 30, 100), share_difference(24, 80, 66, 120), share_difference(6, 20, 84, 180)]
    assert found.table.rows == (
        ("ios", 100, 0.6, 0.0, pytest.approx(0.3), "clearly"),
        ("web", 80, 0.3, 0.0, pytest.approx(-0.25), "clearly"),
        ("unknown", 20, 0.3, 0.0, pytest.approx(0.3 - 84 / 180), "not clearly"),
        ("All", 200, 0.45, 0.0, None, ""),
    )
    compared = [one for one in found.estimates if one.label.endswith("less all others")]
    assert [one.p for one in compared] == pytest.approx(holm([gap.p for gap in gaps]))
    assert [(one.low, one.high) for one in compared] == [(gap.low, gap.high) for gap in gaps]
    assert found.headline == (
        "45.0% of 200 people who started (join) came back (read) one week later (95% interval 38.3% to 51.9%; 1 "
        "cohort); ios has 30.0 points more than all others"
    )
    assert found.id == "retention-week-join-read-by-platform-first"
    assert [(one.name, one.x) for one in found.figure.series] == [
        (name, ("1", "2")) for name in ("ios", "web", "unknown")
    ]
    assert found.figure.series[0].low[0] == pytest.approx(0.502, abs=1e-3)
    assert "Fewer than 50 people started in unknown: read with care." in found.cautions
    assert "by platform at the first start" in found.definition


def test_parts_alike_are_not_called():
    found = asked(people({"ios": (100, 40), "web": (80, 33)}))
    assert found.headline.endswith("; between the parts no difference is clear")
    assert [row[-1] for row in found.table.rows] == ["not clearly", "not clearly", ""]


def test_one_part_alone_is_not_compared():
    found = asked(people({"ios": (100, 40)}))
    assert found.headline.endswith("one week later (95% interval 30.9% to 49.8%; 1 cohort)")
    assert len(found.table.columns) == 4


def test_the_latest_value():
    # Everybody who reads does so on tv.
    found = asked(people({"ios": (3, 1), "web": (2, 1)}), at="latest")
    assert [row[:3] for row in found.table.rows[:-1]] == [("ios", 2, 0.0), ("tv", 2, 1.0), ("web", 1, 0.0)]


def test_segments_that_overlap_do_not_add_up():
    rows = people({"ios": (100, 60), "web": (80, 24), "tv": (20, 6)})
    found = asked(rows, by="apps: platform IN ('ios', 'tv'); apple: platform = 'ios'; none: platform = 'x'")
    # Apps 66 of 120, apple 60 of 100; whoever is in no segment is among all others.
    assert [row[:3] for row in found.table.rows] == [
        ("apps", 120, pytest.approx(0.55)), ("apple", 100, 0.6), ("none", 0, None), ("All", 200, 0.45),
    ]  # fmt: skip
    gap = next(one for one in found.estimates if one.label == "apps less all others")
    assert gap.value == pytest.approx(66 / 120 - 24 / 80)
    assert any("more than one of the segments, which do not add up" in caution for caution in found.cautions)
    assert found.table.columns[0].title == "Segment"


EACH = [
    ("ann", "join", "2026-06-01T10:00", "ios"),
    ("ann", "join", "2026-06-02T10:00", "web"),
    ("ann", "join", "2026-06-08T10:00", "web"),
    ("ann", "read", "2026-06-09T10:00", "tv"),
    ("bob", "join", "2026-06-01T10:00", "web"),
    ("cat", "join", "2026-06-09T10:00", "tv"),
    ("cat", "join", "2026-06-09T09:00", None),
]


def test_each_start_by_its_own_value():
    found = asked(EACH, kind="recurring", at="each", top=2)
    # ios: ann once. web: ann in two weeks and bob in one. tv, which is neither, is cat's; so is the start without one.
    assert [row[:3] for row in found.table.rows] == [
        ("web", 3, pytest.approx(1 / 3)), ("ios", 1, 1.0), ("Other", 1, 0.0), ("unknown", 1, 0.0),
        ("All", 4, pytest.approx(1 / 4)),
    ]  # fmt: skip
    assert any("they do not add up and are not compared" in caution for caution in found.cautions)
    assert not any(one.label.endswith("less all others") for one in found.estimates)
    assert "by platform at each start" in found.definition
    named = asked(EACH, kind="recurring", at="each", by="phone: platform = 'ios'; rest: platform <> 'ios'")
    assert [row[:2] for row in named.table.rows] == [("phone", 1), ("rest", 4), ("All", 4)]
    # By the first start ann is on ios with both of her weeks.
    first = asked(EACH, kind="recurring", top=2)
    assert [row[:2] for row in first.table.rows] == [("ios", 2), ("web", 1), ("unknown", 1), ("All", 4)]


def test_recurring_parts_are_compared_with_people_as_clusters():
    rows = people({"ios": (60, 40), "web": (60, 20)})
    rows += [(user, event, f"2026-06-{int(ts[8:10]) + 7:02}T10:00", one) for user, event, ts, one in rows]
    found = asked(rows, kind="recurring")
    gap = next(one for one in found.estimates if one.label == "ios less all others")
    assert (gap.value, gap.n) == (pytest.approx(1 / 3), 120)
    assert "who is in both as one cluster" in gap.method


def test_more_values_than_can_be_shown():
    rows = [(f"u{n}", "join", "2026-06-01T10:00", f"v{n}") for n in range(3000)] + people({"ios": (10, 5)})
    rows += [(f"u{n}", "look", "2026-06-20T10:00", "") for n in range(1000)]
    found = asked(rows, top=1)
    assert [row[:2] for row in found.table.rows] == [("ios", 10), ("Other", 3000), ("All", 3010)]
    assert any("platform has 3,001 values" in caution for caution in found.cautions)


def test_a_value_with_markup_stays_text():
    found = asked(people({"<b>&": (60, 30), "web": (60, 30)}))
    assert found.table.rows[0][0] == "<b>&"
    assert "&lt;b&gt;&amp;" in found.table.html()


def test_simple_means_of_parts_are_not_compared():
    found = asked(people({"ios": (100, 60), "web": (80, 24)}), average="simple")
    assert not any(one.label.endswith("less all others") for one in found.estimates)
    assert "parts" not in found.headline
