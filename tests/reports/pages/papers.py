"""Pages made of findings, without a notebook that ran."""

import json
from typing import Any

import nbformat

from pmlib import show
from pmlib.core import Finding
from pmlib.core.finding import FINDING_MIME
from pmlib.reports.pages.content import Block, Content, content


def page_of(*findings: Finding, sources: tuple[Any, ...] = (), more: tuple[dict[str, object], ...] = ()) -> Content:
    """Read the page that a notebook with these findings would make."""
    return content(notebook_of(*findings, sources=sources, more=more))


def notebook_of(
    *findings: Finding, sources: tuple[Any, ...] = (), more: tuple[dict[str, object], ...] = ()
) -> nbformat.NotebookNode:
    """Make a notebook of findings as if it had run; ``more`` are further displays before its end."""
    make = nbformat.v4

    def cell(*bundles: dict[str, object]) -> nbformat.NotebookNode:
        # Through JSON, as a notebook on disk has it.
        outputs = [make.new_output("display_data", data=json.loads(json.dumps(data))) for data in bundles]
        return make.new_code_cell("", outputs=outputs)

    cells = [
        make.new_markdown_cell("# Paper"),
        make.new_markdown_cell("## Headline"),
        cell(show.headline(*findings)._repr_mimebundle_()),
    ]
    for finding in findings:
        parts = [part.bundle() for part in (finding.figure, finding.table) if part is not None]
        cells.append(cell({FINDING_MIME: finding.facts()}, *parts))
    cells += [cell(bundle) for bundle in more]
    ending = [show.doubts(*sources, *findings), show.actions(*findings), *([show.made(*sources)] if sources else [])]
    cells.append(cell(*(part._repr_mimebundle_() for part in ending)))
    return make.new_notebook(cells=cells)


def finding_of(page: Content, place: int = 0) -> Block:
    """Return a finding of a page."""
    return [block for section in page.sections for block in section.blocks if block.kind == "finding"][place]


def written(page: Content) -> str:
    """Write all of a page as one text, each number as JSON has it."""
    return json.dumps(page, default=vars, ensure_ascii=False)
