"""How each metric reads in each arm: its kind, its moments, and what may be said against it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.core.words import capital, listed, many
from pmlib.experiments.reading.arms import Arms
from pmlib.experiments.reading.columns import Column, Wanted, columns, is_amount, rough
from pmlib.experiments.reading.ranked import ranked, ranked_members
from pmlib.experiments.reading.sums import EVERYBODY, Cell, Place, summed
from pmlib.experiments.reading.wishes import asked, lower_past, wishes
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure
from pmlib.stats import Moments, mean, share
from pmlib.stats.pairs import ALIKE
from pmlib.stats.trials.cuped import Cuped, adjusted, adjusted_ratio
from pmlib.stats.trials.joint import Joint
from pmlib.stats.trials.quantiles import Ranked, quantile_value
from pmlib.stats.trials.ratios import beside, divides, linearised, linearised_pairs

Kind = Literal["share", "mean", "ratio", "quantile"]

FINER = 2
"""So many further digits are written where values would else read alike."""
RARE = 0.001
"""Fewer units than this part may lack a value without a word."""
WHOLE = 1e-6
"""The squares of zeros and ones sum to what they sum to themselves, but for rounding."""
FEW = 30
"""Fewer units than this are very few."""
LOOSE = "in no cluster"
"""Why units are set aside that belong to no cluster."""
ZERO = "if missing means no, not too early to tell, write 0 in the data"
"""What to do where a value is missing, and when not to."""
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
    paired
        Whether what was measured before is a ratio too: its two sums are the last columns.
    aside
        Units that are left out as they belong to no cluster.
    """

    measure: Measure
    kind: Kind
    groups: tuple[Group, ...]
    query: str
    parts: Mapping[str, Mapping[Any, tuple[Group, ...]]] = field(default_factory=dict)
    ranked: Mapping[str, Ranked] = field(default_factory=dict)
    amount: bool = False
    ceiling: float | None = None
    paired: bool = False
    aside: int = 0

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
        if not self.measure.before or self.kind == "quantile" or self.unadjusted:
            return None
        if self.paired:
            return adjusted_ratio([one.joint for one in self.groups])
        arms = [self.line(one.joint) for one in self.groups]
        return adjusted(arms, covariates=range(1, arms[0].k))

    @property
    def unadjusted(self) -> str:
        """Why what was measured before cannot be used; ``""`` where it can."""
        bare = [one.arm for one in self.groups if self.paired and one.n and not divides(one.joint, 3)]
        few = sum(one.n - 1 for one in self.groups) <= self.groups[0].joint.k
        return f"nobody in {listed(bare)} has one" if bare else "there are too few units" if few else ""

    def line(self, joint: Joint) -> Joint:
        """Return the metric as one column, with those it is adjusted by; ratios are made linear."""
        if self.kind != "ratio":
            return joint
        return linearised_pairs(joint, [(0, 1), (2, 3)]) if self.paired else beside(joint)

    def moments(self, group: Group) -> Moments:
        """Return what the statistics of means take, a ratio made linear."""
        if self.kind == "quantile":
            return self.ranked[group.arm].moments
        return self.plain(group.joint)

    def plain(self, joint: Joint) -> Moments:
        """Return what the statistics of means take of any units' values, not adjusted."""
        return linearised(joint) if self.kind == "ratio" else joint.moments(0)

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
        found = mean(self.moments(group), label=label)
        # Units that are all alike do not tell how far others may lie off.
        return replace(found, low=None, high=None, reason=ALIKE) if found.low == found.high else found

    def typical(self, group: Group) -> float:
        """Return the share, mean, ratio or quantile of one arm."""
        return group.mean if self.kind in {"share", "mean"} else self.moments(group).mean

    @property
    def cautions(self) -> list[str]:
        """Say what is missing, and what few units the numbers hang on."""
        said: list[str] = []
        if self.aside:
            belong = "belongs to no cluster; it is" if self.aside == 1 else "belong to no cluster; they are"
            said.append(f"{many(self.aside, 'unit')} {belong} left out.")
        if self.measure.before and self.kind != "quantile" and self.unadjusted:
            said.append(f"{capital(self.label)} is not adjusted by the time before: {self.unadjusted}.")
        if any(group.units - group.n > RARE * group.units for group in self.groups):
            parts = [
                f"{group.units - group.n:,} of {many(group.units, 'unit')} in {group.arm}" for group in self.groups
            ]
            said.append(f"{capital(self.label)} is missing for {listed(parts)}; they are left out. {capital(ZERO)}.")
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
    aside = units.origin.ledger.dropped.get(LOOSE, 0)
    readings = [replace(one, aside=aside) for one in readings] if aside else readings
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
    """Fetch the quantile of each arm: of units, or of units that count together by cluster."""
    measure = reading.measure
    if measure.over:
        counts = {group.arm: round(group.n * group.joint.means[1]) for group in reading.groups}
        orders, query = ranked_members(units, measure, counts)
    else:
        counts = {group.arm: group.n for group in reading.groups}
        orders, query = ranked(units, found[measure.name, measure.cap], counts, measure.quantile)
    return replace(reading, ranked=orders, query=query)


def made(
    measure: Measure, found: Mapping[Wanted, Column], cells: Mapping[Place, Cell], arms: Arms, query: str
) -> Reading:
    """Turn a metric's cells into its reading."""
    column = found[wishes(measure)[0]]
    groups = tuple(group(cells[EVERYBODY, None, arm]) for arm in arms.names)
    for one in groups:
        if one.n == 0 and not cells[EVERYBODY, None, one.arm].sound:
            raise SettingError(f"'{measure.name}' holds values too large to be summed; give it in another unit.")
        if one.n == 0:
            raise TooFewError(
                f"'{measure.name}' has no value for any of the {many(one.units, 'unit')} in {one.arm}; choose another "
                "metric."
            )
    # Zeros alone do not tell a yes or no from an amount that nobody has: the name or the type does.
    nothing = column.yes_or_no and all(one.mean == 0 for one in groups)
    amount = nothing and column.kind != "BOOLEAN" and is_amount(measure.name, column.kind)
    plain: Kind = "share" if column.yes_or_no and not amount else "mean"
    kind: Kind = "ratio" if measure.over and measure.kind != "quantile" else measure.kind or plain
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
    paired = kind == "ratio" and lower_past(measure, found) is not None
    return Reading(measure, kind, groups, query, whole, amount=amount, ceiling=column.ceiling, paired=paired)


def group(cell: Cell) -> Group:
    """Return how a metric reads in one cell."""
    return Group(cell.arm, cell.units, cell.joint, cell.least, cell.most)
