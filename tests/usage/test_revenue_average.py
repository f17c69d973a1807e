"""What a paying customer pays, by hand."""

import math
from datetime import date

import pytest

from pmlib.stats import Moments, mean
from pmlib.usage.revenue.arpu import arpu
from tests.subscribed import subscriptions_of


def test_the_mean_over_customers_and_its_interval():
    rows = [
        ("ann", 10, "2026-01-01", ""),
        ("ann", 20, "2026-01-01", ""),
        ("bob", 5, "2026-01-01", ""),
        ("eve", 7, "2026-01-01", "2026-02-05"),
    ]
    found = arpu(subscriptions_of(rows, as_of=date(2026, 2, 28)))
    # January 30, 5 and 7: mean 14. February 30 and 5: mean 17.5.
    january = mean(Moments.of([30, 5, 7]))
    row = found.table.rows[0]
    assert row[1:3] == (3, 14.0)
    assert (january.low < 0, row[3]) == (True, 0.0)
    assert row[4] == pytest.approx(january.high)
    assert row[5] == 30 / 42
    now = found.estimates[0]
    assert (now.value, now.n) == (17.5, 2)
    # t of one degree of freedom is 12.706; the standard deviation of 30 and 5 is 17.678.
    assert now.high - now.value == pytest.approx(12.7062 * 25 / math.sqrt(2) / math.sqrt(2), rel=1e-4)
    assert now.low == 0.0, "nobody pays less than nothing"
    assert found.headline.startswith("A paying customer paid 17.50 EUR a month on average at the end of Feb 2026")
    assert found.kpi.history == (14.0, 17.5)


@pytest.mark.parametrize(("rows", "reason"), [
    ([("ann", 10, "2026-01-01", "")], "one customer shows no spread"),
    ([("ann", 10, "2026-01-01", ""), ("bob", 10, "2026-01-01", "")], "all pay the same, which shows no spread"),
])  # fmt: skip
def test_no_interval_of_width_0(rows, reason):
    now = arpu(subscriptions_of(rows, as_of=date(2026, 1, 31))).estimates[0]
    assert (now.value, now.low, now.high, now.reason) == (10.0, None, None, reason)


def test_a_month_without_customers_is_a_gap():
    rows = [("ann", 10, "2026-01-01", "2026-02-05"), ("bob", 30, "2026-03-02", "")]
    found = arpu(subscriptions_of(rows, as_of=date(2026, 3, 31)))
    assert found.kpi.history == (10.0, None, 30.0)
    assert found.figure.series[0].y == (10.0, None, 30.0)
    gone = arpu(subscriptions_of(rows, as_of=date(2026, 2, 28)))
    assert gone.headline.startswith("This cannot be answered: nobody paid at the end of Feb 2026")
