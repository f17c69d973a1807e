"""What to doubt of the values that units have: units without events or a past, amounts that are no numbers."""

from collections.abc import Sequence
from datetime import timedelta

from sqlglot import exp

from pmlib.core import Check, InputError, nearest
from pmlib.core.periods import day_text
from pmlib.core.words import capital, many
from pmlib.engine import Engine, name, sql
from pmlib.experiments.exposure.evenness import by_arm
from pmlib.experiments.exposure.orders import Order
from pmlib.experiments.exposure.sightings import Sightings
from pmlib.sources.contract import Events


def contents(engine: Engine, events: Events, order: Order, seen: Sightings) -> list[Check]:
    """Look at the values of the units.

    Raises
    ------
    InputError
        If no unit is in the events.
    """
    checks = [*present(engine, events, order, seen)] if order.recipes else []
    return [*checks, *amounts(engine, order), *parts(engine, order), *spelt(events, order)]


def present(engine: Engine, events: Events, order: Order, seen: Sightings) -> list[Check]:
    """Tell how many units have no event, and how many have no past."""
    file = "units_pasts.sql" if order.looks_back else "units_found.sql"
    rows = engine.query(sql(__package__, file)).rows
    units, idle = sum(row.units for row in rows), sum(row.idle for row in rows)
    checks = []
    if idle == units:
        row = engine.query(sql(__package__, "users_met.sql")).one()
        if not row.met:
            raise InputError(
                f"None of the {many(units, 'unit')} of {seen.source} is in the events: its units are such as "
                f"'{row.unit}', the {events.who.many} of the events such as '{row.other}'. Name the column with the "
                "ids that the events have."
            )
    if idle:
        said, alike, words = by_arm(rows, "idle")
        text = f"Units without any event in their windows count as having done nothing: {said}"
        checks.append(Check(alike, f"{text}; {words}."))
    back = [one.measure.lookback for one in order.recipes if one.measure.lookback is not None]
    return [*checks, *pasts(engine, events, rows, max(back))] if back else checks


def pasts(engine: Engine, events: Events, rows: Sequence[object], back: float) -> list[Check]:
    """Tell how many units have no past, and whether the events reach back far enough."""
    said, alike, words = by_arm(rows, "fresh")
    checks = [Check(alike, f"First seen at their exposure or later, so without a past: {said}; {words}.")]
    first, begins = engine.query("SELECT min(exposed_on) AS day FROM units").one().day, events.first_day()
    if first - timedelta(days=back) < begins:
        text = f"The events begin on {day_text(begins, year=True)}, less than {back:g} days before the first exposures"
        checks.append(Check(False, f"{text}: the past of those units is cut short."))
    return checks


def amounts(engine: Engine, order: Order) -> list[Check]:
    """Tell of amounts that are no finite number, or that units without events lack."""
    columns = [one.measure.name + end for one in order.recipes if one.sort == "amount" for end in one.parts]
    if not columns:
        return []
    reads = [exp.cast(exp.column(name(one)), "DOUBLE") for one in columns]
    wild = [exp.func("count_if", exp.not_(exp.func("isfinite", read))) for read in reads]
    bare = [exp.func("count_if", exp.Is(this=read.copy(), expression=exp.null())) for read in reads]
    picks = [exp.alias_(pick, f"n_{place}") for place, pick in enumerate((*wild, *bare))]
    row = engine.query(exp.select(*picks).from_("sums").sql(dialect="duckdb")).one()
    checks = []
    for column, odd, none in zip(columns, row, row[len(columns) :], strict=False):
        if odd:
            text = f"{capital(column)} is infinite or no number for {many(odd, 'unit')}"
            checks.append(Check(False, f"{text}; they are left out. Mend what is summed."))
        if none:
            text = f"{capital(column)} has no value for {many(none, 'unit')} without such events"
            checks.append(Check(False, f"{text}; they are left out, so arms may differ. For an average write a ratio."))
    return checks


def parts(engine: Engine, order: Order) -> list[Check]:
    """Tell of units whose segment or cluster is not known at their first exposure."""
    checks = []
    for part in order.parts:
        lost = exp.select(exp.func("count_if", exp.Is(this=exp.column(name(part)), expression=exp.null())))
        units = engine.query(lost.from_("units").sql(dialect="duckdb")).one()[0]
        if units:
            checks.append(Check(False, f"{capital(part)} is not known at the first exposure of {many(units, 'unit')}."))
    return checks


def spelt(events: Events, order: Order) -> list[Check]:
    """Tell of events that a measure's SQL asks for and that never occur."""
    checks, known = [], events.names()
    for one in order.recipes:
        asked: list[str] = []
        for part in one.parts.values():
            for node in part.find_all(exp.EQ, exp.In):
                sides = [node.this, *(node.expressions if isinstance(node, exp.In) else [node.expression])]
                if any(isinstance(side, exp.Column) and side.name == "event" for side in sides):
                    asked += [side.name for side in sides if isinstance(side, exp.Literal) and side.is_string]
        checks += [
            Check(False, f"No event is called '{event}', which {one.measure.name} counts.{nearest(event, known)}")
            for event in dict.fromkeys(asked)
            if event not in known
        ]
    return checks
