"""Colours: WCAG 2.2 asks 3:1 of graphics (1.4.11) and 4.5:1 of words (1.4.3); both modes are held to it."""

from itertools import pairwise

import pytest

from pmlib.show import theme
from pmlib.show.stills.paper import CLASSES, STEPS

MODES = {"light": lambda colour: colour, "dark": theme.LIGHT_TO_DARK.__getitem__}


def contrast(one, other):
    """Return the ratio of two colours as WCAG 2.2 defines it."""

    def light(colour):
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in (v / 255 for v in rgb(colour))]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted([light(one), light(other)], reverse=True)
    return (high + 0.05) / (low + 0.05)


def rgb(colour):
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def test_the_ratio_is_that_of_the_standard():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)  # the grey WCAG's own pages quote


@pytest.fixture(params=MODES)
def shown(request):
    return MODES[request.param]


def test_series_stand_off_the_ground_and_their_neighbours(shown):
    colours = [shown(colour) for colour in theme.SERIES]
    assert all(contrast(colour, shown(theme.GROUND)) >= 3 for colour in colours)
    assert all(contrast(one, other) >= 3 for one, other in pairwise(colours))


def test_the_year_before_and_the_target_stand_off_the_main_line(shown):
    for colour in (theme.BEFORE, theme.TARGET):
        assert contrast(shown(colour), shown(theme.GROUND)) >= 3
        assert contrast(shown(colour), shown(theme.MAIN)) >= 3


def test_words_can_be_read(shown):
    assert all(contrast(shown(colour), shown(theme.GROUND)) >= 4.5 for colour in (theme.INK, theme.MUTE))


@pytest.mark.parametrize("dark", [False, True])
def test_the_figures_of_a_heat_map_can_be_read_on_each_of_its_grounds(dark):
    figures = theme.LIGHT_TO_DARK[theme.CELL] if dark else theme.CELL
    grounds = [theme.ramp(step / 100, dark=dark) for step in range(101)]
    assert all(contrast(figures, ground) >= 4.5 for ground in grounds)
    # plotly writes its own figures: white on what it takes for dark, else #444, by the brightness of the YIQ model
    for ground in grounds:
        brightness = sum(part * weight for part, weight in zip(rgb(ground), (0.299, 0.587, 0.114), strict=True))
        assert contrast("#ffffff" if brightness < 128 else "#444444", ground) >= 4.5


def test_every_colour_of_a_drawing_turns_dark():
    ramp = {theme.ramp(step / (STEPS - 1)) for step in range(STEPS)}
    assert set(CLASSES) - ramp <= set(theme.LIGHT_TO_DARK)
