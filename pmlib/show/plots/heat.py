"""A matrix as a heat map in plotly JSON."""

from typing import Any

from pmlib.show import theme
from pmlib.show.looks import extremes
from pmlib.show.plots.axes import plain, title
from pmlib.show.shapes import Shape
from pmlib.show.stills.heat import short

Json = dict[str, Any]


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
        "texttemplate": "%{text}",
        "colorscale": [list(step) for step in theme.RAMP],
        "zmin": low,
        "zmax": high if high > low else low + 1,
        "showscale": False,
        "hoverongaps": False,
        "xgap": 2,
        "ygap": 2,
        "customdata": [[chart.unit.text(value) for value in row] for row in cells],
        "hovertemplate": "%{y}, %{x}: %{customdata}<extra></extra>",
    }
    quiet = {"showgrid": False, "zeroline": False, "type": "category", "automargin": True, "ticks": ""}
    x = quiet | {"side": "top", "title": title(chart.x_title)}
    return [data], {
        "xaxis": x,
        "yaxis": quiet | {"autorange": "reversed", "ticklabelstandoff": 4, "title": title(chart.y_title)},
        "height": 80 + 27 * len(names),
        "showlegend": False,
        "margin": {"l": 70, "r": 8, "t": 64, "b": 8},
    }
