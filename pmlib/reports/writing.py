"""Writing: a file is there whole or not at all; pages are staged together and the index comes last."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from pmlib.core import PmlibError

MARK = b'name="generator" content="pmlib"'
LAST = ("run.json", "index.html")
"""Files that tell of others: they are replaced after all of them, the index last."""


class PublishError(PmlibError):
    """A folder took no files."""


def put(path: Path, content: bytes) -> None:
    """Write one file, and the folders it needs, so that a reader sees it whole, as it was or as it is.

    Raises
    ------
    PublishError
        If it cannot be written; what was there before stays.
    """
    half = named(path)
    try:
        stage(half, path, content)
        half.replace(path)
    except OSError as error:
        raise PublishError(f"{said(error, path)}. Make room or make the folder writable, then run again.") from error
    finally:
        cleared([half])


def publish(files: Mapping[Path, bytes]) -> None:
    """Write files so that a reader sees each whole: all are staged beside their places, then replaced in order.

    ``run.json`` and ``index.html`` come last wherever they stand in ``files``, so that no link leads nowhere.

    Raises
    ------
    PublishError
        If one cannot be written. No file is replaced unless all could be staged.
    """
    ordered = sorted(files, key=lambda path: LAST.index(path.name) if path.name in LAST else -1)
    staged = {path: named(path) for path in ordered}
    replaced = 0
    path = ordered[0] if ordered else Path()
    try:
        for path in ordered:
            stage(staged[path], path, files[path])
        for path in ordered:
            staged[path].replace(path)
            replaced += 1
    except OSError as error:
        kept = "The pages published before stay as they were."
        if replaced:
            kept = f"{replaced} of {len(ordered)} files were replaced, each whole; the index stays as it was."
        raise PublishError(f"{said(error, path)}. {kept}") from error
    finally:
        cleared(staged.values())


def named(path: Path) -> Path:
    """Return where a file is staged: beside its place, hidden."""
    return path.with_name(f".{path.name}.half")


def stage(half: Path, path: Path, content: bytes) -> None:
    """Write a file beside its place, down to the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with half.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def cleared(halves: Iterable[Path]) -> None:
    """Take away what was staged and not used."""
    for half in halves:
        # A place that takes no files may not let one go either; hidden, it harms nobody.
        with suppress(OSError):
            half.unlink(missing_ok=True)


def swept(folder: Path) -> None:
    """Take away what a run that was killed had staged under a folder; only for who holds its lock."""
    cleared(folder.rglob(".*.half"))


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
    try:
        if index.is_file() and MARK not in index.read_bytes()[:2000]:
            raise PublishError(f"{index} was not made by pmlib and would be lost. Give another folder with --out.")
        out.mkdir(parents=True, exist_ok=True)
        # The probe is as large as a block, since an empty file fits on a full disk.
        probe.write_bytes(bytes(4096))
    except OSError as error:
        why = error.strerror or error
        raise PublishError(f"Cannot write to {out}: {why}. Make room or give another folder with --out.") from error
    finally:
        cleared([probe])


def said(error: OSError, path: Path) -> str:
    """Say in a sentence which place failed and why."""
    place = Path(error.filename) if isinstance(error.filename, str) else path
    shown = place.with_name(place.name.removeprefix(".").removesuffix(".half")) if place.suffix == ".half" else place
    return f"Cannot write to {shown}: {error.strerror or error}"
