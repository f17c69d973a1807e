"""Read text files where they lie: separated values, columns set apart by spaces, JSON lines."""

import csv
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import duckdb
from sqlglot import exp

from pmlib.core import InputError
from pmlib.engine import Engine, name
from pmlib.sources.files import text
from pmlib.sources.where import Found

KEYS_SAMPLED = 200_000
KINDS_SAMPLED = 20_000
SPACES = " "
A_DATE = re.compile(r"\d{4}-?\d\d-?\d\d([ T].*)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}.*")
A_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?")


def csv_files(found: Found) -> exp.Expr:
    """Read CSV files as text; files with other columns or separators stand under one another by name."""
    groups: dict[tuple[str, tuple[str, ...]], list[Path]] = {}
    for path in found.files:
        copy = text.utf8(path, found.spec.encoding)
        groups.setdefault(head_of(copy, path.name, found.spec.separator), []).append(copy)
    parts = [
        spaced(files, header) if sign == SPACES else separated(files, sign, header)
        for (sign, header), files in groups.items()
    ]
    whole = parts[0]
    for part in parts[1:]:
        whole = exp.Union(this=whole, expression=part, distinct=False, by_name=True)
    return whole


def separated(files: list[Path], sign: str, header: tuple[str, ...]) -> exp.Expr:
    """Read separated values; lines that do not split into the header's columns are kept apart and counted."""
    return reader(
        "read_csv",
        files,
        auto_detect=exp.false(),
        header=exp.true(),
        delim=exp.Literal.string(sign),
        quote=exp.Literal.string('"'),
        escape=exp.Literal.string('"'),
        store_rejects=exp.true(),
        columns=typed(dict.fromkeys(header, "VARCHAR")),
    )


def spaced(files: list[Path], header: tuple[str, ...]) -> exp.Expr:
    """Read columns set apart by runs of spaces; a line with another number of them is all null."""
    lines = reader(
        "read_csv",
        files,
        auto_detect=exp.false(),
        header=exp.true(),
        delim=exp.Literal.string("\x01"),
        quote=exp.Literal.string(""),
        escape=exp.Literal.string(""),
        columns=typed({"line": "VARCHAR"}),
    )
    line = exp.func("trim", exp.column("line"))
    words = exp.func("string_split_regex", line, exp.Literal.string(r"\s+"), dialect="duckdb")
    whole = exp.EQ(this=exp.func("len", words), expression=exp.Literal.number(len(header)))
    picks = [
        exp.alias_(exp.Case().when(whole, exp.func("list_extract", words, exp.Literal.number(place))), name(column))
        for place, column in enumerate(header, start=1)
    ]
    return exp.select(*picks).from_(lines.subquery("lines"))


def head_of(file: Path, shown: str, separator: str | None) -> tuple[str, tuple[str, ...]]:
    """Return the separator and the column names of a CSV file.

    Raises
    ------
    InputError
        If a column is there twice, or the first line holds values instead of names.
    """
    beginning = text.beginning(file).lstrip("\ufeff")
    first = beginning.splitlines()[:3]
    if not first or not first[0].strip():
        raise InputError(f"{shown} has no header: its first line is empty. Put the column names there.")
    sign = separator or text.separator(file)
    widths = {len(line.split()) for line in first if line.strip()}
    by_spaces = len(first) > 1 and len(widths) == 1 and widths != {1} and not re.search(r"[,;|\t]", first[0])
    if sign == SPACES or (separator is None and by_spaces):
        sign, cells = SPACES, first[0].split()
    else:
        cells = next(csv.reader(beginning.splitlines(keepends=True), delimiter=sign), [])
    names = [cell.strip() or f"column_{place}" for place, cell in enumerate(cells, start=1)]
    refuse_twice(names, shown)
    values = [cell for cell in names if A_NUMBER.fullmatch(cell) or A_DATE.fullmatch(cell)]
    if any(A_DATE.fullmatch(cell) for cell in values) or len(values) * 2 > len(names):
        raise InputError(
            f"The first line of {shown} holds values ({', '.join(names[:6])}), where column names were expected. "
            "Put a line with the names on top, such as user_id,event,ts."
        )
    return sign, tuple(names)


def refuse_twice(names: Sequence[str], shown: str) -> None:
    """Refuse a column that is there twice; the engine does not tell capital letters apart."""
    ordered = sorted(names, key=str.casefold)
    for one, other in pairwise(ordered):
        if one.casefold() == other.casefold():
            what = f"'{one}' twice" if one == other else f"'{one}' and '{other}', alike but for capital letters"
            raise InputError(
                f"{shown} has the column {what}. Rename or drop one of the two: which of them counts is unclear."
            )


def json_files(engine: Engine, found: Found) -> exp.Expr:
    """Read JSON lines (or one list of objects): scalars as text, objects and lists as JSON."""
    # The reader of JSON loses the line that a byte order mark stands before.
    files = [text.utf8(path, found.spec.encoding, marked=False) for path in found.files]
    options: dict[str, exp.Expr] = {"format": exp.Literal.string("newline_delimited")}
    if text.beginning(files[0]).lstrip("\ufeff \t\r\n").startswith("["):
        options["format"] = exp.Literal.string("array")
    else:
        options["ignore_errors"] = exp.true()
    sampled = reader(
        "read_json",
        files,
        **options,
        maximum_depth=exp.Literal.number(1),
        union_by_name=exp.true(),
        sample_size=exp.Literal.number(KEYS_SAMPLED),
    )
    try:
        names = [row[0] for row in engine.query(f"DESCRIBE {sampled.sql(dialect='duckdb')}").rows]
        refuse_twice(names, found.name)
        kinds = [exp.func("json_type", exp.column(name(one))).isin("OBJECT", "ARRAY") for one in names]
        rows = sampled.limit(KINDS_SAMPLED).subquery()
        nested = exp.select(*(exp.func("bool_or", kind) for kind in kinds)).from_(rows)
        trees = engine.query(nested.sql(dialect="duckdb")).one()
    except duckdb.Error as error:
        raise InputError(
            f"{found.name} is not JSON lines: {first_line(error)} Write one object a line, or a list of objects."
        ) from error
    if names == ["json"]:
        raise InputError(f"{found.name} holds no JSON objects; one object a line was expected. Export it again.")
    options["columns"] = typed({one: "JSON" if tree else "VARCHAR" for one, tree in zip(names, trees, strict=True)})
    return reader("read_json", files, **options)


def reader(function: str, files: list[Path], **options: exp.Expr) -> exp.Select:
    """Write the call of a table function with named options."""
    paths = exp.Array(expressions=[exp.Literal.string(str(file)) for file in files])
    named = [exp.EQ(this=exp.to_identifier(key), expression=value) for key, value in options.items()]
    return exp.select("*").from_(exp.Anonymous(this=function, expressions=[paths, *named]))


def typed(columns: dict[str, str]) -> exp.Expr:
    """Write columns and their types as the readers want them."""
    pairs = [
        exp.PropertyEQ(this=exp.Literal.string(column), expression=exp.Literal.string(kind))
        for column, kind in columns.items()
    ]
    return exp.Struct(expressions=pairs)


def first_line(error: Exception) -> str:
    """Return an engine's message without its advice."""
    line = str(error).splitlines()[0]
    return line if line.endswith(".") else f"{line}."
