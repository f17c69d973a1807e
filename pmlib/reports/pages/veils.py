"""What must not be said of groups that are too small: their names and their numbers."""

import re
from dataclasses import dataclass, field
from typing import Any

from pmlib.core import Unit
from pmlib.reports.pages.content import Block, Content
from pmlib.reports.pages.groups import Hidden, hidden
from pmlib.reports.pages.streams import Way, covered

Json = dict[str, Any]

NUMBER = re.compile(r"(?<![\w.,])[+\N{MINUS SIGN}-]?\d[\d,]*(?:\.\d+)?%?(?![\w%])")


@dataclass(frozen=True)
class Veil:
    """What must not be said of a finding: names of groups, their numbers as printed and as values."""

    least: int
    names: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    values: frozenset[float] = frozenset()
    hidden: Hidden = field(default_factory=Hidden)
    marks: tuple[tuple[str, ...], ...] = ()
    links: frozenset[Way] = frozenset()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to hide."""
        return not (self.hidden.rows or self.values or self.links)

    def names_in(self, text: str) -> bool:
        """Whether a text names a group that is not shown."""
        return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in self.names)

    def numbers_in(self, text: str) -> bool:
        """Whether a text holds a number of a group that is not shown; a bare count below 100 only where it counts."""
        for found in NUMBER.finditer(text):
            number = found[0].strip("+")
            if number not in self.numbers:
                continue
            around = text[max(0, found.start() - 5) : found.end() + 14]
            if not plain(number) or re.search(
                rf"\({number}\)|(?:n = |of ){number}\b|\b{number} (?:people|person|units?|answers?|of|who|in)\b", around
            ):
                return True
        return False

    def prints(self, unit: Json, value: float | None) -> bool:
        """Whether a value is a number of a group that is not shown, to the digit or as it is printed."""
        if value is None:
            return False
        kind = Unit.from_json(unit)
        shown = {kind.text(value).split(" ")[0], kind.change(value).split(" ")[0].strip("+")}
        return value in self.values or any(not plain(one) and one in self.numbers for one in shown)

    def touches(self, text: str) -> bool:
        """Whether a text says anything of a group that is not shown."""
        return self.names_in(text) or self.numbers_in(text)

    def told(self, text: str, instead: str) -> str:
        """Return what of a text may be said: clauses that touch a hidden group go, a sentence with its first one."""
        kept = []
        for sentence in re.split(r"(?<=[.!?])\s+", text):
            head, *more = sentence.split("; ")
            if self.touches(head):
                continue
            clauses = [clause for clause in more if not self.touches(clause)]
            cut = "; ".join([head, *clauses])
            kept.append(cut if cut.endswith((".", "!", "?")) or len(clauses) == len(more) else f"{cut}.")
        return " ".join(kept) or instead


def veil_of(block: Block, found: Content, least: int) -> Veil:
    """Say what of a block must not be said."""
    table = block.table
    if table is None or not table.get("size"):
        return Veil(least)
    facts, kpi = block.facts, block.facts.get("kpi") or {}
    estimates = [*facts.get("estimates", []), *(kpi[name] for name in ("estimate", "change") if kpi.get(name))]
    shape = (block.figure.shape if block.figure else None) or {}
    links: frozenset[Way] = frozenset()
    flows = shape.get("kind") == "flow"
    if flows:
        veiled, links = covered(shape, table, least)
    else:
        veiled = hidden(
            table,
            least,
            elsewhere=counts(found, facts, estimates),
            steps=shape.get("kind") == "funnel",
            kept=(kpi.get("estimate") or {}).get("value"),
        )
    size = [column["title"] for column in table["columns"]].index(table["size"])
    everywhere = {(row, at) for row in range(len(table["rows"])) for at in range(size, len(table["columns"]))}
    gone = {(row, at) for row, at in everywhere if row in veiled.rows} | veiled.cells
    left = everywhere - gone
    printed, kept = (
        {number for row, at in places for number in tokens(table["rows"][row][at])} for places in (gone, left)
    )
    values, shown = ({table["values"][row][at] for row, at in places} for places in (gone, left))
    if kpi and veiled.nested:
        unit = Unit.from_json(kpi["estimate"]["unit"])
        kept |= set(tokens(unit.text(kpi["estimate"]["value"])))
        shown.add(kpi["estimate"]["value"])
    values |= {one["value"] for one in estimates if 0 < one["n"] < least or one["n"] in veiled.sums}
    # The place a link leads to is no group: many others lead there.
    alone = size and not flows
    names = {name for row in veiled.rows if alone for name in spelled(table["rows"][row][size - 1])}
    # The size of an open sum is a number like any other of the groups it gives away.
    sums = {f"{total:,}" for total in veiled.sums}
    return Veil(
        least,
        frozenset(names | {name for _, name in veiled.groups} if size else set()),
        # What a shown group has as well tells of nobody hidden.
        frozenset(printed - kept | sums),
        frozenset(float(value) for value in values - shown if isinstance(value, int | float)),
        veiled,
        tuple(tuple(table["rows"][row][:size]) for row in sorted(veiled.rows)),
        links,
    )


def counts(found: Content, facts: Json, estimates: list[Json]) -> set[float]:
    """Return the numbers of people that stand beside a table: a sum of its groups may be among them."""
    words = " ".join([facts.get("headline", ""), facts.get("definition", ""), *facts.get("cautions", [])])
    written = {float(one.replace(",", "")) for one in tokens(words) if one.replace(",", "").isdigit()}
    sources = {source.get(name) for source in found.made.get("sources", []) for name in ("read", "kept")}
    return written | {float(one["n"]) for one in estimates} | {float(one) for one in sources if one}


def tokens(text: str) -> list[str]:
    """Return the numbers of a text as they are printed, without a plus.

    Examples
    --------
    >>> tokens("+8.2% to 36.7% of 1,204 (27)")
    ['8.2%', '36.7%', '1,204', '27']
    """
    return [number.strip("+") for number in NUMBER.findall(text)]


def plain(number: str) -> bool:
    """Whether a printed number is a bare count below 100, which says little alone."""
    return number.isdigit() and len(number) < 3


def spelled(name: str) -> list[str]:
    """Return how a group's name may be written: a date also without its year, ``plan: pro`` as ``pro``.

    Examples
    --------
    >>> spelled("25 May 2026"), spelled("plan: pro")
    (['25 May 2026', '25 May'], ['plan: pro', 'pro'])
    """
    short = re.fullmatch(r"(\d{1,2} [A-Z][a-z]{2}) \d{4}", name)
    return [name, *([short[1]] if short else []), *([name.partition(": ")[2]] if ": " in name else [])]
