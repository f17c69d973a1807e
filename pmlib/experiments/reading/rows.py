"""An experiment in rows of its units: what it tells as its aggregates do, so that questions ask both alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import ClassVar

from sqlglot import exp

from pmlib.core import Check, Period, SettingError, TooFewError, nearest
from pmlib.core.periods import day_text
from pmlib.engine import Cells, name, place, sql
from pmlib.experiments.effects.views import viewed
from pmlib.experiments.reading.arms import Arms, arms
from pmlib.experiments.reading.clusters import clustered, members
from pmlib.experiments.reading.columns import present
from pmlib.experiments.reading.days import Past, day_column, day_of, days, until
from pmlib.experiments.reading.readings import Reading, read
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure, Registration


@dataclass(frozen=True)
class Rows:
    """An experiment in rows of its units.

    Parameters
    ----------
    people
        The units behind clusters, where a row is one of these; ``None`` where it is a unit.
    """

    units: Units
    people: Units | None = None
    has_rows: ClassVar[bool] = True

    @cached_property
    def day(self) -> str | None:
        """The first column that holds a day for each unit."""
        return day_column(self.units)

    @cached_property
    def period(self) -> Period | None:
        """The first and last day of its units, where a column tells."""
        return None if self.day is None else days(self.people or self.units, self.day)

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
                f"{day_text(last, year=True)}. Read it at a later day; where the plan ends before it, are plans "
                "swapped?"
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
        """Count the units of each arm, or the clusters with the units behind them."""
        found = arms(self.units, control)
        return found if self.people is None else replace(found, members=arms(self.people, control).counts)

    def until(self, ends: Sequence[date], arms: Arms, measures: Sequence[Measure]) -> Past | None:
        """Return how many units there were by the end of each day, and with a value; ``None`` where no column tells.

        Of a cluster nobody can tell when it has its value, as its units come on many days, nor of a window that runs
        from another event than the exposure.
        """
        told = [one for one in measures if not one.since and one.name in self.units.columns and self.people is None]
        return until(self.people or self.units, self.day, ends, arms.names, told) if self.day else None

    def completed(self, measure: Measure) -> Measure:
        """Return the metric: its columns are told by what they are called."""
        return measure

    def clustered(self, plan: Registration) -> tuple["Rows", Registration]:
        """Return one row a cluster, and the plan with each metric as the ratio it becomes."""
        units, plan = clustered(self.units, plan, quantiles=True)
        return Rows(units, members(units)), plan

    def read(
        self, measures: Sequence[Measure], arms: Arms, by: Mapping[str, Sequence[str]] | None = None
    ) -> list[Reading]:
        """Read metrics in each arm, and in each arm of each segment, all in one pass.

        Parameters
        ----------
        by
            Columns whose values are segments, each with the values that are told apart. A segment's key is the place
            of its value among them; the place after the last is all others, ``None`` is those nobody knows.
        """
        if not by:
            return read(self.units, measures, arms)
        codes = {f"pmlib_segment_{at}": column for at, column in enumerate(by)}
        units, text = viewed(self.units, {code: coded(column, by[column]) for code, column in codes.items()})
        return [
            replace(
                one,
                parts={column: one.parts[code] for code, column in codes.items()},
                query=f"{text}\n\n{one.query}",
            )
            for one in read(units, measures, arms, tuple(codes))
        ]

    def counted(self, column: str) -> Cells:
        """Count the units of each value of a column, which comes first, by ``arm``: ``units``."""
        return self.units.query(place(sql(__package__ or "", "segments.sql"), the_segment=exp.column(name(column))))

    def frequent(self, column: str, most: int) -> tuple[list[str], int]:
        """Return the values of a column that most units have, and how many values it has.

        Raises
        ------
        SettingError
            If there is no such column.
        """
        others = [other for other in self.units.columns if other not in ("unit", "arm")]
        if column not in others:
            raise SettingError(
                f"The units have no column '{column}'; they have {', '.join(others) or 'no further column'}."
                f"{nearest(column, others)}"
            )
        text = place(sql(__package__ or "", "frequent.sql"), the_column=exp.column(name(column)))
        rows = self.units.query(text, most=most).rows
        return [row.value for row in rows], rows[0].kinds if rows else 0


def coded(column: str, told: Sequence[str]) -> exp.Expr:
    """Return the number of a unit's segment: its place among some values, or the one after; ``NULL`` if unknown."""
    text = exp.func("trim", exp.cast(exp.column(name(column)), "VARCHAR"))
    held = exp.func("nullif", text, exp.Literal.string(""))
    places = [exp.If(this=exp.Literal.string(value), true=exp.Literal.number(at)) for at, value in enumerate(told)]
    code = exp.Case(this=held.copy(), ifs=places, default=exp.Literal.number(len(told)))
    return exp.Case(ifs=[exp.If(this=present(held), true=code)])
