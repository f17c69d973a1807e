"""A team's own deck, made as a team would make it, filled and filled again."""

import io

import pytest
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches, Pt

from pmlib.core import InputError
from pmlib.reports.files.deck import refresh
from pmlib.reports.files.packed import parts
from pmlib.reports.files.slides import slides
from tests.reports.files.reports import NOW, facts

NEXT = facts("2026-11-29", active=7001, before=6058, retention=0.4)
BOX = (Inches(1), Inches(1), Inches(4), Inches(1))


def written(deck) -> bytes:
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def read(content: bytes):
    deck = Presentation(io.BytesIO(content))
    return {one.name: one for slide in deck.slides for one in slide.shapes}


@pytest.fixture
def team():
    """A deck with a tagged number, a sentence with tags split over runs, a tagged chart, and a slide that is plain."""
    deck = Presentation()
    first, second, third = (deck.slides.add_slide(deck.slide_layouts[6]) for _ in range(3))
    box = first.shapes.add_textbox(*BOX)
    box.name = "pmlib: engagement/active-week"
    run = box.text_frame.paragraphs[0].add_run()
    run.text, run.font.bold, run.font.size, run.font.color.rgb = "old", True, Pt(40), RGBColor(200, 0, 0)
    box.text_frame.paragraphs[0].add_run().text = " text"
    said = first.shapes.add_textbox(*BOX)
    said.name = "Sentence"
    for part in ("We had «engagement/", "active-week» people, ", "«engagement/retention»", " came back."):
        said.text_frame.paragraphs[0].add_run().text = part
    said.text_frame.paragraphs[0].runs[2].font.bold = True
    data = CategoryChartData()
    data.categories = ["a", "b"]
    data.add_series("Series 1", (1, 2))
    chart = second.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *BOX, data)
    chart.name = "My chart"
    chart._element.xpath(".//p:cNvPr")[0].set("descr", "pmlib: engagement/active-week chart")
    third.shapes.add_textbox(*BOX).text_frame.text = "Ours: «guillemets» stay"
    return deck


def test_tagged_texts_and_charts_are_filled_and_keep_their_looks(team):
    content, changed = refresh(written(team), [NOW])
    found = read(content)
    run = found["pmlib: engagement/active-week"].text_frame.paragraphs[0].runs
    assert [one.text for one in run] == ["6,058"]
    assert (run[0].font.bold, run[0].font.size, run[0].font.color.rgb) == (True, Pt(40), RGBColor(200, 0, 0))
    chart = found["My chart"].chart
    assert chart.chart_type == XL_CHART_TYPE.COLUMN_CLUSTERED
    assert [(one.name, tuple(one.values)) for one in chart.series] == [("this year", (6089, 6058))]
    assert [(one.slide, one.tag) for one in changed] == [
        (1, "engagement/active-week"),
        (1, "engagement/active-week"),
        (1, "engagement/retention"),
        (2, "engagement/active-week chart"),
    ]


def test_a_sentence_is_filled_week_after_week_and_keeps_its_runs(team):
    once, _ = refresh(written(team), [NOW])
    said = read(once)["Sentence"]
    assert said.text_frame.text == "We had 6,058 people, 35.3% came back."
    assert [one.text for one in said.text_frame.paragraphs[0].runs if one.font.bold] == ["35.3%"]
    again, changed = refresh(once, [NEXT])
    assert read(again)["Sentence"].text_frame.text == "We had 7,001 people, 40.0% came back."
    assert ("6,058", "7,001") in {(one.before, one.now) for one in changed}
    assert refresh(again, [NEXT]) == (again, [])


def test_the_rest_of_the_deck_stays_byte_for_byte(team):
    before = written(team)
    after, _ = refresh(before, [NOW])
    old, new = parts(before), parts(after)
    assert list(old) == list(new)
    touched = {name for name in new if old[name] != new[name]}
    assert {name.rsplit("/", 1)[-1].rstrip("0123456789.xmls") for name in touched} == {
        "slide",
        "chart",
        "Microsoft_Excel_Sheet",
    }
    assert "ppt/slides/slide3.xml" not in touched
    assert "ppt/slides/slide2.xml" not in touched


def test_a_changed_sentence_is_not_guessed_at(team):
    once, _ = refresh(written(team), [NOW])
    deck = Presentation(io.BytesIO(once))
    said = next(one for one in deck.slides[0].shapes if one.name == "Sentence")
    said.text_frame.paragraphs[0].runs[-1].text = " stayed."
    with pytest.raises(InputError, match=r"slide 1: .*has been changed"):
        refresh(written(deck), [NEXT])


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("pmlib: engagment/active-week", "Did you mean 'engagement'"),
        ("pmlib: engagement/active-weak", "Did you mean 'active-week'"),
        ("pmlib: engagement/retention/week-5-retention", "Did you mean 'week-4-retention'"),
        ("pmlib: engagement/active-week vlaue", "Did you mean 'value'"),
        ("pmlib: engagement/active-week chart", "no chart"),
        ("pmlib: Engagement", "is no tag"),
    ],
)
def test_a_tag_that_names_nothing_is_said_with_the_nearest(team, tag, words):
    box = team.slides[2].shapes[0]
    box.text_frame.text = "x"
    box.name = tag
    with pytest.raises(InputError, match="slide 3") as error:
        refresh(written(team), [NOW])
    assert words in str(error.value)


def test_a_chart_with_a_series_of_its_own_is_not_overwritten(team):
    once, _ = refresh(written(team), [NOW])
    deck = Presentation(io.BytesIO(once))
    data = CategoryChartData()
    data.categories = ["a"]
    data.add_series("this year", (1,))
    data.add_series("our goal", (2,))
    next(one for one in deck.slides[1].shapes if one.has_chart).chart.replace_data(data)
    with pytest.raises(InputError, match="our goal"):
        refresh(written(deck), [NEXT])


def test_our_own_slides_are_filled_anew_to_what_they_would_be():
    filled, changed = refresh(slides([NOW], title="Weekly"), [NEXT])
    assert changed
    found, fresh = read(filled), read(slides([NEXT], title="Weekly"))
    for name, one in fresh.items():
        if name.startswith("pmlib:") and one.has_text_frame:
            assert found[name].text_frame.text == one.text_frame.text, name
        if name.startswith("pmlib:") and one.has_chart:
            assert found[name].chart._chartSpace.xpath(".//c:v/text()") == one.chart._chartSpace.xpath(".//c:v/text()")


def test_what_is_no_deck_is_said_so():
    with pytest.raises(InputError, match=r"no readable Office file"):
        refresh(b"PK", [NOW])
