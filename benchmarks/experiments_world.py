"""Made units of an experiment as Parquet, and the same as aggregates."""

from pathlib import Path

import duckdb

METRICS = 10
SEGMENTS = 100
UNITS = 3_000_000


def columns(metrics: int = METRICS) -> list[str]:
    """Return the columns of an amount and of what was spent before, for each metric; half lie far from 0."""
    made = []
    for at in range(metrics):
        now, before = (f"-ln((hash(i * {1009 + at} + {seed}) % 1000003 + 0.5) / 1000003.0)" for seed in (3, 7))
        made.append(f"{before} * {at + 1} AS x{at}")
        made.append(f"({before} * 0.5 + {now}) * {at + 1} + {1000 * (at % 2)} AS y{at}")
    return made


def units(folder: Path, count: int = UNITS) -> Path:
    """Return the file of so many units, made if it is not there: two arms, 100 segments, ten metrics and covariates."""
    path = folder / f"units_{count}.parquet"
    if path.is_file():
        return path
    duckdb.connect().execute(
        f"""
        COPY (
            SELECT
                'u' || i AS unit,
                (['control', 'treatment'])[1 + CAST(hash(i * 3 + 1) % 2 AS INT)] AS arm,
                's' || lpad(CAST(hash(i * 5 + 2) % {SEGMENTS} AS VARCHAR), 2, '0') AS segment,
                {", ".join(columns())}
            FROM range({count}) AS numbers (i)
        ) TO '{path}' (FORMAT parquet)
        """
    )
    return path


def aggregates(folder: Path, metrics: int = 1000) -> Path:
    """Return a file of counts, means and variances of so many metrics in two arms."""
    path = folder / f"aggregates_{metrics}.parquet"
    if path.is_file():
        return path
    duckdb.connect().execute(
        f"""
        COPY (
            SELECT
                'm' || m AS metric, arm, 100000 AS n, 10 + (hash(m * 7 + length(arm)) % 1000) / 10000.0 AS mean,
                25 + (hash(m * 11 + length(arm)) % 1000) / 1000.0 AS variance
            FROM range({metrics}) AS numbers (m), (VALUES ('control'), ('treatment')) AS arms (arm)
        ) TO '{path}' (FORMAT parquet)
        """
    )
    return path
