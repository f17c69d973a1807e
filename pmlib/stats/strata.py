"""Shares in strata: a difference among those who are alike, and a change split into its mix and its rates."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import ndtr

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.stats.inputs import count
from pmlib.stats.shares import critical

Stratum = tuple[int, int, int, int]
"""``hits`` of ``n``, and ``base_hits`` of ``base_n``."""
Group = tuple[int, int]
"""``hits`` of ``n``."""


def stratified_difference(strata: Sequence[Stratum], *, label: str = "difference", level: float = 0.95) -> Estimate:
    """Estimate the difference of two shares among those of the same stratum.

    The differences of the strata are weighted as Mantel and Haenszel did, with Sato's variance, which holds for few
    large strata and for many small ones. A stratum that has nobody on one side tells nothing and is left out. ``p`` is
    that of the score test: with few people Sato's variance, estimated apart from the null, calls too many differences.

    Parameters
    ----------
    strata
        For each stratum ``(hits, n, base_hits, base_n)``: the two shares compared.

    Returns
    -------
    Estimate
        Unit ``POINTS``; ``n`` counts those in strata that tell something. Open where they show no spread.

    Raises
    ------
    TooFewError
        If no stratum has somebody on both sides.

    References
    ----------
    Sato (1989), Biometrics 45:1323-1324, on Greenland and Robins (1985), Biometrics 41:55-68; Mantel and Haenszel
    (1959), Journal of the National Cancer Institute 22:719-748, without the correction for continuity.

    Examples
    --------
    >>> print(stratified_difference([(8, 106, 5, 120), (22, 98, 16, 85)], level=0.9))
    3.5 points (90% interval −1.8 points to 8.7 points)
    """
    value, variance, n = mantel_haenszel(strata, label)
    method = "Mantel-Haenszel difference over strata, Sato's variance; p of the score test"
    if variance <= 0:
        reason = "within the strata nobody differs from another, which shows no spread"
        return Estimate(label, value, None, None, Unit.POINTS, n, method, level, reason=reason)
    half = critical(level) * math.sqrt(variance)
    p = score_p(strata)
    low, high = max(value - half, -1.0), min(value + half, 1.0)
    return Estimate(label, value, low, high, Unit.POINTS, n, method, level, p)


def mantel_haenszel(strata: Sequence[Stratum], label: str = "difference") -> tuple[float, float, int]:
    """Return the weighted difference, its variance, and how many it rests on."""
    weight = gap = spread = drift = 0.0
    people = 0
    for stratum in strata:
        (hits, n), (base_hits, base_n) = counted(stratum[:2], label), counted(stratum[2:], label)
        if n == 0 or base_n == 0:
            continue
        total = n + base_n
        people += total
        weight += n * base_n / total
        gap += (hits * base_n - base_hits * n) / total
        drift += (n * n * base_hits - base_n * base_n * hits + n * base_n * (base_n - n) / 2) / total**2
        spread += (hits * (base_n - base_hits) + base_hits * (n - hits)) / (2 * total)
    if not people:
        raise TooFewError(f"'{label}' has no stratum with somebody on both sides; widen the period or the strata.")
    value = gap / weight
    return value, (value * drift + spread) / weight**2, people


def score_p(strata: Sequence[Stratum]) -> float:
    """Return the p of no difference in any stratum: hits less those expected with the margins as they are."""
    excess = variance = 0.0
    for hits, n, base_hits, base_n in strata:
        total, found = n + base_n, hits + base_hits
        if total > 1:
            excess += hits - n * found / total
            variance += n * base_n * found * (total - found) / (total**2 * (total - 1))
    return 2 * float(ndtr(-abs(excess) / math.sqrt(variance)))


def counted(group: Sequence[int], label: str) -> Group:
    """Return hits and people of a group, which may be nobody, or refuse what no group has."""
    hits, n = (count(one, label) for one in group)
    if hits > n:
        raise SettingError(f"'{label}' counts {hits} of {n}; 0 <= hits <= n is needed.")
    return hits, n


@dataclass(frozen=True)
class Shift:
    """A change of a share, split: ``mix + rate`` is the whole change.

    Parameters
    ----------
    mix
        What moved as groups became more or less of the whole.
    rate
        What moved within the groups.
    mixes, rates
        What each group gave to the two, in their order.
    """

    mix: Estimate
    rate: Estimate
    mixes: tuple[float, ...]
    rates: tuple[float, ...]


def mix_and_rate(now: Sequence[Group], before: Sequence[Group], *, level: float = 0.95) -> Shift:
    """Split the change of a share into a change of mix and a change of rates.

    A group's rate effect is its change of rate times its mean weight; its mix effect is its change of weight times how
    far its mean rate lies from that of all. A group absent from one period has only a mix effect. The intervals take
    all shares and weights to be estimated (delta method).

    Parameters
    ----------
    now, before
        For each group ``(hits, n)``, the same groups in the same order.

    Raises
    ------
    SettingError
        If the periods do not have the same number of groups.
    TooFewError
        If nobody is in one of them.

    References
    ----------
    Kitagawa (1955), JASA 50:1168-1194.

    Examples
    --------
    Two groups of 50, rates 60% and 20%, become 30 and 70 with the same rates: all of the change is mix.

    >>> shift = mix_and_rate([(18, 30), (14, 70)], [(30, 50), (10, 50)])
    >>> round(shift.mix.value, 6), round(shift.rate.value, 6)
    (-0.08, 0.0)
    """
    if len(now) != len(before):
        raise SettingError(f"{len(now)} groups now are compared with {len(before)} before; give the same groups.")
    now, before = ([counted(group, "change") for group in groups] for groups in (now, before))
    all_now, all_before = sum(n for _, n in now), sum(n for _, n in before)
    if not all_now or not all_before:
        raise TooFewError("Nobody is in one of the two periods, so their change cannot be split; widen them.")
    middle = (sum(hits for hits, _ in now) / all_now + sum(hits for hits, _ in before) / all_before) / 2
    mixes: list[float] = []
    rates: list[float] = []
    slopes: list[tuple[float, float, float, float]] = []
    mix_noise = rate_noise = 0.0
    for (hits, n), (base_hits, base_n) in zip(now, before, strict=True):
        new, old = n / all_now, base_n / all_before
        rate_now, rate_old = rates_of(hits, n, base_hits, base_n)
        mean = (rate_now + rate_old) / 2
        mixes.append((new - old) * (mean - middle))
        rates.append((rate_now - rate_old) * (new + old) / 2)
        slopes.append((new, old, mean, (rate_now - rate_old) / 2))
        both = n > 0 and base_n > 0
        for size, share in ((n, noise(hits, n)), (base_n, noise(base_hits, base_n))):
            if size:
                mix_noise += ((new - old) * (0.5 if both else 1.0)) ** 2 * share
                rate_noise += ((new + old) / 2) ** 2 * share if both else 0.0
    mix_noise += multinomial(slopes, 0, 2, all_now) + multinomial(slopes, 1, 2, all_before)
    rate_noise += multinomial(slopes, 0, 3, all_now) + multinomial(slopes, 1, 3, all_before)
    people = all_now + all_before
    return Shift(
        part("change of mix", sum(mixes), mix_noise, people, level),
        part("change of rates", sum(rates), rate_noise, people, level),
        tuple(mixes),
        tuple(rates),
    )


def rates_of(hits: int, n: int, base_hits: int, base_n: int) -> tuple[float, float]:
    """Return a group's two rates; where it is absent, the other one."""
    if not n and not base_n:
        return 0.0, 0.0
    now = hits / n if n else base_hits / base_n
    return now, base_hits / base_n if base_n else now


def noise(hits: int, n: int) -> float:
    """Return the variance of a rate; half a hit and half a miss are added, so that 0 of 2 is not sure."""
    share = (hits + 0.5) / (n + 1)
    return share * (1 - share) / n if n else 0.0


def multinomial(slopes: Sequence[tuple[float, ...]], weight: int, slope: int, n: int) -> float:
    """Return the variance of a sum of weights times slopes, where the weights are shares of ``n``."""
    first = sum(one[weight] * one[slope] for one in slopes)
    return max(sum(one[weight] * one[slope] ** 2 for one in slopes) - first**2, 0.0) / n


def part(label: str, value: float, variance: float, n: int, level: float) -> Estimate:
    """Return one part of a change with its normal interval."""
    method = "Kitagawa's decomposition, delta-method interval"
    if variance <= 0:
        reason = "there is one group, so its weight cannot change"
        return Estimate(label, value, None, None, Unit.POINTS, n, method, level, reason=reason)
    half = critical(level) * math.sqrt(variance)
    return Estimate(label, value, value - half, value + half, Unit.POINTS, n, method, level)
