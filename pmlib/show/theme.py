"""Colours and type, once for charts and pages."""

INK, MUTE, FAINT, GROUND = "#1d2330", "#5b6475", "#d9dde5", "#ffffff"
MAIN, BEFORE, TARGET = "#12436D", "#8792a3", "#F46A25"

# Each has 3:1 against white, and neighbours in this order 3:1 against each other.
SERIES = ("#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
# Light enough throughout for the dark figures written in the cells, on either ground.
RAMP = ((0.0, "#f5f9fc"), (0.5, "#c4dbee"), (1.0, "#7fb0da"))
CELL = "#10151d"

FONT = '"Inter","Segoe UI",system-ui,-apple-system,"Helvetica Neue",Arial,sans-serif'


def faded(colour: str) -> str:
    """Return a colour as the light ground of a band.

    Examples
    --------
    >>> faded("#12436D")
    'rgba(18,67,109,0.16)'
    """
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.16)"


# What each colour becomes on a dark ground.
LIGHT_TO_DARK = {
    INK: "#e6e9ef",
    MUTE: "#c3cad6",
    FAINT: "#333c4a",
    GROUND: "#12161d",
    MAIN: "#8ab8e0",
    BEFORE: "#a3adbd",
    TARGET: "#ff9a62",
    "#28A197": "#4fc4ba",
    "#801650": "#e58ab8",
    "#3D3D3D": "#d5d5d5",
    "#A285D1": "#c3aef0",
}

DARK = LIGHT_TO_DARK | {faded(light): faded(dark) for light, dark in LIGHT_TO_DARK.items()}
