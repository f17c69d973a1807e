"""Post-stratification: arms compared within parts of the units that were known before, and put together again."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.core.words import many
from pmlib.stats.means import Moments
from pmlib.stats.pairs import Pair
from pmlib.stats.trials.joint import Joint

Stratum = tuple[Moments, Moments]
"""A group and its base among the units of one stratum."""


@dataclass(frozen=True)
class PostStratified:
    """An effect put together from strata.

    Parameters
    ----------
    difference, lift
        The effect; both decide alike, and the lift is over the weighted mean of the base.
    strata
        Strata that were compared.
    merged
        Strata that had too little to be compared alone and went into the largest one.
    """

    difference: Estimate
    lift: Estimate
    strata: int
    merged: int


def post_stratified(
    groups: Sequence[Moments], bases: Sequence[Moments], *, unit: Unit = Unit.NUMBER, level: float = 0.95
) -> PostStratified:
    """Estimate the effect of an arm over strata, each weighted by its part of all units.

    The variance is that within strata, and that of the strata's sizes, which come about by chance. Strata are to be
    known before exposure, such as the country or "no history".

    Parameters
    ----------
    groups, bases
        The same strata in the same order. Those where an arm has fewer than 2 units, or no spread, are merged into the
        largest of the others.

    Raises
    ------
    SettingError
        If there are not as many groups as bases.
    TooFewError
        If all strata together leave an arm with fewer than 2 units.

    References
    ----------
    Miratrix, Sekhon and Yu (2013), JRSS B 75:369-396; Xie and Aurisset (2016), KDD, pages 645-654. Degrees of freedom
    after Satterthwaite (1946), Biometrics Bulletin 2:110-114.

    Examples
    --------
    >>> found = post_stratified([Moments(50, 11, 4), Moments(50, 31, 4)], [Moments(50, 10, 4), Moments(50, 30, 4)])
    >>> print(found.difference)
    1.00 (95% interval 0.44 to 1.56)
    >>> print(found.lift)
    5.0% (95% interval 2.2% to 8.0%)
    """
    if len(groups) != len(bases) or not groups:
        raise SettingError(f"{many(len(groups), 'group')} came with {many(len(bases), 'base')}; give the same strata.")
    given = [(group, base) for group, base in zip(groups, bases, strict=True) if group.n + base.n]
    strata = comparable(given)
    if not strata or min(one.n for one in strata[0]) < 2:
        raise TooFewError("All strata together leave an arm with fewer than 2 units; wait for more of them.")
    pair = together(strata)
    method = "over strata, weighted by their part of all units (post-stratification)"
    return PostStratified(
        pair.difference(f"Student's t interval for a difference of means {method}", unit=unit, level=level),
        pair.lift(f"Fieller's interval for a ratio of means {method}", level=level),
        len(strata),
        len(given) - len(strata),
    )


def together(strata: Sequence[Stratum]) -> Pair:
    """Return the weighted means of both arms with their joint uncertainty."""
    sizes = [group.n + base.n for group, base in strata]
    units = sum(sizes)
    parts = [(size / units, group, base) for size, (group, base) in zip(sizes, strata, strict=True)]
    mean = math.fsum(w * group.mean for w, group, _ in parts)
    other = math.fsum(w * base.mean for w, _, base in parts)
    effect = math.fsum(w * (group.mean - base.mean) for w, group, base in parts)
    # From deviations, since sums of squares lose digits where means are large; the first and second terms of each.
    chance = math.fsum(w * (group.mean - base.mean - effect) ** 2 for w, group, base in parts) / units
    level = math.fsum(w * (base.mean - other) ** 2 for w, _, base in parts) / units
    both = math.fsum(w * (group.mean - base.mean - effect) * (base.mean - other) for w, group, base in parts) / units
    within = math.fsum(w * w * (group.error + base.error) for w, group, base in parts)
    error = math.fsum(w * w * base.error for w, _, base in parts)
    spread = within + chance
    cells = [(w * w * arm.error, arm.n - 1) for w, *arms in parts for arm in arms]
    # Strata's sizes are known as well as all units allow.
    cells.append((chance, units - 1))
    df = 1 / math.fsum((part / spread) ** 2 / df for part, df in cells) if spread else units - 2.0
    return Pair(mean, other, spread, error + level, both - error, df, units)


def comparable(strata: Sequence[Stratum]) -> list[Stratum]:
    """Merge strata where an arm is empty or shows no spread into the largest of the others."""
    good, poor = [one for one in strata if varies(one)], [one for one in strata if not varies(one)]
    if not poor:
        return good
    # The largest; of equals the one that does not depend on the order they came in.
    good.sort(key=lambda one: (-one[0].n - one[1].n, one[0].n, one[0].mean, one[1].mean))
    joined = [*good[:1], *poor]
    return [(merged([one[0] for one in joined]), merged([one[1] for one in joined])), *good[1:]]


def varies(stratum: Stratum) -> bool:
    """Whether both arms of a stratum show how far units lie apart."""
    return all(arm.n > 1 and arm.variance > 0 for arm in stratum)


def merged(arms: Sequence[Moments]) -> Moments:
    """Put the units of several strata together."""
    whole = [Joint(arm.n, (arm.mean,), ((arm.variance,),)) for arm in arms if arm.n]
    return whole[0].merged(*whole[1:]).moments() if whole else Moments(0, 0.0, 0.0)
