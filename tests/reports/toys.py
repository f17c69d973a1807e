"""Small notebooks that end in different ways."""

import os
import time
from pathlib import Path

import nbformat
import psutil

from pmlib.reports.packs.plan import Job
from pmlib.reports.packs.settings import Asks

HOSTILE = "<img src=x onerror=window.__x=1><script>window.__x=1</script><a href='https://evil.example'>x</a>"

LOAD = """from pmlib import show
from pmlib.core import Check, Estimate, Finding, Ledger, Origin, Unit
from pmlib.stats import share
"""
SOURCE = """class Rows:
    origin = Origin("e.csv", "events", "plain", Ledger(3, 3), timezone="UTC")
    checks = (Check(True, "Every day has events."),)
"""
FINDING = f"""text = {HOSTILE!r}
rate = share(81, 263, label=text)
chart = show.intervals([show.Series(text, [text], [0.3], [0.25], [0.36])], unit=Unit.SHARE, description=text)
table = show.table([text], [[text]])
finding = Finding("a", text, text, (rate,), text, table, chart, (text,), text, text)
show.headline(finding)"""

BODIES = {
    "good": [],
    "raises": ["1 / 0"],
    "input": ["from pmlib.core import InputError", "raise InputError('x.csv has no column a. Rename b.')"],
    "killed": ["import os, signal", "os.kill(os.getpid(), signal.SIGKILL)"],
    "hangs": ["import time", "time.sleep(60)"],
    "leaves": ["import sys", "sys.exit(0)"],
}


def write(folder: Path, name: str) -> Path:
    """Write the notebook of a name into a folder."""
    make = nbformat.v4
    parameters = make.new_code_cell("weeks: int = 8  # weeks shown [4..104]\nname: str = ''  # any text")
    parameters.metadata["tags"] = ["parameters"]
    cells = [make.new_markdown_cell(f"# {name.title()} {HOSTILE}"), parameters, make.new_code_cell(LOAD)]
    cells += [make.new_markdown_cell("## Headline"), make.new_code_cell(FINDING)]
    cells += [make.new_markdown_cell(f"## The part\n{HOSTILE} [x](javascript:alert(1))"), make.new_code_cell("finding")]
    cells += [make.new_code_cell("\n".join(BODIES[name]))] if BODIES[name] else []
    cells += [make.new_markdown_cell("## How this was made"), make.new_code_cell(SOURCE + "show.made(Rows)")]
    path = folder / f"{name}.ipynb"
    nbformat.write(make.new_notebook(cells=cells), path)
    return path


def pack(folder: Path, *names: str, more: str = "") -> Path:
    """Write notebooks and a pack of them."""
    reports = "".join(f'[[report]]\nnotebook = "{write(folder, name).name}"\n' for name in names)
    path = folder / "pack.toml"
    path.write_text(f'title = "Toys"\ntimeout = 20\n{more}\n{reports}', encoding="utf-8")
    return path


def job(folder: Path, name: str, *lines: str, more: dict | None = None, **settings) -> Job:
    """Write a notebook of one cell of lines and the last cell, and return its job."""
    make = nbformat.v4
    cells = [make.new_markdown_cell(f"# {name}"), make.new_code_cell("\n".join(lines), metadata=more or {})]
    if settings.pop("last", True):
        cells += [make.new_markdown_cell("## How this was made"), make.new_code_cell(LOAD + SOURCE + "show.made(Rows)")]
    path = folder / f"{name}.ipynb"
    nbformat.write(make.new_notebook(cells=cells), path)
    asks = Asks(cell_timeout=settings.pop("cell_timeout", None))
    return Job(name, name, path, {}, (), settings.pop("timeout", 60), asks, **settings)


BREED = """import os, subprocess, sys, time
os.environ["LEFT"] = {mark!r}
sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
subprocess.Popen(sleep)
subprocess.Popen(sleep, start_new_session=True)
subprocess.run([sys.executable, "-c", f"import subprocess; subprocess.Popen({{sleep!r}}, start_new_session=True)"])
pid = os.fork()
if pid == 0:
    os.setsid()
    while True:
        time.sleep(1)
"""
"""A child, one in a session of its own, an orphan in a session of its own, and a fork of the kernel itself."""


def left(mark: str) -> list[psutil.Process]:
    """Return the running processes that carry a mark in their environment."""
    found = []
    for one in psutil.process_iter():
        try:
            if mark in one.environ().values() and one.status() != psutil.STATUS_ZOMBIE and one.pid != os.getpid():
                found.append(one)
        except (psutil.Error, OSError):
            continue
    return found


def gone(mark: str, seconds: float = 15) -> bool:
    """Wait until no process carries a mark."""
    until = time.monotonic() + seconds
    while left(mark) and time.monotonic() < until:
        time.sleep(0.1)
    return not left(mark)
