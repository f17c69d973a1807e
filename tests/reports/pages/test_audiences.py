"""What an audience may not see is not in its file, in no form; what it must see is there."""

import base64
import io
import re
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from pmlib.cli import main
from pmlib.core import SettingError
from pmlib.reports.pages.audiences import EVERYBODY, PARTS, audiences, read
from tests.conftest import ROOT
from tests.reports.toys import pack

RULES = ROOT / "notebooks" / "audiences.toml"


def test_the_shipped_rules_name_three_audiences_and_no_part_both_ways():
    rules = read(RULES)
    assert list(rules) == ["leadership", "product", "engineering"]
    for one in rules.values():
        assert not set(one.must) & set(one.may_not)
    assert {"queries", "quotes"} <= set(rules["leadership"].may_not)
    assert set(rules["product"].must) == set(PARTS)
    assert {"definitions", "queries"} <= set(rules["engineering"].must)


def test_a_pack_without_audiences_hides_nothing(tmp_path):
    assert audiences(tmp_path, []) == (EVERYBODY,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[a]\nmust = ["querys"]', "no part 'querys'.*Did you mean 'queries'"),
        ('[a]\nmust = ["quotes"]\nmay_not = ["quotes"]', "quotes cannot be in must and in may_not"),
        ('["../x"]\nmust = []', "cannot be the folder"),
        ("[a]\nmay = []", "no setting 'may'"),
    ],
)
def test_a_rule_that_cannot_hold_is_refused(tmp_path, text, said):
    (tmp_path / "audiences.toml").write_text(text)
    with pytest.raises(SettingError, match=said):
        audiences(tmp_path, ["a"])


def test_an_unknown_audience_names_the_nearest(tmp_path):
    with pytest.raises(SettingError, match=r"no audience 'leader'.*Did you mean 'leadership'"):
        audiences(tmp_path, ["leader"])


def everything(path: Path) -> str:
    """All that a file holds: its text, and what is packed in its links."""
    page = path.read_text()
    found = [page]
    for kind, packed in re.findall(r"data:([\w./+-]+)[^,\"]*;base64,([\w+/=]+)", page):
        content = base64.b64decode(packed)
        if "sheet" in kind:
            with zipfile.ZipFile(io.BytesIO(content)) as book:
                found += [book.read(name).decode("utf-8", "replace") for name in book.namelist()]
        else:
            found.append(content.decode("utf-8", "replace"))
    return "\n".join(found)


@pytest.fixture(scope="module")
def weekly(tmp_path_factory) -> dict[str, dict[str, str]]:
    """The pages of the demo's survey and engagement reports, by audience."""
    folder = tmp_path_factory.mktemp("audiences")
    demo = ROOT / "data" / "demo"
    path = folder / "pack.toml"
    path.write_text(
        f"""
        audiences = ["leadership", "product", "engineering"]
        [[report]]
        notebook = "engagement.ipynb"
        parameters = {{ events = "{demo}/events.parquet" }}
        [[report]]
        notebook = "survey.ipynb"
        [report.parameters]
        survey = "{demo}/survey.csv"
        interviews = "{demo}/interviews/*.vtt"
        themes = "{demo}/themes.toml"
        """
    )
    result = CliRunner().invoke(main, ["run", str(path)])
    assert result.exit_code == 0, result.output
    return {
        name: {path.stem: everything(path) for path in (folder / "reports" / name).glob("*/*.html")}
        for name in ("leadership", "product", "engineering")
    }


QUERY = re.compile(r"\bSELECT\b.{1,400}\bFROM\b", re.DOTALL)
QUOTE = "in their words"


def test_leadership_gets_numbers_and_the_ask_but_no_code_and_no_quotes(weekly):
    for page in weekly["leadership"].values():
        assert not QUERY.search(page)
        assert QUOTE not in page
        assert "What to do" in page
        assert 'class="card' in page


def test_product_gets_everything(weekly):
    assert QUERY.search(weekly["product"]["engagement"])
    assert QUOTE in weekly["product"]["survey"]


def test_engineering_gets_queries_and_definitions_but_no_quotes(weekly):
    for page in weekly["engineering"].values():
        assert QUERY.search(page)
        assert QUOTE not in page
        assert 'class="def' in page


def test_a_number_is_the_same_for_all(weekly):
    values = {
        name: [re.findall(r'class="val">([^<]+)<', pages[report]) for report in ("engagement", "survey")]
        for name, pages in weekly.items()
    }
    assert values["leadership"] == values["product"]
    assert all(values["product"])


def test_each_audience_has_an_index_of_its_own(tmp_path):
    path = pack(tmp_path, "good", more='audiences = ["leadership", "engineering"]')
    result = CliRunner().invoke(main, ["run", str(path), "--as-of", "2026-11-22"])
    assert result.exit_code == 0, result.output
    for name in ("leadership", "engineering"):
        index = (tmp_path / "reports" / name / "index.html").read_text()
        for link in re.findall(r'href="([^"#]+\.html)"', index):
            assert (tmp_path / "reports" / name / link).resolve().is_file()
