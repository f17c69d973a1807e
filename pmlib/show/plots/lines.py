"""Lines over time or age as plotly JSON."""

from typing import Any

from pmlib.show import theme
from pmlib.show.looks import extremes, looks
from pmlib.show.plots.axes import bar_mark, plain, whiskers, x_axis, y_axis
from pmlib.show.shapes import Series, Shape
from pmlib.show.stills.launches import levels, notes_at, placed
from pmlib.show.stills.scales import reach

Json = dict[str, Any]

RULE: Json = {"color": theme.MUTE, "width": 1, "dash": "dot"}
PHONE = 400
"""Width in pixels at which the numbers of launches may not touch."""
LEGEND: Json = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"}
LEVEL = 18
"""Height of a row of them."""


def lines(chart: Shape) -> tuple[list[Json], Json]:
    """Lines with bands; targets as marks only, the year before dotted."""
    data: list[Json] = []
    styles = looks(chart)
    for one, (colour, _) in zip(chart.series, styles, strict=True):
        if one.low and one.role != "target":
            data += band(one, colour)
    day = "%{x|%-d %b %Y}" if chart.dates else "%{x}"
    for one, (colour, dash) in zip(chart.series, styles, strict=True):
        many = len(one.x) > 30 or one.role == "before"
        data.append(
            {
                "type": "scatter",
                "cliponaxis": False,
                "name": plain(one.name),
                "mode": "markers" if one.role == "target" else "lines" if many else "lines+markers",
                "x": [plain(label) for label in one.x],
                "y": list(one.y),
                "line": {"color": colour, "width": 3 if colour == theme.MAIN else 2, "dash": dash},
                "marker": bar_mark(colour, "ew") if one.role == "target" else {"color": colour, "size": 6},
                "error_y": lonely(one, colour),
                "customdata": [chart.unit.text(value) for value in one.y],
                "hovertemplate": f"{day}<br>%{{customdata}}<extra>%{{fullData.name}}</extra>",
            }
        )
    height = 1 + max(levels(notes_at(chart, placed(chart), PHONE)), default=-1)
    layout: Json = {
        "xaxis": x_axis(chart),
        "yaxis": y_axis(chart.unit, reach(chart.unit, extremes(chart), zero=chart.from_zero)),
        "showlegend": len(chart.series) > 1,
        "height": 300 + LEVEL * height + 14 * max(0, len(chart.series) - 4),
        "margin": {"l": 56, "r": 16, "t": (36 if len(chart.series) > 1 else 12) + LEVEL * height, "b": 44},
        "legend": LEGEND | {"y": 1.02 + LEVEL * height / 220},
    }
    return data, layout | (launches(chart) if chart.notes else {})


def launches(chart: Shape) -> Json:
    """Launches and incidents as dotted lines with their numbers above, their words on hover."""
    rows_of = levels(notes_at(chart, placed(chart), PHONE))
    shapes = [
        {"type": "line", "x0": plain(n.x), "x1": plain(n.x), "yref": "paper", "y0": 0, "y1": 1, "line": RULE}
        for n in chart.notes
    ]
    shared: Json = {"y": 1, "yref": "paper", "yanchor": "bottom", "xanchor": "center", "showarrow": False}
    numbers = [
        {"x": plain(note.x), "yshift": LEVEL * row, "text": circled(i), "hovertext": plain(note.text)} | shared
        for i, (note, row) in enumerate(zip(chart.notes, rows_of, strict=True))
    ]
    return {"shapes": shapes, "annotations": numbers}


def band(one: Series, colour: str) -> list[Json]:
    """The interval of a line as a shaded area."""
    edge = {"type": "scatter", "mode": "lines", "x": list(one.x), "hoverinfo": "skip", "showlegend": False}
    rim = {"width": 0, "color": colour}
    both = [low is not None and high is not None for low, high in zip(one.low, one.high, strict=True)]
    low = [value if known else None for value, known in zip(one.low, both, strict=True)]
    high = [value if known else None for value, known in zip(one.high, both, strict=True)]
    return [
        edge | {"y": low, "line": rim},
        edge | {"y": high, "line": rim, "fill": "tonexty", "fillcolor": theme.faded(colour)},
    ]


def lonely(one: Series, colour: str) -> Json:
    """The interval of a line that is a single point, which no area can show."""
    single = len(one.y) == 1 and one.role != "target"
    return whiskers(one, colour, (0.0, 0.0)) if single and one.low[:1] and one.high[:1] else {"visible": False}


def circled(index: int) -> str:
    """①, ②, … for the notes of a chart."""
    return chr(0x2460 + index % 20)
