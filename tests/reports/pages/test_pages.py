"""Pages in a real browser, with the network off."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Error, expect

from pmlib.cli import main
from pmlib.reports.pages.gates import held
from pmlib.reports.pages.leaf import Changes, Gate
from pmlib.reports.pages.page import ASSETS, Frame, page, shared_assets
from tests.conftest import ROOT
from tests.reports.pages.conftest import REPORTS
from tests.reports.pages.sheaf import CHANGES, DAY, leaf
from tests.reports.pages.shown import Shown
from tests.reports.toys import HOSTILE, pack
from tests.reports.visits import SAFE_LINKS, opened, visit

pytestmark = pytest.mark.browser
OWN = (*SAFE_LINKS, "../index.html")
HOVER = """async () => {
  const found = [];
  for (const chart of document.querySelectorAll('.chart')) {
    if (!chart.data) continue;
    chart.scrollIntoView();
    for (const [place, trace] of chart.data.slice(0, 4).entries()) {
      if (trace.hoverinfo === 'skip') continue;
      const point = [{curveNumber: place, pointNumber: 0}];
      Plotly.Fx.hover(chart, trace.type === 'heatmap' ? {xval: 0, yval: 0} : point);
      await new Promise(done => setTimeout(done, 150));
      const boxes = [...chart.querySelectorAll('.hovertext')].map(one => one.getBoundingClientRect());
      found.push([`${chart.id}, trace ${place}`, boxes.filter(one => one.width).map(one => [one.left, one.right])]);
    }
  }
  return found;
}"""
"""Hover over the first point of each trace: where its words stand."""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> Path:
    """A page in which every text is an attack."""
    folder = tmp_path_factory.mktemp("hostile")
    result = CliRunner().invoke(main, ["run", str(pack(folder, "good")), "--as-of", "2026-11-22"])
    assert result.exit_code == 0, result.output
    return folder / "reports" / "2026-11-22" / "good.html"


@pytest.fixture(scope="module")
def toy(tmp_path_factory) -> Path:
    """A page with all that can stand on one, its scripts beside it."""
    folder = tmp_path_factory.mktemp("toy")
    return written(folder, leaf(7))


def written(folder: Path, one, name: str = "toy.html", **more) -> Path:
    """Write a page whose scripts lie beside it."""
    (folder / ASSETS).mkdir(exist_ok=True)
    for script, content in shared_assets().items():
        (folder / ASSETS / script).write_bytes(content)
    path = folder / "2026-11-22" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(page(one, Frame("Toys", assets="shared", **more)))
    return path


@pytest.mark.parametrize("policy", [True, False])
def test_users_text_is_only_ever_text(browser, hostile, policy):
    found = visit(browser, hostile, policy=policy)
    assert not found.ran
    assert not found.asked
    assert not found.errors
    assert found.charts == 1
    assert all(link.startswith(OWN) for link in found.links), found.links


@pytest.mark.parametrize("policy", [True, False])
def test_text_in_every_place_of_a_leaf_is_only_ever_text(browser, tmp_path, policy):
    gates = (Gate(HOSTILE, False, HOSTILE, misleads=True), Gate(HOSTILE, False, f"{HOSTILE} twice"))
    path = written(tmp_path, leaf(7, HOSTILE, gates=gates, why=HOSTILE), audience=HOSTILE)
    found = visit(browser, path, policy=policy)
    assert not found.ran
    assert [Path(url).name for url in found.asked] == list(shared_assets())
    assert not found.errors
    assert all(link.startswith(OWN) for link in found.links), found.links


def test_an_injected_script_is_refused_by_the_policy(browser, hostile):
    path = hostile.with_name("injected.html")
    path.write_text(hostile.read_text().replace("</body>", "<script>window.__x=1</script></body>"))
    assert not visit(browser, path).ran


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("look", [(1280, False), (375, True)], ids=["wide", "phone-dark"])
def test_a_report_draws_every_chart_and_asks_for_nothing(browser, weekly, report, look):
    path = next(weekly.glob(f"*/{report}.html"))
    found = visit(browser, path, width=look[0], dark=look[1])
    # What is folded is drawn when it is opened.
    shown = path.read_text().partition('<section id="more-findings">')[0]
    assert found.charts == shown.count('class="chart"') >= 2
    assert not found.asked
    assert not found.errors
    assert not found.wide, "the page scrolls sideways"


def test_the_index_links_the_four_pages(browser, weekly):
    found = visit(browser, weekly / "index.html")
    linked = {Path(link).stem for link in found.links}
    assert set(REPORTS) <= linked
    assert all((weekly / link).is_file() for link in found.links if not link.startswith("#"))
    assert not found.asked
    assert not found.errors


@pytest.mark.parametrize("report", REPORTS)
def test_a_page_names_no_folder_and_shows_no_code_and_numbers_in_its_titles(weekly, report):
    text = next(weekly.glob(f"*/{report}.html")).read_text()
    shown = Shown(text)
    assert "/tmp" not in shown.text
    assert str(ROOT) not in text
    assert not re.search(r"\bimport \w|SELECT", shown.text)
    for headline in re.findall(r'<h[34] class="says"[^>]*>(.*?)</h', text):
        assert re.search(r"\d", headline) or "not" in headline, headline


def test_the_page_stands_in_the_order_of_reading():
    text = page(leaf(7), Frame("Toys")).decode()
    places = ["Toys</a> / 22 Nov 2026", "<h1>Toy", 'class="lede"', 'class="status"', 'class="gates"', 'class="cards"']
    places += [
        "What changed since 15 Nov 2026",
        'id="finding-1"',
        'id="finding-4"',
        "3 more findings",
        'id="finding-5"',
    ]
    places += ["The release is frozen.", "Decided now", "Wait with the release.", "Show it to half of them."]
    places += ["Grace, 15 Nov 2026", "Share 1: 29.0% then, 30.8% now.", "<blockquote>It is slow.", 'class="checks"']
    places += ['class="ask">Do thing 1.', "Do thing 2.", "10 late", "Download all tables"]
    found = [text.find(place) for place in places]
    assert -1 not in found, places[found.index(-1)]
    assert found == sorted(found)
    assert "/home/ada" not in text


def test_a_gate_that_misleads_takes_the_place_of_the_headline():
    gate = Gate("whole week", False, "The week is not over.", misleads=True)
    toy = leaf(gates=(gate,), changes=replace(CHANGES, moved=(), held=True))
    text = page(replace(toy, content=held(toy.content, (gate,))), Frame("Toys")).decode()
    head = text.split("</header>")[0]
    assert 'class="lede misled">The week is not over.<' in head
    assert "Answer 1 is 30.8%" not in head
    assert 'class="gates"' not in head
    cards = re.findall(r'<p class="delta ([a-z]*)">(.*?)</p>', text)
    assert cards == [("flat", "Change not shown: see above.")] * 3
    assert "Week of 2 Nov revised from 1 to 2." in text
    assert "<p>Not compared: see above.</p>" in text
    assert "No number above differs" not in text
    none = replace(toy, changes=Changes(DAY, held=True))
    assert "No number above differs" not in page(none, Frame("Toys")).decode()


def test_what_could_not_be_judged_is_said_where_the_page_was_made():
    gates = (Gate("rows", True, "Rows enough."), Gate("fresh", None, "The age is not judged."))
    text = page(leaf(gates=gates), Frame("Toys")).decode()
    assert "<li>1 of 2 checks on the data could not be judged</li>" in text
    assert "<dt>Not judged</dt><dd>The age is not judged.</dd>" in text
    assert "All checks on the data passed" not in text


def test_cards_carry_the_ends_of_their_sparklines_and_end_at_one_height(browser, toy):
    with opened(browser, toy) as (tab, _, _):
        ends = tab.locator(".card").first.locator(".ends > span").all_inner_texts()
        boxes = [one.bounding_box() for one in tab.locator(".card").all()]
    assert [" ".join(end.split()) for end in ends] == ["highest 34.0%", "lowest 29.0%"]
    assert len({(round(box["y"]), round(box["height"])) for box in boxes}) == 1


def test_with_scripts_off_every_chart_is_a_drawing(browser, toy):
    with opened(browser, toy, scripts=False) as (tab, _, errors):
        drawn = tab.locator("main figure .still:visible")
        assert drawn.count() == 4, "beside the quotes four findings are not folded"
        assert all(one.get_attribute("aria-label") for one in drawn.all())
        assert not tab.locator(".chart:visible").count()
        assert not tab.locator("button").count(), "nothing that does nothing"
    assert not errors


def test_a_chart_that_cannot_be_drawn_stays_a_drawing(browser, tmp_path):
    path = written(tmp_path, leaf(2))
    for script in (tmp_path / ASSETS).iterdir():
        script.unlink()
    with opened(browser, path) as (tab, _, _):
        assert tab.locator("main figure .still:visible").count() == 2


def test_paper_shows_drawings_and_everything_that_is_folded(browser, toy):
    with opened(browser, toy, width=700, media="print") as (tab, _, _):
        assert tab.locator("main figure .still:visible").count() == 7
        assert not tab.locator(".chart:visible").count()
        assert not tab.locator(".toc:visible, .skip:visible, .take:visible").count()
        assert not tab.locator(".method:visible").count(), "queries and methods stay on the screen"
        for words in ("Number 3 went from 1 to 2.", "Do thing 2.", "Answer 7 is 30.8%"):
            assert tab.get_by_text(words).last.is_visible(), words
        assert not tab.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_dark_pages_are_light_on_paper(browser, toy):
    with opened(browser, toy, dark=True, media="print") as (tab, _, _):
        assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_folded_charts_are_drawn_when_unfolded(browser, toy):
    with opened(browser, toy) as (tab, _, errors):
        tab.locator(".fold > summary").click()
        tab.wait_for_selector("#finding-7 .main-svg")
        assert tab.locator("#finding-7 .still:visible").count() == 0
    assert not errors


def test_a_link_to_a_folded_finding_opens_it(browser, toy):
    with opened(browser, toy) as (tab, _, _):
        assert not tab.locator("#finding-7").is_visible()
        tab.evaluate("location.hash = 'finding-7'")
        tab.wait_for_selector("#finding-7 .main-svg")
        assert tab.locator("#finding-7").is_visible()


def test_the_contents_mark_where_the_reader_is(browser, toy):
    with opened(browser, toy) as (tab, _, _):
        here = tab.locator(".toc [aria-current]")
        assert here.all_inner_texts() == ["Headline"]
        tab.evaluate("document.documentElement.style.scrollBehavior = 'auto'; scrollTo(0, 1e6)")
        expect(here).to_have_text(["How this was made"])


def test_the_tests_can_wait_for_what_comes_late_under_the_policy(browser, toy):
    with opened(browser, toy) as (tab, _, _):
        tab.evaluate("setTimeout(() => { document.querySelector('h1').textContent = 'late'; }, 700)")
        assert tab.locator("h1").inner_text() != "late"
        expect(tab.locator("h1")).to_have_text("late")
        # What polls by a text inside the page is what the policy forbids.
        with pytest.raises(Error, match="unsafe-eval"):
            tab.wait_for_function("document.title === 'never'")


def test_everything_is_reached_by_keyboard(browser, toy):
    with opened(browser, toy) as (tab, _, _):
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.className") == "skip"
        assert tab.locator(".skip").bounding_box()["x"] >= 0
        tab.keyboard.press("Enter")
        assert tab.evaluate("document.activeElement.id") == "main"
        wanted = tab.evaluate(
            "[...document.querySelectorAll('main :is(a[href], summary, button, [tabindex=\"0\"])')]"
            ".filter(e => e.checkVisibility({contentVisibilityAuto: true})).length"
        )
        seen = set()
        for _ in range(wanted):
            tab.keyboard.press("Tab")
            place = tab.evaluate(
                "(e => [e.tagName, [...document.querySelectorAll('*')].indexOf(e),"
                " getComputedStyle(e).outlineStyle])(document.activeElement)"
            )
            assert place[2] != "none", place
            seen.add(place[1])
        assert len(seen) == wanted >= 12


def test_a_table_sorts_by_plain_values_with_the_keyboard(browser, toy):
    with opened(browser, toy) as (tab, _, _):
        tab.locator("#finding-1 summary").first.click()
        table = tab.locator("#finding-1 table")

        def people() -> list[str]:
            return table.locator("tbody td:nth-child(3)").all_inner_texts()

        head = table.locator("thead th").nth(2)
        head.locator("button").focus()
        tab.keyboard.press("Enter")
        assert people() == ["90", "1,100", "1,200"]
        assert head.get_attribute("aria-sort") == "ascending"
        tab.keyboard.press("Space")
        assert people() == ["1,200", "1,100", "90"]
        tab.keyboard.press("Enter")
        assert people() == ["1,200", "90", "1,100"]
        assert head.get_attribute("aria-sort") == "none"
        table.locator("thead button").nth(3).click()
        assert people() == ["1,100", "1,200", "90"], "a gap is last"
        table.locator("thead button").nth(3).click()
        assert people() == ["1,200", "1,100", "90"], "a gap is last both ways"
        table.locator("thead button").nth(1).click()
        assert people() == ["1,100", "90", "1,200"], "plan 1, 9, 10"


@pytest.mark.parametrize("report", REPORTS)
def test_on_a_phone_charts_have_fewer_ticks_and_hover_text_is_whole(browser, weekly, report):
    path = next(weekly.glob(f"*/{report}.html"))
    ticks = "[...document.querySelectorAll('.chart')].map(c => c.querySelectorAll('.xtick > text').length)"
    with opened(browser, path) as (tab, _, _):
        wide = tab.evaluate(ticks)
    with opened(browser, path, width=375) as (tab, _, _):
        phone = tab.evaluate(ticks)
        sizes = tab.evaluate(
            "[...document.querySelectorAll('.chart text')].filter(t => t.textContent.trim())"
            ".map(t => parseFloat(getComputedStyle(t).fontSize))"
        )
        boxes = tab.evaluate(HOVER)
    assert len(boxes) >= sum(1 for few in phone if few)
    for name, seen in boxes:
        assert seen, f"{name} says nothing on hover"
        assert all(left >= 0 and right <= 375 for left, right in seen), (name, seen)
    assert all(few <= 6 or few == many for few, many in zip(phone, wide, strict=True)), (phone, wide)
    assert all(few <= many for few, many in zip(phone, wide, strict=True))
    assert min(sizes) >= 10


def test_the_same_leaf_gives_the_same_bytes():
    assert page(leaf(7), Frame("Toys")) == page(leaf(7), Frame("Toys"))


def test_a_page_without_charts_brings_no_plotly():
    bare = leaf(1)
    bare.content.figures.clear()
    for section in bare.content.sections:
        for block in section.blocks:
            block.figure = None
    assert len(page(bare, Frame("Toys"))) < 60_000
