"""Subscriptions: each form people have, amounts a month's worth, and where every row went."""

import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from pmlib.core import InputError, SettingError
from pmlib.sources import Subscriptions, load_subscriptions

HEAD = "customer,plan,amount,interval,currency,started,ended\n"


def written(folder: Path, text: str, name: str = "subscriptions.csv") -> Path:
    """Write a file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def rows(subscriptions: Subscriptions, *columns: str) -> list[tuple[object, ...]]:
    """Return columns of the table, by customer and start."""
    text = f"SELECT {', '.join(columns)} FROM subscriptions ORDER BY customer, started, amount"
    return [tuple(row) for row in subscriptions.query(text)]


def test_the_demo_is_read_by_its_names() -> None:
    subscriptions = load_subscriptions("data/demo/subscriptions.csv", timezone="Europe/Berlin")
    # The first two users' lines in the file: plus for a month from 8 December 2024, plus for two from 4 October.
    assert rows(subscriptions, "customer", "plan", "amount", "started", "ended")[:2] == [
        ("u000005", "plus", 4.99, date(2024, 12, 8), date(2025, 1, 8)),
        ("u000009", "plus", 4.99, date(2024, 10, 4), date(2024, 12, 4)),
    ]
    assert subscriptions.currency == "EUR"
    assert subscriptions.as_of == date(2026, 11, 22)
    assert subscriptions.origin.ledger.aside == 0


def test_intervals_become_a_month(tmp_path: Path) -> None:
    text = HEAD + "".join(
        f"c{number},p,{amount},{interval},EUR,2026-01-01,\n"
        for number, (amount, interval) in enumerate(
            [(10, "month"), (120, "year"), (120, "Annual"), (30, "quarter"), (73, "week"), (3.65, "day")]
        )
    )
    found = rows(load_subscriptions(written(tmp_path, text)), "amount")
    # By hand: 10; 120/12; 120/12; 30/3; 73 * 365/7/12 = 317.2023...; 3.65 * 365/12 = 111.0208...
    assert [amount for (amount,) in found] == pytest.approx([10, 10, 10, 10, 73 * 365 / 84, 3.65 * 365 / 12])


def test_a_stripe_export_of_the_dashboard(tmp_path: Path) -> None:
    head = (
        "id,Customer ID,Plan,Quantity,Currency,Interval,Amount,Status,Created (UTC),Start Date (UTC),Trial End (UTC),"
        "Canceled At (UTC),Ended At (UTC)\n"
    )
    lines = [
        ("cus_1,pro,2,eur,month,10.00,active", "2026-01-01 10:00,2026-01-01 10:00", ",,"),
        ("cus_2,pro,1,eur,year,120.00,active", "2026-01-05 23:30,2026-01-05 23:30", ",2026-03-01 10:00,"),
        (
            "cus_3,pro,1,eur,month,10.00,canceled",
            "2026-01-05 10:00,2026-01-05 10:00",
            ",2026-03-01 10:00,2026-04-01 10:00",
        ),
        ("cus_4,pro,1,eur,month,10.00,incomplete_expired", "2026-01-05 10:00,2026-01-05 10:00", ",,"),
        ("cus_5,pro,1,eur,month,10.00,active", "2026-01-05 10:00,2026-01-05 10:00", "2026-01-19 10:00,,"),
        (
            "cus_6,pro,1,eur,month,10.00,canceled",
            "2026-01-05 10:00,2026-01-05 10:00",
            "2026-01-19 10:00,,2026-01-12 10:00",
        ),
    ]
    text = head + "".join(f"sub_{number},{','.join(line)}\n" for number, line in enumerate(lines, start=1))
    subscriptions = load_subscriptions(written(tmp_path, text), timezone="Europe/Berlin")
    # Two seats of 10 are 20; 23:30 UTC is the 6th in Berlin; sub_2 is cancelled to the end of a period not over yet;
    # sub_5 pays from the end of its trial; sub_6 never paid.
    assert rows(subscriptions, "subscription", "amount", "started", "ended") == [
        ("sub_1", 20.0, date(2026, 1, 1), None),
        ("sub_2", 10.0, date(2026, 1, 6), None),
        ("sub_3", 10.0, date(2026, 1, 5), date(2026, 4, 1)),
        ("sub_5", 10.0, date(2026, 1, 19), None),
    ]
    ledger = subscriptions.origin.ledger
    assert {reason: count for reason, count in ledger.dropped.items() if count} == {"never paid": 1, "in trial": 1}


@pytest.mark.parametrize(("currency", "amount"), [("usd", 10.0), ("jpy", 1000.0)])
def test_stripe_objects_are_in_cents_where_the_currency_has_them(tmp_path: Path, currency: str, amount: float) -> None:
    plan = {"id": "p1", "amount": 12_000, "interval": "year", "interval_count": 1, "nickname": "Gold"}
    one = {"id": "sub_1", "object": "subscription", "customer": "cus_1", "status": "active", "start_date": 1767225600}
    entry = one | {"ended_at": None, "quantity": 1, "currency": currency, "plan": plan}
    subscriptions = load_subscriptions(written(tmp_path, json.dumps(entry) + "\n", "subscriptions.jsonl"))
    # 12,000 cents a year are 10 a month; the yen has no cents. 1767225600 is 1 January 2026.
    assert rows(subscriptions, "subscription", "plan", "amount", "started") == [
        ("sub_1", "Gold", amount, date(2026, 1, 1))
    ]


def test_every_row_that_cannot_count_is_counted_by_its_reason(tmp_path: Path) -> None:
    text = HEAD + (
        "a,p,10,month,EUR,2026-01-01,2026-03-01\n"
        "a,p,10,month,EUR,2026-01-01,2026-03-01\n"
        ",p,10,month,EUR,2026-01-01,\n"
        "b,p,10,month,EUR,,\n"
        "c,p,,month,EUR,2026-01-01,\n"
        "d,p,-5,month,EUR,2026-01-01,\n"
        "e,p,0,month,EUR,2026-01-01,\n"
        "f,p,10,,EUR,2026-01-01,\n"
        "g,p,10,month,EUR,2026-02-01,2026-01-01\n"
        "h,p,10,month,EUR,2026-02-01,2026-02-01\n"
        "i,p,10,month,EUR,2026-05-01,\n"
        "j,p,10,month,EUR,2026-02-01,2026-05-01\n"
    )
    subscriptions = load_subscriptions(written(tmp_path, text), as_of="2026-04-01")
    assert {reason: count for reason, count in subscriptions.origin.ledger.dropped.items() if count} == {
        "no customer": 1,
        "no start": 1,
        "no interval": 1,
        "no amount": 1,
        "negative amount": 1,
        "free": 1,
        "ended before it started": 1,
        "ended the day it started": 1,
        "duplicate": 1,
        "started after the last day counted": 1,
    }
    # On 1 April nobody knew that j would end in May.
    assert rows(subscriptions, "customer", "ended") == [("a", date(2026, 3, 1)), ("j", None)]
    doubts = [check.text for check in subscriptions.checks if not check.ok]
    assert any("because they end before they start: 1." in text for text in doubts)
    assert any("because their amount is negative: 1." in text for text in doubts)


def test_currencies_are_not_added_up(tmp_path: Path) -> None:
    path = written(
        tmp_path, HEAD + "a,p,10,month,eur,2026-01-01,\nb,p,10,month,usd,2026-01-01,\nc,p,9,month,EUR,2026-01-01,\n"
    )
    with pytest.raises(InputError, match=r"EUR \(2\), USD \(1\).*currency='EUR'"):
        load_subscriptions(path)
    subscriptions = load_subscriptions(path, currency="usd")
    assert rows(subscriptions, "customer") == [("b",)]
    assert (subscriptions.currency, subscriptions.origin.ledger.dropped["other currency"]) == ("USD", 2)
    with pytest.raises(SettingError, match=r"No amount of subscriptions\.csv is in GBP; there is EUR, USD"):
        load_subscriptions(path, currency="GBP")


def test_payments_and_events_are_refused_with_a_next_step(tmp_path: Path) -> None:
    invoices = written(
        tmp_path, "invoice_id,customer,amount_paid,currency,created\nin_1,c,10,eur,2026-01-01\n", "in.csv"
    )
    with pytest.raises(InputError, match=r"holds payments.*invoice_id, amount_paid.*load_events"):
        load_subscriptions(invoices)
    events = written(tmp_path, "user_id,event,ts,amount\na,subscription_started,2026-01-01,10\n", "ev.csv")
    with pytest.raises(InputError, match="holds events, not subscriptions"):
        load_subscriptions(events)
    bare = written(tmp_path, "name,fee\na,10\n", "bare.csv")
    with pytest.raises(InputError, match=r"no column for customer and started; it has name, fee.*'amount': 'fee'"):
        load_subscriptions(bare)


def test_a_mapping_names_columns_and_constants() -> None:
    frame = pa.table({"Kunde": ["a"], "Preis": ["120,00 €"], "Beginn": ["31.01.2026"]})
    mapping = {"customer": "Kunde", "amount": "Preis", "started": "Beginn", "interval": "='year'", "currency": "='EUR'"}
    with pytest.raises(InputError, match="Preis"):
        load_subscriptions(frame, columns=mapping | {"amount": "Prais"})
    with pytest.raises(SettingError, match="Did you mean 'customer'"):
        load_subscriptions(frame, columns={"custommer": "Kunde"})
    subscriptions = load_subscriptions(frame, columns=mapping)
    assert rows(subscriptions, "customer", "amount", "started", "currency") == [("a", 10.0, date(2026, 1, 31), "EUR")]


def test_an_unknown_interval_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'fortnight'; known are day, week"):
        load_subscriptions(written(tmp_path, HEAD + "a,p,10,fortnight,EUR,2026-01-01,\n"))


def test_a_subscription_that_comes_twice_at_one_time_is_doubted(tmp_path: Path) -> None:
    head = "subscription,customer,plan,amount,started,ended\n"
    text = head + (
        "s1,a,p,10,2026-01-01,2026-03-01\ns1,a,q,20,2026-02-01,\n"
        "s2,b,p,10,2026-01-01,2026-02-01\ns2,b,q,20,2026-02-01,\n"
    )
    subscriptions = load_subscriptions(written(tmp_path, text))
    # s1 overlaps in February; s2 changes its plan on 1 February and does not.
    assert any("come more than once with times that overlap: 1." in check.text for check in subscriptions.checks)
    assert subscriptions.query("SELECT count(*) AS n FROM subscriptions").one().n == 4


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    lines = [f"c{number % 5},p,{number % 3 + 1},month,EUR,2026-01-{number % 9 + 1:02},\n" for number in range(30)]
    one = load_subscriptions(written(tmp_path, HEAD + "".join(lines), "one.csv"))
    two = load_subscriptions(written(tmp_path, HEAD + "".join(reversed(lines)), "two.csv"))
    columns = ("customer", "subscription", "amount", "started")
    assert rows(one, *columns) == rows(two, *columns)
    assert one.origin.ledger == two.origin.ledger
