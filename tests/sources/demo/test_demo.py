"""The demo's files: what they hold, that they agree with each other, and that they stay the same."""

import csv
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pmlib.core import SettingError
from pmlib.sources.demo import TRUTH, world, write
from pmlib.sources.demo.people import ONBOARDING, PAYWALL
from pmlib.sources.demo.truth import FIRST_DAY, LAST_DAY
from pmlib.stats import share_difference, srm

README = Path(__file__).parents[3] / "data" / "README.md"
SMALL = 3_000


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write(tmp_path_factory.mktemp("data") / "demo")


@pytest.fixture(scope="module")
def sql(paths: dict[str, Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'Europe/Berlin'")
        raw, names = str(paths["events"]), ["subscriptions", "experiment_onboarding", "experiment_paywall", "survey"]
        connection.read_parquet(raw).create("raw")
        for name in names:
            connection.read_csv(str(paths[name])).create(name)
        connection.execute(
            "CREATE TABLE events AS SELECT DISTINCT ON (event_id) *, ts::DATE AS day FROM raw "
            "WHERE user_id IS NOT NULL AND ts < '2030-01-01'"
        )
        yield connection


def cell(sql: duckdb.DuckDBPyConnection, query: str) -> Any:
    row = sql.execute(query).fetchone()
    assert row is not None
    return row[0]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_log_is_large_enough_and_covers_every_day(sql: duckdb.DuckDBPyConnection) -> None:
    assert cell(sql, "SELECT count(*) FROM raw") >= 1_000_000
    assert cell(sql, "SELECT count(DISTINCT user_id) FROM events") == 24_000
    assert cell(sql, "SELECT count(DISTINCT day) FROM events") == 112 * 7
    assert cell(sql, "SELECT min(day) FROM events") == FIRST_DAY
    assert cell(sql, "SELECT max(day) FROM events") == LAST_DAY
    assert cell(sql, "SELECT count(DISTINCT date_trunc('week', day)) FROM events WHERE event = 'booking_made'") == 112
    assert cell(sql, "SELECT strftime(max(ts), '%H') FROM events") == "23"
    assert cell(sql, "SELECT max(received_at) < '2026-11-23 00:01:00+01' FROM events") is True


def test_the_defects_are_exact(sql: duckdb.DuckDBPyConnection) -> None:
    total = cell(sql, "SELECT count(*) FROM raw")
    assert cell(sql, "SELECT count(*) - count(DISTINCT event_id) FROM raw") == TRUTH.duplicates
    assert cell(sql, "SELECT count(*) FROM raw") - cell(sql, "SELECT count(*) FROM (SELECT DISTINCT * FROM raw)") == 40
    assert cell(sql, "SELECT count(*) FROM raw WHERE user_id IS NULL") == TRUTH.without_user
    assert cell(sql, "SELECT count(*) FROM raw WHERE year(ts) = 2031") == TRUTH.in_future
    assert cell(sql, "SELECT count(*) FROM raw WHERE ts > '2026-11-23'") == TRUTH.in_future
    assert cell(sql, "SELECT count(*) FROM events") == total - 40 - 25 - 5


def test_the_log_has_its_form(paths: dict[str, Path], sql: duckdb.DuckDBPyConnection) -> None:
    schema = pq.read_schema(paths["events"])
    assert schema.field("ts").type == pa.timestamp("ms", tz="UTC")
    assert schema.field("amount_eur").type == pa.decimal128(10, 2)
    assert schema.field("user_id").type == pa.string()
    paid = "('booking_made', 'subscription_started', 'subscription_renewed')"
    assert cell(sql, f"SELECT bool_and((amount_eur IS NOT NULL) = (event IN {paid})) FROM events") is True
    assert cell(sql, "SELECT bool_and((app_version IS NULL) = (platform = 'web')) FROM events") is True
    assert cell(sql, "SELECT bool_and(received_at >= ts) FROM events") is True
    ordered = "SELECT bool_and(ts >= before) FROM (SELECT ts, lag(ts, 1, ts) OVER () AS before FROM raw)"
    assert cell(sql, ordered) is True
    assert paths["events"].stat().st_size < 30e6


def test_users_sign_up_once_and_first_and_act_in_weeks_with_a_session(sql: duckdb.DuckDBPyConnection) -> None:
    first = (
        "SELECT user_id, min(ts) AS t, count(*) FILTER (event = 'signed_up') AS n, arg_min(event, ts) AS e FROM events"
    )
    assert cell(sql, f"SELECT bool_and(n = 1 AND e = 'signed_up') FROM ({first} GROUP BY 1)") is True
    missing = """
        SELECT count(*) FROM (SELECT DISTINCT user_id, date_trunc('week', day) FROM events
            WHERE event NOT IN ('subscription_renewed', 'subscription_cancelled')
        EXCEPT SELECT DISTINCT user_id, date_trunc('week', day) FROM events WHERE event = 'session_started')"""
    assert cell(sql, missing) == 0


@pytest.mark.parametrize(
    ("name", "goal", "days"),
    [("onboarding", "friend_invited", 7), ("paywall", "subscription_started", 14)],
)
def test_experiments_count_what_the_log_says(sql: duckdb.DuckDBPyConnection, name: str, goal: str, days: int) -> None:
    table, trial = f"experiment_{name}", getattr(TRUTH, name)
    assert cell(sql, f"SELECT count(*) FROM {table}") >= 4_000
    assert cell(sql, f"SELECT count(DISTINCT user_id) = count(*) FROM {table}") is True
    again = f"""
        WITH age AS (SELECT user_id, event, amount_eur, epoch(e.ts - s.ts) / 86400 AS days
            FROM events e JOIN (SELECT user_id, ts FROM events WHERE event = 'signed_up') s USING (user_id))
        SELECT x.user_id, x.converted, x.bookings, x.revenue_eur,
            coalesce(max((event = '{goal}' AND days <= {days})::INT), 0),
            count(*) FILTER (event = 'booking_made' AND days <= 28),
            coalesce(sum(amount_eur) FILTER (days <= 28), 0)
        FROM {table} x LEFT JOIN age USING (user_id) GROUP BY ALL"""
    for _, converted, bookings, revenue, *counted in sql.execute(again).fetchall():
        assert [converted, bookings, round(Decimal(revenue), 2)] == counted
    off = f"""SELECT count(*) FROM {table} x JOIN events e USING (user_id) WHERE event = 'signed_up' AND
        (abs(epoch(e.ts - x.exposed_at)) >= 1 OR day < '{trial.start}' OR day > '{trial.end}'
        OR e.platform <> x.platform)"""
    assert cell(sql, off) == 0


def test_the_two_experiments_read_as_planted(sql: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT sum(converted)::INT, count(*) FROM experiment_{} GROUP BY arm ORDER BY arm DESC"
    for name, lifted in (("onboarding", True), ("paywall", False)):
        (hits, n), (base_hits, base_n) = sql.execute(query.format(name)).fetchall()
        assert share_difference(hits, n, base_hits, base_n).excludes(0) is lifted
        split = srm([n, base_n], [1, 1])
        assert split.p is not None
        assert split.p > 0.05


@pytest.fixture(scope="module")
def told(sql: duckdb.DuckDBPyConnection) -> str:
    """Make the table ``told``: each user's time until they first left, as the events tell of it; return its name."""
    sql.execute("""
        CREATE TABLE told AS
        WITH gaps AS (SELECT *, started_on IS DISTINCT FROM lag(ended_on, 1, started_on)
                OVER (PARTITION BY user_id ORDER BY started_on) AS gap FROM subscriptions),
            spans AS (SELECT *, count(*) FILTER (gap) OVER (PARTITION BY user_id ORDER BY started_on) AS span FROM gaps)
        SELECT user_id, min(started_on) AS started_on, arg_min(price_eur, started_on) AS price_eur,
            CASE WHEN bool_and(ended_on IS NOT NULL) THEN max(ended_on) END AS ended_on
        FROM spans WHERE span = 0 GROUP BY 1""")
    return "told"


def test_users_change_their_plan_and_come_back(sql: duckdb.DuckDBPyConnection) -> None:
    kinds = """
        SELECT count(*) FILTER (before_end = started_on AND price_eur > before),
            count(*) FILTER (before_end = started_on AND price_eur < before),
            count(*) FILTER (before_end < started_on), count(*) FILTER (before_end > started_on)
        FROM (SELECT *, lag(price_eur) OVER each AS before, lag(ended_on) OVER each AS before_end FROM subscriptions
            WINDOW each AS (PARTITION BY user_id ORDER BY started_on))"""
    # data/README.md tells these counts.
    text = README.read_text(encoding="utf-8")
    stated = re.search(r"(\d+) changes to pro, (\d+) to plus and (\d+) returns", text)
    assert stated is not None
    assert (*map(int, stated.groups()), 0) == sql.execute(kinds).fetchone()
    assert cell(sql, "SELECT count(*) - count(DISTINCT user_id) FROM subscriptions") == sum(map(int, stated.groups()))


def test_subscriptions_agree_with_the_log(sql: duckdb.DuckDBPyConnection, told: str) -> None:
    again = f"""
        SELECT count(*), count(*) FILTER (b.day IS DISTINCT FROM s.started_on
            OR c.day IS DISTINCT FROM s.ended_on OR b.amount_eur IS DISTINCT FROM s.price_eur)
        FROM {told} s FULL JOIN (SELECT * FROM events WHERE event = 'subscription_started') b USING (user_id)
        FULL JOIN (SELECT * FROM events WHERE event = 'subscription_cancelled') c USING (user_id)"""
    total, off = sql.execute(again).fetchone() or (0, 0)
    assert (total, off) == (cell(sql, "SELECT count(DISTINCT user_id) FROM subscriptions"), 0)
    renewed = f"""
        SELECT count(*) FROM (SELECT user_id, count(*) AS n FROM events
            WHERE event = 'subscription_renewed' GROUP BY 1) r JOIN {told} s USING (user_id)
        WHERE ended_on IS NOT NULL AND n + 1 <> date_diff('month', started_on, ended_on)"""
    assert cell(sql, renewed) == 0


def test_respondents_are_users_on_their_plan(sql: duckdb.DuckDBPyConnection) -> None:
    known = "(SELECT DISTINCT user_id, platform FROM events)"
    unknown = f"SELECT count(*) FROM survey ANTI JOIN {known} u USING (user_id, platform)"
    assert cell(sql, unknown) == 0
    waves = sql.execute("SELECT wave, count(DISTINCT user_id) FROM survey GROUP BY 1 ORDER BY 1").fetchall()
    assert waves == [(wave, TRUTH.respondents) for wave in TRUTH.nps]
    opened = "(wave || CASE wave WHEN '2025-11' THEN '-03' WHEN '2026-05' THEN '-04' ELSE '-02' END)::DATE"
    off = f"""SELECT count(*) FROM survey LEFT JOIN subscriptions p USING (user_id) WHERE survey.plan <>
        CASE WHEN started_on <= {opened} AND coalesce(ended_on > {opened}, true) THEN p.plan ELSE 'free' END"""
    assert cell(sql, off) == 0


def test_the_small_files_hold_what_they_should(paths: dict[str, Path]) -> None:
    market = rows(paths["market"])
    assert len({row["date"] for row in market}) == 112
    assert {row["name"] for row in market} == set(TRUTH.market_start)
    launches = rows(paths["launches"])
    assert [row["date"] for row in launches] == sorted(row["date"] for row in launches)
    assert {"date": "2026-09-07", "name": "Shared calendar", "kind": "launch"} in launches
    backlog = rows(paths["backlog"])
    known = {row["id"] for row in backlog}
    assert len(known) == 25
    for row in backlog:
        assert row["depends_on"] in known | {""}
        assert int(row["reach_low"]) <= int(row["reach_high"])
        assert float(row["impact_low"]) <= float(row["impact_high"])
        assert float(row["effort_low"]) <= float(row["effort_high"])
    exposed = datetime.fromisoformat(rows(paths["experiment_onboarding"])[0]["exposed_at"])
    assert exposed.utcoffset() is not None
    assert exposed.date() >= date(2026, 1, 26)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    made = [write(tmp_path / name, seed=4, users=SMALL) for name in ("one", "two")]
    other = write(tmp_path / "other", seed=5, users=SMALL)
    for name, path in made[0].items():
        if path.is_file():
            assert path.read_bytes() == made[1][name].read_bytes()
    talks = [{file.name: file.read_bytes() for file in paths["interviews"].iterdir()} for paths in made]
    assert talks[0] == talks[1]
    assert other["events"].read_bytes() != made[0]["events"].read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "other", "two"]


def test_writing_again_replaces_and_other_files_are_safe(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "demo"
    folder.mkdir(parents=True)
    (folder / "survey.csv").write_text("old")
    paths = write(folder, seed=1, users=SMALL)
    assert paths["survey"].read_text(encoding="utf-8").startswith("respondent,")
    (folder / "thesis.docx").write_text("mine")
    with pytest.raises(SettingError, match=r"thesis\.docx"):
        write(folder, seed=2, users=SMALL)
    with pytest.raises(SettingError, match="is a file"):
        write(folder / "thesis.docx", users=SMALL)
    assert (folder / "thesis.docx").read_text() == "mine"


def test_too_few_users_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"2,500 users or more, .*found 10\."):
        write(tmp_path / "demo", users=10)
    assert list(tmp_path.iterdir()) == []


def test_the_readme_states_every_truth_and_no_other() -> None:
    stated = dict(re.findall(r"^\| `([^`]+)` \| (.+?) \|$", README.read_text(encoding="utf-8"), re.MULTILINE))
    assert stated == TRUTH.stated()


def test_the_readme_lists_the_columns() -> None:
    made = world(1, SMALL)
    tables = made.tables() | {"events.parquet": made.events()}
    text = README.read_text(encoding="utf-8")
    for name, table in tables.items():
        about = text[text.index(f"**`{name}`**") :]
        columns = re.match(r".*?Columns: (.+?)\.\n", about, re.DOTALL)
        assert columns, name
        assert re.findall(r"`([^`]+)`", columns[1]) == table.column_names
    assert made.experiment(ONBOARDING).column_names == made.experiment(PAYWALL).column_names
