"""A team's units as arms are drawn from them: sums of each row for every metric, fetched once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray
from sqlglot import exp

from pmlib.core import SettingError
from pmlib.engine import name
from pmlib.experiments.reading.arms import Arms
from pmlib.experiments.reading.clusters import clustered
from pmlib.experiments.reading.columns import columns, known, present
from pmlib.experiments.reading.readings import Group, Reading, asked, read, wishes
from pmlib.experiments.reading.sums import Asked, taken
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure, Registration
from pmlib.stats.inputs import Floats
from pmlib.stats.trials.joint import NOISE, Joint

EVERY = "all"
"""The arm of all units, before any is drawn."""
MOST = 10_000_000
"""So many values are held at once; of more units a sample is taken."""
PARTS = 1_000_000
DIGITS = 6
"""Digits of what is taken off values before they are summed; further ones depend on the order of a sum."""


@dataclass(frozen=True)
class Lot:
    """A metric as it is drawn.

    Parameters
    ----------
    pooled
        How it reads in all units together.
    by
        The column of units that share an arm and are read as one; ``""`` where each unit is read by itself.
    first
        The place of its sums among those of a row: how many count, then values, products and cubes.
    shifts
        What was taken off each value before it was summed.
    order, values
        For a quantile: the rows that have a value in rising order of it, and the values.
    """

    pooled: Reading
    by: str
    first: int
    shifts: tuple[float, ...]
    order: NDArray[np.intp] | None = None
    values: Floats | None = None

    @property
    def k(self) -> int:
        """Columns."""
        return len(self.shifts)

    @property
    def width(self) -> int:
        """Sums of a row."""
        return 1 + 2 * self.k + self.k * (self.k + 1) // 2

    @property
    def whole(self) -> Group:
        """All units together."""
        return self.pooled.groups[0]

    def joints(self, sums: Floats) -> list[Joint]:
        """Turn the sums of some arms, a row each, into their moments."""
        k, mine = self.k, sums[:, self.first : self.first + self.width]
        n, pairs = mine[:, :1], list(combinations_with_replacement(range(k), 2))
        shift = mine[:, 1 : 1 + k] / np.maximum(n, 1)
        squares = np.empty((len(mine), k, k))
        for place, (i, j) in enumerate(pairs):
            squares[:, i, j] = squares[:, j, i] = mine[:, 1 + k + place]
        spread = squares - n[:, :, None] * shift[:, :, None] * shift[:, None, :]
        own = np.diagonal(squares, axis1=1, axis2=2)
        thirds = (mine[:, -k:] - 3 * shift * own) / np.maximum(n, 1) + 2 * shift**3
        means = shift + self.shifts
        # Where all of an arm are alike, sums leave their rounding.
        alike = np.diagonal(spread, axis1=1, axis2=2) <= NOISE * own
        spread[alike[:, :, None] | alike[:, None, :]] = 0.0
        thirds[alike] = 0.0
        means[alike & (np.abs(means) <= NOISE * np.abs(self.shifts))] = 0.0
        spread /= np.maximum(n - 1, 1)[:, :, None]
        rows = zip(n[:, 0], means.tolist(), spread.tolist(), thirds.tolist(), strict=True)
        return [Joint(round(size), tuple(at), tuple(map(tuple, by)), tuple(third)) for size, at, by, third in rows]


@dataclass(frozen=True)
class Urn:
    """What arms are drawn from.

    Parameters
    ----------
    sums
        A row for each unit, or for each cluster of units, with the sums of every metric.
    units
        Units in all rows.
    total
        Units there are; more than ``units`` where a sample was taken.
    cluster
        The column whose units share a row; ``""`` where each unit has its own.
    """

    lots: tuple[Lot, ...]
    sums: Floats
    units: int
    total: int
    cluster: str
    query: str

    @property
    def rows(self) -> int:
        """Rows that are put into arms."""
        return len(self.sums)


def pooled(units: Units, control: str = "") -> Units:
    """Return units, of all arms or of one, as if nobody were in an arm.

    Raises
    ------
    SettingError
        If no unit is in the arm.
    """
    if control:
        counts = units.query("SELECT arm, count(*) AS units FROM units GROUP BY arm ORDER BY arm")
        arms = [row.arm for row in counts if row.arm is not None]
        if control not in arms:
            raise SettingError(f"No arm is called '{control}'; the arms are {', '.join(arms)}. Leave it out for all.")
        only = exp.EQ(this=exp.column("arm"), expression=exp.Literal.string(control))
        units = replace(units, engine=units.engine.narrowed("units", only))
    alike = f"* REPLACE ('{EVERY}' AS arm)"
    return replace(
        units, engine=units.engine.viewed("units", lambda base: exp.select(alike, dialect="duckdb").from_(base))
    )


def filled(
    units: Units, measures: Sequence[Measure], *, cluster: str = "", together: bool = True, seed: int = 0
) -> Urn:
    """Fill an urn.

    Parameters
    ----------
    units
        What :func:`pooled` gives.
    cluster
        The column whose units share an arm.
    together
        Whether the units of a cluster are also read as one; else each is read by itself alone.

    Raises
    ------
    SettingError
        If there is no such column, or it holds something else than numbers.
    TooFewError
        If a metric has no value.
    """
    if cluster:
        known(units, cluster)
        units = replace(units, engine=units.engine.narrowed("units", present(exp.column(name(cluster)))))
    total = units.query("SELECT count(*) AS units FROM units").one().units
    width = sum(len(wishes(measure)) + bool(measure.before) for measure in measures)
    keep = MOST / max(total * width, 1)
    found, held, query = lots(units, measures, cluster=cluster, keep=keep, seed=seed)
    if cluster and together:
        plan = Registration("", "", EVERY, {EVERY: 1.0}, tuple(measures), cluster=cluster)
        rows, plan = clustered(units, plan)
        by, _, more = lots(rows, plan.measures, keep=keep, seed=seed)
        as_one = [(replace(lot, by=cluster), sums) for lot, sums in by]
        found = [one for both in zip(as_one, found, strict=True) for one in both]
        query = f"{more}\n\n{query}"
    firsts = np.cumsum([0, *(lot.width for lot, _ in found)]).tolist()
    placed = tuple(replace(lot, first=first) for (lot, _), first in zip(found, firsts, strict=False))
    return Urn(placed, np.hstack([sums for _, sums in found]), held, total, cluster, query)


def lots(
    units: Units, measures: Sequence[Measure], *, cluster: str = "", keep: float, seed: int
) -> tuple[list[tuple[Lot, Floats]], int, str]:
    """Fetch metrics: each as it is drawn, with the sums of each row; how many units there are, and the query.

    Parameters
    ----------
    cluster
        The column whose units are added up to a row.
    keep
        The part of the units, or of the clusters, to keep.
    """
    total = units.query("SELECT count(*) AS units FROM units").one().units
    readings = read(units, measures, Arms((EVERY,), (total,), 0, ""))
    found = {
        wish: replace(column, shift=float(f"{column.shift:.{DIGITS}g}"))
        for wish, column in columns(units, [one for measure in measures for one in wishes(measure)]).items()
    }
    wanted = [asked(measure, found) for measure in measures]
    arrays, text = units.engine.query_arrays(fetching(wanted, cluster, keep=keep), seed=str(seed))
    place = arrays["place"] if cluster else None
    made: list[tuple[Lot, Floats]] = []
    for at, (reading, one) in enumerate(zip(readings, wanted, strict=True)):
        values = np.column_stack([plain(arrays[f"v{at}_{spot}"]) for spot in range(len(one.values))])
        lot, sums = lotted(reading, one, values)
        made.append((lot, sums if place is None else gathered(sums, place)))
    return made, len(arrays["v0_0"]), text


def lotted(reading: Reading, one: Asked, values: Floats) -> tuple[Lot, Floats]:
    """Return a metric as it is drawn, and the sums of each of its rows."""
    there = ~np.isnan(values[:, 0])
    sums = summed(np.where(there[:, None], values, 0.0), there)
    whole = Lot(reading, "", 0, one.shifts).joints(sums.sum(axis=0)[None])[0]
    # The engine's own sums depend in their last digits on the order in which its threads come back.
    reading = replace(reading, groups=(replace(reading.groups[0], joint=whole, units=len(values)),))
    lot = Lot(reading, "", 0, one.shifts)
    if reading.kind == "quantile":
        order = np.flatnonzero(there)[np.argsort(values[there, 0], kind="stable")]
        lot = replace(lot, order=order, values=values[order, 0] + one.shifts[0])
    return lot, sums


def summed(values: Floats, there: NDArray[np.bool_]) -> Floats:
    """Return for each row whether it counts, its values, their products and cubes."""
    k = values.shape[1]
    products = [values[:, i] * values[:, j] for i, j in combinations_with_replacement(range(k), 2)]
    return np.column_stack([there.astype(float), values, *products, values**3])


def gathered(sums: Floats, place: NDArray[np.intp]) -> Floats:
    """Add the sums of units up by the row they belong to."""
    found = np.zeros((int(place.max()) + 1, sums.shape[1]))
    np.add.at(found, place, sums)
    return found


def fetching(wanted: Sequence[Asked], cluster: str, *, keep: float) -> str:
    """Write the query that fetches what is summed, in an order that does not depend on that of the rows.

    Clusters are numbered in the order in which their rows come where they are units themselves.
    """
    key = exp.column(name(cluster) if cluster else "unit")
    picks = [
        exp.alias_(value, f"v{at}_{spot}") for at, one in enumerate(wanted) for spot, value in enumerate(taken(one))
    ]
    if cluster:
        ranked = exp.Window(this=exp.func("dense_rank"), order=exp.Order(expressions=[exp.Ordered(this=key.copy())]))
        picks.append(exp.alias_(exp.Sub(this=ranked, expression=exp.Literal.number(1)), "place"))
    query = exp.select(*picks).from_("units").order_by("unit")
    if keep < 1:
        words = exp.func("concat", exp.cast(key, "VARCHAR"), exp.Literal.string(" "), exp.Parameter(this="seed"))
        part = exp.Mod(this=exp.func("hash", words), expression=exp.Literal.number(PARTS))
        query = query.where(exp.LT(this=part, expression=exp.Literal.number(int(keep * PARTS))))
    return query.sql(dialect="duckdb", pretty=True)


def plain(column: NDArray[np.generic]) -> Floats:
    """Return a column the engine sent as floats, what is missing as no number."""
    values: Floats = np.ma.getdata(column).astype(float)
    return np.where(np.ma.getmaskarray(column), np.nan, values)
