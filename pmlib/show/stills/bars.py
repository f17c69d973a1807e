"""Upright bars over dates or labels: stacked above and below zero, or side by side with their intervals."""

from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from pmlib.show import theme
from pmlib.show.looks import looks
from pmlib.show.shapes import Series, Shape
from pmlib.show.stills.launches import LEVEL, launches, placed, stacked
from pmlib.show.stills.legend import legend
from pmlib.show.stills.lines import Frame, across, axes, framed
from pmlib.show.stills.paper import PAD, Paper, broken, drawn, number, spoken
from pmlib.show.stills.scales import Scale

PART = 0.78
"""Part of its place that a bar, or a group of bars, fills."""
FEW = 16
"""Bars up to which each says its value, where there is room."""
LINE = 14.0
NAMED = 12
"""Labels up to which each is named."""


@dataclass(frozen=True)
class Box:
    """A bar: its label and value, left end and width, and where on the scale of values it begins and ends."""

    one: Series
    at: int
    x: float
    wide: float
    start: float
    end: float


def bars(shape: Shape, width: int) -> str:
    """Draw a bar chart."""
    paper = Paper(width)
    places = placed(shape)
    if not places:
        return paper.empty(shape.description)
    several = len(shape.series) > 1
    top = legend(paper, shape, [one.name for one in shape.series]) if several else 4.0
    # The value over the highest bar stands above the frame.
    top += 14 + LEVEL * stacked(shape, places, width - 14)
    frame, slot = spaced(framed(shape, paper, places, 12, top, top + (200 if paper.small else 244)), dates=shape.dates)
    if shape.dates:
        axes(paper, shape, frame)
        below = 0.0
    else:
        across(paper, shape, frame)
        below = named(paper, frame, slot)
    found = boxes(shape, frame, slot)
    fill(paper, shape, found, frame)
    targets(paper, shape, frame, slot)
    launches(paper, shape, frame.x, frame.y, frame.places)
    worded(paper, shape, found, frame, slot)
    low = frame.y.start + 42 + max(0.0, below - LINE)
    if shape.x_title:
        paper.text((frame.x.start + frame.x.end) / 2, low, shape.x_title, anchor="middle")
        low += 12
    return paper.svg(low, shape.description)


def spaced(frame: Frame, *, dates: bool) -> tuple[Frame, float]:
    """Return the frame with half a place more at both ends, and how wide a place is."""
    days = sorted(frame.places.values())
    step = min((b - a for a, b in pairwise(days) if b > a), default=1.0)
    x = frame.x
    wider = Scale(x.low - step / 2, x.high + step / 2, x.start, x.end)
    if dates:
        wider = replace(wider, low=max(wider.low, 0.5), high=min(wider.high, date.max.toordinal() + 0.5))
    return replace(frame, x=wider), step * (x.end - x.start) / (wider.high - wider.low)


def boxes(shape: Shape, frame: Frame, slot: float) -> list[Box]:
    """Return the bars, those of a label on each other or side by side."""
    found: list[Box] = []
    ends: dict[tuple[bool, str], float] = {}
    shown = [one for one in shape.series if one.role != "target"]
    wide = max(slot * PART / (1 if shape.stacked else len(shown)), 0.6) if shown else 0.0
    for place, one in enumerate(shown):
        for at, (label, value) in enumerate(zip(one.x, one.y, strict=True)):
            day = frame.places.get(label)
            if value is None or day is None:
                continue
            aside = 0.0 if shape.stacked else (place - (len(shown) - 1) / 2) * wide
            # Days at the ends of the calendar have no room beside them.
            x = min(max(frame.x.at(day) + aside - wide / 2, frame.x.start), frame.x.end - wide)
            start = ends.get((value < 0, label), 0.0) if shape.stacked else 0.0
            ends[value < 0, label] = start + value
            found.append(Box(one, at, x, wide, start, start + value))
    return found


def fill(paper: Paper, shape: Shape, found: list[Box], frame: Frame) -> None:
    """Draw the bars; those with intervals on a light ground, so that their whiskers stand out."""
    look = dict(zip(map(id, shape.series), looks(shape), strict=True))
    for box in found:
        one, at = box.one, box.at
        colour = look[id(one)][0]
        start, end = frame.y.at(box.start), frame.y.at(box.end)
        # A thread of the ground parts a bar from the one it stands on.
        thread = 1.0 if abs(end - start) > 3 and box.start else 0.0
        start += thread if end > start else -thread
        gap = min(1.0, box.wide * 0.1)
        d = drawn([(box.x + gap, start), (box.x + box.wide - gap, start), (box.x + box.wide - gap, end)])
        d += f"L{number(box.x + gap)} {number(end)}Z"
        label = one.text[at] if one.text and one.text[at] else f"{one.x[at]}: {shape.unit.text(one.y[at])}"
        about = f"{one.name}, {label}" if len(shape.series) > 1 else label
        if shape.stacked or not one.low:
            paper.area(d, colour, about=about)
            continue
        paper.area(d, colour, opacity=0.3, about=about)
        paper.path(d, colour, width=1.4)
        whisker(paper, one.low[at], one.high[at], box.x + box.wide / 2, frame.y)


def whisker(paper: Paper, low: float | None, high: float | None, x: float, up: Scale) -> None:
    """Draw an interval; an end that is open runs to the edge and ends in an arrow."""
    if low is None and high is None:
        return
    under, over = up.start if low is None else up.at(low), up.end if high is None else up.at(high)
    d = f"M{number(x)} {number(under)}V{number(over)}"
    for y, end, way in ((under, low, -1), (over, high, 1)):
        shut = f"M{number(x - 4)} {number(y)}h8"
        d += drawn([(x - 4, y + 6 * way), (x, y), (x + 4, y + 6 * way)]) if end is None else shut
    paper.path(d, theme.INK, width=1.8)


def targets(paper: Paper, shape: Shape, frame: Frame, slot: float) -> None:
    """Draw the targets as short bars across the place of their label."""
    for one, (colour, _) in zip(shape.series, looks(shape), strict=True):
        points = [frame.point(label, y) for label, y in zip(one.x, one.y, strict=True)] if one.role == "target" else []
        half = max(slot * 0.46, 2.0)
        d = "".join(f"M{number(max(p[0] - half, PAD))} {number(p[1])}h{number(2 * half)}" for p in points if p)
        paper.path(d, colour, width=3, about=one.name)


def worded(paper: Paper, shape: Shape, found: list[Box], frame: Frame, slot: float) -> None:
    """Write the value over each bar where one series stands alone and all have room."""
    if len(shape.series) > 1 or len(found) > FEW or shape.notes:
        return
    texts = [shape.unit.short(box.one.y[box.at]) for box in found]
    if any(paper.measure(text) + 4 > slot for text in texts):
        return
    for box, text in zip(found, texts, strict=True):
        ends = (box.one.low[box.at], box.one.high[box.at]) if box.one.low and not shape.stacked else ()
        tops = [frame.y.at(end) for end in (box.end, *ends) if end is not None]
        down = box.end < 0
        y = max(tops) + 10 if down else min(tops) - 9
        # At the edges of the scale there is no room beyond an open interval.
        if frame.y.end - 10 <= y <= frame.y.start + 4:
            paper.text(box.x + box.wide / 2, y, text, anchor="middle", colour=theme.INK)


def named(paper: Paper, frame: Frame, slot: float) -> float:
    """Write the labels below, in lines or as numbers with a key where that names all of them; return their height."""
    labels = list(frame.places)
    y, widest = frame.y.start + 14, max(paper.measure(label) for label in labels) + 8
    if widest <= slot or len(labels) > NAMED:
        each = 1 if widest <= slot else -(-int(min(widest, 12 * paper.size)) // max(1, int(slot)))
        limit = max(slot * each - 6, paper.size)
        for label in labels[::each]:
            paper.text(frame.x.at(frame.places[label]), y, label, anchor="middle", limit=limit)
        return LINE
    rows = {label: broken(label, (slot - 6) / paper.size, 3) for label in labels}
    if any("".join(lines).replace(" ", "") != "".join(spoken(label).split()) for label, lines in rows.items()):
        for place, label in enumerate(labels, start=1):
            paper.text(frame.x.at(frame.places[label]), y, str(place), anchor="middle", full=label)
        return LINE + key(paper, labels, frame.x.start, y + LINE + 4)
    for label, lines in rows.items():
        for place, line in enumerate(lines):
            paper.text(frame.x.at(frame.places[label]), y + place * LINE, line, anchor="middle", full=label)
    return LINE * max(len(lines) for lines in rows.values())


def key(paper: Paper, labels: list[str], left: float, y: float) -> float:
    """Write what the numbers stand for; return the height."""
    x, top = left, y
    limit = paper.width - left - PAD
    for place, label in enumerate(labels, start=1):
        words = f"{place} {label}"
        wide = min(paper.measure(words), limit)
        if x > left and x + wide > paper.width - PAD:
            x, y = left, y + LINE + 2
        paper.text(x, y, words, limit=limit)
        x += wide + 14
    return y - top + LINE + 6
