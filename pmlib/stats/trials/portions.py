"""Whether an arm has its portion of some of the units: exact, however few they are and however far out one looks."""

import sys
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, gammaln

from pmlib.core import SettingError
from pmlib.stats.inputs import Floats, count, counts, numbers

FAR = 60.0
"""So many standard deviations of a count hold all of its chances that a float can tell from 0."""
SMALLEST = sys.float_info.min


def planned_portion(units: ArrayLike, of: ArrayLike, shares: ArrayLike) -> Floats:
    """Return for each count how often chance gives one as far from a planned share, by exact binomial chances.

    Unlike Pearson's chi-square this also holds far out and in small parts of the data, so that many parts may be
    looked at: multiply by how many.

    Parameters
    ----------
    units, of
        Units in an arm, and in all arms together, for each part of the data; ``0 <= units <= of``.
    shares
        The planned share of the arm, between 0 and 1.

    Returns
    -------
    ndarray
        Two-sided p-values, twice the smaller tail: below alpha exactly where the share lies outside the interval of
        Clopper and Pearson (1934), Biometrika 26:404-413.

    Raises
    ------
    SettingError
        If a count exceeds all units, or a share does not lie between 0 and 1.

    Examples
    --------
    >>> planned_portion([8, 0], [10, 20], 0.5).round(6).tolist()
    [0.109375, 2e-06]
    """
    seen, whole = counts(units, "units").astype(float), counts(of, "units of all arms").astype(float)
    plan = numbers(shares, "shares")
    if (seen > whole).any():
        raise SettingError("An arm has more units than all arms together; give units of all arms as 'of'.")
    if ((plan <= 0) | (plan >= 1)).any():
        raise SettingError("The planned share of an arm lies between 0 and 1; leave out arms that take in nobody.")
    seen, whole, plan = np.broadcast_arrays(seen, whole, plan)
    low = np.where(seen < whole, betainc(np.maximum(whole - seen, 1), seen + 1, 1 - plan), 1.0)
    high = np.where(seen > 0, betainc(np.maximum(seen, 1), whole - seen + 1, plan), 1.0)
    return np.clip(2 * np.minimum(low, high), SMALLEST, 1.0)


def unlike_portions(part: Sequence[int], whole: Sequence[int]) -> float:
    """Return how often chance spreads a part of the units over the arms as unevenly, whatever its share is.

    Parameters
    ----------
    part
        Units of each arm that belong to the part, such as those without a value.
    whole
        All units of each arm.

    Returns
    -------
    float
        The p-value of the most uneven arm by its exact hypergeometric chances, twice the smaller tail (Fisher 1935,
        JRSS 98:39-82); with more than two arms times their number. 1 where there is nothing to compare.

    Raises
    ------
    SettingError
        If the part exceeds an arm, or the arms are not as many.

    Examples
    --------
    Fisher's tea: three of four cups told right is 17 of 70 tables, twice.

    >>> round(unlike_portions([3, 1], [4, 4]) / 2 * 70, 6)
    17.0
    """
    some, every = counts(part, "part"), counts(whole, "whole")
    if some.shape != every.shape or (some > every).any():
        raise SettingError("The part of an arm is no larger than the arm, and each arm has one; give both by arm.")
    some, every = some[every > 0], every[every > 0]
    taken, total = int(some.sum()), int(every.sum())
    if every.size < 2 or taken in (0, total):
        return 1.0
    found = [2 * min(tails(int(x), int(n), taken, total)) for x, n in zip(some, every, strict=True)]
    times = 1 if every.size == 2 else every.size
    return float(min(1.0, max(min(found) * times, SMALLEST)))


def none_of(hits: int, part: int, whole: int) -> float:
    """Return how often chance leaves all of ``hits`` out of a part of the units (Fisher's exact test, one-sided).

    Examples
    --------
    Both of two units lie among the other two of four: one of six pairs.

    >>> round(none_of(2, 2, 4) * 6, 9)
    1.0
    """
    if not 0 <= count(hits, "hits") <= count(whole, "whole") - count(part, "part"):
        raise SettingError(f"{hits} of {whole} units cannot all lie outside of {part}; give the hits beyond the part.")
    logs = chosen(whole - part, np.asarray(hits)) - chosen(whole, np.asarray(hits))
    return max(float(np.exp(np.minimum(logs, 0.0))), SMALLEST)


def tails(x: int, n: int, taken: int, total: int) -> tuple[float, float]:
    """Return the chances that ``taken`` of ``total`` units hold at most, and at least, ``x`` of an arm of ``n``."""
    least, most = max(0, taken + n - total), min(n, taken)
    middle = taken * n / total
    spread = np.sqrt(middle * (total - n) / total * (total - taken) / max(total - 1, 1))
    reach = FAR * spread + FAR * FAR
    ks = np.arange(max(least, int(min(x, middle) - reach)), min(most, int(max(x, middle) + reach)) + 1)
    logs = chosen(n, ks) + chosen(total - n, taken - ks) - chosen(total, np.asarray(taken))
    chances = np.exp(logs)
    return float(min(1.0, chances[ks <= x].sum())), float(min(1.0, chances[ks >= x].sum()))


def chosen(n: int, k: np.ndarray) -> Floats:
    """Return the logarithm of how many ways there are to choose ``k`` of ``n``."""
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
