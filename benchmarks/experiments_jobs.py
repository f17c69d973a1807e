"""One job of the experiments bench in a process of its own: ``python -m benchmarks.experiments_jobs NAME FILE [RUNS]``.

It prints JSON: seconds, peak memory, and numbers that the bench holds equal.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.experiments_world import METRICS
from benchmarks.world import peak, timed

Job = Callable[[Path], Callable[[], object]]
NAMES = [f"y{at}" for at in range(METRICS)]


def loaded(path: Path):
    """Return units as the rooms take them, over the file as it lies."""
    from pmlib.core import Ledger, Origin
    from pmlib.engine import Engine
    from pmlib.sources.contract import Units

    engine = Engine()
    engine.run(f"CREATE VIEW units AS SELECT * FROM '{path}'")
    columns = tuple(row[0] for row in engine.query("DESCRIBE units"))
    return Units(engine, Origin("bench", "units", "bench", Ledger(1, 1)), columns=columns)


def read(path: Path, by: tuple[str, ...] = ()) -> Callable[[], object]:
    """Ours, from the file to the lifts: kinds and shifts of the columns, one pass of sums, theta, intervals."""
    from pmlib.experiments.reading.arms import arms
    from pmlib.experiments.reading.comparisons import compared
    from pmlib.experiments.reading.readings import read as readings
    from pmlib.experiments.reading.standing import standing
    from pmlib.sources.registrations import Measure, Registration

    units = loaded(path)
    measures = tuple(Measure(name, before=name.replace("y", "x")) for name in NAMES)
    plan = Registration("bench", "", "control", {"control": 1.0, "treatment": 1.0}, measures)

    def job() -> object:
        seen = arms(units, "control")
        stands = standing(plan, seen.total, None, [], told=False)
        found = [compared(one, stands)[0] for one in readings(units, measures, seen, by)]
        return {one.metric.measure.name: numbers(one.difference) for one in found}

    return job


def numbers(difference) -> list[float]:
    """Return a difference and how wide its interval is."""
    return [difference.value, difference.high - difference.low]


def segments(path: Path) -> Callable[[], object]:
    """The same in each of 100 segments too."""
    return read(path, ("segment",))


def tea_tasting(path: Path) -> Callable[[], object]:
    """tea-tasting through Narwhals on a relation of DuckDB."""
    import duckdb
    import tea_tasting as tt

    relation = duckdb.connect().sql(f"SELECT * FROM '{path}'")
    metrics = {name: tt.Mean(name, covariate=name.replace("y", "x")) for name in NAMES}
    asked = tt.Experiment(metrics, variant="arm")

    def job() -> object:
        found = asked.analyze(relation, control="control")
        return {
            name: [one.effect_size, one.effect_size_ci_upper - one.effect_size_ci_lower] for name, one in found.items()
        }

    return job


def sums(path: Path) -> Callable[[], object]:
    """The sums alone, about rough means, in one statement: what the pass itself costs."""
    connection = connected(path)
    pairs = [(name.replace("y", "x"), name) for name in NAMES]
    shift = ", ".join(f"avg({column}) AS {column}" for pair in pairs for column in pair)
    moved = ", ".join(f"units.{column} - shift.{column} AS {column}" for pair in pairs for column in pair)
    made = ", ".join(
        f"sum({x}), sum({y}), sum({x} * {x}), sum({x} * {y}), sum({y} * {y}), sum({y} * {y} * {y})" for x, y in pairs
    )
    text = f"""
    WITH shift AS (SELECT {shift} FROM (SELECT * FROM units LIMIT 2000)),
    moved AS (SELECT arm, {moved} FROM units CROSS JOIN shift)
    SELECT arm, count(*), {made} FROM moved GROUP BY arm ORDER BY arm
    """
    return lambda: len(connection.execute(text).fetchall())


def floor(path: Path) -> Callable[[], object]:
    """Plain sums of the same columns: less than this nothing that reads them can cost."""
    connection = connected(path)
    made = ", ".join(f"sum({name.replace('y', 'x')}), sum({name})" for name in NAMES)
    return lambda: len(connection.execute(f"SELECT arm, {made} FROM units GROUP BY arm ORDER BY arm").fetchall())


def connected(path: Path):
    """Return DuckDB over the file."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"CREATE VIEW units AS SELECT * FROM '{path}'")
    return connection


def readout(path: Path) -> Callable[[], object]:
    """Ours, 1,000 metrics from aggregates that are loaded: intervals of difference and lift of each."""
    from pmlib import sources
    from pmlib.experiments.reading.aggregated import arms
    from pmlib.experiments.reading.aggregated import read as readings
    from pmlib.experiments.reading.comparisons import compared
    from pmlib.experiments.reading.standing import standing
    from pmlib.sources.registrations import Measure, Registration

    held = sources.load_aggregates(path)
    measures = tuple(Measure(name) for name in held.metrics)
    plan = Registration("bench", "", "control", {"control": 1.0, "treatment": 1.0}, measures)

    def job() -> object:
        seen = arms(held, "control")
        stands = standing(plan, seen.total, None, [], told=False)
        return len([compared(one, stands)[0] for one in readings(held, measures, seen)])

    return job


def fetched(path: Path) -> Callable[[], object]:
    """The floor of a readout: the same rows fetched."""
    import duckdb

    connection = duckdb.connect()
    return lambda: len(connection.execute(f"SELECT * FROM '{path}' ORDER BY metric, arm").fetchall()) // 2


def looks(path: Path) -> Callable[[], object]:
    """Bounds of a group-sequential test of 30 looks; reads no file."""
    from pmlib.stats.trials.sequential import boundaries

    return lambda: len(boundaries([look / 30 for look in range(1, 31)]))


JOBS: dict[str, Job] = {
    "read": read,
    "segments": segments,
    "tea_tasting": tea_tasting,
    "sums": sums,
    "floor": floor,
    "readout": readout,
    "fetched": fetched,
    "looks": looks,
}


def main() -> None:
    """Run the job and print what it took."""
    name, path, runs = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1
    job = JOBS[name](path)
    job()
    took, counted = timed(lambda: job, runs)
    print(json.dumps({"seconds": took, "peak": peak(), "counts": counted}))


if __name__ == "__main__":
    main()
