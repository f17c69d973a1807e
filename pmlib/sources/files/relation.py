"""Show any file or frame to the engine as the relation ``source``: nothing is copied, rows stay in the engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from pmlib.core import InputError, SettingError, nearest
from pmlib.engine import Engine, name, sql
from pmlib.sources.files.scans import csv_files, first_line, json_files, reader, refuse_twice
from pmlib.sources.where import Found, find

Format = Literal["csv", "json", "parquet", "duckdb", "frame", "workbook"]

ENDINGS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".tab": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".duckdb": "duckdb",
    ".ddb": "duckdb",
    ".db": "duckdb",
}
NO_TABLE = {".xlsx": "a workbook", ".xls": "a workbook", ".sav": "an SPSS file", ".zip": "an archive", ".pdf": "a PDF"}


@dataclass(frozen=True)
class Given:
    """The relation ``source`` of an engine.

    Parameters
    ----------
    columns
        Name and DuckDB type; every column of a CSV file is VARCHAR, so that ids keep their leading zeros, and a JSON
        column is VARCHAR or, where it holds objects or lists, JSON.
    """

    name: str
    format: Format
    columns: tuple[tuple[str, str], ...]

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [column for column, _ in self.columns]


def opened(engine: Engine, found: Found, table: str | None = None) -> Given:
    """Make the view ``source`` over files or a frame.

    Parameters
    ----------
    table
        The table of a DuckDB file; not needed where it has one only, or one called ``events``.

    Raises
    ------
    InputError
        If the files cannot be read, or a column is there twice.
    SettingError
        If the DuckDB file has no such table.
    """
    if found.frame is not None:
        kind: Format = "frame"
        relation = framed(engine, found)
    else:
        kinds = {kind_of(file) for file in found.files}
        if len(kinds) > 1:
            raise InputError(
                f"{found.name} matches files of several kinds ({', '.join(sorted(kinds))}). Narrow the pattern."
            )
        (kind,) = kinds
        if kind == "csv":
            relation = csv_files(found)
        elif kind == "json":
            relation = json_files(engine, found)
        else:
            relation = parquet_files(found) if kind == "parquet" else attached(engine, found, table)
    try:
        engine.run(f"CREATE OR REPLACE VIEW source AS {relation.sql(dialect='duckdb')}")
        rows = engine.query("DESCRIBE source").rows
    except duckdb.Error as error:
        raise InputError(f"{found.name} cannot be read as {kind}: {first_line(error)} Export it again.") from error
    return Given(found.name, kind, tuple((row[0], row[1]) for row in rows))


@contextmanager
def readable(shown: str) -> Iterator[None]:
    """Say which file it is that the engine cannot read to its end.

    Raises
    ------
    InputError
        In the place of whatever the engine raises.
    """
    try:
        yield
    except duckdb.Error as error:
        raise InputError(f"{shown} cannot be read: {first_line(error)} Check the file, or export it again.") from error


def columns_of(where: object) -> list[tuple[str, str]]:
    """Return the columns of a file, glob, TOML source or frame.

    Returns
    -------
    list
        ``(name, DuckDB type)``; all VARCHAR for CSV.
    """
    engine = Engine()
    found = find(where, "events")
    given = opened(engine, found, found.spec.table)
    released(engine)
    return list(given.columns)


def released(engine: Engine) -> None:
    """Let go of the file or frame: what was loaded from it stays."""
    for view in ("mapped", "source"):
        engine.run(f"DROP VIEW IF EXISTS {view}")
    engine.run("DROP TABLE IF EXISTS sample")
    engine.connection.unregister("given_frame")
    engine.run("DETACH DATABASE IF EXISTS given_file")


def rejected(engine: Engine, after: int = -1) -> int:
    """Count the CSV lines that scans after the scan ``after`` could not split into columns."""
    if not has_rejects(engine):
        return 0
    return engine.query(sql(__package__, "relation_rejected.sql"), after=after).one().lines


def last_scan(engine: Engine) -> int:
    """Return the number of the latest scan of CSV files that rejected a line, −1 before the first."""
    if not has_rejects(engine):
        return -1
    return engine.query("SELECT coalesce(max(scan_id), -1) AS scan FROM reject_scans").one().scan


def has_rejects(engine: Engine) -> bool:
    """Whether any line was rejected so far."""
    return bool(engine.query("SELECT 1 FROM duckdb_tables() WHERE table_name = 'reject_scans'").rows)


def kind_of(file: Path) -> Format:
    """Tell a file's kind by its ending, else by its first bytes."""
    plain = file.with_suffix("") if file.suffix.lower() == ".gz" else file
    ending = plain.suffix.lower()
    if ending in NO_TABLE:
        raise InputError(
            f"{file.name} is {NO_TABLE[ending]}; this reads CSV, JSON lines, Parquet and DuckDB files. Save it as CSV."
        )
    if ending in ENDINGS:
        return ENDINGS[ending]
    with file.open("rb") as bytes_of:
        head = bytes_of.read(12)
    if head[:4] == b"PAR1":
        return "parquet"
    if head[8:12] == b"DUCK":
        return "duckdb"
    return "json" if head.lstrip()[:1] in {b"{", b"["} else "csv"


def parquet_files(found: Found) -> exp.Expr:
    """Read Parquet files; columns are matched by name."""
    first = found.files[0]
    try:
        refuse_twice(pq.read_schema(first).names, first.name)
    except pa.ArrowInvalid as error:
        raise InputError(
            f"{first.name} is no readable Parquet file: {first_line(error)} Export it again, or "
            "give it the ending of its kind, such as .csv."
        ) from error
    return reader("read_parquet", list(found.files), union_by_name=exp.true())


def attached(engine: Engine, found: Found, table: str | None) -> exp.Expr:
    """Read one table of a DuckDB file."""
    if len(found.files) != 1:
        raise InputError(f"{found.name} matches several DuckDB files; name one.")
    file = found.files[0]
    try:
        engine.run(f"ATTACH {exp.Literal.string(str(file)).sql(dialect='duckdb')} AS given_file (READ_ONLY)")
        rows = engine.query(
            "SELECT table_schema AS schema, table_name AS name FROM information_schema.tables "
            "WHERE table_catalog = 'given_file' ORDER BY ALL"
        ).rows
    except duckdb.Error as error:
        raise InputError(
            f"{file.name} cannot be opened as a DuckDB file: {first_line(error)} Close the program that holds "
            "it, or give a file of another kind its own ending, such as .csv."
        ) from error
    known = [row.name for row in rows]
    if not known:
        raise InputError(f"{file.name} holds no table. Write the events into one.")
    wanted = table or (known[0] if len(known) == 1 else "events")
    if wanted not in known:
        if table is None:
            raise SettingError(f'{file.name} holds several tables ({", ".join(known)}). Name one: table="{known[0]}".')
        raise SettingError(f"{file.name} has no table '{wanted}'; it has {', '.join(known)}.{nearest(wanted, known)}")
    schema = next(row.schema for row in rows if row.name == wanted)
    return exp.select("*").from_(exp.table_(name(wanted), db=name(schema), catalog=name("given_file")))


def framed(engine: Engine, found: Found) -> exp.Expr:
    """Show a frame to the engine."""
    frame = found.frame
    schema = getattr(frame, "collect_schema", None)
    names = schema().names() if schema else getattr(frame, "column_names", getattr(frame, "columns", []))
    refuse_twice([str(column) for column in names], "The frame")
    try:
        engine.register("given_frame", frame)
    except duckdb.Error as error:
        raise InputError(
            f"A {type(frame).__name__} is no table. Give a path, or a pandas, Polars or Arrow frame."
        ) from error
    return exp.select("*").from_("given_frame")
