"""The table of aggregates: what the rooms may count on."""

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from sqlglot import exp

from pmlib.core import Check, Origin, Period, SettingError, nearest
from pmlib.core.words import listed
from pmlib.engine import Cells, Engine


@dataclass(frozen=True, eq=False)
class Aggregates:
    """Counts, means and variances of metrics by arm, where no rows of units are at hand.

    The engine holds ``aggregates``: ``experiment``, ``metric`` and ``arm`` (VARCHAR), ``at`` (DOUBLE, days, rising with
    time), ``day`` (DATE, local), ``by_0``, ``by_1``, ... (VARCHAR) the segments, ``n`` and ``units`` (BIGINT; units with
    a value, and in the arm), ``mean``, ``variance``, ``third``, ``least``, ``most``, ``ceiling``, and means, variances and
    covariances of what a ratio is divided by (``over_...``) and of what was measured before (``before_...``); a number
    nobody gave is ``NULL``. ``yes_or_no`` says that each unit has 0 or 1.

    Parameters
    ----------
    segments
        The columns by which units are parted, in the order of ``by_0``, ``by_1``, ...
    running
        Whether a row counts all units up to its time; else each unit is in one row of a metric.
    experiments
        The experiments it holds; () where no column names them.
    """

    engine: Engine
    origin: Origin
    checks: tuple[Check, ...] = ()
    segments: tuple[str, ...] = ()
    running: bool = False
    experiments: tuple[str, ...] = ()

    def query(self, text: str, **values: object) -> Cells:
        """Run a query over ``aggregates``."""
        return self.engine.query(text, **values)

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """The metrics it holds, by name."""
        return tuple(self.query("SELECT DISTINCT metric FROM aggregates ORDER BY metric").column("metric"))

    @cached_property
    def period(self) -> Period | None:
        """Its first and last day, where each row has one."""
        ends = "SELECT min(day) AS first, max(day) AS last, count(*) = count(day) AS whole FROM aggregates"
        row = self.query(ends).one()
        return Period(row.first, row.last) if row.whole and row.first is not None else None

    def of(self, experiment: str) -> "Aggregates":
        """Return those of one experiment.

        Raises
        ------
        SettingError
            With the nearest name, if there is no such experiment.
        """
        if experiment not in self.experiments:
            there = listed(list(self.experiments), most=12) or "no column that names experiments"
            raise SettingError(
                f"{self.origin.name} has no experiment '{experiment}'; it has {there}."
                f"{nearest(experiment, self.experiments)}"
            )
        where = exp.column("experiment").eq(exp.Literal.string(experiment))
        origin = replace(self.origin, name=f"{self.origin.name}, experiment {experiment}")
        return replace(
            self, engine=self.engine.narrowed("aggregates", where), origin=origin, experiments=(experiment,)
        )

    def until(self, day: date) -> "Aggregates":
        """Return what was known at the end of a day.

        Raises
        ------
        SettingError
            If there is no row up to then, or rows have no days.
        """
        if self.period is None:
            raise SettingError(
                f"The rows of {self.origin.name} have no days. Name the column that holds them, columns={{'day': …}}; "
                "where it counts days, give the first: start=date(2026, 1, 26)."
            )
        if day < self.period.start:
            raise SettingError(f"{self.origin.name} begins on {self.period.start}; there is nothing up to {day}.")
        where = exp.column("day") <= exp.cast(exp.Literal.string(day.isoformat()), "DATE")
        return replace(self, engine=self.engine.narrowed("aggregates", where))
