"""What a replayed test counts, by hand and against the same done row by row in Python."""

import math
import random
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlib.core import InputError, SettingError, TooFewError
from pmlib.experiments.design.quantities import of_events, of_units
from pmlib.experiments.design.replay import Replay, of_arrivals, of_history
from pmlib.sources.contract import Events
from pmlib.sources.registrations import Measure
from tests.experiments.made import units_of
from tests.rows import events_of

SUNDAY = date(2026, 3, 29)
"""A Sunday; summer time begins in Berlin on its morning."""


def replayed(events: Events, *measures: Measure, entering: str = "", activation: str = "", weeks: int = 2) -> Replay:
    quantities, doubts = of_events(measures, events, {}, activated=bool(activation))
    assert not doubts
    return of_history(events, quantities, entering=entering, activation=activation, weeks=weeks)


def joint(replay: Replay, name: str, weeks: int, stretch: int = 0):
    return next(one for one in replay.of(weeks) if one.stretch == stretch).joints[name]


LOG = [
    # Weeks that end on Sundays: 16 to 22 March, 23 to 29 March. The test of one week is the last.
    ("anna", "opened", "2026-03-16T10:00:00"),  # first seen in two weeks
    ("anna", "booked", "2026-03-16T11:00:00"),
    ("anna", "opened", "2026-03-23T10:00:00"),  # first seen in one week
    ("anna", "booked", "2026-03-24T10:00:00"),
    ("anna", "booked", "2026-03-25T10:00:00"),
    ("bert", "booked", "2026-03-17T09:00:00"),  # before bert is first seen: never counted
    ("bert", "opened", "2026-03-20T09:00:00"),  # seen in two weeks, not in the last alone
    ("bert", "booked", "2026-03-27T08:59:59"),  # within seven days of it
    ("cora", "opened", "2026-03-29T23:59:59"),  # at the very end
    ("dora", "booked", "2026-03-24T09:00:00"),  # never seen by "opened"
    ("early", "opened", "2026-03-15T23:59:59"),  # before both
    ("early", "booked", "2026-03-16T09:00:00"),
    ("late", "opened", "2026-03-30T00:00:00"),  # after the last complete week
]


def test_units_means_and_spreads_counted_by_hand() -> None:
    events = events_of(LOG, as_of=date(2026, 3, 31))
    made = replayed(events, Measure("bookings", event="booked", count=True), entering="opened")
    assert [(one.weeks, one.stretch, one.units) for one in made.windows] == [(1, 0, 2), (2, 0, 3)]
    # One week: anna 2, cora 0. Two weeks: anna 3, bert 1, cora 0.
    week, both = joint(made, "bookings", 1), joint(made, "bookings", 2)
    assert (week.n, week.means[0], week.covariances[0][0]) == (2, 1.0, 2.0)
    assert (both.n, both.means[0]) == (3, pytest.approx(4 / 3))
    assert both.covariances[0][0] == pytest.approx(7 / 3)
    assert made.last == SUNDAY
    assert made.history == 2


def test_a_unit_counts_once_its_window_is_over() -> None:
    events = events_of(LOG, as_of=date(2026, 3, 31))
    made = replayed(events, Measure("booked", event="booked", window=6), entering="opened")
    # The clock ends with Sunday. One week: anna's six days from Monday 10:00 are over, cora's are not.
    assert (joint(made, "booked", 1).n, joint(made, "booked", 1).means[0]) == (1, 1.0)
    # Two weeks: anna booked within six days of the 16th, bert not within six of the 20th at 9:00, by 23:59:59 of a day.
    both = joint(made, "booked", 2)
    assert (both.n, both.means[0]) == (2, 0.5)
    seven = replayed(events, Measure("booked", event="booked", window=7), entering="opened")
    assert (joint(seven, "booked", 1).n, joint(seven, "booked", 2).n, joint(seven, "booked", 2).means[0]) == (0, 2, 1.0)


def test_what_is_too_early_does_not_count() -> None:
    events = events_of(LOG, as_of=date(2026, 3, 31))
    made = replayed(events, Measure("bookings", event="booked", count=True, delay=2), entering="opened")
    # One week: what came two days after Monday 10:00, Wednesday 10:00 sharp; cora's two days are not over.
    assert (joint(made, "bookings", 1).n, joint(made, "bookings", 1).means[0]) == (1, 1.0)


def test_a_covariate_is_what_a_unit_did_before_it_was_first_seen() -> None:
    events = events_of(LOG, as_of=date(2026, 3, 31))
    made = replayed(events, Measure("bookings", event="booked", count=True, lookback=7), entering="opened")
    week, both = joint(made, "bookings", 1), joint(made, "bookings", 2)
    # In the seven days before Monday 23 March 10:00 anna booked once; before the 16th nothing. Bert booked on the 17th.
    assert week.means == (1.0, 0.5)
    assert both.means == (pytest.approx(4 / 3), pytest.approx(1 / 3))
    # History begins on 15 March: a week before the last one is known, a week before the last two is not.
    looking = {one.weeks: one.looking for one in made.windows}
    assert looking == {1: frozenset({"bookings"}), 2: frozenset()}


def test_only_activated_units_count() -> None:
    events = events_of(LOG, as_of=date(2026, 3, 31))
    made = replayed(events, Measure("bookings", event="booked", count=True), entering="opened", activation="booked")
    assert [one.units for one in made.of(2)] == [3]
    assert (joint(made, "bookings", 2).n, joint(made, "bookings", 2).means[0]) == (2, 2.0)


def test_the_largest_are_cut_off_by_a_limit_of_all_units() -> None:
    rows = [(str(at), "paid", "2026-03-25T10:00:00", float(at)) for at in range(11)]
    events = events_of([*rows, ("0", "x", "2026-03-23T00:00:00", None)], as_of=SUNDAY, properties=("amount",))
    made = replayed(events, Measure("paid", sql="sum(amount)", cap=0.9), entering="paid", weeks=1)
    # The 90% quantile of 0 to 10 is 9, so 10 becomes 9: the mean is 54 / 11.
    assert joint(made, "paid", 1).means[0] == pytest.approx(54 / 11)


def log(seed: int) -> list[tuple]:
    """Draw a log of some weeks, with events at midnights and at the same moments."""
    rng = random.Random(seed)
    rows = []
    for user in range(rng.randrange(2, 25)):
        for _ in range(rng.randrange(1, 12)):
            moment = datetime(2026, 3, 29, 23, 0) - timedelta(
                hours=rng.choice([rng.randrange(24 * 40), 24 * 7 * rng.randrange(5) - 1])
            )
            event = rng.choice(["opened", "booked", "paid"])
            amount = rng.choice([1.0, 2.5, 100.0]) if event == "paid" else None
            rows.append((f"u{user}", event, moment.isoformat(), amount))
    return rows


def by_hand(rows: list[tuple], measure: Measure, weeks: int, stretch: int, most: int) -> tuple[int, list[list[float]]]:
    """Count one test row by row: the units taken in, and value, denominator and what was before of those that count."""
    end = datetime(2026, 3, 30) - timedelta(weeks=most * stretch)
    start = end - timedelta(weeks=weeks)
    day = timedelta(days=1)
    first: dict[str, datetime] = {}
    for user, event, text, _ in rows:
        moment = datetime.fromisoformat(text)
        if event == "opened" and start <= moment < end:
            first[user] = min(moment, first.get(user, moment))
    found = []
    for user, seen in sorted(first.items()):
        mine = [
            (event, datetime.fromisoformat(text) - seen, amount) for who, event, text, amount in rows if who == user
        ]
        mine = [(event, age, amount) for event, age, amount in mine if seen + age < end]
        since, until = measure.delay * day, (measure.window or 1e4) * day
        if seen + (until if measure.window else since) >= end:
            continue
        after = [(event, amount) for event, age, amount in mine if since <= age <= until]
        back = (measure.lookback or 0) * day
        before = [(event, amount) for event, age, amount in mine if -back <= age < timedelta(0)]
        row = []
        for part in (after, before) if measure.lookback else (after,):
            paid = math.fsum(amount for event, amount in part if event == "paid")
            did = sum(event == "booked" for event, _ in part)
            row += [paid, float(len(part))] if measure.over_sql else [paid if measure.sql else float(did)]
        found.append(row)
    return len(first), found


MEASURES = [
    Measure("a", event="booked", count=True),
    Measure("b", event="booked", count=True, window=5, delay=1, lookback=10),
    Measure("c", sql="sum(amount)", lookback=20),
    Measure("d", kind="ratio", sql="sum(amount)", over_sql="count(*)", window=7, lookback=3),
]


@given(st.integers(0, 10**6), st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_the_query_counts_as_rows_counted_one_by_one(seed: int, most: int) -> None:
    rows = [*log(seed), ("first", "paid", "2026-02-15T00:00:00", 1.0), ("u0", "opened", "2026-03-28T12:00:00", None)]
    events = events_of(rows, as_of=SUNDAY, properties=("amount",))
    made = replayed(events, *MEASURES, entering="opened", weeks=most)
    # From 15 February on there are six whole weeks; the ones replayed are four stretches at most.
    history = min(6, 4 * most)
    expected = {}
    for stretch in range(4):
        for weeks in range(1, most + 1):
            units = by_hand(rows, MEASURES[0], weeks, stretch, most)[0]
            if stretch * most + weeks <= history and units:
                expected[weeks, stretch] = units
    assert {(one.weeks, one.stretch): one.units for one in made.windows} == expected
    for weeks, stretch in expected:
        for measure in MEASURES:
            values = by_hand(rows, measure, weeks, stretch, most)[1]
            found = joint(made, measure.name, weeks, stretch)
            assert found.n == len(values)
            if values:
                assert found.means == pytest.approx(np.mean(values, axis=0).tolist(), abs=1e-12)
            if len(values) > 1:
                assert np.array(found.covariances) == pytest.approx(
                    np.cov(np.array(values).T, ddof=1).reshape(found.k, found.k), abs=1e-9
                )


@given(st.integers(0, 10**6))
@settings(max_examples=10, deadline=None)
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    rows = [*log(seed), ("first", "opened", "2026-02-15T00:00:00", 1.0), ("u0", "opened", "2026-03-28T12:00:00", None)]
    shuffled = random.Random(seed).sample(rows, len(rows))
    made, again = (
        replayed(events_of(one, as_of=SUNDAY, properties=("amount",)), *MEASURES, entering="opened")
        for one in (rows, shuffled)
    )
    for one, other in zip(made.windows, again.windows, strict=True):
        assert (one.weeks, one.stretch, one.units, one.looking) == (
            other.weeks,
            other.stretch,
            other.units,
            other.looking,
        )
        for name, found in one.joints.items():
            assert found.n == other.joints[name].n
            assert found.means == pytest.approx(other.joints[name].means, rel=1e-12)


def test_days_are_those_of_the_events_zone() -> None:
    # In Berlin the last Sunday of March 2026 has 23 hours.
    rows = [
        ("a", "opened", "2026-03-23T00:00:00"),
        ("b", "opened", "2026-03-22T23:59:59"),
        ("c", "opened", "2026-03-29T23:59:59"),
        ("d", "opened", "2026-03-16T00:00:00"),
    ]
    made = replayed(
        events_of(rows, as_of=SUNDAY, timezone="Europe/Berlin"),
        Measure("opened", event="opened", window=6),
        entering="opened",
    )
    assert [one.units for one in made.of(1)] == [2]
    # Six days after Monday 0:00 is Sunday 1:00 by the clock; the week of 23 hours on its last day is over for a alone.
    assert joint(made, "opened", 1).n == 1
    assert joint(made, "opened", 2).n == 3


def test_what_cannot_be_replayed_is_refused() -> None:
    events = events_of(LOG, as_of=date(2026, 3, 31))
    booked = Measure("booked", event="booked")
    for measure, words in (
        (Measure("bookings", event="boked"), "No event is called 'boked'"),
        (Measure("bookings", sql="count(*"), "cannot be read as SQL"),
        (Measure("bookings", sql="sum(amount)"), "reads 'amount'"),
        (Measure("bookings", sql="max(event)"), "gives a varchar for each unit"),
        (Measure("bookings", sql="sum(event)"), "'bookings' cannot be computed"),
    ):
        with pytest.raises(SettingError, match=words):
            replayed(events, measure)
    with pytest.raises(SettingError, match="No event is called 'seen'"):
        replayed(events, booked, entering="seen")
    with pytest.raises(SettingError, match="weeks is 0; plan for 1 to 26 weeks"):
        replayed(events, booked, weeks=0)
    with pytest.raises(TooFewError, match="holds no whole week"):
        replayed(events_of(LOG[2:5], as_of=date(2026, 3, 28)), booked)
    with pytest.raises(TooFewError, match="No unit was seen in the weeks to 29 Mar 2026"):
        replayed(
            events_of([*LOG[:2], ("z", "other", "2026-02-02T10:00:00")], as_of=SUNDAY),
            booked,
            entering="other",
            weeks=1,
        )
    with pytest.raises(SettingError, match="No metric can be planned for: paid is a column and not made from events"):
        of_events([Measure("paid")], events, {}, activated=False)
    with pytest.raises(SettingError, match="Give a goal made from events"):
        of_events([], events, {}, activated=False)


def test_a_table_of_units_is_replayed_by_the_day_they_arrived() -> None:
    days = ["2026-03-29", "2026-03-23 10:00:00", "2026-03-22", "2026-03-16", "2026-03-15", "", None]
    units = units_of(arm=["a"] * 7, exposed_at=days, paid=[1.0, 3.0, 5.0, 7.0, 100.0, 9.0, 9.0])
    quantities, doubts = of_units([Measure("paid")], units)
    made = of_arrivals(units, quantities, weeks=4)
    assert doubts == []
    assert [(one.weeks, one.units, one.joints["paid"].means[0]) for one in made.windows] == [(1, 2, 2.0), (2, 4, 4.0)]
    with pytest.raises(InputError, match="no column of the day a unit arrived"):
        of_arrivals(units_of(arm=["a"], paid=[1.0]), quantities)
    with pytest.raises(InputError, match=r"'paid' of trial.csv holds no day"):
        of_arrivals(units, quantities, at="paid")
    with pytest.raises(SettingError, match=r"trial.csv has no column spent"):
        of_units([Measure("spent")], units)
