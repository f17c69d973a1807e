"""The columns that are measured: which are numbers, how large they are, and where the largest are cut off."""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from pmlib.core import SettingError, nearest
from pmlib.core.words import listed, many
from pmlib.engine import name
from pmlib.experiments.exposure.recipes import BEFORE, OVER
from pmlib.sources.contract import Units

FLOATS = re.compile(r"DOUBLE|FLOAT")
WHOLE = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL\(.*\)|BOOLEAN")
TEXT = "VARCHAR"
ODD = 40
"""So many letters of a text that is no number are shown."""
WIDTH = 7
"""So many numbers are asked of each column."""

AMOUNTS = frozenset(
    (
        *("amount", "amounts", "revenue", "revenues", "turnover", "sales", "spend", "spent", "spending", "price"),
        *("prices", "cost", "costs", "income", "profit", "margin", "gmv", "arpu", "ltv", "mrr", "arr", "money"),
        *("value", "eur", "euro", "euros", "usd", "dollar", "dollars", "gbp", "chf", "jpy", "cents"),
    )
)
"""Words in a column's name that say it holds an amount."""

Wanted = tuple[str, float | None]
"""A column, and the quantile of all its values beyond which they are cut off, or ``None``."""


@dataclass(frozen=True)
class Column:
    """One column of the units, read as numbers.

    Parameters
    ----------
    read
        The expression of its finite values; ``NULL`` for all others.
    filled, whole
        Units that have a value, and whether all have one.
    yes_or_no
        Whether every value is 0 or 1.
    shift
        A number near its mean; sums are taken of what is left, so that a large mean costs no digits.
    ceiling
        The value beyond which values are cut off; ``None`` for none.
    """

    name: str
    kind: str
    read: exp.Expr
    filled: int
    whole: bool
    yes_or_no: bool
    shift: float
    ceiling: float | None = None

    @property
    def value(self) -> exp.Expr:
        """The expression of its values, the largest cut off."""
        if self.ceiling is None:
            return self.read.copy()
        return exp.Least(this=self.read.copy(), expressions=[number(self.ceiling)])


def columns(units: Units, wanted: Sequence[Wanted]) -> dict[Wanted, Column]:
    """Look at columns once, all arms together.

    Returns
    -------
    dict
        Also what a ratio measured before was divided by then, where the units have it.

    Raises
    ------
    SettingError
        If there is no such column, or it holds something else than numbers.
    """
    kinds: Mapping[str, str] = {row[0]: row[1] for row in units.query("DESCRIBE units")}
    asked = with_pasts(wanted, kinds)
    reads = {column: read(known(units, column), kinds[column]) for column, _ in asked}
    picks = [
        exp.alias_(pick, f"c{place}_{at}")
        for place, (column, cap) in enumerate(asked)
        for at, pick in enumerate(looked(column, kinds[column], cap, reads[column]))
    ]
    query = (
        exp.select(exp.alias_(exp.Count(this=exp.Star()), "units"), *picks)
        .from_("units")
        .where(present(exp.column("arm")))
    )
    row = units.query(query.sql(dialect="duckdb", pretty=True)).one()
    found: dict[Wanted, Column] = {}
    for place, (column, cap) in enumerate(asked):
        filled, wrong, ones, total, least, most, ceiling = row[1 + WIDTH * place : 1 + WIDTH * (place + 1)]
        if wrong:
            raise SettingError(
                f"'{column}' holds {many(wrong, 'value')} that {'is' if wrong == 1 else 'are'} no "
                f"{'number' if wrong == 1 else 'numbers'}, such as {odd(units, column)}; a metric needs numbers, or 0 "
                "and 1. Choose another column, or mend the file."
            )
        # Values from 0 to 1 that sum to as much as there are ones have nothing else but zeros.
        plain = filled > 0 and least >= 0 and most <= 1 and total == ones
        # The last digits of a sum made in parallel differ from run to run; a query that is shown may not.
        shift = 0.0 if plain or not filled else float(f"{total / filled:.12g}")
        whole = filled == row.units
        value = double(column, kinds[column]) if whole else reads[column]
        found[column, cap] = Column(column, kinds[column], value, filled, whole, plain, shift, ceiling)
    return found


def rough(units: Units, wanted: Sequence[Wanted]) -> dict[Wanted, Column] | None:
    """Guess what columns hold from their ends, as if every unit had a value; whoever sums them has to look again.

    An engine knows the ends of columns without reading them, and the smallest value lies near enough to the mean for
    sums about it to keep their digits, unless it is an outlier.

    Returns
    -------
    dict or None
        ``None`` where ends cannot tell: of texts, of values to be cut off, of what is not finite.
    """
    kinds: Mapping[str, str] = {row[0]: row[1] for row in units.query("DESCRIBE units")}
    asked = with_pasts(wanted, kinds)
    for column, cap in asked:
        read(known(units, column), kinds[column])
        if cap is not None or kinds[column] == TEXT:
            return None
    picks = [
        exp.alias_(of(this=double(column, kinds[column])), f"c{place}_{at}")
        for place, (column, _) in enumerate(asked)
        for at, of in enumerate((exp.Min, exp.Max))
    ]
    row = units.query(exp.select(*picks).from_("units").sql(dialect="duckdb", pretty=True)).one()
    found: dict[Wanted, Column] = {}
    for place, (column, cap) in enumerate(asked):
        least, most = row[2 * place : 2 * place + 2]
        if least is None or not (math.isfinite(least) and math.isfinite(most)):
            return None
        plain = least in (0, 1) and most in (0, 1)
        shift = 0.0 if plain else least
        found[column, cap] = Column(column, kinds[column], double(column, kinds[column]), 0, True, plain, shift)
    return found


def with_pasts(wanted: Sequence[Wanted], there: Collection[str]) -> list[Wanted]:
    """Add to what was measured before what it was divided by then, where there is such a column."""
    pasts = [(below_past(column), cap) for column, cap in wanted if below_past(column) in there]
    return list(dict.fromkeys([*wanted, *pasts]))


def below_past(column: str) -> str:
    """Return the column of what a ratio measured before was divided by, as units made from events call it, or ``""``.

    Examples
    --------
    >>> below_past("clicks__before"), below_past("clicks")
    ('clicks__over__before', '')
    """
    stem = column.removesuffix(BEFORE)
    return stem + OVER + BEFORE if stem != column else ""


def known(units: Units, column: str) -> str:
    """Return a column that can be measured.

    Raises
    ------
    SettingError
        With the nearest name, if the units have no such column.
    """
    others = [other for other in units.columns if other not in ("unit", "arm")]
    if column not in others:
        raise SettingError(
            f"The units have no metric '{column}'; there is {listed(others, most=12) or 'no further column'}."
            f"{nearest(column, others)}"
        )
    return column


def read(column: str, kind: str) -> exp.Expr:
    """Return the expression of a column's finite values."""
    value = double(column, kind)
    if WHOLE.fullmatch(kind):
        return value
    if FLOATS.fullmatch(kind) or kind == TEXT:
        return exp.Case(ifs=[exp.If(this=exp.func("isfinite", value.copy()), true=value)])
    raise SettingError(f"'{column}' holds {kind.lower()}s; a metric needs numbers, or 0 and 1.")


def odd(units: Units, column: str) -> str:
    """Return a text of a column that is no number."""
    plain = exp.column(name(column))
    wrong = exp.and_(present(plain), absent(tried(plain)), present(exp.column("arm")))
    least = exp.alias_(exp.Min(this=plain.copy()), "value")
    value = units.query(exp.select(least).from_("units").where(wrong).sql(dialect="duckdb")).one().value
    return f"'{value[:ODD]}…'" if len(value) > ODD else f"'{value}'"


def double(column: str, kind: str) -> exp.Expr:
    """Return the expression of a column as the engine's floats."""
    plain = exp.column(name(column))
    return plain if kind == "DOUBLE" else tried(plain) if kind == TEXT else exp.cast(plain, "DOUBLE")


def looked(column: str, kind: str, cap: float | None, value: exp.Expr) -> list[exp.Expr]:
    """Return what is asked of one column: values, those that are no numbers, ones, sum, ends, ceiling."""
    plain = exp.column(name(column))
    wrong = exp.func("count_if", exp.and_(present(plain), absent(tried(plain)))) if kind == TEXT else number(0)
    ceiling = exp.Null() if cap is None else exp.func("quantile_disc", value.copy(), number(cap))
    ones = exp.func("count_if", exp.EQ(this=value.copy(), expression=number(1)))
    of = [kind(this=value.copy()) for kind in (exp.Sum, exp.Min, exp.Max)]
    return [exp.Count(this=value.copy()), wrong, ones, *of, ceiling]


def tried(value: exp.Expr) -> exp.Expr:
    """Return an expression of a text as a number, or ``NULL``."""
    return exp.TryCast(this=value.copy(), to=exp.DataType.build("DOUBLE"))


def number(value: float) -> exp.Expr:
    """Write a number as a literal, a negative one in parentheses."""
    return exp.Literal.number(repr(value)) if value >= 0 else exp.paren(exp.Neg(this=number(-value)))


def absent(value: exp.Expr) -> exp.Expr:
    """Return the condition that a value is missing."""
    return exp.Is(this=exp.paren(value.copy()), expression=exp.Null())


def present(value: exp.Expr) -> exp.Expr:
    """Return the condition that a value is there."""
    return exp.not_(absent(value))


def is_amount(column: str, kind: str) -> bool:
    """Whether a column holds an amount of money, by its name or by a type with decimal places.

    Examples
    --------
    >>> is_amount("revenue_eur", "DOUBLE"), is_amount("fee", "DECIMAL(10,2)"), is_amount("converted", "DOUBLE")
    (True, True, False)
    """
    words = re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column).casefold())
    return not AMOUNTS.isdisjoint(words) or re.fullmatch(r"DECIMAL\(\d+,\s*[1-9]\d*\)", kind) is not None
