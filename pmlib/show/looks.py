"""How the series of a shape are told apart: colour and dash by role, and by place among their like."""

import math

from pmlib.core.estimate import digits
from pmlib.show import theme
from pmlib.show.shapes import Shape
from pmlib.show.stills.scales import TINY


def looks(shape: Shape) -> list[tuple[str, str]]:
    """Return colour and dash of each series; the first that is no target and no year before is the main one.

    Examples
    --------
    >>> from pmlib.core import Unit
    >>> from pmlib.show.shapes import Series
    >>> one, past, other = (Series("s", ["a"], [1.0], role=role) for role in ("main", "before", "other"))
    >>> looks(Shape("line", (one, past, other), Unit.COUNT, "d"))
    [('#12436D', 'solid'), ('#8792a3', 'dot'), ('#28A197', 'dash')]
    """
    fixed = {"before": (theme.BEFORE, "dot"), "target": (theme.TARGET, "solid")}
    order = sorted(
        (place for place, one in enumerate(shape.series) if one.role not in fixed),
        key=lambda place: shape.series[place].role != "main",
    )
    size = len(theme.SERIES)
    # A seventh series has the colour of the first, so it takes the next dash.
    free = {
        place: (theme.SERIES[rank % size], theme.DASHES[(rank + rank // size) % size])
        for rank, place in enumerate(order)
    }
    return [free[place] if place in free else fixed[one.role] for place, one in enumerate(shape.series)]


def extremes(shape: Shape) -> list[float]:
    """Return all values a chart must make room for: of stacked bars the ends of the stacks, of a flow what it carries.

    Examples
    --------
    >>> from pmlib.core import Unit
    >>> from pmlib.show.shapes import Series
    >>> come, gone = Series("come", ["a", "b"], [3.0, 4.0]), Series("gone", ["a", "b"], [-1.0, -2.0])
    >>> extremes(Shape("bars", (come, come, gone), Unit.COUNT, "d", stacked=True))
    [6.0, 8.0, -1.0, -2.0]
    """
    if shape.kind == "bars" and shape.stacked:
        return piled(shape)
    found = (value for one in shape.series for part in (one.y, one.low, one.high) for value in part)
    least = TINY if shape.kind == "flow" else -math.inf
    return [value for value in found if value is not None and value > least]


def rows(shape: Shape) -> dict[str, list[int]]:
    """Return the labels of an interval chart in order, each with the series that stand in its row; targets take none.

    Examples
    --------
    >>> from pmlib.core import Unit
    >>> from pmlib.show.shapes import Series
    >>> two = (Series("all", ["a", "b"], [1.0, 2.0]), Series("part", ["b"], [1.5]))
    >>> rows(Shape("intervals", two, Unit.COUNT, "d"))
    {'a': [0], 'b': [0, 1]}
    """
    found: dict[str, list[int]] = {label: [] for one in shape.series for label in one.x}
    for place, one in enumerate(shape.series):
        for label in dict.fromkeys(one.x):
            if one.role != "target":
                found[label].append(place)
    return found


def piled(shape: Shape) -> list[float]:
    """Return the ends of the stacks of a bar chart, those above 0 first, and its targets."""
    ends: dict[tuple[bool, str], float] = {}
    marks: list[float] = []
    for one in shape.series:
        for label, value in zip(one.x, one.y, strict=True):
            if value is not None and one.role == "target":
                marks.append(value)
            elif value is not None:
                ends[value < 0, label] = ends.get((value < 0, label), 0.0) + value
    return [digits(end) or 0.0 for _, end in sorted(ends.items(), key=lambda item: item[0][0])] + marks
