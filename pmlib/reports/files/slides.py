"""A deck of the latest facts: one finding a slide, its chart native and editable, its words of one rule."""

import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from pmlib.core import InputError
from pmlib.core.periods import day_text
from pmlib.reports.files import charts, tables
from pmlib.reports.files.columns import tabled
from pmlib.reports.files.fitting import fitted
from pmlib.reports.files.packed import parts, restamped, sound
from pmlib.reports.files.tags import Facts, Json, Tag, estimate_of, listed, told
from pmlib.show import theme

INCH = 914_400
WIDTH, HEIGHT = int(13.333 * INCH), int(7.5 * INCH)
EDGE, WIDE = 0.6, 12.13
Box = tuple[float, float, float, float]
"""Left, top, width and height in inches."""

GATE: Box = (EDGE, 0.05, WIDE, 0.24)
KICKER: Box = (EDGE, 0.3, WIDE, 0.32)
TITLE: Box = (EDGE, 0.64, WIDE, 1.0)
BODY: Box = (EDGE, 1.78, WIDE, 4.12)
BESIDE: Box = (EDGE, 1.78, 8.5, 4.12)
PANEL: Box = (9.35, 1.78, 3.38, 4.12)
CAPTION: Box = (EDGE, 5.95, WIDE, 0.36)
DEFINITION: Box = (EDGE, 6.34, WIDE, 0.56)
FOOT: Box = (EDGE, 7.02, 9.0, 0.3)
DAY: Box = (EDGE + 9.2, 7.02, WIDE - 9.2, 0.3)

BAD = "#801650"
HEADLINES = (28, 26, 24, 22, 20, 18, 16, 14)
SMALL = (12, 11, 10, 9)
BODIES = (20, 18, 16, 14, 12, 11, 10)
BLANK, TITLE_ONLY = 6, 5
"""Places of the layouts in python-pptx's own template."""


def slides(reports: Sequence[Facts], *, title: str) -> bytes:
    """Make a deck of the facts of reports.

    Parameters
    ----------
    reports
        Facts as :func:`pmlib.reports.pages.facts.facts` keeps them, in the order of the pack.
    title
        The pack's title.

    Returns
    -------
    bytes
        A 16:9 PPTX: a title, then for each report its cards and a slide a finding, last what to do. Every text and
        chart carries its tag, so that :func:`pmlib.reports.files.deck.refresh` fills it again. The same facts give
        the same bytes.

    Raises
    ------
    InputError
        If there is no report.
    """
    if not reports:
        raise InputError("There is no report to make slides of. Make one with: pmlib run")
    deck = Deck(reports, title)
    deck.opening()
    for report in reports:
        deck.cards(report)
        for finding in report["findings"]:
            deck.finding(report, finding)
    deck.closing()
    return deck.bytes()


class Deck:
    """A deck in the making."""

    def __init__(self, reports: Sequence[Facts], title: str) -> None:
        from pptx import Presentation

        self.reports, self.title = reports, sound(title)
        self.day = date.fromisoformat(max(one["as_of"] for one in reports))
        self.deck = Presentation()
        widen(self.deck)
        about = self.deck.core_properties
        about.title, about.author, about.last_modified_by, about.revision = self.title[:250], "pmlib", "pmlib", 1
        about.created = about.modified = datetime(self.day.year, self.day.month, self.day.day)

    def opening(self) -> None:
        """Add the title slide."""
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[TITLE_ONLY])
        headed(slide, self.title, (EDGE, 2.2, WIDE, 1.4), (44, 36, 28, 20))
        text(slide, f"As of {day_text(self.day, year=True)}", (EDGE, 3.7, WIDE, 0.5), (20,), name="As of")
        names = " · ".join(sound(one["title"]) for one in self.reports)
        text(slide, names, (EDGE, 4.3, WIDE, 1.2), BODIES, tone=theme.MUTE, name="Reports")

    def cards(self, report: Facts) -> None:
        """Add a report's slide: its sentence and its cards."""
        slide = self.sheet(report, "", f"{report['title']}")
        tag = Tag(report["report"], kind="sentence")
        headed(slide, told(tag, self.reports), TITLE, HEADLINES, tag)
        found = report["cards"]
        if not found:
            text(
                slide, "This report has no cards; its findings follow.", (EDGE, 2.2, WIDE, 0.5), BODIES, name="No cards"
            )
        gap = 0.25
        wide = (WIDE - gap * (len(found) - 1)) / len(found) if found else WIDE
        for i, card in enumerate(found):
            left = EDGE + i * (wide + gap)
            tone = {"good": theme.MAIN, "bad": BAD}.get(card["tone"], theme.INK)
            rows = (
                ("name", 2.1, 0.7, (16, 14, 12, 11), theme.MUTE),
                ("card", 2.85, 0.95, (40, 32, 24, 18), theme.INK),
            )
            rows += (("change", 3.85, 1.0, (16, 14, 12, 11), tone), ("range", 4.9, 1.1, (13, 12, 11, 10), theme.MUTE))
            for kind, top, high, sizes, colour in rows:
                tag = Tag(report["report"], card["id"], kind=kind)
                box = (left, top, wide, high)
                text(slide, told(tag, self.reports), box, sizes, tone=colour, bold=kind == "card", tag=tag)
        notes = [f"{'Held' if one['ok'] else 'To doubt'}: {one['text']}" for one in report["checks"]]
        slide.notes_slide.notes_text_frame.text = sound("\n".join(notes) or "No check was made.")

    def finding(self, report: Facts, finding: Json) -> None:
        """Add a finding's slide: headline, chart, number with its interval, definition; what to doubt in the notes."""
        slide = self.sheet(report, finding["id"], f"{report['title']} · {finding['question']}")
        place = (report["report"], finding["id"])
        tag = Tag(*place, kind="headline")
        headed(slide, told(tag, self.reports), TITLE, HEADLINES, tag)
        panel = estimate_of(Tag(*place), finding) is not None
        chart = finding["chart"] if finding["chart"] and finding["chart"]["kind"] in charts.DRAWN else None
        found = None if chart else tables.cells(tabled(finding))
        box = BESIDE if panel and len(found.numbers if found else ()) <= tables.COLUMNS else BODY
        if chart:
            self.framed(charts.place(slide, chart, emu(box), self.day), chart["description"], Tag(*place, kind="chart"))
        elif found:
            words = finding["chart"]["description"] if finding["chart"] else finding["question"]
            self.framed(tables.place(slide, found, emu(box)), words, Tag(*place, kind="table"))
        else:
            text(slide, "There is no chart of this.", (EDGE, 2.4, 8.5, 0.5), BODIES, tone=theme.MUTE, name="No chart")
        if panel:
            self.numbers(slide, place, finding)
        tag = Tag(*place, kind="caption")
        caption = (
            told(tag, self.reports) if chart else " ".join((told(tag, self.reports), found.left_out if found else ""))
        )
        text(slide, caption.strip(), CAPTION, SMALL, tone=theme.MUTE, tag=tag if chart else None, name="Caption")
        tag = Tag(*place, kind="definition")
        text(slide, told(tag, self.reports), DEFINITION, SMALL, tone=theme.MUTE, tag=tag)
        tag = Tag(*place, kind="notes")
        slide.notes_slide.notes_text_frame.text = told(tag, self.reports)
        slide.notes_slide.notes_placeholder.name = f"pmlib: {tag}"

    def numbers(self, slide: Any, place: tuple[str, str], finding: Json) -> None:
        """Add the number of a finding beside its chart, its interval and the other estimates."""
        left, top, wide, _ = PANEL
        rows = [
            ("name", 0.0, 0.5, (14, 12, 11, 10)),
            ("short", 0.5, 0.75, (36, 28, 20)),
            ("interval", 1.25, 0.62, SMALL),
        ]
        rows += [("n", 1.9, 0.28, (12,))]
        rows += [("numbers", 2.3, 1.82, (12, 11, 10, 9))] if listed(finding) else []
        for kind, down, high, sizes in rows:
            tag = Tag(*place, kind=kind)
            tone = theme.INK if kind in {"short", "numbers"} else theme.MUTE
            words = told(tag, self.reports)
            text(slide, words, (left, top + down, wide, high), sizes, tone=tone, bold=kind == "short", tag=tag)

    def closing(self) -> None:
        """Add the last slide: what each report asks for."""
        slide = self.sheet(None, "", self.title)
        headed(slide, "What to do", TITLE, HEADLINES)
        room = 4.9 / len(self.reports)
        for i, report in enumerate(self.reports):
            top, tag = 1.8 + i * room, Tag(report["report"], kind="actions")
            text(
                slide, sound(report["title"]), (EDGE, top, 2.6, room - 0.1), (16, 14, 12, 10), bold=True, name="Report"
            )
            words = told(tag, self.reports)
            text(slide, words, (EDGE + 2.8, top, WIDE - 2.8, room - 0.1), BODIES, tag=tag)

    def sheet(self, report: Facts | None, id: str, kicker: str) -> Any:
        """Add a slide with what all have: the line above the title and the foot."""
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[TITLE_ONLY])
        tag = Tag(report["report"], id, kind="question" if id else "title") if report else None
        text(slide, sound(kicker), KICKER, (13, 12, 11, 10, 9), tone=theme.MUTE, name="Above")
        text(slide, self.title, FOOT, (10,), tone=theme.MUTE, name="Foot")
        if report:
            text(slide, sound(failed(report)), GATE, (12, 11, 10, 9), tone=BAD, bold=True, name="Gate")
        day = Tag(tag.report, kind="day") if tag else None
        text(slide, day_text(self.day, year=True), DAY, (10,), tone=theme.MUTE, tag=day, name="Day", right=True)
        return slide

    def framed(self, frame: Any, words: str, tag: Tag) -> None:
        """Name a chart or table by its tag and say what it shows."""
        frame.name = f"pmlib: {tag}"
        described(frame, words)

    def bytes(self) -> bytes:
        """Return the deck as the same bytes each time."""
        out = io.BytesIO()
        self.deck.save(out)
        return restamped(coloured(out.getvalue()))


def failed(report: Facts) -> str:
    """Return what a pack asks of the data of a report and they do not hold, in sentences."""
    return " ".join(gate["text"] for gate in report.get("gates", []) if gate["ok"] is False)


def widen(deck: Any) -> None:
    """Make python-pptx's 4:3 template 16:9, its layouts too, and drop its thumbnail and printer."""
    scale = WIDTH / deck.slide_width
    deck.slide_width, deck.slide_height = WIDTH, HEIGHT
    for master in deck.slide_masters:
        for owner in (master, *master.slide_layouts):
            for shape in owner.placeholders:
                shape.left, shape.width = int(shape.left * scale), int(shape.width * scale)
    for rels in (deck.part.package._rels, deck.part.rels):
        for id in [id for id, rel in rels.items() if rel.reltype.endswith(("/thumbnail", "/printerSettings"))]:
            rels.pop(id)


def coloured(data: bytes) -> bytes:
    """Give the deck's theme the colours of the house, so that charts added by hand match."""
    import re

    from pmlib.reports.files.packed import packed

    found = parts(data)
    for name in [name for name in found if re.fullmatch(r"ppt/theme/theme\d+\.xml", name)]:
        words = found[name].decode("utf-8")
        for i, colour in enumerate(theme.SERIES, start=1):
            words = re.sub(
                rf"(<a:accent{i}>)\s*<a:srgbClr val=\"\w+\"/>", rf'\g<1><a:srgbClr val="{colour[1:]}"/>', words
            )
        found[name] = words.encode("utf-8")
    return packed(found)


def emu(box: Box) -> list[int]:
    """Return a box in EMU."""
    return [int(part * INCH) for part in box]


def headed(slide: Any, words: str, box: Box, sizes: Sequence[float], tag: Tag | None = None) -> None:
    """Write the title of a slide, in its own place so that outlines and screen readers know it."""
    shape = slide.shapes.title
    shape.left, shape.top, shape.width, shape.height = emu(box)
    written(shape, words, box, sizes, theme.INK, bold=True)
    if tag:
        shape.name = f"pmlib: {tag}"


def text(
    slide: Any,
    words: str,
    box: Box,
    sizes: Sequence[float],
    *,
    tone: str = theme.INK,
    bold: bool = False,
    tag: Tag | None = None,
    name: str = "",
    right: bool = False,
) -> None:
    """Add a text box whose text fits; an empty text adds none."""
    from pptx.enum.text import PP_ALIGN

    if not words:
        return
    shape = slide.shapes.add_textbox(*emu(box))
    shape.name = f"pmlib: {tag}" if tag else name
    written(shape, words, box, sizes, tone, bold=bold)
    if right:
        for paragraph in shape.text_frame.paragraphs:
            paragraph.alignment = PP_ALIGN.RIGHT


def written(shape: Any, words: str, box: Box, sizes: Sequence[float], tone: str, *, bold: bool) -> None:
    """Write text into a shape without margins, at the largest size that fits."""
    from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
    from pptx.util import Pt

    frame = shape.text_frame
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.word_wrap, frame.auto_size, frame.vertical_anchor = True, MSO_AUTO_SIZE.NONE, MSO_ANCHOR.TOP
    # Bold letters are wider by about a tenth.
    size, shown = fitted(sound(words), sizes, box[2] * 72 / (1.1 if bold else 1.0), box[3] * 72)
    frame.text = shown
    for paragraph in frame.paragraphs:
        paragraph.alignment = PP_ALIGN.LEFT
        for run in paragraph.runs:
            run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, charts.rgb(tone)


def described(shape: Any, words: str) -> None:
    """Say for those who cannot see it what a chart or table shows."""
    shape._element.xpath(".//p:cNvPr")[0].set("descr", sound(" ".join(words.split())))
