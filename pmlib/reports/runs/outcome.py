"""How a report ended: a success only when its last cell said so."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pmlib import core
from pmlib.core import PmlibError
from pmlib.reports.packs.parameters import notebook_at
from pmlib.reports.packs.plan import Job
from pmlib.show.parts import HEADLINE_MIME, MADE_MIME

State = Literal["success", "stale", "failed", "killed", "timeout", "ended early", "cancelled", "skipped"]

OWN_ERRORS = {name for name in core.__all__ if isinstance(getattr(core, name), type)} & {
    kind.__name__ for kind in [PmlibError, *PmlibError.__subclasses__()]
}


@dataclass(frozen=True)
class Outcome:
    """What a run of one report came to."""

    job: Job
    state: State
    why: str = ""
    seconds: float = 0.0
    notebook: Any = field(default=None, repr=False, compare=False)

    @property
    def good(self) -> bool:
        """Whether there is a page to publish."""
        return self.state in {"success", "stale"}

    @property
    def headline(self) -> str:
        """The sentence of the report, or why there is none."""
        found = facts(self.notebook, HEADLINE_MIME) if self.notebook is not None else []
        return found[0]["sentence"] if found and self.good else self.why


def outcome(job: Job, folder: Path, *, late: bool, seconds: float, code: int) -> Outcome:
    """Read from a job's folder how it ended.

    Parameters
    ----------
    late
        Whether the runner stopped it for its time.
    code
        The worker's exit code.
    """
    executed = folder / "executed.ipynb"
    end = folder / "end.json"
    if late:
        why = f"It took longer than {job.timeout} seconds and was stopped in {where(job, folder)}. "
        return Outcome(job, "failed", why + "Give it more with 'timeout' in the pack, or show fewer weeks.", seconds)
    if not end.is_file():
        log = Path(*(folder / "log.txt").parts[-5:])
        why = f"Its process ended with code {code} in {where(job, folder)}. The last lines of {log} say why."
        return Outcome(job, "failed", why, seconds)
    answer = json.loads(end.read_text(encoding="utf-8"))
    if answer["state"] == "failed":
        return Outcome(job, "failed", reason(answer, where(job, folder)), seconds)
    notebook = notebook_at(executed)
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    last = code_cells[-1].get("outputs", []) if code_cells else []
    if not any(MADE_MIME in output.get("data", {}) for output in last):
        why = "It ended before its last cell said it was complete: end the notebook in show.made(…)."
        return Outcome(job, "failed", why, seconds)
    if any(cell.execution_count is None for cell in code_cells if cell.source.strip()):
        return Outcome(job, "failed", "Some of its cells did not run.", seconds)
    return Outcome(job, "success", "", seconds, notebook)


def reason(answer: dict[str, str], place: str) -> str:
    """Write why a cell failed, in one line; a fault in the input needs no error's name."""
    if answer["error"] == "DeadKernelError":
        return f"Its kernel died in {place}; out of memory or killed. Free memory or show fewer weeks, then run again."
    message = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", answer["message"]).split())[:500]
    return message if answer["error"] in OWN_ERRORS else f"{answer['error']} in {place}: {message}"


def where(job: Job, folder: Path) -> str:
    """Name the cell a job had reached: its number and the heading above it."""
    try:
        reached = int((folder / "cells").read_text(encoding="utf-8").split()[-1])
    except (FileNotFoundError, IndexError):
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
