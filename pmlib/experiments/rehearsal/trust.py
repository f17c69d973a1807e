"""Whether a metric may be trusted, why not, and what to do then."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from pmlib.core import Unit
from pmlib.core.words import many
from pmlib.experiments.reading.readings import FEW
from pmlib.experiments.rehearsal.counts import Count, Rule
from pmlib.stats.trials.alarms import ONE_SIDED, too_often
from pmlib.stats.trials.rare import FEWEST
from pmlib.stats.trials.skewed import lean

HEAVY = 0.01
"""One unit that carries so much of a metric's sum tells of a long tail."""
SKEWED = 0.05
"""A lean of the arms from which the tails of a mean differ."""
FEW_CLUSTERS = 40
FEW_HITS = 4 * FEWEST
"""Hits in the smallest arm below which they explain what a share does."""
RARELY = 0.5
"""Fewer calls than this part of what is promised are told."""


@dataclass(frozen=True)
class Trust:
    """What is to be said of a metric.

    Parameters
    ----------
    fault
        What it does that it promised not to do; ``""`` where it may be trusted.
    why
        The reason seen in its units, as a part of a sentence; ``""`` for none.
    use
        What to do, as a sentence.
    tailed
        Whether few units carry it.
    thin
        Whether it did nothing wrong, on too few units for that to say anything.
    """

    count: Count
    fault: str
    why: str = ""
    use: str = ""
    tailed: bool = False
    thin: bool = False

    @property
    def ok(self) -> bool:
        """Whether it may be trusted."""
        return not self.fault

    @property
    def short(self) -> str:
        """The verdict in a table."""
        return "may be trusted" if self.ok else self.fault.partition(":")[0]

    @property
    def rarely(self) -> float:
        """A rate of calls below which it hardly calls anything."""
        return RARELY * self.count.alpha

    @property
    def words(self) -> str:
        """The verdict as a sentence."""
        name, rate = named(self.count), Unit.SHARE.text(self.count.rate.value)
        if self.ok:
            hardly = ", but hardly ever calls anything" if (self.count.rate.high or 0.0) < self.rarely else ""
            return (
                f"{name} may be trusted{hardly}: {rate} of {self.count.runs:,} experiments without a change call one, "
                f"where {promised(self.count)} are promised."
            )
        why, use = (f", {self.why}" if self.why else ""), (f" {self.use}" if self.use else "")
        return f"{name} {self.fault}{why}.{use}"


def named(count: Count) -> str:
    """Name a metric as it was read."""
    label = count.label[:1].upper() + count.label[1:]
    return f"{label}, read by {count.lot.by}," if count.lot.by else label


def promised(count: Count) -> str:
    """Write the share of false alarms promised."""
    return Unit.SHARE.text(count.alpha)


def trust(count: Count, rule: Rule, cluster: str) -> Trust:
    """Judge what became of a metric's draws.

    Parameters
    ----------
    cluster
        The column whose units share an arm.
    """
    fault, n = next(faults(count, rule), ""), count.lot.whole.n
    if not fault and not count.lot.by and n * min(rule.shares) < FEW:
        enough = math.ceil(FEW / min(rule.shares))
        use = f"Give {enough:,} units or more, {FEW} in the smallest arm."
        return Trust(count, f"has too few units to say: {n:,} with a value", use=use, thin=True)
    if not fault or not count.p:
        return Trust(count, fault, use="Take in more units." if fault else "")
    if not cluster and tailed(count, rule):
        return Trust(count, fault, heavy(count, rule), tailed=True)
    return Trust(count, fault, *reason(count, rule, cluster))


def faults(count: Count, rule: Rule) -> Iterator[str]:
    """Name what a metric does that it promised not to do, the worst first."""
    alpha, share = count.alpha, Unit.SHARE.text
    if not count.p:
        yield "cannot be read: no draw gives its arms enough units"
        return
    if too_often(count.called, count.runs, alpha=alpha):
        yield (
            f"calls too often: {share(count.called / count.runs)} of experiments without a change call one, where "
            + (f"{share(alpha)} are promised")
        )
    for side, times in (("higher", count.up), ("lower", count.down)):
        if too_often(times, count.runs, alpha=alpha / 2, little=ONE_SIDED):
            yield (
                f"calls one way too often: in {share(times / count.runs)} of experiments without a change the arm is "
                f"called {side}, where {share(alpha / 2)} are promised"
            )
    if count.planted and too_often(count.missed, count.planted, alpha=alpha):
        yield (
            f"has too narrow intervals: {share(count.missed / count.planted)} do not hold the lift of "
            f"{Unit.LIFT.change(count.lift)} that is there, where {share(alpha)} are promised"
        )
    if rule.plan.reading != "once" and len(rule.times) > 1 and too_often(count.planned, count.runs, alpha=alpha):
        yield (
            f"calls too often over its looks: {share(count.planned / count.runs)} of experiments without a change, "
            f"where {share(alpha)} are promised"
        )


def reason(count: Count, rule: Rule, cluster: str) -> tuple[str, str]:
    """Return the reason seen in a metric's units, and what to do about it."""
    lot, whole = count.lot, count.lot.whole
    if lot.by:
        return f"because there are few of {cluster}", f"Take in {FEW_CLUSTERS} or more of {cluster} in each arm."
    if cluster:
        use = f'Read it by {cluster}: write cluster = "{cluster}" into the registration.'
        return f"because units of one {cluster} are alike and share an arm", use
    rare = min(whole.ones, whole.n - whole.ones)
    if lot.pooled.kind == "share" and rare * min(rule.shares) < FEW_HITS:
        return f"because so few did it ({rare:,} of {many(whole.n, 'unit')})", "Take in more units, or another goal."
    if lot.pooled.kind == "quantile":
        return "because many units share its value", "Choose another quantile, or read the mean."
    return "and nothing in its units says why", "Take in more units, and ask again with another seed."


def tailed(count: Count, rule: Rule) -> bool:
    """Whether few units carry a metric, or arms of unlike size lean by its long tail."""
    whole = count.lot.whole
    if count.lot.pooled.kind not in {"mean", "ratio"} or not whole.joint.thirds:
        return False
    arm, base = smaller(count, rule)
    return abs(lean(arm, base, whole.joint.skewness())) > SKEWED or whole.largest > HEAVY


def smaller(count: Count, rule: Rule) -> tuple[int, int]:
    """Return the units of the arm that is looked at, and those of control."""
    arm, base = (max(round(count.lot.whole.n * rule.shares[at]), 1) for at in (rule.tested, 0))
    return arm, base


def heavy(count: Count, rule: Rule) -> str:
    """Say that few units carry a metric."""
    share = count.lot.whole.largest
    largest = f"the largest carries {Unit.SHARE.text(share)} of the sum, " if share >= HEAVY else ""
    return f"because few units carry it ({largest}{many(min(smaller(count, rule)), 'unit')} in the smaller arm)"
