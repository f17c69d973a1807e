"""Execute one notebook in a process of its own: ``python -m pmlib.reports.runs.worker JOB.json``.

What happens is written to files beside the job as it happens, so that nothing is lost when a process dies:
``cells`` grows by a line when a cell starts, ``end.json`` appears when the notebook has ended.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil


def main(path: Path) -> None:
    """Execute the notebook a job file names."""
    threading.Thread(target=follow, args=(os.getppid(),), daemon=True).start()
    job = json.loads(path.read_text(encoding="utf-8"))
    end = path.parent / "end.json"
    answer = execute(job, path.parent)
    half = end.with_suffix(".half")
    half.write_text(json.dumps(answer), encoding="utf-8")
    half.replace(end)


def execute(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Run papermill and say how it went; a failed cell is an answer, not a crash."""
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillException

    from pmlib.reports.runs.kernel import OwnKernel

    cells = folder / "cells"

    def started(cell: Any, cell_index: int) -> None:
        with cells.open("a", encoding="utf-8") as file:
            file.write(f"{cell_index}\n")

    try:
        papermill.execute_notebook(
            job["notebook"],
            str(folder / "executed.ipynb"),
            parameters=job["parameters"],
            cwd=str(Path(job["notebook"]).parent),
            progress_bar=False,
            log_output=False,
            request_save_on_cell_execute=False,
            kernel_manager_class=OwnKernel,
            kernel_name="python3",
            language="python",
            on_cell_start=started,
        )
    except papermill.PapermillExecutionError as error:
        return {"state": "failed", "error": error.ename, "message": error.evalue}
    except DeadKernelError:
        return {"state": "failed", "error": "DeadKernelError", "message": "the kernel died"}
    except (CellTimeoutError, PapermillException, OSError, RuntimeError) as error:
        return {"state": "failed", "error": type(error).__name__, "message": str(error)}
    return {"state": "done"}


def follow(parent: int) -> None:
    """End this process and its kernel when the runner is gone."""
    while os.getppid() == parent:
        time.sleep(0.5)
    for child in psutil.Process().children(recursive=True):
        child.kill()
    os._exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
