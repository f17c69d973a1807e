"""The effect put together from parts of the units that were known before: what an uneven mix does is taken out."""

import math
from collections.abc import Sequence

from pmlib.core import TooFewError
from pmlib.experiments.effects.parts import Parts, parted
from pmlib.experiments.effects.readouts import Readout, otherwise
from pmlib.experiments.reading.methods import Judged
from pmlib.experiments.reading.readings import Group, Reading
from pmlib.experiments.trial import Trial
from pmlib.stats import Moments
from pmlib.stats.trials.poststrat import post_stratified

NOBODY = Moments(0, 0.0, 0.0)


def stratified(trial: Trial, reading: Reading, arm: str) -> tuple[list[Readout], str]:
    """Judge one arm within the segments of each registered column, put together again.

    Returns
    -------
    list of Readout
        One a column; none for a ratio or quantile, which do not add up over segments.
    str
        The queries that ran, ``""`` for none.
    """
    measured = {name for one in trial.registration.measures for name in (one.name, one.over)}
    columns = [one for one in trial.registration.segments if one in trial.units.columns and one not in measured]
    if reading.kind not in {"share", "mean"} or not columns:
        return [], ""
    try:
        whole, parts, query = parted(trial, reading.measure, columns)
    except TooFewError:
        return [], ""
    return [within(trial, whole, arm, part) for part in parts if len(part.segments) > 1], query


def within(trial: Trial, reading: Reading, arm: str, parts: Parts) -> Readout:
    """Judge one arm within the segments of one column."""

    def judge(group: Group, base: Group, level: float) -> Judged:
        groups, bases = (
            [moments(reading, cells.get(one.arm)) for cells in parts.segments.values()] for one in (group, base)
        )
        found = post_stratified(groups, bases, unit=reading.gap, level=level)
        return Judged(found.difference, found.lift)

    about, words = f"the mix by {parts.label}", f"within each {parts.label} (post-stratified)"
    return otherwise(trial, reading, arm, about, words, judge)


def moments(reading: Reading, group: Group | None) -> Moments:
    """Return the mean of a segment's arm, adjusted by the time before as those of all units are."""
    if group is None or not group.n:
        return NOBODY
    if reading.cuped is None:
        return group.moments
    theta = reading.cuped.theta
    left = group.joint.linear([1.0, *(-one for one in theta)])
    off = math.fsum(one * there for one, there in zip(theta, centre(reading.groups), strict=True))
    return Moments(left.n, left.mean + off, left.variance)


def centre(groups: Sequence[Group]) -> list[float]:
    """Return the means of what was measured before, over all arms."""
    total = sum(group.n for group in groups)
    columns = range(1, groups[0].joint.k)
    return [math.fsum(group.n * group.joint.means[at] for group in groups) / total for at in columns]
