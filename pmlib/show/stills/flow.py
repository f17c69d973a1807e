"""A flow: the places of each step as bars, bands between them; on a phone from top to bottom with a key."""

from pmlib.show import theme
from pmlib.show.courses import Band, Course, laid
from pmlib.show.shapes import Shape
from pmlib.show.stills.paper import PAD, Paper, number

BAR, SLOT = 9.0, 18.0
"""Thickness of a place's bar, and the least room of its words."""
TALL = 250.0
DROP = 74.0
"""From one step to the next on a phone."""
HEAD = 20.0
KEY = 19.0
FAINT = 0.3
"""How opaque a band is."""


def flow(shape: Shape, width: int) -> str:
    """Draw a flow."""
    paper = Paper(width)
    return down(paper, shape) if paper.small else along(paper, shape)


def along(paper: Paper, shape: Shape) -> str:
    """Draw a flow from left to right, each place with its number and its name."""
    course = laid(shape, length=TALL, gap=5, slot=SLOT)
    step = (paper.width - 2 * PAD) / course.columns
    for column in range(course.columns):
        paper.text(PAD + column * step, HEAD / 2, f"Step {column + 1}", limit=step - 6)
    for band in sorted(course.bands, key=lambda one: -one.size):
        x = PAD + band.link.column * step + BAR
        points = (x, HEAD + band.start, x + step - BAR, HEAD + band.end)
        paper.area(ribbon(points, band.size, upright=False), course.colour(band.link.source), opacity=FAINT,
                   about=said(shape, band))  # fmt: skip
    for node in course.nodes:
        x, y = PAD + node.column * step, HEAD + node.start
        value = shape.unit.short(node.value)
        tall = max(node.size, 0.8)
        box = f"M{number(x)} {number(y)}h{number(BAR)}v{number(tall)}h{number(-BAR)}Z"
        about = f"{node.name}: {shape.unit.text(node.value)}"
        paper.area(box, course.colour(node.name), about=about)
        ink = theme.MUTE if node.name in course.quiet else theme.INK
        limit = step - BAR - 12
        paper.text(x + BAR + 5, HEAD + node.middle, f"{value} {node.name}", colour=ink, limit=limit, full=about)
    return paper.svg(HEAD + course.length + 8, shape.description)


def down(paper: Paper, shape: Shape) -> str:
    """Draw a flow from top to bottom, its places numbered as in the key above it."""
    course = laid(shape, length=paper.width - 2 * PAD, gap=5)
    numbers = {name: str(place) for place, name in enumerate(course.names, start=1)}
    top = key(paper, course, numbers) + HEAD
    for band in sorted(course.bands, key=lambda one: -one.size):
        y = top + band.link.column * DROP + BAR
        points = (PAD + band.start, y, PAD + band.end, y + DROP - BAR)
        paper.area(ribbon(points, band.size, upright=True), course.colour(band.link.source), opacity=FAINT,
                   about=said(shape, band))  # fmt: skip
    for column in range(course.columns):
        paper.text(paper.width - PAD, top + column * DROP - 8, f"Step {column + 1}", anchor="end")
    for node in course.nodes:
        x, y = PAD + node.start, top + node.column * DROP
        wide = max(node.size, 0.8)
        about = f"{node.name}: {shape.unit.text(node.value)}"
        box = f"M{number(x)} {number(y)}h{number(wide)}v{number(BAR)}h{number(-wide)}Z"
        paper.area(box, course.colour(node.name), about=about)
        whole = f"{numbers[node.name]}: {shape.unit.short(node.value)}"
        words = next((one for one in (whole, numbers[node.name]) if paper.measure(one) <= node.size + 3), "")
        paper.text(x + wide / 2, y + BAR + 9, words, anchor="middle", colour=theme.INK, full=about)
    return paper.svg(top + (course.columns - 1) * DROP + BAR + 24, shape.description)


def key(paper: Paper, course: Course, numbers: dict[str, str]) -> float:
    """Write what the numbers and colours stand for; return where the drawing may begin."""
    x, y = PAD, KEY / 2
    for name in course.names:
        words = f"{numbers[name]} {name}"
        wide = 16 + min(paper.measure(words), paper.width - 2 * PAD - 16)
        if x > PAD and x + wide > paper.width - PAD:
            x, y = PAD, y + KEY
        paper.area(f"M{number(x)} {number(y - 5)}h11v11h-11Z", course.colour(name))
        paper.text(x + 16, y, words, colour=theme.INK, limit=paper.width - 2 * PAD - 16)
        x += wide + 14
    return y + KEY / 2 + 4


def ribbon(points: tuple[float, float, float, float], size: float, *, upright: bool) -> str:
    """Return a band from one place to another, as wide at both ends; its course is a curve of short lines."""
    x, y, right, low = points
    size = max(size, 0.5)
    there: list[tuple[float, float]] = []
    back: list[tuple[float, float]] = []
    for part in range(CURVE + 1):
        way = part / CURVE
        bend = way * way * (3 - 2 * way)
        if upright:
            spot = (x + (right - x) * bend, y + (low - y) * way)
            there.append(spot)
            back.append((spot[0] + size, spot[1]))
        else:
            spot = (x + (right - x) * way, y + (low - y) * bend)
            there.append(spot)
            back.append((spot[0], spot[1] + size))
    line = "L".join(f"{number(a)} {number(b)}" for a, b in [*there, *back[::-1]])
    return f"M{line}Z"


CURVE = 16
"""Lines a bend is made of."""


def said(shape: Shape, band: Band) -> str:
    """Say what a band carries."""
    link = band.link
    return f"{link.source} → {link.target}: {shape.unit.text(link.value)}"
