"""Spans of days in which events fell by a third or more: abruptly in all arms, or in one arm against the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from pmlib.experiments.reading.splits import ALARM

Real = NDArray[np.float64]
LEFT = 2 / 3
"""A span is called where less than this part is left of what was to be expected: halved, what is seen varies about."""
SHORTEST = 3
"""Days of a span at least; single days without any event are told one by one."""
NEAR = 14
"""Days before and after a span that it is compared with where people's habits may move all arms."""
LEAST = 20.0
"""Units that must be expected in a span, and beside it."""
WEEK = 7
ROUNDS = 20
"""Rounds after which rates by age and levels of days hardly move."""


class Counts(NamedTuple):
    """Units seen on each day, their mean by rule, and the variance of counting."""

    seen: Real
    mean: Real
    variance: Real


@dataclass(frozen=True)
class Drop:
    """A span of days with fewer units than the days beside it lead to expect.

    Parameters
    ----------
    first, last
        The places of its days.
    left
        The part of what was to be expected that was seen.
    p
        How often chance does as much in any span.
    """

    first: int
    last: int
    left: float
    p: float


def courses(done: Real, entered: Real) -> tuple[Real, Real]:
    """Return how many units did it on each day, and how many units of their age do it as a rule.

    Rates by age and the level of each day are fitted in turn, so that what happened on a day is not taken for what
    units of an age do (iterative proportional fitting: Deming and Stephan 1940, AMS 11:427-444).

    Parameters
    ----------
    done
        Units that did it, by day of exposure and day, shape ``(days, days)``.
    entered
        Units exposed on each day.
    """
    days = entered.size
    first, day = np.triu_indices(days)
    age, could = day - first, entered[first]
    did, seen, level = np.bincount(age, done[first, day], days), done.sum(axis=0), np.ones(days)
    expected = level
    for _ in range(ROUNDS):
        rate = did / np.maximum(np.bincount(age, could * level[day], days), 1e-9)
        expected = np.asarray(np.bincount(day, could * rate[age], days), dtype=np.float64)
        level = seen / np.maximum(expected, 1e-9)
    return seen, expected


def together(seen: Real, expected: Real, tests: int) -> Drop | None:
    """Find the span in which all arms fell most against the two weeks on either side, weekdays allowed for."""
    weekday = np.arange(seen.size) % WEEK
    if seen.size >= 3 * WEEK:
        level = np.bincount(weekday, seen, WEEK) / np.maximum(np.bincount(weekday, expected, WEEK), 1e-9)
        expected = expected * level[weekday]
    return deepest(Counts(seen, expected, expected), (), tests, near=NEAR)


def apart(seen: Real, expected: Real, arm: int, tests: int) -> Drop | None:
    """Find the span in which one arm fell most against its portion of what all arms did, shapes ``(arms, days)``."""
    portion = expected[arm] / np.maximum(expected.sum(axis=0), 1e-9)
    total, rest = seen.sum(axis=0), np.arange(len(seen)) != arm
    mine = Counts(seen[arm], total * portion, total * portion * (1 - portion))
    # By portions, halved is two thirds of what it was; by the ratio to the others, half.
    pairs = ((seen[arm], expected[arm]), (seen[rest].sum(axis=0), expected[rest].sum(axis=0)))
    return deepest(mine, pairs, tests, near=seen.shape[1])


def deepest(counts: Counts, pairs: Sequence[tuple[Real, Real]], tests: int, *, near: int) -> Drop | None:
    """Return the span that chance gives least often, where less than :data:`LEFT` is left; ``None`` for none.

    The variance is widened as much as successive days show beyond counting; the chance allows for all spans.

    Parameters
    ----------
    pairs
        What was seen and expected of an arm, and of the others, where what is left is to be told by their ratio.
    """
    seen, mean, variance = counts
    days = seen.size
    if days < SHORTEST + WEEK or mean.sum() < LEAST:
        return None
    variance = variance * spread(seen, mean, variance)
    first, end = np.triu_indices(days + 1, SHORTEST)
    before, after = np.maximum(first - near, 0), np.minimum(end + near, days)
    flat = [one for pair in pairs or [(seen, mean)] for one in pair]
    sums = np.cumsum(np.array([seen, mean, variance, *flat]), axis=1)
    sums = np.concatenate([np.zeros((len(sums), 1)), sums], axis=1)
    inside = sums[:, end] - sums[:, first]
    outside = sums[:, after] - sums[:, before] - inside
    # All but the arm itself has to go on in a span; the arm may have stopped.
    going = [1, 2, *range(4, len(sums))]
    fair = (np.minimum(inside[1], outside[1]) >= LEAST) & (outside > 0).all(axis=0) & (inside[going] > 0).all(axis=0)
    if not fair.any():
        return None
    first, end, inside, outside = first[fair], end[fair], inside[:, fair], outside[:, fair]
    level = (inside[0] + outside[0]) / (inside[1] + outside[1])
    ratios = [(inside[at] / inside[at + 1]) / (outside[at] / outside[at + 1]) for at in range(3, len(sums), 2)]
    left = ratios[0] / ratios[1] if pairs else ratios[0]
    free = inside[2] * outside[2] / (inside[2] + outside[2])
    z = (inside[0] - level * inside[1]) / np.sqrt(level * free)
    # The spread is itself estimated from so many days.
    chances = np.log(np.maximum(stdtr(days - 2, z), np.finfo(float).tiny)) + np.log(first.size * tests)
    chances[left >= LEFT] = 0.0
    at = int(np.argmin(chances))
    if chances[at] >= np.log(ALARM):
        return None
    return Drop(int(first[at]), int(end[at]) - 1, float(left[at]), float(np.exp(chances[at])))


def spread(seen: Real, mean: Real, variance: Real) -> float:
    """Return how many times as much successive days differ as counting explains; 1 at least."""
    known = variance > 0
    left = (seen[known] - mean[known]) / np.sqrt(variance[known])
    if left.size < WEEK:
        return 1.0
    # The mean squared step, half of it: a level that shifts once hardly enters.
    return max(1.0, float(np.mean(np.diff(left) ** 2)) / 2)
