"""MRR as a finding: its sentence, its judgement, what to doubt."""

from datetime import date, timedelta

import pytest

from pmlib.core import SettingError
from pmlib.usage import arpu, lifetime_value, revenue_retention
from pmlib.usage.revenue.mrr import mrr
from tests.rows import events_of
from tests.subscribed import subscriptions_of

MARCH = date(2026, 3, 31)
ROWS = [
    ("ann", 100, "2026-01-01", ""),
    ("ann", 10, "2026-03-08", ""),
    ("bob", 40, "2026-01-01", "2026-03-05"),
    ("eve", 25, "2026-01-01", "2026-02-10"),
    ("eve", 25, "2026-03-20", ""),
    ("joe", 20, "2026-02-01", ""),
]


def month(number):
    """The first day of so many months after January 2023."""
    return date(2023 + number // 12, number % 12 + 1, 1)


def steady(levels):
    """Customers of 10 each, as many as each month's level, the latest leaving first."""
    rows, open_ = [], []
    for number, level in enumerate(levels):
        while len(open_) > level:
            rows.append((*open_.pop(), str(month(number))))
        while len(open_) < level:
            open_.append((f"c{number}-{len(open_)}", 10, str(month(number))))
    return [*rows, *((*one, "") for one in open_)]


def test_the_sentence_and_the_table_by_hand():
    found = mrr(subscriptions_of(ROWS, as_of=MARCH))
    # January 165; February −25 + 20 = 160; March −40 + 10 + 25 = 155, 3.1% less than 160.
    assert found.headline == (
        "MRR was 155.00 EUR at the end of Mar 2026, 3.1% less than the month before (35.00 EUR won, 40.00 EUR lost); "
        "too early to call (2 of the 26 earlier months needed)"
    )
    assert found.table.rows[-1] == (date(2026, 3, 1), 160.0, 0.0, 25.0, 10.0, 0.0, -40.0, 155.0, 3, 35 / 40)
    assert found.kpi.history == (165.0, 160.0, 155.0)
    assert [(one.name, one.y[-1]) for one in found.figure.series] == [
        ("new", 0.0),
        ("reactivation", 25.0),
        ("expansion", 10.0),
        ("churn", -40.0),
    ]
    assert found.figure.caption == "There was no contraction."
    quick = found.estimates[-1]
    assert (quick.label, quick.value, quick.n) == ("quick ratio", 35 / 40, 3)
    assert any("Only 3 customers paid" in one for one in found.cautions)
    # ann pays 110 of 155.
    assert any("One customer paid 71.0% of all MRR at the end of Mar 2026" in one for one in found.cautions)
    assert any("rests on 1 customer who left" in one for one in found.cautions)
    assert found.action == ""


@pytest.mark.parametrize("ask", [mrr, arpu, revenue_retention, lifetime_value])
def test_events_are_no_subscriptions(ask):
    with pytest.raises(SettingError, match=r"given Events: load them with pmlib\.sources\.load_subscriptions"):
        ask(events_of([("ann", "visit", "2026-01-01T10:00")], as_of=MARCH))


def test_no_loss_no_quick_ratio():
    quick = mrr(subscriptions_of(ROWS, as_of=date(2026, 1, 31))).estimates[-1]
    assert (quick.value, quick.reason) == (None, "nothing was lost, so there is nothing to divide by")


CALM = [100, 104, 99, 103, 98, 102, 100, 105, 101, 99, 103, 100, 98] * 2


def test_judged_by_its_own_history():
    rows = steady([*CALM, 102])
    usual = mrr(subscriptions_of(rows, as_of=month(27) - timedelta(days=1)))
    assert usual.kpi.signal.state == "none"
    assert usual.headline.endswith("within the range its history leads one to expect")
    low = mrr(subscriptions_of(steady([*CALM, 60]), as_of=month(27) - timedelta(days=1)))
    assert low.kpi.signal.state == "below"
    assert low.headline.endswith("its history leads one to expect: a signal")
    assert low.action.startswith("Find out why MRR was lower than usual at the end of Mar 2025")


def test_a_value_beyond_its_range_does_not_round_to_the_end_of_it():
    rows = [(f"c{n}", 7_000 + n, "2023-01-01", "") for n in range(3)]
    rows += [(f"d{n}", 10 + n % 2, str(month(n)), "") for n in range(1, 27)]
    found = mrr(subscriptions_of([*rows, ("e", 60, str(month(27)), "")], as_of=month(28) - timedelta(days=1)))
    now = found.estimates[0]
    # 21,3xx is beyond a range that ends at 21,3xx too.
    assert found.kpi.signal.state == "above"
    assert now.unit.short(now.value) == now.unit.short(now.high)
    assert now.unit.text(now.value) in found.headline
    assert now.unit.text(now.high) in found.headline


def test_more_lost_than_won_month_after_month():
    found = mrr(subscriptions_of(steady([60, 58, 57, 55]), as_of=month(4) - timedelta(days=1)))
    assert found.action == (
        "Find out why more MRR was lost than won 3 months in a row: look first at churn, which took the most."
    )
    assert mrr(subscriptions_of(steady([60, 58, 59, 55]), as_of=month(4) - timedelta(days=1))).action == ""


def test_nobody_is_left():
    rows = [("ann", 10, "2026-01-01", "2026-02-10")]
    gone = mrr(subscriptions_of(rows, as_of=date(2026, 2, 28)))
    assert gone.headline.startswith("MRR was 0.00 EUR at the end of Feb 2026, 100.0% less than the month before")
    silent = mrr(subscriptions_of(rows, as_of=MARCH))
    assert silent.headline == "There was no MRR at the end of Mar 2026, and none a month before"


@pytest.mark.parametrize("rows", [[], [("ann", 10, "2026-03-03", "")]])
def test_nothing_paid_or_no_whole_month_cannot_be_answered(rows):
    assert mrr(subscriptions_of(rows, as_of=date(2026, 3, 25))).headline.startswith("This cannot be answered: ")


def test_all_in_one_month():
    found = mrr(subscriptions_of([(f"c{n}", 10, "2026-01-10", "") for n in range(60)], as_of=date(2026, 4, 30)))
    # January is not covered from its first day; nothing moves afterwards.
    assert found.kpi.history == (600.0, 600.0, 600.0)
    assert "as much as the month before (0.00 EUR won, 0.00 EUR lost)" in found.headline
    assert [series.y for series in found.figure.series] == [(0.0, 0.0, 0.0)]


def test_who_paid_only_between_two_ends_of_months_and_who_pays_nothing():
    rows = [*ROWS, ("tom", 9, "2026-02-03", "2026-02-20")]
    found = mrr(subscriptions_of(rows, as_of=MARCH, free=7))
    assert any(one.startswith("1 customer paid only between two ends of months") for one in found.cautions)
    assert "7 free subscriptions not counted" in found.definition
    assert found.kpi.history[-1] == 155.0


def test_weeks_days_and_months_shown():
    table = subscriptions_of(ROWS, as_of=MARCH)
    assert len(mrr(table, months=1, every="day").table.rows) == 31
    assert mrr(table, every="week").id == "mrr-week"
    assert "at the end of the week of 23 Mar" in mrr(table, every="week").headline
    assert len(mrr(table, months=2).table.rows) == 2
    with pytest.raises(SettingError, match="months is 0"):
        mrr(table, months=0)


def test_every_choice_is_printed():
    table = subscriptions_of(
        [(*row, None) for row in ROWS[:1]] + [(*ROWS[2], "2026-01-20")], as_of=MARCH, properties=("left",)
    )
    found = mrr(table, cancelled="left", grace=3)
    for part in ("lost when it is cancelled (left)", "gaps of up to 3 days are no churn", "UTC", "to 31 Mar 2026"):
        assert part in found.definition
    # bob cancelled in January: February opens without him.
    assert found.table.rows[1][1] == 100.0
    assert "canceled" not in found.query
    assert "mrr_changes" in found.query
