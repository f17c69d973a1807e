"""How much of alpha a test may have spent by a look: spending functions."""

import math
from typing import Literal, get_args

from scipy.special import ndtr, ndtri

from pmlib.core import SettingError
from pmlib.core.errors import nearest
from pmlib.core.words import listed
from pmlib.stats.inputs import number

Spending = Literal["obrien-fleming", "kim-demets"]
"""Names of the spending functions."""


def spent(time: float, *, alpha: float = 0.05, spending: Spending = "obrien-fleming") -> float:
    """Return how much of alpha a two-sided test has spent by a time.

    Parameters
    ----------
    time
        Information so far over the information planned; 1 and later have spent all.
    alpha
        Chance of a false alarm over all looks, both sides together. Each side spends half of it by the function of
        its own level, as R's ``ldbounds`` and most tables have it.
    spending
        ``"obrien-fleming"``: little early, a last bound near the fixed test's; ``"kim-demets"``: ``alpha t²``.

    Raises
    ------
    SettingError
        If the time is not above 0, alpha not between 0 and 1, or the function unknown.

    References
    ----------
    Lan and DeMets (1983), Biometrika 70:659-663; Kim and DeMets (1987), Biometrika 74:149-154.

    Examples
    --------
    >>> f"{spent(0.5):.5f}", f"{spent(0.5, spending='kim-demets'):.5f}", spent(1)
    ('0.00305', '0.01250', 0.05)
    """
    if number(time, "time") <= 0:
        raise SettingError(f"A look comes after the start: its time is above 0, not {time:g}.")
    alpha = chance(alpha)
    if spending not in get_args(Spending):
        known = get_args(Spending)
        raise SettingError(f"'{spending}' is no spending function; use {listed(known)}.{nearest(spending, known)}")
    if time >= 1:
        return alpha
    if spending == "kim-demets":
        return alpha * time * time
    return 4 * float(ndtr(ndtri(alpha / 4) / math.sqrt(time)))


def chance(alpha: float) -> float:
    """Return alpha, or refuse what lies not between 0 and 1."""
    if not 0 < number(alpha, "alpha") < 1:
        raise SettingError(f"Alpha lies between 0 and 1, not at {alpha:g}. Use 0.05 for one false alarm in 20.")
    return float(alpha)
