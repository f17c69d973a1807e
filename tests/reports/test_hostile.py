"""Hostile texts in every place where users' text can appear, opened in a real browser with and without the policy."""

import csv
import io
import re
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import nbformat
import openpyxl
import pytest

from pmlib import show
from pmlib.core import Check, Estimate, Finding, Kpi, Ledger, Origin, Unit
from pmlib.reports.delivery.mail import message
from pmlib.reports.delivery.news import news
from pmlib.reports.files.packed import parts
from pmlib.reports.files.sheets import Sheet, csv_bytes, workbook
from pmlib.reports.files.slides import slides
from pmlib.reports.packs.plan import Job
from pmlib.reports.packs.settings import Mail
from pmlib.reports.pages.content import content
from pmlib.reports.pages.facts import facts
from pmlib.reports.pages.index import hub, index
from pmlib.reports.pages.leaf import Change, Changes, Decision, Gate, Leaf, Notes
from pmlib.reports.pages.page import Frame, page
from pmlib.reports.pages.prose import prose
from tests.reports.delivery.posts import entry, record
from tests.reports.hostile import TEXTS
from tests.reports.ledgers import report, run
from tests.reports.visits import SAFE_LINKS, visit

DAY = date(2026, 11, 22)
STATES = ("success", "failed")
CARD = ("name", "value", "change", "range", "tone")


def chart(kind: int, text: str) -> show.Chart:
    """A chart of each kind in turn, the text in all its words."""
    marks = show.Series(text, [text, "b"], [0.3, 0.4], [0.25, 0.3], [0.36, 0.5], text=[text, text])
    words = {"description": text, "caption": text}
    if kind == 0:
        days = show.Series(text, ["2026-11-15", "2026-11-22"], [1.0, 2.0])
        return show.line([days, marks.__class__("b", days.x, days.y)], unit=Unit.COUNT, x_title=text,
                         notes=[show.Note("2026-11-15", text)], **words)  # fmt: skip
    if kind == 1:
        return show.intervals([marks], unit=Unit.currency(text), **words)
    if kind == 2:
        return show.grid([text, "b"], [text, "c"], [[0.1, 0.2], [0.3, None]], unit=Unit.SHARE, x_title=text,
                         y_title=text, **words)  # fmt: skip
    if kind == 3:
        return show.funnel(marks, marked=text, **words)
    if kind == 4:
        return show.bars([marks, marks.__class__("b", marks.x, [-0.1, 0.2])], unit=Unit.currency(text), x_title=text,
                         dates=False, notes=[show.Note(text, text)], **words)  # fmt: skip
    return show.flow([show.Link(text, text, 3, 0), show.Link(text, "b", 2, 1)], quiet=[text], **words)


def finding(number: int, text: str) -> Finding:
    """A finding whose every word is the text."""
    one = Estimate(text, 0.3, 0.25, 0.36, Unit.SHARE, 263, text, period=text)
    columns = [text, show.Column(text + " ", Unit.QUOTE), show.Column("n", Unit.COUNT)]
    return Finding(
        f"f-{number}", text, text, (one,), text, show.table(columns, [[text, text, 3], ["b", text, 4]]),
        chart(number % 6, text), (text,), text, text, Kpi(one, one, text, 0.4, history=(1.0, 2.0)),
    )  # fmt: skip


def outputs(*things: object) -> list:
    """The outputs a kernel would have stored."""
    made = []
    for thing in things:
        if isinstance(thing, Finding):
            made.append({"application/vnd.pmlib.finding+json": thing.facts()})
            made += [part.bundle() for part in (thing.figure, thing.table) if part is not None]
        else:
            made.append(thing if isinstance(thing, dict) else thing._repr_mimebundle_())
    return [nbformat.v4.new_output("display_data", data=data) for data in made]


def notebook(texts: list[str]):
    """An executed notebook in which every place says the texts."""
    first, *_ = texts
    findings = [finding(number, text) for number, text in enumerate(texts)]
    origin = Origin(first, "events", first, Ledger(3, 2, {first: 1}), DAY, DAY, first, tuple(texts))
    source = SimpleNamespace(origin=origin, checks=tuple(Check(False, text) for text in texts))
    plotly = {"data": [{"type": "bar", "x": texts, "y": [1] * len(texts), "name": first, "hovertext": texts}],
              "layout": {"title": {"text": first}}}  # fmt: skip
    odd = [{"text/plain": text} for text in texts] + [{"text/html": text} for text in texts]
    odd += [{"text/markdown": text, "image/svg+xml": text, "application/javascript": text} for text in texts]
    make = nbformat.v4
    cells = [make.new_markdown_cell(f"# {first}\n{first}")]
    parts = [
        ("Headline", [show.headline(*findings)]),
        ("Part", findings),
        ("Odd", [*odd, {"application/vnd.plotly.v1+json": plotly, "text/plain": first}]),
        ("What to doubt", [show.doubts(source, *findings)]),
        ("What to do", [show.actions(*findings)]),
        ("How this was made", [show.made(source)]),
    ]
    for title, things in parts:
        cells.append(make.new_markdown_cell(f"## {title} {first}\n" + "\n\n".join(texts)))
        cells.append(make.new_code_cell("x", outputs=outputs(*things)))
    return make.new_notebook(cells=cells)


def leaf(texts: list[str]) -> Leaf:
    """A page in which everything around the content says the texts too."""
    first, *_ = texts
    job = Job("a", first, Path("a.ipynb"), {"segment": first}, (), 20)
    found = content(notebook(texts))
    change = tuple(Change("f-0", text, text, text, text) for text in texts)
    decisions = tuple(Decision(text, text, DAY, (text,)) for text in texts)
    return Leaf(
        job, found, first, DAY, facts(found, job, str(DAY)), first, tuple(Gate(t, False, t) for t in texts[:3]),
        Changes(DAY, change, change), Notes(prose("\n\n".join(texts)), decisions, decisions),
    )  # fmt: skip


def clean(found) -> None:
    assert not found.ran
    assert not found.asked
    allowed = ("#", "../index.html", "index.html", "a/", "2026-", *SAFE_LINKS)
    live = [link for link in found.links if link and not link.startswith(allowed)]
    assert not live


GROUPS = [TEXTS[start::4] for start in range(4)]


@pytest.mark.browser
@pytest.mark.parametrize("policy", [True, False])
@pytest.mark.parametrize("group", range(4))
def test_a_page_says_them_as_text(tmp_path, browser, group, policy):
    path = tmp_path / "page.html"
    path.write_bytes(page(leaf(GROUPS[group]), Frame(GROUPS[group][0])))
    clean(visit(browser, path, policy=policy))


@pytest.mark.browser
def test_each_text_as_the_title_and_first_of_all(tmp_path, browser):
    # Titles, the document's name and attributes hold only the first text of a page, so each must once be first.
    for number, text in enumerate(TEXTS):
        small = leaf([text])
        found = content(notebook([text]))
        found.figures, found.sections = [], found.sections[:1]
        path = tmp_path / f"p{number}.html"
        path.write_bytes(page(Leaf(small.job, found, text, DAY, {"cards": [], "findings": []}), Frame(text)))
        found = visit(browser, path, policy=False)
        clean(found)


@pytest.mark.browser
@pytest.mark.parametrize("policy", [True, False])
def test_the_index_says_them_as_text(tmp_path, browser, policy):
    reports = [report(f"r{n}", title=text, headline=text, why=text) for n, text in enumerate(TEXTS)]
    failed = [one | {"id": f"f{one['id']}", "state": "failed"} for one in reports]
    for one in reports:
        one["card"] = {
            "name": one["title"],
            "value": one["title"],
            "number": 1.0,
            "change": one["title"],
            "tone": "flat",
        }
    path = tmp_path / "index.html"
    path.write_bytes(index([run("2026-11-15", *reports), run("2026-11-22", *reports, *failed)], audience=TEXTS[0]))
    clean(visit(browser, path, policy=policy))
    (tmp_path / "hub.html").write_bytes(hub(TEXTS[0], [("a", text) for text in TEXTS]))
    clean(visit(browser, tmp_path / "hub.html", policy=policy))


def test_a_csv_starts_no_formula():
    table = show.table(["text"], [[text] for text in TEXTS]).as_json()
    rows = list(csv.reader(io.StringIO(csv_bytes(table).decode("utf-8-sig"), newline="")))
    assert len(rows) == len(TEXTS) + 1
    for (cell,), text in zip(rows[1:], TEXTS, strict=True):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\x00"))
        assert not re.search(r"[;|]\s*[=+\-@]", cell)
        # Nothing but the mark is added, and nothing is lost.
        assert cell.replace("'", "") == text.replace("'", "")


def test_a_workbook_holds_them_as_text(tmp_path):
    table = show.table(["text"], [[text] for text in TEXTS]).as_json()
    content = workbook([Sheet(text, text, table, text) for text in TEXTS[:3]], title=TEXTS[0], made=DAY)
    contents, *sheets = openpyxl.load_workbook(io.BytesIO(content))
    # The contents link to the workbook's own sheets, and nowhere else.
    assert not [c for row in contents.iter_rows() for c in row if c.hyperlink and c.hyperlink.target]
    for sheet in sheets:
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert len(cells) > len(TEXTS)
        assert {cell.data_type for cell in cells} == {"s"}
        assert not [cell for cell in cells if cell.hyperlink]


@pytest.mark.browser
def test_a_mail_says_them_as_text(browser):
    setting = Mail(to=["ada@example.org"], sender="us@example.org", server="env:NONE")
    for group in GROUPS:
        reports = [entry(f"r{n}", state, title=t, headline=t, why=t) for n, t in enumerate(group) for state in STATES]
        cards = {one["id"]: {"cards": [dict.fromkeys(CARD, one["title"])], "findings": []} for one in reports}
        told = news(record(*reports, title=group[0]), facts=cards, late=group[0])
        body = message(setting, told).get_body(("html",))
        assert body is not None
        tab = browser.new_page()
        asked: list[str] = []
        tab.on("request", lambda request, asked=asked: asked.append(request.url))
        tab.set_content(body.get_content())
        assert tab.evaluate("window.__x === undefined && document.links.length === 0")
        assert tab.evaluate("document.querySelectorAll('script,img,svg,iframe,form,link,object,style').length") == 0
        assert not [url for url in asked if not url.startswith(("about:", "data:"))]
        tab.close()


def test_slides_say_them_as_text():
    deck = slides([leaf(group).facts | {"report": f"r{n}"} for n, group in enumerate(GROUPS)], title=TEXTS[0])
    for name, inside in parts(deck).items():
        if name.endswith(".rels"):
            assert b"evil.example" not in inside, name
            assert b'TargetMode="External"' not in inside, name
        elif name.startswith("ppt/slides/") and name.endswith(".xml"):
            assert not re.search(rb"<(script|img|svg|iframe|a:hlink)", inside), name
