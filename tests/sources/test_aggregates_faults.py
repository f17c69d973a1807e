"""Aggregates that no units have are refused with the reason; those that units have never are."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlib.core import InputError
from pmlib.sources import Aggregates, load_aggregates

OVER = "over_mean,over_variance,over_covariance"
BEFORE = "before_mean,before_variance,before_covariance,over_before_covariance"


def wrote(folder: Path, text: str) -> Path:
    path = folder / "a.csv"
    path.write_text(text, encoding="utf-8")
    return path


def rows(found: Aggregates) -> list[tuple]:
    text = "SELECT n, mean, variance FROM aggregates ORDER BY metric DESC, arm, instant"
    return [tuple(row) for row in found.query(text)]


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ("x,a,100,1,-0.5", r"gives 'x' in a the variance -0.5; a variance is not below 0"),
        ("x,a,100.5,1,1", r"the count 100.5; a count of units is a whole number from 0 up"),
        ("x,a,-3,1,1", r"the count -3"),
        ("x,a,1e300,1,1", r"the count 1e\+300; a count of units is a whole number from 0 up to 1e15"),
        ("x,a,100,1e80,1", r"a number that is not finite, or beyond 1e75"),
        ("x,a,100,1,", r"no variance, so nothing tells chance from change"),
        ("x,a,100,,1", r"no mean, though it counts 100 units"),
        ("x,a,100,inf,1", r"a number that is not finite"),
        ("x,a,100,one,1", r"'mean' of a.csv holds 1 value that cannot be read as numbers, such as 'one'"),
    ],
)
def test_numbers_no_units_have_are_refused(tmp_path: Path, line: str, match: str) -> None:
    path = wrote(tmp_path, f"metric,arm,n,mean,variance\n{line}\nx,b,100,1,1\n")
    with pytest.raises(InputError, match=match):
        load_aggregates(path)


@pytest.mark.parametrize(
    ("columns", "line", "match"),
    [
        ("mean,kind", "1.2,share", r"the mean 1.2; a share lies between 0 and 1"),
        ("mean,variance,kind", "0.5,3,share", r"the variance 3, which no share of its mean has"),
        ("hits", "101", r"101 hits of 100 units; hits are whole and at most as many"),
        ("hits", "20.5", r"20.5 hits of 100 units; hits are whole"),
        ("hits", "-1", r"-1 hits of 100 units"),
        # Of a hundred values whose sum is 200 the squares sum to 400 at least.
        ("sum,sum_of_squares", "200,399", r"gives 'x' in a 399 as sum of squares, too little for its sum and count"),
        ("mean,variance,min,max", "1,1,2,3", r"a mean or variance that no values between its smallest and largest"),
        ("mean,variance,min,max", "1,1,3,-3", r"no values between its smallest and largest have"),
        # Between 0 and 2 a variance about 1 is 1 at most (Popoviciu, 1935).
        ("mean,variance,min,max", "1,1.2,0,2", r"no values between its smallest and largest have"),
        ("mean,variance,min,max", "1,1,-inf,2", r"a number that is not finite"),
        # The skewness of n values is below the root of n: here 10, the cube of the deviation 8.
        ("mean,variance,third", "1,4,90", r"a third moment that no values of its variance have"),
        ("mean,sd", "1,-2", r"a standard deviation below 0"),
        ("mean,variance,units_in_arm", "1,1,99", r"99 units in its arm; that is a whole number, and no smaller"),
        ("mean,variance,before_mean,before_variance,covariance", "1,1,1,1,2", r"a covariance larger than the two"),
        (f"mean,variance,{OVER},{BEFORE}", "1,1,1,1,0,1,1,0,2", r"a covariance larger than the two"),
        # Each pair may go together as closely as this; all three cannot.
        (f"mean,variance,{OVER},{BEFORE}", "1,1,1,1,0.9,1,1,0.9,-0.9", r"a covariance larger than the two"),
        (f"mean,variance,{OVER},{BEFORE}", "1,1,1,1,0,1,1,0,inf", r"a number that is not finite"),
        ("mean,variance,day", "1,1,soon", r"in a at soon a day that is neither a date nor a number of days"),
        # A mean of a million with a deviation of 0.1: of 1e14 in squares a thousandth is the variance.
        ("sum,sum_of_squares", "100000000,100000000000001", r"rounding decides. Give mean and variance"),
    ],
)
def test_other_faults_are_refused(tmp_path: Path, columns: str, line: str, match: str) -> None:
    path = wrote(tmp_path, f"metric,arm,n,{columns}\nx,a,100,{line}\nx,b,100,{line}\n")
    with pytest.raises(InputError, match=match):
        load_aggregates(path)


@pytest.mark.parametrize(
    "numbers", ["hits\n{},1", "mean,variance\n{},1,", "sum,sumsq\n{},3,9", "mean,type\n{},1,share"]
)
def test_one_unit_is_enough_for_a_row(tmp_path: Path, numbers: str) -> None:
    columns, cells = numbers.split("\n")
    text = f"metric,arm,n,{columns}\n" + "\n".join(cells.format(f"x,{arm},1") for arm in "ab")
    (one, other) = rows(load_aggregates(wrote(tmp_path, text)))
    assert one == other == (1, pytest.approx(3 if "sum" in columns else 1), 0)


@settings(max_examples=15)
@given(
    st.lists(st.floats(-1e6, 1e6).map(lambda value: round(value, 3)), min_size=2, max_size=30),
    st.integers(2, 12),
)
def test_what_units_have_is_never_refused(values: list[float], digits: int) -> None:
    # Written with few digits, too: nobody's export is refused for rounding.
    y = np.array(values)
    x, d = np.sin(y), y[::-1].copy()
    numbers = {"mean": y.mean(), "variance": y.var(ddof=1), "min": y.min(), "max": y.max()}
    numbers["third"] = ((y - y.mean()) ** 3).mean()
    line = {"metric": "m", "n": len(y)} | {name: float(f"{value:.{digits}g}") for name, value in numbers.items()}
    exact = {"over_mean": d.mean(), "over_variance": d.var(ddof=1), "over_covariance": np.cov(y, d)[0, 1]}
    exact |= {"before_mean": x.mean(), "before_variance": x.var(ddof=1), "before_covariance": np.cov(y, x)[0, 1]}
    exact["over_before_covariance"] = np.cov(d, x)[0, 1]
    for some in (line, line | numbers | exact):
        assert len(rows(load_aggregates(pd.DataFrame([some | {"arm": arm} for arm in "ab"])))) == 2
