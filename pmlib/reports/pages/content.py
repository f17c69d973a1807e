"""Read an executed notebook as a page: only outputs of known types, all text as text."""

import re
from dataclasses import dataclass, field
from typing import Any

from pmlib.core.finding import FINDING_MIME
from pmlib.reports.pages.prose import clean, prose, safe_figure
from pmlib.show import Chart
from pmlib.show.charts import CHART_MIME, PLOTLY_MIME
from pmlib.show.parts import ACTIONS_MIME, DOUBTS_MIME, HEADLINE_MIME, MADE_MIME
from pmlib.show.tables import TABLE_MIME

Json = dict[str, Any]


@dataclass
class Figure:
    """A chart of the page: its plotly JSON, and what is said beside it."""

    id: str
    plotly: Json
    description: str
    caption: str = ""
    notes: list[str] = field(default_factory=list)
    height: int = 300
    shape: Json | None = None
    """The chart as :meth:`pmlib.show.Chart.as_json` wrote it; ``None`` for a foreign plotly figure."""


@dataclass
class Block:
    """A finding with its chart and table, or a piece of text, table or chart standing alone."""

    kind: str
    facts: Json = field(default_factory=dict)
    figure: Figure | None = None
    table: Json | None = None
    html: str = ""


@dataclass
class Section:
    """A ``##`` of the notebook."""

    id: str
    title: str
    html: str = ""
    blocks: list[Block] = field(default_factory=list)


@dataclass
class Content:
    """A page before it is laid out."""

    title: str = ""
    intro: str = ""
    headline: Json = field(default_factory=dict)
    made: Json = field(default_factory=dict)
    sections: list[Section] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)


def content(notebook: Any) -> Content:
    """Read the page out of an executed notebook."""
    page = Content()
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            read_text(page, cell.source)
        elif cell.cell_type == "code":
            for output in cell.get("outputs", []):
                if output.output_type in {"display_data", "execute_result"}:
                    read_output(page, output.data)
    page.sections = [section for section in page.sections if section.blocks or section.html]
    return page


def read_text(page: Content, source: str) -> None:
    """Add a Markdown cell: a title, a section's head, or prose."""
    heading = re.match(r"\s*(#{1,2})\s+(.+?)\s*(?:\n|$)", source)
    rest = source[heading.end() :] if heading else source
    if heading and heading.group(1) == "#" and not page.title:
        page.title, page.intro = heading.group(2), prose(rest)
    elif heading:
        name = re.sub(r"[^a-z0-9]+", "-", heading.group(2).casefold()).strip("-") or "part"
        taken = {section.id for section in page.sections}
        page.sections.append(
            Section(name if name not in taken else f"{name}-{len(taken)}", heading.group(2), prose(rest))
        )
    elif page.sections:
        page.sections[-1].blocks.append(Block("prose", html=prose(rest)))
    else:
        page.intro += prose(rest)


def read_output(page: Content, data: Json) -> None:
    """Add an output of a cell, by the richest type a page knows."""
    if HEADLINE_MIME in data:
        page.headline = data[HEADLINE_MIME]
    if MADE_MIME in data:
        page.made = data[MADE_MIME]
    if not page.sections:
        return
    blocks = page.sections[-1].blocks
    last = blocks[-1] if blocks and blocks[-1].kind == "finding" else None
    if FINDING_MIME in data:
        blocks.append(Block("finding", facts=data[FINDING_MIME]))
    elif HEADLINE_MIME in data:
        blocks.append(Block("headline", facts=data[HEADLINE_MIME]))
    elif DOUBTS_MIME in data:
        blocks.append(Block("doubts", facts=data[DOUBTS_MIME]))
    elif ACTIONS_MIME in data:
        blocks.append(Block("actions", facts=data[ACTIONS_MIME]))
    elif MADE_MIME in data:
        blocks.append(Block("made", facts=data[MADE_MIME]))
    elif CHART_MIME in data or PLOTLY_MIME in data:
        figure = drawn(data, f"c{len(page.figures) + 1}")
        page.figures.append(figure)
        if last is not None and last.figure is None:
            last.figure = figure
        else:
            blocks.append(Block("figure", figure=figure))
    elif TABLE_MIME in data:
        if last is not None and last.table is None:
            last.table = data[TABLE_MIME]
        else:
            blocks.append(Block("table", table=data[TABLE_MIME]))
    elif "text/html" in data:
        blocks.append(Block("prose", html=clean(data["text/html"])))
    elif "text/plain" in data:
        blocks.append(Block("text", facts={"text": data["text/plain"]}))


def drawn(data: Json, name: str) -> Figure:
    """Make the figure of a page: our own shapes drawn anew, a foreign plotly figure made safe."""
    if CHART_MIME in data:
        chart = Chart.from_json(data[CHART_MIME])
        notes = [note.text for note in chart.notes]
        figure = chart.plotly()
        height = int(figure["layout"]["height"])
        return Figure(name, figure, chart.description, chart.caption, notes, height, data[CHART_MIME])
    figure = safe_figure(data[PLOTLY_MIME])
    words = str(data.get("text/plain", "Chart"))
    return Figure(
        name, figure, words if len(words) < 300 else "Chart", height=int(figure["layout"].get("height") or 360)
    )
