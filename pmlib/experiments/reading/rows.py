"""An experiment in rows of its units: what it tells as its aggregates do, so that questions ask both alike."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from sqlglot import exp

from pmlib.core import Check, Period, TooFewError
from pmlib.core.periods import day_text
from pmlib.experiments.reading.arms import Arms, arms
from pmlib.experiments.reading.clusters import clustered
from pmlib.experiments.reading.days import day_column, day_of, days, until
from pmlib.experiments.reading.readings import Reading, read
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure, Registration


@dataclass(frozen=True)
class Rows:
    """An experiment in rows of its units."""

    units: Units

    @cached_property
    def day(self) -> str | None:
        """The first column that holds a day for each unit."""
        return day_column(self.units)

    @cached_property
    def period(self) -> Period | None:
        """The first and last day of its units, where a column tells."""
        return None if self.day is None else days(self.units, self.day)

    def cut(self, last: date) -> "Rows":
        """Return the units taken in up to the end of a day; their values are those they have now.

        Raises
        ------
        TooFewError
            If the first came later.
        """
        if self.day is None or self.period is None or self.period.end <= last:
            return self
        if self.period.start > last:
            raise TooFewError(
                f"The first unit was taken in on {day_text(self.period.start, year=True)}, after "
                f"{day_text(last, year=True)}. Read it at a later day."
            )
        shown = day_of(self.day) <= exp.cast(exp.Literal.string(last.isoformat()), "DATE")
        words = (
            f"It is read up to {day_text(last, year=True)}: who came later, up to "
            f"{day_text(self.period.end, year=True)}, is left out; what the others did is what the table says now, not "
            "what it said then."
        )
        checks = (*self.units.checks, Check(False, words))
        return Rows(replace(self.units, engine=self.units.engine.narrowed("units", shown), checks=checks))

    def arms(self, control: str) -> Arms:
        """Count the units of each arm."""
        return arms(self.units, control)

    def until(self, ends: Sequence[date]) -> list[int]:
        """Return how many units there were by the end of each day; none where no column tells."""
        return until(self.units, self.day, ends) if self.day and ends else []

    def completed(self, measure: Measure) -> Measure:
        """Return the metric: its columns are told by what they are called."""
        return measure

    def clustered(self, plan: Registration) -> tuple["Rows", Registration]:
        """Return one row a cluster, and the plan with each metric as the ratio it becomes."""
        units, plan = clustered(self.units, plan, quantiles=True)
        return Rows(units), plan

    def read(self, measures: Sequence[Measure], arms: Arms) -> list[Reading]:
        """Read metrics in each arm."""
        return read(self.units, measures, arms)
