"""Which links of a flow are not drawn: those of too few people, and those from which they could be computed."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pmlib.core import Unit
from pmlib.reports.pages.groups import Hidden
from pmlib.show import Chart, Link
from pmlib.show.courses import links

Json = dict[str, Any]
Way = tuple[int, str, str]
"""The step, source and target of a link."""
SMALL = 1e-9


def covered(shape: Json, table: Json, hidden: Hidden, least: int) -> tuple[Hidden, frozenset[Way]]:
    """Return what of a flow's table is not shown, and the links that are not drawn.

    A link of fewer than ``least`` is not drawn. What comes into a place leaves it, so a link that is hidden alone could
    be computed: others are hidden with it until none can. The rows of all of them go, too.

    Parameters
    ----------
    table
        The table beside the flow; a row that names source and target, and the step where there are several such, is
        the row of a link.
    hidden
        What :func:`pmlib.reports.pages.groups.hidden` found in the table; it holds for the rows that are of no link.
    """
    chart = Chart.from_json(shape)
    found = links(chart)
    size = [column["title"] for column in table["columns"]].index(table["size"])
    rows = {at: place for at, cells in enumerate(table["rows"]) if (place := named(cells[:size], found)) is not None}
    few = {place for at, place in rows.items() if 0 < (table["values"][at][size] or 0) < least}
    if chart.unit.kind == Unit.COUNT.kind:
        few |= {place for place, link in enumerate(found) if link.value < least}
    gone = joined(found, few, least)
    lost = [found[place] for place in sorted(gone)]
    others = hidden.rows - rows.keys()
    made = replace(
        hidden,
        rows=others | {at for at, place in rows.items() if place in gone},
        cells=frozenset((row, at) for row, at in hidden.cells if row not in rows),
        groups=frozenset({("", said(link)) for link in lost} | (hidden.groups if others else set())),
        told=hidden.told and not gone,
    )
    return made, frozenset((link.column, link.source, link.target) for link in lost)


def said(link: Link) -> str:
    """Name a link as its drawing does."""
    return f"{link.source} → {link.target}"


def named(cells: Sequence[str], found: Sequence[Link]) -> int | None:
    """Return which link a row of a table is of; ``None`` where it is of none, or could be of several."""
    there = list(cells)
    fits = [
        place
        for place, link in enumerate(found)
        if {link.source, link.target} <= set(there) and (link.source != link.target or there.count(link.source) > 1)
    ]
    if len(fits) > 1:
        fits = [at for at in fits if {str(found[at].column + 1), f"Step {found[at].column + 1}"} & set(there)]
    return fits[0] if len(fits) == 1 else None


def joined(found: Sequence[Link], few: Collection[int], least: int) -> set[int]:
    """Hide further links until no link in ``few`` can be computed from those that are shown.

    Examples
    --------
    >>> way = [Link("a", "b", 9, 0), Link("a", "c", 30, 0), Link("b", "d", 7, 1), Link("b", "e", 2, 1)]
    >>> sorted(joined(way, {3}, 5))
    [2, 3]
    """
    gone = set(few)
    rules = balances(found)
    while True:
        open_rule = next((rule for rule in rules if few_told(rule, found, gone, few, least)), None)
        if open_rule is not None:
            near = [place for place in open_rule if place not in gone]
        elif computed(rules, gone, few):
            near = [place for rule in rules if gone & set(rule) for place in rule if place not in gone]
        else:
            return gone
        if not near:
            return gone | set(range(len(found)))
        gone.add(min(near, key=lambda place: (found[place].value, place)))


def balances(found: Sequence[Link]) -> list[dict[int, int]]:
    """Return what a reader knows to add up: the first step to all, and what comes into a place to what leaves it."""
    rules: dict[tuple[int, str], dict[int, int]] = {}
    for place, link in enumerate(found):
        rules.setdefault((link.column, link.source), {})[place] = -1
        rules.setdefault((link.column + 1, link.target), {})[place] = 1
    through = [rule for rule in rules.values() if len(set(rule.values())) > 1]
    return [{place: 1 for place, link in enumerate(found) if not link.column}, *through]


def few_told(
    rule: dict[int, int], found: Sequence[Link], gone: Collection[int], few: Collection[int], least: int
) -> bool:
    """Whether the hidden links of one side of a place, whose sum is known, are one or too few together."""
    hid = [place for place in rule if place in gone]
    if not any(place in few for place in hid) or len({rule[place] for place in hid}) > 1:
        return False
    whole = sum(found[place].value for place in hid)
    safe = len(hid) > 1 and whole >= least and whole > len(hid)
    return not safe and len(hid) < len(rule)


def computed(rules: Sequence[dict[int, int]], gone: Collection[int], few: Collection[int]) -> bool:
    """Whether a small link follows from all that is known together: whether it lies in the space of the rules."""
    places = sorted(gone)
    table = np.array([[rule.get(place, 0) for place in places] for rule in rules], dtype=float)
    _, sizes, rows = np.linalg.svd(table, full_matrices=False)
    known = rows[sizes > SMALL * max(1.0, sizes.max(initial=0.0))]
    # The part of a link's own direction that lies in that space has length 1 only where all of it does.
    return any(float(np.sum(known[:, at] ** 2)) > 1 - SMALL for at, place in enumerate(places) if place in few)
