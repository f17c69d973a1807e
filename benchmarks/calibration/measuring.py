"""Draw experiments, let methods judge them, and count how often they are wrong."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, fields

from benchmarks.calibration.cells import Cell
from benchmarks.calibration.methods import METHODS
from benchmarks.calibration.rivals import RIVALS
from benchmarks.calibration.shapes import SHAPES, runs
from benchmarks.calibration.verdicts import Kind, Method, Verdict, outside

BY_NAME = {one.name: one for one in (*METHODS, *RIVALS)}
LIFTS = (0.0, 0.5)
CHUNK = 1000
"""Runs that one process counts at a time."""


@dataclass
class Counts:
    """What became of the runs: effects called upward and downward, and intervals that lie above or below the truth."""

    runs: int = 0
    up: int = 0
    down: int = 0
    at_odds: int = 0
    open: int = 0
    over_difference: int = 0
    under_difference: int = 0
    over_lift: int = 0
    under_lift: int = 0
    differences: int = 0
    lifts: int = 0

    def add(self, other: "Counts") -> None:
        """Add the counts of other runs."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))

    @property
    def called(self) -> float:
        """Share of runs in which an effect was called."""
        return (self.up + self.down) / self.runs

    def tail(self, side: str) -> float:
        """Share of runs in which an effect was called to one side."""
        return getattr(self, side) / self.runs

    def covered(self, kind: Kind) -> float | None:
        """Share of intervals that held the truth; ``None`` where none was given."""
        given = getattr(self, f"{kind}s")
        missed = getattr(self, f"over_{kind}") + getattr(self, f"under_{kind}")
        return 1 - missed / given if given else None

    def count(self, verdict: Verdict, truth: dict[Kind, float], about: bool) -> None:
        """Count one verdict; ``about`` says whether its intervals are about this truth."""
        self.runs += 1
        self.up += verdict.called and verdict.ahead
        self.down += verdict.called and not verdict.ahead
        self.at_odds += verdict.at_odds
        self.open += any(None in span for span in verdict.spans.values())
        for kind, span in verdict.spans.items() if about else ():
            side = outside(span, truth[kind])
            setattr(self, f"{kind}s", getattr(self, f"{kind}s") + 1)
            if side:
                name = f"{'over' if side > 0 else 'under'}_{kind}"
                setattr(self, name, getattr(self, name) + 1)


def measured(cell: Cell, lift: float, methods: Sequence[Method], first: int, last: int) -> dict[str, Counts]:
    """Count what methods say in the runs from ``first`` to before ``last`` of a cell."""
    shape = SHAPES[cell.shape]
    difference, ratio = shape.truth(lift)
    truth: dict[Kind, float] = {"difference": difference, "lift": ratio}
    found = {one.name: Counts() for one in methods}
    for pair in runs(shape, cell.sizes, lift, first, last):
        for one in methods:
            found[one.name].count(one.judge(pair), truth, one.target or lift == 0)
    return found


Task = tuple[Cell, float, tuple[str, ...], int, int]


def task(given: Task) -> tuple[Task, dict[str, Counts]]:
    """Count a part of a cell, in a process of its own."""
    cell, lift, names, first, last = given
    return given, measured(cell, lift, [BY_NAME[name] for name in names], first, last)


Table = dict[tuple[Cell, float, str], Counts]


def grid(
    cells: Iterable[tuple[Cell, Sequence[Method]]],
    runs: int,
    *,
    workers: int,
    told: Callable[[int, int], None] = lambda done, of: None,
) -> Table:
    """Count all cells over both lifts; the same whatever the number of workers."""
    tasks: list[Task] = []
    for cell, methods in cells:
        for lift in LIFTS:
            for first in range(0, runs, CHUNK):
                names = tuple(one.name for one in methods if first < one.most)
                tasks.append((cell, lift, names, first, min(first + CHUNK, runs)))
    # The long ones first, so that no core waits at the end.
    tasks.sort(key=lambda one: (-any(BY_NAME[name].sizes != () for name in one[2]), -sum(one[0].sizes)))
    found: Table = {}
    with ProcessPoolExecutor(workers) as pool:
        for done, future in enumerate(as_completed([pool.submit(task, one) for one in tasks]), 1):
            (cell, lift, _, _, _), counts = future.result()
            for name, one in counts.items():
                found.setdefault((cell, lift, name), Counts()).add(one)
            told(done, len(tasks))
    return found
