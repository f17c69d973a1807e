"""Counts, means and variances of an experiment made elsewhere."""

from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlib.core import InputError, SettingError
from pmlib.sources import Aggregates, load_aggregates

TEXT = """metric,variant,users,mean,variance
visits,control,100,1.5,2.25
visits,treatment,110,1.7,2.5
converted,control,100,0.2,0.16
converted,treatment,110,0.3,0.21
"""


def wrote(folder: Path, text: str, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def rows(found: Aggregates, *columns: str) -> list[tuple]:
    picks = ", ".join(columns or ("metric", "arm", "n", "mean", "variance", "yes_or_no"))
    return [tuple(row) for row in found.query(f"SELECT {picks} FROM aggregates ORDER BY metric DESC, arm, instant")]


# A share's variance comes with n or n - 1 beneath; 100 / 99 * 0.2 * 0.8 = 0.16 / 0.99.
EXPECTED = [
    ("visits", "control", 100, 1.5, 2.25, False),
    ("visits", "treatment", 110, 1.7, 2.5, False),
    ("converted", "control", 100, 0.2, pytest.approx(0.16 / 0.99, rel=1e-14), True),
    ("converted", "treatment", 110, 0.3, pytest.approx(110 / 109 * 0.21, rel=1e-14), True),
]


def test_a_row_is_a_metric_in_an_arm(tmp_path: Path) -> None:
    found = load_aggregates(wrote(tmp_path, TEXT))
    assert rows(found) == EXPECTED
    assert found.metrics == ("converted", "visits")
    assert found.origin.ledger.read == found.origin.ledger.kept == 4
    assert found.origin.form == "aggregates, one row an arm, csv"
    assert found.origin.notes == (
        "Of its columns metric is 'metric', arm is 'variant'.",
        "It holds 2 metrics and 2 arms.",
    )
    assert found.period is None
    assert found.experiments == ()


def test_workbooks_parquet_frames_and_toml(tmp_path: Path) -> None:
    lines = [line.split(",") for line in TEXT.splitlines()]
    book = openpyxl.Workbook()
    sheet = book.create_sheet("tests", 0)
    for line in lines:
        sheet.append([float(cell) if cell[0].isdigit() else cell for cell in line])
    book.save(tmp_path / "a.xlsx")
    frame = pd.read_csv(wrote(tmp_path, TEXT))
    frame.to_parquet(tmp_path / "a.parquet")
    wrote(tmp_path, '[source.tests]\npath = "a.csv"\ncolumns = { metric = "metric" }\n', "pmlib.toml")
    shuffled = pl.from_pandas(frame).sample(fraction=1, shuffle=True, seed=3)
    for given_ in (tmp_path / "a.xlsx", tmp_path / "a.parquet", frame, shuffled, f"{tmp_path}/pmlib.toml#tests"):
        assert rows(load_aggregates(given_)) == EXPECTED
    assert rows(load_aggregates(wrote(tmp_path, TEXT.replace(",", ";").replace(".", ","), "b.csv"))) == EXPECTED


# Ten units: 0 0 1 1 2 2 3 3 4 4. Sum 20, squares 60; 20 off the mean squared over 9.
TEN = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


@pytest.mark.parametrize(
    "numbers",
    [
        {"mean": 2.0, "variance": 20 / 9},
        {"avg": 2.0, "std": (20 / 9) ** 0.5},
        {"sum": 20.0, "sum_of_squares": 60.0},
        {"main_sum": 20, "main_sum_squares": 60},
    ],
)
def test_moments_come_in_several_ways(numbers: dict[str, float]) -> None:
    assert np.mean(TEN) == 2
    assert np.var(TEN, ddof=1) == pytest.approx(20 / 9)
    frame = pd.DataFrame([{"metric": "visits", "arm": arm, "n": 10} | numbers for arm in ("a", "b")])
    for row in rows(load_aggregates(frame), "n", "mean", "variance"):
        assert row == (10, 2.0, pytest.approx(20 / 9, rel=1e-14))


def test_what_goes_along_with_a_metric_comes_in_several_ways() -> None:
    y, d, x = np.array(TEN), np.array(TEN[::-1]) + 1, np.array([1, 2, 2, 3, 3, 4, 1, 5, 6, 6])
    moments = {
        "over_mean": d.mean(),
        "over_variance": d.var(ddof=1),
        "over_covariance": np.cov(y, d)[0, 1],
        "before_mean": x.mean(),
        "before_variance": x.var(ddof=1),
        "covariance": np.cov(y, x)[0, 1],
    }
    sums = {
        "denominator_sum": d.sum(),
        "denominator_sum_squares": (d * d).sum(),
        "main_denominator_sum_product": (y * d).sum(),
        "covariate_sum": x.sum(),
        "covariate_sum_squares": (x * x).sum(),
        "main_covariate_sum_product": (y * x).sum(),
    }
    head = {"metric": "m", "n": 10, "sum": 20, "sum_of_squares": 60}
    asked = ("over_mean", "over_variance", "over_covariance", "before_mean", "before_variance", "before_covariance")
    one, other = (
        rows(load_aggregates(pd.DataFrame([head | some | {"arm": arm} for arm in "ab"])), *asked)[0]
        for some in (moments, sums)
    )
    assert one == pytest.approx(list(moments.values()), rel=1e-14)
    assert other == pytest.approx(list(moments.values()), rel=1e-13)


def test_hits_are_enough_for_a_share(tmp_path: Path) -> None:
    # One metric needs no column that names it: it is called as its hits are.
    found = load_aggregates(wrote(tmp_path, "arm,visitors,conversions\ncontrol,100,20\nblue,110,33\n"))
    assert rows(found, "metric", "arm", "n", "mean") == [
        ("conversions", "blue", 110, 0.3),
        ("conversions", "control", 100, 0.2),
    ]
    wide = load_aggregates(wrote(tmp_path, "n_a,n_b,orders_a,orders_b\n100,110,20,33\n"))
    assert rows(wide, "metric", "arm", "n", "mean") == [
        ("orders", "control", 100, 0.2),
        ("orders", "treatment", 110, 0.3),
    ]
    # A share of which nobody gave hits is told by its variance or its kind.
    kind = load_aggregates(
        wrote(tmp_path, "metric,arm,n,mean,type\nm,a,3000,0.1828,proportion\nm,b,3000,0.19,binary\n")
    )
    assert [row[0] for row in rows(kind, "n * mean")] == pytest.approx([548, 570])


def test_two_arms_beside_each_other() -> None:
    frame = pd.DataFrame(
        {
            "test_id": ["x"] * 4 + ["y"],
            "variant_id": [1, 1, 2, 2, 1],
            "metric_id": [1, 2, 1, 2, 2],
            "count_c": [100] * 5,
            "count_t": [110, 110, 120, 120, 90],
            "mean_c": [0.2, 3, 0.2, 3, 4],
            "mean_t": [0.3, 3.5, 0.25, 3.2, 4],
            "variance_c": [0.16, 2, 0.16, 2, 3],
            "variance_t": [0.21, 2, 0.1875, 2, 3],
        }
    )
    found = load_aggregates(frame)
    assert found.experiments == ("x", "y")
    one = found.of("x")
    # Control stands in the row of each other arm and is counted once; bare numbers get a word.
    assert rows(one, "metric", "arm", "n") == [
        ("metric 2", "control", 100),
        ("metric 2", "variant 1", 110),
        ("metric 2", "variant 2", 120),
        ("metric 1", "control", 100),
        ("metric 1", "variant 1", 110),
        ("metric 1", "variant 2", 120),
    ]
    assert one.origin.name == "frame, experiment x"
    other = found.of("y")
    assert other.metrics == ("metric 2",)
    assert (found.origin.ledger.read, one.origin.ledger.read, other.origin.ledger.kept) == (5, 4, 1)
    assert one.of("x").origin.name == one.origin.name
    with pytest.raises(SettingError, match=r"no experiment 'z'; it has x and y"):
        found.of("z")
    frame.loc[2, "mean_c"] = 0.21
    frame.loc[2, "variance_c"] = 0.1659
    with pytest.raises(InputError, match=r"2 rows of 'metric 1' of experiment x in control, where one was expected"):
        load_aggregates(frame)


def test_columns_are_named_where_they_are_not_found(tmp_path: Path) -> None:
    path = wrote(tmp_path, TEXT.replace("users", "heads").replace("mean", "middle"))
    with pytest.raises(InputError, match=r"a.csv has no column that counts the units \(expected one such as n, count"):
        load_aggregates(path)
    with pytest.raises(
        InputError, match=r"no column of means, sums or hits .* Name it: columns=\{'mean': 'variance'\}"
    ):
        load_aggregates(path, columns={"n": "heads"})
    assert rows(load_aggregates(path, columns={"n": "heads", "mean": "middle"})) == EXPECTED
    with pytest.raises(InputError, match=r"a.csv has no column 'haeds'; it has .* Did you mean 'heads'\?"):
        load_aggregates(path, columns={"n": "haeds"})
    with pytest.raises(SettingError, match=r"columns maps 'maen', which is none of .* Did you mean 'mean'\?"):
        load_aggregates(path, columns={"maen": "middle"})
    wide = wrote(tmp_path, "metric,n0,n1,m0,m1,v0,v1\nx,10,11,5,6,1,2\n", "w.csv")
    names = {"n_control": "n0", "n_arm": "n1", "mean_control": "m0", "mean_arm": "m1"}
    found = load_aggregates(wide, columns=names | {"variance_control": "v0", "variance_arm": "v1"})
    assert rows(found, "arm", "n", "mean", "variance") == [("control", 10, 5, 1), ("treatment", 11, 6, 2)]


def test_rows_that_name_nothing_are_set_aside(tmp_path: Path) -> None:
    found = load_aggregates(wrote(tmp_path, f"{TEXT},control,5,1,1\nvisits,,5,1,1\nvisits,blue,,1,1\n"))
    assert rows(found) == EXPECTED
    assert found.origin.ledger.dropped == {"no arm": 1, "no count": 1, "no metric": 1}
    assert [check.text for check in found.checks if not check.ok] == [
        "3 of 7 rows of aggregates were set aside (1 with no arm, 1 with no count and 1 with no metric)."
    ]
    with pytest.raises(InputError, match=r"No row of a.csv is left to compare: 1 no arm"):
        load_aggregates(wrote(tmp_path, "metric,arm,n,mean,variance\nx,,1,1,1\n"))


def test_a_metric_needs_every_arm(tmp_path: Path) -> None:
    lines = TEXT.splitlines()
    path = wrote(tmp_path, "\n".join(lines[:-1]))
    with pytest.raises(
        InputError, match=r"'converted' in a.csv has no row for the arm 'treatment', which other metrics"
    ):
        load_aggregates(path)
    # Nobody with a value is an answer too.
    found = load_aggregates(wrote(tmp_path, "\n".join([*lines[:-1], "converted,treatment,0,,"])))
    assert (0, 0.0, 0.0) in rows(found, "n", "mean", "variance")


def test_segments_part_the_units(tmp_path: Path) -> None:
    head = "metric,arm,platform,n,mean,variance\n"
    cells = "x,a,ios,10,1,1\nx,b,ios,11,2,1\nx,a,web,20,1,1\nx,b,web,21,2,1\n"
    path = wrote(tmp_path, head + cells)
    with pytest.raises(
        InputError, match=r"2 rows of 'x' in a, .* If one of platform parts the units, name it: segments"
    ):
        load_aggregates(path)
    found = load_aggregates(path, segments=["platform"])
    assert rows(found, "arm", "parts[1]", "n") == [
        ("a", "ios", 10),
        ("a", "web", 20),
        ("b", "ios", 11),
        ("b", "web", 21),
    ]
    with pytest.raises(
        InputError, match=r"no column 'platfrom' that could part its units; .* Did you mean 'platform'\?"
    ):
        load_aggregates(path, segments=["platfrom"])
    for total in ("", "All"):
        both = f"x,a,{total},30,1,1\nx,b,{total},32,2,1\n"
        with pytest.raises(InputError, match=r"as platform are the sum of its others, so each unit would count twice"):
            load_aggregates(wrote(tmp_path, head + cells + both), segments=["platform"])
    # Units of whom nobody knows the platform are no total.
    load_aggregates(wrote(tmp_path, head + cells + "x,a,,7,1,1\nx,b,,8,2,1\n"), segments=["platform"])


def test_several_days_have_to_be_said_to_be_totals_or_not(tmp_path: Path) -> None:
    text = "day,metric,arm,n,mean,variance\n" + "".join(
        f"2026-01-0{day},x,{arm},{10 * day},1,1\n" for day in (1, 2, 3) for arm in "ab"
    )
    path = wrote(tmp_path, text)
    with pytest.raises(
        SettingError, match=r"a.csv has rows of 3 days or times for an arm. Say running=True .running = true in"
    ):
        load_aggregates(path)
    found = load_aggregates(path, running=True)
    assert found.period is not None
    assert (found.period.start, found.period.end) == (date(2026, 1, 1), date(2026, 1, 3))
    early = found.until(date(2026, 1, 2))
    assert early.period is not None
    assert early.period.end == date(2026, 1, 2)
    with pytest.raises(SettingError, match=r"a.csv begins on 2026-01-01; there is nothing up to 2025-12-31"):
        found.until(date(2025, 12, 31))
    falling = load_aggregates(wrote(tmp_path, text.replace("2026-01-03,x,a,30", "2026-01-03,x,a,19")), running=True)
    assert "Counts fall from one time to the next in 1 place," in falling.checks[-1].text
    assert not falling.checks[-1].ok


def test_of_running_totals_a_row_without_a_variance_is_set_aside(tmp_path: Path) -> None:
    text = "day,count_c,count_t,mean_c,mean_t,variance_c,variance_t,metric\n1,10,11,1,1,2,,x\n2,20,21,1,1,2,2,x\n"
    path = wrote(tmp_path, text)
    found = load_aggregates(path, running=True)
    # Control goes along: a difference needs both.
    assert rows(found, "arm", "n", "instant") == [("control", 20, 2), ("treatment", 21, 2)]
    assert found.origin.ledger.dropped == {"no variance": 1}
    with pytest.raises(InputError, match=r"gives 'x' in treatment at 1 no variance"):
        load_aggregates(path, running=False)


def test_days_may_be_counted_from_the_start(tmp_path: Path) -> None:
    # Half a day is of the first, 2.0000001 the end of the second.
    times = ["0.5", "1", "1.5", "2.0000001"]
    path = wrote(
        tmp_path, "time_since_start,arm,n,hits\n" + "".join(f"{at},{arm},9,3\n" for at in times for arm in "ab")
    )
    found = load_aggregates(path, running=True, start=date(2026, 1, 26))
    days = [row[0] for row in rows(found, "day") if row][:4]
    assert days == [date(2026, 1, 26)] * 2 + [date(2026, 1, 27)] * 2
    undated = load_aggregates(path, running=True)
    with pytest.raises(SettingError, match=r"rows of a.csv have no days. .* start=date\(2026, 1, 26\)"):
        undated.until(date(2026, 1, 26))


@settings(max_examples=15)
@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=40))
def test_sums_give_the_moments_of_the_units(values: list[int]) -> None:
    y = np.array(values)
    line = {"metric": "m", "n": len(y), "sum": y.sum(), "sumsq": (y * y).sum()}
    mean, variance = rows(load_aggregates(pd.DataFrame([line | {"arm": arm} for arm in "ab"])), "mean", "variance")[0]
    assert mean == pytest.approx(y.mean(), rel=1e-14, abs=1e-14)
    assert variance == pytest.approx(y.var(ddof=1), rel=1e-9, abs=1e-9)
