"""DuckDB in process: aggregation stays here, cells of a report come back."""

import hashlib
import tempfile
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from weakref import WeakSet

import duckdb
import pyarrow as pa
from numpy.typing import NDArray
from sqlglot import exp

from pmlib.core import InputError
from pmlib.engine.texts import quoted

ROWS = 20_000_000
"""So many rows the tables that questions keep may have together; beyond, those go that were not asked for longest."""


@dataclass(frozen=True)
class Cells:
    """The answer of a query: rows with named fields, and the SQL that ran with its values."""

    columns: tuple[str, ...]
    rows: tuple[Any, ...]
    sql: str

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> list[Any]:
        """Return one column as a list."""
        return [getattr(row, name) for row in self.rows]

    def one(self) -> Any:
        """Return the only row."""
        if len(self.rows) != 1:
            raise InputError(f"The query gave {len(self.rows)} rows where one was expected.")
        return self.rows[0]


@dataclass(frozen=True)
class Kept:
    """What the engines over one database share: the schemas of kept tables, those asked for last at the end.

    Parameters
    ----------
    readers
        For each such schema, the living engines that look for tables in it.
    numbers
        Numbers for schemas of views.
    """

    readers: dict[str, "WeakSet[Engine]"] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)


class Engine:
    """A DuckDB database in memory that spills to disk, or a narrower view of one.

    Times are UTC: a TIMESTAMP column holds UTC, a DATE a local day.

    Parameters
    ----------
    path
        The schemas in which a table is looked for, the nearest first.
    kept
        What it shares with other engines over the same database.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection | None = None,
        path: tuple[str, ...] = ("main",),
        kept: Kept | None = None,
    ) -> None:
        if connection is None:
            settings = {"temp_directory": tempfile.gettempdir(), "preserve_insertion_order": False}
            connection = duckdb.connect(":memory:", config=settings)
            connection.execute("SET TimeZone = 'UTC'")
            # In a kernel DuckDB takes this setting only where ipywidgets is installed, hence the dependency.
            connection.execute("SET enable_progress_bar = false")
        self.connection = connection
        self.path = path
        self.kept = kept or Kept()
        for schema in self.kept.readers.keys() & set(path):
            self.kept.readers[schema].add(self)

    def query(self, text: str, **values: object) -> Cells:
        """Run a query; ``values`` bind to its ``$name`` parameters, those it does not name are left out."""
        used = self.named(text, values)
        answer = self.connection.execute(text, used or None)
        columns = tuple(column[0] for column in answer.description or ())
        row = namedtuple("Row", columns, rename=True)
        return Cells(columns, tuple(row(*values) for values in answer.fetchall()), traced(text, used))

    def query_arrays(self, text: str, **values: object) -> tuple[dict[str, NDArray[Any]], str]:
        """Run a query for a pass over packed numbers; return its columns as arrays, and the SQL that ran."""
        used = self.named(text, values)
        return self.connection.execute(text, used or None).fetchnumpy(), traced(text, used)

    def arrow(self, text: str) -> pa.Table:
        """Run a query for another engine to read its rows."""
        return self.connection.sql(text).to_arrow_table()

    def run(self, text: str, **values: object) -> None:
        """Run a statement that gives no cells."""
        self.connection.execute(text, self.named(text, values) or None)

    def register(self, name: str, frame: object) -> None:
        """Show a pandas, Polars or Arrow frame to queries as ``name``."""
        self.connection.register(name, frame)

    def narrowed(self, table: str, where: exp.Expr) -> "Engine":
        """Return an engine over the same data in which ``table`` holds only the rows that meet ``where``."""
        return self.viewed(table, lambda base: exp.select("*").from_(base).where(where))

    def viewed(self, table: str, view: Callable[[exp.Table], exp.Query]) -> "Engine":
        """Return an engine over the same data in which ``table`` is what ``view`` selects from the table as it is."""
        cursor = self.connection.cursor()
        schema = f"part_{next(self.kept.numbers)}"
        source = view(exp.table_(table, db=self.home(table)))
        cursor.execute(f"CREATE SCHEMA {quoted(schema)}")
        cursor.execute(f"CREATE VIEW {quoted(schema)}.{quoted(table)} AS {source.sql(dialect='duckdb')}")
        return self.nearer(schema, cursor)

    def keeping(self, table: str, text: str, **values: object) -> "Engine":
        """Return an engine that also has ``table``, the answer of a query.

        The query runs once: asked for again with the same text and values, its answer is there already. So questions
        that need the same rows share one scan. Where the tables kept so grow beyond ``ROWS`` rows, those that were not
        asked for longest go, if no engine looks into them any more.
        """
        used = self.named(text, values)
        key = repr((self.path, table, text, sorted(used.items())))
        schema = f"{table}_{hashlib.sha256(key.encode()).hexdigest()[:16]}"
        readers = self.kept.readers
        if schema not in readers:
            self.run(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
            self.connection.execute(f"CREATE TABLE {quoted(schema)}.{quoted(table)} AS {text}", used or None)
        readers[schema] = readers.pop(schema, WeakSet())
        engine = self.nearer(schema, self.connection.cursor())
        engine.forget()
        return engine

    def forget(self) -> None:
        """Drop the kept tables that were not asked for longest, as far as there are too many rows in all."""
        tables = "SELECT schema_name AS schema, sum(estimated_size) AS rows FROM duckdb_tables() GROUP BY schema_name"
        sizes = {row.schema: row.rows for row in self.query(tables)}
        readers = self.kept.readers
        excess = sum(sizes.get(schema, 0) for schema in readers) - ROWS
        for schema in [schema for schema, engines in readers.items() if not engines]:
            if excess <= 0:
                return
            self.run(f"DROP SCHEMA {quoted(schema)} CASCADE")
            del readers[schema]
            excess -= sizes.get(schema, 0)

    def named(self, text: str, values: Mapping[str, object]) -> dict[str, object]:
        """Return the values that a query names; a name in a text or a comment is none."""
        asked = {name for one in self.connection.extract_statements(text) for name in one.named_parameters}
        return {key: value for key, value in values.items() if key in asked}

    def home(self, table: str) -> str:
        """Return the nearest schema that has a table or view of this name."""
        rows = self.connection.execute(
            "SELECT table_schema FROM information_schema.tables WHERE table_name = $table", {"table": table}
        ).fetchall()
        schemas = {row[0] for row in rows}
        return next((schema for schema in self.path if schema in schemas), self.path[-1])

    def nearer(self, schema: str, cursor: duckdb.DuckDBPyConnection) -> "Engine":
        """Return an engine that looks for tables in ``schema`` first."""
        path = (schema, *self.path)
        # A cursor has the machine's zone again.
        cursor.execute("SET TimeZone = 'UTC'")
        cursor.execute(f"SET search_path = '{','.join(path)}'")
        return Engine(cursor, path, self.kept)


def traced(text: str, used: Mapping[str, object]) -> str:
    """Return a query with the values it ran with."""
    return "".join(f"-- ${key} = {value!r}\n" for key, value in used.items()) + text.strip()
