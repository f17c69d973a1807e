"""What became of many experiments without a change: what was called, what a planted lift did, what peeking does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from statistics import median

import numpy as np

from pmlib.core import Estimate, TooFewError
from pmlib.experiments.reading.comparisons import compared
from pmlib.experiments.reading.readings import Reading
from pmlib.experiments.reading.standing import Standing
from pmlib.experiments.rehearsal.calls import SILENT, Call, Judge, drawn, planted
from pmlib.experiments.rehearsal.draws import Draw, draws, redrawn
from pmlib.experiments.rehearsal.urn import Lot, Urn
from pmlib.sources.registrations import Registration
from pmlib.stats.trials.alarms import alarm_rate, unevenness
from pmlib.stats.trials.always import always_p
from pmlib.stats.trials.sequential import Look, looks

Watch = Callable[[int, int], None]
"""Told how many draws are done, and of how many."""
FEW = 30
"""Hits in the smallest arm below which steps matter: the same ones in every draw are then called in up to 7.8%, or 4.9%
one way, by the score test; from 30 on in no more than 6.4% and 3.4%."""
STEPS = 10
"""Where p takes fewer values than one in so many runs, it comes in steps."""


@dataclass
class Count:
    """What became of the draws of one metric.

    Parameters
    ----------
    lift
        What was planted, relative; ``None`` where nothing could be.
    anew
        Whether hits are drawn anew each time.
    called
        Draws in which a report calls a difference, in whatever arm.
    up, down
        Draws in which the arm that was looked at alone is called higher, lower.
    p, halves
        Of that arm, one a draw that can be judged; half the width of the lift's interval.
    planted, seen, missed
        Draws with the lift planted, those in which it is called, those whose interval does not hold it.
    peeked, planned
        Draws in which some look calls a difference: each read as if it were the only one, and by the plan.
    """

    lot: Lot
    alpha: float
    lift: float | None = None
    anew: bool = False
    runs: int = 0
    called: int = 0
    up: int = 0
    down: int = 0
    p: list[float] = field(default_factory=list)
    halves: list[float] = field(default_factory=list)
    planted: int = 0
    seen: int = 0
    missed: int = 0
    peeked: int = 0
    planned: int = 0

    @property
    def label(self) -> str:
        """The metric, and how it is read where that is not plain."""
        return self.lot.pooled.label

    @property
    def rate(self) -> Estimate:
        """How often a difference is called where there is none."""
        return alarm_rate(self.called, self.runs, alpha=self.alpha, label=f"false alarms, {self.label}")

    @property
    def half(self) -> float | None:
        """Half the width of the lift's interval in the middle of all draws; ``None`` where most have none."""
        return median(self.halves) if 2 * len(self.halves) > self.runs else None

    @property
    def stepped(self) -> bool:
        """Whether p takes so few values that it cannot be even."""
        return len(set(self.p)) * STEPS < self.runs

    @property
    def unevenness(self) -> Estimate | None:
        """How far p-values are from even ones; ``None`` where they come in steps or there are none."""
        return None if self.stepped else unevenness(self.p, label=f"unevenness of p, {self.label}")

    def add(self, call: Call, called: bool) -> None:
        """Count a draw."""
        self.runs += 1
        self.called += called
        self.up += call.clear(self.alpha) and call.gap > 0
        self.down += call.clear(self.alpha) and call.gap < 0
        if call.p is not None:
            self.p.append(call.p)
        if call.half is not None:
            self.halves.append(call.half)

    def plant(self, call: Call, lift: float) -> None:
        """Count a draw in which a lift was planted."""
        self.planted += 1
        self.seen += call.clear(self.alpha) and call.gap * lift > 0
        self.missed += not call.holds(lift)


@dataclass(frozen=True)
class Rule:
    """How draws are read.

    Parameters
    ----------
    plan
        What was registered, or asked for: arms, error rates, looks.
    times
        The part of the units at each look, the last 1.
    """

    plan: Registration
    times: tuple[float, ...] = (1.0,)

    @property
    def arms(self) -> list[str]:
        """The arms that take in anybody, control first."""
        others = [arm for arm in self.plan.treatments if self.plan.arms[arm] > 0]
        return [self.plan.control, *others]

    @property
    def shares(self) -> list[float]:
        """Their shares."""
        total = sum(self.plan.arms[arm] for arm in self.arms)
        return [self.plan.arms[arm] / total for arm in self.arms]

    @property
    def tested(self) -> int:
        """The place of the arm that is looked at alone: the smallest beside control."""
        return min(range(1, len(self.arms)), key=lambda at: self.shares[at])

    @property
    def level(self) -> float:
        """The confidence level."""
        return 1 - self.plan.alpha

    @cached_property
    def standing(self) -> Standing:
        """A reading of all units, once."""
        plan = replace(self.plan, reading="once", looks=(), units=None, start=None, days=None)
        return Standing(plan, None, (0,), 0, True)

    @cached_property
    def looks(self) -> tuple[Look, ...]:
        """The bounds of a group-sequential plan."""
        return looks(self.times, 1.0, alpha=self.plan.alpha, spending=self.plan.spending)

    def crossed(self, p: Sequence[float | None], units: Sequence[int]) -> bool:
        """Whether the plan calls a difference at some look.

        Parameters
        ----------
        p, units
            Of each look, with the units by then; ``None`` where a look can say nothing.
        """
        if self.plan.reading != "always-valid":
            return any(one is not None and look.crossed(one) for look, one in zip(self.looks, p, strict=True))
        return any(
            one is not None and valid(one, n, units[-1], self.plan.alpha) for one, n in zip(p, units, strict=True)
        )


def valid(p: float, n: int, planned: int, alpha: float) -> bool:
    """Whether an always-valid reading calls a difference; with too few units it calls none."""
    try:
        return always_p(p, n, planned, alpha=alpha) < alpha
    except TooFewError:
        return False


def counted(urn: Urn, rule: Rule, *, runs: int, seed: int, smallest: float, watch: Watch | None = None) -> list[Count]:
    """Draw, read and count; a list in the order of the urn's lots.

    Parameters
    ----------
    smallest
        The lift that is planted where a metric names none.
    """
    found = [
        Count(lot, rule.plan.alpha, aimed(lot, smallest), stepping(lot, rule) and not urn.cluster) for lot in urn.lots
    ]
    judges = [Judge(rule.level) for _ in found]
    random = np.random.default_rng([seed, 1])
    for done, draw in enumerate(draws(urn, rule.shares, times=rule.times, runs=runs, seed=seed), start=1):
        for one, judge in zip(found, judges, strict=True):
            count(one, judge, rule, redrawn(draw, one.lot, random) if one.anew else draw, random)
        if watch is not None:
            watch(done, runs)
    for one in found:
        one.lift = one.lift if one.planted else None
    return found


def stepping(lot: Lot, rule: Rule) -> bool:
    """Whether so few units tell a share apart that the same ones in every draw would come in visible steps."""
    if lot.pooled.kind != "share" or lot.pooled.measure.before:
        return False
    return min(lot.whole.ones, lot.whole.n - lot.whole.ones) * min(rule.shares) < FEW


def aimed(lot: Lot, smallest: float) -> float:
    """Return the lift to plant: what matters, the way that is good."""
    measure = lot.pooled.measure
    lift = measure.smallest or smallest
    return -lift if measure.better == "down" else lift


def count(one: Count, judge: Judge, rule: Rule, draw: Draw, random: np.random.Generator) -> None:
    """Read one draw and count what is called."""
    arm, last = rule.tested, len(rule.times) - 1
    try:
        reading = drawn(one.lot, draw, last, rule.arms)
    except TooFewError:
        one.add(SILENT, False)
        return
    call = judge(reading, arm)
    one.add(call, call.clear(one.alpha) if len(rule.arms) == 2 else called(reading, rule, judge))
    changed = planted(reading, arm, one.lift, one.lot.whole, random) if one.lift else None
    if changed is not None and one.lift:
        one.plant(judge(changed, arm), one.lift)
    if last:
        p = [*(peeked(one.lot, judge, rule, draw, look) for look in range(last)), call.p]
        rows = [round(time * sum(group.units for group in reading.groups)) for time in rule.times]
        one.peeked += any(value is not None and value < one.alpha for value in p)
        one.planned += rule.crossed(p, rows)


def peeked(lot: Lot, judge: Judge, rule: Rule, draw: Draw, look: int) -> float | None:
    """Return the p of an early look, as if it were the only one; ``None`` where it can say nothing."""
    try:
        return judge(drawn(lot, draw, look, rule.arms), rule.tested).p
    except TooFewError:
        return None


def called(reading: Reading, rule: Rule, judge: Judge) -> bool:
    """Whether a report calls a difference in any of several arms; of a guardrail, in the arm looked at."""
    if reading.measure.role == "guardrail":
        return judge(reading, rule.tested).clear(rule.plan.alpha)
    found = [judge(reading, arm) for arm in range(1, len(rule.arms))]
    # Judged together p lies between the smallest of them all and as many times that as there are arms.
    if not any(one.clear(rule.plan.alpha) for one in found):
        return False
    if any(one.clear(rule.plan.alpha / len(found)) for one in found):
        return True
    return any(one.clear for one in compared(reading, rule.standing))
