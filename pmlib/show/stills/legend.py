"""The legend: samples of the lines or marks with their names, as many rows as they need."""

from pmlib.show import theme
from pmlib.show.looks import looks
from pmlib.show.shapes import Shape
from pmlib.show.stills.paper import PAD, Paper

ROW = 20.0
SAMPLE = 26.0
WIDEST = 0.62
"""Part of the width a name may take."""


def legend(paper: Paper, shape: Shape, names: list[str]) -> float:
    """Write the legend at the top, ``names`` beside the samples; return where the drawing may begin."""
    x, y = PAD, ROW / 2
    for place, (one, (colour, dash), name) in enumerate(zip(shape.series, looks(shape), names, strict=True)):
        wide = SAMPLE + min(paper.measure(name), paper.width * WIDEST)
        if x > PAD and x + wide > paper.width - PAD:
            x, y = PAD, y + ROW
        sample(paper, x, y, place, shape, colour, dash, one.role == "target")
        paper.text(x + SAMPLE, y, name, colour=theme.INK, limit=paper.width * WIDEST)
        x += wide + 18
    return y + ROW / 2 + 6


def sample(paper: Paper, x: float, y: float, place: int, shape: Shape, colour: str, dash: str, target: bool) -> None:
    """Draw the sample of a series as it looks in the chart."""
    line = shape.kind == "line" or (shape.kind == "bars" and target)
    if shape.kind == "bars" and not target:
        paper.area(f"M{x + 4:g} {y - 6:g}h12v12h-12Z", colour)
    elif target and not line:
        paper.path(f"M{x + 10:g} {y - 7:g}v14", colour, width=3)
    elif line:
        paper.path(f"M{x + target * 5:g} {y:g}h{20 - target * 10}", colour, width=3 if target else 2.2, dash=dash)
    else:
        paper.dot(x + 10, y, colour, form=place)
