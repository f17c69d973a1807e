"""How a measure is made from one unit's events: parsed, checked, held to a part of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import duckdb
from sqlglot import exp

from pmlib.core import SettingError, nearest
from pmlib.engine import Engine, sql
from pmlib.experiments.exposure.library import of_catalogue
from pmlib.experiments.exposure.sightings import columns_of
from pmlib.experiments.exposure.spans import days_text
from pmlib.metrics.entries import Metric, aggregate
from pmlib.sources.contract import Events
from pmlib.sources.registrations import Measure

Sort = Literal["share", "count", "amount"]
OVER = "__over"
BEFORE = "__before"
TRUTHS = (exp.LogicalOr, exp.LogicalAnd)
NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UBIGINT", "DOUBLE", "FLOAT", "DECIMAL", "BOOLEAN")


@dataclass(frozen=True)
class Recipe:
    """How a measure is made from one unit's events.

    Parameters
    ----------
    top, over
        Aggregates of the events' columns: the value, and for a ratio what it is divided by.
    event
        The event that a share or count is about.
    """

    measure: Measure
    sort: Sort
    top: exp.Expr
    over: exp.Expr | None = None
    event: str = ""

    @property
    def parts(self) -> dict[str, exp.Expr]:
        """The aggregates by the ending of their column."""
        return {"": self.top} | ({OVER: self.over} if self.over is not None else {})

    @property
    def names(self) -> list[str]:
        """The columns made: values, what they are divided by, the same before exposure."""
        ends = [*self.parts]
        ends += [end + BEFORE for end in self.parts] if self.measure.lookback is not None else []
        return [self.measure.name + end for end in ends]

    @property
    def words(self) -> str:
        """What is counted, a sentence."""
        one = self.measure
        what = {
            "share": f"1 for a unit that did '{self.event}'",
            "count": f"how often a unit did '{self.event}'",
            "amount": f"'{one.metric}' of the catalogue" if one.metric else f"{self.top.sql(dialect='duckdb')}",
        }[self.sort]
        if self.over is not None and not one.metric:
            what += f" over {self.over.sql(dialect='duckdb')}"
        anchor = f"its first '{one.since}' after exposure" if one.since else "exposure"
        after = f"from {days_text(one.delay)} after" if one.delay else "from"
        until = f"to {days_text(one.window)} after {anchor}" if one.window is not None else "to the end"
        before = f"; before it, in the {days_text(one.lookback)} before exposure" if one.lookback is not None else ""
        return f"{one.name}: {what}, {after} {anchor} {until}{before}."


def recipe(measure: Measure, events: Events, metrics: Mapping[str, Metric], names: Collection[str]) -> Recipe | None:
    """Return how a measure is made from events, or ``None`` for one that is a column.

    Parameters
    ----------
    names
        The events that occur.

    Raises
    ------
    SettingError
        If an event, column or metric is not known, its SQL is no aggregate, or a metric of the catalogue cannot be made
        a unit.
    """
    event = measure.event
    if event and event not in names:
        events.known(event)
    if measure.window is not None and measure.window < measure.delay:
        raise SettingError(
            f"The window of '{measure.name}' ends {days_text(measure.window)} after exposure, before its delay of "
            f"{days_text(measure.delay)} is over. Both run from the exposure; make the window longer."
        )
    if measure.event and not measure.metric:
        hits = exp.Filter(this=exp.Count(this=exp.Star()), expression=exp.Where(this=is_event(event)))
        return Recipe(measure, "count" if measure.count else "share", hits, event=event)
    if measure.metric:
        top, over = of_catalogue(measure, metrics)
    elif measure.sql:
        top = aggregate(measure.sql, f"The sql of '{measure.name}'", ())
        over = aggregate(measure.over_sql, f"The over_sql of '{measure.name}'", ()) if measure.over_sql else None
    else:
        return None
    read = [None if part is None else placed(part, measure, events) for part in (top, over)]
    for part in read:
        hold_to_windows(part, measure, events.engine)
    assert read[0] is not None
    return Recipe(measure, "amount", read[0], read[1])


def placed(part: exp.Expr, measure: Measure, events: Events) -> exp.Expr:
    """Put the events' own columns where an aggregate names them."""
    columns = columns_of(events)

    def swap(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column):
            return node
        if node.name not in columns:
            raise SettingError(
                f"'{measure.name}' reads '{node.name}'; the events have {', '.join(columns)}."
                f"{nearest(node.name, columns)}"
            )
        return columns[node.name].copy()

    return part.copy().transform(swap)


def hold_to_windows(part: exp.Expr | None, measure: Measure, engine: Engine) -> None:
    """Hold that each aggregate can be held to the metric's window: those a parser does not know would take all events.

    Raises
    ------
    SettingError
        If one has no filter of its own and is not known as an aggregate.
    """
    plain = {} if part is None else {node.name.lower(): node for node in part.find_all(exp.Anonymous) if bare(node)}
    if plain and (odd := engine.query(sql(__package__ or "", "recipes.sql"), names=sorted(plain)).rows):
        raise SettingError(
            f"'{measure.name}' takes {plain[odd[0].name].sql(dialect='duckdb').lower()} of all events, whatever the "
            "window. Write count(*) for a count of rows; for any other aggregate say which rows it is of, such as "
            "product(amount) FILTER (WHERE amount > 0)."
        )


def bare(node: exp.Expr) -> bool:
    """Whether a function is neither filtered nor within an aggregate that is."""
    return node.find_ancestor(exp.AggFunc, exp.Filter) is None


def hold_numbers(recipes: Sequence[Recipe], engine: Engine) -> None:
    """Hold that all aggregates can be computed and give numbers.

    Raises
    ------
    SettingError
        Of the first that does not.
    """
    parts = [(part, one.measure) for one in recipes if one.sort == "amount" for part in one.parts.values()]
    if not parts:
        return
    asked = exp.select(*(exp.alias_(part.copy(), f"value_{place}") for place, (part, _) in enumerate(parts)))
    try:
        kinds = engine.query(f"DESCRIBE {asked.from_('events').sql(dialect='duckdb')}").column("column_type")
        fine = all(kind.startswith(NUMBERS) for kind in kinds)
    except duckdb.Error:
        fine = False
    if not fine:
        for part, measure in parts:
            hold_number(part, measure, engine)


def hold_number(part: exp.Expr, measure: Measure, engine: Engine) -> None:
    """Hold that an aggregate can be computed and gives a number."""
    asked = exp.select(exp.alias_(part.copy(), "value")).from_("events").sql(dialect="duckdb")
    try:
        kind = engine.query(f"DESCRIBE {asked}").one()[1]
    except duckdb.Error as error:
        fault = str(error).splitlines()[0].partition("Error: ")[2] or str(error)
        raise SettingError(f"'{measure.name}' cannot be computed: {fault.rstrip('.')}. Mend its sql.") from error
    if not kind.startswith(NUMBERS):
        raise SettingError(
            f"'{measure.name}' gives a {kind.lower()} for each unit; a metric needs numbers, or 0 and 1. Write an "
            "aggregate such as count(*) or sum(amount)."
        )


def within(part: exp.Expr, when: exp.Expr) -> exp.Expr:
    """Hold each aggregate to the rows that meet a condition; a sum of none is 0.

    Examples
    --------
    >>> within(aggregate("sum(a) - count(*) FILTER (WHERE b)", "sql"), exp.column("c")).sql(dialect="duckdb")
    'COALESCE(SUM(a) FILTER(WHERE c), 0) - COUNT(*) FILTER(WHERE c AND b)'
    """

    def narrow(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Filter):
            both = exp.and_(when.copy(), node.expression.this.copy())
            return zeroed(exp.Filter(this=node.this.copy(), expression=exp.Where(this=both)))
        if isinstance(node, exp.AggFunc | exp.WithinGroup):
            return zeroed(exp.Filter(this=node.copy(), expression=exp.Where(this=when.copy())))
        return node

    return part.copy().transform(narrow)


def zeroed(part: exp.Filter) -> exp.Expr:
    """Make a sum of no rows 0, and whether any row is so false."""
    if isinstance(part.this, exp.Sum):
        return exp.func("coalesce", part, exp.Literal.number(0))
    return exp.func("coalesce", part, exp.false()) if isinstance(part.this, TRUTHS) else part


def rows_of(recipe: Recipe) -> exp.Expr:
    """Return the condition that an event counts for a measure: it meets a filter of it and has what is summed."""
    found: list[exp.Expr] = []
    for part in recipe.parts.values():
        filtered = list(part.find_all(exp.Filter))
        inner = {id(node.this) for node in filtered}
        found += [exp.and_(node.expression.this.copy(), *filled(node.this)) for node in filtered]
        bare = [node for node in part.find_all(exp.AggFunc) if id(node) not in inner]
        found += [exp.and_(exp.true(), *filled(node)) for node in bare]
    return exp.paren(exp.or_(*found))


def filled(node: exp.Expr) -> list[exp.Expr]:
    """Return the condition that what is aggregated is there; none for ``count(*)``."""
    column = node.this.find(exp.Column) if isinstance(node.this, exp.Expr) else None
    return [exp.not_(exp.Is(this=column.copy(), expression=exp.null()))] if column is not None else []


def is_event(event: str) -> exp.Expr:
    """Return the condition that an event is of this name."""
    return exp.column("event").eq(exp.Literal.string(event))
