"""Execute one notebook in a process of its own and say how it went.

What happens is written to files beside the job as it happens, so that nothing is lost when a process dies:
``cells`` grows by a line when a cell starts, ``end.json`` appears when the notebook has ended.
"""

import json
import os
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jupyter_core.utils import run_sync

from pmlib.core import PmlibError
from pmlib.core.secrets import Secrets
from pmlib.reports.runs.kernel import Forked, OwnKernel
from pmlib.reports.runs.processes import adopt, follow
from pmlib.reports.writing import put

START = 60.0
"""Seconds a kernel may take to answer."""
UNWRITTEN = os.EX_IOERR
"""Exit code where the folder of the job takes no files."""


def main() -> None:
    """Execute the notebook that the job file on the command line names, for the process named after it."""
    adopt()
    # Whose child this is cannot be asked any more: it may have died while this imported.
    sys.exit(work(Path(sys.argv[1]), int(sys.argv[2])))


def work(path: Path, parent: int, forked: Forked | None = None) -> int:
    """Execute the notebook a job file names and write how it ended; return the exit code.

    Parameters
    ----------
    parent
        The process without which this one has no purpose.
    forked
        The kernel to use; one is started where there is none.
    """
    runtime = os.environ["JUPYTER_RUNTIME_DIR"]
    follow(parent, lambda: shutil.rmtree(runtime, ignore_errors=True))
    job = json.loads(path.read_text(encoding="utf-8"))
    secrets = Secrets.of(os.environ, job["secrets"])
    kernel = OwnKernel(forked)
    try:
        answer = execute(job, path.parent, secrets, kernel)
        put(path.with_name("end.json"), json.dumps(secrets.hidden(answer)).encode())
    except PmlibError as error:
        print(secrets.hide(str(error)), file=sys.stderr)  # noqa: T201
        return UNWRITTEN
    finally:
        run_sync(kernel.end)()
    return 0


def execute(job: dict[str, Any], folder: Path, secrets: Secrets, kernel: OwnKernel) -> dict[str, Any]:
    """Run the cells and say how it went; a failed cell is an answer, not a crash.

    Raises
    ------
    PublishError
        If the executed notebook cannot be written.
    """
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillException
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    from pmlib.reports.runs.execution import Client, Record, TooMuchError, fault

    notebook = load_notebook_node(job["notebook"])
    if job["parameters"]:
        notebook = parameterize_notebook(notebook, job["parameters"], kernel_name="python3", language="python")
    record = Record(notebook, folder, secrets)
    client = Client(record, kernel)
    answer: dict[str, Any] = {"state": "done"}
    record.notebook_start()
    try:
        run_sync(client.connect)(Path(job["notebook"]).parent, START)
        client.execute()
    except (DeadKernelError, CellTimeoutError, TooMuchError, PapermillException, OSError, RuntimeError) as error:
        answer = {"state": "failed", "error": type(error).__name__, "message": str(error)}
    failed = fault(record)
    if failed:
        answer = {"state": "failed"} | asdict(failed)
    elif answer["state"] != "done":
        code = run_sync(kernel.ended)()
        if code is not None:
            answer = {"state": "died", "code": code, "memory": kernel.memory}
    record.write()
    return answer
