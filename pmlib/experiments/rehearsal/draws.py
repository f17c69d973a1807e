"""Units put into arms at random, again and again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pmlib.core import TooFewError
from pmlib.core.words import many
from pmlib.experiments.rehearsal.urn import Lot, Urn
from pmlib.stats.inputs import Floats

AT_ONCE = 4_000_000
"""So many rows are drawn at once, over all draws together."""
Codes = NDArray[np.int16]


@dataclass(frozen=True)
class Draw:
    """One draw.

    Parameters
    ----------
    sums
        Of each look and arm, shape ``(looks, arms, sums)``; a look holds all units up to it.
    codes
        For each row its look times the number of arms, plus its arm.
    """

    sums: Floats
    codes: Codes

    def rows(self, look: int, arm: int) -> NDArray[np.bool_]:
        """Return which rows are in an arm at a look."""
        return (self.codes % self.sums.shape[1] == arm) & (self.codes < (look + 1) * self.sums.shape[1])


def blocks(rows: int, shares: Sequence[float], times: Sequence[float]) -> NDArray[np.int64]:
    """Return how many rows come into each arm up to each look, shape ``(looks, arms)``.

    Parameters
    ----------
    shares
        The planned share of each arm; they sum to 1.
    times
        The part of the rows that is there at each look, rising to 1.

    Raises
    ------
    TooFewError
        If an arm would have fewer than two rows in the end.

    Examples
    --------
    >>> blocks(10, [0.5, 0.5], [0.5, 1.0]).tolist()
    [[2, 3], [5, 5]]
    """
    edges = np.rint(np.outer(np.rint(np.array(times) * rows), np.append(0.0, np.cumsum(shares)))).astype(np.int64)
    found = np.maximum.accumulate(np.diff(edges, axis=1), axis=0)
    if found[-1].min() < 2:
        raise TooFewError(
            f"{many(rows, 'row')} give an arm {found[-1].min()} by this split; each needs 2 or more to be compared."
        )
    return found


def draws(
    urn: Urn, shares: Sequence[float], *, times: Sequence[float] = (1.0,), runs: int = 1000, seed: int = 0
) -> Iterator[Draw]:
    """Put the rows of an urn into arms, each time anew; arms are as large as planned, to the row."""
    found = blocks(urn.rows, shares, times)
    fresh = np.diff(found, axis=0, prepend=np.zeros((1, found.shape[1]), dtype=np.int64))
    base = np.repeat(np.arange(fresh.size, dtype=np.int16), fresh.ravel())
    # Rounding may leave a row or two to nobody.
    base = np.append(base, np.full(urn.rows - len(base), fresh.size, dtype=np.int16))
    random = np.random.default_rng(seed)
    left, most = runs, max(1, AT_ONCE // urn.rows)
    while left:
        some = min(left, most)
        codes = random.permuted(np.tile(base, (some, 1)), axis=1)
        cells = np.stack([(codes == cell).astype(float) @ urn.sums for cell in range(fresh.size)])
        sums = cells.reshape(*fresh.shape, some, -1).cumsum(axis=0)
        for at in range(some):
            yield Draw(sums[:, :, at], codes[at])
        left -= some


def redrawn(draw: Draw, lot: Lot, random: np.random.Generator) -> Draw:
    """Draw the hits of a share anew, each unit by itself, where the same few hits in every draw would come in steps."""
    first, sums = lot.first, draw.sums.copy()
    fresh = np.diff(np.rint(sums[:, :, first]), axis=0, prepend=0).astype(np.int64)
    hits = random.binomial(fresh, lot.whole.mean).cumsum(axis=0)
    sums[:, :, first + 1 : first + lot.width] = hits[:, :, None]
    return Draw(sums, draw.codes)
