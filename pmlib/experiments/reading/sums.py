"""Counts, means, covariances and third moments of many metrics by arm and segment, from one pass over the units."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations_with_replacement
from operator import add
from typing import Any

import numpy as np
from sqlglot import exp

from pmlib.engine import name
from pmlib.experiments.reading.columns import number, present
from pmlib.sources.contract import Units
from pmlib.stats.inputs import LARGEST
from pmlib.stats.trials.joint import Joint

TOGETHER = 40
"""So many metrics share a pass; more make the engine's plan slow to build."""
FAR = 1000.0
"""Sums about a point so many deviations from the mean lose six of sixteen digits."""
EVERYBODY = ""
"""The segment column of cells over all units."""

Place = tuple[str, Any, str]
"""Segment column (``""`` for all units), its value, and the arm."""


@dataclass(frozen=True)
class Asked:
    """What is summed of one metric: its values, then what they are set against.

    Parameters
    ----------
    values
        Expressions over ``units``; a unit counts where the first ``needed`` of them have a value, and what is missing
        of the others is taken as 0 beyond its shift.
    shifts
        A number near the mean of each, taken off before sums are made.
    whole
        Whether no unit lacks any of them.
    """

    values: tuple[exp.Expr, ...]
    shifts: tuple[float, ...]
    needed: int = 1
    whole: bool = False

    @property
    def width(self) -> int:
        """How many sums it has: a count and sum of each value, each product of two, cube and ends of the first."""
        k = len(self.values)
        return 2 * k + k * (k + 1) // 2 + 3


@dataclass(frozen=True)
class Cell:
    """One metric in one arm of one segment.

    Parameters
    ----------
    units
        Units in the arm, with a value or without.
    least, most
        The metric's smallest and largest value.
    sound
        Whether no value was missing or not finite, and the shifts were near enough to keep all digits.
    """

    arm: str
    units: int
    joint: Joint
    least: float
    most: float
    sound: bool = True


def summed(units: Units, asked: Sequence[Asked], by: Sequence[str] = ()) -> tuple[list[dict[Place, Cell]], str]:
    """Sum metrics by arm, and by arm within each column of ``by``.

    Returns
    -------
    list of dict
        For each metric its cells.
    str
        The queries that ran.
    """
    found: list[dict[Place, Cell]] = []
    texts: list[str] = []
    for first in range(0, len(asked), TOGETHER):
        some = asked[first : first + TOGETHER]
        answer = units.query(query(some, by).sql(dialect="duckdb", pretty=True))
        texts.append(answer.sql)
        rows = [(place(row, by), [row[1], *row[2 + 2 * len(by) :]]) for row in answer if row[0] is not None]
        rows = [*everybody(rows, some, by), *rows]
        starts = accumulate((one.width for one in some), initial=0)
        found += [cells(rows, at, one) for at, one in zip(starts, some, strict=False)]
    return found, "\n\n".join(texts)


Sums = tuple[Place, list[Any]]
"""Where, the units there, and the sums of all metrics beside each other."""


def everybody(rows: Sequence[Sums], asked: Sequence[Asked], by: Sequence[str]) -> list[Sums]:
    """Return the sums over all units, where they were made by segment: those of one column's segments together.

    They are about the same shifts, so they add up; a second grouping of all units would take as long as the first.
    """
    ways = [add, *(way for one in asked for way in (*[add] * (one.width - 2), min, max))]
    found: dict[str, list[Any]] = {}
    for (column, _, arm), sums in rows:
        if by and column == by[0]:
            known = found.setdefault(arm, [None] * len(sums))
            found[arm] = [
                there if here is None else here if there is None else way(here, there)
                for way, here, there in zip(ways, known, sums, strict=True)
            ]
    return [((EVERYBODY, None, arm), found[arm]) for arm in sorted(found)]


def place(row: Sequence[Any], by: Sequence[str]) -> Place:
    """Tell which segment and arm a row is of: ``grouping`` is 0 for the column that was grouped by."""
    for at, column in enumerate(by):
        if row[3 + 2 * at] == 0:
            return column, row[2 + 2 * at], row[0]
    return EVERYBODY, None, row[0]


def query(asked: Sequence[Asked], by: Sequence[str]) -> exp.Select:
    """Write the query: one row an arm and segment, the sums of each metric beside each other."""
    inner = [exp.column("arm"), *(exp.alias_(exp.column(name(column)), f"by_{at}") for at, column in enumerate(by))]
    outer: list[exp.Expr] = [exp.column("arm"), exp.alias_(exp.Count(this=exp.Star()), "units")]
    for at in range(len(by)):
        outer += [exp.column(f"by_{at}"), exp.alias_(exp.func("grouping", exp.column(f"by_{at}")), f"over_{at}")]
    for at, one in enumerate(asked):
        inner += [exp.alias_(value, f"v{at}_{place}") for place, value in enumerate(taken(one))]
        outer += [exp.alias_(total, f"s{at}_{place}") for place, total in enumerate(sums(at, len(one.values)))]
    made = exp.select(*outer).from_("taken", copy=False)
    made.with_("taken", as_=exp.select(*inner).from_("units", copy=False), copy=False)
    if not by:
        return made.group_by("arm", copy=False).order_by("arm", copy=False)
    tuples = [exp.Tuple(expressions=[exp.column("arm"), exp.column(f"by_{at}")]) for at in range(len(by))]
    made.set("group", exp.Group(grouping_sets=[exp.GroupingSets(expressions=tuples)]))
    places = (f"{part}_{at}" for at in range(len(by)) for part in ("over", "by"))
    return made.order_by(*places, "arm", copy=False)


def taken(one: Asked) -> list[exp.Expr]:
    """Return a metric's values less their shifts, for the units that count."""
    left = [
        exp.Sub(this=exp.paren(value.copy()), expression=number(shift)) if shift else value.copy()
        for value, shift in zip(one.values, one.shifts, strict=True)
    ]
    if one.whole or len(left) == 1:
        return left
    # A unit counts in all sums or in none; what is not needed is 0, its middle, where it is missing.
    whole = exp.and_(*(present(value) for value in one.values[: one.needed]))
    filled = [*left[: one.needed], *(exp.func("coalesce", value, number(0)) for value in left[one.needed :])]
    return [exp.Case(ifs=[exp.If(this=whole.copy(), true=value)]) for value in filled]


def sums(at: int, k: int) -> list[exp.Expr]:
    """Write the sums of one metric, in the order they are read back."""
    values = [exp.column(f"v{at}_{place}") for place in range(k)]
    first = values[0]
    made: list[exp.Expr] = [of(this=value.copy()) for of in (exp.Count, exp.Sum) for value in values]
    for one, other in combinations_with_replacement(values, 2):
        made.append(exp.Sum(this=exp.Mul(this=one.copy(), expression=other.copy())))
    # Only the metric's own skewness is asked for.
    cube = exp.Mul(this=exp.Mul(this=first.copy(), expression=first.copy()), expression=first.copy())
    return [*made, *(of(this=part) for of, part in ((exp.Sum, cube), (exp.Min, first.copy()), (exp.Max, first.copy())))]


def cells(rows: Sequence[Sums], at: int, one: Asked) -> dict[Place, Cell]:
    """Turn the sums of a metric, which stand from ``at`` on in each row, into its moments everywhere, all at once."""
    k = len(one.values)
    here = [(where, row[0], row[1 + at : 1 + at + one.width]) for where, row in rows]
    fine = [sums[0] > 0 and all(total is not None and abs(total) <= LARGEST for total in sums) for _, _, sums in here]
    table = np.array([sums for (*_, sums), good in zip(here, fine, strict=True) if good], dtype=float)
    table = table.reshape(-1, one.width)
    upper, products = np.triu_indices(k), np.zeros((len(table), k, k))
    products[:, upper[0], upper[1]] = products[:, upper[1], upper[0]] = table[:, 2 * k : -3]
    counts, firsts, cubes = table[:, 0], table[:, k : 2 * k], table[:, -3:-2]
    joints = iter(Joint.each_of_sums(counts.tolist(), firsts, products, cubes, about=one.shifts) if any(fine) else ())
    none = Joint(0, (0.0,) * k, ((0.0,) * k,) * k, (0.0,) * k)
    made = {}
    for (where, units, sums), good in zip(here, fine, strict=True):
        if good:
            joint = next(joints)
            sound = near(joint, one.shifts) and all(count == units for count in sums[:k])
            made[where] = Cell(where[2], units, joint, sums[-2] + one.shifts[0], sums[-1] + one.shifts[0], sound)
        else:
            made[where] = Cell(where[2], units, none, 0.0, 0.0, sound=sums[0] == 0)
    return made


def near(joint: Joint, shifts: Sequence[float]) -> bool:
    """Tell whether the points that sums were taken about lie near enough to the means to keep all digits."""
    return joint.n < 2 or all(
        mean == shift or (mean - shift) ** 2 <= FAR**2 * joint.covariances[i][i]
        for i, (mean, shift) in enumerate(zip(joint.means, shifts, strict=True))
    )
