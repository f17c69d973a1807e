"""Numbers of memos held against known facts; what each is was settled by hand."""

import io

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmlib.core import InputError
from pmlib.reports.files.numerals import numbers
from pmlib.reports.files.slides import slides
from pmlib.reports.files.verify import verify
from tests.reports.files.reports import LAST, NOW, facts

HISTORY = [[LAST, NOW]]


def states(memo: str, history=HISTORY) -> list[tuple[str, str]]:
    return [(one.text, one.state) for one in verify(memo.encode(), "memo.md", history)]


# Latest: 6,058 active (−0.5% on 6,089), week-4 retention 35.336% (34.1% to 36.5%, n 6,158), −2.6 points.
# A week earlier: 6,089 active, retention 36.117%.
@pytest.mark.parametrize(
    ("memo", "expected"),
    [
        ("Weekly active users were 6,058.", [("6,058", "matches")]),
        ("Weekly active users: about 6.1k.", [("6.1k", "matches")]),
        ("Week-4 retention is 35%.", [("35%", "matches")]),
        ("Week-4 retention is 35.3 %.", [("35.3 %", "matches")]),
        ("Week-4 retention is 35.34 percent.", [("35.34 percent", "matches")]),
        ("Week-4 retention is 36%.", [("36%", "stale")]),
        ("Week-4 retention is 36.1%.", [("36.1%", "stale")]),
        ("Week-4 retention is 35.4%.", [("35.4%", "wrongly rounded")]),
        ("Week-4 retention is 36.5%.", [("36.5%", "not ours")]),
        ("Week-4 retention is 35.9%.", [("35.9%", "not ours")]),
        ("Weekly active users were 6,089.", [("6,089", "stale")]),
        ("In the week of 9 Nov 6,089 people were active.", [("6,089", "matches")]),
        ("Weekly active users fell from 6,089 to 6,058.", [("6,089", "matches"), ("6,058", "matches")]),
        ("Week-4 retention: 95% interval 34.1% to 36.5%.", [("34.1%", "matches"), ("36.5%", "matches")]),
        ("Week-4 retention (n = 6,158).", [("6,158", "matches")]),
        ("Week-4 retention is 35.3% (34.1–36.5%).", [("35.3%", "matches"), ("34.1", "matches"), ("36.5%", "matches")]),
        ("Retention moved by −2.6 points on the cohorts before.", [("−2.6 points", "matches")]),
        ("Retention fell by 2.6 percentage points against the cohorts before.", [("2.6 percentage points", "matches")]),
        ("Retention rose by 2.6 points against the cohorts before.", [("2.6 points", "not ours")]),
        ("Retention of cohorts fell by 2.6% against those before.", [("2.6%", "not ours")]),
        ("Week-4 retention of the free plan is 28.4%.", [("28.4%", "matches")]),
        ("People who start: 8 of 12 reach the end.", [("8 of 12", "matches")]),
        ("We showed it to 4 designers; 3 of 4 liked it.", [("4", "not ours"), ("3", "not ours"), ("4", "not ours")]),
        ("| plan | share |\n|---|---|\n| free | 28% |", [("28%", "matches")]),
        ("## 2.1 Week-4 retention\n\nIt is 35.3% now.", [("35.3%", "matches")]),
        ("We kept 200,000 rows of events.", [("200,000", "matches")]),
        ("Revenue was €1.2 million.", [("€1.2 million", "not ours")]),
    ],
)  # fmt: skip
def test_each_number_is_told_for_what_it_is(memo, expected):
    assert states(memo) == expected


def test_what_is_no_number_to_check_is_left_alone():
    memo = (
        "# 3. Review, 22 Nov 2026\n\n"
        "1. In Q3 2026 and since 2025 (page 4, Figure 2, v2.3, Python 3.11.2)\n2) on 2026-11-22 "
        "at 10:30, from 16 to 22 Nov, the 2nd wave, P7, week-4, [1], ask a1@b2.example; `35.9%` ~ 95% confidence\n"
        "```\nx = 99.9\n```\n<!-- 77% -->\n"
    )
    assert states(memo) == []


def test_a_comma_marks_decimals_where_the_memo_does_so():
    half = facts(active=1204, retention=0.124)
    assert states("Weekly active users: 1.204; week-4 retention 12,4 %.", [[half]]) == [
        ("1.204", "matches"),
        ("12,4 %", "matches"),
    ]
    assert states("Weekly active users: 1,204; week-4 retention 12.4%.", [[half]]) == [
        ("1,204", "matches"),
        ("12.4%", "matches"),
    ]
    assert [one.value for one in numbers("1.204", comma=True)[0].readings] == [1204, 1.204]


SIGNS = st.text(alphabet="0123456789.,%−-– kmMof to/|#Nv€±\n", max_size=60)


@given(SIGNS)
def test_no_text_is_too_odd_to_be_read(text):
    found = verify(text.encode(), "m.md", [[NOW]])
    assert all(one.where.startswith("line ") for one in found)
    lines = text.count("\n") + 1
    assert all(1 <= int(one.where.split()[1]) <= lines for one in found)


def test_a_number_that_two_reports_tell_names_both_and_the_words_decide():
    both = [[NOW], [facts(report="trends")]]
    one = verify(b"## Trends\n\nWeekly active users: 6,058.", "m.md", both)[0]
    assert str(one.fact).startswith("Trends: ")
    assert "also Engagement: Weekly active users" in one.note


def test_what_a_stale_number_is_now_and_where_it_stands():
    found = verify(b"# Head\n\nAll is well,\nweek-4 retention is 36.1%.\n", "m.md", HISTORY)[0]
    assert (found.where, found.state, found.wrong) == ("line 4", "stale", True)
    assert found.note == "it was so on 15 Nov 2026; now 35.3%"


def test_a_word_document_is_read_with_its_tables_and_without_what_was_struck_out():
    document = docx.Document()
    document.add_heading("1 Retention", 1)
    document.add_paragraph("Week-4 retention is 35.9").runs[0]._r.addnext(struck("6"))
    document.paragraphs[-1].add_run("%.")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ["plan", "share", "free", "29%"], strict=True):
        cell.text = text
    out = io.BytesIO()
    document.save(out)
    found = verify(out.getvalue(), "memo.docx", HISTORY)
    assert [(one.text, one.where, one.state) for one in found] == [
        ("35.9%", "paragraph 2", "not ours"),
        ("29%", "paragraph 6", "wrongly rounded"),
    ]


def struck(text: str):
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    return parse_xml(f'<w:del {nsdecls("w")} w:id="1" w:author="a"><w:r><w:delText>{text}</w:delText></w:r></w:del>')


def test_our_own_slides_hold_no_number_that_is_not_ours():
    found = verify(slides([NOW], title="Weekly"), "review.pptx", HISTORY)
    assert len(found) > 40
    assert [one for one in found if one.state != "matches"] == []


@pytest.mark.parametrize(
    ("content", "name"), [(b"x", "memo.txt"), (b"x", "memo.docx"), (b"x", "memo.pptx"), (b"\xff", "m.md")]
)
def test_what_is_no_memo_is_said_so(content, name):
    with pytest.raises(InputError, match=r"Save it"):
        verify(content, name, HISTORY)
