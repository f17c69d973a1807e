"""Times with a zone, as precisely as tools write them."""

from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pmlib.sources import load_events


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_zoned_times_of_any_precision(tmp_path, unit):
    many = 10 ** {"s": 0, "ms": 3, "us": 6, "ns": 9}[unit]
    when = pa.array([1_772_323_200 * many], pa.timestamp(unit, "Europe/Berlin"))
    given = pa.table({"user_id": ["u"], "event": ["a"], "ts": when})
    pq.write_table(given, tmp_path / "log.parquet")
    for where in (given, tmp_path / "log.parquet"):
        events = load_events(where, timezone="Europe/Berlin")
        assert events.query("SELECT ts FROM events").one().ts == datetime(2026, 3, 1)
