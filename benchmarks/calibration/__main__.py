"""Measure the grid and write ``docs/calibration.md``; with ``--cells`` print the tables of some shapes instead."""

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.calibration.cells import ENOUGH, chosen
from benchmarks.calibration.looking import SEES, Seen, splits, watched
from benchmarks.calibration.measuring import CHUNK, METHODS, RIVALS, grid
from benchmarks.calibration.page import Looked, full, verdicts, written
from benchmarks.calibration.promises import promised
from benchmarks.calibration.shapes import BATCH, SHAPES

PAGE = Path(__file__).parents[2] / "docs" / "calibration.md"


def asked() -> argparse.Namespace:
    """Read the command line."""
    reader = argparse.ArgumentParser(prog="python -m benchmarks.calibration", description=__doc__)
    reader.add_argument("--runs", type=int, default=ENOUGH, help=f"experiments a cell, in steps of {BATCH}")
    reader.add_argument("--cells", nargs="*", default=[], choices=[*SHAPES, []], help="shapes of data; all if left out")
    reader.add_argument("--date", default="", help="what the page says of when it was made")
    reader.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    reader.add_argument("--out", type=Path, default=PAGE)
    return reader.parse_args()


def told(done: int, of: int) -> None:
    """Say how far it is."""
    if done % 20 == 0 or done == of:
        print(f"{done} of {of}", file=sys.stderr, flush=True)


def look(given: tuple[str, bool, int, int]) -> tuple[str, bool, dict[str, Seen]]:
    """Watch some experiments in a process of its own."""
    return given[0], given[1], watched(*given)


def all_looks(runs: int, workers: int) -> Looked:
    """Watch all experiments."""
    parts = [
        (s, effect, a, min(a + CHUNK, runs)) for s in SEES for effect in (False, True) for a in range(0, runs, CHUNK)
    ]
    found: Looked = {}
    with ProcessPoolExecutor(workers) as pool:
        for shape, effect, seen in pool.map(look, parts):
            into = found.setdefault((shape, effect), {name: Seen() for name in seen})
            for name, one in seen.items():
                into[name].add(one)
    return found


def main() -> None:
    """Measure and write."""
    options = asked()
    runs = max(BATCH, options.runs // BATCH * BATCH)
    cells = list(chosen((*METHODS, *RIVALS), tuple(options.cells)))
    found = grid(cells, runs, workers=options.workers, told=told)
    if options.cells:
        print("\n\n".join([verdicts(cells, found), *(full(cells, found, shape) for shape in options.cells)]))
        return
    looked = all_looks(runs, options.workers)
    text = written(cells, found, looked, splits(0, runs), promised(runs), runs=runs, date=options.date)
    options.out.write_text(text, encoding="utf-8")
    print(f"{options.out} written")


if __name__ == "__main__":
    main()
