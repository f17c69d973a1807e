"""Versions are no decimals: 3.10 is not 3.1, in any kind of file; numbers are still compared and summed."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pmlib.core import SettingError
from pmlib.sources.events.load import load_events

VERSIONS = ["3.1", "3.9", "3.10", "2.0", "2.10", "1.20"]
ROWS = [
    {
        "user_id": f"u{place}",
        "event": "open",
        "ts": f"2026-03-0{place + 1}T12:00:00Z",
        "app_version": version,
        "seats": str(place),
        "amount": f"{place}.50",
    }
    for place, version in enumerate(VERSIONS)
]


def csv(folder: Path, rows: list[dict[str, str]]) -> Path:
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    (folder / "log.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "log.csv"


def jsonl(folder: Path, rows: list[dict[str, str]]) -> Path:
    (folder / "log.jsonl").write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return folder / "log.jsonl"


def parquet(folder: Path, rows: list[dict[str, str]]) -> Path:
    pq.write_table(frame(folder, rows), folder / "log.parquet")
    return folder / "log.parquet"


def frame(_: Path, rows: list[dict[str, str]]) -> pa.Table:
    return pa.Table.from_pylist([row | {"seats": int(row["seats"]), "amount": float(row["amount"])} for row in rows])


Written = Callable[[Path, list[dict[str, str]]], object]


@pytest.mark.parametrize("written", [csv, jsonl, parquet, frame])
def test_six_versions_stay_six(tmp_path: Path, written: Written) -> None:
    events = load_events(written(tmp_path, ROWS))
    kept = events.query("SELECT user_id, app_version FROM events ORDER BY user_id").column("app_version")
    assert kept == VERSIONS
    for version in VERSIONS:
        part = events.where(f"app_version = '{version}'")
        assert part.query("SELECT count(*) AS n FROM events").one().n == 1
    assert events.where("seats > 3").query("SELECT count(*) AS n FROM events").one().n == 2
    assert events.query("SELECT sum(amount) AS total FROM events").one().total == 18.0


def test_versions_far_down_a_file_count_too(tmp_path: Path) -> None:
    """The first 20,000 rows, which are the sample, hold 3.1 only."""
    rows = [ROWS[0] | {"user_id": f"v{place}"} for place in range(20_000)] + ROWS[:3]
    events = load_events(csv(tmp_path, rows))
    counts = events.query("SELECT app_version, count(*) AS n FROM events GROUP BY ALL ORDER BY ALL").rows
    assert [tuple(row) for row in counts] == [("3.1", 20_001), ("3.10", 1), ("3.9", 1)]


@pytest.mark.parametrize(
    ("column", "values", "kept"),
    [
        ("price", ["12.50", "9.90", "20"], [12.5, 9.9, 20.0]),
        ("price", ["20.0", "1.25", "0.5"], [20.0, 1.25, 0.5]),
        ("price", ["1.5e10", "2.25", "7"], [1.5e10, 2.25, 7.0]),
        ("release", ["1.9", "1.10", "2.0"], ["1.9", "1.10", "2.0"]),
        ("appVersion", ["3.10", "3.20", "3.30"], ["3.10", "3.20", "3.30"]),
        ("CONVERSION", ["3.10", "3.20", "3.30"], [3.1, 3.2, 3.3]),
        ("conversion", ["3.10", "3.20", "3.30"], [3.1, 3.2, 3.3]),
        ("version", ["3", "4", "10"], [3.0, 4.0, 10.0]),
        ("store", ["007", "7", "8"], ["007", "7", "8"]),
        ("phone", ["+4930", "4930", "1"], ["+4930", "4930", "1"]),
    ],
)
def test_text_stays_where_a_number_would_write_it_otherwise(
    tmp_path: Path, column: str, values: list[str], kept: list[object]
) -> None:
    rows = [
        {"user_id": row["user_id"], "event": "open", "ts": row["ts"], column: value}
        for row, value in zip(ROWS, values, strict=False)
    ]
    for written in (csv, jsonl):
        events = load_events(written(tmp_path, rows))
        assert events.query(f'SELECT "{column}" AS held FROM events ORDER BY user_id').column("held") == kept


def test_text_of_a_parquet_file_sums_as_an_amount_but_is_not_compared_with_numbers(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "log.parquet")
    events = load_events(tmp_path / "log.parquet")
    kinds = {row[0]: row[1] for row in events.query("DESCRIBE events").rows}
    assert (kinds["seats"], kinds["amount"]) == ("VARCHAR", "VARCHAR")
    with pytest.raises(SettingError, match="Texts go in single quotes"):
        events.where("seats > 3")


def test_the_demo_tells_its_versions_apart() -> None:
    path = Path(__file__).parents[3] / "data/demo/events.parquet"
    events = load_events(path, duplicates="keep")
    loaded = {row[0]: row[1] for row in events.query("SELECT app_version, count(*) FROM events GROUP BY ALL").rows}
    assert (loaded["3.1"], loaded["3.10"]) == (4_635, 20_644)
