"""Units that were put into arms together: the cluster is what was drawn, so the cluster is what counts."""

from collections.abc import Mapping
from dataclasses import replace

from sqlglot import exp

from pmlib.core import SettingError
from pmlib.core.words import many
from pmlib.engine import name, place, sql
from pmlib.experiments.reading.columns import Column, Wanted, columns, known
from pmlib.experiments.reading.days import day_column
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure, Registration

OF = "__of"
"""What a mean or share of a cluster's units is divided by: a column of its units that have a value."""


def clustered(units: Units, plan: Registration) -> tuple[Units, Registration]:
    """Return one row a cluster, with the sums of its units, and each metric as a ratio of such sums.

    A mean or share becomes the sum over the units that have a value; a ratio keeps both of its sums. The delta method
    then gives what a regression on units with errors robust to clusters gives.

    Raises
    ------
    SettingError
        If there is no such column, a cluster lies in several arms, or a metric is a quantile.
    """
    column = known(units, plan.cluster)
    crossing = units.query(place(sql(__package__ or "", "clusters.sql"), the_cluster=exp.column(name(column)))).one()
    if crossing.crossed:
        raise SettingError(
            f"{many(crossing.crossed, 'value')} of '{column}' of {crossing.clusters:,} lie in several arms; what is "
            "drawn together lies in one. Name the column whose values were put into arms."
        )
    if any(one.kind == "quantile" for one in plan.measures):
        raise SettingError(f"A quantile cannot be read by clusters of '{column}'; choose a mean, share or ratio.")
    wanted: list[Wanted] = [(part, one.cap) for one in plan.measures for part in (one.name, one.over) if part]
    found = columns(units, wanted)
    day = day_column(units)
    picks = [exp.column("arm"), exp.alias_(exp.column(name(column)), "unit")]
    picks += [exp.alias_(exp.Min(this=exp.column(name(day))), name(day))] if day else []
    for one in plan.measures:
        picks += sums(one, found)
    grouped = exp.select(*picks).group_by("arm", exp.column(name(column)))
    engine = units.engine.viewed("units", lambda base: grouped.copy().from_(base).where(present(column)))
    named = tuple(pick.alias_or_name for pick in picks if pick.alias_or_name not in ("arm", "unit"))
    measures = tuple(ratio(one, found[one.name, one.cap]) for one in plan.measures)
    return replace(units, engine=engine, columns=named), replace(plan, measures=measures)


def present(column: str) -> exp.Expr:
    """Return the condition that a unit belongs to a cluster."""
    return exp.not_(exp.Is(this=exp.column(name(column)), expression=exp.Null()))


def sums(one: Measure, found: Mapping[Wanted, Column]) -> list[exp.Expr]:
    """Return a metric's sums over the units of a cluster."""
    value = found[one.name, one.cap].value
    below = exp.Sum(this=found[one.over, one.cap].value) if one.over else exp.Count(this=value.copy())
    return [exp.alias_(exp.Sum(this=value), name(one.name)), exp.alias_(below, name(one.over or one.name + OF))]


def ratio(one: Measure, column: Column) -> Measure:
    """Return a metric as the ratio of sums it becomes; a share stays one."""
    share = one.kind == "share" or (not one.kind and not one.over and column.yes_or_no)
    return replace(one, kind="share" if share else "ratio", over=one.over or one.name + OF, cap=None, before="")
