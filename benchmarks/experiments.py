"""Measure reading an experiment against tea-tasting and floors, in turns: ``python -m benchmarks.experiments``.

Read the ratios: each job runs in a process of its own, once to warm up, and pairs take turns. Three million units with
ten metrics and what each was before, two arms, in Parquet, are made first.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.experiments_world import aggregates, units

ROUNDS = 3
RUNS = 3
ALIKE = 1e-3
"""Differences may lie apart by so much of their interval: theta is pooled within arms here, over all units there."""


@dataclass(frozen=True)
class Pair:
    """What is compared: ``job`` against ``peer``, at ``most`` so many times its time; ``None`` says it only."""

    title: str
    job: str
    peer: str
    most: float | None = None
    same: bool = False


PAIRS = (
    Pair("10 metrics with CUPED, 2 arms, against tea-tasting (Narwhals on DuckDB)", "read", "tea_tasting", 0.6, True),
    Pair("the sums of it alone, one statement, against the same", "sums", "tea_tasting"),
    Pair("10 metrics with CUPED, against plain sums of the columns", "read", "floor"),
    Pair("the same in 100 segments too, against without", "segments", "read", 2.0),
)


def run(job: str, path: Path) -> dict:
    """Run a job in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.experiments_jobs", job, str(path), str(RUNS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{job} failed:\n{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def turns(pair: Pair, path: Path) -> tuple[list[dict], list[dict]]:
    """Run two jobs in turns."""
    both = [(run(pair.job, path), run(pair.peer, path)) for _ in range(ROUNDS)]
    return [ours for ours, _ in both], [theirs for _, theirs in both]


def alike(ours: dict[str, list[float]], theirs: dict[str, list[float]]) -> bool:
    """Whether differences and intervals are the same numbers but for theta."""
    return ours.keys() == theirs.keys() and all(
        abs(a - b) <= ALIKE * theirs[name][1] for name in ours for a, b in zip(ours[name], theirs[name], strict=True)
    )


def compared(pair: Pair, path: Path) -> str:
    """Measure a pair and write its line."""
    ours, theirs = turns(pair, path)
    if pair.same and not alike(ours[0]["counts"], theirs[0]["counts"]):
        raise SystemExit(f"{pair.title}: {ours[0]['counts']} and {theirs[0]['counts']} are not the same numbers.")
    took, base = (median(one["seconds"] for one in runs) for runs in (ours, theirs))
    return line(pair.title, took, f"{base:.2f} s", f"{took / base:.2f} ×", reach(took / base, pair.most, "×"))


def alone(title: str, job: str, path: Path, most: float, floor: str = "") -> str:
    """Measure a job against seconds, and against a floor to say how far from it."""
    took = median(run(job, path)["seconds"] for _ in range(ROUNDS))
    base = median(run(floor, path)["seconds"] for _ in range(ROUNDS)) if floor else None
    shown = f"{took / base:.0f} ×" if base else ""
    return line(title, took, f"{base:.3f} s" if base else "", shown, reach(took, most, "s"))


def reach(measured: float, most: float | None, unit: str) -> str:
    """Say whether it is within reach."""
    return "" if most is None else f"≤ {most:g} {unit}: {'met' if measured <= most else 'missed'}"


def line(title: str, took: float, base: str, ratio: str, words: str) -> str:
    """Write a line of the table."""
    return f"| {title} | {took:.2f} s | {base} | {ratio} | {words} |"


def main() -> None:
    """Print the table."""
    folder = Path(tempfile.gettempdir()) / "pmlib-bench"
    folder.mkdir(exist_ok=True)
    path = units(folder)
    print("| job | ours | peer | ratio | reach |\n|---|---|---|---|---|")
    for pair in PAIRS:
        print(compared(pair, path), flush=True)
    print(alone("1,000 metrics from aggregates, against fetching them", "readout", aggregates(folder), 1.0, "fetched"))
    print(alone("bounds of 30 looks", "looks", path, 0.2))


if __name__ == "__main__":
    main()
