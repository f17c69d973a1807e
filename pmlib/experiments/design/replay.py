"""A test replayed on a team's own history: how many units, with which mean and spread, after so many weeks."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

from pmlib.core import InputError, SettingError, TooFewError, Weeks
from pmlib.core.periods import day_text
from pmlib.engine import Cells, place, sql
from pmlib.experiments.design.columns import named, written
from pmlib.experiments.design.quantities import ACTIVATED, AGE, Quantity
from pmlib.experiments.exposure.moments import time_column
from pmlib.experiments.exposure.sightings import happening
from pmlib.experiments.exposure.spans import microseconds, midnight
from pmlib.sources.contract import Events, Units
from pmlib.stats.trials.joint import Joint

WEEK = 7
LONGEST = 26
"""Weeks a test may be planned for at most."""
STRETCHES = 4
"""So many tests of each length are replayed, one before the other, where history is long enough."""


@dataclass(frozen=True)
class Window:
    """A test of so many weeks that would have ended in the past.

    Parameters
    ----------
    stretch
        0 for the one that ends with the last complete week, 1 for the one before, and so on.
    units
        Units it would have taken in.
    joints
        What they did, by the name of the measure.
    looking
        The measures whose covariate's days lie within history.
    """

    weeks: int
    stretch: int
    units: int
    joints: Mapping[str, Joint]
    looking: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Replay:
    """Tests of each length, replayed.

    Parameters
    ----------
    last
        The last day of history that counts; ``None`` where there is no history.
    history
        The complete weeks there are.
    """

    windows: tuple[Window, ...]
    quantities: tuple[Quantity, ...]
    last: date | None
    history: int
    query: str

    @property
    def lengths(self) -> tuple[int, ...]:
        """The weeks of the tests that end with the last complete week."""
        return tuple(one.weeks for one in self.windows if one.stretch == 0)

    def of(self, weeks: int) -> list[Window]:
        """Return the tests of so many weeks, the last first."""
        return [one for one in self.windows if one.weeks == weeks]


def of_history(
    events: Events, quantities: Sequence[Quantity], *, entering: str, activation: str = "", weeks: int = 8
) -> Replay:
    """Replay tests on events: the units first seen within each, and what they did from then to its end.

    Parameters
    ----------
    entering
        The event by which a unit is seen, with a condition if need be; ``""`` for any event.
    activation
        The event that a unit must do after it was first seen to count; ``""`` for none.

    Raises
    ------
    SettingError
        If an event is not known, or the weeks are out of range.
    TooFewError
        If not one week is complete, or no unit was seen.
    """
    most, first = longest(weeks), events.first_day()
    last, history = counted(first, events.as_of, events.weeks)
    used = min(history, STRETCHES * most)
    since = last - timedelta(days=WEEK * used - 1)
    back = max((one.measure.lookback or 0.0 for one in quantities), default=0.0)
    ends = [last - timedelta(days=WEEK * most * at) for at in range(STRETCHES)]
    parts = tailed(quantities)
    parts["counted"] = [
        exp.alias_(pick, one.made.column(at)) for one in quantities for at, pick in enumerate(one.made.picks)
    ]
    if activation:
        parts["counted"].append(exp.alias_(done(events, activation), ACTIVATED))
    pieces = {"entering": happening(events, entering, "exposure") if entering else exp.true()}
    cells = events.query(
        written(sql(__package__ or "", "replay.sql"), parts, pieces),
        last=last,
        first=since,
        earliest=since - timedelta(days=math.ceil(back) + 1),
        most=most,
        history=used,
        reach=math.ceil(back / (WEEK * most)),
        closes=[microseconds(midnight(end + timedelta(days=1), events.timezone)) for end in ends],
    )

    def looking(one: Quantity, weeks: int, stretch: int) -> bool:
        start = ends[stretch] - timedelta(days=WEEK * weeks - 1)
        return one.covariate and start - timedelta(days=one.measure.lookback or 0.0) >= first

    return read(cells, quantities, last, history, looking)


def of_arrivals(units: Units, quantities: Sequence[Quantity], *, at: str = "", weeks: int = 8) -> Replay:
    """Replay tests on a table of units: those that arrived within each, with what they are worth in the end.

    Parameters
    ----------
    at
        The column of the day on which a unit arrived; by default it is found by its name.

    Raises
    ------
    InputError
        If no column tells the day.
    SettingError
        If the weeks are out of range.
    TooFewError
        If the units did not arrive over a week or more.
    """
    most, column = longest(weeks), time_column(units, at)
    if not column:
        raise InputError(
            f"{units.origin.name} has no column of the day a unit arrived (expected one such as exposed_at); it has "
            f"{', '.join(units.columns) or 'no further column'}. Name it: at='…'."
        )
    arrived = named(column)
    span = units.query(place(sql(__package__ or "", "arrived.sql"), arrived=arrived)).one()
    if span.first is None:
        raise InputError(f"'{column}' of {units.origin.name} holds no day such as 2026-03-02. Name another: at='…'.")
    last, history = counted(span.first, span.last, None)
    used = min(history, STRETCHES * most)
    cells = units.query(
        written(sql(__package__ or "", "arrivals.sql"), tailed(quantities, given=True), {"arrived": arrived}),
        last=last,
        first=last - timedelta(days=WEEK * used - 1),
        most=most,
        history=used,
    )
    return read(cells, quantities, last, history, lambda one, weeks, stretch: one.covariate)


def longest(weeks: int) -> int:
    """Return the weeks of the longest test."""
    if not 1 <= weeks <= LONGEST:
        raise SettingError(f"weeks is {weeks}; plan for 1 to {LONGEST} weeks at most.")
    return weeks


def counted(first: date, last: date, weeks: Weeks | None) -> tuple[date, int]:
    """Return the last day that counts and how many whole weeks end with it; without a calendar any seven days are one.

    Raises
    ------
    TooFewError
        If there is not one whole week.
    """
    end = weeks.last_complete(last).end if weeks else last
    history = ((end - first).days + 1) // WEEK
    if history < 1:
        raise TooFewError(
            f"History runs from {day_text(first, year=True)} to {day_text(last, year=True)} and holds no whole week. "
            "Load at least one, better a few months."
        )
    return end, history


def tailed(quantities: Sequence[Quantity], *, given: bool = False) -> dict[str, list[exp.Expr]]:
    """Return what is selected of each unit, where it is cut off, and what is summed.

    Parameters
    ----------
    given
        Whether the quantities are columns of the table themselves.
    """
    made = [one.made for one in quantities]
    sources = [one.picks if given else [exp.column(one.column(at)) for at in range(len(one.picks))] for one in made]
    return {
        "valued": [value for one, source in zip(made, sources, strict=True) for value in one.values(source)],
        "limits": [limit for one in made for limit in one.limits()],
        "cut": [value for one in made for value in one.cut()],
        "": [total for one in made for total in one.sums()],
    }


def done(events: Events, activation: str) -> exp.Expr:
    """Return whether a unit did an event after it was first seen."""
    after = exp.GTE(this=exp.column(AGE), expression=exp.Literal.number(0))
    return exp.func("bool_or", exp.and_(happening(events, activation, "activation"), after), dialect="duckdb")


def read(
    cells: Cells,
    quantities: Sequence[Quantity],
    last: date,
    history: int,
    looking: Callable[[Quantity, int, int], bool],
) -> Replay:
    """Read the cells of a replay, the last stretch first."""
    windows = tuple(
        Window(
            int(row.pmlib_weeks),
            int(row.pmlib_stretch),
            int(row.units),
            {one.measure.name: one.made.joint(row) for one in quantities},
            frozenset(
                one.measure.name for one in quantities if looking(one, int(row.pmlib_weeks), int(row.pmlib_stretch))
            ),
        )
        for row in cells
    )
    if not any(one.stretch == 0 for one in windows):
        raise TooFewError(f"No unit was seen in the weeks to {day_text(last, year=True)}. Name another event as start.")
    return Replay(windows, tuple(quantities), last, history, cells.sql)
