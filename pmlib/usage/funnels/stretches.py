"""Chains whose single stretches are bounded: by a longest time from one step to the next, or by what lies between.

Read backward in time: for each instant and step, where the rest of the chain ends at the earliest. Of the instants from
which a step can go on the nearest is best: a later one makes the stretch longer and ends no earlier.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from pmlib.usage.funnels.moments import Flags, Ints, Moments
from pmlib.usage.funnels.steps import Rules


def bounded(moments: Moments, rules: Rules, way: Sequence[int], starts: Ints, last: Ints) -> Ints:
    """Find when each step of the longest chain from each beginning was taken, -1 where it was not."""
    instants = Instants(moments, rules, way)
    times = np.full((len(way), starts.size), -1)
    times[0] = starts
    left, begin = np.arange(starts.size), np.searchsorted(instants.codes, starts)
    for depth in range(len(way), 1, -1):
        if not left.size:
            break
        ends, blocks, onward = instants.ends(depth)
        end = ends[begin]
        there = end < instants.codes.size
        there[there] = instants.codes[end[there]] <= last[left[there]]
        here, place = left[there], begin[there]
        block = blocks[0][place]
        for step in range(depth):
            times[step, here] = instants.codes[place]
            over = block == step
            if step + 1 < depth:
                place = np.where(over, onward[step][place], place)
                block = np.where(over, blocks[step + 1][place], block)
        left, begin = left[~there], begin[~there]
    return times


class Instants:
    """The instants at which something of interest happened, each once, and what may serve which step there."""

    def __init__(self, moments: Moments, rules: Rules, way: Sequence[int]) -> None:
        self.names = [rules.steps[step] for step in way]
        self.codes = np.unique(np.concatenate([moments.steps[name] for name in dict.fromkeys(self.names)]))
        self.person = moments.person(self.codes)
        self.reuse = rules.reuse
        self.together = rules.ties is not None
        self.until = {name: np.searchsorted(codes, self.codes) for name, codes in enumerate(moments.steps)}
        self.past = {name: np.searchsorted(codes, self.codes, "right") for name, codes in enumerate(moments.steps)}
        self.strict = rules.order == "strict"
        self.gaps = [allowed(rules, here, there) for here, there in pairwise(way)]
        if self.strict:
            every = [*moments.steps, moments.others]
            self.all_until = np.sum([np.searchsorted(codes, self.codes) for codes in every], axis=0)
            self.all_past = np.sum([np.searchsorted(codes, self.codes, "right") for codes in every], axis=0)

    def serves(self, first: int, step: int) -> Flags:
        """Whether one instant has events enough for the steps from ``first`` to ``step``."""
        here = self.names[first : step + 1]
        needed = {name: 1 if self.reuse else here.count(name) for name in here}
        flags = [self.past[name] - self.until[name] >= count for name, count in needed.items()]
        return np.logical_and.reduce(flags)

    def leads(self, step: int, there: Ints) -> Flags:
        """Whether the stretch from each instant's ``step`` to the next step at ``there`` holds."""
        known = there < self.codes.size
        place = np.where(known, there, 0)
        fine = known & (self.person[place] == self.person)
        gap = self.gaps[step]
        if gap is not None:
            fine &= self.codes[place] - self.codes <= gap
        if self.strict:
            name = self.names[step]
            between = self.all_until[place] - self.all_past
            fine &= between == self.until[name][place] - self.past[name]
        return fine

    def ends(self, depth: int) -> tuple[Ints, list[Ints], list[Ints]]:
        """Where chains of the first ``depth`` steps end at the earliest, read from the last step back.

        Returns
        -------
        tuple
            For each instant the end if the first step is taken there (``codes.size`` if there is none); and for each
            step the last of the steps taken at the same instant, and the instant at which it goes on.
        """
        none = self.codes.size
        here = np.arange(none)
        ends: list[Ints] = [here] * depth
        blocks: list[Ints] = [here] * depth
        onward: list[Ints] = [here] * depth
        after: list[Ints] = [here] * depth
        for step in range(depth - 1, -1, -1):
            if step < depth - 1:
                there = onward[step] = following(ends[step + 1], none)
                after[step] = np.where(self.leads(step, there), ends[step + 1][np.minimum(there, none - 1)], none)
            ends[step], blocks[step] = np.full(none, none), np.full(none, step)
            for final in range(step, depth if self.together else step + 1):
                end = np.where(self.serves(step, final), after[final], none)
                blocks[step] = np.where(end < ends[step], final, blocks[step])
                ends[step] = np.minimum(end, ends[step])
        return ends[0], blocks, onward


def following(ends: Ints, none: int) -> Ints:
    """For each instant the next later one from which a chain ends at all, ``none`` if there is none."""
    there = np.where(ends < none, np.arange(none), none)
    return np.r_[np.minimum.accumulate(there[::-1])[::-1][1:], none]


def allowed(rules: Rules, here: int, there: int) -> int | None:
    """The longest time between two steps; of skipped steps the times on both sides together."""
    gaps = rules.gaps[here:there]
    return None if not gaps or None in gaps else sum(gap for gap in gaps if gap is not None)
