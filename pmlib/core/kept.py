"""A folder in which the loads of one run leave their tables for each other."""

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

FOLDER = "PMLIB_KEPT"
"""The environment variable that names the folder."""
PREFIX = "pmlib-kept-"
STALE = 86_400
"""Seconds after which a folder is that of a run that was killed."""


@contextmanager
def together() -> Generator[None]:
    """Let every load within, also of processes started within, find what another has loaded already.

    The folder is readable by its owner only and goes at the end; what a killed run left goes a day later.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if stale(left):
            shutil.rmtree(left, ignore_errors=True)
    before = os.environ.get(FOLDER)
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as folder:
        os.environ[FOLDER] = folder
        try:
            yield
        finally:
            if before is None:
                del os.environ[FOLDER]
            else:
                os.environ[FOLDER] = before


def stale(folder: Path) -> bool:
    """Whether a folder is old and belongs to whoever runs this."""
    try:
        state = folder.lstat()
    except OSError:
        return False
    ours = not hasattr(os, "getuid") or state.st_uid == os.getuid()
    return ours and stat.S_ISDIR(state.st_mode) and time.time() - state.st_mtime > STALE
