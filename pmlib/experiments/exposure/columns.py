"""The tables that come out: a row a unit, and how many windows still run."""

from collections.abc import Sequence

import sqlglot
from sqlglot import exp

from pmlib.engine import name
from pmlib.experiments.exposure.amounts import NUMBER, Window
from pmlib.experiments.exposure.orders import Order
from pmlib.experiments.exposure.recipes import BEFORE, Recipe
from pmlib.experiments.exposure.sightings import Sightings, text_of
from pmlib.experiments.exposure.spans import Span
from pmlib.sources.contract import Events


def rows(events: Events, order: Order, seen: Sightings, fallen: Sequence[str], days: Span) -> str:
    """Write the query of the table ``units``."""
    moment = exp.func("make_timestamp", exp.column("pmlib_0"))
    local = sqlglot.parse_one("CAST(moment AT TIME ZONE 'UTC' AT TIME ZONE zone AS DATE)", dialect="duckdb")
    pieces = {"moment": moment, "zone": exp.Literal.string(events.timezone)}
    day = local.transform(lambda node: pieces[node.name].copy() if isinstance(node, exp.Column) else node)
    picks = [
        exp.alias_(exp.column("pmlib_unit"), "unit"),
        exp.alias_(exp.column("pmlib_arm"), "arm"),
        exp.alias_(day, "exposed_on"),
        exp.alias_(moment.copy(), "exposed_at"),
    ]
    if order.activation:
        picks.append(exp.alias_(present("pmlib_1"), "activated"))
    for one, window in zip(order.recipes, order.windows, strict=True):
        counts = exp.and_(window.over(days), *([present("pmlib_1")] if order.activation else []))
        for end in one.parts:
            column = one.measure.name + end
            picks.append(exp.alias_(where(counts, valued(one, column)), name(column)))
            if one.measure.lookback is not None:
                before = where(exp.column("seen", table="pasts"), valued(one, column + BEFORE))
                picks.append(exp.alias_(before, name(column + BEFORE)))
    for one in dict.fromkeys((*order.columns, *order.parts)):
        held = [exp.column(f"given_{seen.given.index(one)}", table="marked")] if one in seen.given else []
        latest = [exp.column(f"part_{fallen.index(one)}", table="pasts")] if one in fallen else []
        if one not in order.columns:
            held = [text_of(part) for part in held]
        picks.append(exp.alias_(exp.func("coalesce", *held, *latest), name(one)))
    query = exp.select(*picks).from_("marked").join("sums", using=NUMBER)
    if fallen or order.looks_back:
        query = query.join("pasts", using=NUMBER, join_type="left")
    return query.sql(dialect="duckdb", pretty=True)


def valued(recipe: Recipe, column: str) -> exp.Expr:
    """Return the value of one column: a yes or no as 1 or 0, an amount as a finite float."""
    read = exp.column(name(column), table="sums")
    if recipe.sort == "share":
        return exp.cast(exp.GT(this=read, expression=exp.Literal.number(0)), "TINYINT")
    if recipe.sort == "count":
        return read
    number = exp.cast(read, "DOUBLE")
    return where(exp.func("isfinite", number), number.copy())


def present(column: str) -> exp.Expr:
    """Return the condition that a column has a value."""
    return exp.not_(exp.Is(this=exp.column(column), expression=exp.null()))


def where(condition: exp.Expr, value: exp.Expr) -> exp.Expr:
    """Return a value where a condition is met, else NULL."""
    return exp.Case(ifs=[exp.If(this=condition, true=value)])


def waiting(order: Order, days: Span) -> str:
    """Write the query of the table ``waiting``: by window and arm, the units whose window still runs."""
    found: dict[Window, list[str]] = {}
    for one, window in zip(order.recipes, order.windows, strict=True):
        found.setdefault(window, []).append(one.measure.name)
    parts = []
    for window, names in found.items():
        counts = [present(f"pmlib_{window.anchor}"), *([present("pmlib_1")] if order.activation else [])]
        runs = exp.not_(exp.paren(window.over(days)))
        reach = window.since if window.until is None else window.until
        mark = exp.Max(this=exp.column(f"pmlib_{window.anchor}"))
        ends = exp.func("make_timestamp", exp.Add(this=mark, expression=exp.Literal.number(reach)))
        listed = exp.array(*(exp.Literal.string(one) for one in names))
        parts.append(
            exp.select(
                exp.alias_(listed, "measures"),
                exp.alias_(exp.column("pmlib_arm"), "arm"),
                exp.alias_(exp.Count(this=exp.Star()), "units"),
                exp.alias_(exp.func("count_if", runs), "waiting"),
                exp.alias_(exp.cast(ends, "TIMESTAMP"), "ends_at"),
            )
            .from_("marked")
            .where(*counts)
            .group_by("pmlib_arm")
        )
    if not parts:
        return (
            "SELECT []::VARCHAR[] AS measures, '' AS arm, 0 AS units, 0 AS waiting, NULL::TIMESTAMP AS ends_at LIMIT 0"
        )
    query: exp.Query = parts[0]
    for part in parts[1:]:
        query = query.union(part, distinct=False)
    return query.sql(dialect="duckdb", pretty=True)
