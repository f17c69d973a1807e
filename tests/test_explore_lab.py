"""The notebook that explores by hand, in a real JupyterLab in a real browser."""

import csv
from datetime import datetime, timedelta

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.reports.hostile import TEXTS
from tests.reports.test_lab import desk, lab, run_all

__all__ = ["desk", "lab"]
pytestmark = pytest.mark.browser
PANEL = ".pmlib-explore"


@pytest.fixture(scope="module")
def tab(browser, lab):
    """The notebook, run."""
    tab = run_all(browser, lab, "notebooks/explore_usage.ipynb")
    tab.set_viewport_size({"width": 1280, "height": 1800})
    # A narrow window is for the notebook, not for the list of files beside it.
    tab.keyboard.press("Control+b")
    yield tab
    tab.close()


def told(tab, text: str) -> None:
    """Wait until the answer's sentence has these words, its chart is drawn and nothing is counted any more."""
    tab.wait_for_function(
        """(text) => {
            const panel = document.querySelector('.pmlib-explore');
            const said = panel?.querySelector('.jp-RenderedHTMLCommon strong')?.textContent || '';
            return said.includes(text) && panel.querySelector('.js-plotly-plot .main-svg')
                && !panel.querySelector('[role=status]');
        }""",
        arg=text,
        timeout=60_000,
    )


def drawn(tab) -> list[str]:
    """The words on the charts: what is drawn."""
    return tab.locator(f"{PANEL} .js-plotly-plot text").all_inner_texts()


def call(tab) -> str:
    """The call shown."""
    return tab.get_by_label("The call, to copy").input_value()


def test_a_choice_changes_answer_chart_and_call(tab):
    told(tab, "were active in the week of")
    before = drawn(tab)
    assert call(tab) == "usage.active(data)"
    tab.get_by_label("Period").select_option("month")
    told(tab, "were active in ")
    tab.get_by_label("Question", exact=True).select_option(label="Where they stop (funnel)")
    tab.wait_for_selector(f"{PANEL} [role=status]:has-text('Choose the steps.')")
    assert not tab.locator(f"{PANEL} .js-plotly-plot").count()
    tab.get_by_label("Step 1").select_option("signed up")
    tab.get_by_label("Step 2").select_option("booking made")
    told(tab, "reached book")
    assert drawn(tab) != before
    assert call(tab) == 'usage.funnel(data, steps=["signed_up", "booking_made"])'
    assert not tab.locator(f"{PANEL} label:visible", has_text="Period").count()


def test_what_is_wrong_is_one_line(tab):
    segment = tab.get_by_label("Only where")
    segment.fill("platfrom = 'ios'")
    segment.press("Enter")
    tab.wait_for_selector(f"{PANEL} [role=alert]:has-text(\"Did you mean 'platform'?\")")
    assert not tab.locator(f"{PANEL} .js-plotly-plot").count()
    assert not tab.locator("[data-mime-type='application/vnd.jupyter.error'], .jp-mod-error").count()
    segment.fill("")
    segment.press("Enter")
    told(tab, "reached book")


def test_it_is_used_by_keyboard(tab):
    tab.get_by_label("Weeks shown").focus()
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Shift+Tab")
    assert tab.get_by_label("Break down by").evaluate("box => box === document.activeElement")
    tab.keyboard.press("Space")
    for letter in "plat":
        tab.keyboard.press(letter)
    tab.keyboard.press("Enter")
    told(tab, "by platform")
    assert 'by="platform"' in call(tab)


@pytest.mark.parametrize("width", [1280, 375])
def test_nothing_is_cut_off_and_every_control_is_named(tab, width):
    tab.set_viewport_size({"width": width, "height": 1800})
    tab.get_by_label("Question", exact=True).select_option(label="Who stays (retention)")
    tab.get_by_label("More options").check()
    told(tab, " later")
    cut = tab.evaluate(
        """() => {
            const panel = document.querySelector('.pmlib-explore');
            const edge = panel.getBoundingClientRect();
            const seen = [...panel.querySelectorAll('label, select, input, textarea')].filter(one => one.offsetParent);
            return seen.filter(one => {
                const box = one.getBoundingClientRect();
                return box.left < edge.left || box.right > edge.right + 1
                    || (one.tagName === 'LABEL' && one.scrollWidth > one.clientWidth + 1);
            }).map(one => one.outerHTML.slice(0, 120));
        }"""
    )
    assert not cut
    # JupyterLab's own output areas scroll; every browser but Safari takes them into the order of Tab.
    spared = {"rules": {"scrollable-region-focusable": {"enabled": False}}}
    found = Axe().run(tab, context=PANEL, options=spared).response["violations"]
    assert not [one for one in found if one["impact"] in ("serious", "critical")]


def test_hostile_names_are_only_ever_text(browser, lab, desk):
    # Blanks at the ends and zero signs do not survive a CSV.
    names = [text for text in TEXTS if text == text.strip() and "\0" not in text and "\r" not in text]
    with (desk / "hostile.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["user_id", "event", "timestamp", "platform"])
        for day in range(60):
            at = datetime(2025, 3, 1) + timedelta(days=day)
            rows.writerows((f"u{day % 7}", name, at.isoformat(), names[day % 9]) for name in names)
    notebook = nbformat.read(desk / "notebooks" / "explore_usage.ipynb", 4)
    cell = next(one for one in notebook.cells if "parameters" in one.metadata.get("tags", []))
    cell.source = 'events = "../hostile.csv"\ntimezone = "UTC"'
    nbformat.write(notebook, desk / "notebooks" / "hostile.ipynb")
    tab = run_all(browser, lab, "notebooks/hostile.ipynb")
    try:
        asked = []
        tab.on("request", lambda request: asked.append(request.url))
        told(tab, "were active")
        tab.get_by_label("Question", exact=True).select_option(label="Who stays (retention)")
        tab.get_by_label("Start event").wait_for()
        offered = tab.get_by_label("Start event").locator("option").count()
        assert offered > 60
        tab.get_by_label("Break down by").select_option("platform")
        for place in range(1, offered, 12):
            tab.get_by_label("Start event").select_option(index=place)
            told(tab, "start (")
            assert "start=" in call(tab)
        assert tab.evaluate("window.__x") is None
        assert not [url for url in asked if "evil.example" in url]
    finally:
        tab.close()
