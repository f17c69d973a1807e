"""Numbers as they come in: each is finite, of a size that can be multiplied, and whole where it counts."""

import math
from decimal import Decimal
from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pmlib.core import SettingError

Floats = NDArray[np.float64]

LARGEST, SMALLEST = 1e75, 1e-75
"""Beyond these, products of four values leave the floats."""
MOST = 10**15
"""Counts above this are not told apart by floats."""


def number(value: object, name: str) -> float:
    """Return a finite number; a whole :class:`decimal.Decimal`, as engines send sums, becomes an ``int``.

    Raises
    ------
    SettingError
        If it is missing, text, not finite, or too large or too small to reckon with.

    Examples
    --------
    >>> number(Decimal("12"), "n"), number(Decimal("2.5"), "mean"), number(np.int64(3), "n")
    (12, 2.5, 3)
    """
    made: float = math.nan
    if isinstance(value, Integral) or (isinstance(value, Decimal) and value.is_finite() and value % 1 == 0):
        made = int(value)
    elif isinstance(value, Real | Decimal):
        made = float(value)
    if isinstance(made, float) and not math.isfinite(made):
        raise SettingError(f"'{name}' is {value!r}; it must be a finite number. Leave out and count what is missing.")
    if abs(made) > LARGEST or 0 < abs(made) < SMALLEST:
        raise SettingError(
            f"'{name}' is {value!s:.40}; numbers that far from 1 cannot be reckoned with. Give it in another unit."
        )
    return made


def count(value: object, name: str) -> int:
    """Return a count: a whole number, not below 0.

    Raises
    ------
    SettingError
        If it is none.

    Examples
    --------
    >>> count(3.0, "n")
    3
    """
    found = number(value, name)
    if not 0 <= found <= MOST or found != int(found):
        raise SettingError(f"'{name}' is {value}; it counts, so it is a whole number from 0 to {MOST:.0e}.")
    return int(found)


def elapsed(time: object) -> float:
    """Return a time that goes by: finite and not below 0.

    Raises
    ------
    SettingError
        If it is none.
    """
    found = number(time, "time")
    if found < 0:
        raise SettingError(f"A time is not below 0, not {found:g}.")
    return found


def numbers(values: ArrayLike, name: str, *, where: NDArray[np.bool_] | None = None) -> Floats:
    """Return finite numbers as an array.

    Parameters
    ----------
    where
        Which are needed; the others become 0. All if left out.

    Raises
    ------
    SettingError
        If one is missing, text, not finite or too large to reckon with.
    """
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        raise SettingError(f"'{name}' holds what is no number ({error}); give numbers alone.") from error
    if where is not None:
        if array.shape != where.shape:
            raise SettingError(f"{where.size} customers have {array.size} in '{name}'; give one each.")
        array = np.where(where, array, 0.0)
    good = np.isfinite(array) & (np.abs(array) <= LARGEST)
    if not good.all():
        first = array.flat[int(np.argmin(good))]
        raise SettingError(
            f"'{name}' holds {first}; all must be finite and not beyond {LARGEST:g}. Leave out and count what is "
            "missing."
        )
    return array


def counts(values: ArrayLike, name: str) -> NDArray[np.int64]:
    """Return counts as whole numbers, not below 0.

    Raises
    ------
    SettingError
        If one is none.
    """
    array = numbers(values, name)
    if not ((array >= 0) & (array <= MOST) & (array == np.floor(array))).all():
        raise SettingError(f"'{name}' holds counts of people: whole numbers, from 0 to {MOST:.0e}.")
    return array.astype(np.int64)
