"""What is promised beside two arms and one metric: families of tests, margins, segments, planned sizes."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, default_rng

from benchmarks.calibration.cells import ENOUGH, bands
from benchmarks.calibration.shapes import BATCH, SEED, key
from benchmarks.calibration.verdicts import ALPHA
from pmlib.stats import Moments, mean_difference, mean_lift, share_lift
from pmlib.stats.trials.dunnett import together
from pmlib.stats.trials.families import holm
from pmlib.stats.trials.margins import interval_margin
from pmlib.stats.trials.plans import Design
from pmlib.stats.trials.quantiles import Ranked, quantile_difference
from pmlib.stats.trials.segments import differences, interaction
from pmlib.stats.trials.winners import ASOS, expected

MEAN, DEVIATION = 10.0, 5.0
N = 1000
MARGIN = 0.02
SEGMENTS = 10


@dataclass(frozen=True)
class Promise:
    """A rate that is promised, and what was measured."""

    title: str
    rate: float
    low: float
    high: float

    @property
    def kept(self) -> bool:
        """Whether it lies within its band."""
        return self.low <= self.rate <= self.high


def arm(rng: Generator, n: int = N, mean: float = MEAN) -> Moments:
    """Draw an arm's moments: of normal units the mean is normal and the variance a chi-square, apart."""
    return Moments(n, rng.normal(mean, DEVIATION / n**0.5), DEVIATION**2 * rng.chisquare(n - 1) / (n - 1))


def dunnetts(rng: Generator) -> bool:
    """Three arms like control, judged together: one is called."""
    arms, control = [arm(rng) for _ in range(3)], arm(rng)
    alone = [mean_difference(one, control).p or 0.0 for one in arms]
    # An adjusted p is not below the arm's own, and takes a tenth of a second.
    if min(alone) >= ALPHA:
        return False
    parts = [math.sqrt(control.error / (one.error + control.error)) for one in arms]
    return any(one.p < ALPHA for one in together(alone, parts))


def holms(rng: Generator) -> bool:
    """Six goals without an effect: one is called."""
    found = [mean_difference(arm(rng), arm(rng)).p or 0.0 for _ in range(6)]
    return min(holm(found)) < ALPHA


def lost(rng: Generator) -> bool:
    """A loss of exactly the margin: it is called non-inferior."""
    return interval_margin(mean_lift(arm(rng, mean=MEAN * (1 - MARGIN)), arm(rng, 4 * N)), MARGIN).passed


def lost_share(rng: Generator) -> bool:
    """The same of a share of 30 %."""
    n = 10 * N
    hits, base = int(rng.binomial(n, 0.3 * (1 - MARGIN))), int(rng.binomial(n, 0.3))
    return interval_margin(share_lift(hits, n, base, n), MARGIN).passed


def apart(rng: Generator) -> bool:
    """Ten segments with one effect: they are called different."""
    pairs = [(arm(rng, 200), arm(rng, 200)) for _ in range(SEGMENTS)]
    found = differences([one for one, _ in pairs], [one for _, one in pairs])
    return interaction(found.values, found.errors, dfs=found.dfs).p < ALPHA


def planned(rng: Generator) -> bool:
    """An effect that the planned size is to find in 80 of 100: it is called."""
    effect = 0.05
    size = Design(MEAN, DEVIATION**2, spread="alike", split=1 / 4).units(effect)
    found = mean_difference(arm(rng, size.arm, MEAN * (1 + effect)), arm(rng, size.control))
    return found.p is not None and found.p < ALPHA


def shrunk(rng: Generator) -> bool:
    """A lift as an online shop has them, measured: the interval of what is left of it holds the truth."""
    spread = rng.choice(ASOS.sds, p=ASOS.weights)
    lift = rng.normal(0, spread)
    found = expected(mean_lift(arm(rng, 20 * N, MEAN * (1 + lift)), arm(rng, 20 * N)))
    return found.low is not None and found.high is not None and found.low <= lift <= found.high


def waits(rng: Generator) -> Ranked:
    """Draw an arm of units with several waits each, alike within a unit."""
    owner = np.repeat(np.arange(N), 1 + rng.poisson(3, N))
    own = rng.normal(0, 0.7, N)
    return Ranked.of(np.exp(own[owner] + rng.normal(0, 0.7, owner.size)), 0.5, units=owner)


def waited(rng: Generator) -> bool:
    """The median of waits that are alike within units: an effect is called."""
    found = quantile_difference(waits(rng), waits(rng))
    return found.p is not None and found.p < ALPHA


ASKED: tuple[tuple[str, Callable[[Generator], bool], str], ...] = (
    ("six goals without an effect, Holm: any called", holms, "called"),
    ("a mean that loses the margin: called non-inferior", lost, "tail"),
    ("a share that loses the margin: called non-inferior", lost_share, "tail"),
    ("ten segments with the same effect: called different", apart, "called"),
    ("the effect a test was sized for: called", planned, "power"),
    ("median of waits, several a unit: called", waited, "called"),
)


SLOW = (
    ("three arms like control, Dunnett: any called", dunnetts, "called"),
    ("a lift like a shop's, shrunk: the interval holds it", shrunk, "covered"),
)


def promised(runs: int) -> list[Promise]:
    """Measure all of them; of what takes long a tenth of the runs, where there are many."""
    slow = [rate(*one, runs // 10) for one in SLOW] if runs >= ENOUGH else []
    return [*slow, *(rate(*one, runs) for one in ASKED)]


def rate(title: str, ask: Callable[[Generator], bool], band: str, runs: int) -> Promise:
    """Measure one."""
    limits = bands(runs)
    # Power of 80 % has twice the standard error of 5 %.
    wide = 2 * (limits.called[1] - 0.05)
    between = {
        "called": limits.called,
        "tail": limits.tail,
        "covered": limits.covered,
        "power": (0.8 - wide, 0.8 + wide),
    }
    said = []
    for batch in range(runs // BATCH):
        rng = default_rng([SEED, key(title), batch])
        said += [ask(rng) for _ in range(BATCH)]
    return Promise(title, float(np.mean(said)), *between[band])
