"""Query texts: read from beside the module that asks, varied only through parsed expressions."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from pmlib.core import SettingError, nearest

# What a user's filter may be made of. Everything else (functions, subqueries, tables, files) is refused.
ALLOWED = (
    exp.And,
    exp.Or,
    exp.Not,
    exp.Paren,
    exp.EQ,
    exp.NEQ,
    exp.GT,
    exp.GTE,
    exp.LT,
    exp.LTE,
    exp.In,
    exp.Like,
    exp.ILike,
    exp.Between,
    exp.Is,
    exp.Null,
    exp.Boolean,
    exp.Literal,
    exp.Neg,
    exp.Column,
    exp.Identifier,
)


@cache
def sql(package: str, file: str) -> str:
    """Read the query ``file`` that lies beside the module asking it; ``package`` is its ``__package__``."""
    return resources.files(package).joinpath(file).read_text(encoding="utf-8")


def name(word: str) -> exp.Identifier:
    """Return ``word`` as a quoted SQL name, whatever characters it holds."""
    return exp.to_identifier(word, quoted=True)


def quoted(word: str) -> str:
    """Write ``word`` as a quoted SQL name.

    Examples
    --------
    >>> print(quoted("a b"))
    "a b"
    """
    return name(word).sql(dialect="duckdb")


def place(text: str, **pieces: exp.Expr) -> str:
    """Put parsed expressions where the query names them as columns.

    Parameters
    ----------
    text
        A query in DuckDB's dialect that reads, for instance, ``SELECT metric AS value``.
    pieces
        The expression for each such name.

    Examples
    --------
    >>> print(place("SELECT metric AS value FROM t", metric=sqlglot.parse_one("count(*)")))
    SELECT
      COUNT(*) AS value
    FROM t
    """

    def swap(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and not node.table and node.name in pieces:
            return pieces[node.name].copy()
        return node

    return sqlglot.parse_one(text, dialect="duckdb").transform(swap).sql(dialect="duckdb", pretty=True)


def condition(text: str, columns: Mapping[str, exp.Expr] | Iterable[str], *, what: str = "segment") -> exp.Expr:
    """Parse a user's filter such as ``platform = 'ios' AND country IN ('DE', 'AT')``.

    Parameters
    ----------
    text
        Comparisons of columns with values, joined by AND, OR, NOT.
    columns
        The names that may be used; a mapping gives the expression each stands for.
    what
        What the filter is called in messages.

    Raises
    ------
    SettingError
        If the text does not parse, names an unknown column, or is more than comparisons.

    Examples
    --------
    >>> condition("platform = 'ios'", ["platform"]).sql(dialect="duckdb")
    "platform = 'ios'"
    """
    try:
        parsed = sqlglot.parse_one(text, dialect="duckdb")
    except SqlglotError as error:
        raise SettingError(
            f"The {what} {text!r} cannot be read. Write comparisons, such as platform = 'ios' AND country <> 'DE'."
        ) from error
    known = columns if isinstance(columns, Mapping) else {column: exp.column(column) for column in columns}
    for node in parsed.walk():
        if not isinstance(node, ALLOWED):
            raise SettingError(
                f"The {what} {text!r} holds '{node.sql(dialect='duckdb')}'; only comparisons of columns with values, "
                "AND, OR and NOT are allowed."
            )
        if isinstance(node, exp.Column) and node.name not in known:
            raise SettingError(
                f"The {what} {text!r} names '{node.name}'; there is {', '.join(known) or 'no property'}."
                f"{nearest(node.name, known)} Text goes in single quotes."
            )
    if isinstance(parsed, exp.Column | exp.Literal):
        raise SettingError(f"The {what} {text!r} compares nothing. Write, for example, {text} = 'value'.")
    return parsed.transform(lambda node: known[node.name].copy() if isinstance(node, exp.Column) else node)
