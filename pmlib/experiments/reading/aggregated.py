"""Metrics of an experiment read from aggregates: the same readings as from its units, where no unit is at hand."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any, ClassVar

from pmlib.core import Period, SettingError, TooFewError, nearest
from pmlib.core.words import listed, many
from pmlib.engine import Cells, sql
from pmlib.experiments.reading.arms import Arms, ordered
from pmlib.experiments.reading.columns import is_amount
from pmlib.experiments.reading.days import Past, wait
from pmlib.experiments.reading.readings import Group, Kind, Reading
from pmlib.experiments.reading.rowless import Rowless
from pmlib.sources.aggregates import Aggregates
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure, Registration
from pmlib.stats.trials.joint import Joint

BEFORE = "the time before"
"""What a covariate is called that a metric's rows hold and nobody named."""
OVER = "denominator"


@dataclass(frozen=True)
class Sums:
    """An experiment in aggregates of its units; what they do not tell is refused with :class:`TooFewError`."""

    aggregates: Aggregates
    people: ClassVar[None] = None
    has_rows: ClassVar[bool] = False

    @cached_property
    def rowless(self) -> Rowless:
        """What stands in the place of rows."""
        return Rowless(self.aggregates)

    @cached_property
    def units(self) -> Units:
        """Units that have columns for the metrics and segments, and no rows.

        Raises
        ------
        SettingError
            If there are several experiments.
        """
        given = self.aggregates
        if len(given.experiments) > 1:
            some = listed(list(given.experiments), most=3)
            raise SettingError(
                f"{given.origin.name} holds {len(given.experiments):,} experiments ({some}). Choose one: "
                f"aggregates.of('{given.experiments[0]}')."
            )
        return Units(self.rowless, given.origin, given.checks, (*given.metrics, *given.segments))

    @property
    def day(self) -> str | None:
        """Refuse: no column of units tells their day, as there are no units."""
        self.rowless.refuse()

    @property
    def period(self) -> Period | None:
        """The first and last day of its rows."""
        return self.aggregates.period

    def arms(self, control: str) -> Arms:
        """Count the units of each arm."""
        return arms(self.aggregates, control)

    def cut(self, last: date) -> "Sums":
        """Return what was known at the end of a day, where rows have days."""
        ends = self.period.end if self.period else last
        return Sums(self.aggregates.until(last)) if ends > last else self

    def until(self, ends: Sequence[date], arms: Arms, measures: Sequence[Measure]) -> Past | None:
        """Return how many units there were by the end of each day, and with a value; ``None`` where rows have no days.

        A running total tells how many had a value by then; else the days of its window have to have passed.
        """
        if self.period is None:
            return None
        told = [one for one in measures if self.aggregates.running or not one.since]
        lags = {one.name: timedelta() if self.aggregates.running else wait(one) for one in told}
        return Past(
            tuple(self.by(end, arms)[0] for end in ends),
            {metric: tuple(self.by(end - lag, arms, metric)[1] for end in ends) for metric, lag in lags.items()},
        )

    def by(self, day: date, arms: Arms, metric: str = "") -> tuple[int, int]:
        """Return the units of some arms at the end of a day, and those with a value of a metric."""
        if self.period is None or day < self.period.start:
            return 0, 0
        then = self.aggregates.until(day)
        units = sum(row.units for row in counted(then) if row.arm in arms.names)
        return units, sum(row.n for row in merged(then, [metric]) if row.arm in arms.names) if metric else 0

    def completed(self, measure: Measure) -> Measure:
        """Name what a metric's rows hold beside it, a denominator or a covariate, where nobody did."""
        over, before = self.aggregates.beside.get(measure.name, (False, False))
        return replace(
            measure, over=measure.over or (OVER if over else ""), before=measure.before or (BEFORE if before else "")
        )

    def clustered(self, plan: Registration) -> tuple["Sums", Registration]:
        """Return the plan with each metric as a ratio of the sums of clusters.

        Raises
        ------
        SettingError
            If the rows of a metric do not hold what it is divided by: then they are of single units.
        """
        single = [one.name for one in plan.measures if not self.aggregates.beside.get(one.name, (True, False))[0]]
        if single:
            raise SettingError(
                f"Units were put into arms by '{plan.cluster}', and rows of {listed(single)} do not tell which belong "
                "together. Aggregate by cluster: as mean the mean of their sums, and as over_mean, over_variance and "
                "over_covariance how many units each has. Or load the table of units with load_units."
            )
        measures = tuple(
            replace(self.completed(one), kind="share" if one.kind == "share" else "ratio") for one in plan.measures
        )
        return self, replace(plan, measures=measures)

    def read(
        self, measures: Sequence[Measure], arms: Arms, by: Mapping[str, Sequence[str]] | None = None
    ) -> list[Reading]:
        """Read metrics in each arm, and in each arm of each segment."""
        return read(self.aggregates, measures, arms, by)

    def counted(self, column: str) -> Cells:
        """Count the units of each value of a segment column by arm: ``part``, ``arm``, ``units``."""
        return counted(self.aggregates, segment(self.aggregates, column))

    def frequent(self, column: str, most: int) -> tuple[list[str], int]:
        """Return the values of a segment column with most units, and how many values it has."""
        units: Counter[str] = Counter()
        for row in self.counted(column):
            if row.part is not None and row.units:
                units[row.part] += row.units
        return sorted(units, key=lambda value: (-units[value], value))[:most], len(units)


def arms(aggregates: Aggregates, control: str) -> Arms:
    """Count the units of each arm; refuse as for rows of units."""
    return ordered(counted(aggregates), control)


def read(
    aggregates: Aggregates, measures: Sequence[Measure], arms: Arms, by: Mapping[str, Sequence[str]] | None = None
) -> list[Reading]:
    """Read metrics in each arm, and in each arm of each segment.

    Parameters
    ----------
    by
        Columns whose values are segments, each with the values that are told apart. A segment's key is the place of
        its value among them; the place after the last is all others, ``None`` is those nobody knows.

    Raises
    ------
    SettingError
        If there is no such metric, or it asks for what only rows of units can tell.
    TooFewError
        If an arm has no value, or the rows are not parted by a column.
    """
    for measure in measures:
        refuse_unknown(aggregates, measure)
    wanted = [measure.name for measure in measures]
    whole = merged(aggregates, wanted)
    texts, parts = [whole.sql], dict[str, Segments]()
    for column, told in (by or {}).items():
        place = segment(aggregates, column)
        cells = merged(aggregates, wanted, place, told)
        parts[column] = Segments(
            {(row.metric, row.part, row.arm): row for row in cells}, sized(counted(aggregates, place), told)
        )
        texts.append(cells.sql)
    rows: dict[str, dict[str, Any]] = {}
    for row in whole:
        rows.setdefault(row.metric, {})[row.arm] = row
    query = "\n\n".join(texts)
    return [made(measure, rows[measure.name], parts, arms, query) for measure in measures]


@dataclass(frozen=True)
class Segments:
    """The rows of each metric by segment and arm, and how many units each segment has in each arm."""

    rows: Mapping[tuple[str, int | None, str], Any]
    units: Mapping[int | None, Mapping[str, int]]


def sized(cells: Cells, told: Sequence[str]) -> dict[int | None, dict[str, int]]:
    """Return how many units each segment has in each arm; an arm without any is missing."""
    places = {value: at for at, value in enumerate(told)}
    found: dict[int | None, dict[str, int]] = {}
    for row in cells:
        if row.units:
            units = found.setdefault(None if row.part is None else places.get(row.part, len(told)), {})
            units[row.arm] = units.get(row.arm, 0) + row.units
    return found


def merged(aggregates: Aggregates, metrics: Sequence[str], place: int = 0, told: Sequence[str] = ()) -> Cells:
    """Ask for metrics by arm, and by the segment column at a place counted from 1."""
    text = sql(__package__ or "", "aggregated.sql")
    return aggregates.query(text, metrics=list(metrics), running=aggregates.running, place=place, told=list(told))


def counted(aggregates: Aggregates, place: int = 0) -> Cells:
    """Ask for the units of each arm, and segment."""
    return aggregates.query(sql(__package__ or "", "aggregated_arms.sql"), running=aggregates.running, place=place)


def segment(aggregates: Aggregates, column: str) -> int:
    """Return the place of a segment column, counted from 1.

    Raises
    ------
    TooFewError
        With the nearest name, if the rows are not parted by it.
    """
    if column not in aggregates.segments:
        there = ", ".join(aggregates.segments) or "no segment"
        raise TooFewError(
            f"The aggregates are not parted by '{column}'; there is {there}.{nearest(column, aggregates.segments)} "
            f"Aggregate by it too, and load with segments=['{column}']."
        )
    return aggregates.segments.index(column) + 1


def refuse_unknown(aggregates: Aggregates, measure: Measure) -> None:
    """Refuse a metric that is not there, or asks for what aggregates cannot tell."""
    if measure.name not in aggregates.metrics:
        there = listed(list(aggregates.metrics), most=12) or "none"
        aside = (
            " Rows without a variance were set aside." if aggregates.origin.ledger.dropped.get("no variance") else ""
        )
        raise SettingError(
            f"The aggregates have no metric '{measure.name}'; there is {there}."
            f"{nearest(measure.name, aggregates.metrics)}{aside}"
        )
    if measure.kind == "quantile":
        raise SettingError(
            f"'{measure.name}' is a quantile, which means and variances do not tell. Load the table of units with "
            "load_units."
        )


def made(measure: Measure, rows: Mapping[str, Any], parts: Mapping[str, Segments], arms: Arms, query: str) -> Reading:
    """Turn a metric's rows into its reading."""
    sizes = dict(zip(arms.names, arms.counts, strict=True))
    groups = tuple(group(measure, rows[arm], arm, sizes[arm]) for arm in arms.names)
    for one in groups:
        if one.n == 0:
            raise TooFewError(
                f"'{measure.name}' has no value for any of the {many(one.units, 'unit')} in {one.arm}; choose another "
                "metric."
            )
    zero_or_one = all(rows[arm].yes_or_no for arm in arms.names)
    amount = zero_or_one and all(one.mean == 0 for one in groups) and is_amount(measure.name, "DOUBLE")
    plain: Kind = "share" if zero_or_one and not amount else "mean"
    kind: Kind = "ratio" if measure.over else measure.kind or plain
    if kind == "share" and not zero_or_one:
        raise SettingError(f"'{measure.name}' is registered as a share, but holds more than 0 and 1. Make it a mean.")
    ceiling = rows[arms.control].ceiling
    if measure.cap is not None and ceiling is None:
        raise SettingError(
            f"'{measure.name}' is to be cut off at its quantile {measure.cap:g}, which cannot be done to aggregates. "
            "Cut the values off before, and give the value they are cut off at as 'ceiling'."
        )
    found = {
        column: {
            part: tuple(
                group(measure, one.rows.get((measure.name, part, arm)), arm, units[arm])
                for arm in arms.names
                if arm in units
            )
            for part, units in one.units.items()
        }
        for column, one in parts.items()
    }
    return Reading(measure, kind, groups, query, found, amount=amount, ceiling=ceiling)


def group(measure: Measure, row: Any, arm: str, units: int) -> Group:
    """Return how a metric reads in one arm, or in one arm of a segment; without a row nobody has a value."""
    if row is None or row.n == 0:
        k = 1 + bool(measure.over) + bool(measure.before)
        return Group(arm, units, Joint(0, (0.0,) * k, ((0.0,) * k,) * k), 0.0, 0.0)
    if row.yes_or_no:
        least, most = float(row.mean == 1), float(row.mean > 0)
    else:
        # Ends that nobody gave are taken as 0: then no unit is said to carry a sum.
        least, most = (row.least, row.most) if row.has_ends else (0.0, 0.0)
    return Group(arm, units, joint(measure, row), least, most)


def joint(measure: Measure, row: Any) -> Joint:
    """Return the moments of one cell: the metric, what it is divided by, what was measured before."""
    lacking = [
        what
        for needed, there, what in (
            (measure.over, row.has_over, "over_mean, over_variance and over_covariance"),
            (measure.before, row.has_before, "before_mean, before_variance and before_covariance"),
            (measure.over and measure.before, row.has_over_before, "over_before_covariance"),
        )
        if needed and not there
    ]
    if lacking:
        raise SettingError(
            f"'{measure.name}' in {row.arm} lacks {listed(lacking)}: its plan divides it, or adjusts it by the time "
            "before. Add these columns, or load the table of units with load_units."
        )
    means, square = [row.mean], [[row.variance]]
    if measure.over:
        means, square = [row.mean, row.over_mean], [[row.variance, row.over_covariance], [0.0, row.over_variance]]
    if measure.before:
        beside = [row.before_covariance, *([row.over_before_covariance or 0.0] if measure.over else [])]
        square = [[*line, other] for line, other in zip(square, beside, strict=True)]
        square.append([*(0.0 for _ in beside), row.before_variance])
        means = [*means, row.before_mean]
    k = range(len(means))
    # The skewness of the metric alone is ever asked for.
    thirds = (row.third, *(0.0 for _ in k[1:])) if row.has_third else ()
    return Joint(row.n, tuple(means), tuple(tuple(square[min(i, j)][max(i, j)] for j in k) for i in k), thirds)
