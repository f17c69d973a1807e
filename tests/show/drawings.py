"""Reading a drawing back: every point it marks, its words, and shapes to draw."""

import re
from xml.etree import ElementTree

from hypothesis import strategies as st

from pmlib.core import Unit
from pmlib.show import Chart, Note, Series

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    "",
    "<script>window.hit=1</script>",
    "]]></svg><img src=x onerror=window.hit=1>",
    "\"'--><!--&amp;&lt;",
    "a\x00\x08\x1b\ud800\ufffe\uffffb",
    "\u202eevil\u202c \u2067turned",
    "W" * 400,
    "\ufdfd" * 9,
    "漢字のとても長いラベル" * 9,
    "😀👩‍👩‍👧" * 20,
    "}</style><style>*{display:none}",
    "new\nline\ttab\u2028sep",
)


def points(svg):
    """Return every point of the marks of a drawing, curves by their ends."""
    found = []
    for one in ElementTree.fromstring(svg).iter():
        get = one.get
        if one.tag == f"{SVG}circle":
            x, y, r = float(get("cx")), float(get("cy")), float(get("r"))
            found += [(x - r, y - r), (x + r, y + r)]
        elif one.tag == f"{SVG}path":
            found += walked(get("d"))
        elif one.tag == f"{SVG}text":
            found += [(float(span.get("x")), float(get("y"))) for span in one if span.get("x")] or [
                (float(get("x")), float(get("y")))
            ]
    return found


def walked(d):
    """Return the points a path goes through; only the commands that drawings use are known."""
    x = y = 0.0
    found = []
    rest = re.sub(r"[MLHVhvaZ]|-?[\d.]+|\s", "", d)
    assert not rest, f"unknown in a path: {rest}"
    for command, numbers in re.findall(r"([MLHVhvaZ])([^MLHVhvaZ]*)", d):
        values = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        if command in "ML":
            x, y = values
        elif command == "a":
            x, y = x + values[-2], y + values[-1]
        elif command in "Hh":
            x = values[0] + x * (command == "h")
        elif command in "Vv":
            y = values[0] + y * (command == "v")
        found.append((x, y))
    return found


def box(svg):
    """Return width and height of a drawing."""
    return tuple(float(part) for part in ElementTree.fromstring(svg).get("viewBox").split()[2:])


def words(svg):
    """Return the words of a drawing with the middle of their lines: text, x, y."""
    root = ElementTree.fromstring(svg)
    size = float(root.get("font-size"))
    found = []
    for one in root.iter(f"{SVG}text"):
        told = [child for child in one if child.tag != f"{SVG}title"]
        y = float(one.get("y")) - 0.36 * size
        line = "".join([one.text or "", *(child.tail or "" for child in one)])
        found += [(span.text, float(span.get("x")), y) for span in told] or [(line, float(one.get("x")), y)]
    return found


def place(svg, label):
    """Return where the only words that read so stand."""
    ((_, x, y),) = [one for one in words(svg) if one[0] == label]
    return x, y


def dots(svg):
    """Return the middles of the circles."""
    return [(float(c.get("cx")), float(c.get("cy"))) for c in ElementTree.fromstring(svg).iter(f"{SVG}circle")]


names = st.sampled_from(HOSTILE) | st.text(max_size=30)
values = st.none() | st.floats() | st.floats(-1, 2) | st.integers(-5, 60_000) | st.sampled_from([5e-324, 1e308, -1e308])
days = st.dates().map(str) | st.sampled_from(["2026-11-16", "2026-11-23T06:30", "no day", "", "0001-01-01"])
units = st.sampled_from([Unit.COUNT, Unit.SHARE, Unit.POINTS, Unit.LIFT, Unit.SCORE, Unit.DAYS]) | st.builds(
    Unit.currency, names
)


@st.composite
def series(draw, labels):
    size = draw(st.integers(0, 6))
    column = st.lists(values, min_size=size, max_size=size)
    x = draw(st.lists(labels, min_size=size, max_size=size))
    low, high = (draw(column), draw(column)) if draw(st.booleans()) else ((), ())
    text = draw(st.lists(names, min_size=size, max_size=size)) if draw(st.booleans()) else ()
    role = draw(st.sampled_from(["main", "before", "target", "other"]))
    return Series(draw(names), x, draw(column), low, high, role, text, draw(st.integers(0, 3)))


@st.composite
def shapes(draw):
    """Shapes of any kind with anything in them that their types allow."""
    kind = draw(st.sampled_from(["line", "intervals", "grid", "funnel", "bars", "flow"]))
    dates = draw(st.booleans())
    found = draw(st.lists(series(days if dates else names), min_size=1, max_size=8))
    notes = draw(st.lists(st.builds(Note, days if dates else names, names), max_size=5))
    more = ("d", "", draw(names), draw(names), dates, draw(st.booleans()), draw(names), notes)
    more += (draw(st.booleans()), draw(st.lists(names, max_size=2)))
    # As plain data: a failing example is printed, and printing a Unit with its class's units never ends.
    return Chart(kind, found, draw(units), draw(names) or more[0], *more[1:]).as_json()
