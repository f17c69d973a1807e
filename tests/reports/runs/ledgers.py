"""Ledgers written by hand: runs that ended in given ways, without a notebook being executed."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import nbformat

from pmlib.reports.packs.pack import Pack, ReportSpec
from pmlib.reports.packs.plan import Job, Plan
from pmlib.reports.runs.outcome import GOOD
from pmlib.show.parts import MADE_MIME


def plan(out: Path, day: str, *ids: str, keep_weeks: int | None = None) -> Plan:
    """Return a plan of reports whose notebooks are not there."""
    pack = Pack(title="Toys", keep_weeks=keep_weeks, report=[ReportSpec(notebook="x.ipynb", id=one) for one in ids])
    jobs = tuple(Job(one, one.title(), out.parent / "x.ipynb", {}, (), 20) for one in ids)
    return Plan(pack, out.parent, jobs, date.fromisoformat(day), out, date.fromisoformat(day))


def kept(
    out: Path, number: int, day: str, states: Mapping[str, str], facts: Mapping[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """Write the record of the run of a number, and the facts of its reports; return the record."""
    name = f"20261122T{number:012d}-1"
    folder = out.parent / ".pmlib" / "runs" / name
    reports = [
        {"id": one, "title": one, "state": state, "why": "", "headline": f"{one} of {day}", "seconds": 1.0}
        | {"through": day, "stamp": "", "card": None, "quiet": False}
        for one, state in states.items()
    ]
    record = {
        "run": name,
        "title": "Toys",
        "as_of": day,
        "out": out.name,
        "state": "success",
        "process": 1,
        "started": 1.0,
        "began": "2026-11-23T06:00:00+00:00",
        "ended": f"2026-11-23T06:00:00.{number:06d}+00:00",
        "reports": reports,
        "files": {f"{day}/{one}.html": "x" for one, state in states.items() if state in GOOD},
    } | more
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(record))
    for one, content in (facts or {}).items():
        (folder / one).mkdir()
        (folder / one / "facts.json").write_text(content if isinstance(content, str) else json.dumps(content))
    return record


def executed(folder: Path) -> None:
    """Write by hand what a report that ended well leaves."""
    folder.mkdir(parents=True, exist_ok=True)
    cell = nbformat.v4.new_code_cell("made", execution_count=1)
    cell.outputs = [nbformat.v4.new_output("display_data", {MADE_MIME: {"sources": []}})]
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / "executed.ipynb")
    (folder / "cells").write_text("0\n")
    (folder / "end.json").write_text('{"state": "done"}')


@contextmanager
def quiet(plan: Plan) -> Iterator[Callable[[str, int, str], None]]:
    """Show no progress."""
    yield lambda report, cell, state: None
