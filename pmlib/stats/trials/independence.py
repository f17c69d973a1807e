"""Whether two ways to sort the same units have to do with each other."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, gammaln

from pmlib.core import SettingError, TooFewError
from pmlib.stats.inputs import counts

ENOUGH = 5.0
"""The fewest units a cell must be expected to have for the distribution of chi-square to hold."""
DRAWS = 9_999
SMALLEST = sys.float_info.min
SAME = 1e-9
"""Statistics that differ by so little, relative to their size, are equal."""
Whole = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Independence:
    """What a table of counts says of its rows and columns.

    Parameters
    ----------
    statistic, df
        Pearson's chi-square and its degrees of freedom.
    p
        How often chance alone gives a statistic as large.
    """

    statistic: float
    df: int
    p: float
    n: int
    method: str


def independence(table: Sequence[Sequence[int]], *, seed: int = 0) -> Independence:
    """Test whether the rows of a table of counts are alike but for chance.

    Parameters
    ----------
    table
        Counts, a row each; rows and columns without units are left out.
    seed
        Of the tables drawn with the same margins where a cell is expected to have fewer than 5; two rows and columns
        need no drawing.

    Returns
    -------
    Independence
        By Pearson's chi-square; in small tables ``p`` is that of all, or of 9,999, tables with the same margins.

    Raises
    ------
    SettingError
        If the rows are not equally long, or hold something else than counts.
    TooFewError
        If there are not two rows and two columns with units.

    References
    ----------
    Pearson (1900), Phil. Mag. 50:157-175. Patefield (1981), Appl. Statist. 30:91-97.

    Examples
    --------
    >>> round(independence([[762, 327, 468], [484, 239, 477]]).statistic, 2)
    30.07
    """
    if len({len(row) for row in table}) > 1:
        raise SettingError(f"The rows have {sorted({len(row) for row in table})} counts; give each row as many.")
    flat = counts([count for row in table for count in row], "counts")
    cells = flat.reshape(len(table), -1)
    cells = cells[cells.sum(axis=1) > 0][:, cells.sum(axis=0) > 0]
    if min(cells.shape) < 2:
        raise TooFewError(
            f"There are units in {cells.shape[0]} rows and {cells.shape[1]} columns; a comparison needs two of each."
        )
    rows, columns, n = cells.sum(axis=1), cells.sum(axis=0), int(cells.sum())
    expected = np.outer(rows, columns) / n
    df = (cells.shape[0] - 1) * (cells.shape[1] - 1)
    found = float(chi_square(cells, expected))
    if expected.min() >= ENOUGH:
        p, method = max(float(chdtrc(df, found)), SMALLEST), "Pearson's chi-square test"
    elif df == 1:
        p, method = exact(rows, columns, expected, found), "chi-square of all tables with the same margins"
    else:
        p, method = drawn(rows, columns, expected, found, seed), f"chi-square of {DRAWS:,} tables with the same margins"
    return Independence(found, df, p, n, method)


def chi_square(cells: Whole, expected: Floats) -> Floats:
    """Return Pearson's chi-square of a table, or of each of several."""
    return ((cells - expected) ** 2 / expected).sum(axis=(-2, -1))


def exact(rows: Whole, columns: Whole, expected: Floats, found: float) -> float:
    """Return the chance of two rows and columns with the same margins whose statistic is as large."""
    n = int(rows.sum())
    first = np.arange(max(0, rows[0] + columns[0] - n), min(rows[0], columns[0]) + 1)
    tables = np.array([first, rows[0] - first, columns[0] - first, n - rows[0] - columns[0] + first])
    chances = gammaln(rows + 1).sum() + gammaln(columns + 1).sum() - gammaln(n + 1) - gammaln(tables + 1).sum(axis=0)
    as_large = chi_square(tables.T.reshape(-1, 2, 2), expected) >= found * (1 - SAME)
    return min(1.0, max(float(np.exp(chances[as_large]).sum()), SMALLEST))


def drawn(rows: Whole, columns: Whole, expected: Floats, found: float, seed: int) -> float:
    """Return the share of tables with the same margins whose statistic is as large, the table itself among them."""
    from scipy.stats import random_table

    tables = random_table(rows, columns).rvs(DRAWS, method="patefield", random_state=seed)
    as_large = chi_square(tables, expected) >= found * (1 - SAME)
    return (1 + int(as_large.sum())) / (1 + DRAWS)
