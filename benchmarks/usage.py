"""Measure usage questions against a floor and peers, each in a process of its own: ``python -m benchmarks.usage``.

Read the ratios: each pair is timed in turns in one run, over the same file, and the counts are held equal. Loading and
deduplicating is left out and shown apart. A log of 20 million events is made first; ``--large`` adds one of 100
million.
"""

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.world import made, prepared

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
    turns = [(run(job, path), run(peer, path)) for _ in range(rounds)]
    return middle([ours for ours, _ in turns]), middle([theirs for _, theirs in turns])


def middle(runs: list[dict]) -> dict:
    """Return the run of median time."""
    return sorted(runs, key=lambda one: one["seconds"])[len(runs) // 2]


def main() -> None:
    """Print the tables."""
    folder = Path(tempfile.gettempdir()) / "pmlib-bench"
    folder.mkdir(exist_ok=True)
    log = made(folder, *SMALL)
    for title, path in (("a prepared file, by user and time", prepared(log)), ("the log as it came", log)):
        print(f"\n### {title.capitalize()}\n\n| job | ours | peer | ratio | reach |\n|---|---|---|---|---|")
        for pair in PAIRS:
            print(compared(pair, path), flush=True)
    print("\n### Beside these\n\n| job | ours | peer | ratio | reach |\n|---|---|---|---|---|")
    pair = Pair("daily lifecycle of 400,000 events, against retentioneering", *STATES, least=10)
    print(compared(pair, made(folder, *TINY), rounds=1), flush=True)
    print(loading(log), flush=True)
    if "--large" in sys.argv:
        few, many = prepared(log), prepared(made(folder, *LARGE))
        for job in ("retention", "shared", "funnel"):
            print(grown(job, few, many), flush=True)


def compared(pair: Pair, path: Path, rounds: int = ROUNDS) -> str:
    """Measure a pair and write its line; both must count the same."""
    ours, theirs = alternated(pair.job, pair.peer, path, rounds)
    if pair.same and ours["counts"] != theirs["counts"]:
        raise SystemExit(f"{pair.title}: {ours['counts']} and {theirs['counts']} are not the same counts.")
    return line(pair, ours, theirs)


def grown(job: str, few: Path, many: Path) -> str:
    """Measure a job on five times the events."""
    small, large = alternated_sizes(job, few, many)
    ratio, held = large["seconds"] / small["seconds"], large["peak"]
    good = "met" if ratio <= 5.5 and held <= PEAK else "missed"
    return (
        f"| {job}, 100 M events against 20 M | {large['seconds']:.1f} s, {held:,} MiB | {small['seconds']:.1f} s "
        f"| {ratio:.1f} × | ≤ 5.5 × and {PEAK:,} MiB: {good} |"
    )


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
    turns = [(run(job, few), run(job, many)) for _ in range(2)]
    small, large = (min(runs, key=lambda one: one["seconds"]) for runs in zip(*turns, strict=True))
    return small, large


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
