"""Simple ways to continue a series, tried on its own past; plain numbers only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Floats = NDArray[np.float64]
Way = Callable[[Floats, int], Floats]

LAST, DRIFT, DAMPED = "the last value", "the last value and its average step", "a trend that levels off"
SEASON, GROWN = "the same week a year before", "the same week a year before, with this year's growth"
YEAR = 52
RECENT = 8
"""Weeks over which this year's growth is taken."""
FEWEST = 10
"""Values before the first trial."""
TRIALS = 8
"""Trials needed, at least."""
MOST = 60
"""Trials made, at most: older ones say less of today."""
SURE = (1.6449, 2.1859, 0.3142, -0.3427)
"""How many standard errors another way must be better by, one time in twenty by chance: a polynomial in the share of
the trials that the weights reach over (Kiefer and Vogelsang 2005, table 1, Bartlett)."""


def last(past: Floats, ahead: int) -> Floats:
    """Stay where the series is."""
    return np.full(ahead, past[-1])


def drift(past: Floats, ahead: int) -> Floats:
    """Go on by the average step."""
    return past[-1] + np.arange(1, ahead + 1) * (past[-1] - past[0]) / (past.size - 1)


def season(past: Floats, ahead: int) -> Floats:
    """Repeat the year before."""
    return np.array([past[past.size - YEAR + step % YEAR] for step in range(ahead)])


def grown(past: Floats, ahead: int) -> Floats:
    """Repeat the year before, moved by how far the last weeks lie from theirs."""
    return season(past, ahead) + float(np.mean(past[-RECENT:] - past[-RECENT - YEAR : -YEAR]))


def damped(past: Floats, ahead: int) -> Floats:
    """Continue level and trend, the trend fading; smoothing chosen by the squared one-step errors.

    References
    ----------
    Gardner and McKenzie (1985), Management Science 31:1237-1246.
    """
    alpha, beta, phi = GRID
    errors, level, trend = smoothed(past, alpha, beta, phi)
    best = int(np.argmin(errors))
    return level[best] + trend[best] * np.cumsum(phi[best] ** np.arange(1, ahead + 1))


def smoothed(past: Floats, alpha: Floats, beta: Floats, phi: Floats) -> tuple[Floats, Floats, Floats]:
    """Run Holt's damped smoothing for many settings at once; squared errors, last level and last trend of each."""
    level, trend = np.full(alpha.size, past[0]), np.full(alpha.size, past[1] - past[0])
    errors = np.zeros(alpha.size)
    for value in past[1:]:
        ahead = level + phi * trend
        errors += (value - ahead) ** 2
        before = level
        level = alpha * value + (1 - alpha) * ahead
        trend = beta * (level - before) + (1 - beta) * phi * trend
    return errors, level, trend


GRID = tuple(
    np.array(part)
    for part in zip(
        *product((0.1, 0.2, 0.35, 0.5, 0.7, 0.9), (0.02, 0.05, 0.1, 0.2, 0.4), (0.8, 0.9, 0.96)), strict=True
    )
)
"""Settings tried for the fading trend: level, trend, fading."""

WAYS: Mapping[str, Way] = {LAST: last, DRIFT: drift, DAMPED: damped}
YEARLY: Mapping[str, Way] = {SEASON: season, GROWN: grown}


@dataclass(frozen=True, eq=False)
class Backtest:
    """How each way would have done on the series' own past.

    Parameters
    ----------
    ahead
        The forecast of the chosen way, shape ``(ahead,)``, on the scale of the series given.
    half
        Half the width of its interval for each step, never narrowing.
    misses
        Mean absolute error of each way.
    coverage
        The share of past values inside intervals made of earlier errors only, or ``None`` with too few trials.
    tested
        How many past values that share is of.
    """

    chosen: str
    ahead: Floats
    half: Floats
    misses: Mapping[str, float]
    trials: int
    coverage: float | None
    tested: int


def needed(ahead: int) -> int:
    """How many values a backtest of ``ahead`` steps needs."""
    return FEWEST + ahead + TRIALS - 1


def backtest(values: Floats, ahead: int, *, level: float = 0.95) -> Backtest:
    """Choose a way to continue a series by trying each from many starts in its past, and take its errors as intervals.

    The last value is the way to beat: another one is chosen only if its mean absolute error is smaller by more than
    chance, allowing for trials that overlap (Diebold and Mariano's test with Bartlett weights).

    Parameters
    ----------
    values
        The series without gaps, oldest first, on the scale on which errors are alike (logs for amounts), shape
        ``(n,)`` with ``n >= needed(ahead)``.
    ahead
        Steps to continue.

    References
    ----------
    Diebold and Mariano (1995), Journal of Business & Economic Statistics 13:253-263; Kiefer and Vogelsang (2005),
    Econometric Theory 21:1130-1164.
    """
    ways = {**WAYS, **(YEARLY if values.size >= 2 * YEAR else {})}
    fewest = YEAR + RECENT if values.size >= 2 * YEAR else FEWEST
    starts = range(max(fewest, values.size - ahead - MOST + 1), values.size - ahead + 1)
    truth = np.array([values[start : start + ahead] for start in starts])
    errors = {name: truth - np.array([way(values[:start], ahead) for start in starts]) for name, way in ways.items()}
    chosen = choice(errors, ahead)
    half = widths(errors[chosen], level)
    coverage, tested = covered(errors[chosen], level)
    misses = {name: float(np.abs(found).mean()) for name, found in errors.items()}
    return Backtest(chosen, ways[chosen](values, ahead), half, misses, len(starts), coverage, tested)


def choice(errors: Mapping[str, Floats], ahead: int) -> str:
    """Return the way with the smallest error among those clearly better than the last value."""
    losses = {name: np.abs(found).mean(axis=1) for name, found in errors.items()}
    better = {name: float(loss.mean()) for name, loss in losses.items() if clearly(losses[LAST] - loss, ahead)}
    return min(better, key=lambda name: better[name]) if better else LAST


def clearly(gain: Floats, ahead: int) -> bool:
    """Whether a mean gain over overlapping trials is more than chance."""
    away = gain - gain.mean()
    lags = min(ahead, gain.size - 1)
    variance = float(away @ away)
    for lag in range(1, lags):
        variance += 2 * (1 - lag / lags) * float(away[lag:] @ away[:-lag])
    error = np.sqrt(max(variance, 0.0)) / gain.size
    sure = sum(factor * (lags / gain.size) ** power for power, factor in enumerate(SURE))
    return bool(gain.mean() > sure * error and gain.mean() > 0)


def widths(errors: Floats, level: float) -> Floats:
    """Half-widths for each step: the root mean square of past errors times Student's t, never narrowing.

    Errors of trials that overlap are alike; those ``h`` steps ahead count as one in ``h``, which widens the interval.
    """
    trials, ahead = errors.shape
    size = np.sqrt((errors**2).mean(axis=0))
    freedom = np.maximum(trials / np.arange(1, ahead + 1), 2.0)
    return np.maximum.accumulate(size * stdtrit(freedom, (1 + level) / 2))


def covered(errors: Floats, level: float) -> tuple[float | None, int]:
    """The share of errors inside the widths made of errors known at the time, and how many were looked at."""
    trials, ahead = errors.shape
    inside = [
        np.abs(errors[trial]) <= widths(errors[: trial - ahead + 1], level)
        for trial in range(TRIALS + ahead - 1, trials)
    ]
    return (float(np.mean(inside)), len(inside) * ahead) if inside else (None, 0)
