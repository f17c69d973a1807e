"""Wrong turns on the way of a file: what can be read is read right, what cannot is told."""

import codecs
import gzip
import json
from datetime import datetime

import pyarrow as pa
import pytest

from pmlib.core import InputError
from pmlib.sources.events.load import load_events

NOON = "2026-03-01T12:00:00Z"
HEAD = "user_id,event,ts\n"


def loaded(folder, given, name="log.csv", **settings):
    file = folder / name
    file.write_bytes(given if isinstance(given, bytes) else given.encode())
    return load_events(file, **settings)


def users(events):
    return events.query("SELECT user_id FROM events ORDER BY ts, user_id").column("user_id")


def failed(events, word):
    return [check.text for check in events.checks if not check.ok and word in check.text]


def test_a_byte_order_mark_before_json_costs_no_line(tmp_path):
    lines = "".join(json.dumps({"user_id": user, "event": "x", "ts": NOON}) + "\n" for user in "ab")
    marked = codecs.BOM_UTF8 + lines.encode()
    for name, given in [("log.jsonl", marked), ("log.json.gz", gzip.compress(marked))]:
        events = loaded(tmp_path, given, name)
        assert (users(events), events.origin.ledger.aside) == (["a", "b"], 0)


def test_ids_that_became_floats_are_the_same_ids(tmp_path):
    # What pandas writes of whole numbers once one is missing.
    events = loaded(tmp_path, HEAD + f"123.0,x,{NOON}\n123,y,{NOON}\n124.5,x,{NOON}\nNULL,x,{NOON}\n")
    assert users(events) == ["123", "123", "124.5"]
    inside = [{"id": 7.0, "event": "x", "ts": NOON}, {"id": 7, "event": "y", "ts": NOON}]
    lines = "".join(json.dumps({"event": one["event"], "ts": NOON, "who": one}) + "\n" for one in inside)
    assert users(loaded(tmp_path, lines, "log.jsonl", columns={"user_id": "who.id"})) == ["7", "7"]


def test_ids_keep_zeros_and_lose_only_spaces(tmp_path):
    assert users(loaded(tmp_path, HEAD + f"007,x,{NOON}\n7,x,{NOON}\n 7 ,y,{NOON}\n")) == ["007", "7", "7"]


def test_ids_that_a_spreadsheet_cut_off_are_told(tmp_path):
    events = loaded(tmp_path, HEAD + f"1.23E+05,x,{NOON}\n1.23E+05,y,{NOON}\n7,x,{NOON}\n")
    assert failed(events, "spreadsheet") == [
        "2 rows name their user as a number such as 1.23E+05, whose digits a spreadsheet cut off: several people may "
        "count as one. Export the ids as text."
    ]
    assert not failed(loaded(tmp_path, HEAD + f"123,x,{NOON}\n7,x,{NOON}\n"), "spreadsheet")


@pytest.mark.parametrize(
    "word", ["", "NULL", "NaN", "<NA>", "N/A", "#N/A", "None", "nil", "-", "(not set)", "undefined"]
)
def test_what_stands_for_nothing_is_nobody(tmp_path, word):
    events = loaded(tmp_path, HEAD + f"a,x,{NOON}\n{word},x,{NOON}\n")
    assert (users(events), events.origin.ledger.dropped["no user"]) == (["a"], 1)


def test_an_order_of_day_and_month_that_cannot_be_is_refused(tmp_path):
    days = HEAD + "a,x,25/12/2025\na,x,11/12/2025\n"
    with pytest.raises(
        InputError, match=r'cannot be month first: its months would go up to 25\. Say times="day first"'
    ):
        loaded(tmp_path, days, times="month first")
    swapped = HEAD + "a,x,12/25/2025\n"
    with pytest.raises(InputError, match=r'cannot be day first: .* up to 25\. Say times="month first"'):
        loaded(tmp_path, swapped, times="day first")
    # One slip of the keyboard among days that fit is set aside, not taken for the other order.
    slip = loaded(tmp_path, days + "a,x,01/31/2025\n", times="day first")
    assert (slip.origin.ledger.kept, slip.origin.ledger.dropped["unparseable"]) == (2, 1)


def test_the_order_found_is_the_order_said(tmp_path):
    assert loaded(tmp_path, HEAD + "a,x,25/12/2025\n").origin.notes[0].endswith("time from ts; dd/mm/yyyy.")
    assert loaded(tmp_path, HEAD + "a,x,12/25/2025\n").origin.notes[0].endswith("time from ts; mm/dd/yyyy.")


def test_numbers_since_1970_that_became_floats(tmp_path):
    stamps = ["1772366400.0", "1772366400000.0", "1772366400000000.0", "1772366400000000000.0"]
    rows = "".join(f"u{place},x,{stamp}\n" for place, stamp in enumerate(stamps))
    events = loaded(tmp_path, HEAD + rows)
    assert events.query("SELECT DISTINCT CAST(ts AS VARCHAR) AS ts FROM events").column("ts") == ["2026-03-01 12:00:00"]
    assert events.origin.ledger.kept == 4


def test_fields_with_separators_quotes_and_line_ends(tmp_path):
    text = 'user_id;event;ts;said\r\na;"x; ""y""";' + NOON + ';"two\r\nlines"\r\nb;z;' + NOON + ";\r\n"
    for given in (text.encode("utf-8-sig"), text.encode("utf-16"), gzip.compress(text.encode("utf-16"))):
        events = loaded(tmp_path, given)
        rows = events.query("SELECT user_id, event, replace(said, chr(13), '') AS said FROM events ORDER BY user_id")
        assert [tuple(row) for row in rows] == [("a", 'x; "y"', "two\nlines"), ("b", "z", None)]


def test_a_time_may_be_a_constant():
    rows = pa.table({"user_id": ["u"], "event": ["open"]})
    events = load_events(rows, columns={"ts": "='2026-01-05T10:00:00Z'"})
    assert events.query("SELECT ts FROM events").one().ts == datetime(2026, 1, 5, 10)
    with pytest.raises(InputError, match="can be read as a time"):
        load_events(rows, columns={"ts": "='soon'"})
