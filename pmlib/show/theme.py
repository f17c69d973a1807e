"""Colours and type, once for charts and pages."""

from itertools import pairwise

INK, MUTE, FAINT, GROUND = "#1d2330", "#5b6475", "#d9dde5", "#ffffff"
MAIN, BEFORE, TARGET = "#12436D", "#8792a3", "#F46A25"

# Each has 3:1 against white, and neighbours in this order 3:1 against each other; so has each in the dark.
SERIES = ("#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
# Light throughout on a light ground, dark on a dark one, so that figures in the cells have one colour.
RAMP = ((0.0, "#e9f1f8"), (0.5, "#b9d4ea"), (1.0, "#8ab8e0"))
CELL = "#10151d"
"""The figures in the cells of a heat map."""

FONT = '"Inter","Segoe UI",system-ui,-apple-system,"Helvetica Neue",Arial,sans-serif'

# What each colour becomes on a dark ground.
LIGHT_TO_DARK = {
    INK: "#e6e9ef",
    MUTE: "#c3cad6",
    FAINT: "#333c4a",
    GROUND: "#12161d",
    MAIN: "#a9d0f2",
    BEFORE: "#627086",
    TARGET: "#b34e18",
    "#28A197": "#1b7a72",
    "#801650": "#f2b5d4",
    "#3D3D3D": "#dcdcdc",
    "#A285D1": "#7f63bd",
    CELL: "#f2f5f9",
    "#e9f1f8": "#1c2734",
    "#b9d4ea": "#25496a",
    "#8ab8e0": "#2f6ea8",
}


def faded(colour: str) -> str:
    """Return a colour as the light ground of a band.

    Examples
    --------
    >>> faded("#12436D")
    'rgba(18,67,109,0.16)'
    """
    red, green, blue = parts(colour)
    return f"rgba({red},{green},{blue},0.16)"


def ramp(part: float, *, dark: bool = False) -> str:
    """Return the ground of a heat map's cell, ``part`` of the way from the lowest value to the highest.

    Examples
    --------
    >>> ramp(0), ramp(0.25), ramp(1), ramp(1, dark=True)
    ('#e9f1f8', '#d1e2f1', '#8ab8e0', '#2f6ea8')
    """
    part = min(max(part, 0.0), 1.0)
    low, high = next(pair for pair in pairwise(RAMP) if part <= pair[1][0])
    way = (part - low[0]) / (high[0] - low[0])
    start, end = (parts(LIGHT_TO_DARK[step[1]] if dark else step[1]) for step in (low, high))
    return "#" + "".join(f"{round(one + (other - one) * way):02x}" for one, other in zip(start, end, strict=True))


def parts(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue of ``#rrggbb``, each 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


DARK = LIGHT_TO_DARK | {faded(light): faded(dark) for light, dark in LIGHT_TO_DARK.items()}
