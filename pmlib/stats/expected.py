"""What the next value of a series would be if it went on as before, and how far it usually lies from that."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import fmean, median

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RECENT = 52
"""Steps looked at: older ones tell of a launch, not of today."""
WEIGHTS = (0.5, 0.2, 1.0)
"""How far the level follows each new value: half, slowly, wholly. The first holds unless another did better."""
DEARER = 1.03
"""How much better another weight must have done."""
SEASON_DEARER = 1.05
"""How much better a season must have done."""
ERRORS = 15
"""Past errors needed before a way to go on is tried."""
CLIP = 3.0
"""Errors of more deviations than this move the level the less, the larger they are."""
INCIDENT = 2.0
"""Errors this many times as large are incidents and move it not at all."""
NEW_LEVEL = 3
"""Values in a row out there are a new level."""
PEAK = 3.0
"""A week that lay this many deviations off its neighbours a year ago is a peak of its own."""
PERIODS = 8
"""Periods of a short season that are compared."""
ALIKE = (-0.5, 0.8)
"""Neighbouring errors are taken to be no less and no more alike than this."""


@dataclass(frozen=True)
class Expected:
    """The next value, on the scale it was asked on.

    Parameters
    ----------
    value
        Where the series would be.
    deviation
        How far it usually lies from there: one standard deviation, of ``n`` past errors.
    drop, rise
        How far a sharp peak of the year before would take it down or up, should it come back.
    season
        Whether a season was taken off.
    """

    value: float
    deviation: float
    n: int
    drop: float = 0.0
    rise: float = 0.0
    season: bool = False


def expect(values: Floats, season: int | None = None) -> Expected | None:
    """Follow a series and say where it goes next; ``None`` where too few values are known.

    The level follows each value by a weight, plus the usual slope (Theil and Sen's, over the last 52): exponential
    smoothing with a drift. What was wrong with each forecast is its error. From three deviations on an error moves the
    level the less, the larger it is, from six on not at all, unless three in a row lie on the same side: then the level
    is theirs. With a season, the values less those of the season before are followed instead, where that did better.

    Parameters
    ----------
    values
        Earlier values on a scale on which they vary alike, oldest first; nan for a gap.
    season
        Values in a season: 52 for weeks, 7 for days.

    References
    ----------
    Alwan and Roberts (1988), Journal of Business and Economic Statistics 6:87-95 (charts of forecast errors).
    Gelper, Fried and Croux (2010), Journal of Forecasting 29:285-300 (robust smoothing).
    """
    found: list[tuple[float, Expected]] = []
    for usual, peaks in patterns(values, season):
        seasonal = bool(usual.any())
        rest = np.where(peaks[:-1] != 0, math.nan, values - usual[:-1])[-2 * RECENT :]
        known = np.flatnonzero(np.isfinite(rest))
        if known.size <= ERRORS:
            continue
        rest = rest[known[0] :]
        drift = slope(rest[-RECENT:])
        for weight in WEIGHTS:
            errors, level = followed(rest, drift, weight)
            cost = typical(errors) * DEARER ** (weight != WEIGHTS[0]) * SEASON_DEARER**seasonal
            peak = float(peaks[-1])
            one = Expected(
                level + float(usual[-1]), deviation(errors), errors.size, min(peak, 0.0), max(peak, 0.0), seasonal
            )
            found.append((cost, one))
    return min(found, key=lambda pair: pair[0])[1] if found else None


def patterns(values: Floats, season: int | None) -> Iterator[tuple[Floats, Floats]]:
    """Yield what the season adds to each value and the next, and its sharp peaks: first none, then the season's own."""
    yield np.zeros(values.size + 1), np.zeros(values.size + 1)
    if season is None or values.size < shortest(season):
        return
    if season < PERIODS * 2:
        usual, peaks = by_place(values, season), np.zeros(values.size + 1)
    else:
        usual, peaks = a_season_before(values, season)
    if math.isfinite(usual[-1]):
        yield usual, peaks


def shortest(season: int) -> int:
    """Return how many values are needed to take a season off."""
    return season + 2 * ERRORS


def a_season_before(values: Floats, season: int) -> tuple[Floats, Floats]:
    """Take the values of a season before, smoothed, and how far its sharp peaks lay off that."""
    smooth = smoothed(values)
    off = values - smooth
    known = off[np.isfinite(off)]
    # Of five values the smooth lies nearer to each than a level would.
    high = PEAK * 1.2 * moving_range(known) if known.size > 1 else math.inf
    sharp = np.where(np.abs(off) > high, off, 0.0)
    empty = np.full(season, math.nan)
    usual = np.concatenate([empty, smooth])[: values.size + 1]
    return usual, np.concatenate([np.zeros(season), sharp])[: values.size + 1]


def by_place(values: Floats, season: int) -> Floats:
    """Take the median of what up to eight earlier values at the same place of a short season lay off their level."""
    half = season // 2
    off = values - around(values, half, fmean)
    usual = np.full(values.size + 1, math.nan)
    for now in range(2 * season, values.size + 1):
        # The level around the value just a season before reaches over no value that is not known yet.
        usual[now] = known_only(off[now - season :: -season][:PERIODS].tolist(), median)
    return usual


def smoothed(values: Floats) -> Floats:
    """Take medians of five, then means of three; an outage leaves no trace."""
    return around(around(values, 2, median), 1, fmean)


def around(values: Floats, half: int, how: Callable[[list[float]], float]) -> Floats:
    """Return the median or mean of the known values up to ``half`` places away."""
    plain: list[float] = values.tolist()
    return np.array([known_only(plain[max(0, i - half) : i + half + 1], how) for i in range(len(plain))])


def known_only(values: list[float], how: Callable[[list[float]], float]) -> float:
    """Return the median or mean of the values that are known, nan where none is."""
    known = [value for value in values if not math.isnan(value)]
    return how(known) if known else math.nan


def slope(values: Floats) -> float:
    """Return the median of the slopes between all pairs of values (Theil 1950, Sen 1968)."""
    places = np.flatnonzero(np.isfinite(values))
    if places.size < 2:
        return 0.0
    known = values[places]
    one, other = np.triu_indices(places.size, 1)
    return float(np.median((known[other] - known[one]) / (places[other] - places[one])))


def followed(values: Floats, drift: float, weight: float) -> tuple[Floats, float]:
    """Return the errors of the last 52 forecasts, and the next forecast."""
    rest = values[np.isfinite(values)]
    spread = moving_range(rest - drift * np.arange(rest.size))
    errors, level = np.empty(0), 0.0
    # The deviation decides which errors are clipped, and these it: the second time they agree.
    for _ in range(2):
        errors, level = once(values, drift, weight, CLIP * spread)
        errors = errors[-RECENT:]
        errors = errors[np.isfinite(errors)]
        spread = deviation(errors)
    return errors, level


def once(values: Floats, drift: float, weight: float, clip: float) -> tuple[Floats, float]:
    """Follow the values once; the first is the level to begin with."""
    plain: list[float] = values.tolist()
    errors, level, seen = [math.nan], plain[0], 1
    far: list[float] = []
    above = False
    for value in plain[1:]:
        level += drift
        errors.append(value - level)
        if math.isnan(value):
            continue
        error, seen = errors[-1], seen + 1
        if abs(error) <= clip:
            far, level = [], level + max(weight, 1 / seen) * error
            continue
        far = [*far, value] if above == (error > 0) else [value]
        above = error > 0
        if len(far) == NEW_LEVEL:
            level, far = fmean(far), []
        elif abs(error) <= INCIDENT * clip:
            held = (INCIDENT * clip - abs(error)) / (INCIDENT - 1)
            level += max(weight, 1 / seen) * math.copysign(held, error)
    return np.array(errors), level + drift


def typical(errors: Floats) -> float:
    """Return the mean size of the nine in ten smallest errors."""
    if not errors.size:
        return 0.0
    sizes = np.sort(np.abs(errors - np.median(errors)))
    return float(sizes[: max(1, int(0.9 * sizes.size))].mean())


def moving_range(values: Floats) -> float:
    """Estimate a standard deviation from the mean moving range; ranges above its limit are left out until none is.

    Examples
    --------
    The limit of the moving range is 3.267 times its mean, and 1.128 the mean range of two normal values.

    >>> round(moving_range(np.array([10.0, 12, 11, 13, 12, 50, 12, 11, 13, 12, 14])), 3)
    1.33
    """
    ranges = np.abs(np.diff(values))
    if not ranges.size:
        return 0.0
    while (inside := ranges[ranges <= 3.267 * ranges.mean()]).size < ranges.size:
        ranges = inside
    return float(ranges.mean()) / 1.128


def deviation(errors: Floats) -> float:
    """Return the moving ranges' standard deviation, corrected for autocorrelation.

    The mean moving range of values whose neighbours correlate by ``r`` is that of free values times the root of
    ``1 - r``: too small where neighbours are alike, too large where they swing.
    """
    centred = errors - np.median(errors)
    clip = CLIP * 1.4826 * float(np.median(np.abs(centred)))
    held = np.clip(centred, -clip, clip)
    total = float((held * held).sum())
    alike = float((held[1:] * held[:-1]).sum()) / total if total > 0 else 0.0
    return moving_range(errors) / math.sqrt(1 - min(max(alike, ALIKE[0]), ALIKE[1]))
