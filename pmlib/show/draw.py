"""Draw a chart shape as plotly JSON: plain dictionaries, so that no plotting library is imported."""

from typing import Any

from pmlib.show import theme
from pmlib.show.looks import extremes
from pmlib.show.plots.bars import bars
from pmlib.show.plots.flow import flow
from pmlib.show.plots.heat import heat
from pmlib.show.plots.lines import LEGEND, lines
from pmlib.show.plots.rows import dots, steps
from pmlib.show.shapes import NOTHING, Shape
from pmlib.show.stills.scales import clean

Json = dict[str, Any]

EMPTY: Json = {"text": NOTHING, "x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper", "showarrow": False}


def plotly(chart: Shape) -> Json:
    """Return ``{"data": …, "layout": …}`` for a shape."""
    draw = {"line": lines, "intervals": dots, "grid": heat, "funnel": steps, "bars": bars, "flow": flow}[chart.kind]
    data, layout = draw(clean(chart))
    if not extremes(clean(chart)):
        layout["annotations"] = [EMPTY]
    return {"data": data, "layout": base() | layout}


def base() -> Json:
    """The layout all charts share."""
    return {
        "template": {"data": {"scatter": [{"type": "scatter"}]}},
        "font": {"family": theme.FONT, "size": 13, "color": theme.INK},
        "margin": {"l": 56, "r": 16, "t": 36, "b": 44},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "legend": LEGEND,
        "hovermode": "closest",
        "height": 300,
        "showlegend": True,
    }
