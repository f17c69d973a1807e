"""How each metric reads in each arm: its kind, its moments, and what may be said against it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from sqlglot import exp

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.core.words import capital, listed, many
from pmlib.experiments.reading.arms import Arms
from pmlib.experiments.reading.columns import Column, Wanted, absent, columns, is_amount, rough
from pmlib.experiments.reading.ranked import ranked
from pmlib.experiments.reading.sums import EVERYBODY, Asked, Cell, Place, summed
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure
from pmlib.stats import Moments, mean, share
from pmlib.stats.trials.cuped import Cuped, adjusted
from pmlib.stats.trials.joint import Joint
from pmlib.stats.trials.quantiles import Ranked, quantile_value
from pmlib.stats.trials.ratios import linearised

Kind = Literal["share", "mean", "ratio", "quantile"]

FINER = 2
"""So many further digits are written where values would else read alike."""
RARE = 0.001
"""Fewer units than this part may lack a value without a word."""
WHOLE = 1e-6
"""The squares of zeros and ones sum to what they sum to themselves, but for rounding."""
FEW = 30
"""Fewer units than this are very few."""
HEAVY = 0.05
"""A unit that carries so much of a metric's sum has the mean hang on it."""


@dataclass(frozen=True)
class Group:
    """How a metric reads in one arm.

    Parameters
    ----------
    units
        Units in the arm, with a value or without.
    joint
        The metric's values, then what it is divided by, then what was measured before.
    least, most
        Its smallest and largest value.
    """

    arm: str
    units: int
    joint: Joint
    least: float
    most: float

    @property
    def n(self) -> int:
        """Units with a value."""
        return self.joint.n

    @property
    def mean(self) -> float:
        """The mean a unit."""
        return self.joint.means[0]

    @property
    def variance(self) -> float:
        """The variance between units."""
        return self.joint.covariances[0][0]

    @property
    def ones(self) -> int:
        """How many are 1, where all are 0 or 1."""
        return round(self.n * self.mean)

    @property
    def moments(self) -> Moments:
        """What the statistics of means take."""
        return self.joint.moments(0)

    @property
    def largest(self) -> float:
        """The part of the metric's sum that one unit carries; 0 where gains and losses mix."""
        total = abs(self.n * self.mean)
        return max(abs(self.least), abs(self.most)) / total if total and self.least * self.most >= 0 else 0.0


@dataclass(frozen=True)
class Reading:
    """A metric by arm, control first.

    Parameters
    ----------
    parts
        The same by segment column and value.
    ranked
        The quantile of each arm, for kind ``"quantile"``.
    amount
        Whether zeros alone are an amount that nobody has, and no "no" of all.
    ceiling
        The value beyond which values were cut off, ``None`` for none.
    """

    measure: Measure
    kind: Kind
    groups: tuple[Group, ...]
    query: str
    parts: Mapping[str, Mapping[Any, tuple[Group, ...]]] = field(default_factory=dict)
    ranked: Mapping[str, Ranked] = field(default_factory=dict)
    amount: bool = False
    ceiling: float | None = None

    @property
    def label(self) -> str:
        """The metric's name as it is read."""
        return self.measure.label

    @property
    def less(self) -> bool:
        """Whether less is better."""
        return self.measure.better == "down"

    @property
    def better(self) -> str:
        """Which way is good."""
        return self.measure.better

    @property
    def yes_or_no(self) -> bool:
        """Whether it is a share of units."""
        return self.kind == "share"

    @property
    def unit(self) -> Unit:
        """What its values are in, with digits enough to tell the arms apart."""
        plain = Unit.SHARE if self.portion else Unit.NUMBER
        values = [self.typical(group) for group in self.groups]
        least = min((abs(value) for value in values if value), default=1.0)
        for finer in range(FINER):
            unit = replace(plain, decimals=plain.decimals + finer)
            apart = len({unit.text(value) for value in values}) == len(set(values))
            if apart and float(f"{least:.2g}") * (100 if self.portion else 1) >= 10.0**-unit.decimals * 10:
                return unit
        return replace(plain, decimals=plain.decimals + FINER)

    @property
    def gap(self) -> Unit:
        """What a difference of its values is in."""
        return Unit.POINTS if self.portion else Unit.NUMBER

    @property
    def portion(self) -> bool:
        """Whether its values are shares: of units, or of all units of clusters."""
        return self.yes_or_no or (self.kind == "ratio" and self.measure.kind == "share")

    @cached_property
    def cuped(self) -> Cuped | None:
        """All arms adjusted by the time before; ``None`` where nothing was measured then, or it tells nothing."""
        if not self.measure.before or self.kind == "quantile":
            return None
        if self.kind == "ratio":
            arms = [beside(one.joint) for one in self.groups]
        else:
            arms = [one.joint for one in self.groups]
        return adjusted(arms, covariates=range(1, arms[0].k))

    def moments(self, group: Group) -> Moments:
        """Return what the statistics of means take, a ratio made linear."""
        if self.kind == "quantile":
            return self.ranked[group.arm].moments
        return linearised(group.joint) if self.kind == "ratio" else group.moments

    def error(self, group: Group) -> float:
        """Return the variance with which one arm's value enters a comparison."""
        if self.cuped is not None:
            return self.cuped.arms[self.groups.index(group)].error
        return self.moments(group).error

    def value(self, group: Group) -> Estimate:
        """Estimate the share or mean of one arm."""
        label = f"{self.label} in {group.arm}"
        if self.yes_or_no:
            return share(group.ones, group.n, label=label)
        if self.kind == "quantile":
            return quantile_value(self.ranked[group.arm], label=label)
        return mean(self.moments(group), label=label)

    def typical(self, group: Group) -> float:
        """Return the share, mean, ratio or quantile of one arm."""
        return group.mean if self.kind in {"share", "mean"} else self.moments(group).mean

    @property
    def cautions(self) -> list[str]:
        """Say what is missing, and what few units the numbers hang on."""
        said: list[str] = []
        if any(group.units - group.n > RARE * group.units for group in self.groups):
            parts = [
                f"{group.units - group.n:,} of {many(group.units, 'unit')} in {group.arm}" for group in self.groups
            ]
            said.append(
                f"{capital(self.label)} is missing for {listed(parts)}; they are left out. If missing means no, "
                "write 0 in the data."
            )
        for group in self.groups:
            if not self.yes_or_no and group.n >= 100 and group.largest >= HEAVY:
                said.append(
                    f"One unit carries {Unit.SHARE.text(group.largest)} of all {self.label} in {group.arm}: "
                    "its mean hangs on that unit."
                )
            if group.n < FEW:
                said.append(f"{capital(group.arm)} has {many(group.n, 'unit')} with {self.label}; that is very few.")
            elif self.yes_or_no and min(group.ones, group.n - group.ones) < 5:
                said.append(f"{capital(self.label)} is 1 for {group.ones:,} of {many(group.n, 'unit')} in {group.arm}.")
        return said


def read(units: Units, measures: Sequence[Measure], arms: Arms, by: Sequence[str] = ()) -> list[Reading]:
    """Read metrics in each arm, and in each arm of each segment, from one pass over the units.

    Parameters
    ----------
    by
        Columns whose values are segments.

    Raises
    ------
    SettingError
        If there is no such column, or it holds something else than numbers.
    TooFewError
        If an arm has no value.
    """
    wanted = [one for measure in measures for one in wishes(measure)]
    found, cells, query = measured(units, measures, wanted, by)
    readings = [made(measure, found, some, arms, query) for measure, some in zip(measures, cells, strict=True)]
    return [with_quantile(units, one, found) if one.kind == "quantile" else one for one in readings]


def measured(
    units: Units, measures: Sequence[Measure], wanted: Sequence[Wanted], by: Sequence[str]
) -> tuple[dict[Wanted, Column], list[dict[Place, Cell]], str]:
    """Sum all metrics in one pass about what their ends make likely, and once more where that was not so."""
    found = rough(units, wanted)
    if found is not None:
        cells, query = summed(units, [asked(measure, found) for measure in measures], by)
        if all(sound(found[wishes(measure)[0]], some) for measure, some in zip(measures, cells, strict=True)):
            return found, cells, query
    found = columns(units, wanted)
    cells, query = summed(units, [asked(measure, found) for measure in measures], by)
    return found, cells, query


def sound(column: Column, cells: Mapping[Place, Cell]) -> bool:
    """Whether a metric's cells are those of its values, and of zeros and ones where that was taken for granted."""
    if not all(cell.sound for place, cell in cells.items() if place[0] == EVERYBODY):
        return False
    return not column.yes_or_no or all(zeros_and_ones(cell) for cell in cells.values() if cell.joint.n)


def zeros_and_ones(cell: Cell) -> bool:
    """Whether all values are 0 or 1: within 0 and 1 only these are as large as their squares."""
    n, mean, variance = cell.joint.n, cell.joint.means[0], cell.joint.covariances[0][0]
    squares = variance * (n - 1) / n + mean * mean
    return cell.least >= 0 and cell.most <= 1 and abs(mean - squares) * n < WHOLE


def with_quantile(units: Units, reading: Reading, found: Mapping[Wanted, Column]) -> Reading:
    """Fetch the quantile of each arm; where the largest values were cut off it would not be one of the metric."""
    column = found[reading.measure.name, reading.measure.cap]
    counts = {group.arm: group.n for group in reading.groups}
    orders, query = ranked(units, column, counts, reading.measure.quantile)
    return replace(reading, ranked=orders, query=query)


def wishes(measure: Measure) -> list[Wanted]:
    """Return the columns a metric is made of: its values, what it is divided by, what was measured before."""
    top: list[Wanted] = [(measure.name, measure.cap)]
    # Both sides of a ratio are cut off over the same units, so that neither moves its level alone.
    top += [(measure.over, measure.cap)] if measure.over else []
    return [*top, *([(measure.before, measure.cap)] if measure.before else [])]


def asked(measure: Measure, found: Mapping[Wanted, Column]) -> Asked:
    """Return what is summed of a metric; a covariate that some lack comes with a column that says who."""
    used = [found[one] for one in wishes(measure)]
    values, shifts = [one.value for one in used], [one.shift for one in used]
    needed = len(used) - bool(measure.before)
    if measure.before and not used[-1].whole:
        values.append(exp.cast(absent(used[-1].read), "DOUBLE"))
        shifts.append(0.0)
    return Asked(tuple(values), tuple(shifts), needed, all(one.whole for one in used))


def made(
    measure: Measure, found: Mapping[Wanted, Column], cells: Mapping[Place, Cell], arms: Arms, query: str
) -> Reading:
    """Turn a metric's cells into its reading."""
    column = found[wishes(measure)[0]]
    groups = tuple(group(cells[EVERYBODY, None, arm]) for arm in arms.names)
    for one in groups:
        if one.n == 0:
            raise TooFewError(
                f"'{measure.name}' has no value for any of the {one.units:,} units in {one.arm}; choose another metric."
            )
    # Zeros alone do not tell a yes or no from an amount that nobody has: the name or the type does.
    nothing = column.yes_or_no and all(one.mean == 0 for one in groups)
    amount = nothing and column.kind != "BOOLEAN" and is_amount(measure.name, column.kind)
    plain: Kind = "share" if column.yes_or_no and not amount else "mean"
    kind: Kind = "ratio" if measure.over else measure.kind or plain
    if kind == "share" and not column.yes_or_no:
        raise SettingError(f"'{measure.name}' is registered as a share, but holds more than 0 and 1. Make it a mean.")
    parts: dict[str, dict[Any, dict[str, Group]]] = {}
    for (by, value, arm), cell in cells.items():
        if by:
            parts.setdefault(by, {}).setdefault(value, {})[arm] = group(cell)
    whole = {
        by: {value: tuple(row[arm] for arm in arms.names if arm in row) for value, row in values.items()}
        for by, values in parts.items()
    }
    return Reading(measure, kind, groups, query, whole, amount=amount, ceiling=column.ceiling)


def beside(joint: Joint) -> Joint:
    """Return a ratio made linear as one column, in the place of its two, with the columns that follow them."""
    ratio, bottom = linearised(joint).mean, joint.means[1]
    others = range(2, joint.k)
    rows = [[1 / bottom, -ratio / bottom, *(0.0 for _ in others)]]
    rows += [[float(i == j) for j in range(joint.k)] for i in others]
    line = joint.mapped(rows)
    return Joint(line.n, (ratio, *line.means[1:]), line.covariances)


def group(cell: Cell) -> Group:
    """Return how a metric reads in one cell."""
    return Group(cell.arm, cell.units, cell.joint, cell.least, cell.most)
