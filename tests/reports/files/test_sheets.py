"""Downloads: what a spreadsheet reads back is what the page says, and never a formula."""

import csv
import io
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmlib import show
from pmlib.core import Unit
from pmlib.reports.files.sheets import RISKY, Sheet, csv_bytes, file_name, tabs, workbook

DAY = date(2026, 11, 22)
MONEY = show.Column("Earned", Unit.currency("EUR"))
TABLE = show.table(
    ["Name", show.Column("Week", Unit.DATE), show.Column("People", Unit.COUNT), show.Column("Kept", Unit.SHARE), MONEY],
    [('ä, "b"', date(2026, 11, 16), -3, 0.1 + 0.2, 1e-7), ("two\nlines", None, 46300, None, 1e16)],
).as_json()
FORMULAS = ["=1+1", "+49 30 1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\0=1", "\ufeff=1", '"=1+1"', "'=1", " =1", "＝1"]


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_csv_holds_plain_values_for_every_spreadsheet():
    content = csv_bytes(TABLE)
    assert content.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in content
    assert read(content) == [
        ["Name", "Week", "People", "Kept", "Earned"],
        ['ä, "b"', "2026-11-16", "-3", "0.3", "0.0000001"],
        ["two\nlines", "", "46300", "", "10000000000000000"],
    ]


@pytest.mark.parametrize("text", FORMULAS)
def test_text_never_begins_as_a_formula_in_csv(text):
    made = show.table([text], [[text]]).as_json()
    assert read(csv_bytes(made)) == [[f"'{text}"]] * 2


def test_negative_numbers_stay_numbers_and_plain_text_stays_as_it_is():
    made = show.table(["a", show.Column("n", Unit.POINTS)], [["R&D - part", -0.026]]).as_json()
    assert read(csv_bytes(made))[1] == ["R&D - part", "-0.026"]


@given(st.lists(st.text(max_size=20), min_size=1, max_size=4))
def test_any_text_comes_back_from_csv_and_is_harmless(texts):
    made = show.table(["t"], [[text] for text in texts]).as_json()
    rows = read(csv_bytes(made))[1:]
    assert [row[0].removeprefix("'") if RISKY.match(t) else row[0] for row, t in zip(rows, texts, strict=True)] == [
        text.encode("utf-8", "replace").decode() for text in texts
    ]
    assert not any(RISKY.match(row[0]) and not row[0].startswith("'") for row in rows)


def load(content: bytes):
    return openpyxl.load_workbook(io.BytesIO(content))


def test_excel_keeps_text_numbers_and_days_apart():
    book = load(workbook([Sheet("Who stays?", "35% stay", TABLE, "by week")], title="Toy", made=DAY))
    assert book.sheetnames == ["Contents", "Who stays"]
    assert [cell.value for cell in book["Contents"][2]] == ["Who stays", "35% stay", "by week"]
    row = book["Who stays"][2]
    assert [cell.data_type for cell in row] == ["s", "d", "n", "n", "n"]
    assert [cell.value for cell in row] == ['ä, "b"', datetime(2026, 11, 16), -3, 0.3, 1e-7]
    assert row[3].number_format == "0.0%"
    assert book.properties.created == datetime(2026, 11, 22)


def test_excel_stores_hostile_text_as_text_in_every_place():
    texts = [*FORMULAS, "https://evil.example", "_x0041_", "12", "x" * 40_000, "\ud800"]
    sheets = [Sheet(text, text, show.table([text], [[text]]).as_json(), text) for text in texts]
    book = load(workbook(sheets, title=texts[0], made=DAY))
    for page in book.worksheets:
        for row in page.iter_rows():
            for cell in row:
                assert cell.data_type in {"s", "inlineStr"}, (page.title, cell.coordinate)
                assert cell.hyperlink is None
    assert book.worksheets[FORMULAS.index("=1+1") + 1]["A2"].value == "=1+1"
    assert book.worksheets[texts.index("12") + 1]["A2"].value == "12"


def test_the_same_tables_give_the_same_bytes():
    sheets = [Sheet("a", "b", TABLE), Sheet("a", "c", TABLE)]
    assert workbook(sheets, title="Toy", made=DAY) == workbook(sheets, title="Toy", made=DAY)
    assert csv_bytes(TABLE) == csv_bytes(TABLE)


@given(st.lists(st.text(max_size=60), min_size=1, max_size=6))
def test_sheets_have_names_a_workbook_takes(names):
    made = tabs(names)
    assert len({name.casefold() for name in made}) == len(names)
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in made)
    assert load(workbook([Sheet(name, "", TABLE) for name in names], title="t", made=DAY)).sheetnames[1:] == made


@given(st.lists(st.text(max_size=80), min_size=1, max_size=4))
def test_a_file_name_leads_nowhere(words):
    name = file_name(*words, suffix="csv")
    assert name.endswith(".csv")
    assert len(name) <= 110
    assert set(name.removesuffix(".csv")) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert name[0] not in "-."
