"""Groups of too few people are not shown: not in tables and charts, not in sentences, cards or facts."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from pmlib.core.periods import day_text
from pmlib.reports.pages.content import Block, Content, Figure, drawn
from pmlib.reports.pages.veils import Veil, spelled, veil_of
from pmlib.show.charts import CHART_MIME
from pmlib.show.spark import polylines

Json = dict[str, Any]


@dataclass
class Retold:
    """What became of the sentences and cards of findings, for whatever repeats them."""

    least: int
    veils: list[Veil] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    kpis: dict[str, Json | None] = field(default_factory=dict)

    @property
    def people(self) -> str:
        """Whom a sentence must not tell of."""
        return f"a group of fewer than {self.least} people"

    def text(self, text: str, what: str) -> str:
        """Return what became of a sentence; one that gives a group's name with its number is not shown."""
        if text in self.said:
            return self.said[text]
        told = any(veil.names_in(text) and veil.numbers_in(text) for veil in self.veils)
        return f"{what} that tells of {self.people} is not shown." if told else text

    def within(self, text: str) -> str:
        """Put the new sentences into a longer text."""
        for old, new in self.said.items():
            text = text.replace(old, new)
        return text

    def card(self, card: Json) -> Json:
        """Return what became of a card."""
        if card["id"] not in self.kpis:
            return card
        kpi = self.kpis[card["id"]]
        if kpi is None:
            shown = {"name": "Not shown", "value": "\N{EN DASH}", "change": "", "tone": "flat"}
            return {"id": card["id"]} | shown | {"range": f"it would tell of {self.people}", "spark": []}
        quiet = {} if kpi["change"] else {"change": "", "tone": "flat"}
        return card | quiet | {"spark": polylines(kpi["history"])}

    def facts(self, facts: Json) -> Json:
        """Return the facts of what stands beside the findings: headline, doubts, actions, sources."""
        made = dict(facts)
        if "sentence" in made:
            made["sentence"] = self.text(made["sentence"], "A sentence")
        if "cards" in made:
            made["cards"] = [self.card(card) for card in made["cards"]]
        if "checks" in made:
            texts = {self.text(check["text"], "A check"): check for check in made["checks"]}
            made["checks"] = [check | {"text": text} for text, check in texts.items()]
        if "actions" in made:
            made["actions"] = list(dict.fromkeys(self.text(text, "A step") for text in made["actions"]))
        if "sources" in made:
            made["sources"] = [
                source | {"notes": list(dict.fromkeys(self.text(note, "A note") for note in source["notes"]))}
                for source in made["sources"]
            ]
        return made


def suppressed(found: Content, least: int) -> tuple[Content, int]:
    """Take groups of fewer than ``least`` people out of a page, and those that would give them away.

    Groups are the rows of tables that name a column of sizes (:attr:`pmlib.show.Table.size`).

    Returns
    -------
    tuple
        The page without them, a new one, and how many groups are not shown.
    """
    blocks = [block for section in found.sections for block in section.blocks]
    veils = [veil_of(block, found, least) for block in blocks]
    retold = Retold(least, [veil for veil in veils if not veil.empty])
    groups = {group for veil in retold.veils for group in veil.hidden.groups}
    figures: dict[str, Figure | None] = {one.id: one for one in found.figures}
    after: dict[int, Block] = {}
    for block, veil in zip(blocks, veils, strict=True):
        made = quoted(block, groups, least)
        after[id(block)] = redrawn(made, veil, retold, figures) if veil in retold.veils else made
    if not retold.veils and all(after[id(block)] is block for block in blocks):
        return found, 0

    def beside(block: Block) -> Block:
        made = after[id(block)]
        if made.kind in {"headline", "doubts", "actions", "made"}:
            return replace(made, facts=retold.facts(made.facts))
        if made.kind == "text":
            return replace(made, facts=made.facts | {"text": retold.within(str(made.facts["text"]))})
        return replace(made, html=retold.within(made.html))

    page = replace(
        found,
        sections=[replace(one, blocks=[beside(block) for block in one.blocks]) for one in found.sections],
        headline=retold.facts(found.headline),
        made=retold.facts(found.made),
        figures=[one for one in figures.values() if one is not None],
    )
    return page, sum(len(veil.hidden.groups) for veil in retold.veils)


def redrawn(block: Block, veil: Veil, retold: Retold, figures: dict[str, Figure | None]) -> Block:
    """Take the hidden groups out of a finding, or a table alone; note which sentences became which."""
    facts, people = dict(block.facts), retold.people
    if facts.get("headline"):
        kpi, count = facts["kpi"], len(veil.hidden.groups)
        told = {facts["headline"]: veil.told(facts["headline"], f"The answer is not shown: it would tell of {people}.")}
        told |= {one: veil.told(one, f"A caution that tells of {people} is not shown.") for one in facts["cautions"]}
        if veil.touches(facts["action"]):
            told[facts["action"]] = f"A step that tells of {people} is not shown."
        verb = "group is" if count == 1 else "groups are"
        more = [f"{count} {verb} not shown, so that none of fewer than {veil.least} people can be made out."]
        facts |= {
            "headline": told[facts["headline"]],
            "definition": veil.told(facts["definition"], f"Groups of fewer than {veil.least} people are not shown."),
            "cautions": [*dict.fromkeys(told[one] for one in facts["cautions"]), *(more if count else [])],
            "action": told.get(facts["action"], facts["action"]),
            "estimates": [one for one in facts["estimates"] if stays(one, veil, kpi)],
            "kpi": carded(kpi, veil),
        }
        retold.said |= told
        retold.kpis[facts["id"]] = facts["kpi"]
    figure = block.figure
    if figure is not None:
        name = figure.id
        figure = figures[name] = without_marks(figure, veil)
    return replace(block, facts=facts, table=blank(block.table, veil), figure=figure)


def stays(estimate: Json, veil: Veil, kpi: Json | None) -> bool:
    """Whether an estimate tells nothing of a hidden group."""
    n, value = estimate["n"], estimate["value"]
    if 0 < n < veil.least or n in veil.hidden.sums or veil.names_in(f"{estimate['label']} {estimate['period']}"):
        return False
    if veil.hidden.nested:
        return kpi is not None and (estimate["label"], value) == (kpi["estimate"]["label"], kpi["estimate"]["value"])
    return not veil.prints(estimate["unit"], value)


def carded(kpi: Json | None, veil: Veil) -> Json | None:
    """Return what of a card may stay: all, all but its change and past values, or nothing."""
    if kpi is None or not stays(kpi["estimate"], veil, kpi):
        return None
    change = kpi["change"]
    if change is not None and (veil.hidden.nested or veil.names_in(kpi["before"]) or not stays(change, veil, None)):
        change = None
    history = [None if value in veil.values else value for value in kpi["history"]]
    if kpi["estimate"]["n"] < veil.least * len(history):
        # So few in all that some of the past values rest on fewer than may be shown.
        history = []
    return kpi | {"change": change, "before": kpi["before"] if change else "", "history": history}


def blank(table: Json | None, veil: Veil) -> Json | None:
    """Empty the cells of hidden groups, and of totals that would give them away."""
    if table is None or not (veil.hidden.rows or veil.hidden.cells):
        return table
    titles = [column["title"] for column in table["columns"]]
    size = titles.index(table["size"])
    rows, values = [list(row) for row in table["rows"]], [list(row) for row in table["values"]]
    places = [(row, at) for row in veil.hidden.rows for at in range(size, len(titles))]
    for row, at in [*places, *veil.hidden.cells]:
        rows[row][at], values[row][at] = "", None
    for row in veil.hidden.rows:
        rows[row][size] = f"fewer than {veil.least}" if veil.hidden.told else "not shown"
    return table | {"rows": rows, "values": values}


def without_marks(figure: Figure, veil: Veil) -> Figure | None:
    """Draw a chart anew without the marks of hidden groups; ``None`` where none is left."""
    shape = figure.shape
    if shape is None:
        return None
    series = [one for one in (left(one, veil, shape) for one in shape["series"]) if one["x"]]
    if not series:
        return None
    instead = f"Groups of fewer than {veil.least} people are not drawn."
    changed = shape | {
        "series": series,
        "description": veil.told(shape["description"], instead),
        "caption": veil.told(shape["caption"], instead) if shape["caption"] else "",
        "marked": "" if veil.names_in(shape["marked"]) else shape["marked"],
    }
    return drawn({CHART_MIME: changed}, figure.id)


def left(series: Json, veil: Veil, shape: Json) -> Json:
    """Return a series without the marks of hidden groups."""
    # A row of a grid is named with its size in brackets.
    name = re.sub(r" \([\d,]+\)$", "", series["name"])
    parts = ("x", "y", "low", "high", "text")

    def kept(keep: list[int]) -> Json:
        return series | {part: [series[part][at] for at in keep] if series[part] else [] for part in parts}

    if shape["kind"] == "flow":
        ways = [(series["column"], series["name"], target) for target in series["x"]]
        return kept([at for at, way in enumerate(ways) if way not in veil.links])
    rows = {spelling for mark in veil.marks if mark for spelling in spelled(mark[-1])}
    if shape["kind"] == "grid":
        return series | ({"x": [], "y": []} if name in rows else {})

    def hides(at: int) -> bool:
        x = series["x"][at]
        # By what it is called, by what stands at it, by its value.
        called = any({name, x, dated(x)} >= set(mark) or ", ".join(mark) == x for mark in veil.marks if mark)
        said = bool(series["text"]) and veil.names_in(series["text"][at])
        return called or said or veil.prints(shape["unit"], series["y"][at])

    return kept([at for at in range(len(series["x"])) if not hides(at)])


def dated(x: str) -> str:
    """Return a day of an axis as tables print it; other labels as they are."""
    try:
        return day_text(date.fromisoformat(x), year=True)
    except ValueError:
        return x


def quoted(block: Block, groups: Collection[tuple[str, str]], least: int) -> Block:
    """Take the groups from beside the quotes where one of them is too small."""
    table = block.table
    if table is None or table.get("size") or not any(column["kind"] == "quote" for column in table["columns"]):
        return block
    estimates = block.facts.get("estimates", [])
    few = [one["label"] for one in estimates if 0 < one["n"] < least and ", " in one["label"]]
    hidden = []
    for at, column in enumerate(table["columns"]):
        there = {row[at] for row in table["rows"]}
        small = any((column["title"], name) in groups for name in there)
        if column["kind"] == "text" and (small or any(label.endswith(f", {name}") for label in few for name in there)):
            # All of them: which one is missing would tell.
            hidden.append(at)
    if not hidden and not few:
        return block
    rows = [["" if at in hidden else cell for at, cell in enumerate(row)] for row in table["rows"]]
    values = [[None if at in hidden else cell for at, cell in enumerate(row)] for row in table["values"]]
    # With the total, the others would give the small one away.
    facts = block.facts | {"estimates": [one for one in estimates if ", " not in one["label"]]}
    return replace(block, facts=facts, table=table | {"rows": rows, "values": values})
