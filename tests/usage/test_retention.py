"""Retention, counted by hand and against a plain count in Python."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from pmlib.core import SettingError
from pmlib.core.periods import WEEKDAYS
from pmlib.usage import retention
from tests.rows import events_of

# Weeks of 1, 8, 15 and 22 June 2026, Mondays.
ROWS = [
    ("ann", "join", "2026-06-01T10:00"),
    ("ann", "read", "2026-06-08T10:00"),
    ("ann", "read", "2026-06-22T10:00"),
    ("bob", "join", "2026-06-03T10:00"),
    ("bob", "read", "2026-06-14T23:59"),
    ("cat", "join", "2026-06-07T10:00"),
    ("dan", "join", "2026-06-08T10:00"),
    ("dan", "join", "2026-06-16T10:00"),
    ("eve", "join", "2026-06-21T10:00"),
    ("eve", "read", "2026-06-22T00:00"),
]


def matrix(found):
    return [row[1:] for row in found.table.rows[:-1]]


def test_matrix_by_hand_with_unfinished_cells():
    found = retention(events_of(ROWS, as_of=date(2026, 6, 28)), start="join")
    third = pytest.approx(1 / 3)
    assert matrix(found) == [
        (3, pytest.approx(2 / 3), 0.0, third),
        (1, 1.0, 0.0, None),
        (1, 1.0, None, None),
        (0, None, None, None),
    ]
    # Together: week 1 is 4 of 5, week 2 is 0 of 4, week 3 is 1 of 3.
    assert [(e.value, e.n) for e in found.estimates] == [(0.8, 5), (0.0, 4), (third, 3)]
    assert [row.y[-1] for row in found.figure.series] == [third, None, None]


def test_the_running_week_is_not_observed():
    found = retention(events_of(ROWS, as_of=date(2026, 6, 27)), start="join")
    assert len(found.table.rows) == 4
    assert [(e.value, e.n) for e in found.estimates] == [(0.75, 4), (0.0, 3)]
    assert "the running week from 22 Jun left out" in found.definition


def test_card_takes_the_last_age_observed_and_headline_says_how_sure():
    found = retention(events_of(ROWS, as_of=date(2026, 6, 28)), start="join")
    assert found.kpi.estimate.label == "Week-3 retention"
    assert found.cautions[0] == "No cohort has been observed at week 4 yet; week 3 stands instead."
    assert found.headline == (
        "33.3% of 3 people who started (join) came back (any event) three weeks later (95% interval 6.1% to 79.2%; 1 "
        "cohort)"
    )
    one = retention(events_of(ROWS, as_of=date(2026, 6, 28)), start="join", back="read", age=1)
    assert "5 people who started (join) came back (read) one week later (95% interval" in one.headline
    assert one.kpi.history == (pytest.approx(2 / 3), 0.0, 1.0)


def test_first_start_before_the_weeks_shown_is_in_no_cohort():
    found = retention(events_of(ROWS, as_of=date(2026, 6, 28)), start="join", weeks=3)
    # Ann, Bob and Cat began before; Dan's second join opens no cohort.
    assert [row[0] for row in matrix(found)] == [1, 1, 0]


def test_any_start_warns_of_those_older_than_the_data():
    found = retention(events_of(ROWS, as_of=date(2026, 6, 28)))
    assert any("holds everyone who came before" in caution for caution in found.cautions)
    later = retention(events_of(ROWS, as_of=date(2026, 6, 28)), weeks=3)
    assert not any("holds everyone" in caution for caution in later.cautions)


def test_week_start_sunday():
    rows = [
        ("ann", "join", "2026-06-06T10:00"),
        ("bob", "join", "2026-06-07T10:00"),
        ("ann", "read", "2026-06-13T10:00"),
        ("bob", "read", "2026-06-14T10:00"),
    ]
    found = retention(events_of(rows, as_of=date(2026, 6, 20), week_start="sunday"), start="join")
    assert [row[0] for row in found.table.rows[:-1]] == [date(2026, 5, 31), date(2026, 6, 7), date(2026, 6, 14)]
    assert matrix(found)[:2] == [(1, 1.0, 0.0), (1, 1.0, None)]


def test_days_across_the_change_of_clocks():
    # Berlin's 25 October 2026 has 25 hours; Cairo's 24 April 2026 begins at 01:00.
    for zone, day in (("Europe/Berlin", date(2026, 10, 25)), ("Africa/Cairo", date(2026, 4, 24))):
        rows = [
            ("ann", "join", f"{day - timedelta(days=1)}T23:30"),
            ("ann", "read", f"{day}T23:30"),
            ("bob", "join", f"{day}T01:30"),
            ("bob", "read", f"{day + timedelta(days=1)}T00:10"),
        ]
        events = events_of(rows, as_of=day + timedelta(days=1), timezone=zone)
        found = retention(events, start="join", every="day", periods=2, age=1)
        assert matrix(found) == [(1, 1.0, 0.0), (1, 1.0, None), (0, None, None)]


def test_a_silent_week_is_a_caution():
    rows = [("ann", "join", "2026-06-01T10:00"), ("ann", "read", "2026-06-16T10:00")]
    found = retention(events_of(rows, as_of=date(2026, 6, 21)), start="join")
    assert any("no event at all in the week of 8 Jun" in caution for caution in found.cautions)


def test_change_between_cohorts():
    rows = []
    for week in range(9):
        day = date(2026, 3, 2) + timedelta(weeks=week)
        for user in range(50):
            rows.append((f"{week}-{user}", "join", f"{day}T10:00"))
            if user < (30 if week < 4 else 10):
                rows.append((f"{week}-{user}", "read", f"{day + timedelta(weeks=1)}T10:00"))
    found = retention(events_of(rows, as_of=date(2026, 5, 3)), start="join", age=1)
    assert found.kpi.change.value == pytest.approx(0.2 - 0.6)
    assert found.headline == (
        "40.0% of 400 people who started (join) came back (any event) one week later (95% interval 35.3% to 44.9%; 8 "
        "cohorts together)"
    )
    # Looked at every week an interval of a change calls nothing: it is said, with the reason, where one doubts.
    assert found.cautions[0].startswith("The last 4 cohorts lie 40.0 points below those before (95% interval −4")


@pytest.mark.parametrize("rows", [ROWS[:1], ROWS[:4]])
def test_one_day_or_week_is_refused(rows):
    finding = retention(events_of(rows, as_of=date(2026, 6, 7)))
    assert finding.headline.startswith("This cannot be answered: retention needs two whole weeks")
    assert not finding.estimates


def test_the_age_on_the_card_is_one_that_is_followed():
    rows = [
        (f"u{n}", "a", f"2026-0{1 + day // 28}-{1 + day % 28:02}T10:00") for n in range(9) for day in range(0, 84, 7)
    ]
    found = retention(events_of(rows, as_of=date(2026, 4, 5)), periods=3)
    assert found.kpi.estimate.label == "Week-3 retention"


def test_faults_name_the_fix():
    events = events_of(ROWS, as_of=date(2026, 6, 28))
    with pytest.raises(SettingError, match="Did you mean 'join'"):
        retention(events, start="joined")
    with pytest.raises(SettingError, match="age is -1"):
        retention(events, age=-1)
    with pytest.raises(SettingError, match="no period"):
        retention(events, every="weekly")
    tagged = events_of([(*row, "web") for row in ROWS], as_of=date(2026, 6, 28), properties=("platform",))
    nobody = tagged.where("platform = 'ios'")
    assert "there is no event with" in retention(nobody).headline


def plain_count(rows, as_of, start, back, week_start, periods, weeks):
    """Count the same by walking over people and weeks, without SQL or the room's own arithmetic."""
    offset = WEEKDAYS.index(week_start)

    def monday(text):
        day = datetime.fromisoformat(text).date()
        while day.weekday() != offset:
            day -= timedelta(days=1)
        return day

    ends = monday(str(as_of + timedelta(days=1)))
    newest = ends - timedelta(days=7)
    begin = max(monday(min(row[2] for row in rows)), newest - timedelta(weeks=weeks - 1))
    people = {row[0] for row in rows}
    first = {p: min((monday(t) for u, e, t in rows if u == p and start in ("", e)), default=None) for p in people}
    expected = []
    while begin <= newest:
        cohort = [p for p in people if first[p] == begin]
        line = [len(cohort)]
        for age in range(1, periods + 1):
            week = begin + timedelta(weeks=age)
            came = {u for u, e, t in rows if u in cohort and back in ("", e) and monday(t) == week}
            line.append(None if week > newest or not cohort else len(came) / len(cohort))
        expected.append(tuple(line))
        begin += timedelta(days=7)
    return expected


@pytest.mark.parametrize("seed", range(12))
def test_equal_to_a_plain_count(seed):
    rng = np.random.default_rng(seed)
    base = datetime(2026, 3, 23)
    rows = [
        (
            f"u{user}",
            str(rng.choice(["join", "read", "book"])),
            # The higher a person's number, the later the person begins.
            (base + timedelta(minutes=int(rng.integers(60 * 24 * user, 60 * 24 * 50)))).isoformat(),
        )
        for user in rng.integers(48, size=250)
    ]
    as_of = date(2026, 5, 1) + timedelta(days=int(rng.integers(12)))
    rows = [row for row in rows if datetime.fromisoformat(row[2]).date() <= as_of]
    week_start, start, back = (str(rng.choice(c)) for c in (WEEKDAYS, ["", "join"], ["", "read"]))
    weeks = int(rng.integers(4, 9))
    events = events_of(rows, as_of=as_of, timezone="Europe/Berlin", week_start=week_start)
    found = retention(events, start=start, back=back, periods=3, age=1, weeks=weeks)
    ages = len(found.table.columns) - 2
    wanted = plain_count(rows, as_of, start, back, week_start, ages, weeks)
    assert matrix(found) == [tuple(pytest.approx(c) if c else c for c in line) for line in wanted]


def test_starts_that_stop_are_named():
    rows = []
    for week in range(6):
        day = date(2026, 3, 2) + timedelta(weeks=week)
        rows += [(f"u{week}-{place}", "joined", f"{day.isoformat()}T10:00") for place in range(8 if week < 4 else 0)]
        rows += [("u0-1", "visit", f"{day.isoformat()}T11:00")]
    finding = retention(events_of(rows, as_of=date(2026, 4, 12)), start="joined")
    assert any("Nobody started in the last 2 weeks, where 8 usually do" in caution for caution in finding.cautions)
