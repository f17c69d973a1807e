"""Usage events: counts by hand, the ledger that closes, zones and days."""

from datetime import date, datetime

import pytest

from pmlib.core import InputError, SettingError
from pmlib.sources.events.load import load_events

# 12 rows, 4 kept and one line broken (too many values): what each of the others is, stands in its last column.
LEDGER = """event_id,user_id,event,ts,received_at,plan
1,001,open,2026-03-01T10:00:00Z,2026-03-01T10:00:01Z,pro
2,001,buy,2026-03-01T11:00:00Z,2026-03-01T11:00:01Z,pro
2,001,buy,2026-03-01T11:00:00Z,2026-03-01T11:05:00Z,a copy
3,,open,2026-03-01T12:00:00Z,2026-03-01T12:00:01Z,no user
4,null,open,2026-03-01T12:00:00Z,2026-03-01T12:00:01Z,no user
5,002,open,,2026-03-01T12:00:01Z,no time
6,002,open,soon,2026-03-01T12:00:01Z,unparseable
7,002,,2026-03-01T12:00:00Z,2026-03-01T12:00:01Z,no event
8,002,open,2026-03-03T12:00:02Z,2026-03-02T12:00:01Z,future
9,002,open,2026-03-02T12:00:00Z,2026-03-02T12:00:01Z,free
10,002,open,2026-03-02T12:00:00Z,2026-03-02T12:00:01Z,broken,line
11,003,open,2026-03-02T23:59:59Z,2026-03-03T09:00:00Z,free
12,003,open,2026-03-03T08:00:00Z,2026-03-03T09:00:00Z,after the last day counted
"""


def written(folder, text, name="log.csv"):
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def rows(events, columns="user_id, event, ts"):
    query = f"SELECT {columns} FROM events ORDER BY ts, event, user_id"
    return [tuple(row) for row in events.query(query)]


def test_every_row_is_in_the_ledger(tmp_path):
    events = load_events(written(tmp_path, LEDGER), as_of="2026-03-02")
    ledger = events.origin.ledger
    assert (ledger.read, ledger.kept) == (13, 4)
    assert ledger.dropped == {
        "no user": 2,
        "no time": 1,
        "unparseable": 2,
        "no event": 1,
        "future": 1,
        "duplicate": 1,
        "after the last day counted": 1,
    }
    assert rows(events, "user_id, event, ts, day, event_id, plan") == [
        ("001", "open", datetime(2026, 3, 1, 10), date(2026, 3, 1), "1", "pro"),
        ("001", "buy", datetime(2026, 3, 1, 11), date(2026, 3, 1), "2", "a copy"),
        ("002", "open", datetime(2026, 3, 2, 12), date(2026, 3, 2), "9", "free"),
        ("003", "open", datetime(2026, 3, 2, 23, 59, 59), date(2026, 3, 2), "11", "free"),
    ]
    assert events.as_of == events.origin.through == date(2026, 3, 2)
    assert events.origin.first == date(2026, 3, 1)
    assert list(events.properties) == ["received_at", "event_id", "plan"]


def test_an_open_quote_costs_the_lines_it_swallows(tmp_path):
    text = 'user_id,event,ts\na,x,2026-03-01T10:00:00Z\nb,"y,2026-03-01T10:00:00Z\nc,z,2026-03-01T10:00:00Z\n'
    ledger = load_events(written(tmp_path, text)).origin.ledger
    assert (ledger.read, ledger.kept, ledger.dropped["unparseable"]) == (3, 1, 2)


def test_a_broken_line_of_json_is_counted(tmp_path):
    text = '{"user":"a","event":"x","time":"2026-03-01T10:00:00Z"}\n{"user":"b","ev\n'
    ledger = load_events(written(tmp_path, text, "log.jsonl")).origin.ledger
    assert (ledger.read, ledger.kept, ledger.dropped["unparseable"]) == (2, 1, 1)


def test_without_arrival_times_the_future_begins_tomorrow(tmp_path):
    text = "user_id,event,ts\na,x,2026-03-01T10:00:00Z\na,x,2931-03-01T10:00:00Z\n"
    assert load_events(written(tmp_path, text)).origin.ledger.dropped["future"] == 1


def test_local_days_where_clocks_go_back(tmp_path):
    # Berlin, 25 October 2026: the day has 25 hours, from 24 October 22:00 UTC to 25 October 23:00 UTC.
    stamps = ["2026-10-24T21:59:59Z", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z", "2026-10-25T23:00:00Z"]
    text = "\n".join(["user_id,event,ts,received_at", *(f"u,a,{stamp},{stamp}" for stamp in stamps)])
    events = load_events(written(tmp_path, text), timezone="Europe/Berlin", as_of="2026-10-26")
    assert [row.day.day for row in events.query("SELECT day FROM events ORDER BY ts")] == [24, 25, 25, 26]


def test_local_days_where_a_day_has_no_midnight(tmp_path):
    # Cairo, 25 April 2025: clocks go from 24 April 23:59:59 (UTC+2) to 25 April 01:00 (UTC+3).
    text = "user_id,event,ts\nu,a,2025-04-24T21:59:59Z\nu,b,2025-04-24T22:00:00Z\nu,c,2025-04-25T20:59:59Z\n"
    events = load_events(written(tmp_path, text + "u,d,2025-04-25T21:00:00Z\n"), timezone="Africa/Cairo")
    days = [row.day.day for row in events.query("SELECT day FROM events ORDER BY ts")]
    assert days == [24, 25, 25]  # the 26th had begun when the data end, so it is not counted


def test_dates_are_local_days_also_where_they_have_no_midnight(tmp_path):
    text = "user_id,event,date\nu,a,2025-04-24\nu,b,2025-04-25\nu,c,2025-04-26\n"
    events = load_events(written(tmp_path, text), timezone="Africa/Cairo")
    assert rows(events, "event, day, ts") == [
        ("a", date(2025, 4, 24), datetime(2025, 4, 23, 22)),
        ("b", date(2025, 4, 25), datetime(2025, 4, 24, 22)),
        ("c", date(2025, 4, 26), datetime(2025, 4, 25, 21)),
    ]
    assert events.as_of == date(2025, 4, 26)


def test_naive_times_are_refused_until_a_zone_is_said(tmp_path):
    file = written(tmp_path, "user_id,event,ts\nu,a,2026-03-01 00:30:00\n")
    with pytest.raises(InputError) as error:
        load_events(file, timezone="Europe/Berlin")
    assert str(error.value) == (
        "The times in 'ts' of log.csv name no time zone (found 2026-03-01 00:30:00; expected 2026-11-22T10:00:00Z). "
        'Say which zone they are in: times="Europe/Berlin" or times="UTC" (in TOML: times = "Europe/Berlin").'
    )
    assert rows(load_events(file, times="Europe/Berlin"), "ts, day") == [
        (datetime(2026, 2, 28, 23, 30), date(2026, 2, 28))
    ]


def test_mixed_zones_are_refused_mixed_offsets_are_not(tmp_path):
    text = "user_id,event,ts\nu,a,2026-03-01T10:00:00Z\nu,b,2026-03-01T10:00:00+02:00\n"
    assert rows(load_events(written(tmp_path, text)), "event, ts") == [
        ("b", datetime(2026, 3, 1, 8)),
        ("a", datetime(2026, 3, 1, 10)),
    ]
    mixed = written(tmp_path, text + "u,c,2026-03-01T10:00:00\n")
    with pytest.raises(InputError, match="mixes 2 times with a zone and 1 without one"):
        load_events(mixed)
    assert load_events(mixed, times="UTC").origin.ledger.kept == 3


def test_midnights_without_a_zone_are_dates(tmp_path):
    events = load_events(written(tmp_path, "user_id,event,ts\nu,a,2026-03-01 00:00:00\n"), timezone="Europe/Berlin")
    assert rows(events, "day, ts") == [(date(2026, 3, 1), datetime(2026, 2, 28, 23))]


@pytest.mark.parametrize(("last", "as_of"), [("21:00", 31), ("09:00", 30)])
def test_the_last_day_counts_if_it_ends_no_earlier_than_days_do(tmp_path, last, as_of):
    # 30 days that end at 20:00; the 31st ends later or in the morning.
    days = [f"u,a,2026-01-{day:02}T{hour}:00Z" for day in range(1, 31) for hour in ("08:00", "20:00")]
    file = written(tmp_path, "\n".join(["user_id,event,ts", *days, f"u,a,2026-01-31T{last}:00Z"]))
    events = load_events(file)
    assert events.as_of == date(2026, 1, as_of)
    assert events.origin.ledger.dropped["after the last day counted"] == 31 - as_of


def test_a_day_that_is_all_there_is_counts(tmp_path):
    assert load_events(written(tmp_path, "user_id,event,ts\nu,a,2026-01-31T09:00:00Z\n")).as_of == date(2026, 1, 31)


def test_nothing_is_shown_past_the_data_and_a_check_says_so(tmp_path):
    events = load_events(written(tmp_path, "user_id,event,ts\nu,a,2026-01-31T09:00:00Z\n"), as_of="2026-02-02")
    assert (events.as_of, events.origin.through) == (date(2026, 1, 31), date(2026, 1, 31))
    assert any(not check.ok and "The data end on 31 Jan 2026" in check.text for check in events.checks)


def test_duplicates_by_row_id_or_not_at_all(tmp_path):
    text = "user_id,event,ts,n\nu,a,2026-01-31T09:00:00Z,1\nu,a,2026-01-31T09:00:00Z,1\nu,a,2026-01-31T09:00:00Z,2\n"
    file = written(tmp_path, text)
    assert load_events(file).origin.ledger.dropped["duplicate"] == 1
    assert load_events(file, duplicates="keep").origin.ledger.kept == 3
    with pytest.raises(SettingError, match="duplicates = 'id' needs a column"):
        load_events(file, duplicates="id")
    dates = written(tmp_path, "user_id,event,date\nu,a,2026-01-31\nu,a,2026-01-31\n")
    kept = load_events(dates)
    assert kept.origin.ledger.kept == 2
    assert "Rows that are alike all count: no column names an event." in kept.origin.notes


def test_an_event_id_that_names_a_kind_of_event_costs_nothing(tmp_path):
    text = "event_id,user_id,event,ts\n7,u,a,2026-01-31T09:00:00Z\n7,v,a,2026-01-31T10:00:00Z\n"
    assert load_events(written(tmp_path, text)).origin.ledger.kept == 2


def test_the_checks_name_gaps_one_user_and_clocks_that_were_not_set(tmp_path):
    text = "user_id,event,ts\nu,a,1970-01-01T00:00:05Z\nu,a,2026-01-28T20:00:00Z\nu,a,2026-01-30T21:00:00Z\n"
    checks = load_events(written(tmp_path, text)).checks
    told = {check.text: check.ok for check in checks}
    assert told["All 3 rows of log.csv could be read."]
    assert told["No event came twice."]
    assert not told["1 events are dated before 2000: their clocks were not set."]
    assert not told["All events come from one user: shares of users say nothing here."]
    assert any("days of the last 8 weeks have no events: 6 Dec 2025" in text for text in told)


def test_full_weeks_pass_the_checks(tmp_path):
    lines = [f"{user},a,2026-01-{day:02}T20:00:00Z" for day in range(1, 29) for user in "uv"]
    events = load_events(written(tmp_path, "\n".join(["user_id,event,ts", *lines])))
    assert all(check.ok for check in events.checks)
    assert events.checks[1].text == "Every day of the last 8 weeks to 28 Jan 2026 has events."
