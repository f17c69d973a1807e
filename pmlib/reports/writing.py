"""Publishing: everything staged first, then replaced file by file, the index last."""

import os
from collections.abc import Mapping
from pathlib import Path

from pmlib.core import PmlibError

MARK = b'name="generator" content="pmlib"'


class PublishError(PmlibError):
    """The output folder took no pages."""


def publish(files: Mapping[Path, bytes]) -> None:
    """Write files so that a reader sees each whole: all are staged beside their places, then replaced in order.

    Raises
    ------
    PublishError
        If one cannot be written; then none is replaced.
    """
    staged: dict[Path, Path] = {}
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            half = path.with_name(f".{path.name}.half")
            staged[half] = path
            with half.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for half, path in staged.items():
            half.replace(path)
    except OSError as error:
        for half in staged:
            half.unlink(missing_ok=True)
        raise PublishError(f"{said(error)}. The pages published before stay as they were.") from error


def writable(out: Path) -> None:
    """Hold that a folder takes files, before anything is run.

    Raises
    ------
    PublishError
        With the reason, if it does not.
    """
    index, probe = out / "index.html", out / ".probe"
    if out.is_file():
        raise PublishError(f"{out} is a file. Give a folder with --out.")
    if index.is_file() and MARK not in index.read_bytes()[:2000]:
        raise PublishError(f"{index} was not made by pmlib and would be lost. Give another folder with --out.")
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"0")
        probe.unlink()
    except OSError as error:
        raise PublishError(f"{said(error)}. Make room or give another folder with --out.") from error


def said(error: OSError) -> str:
    """Say in a sentence which place failed and why."""
    return f"Cannot write to {error.filename or 'the output folder'}: {error.strerror}"
