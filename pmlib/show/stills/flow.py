"""A flow: the places of each step as bars, bands between them; on a phone its largest links step by step."""

from pmlib.show import theme
from pmlib.show.courses import Course, laid, links
from pmlib.show.shapes import Link, Shape
from pmlib.show.stills.paper import PAD, Paper, broken, number

BAR, SLOT, LINE = 9.0, 18.0, 15.0
"""Thickness of a place's bar, the least room of its words, and what a second line of them takes."""
TALL = 250.0
HEAD = 20.0
FAINT = 0.3
"""How opaque a band is."""
MOST = 14
"""Links shown on a phone."""
THICK = 7.0
"""Thickness of the bar of a link on a phone."""


def flow(shape: Shape, width: int) -> str:
    """Draw a flow."""
    paper = Paper(width)
    return down(paper, shape) if paper.small else along(paper, shape)


def roomy(shape: Shape, *, gap: float, limit: float) -> tuple[Course, list[list[str]]]:
    """Lay a flow out from left to right, with the words of each place in one line to three.

    Parameters
    ----------
    limit
        Width of all steps together, in parts of the type's size.
    """
    course = laid(shape, length=TALL, gap=gap, slot=SLOT)
    wide = limit / course.columns - 1.65
    told = [broken(f"{shape.unit.short(one.value)} {one.name}", wide, 3) for one in course.nodes]
    more = max((len(lines) for lines in told), default=1) - 1
    return laid(shape, length=TALL, gap=gap, slot=SLOT + LINE * more) if more > 0 else course, told


def along(paper: Paper, shape: Shape) -> str:
    """Draw a flow from left to right, each place with its number and its name."""
    course, told = roomy(shape, gap=5, limit=(paper.width - 2 * PAD) / paper.size)
    step = (paper.width - 2 * PAD) / course.columns
    for column, head in enumerate(course.heads):
        paper.text(PAD + column * step, HEAD / 2, head, limit=step - 6)
    for band in sorted(course.bands, key=lambda one: -one.size):
        x = PAD + band.link.column * step + BAR
        points = (x, HEAD + band.start, x + step - BAR, HEAD + band.end)
        paper.area(ribbon(points, band.size), course.colour(band.link.source), opacity=FAINT,
                   about=said(shape, band.link))  # fmt: skip
    for node, lines in zip(course.nodes, told, strict=True):
        x, y = PAD + node.column * step, HEAD + node.start
        tall = max(node.size, 0.8)
        box = f"M{number(x)} {number(y)}h{number(BAR)}v{number(tall)}h{number(-BAR)}Z"
        about = f"{node.name}: {shape.unit.text(node.value)}"
        paper.area(box, course.colour(node.name), about=about)
        ink = theme.MUTE if node.name in course.quiet else theme.INK
        for place, line in enumerate(lines):
            middle = HEAD + node.middle + (place - (len(lines) - 1) / 2) * LINE
            paper.text(x + BAR + 5, middle, line, colour=ink, full=about)
    return paper.svg(HEAD + course.length + 8, shape.description)


def down(paper: Paper, shape: Shape) -> str:
    """Draw the largest links of a flow as bars below each other, step by step."""
    course = laid(shape, length=TALL, gap=5)
    found = links(shape)
    shown = sorted(found, key=lambda one: (-one.value, one.column, one.source, one.target))[:MOST]
    most = max((link.value for link in shown), default=1.0)
    y = 4.0
    for column in sorted({link.column for link in shown}):
        paper.text(
            PAD, y + HEAD / 2, f"From {course.heads[column].lower()}" if course.heads[column] else "Before", bold=True
        )
        y += HEAD + 2
        for link in (one for one in shown if one.column == column):
            y = row(paper, shape, course, link, y, most)
        y += 6
    if len(found) > len(shown):
        paper.text(PAD, y + HEAD / 2, f"and {len(found) - len(shown)} smaller")
        y += HEAD
    return paper.svg(y + 4, shape.description)


def row(paper: Paper, shape: Shape, course: Course, link: Link, y: float, most: float) -> float:
    """Draw a link as words over a bar; return where the next begins."""
    value, about = shape.unit.short(link.value), said(shape, link)
    wide = paper.width - 2 * PAD
    lines = broken(f"{link.source} → {link.target}", (wide - paper.measure(value) - 12) / paper.size, 2)
    paper.text(paper.width - PAD, y + LINE / 2, value, anchor="end", colour=theme.INK, full=about)
    for line in lines or [""]:
        paper.text(PAD, y + LINE / 2, line, colour=theme.INK, full=about)
        y += LINE
    bar = max(wide * link.value / most, 1.0)
    box = f"M{number(PAD)} {number(y + 1)}h{number(bar)}v{number(THICK)}h{number(-bar)}Z"
    paper.area(box, course.colour(link.source), about=about)
    return y + THICK + 8


def ribbon(points: tuple[float, float, float, float], size: float) -> str:
    """Return a band from one place to another, as thick at both ends; its course is a curve of short lines."""
    x, y, right, low = points
    size = max(size, 0.5)
    ways = [part / CURVE for part in range(CURVE + 1)]
    there = [(x + (right - x) * way, y + (low - y) * way * way * (3 - 2 * way)) for way in ways]
    back = [(across, high + size) for across, high in reversed(there)]
    line = "L".join(f"{number(a)} {number(b)}" for a, b in [*there, *back])
    return f"M{line}Z"


CURVE = 16
"""Lines a bend is made of."""


def said(shape: Shape, link: Link) -> str:
    """Say what a link carries."""
    return f"{link.source} → {link.target}: {shape.unit.text(link.value)}"
