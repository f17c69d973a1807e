"""A team's own deck: what is tagged in it is filled again from the latest facts, the rest stays byte for byte."""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pmlib.core import InputError
from pmlib.reports.files import charts, tables
from pmlib.reports.files.columns import tabled
from pmlib.reports.files.fitting import fitted
from pmlib.reports.files.packed import packed, parts, sound
from pmlib.reports.files.tags import INLINE, Facts, Tag, looked_up, tag_of, told

MARK, BETWEEN = "pmlib text:", " ¶ "
"""What the alt text of a box remembers: the sentences in it, with their tags where now numbers stand."""
SMALLEST = 9
BOLD = 1.1


@dataclass(frozen=True)
class Refreshed:
    """A place of a deck that has changed: on which slide, its tag, what stood there and what stands there now."""

    slide: int
    tag: str
    before: str
    now: str

    def __str__(self) -> str:
        return f"slide {self.slide}: {self.tag}: {self.before} → {self.now}"


def refresh(deck: bytes, reports: Sequence[Facts], name: str = "the deck") -> tuple[bytes, list[Refreshed]]:
    """Fill the tagged texts, charts and tables of a deck from the facts of reports.

    Parameters
    ----------
    deck
        A PPTX. A tag is the name or the alt text of a shape, ``pmlib: engagement/active-week``, or for a chart
        ``pmlib: engagement/active-week chart``; or stands in a sentence as ``«engagement/active-week»``, which the
        shape's alt text then remembers.
    reports
        The facts of the latest run of each report.

    Returns
    -------
    tuple
        The deck and what has changed in it. Parts in which nothing changed stay byte for byte.

    Raises
    ------
    InputError
        If a tag names nothing there is, with the nearest name, or a shape cannot take what its tag names. Then nothing
        is filled.
    """
    made = date.fromisoformat(max((one["as_of"] for one in reports), default="1980-01-01"))
    document = opened(deck, name)
    untouched = saved(document)
    changed: list[Refreshed] = []
    wrong: list[str] = []
    for number, shape in tagged(document):
        try:
            changed += [Refreshed(number, *one) for one in filled(shape, reports, made)]
        except InputError as error:
            wrong.append(f"slide {number}: {error}")
    if wrong:
        raise InputError("\n".join(wrong))
    return (merged(deck, untouched, saved(document)) if changed else deck), changed


def opened(deck: bytes, name: str) -> Any:
    """Read a deck."""
    from pptx import Presentation
    from pptx.exc import PythonPptxError

    parts(deck, name)
    try:
        return Presentation(io.BytesIO(deck))
    except (PythonPptxError, KeyError, ValueError) as error:
        raise InputError(f"{name} is no readable deck ({error}). Save it again as .pptx.") from error


def saved(document: Any) -> bytes:
    """Return a deck as python-pptx writes it."""
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def merged(before: bytes, untouched: bytes, after: bytes) -> bytes:
    """Return the deck with only those parts new that filling has changed.

    Parameters
    ----------
    untouched
        The deck read and written with nothing filled: what differs from ``before`` there is only another spelling.
    """
    old, same, new = parts(before), parts(untouched), parts(after)
    if "[Content_Types].xml" in new and new["[Content_Types].xml"] != same.get("[Content_Types].xml"):
        return packed(new)
    entries = {name: new[name] if name in new and new[name] != same.get(name) else one for name, one in old.items()}
    entries |= {name: one for name, one in new.items() if name not in same}
    return packed(entries, keep_order=True)


def tagged(document: Any) -> Iterator[tuple[int, Any]]:
    """Return each shape of a deck with the number of its slide, those in groups and in notes too."""
    # Not by document.slides, which gives the parts new names.
    for number, one in enumerate(document.element.xpath("p:sldIdLst/p:sldId"), start=1):
        slide = document.part.related_slide(one.rId)
        owners = [slide, slide.notes_slide] if slide.has_notes_slide else [slide]
        for owner in owners:
            for shape in flat(owner.shapes):
                yield number, shape


def flat(shapes: Any) -> Iterator[Any]:
    """Return shapes, those of groups in place of the group."""
    for shape in shapes:
        if shape.shape_type is not None and shape.shape_type.name == "GROUP":
            yield from flat(shape.shapes)
        else:
            yield shape


def alt_of(shape: Any) -> Any:
    """Return the element that holds a shape's name and alt text."""
    return shape._element.xpath("./*/p:cNvPr")[0]


def filled(shape: Any, reports: Sequence[Facts], made: date) -> list[tuple[str, str, str]]:
    """Fill one shape; return tag, before and now of what changed."""
    about = alt_of(shape)
    alt = about.get("descr", "")
    tag = tag_of(about.get("name", "")) or tag_of(alt)
    if tag is None:
        # Asking a shape without text for its text would write an empty one into it.
        texts = shape.has_text_frame and shape._element.xpath("p:txBody")
        return sentences(shape, reports) if texts else loose(shape)
    _, finding = looked_up(tag, reports)
    if getattr(shape, "has_chart", False) and shape.has_chart:
        if finding is None or tag.kind not in {"", "chart"} or not finding["chart"]:
            raise InputError(f"'{tag}' is no chart. Tag the shape 'pmlib: report/finding chart'.")
        before = shown(shape.chart)
        if not charts.replace(shape.chart, finding["chart"], made, str(tag)):
            return []
        if not tag_of(alt):
            about.set("descr", sound(finding["chart"]["description"]))
        return [(str(tag), before, shown(shape.chart))]
    if getattr(shape, "has_table", False) and shape.has_table:
        if finding is None or tag.kind not in {"", "table"}:
            raise InputError(f"'{tag}' is no table. Tag the shape 'pmlib: report/finding table'.")
        rows = [[cell.text for cell in row.cells] for row in shape.table.rows]
        tables.refill(shape.table, tabled(finding), str(tag))
        now = [[cell.text for cell in row.cells] for row in shape.table.rows]
        moved = sum(a != b for old, new in zip(rows, now, strict=True) for a, b in zip(old, new, strict=True))
        return [(str(tag), "table", f"{moved} cells anew")] if moved else []
    if not shape.has_text_frame or tag.kind in {"chart", "table"}:
        raise InputError(f"'{tag}' tags a shape that is no {tag.kind or 'text, chart or table'}. Take the tag off.")
    before = shape.text_frame.text
    put(shape, told(tag, reports))
    return [(str(tag), before, shape.text_frame.text)] if before != shape.text_frame.text else []


def shown(chart: Any) -> str:
    """Say in short what a chart shows: how many series and points, and the last of the first."""
    values = [value for value in chart.series[0].values if value is not None]
    labels = list(chart.plots[0].categories)
    end = f", the last {values[-1]:,.6g}" if values else ""
    return f"{len(chart.series)} series of {len(labels)} points{end}"


def loose(shape: Any) -> list[tuple[str, str, str]]:
    """Refuse a sentence with a tag in the cell of a table, whose alt text could not remember it."""
    if getattr(shape, "has_table", False) and shape.has_table:
        for row in shape.table.rows:
            for cell in row.cells:
                if INLINE.search(cell.text):
                    raise InputError(f"A cell of a table holds {cell.text.strip()}. Put it into a text box.")
    return []


def put(shape: Any, words: str) -> None:
    """Put words into a tagged box in the looks of its first run, smaller where they would run over."""
    from pptx.util import Pt

    frame = shape.text_frame
    runs = [run for paragraph in frame.paragraphs for run in paragraph.runs]
    # Asking a run for its font would write an empty one into it.
    sizes_set = runs[0]._r.xpath("a:rPr/@sz") if runs else []
    size = int(sizes_set[0]) / 100 if sizes_set else None
    if size is None or not frame._txBody.xpath("a:bodyPr/a:noAutofit") or not shape.width or not shape.height:
        if frame.text != words:
            tables.write(frame, words)
        return
    room = (
        (shape.width - frame.margin_left - frame.margin_right)
        / 12700
        / (BOLD if runs[0]._r.xpath("a:rPr[@b='1']") else 1.0)
    )
    height = (shape.height - frame.margin_top - frame.margin_bottom) / 12700
    if frame.text == fitted(words, (size,), room, height)[1]:
        return
    sizes = [size, *range(int(size) - 1, SMALLEST - 1, -1)]
    fits, words = fitted(words, sizes, room, height)
    tables.write(frame, words)
    if fits != size:
        for paragraph in frame.paragraphs:
            for run in paragraph.runs:
                run.font.size = Pt(fits)


def sentences(shape: Any, reports: Sequence[Facts]) -> list[tuple[str, str, str]]:
    """Fill the numbers inside the sentences of a box, new tags and those its alt text remembers."""
    about = alt_of(shape)
    own, _, kept = about.get("descr", "").partition(MARK)
    known = [one for one in kept.strip().split(BETWEEN) if INLINE.search(one)]
    changed: list[tuple[str, str, str]] = []
    remember: list[str] = []
    seen: set[int] = set()
    paragraphs = list(shape.text_frame.paragraphs)
    for i, paragraph in enumerate(paragraphs):
        text = "".join(run.text for run in paragraph.runs)
        if INLINE.search(text):
            spans = [(one.start(), one.end(), one) for one in INLINE.finditer(text)]
            changed += swapped(paragraph, text, spans, reports)
            remember.append(text)
            seen.add(i)
    for template in known:
        wanted = re.compile(fixed(template), re.DOTALL)
        texts = [(i, "".join(run.text for run in one.runs)) for i, one in enumerate(paragraphs) if i not in seen]
        found = next(((i, match) for i, text in texts if (match := wanted.fullmatch(text))), None)
        if found is None:
            if remember:
                continue  # It was written anew, with its tags.
            raise InputError(
                f"The sentence '{template}' has been changed. Write its numbers as «report/finding» again."
            )
        i, match = found
        seen.add(i)
        tags = INLINE.finditer(template)
        spans = [(match.start(n), match.end(n), one) for n, one in enumerate(tags, start=1)]
        changed += swapped(paragraphs[i], match.string, spans, reports)
        remember.append(template)
    if remember:
        about.set("descr", f"{own.rstrip()} {MARK} {BETWEEN.join(remember)}".strip())
    return changed


def fixed(template: str) -> str:
    """Return the pattern of a sentence: its own words, and anything where its tags stand."""
    ends = [0, *(end for one in INLINE.finditer(template) for end in one.span()), len(template)]
    return "(.+?)".join(re.escape(template[a:b]) for a, b in zip(ends[::2], ends[1::2], strict=True))


def swapped(
    paragraph: Any, text: str, spans: Sequence[tuple[int, int, re.Match[str]]], reports: Sequence[Facts]
) -> list[tuple[str, str, str]]:
    """Put numbers in the place of spans of a paragraph; each takes the looks of the run it begins in."""
    changed = []
    for start, end, one in reversed(spans):
        tag = Tag(*(part or "" for part in one.groups()))
        now, before = told(tag, reports), text[start:end]
        if now == before:
            continue
        changed.append((str(tag), before, now))
        at, first = 0, True
        for run in paragraph.runs:
            words = run.text
            low, high = max(start - at, 0), min(end - at, len(words))
            at += len(words)
            if low < high:
                run.text = words[:low] + (now if first else "") + words[high:]
                first = False
    return changed[::-1]
