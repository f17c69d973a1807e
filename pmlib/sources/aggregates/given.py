"""Bring the columns of aggregates under their names: words as text, numbers as numbers, an arm a row."""

from collections.abc import Mapping, Sequence

from sqlglot import exp

from pmlib.core import InputError
from pmlib.core.words import many
from pmlib.engine import Engine, name
from pmlib.sources.aggregates.names import NUMBERS, Layout
from pmlib.sources.files.text import decimal_comma
from pmlib.sources.units import cast, filled, lost, pointed, unmarked, unplain
from pmlib.sources.where import Found

BARE = r"\d+(\.0)?"
"""A name that is a number tells nobody what it is the name of."""


def gather(
    engine: Engine, found: Found, columns: Sequence[tuple[str, str]], layout: Layout, segments: Sequence[str]
) -> None:
    """Make the table ``given`` of the relation ``source``."""
    engine.run("CREATE TABLE sorted AS SELECT row_number() OVER () AS pmlib_line, * FROM source")
    reads = numbers(engine, found, dict(columns), layout)
    sides = [side(layout, at, reads, segments) for at in range(len(layout.sides))]
    whole: exp.Query = sides[0]
    for other in sides[1:]:
        whole = exp.union(whole, other, distinct=False)
    engine.run(f"CREATE TABLE given AS {whole.sql(dialect='duckdb')}")
    engine.run("DROP TABLE sorted")


def numbers(engine: Engine, found: Found, kinds: Mapping[str, str], layout: Layout) -> dict[str, exp.Expr]:
    """Return the expression of each column of numbers.

    Raises
    ------
    InputError
        If a column holds something else.
    """
    used = list(dict.fromkeys(column for side in layout.sides for column in side.values()))
    texts = [column for column in used if kinds[column] == "VARCHAR"]
    marked = {column: odd for column in texts if (odd := unplain(engine, column))}
    plain = [column for column in texts if column not in marked]
    comma = found.spec.decimal == ","
    if marked and found.spec.decimal is None:
        comma = decimal_comma([value for odd in marked.values() for value in odd] + pointed(engine, plain))
    reads = {column: cast(filled(column)) for column in plain}
    for column, odd in marked.items():
        reads[column] = cast(unmarked(filled(column), comma))
        if wrong := lost(engine, column, reads[column]):
            raise InputError(
                f"'{column}' of {found.name} holds {many(wrong, 'value')} that cannot be read as numbers, such as "
                f"'{odd[0]}'. Mend the file, or name another column."
            )
    for column in used:
        if column not in reads:
            if kinds[column].startswith(("DATE", "TIME", "BOOL", "STRUCT", "MAP", "JSON")) or "[" in kinds[column]:
                raise InputError(f"'{column}' of {found.name} holds {kinds[column].lower()}s; numbers were expected.")
            reads[column] = exp.cast(exp.column(name(column)), "DOUBLE")
    return {
        column: exp.Case(ifs=[exp.If(this=exp.not_(exp.func("isnan", one.copy())), true=one)])
        for column, one in reads.items()
    }


def side(layout: Layout, at: int, reads: Mapping[str, exp.Expr], segments: Sequence[str]) -> exp.Select:
    """Select one arm of each row; numbers nobody gave are ``NULL``."""
    words = {role: text(column) for role, column in layout.words.items()}
    arm = words.get("arm") or exp.Literal.string("treatment")
    if layout.wide:
        arm = called(arm, "variant") if at else exp.Literal.string("control")
    metric = called(words["metric"], "metric") if "metric" in words else exp.Literal.string(layout.only)
    values = {
        "experiment": words.get("experiment", exp.null()),
        "metric": metric,
        "arm": arm,
        "moment": words.get("day", exp.null()),
        "kind": words.get("kind", exp.null()),
    }
    picks = [exp.alias_(exp.column("pmlib_line"), "line"), exp.alias_(exp.Literal.number(at), "side")]
    picks += [exp.alias_(exp.cast(value, "VARCHAR"), role) for role, value in values.items()]
    parts = exp.Array(expressions=[text(column) for column in segments])
    picks.append(exp.alias_(exp.cast(parts, "VARCHAR[]"), "parts"))
    held = layout.sides[at]
    for role in NUMBERS:
        value = reads[held[role]].copy() if role in held else exp.cast(exp.null(), "DOUBLE")
        picks.append(exp.alias_(value, name(role)))
    return exp.select(*picks).from_("sorted")


def text(column: str) -> exp.Expr:
    """Return a column as text, ``NULL`` where it is empty."""
    plain = exp.func("trim", exp.cast(exp.column(name(column)), "VARCHAR"))
    return exp.func("nullif", plain, exp.Literal.string(""))


def called(value: exp.Expr, what: str) -> exp.Expr:
    """Put a word before names that are bare numbers: ``metric 1``."""
    bare = exp.func("regexp_full_match", value.copy(), exp.Literal.string(BARE), dialect="duckdb")
    number = exp.func("split_part", value.copy(), exp.Literal.string("."), exp.Literal.number(1), dialect="duckdb")
    both = exp.Concat(expressions=[exp.Literal.string(f"{what} "), number])
    return exp.Case(ifs=[exp.If(this=bare, true=both)], default=value.copy())
