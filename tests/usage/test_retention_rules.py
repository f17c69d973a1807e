"""Each rule of retention, and each on which tools differ, by hand."""

from datetime import date, timedelta

import numpy as np
import pytest

from pmlib.stats import Both, Sums, clustered_share_difference
from pmlib.usage.cohorts.retention import retention
from tests.rows import events_of

AS_OF = date(2026, 6, 28)
"""A Sunday; the weeks of 1, 8, 15 and 22 June are complete."""


def asked(rows, **options):
    options = {"start": "join", "back": "read", "periods": 3, "age": 1} | options
    properties = ("platform",) if len(rows[0]) > 3 else ()
    return retention(events_of(rows, as_of=AS_OF, properties=properties), **options)


def matrix(found):
    return [row[1:] for row in found.table.rows[:-1]]


def rates(found, word="retention"):
    return {e.label: (e.value, e.n) for e in found.estimates if e.label.endswith(word)}


RECURRING = [
    ("ann", "join", "2026-06-01T10:00"),
    ("ann", "join", "2026-06-08T10:00"),
    ("ann", "read", "2026-06-15T10:00"),
    ("bob", "join", "2026-06-02T10:00"),
    ("bob", "read", "2026-06-09T10:00"),
]


def test_recurring_cohorts_hold_a_person_for_every_start():
    first, recurring = asked(RECURRING), asked(RECURRING, kind="recurring")
    # Ann starts in both weeks: she is back 2 weeks after the first and 1 after the second.
    assert matrix(first) == [(2, 0.5, 0.5, 0.0), (0, None, None, None), (0, None, None, None), (0, None, None, None)]
    assert matrix(recurring)[:2] == [(2, 0.5, 0.5, 0.0), (1, 1.0, 0.0, None)]
    # Week 1 of three starts: ann 0 and 1, bob 1. The interval counts two people, not three rows.
    one = recurring.estimates[0]
    assert (one.value, one.n) == (pytest.approx(2 / 3), 2)
    assert "units as clusters" in one.method
    assert "one may be in several cohorts" in recurring.definition


def test_recurring_brackets_count_from_each_cohort():
    # PostHog counts them from the first start even here: ann's read would be in weeks 2-3 for both.
    found = asked(RECURRING, kind="recurring", brackets="1, 2-3", age=2)
    assert matrix(found)[:2] == [(2, 0.5, 0.5), (1, 1.0, None)]


def test_a_person_in_both_spans_is_one_cluster():
    first = date(2026, 4, 27)
    joined = [{n for n in range(40) if n % 3 or week % 2} for week in range(9)]
    came = [{n for n in range(40) if (n * 7 + week * n) % 5 < 2} for week in range(9)]
    rows = [
        (f"u{n}", event, f"{first + timedelta(weeks=week)}T10:00")
        for event, weeks in (("join", joined), ("read", came))
        for week, people in enumerate(weeks)
        for n in people
    ]
    found = asked(rows, kind="recurring", periods=1)
    change = next(e for e in found.estimates if "less the" in e.label)
    # Cohorts 0 to 7 are observed at week 1: the last four against the four before, person by person.
    spans = [
        np.array([[sum(n in joined[w] and n in came[w + 1] for w in span), sum(n in joined[w] for w in span)]
                  for n in range(40)]).T
        for span in (range(4, 8), range(4))
    ]  # fmt: skip
    (h, s), (g, r) = spans
    both = Both(int(((s > 0) & (r > 0)).sum()), h @ g, h @ r, s @ g, s @ r)
    wanted = clustered_share_difference(Sums.of(h, s), Sums.of(g, r), both)
    assert change.value == pytest.approx(h.sum() / s.sum() - g.sum() / r.sum())
    assert (change.value, change.low, change.high, change.n) == pytest.approx(
        (wanted.value, wanted.low, wanted.high, 40)
    )
    apart = clustered_share_difference(Sums.of(h, s), Sums.of(g, r))
    assert apart.low != pytest.approx(wanted.low)


FILTERED = [
    # Ann's first join is on the web, her second on ios; bob's first is on ios; cat has one without a platform.
    ("ann", "join", "2026-06-01T10:00", "web"),
    ("ann", "join", "2026-06-08T10:00", "ios"),
    ("ann", "read", "2026-06-15T10:00", "web"),
    ("bob", "join", "2026-06-02T10:00", "ios"),
    ("bob", "read", "2026-06-09T10:00", "web"),
    ("cat", "join", "2026-06-08T10:00", None),
]


def test_first_that_matches_and_first_ever():
    ios = {"start_where": "platform = 'ios'"}
    # First matching: bob in week 1, ann by her second join in week 2.
    assert [row[0] for row in matrix(asked(FILTERED, **ios))] == [1, 1, 0, 0]
    # First ever: ann's first join is not on ios, so she is out.
    assert [row[0] for row in matrix(asked(FILTERED, kind="first-ever", **ios))] == [1, 0, 0, 0]
    assert [row[0] for row in matrix(asked(FILTERED, kind="recurring", **ios))] == [1, 1, 0, 0]
    # Without a condition both firsts are the same.
    assert matrix(asked(FILTERED, kind="first-ever")) == matrix(asked(FILTERED))
    assert "only where it is platform = 'ios'" in asked(FILTERED, kind="first-ever", **ios).definition


def test_first_ever_with_two_starts_at_one_moment():
    rows = [("ann", "join", "2026-06-01T10:00", "web"), ("ann", "join", "2026-06-01T10:00", "ios"), *FILTERED[3:]]
    for given in (rows, rows[::-1]):
        found = asked(given, kind="first-ever", start_where="platform = 'ios'")
        assert [row[0] for row in matrix(found)] == [2, 0, 0, 0]


def test_a_condition_that_is_unknown_is_not_met():
    found = asked(FILTERED, start_where="platform <> 'web'")
    assert [row[0] for row in matrix(found)] == [1, 1, 0, 0]


LATER = [
    ("ann", "join", "2026-06-01T10:00"),
    ("ann", "read", "2026-06-23T10:00"),
    ("bob", "join", "2026-06-02T10:00"),
    ("bob", "read", "2026-06-09T10:00"),
]


def test_unbounded_counts_a_later_return():
    assert matrix(asked(LATER))[0] == (2, 0.5, 0.0, 0.5)
    # Ann's read of week 3 counts for weeks 1 and 2 too.
    found = asked(LATER, unbounded=True)
    assert matrix(found)[0] == (2, 1.0, 0.5, 0.5)
    assert any("lie too low" in caution for caution in found.cautions)
    assert "at that age or later" in found.definition
    assert found.headline.startswith(
        "100.0% of 2 people who started (join) came back (read) one week later or after that ("
    )


def test_brackets_hold_whoever_is_back_in_any_of_their_ages():
    found = asked(LATER, brackets="1-2, 3", age=2)
    # Bob in weeks 1 to 2, ann in week 3; the second cohort cannot be seen to week 3 yet.
    assert matrix(found)[:2] == [(2, 0.5, 0.5), (0, None, None)]
    assert [column.title for column in found.table.columns[2:]] == ["Weeks 1 to 2", "Week 3"]
    assert found.kpi.estimate.label == "Weeks-1-to-2 retention"
    assert "came back (read) one to two weeks later (95% interval" in found.headline
    assert "in any week of 1-2, 3" in found.definition


def test_the_start_is_in_no_bracket():
    rows = [("ann", "join", "2026-06-01T10:00"), ("ann", "read", "2026-06-01T11:00"), *LATER[2:]]
    assert matrix(asked(rows, brackets="1-3", age=1))[0] == (2, 0.5)


def test_the_age_on_the_card_is_of_the_bracket_that_holds_it():
    rows = LATER
    labels = [asked(rows, brackets="1, 3", age=age).kpi.estimate.label for age in (1, 2, 3, 9)]
    assert labels == ["Week-1 retention", "Week-1 retention", "Week-3 retention", "Week-3 retention"]
    assert asked(rows, brackets="2-3", age=1).kpi.estimate.label == "Weeks-2-to-3 retention"


def test_least_counts_return_events_in_a_period():
    rows = [
        *LATER,
        ("bob", "read", "2026-06-11T10:00"),
        ("ann", "read", "2026-06-09T10:00"),
        ("ann", "read", "2026-06-16T10:00"),
    ]
    # Two reads in one week: only bob in week 1; ann reads once in each of three weeks.
    assert matrix(asked(rows, least=2))[0] == (2, 0.5, 0.0, 0.0)
    found = asked(rows, least=2)
    assert "read, 2 times or more" in found.headline
    # The starting side is not affected: one join is enough.
    assert found.table.rows[0][1] == 2


ZERO = [
    ("ann", "join", "2026-06-01T10:00"),
    ("ann", "read", "2026-06-01T09:00"),
    ("bob", "join", "2026-06-02T10:00"),
    ("bob", "read", "2026-06-02T10:00"),
    ("cat", "join", "2026-06-03T10:00"),
    ("cat", "read", "2026-06-07T23:59"),
    ("dan", "join", "2026-06-03T10:00"),
    ("dan", "join", "2026-06-04T10:00"),
    ("dan", "read", "2026-06-08T00:00"),
]


def test_week_0_is_a_return_strictly_after_the_start():
    found = asked(ZERO, zero=True, periods=1, age=1)
    # Ann read before, bob at the same instant, cat on the last minute of the week; dan only the week after.
    assert matrix(found)[0] == (4, 0.25, 0.25)
    # With one and the same event PostHog calls all of them retained; here dan alone joins again.
    assert matrix(asked(ZERO, back="join", zero=True, periods=1))[0] == (4, 0.25, 0.0)
    assert "at week 0 strictly after the start" in found.definition
    zero = asked(ZERO, zero=True, periods=1, age=0)
    assert "came back (read) later in the same week (95% interval" in zero.headline
    assert matrix(asked(ZERO, zero=True, periods=1, least=2))[0] == (4, 0.0, 0.0)


WINDOWS = [
    ("ann", "join", "2026-06-01T17:59"),
    ("ann", "read", "2026-06-02T17:59"),
    ("bob", "join", "2026-06-01T17:59"),
    ("bob", "read", "2026-06-02T17:58"),
    ("cat", "join", "2026-06-01T23:00"),
    ("cat", "read", "2026-06-02T01:00"),
    ("cat", "read", "2026-06-03T23:00"),
]


def test_windows_of_24_hours():
    day = {"every": "day", "weeks": 4, "periods": 2, "zero": True}
    # Exactly 24 hours later is day 1 (ann), a minute less is day 0 (bob and, 2 hours later, cat); 48 hours is day 2.
    found = asked(WINDOWS, windows="24h", **day)
    assert matrix(found)[0] == (3, pytest.approx(2 / 3), pytest.approx(1 / 3), pytest.approx(1 / 3))
    # Calendar days: all three are back on the next day, cat on the one after.
    assert matrix(asked(WINDOWS, **day))[0] == (3, 0.0, 1.0, pytest.approx(1 / 3))
    assert "a day is 24 hours, exactly so much later counts as the next age" in found.definition


def test_24_hour_weeks_and_months_and_who_is_eligible():
    rows = [
        # Followed for two weeks of 24 hours: 14 June 00:00 + 14 days is the very end of the data.
        ("ann", "join", "2026-06-15T00:00"),
        ("ann", "read", "2026-06-22T00:00"),
        # A minute later it is not over.
        ("bob", "join", "2026-06-15T00:01"),
        ("bob", "read", "2026-06-22T00:00"),
        ("cat", "join", "2026-06-01T00:00"),
        ("cat", "read", "2026-06-28T00:00"),
    ]
    found = asked(rows, windows="24h")
    # Ann alone can be judged at week 1 of her cohort; bob's read is in his week 0 anyhow.
    assert matrix(found) == [(1, 0.0, 0.0, 1.0), (0, None, None, None), (2, 1.0, None, None), (0, None, None, None)]
    assert rates(found)["Week-1 retention"] == (0.5, 2)
    assert "Dark corner" in found.figure.caption
    month = asked([*rows, ("dan", "join", "2026-04-01T10:00"), ("dan", "read", "2026-05-01T10:00")], windows="24h",
                  every="month", periods=1, weeks=20)  # fmt: skip
    # Exactly 30 days later is month 1.
    assert matrix(month)[0] == (1, 1.0)


def test_24_hour_windows_of_recurring_cohorts_open_at_the_first_start_of_each():
    rows = [
        ("ann", "join", "2026-06-01T10:00"),
        ("ann", "join", "2026-06-03T10:00"),
        ("ann", "join", "2026-06-09T10:00"),
        ("ann", "read", "2026-06-16T10:00"),
    ]
    # From 1 June 10:00 the read lies 15 days later, week 2; from 9 June exactly 7 days, week 1.
    assert matrix(asked(rows, windows="24h", kind="recurring", periods=2))[:2] == [(1, 0.0, 1.0), (1, 1.0, None)]


def test_24_hours_are_24_hours_when_clocks_change():
    rows = [
        ("ann", "join", "2026-10-24T12:00"),
        # The day of 25 hours: noon the next day is 25 hours later, 11:00 exactly 24.
        ("ann", "read", "2026-10-25T11:00"),
        ("bob", "join", "2026-10-24T12:00"),
        ("bob", "read", "2026-10-25T10:59"),
        ("cat", "x", "2026-10-26T12:00"),
    ]
    events = events_of(rows, as_of=date(2026, 10, 26), timezone="Europe/Berlin")
    found = retention(events, start="join", back="read", every="day", windows="24h", periods=1, age=1)
    assert matrix(found)[0] == (2, 0.5)


def test_pooled_and_simple_means():
    rows = [("a", "join", "2026-06-01T10:00"), ("a", "read", "2026-06-08T10:00")]
    for n in range(4):
        rows.append((f"b{n}", "join", "2026-06-08T10:00"))
        rows += [(f"b{n}", "read", "2026-06-15T10:00")] * (n == 0)
    # 1 of 1 and 1 of 4: pooled 2 of 5, simple the mean of 100% and 25%.
    assert asked(rows).estimates[0].value == pytest.approx(0.4)
    one = asked(rows, average="simple").estimates[0]
    assert (one.value, one.n) == (pytest.approx(0.625), 5)
    # t with 1 degree of freedom is far wider than 0 to 1, where a share must lie.
    assert (one.low, one.high) == (0.0, 1.0)
    assert "all cohorts count alike" in asked(rows, average="simple").definition
    alone = asked(rows, average="simple", kind="recurring").estimates[0]
    assert (alone.low, alone.reason) == (
        None,
        "one and the same may be in several cohorts, so cohorts do not vary by themselves",
    )
    # By any event a is in the first two weeks, b0 in the second and third, three more in the second: seven entries.
    found = asked(rows, average="simple", kind="recurring", start="")
    assert "of 5 people active in a week" in found.headline
    assert (found.table.size, found.table.rows[-1][1]) == ("Cohort entries", 7)


def test_a_mean_of_cohorts_that_are_all_alike_has_no_interval():
    rows = [(f"a{n}", "join", f"2026-06-{day:02}T10:00") for n, day in enumerate((1, 8, 15))]
    one = asked(rows, back="join", average="simple").estimates[0]
    assert (one.value, one.low, one.reason) == (0.0, None, "all cohorts have the same rate, which shows no spread")


def test_what_is_not_observed_is_empty_not_0():
    rows = [("ann", "join", "2026-06-15T10:00"), ("bob", "join", "2026-06-22T10:00"), ("cat", "x", "2026-06-01T10:00")]
    # Of the week of 15 June week 1 is over, of the week of 22 June none; in the first two weeks nobody joined.
    weeks = [(0, None, None), (0, None, None), (1, 0.0, None), (1, None, None)]
    for options in ({}, {"unbounded": True}, {"kind": "recurring"}, {"least": 2}):
        found = asked(rows, back="", periods=2, **options)
        assert matrix(found) == [row[: len(found.table.columns) - 1] for row in weeks]


def test_accounts_are_named():
    rows = [(u, e, t, "acme" if u != "bob" else "umbrella") for u, e, t in LATER]
    events = events_of(rows, as_of=AS_OF, properties=("company",)).grouped("company")
    found = retention(events, start="join", back="read", age=1)
    assert "of 2 accounts who started (join)" in found.headline
    assert found.table.columns[1].title == "Accounts"
