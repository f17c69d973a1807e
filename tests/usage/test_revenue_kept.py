"""NRR and GRR, by hand and by plain Python."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlib.core import SettingError
from pmlib.stats import share
from pmlib.usage.revenue.kept import revenue_retention
from tests.subscribed import subscriptions_of

ROWS = [
    # ann goes from 100 to 130, bob from 60 to 45, eve (40) leaves, joe (20) leaves and is back at 50, tom is new.
    ("ann", 100, "2026-01-01", ""),
    ("ann", 30, "2026-02-10", ""),
    ("bob", 60, "2026-01-01", "2026-03-10"),
    ("bob", 45, "2026-03-10", ""),
    ("eve", 40, "2026-01-01", "2026-04-02"),
    ("joe", 20, "2026-01-01", "2026-02-15"),
    ("joe", 50, "2026-04-10", ""),
    ("tom", 70, "2026-03-01", ""),
]
APRIL = date(2026, 4, 30)


def estimates(found):
    return {one.label: one for one in found.estimates}


def test_only_those_who_paid_then_count():
    found = revenue_retention(subscriptions_of(ROWS, as_of=APRIL), span=3)
    told = estimates(found)
    # Of 220 in January: 130 + 45 are paid in April, 100 + 45 if nobody counts with more than then; eve and joe left.
    assert told["NRR over 3 months"].value == 175 / 220
    assert told["GRR over 3 months"].value == 145 / 220
    assert told["customers lost over 3 months"].value == 2 / 4
    assert told["NRR over 3 months"].n == 4
    assert found.headline.startswith(
        "79.5% of the MRR that 4 customers paid 3 months earlier was still paid at the end of Apr 2026, increases "
        "counted (95% interval"
    )
    assert found.headline.endswith("; without increases 65.9%")
    # With joe's 50: 225 of 220.
    assert "1 customer left and came back: with what they pay, NRR would be 102.3%." in found.cautions


def test_who_came_back_counts_where_asked():
    told = estimates(revenue_retention(subscriptions_of(ROWS, as_of=APRIL), span=3, returned=True))
    assert told["NRR over 3 months"].value == 225 / 220
    # GRR: joe counts with his 20.
    assert told["GRR over 3 months"].value == 165 / 220
    assert told["customers lost over 3 months"].value == 1 / 4


def test_churn_of_the_last_month_ours_and_a_vendors():
    told = estimates(revenue_retention(subscriptions_of(ROWS, as_of=APRIL), span=3))
    # April opens at 130 + 45 + 40 + 70 = 285; eve's 40 are lost, joe's 50 come back.
    assert told["customers lost in the last month"].value == 1 / 4
    assert told["gross MRR churn in the last month"].value == pytest.approx(40 / 285)
    assert told["net MRR churn in the last month"].value == pytest.approx(40 / 285)
    assert told["net MRR churn in the last month as ChartMogul counts"].value == -10 / 285
    february = revenue_retention(subscriptions_of(ROWS, as_of=date(2026, 2, 28)), span=1)
    # February opens at 220: joe's 20 lost, ann's 30 gained.
    assert estimates(february)["gross MRR churn in the last month"].value == pytest.approx(20 / 220)
    assert estimates(february)["net MRR churn in the last month"].value == pytest.approx(-10 / 220)
    assert estimates(february)["NRR over 1 month"].value == 230 / 220


def test_the_interval_of_nrr_is_the_textbooks_ratio_of_sums():
    rows = [(f"c{n}", 10 + n, "2026-01-01", "2026-02-03" if n % 3 == 0 else "") for n in range(30)]
    rows += [(f"c{n}", 5, "2026-02-04", "") for n in range(0, 30, 5) if n % 3]
    nrr = estimates(revenue_retention(subscriptions_of(rows, as_of=date(2026, 2, 28)), span=1))["NRR over 1 month"]
    pairs = [(10 + n, 0 if n % 3 == 0 else 15 + n if n % 5 == 0 else 10 + n) for n in range(30)]
    opening, closing = (sum(side) for side in zip(*pairs, strict=True))
    ratio = closing / opening
    # Cochran: variance of the residuals over the squared sum, n / (n - 1), t of 29 degrees of freedom 2.0452.
    variance = 30 / 29 * sum((close - ratio * open_) ** 2 for open_, close in pairs) / opening**2
    assert nrr.value == pytest.approx(ratio)
    assert nrr.high - nrr.value == pytest.approx(2.04523 * variance**0.5, rel=1e-5)


def test_equal_prices_give_wilsons_interval():
    # All pay 10: GRR is a plain share of customers, 27 of 36.
    rows = [(f"c{n}", 10, "2026-01-01", "2026-02-03" if n < 9 else "") for n in range(36)]
    told = estimates(revenue_retention(subscriptions_of(rows, as_of=date(2026, 2, 28)), span=1))
    wilson = share(27, 36)
    assert told["GRR over 1 month"].value == 0.75
    assert told["GRR over 1 month"].low == pytest.approx(wilson.low, abs=0.01)
    assert told["GRR over 1 month"].high == pytest.approx(wilson.high, abs=0.01)
    assert told["NRR over 1 month"].low == told["GRR over 1 month"].low


def test_a_span_longer_than_the_data_is_shortened_and_said():
    found = revenue_retention(subscriptions_of(ROWS, as_of=APRIL))
    # January begins with nobody paying: the longest span is from its end, three months.
    assert "NRR over 3 months" in estimates(found)
    assert "The data hold no 12 months; NRR and GRR stand over 3." in found.cautions
    with pytest.raises(SettingError, match="span is 0"):
        revenue_retention(subscriptions_of(ROWS, as_of=APRIL), span=0)


def test_too_few_to_follow():
    rows = [("ann", 10, "2026-01-01", ""), ("bob", 10, "2026-03-01", "")]
    found = revenue_retention(subscriptions_of(rows, as_of=date(2026, 3, 31)), span=2)
    assert found.headline.startswith("This cannot be answered: fewer than 2 customers paid at the end of Jan 2026")
    assert revenue_retention(subscriptions_of([], as_of=APRIL)).headline.startswith("This cannot be answered: ")


def test_one_customer_with_most_of_the_mrr():
    rows = [("big", 900, "2026-01-01", ""), *((f"c{n}", 1, "2026-01-01", "") for n in range(60))]
    found = revenue_retention(subscriptions_of(rows, as_of=date(2026, 2, 28)), span=1)
    assert any("One customer paid 93.8% of all MRR at the end of Jan 2026" in one for one in found.cautions)
    assert estimates(found)["GRR over 1 month"].low < 0.3, "hardly more than one customer says so"


ROW = st.tuples(st.sampled_from("abcd"), st.integers(1, 90), st.integers(0, 170), st.none() | st.integers(1, 100))


@settings(max_examples=25, deadline=None)
@given(st.lists(ROW, min_size=2, max_size=10), st.integers(1, 4), st.booleans())
def test_shares_equal_a_plain_count(drawn, span, returned):
    origin, as_of = date(2026, 1, 1), date(2026, 7, 31)
    rows = [("a", 7, "2026-01-01", ""), ("b", 9, "2026-01-01", "")]
    for customer, amount, start, days in drawn:
        begin = origin + timedelta(days=start)
        rows.append((customer, amount, str(begin), str(begin + timedelta(days=days)) if days else ""))
    ends = [date(2026, month + 1, 1) - timedelta(days=1) for month in range(1, 8)]

    def pays(customer, day):
        return sum(row[1] for row in rows if row[0] == customer and row[2] <= str(day) < (row[3] or "9"))

    opening, seen = ends[-1 - span], ends[-span:]
    then = {customer: pays(customer, opening) for customer in "abcd" if pays(customer, opening)}
    left = {customer for customer in then if any(not pays(customer, day) for day in seen)}
    now = {customer: 0 if customer in left and not returned else pays(customer, ends[-1]) for customer in then}
    told = estimates(revenue_retention(subscriptions_of(rows, as_of=as_of), span=span, returned=returned))
    over = f"over {span} month{'s' if span > 1 else ''}"
    total = sum(then.values())
    assert told[f"NRR {over}"].value == pytest.approx(float(Fraction(sum(now.values()), total)))
    kept = sum(min(now[customer], then[customer]) for customer in then)
    assert told[f"GRR {over}"].value == pytest.approx(float(Fraction(kept, total)))
    assert told[f"customers lost {over}"].value == pytest.approx(sum(not one for one in now.values()) / len(then))
    assert told[f"GRR {over}"].value <= min(1.0, told[f"NRR {over}"].value) + 1e-12
