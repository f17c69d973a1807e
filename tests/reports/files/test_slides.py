"""Slides of known facts: native charts, nothing outside or on top of another, the same bytes each time."""

import io
import zipfile

import openpyxl
import pytest
from pptx import Presentation
from pptx.util import Pt

from pmlib.core import InputError
from pmlib.reports.files.fitting import tall
from pmlib.reports.files.packed import parts
from pmlib.reports.files.slides import slides
from tests.reports.files.reports import HOSTILE, NOW, facts


@pytest.fixture(scope="module")
def made() -> bytes:
    return slides([NOW, facts(report="trends")], title=f"Weekly {HOSTILE}")


@pytest.fixture(scope="module")
def deck(made):
    return Presentation(io.BytesIO(made))


def shapes(deck, kind: str) -> dict[str, object]:
    return {one.name: one for slide in deck.slides for one in slide.shapes if getattr(one, kind, False)}


def test_the_same_facts_give_the_same_bytes_without_a_time(made):
    assert slides([NOW, facts(report="trends")], title=f"Weekly {HOSTILE}") == made
    with zipfile.ZipFile(io.BytesIO(made)) as file:
        assert {one.date_time[0] for one in file.infolist()} == {1980}
    text = b"".join(parts(made).values()).decode("utf-8", "replace")
    assert "2013-01-27" not in text
    assert "Steve Canny" not in text
    assert "thumbnail" not in "".join(parts(made))


def test_no_shape_lies_outside_or_on_another_and_every_text_fits(deck):
    assert deck.slide_width / deck.slide_height == pytest.approx(16 / 9, rel=1e-3)
    for number, slide in enumerate(deck.slides, start=1):
        boxes = []
        for one in slide.shapes:
            left, top, right, low = one.left, one.top, one.left + one.width, one.top + one.height
            assert min(left, top) >= 0, (number, one.name)
            assert right <= deck.slide_width, (number, one.name)
            assert low <= deck.slide_height, (number, one.name)
            for name, (a, b, c, d) in boxes:
                assert not (left < c and a < right and top < d and b < low), (number, one.name, name)
            boxes.append((one.name, (left, top, right, low)))
            if one.has_text_frame:
                size = one.text_frame.paragraphs[0].runs[0].font.size.pt
                assert size >= 9
                assert tall(one.text_frame.text, size, one.width / 12700) <= one.height / 12700 + 0.01, (
                    number,
                    one.name,
                )


def test_every_slide_has_a_title_and_every_finding_its_doubts_in_the_notes(deck):
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert all(titles)
    assert titles[-1] == "What to do"
    assert len(titles) == 2 + 2 * (1 + len(NOW["findings"]))
    notes = [slide.notes_slide.notes_text_frame.text for slide in deck.slides if slide.has_notes_slide]
    assert any("To doubt: <img src=x onerror=1>" in one for one in notes)
    assert any("The query that ran stands on the report's page." in one for one in notes)
    assert not any("SELECT" in one for one in notes)


def test_charts_are_native_with_the_numbers_of_the_finding_and_say_what_they_show(deck):
    charts = shapes(deck, "has_chart")
    line = charts["pmlib: engagement/active-week chart"].chart
    assert line.chart_type.name == "LINE_MARKERS"
    assert [tuple(one.values) for one in line.series] == [(6089, 6058)]
    bars = charts["pmlib: engagement/retention chart"].chart
    assert bars.chart_type.name == "BAR_CLUSTERED"
    assert list(bars.plots[0].categories) == ["free", "=pro"]
    lengths = [float(one.text) for one in bars._chartSpace.xpath(".//c:errBars/c:plus//c:v")]
    assert lengths == pytest.approx([0.026, 0.066])
    assert all(one._element.xpath(".//p:cNvPr")[0].get("descr") for one in charts.values())
    funnel = charts["pmlib: engagement/funnel chart"].chart
    assert funnel.value_axis.maximum_scale == 1


def test_the_sheet_behind_a_chart_holds_text_as_text_and_the_whiskers(deck):
    chart = shapes(deck, "has_chart")["pmlib: engagement/retention chart"].chart
    page = openpyxl.load_workbook(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob)).active
    assert [[cell.value for cell in row] for row in page.iter_rows(max_col=2)] == [
        [None, "share"],
        ["free", 0.284],
        ["=pro", 0.614],
    ]
    assert page["A3"].data_type == "s"
    assert [cell.value for cell in page[1]][2:] == ["share, below", "share, above"]
    assert page["C2"].value == pytest.approx(0.034)


def test_a_grid_is_a_table_with_heat_cut_to_its_last_rows(deck):
    table = shapes(deck, "has_table")["pmlib: engagement/cohorts table"].table
    assert len(table.rows) == 17
    assert table.cell(16, 0).text == "30 Nov (20)"
    assert [table.cell(1, j).text for j in (1, 2)] == ["50%", ""]
    assert str(table.cell(1, 1).fill.fore_color.rgb) != "FFFFFF"


def test_users_text_is_only_text_and_control_signs_are_gone(made, deck):
    assert "<img src=x onerror=1>" in deck.slides[0].shapes.title.text_frame.text
    for name, content in parts(made).items():
        if name.endswith((".xml", ".rels")):
            assert b"<img" not in content, name
            assert b"\x07" not in content, name
            assert b"_x0007_" not in content, name


def test_a_long_headline_gets_smaller_letters_and_a_short_one_large_ones(deck):
    sizes = {one.name: one.text_frame.paragraphs[0].runs[0].font.size for s in deck.slides for one in [s.shapes.title]}
    assert sizes["pmlib: engagement/active-week headline"] == Pt(28)
    assert sizes["pmlib: engagement/cohorts headline"] < Pt(20)


def test_no_report_is_said_so():
    with pytest.raises(InputError, match="pmlib run"):
        slides([], title="x")


def test_a_gate_that_failed_stands_on_every_slide_of_its_report():
    said = "The week is not whole: data end on Thursday."
    gates = [
        {"name": "week", "ok": False, "text": said, "misleads": True},
        {"name": "age", "ok": None, "text": "The age is not judged.", "misleads": False},
    ]
    late = NOW | {"gates": gates}
    found = Presentation(io.BytesIO(slides([late, facts(report="trends")], title="x")))
    texts = [[one.text_frame.text for one in slide.shapes if one.has_text_frame] for slide in found.slides]
    own = 1 + len(NOW["findings"])
    assert [said in one for one in texts] == [False] + [True] * own + [False] * (len(texts) - own - 1)
    assert not any("not judged" in text for one in texts for text in one)
    boxes = {one.name: one for one in found.slides[1].shapes}
    assert boxes["Gate"].top >= 0
    assert boxes["Gate"].top + boxes["Gate"].height <= boxes["Above"].top
