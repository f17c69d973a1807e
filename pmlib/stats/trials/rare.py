"""Two shares where few units did it: an exact test, and intervals of difference and lift that belong to it."""

import math
from collections.abc import Callable

from scipy.special import ndtri

from pmlib.core import Estimate, Unit
from pmlib.stats.shares import counted, share_difference, share_lift
from pmlib.stats.trials.tails import DIFFERENCE, RATIO, SPARE, Tables

FEWEST = 5
"""Hits expected in the smaller group, if the groups are alike, below which the exact test takes over."""
FINE = 3e-4
"""Ends of intervals are found to this part of the distance from the value."""
PROBES = (0.01, 0.03, 0.1, 0.3)
"""How far beyond an end it is looked whether more belongs to the interval, in the same parts."""
HALVINGS = 60


def is_rare(hits: int, n: int, base_hits: int, base_n: int) -> bool:
    """Whether so few did it, or did not, that the exact test judges and not the score test.

    It does where fewer than 5 hits, or misses, are to be expected in the smaller group if both are alike. There the
    score test at 5% calls too often, when nothing differs, that the smaller group has more: in 8.2% of all cases with
    0.5 hits expected there and four times as many units in the other group, 4.6% with 1 in a split of 30/70. From 5 on
    each of its tails lies between 0.6% and 3.6%, both together between 4% and 5.3%, with 1% to 50% of the units in the
    smaller group. (Every table counted out, 200,000 units.)

    Examples
    --------
    >>> is_rare(0, 500, 3, 500), is_rare(20, 500, 30, 500)
    (True, False)
    """
    (hits, n), (base_hits, base_n) = counted(hits, n, "the group"), counted(base_hits, base_n, "the base")
    done, total = hits + base_hits, n + base_n
    return min(done, total - done) * min(n, base_n) < FEWEST * total


def exact_difference(
    hits: int, n: int, base_hits: int, base_n: int, *, label: str = "difference", level: float = 0.95
) -> Estimate:
    """Estimate the difference of two shares, ``hits / n - base_hits / base_n``, exactly however few hits there are.

    Two one-sided tests at half the error each: the binomial chances of all tables with a score (N - 1 chi-square;
    Miettinen and Nurminen) as high as the one seen are added up, at the base share that makes them likeliest. The
    interval holds the differences that neither test refuses, so it excludes 0 exactly when ``p < 1 - level``. Base
    shares are searched where both groups' Clopper-Pearson intervals at 99.9999% allow them, and what those leave out is
    added to ``p``, which is never below 4e-6.

    Returns
    -------
    Estimate
        Unit ``POINTS``; fractions in ``[-1, 1]``.

    Raises
    ------
    TooFewError
        If a group is empty.

    References
    ----------
    Chan and Zhang (1999), Biometrics 55:1202-1209; Berger and Boos (1994), JASA 89:1012-1016.

    Examples
    --------
    >>> found = exact_difference(3, 500, 0, 500)
    >>> print(found, round(found.p, 3))
    0.6 points (95% interval −0.2 points to 1.7 points) 0.097
    """
    (hits, n), (base_hits, base_n) = counted(hits, n, label), counted(base_hits, base_n, label)
    value, start = hits / n - base_hits / base_n, share_difference(hits, n, base_hits, base_n, level=level)
    up, down = both(hits, n, base_hits, base_n)
    chances, share = equal(up, down), (1 - level) / 2
    low, high = start.low or 0.0, start.high or 0.0
    least = lower(lambda d: up.tail(DIFFERENCE, d), chances[0], share, value, low, -1.0)
    most = -lower(lambda d: down.tail(DIFFERENCE, d), chances[1], share, -value, -high, -1.0)
    return Estimate(label, value, least, most, Unit.POINTS, n + base_n, METHOD, level, two_sided(chances))


def exact_lift(hits: int, n: int, base_hits: int, base_n: int, *, label: str = "lift", level: float = 0.95) -> Estimate:
    """Estimate the lift of a share, ``(hits / n) / (base_hits / base_n) - 1``, exactly however few hits there are.

    The test is that of :func:`exact_difference`, and the interval excludes 0 exactly when that one does.

    Returns
    -------
    Estimate
        Unit ``LIFT``. Without hits in the base there is no value and no upper end.

    Raises
    ------
    TooFewError
        If a group is empty.

    References
    ----------
    Chan and Zhang (1999), Biometrics 55:1202-1209; Agresti and Min (2001), Biometrics 57:963-971.

    Examples
    --------
    >>> print(exact_lift(4, 24, 12, 28))
    −61.1% (95% interval −90.2% to −1.2%)
    """
    (hits, n), (base_hits, base_n) = counted(hits, n, label), counted(base_hits, base_n, label)
    start = share_lift(hits, n, base_hits, base_n, level=level)
    up, down = Tables(hits, n, base_hits, base_n), Tables(base_hits, base_n, hits, n)
    chances, share = equal(*both(hits, n, base_hits, base_n)), (1 - level) / 2
    value = math.inf if base_hits == 0 else math.log(hits / n) - math.log(base_hits / base_n) if hits else -math.inf
    least = None if base_hits == hits == 0 else -1.0
    if hits:
        found = lower(lambda r: up.tail(RATIO, math.exp(r)), chances[0], share, value, logarithm(start.low), FAR)
        least = math.expm1(found)
    most = None
    if base_hits:
        found = lower(lambda r: down.tail(RATIO, math.exp(r)), chances[1], share, -value, -logarithm(start.high), FAR)
        most = None if found <= FAR else math.expm1(-found)
    few = "too few in the base group did it for a ratio to have an upper end that is this sure"
    reason = few if base_hits else "nobody in the base group did it, so a ratio has no upper end"
    reason = "" if most is not None else reason
    shown = (hits / n) / (base_hits / base_n) - 1 if base_hits else None
    return Estimate(label, shown, least, most, Unit.LIFT, n + base_n, METHOD, level, two_sided(chances), reason=reason)


METHOD = "exact test of two shares ordered by the score statistic, two one-sided tests inverted (Chan-Zhang)"
FAR = -60.0
"""Logarithm of a ratio below which none is looked for."""


def both(hits: int, n: int, base_hits: int, base_n: int) -> tuple[Tables, Tables]:
    """Return the tables of two groups, and with the groups swapped, for differences."""
    if hits + base_hits > (n + base_n) / 2:
        # The same difference of the misses, which are few: shares near 0 keep their digits.
        hits, n, base_hits, base_n = base_n - base_hits, base_n, n - hits, n
    return Tables(hits, n, base_hits, base_n), Tables(base_hits, base_n, hits, n)


def equal(up: Tables, down: Tables) -> tuple[float, float]:
    """Return the chances, if the shares are equal, of a score as high as the one seen and of one as low."""
    return up.tail(DIFFERENCE, 0.0), down.tail(DIFFERENCE, 0.0)


def two_sided(chances: tuple[float, float]) -> float:
    """Return the p-value of both sides together."""
    return min(1.0, 2 * min(chances))


def logarithm(lift: float | None) -> float:
    """Return the logarithm of a ratio from a lift to begin a search with."""
    return math.log1p(max(lift or 0.0, -1 + 1e-12))


def lower(
    tail: Callable[[float], float], null: float, share: float, value: float, guess: float, domain: float
) -> float:
    """Return the lower end of the contrasts whose ``tail`` is above ``share``.

    Scores of other contrasts order the tables anew, so the tail rises with the contrast but for small steps. The end is
    the outermost found; and it lies beyond 0 where the test of no difference (``null``, its tail at 0) refuses.

    Parameters
    ----------
    value, guess
        The contrast seen, and where the end may be. ``value`` may be infinite.
    domain
        The least contrast there is.
    """
    refused = 2 * null < 2 * share
    least = 0.0 if refused else domain
    inner = value if refused else min(value, 0.0)
    if inner <= domain:
        return domain
    width = abs(value - guess) if math.isfinite(value) else max(1.0, abs(guess))
    guess = max(guess, least + 0.05 * min(width, inner - least)) if refused else min(guess, inner - 0.05 * width)
    out, held = guess, inner
    if math.isinf(held):
        held = guess
        while tail(held) <= share:
            held += width
    step = 0.2 * width
    while out > least and tail(out) > share:
        held, out, step = out, out - step, 2 * step
    # What lies at the least contrast, or below, needs no look: it is refused, or there is nothing.
    out = max(out, least)
    out, held = narrowed(tail, share, out, held, FINE * width)
    for part in PROBES:
        probe = out - part * width
        if probe > least and tail(probe) > share:
            further = max(probe - part * width, least)
            out, held = narrowed(tail, share, further, probe, FINE * width)
    return (out + held) / 2 if refused and out == 0 else out


def narrowed(tail: Callable[[float], float], share: float, out: float, held: float, fine: float) -> tuple[float, float]:
    """Narrow a step: ``out`` is refused, ``held`` is not. Normal quantiles of the tail run nearly straight."""
    goal, below, above = float(ndtri(share)), None, None
    for turn in range(HALVINGS):
        if held - out <= fine:
            break
        part = 0.5
        if turn % 3 < 2 and below is not None and above is not None and above > below:
            part = min(max((goal - below) / (above - below), 0.05), 0.95)
        middle = out + part * (held - out)
        chance = tail(middle)
        score = float(ndtri(min(chance, 1 - SPARE)))
        if chance > share:
            held, above = middle, score
        else:
            out, below = middle, score
    return out, held
