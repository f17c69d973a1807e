"""Upright bars: they stand on each other or side by side, exactly as long as their values."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmlib import show
from pmlib.core import Unit
from tests.show.drawings import SVG, place, walked, words

DAYS = ["2026-11-02", "2026-11-09", "2026-11-16"]


def filled(svg, name):
    """Return left, top, right and bottom of each bar of a colour, its sample in the legend apart."""
    paths = [one for one in ElementTree.fromstring(svg).iter(f"{SVG}path") if one.get("class") == name]
    shapes = [walked(one.get("d")) for one in paths if one.find(f"{SVG}title") is not None]
    xs, ys = ([[point[axis] for point in shape] for shape in shapes] for axis in (0, 1))
    return [(min(x), min(y), max(x), max(y)) for x, y in zip(xs, ys, strict=True)]


def scaled(svg, low, high):
    """Return what turns a height of a drawing into a value, from two labels of its scale."""
    (_, bottom), (_, top) = place(svg, low), place(svg, high)
    first, last = (float(label.replace("\N{MINUS SIGN}", "-")) for label in (low, high))
    return lambda y: first + (bottom - y) / (bottom - top) * (last - first)


def test_stacked_bars_end_where_their_sums_are_and_hang_below_zero():
    come, more, gone = ([30, 20, 0], [30, 60, 40], [-20, -40, -30])
    every = [show.Series(name, DAYS, y) for name, y in (("come", come), ("more", more), ("gone", gone))]
    svg = show.still(show.bars(every, unit=Unit.COUNT, description="d"))
    value = scaled(svg, "0", "50")
    first, second, third = (filled(svg, f"f-s{rank}") for rank in range(3))
    assert [value(top) for _, top, _, _ in first] == pytest.approx([30, 20, 0], abs=0.5)
    assert [value(top) for _, top, _, _ in second] == pytest.approx([60, 80, 40], abs=0.5)
    # A thread of the ground, one unit of the drawing or about half a person, parts a bar from the one below.
    assert [value(low) for _, _, _, low in second] == pytest.approx([30.5, 20.5, 0], abs=0.2)
    assert [value(top) for _, top, _, _ in third] == pytest.approx([0, 0, 0], abs=0.5)
    assert [value(low) for _, _, _, low in third] == pytest.approx([-20, -40, -30], abs=0.5)
    lefts = [[round(left, 1) for left, *_ in found] for found in (first, second, third)]
    assert lefts[0] == lefts[1] == lefts[2]


def test_bars_side_by_side_share_the_place_of_their_label_and_carry_their_intervals():
    labels = ["a", "b"]
    every = [show.Series(n, labels, [0.4, 0.2], [0.3, None], [0.5, 0.3]) for n in ("x", "y")]
    svg = show.still(show.bars(every, unit=Unit.SHARE, description="d", dates=False, stacked=False))
    one, two = filled(svg, "f-s0"), filled(svg, "f-s1")
    for at, label in enumerate(labels):
        assert one[at][2] <= two[at][0] + 2.1
        assert (one[at][0] + two[at][2]) / 2 == pytest.approx(place(svg, label)[0], abs=0.3)
    marks = [walked(p.get("d")) for p in ElementTree.fromstring(svg).iter(f"{SVG}path") if p.get("class") == "k-ink"]
    assert len(marks) == 4
    zero, tenth = place(svg, "0%")[1], place(svg, "20%")[1]
    shut, opened = marks[:2]
    assert [(zero - y) / (zero - tenth) * 0.2 for _, y in shut[:2]] == pytest.approx([0.3, 0.5], abs=0.002)
    assert opened[0][1] == pytest.approx(zero, abs=0.1), "an open end runs to the edge"


def test_a_lone_series_says_its_values_where_there_is_room():
    one = show.Series("s", ["0–1", "1–2"], [1204, 870])
    drawn = show.bars([one], unit=Unit.COUNT, description="d", dates=False, stacked=False)
    assert {"1,204", "870"} <= {line for line, _, _ in words(show.still(drawn))}
    assert drawn.plotly()["data"][0]["text"] == ["1,204", "870"]
    many = show.Series("s", [str(at) for at in range(60)], [1000 + at for at in range(60)])
    packed = show.bars([many], unit=Unit.COUNT, description="d", dates=False, stacked=False)
    assert "1,001" not in {line for line, _, _ in words(show.still(packed))}
    assert "text" not in packed.plotly()["data"][0]


@pytest.mark.parametrize("width", [760, 340])
def test_every_one_of_few_labels_is_written_whole_somewhere(width):
    labels = ["organic_search", "paid_search", "referral program", "email", "partner newsletters", "direct"]
    one = show.Series("s", labels, [1.0] * 6)
    svg = show.still(show.bars([one], unit=Unit.SCORE, description="d", dates=False), width=width)
    text = " ".join(line for line, _, _ in words(svg)).replace("_ ", "_")
    assert all(label in text for label in labels)


def test_a_target_is_a_mark_and_no_part_of_the_stack():
    every = [show.Series("s", DAYS, [1, 2, 3]), show.Series("plan", DAYS, [10, 10, 10], role="target")]
    chart = show.bars(every, unit=Unit.COUNT, description="d")
    bars, marks = chart.plotly()["data"]
    assert (bars["type"], marks["type"], marks["mode"]) == ("bar", "scatter", "markers")
    assert len(filled(show.still(chart), "f-s3")) == 0


def test_plotly_stacks_as_told():
    one = show.Series("s", DAYS, [1, -2, None])
    for stacked, mode in ((True, "relative"), (False, "group")):
        layout = show.bars([one], unit=Unit.COUNT, description="d", stacked=stacked).plotly()["layout"]
        assert layout["barmode"] == mode
        low, high = layout["yaxis"]["range"]
        assert low < -2
        assert high > 1


columns = st.lists(st.integers(-500, 500) | st.none(), min_size=3, max_size=3)


@given(st.lists(columns, min_size=1, max_size=5))
def test_the_scale_holds_every_stack(every):
    chart = show.bars([show.Series(str(at), DAYS, y) for at, y in enumerate(every)], unit=Unit.COUNT, description="d")
    low, high = chart.plotly()["layout"]["yaxis"]["range"]
    for day in range(3):
        known = [y[day] or 0 for y in every]
        assert sum(value for value in known if value > 0) <= high
        assert sum(value for value in known if value < 0) >= low
