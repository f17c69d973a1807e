"""Estimates as dots with their intervals, one row a label, series beside each other."""

from pmlib.core import Unit
from pmlib.show import theme
from pmlib.show.looks import extremes, looks, rows
from pmlib.show.shapes import Series, Shape
from pmlib.show.stills.legend import legend
from pmlib.show.stills.paper import PAD, Paper, drawn, number, wrapped
from pmlib.show.stills.scales import Scale, reach, ticks, written

LANE, LINE = 20.0, 15.0
"""Height of one series in a row, and of one line of a label."""
Mark = tuple[int, float]


def dots(shape: Shape, width: int) -> str:
    """Draw an interval chart."""
    paper = Paper(width)
    found = rows(shape)
    top = legend(paper, shape, [one.name for one in shape.series]) if len(shape.series) > 1 else 6.0
    share = 0.34 if paper.small else 0.3
    labels = {label: wrapped(label, width * share / paper.size) for label in found}
    left = PAD + max((paper.measure(line) for lines in labels.values() for line in lines), default=0.0) + 12
    texts = words(shape, paper)
    right = max((paper.measure(text) for each in texts for text in each), default=0.0) + PAD + 14
    low, high = ends(shape)
    scale = Scale(low, high, left, width - right)
    heights = {
        label: max(LANE * max(1, len(places)), LINE * len(labels[label])) + 10 for label, places in found.items()
    }
    bottom = top + sum(heights.values())
    ruled(paper, shape.unit, scale, top, bottom)
    y = top
    for label, places in found.items():
        middle = y + heights[label] / 2
        for line, words_of in enumerate(labels[label]):
            place = middle + (line - (len(labels[label]) - 1) / 2) * LINE
            paper.text(left - 12, place, words_of, anchor="end", colour=theme.INK, full=label)
        for one, (colour, _) in zip(shape.series, looks(shape), strict=True):
            if one.role == "target":
                goals(paper, one, label, colour, scale, (y + 4, y + heights[label] - 4), shape.unit)
        for lane, place in enumerate(places):
            at = middle + (lane - (len(places) - 1) / 2) * LANE
            marks(paper, shape, place, label, texts[place], scale, at)
        y += heights[label]
    return paper.svg(bottom + 28, shape.description)


def ends(shape: Shape) -> tuple[float, float]:
    """Return the ends of the scale, with room for the arrow of an interval that is open."""
    low, high = reach(shape.unit, extremes(shape), zero=shape.from_zero)
    pairs = [pair for one in shape.series for pair in zip(one.low, one.high, strict=False)]
    room = (high - low) * 0.1
    below = any(one is None and other is not None for one, other in pairs)
    above = any(one is not None and other is None for one, other in pairs)
    return low - room * below, high + room * above


def words(shape: Shape, paper: Paper) -> list[list[str]]:
    """Return what stands right of each mark: the words it came with where all are short, else its value."""
    unit, limit = shape.unit, paper.width * 0.22
    write = unit.change if unit.kind in {"lift", "points"} else unit.short
    shown = [one for one in shape.series if one.role != "target"]
    if all(one.text and all(paper.measure(text) <= limit for text in one.text) for one in shown):
        return [[] if one.role == "target" else list(one.text) for one in shape.series]
    values = [[] if one.role == "target" else [write(value) for value in one.y] for one in shape.series]
    return [[value if paper.measure(value) <= limit else "" for value in each] for each in values]


def ruled(paper: Paper, unit: Unit, scale: Scale, top: float, bottom: float) -> None:
    """Draw the values below with their lines upwards, zero as a line of its own."""
    room = scale.end - scale.start
    values = ticks(scale.low, scale.high, 5, whole=unit.kind == "count")
    labels = written(unit, values)
    widest = max((paper.measure(label) for label in labels), default=1.0) + 14
    count = 5
    while count > 1 and widest * len(values) > room + widest:
        count -= 1
        values = ticks(scale.low, scale.high, count, whole=unit.kind == "count")
        labels = written(unit, values)
    d = "".join(f"M{number(scale.at(value))} {number(top)}V{number(bottom)}" for value in values if value)
    paper.path(d, theme.FAINT)
    if scale.low <= 0 <= scale.high:
        paper.path(f"M{number(scale.at(0.0))} {number(top)}V{number(bottom)}", theme.MUTE, width=1.4)
    for value, label in zip(values, labels, strict=True):
        paper.text(scale.at(value), bottom + 14, label, anchor="middle")


def marks(paper: Paper, shape: Shape, place: int, label: str, texts: list[str], scale: Scale, y: float) -> None:
    """Draw the marks of one series in one row."""
    one, (colour, _) = shape.series[place], looks(shape)[place]
    for spot in (spot for spot, name in enumerate(one.x) if name == label):
        value = one.y[spot]
        full = one.text[spot] if one.text else shape.unit.text(value)
        about = f"{one.name}: {full}" if len(shape.series) > 1 else full
        if one.low:
            whisker(paper, one.low[spot], value, one.high[spot], colour, scale, y)
        if value is not None:
            paper.dot(scale.at(value), y, colour, form=place if len(shape.series) > 1 else 0, about=about)
        paper.text(paper.width - PAD, y, texts[spot], anchor="end", full=about)


def whisker(
    paper: Paper, low: float | None, value: float | None, high: float | None, colour: str, scale: Scale, y: float
) -> None:
    """Draw an interval with a bar at each end; an end that is open runs to the edge and ends in an arrow."""
    if low is None and high is None:
        return
    start = scale.start if low is None else scale.at(low)
    end = scale.end if high is None else scale.at(high)
    paper.path(f"M{number(start)} {number(y)}H{number(end)}", colour, width=2)
    caps = "" if low is None else f"M{number(start)} {number(y - 4)}v8"
    caps += "" if high is None else f"M{number(end)} {number(y - 4)}v8"
    caps += "" if low is not None else drawn([(start + 6, y - 4), (start, y), (start + 6, y + 4)])
    caps += "" if high is not None else drawn([(end - 6, y - 4), (end, y), (end - 6, y + 4)])
    paper.path(caps, colour, width=2)


def goals(
    paper: Paper, one: Series, label: str, colour: str, scale: Scale, span: tuple[float, float], unit: Unit
) -> None:
    """Draw the targets of a row as upright bars behind its marks."""
    for name, value in zip(one.x, one.y, strict=True):
        if name == label and value is not None:
            upright = f"M{number(scale.at(value))} {number(span[0])}V{number(span[1])}"
            paper.path(upright, colour, width=3, about=f"{one.name}: {unit.text(value)}")
