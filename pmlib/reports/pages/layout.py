"""What stands where on a page: what is shown at once, what is folded, in the order of reading."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pmlib.core import Unit
from pmlib.core.periods import day_text
from pmlib.reports.files.sheets import Sheet
from pmlib.reports.pages.content import Block, Content, Figure, Section
from pmlib.reports.pages.gates import misleading
from pmlib.reports.pages.leaf import Leaf
from pmlib.reports.pages.numbers import Link, Numbers, Quote, book, numbers, points, quotes
from pmlib.show import Chart
from pmlib.show.spark import ends, last, polylines
from pmlib.show.still import still

Json = dict[str, Any]

CARDS, CHANGES, FINDINGS, ASKS = 4, 3, 5, 1
"""How many of each a page shows at once; what goes beyond is folded."""
CLOSING = ("doubts", "actions", "made")
WIDE, NARROW = 760, 310
"""Widths in px of the static drawings: for a screen or paper, and for a phone."""


@dataclass(frozen=True)
class Drawing:
    """A chart of the page: the static drawings that stand there until a script draws it."""

    figure: Figure
    wide: str = ""
    narrow: str = ""


@dataclass(frozen=True)
class Item:
    """A block of a section, ready to be shown."""

    kind: str
    block: Block
    anchor: str = ""
    drawing: Drawing | None = None
    numbers: Numbers | None = None
    quotes: tuple[Quote, ...] = ()


@dataclass
class Part:
    """A section of the page."""

    anchor: str
    title: str
    kind: str = "question"
    html: str = ""
    items: list[Item] = field(default_factory=list)


@dataclass(frozen=True)
class Card:
    """A card with its sparkline, and the ends of the sparkline's own scale."""

    facts: Json
    lines: tuple[str, ...] = ()
    last: str = ""
    low: str = ""
    high: str = ""


@dataclass(frozen=True)
class Fold:
    """What is shown, and what is folded behind it."""

    shown: tuple[Any, ...]
    rest: tuple[Any, ...]


@dataclass
class Layout:
    """A page in the order of reading."""

    lede: str = ""
    misled: bool = False
    banners: list[str] = field(default_factory=list)
    strip: list[Json] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    moved: Fold | None = None
    parts: list[Part] = field(default_factory=list)
    folded: list[Part] = field(default_factory=list)
    workbook: Link | None = None

    @property
    def count(self) -> int:
        """How many findings are folded."""
        return findings(self.folded)


def layout(leaf: Leaf) -> Layout:
    """Lay a page out.

    Returns
    -------
    Layout
        Within the budget of a page: one sentence, four cards, three changes, five findings and one ask at once.
    """
    found = leaf.content
    page = Layout()
    failed = [gate for gate in leaf.gates if gate.ok is False]
    why = misleading(leaf.gates)
    page.misled = bool(why)
    page.lede = why or found.headline.get("sentence", "")
    warned = [gate.text for gate in failed] or [leaf.why] * bool(leaf.why)
    page.banners = [text for text in dict.fromkeys(warned) if text != page.lede]
    page.cards = cards(found)
    page.moved = moved(leaf)
    name = anchors()
    sheets: list[Sheet] = []
    parts = [part(section, leaf, name, sheets) for section in found.sections]
    questions = [one for one in parts if one.kind == "question"]
    spoken = [one for one in parts if one.kind == "quotes"]
    # A place is kept for what people said, however many findings come before.
    kept = int(bool(spoken))
    shown, page.folded = budgeted(questions, FINDINGS - kept)
    page.folded += looked_into(parts, name)
    said, unsaid = budgeted(spoken, FINDINGS - findings(shown))
    page.folded += unsaid
    page.parts = [head(parts, name, bool(page.cards or page.moved))]
    page.parts += shown
    if page.folded:
        page.parts.append(Part(name("more-findings"), "More findings", "folded"))
    if leaf.notes.html or leaf.notes.decided or leaf.notes.before:
        page.parts.append(Part(name("notes-and-decisions"), "Notes and decisions", "notes"))
    page.parts += said
    for kind in CLOSING:
        page.parts += [one for one in parts if one.kind == kind]
    page.parts = [one for one in page.parts if one.title]
    page.workbook = book(
        sheets, title=f"{leaf.title}, {day_text(leaf.as_of, year=True)}", made=leaf.as_of, name=leaf.job.id
    )
    return page


def head(parts: list[Part], name: Callable[[str], str], needed: bool) -> Part:
    """Return the section of cards and changes, as the notebook names it."""
    own = next((one for one in parts if one.kind == "headline"), None)
    return own or Part(name("headline") if needed else "", "Headline" if needed else "", "headline")


def part(section: Section, leaf: Leaf, name: Callable[[str], str], sheets: list[Sheet]) -> Part:
    """Make a section of the page out of one of the notebook."""
    made = Part(name(section.id), section.title, html=section.html)
    made.items = [item(block, leaf, name, sheets) for block in section.blocks]
    kinds = [one.kind for one in made.items]
    closing = next((kind for kind in ("headline", *CLOSING) if kind in kinds), "")
    answers = [one for one in made.items if one.kind == "finding"]
    if closing in CLOSING:
        made.kind = closing
    elif answers:
        made.kind = "quotes" if all(one.quotes and not one.drawing for one in answers) else "question"
    else:
        made.kind = closing or "question"
    return made


def looked_into(parts: list[Part], name: Callable[[str], str]) -> list[Part]:
    """Take the findings out of the closing sections: their doubts are listed there, the rest can be folded."""
    taken = []
    for one in parts:
        answers = [made for made in one.items if made.kind == "finding"]
        if one.kind in CLOSING and answers:
            one.items = [made for made in one.items if made.kind != "finding"]
            taken.append(Part(name(f"{one.anchor}-looked-into"), one.title, items=answers))
    return taken


def item(block: Block, leaf: Leaf, name: Callable[[str], str], sheets: list[Sheet]) -> Item:
    """Make a block ready: its chart drawn, its table with a file."""
    facts = block.facts
    own = facts.get("id", "") if block.kind == "finding" else ""
    table = block.table or (points(block.figure.shape) if block.figure and block.figure.shape else None)
    anchor = name(own) if own else ""
    made = None
    if table is not None:
        words = own or f"table-{len(sheets) + 1}"
        question = facts.get("question", "") or (
            block.figure.description if block.figure else f"Table {len(sheets) + 1}"
        )
        made = numbers(table, question, leaf.job.id, words, leaf.as_of.isoformat())
        sheets.append(Sheet(question, facts.get("headline", ""), table, facts.get("definition", "")))
    spoken = quotes(block.table) if block.table and not block.figure else ()
    return Item(block.kind, block, anchor, drawing(block.figure), made, spoken)


def drawing(figure: Figure | None) -> Drawing | None:
    """Draw a chart so that it can be seen without scripts; a foreign figure cannot."""
    if figure is None:
        return None
    if figure.shape is None:
        return Drawing(figure)
    chart = Chart.from_json(figure.shape)
    return Drawing(figure, still(chart, width=WIDE), still(chart, width=NARROW))


def findings(parts: Iterable[Part]) -> int:
    """Return how many findings stand in sections."""
    return sum(item.kind == "finding" for part in parts for item in part.items)


def budgeted(parts: Iterable[Part], left: int) -> tuple[list[Part], list[Part]]:
    """Part the sections into those shown, with ``left`` findings at most, and those folded."""
    shown: list[Part] = []
    folded: list[Part] = []
    for one in parts:
        count = findings([one])
        if count <= left:
            shown.append(one)
        elif left == 0:
            folded.append(one)
        else:
            at = [i for i, item in enumerate(one.items) if item.kind == "finding"][left]
            shown.append(Part(one.anchor, one.title, one.kind, one.html, one.items[:at]))
            folded.append(Part("", one.title, one.kind, "", one.items[at:]))
        left = max(0, left - count)
    return shown, folded


def cards(found: Content) -> list[Card]:
    """Return the cards, each with its sparkline."""
    blocks = [block for section in found.sections for block in section.blocks if block.kind == "finding"]
    kpis = {block.facts["id"]: block.facts["kpi"] for block in blocks if block.facts.get("kpi")}
    return [sparked(facts, kpis.get(facts["id"])) for facts in found.headline.get("cards", [])[:CARDS]]


def sparked(facts: Json, kpi: Json | None) -> Card:
    """Add to a card the line of its history, its last point, its lowest and its highest value."""
    history = kpi["history"] if kpi else []
    lines = tuple(polylines(history)) or tuple(facts.get("spark", ()))
    if kpi is None or not lines:
        return Card(facts, lines)
    low, high = ends(history, Unit.from_json(kpi["estimate"]["unit"]))
    return Card(facts, lines, last(history), low, high)


def moved(leaf: Leaf) -> Fold | None:
    """Return what changed since the last good run: three at once, a revised number among them."""
    changes = leaf.changes
    if changes.since is None:
        return None
    new, revised = list(changes.moved), list(changes.revised)
    first = new[: CHANGES - 1] + revised[:1] if revised else new[:CHANGES]
    rest = [one for one in [*new, *revised] if one not in first]
    first, rest = [*first, *rest[: CHANGES - len(first)]], rest[CHANGES - len(first) :]
    return Fold(tuple(first), tuple(rest))


def anchors() -> Callable[[str], str]:
    """Return a function that makes each name an id of its own."""
    taken = {"main", "figures", "packed", ""}

    def name(wanted: str) -> str:
        one, number = wanted or "part", 1
        while one in taken:
            number += 1
            one = f"{wanted or 'part'}-{number}"
        taken.add(one)
        return one

    return name
