"""Exact chances of tables as far out as the one seen: two shares, over all base shares that are plausible."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, gammaln

from pmlib.stats.inputs import Floats

SPARE = 2e-6
"""Chance given away so that only plausible shares need be searched (Berger and Boos)."""
CUT = 1e-9
"""Chance of the counts beyond a window, at any plausible share."""
MOST = 300
"""Counts of a group that are looked at."""
TIED = 1e-9
"""Scores nearer than this are one and the same, but for rounding."""
POINTS, FINER, STEPS = 24, 9, 6

Part = Callable[[Floats, float], Floats]


@dataclass(frozen=True)
class Contrast:
    """How two shares are compared.

    Parameters
    ----------
    score
        The score statistic of tables: ``(hits, n, base hits, base n, value) -> array``.
    other, base
        The group's share from the base's at a value of the contrast, and back.
    """

    score: Callable[[Floats, int, Floats, int, float], Floats]
    other: Part
    base: Part


class Tables:
    """The tables that two groups of these sizes may show, as far as they have a chance.

    Of a group with more than 300 counts that have a chance, every second, third, ... is taken, less than a tenth of a
    standard error apart; a table's score is then that of its corner where it is highest, which errs to the safe side.
    """

    def __init__(self, hits: int, n: int, base_hits: int, base_n: int) -> None:
        self.n, self.base_n, self.seen = n, base_n, (hits, base_hits)
        self.shares, self.base_shares = plausible(hits, n), plausible(base_hits, base_n)
        self.hits, self.ways, wide = counts(n, self.shares)
        self.base_hits, self.base_ways, base_wide = counts(base_n, self.base_shares)
        self.corners = (self.hits + wide).clip(None, n)[:, None], (self.base_hits - base_wide).clip(0.0, None)[None, :]

    def tail(self, contrast: Contrast, value: float) -> float:
        """Return the largest chance of a score as high as the one seen, if the contrast truly were ``value``."""
        scores = contrast.score(self.corners[0], self.n, self.corners[1], self.base_n, value)
        hits, base_hits = np.array([float(self.seen[0])]), np.array([float(self.seen[1])])
        seen = float(contrast.score(hits, self.n, base_hits, self.base_n, value)[0])
        far = (scores >= (seen if math.isinf(seen) else seen - TIED * max(1.0, abs(seen)))).astype(float)
        ends = contrast.base(np.array(self.shares), value)
        low, high = max(self.base_shares[0], float(ends[0])), min(self.base_shares[1], float(ends[1]))
        if low > high:
            # No plausible shares differ by so much: what was seen lies clearly above it, or below.
            lies = contrast.other(base_hits / self.base_n, value)
            return SPARE if self.seen[0] / self.n > float(lies[0]) else 1.0
        # Even steps of arcsine are even steps of standard error; taken of both shares, for either may be near 0.
        others = contrast.other(np.array([low, high]), value)
        grid = np.sort(np.r_[steps(low, high), contrast.base(steps(*others), value)]).clip(low, high)
        chances = self.chances(far, contrast, value, grid)
        at = int(chances.argmax())
        finer = np.linspace(grid[max(at - 1, 0)], grid[min(at + 1, grid.size - 1)], FINER)
        found = max(float(chances[at]), float(self.chances(far, contrast, value, finer).max()))
        return min(1.0, found + SPARE)

    def chances(self, far: Floats, contrast: Contrast, value: float, shares: Floats) -> Floats:
        """Return the chance of the tables in ``far`` at each base share."""
        group = binomial(self.hits, self.ways, contrast.other(shares, value).clip(0.0, 1.0))
        base = binomial(self.base_hits, self.base_ways, shares)
        return ((group @ far) * base).sum(axis=1)


def plausible(hits: int, n: int) -> tuple[float, float]:
    """Return Clopper and Pearson's limits of a share, at half of what is to spare."""
    out = SPARE / 4
    low = 0.0 if hits == 0 else float(betaincinv(hits, n - hits + 1, out))
    high = 1.0 if hits == n else float(betaincinv(hits + 1, n - hits, 1 - out))
    return low, high


def counts(n: int, shares: tuple[float, float]) -> tuple[Floats, Floats, float]:
    """Return the counts that have a chance at these shares (Bernstein's bound).

    Returns
    -------
    tuple
        The counts, the logarithms of their binomial coefficients but for a constant, and half of what lies between two.
    """
    log = -math.log(CUT)
    spread = n * (0.25 if shares[0] < 0.5 < shares[1] else max(share * (1 - share) for share in shares))
    reach = log / 3 + math.sqrt(log * log / 9 + 2 * log * spread)
    low, high = max(0, math.floor(n * shares[0] - reach)), min(n, math.ceil(n * shares[1] + reach))
    step = max(1, math.ceil((high - low + 1) / MOST))
    found = np.arange(low, high + 1, step, dtype=float)
    first = gammaln(n + 1) - gammaln(found + 1) - gammaln(n - found + 1) if step > 1 else ways(found, n)
    return found, first, (step - 1) / 2


def ways(found: Floats, n: int) -> Floats:
    """Return the logarithms of the binomial coefficients of counts one apart, but for a constant."""
    return np.r_[0.0, np.cumsum(np.log((n - found[:-1]) / (found[:-1] + 1)))]


def binomial(counts: Floats, ways: Floats, shares: Floats) -> Floats:
    """Return the chances of counts at each share, shape ``(shares, counts)``."""
    odds = np.log(shares.clip(1e-300, None)) - np.log((1 - shares).clip(1e-300, None))
    logs = ways + odds[:, None] * counts
    chances = np.exp(logs - logs.max(axis=1, keepdims=True))
    return chances / chances.sum(axis=1, keepdims=True)


def steps(low: float, high: float) -> Floats:
    """Return shares from ``low`` to ``high``, evenly apart in standard errors."""
    angles = np.linspace(math.asin(math.sqrt(max(low, 0.0))), math.asin(math.sqrt(min(high, 1.0))), POINTS)
    return np.sin(angles) ** 2


def difference_scores(hits: Floats, n: int, base_hits: Floats, base_n: int, delta: float) -> Floats:
    """Miettinen and Nurminen's score of a difference, for arrays of tables; see ``shares.difference_score``."""
    total, done = n + base_n, hits + base_hits
    gap = hits / n - base_hits / base_n - delta
    if delta == 0:
        base = done / total
    else:
        square = (total + base_n) * delta - total - done
        line = (base_n * delta - total - 2 * base_hits) * delta + done
        constant = base_hits * delta * (1 - delta)
        # Poisson counts have a quadratic. From there Laguerre's steps, which cannot pass the cubic's middle root.
        lean = total * delta - done
        base = (np.sqrt(np.maximum(lean * lean + 4 * total * base_hits * delta, 0.0)) - lean) / (2 * total)
        least, most = max(0.0, -delta), min(1.0, 1 - delta)
        inside = min(0.3 / total, (most - least) / 4)
        base = base.clip(least + inside, most - inside)
        for _ in range(STEPS):
            value = ((total * base + square) * base + line) * base + constant
            slope = (3 * total * base + 2 * square) * base + line
            bend = 6 * total * base + 2 * square
            under = slope - np.sqrt(np.maximum(4 * slope**2 - 6 * value * bend, 0.0))
            base = base - np.divide(3 * value, under, out=np.zeros_like(value), where=under < 0)
        # With no hits at all, or only hits, two roots lie together at the end.
        base = np.where(done == 0, least, np.where(done == total, most, base.clip(least, most)))
    other = (base + delta).clip(0.0, 1.0)
    return standardised(gap, (other * (1 - other) / n + base * (1 - base) / base_n) * total / (total - 1))


def ratio_scores(hits: Floats, n: int, base_hits: Floats, base_n: int, ratio: float) -> Floats:
    """Miettinen and Nurminen's score of a ratio, for arrays of tables; see ``shares.ratio_score``."""
    total = n + base_n
    line = n * ratio + hits + base_n + base_hits * ratio
    done = hits + base_hits
    base = 2 * done / (line + np.sqrt(np.maximum(line * line - 4 * total * ratio * done, 0.0)))
    base = base.clip(0.0, 1.0)
    other = (ratio * base).clip(0.0, 1.0)
    gap = hits / n - ratio * base_hits / base_n
    return standardised(gap, (other * (1 - other) / n + ratio**2 * base * (1 - base) / base_n) * total / (total - 1))


def standardised(gap: Floats, variance: Floats) -> Floats:
    """Divide gaps by their standard errors; a gap without variance is infinitely far off, none is 0."""
    sure = variance <= 1e-30
    scores = gap / np.sqrt(np.where(sure, 1.0, variance))
    return np.where(sure, np.where(np.abs(gap) < 1e-13, 0.0, np.copysign(np.inf, gap)), scores)


DIFFERENCE = Contrast(difference_scores, lambda base, delta: base + delta, lambda other, delta: other - delta)
RATIO = Contrast(ratio_scores, lambda base, ratio: base * ratio, lambda other, ratio: other / ratio)
