"""Group-sequential looks: bounds by alpha spending, repeated intervals and the sequential p-value."""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from scipy.special import ndtr, ndtri

from pmlib.core import Estimate, SettingError
from pmlib.stats.inputs import number
from pmlib.stats.trials.crossing import Walk
from pmlib.stats.trials.spending import Spending, chance, spent

LEAST = 1e-3
"""A look needs so many more units than the one before, as a part of its own."""
WIDEST = 8.0
"""The bound of a look with next to nothing to spend, and the largest quantile that has a level of its own."""
NEGLIGIBLE = 1e-6
"""A part of alpha that a look may spend unasked, where alpha is so small that bounds beyond ``WIDEST`` matter."""
SMALLEST_P = 1e-15
"""Smaller sequential p-values are not told apart."""


@dataclass(frozen=True)
class Look:
    """What a look at a running test may call.

    Parameters
    ----------
    units
        Units counted by then.
    time
        Their part of the plan, at most 1.
    bound
        The look calls an effect where Z lies beyond ``±bound``: the quantile of its repeated interval.
    spent
        Alpha spent by this look and all before, both sides together.
    level
        Confidence level whose two-sided normal quantile is ``bound``: an interval made at this level is the
        repeated interval.
    last
        Whether all of alpha is spent: nothing can be called later.
    """

    units: float
    time: float
    bound: float
    spent: float
    level: float
    last: bool

    def crossed(self, p: float) -> bool:
        """Whether a test's own p-value, two-sided and of this look's data alone, crosses the bound."""
        return 0 <= p < two_sided(self.bound)


def boundaries(
    times: Sequence[float], *, alpha: float = 0.05, spending: Spending = "obrien-fleming"
) -> tuple[float, ...]:
    """Return the bound on Z at each look of a two-sided test.

    Parameters
    ----------
    times
        Parts of the planned information at the looks, rising, above 0 and at most 1.

    Raises
    ------
    SettingError
        If the times do not rise within these limits.

    References
    ----------
    Lan and DeMets (1983), Biometrika 70:659-663.

    Examples
    --------
    >>> [f"{z:.4f}" for z in boundaries([0.2, 0.4, 0.6, 0.8, 1.0])]
    ['4.8769', '3.3570', '2.6803', '2.2898', '2.0310']
    """
    times = rising(times, "times")
    if times[-1] > 1:
        raise SettingError(f"A look's time is a part of the plan, at most 1, not {times[-1]:g}; 'looks' takes units.")
    targets = [spent(time, alpha=alpha, spending=spending) for time in times]
    return tuple(bound for bound, _ in solved(times, targets, chance(alpha), ()))


def looks(
    units: Sequence[float],
    planned: float,
    *,
    alpha: float = 0.05,
    spending: Spending = "obrien-fleming",
    final: bool = False,
    times: Sequence[float] = (),
    used: Sequence[float] = (),
) -> tuple[Look, ...]:
    """Return the looks at a test, planned or taken, with their bounds.

    A look that was planned and skipped is left out; one that came early or late counts with the units it had. The
    look that reaches the planned units spends all that is left of alpha, also where it has more units than planned.

    Parameters
    ----------
    units
        Units counted at each look, rising: of all arms together where the split stays the same, else what the
        comparison knows, such as ``1 / (1 / n + 1 / base_n)``.
    planned
        Units planned at the horizon, on the same scale.
    alpha
        Chance of a false alarm over all looks.
    final
        Whether the last look ends the test although it has fewer units than planned; it spends what is left.
    times
        Parts of the plan by which alpha is spent, one a look, where they are not the units' parts: days gone over days
        planned where nobody can say how many units there will be, or units taken in where only some have a value yet.
        The units then tell how the looks correlate. A look at the same time as the one before spends nothing.
    used
        Bounds that the first looks were read with, where a changed plan would now give others: they are kept, and
        what they spent is taken as it was.

    Raises
    ------
    SettingError
        If the units do not rise, a look adds next to nothing, or an earlier look had reached the plan.

    References
    ----------
    Lan and DeMets (1989), Statistics in Medicine 8:1191-1198, on alpha spent by another clock than information.

    Examples
    --------
    >>> for look in looks([2000, 5000, 10500], 10000):
    ...     print(f"{look.time:.2f} {look.bound:.3f} {look.spent:.5f}")
    0.20 4.877 0.00000
    0.50 2.963 0.00305
    1.00 1.969 0.05000
    """
    counted = rising(units, "units")
    if not number(planned, "planned") > 0:
        raise SettingError(f"A test plans for more than 0 units, not {planned:g}.")
    if times and len(times) != len(counted):
        raise SettingError(f"{len(times)} times stand for {len(counted)} looks; give one each, or none.")
    parts = [min(1.0, one) for one in (rising(times, "times", 0.0) if times else [one / planned for one in counted])]
    over = parts.index(1.0) + 1 if 1.0 in parts else len(parts)
    if over < len(parts):
        raise SettingError(
            f"Look {over} reached the end of the plan and spent all of alpha, yet {len(parts) - over} came later. Read "
            f"look {over} as the last."
        )
    if len(used) > len(counted):
        raise SettingError(f"{len(used)} bounds were used at {len(counted)} looks; give at most one a look.")
    if any(number(bound, "used") <= 0 for bound in used):
        raise SettingError("A bound that was used lies above 0; it holds on both sides.")
    alpha = chance(alpha)
    targets = [spent(time, alpha=alpha, spending=spending) for time in parts]
    if final:
        targets[-1] = alpha
    found = solved(counted, targets, alpha, [float(bound) for bound in used])
    return tuple(
        Look(one, time, bound, gone, level_of(bound), target == alpha)
        for one, time, target, (bound, gone) in zip(counted, parts, targets, found, strict=True)
    )


def solved(
    clock: Sequence[float], targets: Sequence[float], alpha: float, used: Sequence[float]
) -> list[tuple[float, float]]:
    """Return each look's bound and the alpha spent with it, for cumulated targets at information times."""
    most = max(WIDEST, -float(ndtri(NEGLIGIBLE * alpha / 2)))
    least = float(ndtr(-most))
    walk, gone = Walk.start(), 0.0
    found: list[tuple[float, float]] = []
    for look, (time, target) in enumerate(zip(clock, targets, strict=True)):
        if look:
            walk = walk.on(clock[look - 1], found[-1][0], time)
        bound = used[look] if look < len(used) else min(walk.bound(time, max((target - gone) / 2, least)), most)
        gone += 2 * walk.above(time, bound)
        found.append((bound, gone))
    return found


def sequential_p(
    p_values: Sequence[float],
    units: Sequence[float],
    planned: float,
    *,
    spending: Spending = "obrien-fleming",
    final: bool = False,
    times: Sequence[float] = (),
) -> float:
    """Return the smallest alpha at which one of the looks so far would have crossed its bound.

    It is below alpha exactly when a look crossed the bounds of that alpha; with one look at the planned units it is
    that look's own p-value. Give 1 for earlier looks to have the p-value of the last look alone, which belongs to
    its repeated interval.

    Parameters
    ----------
    p_values
        Two-sided p-values of the looks' own tests.
    units, planned, spending, final, times
        As in :func:`looks`.

    References
    ----------
    Liu and Anderson (2008), JASA 103:1621-1630.

    Examples
    --------
    >>> f"{sequential_p([0.1, 0.04, 0.02], [1, 2, 3], 3):.4f}"
    '0.0211'
    """
    if len(p_values) != len(units):
        raise SettingError(f"{len(p_values)} p-values stand for {len(units)} looks; give one each.")
    given = [p_value(p) for p in p_values]
    observed = [-float(ndtri(p / 2)) for p in given]

    def beyond(logarithm: float) -> float:
        """How far the looks' statistics lie beyond the bounds of an alpha, at the look where they lie farthest."""
        taken = looks(units, planned, alpha=math.exp(logarithm), spending=spending, final=final, times=times)
        return max(z - look.bound for look, z in zip(taken, observed, strict=True))

    if len(given) == 1 and looks(units, planned, spending=spending, final=final, times=times)[0].last:
        return given[0]
    from scipy.optimize import brentq

    lowest, highest = math.log(SMALLEST_P), math.log1p(-1e-12)
    if beyond(lowest) > 0:
        return SMALLEST_P
    if beyond(highest) <= 0:
        return 1.0
    return math.exp(float(brentq(beyond, lowest, highest, xtol=1e-13, rtol=1e-13)))


def repeated(
    found: Estimate, *, alpha: float = 0.05, p: float | None = None, by: str = "group-sequential looks"
) -> Estimate:
    """Restate an estimate that was made at a look's own level as what it is over all looks.

    Parameters
    ----------
    found
        The estimate at level ``look.level``; its interval is the repeated one.
    alpha
        Chance of a false alarm over all looks: the interval holds at level ``1 - alpha`` at all looks together.
    p
        The sequential p-value.

    Examples
    --------
    >>> from pmlib.stats.means import Moments, mean_difference
    >>> first = looks([1000], 2000)[0]
    >>> here = mean_difference(Moments(500, 11.0, 9.0), Moments(500, 10.0, 9.0), level=first.level)
    >>> print(repeated(here))
    1.00 (95% interval 0.44 to 1.56)
    """
    method = f"{found.method}, repeated interval over {by}"
    return replace(found, level=1 - chance(alpha), p=p, method=method)


def level_of(q: float) -> float:
    """Return the confidence level whose two-sided normal quantile is ``q``, for functions that take a level.

    A quantile beyond 8 is taken as 8: the levels above can hardly be told from 1.

    Examples
    --------
    >>> f"{level_of(1.959964):.4f} {level_of(3.035):.4f}"
    '0.9500 0.9976'
    """
    if number(q, "q") < 0:
        raise SettingError(f"A quantile is not below 0, not {q:g}.")
    return 1 - two_sided(min(float(q), WIDEST))


def two_sided(z: float) -> float:
    """Return the two-sided p-value of a Z, without underflow."""
    return max(2 * float(ndtr(-abs(z))), sys.float_info.min)


def p_value(p: float) -> float:
    """Return a p-value, one of 0 as the smallest float above; refuse what is none."""
    if not 0 <= p <= 1:
        raise SettingError(f"A p-value lies between 0 and 1, not at {p}; leave out a test that has none.")
    return max(float(p), sys.float_info.min)


def rising(values: Sequence[float], name: str, least: float = LEAST) -> list[float]:
    """Return what looks have counted: above 0 and each enough more than the one before."""
    found = [float(number(value, name)) for value in values]
    if not found:
        raise SettingError(f"'{name}' names no look; give one value a look.")
    if found[0] <= 0:
        raise SettingError(f"'{name}' begins with {found[0]:g}; a first look has more than 0.")
    for place, (before, now) in enumerate(pairwise(found), 2):
        if now - before < least * now:
            more = f"{least:.1%} more" if least else "as much"
            raise SettingError(
                f"Look {place} has {now:,.6g}, the one before {before:,.6g}: a look needs {more}. Leave it out; the "
                "one before it stands."
            )
    return found
