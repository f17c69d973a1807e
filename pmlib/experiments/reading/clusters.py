"""Units that were put into arms together: the cluster is what was drawn, so the cluster is what counts."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from pmlib.core import Ledger, SettingError, TooFewError
from pmlib.core.words import listed, many
from pmlib.engine import name, place, sql
from pmlib.experiments.exposure.orders import MADE
from pmlib.experiments.exposure.recipes import BEFORE, OVER
from pmlib.experiments.reading.columns import Column, Wanted, absent, columns, known, number, present
from pmlib.experiments.reading.days import day_column
from pmlib.experiments.reading.readings import LOOSE
from pmlib.experiments.reading.wishes import lower_past, wishes
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure, Registration

MEMBERS = "members"
"""The table of the units behind clusters: ``unit`` is the cluster, and each metric is what it adds to its sums."""
MEMBER = "pmlib_member"
"""The column of that table which names the unit itself."""
ENDS = ("", OVER, BEFORE, OVER + BEFORE)
"""How the columns of a metric end: values, what they are divided by, the same before."""
AGED = re.compile(r"__(day|week)_\d+$")
"""How a column ends that holds a metric on one day, or in one week, after the exposure."""
CUT = "The largest values are cut off for each unit, before clusters are added up"
"""How the note begins that tells where."""
SEVERAL = "more than one"
"""The value of a property in a cluster whose units differ in it."""


def clustered(units: Units, plan: Registration, *, quantiles: bool = False) -> tuple[Units, Registration]:
    """Return one row a cluster, with the sums of its units, and each metric as a ratio of such sums.

    A mean or share becomes the sum over the units that have a value; a ratio keeps both of its sums; what was measured
    before becomes a ratio of sums too. The delta method then gives what a regression on units with errors robust to
    clusters gives. A registered segment is a property of the cluster where its units have one value of it, else
    ``"more than one"``; :func:`members` tells the units of each.

    Parameters
    ----------
    quantiles
        Whether a metric may be a quantile, which is told from the units and not from their sums.

    Raises
    ------
    SettingError
        If there is no such column, a cluster lies in several arms, or a metric is a quantile and may not be.
    TooFewError
        If no unit belongs to a cluster.
    """
    column = known(units, plan.cluster)
    crossing = units.query(place(sql(__package__ or "", "clusters.sql"), the_cluster=exp.column(name(column)))).one()
    if crossing.crossed:
        raise SettingError(
            f"{many(crossing.crossed, 'value')} of '{column}' of {crossing.clusters:,} lie in several arms; what is "
            "drawn together lies in one. Name the column whose values were put into arms."
        )
    if not crossing.clusters:
        raise TooFewError(f"No unit with an arm has a value of '{column}', so there is no cluster to compare.")
    if not quantiles and any(one.kind == "quantile" for one in plan.measures):
        raise SettingError(f"A quantile cannot be read by clusters of '{column}'; choose a mean, share or ratio.")
    wanted: list[Wanted] = [one for measure in plan.measures for one in wishes(measure)]
    found = columns(units, wanted)
    day = day_column(units)
    held = [pick for one in plan.measures for pick in adding(one, found)]
    measured = {one for measure in plan.measures for one in (measure.name, measure.over)}
    others = [other for other in units.columns if other not in {*measured, *(pick.alias for pick in held), *MADE[:2]}]
    parts = [one for one in plan.segments if one in others and one != day]
    engine = units.engine
    rows = exp.table_("units", db=engine.home("units"))
    each = [exp.column("arm"), exp.alias_(exp.column(name(column)), "unit"), exp.alias_(exp.column("unit"), MEMBER)]
    each += held
    each += [exp.column(name(other)) for other in others]
    engine = engine.viewed(MEMBERS, lambda _: exp.select(*each).from_(rows).where(present(exp.column(name(column)))))
    behind = exp.table_(MEMBERS, db=engine.home(MEMBERS))
    picks = [exp.alias_(exp.Min(this=exp.column(name(day))), name(day))] if day else []
    picks += [exp.alias_(exp.Sum(this=exp.column(name(pick.alias))), name(pick.alias)) for pick in held]
    picks += [alike(part) for part in parts] + [active(one) for one in others if one == MADE[-1]]
    engine = engine.viewed("units", lambda _: exp.select("arm", "unit", *picks).from_(behind).group_by("arm", "unit"))
    measures = tuple(ratio(one, found[one.name, one.cap]) for one in plan.measures)
    origin = replace(units.origin, ledger=without(units.origin.ledger, crossing.loose))
    origin = replace(origin, notes=(*origin.notes, *notes(plan, found)))
    names = tuple(pick.alias_or_name for pick in picks)
    return replace(units, engine=engine, origin=origin, columns=names), replace(plan, measures=measures)


def members(units: Units) -> Units:
    """Return the units behind clusters, one row each; ``unit`` is the cluster."""
    behind = exp.table_(MEMBERS, db=units.engine.home(MEMBERS))
    engine = units.engine.viewed("units", lambda _: exp.select("*").from_(behind))
    every = [row[0] for row in engine.query("DESCRIBE units")]
    return replace(units, engine=engine, columns=tuple(one for one in every if one not in (*MADE[:2], MEMBER)))


def by_age(units: Units, plan: Registration) -> Units:
    """Return one row a cluster with a metric by days or weeks since exposure, each a ratio of sums of its units.

    Parameters
    ----------
    units
        What :func:`pmlib.experiments.effects.ages.since` makes; those that were observed to the end count.
    plan
        Whose cluster it is.
    """
    days = [one for one in units.columns if AGED.search(one)]
    seen = exp.and_(*(present(exp.column(name(one))) for one in days))
    seen_units = replace(units, engine=units.engine.narrowed("units", seen))
    over = {one: one + OVER if one + OVER in units.columns else "" for one in days}
    measures = tuple(Measure(one, kind="ratio" if below else "mean", over=below) for one, below in over.items())
    return clustered(seen_units, replace(plan, measures=measures, segments=()))[0]


def adding(one: Measure, found: Mapping[Wanted, Column]) -> Iterator[exp.Expr]:
    """Yield what a unit adds to each sum of a metric: nothing to any of them where it lacks a value."""
    value = found[one.name, one.cap]
    below = found[one.over, one.cap] if one.over else None
    counts = exp.and_(*(present(side.read) for side in (value, below) if side))
    sides: list[exp.Expr] = [value.value, below.value if below else number(1.0)]
    if one.before:
        past, lower = found[one.before, one.cap], lower_past(one, found)
        has = exp.and_(*(present(side.read) for side in (past, lower) if side))
        both = (past.value, lower.value if lower else number(1.0))
        sides += [exp.Case(ifs=[exp.If(this=has.copy(), true=side)], default=number(0.0)) for side in both]
    for side, end in zip(sides, ENDS, strict=False):
        yield exp.alias_(exp.Case(ifs=[exp.If(this=counts.copy(), true=side)]), name(one.name + end))


def alike(part: str) -> exp.Expr:
    """Return a property of a cluster: the value its units have in common."""
    text = exp.func("nullif", exp.func("trim", exp.cast(exp.column(name(part)), "VARCHAR")), exp.Literal.string(""))
    least, most = exp.Min(this=text), exp.Max(this=text.copy())
    one = exp.If(this=exp.EQ(this=least, expression=most), true=least.copy())
    rest = exp.If(this=exp.not_(absent(least.copy())), true=exp.Literal.string(SEVERAL))
    return exp.alias_(exp.Case(ifs=[one, rest]), name(part))


def active(column: str) -> exp.Expr:
    """Return whether any unit of a cluster did what it has to do to count."""
    read = exp.TryCast(this=exp.column(name(column)), to=exp.DataType.build("BOOLEAN"))
    return exp.alias_(exp.func("bool_or", exp.func("coalesce", read, exp.false())), name(column))


def ratio(one: Measure, column: Column) -> Measure:
    """Return a metric as the ratio of sums it becomes; a share stays one, and so does a quantile."""
    share = one.kind == "share" or (not one.kind and not one.over and column.yes_or_no)
    kind = "quantile" if one.kind == "quantile" else "share" if share else "ratio"
    before = one.name + BEFORE if one.before and kind != "quantile" else ""
    return replace(one, kind=kind, over=one.name + OVER, cap=None, before=before)


def without(ledger: Ledger, loose: int) -> Ledger:
    """Count the units that belong to no cluster as set aside."""
    return replace(ledger, kept=ledger.kept - loose, dropped={**ledger.dropped, LOOSE: loose}) if loose else ledger


def notes(plan: Registration, found: Mapping[Wanted, Column]) -> Sequence[str]:
    """Write what was done to units before they were added up."""
    cut = [one for one in plan.measures if found[one.name, one.cap].ceiling is not None]
    said = [f"{one.label} at {found[one.name, one.cap].ceiling:g}" for one in cut]
    caps = [f"{CUT}: {listed(said)}."]
    return [f"Units with the same {plan.cluster} count as one.", *(caps if said else [])]
