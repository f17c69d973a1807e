"""Launches and incidents: dotted lines with the numbers under which the caption lists them."""

from pmlib.show import theme
from pmlib.show.shapes import Shape
from pmlib.show.stills.paper import Paper, number
from pmlib.show.stills.scales import Scale, moment

BADGE, LEVEL = 8.5, 20.0
"""Radius of a number's circle, and height of a row of them."""


def placed(shape: Shape) -> dict[str, float]:
    """Return the day number of each label, or its place in the order where the axis is not one of dates."""
    labels = list(dict.fromkeys(label for one in shape.series for label in one.x))
    if shape.dates:
        days = {label: moment(label) for label in labels}
        return {label: day for label, day in days.items() if day is not None}
    return {label: float(place) for place, label in enumerate(labels)}


def stacked(shape: Shape, places: dict[str, float], right: float) -> int:
    """Return how many rows of numbers the launches need above the lines."""
    return 0 if not shape.notes else 1 + max(levels(notes_at(shape, places, right)))


def notes_at(shape: Shape, places: dict[str, float], right: float) -> list[float]:
    """Return about where the launches stand, before the scale is known; those outside the days count too."""
    days = sorted(places.values()) or [0.0]
    span = (days[-1] - days[0]) or 1.0
    found = [moment(note.x) if shape.dates else places.get(note.x) for note in shape.notes]
    return [60 + (right - 60) * (day - days[0]) / span if day is not None else -1e6 for day in found]


def levels(spots: list[float]) -> list[int]:
    """Return for each spot the row in which its number touches no other; three rows at most."""
    ends = [-1e9] * 3
    found = [0] * len(spots)
    for place in sorted(range(len(spots)), key=lambda place: spots[place]):
        row = next((row for row in range(3) if spots[place] - ends[row] > 2 * BADGE + 2), 0)
        found[place], ends[row] = row, spots[place]
    return found


def launches(paper: Paper, shape: Shape, across: Scale, up: Scale, places: dict[str, float]) -> None:
    """Draw launches and incidents as dotted lines with the number under which the caption lists them."""
    rows = levels(notes_at(shape, places, across.end))
    for place, (note, row) in enumerate(zip(shape.notes, rows, strict=True)):
        day = moment(note.x) if shape.dates else places.get(note.x)
        if day is None or not across.low <= day <= across.high:
            continue
        x, y = across.at(day), up.end - 12 - LEVEL * row
        paper.path(f"M{number(x)} {number(y + BADGE)}V{number(up.start)}", theme.MUTE, dash="dot", about=note.text)
        paper.path(drawn_circle(x, y), theme.MUTE, about=note.text)
        # The captions count to twenty and begin again.
        paper.text(x, y, str(place % 20 + 1), anchor="middle", colour=theme.INK)


def drawn_circle(x: float, y: float) -> str:
    """Return a circle as a path."""
    r = number(BADGE)
    return f"M{number(x - BADGE)} {number(y)}a{r} {r} 0 1 1 {number(2 * BADGE)} 0a{r} {r} 0 1 1 {number(-2 * BADGE)} 0Z"
