"""Tables kept between loads: what one process has loaded, the next opens at once.

Whoever runs several loads of the same sources names a folder in the environment variable ``FOLDER``. A load looks there
for its own key (the files with their sizes and times, every setting, the versions and the day) and opens what it finds;
where it finds nothing it loads as ever and leaves its table there. The last day counted and the first day of the week
are no part of the key: a kept table holds all days.
"""

import hashlib
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from pmlib.core import InputError
from pmlib.core.kept import FOLDER
from pmlib.engine import Engine
from pmlib.sources.facts import FORM, Facts, write
from pmlib.sources.where import Found, find


def place(found: Found, settings: Mapping[str, object]) -> Path | None:
    """Return where the table of a load is kept.

    Parameters
    ----------
    settings
        Everything that changes the table; a file among them counts with its size and time.

    Returns
    -------
    Path or None
        ``None`` where nothing is to be kept: no folder is named, or a frame was given.
    """
    folder = os.environ.get(FOLDER, "")
    identities = settings.get("identities", "")
    if not folder or not found.files or not isinstance(identities, str | Path):
        return None
    others = find(identities, "identities").files if str(identities) else ()
    parts = (
        FORM,
        duckdb.__version__,
        datetime.now(UTC).date(),
        found.name,
        # The same file may be named from another folder.
        found.spec.model_dump(exclude={"path"}),
        [stamp(file) for file in (*found.files, *others)],
        sorted((name, repr(value)) for name, value in settings.items()),
    )
    return Path(folder) / f"events-{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}.parquet"


def stamp(file: Path) -> tuple[str, int, int]:
    """Tell one state of a file from another."""
    state = file.stat()
    return str(file.resolve()), state.st_size, state.st_mtime_ns


def keep(engine: Engine, facts: Facts, spot: Path) -> bool:
    """Keep the table ``events`` for the next load; return whether it could be written.

    A full or read-only disk, or a type that Parquet does not give back, costs the next load its time, not this one its
    answer.
    """
    try:
        spot.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write(engine, facts, spot)
    except (InputError, OSError, duckdb.Error):
        return False
    return True
