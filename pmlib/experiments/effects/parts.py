"""The units by the values of a column: the most frequent ones, all others together, and those nobody knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp

from pmlib.core import SettingError, TooFewError, nearest
from pmlib.core.words import many
from pmlib.engine import name, place, sql
from pmlib.experiments.effects.views import viewed
from pmlib.experiments.reading.columns import present
from pmlib.experiments.reading.readings import Group, Reading, read
from pmlib.experiments.trial import Trial
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure

MOST = 12
"""So many segments of a column stand alone; if there are two or more beyond, they are one, "Other"."""
UNKNOWN = "unknown"
Groups = Mapping[str, Group]
"""How a metric reads in one segment, by arm; an arm without units there is missing."""


@dataclass(frozen=True)
class Parts:
    """The units by the values of one column.

    Parameters
    ----------
    by
        The column.
    segments
        By name, the most frequent first, then "Other", then the unknown.
    kinds
        How many values the column has.
    unknown
        Units without a value.
    """

    by: str
    segments: Mapping[str, Groups]
    kinds: int
    unknown: int = 0

    @property
    def label(self) -> str:
        """The column's name as it is read."""
        return self.by.replace("_", " ")

    @property
    def blank(self) -> str:
        """Say how many units have no value, or nothing."""
        total = sum(group.units for groups in self.segments.values() for group in groups.values())
        have = "has" if self.unknown == 1 else "have"
        return f"{many(self.unknown, 'unit')} of {total:,} {have} no {self.label}." if self.unknown else ""


def parted(trial: Trial, measure: Measure, by: Sequence[str]) -> tuple[Reading, list[Parts], str]:
    """Read a metric in the segments of some columns, all in one pass.

    Returns
    -------
    Reading
        The metric over all units.
    list of Parts
        One a column.
    str
        The queries that ran.

    Raises
    ------
    SettingError
        If there is no such column, or it is measured after the exposure.
    TooFewError
        If a column has no value, or the metric is a quantile.
    """
    if measure.kind == "quantile":
        raise TooFewError(f"'{measure.name}' is a quantile; segments are read of shares, means and ratios.")
    known = {column: values(trial.units, usable(trial, column)) for column in by}
    codes = {f"pmlib_segment_{at}": coded(column, known[column][0]) for at, column in enumerate(by)}
    units, text = viewed(trial.units, codes)
    (found,) = read(units, [measure], trial.arms, tuple(codes))
    made: list[Parts] = []
    for code, column in zip(codes, by, strict=True):
        cells = found.parts[code]
        unknown = sum(group.units for group in cells.get(None, ()))
        made.append(Parts(column, named(cells, *known[column]), known[column][1], unknown))
    return replace(found, parts={}), made, f"{text}\n\n{found.query}"


def usable(trial: Trial, column: str) -> str:
    """Return a column that can part the units: one they have, that was known before they were exposed."""
    others = [other for other in trial.units.columns if other not in ("unit", "arm")]
    if column not in others:
        raise SettingError(
            f"The units have no column '{column}'; they have {', '.join(others) or 'no further column'}."
            f"{nearest(column, others)}"
        )
    if any(column in (one.name, one.over) for one in trial.registration.measures):
        raise SettingError(
            f"'{column}' is measured after the exposure, so the change may move units from one segment to another. "
            "Choose a column that was known before, such as the platform."
        )
    return column


def values(units: Units, column: str) -> tuple[list[str], int]:
    """Return the most frequent values of a column, and how many it has."""
    text = place(sql(__package__ or "", "segments.sql"), the_column=exp.column(name(column)))
    rows = units.query(text, most=MOST + 1).rows
    if not rows:
        raise TooFewError(f"'{column}' has no value for any unit, so it parts nothing. Choose another column.")
    kinds = rows[0].kinds
    # "Other" of a single value would only hide its name.
    return [row.value for row in (rows if kinds <= MOST + 1 else rows[:MOST])], kinds


def coded(column: str, frequent: Sequence[str]) -> exp.Expr:
    """Return the number of a unit's segment: its place among the frequent, or the one after; ``NULL`` if unknown."""
    text = exp.func("trim", exp.cast(exp.column(name(column)), "VARCHAR"))
    held = exp.func("nullif", text, exp.Literal.string(""))
    places = [exp.If(this=exp.Literal.string(value), true=exp.Literal.number(at)) for at, value in enumerate(frequent)]
    code = exp.Case(this=held.copy(), ifs=places, default=exp.Literal.number(len(frequent)))
    return exp.Case(ifs=[exp.If(this=present(held), true=code)])


def named(found: Mapping[Any, Sequence[Group]], frequent: Sequence[str], kinds: int) -> dict[str, Groups]:
    """Give the segments their names, in order; a value that is itself called so keeps the name."""
    taken = {value.casefold() for value in frequent}
    rest = "Other" if "other" not in taken else f"all {kinds - len(frequent):,} others"
    codes = [*range(len(frequent) + 1), None]
    names = [*frequent, rest, UNKNOWN if UNKNOWN not in taken else "no value"]
    return {
        label: {group.arm: group for group in found[code]}
        for code, label in zip(codes, names, strict=True)
        if code in found
    }
