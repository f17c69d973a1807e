"""The units by the values of a column: the most frequent ones, all others together, and those nobody knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp

from pmlib.core import SettingError, TooFewError
from pmlib.core.words import many
from pmlib.engine import name, sql
from pmlib.experiments.effects.crossings import Crossing, crossing
from pmlib.experiments.effects.views import viewed
from pmlib.experiments.reading.clusters import ENDS
from pmlib.experiments.reading.columns import absent
from pmlib.experiments.reading.readings import Group, Reading, read
from pmlib.experiments.reading.rows import Rows, coded
from pmlib.experiments.trial import Source, Trial
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure

MOST = 12
"""So many segments of a column stand alone; if there are two or more beyond, they are one, "Other"."""
UNKNOWN = "unknown"
CODE = "pmlib_segment"
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
    crossing
        Where clusters have units in several segments: how the segments hang together.
    total
        All units; of clusters, those behind them.
    """

    by: str
    segments: Mapping[str, Groups]
    kinds: int
    unknown: int = 0
    crossing: Crossing | None = None
    total: int = 0

    @property
    def label(self) -> str:
        """The column's name as it is read."""
        return self.by.replace("_", " ")

    @property
    def blank(self) -> str:
        """Say how many units have no value, and that clusters lie in several segments; or nothing."""
        have = "has" if self.unknown == 1 else "have"
        said = [f"{many(self.unknown, 'unit')} of {self.total:,} {have} no {self.label}."] if self.unknown else []
        if self.crossing is not None:
            said.append(
                f"Clusters have units in several segments of {self.label}: the tests allow for it, but no effect is "
                "drawn to the common one, and the arms' mixes are not compared."
            )
        return " ".join(said)


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
    if trial.source.people is not None:
        return by_cluster(trial, trial.source.people, measure, by)
    known = {column: values(trial.source, usable(trial, column)) for column in by}
    (found,) = trial.source.read([measure], trial.arms, {column: told for column, (told, _) in known.items()})
    made: list[Parts] = []
    for column, cells in found.parts.items():
        unknown = sum(group.units for group in cells.get(None, ()))
        total = sum(group.units for groups in cells.values() for group in groups)
        made.append(Parts(column, named(cells, *known[column]), known[column][1], unknown, total=total))
    return replace(found, parts={}), made, found.query


def by_cluster(trial: Trial, people: Units, measure: Measure, by: Sequence[str]) -> tuple[Reading, list[Parts], str]:
    """Read a metric in segments of the units behind clusters: in each, a cluster counts with its units there."""
    (whole,) = read(trial.units, [measure], trial.arms)
    made, texts = list[Parts](), [whole.query]
    for column in by:
        frequent, kinds = values(Rows(people), usable(trial, column))
        coded_people, text = viewed(people, {CODE: coded(column, frequent)})
        (found,) = read(parted_clusters(coded_people, whole), [measure], trial.arms, (CODE,))
        cells = found.parts[CODE]
        names = places(frequent, kinds)
        row = coded_people.query(sql(__package__ or "", "parts_clusters.sql"), arms=list(trial.arms.names)).one()
        parts = Parts(column, named(cells, frequent, kinds), kinds, row.unknown, total=row.units)
        if row.crossed:
            where = {label: lies(code) for code, label in names.items() if label in parts.segments}
            parts = replace(parts, crossing=crossing(coded_people, whole, parts.segments, where))
        texts += [text, found.query, *([parts.crossing.query] if parts.crossing else [])]
        made.append(parts)
    return whole, made, "\n\n".join(texts)


def parted_clusters(people: Units, reading: Reading) -> Units:
    """Return one row a cluster and segment, with the sums of its units there."""
    used = [one for one in people.columns if one in {reading.measure.name + end for end in ENDS}]
    picks = [exp.alias_(exp.Sum(this=exp.column(name(one))), name(one)) for one in used]
    keys = [exp.column(one) for one in ("arm", "unit", CODE)]
    engine = people.engine.viewed("units", lambda base: exp.select(*keys, *picks).from_(base).group_by(*keys))
    return replace(people, engine=engine, columns=(CODE, *used))


def lies(code: int | None) -> exp.Expr:
    """Return the condition that a unit lies in the segment of a number."""
    column = exp.column(CODE)
    return absent(column) if code is None else exp.EQ(this=column, expression=exp.Literal.number(code))


def usable(trial: Trial, column: str) -> str:
    """Return a column that can part the units: one that was known before they were exposed."""
    if any(column in (one.name, one.over) for one in trial.registration.measures):
        raise SettingError(
            f"'{column}' is measured after the exposure, so the change may move units from one segment to another. "
            "Choose a column that was known before, such as the platform."
        )
    return column


def values(source: Source, column: str) -> tuple[list[str], int]:
    """Return the values of a column that stand alone, the most frequent first, and how many it has."""
    found, kinds = source.frequent(column, MOST + 1)
    if not found:
        raise TooFewError(f"'{column}' has no value for any unit, so it parts nothing. Choose another column.")
    # "Other" of a single value would only hide its name.
    return found if kinds <= MOST + 1 else found[:MOST], kinds


def named(found: Mapping[Any, Sequence[Group]], frequent: Sequence[str], kinds: int) -> dict[str, Groups]:
    """Give the segments their names, in order."""
    return {
        label: {group.arm: group for group in found[code]}
        for code, label in places(frequent, kinds).items()
        if code in found
    }


def places(frequent: Sequence[str], kinds: int) -> dict[int | None, str]:
    """Return the name of each segment by its number; a value that is itself called so keeps the name."""
    taken = {value.casefold() for value in frequent}
    rest = "Other" if "other" not in taken else f"all {kinds - len(frequent):,} others"
    codes = [*range(len(frequent) + 1), None]
    return dict(zip(codes, [*frequent, rest, UNKNOWN if UNKNOWN not in taken else "no value"], strict=True))
