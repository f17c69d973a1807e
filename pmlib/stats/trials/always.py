"""Always-valid intervals and p-values: a test that may be looked at whenever one likes."""

import math
import sys

from scipy.special import ndtri

from pmlib.core import SettingError, TooFewError
from pmlib.stats.inputs import count
from pmlib.stats.shares import root
from pmlib.stats.trials.sequential import WIDEST, p_value
from pmlib.stats.trials.spending import chance

FEWEST = 100
"""Units below which an interval that rests on large samples is not given."""


def always(n: int, planned: int, *, alpha: float = 0.05) -> float:
    """Return how many standard errors an always-valid interval reaches to either side.

    The intervals at all sizes together hold the true value with a chance of ``1 - alpha``, in large samples; the
    error of each look comes out of the data by then. They are narrowest for their purpose at ``planned`` units, which
    is fixed before the start: taken from the running number the promise is void.

    Parameters
    ----------
    n
        Units so far, of all arms together.
    planned
        Units planned; the test may well go on beyond them.
    alpha
        Chance that one of all intervals misses.

    Returns
    -------
    float
        The critical value to use in place of the normal quantile; ``sequential.level_of`` makes it a level for
        functions that take one.

    Raises
    ------
    TooFewError
        If there are fewer units than 100, or than the first of the plan at which the interval is no wider than 8
        standard errors.

    References
    ----------
    Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), Annals of Statistics 52:2613-2640; Howard, Ramdas,
    McAuliffe and Sekhon (2021), Annals of Statistics 49:1055-1080.

    Examples
    --------
    >>> f"{always(5000, 10000):.3f} {always(10000, 10000):.3f} {always(30000, 10000):.3f}"
    '3.084 3.035 3.097'
    """
    scale = tuned(alpha)
    part = taken(n, planned, scale, alpha)
    return width(part * scale, alpha)


def always_p(p: float, n: int, planned: int, *, alpha: float = 0.05, before: float = 1.0) -> float:
    """Return the always-valid p-value of a look: below alpha exactly when its interval excludes no effect.

    Parameters
    ----------
    p
        Two-sided p-value of the look's own test.
    n, planned, alpha
        As for :func:`always`; ``alpha`` is the one the plan names, and tunes the interval.
    before
        The always-valid p-value of the looks before; the smaller of both counts.

    References
    ----------
    Johari, Koomen, Pekelis and Walsh (2022), Operations Research 70:1806-1821.

    Examples
    --------
    >>> f"{always_p(0.001, 10000, 10000):.3f}"
    '0.024'
    """
    scale = tuned(alpha)
    known = taken(n, planned, scale, alpha) * scale
    z = float(ndtri(p_value(p) / 2))
    logarithm = math.log1p(known) / 2 - z * z / 2 * known / (1 + known)
    found = math.exp(max(min(logarithm, 0.0), math.log(sys.float_info.min)))
    return min(found, p_value(before))


def tuned(alpha: float) -> float:
    """Return the mixture's variance, times the planned units, that makes the interval narrow there."""
    logarithm = -2 * math.log(chance(alpha))
    return logarithm + math.log1p(logarithm)


def width(known: float, alpha: float) -> float:
    """Return the interval's half-width in standard errors where ``known`` is the units times the mixture's variance."""
    return math.sqrt(2 * (1 + known) / known * (math.log1p(known) / 2 - math.log(alpha)))


def taken(n: int, planned: int, scale: float, alpha: float) -> float:
    """Return the units as a part of the plan, or refuse what is too early."""
    if count(planned, "planned") < 1:
        raise SettingError("An always-valid interval is tuned to the planned units; give more than 0.")
    first = planned * root(lambda part: width(part * scale, alpha) - WIDEST, 1e-9, 1.0)
    least = max(FEWEST, math.ceil(first))
    if count(n, "n") < least:
        raise TooFewError(
            f"{n:,} units are too few for an interval that holds whenever one looks. Look again from {least:,} units "
            "on; fewer can be read once, on a day that was fixed before anybody looked."
        )
    return n / planned
