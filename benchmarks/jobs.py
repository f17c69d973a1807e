"""One job of the usage bench in a process of its own: ``python -m benchmarks.jobs NAME FILE [RUNS]`` prints JSON.

Opening is left out, reading the file is not: ours starts from opened events, peers from the same Parquet file. Every
job gives counts, which the bench holds equal.
"""

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from benchmarks.world import DAYS, FIRST, LAST, STEPS, events, peak, timed

WEEKS = DAYS // 7
CHOSEN = (1, 4, 12)
"""Ages whose counts are compared."""
Job = Callable[[Path], Callable[[], object]]


def duck(path: Path):
    """Return DuckDB over the file."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"CREATE VIEW events AS SELECT * FROM '{path}'")
    return connection


def floor(path: Path) -> Callable[[], object]:
    """One GROUP BY user: less than this nothing per user can cost."""
    connection = duck(path)
    return lambda: connection.execute(
        "SELECT count(*) FROM (SELECT user_id, count(*) AS n FROM events GROUP BY user_id)"
    ).fetchall()


def retention(path: Path) -> Callable[[], object]:
    """Ours, the whole finding: intervals, table, chart and sentence."""
    from pmlib import usage

    log = events(path)

    def job() -> object:
        found = usage.retention(log, weeks=WEEKS, periods=WEEKS - 1)
        rates = {one.label: one for one in found.estimates}
        return [[rates[f"Week-{age} retention"].n, round(hits(rates[f"Week-{age} retention"]))] for age in CHOSEN]

    return job


def hits(rate) -> float:
    """Return how many came back."""
    return rate.value * rate.n


MATRIX = """
WITH active AS (SELECT DISTINCT user_id, (day - DATE '2025-01-06') // 7 AS week FROM events),
firsts AS (SELECT user_id, min(week) AS cohort FROM active GROUP BY user_id)
SELECT cohort, week - cohort AS age, count(*) AS users
FROM firsts JOIN active USING (user_id) GROUP BY ALL
"""


def pooled(rows: list[tuple[int, int, int]]) -> object:
    """Pool the cells of a matrix of (cohort, age, users) over the cohorts observed at an age."""
    sizes = {int(cohort): int(users) for cohort, age, users in rows if age == 0}
    return [
        [
            sum(size for cohort, size in sizes.items() if cohort + age < WEEKS),
            sum(int(users) for _, a, users in rows if a == age),
        ]
        for age in CHOSEN
    ]


def retention_join(path: Path) -> Callable[[], object]:
    """The usual SQL: distinct user and week, joined with their first."""
    connection = duck(path)
    return lambda: pooled(connection.execute(MATRIX).fetchall())


def retention_polars(path: Path) -> Callable[[], object]:
    """Polars, lazy."""
    import polars as pl

    def job() -> object:
        week = ((pl.col("day") - FIRST).dt.total_days() // 7).cast(pl.Int32).alias("week")
        active = pl.scan_parquet(path).select("user_id", week).unique()
        active = active.with_columns(cohort=pl.col("week").min().over("user_id"))
        cells = active.group_by("cohort", (pl.col("week") - pl.col("cohort")).alias("age")).len().collect()
        return pooled(cells.rows())

    return job


def retention_chdb(path: Path) -> Callable[[], object]:
    """ClickHouse in process."""
    import chdb

    text = f"""
    WITH active AS (
        SELECT DISTINCT user_id, intDiv(dateDiff('day', toDate('2025-01-06'), day), 7) AS week
        FROM file('{path}', Parquet)
    ),
    firsts AS (SELECT user_id, min(week) AS cohort FROM active GROUP BY user_id)
    SELECT cohort, week - cohort AS age, count() AS users
    FROM firsts JOIN active USING (user_id) GROUP BY cohort, age FORMAT JSONCompactEachRow
    """

    def job() -> object:
        lines = str(chdb.query(text)).splitlines()
        return pooled([tuple(int(cell) for cell in json.loads(line)) for line in lines if line.strip()])

    return job


def retention_pandas(path: Path) -> Callable[[], object]:
    """Pandas."""
    import pandas as pd

    def job() -> object:
        frame = pd.read_parquet(path, columns=["user_id", "day"])
        frame["week"] = (pd.to_datetime(frame["day"]) - pd.Timestamp(FIRST)).dt.days // 7
        active = frame[["user_id", "week"]].drop_duplicates()
        active["cohort"] = active.groupby("user_id")["week"].transform("min")
        active["age"] = active["week"] - active["cohort"]
        cells = active.groupby(["cohort", "age"]).size().reset_index()
        return pooled([tuple(row) for row in cells.itertuples(index=False)])

    return job


def shared(path: Path) -> Callable[[], object]:
    """Ours: daily retention of 90 days, lifecycle and stickiness, which share one scan."""
    from pmlib import usage

    log = events(path)

    def job() -> object:
        kept = usage.retention(log, every="day", periods=90, weeks=WEEKS, age=28)
        flow = usage.lifecycle(log, every="day", weeks=WEEKS)
        often = usage.stickiness(log, weeks=WEEKS)
        day = next(one for one in kept.estimates if one.label == "Day-28 retention")
        return [day.n, round(hits(day)), list(flow.table.rows[0][1:6]), round(often.estimates[0].value, 9)]

    return job


def separate(path: Path) -> Callable[[], object]:
    """The same three questions as three queries of their own."""
    connection = duck(path)
    last = DAYS - 1

    def job() -> object:
        rows = connection.execute(
            """
            WITH active AS (SELECT DISTINCT user_id, day - DATE '2025-01-06' AS d FROM events),
            firsts AS (SELECT user_id, min(d) AS cohort FROM active GROUP BY user_id)
            SELECT cohort, d - cohort AS age, count(*) AS users
            FROM firsts JOIN active USING (user_id) WHERE d - cohort <= 90 GROUP BY ALL
            """
        ).fetchall()
        sizes = {cohort: users for cohort, age, users in rows if age == 0}
        day = [sum(n for c, n in sizes.items() if c + 28 <= last), sum(n for _, a, n in rows if a == 28)]
        flow = connection.execute(
            """
            WITH active AS (SELECT DISTINCT user_id, day AS d FROM events),
            steps AS (
                SELECT
                    d,
                    lag(d) OVER person AS before,
                    lead(d) OVER person AS after,
                    min(d) OVER (PARTITION BY user_id) AS first
                FROM active WINDOW person AS (PARTITION BY user_id ORDER BY d)
            )
            SELECT
                d,
                count(*) AS active,
                count_if(d = first) AS new,
                count_if(d = before + 1) AS retained,
                count_if(after IS NULL OR after > d + 1) AS gone
            FROM steps GROUP BY d ORDER BY d
            """
        ).fetchall()
        (_, active, new, retained, _), gone = flow[-1], flow[-2][4]
        often = connection.execute(
            """
            SELECT avg(days) / 28
            FROM (SELECT user_id, count(DISTINCT day) AS days FROM events WHERE day > $last - 28 GROUP BY user_id)
            """,
            {"last": LAST},
        ).fetchall()[0][0]
        return [*day, [active, new, retained, active - retained - new, gone], round(often, 9)]

    return job


def funnel(path: Path) -> Callable[[], object]:
    """Ours: four steps in order within 7 days of each entry, with the times."""
    from pmlib import usage

    log = events(path)

    def job() -> object:
        found = usage.funnel(log, steps=STEPS, window_days=7, weeks=WEEKS, entrants="matured")
        return [row[1] for row in found.table.rows]

    return job


def funnel_chdb(path: Path) -> Callable[[], object]:
    """ClickHouse's windowFunnel, entries up to the last complete week whose seven days are over."""
    import chdb

    until = LAST - timedelta(days=7)
    steps = ", ".join(f"event = '{step}' AND (event != '{STEPS[0]}' OR day <= toDate('{until}'))" for step in STEPS)
    text = f"""
    SELECT level, count() FROM (
        SELECT user_id, windowFunnel(604800000000)(toUInt64(toUnixTimestamp64Micro(ts)), {steps}) AS level
        FROM file('{path}', Parquet) WHERE event IN {STEPS} GROUP BY user_id
    ) GROUP BY level FORMAT JSONCompactEachRow
    """

    def job() -> object:
        lines = [json.loads(line) for line in str(chdb.query(text)).splitlines() if line.strip()]
        return [sum(int(n) for level, n in lines if int(level) >= step) for step in range(1, 5)]

    return job


def states(path: Path) -> Callable[[], object]:
    """Ours: the daily lifecycle."""
    from pmlib import usage

    log = events(path)

    def job() -> object:
        found = usage.lifecycle(log, every="day", weeks=WEEKS)
        return sum(row[1] for row in found.table.rows)

    return job


def states_retentioneering(path: Path) -> Callable[[], object]:
    """Retentioneering's daily states, without its telemetry."""
    import os

    os.environ["RETENTIONEERING_NO_TRACK"] = "1"
    import pandas as pd
    from retentioneering.eventstream.eventstream import Eventstream

    frame = pd.read_parquet(path, columns=["user_id", "event", "ts"]).rename(columns={"ts": "timestamp"})
    stream = Eventstream(frame)

    def job() -> object:
        found = stream.to_daily_states().to_dataframe()
        active = found[found["event"].isin(["new", "current", "reactivated", "resurrected"])]
        return int((pd.to_datetime(active["timestamp"]).dt.date > FIRST).sum())

    return job


JOBS: dict[str, Job] = {
    job.__name__: job
    for job in (
        floor, retention, retention_join, retention_polars, retention_chdb, retention_pandas, shared, separate, funnel,
        funnel_chdb, states, states_retentioneering,
    )
}  # fmt: skip


def main() -> None:
    """Time one job and print what it took, counted and held."""
    name, path, runs = sys.argv[1], Path(sys.argv[2]), int((sys.argv[3:] or ["3"])[0])
    # A question asked again is answered from what is kept: each run opens the file anew.
    seconds, counted = timed(lambda: JOBS[name](path), runs)
    sys.stdout.write(json.dumps({"seconds": seconds, "counts": counted, "peak": peak()}, default=int) + "\n")


if __name__ == "__main__":
    main()
