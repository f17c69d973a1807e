"""Several columns of the units of a group, taken together: what an engine sends instead of rows."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pmlib.core import SettingError
from pmlib.core.words import many
from pmlib.stats.inputs import SMALLEST, Floats, count, number, numbers
from pmlib.stats.means import ROUNDING, Moments

Matrix = tuple[tuple[float, ...], ...]

NOISE = 1e-12
"""A variance of a sum below this part of what its terms would give is rounding: the terms cancel out."""


@dataclass(frozen=True)
class Joint:
    """Count, means, sample covariances and third central moments of the columns of a group.

    Parameters
    ----------
    n
        Units.
    means
        One a column, ``k`` of them.
    covariances
        ``k`` rows of ``k``, divided by ``n - 1``. Whatever an engine sends for fewer than two units counts as 0.
    thirds
        Mean of the cubed deviations, one a column; ``()`` where they were not taken.

    Raises
    ------
    SettingError
        If the shapes differ, a number is not finite, or no units can have such covariances.

    Examples
    --------
    >>> both = Joint.of([[1, 10], [2, 10], [3, 16]])
    >>> both.means, both.covariances
    ((2.0, 12.0), ((1.0, 3.0), (3.0, 12.0)))
    >>> both.merged(Joint.of([[6, 0]])).means
    (3.0, 9.0)
    """

    n: int
    means: tuple[float, ...]
    covariances: Matrix
    thirds: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", count(self.n, "n"))
        k = len(self.means)
        if k == 0 or len(self.covariances) != k or any(len(row) != k for row in self.covariances):
            shape = f"{many(len(self.covariances), 'row')} of covariances"
            raise SettingError(f"{many(k, 'mean')} came with {shape}; {k or 'k'} means need {k or 'k'} rows as long.")
        if len(self.thirds) not in {0, k}:
            raise SettingError(f"{many(k, 'mean')} came with {many(len(self.thirds), 'third moment')}; give one each.")
        means = numbers(self.means, "means") if self.n else np.zeros(k)
        spread = numbers(self.covariances, "covariances") if self.n > 1 else np.zeros((k, k))
        thirds = numbers(self.thirds, "thirds") if self.n > 1 else np.zeros(len(self.thirds))
        object.__setattr__(self, "means", tuple(means.tolist()))
        object.__setattr__(self, "covariances", possible(spread, means))
        object.__setattr__(self, "thirds", tuple(thirds.tolist()))

    @classmethod
    def of(cls, values: ArrayLike) -> "Joint":
        """Take them from an array of finite numbers, shape ``(n, k)``, or ``(n,)`` for one column."""
        array = numbers(values, "values")
        array = array[:, None] if array.ndim == 1 else array
        if array.ndim != 2:
            raise SettingError(f"Values of {array.ndim} dimensions were given; a row a unit and a column a quantity.")
        n = len(array)
        if n == 0:
            return cls(0, (0.0,) * array.shape[1], square(np.zeros((array.shape[1],) * 2)), (0.0,) * array.shape[1])
        middle = array.mean(axis=0)
        # Once more from there: a mean far from 0 is itself rounded.
        middle = middle + (array - middle).mean(axis=0)
        off = array - middle
        return cls(
            n, tuple(middle.tolist()), square(off.T @ off / max(n - 1, 1)), tuple((off**3).mean(axis=0).tolist())
        )

    @classmethod
    def of_sums(
        cls,
        n: int,
        sums: Sequence[float],
        products: Sequence[Sequence[float]],
        cubes: Sequence[float] = (),
        *,
        about: Sequence[float] = (),
    ) -> "Joint":
        """Take them from sums over units of deviations from any point, such as a rough mean.

        Sums about a point within some deviations of the mean keep all digits; about 0 they lose twice the digits by
        which the mean exceeds the deviation.

        Parameters
        ----------
        sums
            ``sum(x - about)``, one a column.
        products
            ``sum((x - about) * (y - about'))``, ``k`` rows of ``k``.
        cubes
            ``sum((x - about) ** 3)``; may be left out.
        about
            The point; 0 if left out.

        Examples
        --------
        >>> Joint.of_sums(3, [0, 0], [[2, 6], [6, 24]], about=[2, 12]) == Joint(3, (2, 12), ((1, 3), (3, 12)))
        True
        """
        n, k = count(n, "n"), len(sums)
        if n == 0:
            return cls(0, (0.0,) * k, square(np.zeros((k, k))), (0.0,) * len(cubes))
        first, second = numbers(sums, "sums"), numbers(products, "products")
        point = numbers(about, "about") if len(about) else np.zeros(k)
        if second.shape != (k, k) or point.shape != (k,) or len(cubes) not in {0, k}:
            raise SettingError(f"{many(k, 'sum')} need {k} rows of {k} products, and a cube and a point each, if any.")
        shift = first / n
        spread = unrounded(second - np.outer(first, shift), np.diag(second))
        thirds = numbers(cubes, "cubes") / n - 3 * shift * np.diag(second) / n + 2 * shift**3 if len(cubes) else ()
        means = point + shift
        # Where all are 0, taking a point off and adding it again leaves its rounding.
        means[(np.diag(spread) == 0) & (np.abs(means) <= NOISE * np.abs(point))] = 0.0
        return cls(n, tuple(means.tolist()), square(spread / max(n - 1, 1)), tuple(map(float, thirds)))

    @property
    def k(self) -> int:
        """Columns."""
        return len(self.means)

    def merged(self, *others: "Joint") -> "Joint":
        """Put groups that share no unit together, exactly: the same as of all their rows, in whatever order they come.

        Third moments are kept where all groups have them.

        References
        ----------
        Chan, Golub and LeVeque (1983), The American Statistician 37:242-247; Pébay (2008), Sandia report
        SAND2008-6212 (third moments).
        """
        groups = [group for group in (self, *others) if group.n]
        if any(group.k != self.k for group in others):
            raise SettingError(f"Groups of {', '.join(str(one.k) for one in (self, *others))} columns do not merge.")
        full = all(len(group.thirds) for group in groups)
        if not groups:
            return self
        n, k = sum(group.n for group in groups), range(self.k)
        # The least mean as the point to measure from keeps the digits and does not depend on the order.
        least = [min(group.means[i] for group in groups) for i in k]
        shift = [math.fsum(group.n * (group.means[i] - least[i]) for group in groups) / n for i in k]
        off = [[(group.means[i] - least[i]) - shift[i] for i in k] for group in groups]

        def both(i: int, j: int) -> float:
            pairs = zip(groups, off, strict=True)
            terms = ((one.covariances[i][j] * (one.n - 1), one.n * d[i] * d[j]) for one, d in pairs)
            return math.fsum(part for pair in terms for part in pair) / max(n - 1, 1)

        def third(i: int) -> float:
            pairs = zip(groups, off, strict=True)
            terms = (
                (one.n * one.thirds[i], 3 * d[i] * (one.n - 1) * one.covariances[i][i], one.n * d[i] ** 3)
                for one, d in pairs
            )
            return math.fsum(part for triple in terms for part in triple) / n

        half = {(i, j): both(i, j) for i in k for j in k if i <= j}
        return Joint(
            n,
            tuple(least[i] + shift[i] for i in k),
            tuple(tuple(half[min(i, j), max(i, j)] for j in k) for i in k),
            tuple(third(i) for i in k) if full else (),
        )

    def at(self, *columns: int) -> "Joint":
        """Return some of the columns, in the order asked for."""
        self.known(columns)
        return Joint(
            self.n,
            tuple(self.means[i] for i in columns),
            tuple(tuple(self.covariances[i][j] for j in columns) for i in columns),
            tuple(self.thirds[i] for i in columns) if self.thirds else (),
        )

    def moments(self, column: int = 0) -> Moments:
        """Return count, mean and variance of one column."""
        self.known([column])
        return Moments(self.n, self.means[column], self.covariances[column][column])

    def skewness(self, column: int = 0) -> float:
        """Return the third central moment over the cubed deviation, both divided by ``n``; 0 where all are alike.

        Raises
        ------
        SettingError
            If third moments were not taken.
        """
        self.known([column])
        if not self.thirds:
            raise SettingError("Third moments were not taken of this group; ask the engine for the sums of cubes too.")
        variance = self.covariances[column][column] * (self.n - 1) / max(self.n, 1)
        return self.thirds[column] / variance**1.5 if variance > 0 else 0.0

    def linear(self, weights: Sequence[float]) -> Moments:
        """Return the moments of the weighted sum of each unit's columns.

        Examples
        --------
        >>> Joint.of([[1, 2], [2, 4], [4, 8]]).linear([2, -1]).variance
        0.0
        """
        return self.mapped([weights]).moments()

    def mapped(self, weights: Sequence[Sequence[float]]) -> "Joint":
        """Return weighted sums of each unit's columns as columns: one a row of ``weights``, without third moments.

        Where the terms of a sum cancel out but for rounding, its variance is 0.
        """
        if any(len(row) != self.k for row in weights):
            shape = ", ".join(str(len(row)) for row in weights)
            raise SettingError(f"{shape} weights came for {many(self.k, 'column')}; give one each.")
        by, used = [[number(weight, "weight") for weight in row] for row in weights], range(self.k)

        def both(one: Sequence[float], other: Sequence[float]) -> float:
            terms = [one[i] * other[j] * self.covariances[i][j] for i in used for j in used]
            found = math.fsum(terms)
            return 0.0 if abs(found) <= NOISE * max(map(abs, terms)) else found

        means = tuple(math.fsum(row[i] * self.means[i] for i in used) for row in by)
        return Joint(self.n, means, tuple(tuple(both(one, other) for other in by) for one in by))

    def known(self, columns: Iterable[int]) -> None:
        """Refuse columns that are not there."""
        for column in columns:
            if not 0 <= column < self.k:
                raise SettingError(f"Column {column} was asked for; there are {self.k}, counted from 0.")


def unrounded(spread: Floats, squares: Floats) -> Floats:
    """Return sums of products about the mean without what rounding left of those that are 0, or beyond what may be.

    Parameters
    ----------
    squares
        The sums of squares about the point they were taken from: what was rounded.
    """
    both = (spread + spread.T) / 2
    scale = np.sqrt(np.outer(squares, squares).clip(0))
    both[np.abs(both) <= NOISE * scale] = 0.0
    deviations = np.sqrt(np.diag(both).clip(0))
    most = np.outer(deviations, deviations)
    np.fill_diagonal(most, np.diag(both))
    over = (np.abs(both) > most) & (np.abs(both) <= most + ROUNDING * scale)
    return np.where(over, np.clip(both, -most, most), both)


def square(matrix: Floats) -> Matrix:
    """Return a matrix as plain numbers, row by row."""
    return tuple(tuple(row) for row in matrix.tolist())


def possible(spread: Floats, means: Floats) -> Matrix:
    """Return covariances without their rounding, or refuse what no units have."""
    variances = np.diag(spread)
    if (variances < -ROUNDING * means**2).any():
        raise SettingError(f"A column has the variance {variances.min():g}; a variance is not below 0.")
    deviations = np.sqrt(np.maximum(variances, 0.0))
    most = np.outer(deviations, deviations)
    # The smallest numbers that can be reckoned with leave products whose squares are no floats any more.
    slack = ROUNDING * (np.outer(np.abs(means), np.abs(means)) + most) + SMALLEST**2
    if (np.abs(spread) > most + slack).any() or (np.abs(spread - spread.T) > slack).any():
        raise SettingError(
            "The covariances are not those of any units: they are not symmetric, or exceed the deviations they belong "
            "to. Check the order of the columns."
        )
    # Rounding may leave a covariance a little beyond its deviations, or beside a variance of 0.
    held = np.clip((spread + spread.T) / 2, -most, most)
    np.fill_diagonal(held, np.maximum(variances, 0.0))
    return square(held)
