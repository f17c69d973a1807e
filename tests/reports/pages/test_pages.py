"""Pages in a real browser, with the network off."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from pmlib.cli import main
from tests.conftest import ROOT
from tests.reports.toys import pack
from tests.reports.visits import visit

pytestmark = pytest.mark.browser
REPORTS = ("engagement", "trends", "experiment", "survey")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> Path:
    """A page in which every text is an attack."""
    folder = tmp_path_factory.mktemp("hostile")
    result = CliRunner().invoke(main, ["run", str(pack(folder, "good")), "--as-of", "2026-11-22"])
    assert result.exit_code == 0, result.output
    return folder / "reports" / "2026-11-22" / "good.html"


@pytest.mark.parametrize("policy", [True, False])
def test_users_text_is_only_ever_text(browser, hostile, policy):
    found = visit(browser, hostile, policy=policy)
    assert not found.ran
    assert not found.asked
    assert not found.errors
    assert found.charts == 1
    assert all(link.startswith(("#", "../index.html")) for link in found.links), found.links


def test_an_injected_script_is_refused_by_the_policy(browser, hostile):
    page = hostile.with_name("injected.html")
    page.write_text(hostile.read_text().replace("</body>", "<script>window.__x=1</script></body>"))
    assert not visit(browser, page).ran


@pytest.fixture(scope="module")
def weekly(tmp_path_factory) -> Path:
    """The weekly pack on the demo data."""
    out = tmp_path_factory.mktemp("weekly") / "reports"
    demo = ROOT / "data" / "demo"
    if not (demo / "events.parquet").is_file():
        assert CliRunner().invoke(main, ["demo", "--out", str(demo)]).exit_code == 0
    result = CliRunner().invoke(main, ["run", str(ROOT / "notebooks" / "weekly.toml"), "--out", str(out)])
    assert result.exit_code == 0, result.output
    return out


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("look", [(1280, False), (375, True)], ids=["wide", "phone-dark"])
def test_a_report_draws_every_chart_and_asks_for_nothing(browser, weekly, report, look):
    page = next(weekly.glob(f"*/{report}.html"))
    found = visit(browser, page, width=look[0], dark=look[1])
    assert found.charts == page.read_text().count('class="chart"') >= 2
    assert not found.asked
    assert not found.errors
    assert not found.wide, "the page scrolls sideways"
    assert page.stat().st_size <= 2.5e6


def test_the_index_links_the_four_pages(browser, weekly):
    found = visit(browser, weekly / "index.html")
    linked = {Path(link).stem for link in found.links}
    assert set(REPORTS) <= linked
    assert all((weekly / link).is_file() for link in found.links)
    assert not found.asked
    assert not found.errors


@pytest.mark.parametrize("report", REPORTS)
def test_a_page_shows_no_code_no_folder_and_no_method_in_a_headline(weekly, report):
    text = next(weekly.glob(f"*/{report}.html")).read_text()
    seen = text.split('id="figures"')[0]
    assert "/tmp" not in seen
    assert str(ROOT) not in text
    assert "import " not in seen.split("How it was computed")[0]
    for headline in re.findall(r"<h3>(.*?)</h3>", seen):
        assert not re.search(r"Wilson|Welch|Fieller|Holm|p-value|bootstrap", headline)
        assert re.search(r"\d", headline) or "not" in headline, headline
