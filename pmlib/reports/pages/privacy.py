"""Contact data and names of people leave a page before anything of it is shared."""

import csv
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import escape, unescape
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

from pmlib.core import InputError, made_id, nearest
from pmlib.core.masking import masked, renamer
from pmlib.reports.pages.content import Block, Content, Figure, Section, drawn
from pmlib.show.charts import CHART_MIME

Json = dict[str, Any]
Clean = Callable[[str], str]

OURS = {"kind", "tone", "spark", "unit", "role", "versions", "first", "through", "timezone", "number", "dates"}
"""Keys of facts under which there is never a user's text."""
IDS = {"id", "findings"}
DATE = re.compile(
    r"\b(?:\d{1,2}\.? (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
    r"|(?:January|February|March|April|May|June|July|August|September|October|November|December) \d{4})\b"
)
"""What stays even where somebody on the roster is called May or June."""
LITERAL = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
"""The parts of SQL that hold words of users: texts, names of columns, comments."""
VALUES = re.compile(r"-- \$\w+ = (?:[\[\]\d., -]*|\[?(?:'[01]*'(?:, )?)*\]?)|'[01]+'")
"""Values a query ran with, and bits: numbers of ours, such as microseconds and periods, that name no one."""
TAG = re.compile(r"(<[^>]*>)")


def cleaner(*, contacts: bool, roster: Mapping[str, str]) -> Clean:
    """Return what masks one text: contact data where ``contacts`` says so, and the names on the roster.

    Examples
    --------
    >>> clean = cleaner(contacts=True, roster={"May Okafor": "P1"})
    >>> clean("May, may@example.org, came on 3 May 2026")
    'P1, [e-mail], came on 3 May 2026'
    """
    rename = renamer(roster)
    done: dict[str, str] = {}

    def named(text: str) -> str:
        found = [span.span() for span in DATE.finditer(text)]
        if not found:
            return rename(text)
        # The name of a month stays where it is one.
        ends = [0, *(end for span in found for end in span), len(text)]
        parts = [text[start:end] for start, end in pairwise(ends)]
        return "".join(part if place % 2 else rename(part) for place, part in enumerate(parts))

    def clean(text: str) -> str:
        if text not in done:
            kept = masked(text) if contacts else text
            done[text] = named(kept) if roster else kept
        return done[text]

    return clean


def private(found: Content, *, contacts: bool, roster: Mapping[str, str]) -> Content:
    """Mask contact data and names in everything of a page that may hold users' text.

    Numbers, dates and the numbers of a query stay as they are.

    Parameters
    ----------
    contacts
        Whether e-mail addresses, phone, card and account numbers are masked.
    roster
        What to write for each name, as :func:`load_roster` reads it.

    Returns
    -------
    Content
        A new page; ``found`` is left as it is.
    """
    if not contacts and not roster:
        return found
    clean = cleaner(contacts=contacts, roster=roster)
    # Inside a tag an alias must not end it, and plotly reads tags in what it draws.
    inside = cleaner(contacts=contacts, roster={name: escape(alias) for name, alias in roster.items()})

    walk = walker([block.facts for section in found.sections for block in section.blocks], clean)

    def foreign(node: Any) -> Any:
        if isinstance(node, list):
            return [foreign(one) for one in node]
        if isinstance(node, dict):
            return {name: foreign(one) for name, one in node.items()}
        return inside(node) if isinstance(node, str) else node

    def html(text: str) -> str:
        return "".join(
            inside(part) if part.startswith("<") else worded(part, clean) for part in TAG.split(text) if part
        )

    def figure(one: Figure) -> Figure:
        if one.shape is not None:
            return drawn({CHART_MIME: walk(one.shape)}, one.id)
        notes = [clean(note) for note in one.notes]
        return replace(
            one, plotly=foreign(one.plotly), description=clean(one.description), caption=clean(one.caption), notes=notes
        )

    figures = {one.id: figure(one) for one in found.figures}

    def block(one: Block) -> Block:
        table = walk(one.table) if one.table else one.table
        shown = figures[one.figure.id] if one.figure else None
        return replace(one, facts=walk(one.facts), figure=shown, table=table, html=html(one.html))

    def section(one: Section) -> Section:
        blocks = [block(each) for each in one.blocks]
        return Section(anchor(one.id, [one.title], clean), clean(one.title), html(one.html), blocks)

    return Content(
        title=clean(found.title),
        intro=html(found.intro),
        headline=walk(found.headline),
        made=walk(found.made),
        sections=[section(one) for one in found.sections],
        figures=list(figures.values()),
    )


def walker(findings: Sequence[Json], clean: Clean) -> Callable[..., Any]:
    """Return what masks the texts of plain data, the ids of these findings with them."""
    ids = {
        name: anchor(name, [facts.get("question", ""), *re.findall(r"'([^']+)'", facts.get("definition", ""))], clean)
        for facts in findings
        if isinstance(name := facts.get("id"), str)
    }

    def walk(node: Any, key: str = "") -> Any:
        if key in OURS:
            return node
        if isinstance(node, str):
            return ids.get(node, node) if key in IDS else sql(node, clean) if key == "query" else clean(node)
        if isinstance(node, list | tuple):
            return [walk(one, key) for one in node]
        return {name: walk(one, name) for name, one in node.items()} if isinstance(node, dict) else node

    return walk


def fingerprint(*, contacts: bool, roster: Mapping[str, str], least: int | None) -> str:
    """Return what is hidden on a page as one word: another one where other names, contacts or groups are.

    Examples
    --------
    >>> fingerprint(contacts=False, roster={}, least=None)
    ''
    """
    if not contacts and not roster and not least:
        return ""
    said = json.dumps([contacts, sorted(roster.items()), least])
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def recalled(facts: Json, clean: Clean, least: int | None) -> Json:
    """Return the facts of an earlier page as if it had been made with what is hidden today.

    Parameters
    ----------
    facts
        What :func:`pmlib.reports.pages.facts.facts` made; left as it is.
    clean
        What masks one text today.
    least
        People a group must have to be shown today: what rests on fewer is left out.
    """
    kept = walker(facts["findings"], clean)(facts) | {name: facts[name] for name in ("report", "as_of")}
    if not least:
        return kept
    for finding in kept["findings"]:
        finding["estimates"] = [one for one in finding["estimates"] if large(one, least)]
        if finding["kpi"] and not large(finding["kpi"]["estimate"], least):
            finding["kpi"] = None
    return kept


def large(estimate: Json, least: int) -> bool:
    """Whether a number rests on people enough, and counts enough where it is a count."""
    value = estimate["value"]
    few = estimate["unit"]["kind"] == "count" and value is not None and 0 < value < least
    return not few and not 0 < estimate["n"] < least


def anchor(name: str, texts: Sequence[str], clean: Clean) -> str:
    """Mask an id in which the words of these texts may stand joined by hyphens.

    Examples
    --------
    >>> anchor("survey-quotes-ask-a-b-de", ["Ask a@b.de"], masked)
    'survey-quotes-ask-e-mail'
    """
    for text in texts:
        slug, shown = made_id(text), clean(text)
        if slug and shown != text:
            name = name.replace(slug, made_id(shown) or "x")
    spaced = name.replace("-", " ")
    shown = clean(spaced)
    return name if shown == spaced else made_id(shown) or "x"


def sql(query: str, clean: Clean) -> str:
    """Mask the texts, names and comments of a query; its numbers and words stay.

    Examples
    --------
    >>> sql("SELECT 1234567890 WHERE user = 'a@b.de'", masked)
    "SELECT 1234567890 WHERE user = '[e-mail]'"
    """
    return LITERAL.sub(lambda found: found[0] if VALUES.fullmatch(found[0]) else clean(found[0]), query)


def worded(part: str, clean: Clean) -> str:
    """Mask the text between two tags; what needs no mask stays to the byte."""
    text = unescape(part)
    shown = clean(text)
    return part if shown == text else escape(shown, quote=False)


def load_roster(path: Path) -> dict[str, str]:
    """Read the names that must not be shown: a CSV with the columns ``name`` and, if wished, ``alias``.

    Returns
    -------
    dict
        What to write for each name: its alias, or ``Person 1``, ``Person 2``, … by its line.

    Raises
    ------
    InputError
        If there is no such file, it is no text in UTF-8, or has no column ``name``.
    """
    if not path.is_file():
        near = nearest(path.name, [one.name for one in path.parent.iterdir()]) if path.parent.is_dir() else ""
        raise InputError(f"There is no roster {path}.{near} Write a CSV with the columns name and alias.")
    try:
        text = path.read_text(encoding="utf-8-sig")
        head = text.partition("\n")[0]
        sign = ";" if ";" in head and "," not in head else ","
        rows = [row for row in csv.reader(StringIO(text, newline=""), delimiter=sign) if row]
    except UnicodeDecodeError as error:
        raise InputError(f"The roster {path.name} is not text in UTF-8. Save it as CSV UTF-8.") from error
    except (OSError, csv.Error) as error:
        raise InputError(f"The roster {path.name} cannot be read: {error}. Write a CSV that can.") from error
    columns = [cell.strip().casefold() for cell in rows[0]] if rows else []
    if "name" not in columns:
        there = ", ".join(cell.strip() for cell in rows[0]) if rows else "nothing"
        raise InputError(
            f"The roster {path.name} has no column 'name'; it has {there}. Its first line is: name,alias."
            f"{nearest('name', columns)}"
        )
    roster: dict[str, str] = {}
    for row in rows[1:]:
        cells = dict(zip(columns, (cell.strip() for cell in row), strict=False))
        name = cells.get("name", "")
        if name and name not in roster:
            roster[name] = cells.get("alias", "") or f"Person {len(roster) + 1}"
    return roster
