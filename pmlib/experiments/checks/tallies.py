"""Units by the day they were taken in and by arm, with what each metric holds: what the checks count, in one pass."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import sqlglot
from numpy.typing import NDArray
from sqlglot import exp

from pmlib.core import Period
from pmlib.engine import Cells, name, place, sql
from pmlib.experiments.checks.covariates import covariates
from pmlib.experiments.reading.columns import Column, Wanted, absent, columns, number
from pmlib.experiments.reading.readings import wishes
from pmlib.experiments.reading.sums import TOGETHER
from pmlib.experiments.trial import Trial

Whole = NDArray[np.int64]
ACTIVATED = "activated"
"""The column that tells whether a unit did what it has to do to count."""
MADE = {"exposed_on", "exposed_at"}
"""What units that were made of events have beside it."""
LONGEST = 1100
"""Days further apart than three years are not those on which an experiment took its units in."""
WIDTH = 7
"""So many numbers are asked of each column."""


@dataclass(frozen=True)
class Held:
    """What a column holds, by arm or by day and arm.

    Parameters
    ----------
    column
        As it is read, with the value beyond which values are cut off.
    filled, missing
        Units with a value, and without one although they are to have one.
    other
        Units whose value is not 0.
    cut
        Units whose value is cut off.
    total, least, most
        Sum and ends of the values, by arm.
    """

    column: Column
    filled: Whole
    missing: Whole
    other: Whole
    cut: Whole
    total: tuple[float, ...]
    least: tuple[float, ...]
    most: tuple[float, ...]

    @property
    def largest(self) -> tuple[float, ...]:
        """The part of the sum that one unit carries, by arm; 0 where gains and losses mix."""
        ends = zip(self.total, self.least, self.most, strict=True)
        return tuple(
            max(abs(low), abs(high)) / abs(total) if total and low * high >= 0 else 0.0 for total, low, high in ends
        )


@dataclass(frozen=True)
class Tallies:
    """Units and values by day and arm.

    Parameters
    ----------
    days
        Each day from the first to the last, also those without units; () where no column tells the day.
    arms
        The arms that were planned to have units, control first.
    units, active
        Units and those activated, shape ``(days, arms)``; one row where no day is known.
    held
        What each column holds, shape ``(days, arms)``.
    """

    days: tuple[date, ...]
    arms: tuple[str, ...]
    units: Whole
    active: Whole
    held: Mapping[Wanted, Held]
    query: str

    @property
    def by_arm(self) -> Whole:
        """Units of each arm."""
        return self.units.sum(axis=0)

    @cached_property
    def daily(self) -> Whole:
        """Units of each day."""
        return self.units.sum(axis=1)

    @property
    def period(self) -> Period | None:
        """The first and the last day on which units were taken in."""
        return Period(self.days[0], self.days[-1]) if self.days else None


def tallies(trial: Trial) -> Tallies:
    """Count units and values by day and arm; of aggregates, the units of each arm alone.

    Raises
    ------
    SettingError
        If a metric is no column, or holds something else than numbers.
    """
    if not trial.source.has_rows:
        whole = np.array([trial.split.counts], dtype=np.int64)
        return Tallies((), tuple(trial.split.names), whole, whole, {}, trial.arms.query)
    asked_for: list[Wanted] = [one for measure in trial.registration.measures for one in wishes(measure)]
    wanted = list(dict.fromkeys([*asked_for, *((column, None) for column in covariates(trial))]))
    read = columns(trial.units, wanted)
    arms = tuple(trial.split.names)
    every = [wanted[at : at + TOGETHER] for at in range(0, len(wanted), TOGETHER)]
    passes = [counted(trial, [read[one] for one in some]) for some in every]
    rows = [[row for row in cells if row[1] in arms] for cells in passes]
    calendar = every_day({row[0] for row in rows[0] if row[0] is not None})
    shape = (max(len(calendar), 1), len(arms))
    where = [((row[0] - calendar[0]).days if calendar else 0, arms.index(row[1])) for row in rows[0]]
    held = {
        one: holding(read[one], rows[at // TOGETHER], where, 4 + WIDTH * (at % TOGETHER), shape)
        for at, one in enumerate(wanted)
    }
    units, active = (spread([row[at] for row in rows[0]], where, shape) for at in (2, 3))
    return Tallies(tuple(calendar), arms, units, active, held, "\n\n".join(cells.sql for cells in passes))


def counted(trial: Trial, columns: Sequence[Column]) -> Cells:
    """Ask for units and some columns by day and arm."""
    text = place(sql(__package__ or "", "tallies.sql"), the_day=day(trial), the_activation=activation(trial))
    query = sqlglot.parse_one(text, dialect="duckdb")
    assert isinstance(query, exp.Select)
    for at, one in enumerate(columns):
        picks = [exp.alias_(pick, f"pmlib_{at}_{part}") for part, pick in enumerate(asked(one))]
        query.select(*picks, copy=False)
    return trial.units.query(query.sql(dialect="duckdb", pretty=True))


def every_day(known: Collection[date]) -> list[date]:
    """Return each day from the first to the last; none where they lie further apart than any experiment."""
    if not known or (max(known) - min(known)).days >= LONGEST:
        return []
    first = min(known)
    return [first + timedelta(days=at) for at in range((max(known) - first).days + 1)]


def day(trial: Trial) -> exp.Expr:
    """Return the expression of the day a unit was taken in, as it is written; ``NULL`` where no column tells."""
    if trial.day is None:
        return exp.cast(exp.Null(), "DATE")
    text = exp.func("left", exp.cast(exp.column(name(trial.day)), "VARCHAR"), exp.Literal.number(10))
    return exp.TryCast(this=text, to=exp.DataType.build("DATE"))


def activation(trial: Trial) -> exp.Expr:
    """Return the expression of whether a unit was activated; true for all where no column tells."""
    if not activates(trial):
        return exp.true()
    read = exp.TryCast(this=exp.column(name(ACTIVATED)), to=exp.DataType.build("BOOLEAN"))
    return exp.func("coalesce", read, exp.false())


def activates(trial: Trial) -> bool:
    """Whether a column tells which units were activated: where the plan asks for it, or units were made of events.

    A goal or another metric that is called so is no condition of its own reading.
    """
    columns, plan = set(trial.units.columns), trial.registration
    read = {name for one in plan.measures for name in (one.name, one.over, one.before)}
    return ACTIVATED in columns - read and (bool(plan.activation) or columns >= MADE)


def asked(column: Column) -> list[exp.Expr]:
    """Return what is asked of one column: values, those missing, those not 0, those cut off, sum, ends."""
    value = exp.paren(column.read.copy())
    gone = exp.and_(absent(value), exp.column("pmlib_active"))
    other = exp.NEQ(this=value.copy(), expression=number(0))
    cut: exp.Expr = number(0)
    if column.ceiling is not None:
        cut = exp.func("count_if", exp.GT(this=value.copy(), expression=number(column.ceiling)))
    counts = [exp.Count(this=value.copy()), exp.func("count_if", gone), exp.func("count_if", other), cut]
    return [*counts, *(kind(this=value.copy()) for kind in (exp.Sum, exp.Min, exp.Max))]


def holding(
    column: Column, rows: Sequence[Any], where: Sequence[tuple[int, int]], at: int, shape: tuple[int, int]
) -> Held:
    """Put what was asked of one column by day and arm."""
    filled, missing, other, cut = (spread([row[at + part] for row in rows], where, shape) for part in range(4))
    ends: list[list[list[float]]] = [[[] for _ in range(shape[1])] for _ in range(3)]
    for row, (_, arm) in zip(rows, where, strict=True):
        for part in range(3):
            if row[at + 4 + part] is not None:
                ends[part][arm].append(float(row[at + 4 + part]))
    total, least, most = (
        tuple(kind(values) if values else 0.0 for values in found)
        for kind, found in zip((sum, min, max), ends, strict=True)
    )
    return Held(column, filled, missing, other, cut, total, least, most)


def spread(values: Sequence[int | None], where: Sequence[tuple[int, int]], shape: tuple[int, int]) -> Whole:
    """Put counts in their places by day and arm; counting nothing but missing values gives none."""
    made = np.zeros(shape, dtype=np.int64)
    for value, at in zip(values, where, strict=True):
        made[at] += int(value or 0)
    return made
