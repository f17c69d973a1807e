"""Lifetime value from survival, by hand."""

from datetime import date

import pytest

from pmlib.core import SettingError
from pmlib.stats import share
from pmlib.usage.revenue.lifetime import lifetime_value
from tests.subscribed import subscriptions_of

# Five customers of 10 a month who start on 1 January: two leave after exactly one and three months, three still pay on
# 30 June, six months later to the day.
ROWS = [
    ("ann", 10, "2026-01-01", "2026-02-01"),
    ("bob", 10, "2026-01-01", "2026-04-01"),
    *((name, 10, "2026-01-01", "") for name in ("eve", "joe", "tom")),
]
JUNE = date(2026, 6, 30)


def estimates(found):
    return {one.label: one for one in found.estimates}


def test_arpu_times_the_area_under_the_curve():
    found = lifetime_value(subscriptions_of(ROWS, as_of=JUNE), horizon=6)
    # The curve: 1 for one month, 0.8 for two, 0.6 for three: 1 + 1.6 + 1.8 = 4.4 months of 10.
    assert estimates(found)["value within 6 months"].value == pytest.approx(44.0)
    assert found.headline.startswith("A customer brings 44.00 EUR of revenue within 6 months of the first payment")
    assert found.headline.endswith("half have not left as far as anyone was followed")
    half = lifetime_value(subscriptions_of(ROWS, as_of=JUNE), horizon=3, margin=0.5)
    # Up to three months 2.6 months, of which half is margin.
    assert estimates(half)["value within 3 months"].value == pytest.approx(13.0)
    assert "13.00 EUR of margin" in half.headline
    # At three months bob has left: the share is that just after.
    assert [row[:3] for row in half.table.rows] == [
        (1, 5, pytest.approx(0.8)),
        (2, 4, pytest.approx(0.8)),
        (3, 4, pytest.approx(0.6)),
    ]
    assert half.figure.series[0].x == ("0", "1", "2", "3")


def test_the_interval_is_that_of_the_area_where_all_pay_the_same():
    value = estimates(lifetime_value(subscriptions_of(ROWS, as_of=JUNE), horizon=6))["value within 6 months"]
    # Klein and Moeschberger: areas after one and three months 3.4 and 1.8; 3.4²/(5·4) + 1.8²/(4·3) = 0.848. Two
    # of five left, so times 2 / 1; t of 4 degrees of freedom at 97.5% is 2.776445.
    far = 2.776445 * (2 * 0.848) ** 0.5
    assert value.high / value.value == pytest.approx(2.718281828 ** (far / 4.4), rel=1e-6)
    assert value.low * value.high == pytest.approx(value.value**2)


def test_the_simple_formula_stands_beside_it():
    rows = [*ROWS, ("pam", 10, "2026-01-01", "2026-06-10")]
    simple = estimates(lifetime_value(subscriptions_of(rows, as_of=JUNE), horizon=6))["ARPU by churn (simple formula)"]
    # April opens with 5 and loses bob, May opens with 4, June with 4 and loses pam: 2 of 13, and 10 / (2/13) is 65.
    assert simple.value == pytest.approx(65.0)
    assert simple.high == pytest.approx(10 / share(2, 13).low)


def test_no_value_by_a_churn_of_0():
    found = lifetime_value(
        subscriptions_of([("ann", 10, "2026-01-01", ""), ("bob", 20, "2026-01-01", "")], as_of=JUNE), horizon=3
    )
    value, simple = found.estimates[0], found.estimates[-1]
    assert value.value == pytest.approx(45.0)
    assert (value.low, value.high) == (None, None)
    assert (simple.value, simple.high) == (None, None)
    assert "nobody left in the last 3 months" in simple.reason
    # Up to 39% of 6 customer-months may leave by chance, so 15 / 0.39 is the least.
    assert simple.low == pytest.approx(15 / share(0, 6).high)


def test_a_horizon_nobody_reached_is_shortened():
    found = lifetime_value(subscriptions_of(ROWS, as_of=JUNE), horizon=36)
    assert "value within 6 months" in estimates(found)
    assert "Nobody was followed for 36 months; the value is that of 6." in found.cautions


def test_where_all_have_left_the_curve_ends_at_0():
    rows = [
        ("ann", 10, "2026-01-01", "2026-02-01"),
        ("bob", 10, "2026-01-01", "2026-03-01"),
        ("eve", 10, "2026-06-01", ""),
    ]
    found = lifetime_value(subscriptions_of(rows, as_of=JUNE), horizon=12)
    # ann leaves after one month, bob after two; eve is seen for one, and whether she pays on 1 July nobody knows yet.
    # Of the two who could be seen to leave after a month one did: 1 month and half of another, then nobody.
    assert estimates(found)["value within 12 months"].value == pytest.approx(15.0)


def test_only_the_first_stretch_counts_and_months_are_calendar_months():
    rows = [("ann", 10, "2026-01-31", "2026-02-28"), ("ann", 10, "2026-04-01", ""), ("bob", 10, "2026-02-01", "")]
    table = subscriptions_of(rows, as_of=JUNE)
    found = lifetime_value(table, horizon=2)
    # From 31 January to 28 February is a month: ann ends at 1, bob at 5 is still there. 1 + 0.5 months of 10.
    assert found.estimates[0].value == pytest.approx(15.0)
    bridged = lifetime_value(table, horizon=2, grace=40)
    assert bridged.estimates[0].value == pytest.approx(20.0)


@pytest.mark.parametrize("option", [{"margin": 0}, {"margin": 1.2}, {"horizon": 0}])
def test_wrong_settings(option):
    with pytest.raises(SettingError, match=next(iter(option))):
        lifetime_value(subscriptions_of(ROWS, as_of=JUNE), **option)


def test_nobody_pays_any_more_or_nobody_was_followed():
    gone = lifetime_value(subscriptions_of(ROWS[:2], as_of=JUNE))
    assert gone.headline.startswith("This cannot be answered: nobody paid at the end of Jun 2026")
    young = lifetime_value(subscriptions_of([("ann", 10, "2026-06-08", "")], as_of=JUNE))
    assert young.headline.startswith("This cannot be answered: no month is complete")
