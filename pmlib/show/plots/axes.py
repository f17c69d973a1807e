"""Axes and words as plotly needs them."""

from datetime import date
from html import escape
from typing import Any

from pmlib.core import Unit
from pmlib.core.estimate import digits
from pmlib.show import theme
from pmlib.show.shapes import Series, Shape
from pmlib.show.stills.launches import placed
from pmlib.show.stills.paper import spoken
from pmlib.show.stills.scales import SHORT_SPAN, date_ticks, ticks, written

Json = dict[str, Any]

ROOM = 300.0
"""Width in pixels that the days below a chart must do with, for a phone too."""


def x_axis(chart: Shape) -> Json:
    """The axis of time or age."""
    axis: Json = {"showgrid": False, "linecolor": theme.FAINT, "ticks": "outside", "tickcolor": theme.FAINT}
    axis |= {"automargin": True, "title": title(chart.x_title), "nticks": 8}
    if not chart.dates:
        return axis | {"type": "category"}
    days = sorted(placed(chart).values())
    if days and days[-1] - days[0] <= SHORT_SPAN:
        named = date_ticks(days[0], days[-1], days, ROOM)
        axis |= {"tickmode": "array", "tickvals": [date.fromordinal(int(day)).isoformat() for day, _, _ in named]}
        return axis | {"type": "date", "ticktext": ["<br>".join((label, year)) for _, label, year in named]}
    formats = [([None, 27 * 86_400_000], "%-d %b\n%Y"), (["M1", "M12"], "%b\n%Y"), (["M12", None], "%Y")]
    stops = [{"dtickrange": span, "value": form} for span, form in formats]
    return axis | {"type": "date", "tickformatstops": stops}


def y_axis(unit: Unit, span: tuple[float, float]) -> Json:
    """The axis of values, in their unit."""
    low, high = span
    axis: Json = {"gridcolor": theme.FAINT, "zeroline": low <= 0 <= high, "zerolinecolor": theme.MUTE}
    axis |= {"ticks": "", "automargin": True, "nticks": 6, "range": [low, high]}
    if unit.kind in {"points", "lift"} or high >= 1e9:  # what plotly has no words for
        values = ticks(low, high, 3 if unit.kind == "points" else 5, whole=unit.kind == "count")
        axis |= {"tickmode": "array", "tickvals": values, "ticktext": [plain(text) for text in written(unit, values)]}
    elif unit.kind == "share":
        axis |= {"tickformat": ".0%" if high - low > 0.032 else ".1%"}
    else:
        axis |= {
            "tickformat": ",.3~s" if high >= 10_000 else ",",
            "ticksuffix": f" {plain(unit.symbol)}" if unit.symbol else "",
        }
        if unit.kind == "count" and high - low < 6:
            axis |= {"dtick": 1, "tick0": 0}
    return axis


def title(text: str) -> Json:
    """An axis title."""
    return {"text": plain(text), "font": {"size": 13, "color": theme.MUTE}, "standoff": 6}


def texts(one: Series) -> list[str]:
    """The words at each mark, made safe."""
    return [plain(text) for text in one.text] if one.text else [""] * len(one.x)


def plain(text: str) -> str:
    """Make text safe for plotly, which reads tags and would link addresses; quotes stay as they are."""
    return escape(spoken(text), quote=False)


def unbroken(text: str) -> str:
    """Keep words on one line."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def bar_mark(colour: str, way: str) -> Json:
    """A target's mark: a short bar."""
    return {"color": colour, "symbol": f"line-{way}-open", "size": 14, "line": {"color": colour, "width": 3}}


def rounded(value: float) -> float:
    """Round a difference as its parts are."""
    return digits(value) or 0.0


def whiskers(one: Series, colour: str, span: tuple[float, float]) -> Json:
    """The interval of each mark as error bars; an end that is open reaches the edge."""
    if not one.low:
        return {"visible": False}
    up: list[float] = []
    down: list[float] = []
    for value, low, high in zip(one.y, one.low, one.high, strict=True):
        if value is None or (low is None and high is None):
            low = high = value = 0.0
        up.append(rounded((span[1] if high is None else high) - value))
        down.append(rounded(value - (span[0] if low is None else low)))
    return {"type": "data", "array": up, "arrayminus": down, "color": colour, "thickness": 1.8, "width": 5}
