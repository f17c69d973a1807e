"""Joint moments against NIST's certified figures, exact fractions and numpy; merging is exact."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as reference

from pmlib.core import SettingError
from pmlib.stats.trials.joint import Joint

rows = st.lists(st.tuples(*[st.floats(-1e6, 1e6, allow_subnormal=False)] * 2), min_size=1, max_size=30)


def close(one: Joint, other: Joint, scale: float) -> None:
    assert one.n == other.n
    assert one.means == pytest.approx(other.means, rel=1e-12, abs=1e-12 * scale)
    for row, like in zip(one.covariances, other.covariances, strict=True):
        assert row == pytest.approx(like, rel=1e-9, abs=1e-11 * scale**2)
    assert one.thirds == pytest.approx(other.thirds, rel=1e-9, abs=1e-11 * scale**3)


@pytest.mark.parametrize(("middle", "digits"), [(1_000_000.2, 1e-8), (10_000_000.2, 1e-7)])
def test_nists_numerical_accuracy_sets(middle, digits):
    # NIST Statistical Reference Datasets, Univariate, NumAcc3 and NumAcc4: 1,001 values, mean 1000000.2 and 10000000.2,
    # standard deviation exactly 0.1. The data themselves are only held to so many digits of the deviation.
    values = np.array([middle, *[middle - 0.1, middle + 0.1] * 500])
    whole = Joint.of(values)
    parts = Joint.of(values[:3]).merged(Joint.of(values[3:500]), Joint.of(values[500:501]), Joint.of(values[501:]))
    for found in (whole, parts):
        assert found.means[0] == middle
        assert math.sqrt(found.covariances[0][0]) == pytest.approx(0.1, rel=digits)


def test_no_digit_is_lost_far_from_zero():
    # Whole numbers around 10^9 with deviations of about 10^3, so each is held exactly; the truth as fractions.
    draw = np.random.default_rng(3)
    whole = draw.integers(-1000, 1000, (400, 2)) + 10**9
    whole[:, 1] += whole[:, 0] - 10**9
    n = len(whole)
    means = [Fraction(int(sum(map(int, whole[:, i]))), n) for i in (0, 1)]
    off = [[Fraction(int(x)) - means[i] for x in whole[:, i]] for i in (0, 1)]
    cross = sum(a * b for a, b in zip(*off, strict=True)) / (n - 1)
    third = sum(a**3 for a in off[1]) / n
    pieces = [Joint.of(part) for part in np.split(whole, [1, 2, 30, 200])]
    about = [10**9 + 50, 10**9 - 20]
    sums, products = (whole - about).sum(axis=0), (whole - about).T @ (whole - about)
    cubes = ((whole - about) ** 3).sum(axis=0)
    shifted = Joint.of_sums(n, sums.tolist(), products.tolist(), cubes.tolist(), about=about)
    for found in (Joint.of(whole), pieces[0].merged(*pieces[1:]), shifted):
        assert found.means == (float(means[0]), float(means[1]))
        assert found.covariances[0][1] == pytest.approx(float(cross), rel=1e-11)
        # Means are held to 1e-10 of the deviation here, and with them third moments in deviations.
        assert found.thirds[1] == pytest.approx(float(third), abs=1e-9 * found.covariances[1][1] ** 1.5)


@given(st.lists(rows, min_size=1, max_size=6), st.randoms())
@settings(max_examples=150, deadline=None)
def test_merged_partitions_are_the_whole_in_any_order(parts, mixer):
    whole = Joint.of([row for part in parts for row in part])
    pieces = [Joint.of(part) for part in parts]
    merged = pieces[0].merged(*pieces[1:])
    scale = max(1.0, *(abs(x) for part in parts for row in part for x in row))
    close(merged, whole, scale)
    mixer.shuffle(pieces)
    assert pieces[0].merged(*pieces[1:]) == merged


@given(rows.filter(lambda some: len(some) > 1))
@settings(max_examples=100, deadline=None)
def test_of_rows_is_numpys(some):
    found, array = Joint.of(some), np.array(some)
    scale = max(1.0, float(np.abs(array).max()))
    assert np.allclose(found.covariances, np.cov(array, rowvar=False), rtol=1e-9, atol=1e-11 * scale**2)
    cubes = ((array - array.mean(axis=0)) ** 3).mean(axis=0)
    assert found.thirds == pytest.approx(cubes, rel=1e-9, abs=1e-11 * scale**3)


def test_skewness_is_scipys():
    values = np.random.default_rng(1).lognormal(0, 1, (200, 2))
    found = Joint.of(values)
    assert found.skewness(1) == pytest.approx(float(reference.skew(values[:, 1])), rel=1e-12)
    assert Joint.of([[2.0], [2.0]]).skewness() == 0
    with pytest.raises(SettingError, match="cubes"):
        Joint(2, (1.0,), ((1.0,),)).skewness()


def test_a_sum_of_columns_is_that_of_the_rows():
    values = np.random.default_rng(2).normal(5, 2, (50, 3))
    found, rows = Joint.of(values).linear([1, -2, 0.5]), values @ [1, -2, 0.5]
    assert (found.n, found.mean) == (50, pytest.approx(rows.mean()))
    assert found.variance == pytest.approx(rows.var(ddof=1))
    both = Joint.of(values).mapped([[1, 0, 0], [1, -2, 0.5]])
    assert both.covariances[0][1] == pytest.approx(np.cov(values[:, 0], rows)[0, 1])


def test_terms_that_cancel_leave_no_noise():
    base = np.random.default_rng(4).normal(7, 1, 300)
    assert Joint.of(np.column_stack([base, 0.3 * base])).linear([0.3, -1]).variance == 0


def test_nobody_and_one():
    nobody = Joint.of(np.empty((0, 2)))
    one = Joint.of([[3.0, 4.0]])
    assert nobody.merged(nobody) == nobody
    assert nobody.merged(one, nobody) == one
    # An engine has no mean of nobody and no variance of one.
    assert Joint(0, (math.nan, math.nan), ((math.nan,) * 2,) * 2) == Joint(0, (0.0, 0.0), ((0.0,) * 2,) * 2)
    assert Joint(1, (3.0, 4.0), ((math.nan,) * 2,) * 2, (math.nan,) * 2) == one
    assert one.merged(Joint.of([[5.0, 8.0]])).covariances == ((2.0, 4.0), (4.0, 8.0))


def test_thirds_stay_only_where_all_have_them():
    with_thirds, without = Joint.of([1.0, 2.0, 6.0]), Joint(3, (1.0,), ((1.0,),))
    assert with_thirds.merged(without).thirds == ()
    assert len(with_thirds.merged(with_thirds).thirds) == 1


def test_columns_by_number():
    both = Joint.of([[1.0, 5.0], [2.0, 7.0], [4.0, 6.0]])
    assert both.at(1, 0).means == both.means[::-1]
    assert both.at(1).moments() == both.moments(1)
    with pytest.raises(SettingError, match="Column 2"):
        both.at(2)
    with pytest.raises(SettingError, match="Column -1"):
        both.moments(-1)


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda: Joint(3, (1.0, 2.0), ((1.0,),)), "need 2 rows"),
        (lambda: Joint(3, (), ()), "0 means"),
        (lambda: Joint(3, (1.0,), ((1.0,),), (1.0, 2.0)), "third moments"),
        (lambda: Joint(3, (math.nan,), ((1.0,),)), "missing"),
        (lambda: Joint(3, (1.0,), ((math.inf,),)), "missing"),
        (lambda: Joint(3, (1.0,), ((-1.0,),)), "not below 0"),
        (lambda: Joint(3, (0.0, 0.0), ((1.0, 2.0), (2.0, 1.0))), "not those of any units"),
        (lambda: Joint(3, (0.0, 0.0), ((1.0, 0.5), (-0.5, 1.0))), "not symmetric"),
        (lambda: Joint(-1, (0.0,), ((1.0,),)), "whole number"),
        (lambda: Joint.of([[[1.0]]]), "3 dimensions"),
        (lambda: Joint.of([1.0]).merged(Joint.of([[1.0, 2.0]])), "do not merge"),
        (lambda: Joint.of([1.0, 2.0]).linear([1.0, 2.0]), "give one each"),
        (lambda: Joint.of_sums(2, [1.0], [[1.0, 2.0]]), "rows of 1 products"),
    ],
)
def test_what_no_units_have_is_refused(made, says):
    with pytest.raises(SettingError, match=says):
        made()


def test_a_column_of_zeros_stays_one_whatever_point_its_sums_are_taken_about():
    for point in (0.1, 3.7, 1e9 / 3):
        sums = [math.fsum([-point] * 7), math.fsum(x - point for x in range(7))]
        products = [[7 * point**2, -point * sums[1]], [-point * sums[1], math.fsum((x - point) ** 2 for x in range(7))]]
        found = Joint.of_sums(7, sums, products, about=[point, point])
        assert found.means[0] == 0
        assert found.means[1] == pytest.approx(3, rel=1e-6)


def test_groups_taken_at_once_are_those_taken_one_by_one():
    draw = np.random.default_rng(8)
    groups = [draw.gamma(0.3, 5.0, (n, 2)) for n in (0, 1, 2, 3, 50)] + [np.full((9, 2), 3.0)]
    about = [1.0, 2.0]
    off = [some - about for some in groups]
    sums, products = [some.sum(axis=0) for some in off], [some.T @ some for some in off]
    cubes = [(some[:, :1] ** 3).sum(axis=0) for some in off]
    made = Joint.each_of_sums([len(some) for some in groups], sums, products, cubes, about=about)
    for found, some, *of in zip(made, groups, sums, products, cubes, strict=True):
        assert found == Joint.of_sums(len(some), *(one.tolist() for one in of), about=about)
        # What is made at once holds what the constructor would.
        assert found == Joint(found.n, found.means, found.covariances, found.thirds)
        if len(some):
            close(found, replace(Joint.of(some), thirds=(Joint.of(some).thirds[0], 0.0)), 100.0)
    with pytest.raises(SettingError, match="not those of any units"):
        Joint.each_of_sums([3, 3], [[0.0, 0.0]] * 2, [[[2, 1], [1, 2]], [[2, 5], [5, 2]]], [[], []])


def test_what_an_engine_sends_for_too_few_units_is_not_looked_at():
    assert Joint.of_sums(0, [math.nan], [[math.nan]], [math.nan]) == Joint(0, (0.0,), ((0.0,),), (0.0,))
    assert Joint.of_sums(1, [2.0], [[9.0]], [7.0]) == Joint(1, (2.0,), ((0.0,),), (0.0,))
