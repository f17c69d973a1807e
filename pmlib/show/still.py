"""The static drawing of a chart: an SVG that needs no script, for print, mail and readers without scripts."""

from pmlib.show import theme
from pmlib.show.looks import extremes
from pmlib.show.shapes import Shape
from pmlib.show.stills.bars import bars
from pmlib.show.stills.dots import dots
from pmlib.show.stills.flow import flow
from pmlib.show.stills.heat import heat
from pmlib.show.stills.lines import lines
from pmlib.show.stills.paper import CLASSES, STEPS, Paper
from pmlib.show.stills.scales import clean
from pmlib.show.stills.steps import steps

WIDEST, NARROWEST = 1600, 280


def still(shape: Shape, *, width: int = 760) -> str:
    """Draw a shape as an SVG that stands alone: no script, no style, no id, nothing fetched.

    Its colours are attributes, right on white paper wherever it is shown, and classes that :func:`still_css` turns
    dark with the page.

    Parameters
    ----------
    shape
        What is drawn.
    width
        Width in pixels, held between 280 and 1600; below 480 it is laid out for a phone.

    Returns
    -------
    str
        One ``<svg>`` element, the same for the same shape.
    """
    draw = {"line": lines, "intervals": dots, "grid": heat, "funnel": steps, "bars": bars, "flow": flow}[shape.kind]
    made, width = clean(shape), min(max(width, NARROWEST), WIDEST)
    return draw(made, width) if extremes(made) else Paper(width).empty(shape.description)


def still_css() -> str:
    """Return the style a page with stills needs: their colours on a light and a dark ground, on paper the light ones.

    A still is as wide as its place; in a scrolling box it keeps a width at which its words can be read.
    """
    light = {name: colour for colour, name in CLASSES.items()}
    dark = {name: theme.LIGHT_TO_DARK.get(colour, "") for name, colour in light.items()}
    dark |= {f"r{step}": theme.ramp(step / (STEPS - 1), dark=True) for step in range(STEPS)}
    rules = "".join(f".still .f-{n}{{fill:var(--s-{n})}}.still .k-{n}{{stroke:var(--s-{n})}}" for n in light)
    return (
        f".still{{{tokens(light)};display:block;width:100%;height:auto;min-width:640px;fill:var(--s-mute)}}"
        f".still.small{{min-width:0;max-width:440px}}{rules}"
        f"@media screen and (prefers-color-scheme:dark){{.still{{{tokens(dark)}}}}}"
        "@media print{.still{min-width:0}}"
    )


def tokens(colours: dict[str, str]) -> str:
    """Write colours as custom properties."""
    return ";".join(f"--s-{name}:{colour}" for name, colour in colours.items())
