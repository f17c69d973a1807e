"""How far along the steps each beginning gets, and which of a person's chains counts: passes of NumPy over codes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from pmlib.usage.funnels.moments import Flags, Ints, Moments
from pmlib.usage.funnels.steps import Rules
from pmlib.usage.funnels.stretches import bounded

NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Chains:
    """The longest chain from each beginning, sorted by person and time.

    Parameters
    ----------
    start
        The code at which each begins.
    times
        For each step (rows) the code at which each chain took it, -1 where it did not.
    score
        Steps taken; one that may not be skipped is worth more than all that may.
    hit
        Whether an exclusion cut the chain before its end.
    """

    start: Ints
    times: Ints
    score: Ints
    hit: Flags

    @property
    def reached(self) -> Flags:
        """For each step (rows) whether each chain took it."""
        return self.times >= 0

    def of(self, spots: Ints) -> "Chains":
        """Return some of the chains."""
        return Chains(self.start[spots], self.times[:, spots], self.score[spots], self.hit[spots])


def beginnings(moments: Moments, rules: Rules, low: int, high: int) -> Ints:
    """Return the codes at which chains may begin, from ``low`` to ``high`` (both included, microseconds, UTC)."""
    free = rules.order == "any"
    codes = np.unique(np.concatenate(moments.steps)) if free else moments.steps[rules.steps[0]]
    time = codes & moments.mask
    starts = codes[(time >= low - moments.base) & (time <= high - moments.base)]
    return openings(starts, moments, rules) if rules.entry == "first" else starts


def openings(starts: Ints, moments: Moments, rules: Rules) -> Ints:
    """Keep each person's first beginning, then the first after its window, and so on."""
    if starts.size == 0:
        return starts
    after = np.searchsorted(starts, starts + min(rules.window, moments.longest), side="right")
    person = moments.person(starts)
    here = np.flatnonzero(np.r_[True, person[1:] != person[:-1]])
    kept = [here]
    while here.size:
        following = after[here]
        inside = following < starts.size
        here, following = here[inside], following[inside]
        here = following[person[following] == person[here]]
        kept.append(here)
    return starts[np.sort(np.concatenate(kept))]


def first_of_each(starts: Ints, moments: Moments) -> Ints:
    """Return each person's first beginning."""
    person = moments.person(starts)
    return starts[np.r_[True, person[1:] != person[:-1]]] if starts.size else starts


def worth_following(starts: Ints, group: Ints, moments: Moments, rules: Rules) -> tuple[Ints, Ints]:
    """Leave out beginnings that a later one of the same group outdoes: the same second step comes next to both.

    The chain of the later one is as long, over as early and shorter. Where other beginnings may still decide, all stay.
    """
    told = rules.order == "any" or rules.optional or rules.ties or rules.entry == "first"
    if told or rules.exclusion == "drop" or starts.size < 2:
        return starts, group
    # Where the first event is also a later step, a beginning has spent itself: it is no third step at its own instant.
    spent = not rules.reuse and rules.names[0] in rules.names[1:]
    sides: list[Literal["left", "right"]] = (
        ["right"] if rules.ties is None else ["left", "right"] if spent else ["left"]
    )
    outdone = group[1:] == group[:-1]
    for side in sides:
        following = np.searchsorted(moments.steps[rules.steps[1]], starts, side=side)
        outdone &= following[1:] == following[:-1]
    # Of chains that stop at once, the first of all counts.
    kept = np.r_[~outdone, True] | np.r_[True, group[1:] != group[:-1]]
    return starts[kept], group[kept]


def search(moments: Moments, rules: Rules, starts: Ints) -> Chains:
    """Find the longest chain from each beginning.

    Of a step's events the earliest that may serve is taken: whatever a later one could lead to, so can it.
    """
    last = starts + min(rules.window, moments.longest)
    hit = np.zeros(starts.size, dtype=bool)
    if moments.out.size:
        place = np.searchsorted(moments.out, starts, side="right")
        cut = np.where(place < moments.out.size, moments.out[np.minimum(place, moments.out.size - 1)], NEVER)
        hit, last = cut <= last, np.minimum(cut, last)
    if rules.order == "any":
        found = distinct(moments, rules, starts, last)
        score = (found >= 0).sum(axis=0)
        return Chains(starts, found, score, hit & (score < len(rules.names)))
    whole = len(rules.names) - len(rules.optional)
    times, score = np.full((len(rules.names), starts.size), -1), np.zeros(starts.size, dtype=np.int64)
    for way in ways(rules):
        found = (forward if rules.plain else bounded)(moments, rules, way, starts, last)
        worth = np.array([1 if step in rules.optional else len(rules.names) for step in way])
        now = worth @ (found >= 0)
        better = now > score
        score = np.where(better, now, score)
        times[:, better] = -1
        for step, taken in zip(way, found, strict=True):
            times[step, better] = taken[better]
    return Chains(starts, times, score, hit & (score // len(rules.names) < whole))


def ways(rules: Rules) -> Iterator[list[int]]:
    """The steps with each choice of those that may be skipped, fewest skipped first."""
    optional = sorted(rules.optional)
    for count in range(len(optional), -1, -1):
        for kept in combinations(optional, count):
            yield [step for step in range(len(rules.names)) if step not in rules.optional or step in kept]


def forward(moments: Moments, rules: Rules, way: Sequence[int], starts: Ints, last: Ints) -> Ints:
    """Take each step at its earliest event that serves no other, no earlier than the ties allow after those before."""
    names = [rules.steps[step] for step in way]
    early = -1 if rules.ties is None else rules.ties
    times = np.full((len(way), starts.size), -1)
    times[0] = starts
    chain, latest = np.arange(starts.size), starts
    own = np.searchsorted(moments.steps[names[0]], starts)
    if starts.size:
        # Of beginnings at one instant each is an event of its own.
        own += np.arange(starts.size) - np.searchsorted(starts, starts)
    used: dict[int, Ints] = {}
    for k in range(1, len(way)):
        name = names[k]
        codes = moments.steps[name]
        spot = np.searchsorted(codes, latest - early)
        if name in names[:k] and not rules.reuse:
            spot = np.maximum(spot, used[name][chain] + 1) if name in used else spot
            spot += (spot == own[chain]) if name == names[0] else 0
        inside = spot < codes.size
        inside[inside] = codes[spot[inside]] <= last[chain[inside]]
        chain, spot, latest = chain[inside], spot[inside], latest[inside]
        if not chain.size:
            break
        times[k, chain] = codes[spot]
        latest = np.maximum(latest, codes[spot])
        if name in names[k + 1 :]:
            used.setdefault(name, np.full(starts.size, -1))[chain] = spot
    return times


def distinct(moments: Moments, rules: Rules, starts: Ints, last: Ints) -> Ints:
    """When the first, second, … of the steps was taken, whichever it was; a repeated one takes as many events."""
    steps = rules.steps
    found = np.full((len(steps), starts.size), NEVER)
    for row, name in enumerate(steps):
        codes = moments.steps[name]
        turn = 0 if rules.reuse else steps[:row].count(name)
        spot = np.searchsorted(codes, starts) + turn
        inside = np.flatnonzero(spot < codes.size)
        time = codes[spot[inside]]
        found[row, inside] = np.where(time <= last[inside], time, NEVER)
    found.sort(axis=0)
    return np.where(found == NEVER, -1, found)


def edges_of(group: Ints) -> Ints:
    """Return where each group begins."""
    return np.flatnonzero(np.r_[True, group[1:] != group[:-1]]) if group.size else group


def chosen(chains: Chains, edges: Ints, *, drop: bool) -> Ints:
    """Return which chain of each group counts: the longest, of those the first over, of those the last begun.

    With ``drop`` a group has none where an exclusion cut each of its longest.
    """
    if not edges.size:
        return edges
    sizes = np.diff(np.r_[edges, chains.score.size])
    good = chains.score == np.repeat(np.maximum.reduceat(chains.score, edges), sizes)
    if drop:
        good &= ~chains.hit
    over = np.where(good, chains.times.max(axis=0), NEVER)
    good &= over == np.repeat(np.minimum.reduceat(over, edges), sizes)
    spots = np.maximum.reduceat(np.where(good, np.arange(good.size), -1), edges)
    return spots[spots >= 0]
