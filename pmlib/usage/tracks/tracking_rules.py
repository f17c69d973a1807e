"""When a change of tracking is more than chance: one page in a hundred may say so of quiet weeks."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from statistics import NormalDist, fmean, median, stdev, variance

from pmlib.core import Estimate
from pmlib.stats.pairs import quantile

RATE = 0.01
"""False alarms of a page, all its comparisons together (Bonferroni)."""
EARLIER = 4
"""Earlier weeks needed."""
LEAST = 20
"""Events needed to say anything."""
PRESENT = 0.9
"""Of the earlier weeks, those an event must have been in to be missed."""
STEADIEST = 10.0
"""No count is taken to be steadier than one whose weeks vary by 1/√10 beside chance."""


@dataclass(frozen=True)
class Change:
    """Something that is not as it was, or not as planned.

    Parameters
    ----------
    rank
        How much it matters: 0 the most.
    size
        Events concerned, by which those of one rank are ordered.
    what
        For the table, in a few words; ``before`` and ``now`` go with it.
    text
        The same as a sentence without its full stop.
    group
        Changes of one group are told in one sentence, that of the largest.
    topic
        Of two changes of one event, property and topic one is told, the more important.
    ask
        What to do, where that is more than to find out.
    series
        The events whose course shows it.
    standing
        Whether it was so before: to be known, but no change.
    """

    rank: int
    size: int
    event: str
    column: str
    what: str
    before: str
    now: str
    text: str
    first: date | None = None
    last: date | None = None
    estimate: Estimate | None = None
    group: str = ""
    topic: str = ""
    ask: str = ""
    series: tuple[str, ...] = ()
    standing: bool = False

    @property
    def key(self) -> tuple[int, int, str, str, str]:
        """What changes are ordered by."""
        return (self.rank, -self.size, self.event, self.column, self.what)


def unusual(now: float, before: Sequence[float], floor: float, looks: int) -> bool:
    """Whether a value lies further from the earlier ones than chance takes one of so many.

    Parameters
    ----------
    before
        Earlier values on a scale on which they vary alike, ``EARLIER`` or more.
    floor
        The least standard deviation that counting alone leaves.
    looks
        Comparisons of a page.

    Examples
    --------
    >>> calm = [10.0, 10.1, 9.9, 10.0, 10.1, 9.9, 10.0, 10.0]
    >>> unusual(10.2, calm, 0.0, 100), unusual(11.0, calm, 0.0, 100)
    (False, True)
    """
    level = 1 - RATE / looks
    # Beyond both: what the weeks show by Student's t, for few weeks show it badly, and what counting alone leaves.
    half = max(quantile(level, len(before) - 1) * stdev(before), NormalDist().inv_cdf((1 + level) / 2) * floor)
    return abs(now - median(before)) > half * math.sqrt(1 + 1 / len(before))


def silence(expected: float, counts: Sequence[float]) -> float:
    """Return the chance that nothing comes where ``expected`` would, by how the earlier counts vary.

    Counts are taken to be negative binomial, their shape by moments.

    Examples
    --------
    Counts of one size: the chance is at best (1 + 20/10)^-10, and larger for counts that swing.

    >>> f"{silence(20, [20, 20, 20, 20]):.1g}", f"{silence(20, [5, 40, 10, 25]):.1g}"
    ('2e-05', '0.01')
    """
    mean = fmean(counts)
    spare = variance(counts) - mean if len(counts) > 1 else 0.0
    shape = min(mean * mean / spare, STEADIEST) if spare > 0 else STEADIEST
    return (1 + expected / shape) ** -shape if expected > 0 else 1.0


def closest(word: str, known: Iterable[str]) -> str:
    """Return the known name nearest to ``word``, or ``""``.

    Examples
    --------
    >>> closest("Booking_mode", ["signed_up", "booking_made"]), closest("paid", ["signed_up"])
    ('booking_made', '')
    """
    names = {name.casefold(): name for name in known}
    near = get_close_matches(word.casefold(), names, n=1, cutoff=0.6)
    return names[near[0]] if near else ""


def angle(hits: float, n: float) -> float:
    """Return the angle of a share, on which shares vary alike: by ``0.5 / sqrt(n)``."""
    return math.asin(math.sqrt(min(max(hits / n, 0.0), 1.0)))


def odds(hits: float, n: float) -> float:
    """Return the odds of a share, never 0 nor endless."""
    return (hits + 0.5) / (n - hits + 0.5)
