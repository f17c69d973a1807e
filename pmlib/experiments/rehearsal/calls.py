"""What a report would say of one draw: the metric in each arm, and what its statistic calls."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pmlib.core import TooFewError
from pmlib.experiments.reading.methods import judged
from pmlib.experiments.reading.readings import Group, Reading
from pmlib.experiments.rehearsal.draws import Draw
from pmlib.experiments.rehearsal.urn import Lot
from pmlib.stats.trials.joint import Joint
from pmlib.stats.trials.quantiles import Ranked, ranks

MOST_KEPT = 100_000
"""So many answers about shares are remembered."""


@dataclass(frozen=True)
class Call:
    """What is said of an arm against control.

    Parameters
    ----------
    p
        ``None`` where nothing can be said.
    gap
        The difference.
    lift, low, high
        The lift and its interval; ``None`` where it has none.
    """

    p: float | None
    gap: float
    lift: float | None = None
    low: float | None = None
    high: float | None = None

    def clear(self, alpha: float) -> bool:
        """Whether a difference is called."""
        return self.p is not None and self.p < alpha

    def holds(self, lift: float) -> bool:
        """Whether the interval holds a lift; an open end holds all beyond."""
        return (self.low is None or self.low <= lift) and (self.high is None or lift <= self.high)

    @property
    def half(self) -> float | None:
        """Half the width of the lift's interval."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2


SILENT = Call(None, 0.0)
"""Nothing can be said."""


def drawn(lot: Lot, draw: Draw, look: int, arms: Sequence[str]) -> Reading:
    """Return how a metric reads in each arm of a draw; the ends of an arm's values are those of all units."""
    ends = lot.whole.least, lot.whole.most
    groups = tuple(
        Group(arm, joint.n, joint, *ends) for arm, joint in zip(arms, lot.joints(draw.sums[look]), strict=True)
    )
    if lot.order is None:
        return replace(lot.pooled, groups=groups)
    orders = {arm: ordered(lot, draw, look, at) for at, arm in enumerate(arms)}
    return replace(lot.pooled, groups=groups, ranked=orders)


def ordered(lot: Lot, draw: Draw, look: int, arm: int) -> Ranked:
    """Return the quantile of an arm and the values around it.

    Raises
    ------
    TooFewError
        If the arm has too few values for an interval.
    """
    assert lot.order is not None
    assert lot.values is not None
    values = lot.values[draw.rows(look, arm)[lot.order]]
    n, quantile = len(values), lot.pooled.measure.quantile
    low, high = ranks(n, quantile)
    return Ranked(n, quantile, float(np.quantile(values, quantile)), float(values[low - 1]), float(values[high - 1]))


class Judge:
    """Judges draws of one metric by the statistic of a report; what was asked of a share before is remembered."""

    def __init__(self, level: float) -> None:
        self.level = level
        self.known: dict[tuple[int, ...], Call] = {}

    def __call__(self, reading: Reading, arm: int) -> Call:
        """Judge an arm against control, the first."""
        group, base = reading.groups[arm], reading.groups[0]
        if min(group.n, base.n) < 2:
            return SILENT
        key = (group.ones, group.n, base.ones, base.n)
        plain = reading.kind == "share" and not reading.measure.before
        if plain and key in self.known:
            return self.known[key]
        try:
            found = judged(reading, group, base, level=self.level)
        except TooFewError:
            return SILENT
        gap, up = found.difference, found.lift
        call = Call(gap.p, gap.value or 0.0, up.value, up.low, up.high)
        if plain and len(self.known) < MOST_KEPT:
            self.known[key] = call
        return call


def planted(reading: Reading, arm: int, lift: float, whole: Group, random: np.random.Generator) -> Reading | None:
    """Return a draw in which an arm does better by a lift, or ``None`` where no units can.

    Each value is multiplied; of a share as many units are turned, drawn at random.

    Parameters
    ----------
    lift
        Relative; below 0 where less is better.
    whole
        All units together.
    """
    if reading.kind == "quantile":
        one = reading.ranked[reading.groups[arm].arm]
        by = 1 + math.copysign(lift, lift * one.value)
        moved = replace(one, value=one.value * by, low=one.low * by, high=one.high * by)
        return replace(reading, ranked={**reading.ranked, reading.groups[arm].arm: moved}) if one.value else None
    if whole.mean == 0 or lift <= -1:
        return None
    group = reading.groups[arm]
    if reading.kind == "share":
        joint = turned(group, lift, whole.mean, random)
    else:
        joint = scaled(group.joint, 1 + math.copysign(lift, lift * whole.mean))
    if joint is None:
        return None
    groups = (*reading.groups[:arm], replace(group, joint=joint), *reading.groups[arm + 1 :])
    return replace(reading, groups=groups)


def scaled(joint: Joint, by: float) -> Joint:
    """Multiply the first column."""
    weights = [by, *(1.0 for _ in range(joint.k - 1))]
    spread = tuple(
        tuple(a * b * value for b, value in zip(weights, row, strict=True))
        for a, row in zip(weights, joint.covariances, strict=True)
    )
    thirds = (joint.thirds[0] * by**3, *joint.thirds[1:]) if joint.thirds else ()
    return Joint(joint.n, (joint.means[0] * by, *joint.means[1:]), spread, thirds)


def turned(group: Group, lift: float, share: float, random: np.random.Generator) -> Joint | None:
    """Turn units of a share from no to yes, or back, so that it is expected to be higher by a lift."""
    n, hits = group.n, group.ones
    others = n - hits if lift > 0 else hits
    chance = lift * share / (1 - share) if lift > 0 and share < 1 else -lift
    if not 0 <= chance <= 1 or share in (0, 1):
        return None
    moved = int(random.binomial(others, chance))
    mean = (hits + math.copysign(moved, lift)) / n
    left = 1 - moved / others if others else 1.0
    first = [mean * (1 - mean) * n / (n - 1), *(value * left for value in group.joint.covariances[0][1:])]
    rows = [first, *([first[at], *row[1:]] for at, row in enumerate(group.joint.covariances[1:], start=1))]
    third = mean * (1 - mean) * (1 - 2 * mean)
    thirds = (third, *group.joint.thirds[1:]) if group.joint.thirds else ()
    return Joint(n, (mean, *group.joint.means[1:]), tuple(map(tuple, rows)), thirds)
