"""Where a table comes from: a file, a glob, a TOML file that describes it, or a frame in memory."""

import os
import re
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pmlib.core import InputError, SettingError, nearest
from pmlib.sources.warehouse.database import snapshot

Kind = Literal[
    "events",
    "survey",
    "interviews",
    "series",
    "units",
    "aggregates",
    "subscriptions",
    "accounts",
    "identities",
]
GLOB = "*?["


class Spec(BaseModel):
    """A ``[source.NAME]`` table of a TOML file; what is not given is found out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind | None = None
    path: str | None = None
    url: str | None = Field(default=None, description="env:NAME of the variable that holds the address")
    sql: str | None = None
    table: str | None = Field(default=None, description="the table of a DuckDB file, or the sheet of a workbook")
    columns: dict[str, str] = Field(default={}, description="contract column = the file's column")
    times: str | None = Field(default=None, description="the time zone of times that name none")
    duplicates: Literal["id", "row", "keep", "sum"] | None = None
    encoding: str | None = None
    separator: str | None = None
    decimal: Literal[".", ","] | None = None
    running: bool | None = Field(default=None, description="of aggregates: whether a row counts all up to its day")
    segments: tuple[str, ...] = Field(default=(), description="of aggregates: the columns that part the units")
    start: date | None = Field(default=None, description="of aggregates whose days are counted: the first day")

    @model_validator(mode="after")
    def one_place(self) -> "Spec":
        """Hold that the source is a path or an address, and that an address is only ever a reference."""
        if (self.path is None) == (self.url is None):
            raise ValueError("give either path or url")
        if self.url is not None and not self.url.startswith("env:"):
            raise ValueError("url must be a reference such as env:WAREHOUSE_URL, so that no password is written down")
        return self


@dataclass(frozen=True)
class Found:
    """A source that is there: its files or its frame, and how to read it."""

    name: str
    spec: Spec
    files: tuple[Path, ...] = ()
    frame: object = None


def find(given: object, kind: Kind) -> Found:
    """Find a source.

    Parameters
    ----------
    given
        A path or glob, a TOML file whose ``[source.KIND]`` describes the source (``pmlib.toml#NAME`` for another
        name), or a pandas, Polars or Arrow frame. Paths inside a TOML file are relative to it.
    kind
        What the source is to be; the name looked for in a TOML file.

    Raises
    ------
    InputError
        If there is no such file, it is empty or a directory.
    SettingError
        If the TOML file does not describe the source.
    """
    if given is None or (isinstance(given, str) and not given):
        raise SettingError(f"No {kind} were given. Name a file, a pattern, a TOML file, or a frame.")
    if not isinstance(given, str | Path):
        return Found("frame", Spec(path="frame"), frame=given)
    text, _, name = str(given).partition("#")
    if text.endswith(".toml"):
        toml = Path(text)
        spec = described(toml, name or kind)
        if spec.url:
            return Found(name or kind, spec, (snapshot(name or kind, spec.url, spec.sql, toml.parent),))
        files = matches(toml.parent / Path(expanded(spec.path or "")).expanduser())
        return Found(shown(spec.path or "", files), spec, files)
    files = matches(Path(str(given)).expanduser())
    return Found(shown(str(given), files), Spec(path=str(given)), files)


def expanded(path: str) -> str:
    """Put an environment variable at the head of a path: ``$EXPORTS/events.csv``."""
    named = re.match(r"\$(\w+)(?=/)", path)
    if not named:
        return path
    if named.group(1) not in os.environ:
        raise SettingError(f"The path {path} names ${named.group(1)}, which is not set. Set it, or write the folder.")
    return os.environ[named.group(1)] + path[named.end() :]


def described(toml: Path, name: str) -> Spec:
    """Read ``[source.NAME]`` of a TOML file."""
    if not toml.is_file():
        raise InputError(f"There is no file {toml}. Give the path of a TOML file with a [source.{name}] table.")
    try:
        tables = tomllib.loads(toml.read_text(encoding="utf-8")).get("source", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"{toml.name} is not readable TOML: {error}.") from error
    if name not in tables:
        if not tables:
            raise SettingError(
                f"{toml.name} has no [source.{name}], so it leads to no data. Give the file that holds the rows; a "
                "plan of an experiment goes into registration, a list of experiments into trials."
            )
        raise SettingError(f"{toml.name} has no [source.{name}]; it has {', '.join(tables)}.{nearest(name, tables)}")
    try:
        return Spec.model_validate(tables[name])
    except ValidationError as error:
        raise SettingError(f"[source.{name}] of {toml.name}: {complaint(error, list(Spec.model_fields))}") from error


def complaint(error: ValidationError, known: list[str]) -> str:
    """Write a validation error as one line with the nearest name."""
    lines = []
    for one in error.errors():
        place = ".".join(str(part) for part in one["loc"])
        if one["type"] == "extra_forbidden":
            lines.append(f"there is no setting '{place}'; there is {', '.join(known)}.{nearest(place, known)}")
        else:
            message = one["msg"].removeprefix("Value error, ")
            lines.append(f"{place}: {message}" if place else message)
    return "; ".join(lines)


def secret_names(given: str) -> tuple[str, ...]:
    """Return the environment variables that a source named by text reads its address from."""
    text, _, name = given.partition("#")
    if not text.endswith(".toml") or not Path(text).is_file():
        return ()
    tables = tomllib.loads(Path(text).read_text(encoding="utf-8")).get("source", {})
    chosen = [tables.get(name)] if name else list(tables.values())
    urls = [str(one.get("url", "")) for one in chosen if isinstance(one, dict)]
    return tuple(sorted({url.removeprefix("env:") for url in urls if url.startswith("env:")}))


def matches(path: Path) -> tuple[Path, ...]:
    """Return the files a path or glob names; each is there and holds something."""
    if any(sign in str(path) for sign in GLOB) and not path.exists():
        # The last folder that is named whole; the rest is the pattern.
        root = next(parent for parent in path.parents if not any(sign in str(parent) for sign in GLOB))
        files = tuple(sorted(file for file in root.glob(str(path.relative_to(root))) if file.is_file()))
        if not files:
            raise InputError(f"No file matches {path}. Check the folder and the pattern.")
    elif path.is_dir():
        inside = sorted(file.name for file in path.iterdir())[:8]
        raise InputError(
            f"{path} is a directory; it holds {', '.join(inside) or 'nothing'}. Name a file, or a pattern such as "
            f"{path.name}/*.csv."
        )
    elif not path.is_file():
        near = nearest(path.name, [file.name for file in path.parent.iterdir()]) if path.parent.is_dir() else ""
        place = "" if path.parent.is_dir() else f" The folder {path.parent} does not exist either."
        raise InputError(f"There is no file {path}.{place}{near}")
    else:
        files = (path,)
    for file in files:
        if file.stat().st_size == 0:
            raise InputError(f"{file} is empty (0 bytes). Export it again, or leave it out.")
        if not os.access(file, os.R_OK):
            raise InputError(f"{file} may not be read by whoever runs this. Give that account the right to read it.")
    return files


def shown(text: str, files: tuple[Path, ...]) -> str:
    """Return a source's name for a page: no folder, and how many files."""
    name = Path(text).name
    return name if len(files) == 1 else f"{name} ({len(files)} files)"
