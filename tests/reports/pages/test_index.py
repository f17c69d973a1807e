"""The index: what happened last, what is quiet, and the weeks before."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from pmlib.reports.pages.index import hub, index
from tests.reports.ledgers import report, run
from tests.reports.toys import HOSTILE
from tests.reports.visits import opened, visit


def text(*records: dict, gone: str = "") -> str:
    return index(list(records), there=lambda path: path != gone).decode()


def test_a_quiet_report_is_one_line():
    page = text(run("2026-11-22", report("calm", quiet=True), report("loud")))
    head, _, tail = page.partition("<h2>Quiet</h2>")
    assert "Loud" in head
    assert "calm says something" in tail
    assert "1,204" not in tail
    assert "All 2 reports arrived; 1 of them is quiet." in page


def test_too_little_data_is_neither_quiet_nor_failed():
    why = {"why": "No week is complete.", "headline": ""}
    unanswered = report("page", headline="This cannot be answered: no week is complete.", quiet=True)
    page = text(run("2026-11-22", unanswered, report("bare", "too little data", **why), report("loud")))
    head, _, tail = page.partition("<h2>Too little data</h2>")
    assert "Bare" not in head.partition("<ul")[2]
    assert ">Page</a>: This cannot be answered: no week is complete." in tail
    assert "Bare: No week is complete. " in tail
    assert "<h2>Quiet</h2>" not in page
    assert 'badge failed"' not in page
    assert "1 of 3 reports arrived; too little data for Page, Bare." in page
    mixed = text(run("2026-11-22", unanswered, report("bad", "failed"), report("loud")))
    assert "1 of 3 reports arrived; Bad did not; too little data for Page." in mixed


def test_an_earlier_page_without_an_answer_says_so_in_the_archive():
    unanswered = report("a", headline="This cannot be answered: no week is complete.")
    page = text(run("2026-11-15", unanswered), run("2026-11-22", report("a")))
    assert '<span class="badge stale">too little data</span>' in page.partition("Earlier")[2]


@pytest.mark.parametrize("state", ["failed", "killed", "timeout", "ended early", "cancelled", "skipped"])
def test_what_did_not_arrive_says_so_and_links_the_last_good_page(state):
    page = text(run("2026-11-15", report("a")), run("2026-11-22", report("a", state), report("b")))
    assert f"{state.capitalize()}: It took longer" in page
    assert 'href="2026-11-15/a.html"' in page
    assert "The last good page is of 15 Nov 2026." in page
    assert "1 of 2 reports arrived; A did not." in page


def test_a_page_that_was_removed_is_not_linked():
    records = [run("2026-11-08", report("a")), run("2026-11-15", report("a")), run("2026-11-22", report("a"))]
    page = text(*records, gone="2026-11-08/a.html")
    assert 'href="2026-11-15/a.html"' in page
    assert "2026-11-08/a.html" not in page


def test_an_old_run_made_later_does_not_become_the_newest():
    page = text(run("2026-11-22", report("a")), run("2026-11-01", report("a"), ended="T09:00:00+00:00"))
    assert "As of 22 Nov 2026" in page


def test_the_last_run_of_a_day_speaks_for_it():
    first = run("2026-11-22", report("a", headline="old words"))
    page = text(first, run("2026-11-22", report("a", headline="new words"), ended="T09:00:00+00:00"))
    assert "new words" in page
    assert "old words" not in page


def test_a_sparkline_needs_two_weeks_and_shows_gaps_as_none():
    one = text(run("2026-11-22", report("a")))
    two = text(run("2026-11-15", report("a")), run("2026-11-22", report("a")))
    assert "<polyline" not in one
    assert two.count("<polyline") == 1


@pytest.mark.browser
def test_users_text_is_text(tmp_path, browser):
    path = tmp_path / "index.html"
    hostile = report("a", title=HOSTILE, headline=HOSTILE)
    path.write_bytes(index([run("2026-11-15", hostile), run("2026-11-22", hostile)]))
    for policy in (True, False):
        found = visit(browser, path, policy=policy)
        assert not found.ran
        assert not found.asked
        assert "https://evil.example" not in found.links


def test_the_hub_links_each_audience():
    page = hub("Review", [("leadership", "decides"), ("product", "")]).decode()
    assert 'href="leadership/index.html"' in page
    assert 'href="product/index.html"' in page


@pytest.mark.browser
def test_two_years_of_twenty_reports_can_be_searched(tmp_path: Path, browser):
    days = [date(2024, 12, 1) + timedelta(weeks=week) for week in range(104)]
    records = [
        run(str(day), *(report(f"r{n:02}", headline=f"number {n} of week {week}") for n in range(20)))
        for week, day in enumerate(days)
    ]
    path = tmp_path / "index.html"
    path.write_bytes(index(records))
    tab = browser.new_page(viewport={"width": 375, "height": 800})
    tab.goto(path.as_uri())
    tab.wait_for_selector("body[data-ready]")
    assert tab.locator("#archive li").count() == 103 * 20
    assert tab.evaluate("document.documentElement.scrollWidth") <= 375
    tab.fill("#words", "R07 week 51")
    assert tab.locator("#archive li:visible").count() == 1
    assert tab.inner_text("#found") == "1 of 2060 pages"
    tab.fill("#words", "")
    tab.select_option("#report", "r03")
    assert tab.inner_text("#found") == "103 of 2060 pages"
    tab.fill("#words", "nothing like it")
    assert "No page matches" in tab.inner_text("#found")
    tab.close()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (375, True)])
def test_axe_finds_nothing(tmp_path, browser, width, dark):
    newest = run("2026-11-22", report("a", "killed"), report("b", quiet=True))
    records = [run("2026-11-15", report("a"), report("b")), newest]
    (tmp_path / "index.html").write_bytes(index(records))
    (tmp_path / "hub.html").write_bytes(hub("Review", [("leadership", "decides")]))
    for name in ("index", "hub"):
        with opened(browser, tmp_path / f"{name}.html", width=width, dark=dark) as (tab, _, _):
            found = Axe().run(tab)
            assert not found.response["violations"], found.generate_report()
            assert found.response["passes"]
