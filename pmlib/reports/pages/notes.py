"""Owners' notes beside a pack: what they wrote for a week, what was decided, and what happened since."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from html import escape
from pathlib import Path
from typing import Any

from pmlib.core.periods import day_text
from pmlib.core.words import capital
from pmlib.reports.pages.changes import difference, number, pairs, same_meaning
from pmlib.reports.pages.leaf import Decision, Notes
from pmlib.reports.pages.prose import prose

Json = dict[str, Any]

WEEK = timedelta(days=7)
LONGEST = 20_000
"""Signs of a note that are read."""
SHOWN = 3
"""Numbers told of since a decision."""
DECISION = re.compile(
    r"^\s*(?:[-*+]\s+)?(?:\*\*|__)?decision\s*(?:\((?P<owner>[^()]*)\))?\s*:(?:\*\*|__)?\s*(?P<text>.*\S)\s*$",
    re.IGNORECASE,
)
OWNER = re.compile(r"\s*\(\s*owner\s*:\s*(?P<owner>[^()]*?)\s*\)\s*(?P<stop>[.!]?)$", re.IGNORECASE)
QUIET = {"readme"}
"""Files that may lie among notes without being one."""


@dataclass(frozen=True)
class Note:
    """A note as it lies in the folder: its day, what it says, its decisions; or why it cannot be shown."""

    day: date | None
    text: str = ""
    decisions: tuple[Decision, ...] = ()
    everywhere: bool = False
    problem: str = ""


def notes(
    folder: Path,
    report: str,
    as_of: date,
    memory: Sequence[Json],
    now: Json,
    *,
    clean: Callable[[str], str] = str,
) -> Notes:
    """Read what owners wrote for a page.

    A note is a Markdown file ``REPORT/2026-11-22.md``, or ``2026-11-22.md`` for all reports. It stands on the page
    whose week, the seven days up to ``as_of``, holds its day. A line ``Decision: text (owner: Name)`` or
    ``Decision (Name): text`` is a decision; those of the last week that had any are shown with what happened since.
    A file that cannot be read, or is not named by its day, is told of on the page.

    Parameters
    ----------
    folder
        Where the notes lie; it need not be there.
    report
        The id of the report.
    memory
        The facts of earlier pages, in any order.
    now
        The facts of this page.
    clean
        What masks a text before it is shown.
    """
    found = [*read(folder / report, clean), *(replace(one, everywhere=True) for one in read(folder, clean))]
    dated = sorted((one for one in found if one.day), key=lambda one: (one.day or as_of, one.everywhere))
    this = [one for one in dated if one.day and as_of - WEEK < one.day <= as_of]
    parts = [html_of(one) for one in this]
    parts += [f"<p>{escape(one.problem, quote=False)}</p>\n" for one in found if not one.day and one.problem]
    before = [decision for one in dated if one.day and one.day <= as_of - WEEK for decision in one.decisions]
    return Notes(
        "".join(parts),
        tuple(decision for one in this for decision in one.decisions),
        tuple(followed(one, report, memory, now) for one in last_week(before, as_of)),
    )


def read(folder: Path, clean: Callable[[str], str]) -> list[Note]:
    """Read the notes of a folder, by name; what is no note is left alone."""
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix.casefold() == ".md" and path.is_file())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        return [Note(None, problem=f"The notes in '{folder.name}' cannot be read: {error.strerror}.")]
    return [note for path in files if path.stem.casefold() not in QUIET for note in [note_at(path, clean)]]


def note_at(path: Path, clean: Callable[[str], str]) -> Note:
    """Read one note, or say why it cannot be shown."""
    name = clean(path.name)
    try:
        day = date.fromisoformat(path.stem) if re.fullmatch(r"\d{4}-\d\d-\d\d", path.stem) else None
    except ValueError:
        day = None
    if day is None:
        return Note(None, problem=f"The note '{name}' is not shown: name it by its day, such as 2026-11-22.md.")
    if path.is_symlink():
        # What is published must lie where its owner can see it.
        return Note(day, problem=f"The note '{name}' is not shown: it is a link to another file. Put the file here.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return Note(day, problem=f"The note '{name}' is not shown: it is no text in UTF-8. Save it as UTF-8.")
    except OSError as error:
        return Note(day, problem=f"The note '{name}' is not shown: {error.strerror}.")
    cut = "" if len(text) <= LONGEST else f"The note '{name}' is cut after {LONGEST:,} signs."
    lines = clean(text[:LONGEST]).splitlines()
    decisions = tuple(decision for line in lines if (decision := decided(line, day)))
    rest = "\n".join(line for line in lines if decided(line, day) is None).strip()
    return Note(day, rest, decisions, problem=cut)


def decided(line: str, day: date) -> Decision | None:
    """Read a line of a note as a decision.

    Examples
    --------
    >>> decided("- Decision: ship it (owner: Mara)", date(2026, 11, 16))
    Decision(text='ship it', owner='Mara', day=datetime.date(2026, 11, 16), since=())
    >>> decided("Decision (Mara): ship it", date(2026, 11, 16)).owner
    'Mara'
    >>> decided("The decision was hard: really", date(2026, 11, 16))
    """
    found = DECISION.match(line)
    if not found:
        return None
    text, owner = found["text"], (found["owner"] or "").strip()
    named = OWNER.search(text)
    if named:
        text, owner = text[: named.start()] + named["stop"], named["owner"]
    return Decision(text, re.sub(r"^owner\s*:\s*", "", owner, flags=re.IGNORECASE), day) if text.strip(".! ") else None


def html_of(note: Note) -> str:
    """Write a note as safe HTML, with its day; nothing where it held decisions alone."""
    parts = [prose(note.text)] if note.text else []
    parts += [f"<p>{escape(note.problem, quote=False)}</p>\n"] if note.problem else []
    if not parts or note.day is None:
        return ""
    which = ", for all reports" if note.everywhere else ""
    return f"<p><small>{day_text(note.day, year=True)}{which}</small></p>\n{''.join(parts)}"


def last_week(decisions: Sequence[Decision], as_of: date) -> list[Decision]:
    """Return the decisions of the newest earlier week that has any; weeks count back from ``as_of``."""
    ages = [(as_of - one.day) // WEEK for one in decisions]
    return [one for one, age in zip(decisions, ages, strict=True) if age == min(ages)]


def followed(decision: Decision, report: str, memory: Sequence[Json], now: Json) -> Decision:
    """Add to a decision what the page's numbers did since."""
    then = page_of(decision.day, report, memory)
    if then is None:
        return replace(decision, since=("There is no page of that week to compare with.",))
    said: list[str] = []
    for old, new in pairs(then, now):
        first, last = number(old), number(new)
        if not new["kpi"] or first is None or last is None or (first.label, first.unit) != (last.label, last.unit):
            continue
        label = capital(first.label)
        if not same_meaning(old, new):
            said.append(f"{label}: not compared, its definition changed.")
        elif first.text == last.text:
            said.append(f"{label}: {first.text} then and now.")
        else:
            said.append(f"{label}: {first.text} then, {last.text} now{difference(first, last)}.")
    return replace(decision, since=tuple(said[:SHOWN]) or ("None of the numbers of that week can be compared.",))


def page_of(day: date, report: str, memory: Sequence[Json]) -> Json | None:
    """Return the facts of the page a decision stood on: of the week that holds its day, else the last before."""
    known = sorted((one for one in memory if one.get("report", report) == report), key=lambda one: one["as_of"])
    around = [one for one in known if day <= date.fromisoformat(one["as_of"]) < day + WEEK]
    earlier = [one for one in known if date.fromisoformat(one["as_of"]) < day]
    return around[0] if around else earlier[-1] if earlier else None
