"""Bars and flows on slides: bars as native columns, a flow as a table."""

import io

import openpyxl
import pytest
from pptx import Presentation

from pmlib import show
from pmlib.core import InputError, Unit
from pmlib.reports.files import charts
from pmlib.reports.files.deck import refresh
from pmlib.reports.files.slides import slides
from tests.reports.files.reports import NOW

WEEKS = ["2026-11-09", "2026-11-16", "2026-11-23"]
STATES = [show.Series("new", WEEKS, [5, 6, 7]), show.Series("gone", WEEKS, [-1, -2, -3])]
PLAN = show.Series("plan", WEEKS, [9, 9, 9], role="target")


def report(chart: show.Chart, table: show.Table | None = None) -> dict:
    """Return the facts of a report of one finding with this chart."""
    finding = NOW["findings"][0] | {"chart": chart.as_json(), "table": table.as_json() if table else None}
    return NOW | {"findings": [finding], "cards": []}


def slide_of(deck: bytes, kind: str):
    """Return the only chart or table of a deck."""
    (found,) = [one for slide in Presentation(io.BytesIO(deck)).slides for one in slide.shapes if getattr(one, kind)]
    return getattr(found, kind.removeprefix("has_"))


def test_stacked_bars_are_stacked_columns_of_the_same_numbers():
    chart = show.bars([*STATES, PLAN], unit=Unit.COUNT, description="d")
    made = slide_of(slides([report(chart)], title="x"), "has_chart")
    assert made.chart_type.name == "COLUMN_STACKED"
    assert [(one.name, tuple(one.values)) for one in made.series] == [("new", (5, 6, 7)), ("gone", (-1, -2, -3))]
    assert made.plots[0].overlap == 100
    # On an axis of dates a column would be a day wide.
    assert list(made.plots[0].categories) == ["9 Nov", "16 Nov", "23 Nov"]
    assert made._chartSpace.xpath(".//c:dateAx") == []
    page = openpyxl.load_workbook(io.BytesIO(made.part.chart_workbook.xlsx_part.blob)).active
    assert [[cell.value for cell in row] for row in page.iter_rows()][:2] == [[None, "new", "gone"], ["9 Nov", 5, -1]]


def test_bars_side_by_side_have_their_whiskers():
    one = show.Series("share", ["a", "b"], [0.4, 0.2], [0.3, 0.1], [0.6, 0.25])
    chart = show.bars([one], unit=Unit.SHARE, description="d", dates=False, stacked=False)
    made = slide_of(slides([report(chart)], title="x"), "has_chart")
    assert made.chart_type.name == "COLUMN_CLUSTERED"
    assert [float(v.text) for v in made._chartSpace.xpath(".//c:errBars/c:plus//c:v")] == pytest.approx([0.2, 0.05])
    assert [float(v.text) for v in made._chartSpace.xpath(".//c:errBars/c:minus//c:v")] == pytest.approx([0.1, 0.1])


def test_many_bars_name_every_so_many():
    days = [f"2025-{month:02d}-01" for month in range(1, 13)] + ["2026-01-01", "2026-02-01"]
    chart = show.bars([show.Series("s", days, range(14))], unit=Unit.COUNT, description="d")
    made = slide_of(slides([report(chart)], title="x"), "has_chart")
    assert next(iter(made.plots[0].categories)) == "1 Jan 2025"
    assert [one.get("val") for one in made._chartSpace.xpath(".//c:tickLblSkip")] == ["2"]


def test_a_deck_with_bars_is_filled_again():
    deck = slides([report(show.bars(STATES, unit=Unit.COUNT, description="d"))], title="x")
    same, changed = refresh(deck, [report(show.bars(STATES, unit=Unit.COUNT, description="d"))])
    assert (same, changed) == (deck, [])
    later = [show.Series("new", WEEKS, [5, 6, 8]), STATES[1]]
    again, changed = refresh(deck, [report(show.bars(later, unit=Unit.COUNT, description="d"))])
    assert len(changed) == 1
    assert tuple(slide_of(again, "has_chart").series[0].values) == (5, 6, 8)


def test_a_flow_is_a_table_of_its_links_the_heaviest_first():
    links = [show.Link("home", "search", 6, 0), show.Link("search", "=booked", 7, 1)]
    flow = show.flow(links, description="d")
    deck = slides([report(flow)], title="x")
    table = slide_of(deck, "has_table")
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["Step", "From", "To", "Value"],
        ["2", "search", "=booked", "7"],
        ["1", "home", "search", "6"],
    ]
    assert refresh(deck, [report(flow)]) == (deck, [])
    own = show.table(["Path", show.Column("People", Unit.COUNT)], [["home → search", 6]])
    kept = slide_of(slides([report(flow, own)], title="x"), "has_table")
    assert kept.cell(0, 0).text == "Path"
    made = slide_of(slides([report(show.bars(STATES, unit=Unit.COUNT, description="d"))], title="x"), "has_chart")
    with pytest.raises(InputError, match="tag a table"):
        charts.replace(made, flow.as_json(), None, "x")
