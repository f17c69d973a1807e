"""Two definitions over the same weeks; what differs is counted by hand."""

from dataclasses import replace
from datetime import date

import pytest

from pmlib.core import SettingError, Unit
from pmlib.metrics.catalogue import catalogue
from pmlib.metrics.entries import Metric, Target, aggregate
from pmlib.metrics.previews import difference, preview
from pmlib.show import Chart, Table
from tests.metrics.made import subscriptions_of
from tests.rows import events_of

# Active users in the weeks of 5, 12, 19, 26 January: a b | a b c d | c | nobody. Without those who only opened:
# a b | a b | nobody | nobody. So two weeks differ: 4 to 2 and 1 to 0; mean 2.5 to 1, 60% lower.
ROWS = [
    ("a", "booked", "2026-01-05 09:00"),
    ("b", "booked", "2026-01-06 09:00"),
    ("a", "booked", "2026-01-12 09:00"),
    ("b", "booked", "2026-01-13 09:00"),
    ("c", "opened", "2026-01-13 10:00"),
    ("d", "opened", "2026-01-14 10:00"),
    ("c", "opened", "2026-01-20 10:00"),
]
EVENTS = events_of(ROWS, as_of=date(2026, 2, 1))
KNOWN = catalogue()
OLD = KNOWN["active_users"]


def changed(sql: str, over: str = "", of: Metric = OLD) -> Metric:
    return replace(of, sql=aggregate(sql, "test"), over=aggregate(over, "test") if over else of.over)


BUSY = changed("count(DISTINCT user_id) FILTER (WHERE event <> 'opened')")


def test_two_weeks_differ() -> None:
    found = preview(EVENTS, "active_users", BUSY)
    assert found.headline == (
        "The new definition of active users gives other numbers in 2 of 4 weeks shown, first in the week of "
        "12 Jan 2026; on average 60.0% lower in those weeks."
    )
    weeks, mean = found.estimates
    assert (weeks.value, weeks.n) == (2, 4)
    assert (mean.value, mean.n, mean.unit) == (pytest.approx(-0.6), 2, Unit.LIFT)
    assert isinstance(found.table, Table)
    assert found.table.rows == (
        (date(2026, 1, 5), 2, 2, 0, 1),
        (date(2026, 1, 12), 4, 2, -2, 0.5),
        (date(2026, 1, 19), 1, 0, -1, 0),
        (date(2026, 1, 26), 0, 0, 0, None),
    )
    assert isinstance(found.figure, Chart)
    assert [one.y for one in found.figure.series] == [(2, 2, 0, 0), (2, 4, 1, 0)]
    assert "In use: COUNT(DISTINCT user_id). New: COUNT(DISTINCT user_id) FILTER" in found.definition
    assert found.query.index("the definition in use") < found.query.index("the new definition")
    assert found.id == "preview-active-users"


def test_only_the_weeks_asked_for() -> None:
    found = preview(EVENTS, OLD, BUSY, weeks=2)
    # Weeks of the 19th and 26th: 1 to 0 in the first, both 0 in the second.
    assert "in 1 of 2 weeks shown, first in the week of 19 Jan 2026; on average 100.0% lower" in found.headline
    with pytest.raises(SettingError, match="weeks is 0"):
        preview(EVENTS, OLD, BUSY, weeks=0)


def test_nothing_differs() -> None:
    found = preview(EVENTS, OLD, changed("approx_count_distinct(user_id)"), weeks=1)
    assert found.headline == "The new definition of active users gives the same numbers in the 1 week shown."
    assert found.estimates[1].reason == "no week differs"
    assert found.cautions == ()
    same = preview(EVENTS, OLD, OLD)
    assert "the same numbers in all 4 weeks" in same.headline


def test_a_share_differs_in_points() -> None:
    old = KNOWN["doing_share"]
    # Who booked of all: 2/2, 2/4, 0/1, none. Of those who did not only open: 2/2, 2/2, none (nobody), none.
    new = changed(
        "count(DISTINCT user_id) FILTER (WHERE event = $action)",
        "count(DISTINCT user_id) FILTER (WHERE event <> 'opened')",
        old,
    )
    found = preview(EVENTS, old, new, action="booked")
    mean = found.estimates[1]
    # The week of the 19th has a value in use only, so the average is that of the 12th: from 0.5 to 1.
    assert (mean.value, mean.n, mean.unit) == (0.5, 1, Unit.POINTS)
    assert "in 2 of 4 weeks shown" in found.headline
    assert "on average 50.0 points higher" in found.headline
    assert "1 week has a value under one definition only; the average leaves that out." in found.cautions
    with pytest.raises(SettingError, match="needs action"):
        preview(EVENTS, old, new)


def test_a_target_that_only_one_definition_meets() -> None:
    old = replace(OLD, target=Target(1.0))
    found = preview(EVENTS, old, replace(BUSY, kind="flow", better="down"), weeks=4)
    assert not any("target" in one for one in found.cautions)
    assert any("kind changes from distinct to flow" in one for one in found.cautions)
    assert "Which direction is good changes too." in found.cautions
    short = events_of(ROWS, as_of=date(2026, 1, 25))
    # In the week of the 19th 1 person is active, 0 without opens.
    told = preview(short, old, BUSY).cautions
    assert any("met in the last week as it is, and missed under the new definition" in one for one in told)


def test_values_that_no_per_cent_can_be_taken_of() -> None:
    none = changed("count(*) FILTER (WHERE event = 'never')")
    found = preview(EVENTS, none, OLD)
    # In use 0 throughout; new 2, 4, 1, 0.
    assert found.headline == (
        "The new definition of active users gives other numbers in 3 of 4 weeks shown, first in the week of 5 Jan 2026."
    )
    assert "no meaning" in found.estimates[1].reason


def test_of_revenue() -> None:
    paid = subscriptions_of([("a", 10.0, "2026-01-05", None), ("b", 4.0, "2026-01-12", None)], as_of=date(2026, 1, 18))
    old = KNOWN["mrr"]
    # In use 10, 14; without small ones 10, 10: the second differs, by 4 of 14.
    found = preview(paid, old, replace(old, sql=aggregate("sum(amount) FILTER (WHERE amount > 5)", "test")))
    assert "in 1 of 2 weeks shown, first in the week of 12 Jan 2026; on average 28.6% lower" in found.headline


def test_weeks_that_only_one_definition_has_are_left_out() -> None:
    # From Tuesday: what began in the first week is not known whole, what runs on its Sunday is.
    paid = subscriptions_of([("a", 10.0, "2026-01-06", None), ("b", 4.0, "2026-01-12", None)], as_of=date(2026, 1, 18))
    old = replace(KNOWN["mrr"], on="started", kind="flow")
    found = preview(paid, old, KNOWN["mrr"])
    # The week of the 12th: 4 began, 14 run.
    assert isinstance(found.table, Table)
    assert found.table.rows == ((date(2026, 1, 12), 4, 14, 10, 3.5),)


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(
        SettingError, match="unit of 'active_users' is count, that of the new definition is currency EUR"
    ):
        preview(EVENTS, OLD, KNOWN["revenue"])
    with pytest.raises(SettingError, match="source of 'active_users' is events, that of the new definition is revenue"):
        preview(EVENTS, OLD, KNOWN["subscribers"])
    with pytest.raises(SettingError, match=r"reads 'user'.*Did you mean 'user_id'"):
        preview(EVENTS, OLD, changed("count(DISTINCT user)"))
    single = preview(events_of(ROWS[:1], as_of=date(2026, 1, 7)), OLD, BUSY)
    assert single.headline.startswith("This cannot be answered: no week is complete")


def test_the_difference_of_the_sql() -> None:
    assert difference(OLD, OLD) == []
    share = KNOWN["doing_share"]
    lines = difference(share, replace(share, over=aggregate("count(*)", "test")))
    assert lines[-2:] == ["-COUNT(DISTINCT user_id)", "+COUNT(*)"]
    assert " /" in lines
