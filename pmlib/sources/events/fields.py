"""What a row of ``source`` tells: its columns, and the keys inside those that hold objects."""

import re
from dataclasses import dataclass
from typing import Literal

import sqlglot
from sqlglot import exp

from pmlib.engine import Engine, name, place, sql
from pmlib.sources.files.relation import Given

Kind = Literal["text", "number", "truth", "tree", "pairs", "zoned", "naive", "date", "other"]

WHOLE = r"regexp_replace(CAST(TRY_CAST(field AS DECIMAL(28, 6)) AS VARCHAR), '\.?0+$', '')"
UNFLOATED = r"CASE WHEN contains(field, '.') THEN regexp_replace(field, '^(-?\d+)\.0+$', '\1') ELSE field END"
KEYS = 400
NUMBER = r"-?(0|[1-9]\d{0,14})(\.\d+)?([eE][-+]?\d{1,3})?"
COMMA_NUMBER = r"-?(0|[1-9]\d{0,2}(\.\d{3})+|[1-9]\d{0,14})(,\d+)?"
NUMERIC = re.compile(r"(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DOUBLE|FLOAT|DECIMAL\(.*\))")
VERSION = re.compile(r"(?i:^|[^a-z]|app|os)vers|[a-z]Vers")
"""Versions in seven languages, and no conversions; with 3.10 and 3.20 alone the name decides."""
UNTYPED = ("csv", "json", "workbook")
"""Files that hold numbers as text; in the others a column of text was meant as text."""
ZONED = ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS WITH TIME ZONE", "TIMESTAMPTZ_NS")


@dataclass(frozen=True)
class Field:
    """A column, or a key inside one (``properties.plan``).

    Parameters
    ----------
    read
        Reads it from ``source`` as it stands.
    typed
        Reads it as what it was meant: a number that a CSV file holds as text, a key's value out of its object.
    column, key
        The column it lies in, and its key there (``""`` for the column itself).
    verify
        Whether ``typed`` rests on a sample and must be held against all rows.
    stays
        Whether it stays text as a property though it looks like numbers: text in a file that knows types, or versions.
    """

    name: str
    type: str
    kind: Kind
    read: exp.Expr
    typed: exp.Expr
    column: str
    key: str = ""
    verify: bool = False
    stays: bool = False

    @property
    def text(self) -> exp.Expr:
        """Reads it as text; whole numbers that became floats on their way here lose their ``.0``."""
        if self.type == "JSON" and not self.key:
            return parsed("field ->> '$'", field=self.read)
        if self.type in ("DOUBLE", "FLOAT"):
            return parsed(WHOLE, field=self.read)
        if self.type == "VARCHAR" and (self.kind == "number" or not self.key):
            return parsed(UNFLOATED, field=self.read)
        return self.read.copy() if self.type == "VARCHAR" else exp.cast(self.read.copy(), "VARCHAR")


def parsed(text: str, **pieces: exp.Expr) -> exp.Expr:
    """Parse an expression in DuckDB's dialect and put others where it names them; it comes in parentheses."""
    tree = sqlglot.parse_one(text, dialect="duckdb")

    def swap(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and not node.table and node.name in pieces:
            return pieces[node.name].copy()
        return node

    return exp.paren(tree.transform(swap), copy=False)


def utc_of(moment: exp.Expr) -> exp.Expr:
    """Read a moment with a zone as TIMESTAMP in UTC; through its microseconds, as zones cost a calendar a row."""
    return parsed("make_timestamp(epoch_us(moment))", moment=moment)


def literal(text: str) -> exp.Expr:
    """Write a text as an SQL constant."""
    return exp.Literal.string(text)


def fields_of(engine: Engine, given: Given, *, decimal: str | None = None) -> dict[str, Field]:
    """Find out what each column holds, from a sample of its rows, which stays as the table ``sample``.

    Parameters
    ----------
    decimal
        The decimal sign of numbers that stand as text; found out a column where it is not given.

    Returns
    -------
    dict
        By name; the keys of objects follow their column as ``column.key``.
    """
    engine.run("CREATE OR REPLACE TEMP TABLE sample AS SELECT * FROM source LIMIT 20000")
    found: dict[str, Field] = {}
    for column, kind in given.columns:
        found[column] = column_field(engine, column, kind, decimal, meant=given.format not in UNTYPED)
    for field in list(found.values()):
        for inner in inner_fields(engine, field):
            found.setdefault(inner.name, inner)
    return found


def column_field(engine: Engine, column: str, kind: str, decimal: str | None, *, meant: bool) -> Field:
    """Tell what a column holds; ``meant`` says that the file knows types, so that text was meant as text."""
    read = exp.column(name(column))
    if kind == "VARCHAR":
        return text_field(engine, column, read, decimal, meant=meant)
    told: Kind = "other"
    if kind == "JSON":
        told = json_kind(engine, column)
    elif kind in ZONED:
        read = parsed("CAST(field AS TIMESTAMPTZ)", field=read)
        return Field(column, kind, "zoned", read, utc_of(read), column)
    elif kind.startswith("TIMESTAMP"):
        told = "naive"
    elif kind == "DATE":
        told = "date"
    elif kind == "BOOLEAN":
        told = "truth"
    elif NUMERIC.fullmatch(kind):
        told = "number"
    elif kind.startswith('STRUCT("key"') or (kind.startswith("STRUCT(key ") and kind.endswith("[]")):
        as_json = exp.func("to_json", read)
        return Field(column, "JSON", "pairs", as_json, as_json.copy(), column)
    elif kind.startswith("STRUCT"):
        told = "tree"
    return Field(column, kind, told, read, read.copy(), column)


def text_field(engine: Engine, column: str, read: exp.Expr, decimal: str | None, *, meant: bool) -> Field:
    """Tell whether text was meant as a number, as true and false, or as an object."""
    query = place(sql(__package__, "fields_text.sql"), given=read)
    counts = engine.query(query, point=NUMBER, comma=COMMA_NUMBER).one()
    by_comma = counts.commas == counts.n and (decimal == "," or (decimal is None and counts.clear > 0))
    kind: Kind = "text"
    typed = read.copy()
    if counts.n and (by_comma or (counts.points == counts.n and decimal != ",")):
        kind, typed = "number", number_of(read, by_comma)
    elif counts.n and counts.truths == counts.n:
        kind, typed = "truth", parsed("TRY_CAST(field AS BOOLEAN)", field=read)
    elif counts.n and counts.trees == counts.n:
        kind = "tree"
    elif counts.n and counts.lists == counts.n:
        kind = "pairs"
    looks = kind in ("number", "truth")
    stays = looks and (meant or (counts.broken > 0 and VERSION.search(column) is not None))
    return Field(column, "VARCHAR", kind, read, typed, column, verify=looks and not stays, stays=stays)


def number_of(read: exp.Expr, decimal_comma: bool = False) -> exp.Expr:
    """Read text as a number."""
    if decimal_comma:
        return parsed("TRY_CAST(replace(replace(field, '.', ''), ',', '.') AS DOUBLE)", field=read)
    return parsed("TRY_CAST(nullif(field, 'NaN') AS DOUBLE)", field=read)


def json_kind(engine: Engine, column: str) -> Kind:
    """Tell objects from lists of keys with values."""
    query = place(sql(__package__, "fields_json.sql"), given=exp.column(name(column)))
    counts = engine.query(query).one()
    if counts.trees:
        return "tree"
    return "pairs" if counts.pairs else "other"


def inner_fields(engine: Engine, field: Field) -> list[Field]:
    """Return the keys inside a column that holds objects, the most frequent first."""
    if field.kind == "tree" and field.type.startswith("STRUCT"):
        members = exp.select(exp.func("unnest", field.read)).from_("sample")
        rows = engine.query(f"DESCRIBE {members.sql(dialect='duckdb')}").rows
        return [struct_field(field, row[0], row[1]) for row in rows[:KEYS]]
    if field.kind not in ("tree", "pairs"):
        return []
    query = place(sql(__package__, f"fields_{field.kind}.sql"), given=field.read)
    rows = engine.query(query, keys=KEYS).rows
    inner = tree_field if field.kind == "tree" else pair_field
    return [inner(field, row.key, bool(row.numeric)) for row in rows if row.key and '"' not in row.key]


def tree_field(field: Field, key: str, numeric: bool) -> Field:
    """Read a key of a JSON object."""
    read = parsed("field ->> path", field=field.read, path=literal(f'$."{key}"'))
    typed = number_of(read) if numeric else read.copy()
    return Field(f"{field.name}.{key}", "VARCHAR", "number" if numeric else "text", read, typed, field.column, key)


def struct_field(field: Field, key: str, kind: str) -> Field:
    """Read a member of a struct."""
    read = exp.func("struct_extract", field.read.copy(), literal(key))
    told: Kind = "zoned" if kind in ZONED else "naive" if kind.startswith("TIMESTAMP") else "other"
    if NUMERIC.fullmatch(kind):
        told = "number"
    elif kind == "VARCHAR":
        told = "text"
    return Field(f"{field.name}.{key}", kind, told, read, read.copy(), field.column, key)


def pair_field(field: Field, key: str, numeric: bool) -> Field:
    """Read a value from a list of keys with values, as Google Analytics writes them."""
    place_of_key = "list_position(json_extract_string(field, '$[*].key'), wanted)"
    pair = parsed(
        f"list_extract(json_extract(field, '$[*].value'), {place_of_key})", field=field.read, wanted=literal(key)
    )
    kinds = ("string_value", "int_value", "double_value", "float_value")
    read = exp.func("coalesce", *(parsed(f"pair ->> '$.{kind}'", pair=pair) for kind in kinds))
    typed = number_of(read) if numeric else read.copy()
    return Field(f"{field.name}.{key}", "VARCHAR", "number" if numeric else "text", read, typed, field.column, key)
