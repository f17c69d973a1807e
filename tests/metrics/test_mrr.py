"""MRR and its movements, counted by hand and by plain Python."""

import csv
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlib.core import SettingError, TooFewError, Unit
from pmlib.metrics.mrr import KINDS, PARTS, movements
from pmlib.sources import load_subscriptions
from tests.subscribed import subscriptions_of

JUNE = date(2026, 6, 30)


def shown(found):
    """Movements in whole units of currency, by period: closing, then the kinds that are not 0 with their customers."""
    return [
        (
            str(found.buckets.start(step.number)),
            step.closing / PARTS,
            {
                kind: (change / PARTS, count)
                for kind, change, count in zip(KINDS, step.changes, step.customers, strict=True)
                if count
            },
        )
        for step in found.steps
    ]


def test_each_kind_of_movement_by_hand():
    rows = [
        # ann pays 10 from January, 25 from March, 15 from May.
        ("ann", 10, "2026-01-01", "2026-03-10"),
        ("ann", 25, "2026-03-10", "2026-05-02"),
        ("ann", 15, "2026-05-02", ""),
        # bob leaves in February and is back in April.
        ("bob", 20, "2026-01-15", "2026-02-15"),
        ("bob", 30, "2026-04-01", ""),
        # eve has two subscriptions and ends one of them in March, the other in June.
        ("eve", 5, "2026-02-01", "2026-03-31"),
        ("eve", 7, "2026-02-01", "2026-06-30"),
    ]
    found = movements(subscriptions_of(rows, as_of=JUNE))
    assert shown(found) == [
        ("2026-01-01", 30.0, {"new": (30.0, 2)}),
        ("2026-02-01", 22.0, {"new": (12.0, 1), "churn": (-20.0, 1)}),
        # eve's first ends on the last day of March: that day is not paid.
        ("2026-03-01", 32.0, {"expansion": (15.0, 1), "contraction": (-5.0, 1)}),
        ("2026-04-01", 62.0, {"reactivation": (30.0, 1)}),
        ("2026-05-01", 52.0, {"contraction": (-10.0, 1)}),
        ("2026-06-01", 45.0, {"churn": (-7.0, 1)}),
    ]
    assert [step.paying for step in found.steps] == [2, 2, 2, 3, 3, 2]
    assert found.unit == Unit.currency("EUR")
    march, june = found.steps[2], found.steps[5]
    # March: 5 of 22 lost; with the 15 gained −10 of 22. June: 7 of 52.
    assert march.rate("contraction", "churn") == 5 / 22
    assert march.rate("contraction", "churn", "expansion") == -10 / 22
    assert june.rate("contraction", "churn") == 7 / 52


def test_a_vendor_takes_reactivation_off_its_net_churn():
    rows = [
        ("ann", 100, "2026-01-01", ""),
        ("bob", 40, "2026-01-01", "2026-03-05"),
        ("eve", 25, "2026-01-01", "2026-02-10"),
        ("eve", 25, "2026-03-20", ""),
        ("ann", 10, "2026-03-08", ""),
    ]
    march = movements(subscriptions_of(rows, as_of=date(2026, 3, 31))).last
    # March opens at 140: 40 lost, 10 expansion, 25 reactivated. Gross 40/140, net 30/140, as ChartMogul counts 5/140.
    assert march.opening == 140 * PARTS
    assert march.rate("contraction", "churn") == 40 / 140
    assert march.rate("contraction", "churn", "expansion") == 30 / 140
    assert march.rate("contraction", "churn", "expansion", "reactivation") == 5 / 140


def test_changes_inside_a_period_are_netted():
    rows = [
        # Another plan at the same price, then a gap of nine days inside March: no movement at all.
        ("ann", 10, "2026-01-01", "2026-02-10"),
        ("ann", 10, "2026-02-10", "2026-03-05"),
        ("ann", 10, "2026-03-14", ""),
        # Up by 20 and down by 5 in one month is an expansion of 15.
        ("bob", 10, "2026-01-01", "2026-03-02"),
        ("bob", 30, "2026-03-02", "2026-03-20"),
        ("bob", 25, "2026-03-20", ""),
        # Came and went inside one month: no MRR ever; back in March, that is no first time.
        ("eve", 8, "2026-02-02", "2026-02-20"),
        ("eve", 8, "2026-03-02", ""),
        ("joe", 8, "2026-02-02", "2026-02-20"),
    ]
    found = movements(subscriptions_of(rows, as_of=date(2026, 3, 31)))
    assert [moved for _, _, moved in shown(found)] == [
        {"new": (20.0, 2)},
        {},
        {"expansion": (15.0, 1), "reactivation": (8.0, 1)},
    ]
    assert found.unseen == 1


def test_a_gap_across_a_periods_end_is_churn_unless_there_is_grace():
    rows = [("ann", 10, "2026-01-01", "2026-01-28"), ("ann", 12, "2026-02-03", ""), ("bob", 5, "2026-01-01", "")]
    table = subscriptions_of(rows, as_of=date(2026, 2, 28))
    assert [moved for _, _, moved in shown(movements(table))] == [
        {"new": (5.0, 1)},
        {"reactivation": (12.0, 1)},
    ]
    # From 28 January to 3 February are six days: paid on at 10, then 12.
    assert [moved for _, _, moved in shown(movements(table, grace=6))] == [
        {"new": (15.0, 2)},
        {"expansion": (2.0, 1)},
    ]
    assert shown(movements(table, grace=5)) == shown(movements(table))


def test_churn_at_the_cancel_or_at_the_end_of_what_is_paid():
    rows = [
        ("ann", 10, "2026-01-01", "2026-04-01", "2026-02-10 09:00"),
        ("bob", 20, "2026-01-01", "", "2026-03-15"),
        ("eve", 40, "2026-01-01", "", None),
        ("joe", 80, "2026-02-01", "", "2026-01-20"),
    ]
    table = subscriptions_of(rows, as_of=date(2026, 4, 30), properties=("canceled_at",))
    at_end = [moved.get("churn") for _, _, moved in shown(movements(table))]
    at_cancel = [moved.get("churn") for _, _, moved in shown(movements(table, cancelled="canceled_at"))]
    assert at_end == [None, None, None, (-10.0, 1)]
    # joe cancelled before the first paid day: never any MRR.
    assert at_cancel == [None, (-10.0, 1), (-20.0, 1), None]
    assert movements(table, cancelled="canceled_at").last.closing == 40 * PARTS
    with pytest.raises(SettingError, match="Did you mean 'canceled_at'"):
        movements(table, cancelled="cancelled_at")
    with pytest.raises(SettingError, match="holds no day"):
        movements(subscriptions_of([(*rows[0][:4], "soon")], as_of=JUNE, properties=("why",)), cancelled="why")
    with pytest.raises(SettingError, match="grace is -1"):
        movements(table, grace=-1)


def test_only_whole_periods_the_data_cover():
    rows = [("ann", 10, "2026-01-15", ""), ("bob", 10, "2026-03-02", "")]
    found = movements(subscriptions_of(rows, as_of=date(2026, 3, 20)))
    # January begins before the data, March is not over; ann opens February.
    assert [(str(found.buckets.start(step.number)), step.opening) for step in found.steps] == [
        ("2026-02-01", 10 * PARTS)
    ]
    with pytest.raises(TooFewError, match="No month is complete"):
        movements(subscriptions_of(rows[1:], as_of=date(2026, 3, 20)))
    with pytest.raises(TooFewError, match="Nobody paid"):
        movements(subscriptions_of([], as_of=date(2026, 3, 20)))


def test_days_and_weeks_by_hand():
    rows = [("ann", 10, "2026-06-01", "2026-06-03"), ("bob", 5, "2026-06-02", "")]
    found = movements(subscriptions_of(rows, as_of=date(2026, 6, 3)), every="day")
    assert [closing for _, closing, _ in shown(found)] == [10.0, 15.0, 5.0]
    sunday = subscriptions_of([("ann", 10, "2026-06-07", "")], as_of=date(2026, 6, 20), week_start="sunday")
    assert [day for day, _, _ in shown(movements(sunday, every="week"))] == ["2026-06-07", "2026-06-14"]
    # A Monday's week that began on 1 June is not covered from its first day.
    monday = subscriptions_of([("ann", 10, "2026-06-07", "")], as_of=date(2026, 6, 21))
    assert [day for day, _, _ in shown(movements(monday, every="week"))] == ["2026-06-08", "2026-06-15"]


def test_two_ways_of_asking_do_not_disturb_each_other():
    rows = [("ann", 10, "2026-01-01", "2026-01-28"), ("ann", 12, "2026-02-03", "")]
    table = subscriptions_of(rows, as_of=date(2026, 2, 28))
    by_month = movements(table, grace=6)
    movements(table, every="day")
    assert by_month.held([by_month.last.number]).one().amount == 12 * PARTS
    assert [(row.months, row.rest, row.ended, row.running) for row in by_month.stretches()] == [(2, 0, 0, 1)]
    # From 1 January to 28 February, two whole months. Without grace the first stretch is 27 days long.
    assert [(row.months, row.rest, row.ended, row.running) for row in movements(table).stretches()] == [(0, 27, 1, 0)]


DAYS = st.integers(0, 150)
ROW = st.tuples(st.sampled_from("abc"), st.integers(1, 5000), DAYS, st.none() | st.integers(1, 90))
ORIGIN = date(2026, 1, 1)


def plain(rows, as_of, grace, every):
    """MRR of every customer at the end of each period, straight from its definition: day by day."""
    customers = sorted({row[0] for row in rows})
    amounts = {}
    for customer in customers:
        own = [row for row in rows if row[0] == customer]
        days, day = [], min(row[2] for row in own)
        while day <= as_of:
            running = [row for row in own if row[2] <= day and (row[3] is None or row[3] > day)]
            days.append((day, sum(Decimal(row[1]) for row in running)))
            day += timedelta(days=1)
        # A gap of up to `grace` days that is followed by pay counts as what was paid before it.
        for place, (_, amount) in enumerate(days):
            if amount == 0 and place:
                following = next((later for later in range(place, len(days)) if days[later][1]), None)
                before = next(earlier for earlier in range(place, -1, -1) if days[earlier][1])
                if following is not None and following - before - 1 <= grace:
                    days[place] = (days[place][0], days[before][1])
        amounts[customer] = dict(days)
    ends = {}
    for customer, days in amounts.items():
        for day, amount in days.items():
            following = day + timedelta(days=1)
            if (
                every == "day"
                or (every == "week" and following.isoweekday() == 1)
                or (every == "month" and following.day == 1)
            ):
                ends.setdefault(day, {})[customer] = amount
    return ends, {customer: min(days) for customer, days in amounts.items()}


@settings(max_examples=25, deadline=None)
@given(
    st.lists(ROW, min_size=1, max_size=9),
    st.sampled_from([0, 3, 20]),
    st.sampled_from(["month", "week", "day"]),
    st.randoms(),
)
def test_movements_equal_a_plain_count_and_close(drawn, grace, every, random):
    as_of = ORIGIN + timedelta(days=180)
    rows = []
    for customer, cents, start, days in drawn:
        begin = ORIGIN + timedelta(days=start)
        end = begin + timedelta(days=days) if days else None
        rows.append((customer, Decimal(cents) / 100, begin, end))
    written = [(row[0], row[1], str(row[2]), str(row[3] or "")) for row in rows]
    found = movements(subscriptions_of(written, as_of=as_of), every=every, grace=grace)
    ends, first = plain(rows, as_of, grace, every)
    for step in found.steps:
        end, before = found.buckets.end(step.number), found.buckets.start(step.number) - timedelta(days=1)
        expected = {kind: [Decimal(0), 0] for kind in KINDS}
        for customer in first:
            old = ends.get(before, {}).get(customer, Decimal(0))
            new = ends[end].get(customer, Decimal(0))
            if old == new:
                continue
            fresh = first[customer] > before
            kind = (
                ("new" if fresh else "reactivation")
                if not old
                else "churn"
                if not new
                else ("expansion" if new > old else "contraction")
            )
            expected[kind][0] += new - old
            expected[kind][1] += 1
        assert step.changes == tuple(int(expected[kind][0] * PARTS) for kind in KINDS)
        assert step.customers == tuple(expected[kind][1] for kind in KINDS)
        assert step.closing == int(sum(ends[end].values()) * PARTS)
        assert step.paying == sum(amount > 0 for amount in ends[end].values())
    for one, other in zip(found.steps, found.steps[1:], strict=False):
        assert other.opening == one.closing
        assert other.closing - one.closing == sum(other.changes)
    random.shuffle(written)
    assert movements(subscriptions_of(written, as_of=as_of), every=every, grace=grace).steps == found.steps


def test_a_twelfth_of_a_year_is_summed_without_a_rest():
    # 100 a year is 8.333333 a month; three of them come and go, and nothing is left over.
    rows = [
        (name, round(100 / 12, 9), "2026-01-01", f"2026-0{month}-01")
        for name, month in zip("abc", (3, 4, 5), strict=True)
    ]
    found = movements(subscriptions_of(rows, as_of=JUNE))
    assert [step.closing for step in found.steps] == [24_999_999, 24_999_999, 16_666_666, 8_333_333, 0, 0]


def test_the_demo_by_plain_python(demo):
    path = demo / "subscriptions.csv"
    found = movements(load_subscriptions(path, timezone="Europe/Berlin"))
    paid = defaultdict(list)
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            paid[row["user_id"]].append((Decimal(row["price_eur"]), row["started_on"], row["ended_on"] or "9999-12-31"))
    # October 2024 begins on a day before the first subscription, November 2026 is not over.
    assert [str(found.buckets.start(found.steps[place].number)) for place in (0, -1)] == ["2024-11-01", "2026-10-01"]
    seen = Counter()
    for step in found.steps:
        end, before = found.buckets.end(step.number), found.buckets.start(step.number) - timedelta(days=1)
        moved = {kind: [Decimal(0), 0] for kind in KINDS}
        closing, paying = Decimal(0), 0
        for rows in paid.values():
            old, new = (
                sum((price for price, began, ended in rows if began <= str(day) < ended), Decimal(0))
                for day in (before, end)
            )
            closing, paying = closing + new, paying + bool(new)
            if old != new:
                fresh = min(began for _, began, _ in rows) > str(before)
                came, more = "new" if fresh else "reactivation", "expansion" if new > old else "contraction"
                kind = came if not old else "churn" if not new else more
                moved[kind][0] += new - old
                moved[kind][1] += 1
        assert (step.closing, step.paying) == (closing * PARTS, paying)
        assert step.changes == tuple(moved[kind][0] * PARTS for kind in KINDS)
        assert step.customers == tuple(moved[kind][1] for kind in KINDS)
        seen.update({kind: count for kind, (_, count) in moved.items()})
    assert all(seen[kind] for kind in KINDS)
