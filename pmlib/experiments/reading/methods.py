"""Which statistic judges an arm against control: it depends on what the metric is, and on how much there is of it."""

from dataclasses import dataclass, replace

from pmlib.core import Estimate
from pmlib.core.words import many
from pmlib.experiments.reading.readings import Group, Reading
from pmlib.stats import mean_difference, mean_lift, share_difference, share_lift
from pmlib.stats.trials.quantiles import quantile_difference, quantile_lift
from pmlib.stats.trials.rare import exact_difference, exact_lift, is_rare
from pmlib.stats.trials.skewed import needs_correction, pooled_skewness, skewed_difference, skewed_lift, too_skewed


@dataclass(frozen=True)
class Judged:
    """One arm against control: the difference and the lift that decide alike.

    Parameters
    ----------
    plain
        The difference before it was adjusted or its largest values cut off; ``None`` where neither was done.
    """

    difference: Estimate
    lift: Estimate
    plain: Estimate | None = None

    def untold(self, units: int) -> "Judged":
        """Leave the ends open: of so few units as skewed as these no moments tell how sure they are."""
        reason = f"{many(units, 'unit')} in the smaller arm are too few for values as skewed as these"
        return Judged(
            *(replace(one, low=None, high=None, p=None, reason=reason) for one in (self.difference, self.lift))
        )

    def among(self, arms: int, level: float) -> "Judged":
        """Restate what was made at an arm's own level as what holds for all arms together at a level."""
        gap, lift = (
            replace(one, level=level, method=f"{one.method}, {arms} arms together (Dunnett)")
            for one in (self.difference, self.lift)
        )
        return replace(self, difference=gap, lift=lift)


def judged(reading: Reading, group: Group, base: Group, *, level: float = 0.95) -> Judged:
    """Judge an arm by the statistic that fits its metric.

    A share by the score test, or exactly where few did it; a quantile by order statistics; all else by Welch's test: of
    means, of ratios made linear, of means adjusted by the time before. Where arms are unequal and units skewed, a mean
    is straightened first, and then no time before is used. Each lift has an interval that excludes 0 where its test
    rejects.
    """
    label = f"{reading.label}, {group.arm} less {base.arm}"
    up = f"lift of {reading.label}" if len(reading.groups) == 2 else f"lift of {reading.label}, {group.arm}"
    if reading.kind == "quantile":
        here, there = reading.ranked[group.arm], reading.ranked[base.arm]
        return Judged(
            quantile_difference(here, there, label=label, level=level),
            quantile_lift(here, there, label=up, level=level),
        )
    cuped = reading.cuped
    if leans(reading, group, base):
        pair, skewness = (group.moments, base.moments), skewed(reading)
        found = Judged(
            skewed_difference(*pair, skewness, unit=reading.gap, label=label, level=level),
            skewed_lift(*pair, skewness, label=up, level=level),
        )
        return found.untold(min(group.n, base.n)) if too_skewed(*pair, skewness) else found
    if cuped is not None:
        at, of = reading.groups.index(group), reading.groups.index(base)
        return Judged(
            cuped.difference(at, of, unit=reading.gap, label=label, level=level),
            cuped.lift(at, of, label=up, level=level),
            mean_difference(cuped.raw[at], cuped.raw[of], unit=reading.gap, label=label, level=level),
        )
    if reading.kind == "share":
        counts = group.ones, group.n, base.ones, base.n
        gap, lift = (exact_difference, exact_lift) if is_rare(*counts) else (share_difference, share_lift)
        return Judged(gap(*counts, label=label, level=level), lift(*counts, label=up, level=level))
    here, there = reading.moments(group), reading.moments(base)
    return Judged(
        mean_difference(here, there, unit=reading.gap, label=label, level=level),
        mean_lift(here, there, label=up, level=level),
    )


def leans(reading: Reading, group: Group, base: Group) -> bool:
    """Whether a mean's arms are so unequal, and its units so skewed, that Welch's test does not hold."""
    if reading.kind != "mean" or min(one.n if one.joint.thirds else 0 for one in (*reading.groups, group, base)) < 2:
        return False
    return needs_correction(group.moments, base.moments, skewed(reading))


def skewed(reading: Reading) -> float:
    """Return the skewness that the units of all arms have in common."""
    return pooled_skewness([one.moments for one in reading.groups], [one.joint.thirds[0] for one in reading.groups])
