"""Charts without points, of gaps alone or of one point: every file is made, and says that there is nothing to draw."""

import io
import json
import math

import pytest
from pptx import Presentation

from pmlib import show
from pmlib.core import Finding, Unit
from pmlib.reports.files.deck import refresh
from pmlib.reports.files.memo import passages
from pmlib.reports.files.slides import slides
from pmlib.show import Chart
from pmlib.show.still import still
from tests.reports.files.reports import NOW

DAYS = ("2026-11-09", "2026-11-16")
NOTHING = "No values to draw"
EMPTY = [((), ()), (DAYS, (None, None)), (DAYS, (math.nan, math.nan)), (DAYS, (math.inf, -math.inf))]
KINDS = ("line", "intervals", "bars", "funnel", "grid", "flow")


def chart(kind: str, x: tuple, y: tuple) -> Chart:
    """One series of a kind, each value with an interval."""
    low, high = (tuple(value if value is None else value + by for value in y) for by in (-0.1, 0.1))
    one = show.Series("people", x, y, *(() if kind in {"grid", "flow"} else (low, high)))
    return Chart(kind, (one,), Unit.COUNT, "People.", dates=kind in {"line", "bars"}, stacked=False)


def facts(drawn: Chart) -> dict:
    """A report of one finding with this chart, as a run keeps it."""
    found = Finding("f", "How many?", "Nobody knows.", (), "People.", None, drawn)
    kept = {**found.facts(), "table": None, "chart": drawn.as_json()}
    return json.loads(json.dumps(NOW | {"findings": [kept], "cards": []}, allow_nan=False))


def words(deck: bytes) -> str:
    """All texts of the slide of the finding: boxes, cells, labels of charts."""
    found = []
    for shape in Presentation(io.BytesIO(deck)).slides[2].shapes:
        if shape.has_chart:
            found += [str(label) for label in shape.chart.plots[0].categories]
        elif shape.has_table:
            found += [cell.text for row in shape.table.rows for cell in row.cells]
        else:
            found.append(shape.text_frame.text)
    return " ".join(found)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("x", "y"), EMPTY)
def test_a_chart_of_nothing_says_so_on_every_page_and_slide(kind, x, y):
    drawn = chart(kind, x, y)
    deck = slides([facts(drawn)], title="Weekly")
    assert NOTHING in words(deck)
    assert passages(deck, "deck.pptx")
    assert NOTHING in still(drawn)
    assert NOTHING in still(drawn, width=375)
    assert NOTHING in json.dumps(drawn.plotly(), allow_nan=False)


@pytest.mark.parametrize("kind", KINDS)
def test_a_chart_of_one_point_is_drawn(kind):
    drawn = chart(kind, DAYS[:1], (0.5,))
    assert NOTHING not in words(slides([facts(drawn)], title="Weekly"))
    assert NOTHING not in still(drawn)
    assert NOTHING not in json.dumps(drawn.plotly(), allow_nan=False)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("x", "y"), EMPTY[:2])
def test_a_deck_lives_through_a_week_without_values(kind, x, y):
    full = facts(chart(kind, DAYS, (0.5, 0.25)))
    deck = slides([full], title="Weekly")
    quiet, changed = refresh(deck, [facts(chart(kind, x, y))])
    assert NOTHING in words(quiet)
    assert changed
    again, _ = refresh(quiet, [full])
    assert words(again) == words(deck)
