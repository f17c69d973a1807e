"""How a report ended: a success only when its last cell said so."""

import json
import os
import re
import signal
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from pmlib import core
from pmlib.core import PmlibError, TooFewError
from pmlib.core.masking import shareable
from pmlib.core.secrets import Secrets
from pmlib.reports.packs.parameters import notebook_at
from pmlib.reports.packs.plan import Job
from pmlib.show.parts import HEADLINE_MIME, MADE_MIME

State = Literal[
    "success", "stale", "too little data", "failed", "killed", "timeout", "ended early", "cancelled", "skipped"
]
GOOD = ("success", "stale")
"""States of a report that has a page."""
THIN = "too little data"
"""State of a report that its data could not fill: nothing failed, there is no page."""
UNANSWERED = "This cannot be answered: "
"""How the sentence of a page begins that none of its questions could be answered on."""

OWN_ERRORS = {name for name in core.__all__ if isinstance(getattr(core, name), type)} & {
    kind.__name__ for kind in [PmlibError, *PmlibError.__subclasses__()]
} | {"TooMuchError"}
CRASHES = {"SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE"}


@dataclass(frozen=True)
class Outcome:
    """What a run of one report came to."""

    job: Job
    state: State
    why: str = ""
    """Why it is not good, as all may read it."""
    seconds: float = 0.0
    notebook: Any = field(default=None, repr=False, compare=False)
    detail: str = ""
    """The same for whoever runs it: with folders, and with what a foreign error says."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", self.detail or self.why)
        object.__setattr__(self, "why", shareable(self.why))

    @property
    def good(self) -> bool:
        """Whether there is a page to publish."""
        return self.state in GOOD

    @property
    def failed(self) -> bool:
        """Whether something went wrong; that there was too little to answer is no fault."""
        return not self.good and self.state != THIN

    @property
    def headline(self) -> str:
        """The sentence of the report, or why there is none."""
        found = facts(self.notebook, HEADLINE_MIME) if self.notebook is not None else []
        return found[0]["sentence"] if found and self.good else self.why


def thin(state: str, headline: str) -> bool:
    """Whether a report had too little data: it has no page, or one that could answer none of its questions."""
    return state == THIN or (state in GOOD and headline.startswith(UNANSWERED))


def outcome(
    job: Job,
    folder: Path,
    *,
    late: bool = False,
    slow_cell: bool = False,
    seconds: float,
    code: int,
    memory: int = 0,
) -> Outcome:
    """Read from a job's folder how it ended.

    Parameters
    ----------
    late, slow_cell
        Whether the runner stopped it for its time, or for the time of a cell.
    code
        The worker's exit code; negative where a signal ended it.
    memory
        The most bytes it held, where the runner looked.

    Returns
    -------
    Outcome
        Its reason holds no secret of the environment.
    """
    end = folder / "end.json"
    if end.is_file():
        answer = json.loads(end.read_text(encoding="utf-8"))
        found = answered(job, folder, answer, seconds)
    elif late or slow_cell:
        found = Outcome(job, "timeout", overtime(job, folder, late=late, memory=memory), seconds)
    else:
        found = unanswered(job, folder, code, seconds)
    secrets = Secrets.of(os.environ, job.secrets)
    return replace(found, why=secrets.hide(found.why), detail=secrets.hide(found.detail))


def answered(job: Job, folder: Path, answer: dict[str, Any], seconds: float) -> Outcome:
    """Judge a report whose worker said how it ended."""
    place = where(job, folder, answer.get("cell"))
    if answer["state"] == "died":
        if answer["code"] < 0:
            return Outcome(job, "killed", signalled("kernel", answer["code"], place, answer["memory"]), seconds)
        how = f"its process was left with code {answer['code']}, as os._exit() does"
        return Outcome(job, "ended early", early(place, how), seconds)
    if answer["state"] == "failed":
        if answer["error"] == "SystemExit":
            return Outcome(job, "ended early", early(place, "sys.exit() was called"), seconds)
        why, detail = reason(answer, place, folder)
        if answer["error"] == TooFewError.__name__:
            return Outcome(job, THIN, why, seconds)
        return Outcome(job, "failed", why, seconds, detail=detail)
    notebook = notebook_at(folder / "executed.ipynb")
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    last = code_cells[-1].get("outputs", []) if code_cells else []
    if not any(MADE_MIME in output.get("data", {}) for output in last):
        why = "Its last cell did not say that the report is complete: end the notebook in show.made(…)."
        return Outcome(job, "failed", why, seconds)
    if any(cell.execution_count is None for cell in code_cells if cell.source.strip()):
        return Outcome(job, "failed", "Some of its cells did not run. Run it again.", seconds)
    return Outcome(job, "success", "", seconds, notebook)


def unanswered(job: Job, folder: Path, code: int, seconds: float) -> Outcome:
    """Judge a report whose worker could say nothing any more."""
    place, log = where(job, folder), Path(*(folder / "log.txt").parts[-5:])
    if code < 0:
        return Outcome(job, "killed", signalled("process", code, place, 0), seconds)
    if code == os.EX_IOERR:
        why = f"What it made could not be written to {Path(*folder.parts[-4:])}. Make room, then run again."
        return Outcome(job, "failed", why, seconds)
    why = f"Its process ended with code {code} in {place}. The last lines of {log} say why."
    return Outcome(job, "failed", why, seconds)


def overtime(job: Job, folder: Path, *, late: bool, memory: int) -> str:
    """Write that a report or one of its cells took too long."""
    place = where(job, folder)
    held = f" It held {amount(memory)} at its peak." if memory else ""
    if late:
        why = f"It took longer than {job.timeout} seconds and was stopped in {place}.{held}"
        return f"{why} Give it more with 'timeout' in the pack, or show fewer weeks."
    why = f"A cell took longer than {job.asks.cell_timeout} seconds: {place}.{held}"
    return f"{why} Give it more with 'cell_timeout' in the pack, or show fewer weeks."


def signalled(what: str, code: int, place: str, memory: int) -> str:
    """Write that a signal ended a process of a report, and what that most often means."""
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    held = f" It held {amount(memory)} at its peak." if memory else ""
    if name == "SIGKILL":
        next_step = "Most often memory ran out: free some or show fewer weeks, then run again."
    elif name in CRASHES:
        next_step = "A library crashed; update what was installed last, then run again."
    else:
        next_step = "Somebody or something ended it from outside; run it again."
    return f"Its {what} died in {place}, ended by {name}.{held} {next_step}"


def early(place: str, how: str) -> str:
    """Write that a report ended itself."""
    return f"It ended itself in {place} before its last cell: {how}. Take that out, or end the notebook there."


def amount(size: int) -> str:
    """Write an amount of memory.

    Examples
    --------
    >>> amount(3_140_000_000), amount(81_000_000)
    ('3.1 GB', '81 MB')
    """
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def reason(answer: dict[str, Any], place: str, folder: Path) -> tuple[str, str]:
    """Write why a cell failed: for all, and for whoever runs it; a fault in the input needs no error's name.

    What a foreign error says may hold anybody's words, so it is not for all.
    """
    message = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", answer["message"]).split())[:500]
    if answer["error"] in OWN_ERRORS:
        return message, message
    kept = "/".join(folder.parts[-4:])
    return f"{answer['error']} in {place}. What it says stands in {kept}.", f"{answer['error']} in {place}: {message}"


def where(job: Job, folder: Path, reached: int | None = None) -> str:
    """Name the cell a job had reached, where none is given: its number and the heading above it."""
    try:
        lines = (folder / "cells").read_text(encoding="utf-8").splitlines()
        reached = int(lines[-1].split()[0]) if reached is None else reached
    except (OSError, IndexError):
        return "its start, before any cell"
    cells = notebook_at(job.notebook).cells
    # papermill puts the injected parameters behind the parameters cell: numbers after it are one higher.
    tagged = [i for i, cell in enumerate(cells) if "parameters" in cell.metadata.get("tags", [])]
    index = reached - 1 if tagged and reached > tagged[0] else reached
    headings = re.findall(
        r"^#+\s+(.+)$", "\n".join(c.source for c in cells[: index + 1] if c.cell_type == "markdown"), re.M
    )
    return f"cell {index + 1}" + (f" under '{headings[-1].strip()}'" if headings else "")


def facts(notebook: Any, mime: str) -> list[Any]:
    """Return all outputs of a MIME type in an executed notebook, in order."""
    cells = (cell for cell in notebook.cells if cell.cell_type == "code")
    outputs = (output.get("data", {}) for cell in cells for output in cell.get("outputs", []))
    return [data[mime] for data in outputs if mime in data]
