"""How often the rule for signals cries wolf in quiet weeks, and what it sees: ``python -m benchmarks.signals``.

Each world is a way product figures move when nothing happens. A quiet last week is judged by the weeks before it, then
the same week with a tenth, a fifth and three tenths taken off.
"""

import sys
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pmlib.core import Unit
from pmlib.stats import signal

Values = NDArray[np.float64]
World = Callable[[np.random.Generator, int], Values]


def alike(rng: np.random.Generator, n: int, by: float, size: float) -> Values:
    """Noise whose neighbours correlate by ``by``."""
    noise = rng.normal(0, size, n)
    found = [noise[0] / np.sqrt(1 - by * by)]
    for one in noise[1:]:
        found.append(by * found[-1] + one)
    return np.array(found)


def year(rng: np.random.Generator, n: int) -> Values:
    """A wave of a year from any week on, with two deep weeks at its end."""
    week = np.arange(n) + rng.integers(52)
    deep = np.select([week % 52 == 12, week % 52 == 13], [-0.35, -0.25], 0.0)
    return 0.25 * np.sin(2 * np.pi * week / 52) + deep


def outages(rng: np.random.Generator, n: int) -> Values:
    """Two outages of a week or two, the last at least three weeks ago."""
    values = 1000 * np.exp(alike(rng, n, 0.5, 0.03))
    for place in rng.choice(n - 4, 2, replace=False):
        values[place : place + rng.integers(1, 3)] *= 0.4
    return values


def stepped(rng: np.random.Generator, n: int) -> Values:
    """A new level since 4 to 24 weeks."""
    values = 1000 * np.exp(alike(rng, n, 0.5, 0.03))
    values[n - rng.integers(5, 26) :] *= 1.3
    return values


def gaps(rng: np.random.Generator, n: int) -> Values:
    """One week in twenty missing."""
    values = 1000 * np.exp(alike(rng, n, 0.5, 0.03))
    values[:-1][rng.random(n - 1) < 0.05] = np.nan
    return values


def weekdays(rng: np.random.Generator, n: int) -> Values:
    """Days with a weekday pattern."""
    day = np.array([0.1, 0.1, 0.08, 0.05, 0.0, -0.4, -0.5])[(np.arange(n) + rng.integers(7)) % 7]
    return 1000 * np.exp(day + alike(rng, n, 0.5, 0.03))


AMOUNTS: dict[str, World] = {
    "steady": lambda rng, n: 1000 * np.exp(rng.normal(0, 0.04, n)),
    "wandering": lambda rng, n: 1000 * np.exp(np.cumsum(rng.normal(0, 0.03, n))),
    "wandering and noise": lambda rng, n: 1000 * np.exp(np.cumsum(rng.normal(0, 0.01, n)) + rng.normal(0, 0.03, n)),
    "autocorrelated": lambda rng, n: 1000 * np.exp(alike(rng, n, 0.5, 0.04)),
    "growing 1% a week": lambda rng, n: 1000 * np.exp(0.01 * np.arange(n) + alike(rng, n, 0.5, 0.03)),
    "after a launch": lambda rng, n: (
        1000 * (1 - 0.98 * np.exp(-np.arange(3, n + 3) / 12)) * np.exp(alike(rng, n, 0.5, 0.03))
    ),
    "heavy tails": lambda rng, n: 1000 * np.exp(0.03 * rng.standard_t(4, n)),
    "heavy steps": lambda rng, n: 1000 * np.exp(0.02 * np.cumsum(rng.standard_t(4, n))),
    "outages": outages,
    "gaps": gaps,
    "a new level": stepped,
    "a season": lambda rng, n: 1000 * np.exp(year(rng, n) + rng.normal(0, 0.03, n)),
    "a season, growing": lambda rng, n: 1000 * np.exp(year(rng, n) + 0.006 * np.arange(n) + alike(rng, n, 0.5, 0.03)),
}
COUNTS: dict[str, World] = {
    "0.3 people": lambda rng, n: rng.poisson(0.3, n).astype(float),
    "3 people": lambda rng, n: rng.poisson(3, n).astype(float),
    "15 people": lambda rng, n: rng.poisson(15, n).astype(float),
    "200 people": lambda rng, n: rng.poisson(200, n).astype(float),
}
SHARES: dict[str, World] = {
    "30% of 500": lambda rng, n: rng.binomial(500, 0.3, n) / 500,
    "98.5% of 400": lambda rng, n: rng.binomial(400, 0.985, n) / 400,
    "often 0%": lambda rng, n: np.where(rng.random(n) < 0.3, 0, rng.binomial(200, 0.05, n) / 200),
    "0% in 1 of 10": lambda rng, n: np.where(rng.random(n) < 0.1, 0, rng.binomial(200, 0.05, n) / 200),
}
DAYS: dict[str, World] = {"weekdays": weekdays}
WORLDS = AMOUNTS | COUNTS | SHARES | DAYS
FALLS = (1.0, 0.9, 0.8, 0.7)


def asked(world: str) -> tuple[Unit, int]:
    """Return the unit and season of a world."""
    unit = Unit.COUNT if world in COUNTS else Unit.SHARE if world in SHARES else Unit.NUMBER
    return unit, 7 if world in DAYS else 52


def rates(world: str, earlier: int, runs: int, seed: int = 5) -> list[float]:
    """Return the share of false signals of quiet weeks, and of falls by a tenth, a fifth and three tenths seen."""
    rng = np.random.default_rng(seed)
    unit, season = asked(world)
    found = np.zeros(len(FALLS))
    for _ in range(runs):
        values = WORLDS[world](rng, earlier + 1)
        history = [None if np.isnan(one) else float(one) for one in values[:-1]]
        limits = signal(history, float(values[-1]), season=season, unit=unit).limits
        if limits.low is None or limits.high is None:
            continue
        fallen = [float(values[-1]) * part for part in FALLS]
        found += [fallen[0] > limits.high or fallen[0] < limits.low, *(one < limits.low for one in fallen[1:])]
    return [float(one) / runs for one in found]


def table(runs: int) -> str:
    """Return all worlds with few, some and many earlier values."""
    lines = [f"{'world':<22}{'earlier':>8}{'false':>8}" + "".join(f"{f'-{1 - fall:.0%}':>7}" for fall in FALLS[1:])]
    for world in WORLDS:
        for earlier in (40, 60, 104) if world in DAYS else (26, 60, 104):
            false, *seen = rates(world, earlier, runs)
            lines.append(f"{world:<22}{earlier:>8}{false:>8.2%}" + "".join(f"{one:>7.0%}" for one in seen))
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
