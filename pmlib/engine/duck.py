"""DuckDB in process: aggregation stays here, cells of a report come back."""

import hashlib
import tempfile
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
from numpy.typing import NDArray
from sqlglot import exp

from pmlib.core import InputError
from pmlib.engine.texts import quoted


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


class Engine:
    """A DuckDB database in memory that spills to disk, or a narrower view of one.

    Times are UTC: a TIMESTAMP column holds UTC, a DATE a local day.

    Parameters
    ----------
    path
        The schemas in which a table is looked for, the nearest first.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection | None = None, path: tuple[str, ...] = ("main",)) -> None:
        if connection is None:
            settings = {"temp_directory": tempfile.gettempdir(), "preserve_insertion_order": False}
            connection = duckdb.connect(":memory:", config=settings)
            connection.execute("SET TimeZone = 'UTC'")
            # In a kernel DuckDB takes this setting only where ipywidgets is installed, hence the dependency.
            connection.execute("SET enable_progress_bar = false")
        self.connection = connection
        self.path = path

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
        taken = cursor.execute("SELECT count(*) FROM duckdb_schemas()").fetchall()[0][0]
        schema = f"part_{taken}"
        source = view(exp.table_(table, db=self.home(table)))
        cursor.execute(f"CREATE SCHEMA {quoted(schema)}")
        cursor.execute(f"CREATE VIEW {quoted(schema)}.{quoted(table)} AS {source.sql(dialect='duckdb')}")
        return self.nearer(schema, cursor)

    def keeping(self, table: str, text: str, **values: object) -> "Engine":
        """Return an engine that also has ``table``, the answer of a query.

        The query runs once: asked for again with the same text and values, its answer is there already. So questions
        that need the same rows share one scan.
        """
        used = self.named(text, values)
        key = repr((self.path, table, text, sorted(used.items())))
        schema = f"{table}_{hashlib.sha256(key.encode()).hexdigest()[:16]}"
        cursor = self.connection.cursor()
        found = cursor.execute("SELECT count(*) FROM duckdb_tables() WHERE schema_name = $schema", {"schema": schema})
        if not found.fetchall()[0][0]:
            kept = f"{quoted(schema)}.{quoted(table)}"
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
            self.connection.execute(f"CREATE TABLE {kept} AS {text}", used or None)
        return self.nearer(schema, cursor)

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
        return Engine(cursor, path)


def traced(text: str, used: Mapping[str, object]) -> str:
    """Return a query with the values it ran with."""
    return "".join(f"-- ${key} = {value!r}\n" for key, value in used.items()) + text.strip()
