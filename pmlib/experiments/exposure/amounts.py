"""What each unit did after its exposure, all measures from one scan of the events."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import sqlglot
from sqlglot import exp

from pmlib.core import SettingError
from pmlib.core.words import listed
from pmlib.engine import Engine, name, sql
from pmlib.experiments.exposure.recipes import BEFORE, Recipe, within
from pmlib.experiments.exposure.spans import Span, microseconds, of_days

NUMBER = "pmlib_number"
MOMENT = "pmlib_moment"


@dataclass(frozen=True)
class Window:
    """From when to when a measure counts, in microseconds from its anchor.

    Parameters
    ----------
    anchor
        The number of the mark it runs from; 0 for the exposure.
    until
        ``None`` to the end of the experiment.
    """

    anchor: int
    since: int
    until: int | None

    @classmethod
    def of(cls, recipe: Recipe, marks: Mapping[str, int]) -> "Window":
        """Return the window of a measure."""
        one = recipe.measure
        until = None if one.window is None else of_days(one.window)
        return cls(marks[one.since] if one.since else 0, of_days(one.delay), until)

    def holds(self, closes: int) -> exp.Expr:
        """Return the condition that an event lies in it; both its ends do."""
        age = exp.column(age_of(self.anchor))
        if self.until is not None:
            return age.between(whole(self.since), whole(self.until))
        before = exp.LT(this=exp.column(MOMENT), expression=whole(closes))
        return exp.and_(exp.GTE(this=age, expression=whole(self.since)), before)

    def over(self, span: Span) -> exp.Expr:
        """Return the condition that a unit's window is over; NULL where its mark never came."""
        mark = exp.column(f"pmlib_{self.anchor}")
        if self.until is None:
            return exp.LT(
                this=exp.Add(this=mark, expression=whole(self.since)), expression=whole(microseconds(span.closes))
            )
        return exp.LT(
            this=exp.Add(this=mark, expression=whole(self.until)), expression=whole(microseconds(span.cut_off))
        )


def marked(engine: Engine, conditions: Sequence[exp.Expr], closes: int) -> Engine:
    """Return an engine with the table ``marked``: the units, and when each condition was first met after exposure."""
    if not conditions:
        return engine.keeping("marked", "SELECT * FROM anchors")
    firsts = [
        exp.alias_(
            exp.Filter(
                this=exp.Min(this=exp.func("epoch_us", exp.column("ts"))), expression=exp.Where(this=one.copy())
            ),
            f"pmlib_{place}",
        )
        for place, one in enumerate(conditions, start=1)
    ]
    moment = exp.func("epoch_us", exp.column("ts"))
    marks = (
        exp.select(NUMBER, *firsts)
        .from_("events")
        .join("anchors", on="user_id = pmlib_unit")
        .where(exp.GTE(this=moment, expression=exp.column("pmlib_0")))
        .where(exp.LT(this=moment.copy(), expression=whole(closes)))
        .where(exp.or_(*(one.copy() for one in conditions)))
        .group_by(NUMBER)
    )
    query = sqlglot.parse_one(sql(__package__, "marks.sql"), dialect="duckdb")
    assert isinstance(query, exp.Select)
    query = query.select(*(f"marks.pmlib_{place}" for place in range(1, len(conditions) + 1))).with_("marks", as_=marks)
    return engine.keeping("marked", query.sql(dialect="duckdb", pretty=True))


def pasts(engine: Engine, parts: Sequence[exp.Expr]) -> Engine:
    """Return an engine with the table ``pasts``: units with an event before their exposure, or at it.

    Parameters
    ----------
    parts
        Properties whose latest value up to the exposure is wanted: ``part_0`` and so on.
    """
    moment = exp.func("epoch_us", exp.column("ts"))
    picks = [exp.alias_(exp.LT(this=exp.Min(this=moment), expression=exp.Min(this=exp.column("pmlib_0"))), "seen")]
    for place, part in enumerate(parts):
        there = exp.not_(exp.Is(this=part.copy(), expression=exp.null()))
        latest = exp.func("arg_max", part.copy(), exp.Tuple(expressions=[exp.column("ts"), part.copy()]))
        picks.append(exp.alias_(exp.Filter(this=latest, expression=exp.Where(this=there)), f"part_{place}"))
    query = (
        exp.select(NUMBER, *picks)
        .from_("events")
        .join("marked", on="user_id = pmlib_unit")
        .where(exp.LTE(this=moment.copy(), expression=exp.column("pmlib_0")))
        .group_by(NUMBER)
    )
    return engine.keeping("pasts", query.sql(dialect="duckdb", pretty=True))


def summed(engine: Engine, recipes: Sequence[Recipe], windows: Sequence[Window], closes: int) -> Engine:
    """Return an engine with the table ``sums``: the aggregates of each unit, by the number of the unit."""
    picks = [exp.alias_(exp.func("count", exp.column("pmlib_event")), "found")]
    for recipe, window in zip(recipes, windows, strict=True):
        one = recipe.measure
        held = window.holds(closes)
        picks += [aliased(within(part, held), one.name + end) for end, part in recipe.parts.items()]
        if one.lookback is not None:
            back = exp.column(age_of(0)).between(whole(-of_days(one.lookback)), whole(-1))
            picks += [aliased(within(part, back), one.name + end + BEFORE) for end, part in recipe.parts.items()]
    used = sorted({0, *(window.anchor for window in windows)})
    moment = exp.func("epoch_us", exp.column("ts", table="events"))
    ages = [exp.alias_(exp.Sub(this=moment.copy(), expression=mark_of(one)), age_of(one)) for one in used]
    near = [*bounds(recipes, windows, closes)]
    happened = exp.select(
        "events.*", f"marked.{NUMBER}", "events.event AS pmlib_event", exp.alias_(moment, MOMENT), *ages
    )
    on = exp.and_("events.user_id = marked.pmlib_unit", *near)
    happened = happened.from_("marked").join("events", on=on, join_type="left")
    query = exp.select(NUMBER, *picks).from_(happened.subquery("happened")).group_by(NUMBER)
    try:
        return engine.keeping("sums", query.sql(dialect="duckdb", pretty=True))
    except duckdb.Error as error:
        # What could not be computed may hold somebody's data: its kind is told, never it.
        names = listed([recipe.measure.name for recipe in recipes if recipe.sort == "amount"])
        raise SettingError(
            f"The events hold values that {names} cannot be computed of ({type(error).__name__}). Mend the sql, such "
            "as by TRY_CAST in place of CAST."
        ) from error


def bounds(recipes: Sequence[Recipe], windows: Sequence[Window], closes: int) -> Iterator[exp.Expr]:
    """Write the conditions outside which no event counts, so that others are passed over early."""
    moment = exp.func("epoch_us", exp.column("ts", table="events"))
    exposure = exp.column("pmlib_0", table="marked")
    back = max((of_days(one.measure.lookback) for one in recipes if one.measure.lookback is not None), default=0)
    yield exp.GTE(this=moment, expression=exp.Sub(this=exposure, expression=whole(back)))
    limits = [window.until for window in windows if window.until is not None]
    if len(limits) == len(windows) and not any(window.anchor for window in windows):
        latest = exp.Add(this=exposure.copy(), expression=whole(max(limits, default=0)))
        yield exp.LTE(this=moment.copy(), expression=latest)
    elif not limits:
        yield exp.LT(this=moment.copy(), expression=whole(closes))


def aliased(part: exp.Expr, column: str) -> exp.Expr:
    """Give an expression the name of a column."""
    return exp.alias_(part, name(column))


def age_of(anchor: int) -> str:
    """Return the column of the microseconds since a mark."""
    return f"pmlib_age_{anchor}"


def mark_of(anchor: int) -> exp.Expr:
    """Return the moment of a mark."""
    return exp.column(f"pmlib_{anchor}", table="marked")


def whole(value: int) -> exp.Expr:
    """Write a whole number, a negative one in parentheses."""
    return exp.Literal.number(value) if value >= 0 else exp.paren(exp.Neg(this=exp.Literal.number(-value)))
