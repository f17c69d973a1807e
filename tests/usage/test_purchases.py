"""Purchases without a contract: histories by hand, a published fit, a trial on the data themselves."""

import re
from collections import defaultdict
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln

from pmlib.core import SettingError, Unit
from pmlib.stats.leaving import ALIKE, alike, leaving_alike
from pmlib.usage.revenue.histories import correlation, histories, staying, values, worth
from pmlib.usage.revenue.purchases import number, purchases
from tests.rows import events_of

JUNE = date(2026, 6, 30)


def bought(rows, *, as_of=JUNE):
    """Make events from (user, day, amount) rows."""
    return events_of(
        [(user, "bought", f"{day}T10:00", amount) for user, day, amount in rows], as_of=as_of, properties=("amount",)
    )


def laid_out(events, until):
    found = histories(events, number(events, "amount"), "", until)
    columns = (found.again, found.recency * 7, found.age * 7, found.customers, found.value, found.later)
    return sorted(tuple(round(float(one), 6) for one in row) for row in zip(*columns, strict=True))


def test_histories_by_hand():
    rows = [
        # ann: 1 May, twice on 8 May, 22 May; her repeats are worth 30 and 15. bob: once. eve: as bob. joe: later.
        ("ann", "2026-05-01", 99.0),
        ("ann", "2026-05-08", 10.0),
        ("ann", "2026-05-08", 20.0),
        ("ann", "2026-05-22", 15.0),
        ("bob", "2026-05-10", 5.0),
        ("eve", "2026-05-10", 7.0),
        ("joe", "2026-06-20", 7.0),
        # No amount is no purchase, a refund neither; free is one.
        ("bob", "2026-05-20", None),
        ("bob", "2026-05-21", -5.0),
        ("eve", "2026-06-03", 0.0),
    ]
    assert laid_out(bought(rows), date(2026, 5, 31)) == [
        (0, 0, 21, 2, 0, 1),
        (2, 21, 30, 1, 22.5, 0),
    ]
    assert laid_out(bought(rows), JUNE) == [
        (0, 0, 10, 1, 0, 0),
        (0, 0, 51, 1, 0, 0),
        (1, 24, 51, 1, 0, 0),
        (2, 21, 60, 1, 22.5, 0),
    ]


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 60), st.integers(0, 9)), min_size=1, max_size=15),
    st.integers(0, 60),
    st.randoms(),
)
def test_histories_equal_a_plain_count(drawn, cut, random):
    origin = date(2026, 5, 1)
    rows = [(user, str(origin + timedelta(days=day)), float(amount)) for user, day, amount in drawn]
    until = origin + timedelta(days=cut)
    days = defaultdict(lambda: defaultdict(float))
    for user, day, amount in rows:
        days[user][date.fromisoformat(day)] += amount
    expected = defaultdict(lambda: [0, 0.0, 0])
    for own in days.values():
        past = sorted(day for day in own if day <= until)
        if past:
            cell = expected[len(past) - 1, (past[-1] - past[0]).days, (until - past[0]).days]
            cell[0] += 1
            cell[1] += sum(own[day] for day in past[1:])
            cell[2] += len(own) - len(past)
    wanted = sorted(
        (again, last, age, n, round(amount / n / again, 6) if again else 0.0, later)
        for (again, last, age), (n, amount, later) in expected.items()
    )
    assert laid_out(bought(rows), until) == wanted
    random.shuffle(rows)
    assert laid_out(bought(rows), until) == wanted


def shop(seed, *, n=400, days=364, stay=(0.8, 2.4), rate=(1.0, 4.0)):
    """Customers who buy at gamma rates a week and leave after a repeat with a beta chance: who bought on which day."""
    draw, rows = np.random.default_rng(seed), []
    origin = JUNE - timedelta(days=days)
    for customer in range(n):
        pace, leave = draw.gamma(rate[0], 1 / rate[1]), draw.beta(*stay)
        spend = draw.gamma(6, 1 / draw.gamma(4, 1 / 15))
        day, alive = float(draw.integers(0, days // 2)), True
        while day < days and alive:
            rows.append((f"c{customer}", str(origin + timedelta(days=int(day))), round(spend * draw.gamma(5, 0.2), 2)))
            day += 7 * draw.exponential(1 / pace)
            # The first purchase makes the customer; it is the repeats after which they may leave.
            alive = len(rows) < 2 or rows[-2][0] != f"c{customer}" or draw.random() >= leave
    return rows


def test_a_shop_that_follows_the_model_is_predicted():
    found = purchases(bought(shop(1)), amount="amount", horizon_weeks=20, currency="EUR")
    told = {one.label: one for one in found.estimates}
    guess, count = (one for label, one in told.items() if label.startswith("repeat purchases after"))
    assert guess.low < count.value < guess.high
    assert not any("Fitted to the data" in one for one in found.cautions)
    total, each = told["repeat purchases in the next 20 weeks"], told["value in the next 20 weeks"]
    assert found.headline == (
        f"{total.n} people who bought are expected to buy {total.unit.text(total.value)} more times in the next 20 "
        f"weeks ({total.range}), worth {each.unit.text(each.value)} a person ({each.range})"
    )
    rows = found.table.rows
    assert sum(row[1] for row in rows) == total.n
    assert sum(row[3] for row in rows) == pytest.approx(total.value)
    assert sum(row[4] for row in rows) == pytest.approx(each.value * total.n)
    assert sum(row[7] for row in rows) == count.value
    assert rows[0][2] is None
    assert {series.name for series in found.figure.series} == {"predicted", "counted"}


def test_a_shop_that_closed_is_doubted():
    rows = [row for row in shop(2, stay=(1, 8)) if row[1] < "2026-01-10"]
    found = purchases(bought(rows), amount="amount", horizon_weeks=80)
    assert any("the model predicted" in one and "than it should have" in one for one in found.cautions)
    assert any("are more than the" in one for one in found.cautions)


def test_the_intervals_hold_what_they_should():
    # Worlds of one kind: the predicted number of purchases lies in its interval as often as it says, about.
    inside = 0
    for seed in range(10, 30):
        events = bought(shop(seed, n=250))
        until = JUNE - timedelta(days=130)
        known = histories(events, number(events, "amount"), "", until)
        guess = known.total(known.model(), 130 / 7, label="x")
        inside += guess.low <= known.later.sum() <= guess.high
    assert 16 <= inside <= 20


def test_doubt_shrinks_with_more_customers():
    wide = []
    for n in (150, 1500):
        events = bought(shop(5, n=n))
        known = histories(events, number(events, "amount"), "", JUNE)
        model, (spend, _) = known.model(), values(events, number(events, "amount"), "")
        one = worth(known, model, spend, 20, Unit.NUMBER, label="value")
        two = staying(known, model)
        wide.append((np.log(one.high / one.low), two.high - two.low))
    # Ten times the customers make intervals narrower by about the root of ten.
    assert 2 < wide[0][0] / wide[1][0] < 5
    assert 2 < wide[0][1] / wide[1][1] < 5


def test_where_all_leave_as_easily():
    rows = shop(3, n=1500, stay=(5e6, 45e6), rate=(2.0, 4.0))
    events = bought(rows)
    known = histories(events, number(events, "amount"), "", JUNE)
    model = leaving_alike(known.again, known.recency, known.age, known.customers)
    assert alike(model)
    # One in ten leaves after a purchase, and rates are gamma with 2 and 4.
    assert model.a / (model.a + ALIKE) == pytest.approx(0.1, abs=0.02)
    assert model.r == pytest.approx(2.0, rel=0.25)
    assert model.alpha == pytest.approx(4.0, rel=0.25)


def test_the_limit_is_that_of_the_model_itself():
    # With a single chance p to leave after each repeat: alive with (1 - p)**x, or gone after the last with p.
    rows = shop(4, n=600, stay=(5e6, 45e6))
    events = bought(rows)
    known = histories(events, number(events, "amount"), "", JUNE)
    model = leaving_alike(known.again, known.recency, known.age, known.customers)
    r, alpha, p = model.r, model.alpha, model.a / (model.a + model.b)
    here = (alpha + known.age) ** -(r + known.again)
    gone = np.where(known.again > 0, p / (1 - p) * (alpha + known.recency) ** -(r + known.again), 0)
    rows = gammaln(r + known.again) - gammaln(r) + r * np.log(alpha) + known.again * np.log(1 - p) + np.log(here + gone)
    assert model.log_likelihood == pytest.approx(float((known.customers * rows).sum()), rel=1e-9)


def test_correlation_of_weighted_columns():
    one, other = np.array([1.0, 2.0, 3.0]), np.array([2.0, 1.0, 5.0])
    weights = np.array([1.0, 2.0, 1.0])
    assert correlation(one, other, weights) == pytest.approx(np.corrcoef([1, 2, 2, 3], [2, 1, 1, 5])[0, 1])
    assert correlation(one, np.ones(3), weights) == 0.0


def test_who_buys_more_often_and_spends_more():
    rows = shop(6)
    count = defaultdict(int)
    for user, _, _ in rows:
        count[user] += 1
    found = purchases(
        bought([(user, day, amount * (1 + count[user] / 4)) for user, day, amount in rows]), amount="amount"
    )
    assert any(one.startswith("Who buys more often spends more at a time") for one in found.cautions)


def test_too_few_who_bought_again_are_counted_in_words():
    rows = [(f"c{n}", "booked", "2026-01-05T10:00", 5.0) for n in range(30)]
    rows += [("c1", "booked", "2026-02-05T10:00", 5.0)]
    found = purchases(events_of(rows, as_of=JUNE, properties=("price_eur",)), amount="price_eur")
    assert found.headline == (
        "This cannot be answered: 1 person bought again; a model of buying needs 10 or more. Load a longer time, or "
        "name another event."
    )


def test_what_counts_as_a_purchase_is_said():
    rows = [(user, "booked", f"{day}T10:00", amount) for user, day, amount in shop(7)]
    rows += [(f"c{n}", "renewed", "2026-06-01T10:00", 5.0) for n in range(40)]
    rows += [("c1", "booked", "2026-06-02T10:00", -3.0)]
    events = events_of(rows, as_of=JUNE, properties=("price_eur",))
    found = purchases(events, amount="price_eur")
    assert any(one.startswith("price_eur stands on booked and renewed") for one in found.cautions)
    assert any(one == "Events set aside because price_eur is below 0, as for a refund: 1." for one in found.cautions)
    assert found.estimates[1].unit.symbol == "EUR"
    assert re.match(
        r"Bars are purchases (made after .* had|expected of people who have) bought again so many times",
        found.figure.caption,
    )
    only = purchases(events, amount="price_eur", event="booked")
    assert only.id == "purchases-booked"
    assert not any("stands on" in one for one in only.cautions)
    with pytest.raises(SettingError, match="Did you mean 'booked'"):
        purchases(events, amount="price_eur", event="boked")
    with pytest.raises(SettingError, match="Did you mean 'price_eur'"):
        purchases(events, amount="price_eu")
    with pytest.raises(SettingError, match="horizon_weeks is 0"):
        purchases(events, amount="price_eur", horizon_weeks=0)


@pytest.mark.parametrize(
    "rows", [[("ann", "2026-06-01", None)], [("ann", "2026-06-01", 5.0), ("ann", "2026-06-02", 5.0)]]
)
def test_too_little_cannot_be_answered(rows):
    assert purchases(bought(rows), amount="amount").headline.startswith("This cannot be answered: ")


@pytest.mark.real
def test_cdnow_as_published(real_data):
    lines = [line.split() for line in (real_data / "usage_cdnow" / "CDNOW_sample.txt").read_text().splitlines()]
    rows = [(own, f"{day[:4]}-{day[4:6]}-{day[6:]}", float(amount)) for _, own, day, _, amount in lines]
    events = bought(rows, as_of=date(1998, 6, 30))
    # The first 39 of 78 weeks: 2,357 customers, 946 of them bought again, 1,882 days with a purchase follow.
    half = date(1997, 9, 30)
    known = histories(events, number(events, "amount"), "", half)
    days = {(user, day) for user, day, _ in rows}
    assert (known.n, known.repeaters) == (2357, 946)
    assert known.later.sum() == sum(day > str(half) for _, day in days) == 1882
    # Fader, Hardie and Lee (2005), Marketing Science 24:275-284, table 2.
    model = known.model()
    assert [round(one, 3) for one in (model.r, model.alpha, model.a, model.b)] == [0.243, 4.414, 0.793, 2.426]
    assert round(model.log_likelihood, 1) == -9582.4
    found = purchases(events, amount="amount", horizon_weeks=39)
    assert "tried by a fit up to 30 Sep 1997" in found.definition
    assert {one.label: one.value for one in found.estimates}["repeat purchases after 30 Sep 1997, counted"] == 1882
    # The model saw no Christmas: it predicts too little, and the page says so.
    assert any("12.1% less than it should have" in one for one in found.cautions)
