"""Which links of a flow are not drawn: those of too few people, and those from which they could be computed."""

from collections.abc import Collection, Mapping, Sequence
from heapq import heappop, heappush
from math import inf
from typing import Any

from pmlib.core import Unit
from pmlib.reports.pages.groups import Hidden
from pmlib.show import Chart, Link
from pmlib.show.courses import links

Json = dict[str, Any]
Way = tuple[int, str, str]
"""The step, source and target of a link."""
Spot = tuple[int, str]
"""A place of a flow: its step and its name."""
START, END = (-1, "start"), (-1, "end")
"""Where all come from, and where all who leave go."""


def covered(shape: Json, table: Json, least: int) -> tuple[Hidden, frozenset[Way]]:
    """Return what of a flow's table is not shown, and the links that are not drawn.

    A link of fewer than ``least`` is not drawn, and others with it, so that it cannot be computed (:func:`joined`). The
    rows of all of them go, and then all rows that are of no link, such as those of whole ways: each way is a part of
    every link it takes. Where no link goes, those rows go if one of them, or what it leaves of a link, is too small.

    Parameters
    ----------
    table
        The table beside the flow. A row that names source and target, or both as ``source → target``, is the row of a
        link; where there are several such, it names the step as well.
    """
    chart = Chart.from_json(shape)
    found = links(chart)
    size = [column["title"] for column in table["columns"]].index(table["size"])
    rows = {at: place for at, cells in enumerate(table["rows"]) if (place := named(cells[:size], found)) is not None}
    sizes = [values[size] or 0 for values in table["values"]]
    few = {place for at, place in rows.items() if 0 < sizes[at] < least}
    if chart.unit.kind == Unit.COUNT.kind:
        few |= {place for place, link in enumerate(found) if link.value < least}
        gone = joined(found, few, least)
    else:
        gone = set(range(len(found))) if few else set()
    others = [at for at in range(len(table["rows"])) if at not in rows]
    # The column of what the bands are wide by, or the one of sizes where no row is of a link.
    alike = [column for column in range(size, len(table["columns"])) if same(table, column, rows, found)]
    counts = [values[(alike or [size])[0]] or 0 for values in table["values"]]
    small = [
        at for at in others if 0 < sizes[at] < least or close(table["rows"][at][: size or 1], counts[at], found, least)
    ]
    lost = [found[place] for place in sorted(gone)]
    hidden = Hidden(
        rows=frozenset({at for at, place in rows.items() if place in gone} | set(others if gone or small else ())),
        groups=frozenset({("", said(link)) for link in lost} | {("", table["rows"][at][0]) for at in small if size}),
        told=not gone and not small,
    )
    return hidden, frozenset((link.column, link.source, link.target) for link in lost)


def said(link: Link) -> str:
    """Name a link as its drawing does."""
    return f"{link.source} → {link.target}"


def named(cells: Sequence[str], found: Sequence[Link]) -> int | None:
    """Return which link a row of a table is of; ``None`` where it is of none, or could be of several.

    Examples
    --------
    >>> found = [Link("a", "b", 9, 0), Link("a", "b", 8, 1)]
    >>> named(["a → b", "2 to 3"], found), named(["a → b", "2 before"], found), named(["a → b → c", "1 to 2"], found)
    (1, 0, None)
    """
    there = list(cells)
    fits = [
        place
        for place, link in enumerate(found)
        if said(link) in there
        or ({link.source, link.target} <= set(there) and (link.source != link.target or there.count(link.source) > 1))
    ]
    if len(fits) > 1:
        last = 1 + max(link.column for link in found)
        steps = {at: found[at].column + 1 for at in fits}
        ways = {at: {str(k), f"Step {k}", f"{k} to {k + 1}", f"{last + 1 - k} before"} for at, k in steps.items()}
        fits = [at for at in fits if ways[at] & set(there)]
    return fits[0] if len(fits) == 1 else None


def same(table: Json, column: int, rows: Mapping[int, int], found: Sequence[Link]) -> bool:
    """Whether a column holds what the links carry."""
    return all(table["values"][at][column] == found[place].value for at, place in rows.items())


def close(cells: Sequence[str], count: float, found: Sequence[Link], least: int) -> bool:
    """Whether a whole way leaves too few of a link it takes: those who take the link, but another way."""
    return any(said(link) in cell and 0 < link.value - count < least for link in found for cell in cells)


def joined(found: Sequence[Link], few: Collection[int], least: int) -> set[int]:
    """Hide further links until each in ``few`` could be ``least`` or more, for all that is known.

    A reader knows how many there are in all, that what comes into a place leaves it, and that a link that is named has
    1 or more. So a hidden link can be larger where more can be sent around in a circle through hidden links: on with
    any number, back with all but 1 of what a link has. The circles that hide the fewest are taken.

    Returns
    -------
    set of int
        The places in ``found`` of all that are hidden: everything where there are too few to hide among.

    References
    ----------
    Cox (1995), Journal of the American Statistical Association 90:1453-1462 (networks to protect suppressed cells).

    Examples
    --------
    Of 30 who are at c, 4 leave from b, which 7 more pass: these are hidden, too.

    >>> way = [Link("a", "b", 11, 0), Link("a", "c", 30, 0), Link("b", "d", 7, 1), Link("b", "e", 4, 1)]
    >>> sorted(joined(way, {3}, 5))
    [2, 3]
    """
    gone = set(few)
    come = {(link.column + 1, link.target) for link in found}
    left = {(link.column, link.source) for link in found}
    ends = [
        (source if (source := (one.column, one.source)) in come else START,
         target if (target := (one.column + 1, one.target)) in left else END)
        for one in found
    ]  # fmt: skip
    # What is hidden for one helps the next; the order of the rows must not matter.
    for place in sorted(few, key=lambda at: (found[at].value, *ends[at], found[at].source, found[at].target)):
        moved = dict.fromkeys(range(len(found)), 0.0)
        need = max(least - found[place].value, 1.0)
        while need > 0:
            circle = cheapest(found, ends, place, gone, moved)
            if circle is None:
                return set(range(len(found)))
            part = min([need, *(found[at].value - 1 + moved[at] for at, on in circle if not on)])
            need -= part
            for at, on in circle:
                moved[at] += part if on else -part
                gone.add(at)
    return gone


def cheapest(
    found: Sequence[Link], ends: Sequence[tuple[Spot, Spot]], place: int, gone: Collection[int], moved: dict[int, float]
) -> list[tuple[int, bool]] | None:
    """Return how more can come from the target of a link back to its source, with the fewest on links still shown.

    Each step is a link and whether it gets more (``True``) or less; what was ``moved`` already counts.
    """
    beside: dict[Spot, list[tuple[int, bool]]] = {}
    for at, (source, target) in enumerate(ends):
        if at != place:
            beside.setdefault(source, []).append((at, True))
        if at != place and found[at].value + moved[at] > 1:
            beside.setdefault(target, []).append((at, False))
    source, target = ends[place]
    came: dict[Spot, tuple[Spot, tuple[int, bool]]] = {}
    done: set[Spot] = set()
    queue: list[tuple[float, int, Spot]] = [(0.0, 0, target)]
    best = {target: (0.0, 0)}
    while queue:
        cost, many, spot = heappop(queue)
        if spot == source:
            return walked(came, target, source)
        if spot in done:
            continue
        done.add(spot)
        for at, on in beside.get(spot, []):
            there = ends[at][1 if on else 0]
            paid = (cost + (0.0 if at in gone else found[at].value), many + 1)
            if paid < best.get(there, (inf, 0)):
                best[there], came[there] = paid, (spot, (at, on))
                heappush(queue, (*paid, there))
    return None


def walked(came: dict[Spot, tuple[Spot, tuple[int, bool]]], first: Spot, last: Spot) -> list[tuple[int, bool]]:
    """Return the steps from the first place to the last."""
    steps: list[tuple[int, bool]] = []
    while last != first:
        last, step = came[last]
        steps.append(step)
    return steps
