"""A table of events in one Parquet file, with all that is known of it in the file's own metadata."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError

from pmlib.core import Check, InputError, Ledger, Origin
from pmlib.engine import Engine, name

KEY = b"pmlib_events"
FORM = 1
"""The number of this way to write the metadata; another is refused."""
AS_TEXT = ("HUGEINT", "UHUGEINT", "INTERVAL", "BIT", "BIGNUM", "TIME WITH TIME ZONE")
"""Types that Parquet would change; they are written as text and read back."""
LOST = ("HUGEINT", "UHUGEINT", "INTERVAL", "TIME WITH TIME ZONE")
"""Of these, those whose values it would change inside lists and objects, where nothing is written as text."""
TYPE_PARTS = (exp.DataType, exp.DataTypeParam, exp.ColumnDef, exp.Identifier, exp.Literal)
ALLOWED = (
    *(
        exp.Column,
        exp.Identifier,
        exp.Literal,
        exp.Null,
        exp.Boolean,
        exp.Paren,
        exp.Neg,
        exp.DataType,
        exp.DataTypeParam,
    ),
    *(exp.Cast, exp.TryCast, exp.Coalesce, exp.Nullif, exp.JSONExtract, exp.JSONExtractScalar, exp.JSONPath),
    *(exp.JSONPathRoot, exp.JSONPathKey, exp.JSONPathSubscript, exp.JSONPathWildcard, exp.StructExtract),
    *(exp.RegexpReplace, exp.Replace, exp.Trim, exp.AtTimeZone, exp.Case, exp.If, exp.EQ, exp.Var),
)
FUNCTIONS = frozenset(
    {"list_extract", "list_position", "json_extract_string", "json_extract", "struct_extract", "replace", "to_json"}
)
"""What the expression of a property may be made of: a file that others hand over must not run what it likes."""


@dataclass(frozen=True)
class Facts:
    """What is known of a table of events.

    Parameters
    ----------
    last, end
        The last complete local day, and the last with events.
    settled
        Whether no row lies after ``last``; else the table still holds all days, and ``checks`` only what does not
        depend on the last day counted.
    daily
        Those of ``checks`` that depend on the last day counted.
    who
        What is counted, one and many.
    types
        The DuckDB type of each column.
    """

    origin: Origin
    timezone: str
    week_start: str
    last: date
    end: date
    settled: bool
    checks: tuple[Check, ...] = ()
    daily: tuple[Check, ...] = ()
    properties: Mapping[str, exp.Expr] = field(default_factory=dict)
    segment: str = ""
    who: tuple[str, str] = ("person", "people")
    grouping: str = ""
    types: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """Write the facts as JSON."""
        return json.dumps(
            {
                "form": FORM,
                "origin": self.origin.as_json(),
                "timezone": self.timezone,
                "week_start": self.week_start,
                "last": self.last.isoformat(),
                "end": self.end.isoformat(),
                "settled": self.settled,
                "checks": [[check.ok, check.text] for check in self.checks],
                "daily": [[check.ok, check.text] for check in self.daily],
                "properties": {title: part.sql(dialect="duckdb") for title, part in self.properties.items()},
                "segment": self.segment,
                "who": self.who,
                "grouping": self.grouping,
                "types": dict(self.types),
            }
        )

    @classmethod
    def read(cls, text: str, shown: str) -> "Facts":
        """Read what :meth:`text` wrote.

        Raises
        ------
        InputError
            If it was written in another way, or holds what no load writes.
        """
        try:
            data = json.loads(text)
            if data["form"] != FORM:
                raise InputError(
                    f"{shown} was prepared by another version (form {data['form']}, expected {FORM}). Prepare it again."
                )
            return cls(
                origin_of(data["origin"]),
                data["timezone"],
                data["week_start"],
                date.fromisoformat(data["last"]),
                date.fromisoformat(data["end"]),
                data["settled"],
                tuple(Check(ok, words) for ok, words in data["checks"]),
                tuple(Check(ok, words) for ok, words in data["daily"]),
                {title: expression(part, shown) for title, part in data["properties"].items()},
                data["segment"],
                (data["who"][0], data["who"][1]),
                data["grouping"],
                data["types"],
            )
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise InputError(f"The metadata of {shown} are not those of prepared events. Prepare it again.") from error


def origin_of(data: Mapping[str, Any]) -> Origin:
    """Read what :meth:`Origin.as_json` wrote."""
    first, through = (date.fromisoformat(data[day]) if data[day] else None for day in ("first", "through"))
    ledger = Ledger(data["read"], data["kept"], data["dropped"])
    notes = tuple(data["notes"])
    return Origin(data["name"], data["kind"], data["form"], ledger, first, through, data["timezone"], notes)


def expression(text: str, shown: str) -> exp.Expr:
    """Read the expression of a property, and refuse what is more than a look into a column."""
    try:
        parsed = sqlglot.parse_one(text, dialect="duckdb")
    except ParseError as error:
        raise InputError(f"A property in the metadata of {shown} cannot be read. Prepare it again.") from error
    for node in parsed.walk():
        known = node.name.casefold() in FUNCTIONS if isinstance(node, exp.Anonymous) else isinstance(node, ALLOWED)
        if not known:
            raise InputError(
                f"A property in the metadata of {shown} is '{node.sql(dialect='duckdb')}', more than a look into a "
                "column. The file was not prepared here: prepare it again from its source."
            )
    return parsed


def write(engine: Engine, facts: Facts, path: Path) -> Path:
    """Write the table ``events`` as one Parquet file, by user and time; it takes its place when it is whole.

    Raises
    ------
    InputError
        If the file cannot be written, or would not give a column back as it is.
    """
    kinds = {row[0]: row[1] for row in engine.query("DESCRIBE events").rows}
    lost = {exp.DataType.build(kind, dialect="duckdb").this for kind in LOST}
    for column, kind in kinds.items():
        if kind not in AS_TEXT and any(part.this in lost for part in typed(kind, path.name).find_all(exp.DataType)):
            raise changed(path, column, kind)
    picks = [
        exp.alias_(exp.cast(exp.column(name(column)), "VARCHAR"), name(column))
        if kind in AS_TEXT
        else exp.column(name(column))
        for column, kind in kinds.items()
    ]
    rows = exp.select(*picks).from_("events").order_by("user_id", "ts")
    known = replace(facts, types=kinds)
    said = exp.Literal.string(known.text()).sql(dialect="duckdb")
    try:
        with whole(path) as part:
            place = exp.Literal.string(str(part)).sql(dialect="duckdb")
            # Measured: zstd reads as fast as snappy and is a fifth smaller; larger row groups gain nothing.
            engine.run(
                f"COPY ({rows.sql(dialect='duckdb')}) TO {place} "
                f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{KEY.decode()}: {said}}})"
            )
            back = engine.query(f"DESCRIBE {reading(engine, kinds, part).sql(dialect='duckdb')}").rows
            for column, kind in kinds.items():
                if (column, kind) not in {(row[0], row[1]) for row in back}:
                    raise changed(path, column, kind)
    except (duckdb.IOException, OSError) as error:
        words = str(error).partition("\n")[0].removesuffix(".")
        raise InputError(f"{path.name} cannot be written: {words}. Free some space, or name another folder.") from error
    return path


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """Give a file to write, for this user alone, that takes the target's place when all went well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=f".{target.stem}-", suffix=".parquet", dir=target.parent)
    os.close(handle)
    try:
        yield Path(part)
        # The engine writes a file of its own in its place, readable to all.
        Path(part).chmod(0o600)
        Path(part).replace(target)
    finally:
        Path(part).unlink(missing_ok=True)


def facts_of(path: Path) -> Facts | None:
    """Return what a Parquet file says of the events in it, or None for a file that was not prepared."""
    try:
        with path.open("rb") as file:
            if file.read(4) != b"PAR1":
                return None
        found = (pq.read_metadata(path).metadata or {}).get(KEY)
    except (OSError, pa.ArrowException):
        # Not a file to read here: the loader says what is wrong with it.
        return None
    return Facts.read(found.decode(), path.name) if found else None


def changed(path: Path, column: str, kind: str) -> InputError:
    """Say that a column would not come back as it is."""
    return InputError(
        f"{path.name} cannot be written: '{column}' is of type {kind}, which a Parquet file does not give back as it "
        "is. Turn the column into text in the source, or leave it out there."
    )


def show(engine: Engine, facts: Facts, path: Path) -> None:
    """Make the view ``events`` over a file: its rows stay where they are."""
    engine.run(f"CREATE VIEW events AS {reading(engine, facts.types, path).sql(dialect='duckdb')}")


def reading(engine: Engine, types: Mapping[str, str], path: Path) -> exp.Select:
    """Read a file's columns with the types they had; what Parquet made another type is cast back."""
    scan = exp.func("read_parquet", exp.Literal.string(str(path.resolve())), dialect="duckdb")
    stored = engine.query(f"DESCRIBE {exp.select('*').from_(scan).sql(dialect='duckdb')}").rows
    there = {row[0]: row[1] for row in stored}
    picks = [
        exp.column(name(column))
        if there.get(column) == kind
        else exp.alias_(exp.cast(exp.column(name(column)), typed(kind, path.name)), name(column))
        for column, kind in types.items()
    ]
    return exp.select(*picks).from_(scan)


def typed(kind: str, shown: str) -> exp.DataType:
    """Read the name of a type, and refuse what is more than that."""
    try:
        found = sqlglot.parse_one(f"CAST(NULL AS {kind})", dialect="duckdb")
    except ParseError as error:
        raise InputError(
            f"A column of {shown} is of type {kind}, which is not known here. Prepare it again."
        ) from error
    if not isinstance(found, exp.Cast) or not all(isinstance(part, TYPE_PARTS) for part in found.to.walk()):
        raise InputError(f"The type {kind} in the metadata of {shown} is more than a type. Prepare it again.")
    return found.to
