"""A metric as it stood at the end of each day: the units taken in by then, with the values they have now."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from pmlib.core import TooFewError
from pmlib.experiments.effects.views import viewed
from pmlib.experiments.reading.days import day_of
from pmlib.experiments.reading.readings import Group, Reading, read
from pmlib.experiments.trial import Trial
from pmlib.sources.registrations import Measure

DAY = "pmlib_day"


@dataclass(frozen=True)
class Stand:
    """A metric at the end of a day.

    Parameters
    ----------
    units
        Units taken in by then in all arms, with a value or without; of clusters the units behind them.
    least
        Units with a value in the arm that has fewest.
    """

    day: date
    units: int
    least: int
    reading: Reading

    @property
    def n(self) -> int:
        """Units with a value in all arms."""
        return sum(group.n for group in self.reading.groups)


def intake(trial: Trial, measure: Measure) -> tuple[list[Stand], str]:
    """Return how a metric stood at the end of each day, all from one pass, and the query that ran.

    Raises
    ------
    TooFewError
        If no column tells when units were taken in, or the metric is a quantile.
    """
    if measure.kind == "quantile":
        raise TooFewError(f"'{measure.name}' is a quantile, which days do not add up to. Choose a share or a mean.")
    if trial.day is None:
        raise TooFewError(
            "No column says on which day each unit was taken in, so nothing is known of the course. Add one such as "
            "exposed_on."
        )
    units, text = viewed(trial.units, {DAY: day_of(trial.day)})
    (found,) = read(units, [measure], trial.arms, (DAY,))
    plain = replace(found, parts={})
    so_far: dict[str, Group] = {}
    stands: list[Stand] = []
    for day, groups in sorted(found.parts[DAY].items()):
        so_far = grown(so_far, groups)
        whole = tuple(so_far.get(arm, none_of(arm, found)) for arm in trial.arms.names)
        least = min(group.n for group in whole)
        stands.append(Stand(day, sum(group.units for group in whole), least, replace(plain, groups=whole)))
    return of_members(trial, stands), f"{text}\n\n{found.query}"


def of_members(trial: Trial, stands: list[Stand]) -> list[Stand]:
    """Count the units behind clusters, which are what a plan names, where clusters were put into arms."""
    past = trial.source.until([one.day for one in stands], trial.arms, []) if trial.registration.cluster else None
    if past is None:
        return stands
    # Units of clusters that were there already come after the last cluster did.
    counts = (*past.units[:-1], trial.arms.total)
    return [replace(one, units=units) for one, units in zip(stands, counts, strict=True)]


def grown(so_far: Mapping[str, Group], more: tuple[Group, ...]) -> dict[str, Group]:
    """Add a day's units to those of the days before."""
    made = dict(so_far)
    for group in more:
        before = made.get(group.arm)
        made[group.arm] = group if before is None else together(before, group)
    return made


def together(one: Group, other: Group) -> Group:
    """Return two groups of an arm that share no unit as one."""
    units = one.units + other.units
    if not (one.n and other.n):
        return replace(one if one.n else other, units=units)
    least, most = min(one.least, other.least), max(one.most, other.most)
    return Group(one.arm, units, one.joint.merged(other.joint), least, most)


def none_of(arm: str, reading: Reading) -> Group:
    """Return an arm before its first unit."""
    joint = reading.groups[0].joint
    empty = replace(joint, n=0)
    return Group(arm, 0, empty, 0.0, 0.0)
