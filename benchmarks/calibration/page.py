"""The page that says what was measured: for a PM first, then every number."""

import platform
from collections.abc import Sequence

import numpy as np
import scipy

import pmlib
from benchmarks.calibration.cells import CELLS, FULL, QUICK, SMALLER, Bands, Cell, only_published
from benchmarks.calibration.gates import faults, watch_faults
from benchmarks.calibration.looking import A_DAY, LOOKS, SEES, SRM, WATCHES, Seen
from benchmarks.calibration.measuring import LIFTS, Counts, Table
from benchmarks.calibration.promises import Promise
from benchmarks.calibration.shapes import SEED, SHAPES, UNITS
from benchmarks.calibration.verdicts import Method

Looked = dict[tuple[str, bool], dict[str, Seen]]
Measured = Sequence[tuple[Cell, list[Method]]]

OURS = tuple(one for one in WATCHES if one.ours)
INTRO = """
# How often pmlib is wrong

When nothing differs, a test at 5 % still calls an effect in 5 of 100 experiments, and an interval at 95 % misses
the truth in 5 of 100: that is the promise, and here it is measured on {runs:,} made experiments a cell whose truth
is known. Of {many} pairs of method and data that must keep it, {inside} lie within the bands that were fixed before
looking. Where few units, long tails and unequal arms meet no method keeps it exactly: those cells are published
below, with the reason.
""".strip()
PEERS = """
A peer's formula is written here from its published definition and judges the same experiments; its line counts all
cells it was tried in, the small ones too, a line of ours those that are gated.
""".strip()
DAILY = """
Experiments of {looks} days, {units} units an arm a day, read every evening. Read by a fixed test, {daily} % of
those without any effect show one some evening; by the default of a registered plan {plan} %. The effect is one that
a single look at the end finds in about 80 of 100; *all hold* counts the runs in which the intervals of all evenings
hold the truth, *power* those in which the effect was called, *days* how long they took on average.
""".strip()
SPLITS = """
The split looked at on {looks} evenings at {level:g}, as planned throughout: a chi-square test each evening raises
an alarm in {chi} % of experiments, the e-value in {e} %.
""".strip()
LEGEND = """
In per cent of runs. *called*, *up*, *down*: an effect called without one, to each side (5, 2.5, 2.5 promised).
*difference*, *lift*: intervals that hold the truth (95 promised), without an effect and at +50 %. *above / below*:
lift intervals at +50 % that lie wholly above or below the truth (2.5 each). *at odds*: p and an interval say
different things. *n*: units of the smaller arm, which is the treated one.
""".strip()
MADE = """
The bands were fixed before any run, and so was the list above but for one of its reasons, fewer than 100 expected
hits, which came when counts were seen to move in steps; it is about sizes alone. In `make test` a rate outside the
first line goes on to 20,000 runs, and the second line decides. Experiments draw their units from {units:,} made ones,
so the truth is known to the last digit; sizes {sizes}; seed {seed}; a run's draws depend on its cell and number alone,
so that few runs are the first of many and cores change nothing; {cells} cells. `make calibrate` writes this page anew,
and `python -m benchmarks.calibration --runs 2000 --cells payers ratio` prints some shapes sooner.
""".strip()


def share(value: float | None) -> str:
    """Write a rate."""
    return "" if value is None else f"{100 * value:.2f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table; the first columns are words, the others numbers."""
    lines = [" | ".join(head), " | ".join("---" for _ in head), *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def at(found: Table, cell: Cell, method: Method) -> dict[float, Counts]:
    """Return the counts of a method in a cell, at each lift."""
    return {lift: found[cell, lift, method.name] for lift in LIFTS}


def coverage(counts: dict[float, Counts]) -> list[float]:
    """Return the coverage of a cell's intervals, at each lift, of differences and of lifts."""
    rates = [one.covered(kind) for one in counts.values() for kind in ("difference", "lift")]
    return [rate for rate in rates if rate is not None]


def spread(values: Sequence[float]) -> str:
    """Write the least and the most of some rates."""
    low, high = share(min(values, default=None)), share(max(values, default=None))
    return low if low == high else f"{low} to {high}"


def verdicts(measured: Measured, found: Table) -> str:
    """Write one line a method: how it did where it is gated, or wherever a peer's formula was tried."""
    names = list(dict.fromkeys(one for _, methods in measured for one in methods))
    rows = []
    for method in sorted(names, key=lambda one: not one.ours):
        cells = [cell for cell, fit in measured if method in fit and not (method.ours and only_published(method, cell))]
        if not cells:
            continue
        counts = [at(found, cell, method) for cell in cells]
        inside = sum(not faults(method, one) for one in counts)
        called = spread([one[0.0].called for one in counts])
        held = spread([rate for one in counts for rate in coverage(one)])
        odds = spread([one.at_odds / one.runs for both in counts for one in both.values()])
        where = f"{inside} of {len(cells)}" if method.ours else "not gated"
        rows.append(["pmlib" if method.ours else "a peer's formula", method.title, where, called, held, odds])
    head = ("", "method", "cells within the bands", "called without an effect, %", "intervals that hold the truth, %")
    return table((*head, "p and interval at odds, %"), rows)


def full(measured: Measured, found: Table, shape: str) -> str:
    """Write every number of a shape."""
    rows = []
    for cell, methods in measured:
        if cell.shape != shape:
            continue
        for method in methods:
            counts = at(found, cell, method)
            quiet = counts[0.0]
            reason = only_published(method, cell)
            held = [share(one.covered(kind)) for one in counts.values() for kind in ("difference", "lift")]
            more = counts[0.5]
            missed = (
                f"{share(more.over_lift / more.lifts)} / {share(more.under_lift / more.lifts)}" if more.lifts else ""
            )
            rates = [share(quiet.called), share(quiet.tail("up")), share(quiet.tail("down")), *held, missed]
            state = "" if reason else gate(not faults(method, counts))
            rows.append([cell.split, f"{cell.n:,}", method.title, *rates, share(quiet.at_odds / quiet.runs), state])
    head = ("split", "n", "method", "called", "up", "down", "difference", "lift", "difference +50", "lift +50")
    return table((*head, "above / below +50", "at odds", "gate"), rows)


def looked_at(looked: Looked) -> str:
    """Write what looking every day does."""
    rows = []
    for shape in SEES:
        quiet, effect = looked[shape, False], looked[shape, True]
        for watch in WATCHES:
            no, yes = quiet[watch.name], effect[watch.name]
            rates = [share(no.called), share(no.covered), share(yes.covered), share(yes.called), f"{yes.length:.1f}"]
            rows.append(
                [SHAPES[shape].title, watch.title, *rates, gate(not watch_faults(watch, no, yes)) if watch.ours else ""]
            )
    head = ("data", "read by", "called without an effect", "all intervals hold, none", "all hold, an effect", "power")
    return table((*head, "days it takes", "gate"), rows)


def reasons(measured: Measured) -> str:
    """Write where methods of ours are published only, and why."""
    rows = []
    for cell, methods in measured:
        for method in methods:
            reason = only_published(method, cell) if method.ours else ""
            if reason:
                rows.append([SHAPES[cell.shape].title, cell.split, f"{cell.n:,}", method.title, reason])
    return table(("data", "split", "n", "method", "why not gated"), rows)


def limits(title: str, band: Bands) -> list[str]:
    """Write the bands of a number of runs."""
    return [title, *(f"{100 * low:.1f} to {100 * high:.1f}" for low, high in (band.called, band.tail, band.covered))]


def outside(measured: Measured, found: Table, looked: Looked) -> tuple[int, int]:
    """Count the gated pairs of method and data, and those of them outside their bands."""
    gated = [(cell, one) for cell, fit in measured for one in fit if not only_published(one, cell)]
    wrong = sum(bool(faults(one, at(found, cell, one))) for cell, one in gated)
    watches = [(looked[shape, False][one.name], looked[shape, True][one.name], one) for shape in SEES for one in OURS]
    wrong += sum(bool(watch_faults(one, quiet, effect)) for quiet, effect, one in watches)
    return len(gated) + len(watches), wrong


def written(
    measured: Measured,
    found: Table,
    looked: Looked,
    splits: dict[str, Seen],
    promises: Sequence[Promise],
    *,
    runs: int,
    date: str,
) -> str:
    """Write the page: the same bytes for the same runs and date."""
    many, wrong = outside(measured, found, looked)
    many, wrong = many + len(promises), wrong + sum(not one.kept for one in promises)
    shapes = list(dict.fromkeys(cell.shape for cell, _ in measured))
    numbers = [(heading(SHAPES[shape].title), full(measured, found, shape)) for shape in shapes]
    kept = [
        [one.title, share(one.rate), f"{100 * one.low:.1f} to {100 * one.high:.1f}", gate(one.kept)] for one in promises
    ]
    daily, plan = looked["normal", False]["daily"], looked["normal", False]["obf"]
    alarms = {name: share(one.called) for name, one in splits.items()}
    parts = [
        INTRO.format(runs=runs, many=many, inside=many - wrong),
        "## Verdicts",
        verdicts(measured, found),
        PEERS,
        "## Looking every day",
        DAILY.format(looks=LOOKS, units=A_DAY, daily=share(daily.called), plan=share(plan.called)),
        looked_at(looked),
        SPLITS.format(looks=2 * LOOKS, level=SRM, chi=alarms["chi-square"], e=alarms["e-value"]),
        "## Other promises",
        table(("what", "measured, %", "band, %", "gate"), kept),
        "## Every number",
        LEGEND,
        *(part for pair in numbers for part in pair),
        "## Where the promise is published only",
        reasons(measured),
        "## How this was made",
        table(
            ("runs", "called, %", "each tail, %", "intervals that hold the truth, %"),
            [limits("2,000 (`make test`)", QUICK), limits("20,000 (`make calibrate`)", FULL)],
        ),
        MADE.format(units=UNITS, sizes=", ".join(f"{n:,}" for n in SMALLER), seed=SEED, cells=len(CELLS)),
        f"{f'{date}, ' if date else ''}Python {platform.python_version()}, NumPy {np.__version__}, "
        f"SciPy {scipy.__version__}, pmlib {pmlib.__version__}.",
    ]
    return "\n\n".join(parts) + "\n"


def heading(title: str) -> str:
    """Write a heading."""
    return f"### {title[0].upper()}{title[1:]}"


def gate(good: bool) -> str:
    """Write whether something gated lies within its bands."""
    return "within" if good else "**outside**"
