"""Several columns of the units of a group, taken together: what an engine sends instead of rows."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
        object.__setattr__(self, "covariances", square(possible(spread, means).tolist()))
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
            k = array.shape[1]
            return cls(0, (0.0,) * k, ((0.0,) * k,) * k, (0.0,) * k)
        middle = array.mean(axis=0)
        # Once more from there: a mean far from 0 is itself rounded.
        middle = middle + (array - middle).mean(axis=0)
        off = array - middle
        return cls(
            n,
            tuple(middle.tolist()),
            square((off.T @ off / max(n - 1, 1)).tolist()),
            tuple((off**3).mean(axis=0).tolist()),
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
            ``sum((x - about) ** 3)`` of the first columns; the third moments of the others stand at 0. All may be left
            out.
        about
            The point; 0 if left out.

        Examples
        --------
        >>> Joint.of_sums(3, [0, 0], [[2, 6], [6, 24]], about=[2, 12]) == Joint(3, (2, 12), ((1, 3), (3, 12)))
        True
        """
        if count(n, "n") == 0:
            k = len(sums)
            return cls(0, (0.0,) * k, ((0.0,) * k,) * k, (0.0,) * (k if len(cubes) else 0))
        return cls.each_of_sums([n], [sums], [products], [cubes], about=about)[0]

    @classmethod
    def each_of_sums(
        cls, ns: Sequence[int], sums: ArrayLike, products: ArrayLike, cubes: ArrayLike, *, about: Sequence[float] = ()
    ) -> list["Joint"]:
        """Take those of many groups from such sums about one point, all at once: thousands of segments in one step.

        Parameters
        ----------
        ns, sums, products, cubes
            One a group, each as :meth:`of_sums` takes it.
        """
        counts = np.array([count(n, "n") for n in ns])
        first, second, third = numbers(sums, "sums"), numbers(products, "products"), numbers(cubes, "cubes")
        groups, k = first.shape
        point = numbers(about, "about") if len(about) else np.zeros(k)
        if second.shape != (groups, k, k) or point.shape != (k,) or third.shape[1] > k:
            raise SettingError(
                f"{many(k, 'sum')} need {k} rows of {k} products, and a point each, if any; no more cubes."
            )
        size = np.maximum(counts, 1)[:, None]
        shift, squares, some = first / size, diagonal(second), slice(third.shape[1])
        spread = unrounded(second - first[:, :, None] * shift[:, None], squares)
        thirds = np.zeros((groups, k if third.shape[1] else 0))
        thirds[:, some] = third / size - (3 * squares / size - 2 * shift**2)[:, some] * shift[:, some]
        # Where all are 0, taking a point off and adding it again leaves its rounding.
        means = point + shift
        means[(diagonal(spread) == 0) & (np.abs(means) <= NOISE * np.abs(point))] = 0.0
        means[counts == 0], spread[counts < 2], thirds[counts < 2] = 0.0, 0.0, 0.0
        held = possible(spread / np.maximum(counts - 1, 1)[:, None, None], means)
        rows = zip(counts.tolist(), means.tolist(), held.tolist(), thirds.tolist(), strict=True)
        return [cls.known_good(n, tuple(mean), square(both), tuple(cube)) for n, mean, both, cube in rows]

    @classmethod
    def known_good(cls, n: int, means: tuple[float, ...], covariances: Matrix, thirds: tuple[float, ...]) -> "Joint":
        """Make one of numbers that were looked at together with those of others; one by one takes most of the time."""
        made = object.__new__(cls)
        made.__dict__.update(n=n, means=means, covariances=covariances, thirds=thirds)
        return made

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
    spread
        Shape ``(..., k, k)``.
    squares
        The sums of squares about the point they were taken from: what was rounded.
    """
    both = (spread + spread.swapaxes(-1, -2)) / 2
    scale = np.sqrt(outer(squares).clip(0))
    both[np.abs(both) <= NOISE * scale] = 0.0
    most = outer(np.sqrt(diagonal(both).clip(0)))
    over = (np.abs(both) > most) & (np.abs(both) <= most + ROUNDING * scale) & apart(both)
    return np.where(over, np.clip(both, -most, most), both)


def possible(spread: Floats, means: Floats) -> Floats:
    """Return covariances, shape ``(..., k, k)``, without their rounding, or refuse what no units have."""
    variances = diagonal(spread)
    if (variances < -ROUNDING * means**2).any():
        raise SettingError(f"A column has the variance {variances.min():g}; a variance is not below 0.")
    variances = np.maximum(variances, 0.0)
    most = outer(np.sqrt(variances))
    # The smallest numbers that can be reckoned with leave products whose squares are no floats any more.
    slack = ROUNDING * (outer(np.abs(means)) + most) + SMALLEST**2
    turned = spread.swapaxes(-1, -2)
    if (np.abs(spread) > most + slack).any() or (np.abs(spread - turned) > slack).any():
        raise SettingError(
            "The covariances are not those of any units: they are not symmetric, or exceed the deviations they belong "
            "to. Check the order of the columns."
        )
    # Rounding may leave a covariance a little beyond its deviations, or beside a variance of 0.
    return np.where(apart(spread), np.clip((spread + turned) / 2, -most, most), variances[..., None])


def diagonal(matrix: Floats) -> Floats:
    """Return what stands on the diagonal of each matrix."""
    return matrix.diagonal(axis1=-2, axis2=-1)


def outer(row: Floats) -> Floats:
    """Return the products of each number of a row with each."""
    return row[..., :, None] * row[..., None, :]


def apart(matrix: Floats) -> NDArray[np.bool_]:
    """Tell what does not stand on the diagonal."""
    return ~np.eye(matrix.shape[-1], dtype=bool)


def square(rows: Iterable[Iterable[float]]) -> Matrix:
    """Return the rows of a matrix as they are kept."""
    return tuple(tuple(row) for row in rows)
