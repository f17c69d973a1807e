"""A large log of made-up events as Parquet, and what every job starts from."""

import resource
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb

FIRST = date(2025, 1, 6)
"""A Monday."""
DAYS = 182
LAST = date(2025, 7, 6)
STEPS = ("open", "view", "add", "pay")


def made(folder: Path, events: int, users: int) -> Path:
    """Return the file of so many events, made if it is not there: people who come less and less, eight events."""
    path = folder / f"events_{events}_{users}.parquet"
    if path.is_file():
        return path
    connection = duckdb.connect()
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(
        f"""
        COPY (
            SELECT
                'u' || lpad(CAST(u AS VARCHAR), 7, '0') AS user_id,
                (['open', 'view', 'add', 'pay', 'share', 'search', 'edit', 'close'])[
                    1 + CAST(hash(i * 7 + 1) % 8 AS INT)
                ] AS event,
                TIMESTAMP '{FIRST}' + to_microseconds(CAST((born + ({DAYS} - born) * pow(late, 2)) * 86400e6 AS BIGINT))
                    AS ts,
                CAST(ts AS DATE) AS day
            FROM (
                SELECT
                    i,
                    u,
                    (hash(u * 31 + 5) % {DAYS * 1000}) / 1000.0 AS born,
                    (hash(i * 13 + 3) % 1000003) / 1000003.0 AS late
                FROM (
                    SELECT
                        i,
                        CAST(floor({users} * pow((hash(i * 17 + 11) % 1000003) / 1000003.0, 1.6)) AS BIGINT) AS u
                    FROM range({events}) AS numbers (i)
                )
            )
        ) TO '{path}' (FORMAT parquet)
        """
    )
    return path


def events(path: Path):
    """Return events as the rooms take them, over a prepared file or over the log as it came."""
    from pmlib import sources
    from pmlib.core import Ledger, Origin
    from pmlib.engine import Engine
    from pmlib.sources.contract import Events
    from pmlib.sources.facts import facts_of

    if facts_of(path):
        return sources.load_events(path)
    engine = Engine()
    engine.run(f"CREATE VIEW events AS SELECT * FROM '{path}'")
    origin = Origin("bench", "events", "bench", Ledger(1, 1), timezone="UTC", first=FIRST, through=LAST)
    return Events(engine, origin, "UTC", LAST)


def prepared(path: Path) -> Path:
    """Return the log as one prepared file, by user and time, made if it is not there."""
    kept = path.with_name(f"{path.stem}_prepared.parquet")
    return kept if kept.is_file() else events(path).prepared(kept)


def timed(ready: Callable[[], Callable[[], object]], runs: int = 3) -> tuple[float, object]:
    """Return the median of the seconds a job takes, made ready anew for each run, and what it counted."""
    took = []
    counted: object = None
    for _ in range(runs):
        job = ready()
        began = time.perf_counter()
        counted = job()
        took.append(time.perf_counter() - began)
    return sorted(took)[len(took) // 2], counted


def peak() -> int:
    """Return the most memory this process has held, in MiB."""
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held // (1024 * 1024 if sys.platform == "darwin" else 1024)
