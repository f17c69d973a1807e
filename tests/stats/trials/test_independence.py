from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, fisher_exact

from pmlib.core import SettingError, TooFewError
from pmlib.stats.trials.independence import DRAWS, independence


def test_the_published_table():
    # Agresti (2007), An Introduction to Categorical Data Analysis, page 39, also R's chisq.test: gender by party
    # identification, X-squared 30.07 with 2 degrees of freedom.
    found = independence([[762, 327, 468], [484, 239, 477]])
    assert (round(found.statistic, 2), found.df, found.n) == (30.07, 2, 2757)
    assert found.p < 0.001


def test_fishers_tea():
    # Fisher (1935), The Design of Experiments: eight cups, three of four guessed. By hand (16 + 1) / 70 on each side.
    found = independence([[3, 1], [1, 3]])
    assert found.p == pytest.approx(34 / 70, rel=1e-12)
    assert "all tables" in found.method


tables = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(st.integers(20, 400), min_size=width, max_size=width), min_size=2, max_size=4)
)


@given(tables.filter(lambda table: chi2_contingency(table).expected_freq.min() >= 5))
def test_large_tables_agree_with_scipy(table):
    found = independence(table)
    known = chi2_contingency(table, correction=False)
    assert found.statistic == pytest.approx(known.statistic, rel=1e-12, abs=1e-12)
    assert found.df == known.dof
    assert found.p == pytest.approx(known.pvalue, rel=1e-9)


@given(tables)
def test_rows_and_columns_may_stand_in_any_order(table):
    turned = np.array(table).T
    assert independence(turned.tolist()).p == pytest.approx(independence(table).p)
    assert independence(table[::-1]).p == pytest.approx(independence(table).p)


@pytest.mark.parametrize("table", [[[0, 12], [5, 9]], [[2, 998], [7, 1993]], [[1, 3], [9, 2]], [[3, 2], [1, 400_000]]])
def test_small_tables_agree_with_fishers_exact_test(table):
    # The exact test orders tables by their chance, this one by chi-square; in these tables that is the same order.
    assert independence(table).p == pytest.approx(fisher_exact(table).pvalue, rel=1e-6)


def test_small_tables_of_more_rows_agree_with_the_sum_over_all_of_them():
    # Freeman and Halton (1951), Biometrika 38:141-149: all tables with the margins, by brute force.
    table = [[3, 0, 1], [0, 4, 2]]
    rows, columns = [4, 6], [3, 4, 3]
    found = independence(table)
    chance = 0.0
    for one, two in product(range(columns[0] + 1), range(columns[1] + 1)):
        three = rows[0] - one - two
        if 0 <= three <= columns[2]:
            first = [one, two, three]
            other = [total - part for total, part in zip(columns, first, strict=True)]
            statistic = chi2_contingency([first, other], correction=False).statistic
            if statistic >= found.statistic - 1e-9:
                chance += comb(3, one) * comb(4, two) * comb(3, three) / comb(10, 4)
    # Within four standard errors of so many draws.
    assert found.p == pytest.approx(chance, abs=4 * (chance * (1 - chance) / DRAWS) ** 0.5)


def test_no_p_is_0():
    assert 0 < independence([[10**7, 1000], [1000, 10**7]]).p < 1e-300
    assert independence([[40, 0], [0, 3]]).p == pytest.approx(1 / comb(43, 3))


def test_empty_rows_and_columns_are_left_out():
    assert independence([[30, 20, 0], [0, 0, 0], [25, 25, 0]]) == independence([[30, 20], [25, 25]])


@pytest.mark.parametrize("table", [[[5, 0], [9, 0]], [[5, 3]], [[0, 0], [4, 9]]])
def test_one_row_or_column_is_too_few(table):
    with pytest.raises(TooFewError, match="needs two of each"):
        independence(table)


def test_wrong_tables_are_refused():
    with pytest.raises(SettingError, match="give each row as many"):
        independence([[1, 2], [3]])
    with pytest.raises(SettingError, match="whole numbers"):
        independence([[1, -2], [3, 4]])
