"""The columns that a replay makes of each unit, and the sums it takes of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations_with_replacement
from typing import Any

import sqlglot
from sqlglot import exp

from pmlib.engine import name
from pmlib.stats.trials.joint import Joint

KEYS = ("pmlib_stretch", "pmlib_weeks")


@dataclass(frozen=True)
class Made:
    """What is made of each unit for one measure: its value first, then what it is divided by, then covariates.

    Parameters
    ----------
    number
        The number of the measure; its columns are named by it.
    picks
        The aggregates of a unit's events, or the columns of a table, one a quantity.
    counts
        The condition that a unit counts: its window is over, it was activated.
    cap
        The quantile beyond which values, not covariates, are cut off.
    capped
        How many of the first quantities are cut off.
    """

    number: int
    picks: tuple[exp.Expr, ...]
    counts: exp.Expr
    cap: float | None = None
    capped: int = 1
    whether: bool = field(default=False)

    def column(self, at: int, kind: str = "v") -> str:
        """Return the name of a quantity's column."""
        return f"{kind}{self.number}_{at}"

    def values(self, source: Sequence[exp.Expr]) -> list[exp.Expr]:
        """Return each quantity as a finite number, NULL for a unit that does not count."""
        first = finite(source[0], self.whether)
        there = exp.and_(exp.paren(self.counts.copy()), exp.not_(exp.Is(this=first.copy(), expression=exp.null())))
        made = [first, *(exp.func("coalesce", finite(one, self.whether), exp.Literal.number(0)) for one in source[1:])]
        return [
            exp.alias_(exp.Case(ifs=[exp.If(this=there.copy(), true=one)]), self.column(at))
            for at, one in enumerate(made)
        ]

    def limits(self) -> list[exp.Expr]:
        """Return the values beyond which quantities are cut off."""
        if self.cap is None:
            return []
        level = exp.Literal.number(self.cap)
        return [
            exp.alias_(
                exp.func("quantile_cont", exp.column(self.column(at)), level.copy(), dialect="duckdb"),
                self.column(at, "l"),
            )
            for at in range(self.capped)
        ]

    def cut(self) -> list[exp.Expr]:
        """Return the quantities, the largest cut off."""
        made: list[exp.Expr] = []
        for at in range(len(self.picks)):
            value = exp.column(self.column(at))
            if self.cap is None or at >= self.capped:
                made.append(value)
                continue
            least = exp.Least(this=value.copy(), expressions=[exp.column(self.column(at, "l"))])
            # The least of a value and nothing is the value in this dialect, and of nothing and a value too.
            kept = exp.Case(ifs=[exp.If(this=exp.not_(exp.Is(this=value, expression=exp.null())), true=least)])
            made.append(exp.alias_(kept, self.column(at)))
        return made

    def sums(self) -> list[exp.Expr]:
        """Return count, means and covariances."""
        columns = [exp.column(self.column(at)) for at in range(len(self.picks))]
        made = [exp.alias_(exp.func("count", columns[0].copy()), self.column(0, "n"))]
        made += [
            exp.alias_(exp.func("avg", one.copy(), dialect="duckdb"), self.column(at, "m"))
            for at, one in enumerate(columns)
        ]
        for one, other in combinations_with_replacement(range(len(columns)), 2):
            pair = exp.func("covar_samp", columns[one].copy(), columns[other].copy(), dialect="duckdb")
            made.append(exp.alias_(pair, f"s{self.number}_{one}_{other}"))
        return made

    def joint(self, row: Any) -> Joint:
        """Read the sums of a row."""
        n, used = int(getattr(row, self.column(0, "n"))), range(len(self.picks))

        def both(one: int, other: int) -> float:
            found = getattr(row, f"s{self.number}_{min(one, other)}_{max(one, other)}")
            return float(found) if n > 1 else 0.0

        means = tuple(float(getattr(row, self.column(at, "m"))) if n else 0.0 for at in used)
        return Joint(n, means, tuple(tuple(both(one, other) for other in used) for one in used))


def finite(value: exp.Expr, whether: bool) -> exp.Expr:
    """Return a value as a finite number, NULL for others; 1 or 0 for whether there is any."""
    if whether:
        return exp.cast(exp.GT(this=exp.paren(value.copy()), expression=exp.Literal.number(0)), "DOUBLE")
    number = exp.TryCast(this=value.copy(), to=exp.DataType.build("DOUBLE"))
    return exp.Case(ifs=[exp.If(this=exp.func("isfinite", number), true=number.copy())])


def written(text: str, parts: Mapping[str, Sequence[exp.Expr]], pieces: Mapping[str, exp.Expr]) -> str:
    """Put selections into the named parts of a query; ``""`` is the query itself.

    Parameters
    ----------
    pieces
        Expressions for the columns that the query names in their place.
    """
    query = sqlglot.parse_one(text, dialect="duckdb")

    def swap(node: exp.Expr) -> exp.Expr:
        held = isinstance(node, exp.Column) and not node.table and node.name in pieces
        return pieces[node.name].copy() if held else node

    query = query.transform(swap)
    assert isinstance(query, exp.Select)
    for cte in query.find_all(exp.CTE):
        if cte.alias in parts:
            inner = cte.this
            assert isinstance(inner, exp.Select)
            cte.set("this", inner.select(*(one.copy() for one in parts[cte.alias])))
    return query.select(*(one.copy() for one in parts.get("", ()))).sql(dialect="duckdb", pretty=True)


def named(column: str) -> exp.Expr:
    """Return a column, whatever signs its name holds."""
    return exp.column(name(column))
