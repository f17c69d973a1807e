"""Who reads what: what an audience may not see leaves the content before a page is made of it."""

import tomllib
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

from pydantic import Field, ValidationError, field_validator, model_validator

from pmlib.core import InputError, SettingError, nearest
from pmlib.reports.packs.pack import shipped_notebooks
from pmlib.reports.packs.settings import Setting
from pmlib.reports.pages.content import Block, Json
from pmlib.reports.pages.leaf import Changes, Leaf, Notes
from pmlib.sources.where import complaint

RULES = "audiences.toml"
PARTS = (
    "headline",
    "cards",
    "gates",
    "changes",
    "notes",
    "decisions",
    "findings",
    "charts",
    "tables",
    "quotes",
    "definitions",
    "cautions",
    "methods",
    "queries",
    "doubts",
    "actions",
    "sources",
    "parameters",
    "versions",
    "prose",
)
"""What a page is made of, and a rule may name."""


class Audience(Setting):
    """The rule of one audience: what must be on its page where the report has it, and what may not."""

    name: str = ""
    who: str = ""
    must: list[str] = Field(default=[])
    may_not: list[str] = Field(default=[])

    @field_validator("must", "may_not")
    @classmethod
    def known(cls, value: list[str]) -> list[str]:
        """Hold that the parts exist."""
        for part in value:
            if part not in PARTS:
                raise ValueError(f"a page has no part '{part}'; it has {', '.join(PARTS)}.{nearest(part, PARTS)}")
        return value

    @model_validator(mode="after")
    def one_way(self) -> "Audience":
        """Hold that nothing is both asked for and forbidden."""
        both = sorted(set(self.must) & set(self.may_not))
        if both:
            raise ValueError(f"{', '.join(both)} cannot be in must and in may_not; leave out one")
        return self


EVERYBODY = Audience(name="", who="everybody", must=list(PARTS))
"""The audience of a pack that names none."""
QUIET = {"headline": ("headline", ""), "cards": ("card", None)}
"""What of a report's record tells what a part of its page does, and what stands there instead."""
ROW = 2
"""Columns a table needs to say anything."""


def audiences(folder: Path, names: list[str]) -> tuple[Audience, ...]:
    """Return the rules of the audiences a pack names; one that sees all where it names none.

    Parameters
    ----------
    folder
        The folder of the pack: an ``audiences.toml`` in it takes the place of the one pmlib brings.

    Raises
    ------
    SettingError
        If the rules cannot be read, or hold no such audience.
    """
    if not names:
        return (EVERYBODY,)
    path = folder / RULES if (folder / RULES).is_file() else shipped_notebooks() / RULES
    rules = read(path)
    for name in names:
        if name not in rules:
            raise SettingError(
                f"{path.name} has no audience '{name}'; it has {', '.join(rules)}.{nearest(name, rules)}"
            )
    return tuple(rules[name] for name in dict.fromkeys(names))


def read(path: Path) -> dict[str, Audience]:
    """Read a file of rules."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}. Write the rules of your audiences there.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"{path.name} is not readable TOML: {error}.") from error
    found = {}
    for name, table in tables.items():
        if not name.isidentifier() or not name.islower():
            raise SettingError(f"{path.name}: '{name}' cannot be the folder of an audience; use lower-case letters.")
        try:
            found[name] = Audience.model_validate({**table, "name": name})
        except ValidationError as error:
            raise SettingError(f"[{name}] of {path.name}: {complaint(error, list(Audience.model_fields))}") from error
    return found


def seen_by(leaf: Leaf, audience: Audience) -> Leaf:
    """Return what an audience may see of a page; the rest is in no field of it."""
    hidden = set(audience.may_not)
    found = deepcopy(leaf.content)
    for section in found.sections:
        section.blocks = [block for block in section.blocks if shown(block, hidden)]
        if "prose" in hidden:
            section.html = ""
    if "prose" in hidden:
        found.intro = ""
    if "headline" in hidden:
        found.headline = {**found.headline, "sentence": ""}
    if "cards" in hidden:
        found.headline = {**found.headline, "cards": []}
    found.sections = [section for section in found.sections if section.blocks or section.html]
    drawn = {id(block.figure) for section in found.sections for block in section.blocks}
    found.figures = [figure for figure in found.figures if id(figure) in drawn]
    found.made = made(found.made, hidden)
    notes = Notes(
        html="" if "notes" in hidden else leaf.notes.html,
        decided=() if "decisions" in hidden else leaf.notes.decided,
        before=() if "decisions" in hidden else leaf.notes.before,
    )
    job = replace(leaf.job, parameters={}) if "parameters" in hidden else leaf.job
    changes = Changes() if "changes" in hidden else leaf.changes
    gates = () if "gates" in hidden else leaf.gates
    why = "" if "gates" in hidden else leaf.why
    return replace(leaf, job=job, content=found, notes=notes, changes=changes, gates=gates, why=why, facts={})


def hold_must(leaf: Leaf, seen: Leaf, audience: Audience) -> None:
    """Hold that an audience sees each part it must see and the page has.

    Raises
    ------
    SettingError
        If what it may not see takes one away.
    """
    for part in audience.must:
        if has(leaf, part) and not has(seen, part):
            forbidden = ", ".join(audience.may_not)
            raise SettingError(
                f"[{audience.name}] of {RULES}: '{part}' must be on the page '{leaf.title}', and goes with what may "
                f"not be there ({forbidden}). Take '{part}' out of must, or what holds it out of may_not."
            )


def has(leaf: Leaf, part: str) -> bool:
    """Whether a page has anything of a part.

    A table of people's own words alone belongs to ``quotes``; it is no table.
    """
    blocks = [block for section in leaf.content.sections for block in section.blocks]
    kinds = {block.kind for block in blocks}
    answers = [block.facts for block in blocks if block.kind == "finding"]
    tables = [block.table for block in blocks if block.table]
    head, made = leaf.content.headline, leaf.content.made
    prose = [leaf.content.intro, *(section.html for section in leaf.content.sections)]
    there: dict[str, Callable[[], object]] = {
        "headline": lambda: head.get("sentence"),
        "cards": lambda: head.get("cards"),
        "gates": lambda: leaf.gates,
        "changes": lambda: leaf.changes.since,
        "notes": lambda: leaf.notes.html,
        "decisions": lambda: leaf.notes.decided or leaf.notes.before,
        "findings": lambda: answers,
        "charts": lambda: [block for block in blocks if block.figure],
        "tables": lambda: [table for table in tables if unquoted(table)],
        "quotes": lambda: [table for table in tables if unquoted(table) is not table],
        "definitions": lambda: [facts for facts in answers if facts.get("definition")],
        "cautions": lambda: [facts for facts in answers if facts.get("cautions")],
        "methods": lambda: [one for facts in answers for one in facts.get("estimates", []) if one.get("method")],
        "queries": lambda: [facts for facts in answers if facts.get("query")],
        "sources": lambda: made.get("sources"),
        "parameters": lambda: leaf.job.parameters,
        "versions": lambda: made.get("versions"),
        "prose": lambda: kinds & {"prose", "text"} or any(prose),
    }
    return bool(there[part]()) if part in there else part in kinds


def index_entry(entry: Json, rule: Audience) -> Json:
    """Return what an audience's index may say of a report.

    Parameters
    ----------
    entry
        A report in the record of a run: ``headline``, ``card``, ``state``, ``why``.
    """
    kept = entry | {name: instead for part in rule.may_not if part in QUIET for name, instead in [QUIET[part]]}
    if "gates" in rule.may_not and kept.get("state") == "stale":
        kept["why"] = "Its data are older than allowed."
    return kept


def shown(block: Block, hidden: set[str]) -> bool:
    """Take what is hidden out of a block; whether anything of it is left to show."""
    if block.kind == "finding":
        return finding(block, hidden)
    if "quotes" in hidden and block.table:
        block.table = unquoted(block.table)
    gone: dict[str, Callable[[], bool]] = {
        "prose": lambda: "prose" in hidden,
        "text": lambda: "prose" in hidden,
        "figure": lambda: "charts" in hidden,
        "table": lambda: "tables" in hidden or not block.table,
        "doubts": lambda: "doubts" in hidden,
        "actions": lambda: "actions" in hidden,
    }
    if block.kind == "headline":
        cards = [] if "cards" in hidden else block.facts.get("cards", [])
        block.facts = {**block.facts, "cards": cards} | ({"sentence": ""} if "headline" in hidden else {})
    if block.kind == "made":
        block.facts = made(block.facts, hidden)
    return block.kind not in gone or not gone[block.kind]()


def finding(block: Block, hidden: set[str]) -> bool:
    """Take what is hidden out of a finding."""
    emptied: Json = {"queries": {"query": ""}, "definitions": {"definition": ""}, "cautions": {"cautions": []}}
    for part, fields in emptied.items():
        if part in hidden:
            block.facts = {**block.facts, **fields}
    if "methods" in hidden:
        block.facts = {**block.facts, "estimates": [{**one, "method": ""} for one in block.facts.get("estimates", [])]}
    if "quotes" in hidden and block.table:
        block.table = unquoted(block.table)
    if "tables" in hidden:
        block.table = None
    if "charts" in hidden:
        block.figure = None
    return "findings" not in hidden


def made(facts: Json, hidden: set[str]) -> Json:
    """Take what is hidden out of how a report was made."""
    kept = dict(facts)
    if "sources" in hidden and kept:
        kept["sources"] = []
    if "versions" in hidden and kept:
        kept["versions"] = {}
    return kept


def unquoted(table: Json) -> Json | None:
    """Take the columns of people's own words out of a table, and the table where only they were its content."""
    kept = [i for i, column in enumerate(table["columns"]) if column["kind"] != "quote"]
    if len(kept) == len(table["columns"]):
        return table
    if len(kept) < ROW:
        return None

    def cut(rows: list[list[object]]) -> list[list[object]]:
        return [[row[i] for i in kept] for row in rows]

    return {
        **table,
        "columns": [table["columns"][i] for i in kept],
        "rows": cut(table["rows"]),
        "values": cut(table["values"]),
    }
