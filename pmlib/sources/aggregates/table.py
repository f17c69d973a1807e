"""The table of aggregates: what the rooms may count on."""

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from sqlglot import exp

from pmlib.core import Check, Ledger, Origin, Period, SettingError, nearest
from pmlib.core.words import listed, many
from pmlib.engine import Cells, Engine, sql


@dataclass(frozen=True, eq=False)
class Aggregates:
    """Counts, means and variances of metrics by arm, where no rows of units are at hand.

    The engine holds ``aggregates``: ``experiment``, ``metric`` and ``arm`` (VARCHAR), ``instant`` (DOUBLE, days, rising
    with time), ``day`` (DATE, local), ``parts`` (VARCHAR[], the value of each segment column), ``n`` and ``units``
    (BIGINT; units with a value, and in the arm), ``mean``, ``variance``, ``third``, ``least``, ``most``, ``ceiling``,
    and means, variances and covariances of what a ratio is divided by (``over_...``) and of what was measured before
    (``before_...``); a number nobody gave is ``NULL``. ``yes_or_no`` says that each unit has 0 or 1. Beside it,
    ``taken`` (``experiment``, ``why``, ``rows``) tells how many rows were kept, or set aside and why.

    Parameters
    ----------
    segments
        The columns by which units are parted, in the order of ``parts``.
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
        return tuple(self.beside)

    @cached_property
    def beside(self) -> dict[str, tuple[bool, bool]]:
        """Whether a metric's rows hold what it is divided by, and what was measured before."""
        return {row.metric: (row.over, row.before) for row in self.query(sql(__package__ or "", "beside.sql"))}

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
        if len(self.experiments) == 1:
            return self
        where = exp.column("experiment").eq(exp.Literal.string(experiment))
        engine = self.engine.narrowed("taken", where).narrowed("aggregates", where)
        ledger = ledger_of(engine)
        origin = replace(self.origin, name=f"{self.origin.name}, experiment {experiment}", ledger=ledger)
        found = checks(engine, ledger, running=self.running)
        return replace(self, engine=engine, origin=origin, checks=found, experiments=(experiment,))

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


def ledger_of(engine: Engine) -> Ledger:
    """Count the rows of the source by why they were set aside."""
    rows = engine.query("SELECT why, CAST(sum(rows) AS BIGINT) AS rows FROM taken GROUP BY why ORDER BY why").rows
    dropped = {row.why: row.rows for row in rows if row.why}
    kept = sum(row.rows for row in rows if not row.why)
    return Ledger(kept + sum(dropped.values()), kept, dropped)


def checks(engine: Engine, ledger: Ledger, *, running: bool) -> tuple[Check, ...]:
    """Look at what a reader may doubt: rows set aside, and running totals that fall."""
    why = listed([f"{count:,} with {reason}" for reason, count in ledger.dropped.items()])
    said = f"{ledger.aside:,} of {ledger.read:,} rows of aggregates were set aside"
    made = [Check(not ledger.aside, f"{said} ({why})." if why else f"{said}.")]
    if running:
        falls = engine.query(sql(__package__ or "", "falls.sql")).one().falls
        text = f"Counts fall from one time to the next in {many(falls, 'place')}, though rows are running totals."
        made.append(Check(not falls, text))
    return tuple(made)
