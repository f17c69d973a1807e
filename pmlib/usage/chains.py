"""How far along ordered steps each entry gets: one pass of NumPy over moments sorted by entry and time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Reach:
    """For each entry, the person, the week (counted from 0) and the steps reached, at least 1."""

    person: Ints
    week: Ints
    steps: Ints

    def people(self, steps: int, first: int = 0, last: int | None = None) -> tuple[int, ...]:
        """How many people reached 1, 2, … ``steps`` in entries of the weeks ``first`` to ``last`` (included)."""
        here = (self.week >= first) & (self.week <= (np.inf if last is None else last))
        return tuple(len(np.unique(self.person[here & (self.steps >= step)])) for step in range(1, steps + 1))


def reach(moments: Mapping[str, NDArray], names: Sequence[int], window: int) -> Reach:
    """Find the longest chain of steps for each entry.

    A chain begins where ``opens`` is true and takes one event a step, each no earlier than the one before, the last no
    later than ``window`` after the first. Events of the same moment may serve steps in the funnel's order, whatever
    order they are stored in.

    Parameters
    ----------
    moments
        Columns ``entry``, ``person``, ``week``, ``moment``, ``name``, ``opens``, sorted by entry and moment.
    names
        The name of each step, as the column ``name`` numbers them.
    window
        Longest time from first to last step, in the unit of ``moment``.
    """
    entry, time = moments["entry"].astype(np.int64), moments["moment"].astype(np.int64)
    if entry.size == 0:
        nobody = np.empty(0, dtype=np.int64)
        return Reach(nobody, nobody, nobody)
    fresh = np.r_[True, (entry[1:] != entry[:-1]) | (time[1:] != time[:-1])]
    begin = np.flatnonzero(fresh)
    entry, time = entry[begin], time[begin]
    # How often each name happened at each moment: as many steps of that name can be served there.
    happened = np.zeros((max(names) + 1, begin.size), dtype=np.int64)
    np.add.at(happened, (moments["name"].astype(np.int64), np.cumsum(fresh) - 1), 1)
    opens = np.logical_or.reduceat(moments["opens"].astype(bool), begin)
    edges = np.flatnonzero(np.r_[True, entry[1:] != entry[:-1]])
    home = np.repeat(edges, np.diff(np.r_[edges, entry.size]))

    # A chain is known by the place where it began. Later beginnings are worth more, and places grow with time and
    # entry, so a running maximum carries the best chain; one that began before the entry's own first place is none.
    here = np.where(opens, np.arange(entry.size), -1)
    before: list[Ints] = []
    reached = np.ones(edges.size, dtype=np.int64)
    for step in range(len(names)):
        best = np.full(entry.size, -1)
        # Steps from `first` to `step` may fall on one moment, if it holds events enough.
        for first in range(step, -1, -1):
            needed = np.bincount(names[first : step + 1], minlength=len(happened))
            enough = (happened >= needed[:, None]).all(axis=0)
            best = np.maximum(best, np.where(enough, before[first - 1] if first else here, -1))
        best = np.where((best >= 0) & (time - time[best] <= window), best, -1)
        reached = np.where(np.maximum.reduceat(best, edges) >= 0, step + 1, reached)
        past = np.r_[-1, np.maximum.accumulate(best)[:-1]]
        before.append(np.where(past >= home, past, -1))
    person, week = (moments[name].astype(np.int64)[begin][edges] for name in ("person", "week"))
    return Reach(person, week, reached)
