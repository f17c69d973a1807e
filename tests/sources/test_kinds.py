"""What a file is taken for: by its header and its first rows."""

import json

import pytest

from pmlib.core import InputError
from pmlib.sources import kind_of

ROWS = {
    "stripe": "id,Customer ID,Plan,Amount,Currency,Interval,Start Date (UTC),Ended At (UTC)\n"
    "sub_1,cus_1,pro,49.00,eur,month,2026-01-03 10:00,\n"
    "sub_2,cus_2,pro,490.00,eur,year,2026-02-03 10:00,2026-09-01 09:00\n",
    "mrr": "customer;mrr;start\nc1;49,00;03.01.2026\nc2;19,00;14.02.2026\n",
    "plain": "user_id,plan,price_eur,started_on,ended_on\n"
    "u1,plus,4.99,2024-10-02,2025-09-02\nu2,pro,9.99,2024-10-02,\n",
}
OTHERS = {
    # An event with an amount and a time of creation; payments; a table of visits that begin and end.
    "events": ("user_id,event,amount,created_at,period\nu1,paid,4.99,2026-01-01T10:00:00Z,month\n", "events"),
    "payments": ("customer,amount,created,invoice_id,period\nc1,49,2026-01-01,i1,month\n", "events"),
    "stays": ("user_id,price,start,end,arm\nu1,5,north,south,a\nu2,5,north,south,b\n", "units"),
    "places": ("user_id,price,start,end\nu1,5,north,south\nu2,5,north,south\n", "events"),
    "series": ("date,name,value\n2026-01-01,a,1\n2026-01-02,a,2\n2026-01-03,a,3\n", "series"),
}


@pytest.mark.parametrize("name", ROWS)
def test_who_pays_how_much_from_when_is_a_subscription(tmp_path, name):
    (tmp_path / "s.csv").write_text(ROWS[name])
    assert kind_of(str(tmp_path / "s.csv")) == "subscriptions"


@pytest.mark.parametrize(
    "end", ["active", "n/a", "NULL", "-", "NaN", r"\N", "0000-00-00", "still active", "31.02.2026", "ongoing"]
)
def test_whatever_stands_for_no_end_a_subscription_is_one_by_its_columns(tmp_path, end):
    rows = f"c1,plus,4.99,2026-01-03,2026-02-03\nc2,pro,9.99,2026-01-05,{end}\nc3,pro,free,soon,{end}\n"
    for header in ("customer,plan,mrr,start,end", "user_id,plan,price_eur,started_on,ended_on"):
        (tmp_path / "s.csv").write_text(f"{header}\n{rows}")
        assert kind_of(str(tmp_path / "s.csv")) == "subscriptions"


@pytest.mark.parametrize("name", OTHERS)
def test_what_only_resembles_subscriptions_is_not_taken_for_them(tmp_path, name):
    text, kind = OTHERS[name]
    (tmp_path / "s.csv").write_text(text)
    assert kind_of(str(tmp_path / "s.csv")) == kind


def test_subscriptions_are_told_in_records_too(tmp_path):
    line = {"id": "s1", "customer": "c1", "plan": {"amount": 4900, "interval": "month"}, "start_date": 1767434400}
    (tmp_path / "s.jsonl").write_text("\n".join(json.dumps(line | {"id": f"s{n}"}) for n in range(3)))
    assert kind_of(str(tmp_path / "s.jsonl")) == "subscriptions"


def test_a_pattern_over_files_of_several_kinds_is_refused_with_their_names_and_columns(tmp_path):
    (tmp_path / "events.csv").write_text("user_id,event,ts\nu1,opened,2026-01-01T10:00:00Z\n")
    (tmp_path / "paid.csv").write_text(ROWS["plain"])
    with pytest.raises(InputError) as told:
        kind_of(str(tmp_path / "*.csv"))
    assert "*.csv (2 files) matches files of several kinds" in str(told.value)
    assert "events.csv holds events (user_id, event, ts)" in str(told.value)
    assert "paid.csv holds subscriptions (user_id, plan, price_eur, started_on, ended_on)" in str(told.value)


def test_a_pattern_over_exports_of_one_kind_may_gain_columns_and_lack_rows(tmp_path):
    (tmp_path / "a.csv").write_text("user_id,event,ts\nu1,opened,2026-01-01T10:00:00Z\n")
    (tmp_path / "b.csv").write_text("user_id,event,ts\n")
    (tmp_path / "c.csv").write_text("user_id,event,ts,country\nu1,left,2026-01-02T10:00:00Z,DE\n")
    assert kind_of(str(tmp_path / "*.csv")) == "events"
