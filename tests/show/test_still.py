"""Static drawings: marks stand where their values say, words are only words, nothing leaves the paper."""

import math
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pmlib import show
from pmlib.core import Unit
from pmlib.show.stills.paper import CLASSES, spoken
from tests.show.drawings import HOSTILE, SVG, box, dots, place, points, shapes, walked, words

HASTE = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])


def paths(svg, name):
    """Return the paths drawn in a colour."""
    return [one for one in ElementTree.fromstring(svg).iter(f"{SVG}path") if one.get("class") == name]


@HASTE
@given(shapes(), st.sampled_from([340, 760]) | st.integers(0, 2000))
def test_whatever_a_shape_holds_the_drawing_is_well_formed_and_stays_on_its_paper(data, width):
    shape = show.Chart.from_json(data)
    svg = show.still(shape, width=width)
    wide, tall = box(svg)
    assert wide == min(max(width, 280), 1600)
    for x, y in points(svg):
        assert math.isfinite(x)
        assert -8 <= x <= wide + 8
        assert -8 <= y <= tall + 8
    assert svg == show.still(shape, width=width)


@HASTE
@given(shapes())
def test_text_is_only_ever_text(data):
    shape = show.Chart.from_json(data)
    root = ElementTree.fromstring(show.still(shape))
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= {
        "svg",
        "path",
        "text",
        "tspan",
        "title",
        "circle",
        "g",
    }
    for one in root.iter():
        assert not {"id", "style", "href", "onload"} & set(one.attrib)
        known = {f"{kind}-{name}" for name in CLASSES.values() for kind in "fk"} | {"still", "small"}
        assert set(one.get("class", "").split()) <= known
    assert root.get("aria-label") == spoken(shape.description)
    assert root.get("role") == "img"


def test_a_line_stands_where_its_values_say():
    days = ["2026-11-02", "2026-11-09", "2026-11-23"]
    svg = show.still(show.line([show.Series("s", days, [0, 50, 100])], unit=Unit.SCORE, description="d"))
    (first, second, third) = next(walked(one.get("d")) for one in paths(svg, "k-s0"))
    heights = [place(svg, label)[1] for label in ("0", "50", "100")]
    assert [first[1], second[1], third[1]] == pytest.approx(heights, abs=0.2)
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2], abs=0.2)
    # 7 days of 21 are a third of the way
    assert second[0] - first[0] == pytest.approx((third[0] - first[0]) / 3, abs=0.15)
    assert [place(svg, label)[0] for label in ("2 Nov", "9 Nov", "23 Nov")] == pytest.approx(
        [first[0], second[0], third[0]], abs=0.1
    )


def test_a_gap_breaks_a_line_and_its_band_and_a_lone_point_is_a_dot():
    days = [f"2026-11-{day:02d}" for day in (1, 2, 3, 4, 5)]
    one = show.Series("s", days, [1, 2, None, math.nan, 3], [0, 1, None, None, 2], [2, 3, None, 9, 4])
    svg = show.still(show.line([one], unit=Unit.COUNT, description="d"))
    drawn = [one for one in paths(svg, "k-s0") if one.get("stroke-width") == "2.6"]
    assert [len(walked(one.get("d"))) for one in drawn] == [2]
    (area,) = [one for one in paths(svg, "f-s0") if one.get("fill-opacity")]
    assert len(walked(area.get("d"))) == 4 + 1  # two points above, two below, and closed
    assert place(svg, "5 Nov")[0] in [pytest.approx(x, abs=1) for x, _ in dots(svg)]


def test_the_year_before_is_dotted_the_target_is_marks_and_each_says_its_name():
    days = ["2026-11-02", "2026-11-09"]
    roles = [("this year", 60, "main"), ("year before", 30, "before"), ("plan", 90, "target")]
    every = [show.Series(name, days, [value, value], role=role) for name, value, role in roles]
    svg = show.still(show.line(every, unit=Unit.COUNT, description="d"))
    assert {one[0] for one in words(svg)} >= {"60 this year", "30 year before", "90 plan"}
    (before,) = paths(svg, "k-before")
    assert before.get("stroke-dasharray") == "2 3"
    (target,) = paths(svg, "k-s3")
    assert len(walked(target.get("d"))) == 4  # two marks, not a line


def test_launches_are_numbered_in_the_order_of_the_caption_and_those_outside_are_left_out():
    days = ["2026-01-05", "2026-03-02", "2026-06-01"]
    notes = [show.Note("2025-01-01", "before all"), show.Note("2026-03-02", "one"), show.Note("2026-03-03", "two")]
    svg = show.still(show.line([show.Series("s", days, [10, 20, 30])], unit=Unit.COUNT, description="d", notes=notes))
    middle = walked(next(one.get("d") for one in paths(svg, "k-s0")))[1][0]
    assert not [line for line, x, _ in words(svg) if line == "1" and x > 60]
    assert place_of(svg, "2", 60)[0] == pytest.approx(middle, abs=0.2)
    assert place_of(svg, "3", 60)[1] != place_of(svg, "2", 60)[1]  # a day apart, so they stand in two rows
    titles = [one.text for one in ElementTree.fromstring(svg).iter(f"{SVG}title")]
    assert "one" in titles
    assert "before all" not in titles


def place_of(svg, label, beyond):
    """Return where words stand right of the scale's labels."""
    ((_, x, y),) = [one for one in words(svg) if one[0] == label and one[1] > beyond]
    return x, y


def test_dots_and_whiskers_stand_where_their_values_say():
    one = show.Series("s", ["a", "b"], [0.1, 0.2], [-0.1, None], [0.2, 0.3])
    svg = show.still(show.intervals([one], unit=Unit.LIFT, description="d"))
    at = {label: place(svg, label)[0] for label in ("\u221210%", "0%", "+10%", "+20%", "+30%")}
    assert [x for x, _ in dots(svg)] == pytest.approx([at["+10%"], at["+20%"]], abs=0.1)
    shut, caps, opened, arrow = [walked(one.get("d")) for one in paths(svg, "k-s0")]
    assert [x for x, _ in shut] == pytest.approx([at["\u221210%"], at["+20%"]], abs=0.1)
    assert {x for x, _ in caps} == {x for x, _ in shut}
    assert opened[1][0] == pytest.approx(at["+30%"], abs=0.1)
    assert opened[0][0] < at["\u221210%"], "an open end runs to the edge"
    assert len(arrow) == 2 + 3
    assert {line[0] for line in words(svg)} >= {"+10.0%", "+20.0%"}


def test_a_row_holds_only_the_series_that_have_it():
    every = [show.Series("all", ["2025", "2026"], [1.0, 2.0]), show.Series("by plan", ["free"], [1.5])]
    svg = show.still(show.intervals(every, unit=Unit.SCORE, description="d"))
    rows = [place(svg, label)[1] for label in ("2025", "2026", "free")]
    assert [y for _, y in dots(svg)[1:]] == pytest.approx(rows[:2], abs=0.1)  # the first is the legend's
    assert len({round(b - a, 1) for a, b in pairwise(rows)}) == 1


def test_a_long_label_wraps_and_stands_whole_in_its_tooltip():
    label = "Somewhat disappointed, and would look for something else within the week if it were gone for good"
    svg = show.still(show.intervals([show.Series("s", [label], [1.0])], unit=Unit.SCORE, description="d"), width=340)
    lines = [line for line, _, _ in words(svg) if len(line) > 3 and line.rstrip("…") in label]
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert label in [one.text for one in ElementTree.fromstring(svg).iter(f"{SVG}title")]


def test_a_heat_map_writes_what_is_known_and_is_darkest_where_it_is_highest():
    svg = show.still(show.grid(["r"], ["a", "b", "c"], [[0.0, 0.5, None]], unit=Unit.SHARE, description="d"))
    root = ElementTree.fromstring(svg)
    assert [span.text for span in root.iter(f"{SVG}tspan")] == ["0%", "50%"]
    cells = [one.get("class") for one in root.iter(f"{SVG}path")][1:]
    assert cells == ["f-r0", "f-r8"]
    (figures,) = root.iter(f"{SVG}g")
    assert figures.get("class") == "f-cell"
    assert [float(span.get("x")) for span in root.iter(f"{SVG}tspan")] == pytest.approx(
        [place(svg, "a")[0], place(svg, "b")[0]], abs=0.1
    )


@pytest.mark.parametrize("width", [760, 340])
def test_a_bar_ends_where_its_value_says_and_the_marked_one_is_bold_too(width):
    steps = show.Series("s", ["in", "out"], [1.0, 0.4], [1.0, 0.2], [1.0, 0.6], text=["10", "4"])
    svg = show.still(show.funnel(steps, description="d", marked="out"), width=width)
    (full,), (part,) = (paths(svg, f"f-s{place}") for place in (0, 3))
    zero, end = walked(part.get("d"))[0][0], walked(part.get("d"))[1][0]
    whole = walked(full.get("d"))[1][0]
    assert zero == walked(full.get("d"))[0][0]
    assert (end - zero) / (whole - zero) == pytest.approx(0.4, abs=0.002)
    if width == 760:
        assert [zero, end, whole] == pytest.approx([place(svg, label)[0] for label in ("0%", "40%", "100%")], abs=0.1)
    whisker = walked(paths(svg, "k-ink")[0].get("d"))
    assert [x - zero for x, _ in whisker[:2]] == pytest.approx([0.2 * (whole - zero), 0.6 * (whole - zero)], abs=0.2)
    bold = [one.text for one in ElementTree.fromstring(svg).iter(f"{SVG}text") if one.get("font-weight")]
    assert bold == ["out", "4"]


@pytest.mark.parametrize("y", [[], [None]])
def test_a_shape_without_values_says_so(y):
    one = show.Series("s", ["2026-11-16"][: len(y)], y)
    assert "No values to draw" in show.still(show.line([one], unit=Unit.COUNT, description="d"))


def test_the_axis_starts_at_zero_only_where_the_shape_asks():
    one = show.Series("s", ["2026-11-02", "2026-11-09"], [50.0, 52.0])
    ticks = [
        {line for line, x, _ in words(show.still(show.line([one], unit=Unit.SCORE, description="d", from_zero=zero)))}
        for zero in (True, False)
    ]
    assert "0" in ticks[0]
    assert "0" not in ticks[1]
    assert "51.0" in ticks[1]


def test_the_style_gives_each_colour_its_dark_one():
    css = show.still_css()
    assert "--s-s0:#12436D" in css
    assert "--s-s0:#a9d0f2" in css.split("prefers-color-scheme:dark")[1]
    for name in CLASSES.values():
        assert f".still .f-{name}{{fill:var(--s-{name})}}" in css


@pytest.mark.parametrize("text", HOSTILE)
def test_a_drawing_has_a_place_for_hostile_words_everywhere(text):
    one = show.Series(text, [text, "b"], [1.0, 2.0], text=[text, text])
    for svg in (
        show.still(show.line([one, one], unit=Unit.currency(text), description="d" + text, dates=False, x_title=text)),
        show.still(show.intervals([one, one], unit=Unit.COUNT, description="d" + text), width=340),
        show.still(show.grid([text], [text], [[1.0]], unit=Unit.COUNT, description="d", x_title=text, y_title=text)),
        show.still(show.funnel(one, description="d", marked=text), width=340),
    ):
        ElementTree.fromstring(svg)
        assert "<script" not in svg
        assert "<img" not in svg
        assert "\u202e" not in svg


def test_marks_at_the_ends_of_an_axis_and_the_last_label_have_room():
    ends = show.Series("s", ["all", "none"], [1.0, 0.0], [0.7, 0.0], [1.0, 0.3])
    figure = show.intervals([ends], unit=Unit.SHARE, description="d", from_zero=True).plotly()
    low, high = figure["layout"]["xaxis"]["range"]
    # Half of "100%" is 18 pixels of the 300 a phone has.
    assert low < 0
    assert high >= 1 + 18 / 300
    line = show.line(
        [show.Series("s", ["2026-01-05", "2026-01-12"], [0.0, 1.0])], unit=Unit.SHARE, description="d"
    ).plotly()
    assert not any(one["cliponaxis"] for one in [*figure["data"], *line["data"]])


def test_a_name_that_has_room_is_not_broken():
    steps = show.Series("s", ["start", "end"], [1.0, 0.5])
    assert {"start", "end"} <= {line for line, _, _ in words(show.still(show.funnel(steps, description="d")))}


def test_the_value_over_the_highest_bar_stands_on_the_paper():
    svg = show.still(
        show.bars([show.Series("s", ["a", "b"], [1.0, 0.5])], unit=Unit.SHARE, description="d", dates=False)
    )
    assert all(y > 8 for _, _, y in words(svg))
