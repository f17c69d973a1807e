"""The same experiment looked at on each of 14 days: how often something is called although nothing differs."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.random import default_rng
from scipy.special import ndtri

from benchmarks.calibration.shapes import BATCH, SEED, SHAPES, Shape, key
from pmlib.stats import Moments, mean_difference
from pmlib.stats.trials.always import always
from pmlib.stats.trials.evalues import sequential_srm
from pmlib.stats.trials.sequential import looks
from pmlib.stats.trials.spending import Spending

LOOKS = 14
A_DAY = 400
"""Units an arm that come each day."""
SEES = ("normal", "conversion", "payers")
POWER = 2.801585
"""Standard errors of the last look at which a test of one look finds an effect in 80 of 100."""
SRM = 0.001
"""The level at which a split is an alarm."""

Bounds = tuple[float, ...]


@dataclass(frozen=True)
class Watch:
    """A way to read a running test: what Z must exceed at each look."""

    name: str
    title: str
    bounds: Callable[[], Bounds]
    ours: bool = True
    level: bool = True
    """Whether its level is spent to the last: others stay below it, and are held from above only."""


@cache
def spending(kind: Spending) -> Bounds:
    """Bounds of a group-sequential test."""
    units = [2.0 * A_DAY * day for day in range(1, LOOKS + 1)]
    return tuple(look.bound for look in looks(units, units[-1], spending=kind))


@cache
def valid(planned: int) -> Bounds:
    """Bounds that hold at all sizes; tuned to planned units, or with 0 to the running number."""
    units = [2 * A_DAY * day for day in range(1, LOOKS + 1)]
    return tuple(always(one, planned or one) for one in units)


WATCHES = (
    Watch("obf", "group-sequential, O'Brien–Fleming", lambda: spending("obrien-fleming")),
    Watch("kd", "group-sequential, Kim–DeMets", lambda: spending("kim-demets")),
    Watch("always", "always-valid, tuned to the plan", lambda: valid(2 * A_DAY * LOOKS), level=False),
    Watch("once", "one look, at the end", lambda: (math.inf,) * (LOOKS - 1) + (1.959964,)),
    Watch("daily", "a fixed test read daily", lambda: (1.959964,) * LOOKS, ours=False),
    Watch("running", "always-valid, tuned to the running number", lambda: valid(0), ours=False),
    Watch("bayes", "95 % chance to win, flat prior, daily", lambda: (1.644854,) * LOOKS, ours=False),
)


@dataclass
class Seen:
    """What became of the runs of a watch."""

    runs: int = 0
    up: int = 0
    down: int = 0
    missed: int = 0
    days: int = 0

    def add(self, other: "Seen") -> None:
        """Add the counts of other runs."""
        for name in ("runs", "up", "down", "missed", "days"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def called(self) -> float:
        """Share of runs in which an effect was called at a look."""
        return (self.up + self.down) / self.runs

    @property
    def covered(self) -> float:
        """Share of runs in which the intervals of all looks held the truth."""
        return 1 - self.missed / self.runs

    @property
    def length(self) -> float:
        """Days that a run takes on average, to the look that calls or the last one."""
        return self.days / self.runs


def lift_for(shape: Shape) -> float:
    """Return the lift that a test of one look at the end finds in about 80 of 100."""
    base, lift = shape.world(0.0)["y"], 0.0
    for _ in range(3):
        # An effect in proportion also widens the treated arm.
        spread = math.sqrt((base.var() + shape.world(lift)["y"].var()) / (A_DAY * LOOKS))
        lift = POWER * spread / float(base.mean())
    return lift


def cumulated(values: np.ndarray) -> list[Moments]:
    """Return the moments of an arm by the end of each day."""
    point = float(values[0])
    off = (values - point).reshape(LOOKS, A_DAY)
    first, second = np.cumsum(off.sum(axis=1)), np.cumsum((off * off).sum(axis=1))
    sizes = A_DAY * np.arange(1, LOOKS + 1)
    means = first / sizes
    variances = (second - first * means) / (sizes - 1)
    return [Moments(int(n), point + m, v) for n, m, v in zip(sizes, means.tolist(), variances.tolist(), strict=True)]


def watched(name: str, effect: bool, first: int, last: int) -> dict[str, Seen]:
    """Count what the watches call in the runs from ``first`` to before ``last``."""
    shape = SHAPES[name]
    lift = lift_for(shape) if effect else 0.0
    control, treated = shape.world(0.0)["y"], shape.world(lift)["y"]
    truth = float(treated.mean() - control.mean())
    found = {one.name: Seen() for one in WATCHES}
    bounds = {one.name: one.bounds() for one in WATCHES}
    units = A_DAY * LOOKS
    for batch in range(first // BATCH, last // BATCH):
        rng = default_rng([SEED, key(name), LOOKS, int(effect), batch])
        for _ in range(BATCH):
            arms = [column[rng.integers(0, column.size, units)] for column in (treated, control)]
            course = [glance(group, base, truth) for group, base in zip(*map(cumulated, arms), strict=True)]
            for one, edges in bounds.items():
                count(found[one], course, edges)
    return found


@dataclass(frozen=True)
class Glance:
    """What a look sees: the sign of the effect, how far Welch's test puts it from none, and from the truth."""

    ahead: bool
    from_none: float
    from_truth: float


def glance(group: Moments, base: Moments, truth: float) -> Glance:
    """Look at two arms. The interval of a bound excludes a value exactly when the test is that far from it."""
    found = mean_difference(group, base)
    shifted = mean_difference(replace(group, mean=group.mean - truth), base) if truth else found
    return Glance((found.value or 0.0) > 0, distance(found.p), distance(shifted.p))


def distance(p: float | None) -> float:
    """Return the two-sided normal quantile of a p-value."""
    return -float(ndtri(p / 2)) if p else 0.0 if p is None else math.inf


def count(seen: Seen, course: Sequence[Glance], bounds: Bounds) -> None:
    """Count one run: the first look beyond its bound, and whether the interval of any look missed the truth."""
    seen.runs += 1
    both = list(zip(course, bounds, strict=True))
    day = next((day for day, (one, bound) in enumerate(both) if one.from_none > bound), None)
    if day is not None:
        seen.up += course[day].ahead
        seen.down += not course[day].ahead
    seen.days += LOOKS if day is None else day + 1
    seen.missed += any(one.from_truth > bound for one, bound in both)


def splits(first: int, last: int) -> dict[str, Seen]:
    """Count alarms over the split of 28 daily counts that are as planned: at each look anew, and made for looks."""
    found = {"e-value": Seen(), "chi-square": Seen()}
    for batch in range(first // BATCH, last // BATCH):
        rng = default_rng([SEED, key("split"), batch])
        for _ in range(BATCH):
            days = np.cumsum(rng.binomial(2 * A_DAY, 0.5, 2 * LOOKS))
            totals = 2 * A_DAY * np.arange(1, 2 * LOOKS + 1)
            p = sequential_srm(np.column_stack([days, totals - days]).tolist(), [1, 1]).p
            z = (2 * days - totals) / np.sqrt(totals)
            for name, alarm in (("e-value", (p or 0.0) < SRM), ("chi-square", bool((np.abs(z) > 3.290527).any()))):
                found[name].runs += 1
                found[name].up += alarm
    return found
