"""The notebook that explores by hand, in a real JupyterLab in a real browser."""

import csv
from datetime import datetime, timedelta

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from pmlib.sources import load_events
from pmlib.usage.panel.menu import Call, questions
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


def told(tab, code: str, text: str) -> None:
    """Wait until the answer to one's own choice is there: its call, its sentence, its chart."""
    # The call goes with the choice before, and comes with the answer.
    expect(copied(tab)).to_have_value(code)
    expect(tab.locator(f"{PANEL} .pmlib-old, {PANEL} [role=status]")).to_have_count(0)
    expect(tab.locator(f"{PANEL} .jp-RenderedHTMLCommon strong").first).to_contain_text(text)
    expect(tab.locator(f"{PANEL} .js-plotly-plot .main-svg").first).to_be_visible()


def copied(tab):
    """The field of the call."""
    return tab.get_by_label("The call, to copy", exact=True)


def ask(tab, title: str) -> None:
    """Choose a question."""
    tab.get_by_label("Question", exact=True).select_option(label=title)


def drawn(tab) -> list[str]:
    """The words on the charts: what is drawn."""
    return tab.locator(f"{PANEL} .js-plotly-plot text").all_inner_texts()


def test_a_choice_changes_answer_chart_and_call(tab):
    told(tab, "usage.active(data)", "were active in the week of")
    before = drawn(tab)
    tab.get_by_label("Period", exact=True).select_option("month")
    told(tab, 'usage.active(data, every="month")', "were active in ")
    ask(tab, "Where they stop (funnel)")
    expect(tab.locator(f"{PANEL} [role=status]")).to_have_text("Choose the steps.")
    expect(tab.locator(f"{PANEL} .js-plotly-plot")).to_have_count(0)
    expect(copied(tab)).to_be_hidden()
    tab.get_by_label("Step 1").select_option("signed up")
    tab.get_by_label("Step 2").select_option("booking made")
    told(tab, 'usage.funnel(data, steps=["signed_up", "booking_made"])', "booking made")
    assert drawn(tab) != before
    assert not tab.locator(f"{PANEL} label:visible", has_text="Period").count()


def test_what_is_wrong_is_told_while_it_is_typed(tab):
    ask(tab, "How often they come (stickiness)")
    told(tab, "usage.stickiness(data)", "days")
    segment = tab.get_by_label("Only where")
    segment.press_sequentially("platfrom = 'ios'")
    expect(tab.locator(f"{PANEL} [role=alert]")).to_contain_text("Did you mean 'platform'?")
    expect(tab.locator(f"{PANEL} .pmlib-old .js-plotly-plot")).to_be_visible()
    expect(copied(tab)).to_be_hidden()
    assert segment.input_value() == "platfrom = 'ios'"
    segment.fill("<img src=x onerror=window.__x=1>")
    expect(tab.locator(f"{PANEL} [role=alert]")).to_contain_text("<img src=x onerror=window.__x=1>")
    assert tab.evaluate("window.__x") is None
    assert not tab.locator("[data-mime-type='application/vnd.jupyter.error'], .jp-mod-error").count()
    segment.fill("")
    told(tab, "usage.stickiness(data)", "days")


def test_it_is_used_by_keyboard(tab):
    ask(tab, "Who stays (retention)")
    tab.get_by_label("Period", exact=True).select_option("week")
    told(tab, "usage.retention(data)", " later")
    tab.get_by_label("Weeks shown").focus()
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Shift+Tab")
    assert tab.get_by_label("Break down by").evaluate("box => box === document.activeElement")
    tab.keyboard.press("Space")
    for letter in "plat":
        tab.keyboard.press(letter)
    tab.keyboard.press("Enter")
    told(tab, 'usage.retention(data, by="platform")', " later")
    tab.get_by_label("Break down by").select_option("nothing")


@pytest.mark.parametrize("width", [1280, 375])
def test_nothing_is_cut_off_and_every_control_is_named(tab, width):
    tab.set_viewport_size({"width": width, "height": 1800})
    ask(tab, "Who stays (retention)")
    tab.get_by_label("Period", exact=True).select_option("week")
    tab.get_by_label("More options").check()
    told(tab, "usage.retention(data)", " later")
    cut = tab.evaluate(
        """() => {
            const panel = document.querySelector('.pmlib-explore');
            const edge = panel.getBoundingClientRect();
            const seen = [...panel.querySelectorAll('label, select, input, textarea, [role], .pmlib-small')]
                .filter(one => one.offsetParent);
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


def notebook(desk, name: str, *cells: str) -> str:
    """Write a notebook of these cells, and return where it lies."""
    made = nbformat.read(desk / "notebooks" / "explore_usage.ipynb", 4)
    made.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbformat.write(made, desk / "notebooks" / name)
    return f"notebooks/{name}"


def test_the_call_copied_into_a_cell_gives_the_answer(tab):
    tab.set_viewport_size({"width": 1280, "height": 5000})
    said = tab.locator(f"{PANEL} .jp-RenderedHTMLCommon strong").first.inner_text()
    code = copied(tab).input_value()
    tab.locator(".jp-Notebook .jp-CodeCell .cm-content").last.click()
    tab.keyboard.press("Escape")
    tab.keyboard.press("b")
    tab.keyboard.press("Enter")
    tab.keyboard.insert_text(code)
    tab.keyboard.press("Control+Enter")
    cell = tab.locator(".jp-Notebook .jp-CodeCell").last
    expect(cell.locator(".jp-RenderedHTMLCommon strong").first).to_have_text(said)
    assert cell.locator(".cm-content").inner_text() == code


SLOW = """\
import time
from functools import wraps
from pmlib import sources, usage

def slowed(ask, seconds):
    @wraps(ask)
    def slow(*events, **options):
        time.sleep(seconds)
        return ask(*events, **options)
    return slow

def broken(ask):
    @wraps(ask)
    def fault(*events, **options):
        raise ZeroDivisionError("<img src=x onerror=window.__x=1>")
    return fault

usage.stickiness, usage.sessions = slowed(usage.stickiness, 4), broken(usage.sessions)
mine = sources.load_events("../data/demo/events.parquet", timezone="Europe/Berlin")
usage.explore(mine)
"""
SEEN = """() => {
    window.seen = new Set();
    const field = document.querySelector('.pmlib-call textarea');
    setInterval(() => window.seen.add(field.value), 5);
}"""


def test_while_it_counts_it_says_what_and_the_last_choice_is_answered(browser, lab, desk):
    tab = run_all(browser, lab, notebook(desk, "slow.ipynb", SLOW))
    try:
        told(tab, "usage.active(mine)", "were active")
        tab.evaluate(SEEN)
        ask(tab, "How often they come (stickiness)")
        status = tab.locator(f"{PANEL} [role=status]")
        expect(status).to_have_text("Counting: How often they come (stickiness) …")
        expect(tab.locator(f"{PANEL} .pmlib-old .js-plotly-plot")).to_be_visible()
        expect(copied(tab)).to_be_hidden()
        for title in ("Gained and lost (lifecycle)", "How they visit (sessions)", "Who stays (retention)"):
            ask(tab, title)
        told(tab, "usage.retention(mine)", " later")
        tab.get_by_label("Period", exact=True).select_option("month")
        tab.get_by_label("Period", exact=True).select_option("day")
        tab.get_by_label("Break down by").select_option("platform")
        told(tab, 'usage.retention(mine, every="day", by="platform")', " later")
        seen = set(tab.evaluate("[...window.seen]"))
        assert "usage.retention(mine)" in seen
        assert not [one for one in seen if "stickiness" in one], "its answer came too late"
        ask(tab, "How they visit (sessions)")
        expect(tab.locator(f"{PANEL} [role=alert]")).to_contain_text("a fault in pmlib itself (ZeroDivisionError)")
        expect(tab.locator(f"{PANEL} .js-plotly-plot")).to_have_count(0)
        ask(tab, "How many are active")
        told(tab, 'usage.active(mine, every="day")', "were active")
        assert tab.evaluate("window.__x") is None
    finally:
        tab.close()


def test_hostile_names_are_only_ever_text(browser, lab, desk):
    # Blanks at the ends and zero signs do not survive a CSV.
    names = [text for text in TEXTS if text == text.strip() and "\0" not in text and "\r" not in text]
    column = "<img src=x onerror=window.__x=1>"
    with (desk / "hostile.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["user_id", "event", "timestamp", column])
        for day in range(60):
            at = datetime(2025, 3, 1) + timedelta(days=day)
            rows.writerows((f"u{day % 7}", name, at.isoformat(), names[day % 9]) for name in names)
    cell = 'from pmlib import sources, usage\ndata = sources.load_events("../hostile.csv", timezone="UTC")\n'
    asked: list[str] = []
    tab = run_all(browser, lab, notebook(desk, "hostile.ipynb", f"{cell}usage.explore(data)"))
    try:
        tab.on("request", lambda request: asked.append(request.url))
        told(tab, "usage.active(data)", "were active")
        ask(tab, "Who stays (retention)")
        tab.get_by_label("Break down by").select_option(index=1)
        offered = load_events(desk / "hostile.csv", timezone="UTC").names()
        assert len(offered) > 60
        retention = next(one for one in questions() if one.name == "retention")
        for place in range(0, len(offered), 12):
            tab.get_by_label("Start event").select_option(index=place + 1)
            told(tab, Call(retention, {"start": offered[place], "by": column}).text(), " later")
        tab.get_by_label("Only where").fill(f"\"{column}\" = '{names[0]}'")
        told(
            tab,
            Call(retention, {"start": offered[place], "by": column}, f"\"{column}\" = '{names[0]}'").text(),
            " later",
        )
        assert tab.evaluate("window.__x") is None
        assert not [url for url in asked if "evil.example" in url]
    finally:
        tab.close()
