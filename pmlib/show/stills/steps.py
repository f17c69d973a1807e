"""A funnel: bars with intervals from top to bottom, the words of each beside it."""

from pmlib.core import Unit
from pmlib.show import theme
from pmlib.show.looks import extremes
from pmlib.show.shapes import Series, Shape
from pmlib.show.stills.dots import ruled
from pmlib.show.stills.paper import BOLD, PAD, Paper, drawn, number, wrapped
from pmlib.show.stills.scales import Scale

BAR = 26.0


def steps(shape: Shape, width: int) -> str:
    """Draw a funnel; on a phone the words stand above the bars."""
    paper = Paper(width)
    one = shape.series[0]
    texts = list(one.text) or [shape.unit.text(value) for value in one.y]
    low, high = min([*extremes(shape), 0.0]), max([*extremes(shape), 1.0])
    if paper.small:
        left, right, row = PAD, width - PAD - 6, BAR + 28
    else:
        names = max((paper.measure(name, bold=name == shape.marked) for name in one.x), default=0.0)
        words = max((paper.measure(text, bold=True) for text in texts), default=0.0)
        left = PAD + min(names, width * 0.26) + 12
        right, row = width - PAD - min(words, width * 0.26) - 14, BAR + 16
    scale = Scale(low, high, left, right)
    bottom = 4.0 + row * len(one.x)
    ruled(paper, Unit.SHARE if shape.unit.kind == "share" else shape.unit, scale, 4.0, bottom)
    for place, name in enumerate(one.x):
        middle = 4.0 + row * place + row / 2 + (10 if paper.small else 0)
        bar(paper, one, place, scale, middle, theme.TARGET if name == shape.marked else theme.MAIN)
        bold = name == shape.marked
        if paper.small:
            above = middle - BAR / 2 - 12
            paper.text(left, above, name, colour=theme.INK, bold=bold, limit=width * 0.5)
            paper.text(width - PAD, above, texts[place], anchor="end", bold=bold, limit=width * 0.42)
            continue
        lines = wrapped(name, (left - 12 - PAD) / paper.size / (BOLD if bold else 1.0))
        for line, words_of in enumerate(lines):
            y = middle + (line - (len(lines) - 1) / 2) * 15
            paper.text(left - 12, y, words_of, anchor="end", colour=theme.INK, bold=bold, full=name)
        paper.text(width - PAD, middle, texts[place], anchor="end", colour=theme.INK, bold=bold, limit=width * 0.26)
    return paper.svg(bottom + 28, shape.description)


def bar(paper: Paper, one: Series, place: int, scale: Scale, middle: float, colour: str) -> None:
    """Draw one bar from zero with its interval, rimmed so that it stands off the bar and the ground."""
    value = one.y[place]
    if value is None:
        return
    zero, end, upper = scale.at(0.0), scale.at(value), middle - BAR / 2
    paper.area(f"M{number(zero)} {number(upper)}H{number(end)}v{number(BAR)}H{number(zero)}Z", colour)
    low, high = (one.low[place], one.high[place]) if one.low else (None, None)
    if low is not None and high is not None and high > low:
        y = middle
        d = drawn([(scale.at(low), y), (scale.at(high), y)])
        d += "".join(f"M{number(scale.at(edge))} {number(y - 5)}v10" for edge in (low, high))
        paper.path(d, theme.GROUND, width=4.5)
        paper.path(d, theme.INK, width=1.8)
