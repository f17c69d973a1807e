"""What is measured, what must hold, and where it is only published: all fixed before looking."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from benchmarks.calibration.shapes import SHAPES
from benchmarks.calibration.verdicts import Method

SPLITS = {"50/50": 1, "90/10": 9}
"""How many units the control has for one in the treated arm, which is the smaller."""
SMALLER = (300, 1000, 5000)
"""Units of the smaller arm."""


@dataclass(frozen=True)
class Cell:
    """One shape of data, one split, one size."""

    shape: str
    split: str
    n: int

    @property
    def sizes(self) -> tuple[int, int]:
        """Units of the treated arm and of the control."""
        return self.n, self.n * SPLITS[self.split]

    @property
    def title(self) -> str:
        """The cell in words."""
        return f"{SHAPES[self.shape].title}, {self.split}, {self.n:,}"


CELLS = tuple(Cell(shape, split, n) for shape in SHAPES for split in SPLITS for n in SMALLER)
LISTED = tuple(cell for cell in CELLS if cell.n in {SMALLER[0], SMALLER[-1]})
"""The cells of ``make test``."""


@dataclass(frozen=True)
class Bands:
    """Between what the rates of a gated cell must lie."""

    called: tuple[float, float]
    tail: tuple[float, float]
    covered: tuple[float, float]


QUICK = Bands((0.035, 0.065), (0.014, 0.036), (0.935, 0.965))
"""At 2,000 runs: three standard errors of the count, to either side."""
FULL = Bands((0.045, 0.055), (0.020, 0.030), (0.945, 0.955))
"""At 20,000 runs."""
ENOUGH = 20_000


def bands(runs: int) -> Bands:
    """Return the bands for a number of runs."""
    return FULL if runs >= ENOUGH else QUICK


ERROR = 0.003
"""A tail that theory expects to be off by more than this is published, not gated."""
HITS = 100
"""Fewer expected hits in the smaller arm than this move a share by visible steps."""
BEYOND = 500
"""Fewer units beyond a quantile than this tell its spread badly."""
PAYING = 500
"""Fewer paying units in the smaller arm than this leave heavy tails in the mean."""


def only_published(method: Method, cell: Cell) -> str:
    """Return why a cell is published and not gated, or ``""`` if it is gated.

    The reasons are about sizes alone, none about what was measured.
    """
    if not method.ours:
        return "another tool's formula"
    if SHAPES[cell.shape].binary and method.family != "exact" and expected(cell) < HITS:
        return f"fewer than {HITS} hits expected in the smaller arm: counts move in steps"
    if method.family == "permutation":
        return ""
    if method.family == "quantile" and beyond(cell) < BEYOND:
        return f"fewer than {BEYOND} units beyond the quantile in the smaller arm"
    if cell.shape == "payers" and 0.1 * cell.n < PAYING:
        return f"fewer than {PAYING} payers in the smaller arm, heavy tails"
    if method.family == "mean" and leaning(cell) > ERROR:
        return "skewed data in unequal arms: theory expects the tails to differ by more than ±0.3 points"
    return ""


def expected(cell: Cell) -> float:
    """Return the hits to be expected in the smaller arm."""
    return cell.n * SHAPES[cell.shape].target(SHAPES[cell.shape].world(0.0))


def beyond(cell: Cell) -> float:
    """Return the units to be expected beyond the quantile in the smaller arm."""
    return cell.n * {"p90": 0.1, "median": 0.5}[cell.shape]


@cache
def leaning(cell: Cell) -> float:
    """Return by how much each tail of Student's t is off, by the first term of Edgeworth's expansion.

    Hall (1992), The Bootstrap and Edgeworth Expansion, section 2.6: the skewness of the difference times
    ``(2 z² + 1) / 6`` times the normal density at ``z``.
    """
    treated, control = cell.sizes
    skewness = SHAPES[cell.shape].skewness() * (treated**-2 - control**-2) / (1 / treated + 1 / control) ** 1.5
    z = 1.959964
    return abs(skewness) * (2 * z * z + 1) / 6 * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def fits(method: Method, cell: Cell) -> bool:
    """Whether a method is made for a cell, and quick enough for it."""
    return cell.shape in method.sees and (not method.sizes or cell.n in method.sizes)


def chosen(methods: tuple[Method, ...], only: tuple[str, ...] = ()) -> Iterator[tuple[Cell, list[Method]]]:
    """Yield the cells with the methods made for them; ``only`` names shapes."""
    for cell in CELLS:
        fit = [one for one in methods if fits(one, cell)]
        if fit and (not only or cell.shape in only):
            yield cell, fit
