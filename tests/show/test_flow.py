"""Flows: a band is as thick as what it carries, places stand apart, names keep their colour; and marked cells."""

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmlib import show
from pmlib.core import SettingError, Unit
from pmlib.show import theme
from pmlib.show.courses import laid, links, passing
from tests.show.drawings import SVG, place, walked, words

# 10 start at home: 6 search, 4 leave; of the 6 who search 5 book and 1 leaves.
PATHS = [
    show.Link("home", "search", 4, 0),
    show.Link("home", "Left", 4, 0),
    show.Link("home", "search", 2, 0),
    show.Link("search", "booked", 5, 1),
    show.Link("search", "Left", 1, 1),
]
CHART = show.flow(PATHS, description="d")


def test_links_of_the_same_places_are_one():
    assert links(CHART) == [
        show.Link("home", "search", 6.0, 0),
        show.Link("home", "Left", 4.0, 0),
        show.Link("search", "booked", 5.0, 1),
        show.Link("search", "Left", 1.0, 1),
    ]
    assert passing(links(CHART)) == {
        (0, "home"): 10, (1, "search"): 6, (1, "Left"): 4, (2, "booked"): 5, (2, "Left"): 1,
    }  # fmt: skip


def test_what_cannot_be_drawn_is_refused():
    for value in (-1, float("nan"), float("inf")):
        with pytest.raises(SettingError, match="0 or more"):
            show.Link("a", "b", value, 0)
    with pytest.raises(SettingError, match="the first is 0"):
        show.Link("a", "b", 1, -1)
    with pytest.raises(SettingError, match="nobody went anywhere"):
        show.flow([show.Link("a", "b", 0, 0)], description="d")


def test_bands_are_as_thick_as_what_they_carry_and_fill_their_places():
    course = laid(CHART, length=100, gap=5)
    # 10 stand in 100, so one is 10 long; the fullest other step has two places, 5 apart.
    scale = (100 - 5) / 10
    assert {(node.name, node.column): round(node.size, 6) for node in course.nodes} == {
        ("home", 0): 10 * scale, ("search", 1): 6 * scale, ("Left", 1): 4 * scale,
        ("booked", 2): 5 * scale, ("Left", 2): scale,
    }  # fmt: skip
    starts = {node.name: node.start for node in course.nodes if node.column < 2}
    assert [(band.start, band.end) for band in course.bands[:2]] == [
        (starts["home"], starts["search"]),
        (pytest.approx(starts["home"] + 6 * scale), starts["Left"]),
    ]


def test_a_name_keeps_its_colour_and_what_is_no_step_is_muted():
    course = laid(CHART, length=100, gap=5)
    assert [course.colour(name) for name in ("home", "search", "booked", "Left")] == [*theme.SERIES[:3], theme.BEFORE]
    own = laid(show.flow(PATHS, description="d", quiet=["booked"]), length=100, gap=5)
    assert own.colour("booked") == theme.BEFORE
    assert own.colour("Left") != theme.BEFORE


def test_a_wide_drawing_names_each_place_and_a_narrow_one_lists_what_goes_where():
    wide = {line for line, _, _ in words(show.still(CHART))}
    assert {"10 home", "6 search", "4 Left", "5 booked", "1 Left", "Step 1", "Step 2", "Step 3"} <= wide
    narrow = show.still(CHART, width=340)
    assert [line for line, _, _ in words(narrow)] == [
        "From step 1", "6", "home → search", "4", "home → Left", "From step 2", "5", "search → booked", "1",
        "search → Left",
    ]  # fmt: skip
    bars = [walked(one.get("d")) for one in ElementTree.fromstring(narrow).iter(f"{SVG}path")][1:]
    lengths = [max(x for x, _ in bar) - min(x for x, _ in bar) for bar in bars]
    assert [length / lengths[0] for length in lengths] == pytest.approx([1, 4 / 6, 5 / 6, 1 / 6], abs=0.01)
    told = [one.text for one in ElementTree.fromstring(narrow).iter(f"{SVG}title")]
    assert "search → booked: 5" in told


def test_a_phone_shows_the_largest_of_many():
    many = [show.Link("home", f"place {value:02}", value, 0) for value in range(1, 31)]
    lines = [line for line, _, _ in words(show.still(show.flow(many, description="d"), width=340))]
    assert lines[2::2] == [f"home → place {value}" for value in range(30, 16, -1)]
    assert lines[-1] == "and 16 smaller"


def test_only_steps_with_a_place_of_their_own_are_numbered():
    ways = [("start", "home", 9, 0), ("home", "search", 5, 1), ("home", "end", 4, 1), ("search", "end", 5, 2)]
    chart = show.flow([show.Link(*way) for way in ways], description="d", quiet=["start", "end"])
    assert laid(chart, length=100, gap=5).heads == ("", "Step 1", "Step 2", "")
    assert chart.plotly()["layout"]["xaxis"]["ticktext"] == ["", "Step 1", "Step 2", ""]
    steps = [line for line, _, _ in words(show.still(chart)) if "tep" in line]
    assert steps == ["Step 1", "Step 2"]
    narrow = [line for line, _, _ in words(show.still(chart, width=340))]
    assert [line for line in narrow if line == "Before" or "step" in line] == ["Before", "From step 1", "From step 2"]


def test_long_names_stand_whole_in_several_lines():
    names = ["subscription_renewed", "session started"]
    links = [show.Link(names[0], names[1], 3299, step) for step in range(0, 5, 2)]
    links += [show.Link(names[1], names[0], 3299, step) for step in range(1, 5, 2)]
    chart = show.flow(links, description="d")
    said = [line for line, _, _ in words(show.still(chart))]
    assert said[6:9] == ["3,299", "subscription_", "renewed"]
    assert not any("…" in line for line in said)
    assert chart.plotly()["data"][-1]["text"][:3] == ["3,299", "subscription_", "renewed"]


def test_plotly_draws_the_same_places_and_never_by_webgl():
    figure = CHART.plotly()
    bands, (bars, said) = figure["data"][:-2], figure["data"][-2:]
    assert {one["type"] for one in figure["data"]} == {"scatter", "bar"}
    assert [one["text"] for one in bands] == ["home → search: 6", "home → Left: 4", "search → booked: 5",
                                              "search → Left: 1"]  # fmt: skip
    assert bars["customdata"][0] == "home: 10"
    assert said["text"][0] == "10 home"
    for band, carried in zip(bands, (6, 4, 5, 1), strict=True):
        half = len(band["y"]) // 2
        assert band["y"][-1] - band["y"][0] == pytest.approx(25 * carried, abs=0.01)  # 250 pixels for 10
        assert band["y"][half] - band["y"][half - 1] == pytest.approx(25 * carried, abs=0.01)


ways = st.lists(
    st.builds(show.Link, st.sampled_from("abcdef"), st.sampled_from("abcdef"), st.integers(1, 900), st.integers(0, 3)),
    min_size=1,
    max_size=40,
)


@given(ways, st.booleans())
def test_places_of_a_step_stand_apart_and_bands_stay_within_them(found, roomy):
    chart = show.flow(found, description="d")
    course = laid(chart, length=300, gap=5, slot=18 * roomy)
    for column in range(course.columns):
        here = sorted((node for node in course.nodes if node.column == column), key=lambda node: node.start)
        assert all(above.start + above.size < below.start + 1e-6 for above, below in pairwise(here))
        assert all(below.middle - above.middle >= 18 for above, below in pairwise(here)) or not roomy
        assert all(node.start >= -1e-6 and node.start + node.size <= course.length + 1e-6 for node in here)
    spans = {(node.column, node.name): (node.start, node.start + node.size) for node in course.nodes}
    for band in course.bands:
        link = band.link
        for start, (low, high) in (
            (band.start, spans[link.column, link.source]),
            (band.end, spans[link.column + 1, link.target]),
        ):
            assert low - 1e-6 <= start
            assert start + band.size <= high + 1e-6
    assert course.length <= 300 + 1e-6 or roomy


def test_the_order_of_the_links_changes_nothing_but_their_order():
    # Ties are broken by name.
    again = laid(show.flow(PATHS[::-1], description="d"), length=100, gap=5)
    assert set(again.nodes) == set(laid(CHART, length=100, gap=5).nodes)


def test_a_cell_that_is_not_certain_has_a_corner():
    cells = [[0.5, 0.25], [0.4, None]]
    chart = show.grid("ab", "xy", cells, unit=Unit.SHARE, description="d", marks=[(0, 1), (1, 1)])
    root = ElementTree.fromstring(show.still(chart))
    (corner,) = [walked(one.get("d")) for one in root.iter(f"{SVG}path") if one.get("class") == "f-mute"]
    assert len(corner) == 3 + 1, "the cell that is empty has none"
    assert corner[0][0] > place(show.still(chart), "y")[0]
    (shape,) = chart.plotly()["layout"]["shapes"]
    assert shape["path"].startswith("M1.22,-0.44L1.44,-0.44")


def test_numbers_that_have_no_room_give_way_to_a_scale():
    cells = [[day / 100 for day in range(90)]]
    chart = show.grid(["a"], [str(day) for day in range(90)], cells, unit=Unit.SHARE, description="d")
    svg = show.still(chart)
    assert not list(ElementTree.fromstring(svg).iter(f"{SVG}tspan"))
    assert {"0.0%", "89.0%"} <= {line for line, _, _ in words(svg)}
    heat = chart.plotly()["data"][0]
    assert heat["showscale"]
    assert heat["texttemplate"] == ""
    weeks = show.grid(["a"], [str(week) for week in range(26)], [cells[0][:26]], unit=Unit.SHARE, description="d")
    assert len(list(ElementTree.fromstring(show.still(weeks)).iter(f"{SVG}tspan"))) == 26
