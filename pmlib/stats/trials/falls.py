"""Days on which far fewer units came than on the same weekdays around them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from scipy.special import stdtrit

from pmlib.stats.inputs import Floats, counts

WEEK = 7
SHORTEST = 14
"""Days below which no weekday is there twice."""
AROUND = (-3, -2, -1, 1, 2, 3)
"""The days around one that tell how the level moved between two weeks."""
NEAR = 28
"""Days before and after from which the same weekdays are taken."""
HALF = 0.5
RATE = 0.01
"""False calls promised an experiment, at most."""
LEAST = 20
"""Units that must be expected on a day for it to be judged."""
FREEDOM = (4.0, 10.0)
"""Degrees of freedom of the spread: few in two weeks, and never so many that days with longer tails are called."""


@dataclass(frozen=True)
class Fall:
    """A day with few units.

    Parameters
    ----------
    at
        Its place among the days, from 0.
    units, expected
        How many came, and how many the same weekdays lead one to expect.
    """

    at: int
    units: int
    expected: float


def falls(daily: Sequence[int]) -> tuple[Fall, ...]:
    """Return the days on which fewer than half of the units came that are to be expected.

    A day is compared with the median of the same weekdays in the four weeks before and after, each first moved by how
    much the three days on either side of both have changed, so that units may come in ever fewer. What is left of all
    days tells how much days vary by themselves; a day is called where it lies below half, and below what Student's t
    of that spread, or what counting alone, gives any of the days once in 100 experiments.

    Measured over 4,000 runs of 2 to 8 weeks that nothing happened in: no more than 1 in 100 where days vary by up to
    40%, decay, grow or follow weekdays; 3 to 6 in 100 from the fourth week on where their tails are as heavy as those
    of Student's t with 4 degrees of freedom.

    Parameters
    ----------
    daily
        Units of each day in turn, 0 for a day without any.

    Returns
    -------
    tuple of Fall
        In the order of days; nothing with fewer than 14.

    Examples
    --------
    >>> falls([500, 520, 510, 490, 505, 300, 280] * 2 + [500, 90, 510, 490, 505, 300, 280])
    (Fall(at=15, units=90, expected=520.0),)
    """
    days = counts(daily, "units of a day")
    if days.size < SHORTEST:
        return ()
    left, near = residuals(np.log(days + 0.5))
    expected = (days + 0.5) * np.exp(-left) - 0.5
    spread = 1.4826 * float(np.median(np.abs(left)))
    counting = np.sqrt(near / np.maximum(expected, 1.0))
    freedom = min(max(0.55 * (days.size - 9), FREEDOM[0]), FREEDOM[1])
    reach = -float(stdtrit(freedom, RATE / days.size))
    low = (left < math.log(HALF)) & (left < -reach * np.maximum(spread, counting)) & (expected >= LEAST)
    return tuple(Fall(int(at), int(days[at]), round(float(expected[at]), 6)) for at in np.flatnonzero(low))


def residuals(logs: Floats) -> tuple[Floats, Floats]:
    """Return for each day how far it lies from its weekday, and the variance of that for one unit a day."""
    left, near = np.empty(logs.size), np.empty(logs.size)
    given: list[float] = logs.tolist()
    for at in range(logs.size):
        gaps: list[float] = []
        used = len(AROUND)
        for other in range(max(at % WEEK, at - NEAR), min(logs.size, at + NEAR + 1), WEEK):
            if other == at:
                continue
            around = [step for step in AROUND if min(at, other) + step >= 0 and max(at, other) + step < logs.size]
            if len(around) < len(AROUND) // 2:
                continue
            gaps.append(given[at] - given[other] - median(given[at + step] - given[other + step] for step in around))
            used = min(used, len(around))
        left[at] = median(gaps)
        # A median of k values varies as pi / 2k of one; more than three weeks are hardly ever alike.
        near[at] = (1 + 1 / min(len(gaps), 3)) * (1 + math.pi / 2 / used)
    return left, near
