"""Files that a page brings along: saved in a real browser with scripts off, and read by other programs."""

import csv
import io
import re
from pathlib import Path

import openpyxl
import pytest

from pmlib.reports.pages.page import Frame, page
from tests.reports.pages.conftest import REPORTS
from tests.reports.pages.sheaf import leaf
from tests.reports.visits import opened

pytestmark = pytest.mark.browser


AT_ONCE = 8
"""A browser asks before it saves more than ten files of one page."""


def saved(browser, path: Path) -> dict[str, bytes]:
    """Click every download of a page whose scripts do not run."""
    files: dict[str, bytes] = {}
    first, count = 0, 1
    while first < count:
        with opened(browser, path, scripts=False) as (tab, asked, _):
            for fold in tab.locator("details > summary").all():
                if fold.is_visible():
                    fold.click()
            links = tab.locator("a.take").all()
            for link in links[first : first + AT_ONCE]:
                with tab.expect_download() as waiting:
                    link.click()
                files[waiting.value.suggested_filename] = Path(waiting.value.path()).read_bytes()
            assert not [url for url in asked if not url.startswith(("file:", "data:"))]
        first, count = first + AT_ONCE, len(links)
    return files


@pytest.fixture(scope="module")
def toys(browser, tmp_path_factory) -> dict[str, bytes]:
    """The files of a page made by hand."""
    path = tmp_path_factory.mktemp("toys") / "toy.html"
    path.write_bytes(page(leaf(2), Frame("Toys", assets="shared")))
    return saved(browser, path)


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_every_table_is_saved_under_a_name_of_its_own(toys):
    tables = [f"toy-{name}-2026-11-22.csv" for name in ("finding-1", "finding-2", "quotes")]
    assert sorted(toys) == sorted([*tables, "toy-2026-11-22.xlsx"])


def test_a_saved_table_holds_the_plain_values(toys):
    assert rows(toys["toy-finding-1-2026-11-22.csv"]) == [
        ["Week", "Plan", "People", "Kept"],
        ["2026-11-02", "plan 10", "1200", "0.351"],
        ["2026-11-09", "plan 9", "90", ""],
        ["2026-11-16", "Plan 1", "1100", "0.0405"],
    ]


def test_the_workbook_holds_every_table(toys):
    book = openpyxl.load_workbook(io.BytesIO(toys["toy-2026-11-22.xlsx"]))
    assert book.sheetnames == ["Contents", "Question 1", "Question 2", "What do they say"]
    assert [cell.value for cell in book["Question 1"][4]][1:] == ["Plan 1", 1100, 0.0405]
    assert book["Contents"]["B2"].value == "Answer 1 is 30.8%."


def test_users_text_cannot_become_a_formula_or_a_path(browser, tmp_path):
    path = tmp_path / "toy.html"
    path.write_bytes(page(leaf(1, "=cmd|'/c calc'!A0/../../x"), Frame("Toys", assets="shared")))
    for name, content in saved(browser, path).items():
        assert re.fullmatch(r"[a-z0-9-]+\.(csv|xlsx)", name)
        if name.endswith("csv"):
            assert not any(cell.startswith("=") for row in rows(content) for cell in row)
        else:
            book = openpyxl.load_workbook(io.BytesIO(content))
            assert {cell.data_type for one in book for row in one.iter_rows() for cell in row} <= {"s", "n"}


@pytest.mark.parametrize("report", REPORTS)
def test_downloads_say_what_the_page_says(browser, leaves, tmp_path, report):
    one = leaves[report]
    path = tmp_path / f"{report}.html"
    path.write_bytes(page(one, Frame("Weekly", assets="shared")))
    files = saved(browser, path)
    tables = {block.facts["id"]: block.table for s in one.content.sections for block in s.blocks if block.table}
    assert len(files) == len(tables) + 1
    for id, table in tables.items():
        found = next(content for name, content in files.items() if name.endswith("csv") and shortened(id) in name)
        values = [["" if cell is None else cell for cell in row] for row in table["values"]]
        read = [[cell.removeprefix("'") for cell in row] for row in rows(found)[1:]]
        assert len(read) == len(values)
        for row, wanted in zip(read, values, strict=True):
            assert all(
                float(a) == b if isinstance(b, int | float) else a == b for a, b in zip(row, wanted, strict=True)
            )


def shortened(id: str) -> str:
    """The part of an id that a long file name keeps."""
    return id[:50]
