"""The same few events in every kind of file, and each maker's form as a file, with its dedupe rule and time unit."""

import gzip
import json
from datetime import date, datetime

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pmlib.core import SettingError
from pmlib.sources.events.load import load_events
from pmlib.sources.files.relation import columns_of

NOON = datetime(2026, 3, 1, 12)
CSV = "user_id,event,ts,plan,amount\n007,open,2026-03-01T12:00:00Z,pro,1.5\n008,buy,2026-03-01T12:00:00Z,,20\n"
EXPECTED = [("007", "open", NOON, "pro", 1.5), ("008", "buy", NOON, None, 20.0)]


def rows(events, columns="user_id, event, ts, plan, amount"):
    return [tuple(row) for row in events.query(f"SELECT {columns} FROM events ORDER BY user_id, event")]


def arrow():
    return pa.table(
        {
            "user_id": ["007", "008"],
            "event": ["open", "buy"],
            "ts": pa.array([NOON, NOON], pa.timestamp("us", tz="UTC")),
            "plan": ["pro", None],
            "amount": [1.5, 20.0],
        }
    )


def as_csv(folder):
    (folder / "log.csv").write_text(CSV, encoding="utf-8")
    return folder / "log.csv"


def as_windows_csv(folder):
    (folder / "log.csv").write_bytes(CSV.replace("\n", "\r\n").encode("utf-8-sig"))
    return folder / "log.csv"


def as_gzip(folder):
    (folder / "log.csv.gz").write_bytes(gzip.compress(CSV.encode()))
    return folder / "log.csv.gz"


def as_tsv(folder):
    (folder / "log.tsv").write_text(CSV.replace(",", "\t"), encoding="utf-8")
    return folder / "log.tsv"


def as_utf16(folder):
    (folder / "log.csv").write_bytes(CSV.replace(",", ";").replace("1.5", "1,5").encode("utf-16"))
    return folder / "log.csv"


def as_parts(folder):
    head, one, two = CSV.splitlines()
    (folder / "part1.csv").write_text(f"{head}\n{one}\n", encoding="utf-8")
    swapped = [",".join(line.split(",")[::-1]) for line in (head, two)]
    (folder / "part2.csv").write_text("\n".join(swapped) + "\n", encoding="utf-8")
    return str(folder / "part*.csv")


def as_parquet(folder):
    pq.write_table(arrow(), folder / "log.parquet")
    return folder / "log.parquet"


def json_lines():
    lines = [
        {"user_id": "007", "event": "open", "ts": "2026-03-01T12:00:00Z", "plan": "pro", "amount": 1.5},
        {"user_id": "008", "event": "buy", "ts": "2026-03-01T12:00:00Z", "plan": None, "amount": 20},
    ]
    return "".join(json.dumps(line) + "\n" for line in lines)


def as_json(folder):
    (folder / "log.jsonl").write_text(json_lines(), encoding="utf-8")
    return folder / "log.jsonl"


def as_json_gzip(folder):
    (folder / "log.json.gz").write_bytes(gzip.compress(json_lines().encode()))
    return folder / "log.json.gz"


def as_json_list(folder):
    (folder / "log.json").write_text("[" + json_lines().strip().replace("\n", ",") + "]", encoding="utf-8")
    return folder / "log.json"


def as_duckdb(folder):
    with duckdb.connect(str(folder / "log.duckdb")) as connection:
        connection.register("given", arrow())
        connection.execute("CREATE TABLE usage_log AS SELECT * FROM given")
    return folder / "log.duckdb"


def as_toml(folder):
    as_csv(folder)
    (folder / "pack.toml").write_text('[source.events]\npath = "log.csv"\n', encoding="utf-8")
    return folder / "pack.toml"


KINDS = [
    as_csv,
    as_windows_csv,
    as_gzip,
    as_tsv,
    as_utf16,
    as_parts,
    as_parquet,
    as_json,
    as_json_gzip,
    as_json_list,
    as_duckdb,
    as_toml,
    lambda _: arrow().to_pandas(),
    lambda _: pl.from_arrow(arrow()),
    lambda _: arrow(),
]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_events_in_every_kind_of_file(tmp_path, kind):
    events = load_events(kind(tmp_path))
    assert rows(events) == EXPECTED
    assert events.origin.ledger.read == 2
    assert events.where("amount > 3 AND plan IS NULL").names() == ["buy"]


def test_a_table_of_a_duckdb_file_is_named_where_there_are_several(tmp_path):
    with duckdb.connect(str(tmp_path / "log.duckdb")) as connection:
        connection.execute("CREATE TABLE one AS SELECT 'u' AS user_id, 'a' AS event, DATE '2026-03-01' AS day")
        connection.execute("CREATE TABLE two AS SELECT 1 AS n")
    with pytest.raises(SettingError, match=r"several tables \(one, two\)"):
        load_events(tmp_path / "log.duckdb")
    with pytest.raises(SettingError, match=r"has no table 'oen'; it has one, two\. Did you mean 'one'"):
        load_events(tmp_path / "log.duckdb", table="oen")
    assert load_events(tmp_path / "log.duckdb", table="one").as_of == date(2026, 3, 1)


def test_a_german_file_of_windows(tmp_path):
    text = (
        "Kunde;Aktion;Zeitpunkt;Betrag\nMüller;geöffnet;25.10.2026 02:30;1.234,50\nGroß;gekauft;01.03.2026 12:00;3,5\n"
    )
    (tmp_path / "log.csv").write_bytes(text.encode("cp1252"))
    mapping = {"user_id": "Kunde", "event": "Aktion", "ts": "Zeitpunkt"}
    events = load_events(tmp_path / "log.csv", columns=mapping, times="Europe/Berlin", as_of="2026-03-01")
    assert rows(events, "user_id, event, ts, Betrag") == [("Groß", "gekauft", datetime(2026, 3, 1, 11), 3.5)]


def test_columns_set_apart_by_spaces(tmp_path):
    (tmp_path / "log.txt").write_text(
        " customer_id  date cds\n 00004 19970101  1\n 00004 19970118 12\n", encoding="utf-8"
    )
    events = load_events(tmp_path / "log.txt", columns={"event": "='purchase'"})
    assert rows(events, "user_id, event, day, cds") == [
        ("00004", "purchase", date(1997, 1, 1), 1.0),
        ("00004", "purchase", date(1997, 1, 18), 12.0),
    ]


def test_frames_hold_ids_as_floats(tmp_path):
    frame = pd.DataFrame({"user_id": [7.0, None], "event": ["a", "b"], "ts": pd.to_datetime(["2026-03-01"] * 2)})
    events = load_events(frame)
    assert [tuple(row) for row in events.query("SELECT user_id, day FROM events")] == [("7", date(2026, 3, 1))]
    assert events.origin.ledger.dropped["no user"] == 1


def test_a_property_never_hides_a_column_of_the_contract(tmp_path):
    text = "customer_id,action,created_at,event,Day\nu,a,2026-03-01T12:00:00Z,x,y\n"
    (tmp_path / "log.csv").write_text(text, encoding="utf-8")
    mapping = {"user_id": "customer_id", "event": "action", "ts": "created_at"}
    events = load_events(tmp_path / "log.csv", columns=mapping)
    assert list(events.properties) == ["event_", "Day_"]
    assert rows(events, "event, event_, Day_") == [("a", "x", "y")]


def test_what_the_sample_showed_is_held_against_all_rows(tmp_path):
    lines = [f"u,a,2026-03-01T12:00:00Z,{n}" for n in range(30_000)] + ["u,a,2026-03-01T12:00:00Z,00x"]
    (tmp_path / "log.csv").write_text("\n".join(["user_id,event,ts,zip", *lines]), encoding="utf-8")
    events = load_events(tmp_path / "log.csv")
    assert events.query("SELECT count(*) AS n FROM events WHERE zip = '00x'").one().n == 1


def test_columns_of(tmp_path):
    assert columns_of(as_csv(tmp_path))[:2] == [("user_id", "VARCHAR"), ("event", "VARCHAR")]
    assert columns_of(as_parquet(tmp_path))[2] == ("ts", "TIMESTAMP WITH TIME ZONE")


SECONDS = 1772366400  # 2026-03-01T12:00:00Z


def mixpanel(insert, arrived, plan):
    inside = {"time": SECONDS, "distinct_id": "u", "$insert_id": insert, "mp_processing_time_ms": arrived, "plan": plan}
    return {"event": "open", "properties": inside}


def ga(user, index, session):
    key = {"batch_page_id": 1, "batch_ordering_id": 1, "batch_event_index": index}
    inside = [
        {"key": "ga_session_id", "value": {"int_value": session}},
        {"key": "page", "value": {"string_value": "/"}},
    ]
    who = {"user_id": user, "user_pseudo_id": "p"}
    return {"event_name": "open", "event_timestamp": SECONDS * 10**6, "event_params": inside} | who | key


# Form, rows, then: user, kept, duplicates, property plan or page, session.
FORMS = [
    (
        "PostHog events",
        [
            {"uuid": "1", "event": "open", "distinct_id": "d", "person_id": "u", "timestamp": "2026-03-01 12:00:00"}
            | {"properties": {"plan": plan, "$session_id": "s"}, "created_at": f"2026-03-01 12:0{minute}:00"}
            for minute, plan in [(1, "old"), (2, "new")]
        ],
        ("u", "new", "s"),
    ),
    (
        "Segment JSON",
        [
            {
                "messageId": "1",
                "anonymousId": "u",
                "type": "track",
                "event": "open",
                "timestamp": "2026-03-01T12:00:00Z",
            }
            | {"receivedAt": f"2026-03-01T12:0{minute}:00Z", "properties": {"plan": plan}}
            for minute, plan in [(2, "new"), (1, "old")]
        ],
        ("u", "new", None),
    ),
    (
        "Amplitude export",
        [
            {
                "$insert_id": "1",
                "user_id": "u",
                "device_id": "d",
                "amplitude_id": 5,
                "event_type": "open",
                "session_id": 9,
            }
            | {"event_time": "2026-03-01 12:00:00.000000", "event_properties": {"plan": plan}}
            | {"server_received_time": f"2026-03-01 12:0{minute}:00.000000"}
            for minute, plan in [(1, "old"), (2, "new")]
        ],
        ("u", "new", "9"),
    ),
    (
        "Mixpanel export",
        [mixpanel("1", SECONDS * 1000 + 2, "new"), mixpanel("1", SECONDS * 1000 + 1, "old")],
        ("u", "new", None),
    ),
    (
        "Mixpanel pipeline",
        [
            {"event_name": "open", "distinct_id": "u", "time": "2026-03-01 12:00:00", "insert_id": "1", "plan": plan}
            | {"mp_processing_time_ms": SECONDS * 1000 + arrived}
            for arrived, plan in [(2, "new"), (1, "old")]
        ],
        ("u", "new", None),
    ),
    ("Google Analytics 4 (BigQuery)", [ga(None, 1, 77), ga(None, 1, 77)], ("p", None, "77")),
    (
        "Snowplow events",
        [
            {"event_id": "1", "event_fingerprint": "f", "event": "unstruct", "event_name": "open", "domain_userid": "u"}
            | {"collector_tstamp": f"2026-03-01 12:0{minute}:00", "derived_tstamp": "2026-03-01 12:00:00", "plan": plan}
            | {"user_id": None, "domain_sessionid": "s"}
            for minute, plan in [(1, "old"), (2, "new")]
        ],
        ("u", "new", "s"),
    ),
]


@pytest.mark.parametrize(("form", "lines", "expected"), FORMS, ids=[form for form, _, _ in FORMS])
def test_each_form_has_its_user_its_times_and_its_duplicates(tmp_path, form, lines, expected):
    file = tmp_path / "export.json"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    events = load_events(file)
    user, plan, session = expected
    assert events.origin.form == form
    assert rows(events, "user_id, event, ts") == [(user, "open", NOON)]
    assert events.origin.ledger.dropped["duplicate"] == 1
    if plan:
        assert events.where(f"plan = '{plan}'").names() == ["open"]
    if session:
        assert rows(events, "session_id") == [(session,)]


def test_segment_warehouse_tracks_count_by_id(tmp_path):
    text = "id,anonymous_id,user_id,event,event_text,timestamp,original_timestamp,sent_at,received_at\n"
    row = "1,d,,open,Open,2026-03-01 12:00:00,2026-03-01 11:59:00,2026-03-01 12:00:01,2026-03-01 12:00:02\n"
    (tmp_path / "tracks.csv").write_text(text + row + row, encoding="utf-8")
    events = load_events(tmp_path / "tracks.csv")
    assert rows(events, "user_id, event, ts") == [("d", "open", NOON)]
    assert events.origin.ledger.dropped["duplicate"] == 1
    assert "2 rows have no user_id and count under anonymous_id." in events.origin.notes


def test_google_analytics_as_parquet_with_structs(tmp_path):
    value = {"string_value": None, "int_value": 77, "float_value": None, "double_value": None}
    lines = [
        ga(user, index, 77) | {"event_params": [{"key": "ga_session_id", "value": value}]}
        for user, index in [("u", 1), (None, 2)]
    ]
    pq.write_table(
        pa.Table.from_pylist([line | {"device": {"category": "mobile"}} for line in lines]), tmp_path / "ga.parquet"
    )
    events = load_events(tmp_path / "ga.parquet")
    # The row without a user has the pseudonym that u had, so it is u's.
    assert rows(events, "user_id, ts, session_id") == [("u", NOON, "77"), ("u", NOON, "77")]
    assert (
        events.where("category = 'mobile' AND ga_session_id = 77").query("SELECT count(*) AS n FROM events").one().n
        == 2
    )


def test_old_mixpanel_projects_count_from_1970_in_their_zone(tmp_path):
    (tmp_path / "m.json").write_text(json.dumps(mixpanel("1", SECONDS * 1000, "new")), encoding="utf-8")
    events = load_events(tmp_path / "m.json", times="America/New_York", as_of="2026-03-01")
    assert rows(events, "ts") == [(datetime(2026, 3, 1, 17),)]


@pytest.mark.parametrize("factor", [1, 10**3, 10**6])
def test_epochs_by_magnitude(factor):
    frame = pa.table({"user_id": ["u"], "event": ["a"], "ts": pa.array([SECONDS * factor], pa.int64())})
    assert rows(load_events(frame), "ts") == [(NOON,)]
