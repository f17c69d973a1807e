"""Measure usage questions against a floor and peers, each in a process of its own: ``python -m benchmarks.usage``.

Read the ratios: each pair is timed in turns in one run, and the counts are held equal. Loading and deduplicating is
left out and shown apart. A log of 20 million events is made first; ``--large`` adds one of 100 million.
"""

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.world import made

SMALL, LARGE = (20_000_000, 200_000), (100_000_000, 1_000_000)
TINY = (400_000, 40_000)
"""As much as retentioneering's daily states take in about a minute."""
STATES = ("states", "states_retentioneering")
ROUNDS = 3
PEAK = 4096
"""MiB that a question may hold."""


@dataclass(frozen=True)
class Pair:
    """What is compared: ``job`` against ``peer``; ``least`` times faster, or at ``most`` so many times its time."""

    title: str
    job: str
    peer: str
    most: float | None = None
    least: float | None = None
    same: bool = True


PAIRS = (
    Pair("weekly retention, 26 weeks, against one GROUP BY user", "retention", "floor", most=2.5, same=False),
    Pair("the same against Polars lazy", "retention", "retention_polars", least=2.5),
    Pair("the same against ClickHouse in process (chDB)", "retention", "retention_chdb", least=7),
    Pair("the same against pandas", "retention", "retention_pandas", least=30),
    Pair("the same against distinct and join in DuckDB", "retention", "retention_join"),
    Pair("daily retention, lifecycle and stickiness, against three queries", "shared", "separate", most=0.5),
    Pair("ordered 4-step funnel with times, against windowFunnel (chDB)", "funnel", "funnel_chdb", most=0.5),
)


def run(job: str, path: Path, runs: int = 1) -> dict:
    """Run a job in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.jobs", job, str(path), str(runs)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def alternated(job: str, peer: str, path: Path, rounds: int = ROUNDS) -> tuple[dict, dict]:
    """Run two jobs in turns and return the median of each."""
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(run(job, path))
        theirs.append(run(peer, path))
    middle = rounds // 2
    return tuple(sorted(runs, key=lambda one: one["seconds"])[middle] for runs in (ours, theirs))  # type: ignore[return-value]


def main() -> None:
    """Print the table."""
    folder = Path(tempfile.gettempdir()) / "pmlib-bench"
    folder.mkdir(exist_ok=True)
    path = made(folder, *SMALL)
    lines = ["| job | ours | peer | ratio | reach |", "|---|---|---|---|---|"]
    for pair in PAIRS:
        ours, theirs = alternated(pair.job, pair.peer, path)
        if pair.same and ours["counts"] != theirs["counts"]:
            raise SystemExit(f"{pair.title}: {ours['counts']} and {theirs['counts']} are not the same counts.")
        lines.append(line(pair, ours, theirs))
        print(lines[-1], flush=True)
    pair = Pair(
        "daily lifecycle of 400,000 events, against retentioneering", "states", "states_retentioneering", least=10
    )
    ours, theirs = alternated(pair.job, pair.peer, made(folder, *TINY), rounds=1)
    if ours["counts"] != theirs["counts"]:
        raise SystemExit(f"{pair.title}: {ours['counts']} and {theirs['counts']} are not the same counts.")
    lines.append(line(pair, ours, theirs))
    lines.append(loading(path))
    if "--large" in sys.argv:
        large = made(folder, *LARGE)
        for job in ("retention", "shared", "funnel"):
            few, many = alternated_sizes(job, path, large)
            ratio, held = many["seconds"] / few["seconds"], many["peak"]
            good = "met" if ratio <= 5.5 and held <= PEAK else "missed"
            lines.append(
                f"| {job}, 100 M events against 20 M | {many['seconds']:.1f} s, {held:,} MiB | {few['seconds']:.1f} s "
                f"| {ratio:.1f} × | ≤ 5.5 × and {PEAK:,} MiB: {good} |"
            )
            print(lines[-1], flush=True)
    print("\n".join(["", *lines]))


def line(pair: Pair, ours: dict, theirs: dict) -> str:
    """Write a line of the table."""
    ratio = ours["seconds"] / theirs["seconds"]
    reach = ""
    shown = f"{ratio:.2f} ×"
    if pair.most is not None:
        reach = f"≤ {pair.most} ×: {'met' if ratio <= pair.most else 'missed'}"
    if pair.least is not None:
        shown = f"{1 / ratio:.1f} × faster"
        reach = f"≥ {pair.least} × faster: {'met' if 1 / ratio >= pair.least else 'missed'}"
    return f"| {pair.title} | {ours['seconds']:.2f} s | {theirs['seconds']:.2f} s | {shown} | {reach} |"


def alternated_sizes(job: str, few: Path, many: Path) -> tuple[dict, dict]:
    """Run a job on two files in turns."""
    small = [run(job, few) for _ in range(2)]
    return min(small, key=lambda one: one["seconds"]), run(job, many)


def loading(path: Path) -> str:
    """Say what loading and deduplicating costs, apart from the questions."""
    from pmlib import sources

    began = time.perf_counter()
    events = sources.load_events(path)
    loaded = time.perf_counter() - began
    began = time.perf_counter()
    kept = events.prepared(path.with_name("kept.parquet"))
    written = time.perf_counter() - began
    began = time.perf_counter()
    sources.load_events(kept)
    opened = time.perf_counter() - began
    return f"| load and deduplicate 20 M | {loaded:.0f} s | | | write {written:.0f} s, open again {opened:.1f} s |"


if __name__ == "__main__":
    main()
