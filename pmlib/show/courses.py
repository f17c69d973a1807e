"""Where the places and bands of a flow stand, for whatever draws it."""

from collections.abc import Sequence
from dataclasses import dataclass

from pmlib.core.estimate import digits
from pmlib.show import theme
from pmlib.show.shapes import Link, Shape
from pmlib.show.stills.scales import TINY

Place = tuple[int, str]
"""A step and a name."""


@dataclass(frozen=True)
class Node:
    """A place of a flow: what passes it, where its bar begins and how long it is, in units of the drawing."""

    column: int
    name: str
    value: float
    start: float
    size: float

    @property
    def middle(self) -> float:
        """The middle of the bar."""
        return self.start + self.size / 2


@dataclass(frozen=True)
class Band:
    """A link of a flow: where it leaves its source and reaches its target, and how thick it is."""

    link: Link
    start: float
    end: float
    size: float


@dataclass(frozen=True)
class Course:
    """A flow laid out: places and bands, the length of the longest step, and each name in order of weight."""

    nodes: tuple[Node, ...]
    bands: tuple[Band, ...]
    length: float
    names: tuple[str, ...]
    quiet: frozenset[str]

    @property
    def columns(self) -> int:
        """How many steps there are."""
        return 1 + max((node.column for node in self.nodes), default=0)

    @property
    def heads(self) -> tuple[str, ...]:
        """What stands above each step: its number; nothing where only muted places stand before the first or after."""
        loud = {node.column for node in self.nodes if node.name not in self.quiet} or {0, self.columns - 1}
        first, last = min(loud), max(loud)
        return tuple(f"Step {at - first + 1}" if first <= at <= last else "" for at in range(self.columns))

    def colour(self, name: str) -> str:
        """Return the colour of a name, the same at every step."""
        if name in self.quiet:
            return theme.BEFORE
        loud = [one for one in self.names if one not in self.quiet]
        return theme.SERIES[loud.index(name) % len(theme.SERIES)]


def links(shape: Shape) -> list[Link]:
    """Return the links of a flow that carry anything.

    Examples
    --------
    >>> from pmlib.core import Unit
    >>> from pmlib.show.shapes import Series
    >>> links(Shape("flow", (Series("home", ["search", "left"], [3, 0.0], column=1),), Unit.COUNT, "d"))
    [Link(source='home', target='search', value=3.0, column=1)]
    """
    return [
        Link(one.name, target, float(value), max(0, one.column))
        for one in shape.series
        for target, value in zip(one.x, one.y, strict=True)
        if value is not None and value > TINY
    ]


def passing(found: Sequence[Link]) -> dict[Place, float]:
    """Return what passes each place: what comes in or goes out, whichever is more."""
    come: dict[Place, float] = {}
    gone: dict[Place, float] = {}
    for link in found:
        source, target = (link.column, link.source), (link.column + 1, link.target)
        gone[source] = gone.get(source, 0.0) + link.value
        come[target] = come.get(target, 0.0) + link.value
    return {place: digits(max(come.get(place, 0.0), gone.get(place, 0.0))) or 0.0 for place in [*come, *gone]}


def laid(shape: Shape, *, length: float, gap: float, slot: float = 0.0) -> Course:
    """Lay a flow out.

    Parameters
    ----------
    length
        How long the bars of the fullest step are together, gaps apart; with ``slot`` 0 the gaps are within it.
    gap
        The least distance between two bars.
    slot
        The least room of a place, for a line of words.
    """
    found = links(shape)
    values = passing(found)
    quiet = frozenset(shape.quiet)
    totals: dict[str, float] = {}
    for (_, name), value in values.items():
        totals[name] = totals.get(name, 0.0) + value
    names = tuple(sorted(totals, key=lambda name: (name in quiet, -totals[name], name)))
    columns = ordered(found, values, quiet)
    most = max((len(column) for column in columns), default=1)
    gap = gap if slot else min(gap, 0.4 * length / max(1, most - 1))
    scale = scaled(columns, values, length, 0.0 if slot else gap)
    nodes: dict[Place, Node] = {}
    longest = 0.0
    for column in columns:
        at = 0.0
        for place in column:
            size = values[place] * scale
            room = max(size, slot)
            nodes[place] = Node(*place, values[place], at + (room - size) / 2, size)
            at += room + gap
        longest = max(longest, at - gap)
    return Course(tuple(nodes.values()), tuple(bands(found, nodes, columns, scale)), longest, names, quiet)


def scaled(columns: Sequence[Sequence[Place]], values: dict[Place, float], length: float, gap: float) -> float:
    """Return how long one unit is, so that every step fits."""
    sums = [(sum(values[place] for place in column), len(column)) for column in columns if column]
    return min(((length - gap * (many - 1)) / whole for whole, many in sums), default=0.0)


def ordered(found: Sequence[Link], values: dict[Place, float], quiet: frozenset[str]) -> list[list[Place]]:
    """Order the places of each step: the first by weight, the others by where they come from; muted ones last."""
    steps = 1 + max((column for column, _ in values), default=0)
    columns: list[list[Place]] = []
    spots: dict[Place, float] = {}
    for step in range(steps):
        sums: dict[Place, list[float]] = {}
        for link in found:
            if link.column + 1 == step and (link.column, link.source) in spots:
                one = sums.setdefault((step, link.target), [0.0, 0.0])
                one[0] += link.value * spots[link.column, link.source]
                one[1] += link.value
        here = [place for place in values if place[0] == step]
        middles = {place: sums[place][0] / sums[place][1] if place in sums else 0.0 for place in here}
        here.sort(key=lambda place: (place[1] in quiet, round(middles[place], 9), -values[place], place[1]))
        at = 0.0
        for place in here:
            spots[place] = at + values[place] / 2
            at += values[place]
        columns.append(here)
    return columns


def bands(
    found: Sequence[Link], nodes: dict[Place, Node], columns: Sequence[Sequence[Place]], scale: float
) -> list[Band]:
    """Return the bands, each beside its neighbours at both ends, in the order of the places they join."""
    rank = {place: at for column in columns for at, place in enumerate(column)}
    starts: dict[int, float] = {}
    ends: dict[int, float] = {}
    by_source = sorted(range(len(found)), key=lambda at: rank[found[at].column + 1, found[at].target])
    by_target = sorted(range(len(found)), key=lambda at: rank[found[at].column, found[at].source])
    at_source = {place: node.start for place, node in nodes.items()}
    at_target = dict(at_source)
    for at in by_source:
        place = (found[at].column, found[at].source)
        starts[at], at_source[place] = at_source[place], at_source[place] + found[at].value * scale
    for at in by_target:
        place = (found[at].column + 1, found[at].target)
        ends[at], at_target[place] = at_target[place], at_target[place] + found[at].value * scale
    return [Band(link, starts[at], ends[at], link.value * scale) for at, link in enumerate(found)]
