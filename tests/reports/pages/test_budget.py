"""What a page may ask of its reader: little at once, nothing that cannot be read, and no more bytes than needed."""

import re
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe

from pmlib.core.periods import day_text
from pmlib.reports.pages.content import Block
from pmlib.reports.pages.layout import layout
from pmlib.reports.pages.offline import text as template
from pmlib.reports.pages.page import Frame, page
from pmlib.show import theme
from tests.reports.pages.conftest import REPORTS
from tests.reports.pages.sheaf import finding, leaf
from tests.reports.pages.shown import Shown
from tests.reports.pages.test_pages import written
from tests.reports.visits import opened

METHODS = re.compile(
    r"\b(Wilson|Welch|[tFzZ][- ]test|Student's|Miettinen|Nurminen|Fieller|Newcombe|Wald|bootstrap\w*|p[- ]value|Holm|"
    r"Bonferroni|CUPED|chi[- ]?squared?|XmR|ANOVA|Kruskal|Mann|Fisher|Pearson|Poisson|Bayes\w*|logistic|"
    r"regression|quantile|standard error|SRM|ETS|ARIMA|STL)\b",
    re.IGNORECASE,
)
LOOKS = [(1280, "light"), (1280, "dark"), (375, "dark"), (375, "light")]


def budget(shown: Shown) -> dict[str, int]:
    return {
        "sentences": shown.count("p", "lede"),
        "cards": shown.count("li", "card"),
        "findings": shown.count("article", "finding"),
        "asks": shown.count("p", "ask"),
    }


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_keeps_to_the_budget_of_a_page(weekly, report):
    shown = Shown(next(weekly.glob(f"*/{report}.html")).read_text())
    found = budget(shown)
    assert found["sentences"] == found["asks"] == 1
    assert 1 <= found["cards"] <= 4
    assert 1 <= found["findings"] <= 5
    assert not METHODS.findall(shown.text)


@pytest.mark.parametrize("count", [1, 4, 5, 9])
def test_a_page_of_many_findings_shows_no_more_than_its_budget(count):
    shown = Shown(page(leaf(count, asks=3), Frame("Toys")).decode())
    assert budget(shown) == {"sentences": 1, "cards": min(4, count), "findings": min(5, count + 1), "asks": 1}
    changed = re.findall(r"Number \d went from 1 to 2\.|Week of 2 Nov revised", shown.text)
    assert changed == ["Number 0 went from 1 to 2.", "Number 1 went from 1 to 2.", "Week of 2 Nov revised"]


def test_what_to_doubt_is_never_folded():
    made = leaf(7)
    doubts = next(one for one in made.content.sections if any(block.kind == "doubts" for block in one.blocks))
    more = finding(9)
    doubts.blocks.insert(0, Block("finding", facts=more.facts(), table=more.table.as_json()))
    laid = layout(made)
    (shown,) = [part for part in laid.parts if part.kind == "doubts"]
    assert [one.kind for one in shown.items if one.kind != "prose"] == ["doubts"]
    assert "finding-9" in [one.block.facts.get("id") for part in laid.folded for one in part.items]


def test_the_words_of_methods_are_found_where_they_stand_open():
    shown = Shown(page(leaf(1, "By Wilson's score, p-value 0.03"), Frame("Toys")).decode())
    assert set(METHODS.findall(shown.text)) == {"Wilson", "p-value"}
    assert not METHODS.findall(Shown(page(leaf(1), Frame("Toys")).decode()).text)
    assert "Wilson" in page(leaf(1), Frame("Toys")).decode(), "folded, it is there"


@pytest.mark.parametrize("report", REPORTS)
def test_a_page_is_as_small_as_promised(leaves, report):
    inside = page(leaves[report], Frame("Weekly"))
    shared = page(leaves[report], Frame("Weekly", assets="shared"))
    assert len(inside) <= 2.3e6
    assert len(shared) <= 0.3e6
    assert b"://" not in shared.replace(b"http://www.w3.org/2000/svg", b""), "nothing outside is named"


@pytest.mark.parametrize("report", REPORTS)
def test_every_chart_is_described_captioned_and_has_its_numbers(leaves, report):
    html = page(leaves[report], Frame("Weekly", assets="shared")).decode()
    figures = re.findall(r'<figure role="group" aria-label="([^"]*)">(.*?)</figure>', html, re.DOTALL)
    assert len(figures) == html.count('class="chart"') >= 2
    for description, inside in figures:
        assert len(description.split()) >= 5
        assert re.search(r"\d", description), "a description carries a number"
        assert re.search(r"<figcaption>\s*\S", inside)
        assert inside.count("<svg") == 2
        assert "<script" not in inside
    assert html.count("<summary>Numbers</summary>") == len(figures)


@pytest.mark.browser
@pytest.mark.parametrize("report", [*REPORTS, "toy"])
def test_axe_finds_nothing(browser, leaves, tmp_path, report):
    path = written(tmp_path, leaf(7) if report == "toy" else leaves[report])
    with opened(browser, path) as (tab, _, _):
        tab.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        for width, scheme in LOOKS:
            tab.set_viewport_size({"width": width, "height": 900})
            tab.emulate_media(color_scheme=scheme)
            tab.wait_for_timeout(300)
            found = Axe().run(tab)
            assert not found.response["violations"], (width, scheme, found.generate_report())
            assert found.response["passes"]


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(2 * one for one in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def tokens(dark: bool) -> dict[str, str]:
    blocks = re.findall(r":root\{([^}]*)\}", template("page.css").replace("\n", ""))
    return dict(re.findall(r"--(\w+):(#\w+)", blocks[1 if dark else 0]))


def test_contrast_is_computed_as_wcag_does():
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#12436D", "#ffffff") == pytest.approx(10.25, abs=0.01), "Analysis Function's own figure"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_and_charts_stand_out_from_their_ground(dark):
    colours = tokens(dark)
    for name in ("ink", "mute", "accent", "good", "bad", "warn"):
        for ground in ("ground", "soft"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    assert contrast(colours["edge"], colours["ground"]) >= 3
    shown = [theme.LIGHT_TO_DARK[one] if dark else one for one in theme.SERIES]
    ground = theme.LIGHT_TO_DARK[theme.GROUND] if dark else theme.GROUND
    before = theme.LIGHT_TO_DARK[theme.BEFORE] if dark else theme.BEFORE
    assert luminance(ground) == pytest.approx(luminance(colours["ground"]))
    assert all(contrast(one, ground) >= 3 for one in [*shown, before])
    assert all(contrast(one, other) >= 3 for one, other in pairwise(shown)), shown
    figures = theme.LIGHT_TO_DARK.get(theme.CELL, theme.CELL) if dark else theme.CELL
    cells = [theme.LIGHT_TO_DARK.get(one, one) if dark else one for _, one in theme.RAMP]
    assert all(contrast(figures, one) >= 4.5 for one in cells), "the figures in a heat map"


@pytest.mark.browser
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_words_in_charts_stand_out_from_their_ground(browser, leaves, tmp_path, dark):
    path = written(tmp_path, leaves["engagement"])
    colour = "[...document.querySelectorAll('{0}')].filter(t => t.textContent.trim() && t.checkVisibility())"
    colour += ".map(t => getComputedStyle(t).fill)"
    ground = tokens(dark)["ground"]
    with opened(browser, path, dark=dark) as (tab, _, _):
        drawn = set(tab.evaluate(colour.format(".chart :is(.xtick, .ytick, .legend, .annotation) text")))
    with opened(browser, path, dark=dark, scripts=False) as (tab, _, _):
        still = set(tab.evaluate(colour.format(".still text:not(.f-cell)")))
    for one in drawn | still:
        rgb = [int(part) for part in re.findall(r"\d+", one)[:3]]
        assert contrast("#{:02x}{:02x}{:02x}".format(*rgb), ground) >= 4.5, one


def test_the_head_says_how_far_the_data_reach(leaves):
    one = leaves["engagement"]
    shown = Shown(page(one, Frame("Weekly", audience="product")).decode())
    assert f"Complete to {one.as_of:%a} {day_text(one.as_of, year=True)}" in shown.text
    assert "Europe/Berlin" in shown.text
    assert re.search(r"events\.parquet: [\d,]+ rows, \d+ set aside", shown.text)
    assert "For product" in shown.text
