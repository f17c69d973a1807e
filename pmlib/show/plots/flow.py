"""A flow as plotly JSON: bars for places, filled shapes for what goes between them."""

from typing import Any

from pmlib.core.estimate import digits
from pmlib.show import theme
from pmlib.show.courses import Course
from pmlib.show.plots.axes import plain
from pmlib.show.shapes import Shape
from pmlib.show.stills.flow import FAINT, LINE, SLOT, roomy, said

Json = dict[str, Any]

BAR = 0.055
"""Thickness of a place's bar, in parts of a step."""
BENDS = 10
"""Lines the bend of a band is made of."""
WIDE, SIZE = 740.0, 12.0
"""Width in pixels at which all words have room, and their size."""


def flow(chart: Shape) -> tuple[list[Json], Json]:
    """Draw a flow from left to right; words that have no room in a narrow place are hidden and show on hover."""
    course, told = roomy(chart, gap=8, limit=WIDE / SIZE)
    data = [ribbon(chart, course, place) for place in range(len(course.bands))]
    data += [places(chart, course), words(course, told)]
    steps = list(range(course.columns))
    quiet: Json = {"showgrid": False, "zeroline": False, "showline": False, "ticks": "", "fixedrange": True}
    x = quiet | {"range": [-0.02, course.columns], "side": "top", "tickmode": "array", "tickvals": steps}
    x |= {"ticktext": list(course.heads), "ticklabelposition": "outside right"}
    x |= {"tickfont": {"color": theme.MUTE}}
    y = quiet | {"range": [course.length or 1.0, 0], "showticklabels": False}
    layout: Json = {"xaxis": x, "yaxis": y, "barmode": "overlay", "showlegend": False}
    layout |= {"uniformtext": {"minsize": 10, "mode": "hide"}, "meta": {"wide": True}}
    return data, layout | {"height": round(course.length + 44), "margin": {"l": 4, "r": 4, "t": 30, "b": 10}}


def ribbon(chart: Shape, course: Course, place: int) -> Json:
    """Return one band."""
    band = course.bands[place]
    start, wide = band.link.column + BAR, 1 - BAR
    ways = [part / BENDS for part in range(BENDS + 1)]
    upper = [band.start + (band.end - band.start) * way * way * (3 - 2 * way) for way in ways]
    across = [start + wide * way for way in ways]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [short(x) for x in [*across, *across[::-1]]],
        "y": [short(y) for y in [*upper, *(y + band.size for y in upper[::-1])]],
        "fill": "toself",
        "fillcolor": course.colour(band.link.source),
        "line": {"width": 0, "color": course.colour(band.link.source)},
        "opacity": FAINT,
        "hoveron": "fills",
        "hoverinfo": "text",
        "text": plain(said(chart, band.link)),
        "name": "",
    }


def places(chart: Shape, course: Course) -> Json:
    """Return the bars of all places."""
    return {
        "type": "bar",
        "orientation": "h",
        "base": [node.column for node in course.nodes],
        "x": [BAR] * len(course.nodes),
        "y": [short(node.middle) for node in course.nodes],
        "width": [short(max(node.size, 0.8)) for node in course.nodes],
        "marker": {"color": [course.colour(node.name) for node in course.nodes]},
        "customdata": [f"{plain(node.name)}: {chart.unit.text(node.value)}" for node in course.nodes],
        "hovertemplate": "%{customdata}<extra></extra>",
        "zorder": 1,
    }


def words(course: Course, told: list[list[str]]) -> Json:
    """Return the words right of each place, as the text of bars that are not seen: plotly hides what does not fit.

    Each line is a bar of its own: plotly would write two lines around their middle.
    """
    lines = [
        (node.column + BAR, node.middle + (place - (len(each) - 1) / 2) * LINE, line)
        for node, each in zip(course.nodes, told, strict=True)
        for place, line in enumerate(each)
    ]
    return {
        "type": "bar",
        "orientation": "h",
        "base": [x for x, _, _ in lines],
        "x": [1 - BAR - 0.02] * len(lines),
        "y": [short(y) for _, y, _ in lines],
        "width": [SLOT + 8] * len(lines),
        "marker": {"color": "rgba(0,0,0,0)"},
        "text": [plain(line) for _, _, line in lines],
        "textposition": "inside",
        "insidetextanchor": "start",
        "textangle": 0,
        "insidetextfont": {"size": SIZE, "color": theme.INK},
        "hoverinfo": "skip",
        "zorder": 2,
    }


def short(value: float) -> float:
    """Round a coordinate: a flow has many."""
    return digits(round(value, 3)) or 0.0
