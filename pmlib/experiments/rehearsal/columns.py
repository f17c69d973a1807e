"""Which columns are metrics, and which says that units belong together."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlglot import exp

from pmlib.core import SettingError, TooFewError
from pmlib.core.words import listed
from pmlib.engine import name, place, sql
from pmlib.experiments.arguments import Names, listing, measure
from pmlib.experiments.reading.columns import FLOATS, TEXT, WHOLE, columns
from pmlib.experiments.trial import fitted
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure, Registration

MOST = 20
"""So many metrics are looked at where nobody names any."""
GROUPS = 20
"""So many values of a column need several units, before units are taken to share an arm by it."""
CHANCE = 1e-6
"""So rarely would all of them be in one arm each by chance."""


def measured(
    units: Units, given: Registration | None, metric: Names, shared: str, metrics: str | Path | None = None
) -> tuple[list[Measure], list[str]]:
    """Return the metrics to look at, and what is to be said of those left out.

    Parameters
    ----------
    metrics
        The team's catalogue, where the registration names metrics of it.

    Raises
    ------
    SettingError
        If one is not registered, or no column holds numbers.
    """
    names = listing(metric)
    if given is not None:
        given = fitted(given, units, metrics)
        chosen = [given.measure(one) for one in names] if names else list(given.measures)
    elif names:
        chosen = [replace(measure(units, one, 0.0), smallest=None) for one in names]
    else:
        chosen = [Measure(one) for one in numeric(units) if one != shared]
    said: list[str] = []
    if shared and any(one.kind == "quantile" for one in chosen):
        out = [one.label for one in chosen if one.kind == "quantile"]
        said.append(f"{listed(out)} left out: a quantile is not read by {shared}.")
        chosen = [one for one in chosen if one.kind != "quantile"]
    if not names and given is None and len(chosen) > MOST:
        said.append(f"Only the first {MOST} of {len(chosen):,} columns of numbers are looked at; name others.")
        chosen = chosen[:MOST]
    if not chosen:
        raise SettingError(f"{units.origin.name} has no column of numbers to read. Name one that holds 0 and 1.")
    return chosen, said


def numeric(units: Units) -> list[str]:
    """Return the columns that hold numbers, or yes and no."""
    kinds = {row[0]: row[1] for row in units.query("DESCRIBE units")}
    return [
        column
        for column in units.columns
        if column in kinds and (WHOLE.fullmatch(kinds[column]) or FLOATS.fullmatch(kinds[column]))
    ]


def constant(units: Units, measures: Sequence[Measure]) -> tuple[list[Measure], list[str]]:
    """Leave out metrics in which no unit differs from another, or that have no value.

    Raises
    ------
    TooFewError
        If none is left.
    """
    found = columns(units, [(one.name, None) for one in measures])
    picks = [
        exp.alias_(exp.Count(this=exp.Distinct(expressions=[found[one.name, None].read.copy()])), f"c{at}")
        for at, one in enumerate(measures)
    ]
    kinds = units.query(exp.select(*picks).from_("units").sql(dialect="duckdb")).one()
    kept = [one for one, values in zip(measures, kinds, strict=True) if values > 1]
    out = [one.label for one, values in zip(measures, kinds, strict=True) if values <= 1]
    if not kept:
        raise TooFewError(f"No unit differs from another in {listed(out)}, so nothing can be called; choose another.")
    return kept, [f"{listed(out)} left out: no unit differs from another."] if out else []


def sharing(units: Units, control: str = "") -> str:
    """Return the column whose units are all in one arm each, ``""`` where there is none.

    So many units would not be in one arm by chance: they were put there together.
    """
    if control:
        return ""
    kinds = {row[0]: row[1] for row in units.query("DESCRIBE units")}
    arms = units.query("SELECT count(*) / sum(count(*)) OVER () AS share FROM units GROUP BY arm").column("share")
    if len(arms) < 2:
        return ""
    found: dict[str, int] = {}
    for column in units.columns:
        if kinds.get(column) == TEXT or WHOLE.fullmatch(kinds.get(column, "")):
            row = units.query(place(sql(__package__, "sharing.sql"), the_column=exp.column(name(column)))).one()
            sure = row.more * -math.log(max(arms)) > -math.log(CHANCE)
            if row.several >= GROUPS and not row.torn and sure:
                found[column] = row.several
    return min(found, key=lambda column: found[column], default="")
