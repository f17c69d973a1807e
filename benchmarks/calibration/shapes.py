"""Made worlds of units: what a unit does, without an effect and with one."""

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from pmlib.stats import Moments
from pmlib.stats.trials.joint import Joint
from pmlib.stats.trials.ratios import linearised

Floats = NDArray[np.float64]
Columns = dict[str, Floats]

SEED = 20261123
UNITS = 2**18
"""Units in the world that experiments draw theirs from, with replacement: its truth is known to the last digit."""
BATCH = 100
"""Runs that share a random stream: more runs only add batches, and cores only share them out."""


@dataclass(frozen=True)
class Arm:
    """The units of one arm of one experiment: a column for each thing measured; of shares only the count."""

    n: int
    columns: Mapping[str, Floats]
    hits: int = 0

    @property
    def y(self) -> Floats:
        """What is measured."""
        return self.columns["y"]

    @cached_property
    def moments(self) -> Moments:
        """Count, mean and variance of what is measured."""
        if self.columns:
            return Moments.of(self.y)
        share = self.hits / self.n
        return Moments(self.n, share, share * (1 - share) * self.n / (self.n - 1))

    def joint(self, *names: str) -> Joint:
        """Take several columns together, from sums about a rough mean as an engine sends them."""
        about = [float(self.columns[name][0]) for name in names]
        off = [self.columns[name] - point for name, point in zip(names, about, strict=True)]
        products = np.zeros((len(off), len(off)))
        for row, one in enumerate(off):
            for column, other in enumerate(off[: row + 1]):
                products[row, column] = products[column, row] = np.einsum("i,i->", one, other)
        return Joint.of_sums(self.n, [float(one.sum()) for one in off], products.tolist(), about=about)

    @cached_property
    def linear(self) -> Moments:
        """The moments of a ratio of sums."""
        return linearised(self.joint("y", "over"))


Pair = tuple[Arm, Arm]
"""The treated arm and the control."""


@dataclass(frozen=True)
class Shape:
    """A kind of data.

    ``make`` returns columns of so many units at a lift; ``target`` is what of them an experiment compares; ``parts``
    what each unit adds to it, as deviations, whose skewness tells how soon a mean is normal.
    """

    name: str
    title: str
    make: Callable[[Generator, int, float], Columns]
    target: Callable[[Columns], float]
    parts: Callable[[Columns], Floats]
    binary: bool = False

    def __hash__(self) -> int:
        return hash(self.name)

    def world(self, lift: float) -> Columns:
        """Return all units at a lift."""
        return made(self.name, lift)

    def truth(self, lift: float) -> tuple[float, float]:
        """Return the true difference and the true lift."""
        base, treated = (level(self.name, one) for one in (0.0, lift))
        return treated - base, treated / base - 1

    def skewness(self) -> float:
        """Return the skewness of what a unit adds, without an effect."""
        off = self.parts(self.world(0.0))
        off = off - off.mean()
        return float((off**3).mean() / (off**2).mean() ** 1.5)

    def draw(self, rng: Generator, n: int, lift: float) -> Arm:
        """Draw an arm."""
        if self.binary:
            return Arm(n, {}, int(rng.binomial(n, level(self.name, lift))))
        world, chosen = self.world(lift), rng.integers(0, UNITS, n)
        return Arm(n, {name: column.take(chosen) for name, column in world.items()})


@cache
def made(name: str, lift: float) -> Columns:
    """Make the units of a shape once a process."""
    shape = SHAPES[name]
    return shape.make(default_rng([SEED, key(name)]), UNITS, lift)


@cache
def level(name: str, lift: float) -> float:
    """Return what is true of a shape at a lift."""
    return SHAPES[name].target(made(name, lift))


def key(name: str) -> int:
    """Return a number that stands for a name in every process."""
    return zlib.crc32(name.encode())


def runs(shape: Shape, sizes: tuple[int, int], lift: float, first: int, last: int) -> Iterator[Pair]:
    """Draw the runs from ``first`` to before ``last``, both multiples of a batch: arms of so many units."""
    treated, control = sizes
    for batch in range(first // BATCH, last // BATCH):
        rng = default_rng([SEED, key(shape.name), treated, control, round(lift * 1000), batch])
        for _ in range(BATCH):
            yield shape.draw(rng, treated, lift), shape.draw(rng, control, 0.0)


def mean(columns: Columns) -> float:
    """A mean per unit."""
    return float(columns["y"].mean())


def total(columns: Columns) -> float:
    """A sum over a sum."""
    return float(columns["y"].sum() / columns["over"].sum())


def itself(columns: Columns) -> Floats:
    """What a unit adds to a mean."""
    return columns["y"]


def linear(columns: Columns) -> Floats:
    """What a unit adds to a ratio."""
    return columns["y"] - total(columns) * columns["over"]


def ninetieth(columns: Columns) -> float:
    """The value that nine of ten units stay below."""
    return float(np.quantile(columns["y"], 0.9))


def middle(columns: Columns) -> float:
    """The value that half of the units stay below."""
    return float(np.quantile(columns["y"], 0.5))


def normal(rng: Generator, n: int, lift: float) -> Columns:
    """Units around 10, give or take 5; an effect moves all."""
    return {"y": rng.normal(10, 5, n) + 10 * lift}


def converted(rng: Generator, n: int, lift: float) -> Columns:
    """3 in 100 do it."""
    return {"y": (np.arange(n) < round(0.03 * n) * (1 + lift)).astype(float)}


def rare(rng: Generator, n: int, lift: float) -> Columns:
    """2 in 1,000 do it."""
    return {"y": (np.arange(n) < round(0.002 * n) * (1 + lift)).astype(float)}


def payers(rng: Generator, n: int, lift: float) -> Columns:
    """One in ten pays, some of them a lot; an effect is on the amounts."""
    return {"y": np.where(rng.random(n) < 0.1, rng.lognormal(0, 1.2, n), 0.0) * (1 + lift)}


def counts(rng: Generator, n: int, lift: float) -> Columns:
    """Seven in ten do nothing, the others three times on average."""
    return {"y": np.where(rng.random(n) < 0.3, rng.poisson(3 * (1 + lift), n), 0).astype(float)}


def clustered(rng: Generator, n: int, lift: float) -> Columns:
    """Sessions that end in a booking, of people who book more and less often: sessions of one person are alike."""
    sessions = 1 + rng.negative_binomial(1, 0.25, n)
    chance = rng.beta(2 * (1 + lift), 20 - 2 * (1 + lift), n)
    return {"y": rng.binomial(sessions, chance).astype(float), "over": sessions.astype(float)}


def spending(rng: Generator, n: int, lift: float) -> Columns:
    """Money an order, of people some of whom order nothing; who orders often pays less an order."""
    taste = rng.normal(0, 0.5, n)
    orders = rng.poisson(2 * np.exp(-0.3 * taste)).astype(float)
    return {"y": orders * np.exp(3 + taste) * (1 + lift), "over": orders}


def remembered(rng: Generator, n: int, lift: float) -> Columns:
    """Units known before: what they did then tells half of what they do now; an effect is in proportion."""
    before = rng.normal(10, 5, n)
    return {"y": (3 + 0.7 * before + rng.normal(0, 3.5, n)) * (1 + lift), "before": before}


def newcomers(rng: Generator, n: int, lift: float) -> Columns:
    """The same, but a third is new: nothing is known of them, and they do less."""
    old = remembered(rng, n, 0.0)
    new = rng.random(n) < 1 / 3
    y = np.where(new, 0.6, 1.0) * old["y"] * (1 + lift)
    return {"y": y, "before": np.where(new, 0.0, old["before"]), "new": new.astype(float)}


def layered(rng: Generator, n: int, lift: float) -> Columns:
    """Four kinds of units that differ a lot from each other."""
    kind = rng.choice(4, n, p=[0.5, 0.3, 0.15, 0.05])
    return {
        "y": (np.array([5.0, 10.0, 20.0, 40.0]).take(kind) + rng.normal(0, 5, n)) * (1 + lift),
        "kind": kind.astype(float),
    }


def waits(rng: Generator, n: int, lift: float) -> Columns:
    """Waiting times: most short, some long."""
    return {"y": rng.lognormal(0, 1, n) * (1 + lift)}


SHAPES = {
    one.name: one
    for one in (
        Shape("normal", "normal", normal, mean, itself),
        Shape("conversion", "3 % convert", converted, mean, itself, binary=True),
        Shape("payers", "10 % pay, lognormal σ = 1.2", payers, mean, itself),
        Shape("counts", "count, 70 % zeros", counts, mean, itself),
        Shape("clustered", "bookings a session, clustered by user", clustered, total, linear),
        Shape("ratio", "money an order", spending, total, linear),
        Shape("median", "median of waits", waits, middle, itself),
        Shape("p90", "90th percentile of waits", waits, ninetieth, itself),
        Shape("remembered", "normal, known before (ρ = 0.7)", remembered, mean, itself),
        Shape("newcomers", "the same, a third unknown before", newcomers, mean, itself),
        Shape("layered", "four strata", layered, mean, itself),
        Shape("rare", "0.2 % convert", rare, mean, itself, binary=True),
    )
}
