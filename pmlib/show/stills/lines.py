"""Lines over time or age: bands, the year before dotted, targets as marks, launches as numbered lines."""

from dataclasses import dataclass
from itertools import groupby, pairwise

from pmlib.show import theme
from pmlib.show.looks import extremes, looks
from pmlib.show.shapes import Series, Shape
from pmlib.show.stills.launches import LEVEL, launches, placed, stacked
from pmlib.show.stills.legend import legend
from pmlib.show.stills.paper import PAD, Paper, drawn, number
from pmlib.show.stills.scales import Scale, date_ticks, reach, ticks, written

GAP = 15.0
"""Least distance between two names at the ends of lines."""
MANY = 30
"""Points from which a line has no mark at each."""
NAMES = 0.26
"""Part of the width the names at the ends may take; else there is a legend."""
LONGEST = "Septembers"
"""As wide as a label below may be; the tooltip has it whole."""
LEAD = (theme.MAIN, "solid")
Points = list[tuple[float, float]]


@dataclass(frozen=True)
class Frame:
    """Where the lines stand: both scales, and the day or place of each label."""

    x: Scale
    y: Scale
    places: dict[str, float]

    def point(self, label: str, value: float | None) -> tuple[float, float] | None:
        """Return the place of a value; ``None`` where it or its day is not known."""
        day = self.places.get(label)
        return None if value is None or day is None else (self.x.at(day), self.y.at(value))

    def runs(self, one: Series, values: tuple[float | None, ...]) -> list[Points]:
        """Return the unbroken runs of known values."""
        placed = [self.point(label, value) for label, value in zip(one.x, values, strict=True)]
        return [[p for p in run if p] for known, run in groupby(placed, bool) if known]


def lines(shape: Shape, width: int) -> str:
    """Draw a line chart."""
    paper = Paper(width)
    places = placed(shape)
    if not places:
        return paper.empty(shape.description)
    direct = [label for label in tags(shape) if label] if not paper.small or len(shape.series) == 1 else []
    right = max((paper.measure(tag, bold=True) for tag in direct), default=0.0) + 14
    if right > width * NAMES:
        direct, right = [], 14.0
    rows = stacked(shape, places, width - right)
    height = 262.0 if paper.small else 306.0
    frame = framed(shape, paper, places, right, 12 + LEVEL * rows, height - 44)
    ends = apart(shape, frame) if direct else {}
    if not ends and len(shape.series) > 1:
        top = legend(paper, shape, legend_names(shape))
        frame = framed(shape, paper, places, 14, top + 8 + LEVEL * rows, height - 44 + top)
    axes(paper, shape, frame)
    launches(paper, shape, frame.x, frame.y, frame.places)
    strokes(paper, shape, frame)
    names = tags(shape)
    for place, y in ends.items():
        one = frame.runs(shape.series[place], shape.series[place].y)[-1][-1]
        x = frame.x.end + 10
        if abs(y - one[1]) > 3:
            paper.path(drawn([(one[0] + 4, one[1]), (x - 2, y)]), looks(shape)[place][0])
        paper.text(x, y, names[place], colour=theme.INK, bold=looks(shape)[place] == LEAD)
    if shape.x_title:
        paper.text((frame.x.start + frame.x.end) / 2, frame.y.start + 40, shape.x_title, anchor="middle")
    return paper.svg(frame.y.start + (52 if shape.x_title else 42), shape.description)


def tags(shape: Shape) -> list[str]:
    """Return what stands at the end of each line: its last value and, beside others, its name."""
    found: list[str] = []
    for one in shape.series:
        last = next((value for value in reversed(one.y) if value is not None), None)
        name = f" {one.name}" if len(shape.series) > 1 else ""
        found.append("" if last is None else shape.unit.short(last) + name)
    return found


def legend_names(shape: Shape) -> list[str]:
    """Return name and last value of each series."""
    lasts = [next((value for value in reversed(one.y) if value is not None), None) for one in shape.series]
    return [
        f"{one.name}: {shape.unit.short(last)}" if last is not None and one.role != "target" else one.name
        for one, last in zip(shape.series, lasts, strict=True)
    ]


def framed(shape: Shape, paper: Paper, places: dict[str, float], right: float, top: float, bottom: float) -> Frame:
    """Return the scales that fit the values, the tick labels and what stands at the right."""
    low, high = reach(shape.unit, extremes(shape), zero=shape.from_zero)
    labels = written(shape.unit, ticks(low, high, 5, whole=shape.unit.kind == "count"))
    left = PAD + min(max((paper.measure(label) for label in labels), default=0.0), paper.width * 0.25) + 8
    days = sorted(places.values()) or [0.0]
    first, last = (days[0], days[-1]) if days[-1] > days[0] else (days[0] - 0.5, days[0] + 0.5)
    return Frame(Scale(first, last, left + 8, paper.width - right), Scale(low, high, bottom, top), places)


def apart(shape: Shape, frame: Frame) -> dict[int, float]:
    """Return the heights of the names at the lines' ends; none where a line ends early or names would collide."""
    wanted: list[tuple[float, int]] = []
    for place, one in enumerate(shape.series):
        runs = frame.runs(one, one.y)
        if not runs:
            continue
        x, y = runs[-1][-1]
        if x < frame.x.end - 12:
            return {}
        wanted.append((y, place))
    wanted.sort()
    heights = [y for y, _ in wanted]
    for _ in range(8 * len(heights)):
        for upper in range(len(heights) - 1):
            short = GAP - (heights[upper + 1] - heights[upper])
            if short > 0:
                heights[upper] -= short / 2
                heights[upper + 1] += short / 2
    if any(lower - upper < GAP - 1 for upper, lower in pairwise(heights)):
        return {}
    low, high = frame.y.end - 6, frame.y.start + 4
    if any(abs(new - old) > 2 * GAP or not low <= new <= high for new, (old, _) in zip(heights, wanted, strict=True)):
        return {}
    return {place: y for y, (_, place) in zip(heights, wanted, strict=True)}


def axes(paper: Paper, shape: Shape, frame: Frame) -> None:
    """Draw the values at the left with their lines across, days or ages below."""
    across(paper, shape, frame)
    below = frame.y.start + 14
    marks = ""
    for x, label, year in named(paper, shape, frame):
        marks += f"M{number(x)} {number(frame.y.start)}v4"
        paper.text(x, below, label, anchor="middle", limit=paper.measure(LONGEST))
        if year:
            paper.text(x, below + 15, year, anchor="middle")
    paper.path(marks, theme.MUTE)


def across(paper: Paper, shape: Shape, frame: Frame) -> None:
    """Draw the values at the left with their lines across, that of zero darker."""
    values = ticks(frame.y.low, frame.y.high, 5, whole=shape.unit.kind == "count")
    left, right = frame.x.start - 8, frame.x.end + 4
    d = "".join(f"M{number(left)} {number(frame.y.at(value))}H{number(right)}" for value in values if value)
    paper.path(d, theme.FAINT)
    base = frame.y.at(0.0) if frame.y.low <= 0 <= frame.y.high else None
    if base is not None:
        paper.path(f"M{number(left)} {number(base)}H{number(right)}", theme.MUTE)
    for value, label in zip(values, written(shape.unit, values), strict=True):
        paper.text(left - 6, frame.y.at(value), label, anchor="end")


def named(paper: Paper, shape: Shape, frame: Frame) -> list[tuple[float, str, str]]:
    """Return the places along the bottom that are named: days, months or years, or every so many labels."""
    room = frame.x.end - frame.x.start
    if not frame.places:
        return []
    if shape.dates:
        found = date_ticks(frame.x.low, frame.x.high, list(frame.places.values()), room)
        return [(frame.x.at(day), label, year) for day, label, year in found if frame.x.low <= day <= frame.x.high]
    labels = list(frame.places)
    widest = min(max(paper.measure(label) for label in labels), paper.measure(LONGEST)) + 10
    each = -(-len(labels) // max(1, int(room // widest)))
    return [(frame.x.at(place), label, "") for label, place in frame.places.items()][::each]


def strokes(paper: Paper, shape: Shape, frame: Frame) -> None:
    """Draw the bands, then the lines, the main one last."""
    every = sorted(zip(shape.series, looks(shape), strict=True), key=lambda pair: pair[1] == LEAD)
    for one, (colour, _) in every:
        if one.low and one.role != "target":
            bands(paper, one, colour, frame)
    for one, look in every:
        colour, dash = look
        runs = frame.runs(one, one.y)
        if one.role == "target":
            marks = [point for run in runs for point in run]
            d = "".join(f"M{number(max(x - 6, PAD))} {number(y)}h12" for x, y in marks)
            paper.path(d, colour, width=3, about=one.name)
            continue
        d = "".join(drawn(run) for run in runs if len(run) > 1)
        paper.path(d, colour, width=2.6 if look == LEAD else 2, dash=dash)
        single = [run[0] for run in runs if len(run) == 1]
        shown = single if len(one.x) > MANY or one.role == "before" else [point for run in runs for point in run]
        for x, y in shown:
            paper.dot(x, y, colour, size=3)
        if runs and one.role != "before":
            paper.dot(*runs[-1][-1], colour, size=4.5)


def bands(paper: Paper, one: Series, colour: str, frame: Frame) -> None:
    """Shade the interval of a line; where only a single point has one, it is a whisker."""
    both = [low is not None and high is not None for low, high in zip(one.low, one.high, strict=True)]
    low = tuple(value if known else None for value, known in zip(one.low, both, strict=True))
    high = tuple(value if known else None for value, known in zip(one.high, both, strict=True))
    for under, over in zip(frame.runs(one, low), frame.runs(one, high), strict=True):
        if len(under) > 1:
            paper.area(drawn(over + under[::-1]) + "Z", colour, opacity=0.2)
        else:
            paper.path(drawn([under[0], over[0]]), colour, width=1.6)
