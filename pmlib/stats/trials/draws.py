"""Units of two arms shuffled or drawn anew, as sums over the units of each run; memory stays bounded."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

from pmlib.core import SettingError, TooFewError
from pmlib.core.words import many
from pmlib.stats.inputs import Floats, numbers

MOST = 20_000
"""Units of an arm that are drawn one by one; of more, as many heaps."""
CELLS = 2_000_000
"""Numbers held at a time."""
ROUNDING = 1e-14
"""Squares below this part of those they come from are rounding."""
SHARED = 20
"""Units a value must have on average so that drawing how often each comes is quicker."""


@dataclass(frozen=True)
class Arm:
    """Units of an arm: what each has off the common ratio, its denominator, and how many units are just so.

    Parameters
    ----------
    off, below
        ``top - ratio * bottom`` and ``bottom``, shape ``(n,)``.
    times
        Units of each kind; ones where each stands for itself.
    """

    off: Floats
    below: Floats
    times: Floats

    @property
    def n(self) -> int:
        """Units."""
        return int(self.times.sum())

    @property
    def rows(self) -> Floats:
        """What is summed over units: one, off, below, and the three products."""
        return np.stack(
            [np.ones_like(self.off), self.off, self.below, self.off**2, self.off * self.below, self.below**2], axis=1
        )

    @property
    def sums(self) -> Floats:
        """The sums over all units, shape ``(6,)``."""
        return self.times @ self.rows

    @property
    def shared(self) -> bool:
        """Whether so many units have the same value that their counts are drawn."""
        return self.n >= SHARED * self.times.size

    def heaped(self, size: int, draw: Generator) -> "Arm":
        """Put units at random into heaps of ``size``; what is left over is left out.

        Heaps of independent units are independent, and the sum of their cumulants is that of the units, so they can be
        shuffled and drawn in their place.
        """
        if size == 1:
            return self
        order = draw.permutation(np.repeat(np.arange(self.off.size), self.times.astype(int)))
        heaps = order[: order.size // size * size].reshape(-1, size)
        off, below = self.off[heaps].sum(axis=1), self.below[heaps].sum(axis=1)
        return Arm(off, below, np.ones_like(off))


def arms(
    group: ArrayLike, base: ArrayLike, over: tuple[ArrayLike, ArrayLike] | None, label: str
) -> tuple[Arm, Arm, float]:
    """Return the units of two arms, and the ratio of all of them together.

    Raises
    ------
    TooFewError
        If an arm has fewer than two units.
    SettingError
        If values are missing, or a unit has no denominator or a negative one.
    """
    tops = [numbers(values, label).ravel() for values in (group, base)]
    bottoms = [np.ones_like(top) for top in tops] if over is None else [numbers(one, label).ravel() for one in over]
    for top, bottom in zip(tops, bottoms, strict=True):
        if top.shape != bottom.shape:
            raise SettingError(f"'{label}' has {many(top.size, 'value')} over {bottom.size}; give one each a unit.")
        if top.size < 2:
            raise TooFewError(f"'{label}' has {many(top.size, 'unit')} in a group; a comparison needs 2 or more.")
        if (bottom < 0).any() or not bottom.any():
            raise SettingError(
                f"'{label}' is divided by what is below 0 or 0 for all; a ratio needs counts or amounts."
            )
    ratio = sum(float(top.sum()) for top in tops) / sum(float(bottom.sum()) for bottom in bottoms)
    made: list[Arm] = []
    for top, bottom in zip(tops, bottoms, strict=True):
        pairs, times = np.unique(np.stack([top, bottom], axis=1), axis=0, return_counts=True)
        if top.size < SHARED * len(pairs):
            # In order of size, so that the order of rows changes nothing.
            pairs, times = np.repeat(pairs, times, axis=0), np.ones(top.size)
        made.append(Arm(pairs[:, 0] - ratio * pairs[:, 1], pairs[:, 1], times.astype(float)))
    return made[0], made[1], ratio


def estimates(sums: Floats) -> tuple[Floats, Floats]:
    """Return ratios less the common one, and their variances by linearisation, from sums of shape ``(runs, 6)``."""
    n, off, below, offs, both, belows = np.moveaxis(sums, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = off / below
        # Residuals have the sum 0, so their squares need no mean taken off.
        squares = offs - 2 * value * both + value**2 * belows
        variance = np.maximum(squares, 0.0) * n / (n - 1) / below**2
    known = below > 0
    return np.where(known, value, 0.0), np.where(known & (squares > ROUNDING * offs), variance, 0.0)


def shuffled(group: Arm, base: Arm, runs: int, seed: int) -> tuple[Iterator[tuple[Floats, Floats]], bool]:
    """Give the units to the arms anew.

    Returns
    -------
    tuple
        Pieces of the sums of both arms, shapes ``(runs, 6)``; and whether they are all arrangements there are.
    """
    draw = np.random.default_rng(seed)
    swap = group.n > base.n
    small, large = (base, group) if swap else (group, base)
    if min(group.n, base.n) > MOST and not (group.shared and base.shared):
        size = math.ceil((group.n + base.n) / (2 * MOST))
        small, large = small.heaped(size, draw), large.heaped(size, draw)
    rows, times = np.concatenate([small.rows, large.rows]), np.concatenate([small.times, large.times])
    whole = times @ rows
    # More than 40 of 80 units are far more ways than anyone runs through, and too long a number to reckon.
    every = small.n <= 40 and math.comb(small.n + large.n, small.n) <= runs + 1
    found = arrangements(rows, times, small.n) if every else chosen(rows, times, small.n, runs, draw)
    pieces = ((whole - part, part) if swap else (part, whole - part) for part in found)
    return pieces, every


def arrangements(rows: Floats, times: Floats, n: int) -> Iterator[Floats]:
    """Return the sums over every choice of ``n`` units."""
    units = np.repeat(rows, times.astype(int), axis=0)
    every = combinations(range(len(units)), n)
    while picks := list(islice(every, max(1, CELLS // (6 * n)))):
        yield units[np.array(picks)].sum(axis=1)


def chosen(rows: Floats, times: Floats, n: int, runs: int, draw: Generator) -> Iterator[Floats]:
    """Return the sums over ``n`` units chosen at random, ``runs`` times."""
    if times.sum() >= SHARED * times.size:
        for size in sizes(runs, times.size):
            yield draw.multivariate_hypergeometric(times.astype(np.int64), n, size=size, method="marginals") @ rows
        return
    units = np.repeat(rows, times.astype(int), axis=0)
    for size in sizes(runs, 6):
        yield np.stack(
            [units[draw.choice(len(units), n, replace=False, shuffle=False)].sum(axis=0) for _ in range(size)]
        )


def redrawn(arm: Arm, runs: int, draw: Generator) -> Floats:
    """Return the sums of an arm's units drawn anew with replacement, shape ``(runs, 6)``."""
    if arm.shared:
        shares = arm.times / arm.times.sum()
        return np.concatenate([draw.multinomial(arm.n, shares, size=k) @ arm.rows for k in sizes(runs, shares.size)])
    units = arm.heaped(math.ceil(arm.n / MOST), draw)
    rows = np.repeat(units.rows, units.times.astype(int), axis=0)
    pieces = [rows[draw.integers(0, len(rows), (k, len(rows)))].sum(axis=1) for k in sizes(runs, 6 * len(rows))]
    return np.concatenate(pieces)


def sizes(runs: int, width: int) -> Iterator[int]:
    """Return in what pieces runs are made, so that no piece holds too many numbers."""
    most = max(1, CELLS // width)
    for start in range(0, runs, most):
        yield min(most, runs - start)
