"""Prepared tables: every finding before and after alike, opened at once, kept between loads."""

import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pmlib.core import InputError, SettingError
from pmlib.sources import Who, kept, load_events
from pmlib.sources.facts import KEY, Facts
from pmlib.usage import active, funnel, retention

DEMO = "data/demo/events.parquet"
LINES = [
    {"uuid": str(number), "event": event, "distinct_id": user, "person_id": user, "timestamp": when}
    | {"properties": {"plan": plan, "seats": seats, "team": team}}
    for number, (user, event, when, plan, seats, team) in enumerate(
        [
            ("ann", "open", "2026-03-02T10:00:00Z", "pro", 3, "acme"),
            ("ann", "buy", "2026-03-10T10:00:00Z", "pro", 3, None),
            ("bob", "open", "2026-03-11T10:00:00Z", 'it\'s "free"', 1, "bolt"),
            ("bob", "open", "2026-03-16T10:00:00Z", "free", 1, "bolt"),
            ("", "open", "2026-03-16T10:00:00Z", "free", 1, "bolt"),
        ]
    )
]


@pytest.fixture
def export(tmp_path):
    """Write events with objects in a column, one without a user."""
    file = tmp_path / "export.json"
    file.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    return file


def facts(finding):
    """All that a finding says."""
    return json.dumps(finding.facts(), sort_keys=True, default=str)


def same(one, two):
    assert (one.origin, one.checks, one.as_of, one.timezone, one.weeks) == (
        two.origin,
        two.checks,
        two.as_of,
        two.timezone,
        two.weeks,
    )
    assert (one.segment, one.who, one.grouping, list(one.properties)) == (
        two.segment,
        two.who,
        two.grouping,
        list(two.properties),
    )


def test_every_finding_is_the_same_before_and_after(tmp_path):
    before = load_events(DEMO, timezone="Europe/Berlin", week_start="sunday")
    after = load_events(before.prepared(tmp_path / "ready.parquet"))
    same(before, after)
    questions = [
        active,
        lambda events: active(events.where("platform = 'ios'")),
        lambda events: retention(events, start="signed_up", back="session_started"),
        lambda events: funnel(events, steps=["signed_up", "trip_created", "booking_made"]),
    ]
    for ask in questions:
        assert facts(ask(before)) == facts(ask(after))


def test_properties_inside_objects_segments_and_accounts_round_trip(export, tmp_path):
    before = load_events(export).where("seats > 0").grouped("team", who=Who("team", "teams"))
    after = load_events(before.prepared(tmp_path / "deep" / "ready.parquet"))
    same(before, after)
    query = "SELECT user_id, event, ts, day FROM events ORDER BY ts"
    assert after.query(query).rows == before.query(query).rows
    part = after.where("plan = 'it''s \"free\"' OR seats = 3")
    # ann's two events (her purchase counts for acme, the team she named) and bob's first.
    assert part.query("SELECT user_id FROM events ORDER BY ts").column("user_id") == ["acme", "acme", "bolt"]


def test_an_earlier_last_day_narrows(export, tmp_path):
    ready = load_events(export).prepared(tmp_path / "ready.parquet")
    for day in ("2026-03-10", "2026-03-11", "2026-04-01"):
        same(load_events(ready, as_of=day), load_events(export, as_of=day))
    assert load_events(ready, as_of="2026-03-10").query("SELECT count(*) AS n FROM events").one().n == 2
    with pytest.raises(InputError, match=r"No event of export\.json is left to count"):
        load_events(ready, as_of="2026-01-01")


def test_a_prepared_file_is_a_view_and_by_user_and_time(export, tmp_path):
    ready = load_events(export).prepared(tmp_path / "ready.parquet")
    kinds = load_events(ready).query("SELECT table_type FROM information_schema.tables WHERE table_name = 'events'")
    assert kinds.column("table_type") == ["VIEW"]
    assert pq.read_table(ready).column("user_id").to_pylist() == ["ann", "ann", "bob", "bob"]


def test_what_a_prepared_file_cannot_do_is_refused(export, tmp_path):
    ready = load_events(export, timezone="Europe/Berlin").prepared(tmp_path / "ready.parquet")
    with pytest.raises(SettingError, match="prepared in Europe/Berlin, not in UTC"):
        load_events(ready, timezone="UTC")
    with pytest.raises(SettingError, match=r"exclude can change nothing\. Load its source \(export\.json\)"):
        load_events(ready, exclude="plan = 'pro'")


@pytest.mark.parametrize("part", ["(SELECT 1)", "read_text('/etc/passwd')", "getenv('HOME')", "a; DROP TABLE events"])
def test_a_file_of_others_runs_nothing(export, tmp_path, part):
    ready = load_events(export).prepared(tmp_path / "ready.parquet")
    table = pq.read_table(ready)
    said = json.loads(pq.read_metadata(ready).metadata[KEY])
    said["properties"]["plan"] = part
    pq.write_table(table.replace_schema_metadata({KEY: json.dumps(said)}), ready)
    with pytest.raises(InputError, match=r"[Pp]repare it again"):
        load_events(ready)


def test_another_form_and_broken_metadata_are_refused(export, tmp_path):
    ready = load_events(export).prepared(tmp_path / "ready.parquet")
    table, said = pq.read_table(ready), json.loads(pq.read_metadata(ready).metadata[KEY])
    for text, words in [(json.dumps(said | {"form": 99}), "another version"), ("{}", "not those of prepared")]:
        pq.write_table(table.replace_schema_metadata({KEY: text}), ready)
        with pytest.raises(InputError, match=words):
            load_events(ready)


def test_types_that_parquet_would_change_come_back(tmp_path):
    source = pa.table({"user_id": ["a"], "event": ["x"], "ts": ["2026-03-02T10:00:00Z"], "plan": ["p"]})
    events = load_events(source)
    events.engine.run("ALTER TABLE events ADD COLUMN huge HUGEINT DEFAULT 170141183460469231731687303715884105727")
    after = load_events(events.prepared(tmp_path / "ready.parquet"))
    row = after.query("SELECT huge, typeof(huge) AS kind FROM events").one()
    assert (row.huge, row.kind) == (2**127 - 1, "HUGEINT")


NESTED = {
    "INTEGER[2]": "[1, 2]",
    "ENUM('a', 'b')": "'b'",
    "TIMESTAMP_S": "TIMESTAMP '2026-03-02 10:00:00'",
    "UNION(num INTEGER, str VARCHAR)": "'x'",
    "STRUCT(a ENUM('a'), b UNION(num INTEGER), c BIT)": "{'a': 'a', 'b': union_value(num := 2), 'c': '01'::BIT}",
}


@pytest.mark.parametrize("kind", NESTED)
def test_nested_types_come_back_as_they_were(tmp_path, kind):
    events = load_events(pa.table({"user_id": ["a"], "event": ["x"], "ts": ["2026-03-02T10:00:00Z"]}))
    events.engine.run(f"ALTER TABLE events ADD COLUMN odd {kind}")
    events.engine.run(f"UPDATE events SET odd = {NESTED[kind]}")
    query = "SELECT odd, typeof(odd) AS kind FROM events"
    before, after = (
        events.query(query).one(),
        load_events(events.prepared(tmp_path / "ready.parquet")).query(query).one(),
    )
    assert (after.odd, after.kind) == (before.odd, before.kind)


@pytest.mark.parametrize("kind", ["STRUCT(a HUGEINT)", "MAP(VARCHAR, UHUGEINT)", "INTERVAL[]"])
def test_types_that_would_not_come_back_are_refused_and_not_kept(tmp_path, kind):
    events = load_events(pa.table({"user_id": ["a"], "event": ["x"], "ts": ["2026-03-02T10:00:00Z"]}))
    events.engine.run(f"ALTER TABLE events ADD COLUMN odd {kind}")
    with pytest.raises(InputError, match=r"'odd' is of type .*does not give back as it is"):
        events.prepared(tmp_path / "ready.parquet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "kind", ["INTEGER) FROM read_text('/etc/passwd') --", "VARCHAR); DROP TABLE events", "no such type", "INT) + (1"]
)
def test_a_type_of_others_is_only_a_type(export, tmp_path, kind):
    ready = load_events(export).prepared(tmp_path / "ready.parquet")
    table, said = pq.read_table(ready), json.loads(pq.read_metadata(ready).metadata[KEY])
    said["types"]["event"] = kind
    pq.write_table(table.replace_schema_metadata({KEY: json.dumps(said)}), ready)
    with pytest.raises(InputError, match="Prepare it again"):
        load_events(ready)


def test_the_ledger_of_a_prepared_segment_counts_its_rows(export, tmp_path):
    # Of 5 lines 1 has no user and 2 are bob's, who has no "pro"; of ann's 2 one lies after the 9th.
    part = load_events(export).where("plan = 'pro'")
    ready = part.prepared(tmp_path / "ready.parquet")
    assert load_events(ready).origin.ledger == part.origin.ledger
    early = load_events(ready, as_of="2026-03-09")
    ledger = early.origin.ledger
    assert (ledger.read, ledger.kept) == (5, early.query("SELECT count(*) AS n FROM events").one().n) == (5, 1)
    asked = {reason: count for reason, count in ledger.dropped.items() if count}
    assert asked == {"no user": 1, "not in the prepared file": 2, "after the last day counted": 1}


def test_a_file_whose_place_is_taken_by_a_folder_is_told_and_leaves_nothing(export, tmp_path):
    taken = tmp_path / "there" / "ready.parquet"
    taken.mkdir(parents=True)
    with pytest.raises(InputError, match=r"ready\.parquet cannot be written: .*directory"):
        load_events(export).prepared(taken)
    assert list(taken.parent.iterdir()) == [taken]


def test_a_path_below_a_file_is_told(export):
    with pytest.raises(InputError, match=r"ready\.parquet cannot be written"):
        load_events(export).prepared(export / "ready.parquet")


class TestKept:
    """Loads of one run share their tables."""

    @pytest.fixture
    def folder(self, tmp_path, monkeypatch):
        """Name a folder to keep tables in."""
        place = tmp_path / "kept"
        monkeypatch.setenv(kept.FOLDER, str(place))
        return place

    def test_a_second_load_opens_what_the_first_left(self, export, folder, monkeypatch):
        first = load_events(export, timezone="Europe/Berlin")
        (file,) = folder.iterdir()
        assert file.stat().st_mode & 0o077 == 0
        assert folder.stat().st_mode & 0o077 == 0
        # The source could not be read a second time: what follows comes from the kept table.
        monkeypatch.setattr("pmlib.sources.events.load.opened", None)
        same(load_events(export, timezone="Europe/Berlin"), first)
        assert list(folder.iterdir()) == [file]

    def test_the_last_day_and_the_first_of_the_week_are_no_part_of_the_key(self, export, folder, monkeypatch):
        alone = {}
        days = ("data", "2026-03-10", "2026-03-11", "2026-03-16", "2026-05-01")
        with monkeypatch.context() as bare:
            bare.delenv(kept.FOLDER)
            for day in days:
                alone[day] = load_events(export, as_of=day, week_start="sunday")
        load_events(export, as_of="2026-03-10")
        for day in days:
            same(load_events(export, as_of=day, week_start="sunday"), alone[day])
        assert len([*folder.iterdir()]) == 1

    def test_other_settings_or_another_file_are_another_key(self, export, folder):
        load_events(export)
        load_events(export, exclude="plan = 'free'")
        load_events(export, timezone="Europe/Berlin")
        export.write_text(export.read_text() + json.dumps(LINES[0] | {"uuid": "99"}) + "\n")
        assert load_events(export).origin.ledger.read == 6
        assert len([*folder.iterdir()]) == 4

    def test_a_changed_table_of_identities_is_another_key(self, export, folder, tmp_path):
        pairs = tmp_path / "pairs.csv"
        pairs.write_text("anon_id,user_id\nbob,ann\n")
        assert load_events(export, identities=pairs).names()
        pairs.write_text("anon_id,user_id\nbob,bobby\n")
        events = load_events(export, identities=pairs)
        assert events.query("SELECT DISTINCT user_id FROM events ORDER BY user_id").column("user_id") == [
            "ann",
            "bobby",
        ]

    def test_where_nothing_can_be_kept_the_load_goes_on(self, export, tmp_path, monkeypatch):
        (tmp_path / "file").write_text("")
        monkeypatch.setenv(kept.FOLDER, str(tmp_path / "file"))
        assert load_events(export).origin.ledger.kept == 4

    def test_the_same_file_named_from_another_folder_is_the_same(self, export, folder, monkeypatch):
        load_events(export)
        monkeypatch.chdir(export.parent)
        load_events(export.name)
        assert len([*folder.iterdir()]) == 1

    def test_frames_are_not_kept(self, folder):
        load_events(pa.table({"user_id": ["a"], "event": ["x"], "ts": ["2026-03-02T10:00:00Z"]}))
        assert not folder.exists()


def test_facts_read_what_they_write(export):
    events = load_events(export)
    facts_of = Facts(events.origin, "UTC", "monday", date(2026, 3, 16), date(2026, 3, 16), True, events.checks)
    assert Facts.read(facts_of.text(), "x") == facts_of
    assert Path(export).exists()
