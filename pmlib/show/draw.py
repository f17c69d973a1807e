"""Draw a chart shape as plotly JSON: plain dictionaries, so that no plotting library is imported."""

from html import escape
from typing import Any

from pmlib.core import Unit
from pmlib.show import theme
from pmlib.show.shapes import Series, Shape

Json = dict[str, Any]

RULE: Json = {"color": theme.MUTE, "width": 1, "dash": "dot"}


def plotly(chart: Shape) -> Json:
    """Return ``{"data": …, "layout": …}`` for a shape."""
    data, layout = {"line": lines, "intervals": dots, "grid": heat, "funnel": steps}[chart.kind](chart)
    return {"data": data, "layout": base() | layout}


def base() -> Json:
    """The layout all charts share."""
    return {
        "template": {"data": {"scatter": [{"type": "scatter"}]}},
        "font": {"family": theme.FONT, "size": 13, "color": theme.INK},
        "margin": {"l": 56, "r": 16, "t": 36, "b": 44},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "hovermode": "closest",
        "height": 300,
        "showlegend": True,
    }


def lines(chart: Shape) -> tuple[list[Json], Json]:
    """Lines with bands; targets as marks only, the year before dotted."""
    data: list[Json] = []
    others = [one for one in chart.series if one.role == "other"]
    for one in chart.series:
        colour, dash = look(one, others)
        if one.low and one.role != "target":
            data += band(one, colour)
        data.append(
            {
                "type": "scatter",
                "name": plain(one.name),
                "mode": "markers" if one.role == "target" else "lines" if len(one.x) > 30 else "lines+markers",
                "x": list(one.x),
                "y": list(one.y),
                "line": {"color": colour, "width": 3 if one.role == "main" else 2, "dash": dash},
                "marker": {"color": colour, "size": 6, "symbol": "line-ew-open" if one.role == "target" else "circle"},
                "customdata": [chart.unit.text(value) for value in one.y],
                "hovertemplate": "%{x}<br>%{customdata}<extra>%{fullData.name}</extra>",
            }
        )
    layout: Json = {
        "xaxis": x_axis(chart),
        "yaxis": y_axis(chart.unit, extremes(chart)),
        "showlegend": len(chart.series) > 1,
    }
    if not chart.from_zero:
        layout["yaxis"] |= {"rangemode": "normal", "range": None, "autorange": True}
    if chart.notes:
        layout["shapes"] = [
            {"type": "line", "x0": n.x, "x1": n.x, "yref": "paper", "y0": 0, "y1": 1, "line": RULE} for n in chart.notes
        ]
        layout["annotations"] = [
            {
                "x": n.x,
                "y": 1,
                "yref": "paper",
                "yanchor": "top",
                "xanchor": "left",
                "text": circled(i),
                "showarrow": False,
            }
            for i, n in enumerate(chart.notes)
        ]
    return data, layout


def band(one: Series, colour: str) -> list[Json]:
    """The interval of a line as a shaded area, named so in the legend once."""
    edge = {"type": "scatter", "mode": "lines", "x": list(one.x), "hoverinfo": "skip", "showlegend": False}
    return [
        edge | {"y": list(one.low), "line": {"width": 0, "color": colour}},
        edge
        | {
            "y": list(one.high),
            "line": {"width": 0, "color": colour},
            "fill": "tonexty",
            "fillcolor": theme.faded(colour),
        },
    ]


def dots(chart: Shape) -> tuple[list[Json], Json]:
    """Dots with whiskers, one row a label; several series stand side by side."""
    data: list[Json] = []
    many = len(chart.series) > 1
    labels = list(dict.fromkeys(label for one in chart.series for label in one.x))
    for place, one in enumerate(chart.series):
        shift = (place - (len(chart.series) - 1) / 2) * 0.22
        colour, _ = look(one, list(chart.series)) if many else (theme.MAIN, "solid")
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": plain(one.name),
                "x": list(one.y),
                "y": [labels.index(label) + shift for label in one.x],
                "marker": {"color": colour, "size": 10, "symbol": ("circle", "diamond", "square")[place % 3]},
                "error_x": whiskers(one, colour),
                "customdata": [text or chart.unit.text(v) for text, v in zip(texts(one), one.y, strict=True)],
                "hovertemplate": "%{customdata}<extra>%{fullData.name}</extra>",
            }
        )
    axis = y_axis(chart.unit, extremes(chart))
    if not chart.from_zero:
        axis |= {"range": None, "autorange": True}
    height = 90 + max(1, len(labels)) * (34 + 16 * (len(chart.series) - 1))
    ticks = {"tickmode": "array", "tickvals": list(range(len(labels))), "ticktext": [plain(label) for label in labels]}
    rows = {"automargin": True, "range": [len(labels) - 0.4, -0.6], "showgrid": False, "zeroline": False} | ticks
    return data, {"xaxis": axis, "yaxis": rows, "height": height, "showlegend": many}


def heat(chart: Shape) -> tuple[list[Json], Json]:
    """A heat map with its numbers written in; empty cells stay empty."""
    rows = [plain(one.name) for one in chart.series]
    columns = list(chart.series[0].x)
    cells = [list(one.y) for one in chart.series]
    scale = 100 if chart.unit.is_fraction else 1
    known = [value for row in cells for value in row if value is not None]
    data: Json = {
        "type": "heatmap",
        "x": columns,
        "y": rows,
        "z": cells,
        "text": [["" if value is None else f"{value * scale:.0f}" for value in row] for row in cells],
        "texttemplate": "%{text}",
        "textfont": {"color": theme.CELL},
        "colorscale": [list(step) for step in theme.RAMP],
        "zmin": 0,
        "zmax": max(known, default=1) or 1,
        "showscale": False,
        "hoverongaps": False,
        "xgap": 2,
        "ygap": 2,
        "customdata": [[chart.unit.text(value) for value in row] for row in cells],
        "hovertemplate": "%{y}, %{x}: %{customdata}<extra></extra>",
    }
    quiet = {"showgrid": False, "zeroline": False, "type": "category", "automargin": True}
    x = quiet | {"side": "top", "title": title(chart.x_title)}
    return [data], {
        "xaxis": x,
        "yaxis": quiet | {"autorange": "reversed"},
        "height": 110 + 27 * len(rows),
        "showlegend": False,
        "margin": {"l": 70, "r": 8, "t": 64, "b": 8},
    }


def steps(chart: Shape) -> tuple[list[Json], Json]:
    """Bars of a funnel from top to bottom, the marked step in the accent colour."""
    one = chart.series[0]
    bars: Json = {
        "type": "bar",
        "orientation": "h",
        "x": list(one.y),
        "y": [plain(label) for label in one.x],
        "marker": {"color": [theme.TARGET if label == chart.marked else theme.MAIN for label in one.x]},
        "error_x": whiskers(one, theme.MUTE),
        "customdata": texts(one),
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    words = [
        {
            "x": 1,
            "xref": "paper",
            "xanchor": "right",
            "y": i,
            "text": plain(text),
            "showarrow": False,
            "font": {"color": theme.MUTE},
        }
        for i, text in enumerate(texts(one))
    ]
    rows = {"autorange": "reversed", "automargin": True, "showgrid": False, "type": "category"}
    x = y_axis(chart.unit, [0, 1]) | {"range": [0, 1.32], "tickvals": [0, 0.25, 0.5, 0.75, 1]}
    size = 80 + 46 * len(one.x)
    return [bars], {"xaxis": x, "yaxis": rows, "height": size, "showlegend": False, "annotations": words, "bargap": 0.3}


def whiskers(one: Series, colour: str) -> Json:
    """The interval of each mark as error bars; an open end is drawn as none."""
    if not one.low:
        return {"visible": False}
    value = [0.0 if y is None else y for y in one.y]
    up = [0.0 if h is None else h - v for h, v in zip(one.high, value, strict=True)]
    down = [0.0 if low is None else v - low for low, v in zip(one.low, value, strict=True)]
    return {"type": "data", "array": up, "arrayminus": down, "color": colour, "thickness": 1.6, "width": 5}


def x_axis(chart: Shape) -> Json:
    """The axis of time or age."""
    axis: Json = {"showgrid": False, "linecolor": theme.FAINT, "ticks": "outside", "tickcolor": theme.FAINT}
    axis |= {"automargin": True, "title": title(chart.x_title), "nticks": 8}
    return axis | ({"type": "date", "tickformat": "%-d %b\n%Y"} if chart.dates else {"type": "category"})


def y_axis(unit: Unit, values: list[float]) -> Json:
    """The axis of values, in their unit, from zero."""
    highest, lowest = max([*values, 0.0]), min([*values, 0.0])
    pad = (highest - lowest or 1) * 0.08
    axis: Json = {"gridcolor": theme.FAINT, "zeroline": lowest < 0, "ticks": "", "automargin": True, "nticks": 6}
    axis["range"] = [lowest - pad if lowest < 0 else 0, highest + pad]
    if unit.kind == "share":
        axis |= {"tickformat": ".0%"}
    elif unit.kind in {"lift", "points"}:
        axis |= {"tickformat": "+.1%" if highest - lowest < 0.1 else "+.0%"}
    else:
        axis |= {"tickformat": ",.3~s" if highest >= 10_000 else ",", "ticksuffix": unit.suffix}
    return axis


def extremes(chart: Shape) -> list[float]:
    """All values a chart must make room for."""
    parts = (value for one in chart.series for part in (one.y, one.low, one.high) for value in part)
    return [value for value in parts if value is not None]


def look(one: Series, others: list[Series]) -> tuple[str, str]:
    """Colour and dash of a series: by role, and by place among its like."""
    if one.role == "main" and (one not in others or len(others) == 1):
        return theme.MAIN, "solid"
    if one.role == "before":
        return theme.BEFORE, "dot"
    if one.role == "target":
        return theme.TARGET, "solid"
    start = 1 if one.role == "other" else 0
    place = (others.index(one) + start) % len(theme.SERIES)
    return theme.SERIES[place], theme.DASHES[place]


def texts(one: Series) -> list[str]:
    """The words at each mark, made safe."""
    return [plain(text) for text in one.text] if one.text else [""] * len(one.x)


def title(text: str) -> Json:
    """An axis title."""
    return {"text": plain(text), "font": {"size": 13, "color": theme.MUTE}, "standoff": 6}


def circled(index: int) -> str:
    """①, ②, … for the notes of a chart."""
    return chr(0x2460 + index % 20)


def plain(text: str) -> str:
    """Make text safe for plotly, which reads tags and would link addresses; quotes stay as they are."""
    return escape(text, quote=False)
