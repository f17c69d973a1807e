"""Bars and flows on a real page: drawn with scripts and without, read by axe in every look."""

from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from pmlib.core import Finding
from pmlib.reports.pages.leaf import Leaf
from pmlib.reports.pages.page import Frame, page
from tests.reports.pages.papers import page_of
from tests.reports.pages.sheaf import leaf
from tests.reports.visits import opened
from tests.show.test_drawn import flowing, upright

pytestmark = pytest.mark.browser
CHARTS = [*upright()[:3], *flowing()[:2]]
LOOKS = [(1280, "light"), (1280, "dark"), (375, "dark"), (375, "light")]


def shapes() -> Leaf:
    """Return a leaf with a finding for each of the charts."""
    found = [Finding(f"f-{at}", f"Question {at}?", f"Answer {at}", (), "d", None, one) for at, one in enumerate(CHARTS)]
    return replace(leaf(1), content=page_of(*found))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    made = tmp_path_factory.mktemp("shapes") / "shapes.html"
    made.write_bytes(page(shapes(), Frame("Shapes")))
    return made


def test_axe_finds_nothing(browser, path):
    with opened(browser, path) as (tab, _, errors):
        tab.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        for width, scheme in LOOKS:
            tab.set_viewport_size({"width": width, "height": 900})
            tab.emulate_media(color_scheme=scheme)
            tab.wait_for_timeout(300)
            found = Axe().run(tab)
            assert not found.response["violations"], (width, scheme, found.generate_report())
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
        assert not errors


def test_each_chart_is_drawn_and_has_its_numbers(browser, path):
    with opened(browser, path) as (tab, _, _):
        tab.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        expect(tab.locator("figure.live")).to_have_count(len(CHARTS))
        assert tab.locator("figure.live .main-svg").count() >= len(CHARTS)
        assert tab.locator("article table.data").count() == len(CHARTS)
    with opened(browser, path, scripts=False) as (tab, _, _):
        assert tab.locator("figure .wide svg.still").count() == len(CHARTS)
