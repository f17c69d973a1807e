"""Whether what was measured lies within the bands that were fixed before."""

from collections.abc import Iterable, Sequence

from benchmarks.calibration.cells import Bands, Cell, bands, fits, only_published
from benchmarks.calibration.looking import Seen, Watch
from benchmarks.calibration.measuring import LIFTS, Counts, measured
from benchmarks.calibration.verdicts import Kind, Method

QUICKLY = 2000
"""Runs a cell in ``make test``."""
KINDS: tuple[Kind, ...] = ("difference", "lift")


def faults(method: Method, found: dict[float, Counts]) -> list[str]:
    """Return what lies outside the bands; ``found`` has the counts at each lift."""
    quiet = found[0.0]
    limits = one_sided(bands(quiet.runs)) if method.family == "exact" else bands(quiet.runs)
    rates = [("called without an effect", quiet.called, limits.called)]
    rates += [(f"called {side}ward without an effect", quiet.tail(side), limits.tail) for side in ("up", "down")]
    for lift, counts in found.items():
        if lift and method.family == "permutation":
            continue
        held = [(kind, counts.covered(kind)) for kind in KINDS]
        rates += [
            (f"the {kind} at +{lift:.0%} covered", rate, limits.covered) for kind, rate in held if rate is not None
        ]
    wrong = [
        f"{what}: {rate:.2%}, not {low:.1%} to {high:.1%}"
        for what, rate, (low, high) in rates
        if not low <= rate <= high
    ]
    if any(counts.at_odds for counts in found.values()):
        wrong.append("p and an interval contradict each other")
    return wrong


def one_sided(limits: Bands) -> Bands:
    """Return bands for what may stay below its level."""
    return Bands((0.0, limits.called[1]), (0.0, limits.tail[1]), (limits.covered[0], 1.0))


def watch_faults(watch: Watch, quiet: Seen, effect: Seen) -> list[str]:
    """Return what lies outside the bands for a test that is looked at daily."""
    limits = bands(quiet.runs) if watch.level else one_sided(bands(quiet.runs))
    rates = [
        ("called without an effect", quiet.called, limits.called),
        ("all intervals covered without an effect", quiet.covered, limits.covered),
        ("all intervals covered an effect", effect.covered, limits.covered),
    ]
    return [
        f"{what}: {rate:.2%}, not {low:.1%} to {high:.1%}"
        for what, rate, (low, high) in rates
        if not low <= rate <= high
    ]


def gated(methods: Iterable[Method], cells: Iterable[Cell]) -> list[tuple[Cell, list[Method]]]:
    """Return the cells that are gated, each with the methods that are."""
    methods = list(methods)
    pairs = [(cell, [one for one in methods if fits(one, cell) and not only_published(one, cell)]) for cell in cells]
    return [(cell, fit) for cell, fit in pairs if fit]


def broken(cell: Cell, methods: Sequence[Method], runs: int) -> dict[str, list[str]]:
    """Measure a cell and return the methods outside their bands, with what is wrong.

    A method outside the bands of few runs goes on to all 20,000, and the narrower bands decide: of hundreds of rates
    some lie outside by chance.
    """
    found = {lift: measured(cell, lift, methods, 0, runs) for lift in LIFTS}
    wrong = {}
    for one in methods:
        counts = {lift: found[lift][one.name] for lift in LIFTS}
        if faults(one, counts) and runs < one.most:
            for lift in LIFTS:
                counts[lift].add(measured(cell, lift, [one], runs, one.most)[one.name])
        if said := faults(one, counts):
            wrong[one.name] = said
    return wrong
