"""Active users, counted by hand."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from pmlib.usage import active
from tests.rows import events_of

MONDAY = date(2026, 6, 1)


def visits(counts, *, first=MONDAY):
    """One event a user and week, on its first day."""
    return [
        (f"u{user}", "visit", f"{first + timedelta(weeks=week)}T10:00")
        for week, count in enumerate(counts)
        for user in range(count)
    ]


def weekly(counts, *, first=MONDAY, days=-1, **options):
    as_of = first + timedelta(weeks=len(counts), days=days)
    return events_of(visits(counts, first=first), as_of=as_of, **options)


def test_distinct_users_of_complete_weeks():
    rows = [
        ("ann", "visit", "2026-06-01T10:00"),
        ("ann", "book", "2026-06-07T23:59"),
        ("bob", "visit", "2026-06-08T00:00"),
        ("ann", "visit", "2026-06-09T10:00"),
        ("eve", "visit", "2026-06-14T10:00"),
        ("ann", "visit", "2026-06-15T10:00"),
    ]
    found = active(events_of(rows, as_of=date(2026, 6, 17)))
    assert found.kpi.history == (1, 3)
    assert found.headline == (
        "3 people were active in the week of 8 Jun, 200.0% more than the week before; too early to call (1 of "
        "the 26 earlier weeks needed)"
    )
    assert "the running week from 15 Jun left out" in found.definition
    assert "left out" not in active(events_of(rows, as_of=date(2026, 6, 14))).definition
    assert "BIT_OR" in found.query


def test_week_start_and_time_zone_decide_the_week():
    rows = [
        ("ann", "visit", "2026-06-07T00:30"),
        ("bob", "visit", "2026-06-13T23:30"),
        ("eve", "visit", "2026-06-14T00:30"),
    ]
    found = active(events_of(rows, as_of=date(2026, 6, 20), timezone="Asia/Tokyo", week_start="sunday"))
    assert found.table.rows[0][:2] == (date(2026, 6, 7), 2)
    assert found.table.rows[1][:2] == (date(2026, 6, 14), 1)
    assert "calendar weeks from Sunday" in found.definition


def test_a_week_the_data_do_not_cover_from_its_first_day_is_left_out():
    found = active(weekly([3, 4, 5], first=MONDAY + timedelta(days=2)))
    # The data begin on Wednesday, 3 June.
    assert [row[:2] for row in found.table.rows] == [(date(2026, 6, 8), 4), (date(2026, 6, 15), 5)]


def test_year_before_is_364_days_earlier():
    counts = [10 + week % 5 for week in range(60)]
    found = active(weekly(counts), weeks=10)
    before = found.figure.series[1]
    assert before.role == "before"
    assert list(before.y) == [None, None, *counts[:8]]
    assert [row[3] for row in found.table.rows] == [None, None, *counts[:8]]
    assert found.table.rows[-1][4] == pytest.approx(counts[59] / counts[7] - 1)
    assert found.figure.caption


def test_no_year_before_where_the_data_are_shorter():
    found = active(weekly([5, 6, 7]))
    assert len(found.figure.series) == 1
    assert len(found.table.columns) == 3


CALM = [100, 104, 99, 103, 98, 102, 100, 105, 101, 99, 103, 100, 98] * 2


def test_within_and_outside_the_expected_range():
    usual = active(weekly([*CALM, 102]))
    assert usual.headline == (
        "102 people were active in the week of 30 Nov, 4.1% more than the week before, "
        "within the range its history leads one to expect"
    )
    assert usual.kpi.expected
    assert usual.kpi.signal.state == "none"
    assert usual.kpi.estimate.low <= 102 <= usual.kpi.estimate.high
    assert usual.action == ""
    low = active(weekly([*CALM, 60]))
    limits = f"{low.kpi.estimate.low:.0f} to {low.kpi.estimate.high:.0f}"
    assert low.headline.endswith(f"38.8% fewer than the week before, below the {limits} its history leads one to "
                                 "expect: a signal")  # fmt: skip
    assert low.action
    assert any("a season of the year would look the same" in caution for caution in low.cautions)
    high = active(weekly([*CALM, 160]))
    assert "above the" in high.headline
    assert high.action == ""


def test_a_week_fewer_is_too_early_to_call():
    found = active(weekly([*CALM[1:], 60]))
    assert found.headline == (
        "60 people were active in the week of 23 Nov, 38.8% fewer than the week before; too early to call "
        "(25 of the 26 earlier weeks needed)"
    )
    assert found.action == ""
    assert (found.kpi.estimate.low, found.kpi.signal.called) == (None, False)
    assert any("cannot be said: only 25 earlier weeks" in caution for caution in found.cautions)


def test_same_count_and_nobody():
    assert "as many as the week before" in active(weekly([5, 5])).headline
    silent = active(replace(weekly([5, 5]), as_of=date(2026, 6, 28)))
    assert silent.headline.startswith(
        "Nobody was active in the week of 22 Jun; too early to call (2 of the 26 earlier "
    )
    assert any("15 Jun and 22 Jun" in caution for caution in silent.cautions)


def test_few_people_are_a_caution():
    assert "Only 5 people active in the week of 8 Jun" in active(weekly([5, 5])).cautions[0]
    assert not any("Only" in caution for caution in active(weekly([60, 60])).cautions)


def test_segment():
    rows = [(u, e, t, p) for (u, e, t), p in zip(visits([4, 4]), ["ios", "web"] * 4, strict=True)]
    events = events_of(rows, as_of=date(2026, 6, 14), properties=("platform",)).where("platform = 'ios'")
    found = active(events)
    assert found.kpi.history == (2, 2)
    assert "only platform = 'ios'" in found.definition


@pytest.mark.parametrize(("every", "history"), [("day", 14), ("month", 1)])
def test_days_and_months(every, history):
    rows = [("ann", "visit", f"2026-06-{day:02}T10:00") for day in range(1, 31)]
    found = active(events_of(rows, as_of=date(2026, 6, 30)), weeks=2 if every == "day" else 8, every=every)
    assert found.kpi.history == (1,) * history


@pytest.mark.parametrize("rows", [[("ann", "visit", "2026-06-03T10:00")], []])
def test_a_single_day_or_nothing_is_refused(rows):
    assert active(events_of(rows, as_of=date(2026, 6, 3))).headline.startswith("This cannot be answered: ")


def test_a_long_fall_is_named_though_each_step_is_usual():
    ups_and_downs = [60, 70, 55, 75, 62, 50, 72, 58, 66, 52, 71, 63, 57]
    finding = active(weekly([*ups_and_downs * 2, 60, 84, 72, 63, 52, 47]))
    assert any("fallen 4 weeks in a row, from 84 to 47 (−44.0%)" in caution for caution in finding.cautions)
    assert "within the range" in finding.headline
    assert finding.action.startswith("Find out why the count has fallen 4 weeks in a row")
