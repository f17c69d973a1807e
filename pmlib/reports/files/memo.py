"""Memos and decks as passages of text: Markdown, Word and PowerPoint, each with the words above it."""

import io
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pmlib.core import InputError
from pmlib.reports.files.packed import parts

KINDS = (".docx", ".md", ".pptx")
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SLIDE = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
LIST = re.compile(r"^\s*(?:[-*+•]\s+|\(?\d{1,3}(?:\.\d+)*[.)]\s+)")
BOXES = 3
"""Texts of a slide that may say what the number after them is."""
NUMBERED = re.compile(r"^\s*\d+(?:\.\d+)*[.)]?\s+(?=\D)")


@dataclass(frozen=True)
class Passage:
    """A paragraph, list item, row of a table: its text, the words above it, and where each part of it stands.

    Parameters
    ----------
    places
        Where the text from an offset on stands: ``((0, "line 3"), (41, "line 4"))``.
    beside
        What else is seen with it: the other texts of its slide.
    """

    text: str
    above: str
    places: tuple[tuple[int, str], ...]
    beside: str = ""

    def where(self, at: int) -> str:
        """Return where a number that begins at an offset stands."""
        return self.places[bisect_right([start for start, _ in self.places], at) - 1][1]


def passages(content: bytes, name: str) -> list[Passage]:
    """Read a memo or deck.

    Parameters
    ----------
    name
        Its file name; the ending tells what it is.

    Raises
    ------
    InputError
        If it is of another kind or cannot be read.
    """
    suffix = Path(name).suffix.casefold()
    if suffix not in KINDS:
        raise InputError(f"{name} is no memo pmlib reads; it reads {', '.join(KINDS)}. Save it as one of them.")
    if suffix == ".md":
        try:
            return list(markdown(content.decode("utf-8-sig")))
        except UnicodeDecodeError as error:
            raise InputError(f"{name} is not UTF-8 text. Save it as UTF-8.") from error
    parts(content, name)
    try:
        return list(document(content) if suffix == ".docx" else deck(content))
    except (KeyError, ValueError) as error:
        raise InputError(f"{name} cannot be read ({error}). Save it again as {suffix}.") from error


def markdown(text: str) -> Iterator[Passage]:
    """Read Markdown: code, addresses, comments and front matter hold no numbers to check."""
    text = re.sub(r"\A---\n.*?\n---\n", hidden, text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->|^(```|~~~).*?^\1", hidden, text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"`[^`\n]*`|(?<=\])\([^)\n]*\)|<[^>\n]+>", hidden, text)
    head = table = ""
    held: list[tuple[int, str]] = []
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        heading = re.match(r"\s{0,3}#{1,6}\s+(.*)", line)
        row = line.lstrip().startswith("|")
        if held and (not line.strip() or heading or row or LIST.match(line)):
            yield joined(held, head)
            held = []
        if heading:
            head = plain(heading.group(1))
            yield joined([(number, NUMBERED.sub("", head))], "")
        elif row:
            words = plain(line.replace("|", " | "))
            if re.sub(r"[-:| ]", "", line):
                yield joined([(number, words)], f"{head} {table}")
            table = table or words
        elif line.strip():
            held.append((number, plain(LIST.sub("", line))))
        table = table if row else ""


def hidden(match: re.Match[str]) -> str:
    """Return spaces as long as what is not to be read, on as many lines."""
    return re.sub(r"[^\n]", " ", match.group())


def plain(line: str) -> str:
    """Take the marks of Markdown off a line."""
    return re.sub(r"[*\\]|(?<!\w)_|_(?!\w)|^\s*>+\s?", "", line).strip()


def joined(held: list[tuple[int, str]], above: str) -> Passage:
    """Join the lines of a paragraph."""
    places, at = [], 0
    for number, line in held:
        places.append((at, f"line {number}"))
        at += len(line) + 1
    return Passage(" ".join(line for _, line in held), above, tuple(places))


def document(content: bytes) -> Iterator[Passage]:
    """Read a Word document: its paragraphs, tables, text boxes and notes; what is struck out is not read."""
    from docx import Document

    opened = Document(io.BytesIO(content))
    styles = {one.style_id: str(one.name) for one in opened.styles if one.style_id}
    roots = [("", opened.element.body)]
    for rel in opened.part.rels.values():
        if rel.reltype.endswith(("/footnotes", "/endnotes")) and not rel.is_external:
            roots.append(("note ", parsed(rel.target_part.blob)))
    for word, root in roots:
        head, number = "", 0
        for one in root.iter(f"{WORD}p"):
            number += 1
            text = letters(one, WORD)
            style = styles.get(next((s.get(f"{WORD}val") for s in one.iter(f"{WORD}pStyle")), ""), "")
            row = next((up for up in one.iterancestors() if up.tag == f"{WORD}tr"), None)
            if not text.strip() or style.casefold().startswith("toc") or (row is not None and title_of(row, text)):
                continue
            title = style.startswith(("Heading", "Title"))
            above = head if row is None else f"{head} {around(row)}"
            clean = NUMBERED.sub("", text) if title else LIST.sub("", text)
            yield Passage(clean, "" if title else above, ((0, f"{word}paragraph {number}"),))
            head = text if title else head


def title_of(row: Any, text: str) -> bool:
    """Whether a bare number is the title of a table's column, such as the weeks of a grid."""
    return text.strip().isdigit() and next(row.getparent().iter(row.tag)) is row


def around(row: Any) -> str:
    """Return the words of a table's row and of its first row."""
    table = row.getparent()
    first = next(table.iter(f"{WORD}tr"))
    return " ".join(letters(one, WORD) for part in (first, row) for one in part.iter(f"{WORD}p"))


def parsed(blob: bytes) -> Any:
    """Read XML that comes from outside: nothing is fetched, nothing expanded."""
    from lxml import etree

    return etree.fromstring(blob, etree.XMLParser(resolve_entities=False, no_network=True))


def letters(paragraph: Any, space: str) -> str:
    """Return the text of a paragraph, without that of paragraphs inside it, and without fields such as page numbers."""
    found = []
    for one in paragraph.iter(f"{space}t", f"{space}tab", f"{space}br"):
        owner = next(up for up in one.iterancestors() if up.tag in {f"{space}p", f"{space}fld", f"{space}del"})
        if owner is paragraph:
            found.append(one.text or "" if one.tag == f"{space}t" else " ")
    return "".join(found)


def deck(content: bytes) -> Iterator[Passage]:
    """Read a deck: the texts and tables of its slides and their notes; the data inside charts is not read."""
    from pptx import Presentation

    opened = Presentation(io.BytesIO(content))
    for number, slide in enumerate(opened.slides, start=1):
        title = slide.shapes.title
        head = title.text_frame.text if title is not None else ""
        roots = [(f"slide {number}", slide._element)]
        beside = " ".join(letters(one, SLIDE) for one in slide._element.iter(f"{SLIDE}p"))
        if slide.has_notes_slide:
            roots.append((f"slide {number}, notes", slide.notes_slide._element))
        for where, root in roots:
            last: list[str] = []
            for one in root.iter(f"{SLIDE}p"):
                text = letters(one, SLIDE)
                row = next((up for up in one.iterancestors() if up.tag == f"{SLIDE}tr"), None)
                words = ""
                if row is not None:
                    first = next(row.getparent().iter(f"{SLIDE}tr"))
                    words = " ".join(letters(p, SLIDE) for part in (first, row) for p in part.iter(f"{SLIDE}p"))
                if text.strip() and not (row is not None and title_of(row, text)):
                    above = " ".join([head, words, *last[-BOXES:]])
                    yield Passage(LIST.sub("", text), above, ((0, where),), beside)
                    last.append(text)
