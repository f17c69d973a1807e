"""Metrics of an experiment read from aggregates: the same readings as from its units, where no unit is at hand."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NoReturn

from pmlib.core import SettingError, TooFewError, nearest
from pmlib.core.words import listed
from pmlib.engine import Cells, Engine, sql
from pmlib.experiments.reading.arms import Arms
from pmlib.experiments.reading.columns import is_amount
from pmlib.experiments.reading.readings import Group, Kind, Reading
from pmlib.sources.aggregates import Aggregates
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure
from pmlib.stats.trials.joint import Joint

BEFORE = "the time before"
"""What a covariate is called that a metric's rows hold and nobody named."""
OVER = "denominator"


class Rowless(Engine):
    """Stands in the place of units that nobody has: whatever is asked of them says so."""

    def __init__(self, aggregates: Aggregates) -> None:
        super().__init__(aggregates.engine.connection, aggregates.engine.path, aggregates.engine.kept)
        self.source = aggregates.origin.name

    def refuse(self) -> NoReturn:
        """Say that there are no rows, and what to do."""
        raise SettingError(
            f"{self.source} holds aggregates and no rows of units, which this question needs. Load the table of units "
            "with load_units, or ask for the split, the lift, the guardrails or the verdict."
        )

    def query(self, text: str, **values: object) -> Cells:
        """Refuse."""
        self.refuse()

    def query_arrays(self, text: str, **values: object) -> NoReturn:
        """Refuse."""
        self.refuse()

    def arrow(self, text: str) -> NoReturn:
        """Refuse."""
        self.refuse()

    def run(self, text: str, **values: object) -> None:
        """Refuse."""
        self.refuse()

    def viewed(self, table: str, view: object) -> Engine:
        """Refuse."""
        self.refuse()

    def keeping(self, table: str, text: str, **values: object) -> Engine:
        """Refuse."""
        self.refuse()


def rowless(aggregates: Aggregates) -> Units:
    """Return units that have columns for the metrics and segments, and no rows.

    Raises
    ------
    SettingError
        If there are several experiments.
    """
    if len(aggregates.experiments) > 1:
        some = listed(list(aggregates.experiments), most=3)
        raise SettingError(
            f"{aggregates.origin.name} holds {len(aggregates.experiments):,} experiments ({some}). Choose one: "
            f"aggregates.of('{aggregates.experiments[0]}')."
        )
    columns = (*aggregates.metrics, *aggregates.segments)
    return Units(Rowless(aggregates), aggregates.origin, aggregates.checks, columns)


def arms(aggregates: Aggregates, control: str) -> Arms:
    """Count the units of each arm.

    Raises
    ------
    SettingError
        If no arm is called ``control``.
    TooFewError
        If there are not two arms.
    """
    cells = counted(aggregates)
    counts = {row.arm: row.units for row in cells}
    if control not in counts:
        raise SettingError(
            f"No arm is called '{control}'; the arms are {listed(list(counts)) or 'none'}.{nearest(control, counts)}"
        )
    if len(counts) < 2:
        raise TooFewError(f"Every row is of '{control}'; a comparison needs a second arm.")
    names = (control, *(arm for arm in counts if arm != control))
    return Arms(names, tuple(counts[arm] for arm in names), 0, cells.sql)


def until(aggregates: Aggregates, ends: Sequence[date]) -> list[int]:
    """Return how many units there were by the end of each day."""
    first = aggregates.period.start if aggregates.period else None
    return [sum(row.units for row in counted(aggregates.until(day))) if first and day >= first else 0 for day in ends]


def measured(aggregates: Aggregates, measure: Measure) -> Measure:
    """Name what a metric's rows hold beside it, a denominator or a covariate, where nobody did."""
    over, before = aggregates.beside.get(measure.name, (False, False))
    return replace(
        measure, over=measure.over or (OVER if over else ""), before=measure.before or (BEFORE if before else "")
    )


def read(aggregates: Aggregates, measures: Sequence[Measure], arms: Arms, by: Sequence[str] = ()) -> list[Reading]:
    """Read metrics in each arm, and in each arm of each segment.

    Parameters
    ----------
    by
        Columns whose values are segments.

    Raises
    ------
    SettingError
        If there is no such metric or segment, or a metric asks for what only rows of units can tell.
    TooFewError
        If an arm has no value.
    """
    for measure in measures:
        refuse_unknown(aggregates, measure)
    wanted = [measure.name for measure in measures]
    whole = merged(aggregates, wanted)
    texts, parts = [whole.sql], dict[str, dict[str, list[Any]]]()
    sizes = dict(zip(arms.names, arms.counts, strict=True))
    for column in by:
        place = segment(aggregates, column)
        cells = merged(aggregates, wanted, place)
        counts = {(row.part, row.arm): row.units for row in counted(aggregates, place)}
        for row in cells:
            parts.setdefault(row.metric, {}).setdefault(column, []).append((row, counts[row.part, row.arm]))
        texts.append(cells.sql)
    rows: dict[str, dict[str, Any]] = {}
    for row in whole:
        rows.setdefault(row.metric, {})[row.arm] = row
    query = "\n\n".join(texts)
    return [made(measure, rows[measure.name], parts.get(measure.name, {}), arms, sizes, query) for measure in measures]


def merged(aggregates: Aggregates, metrics: Sequence[str], place: int = 0) -> Cells:
    """Ask for metrics by arm, and by the segment column at a place counted from 1."""
    text = sql(__package__ or "", "aggregated.sql")
    return aggregates.query(text, metrics=list(metrics), running=aggregates.running, place=place)


def counted(aggregates: Aggregates, place: int = 0) -> Cells:
    """Ask for the units of each arm, and segment."""
    return aggregates.query(sql(__package__ or "", "aggregated_arms.sql"), running=aggregates.running, place=place)


def segment(aggregates: Aggregates, column: str) -> int:
    """Return the place of a segment column, counted from 1.

    Raises
    ------
    SettingError
        With the nearest name, if the rows are not parted by it.
    """
    if column not in aggregates.segments:
        there = ", ".join(aggregates.segments) or "no segment"
        raise SettingError(
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


def made(
    measure: Measure,
    rows: Mapping[str, Any],
    parts: Mapping[str, Sequence[tuple[Any, int]]],
    arms: Arms,
    sizes: Mapping[str, int],
    query: str,
) -> Reading:
    """Turn a metric's rows into its reading."""
    groups = tuple(group(measure, rows[arm], sizes[arm]) for arm in arms.names)
    for one in groups:
        if one.n == 0:
            raise TooFewError(
                f"'{measure.name}' has no value for any of the {one.units:,} units in {one.arm}; choose another metric."
            )
    zero_or_one = all(rows[arm].yes_or_no for arm in arms.names)
    amount = zero_or_one and all(one.mean == 0 for one in groups) and is_amount(measure.name, "DOUBLE")
    kind: Kind = measure.kind or ("ratio" if measure.over else "share" if zero_or_one and not amount else "mean")
    if kind == "share" and not zero_or_one:
        raise SettingError(f"'{measure.name}' is registered as a share, but holds more than 0 and 1. Make it a mean.")
    ceiling = rows[arms.control].ceiling
    if measure.cap is not None and ceiling is None:
        raise SettingError(
            f"'{measure.name}' is to be cut off at its quantile {measure.cap:g}, which cannot be done to aggregates. "
            "Cut the values off before, and give the value they are cut off at as 'ceiling'."
        )
    found: dict[str, dict[Any, tuple[Group, ...]]] = {}
    for column, cells in parts.items():
        values: dict[Any, dict[str, Group]] = {}
        for row, units in cells:
            values.setdefault(row.part, {})[row.arm] = group(measure, row, units)
        found[column] = {
            value: tuple(named[arm] for arm in arms.names if arm in named) for value, named in values.items()
        }
    return Reading(measure, kind, groups, query, found, amount=amount, ceiling=ceiling)


def group(measure: Measure, row: Any, units: int) -> Group:
    """Return how a metric reads in one arm, or in one arm of a segment."""
    if row.yes_or_no:
        least, most = float(row.mean == 1), float(row.mean is not None and row.mean > 0)
    else:
        # Ends that nobody gave are taken as 0: then no unit is said to carry a sum.
        least, most = (row.least, row.most) if row.has_ends and row.n else (0.0, 0.0)
    return Group(row.arm, units, joint(measure, row), least, most)


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
    if row.n == 0:
        return Joint(0, (0.0,) * len(k), ((0.0,) * len(k),) * len(k))
    # The skewness of the metric alone is ever asked for.
    thirds = (row.third, *(0.0 for _ in k[1:])) if row.has_third else ()
    return Joint(row.n, tuple(means), tuple(tuple(square[min(i, j)][max(i, j)] for j in k) for i in k), thirds)
