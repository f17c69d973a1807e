"""Sparklines: gaps, ends and the last point."""

import math

import pytest

from pmlib.core import Unit
from pmlib.show.spark import ends, last, polylines, svg


def test_a_sparkline_runs_from_its_lowest_to_its_highest_value():
    # 120 by 30 with a rim of 3: 0 at the bottom (27), 10 at the top (3), 5 in the middle (15)
    assert polylines([0, 10, 5]) == ["3.0,27.0 60.0,3.0 117.0,15.0"]
    assert last([0, 10, 5]) == "117.0,15.0"
    assert ends([0, 10, 5], Unit.COUNT) == ("0", "10")


def test_the_last_known_value_is_marked_even_where_it_stands_alone():
    assert polylines([0, 10, None, 5]) == ["3.0,27.0 41.0,3.0"]
    assert last([0, 10, None, 5, None]) == "88.5,15.0"
    assert 'cx="88.5"' in svg(polylines([0, 10, None, 5, None]), "88.5,15.0")


@pytest.mark.parametrize("values", [[], [1], [None, None], [math.nan, 1], [math.inf, 2]])
def test_fewer_than_two_values_draw_nothing(values):
    assert (polylines(values), last(values), ends(values, Unit.SHARE)) == ([], "", ("", ""))
    assert svg(polylines(values)) == ""


def test_equal_values_are_a_flat_line():
    assert polylines([7, 7]) == ["3.0,27.0 117.0,27.0"]
    assert ends([0.351, 0.351], Unit.SHARE) == ("35.1%", "35.1%")
