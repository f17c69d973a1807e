"""A matrix as a heat map in plotly JSON."""

from typing import Any

from pmlib.show import theme
from pmlib.show.looks import extremes
from pmlib.show.plots.axes import plain, title
from pmlib.show.shapes import Shape
from pmlib.show.stills.heat import short
from pmlib.show.stills.paper import measure

Json = dict[str, Any]

FLAT, MOST = 12, 30
"""Columns up to which all are named, and up to which the numbers stand in the cells."""
EDGE, SIDE = 0.44, 0.22
"""Half a cell without the gap, and the side of the corner of one that is not certain, in parts of the cell."""
SCALE = 36
"""Height of the scale that stands for the numbers."""


def heat(chart: Shape) -> tuple[list[Json], Json]:
    """A heat map with its numbers written in; empty cells stay empty."""
    names = [plain(one.name) for one in chart.series]
    columns = [plain(label) for label in max((one.x for one in chart.series), key=len)]
    cells = [list(one.y) for one in chart.series]
    known = extremes(chart)
    write = short(chart.unit, len(columns) < 9)
    low, high = min([*known, 0.0]), max([*known, 0.0])
    data: Json = {
        "type": "heatmap",
        "x": columns,
        "y": names,
        "z": cells,
        "text": [["" if value is None else write(value) for value in row] for row in cells],
        # Without a colour of their own the figures are dark on light cells and light on dark ones.
        "texttemplate": "%{text}" if len(columns) <= MOST else "",
        "colorscale": [list(step) for step in theme.RAMP],
        "zmin": low,
        "zmax": high if high > low else low + 1,
        "showscale": len(columns) > MOST,
        "colorbar": scale(chart, low, high),
        "hoverongaps": False,
        "xgap": 2,
        "ygap": 2,
        "customdata": [[chart.unit.text(value) for value in row] for row in cells],
        "hovertemplate": "%{y}, %{x}: %{customdata}<extra></extra>",
    }
    quiet = {"showgrid": False, "zeroline": False, "type": "category", "automargin": True, "ticks": ""}
    x = quiet | {"side": "top", "title": title(chart.x_title)}
    if len(columns) > FLAT:
        # Short labels lie flat and are thinned out by the room there is.
        x |= {"tickangle": 0} if all(measure(label) <= 1.5 for label in columns) else {"nticks": FLAT}
    return [data], {
        "xaxis": x,
        "yaxis": quiet | {"autorange": "reversed", "ticklabelstandoff": 4, "title": title(chart.y_title)},
        "height": 80 + 27 * len(names) + SCALE * data["showscale"],
        "showlegend": False,
        "margin": {"l": 70, "r": 8, "t": 64, "b": 8 + SCALE * data["showscale"]},
        "shapes": [
            corner(row, column)
            for row, one in enumerate(chart.series)
            for column, mark in enumerate(one.text)
            if mark and one.y[column] is not None
        ],
    }


def corner(row: int, column: int) -> Json:
    """Mark a cell that is not certain; places among categories are counted from 0."""
    right, top = round(column + EDGE, 2), round(row - EDGE, 2)
    path = f"M{round(right - SIDE, 2)},{top}L{right},{top}L{right},{round(top + SIDE, 2)}Z"
    return {"type": "path", "path": path, "fillcolor": theme.MUTE, "line": {"width": 0}}


def scale(chart: Shape, low: float, high: float) -> Json:
    """What light and dark mean, for where the numbers have no room."""
    ends: Json = {"tickvals": [low, high], "ticktext": [plain(chart.unit.short(end)) for end in (low, high)]}
    place: Json = {"orientation": "h", "x": 0, "xanchor": "left", "y": 0, "yanchor": "top", "ypad": 8, "xpad": 0}
    return ends | place | {"thickness": 10, "len": 0.4, "outlinewidth": 0, "ticks": ""}
