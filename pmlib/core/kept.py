"""A folder in which the loads of one run leave their tables for each other."""

import os
import shutil
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
        if ours(left) and time.time() - left.stat().st_mtime > STALE:
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


def ours(folder: Path) -> bool:
    """Whether a folder is there and belongs to whoever runs this."""
    try:
        return folder.is_dir() and not folder.is_symlink() and folder.owner() == Path.home().owner()
    except (OSError, KeyError):
        return False
