"""Clusters whose units lie in several segments: what the segments' effects then have in common."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from pmlib.engine import name
from pmlib.experiments.exposure.recipes import BEFORE, OVER
from pmlib.experiments.reading.columns import number, present
from pmlib.experiments.reading.readings import Group, Reading
from pmlib.experiments.reading.sums import EVERYBODY, Asked, summed
from pmlib.sources.contract import Units
from pmlib.stats import Moments
from pmlib.stats.trials.joint import Joint
from pmlib.stats.trials.ratios import divides

Segments = Mapping[str, Mapping[str, Group]]
"""How a metric reads in each segment, by arm."""


@dataclass(frozen=True)
class Crossing:
    """What clusters that lie in several segments add to each, for the segments that have units of each arm.

    Parameters
    ----------
    inside
        By arm, a column a segment: the metric there, and how the segments hang together.
    beyond
        By arm, one a segment: the metric there less that of all other units.
    """

    labels: tuple[str, ...]
    inside: Mapping[str, Joint]
    beyond: Mapping[str, Sequence[Moments]]
    query: str


@dataclass(frozen=True)
class Side:
    """A metric among some units of one arm, and what each of them adds to its linear part.

    Parameters
    ----------
    weights
        Of the metric's values, of what they are divided by, and of the same before.
    """

    value: float
    weights: tuple[float, ...]


def crossing(people: Units, reading: Reading, segments: Segments, where: Mapping[str, exp.Expr]) -> Crossing | None:
    """Return what clusters add to each segment.

    Parameters
    ----------
    people
        The units behind the clusters, one row each.
    reading
        The metric over all clusters.
    segments
        The metric in each segment, a row a cluster there.
    where
        The condition that a unit lies in a segment.

    Returns
    -------
    Crossing or None
        ``None`` where fewer than two segments have units of each arm.
    """
    arms = [group.arm for group in reading.groups]
    labels = [one for one, groups in segments.items() if all(arm in groups and valued(groups[arm]) for arm in arms)]
    if len(labels) < 2:
        return None
    own: list[Mapping[str, Side]] = []
    rest: list[Mapping[str, Side]] = []
    for label in labels:
        joints = {arm: (segments[label][arm].joint, others(segments, label, arm)) for arm in arms}
        # Adjusted in all arms or in none: else their levels would not compare.
        past = has_past(reading, [joint for both in joints.values() for joint in both])
        for at, sides in enumerate((own, rest)):
            sides.append({one.arm: side(reading, joints[one.arm][at], one.n, past) for one in reading.groups})
    values = [adding(reading, where[label], here, None) for label, here in zip(labels, own, strict=True)]
    values += [adding(reading, where[label], *both) for label, *both in zip(labels, own, rest, strict=True)]
    k, columns = len(labels), [exp.column(f"v{at}") for at in range(2 * len(labels))]
    asked = [Asked((*columns[:k],), (0.0,) * k, k, True), *(Asked((one,), (0.0,), 1, True) for one in columns[k:])]
    (inside, *beyond), query = summed(gathered(people, reading, values), asked)
    joints = {arm: inside[EVERYBODY, None, arm].joint for arm in arms}
    levels = {arm: tuple(here[arm].value for here in own) for arm in arms}
    gaps = {arm: [here[arm].value - there[arm].value for here, there in zip(own, rest, strict=True)] for arm in arms}
    spreads = {arm: [one[EVERYBODY, None, arm].joint.moments().variance for one in beyond] for arm in arms}
    return Crossing(
        tuple(labels),
        {arm: Joint(one.n, levels[arm], one.covariances) for arm, one in joints.items()},
        {arm: [Moments(joints[arm].n, *both) for both in zip(gaps[arm], spreads[arm], strict=True)] for arm in arms},
        query,
    )


def valued(group: Group) -> bool:
    """Whether units of a segment's arm have something that is divided by."""
    return group.n > 0 and divides(group.joint, 1)


def has_past(reading: Reading, joints: Sequence[Joint]) -> bool:
    """Whether a metric can be adjusted among all of these units."""
    return reading.cuped is not None and all(not reading.paired or divides(joint, 3) for joint in joints)


def others(segments: Segments, label: str, arm: str) -> Joint:
    """Return the units of an arm in all segments but one, a row a cluster and segment."""
    rest = [groups[arm].joint for other, groups in segments.items() if other != label and arm in groups]
    return rest[0].merged(*rest[1:])


def middles(lines: Sequence[Joint]) -> list[float]:
    """Return what each metric before was over all of some units, to which they are adjusted."""
    units = sum(line.n for line in lines)
    return [math.fsum(line.n * line.means[at] for line in lines) / units for at in range(1, lines[0].k)]


def side(reading: Reading, joint: Joint, clusters: int, past: bool) -> Side:
    """Return a metric among some units of an arm of so many clusters, made linear."""
    totals = [joint.n * mean for mean in joint.means]
    value, below = totals[0] / totals[1], totals[1] / clusters
    weights = [1 / below, -value / below]
    if past and reading.cuped is not None:
        (theta,), (middle,) = reading.cuped.theta, middles([reading.line(group.joint) for group in reading.groups])
        before, lower = totals[2] / totals[3], totals[3] / clusters
        value -= theta * (before - middle)
        weights += [-theta / lower, theta * before / lower]
    return Side(value, tuple(weights))


def adding(reading: Reading, where: exp.Expr, here: Mapping[str, Side], there: Mapping[str, Side] | None) -> exp.Expr:
    """Return what a unit adds to the linear part of a segment, less that of all others where these are given."""
    ends = ("", OVER, BEFORE, OVER + BEFORE)
    columns = [exp.column(name(reading.measure.name + end)) for end in ends]

    def part(sides: Mapping[str, Side], sign: float) -> exp.Expr:
        cases: list[exp.If] = []
        for arm, one in sides.items():
            terms = [
                exp.Mul(this=column.copy(), expression=number(sign * weight))
                for column, weight in zip(columns, one.weights, strict=False)
            ]
            total: exp.Expr = terms[0]
            for term in terms[1:]:
                total = exp.Add(this=total, expression=term)
            cases.append(exp.If(this=exp.Literal.string(arm), true=total))
        return exp.Case(this=exp.column("arm"), ifs=cases)

    outside = number(0.0) if there is None else part(there, -1.0)
    return exp.Case(ifs=[exp.If(this=where.copy(), true=part(here, 1.0))], default=outside)


def gathered(people: Units, reading: Reading, values: Sequence[exp.Expr]) -> Units:
    """Return one row a cluster with the sums of what its units add, those without a value left out."""
    picks = [exp.alias_(exp.Sum(this=value), f"v{at}") for at, value in enumerate(values)]
    counts = present(exp.column(name(reading.measure.name)))
    engine = people.engine.viewed(
        "units", lambda base: exp.select("arm", "unit", *picks).from_(base).where(counts).group_by("arm", "unit")
    )
    return replace(people, engine=engine, columns=tuple(f"v{at}" for at in range(len(values))))
