"""Rows as plotly JSON: estimates with their intervals, and the steps of a funnel."""

from typing import Any

from pmlib.show import theme
from pmlib.show.looks import extremes, looks, rows
from pmlib.show.plots.axes import bar_mark, plain, texts, unbroken, whiskers, y_axis
from pmlib.show.shapes import Series, Shape
from pmlib.show.stills.dots import ends
from pmlib.show.stills.paper import wrapped
from pmlib.show.stills.scales import reach

Json = dict[str, Any]

LABEL = 11.0
"""Width of a row's label, in parts of the type's size, from which it is broken."""

BEGIN, END = 0.015, 0.06
"""Room before the first value and beyond the last, in parts of the axis."""


def dots(chart: Shape) -> tuple[list[Json], Json]:
    """Dots with whiskers, one row a label; the series of a row stand side by side, its targets behind them."""
    found = rows(chart)
    heights = [34 + 18 * (max(1, len(places)) - 1) for places in found.values()]
    middles = {label: sum(heights[:row]) + heights[row] / 2 for row, label in enumerate(found)}
    span = ends(chart)
    data: list[Json] = []
    for place, (one, (colour, _)) in enumerate(zip(chart.series, looks(chart), strict=True)):
        y = [middles[label] + lane(found[label], place) for label in one.x]
        told = [text or chart.unit.text(value) for text, value in zip(texts(one), one.y, strict=True)]
        form = {"color": colour, "size": 10, "symbol": ("circle", "diamond", "square")[place % 3]}
        trace: Json = {
            "type": "scatter",
            "mode": "markers",
            "cliponaxis": False,
            "name": plain(one.name),
            "x": list(one.y),
            "y": y,
            "marker": bar_mark(colour, "ns") if one.role == "target" else form,
            "error_x": whiskers(one, colour, span),
            "customdata": [f"{plain(label)}<br>{words}" for label, words in zip(one.x, told, strict=True)],
            "hovertemplate": "%{customdata}<extra>%{fullData.name}</extra>",
        }
        data += [trace, *arrows(one, y, colour, span)]
    labels = ["<br>".join(unbroken(plain(line)) for line in wrapped(label, LABEL)) for label in found]
    named = {"tickmode": "array", "tickvals": list(middles.values()), "ticktext": labels}
    axis = {"automargin": True, "range": [sum(heights) or 1, 0], "showgrid": False, "zeroline": False} | named
    axis |= {"ticklabelstandoff": 8, "ticklabeloverflow": "allow"}
    many = len(chart.series) > 1
    height = 56 + sum(heights) + 30 * many
    margin = {"l": 56, "r": 16, "t": 36 if many else 10, "b": 40}
    # Half of the last label needs room, else plotly leaves it out; a page for a phone sets the margins itself.
    room = span[1] - span[0]
    across = y_axis(chart.unit, (span[0] - room * BEGIN, span[1] + room * END))
    return data, {"xaxis": across, "yaxis": axis, "height": height, "showlegend": many, "margin": margin}


def lane(places: list[int], place: int) -> float:
    """Return how far a series stands from the middle of its row; a target stands in it."""
    return (places.index(place) - (len(places) - 1) / 2) * 17 if place in places else 0.0


def arrows(one: Series, y: list[float], colour: str, span: tuple[float, float]) -> list[Json]:
    """Arrow heads at the edge for intervals that are open on one side."""
    spots = [
        (span[0 if low is None else 1], at, "left" if low is None else "right")
        for low, high, at in zip(one.low, one.high, y, strict=False)
        if (low is None) != (high is None)
    ]
    if not spots:
        return []
    marker = {"color": colour, "size": 9, "symbol": [f"triangle-{way}" for _, _, way in spots]}
    silent = {"hoverinfo": "skip", "showlegend": False, "cliponaxis": False}
    points = {"x": [x for x, _, _ in spots], "y": [at for _, at, _ in spots]}
    return [{"type": "scatter", "mode": "markers", "marker": marker} | points | silent]


def steps(chart: Shape) -> tuple[list[Json], Json]:
    """Bars of a funnel from top to bottom, each named with its words; the marked step in the accent colour."""
    one = chart.series[0]
    told = [text or chart.unit.text(value) for text, value in zip(texts(one), one.y, strict=True)]
    at = list(range(len(one.x)))
    bars: Json = {
        "type": "bar",
        "orientation": "h",
        "x": list(one.y),
        "y": at,
        "marker": {"color": [theme.TARGET if label == chart.marked else theme.MAIN for label in one.x]},
        "customdata": [f"{plain(label)}<br>{words}" for label, words in zip(one.x, told, strict=True)],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    # The interval of each bar, rimmed so that it stands off the bar as well as the ground.
    unseen: Json = {"type": "scatter", "mode": "markers", "x": list(one.y), "y": at, "hoverinfo": "skip"}
    unseen |= {"marker": {"opacity": 0, "size": 1, "color": theme.INK}}
    span = reach(chart.unit, [*extremes(chart), 0.0, 1.0], zero=True)
    rim = unseen | {"error_x": whiskers(one, theme.GROUND, span) | {"thickness": 4.6, "width": 6}}
    core = unseen | {"error_x": whiskers(one, theme.INK, span)}
    labels = [
        "<br>".join(
            [*(heavy(unbroken(plain(line)), label == chart.marked) for line in wrapped(label, LABEL)), unbroken(words)]
        )
        for label, words in zip(one.x, told, strict=True)
    ]
    axis: Json = {"range": [len(at) - 0.5, -0.5], "automargin": True, "showgrid": False, "zeroline": False}
    axis |= {
        "tickmode": "array",
        "tickvals": at,
        "ticktext": labels,
        "ticklabelstandoff": 4,
        "ticklabeloverflow": "allow",
    }
    # The ends follow the bars, so that no page needs to set them.
    x = y_axis(chart.unit, span) | {"autorange": True, "rangemode": "tozero", "tick0": 0, "dtick": 0.25}
    layout = {"height": 60 + 52 * len(at), "margin": {"l": 70, "r": 16, "t": 10, "b": 36}, "bargap": 0.36}
    return [bars, rim, core], {"xaxis": x, "yaxis": axis, "showlegend": False} | layout


def heavy(text: str, marked: bool) -> str:
    """Set the marked step's name bold: colour is not the only sign."""
    return f"<b>{text}</b>" if marked else text
