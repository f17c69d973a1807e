"""Whether a metric may be trusted, why not, and what to do then."""

from collections.abc import Iterator
from dataclasses import dataclass

from pmlib.core import Unit
from pmlib.core.words import many
from pmlib.experiments.rehearsal.counts import Count, Rule
from pmlib.stats.trials.alarms import too_often
from pmlib.stats.trials.rare import FEWEST
from pmlib.stats.trials.skewed import lean

HEAVY = 0.01
"""One unit that carries so much of a metric's sum tells of a long tail."""
SKEWED = 0.05
"""A lean of the arms from which the tails of a mean differ."""
FEW_CLUSTERS = 40
RARELY = 0.5
"""Fewer calls than this part of what is promised are told."""


@dataclass(frozen=True)
class Trust:
    """What is to be said of a metric.

    Parameters
    ----------
    fault
        What it does that it promised not to do; ``""`` where it may be trusted.
    why, use
        The reason seen in its units, and what to do, each a part of a sentence; ``""`` for none.
    """

    count: Count
    fault: str
    why: str = ""
    use: str = ""

    @property
    def ok(self) -> bool:
        """Whether it may be trusted."""
        return not self.fault

    @property
    def short(self) -> str:
        """The verdict in a table."""
        return "may be trusted" if self.ok else self.fault.partition(":")[0]

    @property
    def words(self) -> str:
        """The verdict as a sentence."""
        name, rate = named(self.count), Unit.SHARE.text(self.count.rate.value)
        if self.ok:
            rarely = self.count.rate.high is not None and self.count.rate.high < RARELY * self.count.alpha
            held = f"more rarely than the {promised(self.count)} promised" if rarely else f"{promised(self.count)} are"
            tail = held if rarely else f"where {held} promised"
            return (
                f"{name} may be trusted: {rate} of {self.count.runs:,} experiments without a change call one, {tail}."
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
    fault = next(faults(count, rule), "")
    return Trust(count, fault, *reason(count, rule, cluster)) if fault else Trust(count, "")


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
        if too_often(times, count.runs, alpha=alpha / 2):
            yield (
                f"calls one way too often: in {share(times / count.runs)} of experiments without a change the arm is "
                f"called {side}, where {share(alpha / 2)} are promised"
            )
    if count.planted and too_often(count.missed, count.planted, alpha=alpha):
        yield (
            f"has too narrow intervals: {share(count.missed / count.planted)} do not hold the lift of "
            f"{Unit.LIFT.change(count.lift)} that is there, where {share(alpha)} are promised"
        )
    if len(rule.plan.looks) > 1 and too_often(count.planned, count.runs, alpha=alpha):
        yield (
            f"calls too often over its looks: {share(count.planned / count.runs)} of experiments without a change, "
            f"where {share(alpha)} are promised"
        )


def reason(count: Count, rule: Rule, cluster: str) -> tuple[str, str]:
    """Return the reason seen in a metric's units, and what to do about it."""
    lot, whole = count.lot, count.lot.whole
    if cluster and not lot.by:
        use = f"Read it by {cluster}: a row for each, with its total and its size."
        return f"because units of one {cluster} are alike and share an arm", use
    if lot.by:
        few = f"because there are few of {cluster}"
        return few, f"Take in more of {cluster}; {FEW_CLUSTERS} in each arm or more."
    shares = rule.shares
    arm, base = (round(whole.n * shares[at]) for at in (rule.tested, 0))
    if lot.pooled.kind == "share":
        rare = min(whole.ones, whole.n - whole.ones)
        if rare * min(shares) < 4 * FEWEST:
            return (
                f"because so few did it ({rare:,} of {many(whole.n, 'unit')})",
                "Take in more units, or another goal.",
            )
    elif lot.pooled.kind == "quantile":
        return "because many units share its value", "Choose another quantile, or read the mean."
    else:
        skewness = whole.joint.skewness() if whole.joint.thirds else 0.0
        if abs(lean(arm, base, skewness)) > SKEWED or whole.largest > HEAVY:
            return heavy(count, min(arm, base), capped=lot.pooled.ceiling is not None)
    return "and nothing in its units says why", "Take in more units, and ask again with another seed."


def heavy(count: Count, smaller: int, *, capped: bool) -> tuple[str, str]:
    """Say that few units carry a metric, and what to do."""
    whole = count.lot.whole
    largest = f"the largest carries {Unit.SHARE.text(whole.largest)} of the sum, " if whole.largest >= HEAVY else ""
    why = f"because few units carry it ({largest}{many(smaller, 'unit')} in the smaller arm)"
    if capped:
        return why, "Cut off more of it (a lower cap), give the arms equal shares, or take in more units."
    return why, "Cut off its largest values (cap = 0.99 in the registration), or give the arms equal shares."
