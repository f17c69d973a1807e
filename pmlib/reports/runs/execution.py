"""Executing a notebook cell by cell: what it shows is capped as it comes, and written without secrets."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NotebookExecutionManager

from pmlib.core import PmlibError
from pmlib.core.secrets import Secrets
from pmlib.reports.writing import put

LIMIT = 1_000_000
"""Signs of output kept of a cell."""
OWN, OWN_LIMIT = "application/vnd.pmlib.", 8_000_000
"""Findings and the other parts of a page; a report that loses one of them has failed."""
PAUSE = 1.0
"""Seconds between two writings while a report runs."""
CUT = "\n[The output of this cell was cut at 1 MB. Print less, or show a table of what matters.]\n"


class TooMuchError(PmlibError):
    """A cell shows more than a page can hold."""


@dataclass(frozen=True)
class Fault:
    """The cell that failed, counted from 0, and the name and message of its error."""

    cell: int
    error: str
    message: str


class Record(NotebookExecutionManager):
    """Notes what a notebook does: the cells it has begun, and the executed notebook, written whole and masked."""

    def __init__(self, notebook: Any, folder: Path, secrets: Secrets) -> None:
        super().__init__(notebook, progress_bar=False)
        self.folder = folder
        self.secrets = secrets
        self.written = 0.0
        self.fault: Fault | None = None

    def save(self, **kwargs: Any) -> None:
        """Write the notebook unless that was done a moment ago."""
        if time.monotonic() - self.written < PAUSE:
            return
        try:
            self.write()
        except PmlibError:
            # What is written on the way only serves those who look; the end is written again.
            self.written = time.monotonic()

    def write(self) -> None:
        """Write the notebook.

        Raises
        ------
        PublishError
            If the folder takes no file.
        """
        content = json.dumps(self.secrets.hidden(self.nb), ensure_ascii=False)
        put(self.folder / "executed.ipynb", content.encode("utf-8", "replace"))
        self.written = time.monotonic()

    def autosave_cell(self, **kwargs: Any) -> None:
        """Write the notebook while a long cell runs."""
        self.save()

    def cell_start(self, cell: Any, cell_index: int | None = None, **kwargs: Any) -> None:
        """Note that a cell begins, and when."""
        with (self.folder / "cells").open("a", encoding="utf-8") as file:
            file.write(f"{cell_index} {time.monotonic():.3f}\n")
        super().cell_start(cell=cell, cell_index=cell_index, **kwargs)

    def cell_exception(self, cell: Any, cell_index: int | None = None, **kwargs: Any) -> None:
        """Note why a cell failed."""
        error = kwargs["exception"]
        self.fault = Fault(cell_index or 0, error.ename, error.evalue)
        super().cell_exception(cell=cell, cell_index=cell_index, **kwargs)

    def notebook_complete(self, **kwargs: Any) -> None:
        """Leave the cells that never ran as they are: pending."""


class Client(PapermillNotebookClient):
    """Executes a notebook and keeps of each cell's output what a page can hold."""

    def __init__(self, record: Record, km: Any) -> None:
        super().__init__(record, km=km, kernel_name="python3", timeout=None)
        self.kept: dict[int, int] = {}
        self.own_kept: dict[int, int] = {}

    async def connect(self, cwd: Path, patience: float) -> None:
        """Start the kernel and wait until it answers and its output is heard.

        Raises
        ------
        RuntimeError
            If the kernel died, or did not answer in time.
        """
        await self.km.start_kernel(cwd=str(cwd))
        self.kc = self.km.client()
        self.kc.start_channels()
        self.kc.allow_stdin = False
        until = time.monotonic() + patience
        while time.monotonic() < until:
            self.kc.kernel_info()
            try:
                await self.kc.shell_channel.get_msg(timeout=1)
                await self.kc.iopub_channel.get_msg(timeout=1)
            except Empty:
                if not await self.km.is_alive():
                    raise RuntimeError("The kernel died as it started.") from None
            else:
                return
        raise RuntimeError(f"The kernel did not answer within {patience:g} seconds.")

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        """Take in a message of the kernel, or leave it out where a cell has said enough."""
        kind, content = msg["msg_type"], msg["content"]
        if kind == "stream":
            return self.said(msg, cell, cell_index)
        if kind in {"display_data", "execute_result", "update_display_data"}:
            # An update takes the place of what was there: it adds nothing.
            new = kind != "update_display_data"
            own = {mime: value for mime, value in content["data"].items() if mime.startswith(OWN)}
            other = {mime: value for mime, value in content["data"].items() if mime not in own}
            own_kept = size(own) + (self.own_kept.get(cell_index, 0) if new else 0)
            kept = size(other) + (self.kept.get(cell_index, 0) if new else 0)
            if own_kept > OWN_LIMIT:
                raise TooMuchError(
                    f"Cell {cell_index + 1} shows more than {OWN_LIMIT // 1_000_000} MB of findings. "
                    "Show fewer groups, weeks or rows."
                )
            if kept > LIMIT:
                self.cut(cell, cell_index)
                content["data"] = other = own
            if not content["data"]:
                return None
            if new:
                self.own_kept[cell_index] = own_kept
                self.kept[cell_index] = self.kept.get(cell_index, 0) + (0 if other is own else size(other))
        elif kind == "error" and size(content) > LIMIT:
            content["evalue"], content["traceback"] = content["evalue"][:1000], [CUT]
        elif kind == "clear_output":
            self.kept.pop(cell_index, None)
        return super().process_message(msg, cell, cell_index)

    def said(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        """Take in printed text: joined to what was printed before, so that no secret hides in two pieces."""
        text, held = msg["content"]["text"], self.kept.get(cell_index, 0)
        if held > LIMIT:
            return None
        self.kept[cell_index] = held + len(text)
        over = held + len(text) > LIMIT
        last = cell.outputs[-1] if cell.outputs and not self.clear_before_next_output else None
        if last is not None and last.output_type == "stream" and last.name == msg["content"]["name"]:
            joined = last.text + text
            last.text = self.nb_man.secrets.cut(joined, len(last.text) + LIMIT - held) if over else joined
            self.nb_man.autosave_cell()
        else:
            msg["content"]["text"] = self.nb_man.secrets.cut(text, LIMIT - held) if over else text
            super().process_message(msg, cell, cell_index)
        if over:
            self.cut(cell, cell_index)
        return None

    def cut(self, cell: Any, cell_index: int) -> None:
        """Say in a cell's output, once, that it was cut."""
        from nbformat.v4 import new_output

        if not any(output.output_type == "stream" and output.text == CUT for output in cell.outputs):
            cell.outputs.append(new_output("stream", name="stderr", text=CUT))
            # Written at once: what floods is often ended for its time.
            self.nb_man.written = 0.0
            self.nb_man.save()
        self.kept[cell_index] = max(self.kept.get(cell_index, 0), LIMIT + 1)


def size(content: dict[str, Any]) -> int:
    """Return about how many signs a part of a message takes."""
    return sum(len(value) if isinstance(value, str) else len(json.dumps(value)) for value in content.values())


def fault(record: Record) -> Fault | None:
    """Return what failed in a notebook; an error a cell allows is a fault too."""
    if record.fault:
        return record.fault
    for index, cell in enumerate(record.nb.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                return Fault(index, output.ename, output.evalue)
    return None
