"""A report that counts events up to a day, over four weeks of events."""

from datetime import date, timedelta
from pathlib import Path

import nbformat

FIRST, LAST = date(2026, 10, 28), date(2026, 11, 23)
"""The events begin on a Wednesday; the last complete day is a Monday."""

LOAD = """from pmlib import show, sources
from pmlib.core import Estimate, Finding, Unit
data = sources.load_events(events, as_of=as_of)"""
COUNT = """n = data.query("SELECT count(*) AS n FROM events").one().n
finding = Finding("count", "How many?", f"{n} events were counted", (), f"complete to {data.as_of}")
show.headline(finding)"""


def weekly(folder: Path, name: str, *, as_of: bool = True, more: str = "") -> None:
    """Write a notebook; ``more`` is a line of code that may fail."""
    make = nbformat.v4
    lines = ["events: str = ''  # the events [events]"] + ["as_of: str = 'data'  # last day counted [date]"] * as_of
    parameters = make.new_code_cell("\n".join(lines))
    parameters.metadata["tags"] = ["parameters"]
    load = LOAD if as_of else LOAD.replace(", as_of=as_of", "")
    cells = [make.new_markdown_cell(f"# {name}"), parameters, make.new_code_cell(load)]
    cells += [make.new_markdown_cell("## Headline"), make.new_code_cell(COUNT)]
    cells += [make.new_code_cell(more)] if more else []
    cells += [make.new_markdown_cell("## How this was made"), make.new_code_cell("show.made(data)")]
    nbformat.write(make.new_notebook(cells=cells), folder / f"{name}.ipynb")


def weekly_pack(folder: Path, *names: str, more: str = "") -> Path:
    """Write one event a day and a pack of reports on them."""
    days = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
    lines = [f"u{day.day},opened,{day}T{hour}:00:00Z" for day in days for hour in ("00", "23")]
    (folder / "e.csv").write_text("\n".join(["user_id,event,ts", *lines]) + "\n")
    reports = "".join(f'[[report]]\nnotebook = "{name}.ipynb"\n' for name in names)
    path = folder / "pack.toml"
    path.write_text(f'title = "Toys"\n{more}\n[parameters]\nevents = "e.csv"\n{reports}')
    return path
