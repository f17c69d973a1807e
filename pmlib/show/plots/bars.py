"""Upright bars as plotly JSON: stacked above and below zero, or side by side with their intervals."""

from typing import Any

from pmlib.show import theme
from pmlib.show.looks import extremes, looks
from pmlib.show.plots.axes import bar_mark, plain, whiskers, x_axis, y_axis
from pmlib.show.plots.lines import LEGEND, LEVEL, PHONE, launches
from pmlib.show.shapes import Series, Shape
from pmlib.show.stills.bars import FEW
from pmlib.show.stills.launches import levels, notes_at, placed
from pmlib.show.stills.paper import broken, measure
from pmlib.show.stills.scales import reach

Json = dict[str, Any]

NAMED, LABEL = 8, 9.0
"""Labels up to which each is named, and the width of a line of them in parts of the type's size."""
ROOM = 15.0
"""Width that all values over the bars may have together, so that they fit a phone."""


def bars(chart: Shape) -> tuple[list[Json], Json]:
    """Bars in the order of their series; targets as marks."""
    span = reach(chart.unit, extremes(chart), zero=True)
    data = [trace(chart, one, colour, span) for one, (colour, _) in zip(chart.series, looks(chart), strict=True)]
    height = 1 + max(levels(notes_at(chart, placed(chart), PHONE)), default=-1)
    several = len(chart.series) > 1
    layout: Json = {
        "xaxis": x_axis(chart) | ({} if chart.dates else named(chart)),
        "yaxis": y_axis(chart.unit, span),
        "barmode": "relative" if chart.stacked else "group",
        "bargap": 0.22,
        "showlegend": several,
        "height": 300 + LEVEL * height + 14 * max(0, len(chart.series) - 4),
        "margin": {"l": 56, "r": 16, "t": (36 if several else 14) + LEVEL * height, "b": 44},
        "legend": LEGEND | {"y": 1.02 + LEVEL * height / 150},
    }
    return data, layout | (launches(chart) if chart.notes else {})


def trace(chart: Shape, one: Series, colour: str, span: tuple[float, float]) -> Json:
    """Return one series; bars with intervals have a light ground, so that their whiskers stand out."""
    values = [chart.unit.text(value) for value in one.y]
    shared: Json = {
        "name": plain(one.name),
        "x": [plain(label) for label in one.x],
        "y": list(one.y),
        "customdata": [
            plain(text) or value for text, value in zip(one.text or [""] * len(values), values, strict=True)
        ],
        "hovertemplate": f"{'%{x|%-d %b %Y}' if chart.dates else '%{x}'}<br>%{{customdata}}"
        "<extra>%{fullData.name}</extra>",
    }
    if one.role == "target":
        return {"type": "scatter", "mode": "markers", "marker": bar_mark(colour, "ew")} | shared
    light = bool(one.low) and not chart.stacked
    marker: Json = {"color": theme.faded(colour) if light else colour}
    marker |= {"line": {"color": colour if light else theme.GROUND, "width": 1.4 if light else 0.6}}
    made: Json = {"type": "bar", "marker": marker} | shared
    if light:
        return made | {"error_y": whiskers(one, theme.INK, span)}
    short = [chart.unit.short(value) if value is not None else "" for value in one.y]
    if len(chart.series) == 1 and not chart.notes and all(measure(text) * len(short) <= ROOM for text in short):
        made |= {"text": [plain(text) for text in short], "textposition": "outside", "textangle": 0}
        made |= {"cliponaxis": False}
    return made


def named(chart: Shape) -> Json:
    """Name every label where they are few, broken into lines, else as many as there is room for."""
    labels = list(placed(chart))
    if len(labels) > NAMED:
        return {"nticks": FEW}
    lines = ["<br>".join(plain(line) for line in broken(label, LABEL, 3)) for label in labels]
    return {"tickmode": "array", "tickvals": [plain(label) for label in labels], "ticktext": lines}
