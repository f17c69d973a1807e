"""A matrix as a heat map with its numbers; a cell that cannot be known yet stays empty."""

from collections import defaultdict
from collections.abc import Callable

from pmlib.core import Unit
from pmlib.core.units import rounded
from pmlib.show import theme
from pmlib.show.looks import extremes
from pmlib.show.shapes import Shape
from pmlib.show.stills.paper import PAD, STEPS, Paper, drawn, measure, number, spoken, xml

ROW, EDGE = 24.0, 2.0
LEAST = 11.0
"""The smallest type."""
CORNER = 6.0
"""Side of the corner that marks a cell which is not certain."""


def heat(shape: Shape, width: int) -> str:
    """Draw a heat map."""
    paper = Paper(width)
    columns = list(max((one.x for one in shape.series), key=len))
    share = 0.3 if paper.small else 0.26
    names = max((paper.measure(one.name) for one in shape.series), default=0.0)
    left = PAD + min(max(names, paper.measure(shape.y_title)), width * share) + 8
    column = (width - PAD - left) / max(1, len(columns))
    top = 6.0
    if shape.x_title or shape.y_title:
        paper.text(left, top + 8, shape.x_title)
        paper.text(left - 8, top + 8, shape.y_title, anchor="end", limit=left - 8 - PAD)
        top += 22
    headed(paper, columns, left, column, top + 8)
    top += 22
    size, write = numbers(shape, paper, column)
    low, high = min([*extremes(shape), 0.0]), max([*extremes(shape), 0.0])
    grounds: dict[int, str] = defaultdict(str)
    figures: list[str] = []
    corners, side = "", max(min(CORNER, column * 0.6), 1.0)
    for place, one in enumerate(shape.series):
        y = top + place * ROW
        paper.text(left - 8, y + ROW / 2, one.name, anchor="end", colour=theme.INK, limit=left - 8 - PAD)
        line = ""
        for cell, value in enumerate(one.y):
            if value is None:
                continue
            x = left + cell * column
            part = 0.0 if high == low else (value - low) / (high - low)
            wide, tall = max(column - EDGE, 0.5), ROW - EDGE
            box = f"M{number(x)} {number(y)}h{number(wide)}v{number(tall)}h{number(-wide)}Z"
            grounds[round(part * (STEPS - 1))] += box
            if size:
                line += f'<tspan x="{number(x + wide / 2)}">{xml(write(value))}</tspan>'
            if one.text and one.text[cell]:
                corners += drawn([(x + wide - side, y), (x + wide, y), (x + wide, y + side)]) + "Z"
        if line:
            figures.append(f'<text y="{number(y + (ROW - EDGE) / 2 + size * 0.36)}">{line}</text>')
    for step in sorted(grounds):
        paper.area(grounds[step], theme.ramp(step / (STEPS - 1)))
    if figures:
        paper.group(figures, f'class="f-cell" fill="{theme.CELL}" text-anchor="middle" font-size="{number(size)}"')
    paper.area(corners, theme.MUTE)
    bottom = top + ROW * len(shape.series) + 4
    if not size and high > low:
        bottom = scale(paper, shape.unit, (low, high), left, bottom)
    return paper.svg(bottom, shape.description)


def scale(paper: Paper, unit: Unit, span: tuple[float, float], left: float, y: float) -> float:
    """Say what light and dark mean where the numbers have no room; return where the drawing ends."""
    low, high = unit.short(span[0]), unit.short(span[1])
    middle, most = y + 14, paper.width * 0.22
    paper.text(left, middle, low, limit=most)
    x = left + min(paper.measure(low), most) + 8
    room = paper.width - PAD - min(paper.measure(high), most) - 8 - x
    step = min(14.0, room / STEPS)
    for place in range(STEPS):
        box = f"M{number(x + step * place)} {number(middle - 6)}h{number(step)}v12h{number(-step)}Z"
        paper.area(box, theme.ramp(place / (STEPS - 1)))
    paper.text(x + step * STEPS + 8, middle, high, limit=most)
    return y + 26


def headed(paper: Paper, columns: list[str], left: float, column: float, y: float) -> None:
    """Name the columns, as many as fit side by side."""
    widest = max((paper.measure(spoken(name)) for name in columns), default=0.0)
    limit = max(column, paper.measure("Septembers"))
    each = max(1, -(-int(min(widest, limit) + 6) // max(1, int(column))))
    for place in range(0, len(columns), each):
        middle = left + place * column + (column - EDGE) / 2
        paper.text(middle, y, columns[place], anchor="middle", limit=column * each - 4)


def numbers(shape: Shape, paper: Paper, column: float) -> tuple[float, Callable[[float], str]]:
    """Return the size at which the numbers fit the cells, 0 where none does, and how to write them."""
    known = [value for one in shape.series for value in one.y if value is not None]
    for sign, size in ((True, paper.size), (False, paper.size), (False, LEAST)):
        write = short(shape.unit, sign)
        if all(measure(write(value)) * size + EDGE <= column for value in known):
            return size, write
    return 0.0, short(shape.unit, False)


def short(unit: Unit, sign: bool) -> Callable[[float], str]:
    """Return how a number is written in a cell."""
    if unit.is_fraction:
        mark = "%" if sign and unit.kind != "points" else ""
        return lambda value: rounded(value * 100, 0) + mark
    return lambda value: unit.short(value).removesuffix(unit.suffix) if unit.suffix else unit.short(value)
