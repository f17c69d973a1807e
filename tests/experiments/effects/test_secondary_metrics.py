"""Secondary metrics are one family: called by Benjamini and Hochberg, with intervals that agree."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from pmlib.experiments import Trial, secondary, trial
from pmlib.sources.registrations import Measure, Registration
from pmlib.stats import Moments, mean_difference
from tests.experiments.made import converted, units_of

ARMS = {"a": 1.0, "b": 1.0}


def asked(
    shifts: list[float], *, seed: int = 3, n: int = 400, arms: str = "ab", less: bool = False, **options
) -> Trial:
    draw = np.random.default_rng(seed)
    arm = np.array(list(arms))[np.arange(n) % len(arms)]
    columns = {f"x{at}": (draw.normal(10, 2, n) + shift * (arm == "b")).tolist() for at, shift in enumerate(shifts)}
    measures = [Measure("goal"), *(Measure(name, "secondary", better="down" if less else "up") for name in columns)]
    units = units_of(arm=arm.tolist(), goal=draw.integers(0, 2, n).tolist(), **columns)
    plan = Registration("trial", "", "a", dict.fromkeys(arms, 1.0), tuple(measures), digest="x", **options)
    return trial(units, registration=plan)


def values(asked: Trial, metric: str, arm: str) -> list[float]:
    return [row[0] for row in asked.units.query(f"SELECT {metric} FROM units WHERE arm = '{arm}' ORDER BY unit")]


def test_four_metrics_are_called_as_statsmodels_calls_them():
    made = asked([0.9, 0.55, 0.0, 0.0])
    found = secondary(made)
    pairs = [(values(made, f"x{at}", "b"), values(made, f"x{at}", "a")) for at in range(4)]
    alone = [stats.ttest_ind(*pair, equal_var=False).pvalue for pair in pairs]
    _, want, _, _ = multipletests(alone, method="fdr_bh")
    assert [one.p for one in found.estimates[::2]] == pytest.approx(want, rel=1e-9)
    assert [row[-1] for row in found.table.rows] == ["better", "better", "not clear", "not clear"]
    assert found.headline.startswith("2 of 4 other metrics moved: x0 +")
    assert any(one.startswith("What happened to x0 and x1 was not to decide: it is a lead") for one in found.cautions)
    # Two of four were called, so intervals are made at 1 - 0.05 * 2 / 4 (Benjamini and Yekutieli 2005).
    plain = mean_difference(*(Moments.of(one) for one in pairs[0]), level=0.975)
    assert (found.estimates[1].low, found.estimates[1].high) == pytest.approx((plain.low, plain.high), rel=1e-9)
    assert found.estimates[1].level == 0.95
    assert "4 comparisons read together (FCR)" in found.estimates[0].method


def test_one_metric_alone_is_what_its_lift_says():
    made = asked([0.3])
    found = secondary(made)
    (one,) = made.comparisons["x0"]
    assert found.estimates == (one.lift, one.difference)
    assert "Benjamini" not in found.definition
    assert found.headline.startswith("X0 did not move by more than chance does: +")


def test_nothing_that_moved_is_said():
    found = secondary(asked([0.0, 0.1]))
    assert found.headline.startswith("None of 2 other metrics moved by more than chance does: x0 ")
    assert not found.cautions
    assert found.action == ""


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=4),
    st.sampled_from(["once", "group-sequential", "always-valid"]),
    st.booleans(),
)
def test_an_interval_excludes_nothing_exactly_where_the_metric_is_called(shifts, reading, less):
    made = asked(shifts, arms="abc", n=600, reading=reading, units=900, less=less)
    found = secondary(made)
    for lift, difference in zip(found.estimates[::2], found.estimates[1::2], strict=True):
        assert (difference.p < made.standing.alpha) == difference.excludes(0) == lift.excludes(0)
    gains = [one.value * (-1 if less else 1) for one in found.estimates[1::2]]
    for gain, one, row in zip(gains, found.estimates[1::2], found.table.rows, strict=True):
        assert row[-1] == ("not clear" if one.p >= made.standing.alpha else "better" if gain > 0 else "worse")


def test_arms_and_metrics_are_one_family():
    found = secondary(asked([0.8, 0.0], arms="abc", n=600))
    assert len(found.estimates) == 8
    assert found.headline.startswith("1 of 4 comparisons moved: x0, b +")
    assert "at most 5% of the calls are false" in found.definition


def test_a_metric_that_is_constant_counts_for_none():
    draw = np.random.default_rng(1)
    units = units_of(arm=["a", "b"] * 100, goal=[0, 1] * 100, flat=[5.0] * 200, spend=draw.normal(5, 1, 200).tolist())
    measures = (Measure("goal"), Measure("flat", "secondary"), Measure("spend", "secondary"))
    found = secondary(trial(units, registration=Registration("t", "", "a", ARMS, measures, digest="x")))
    assert found.estimates[0].p is None
    assert found.estimates[2].p == pytest.approx(found.estimates[3].p)
    assert "1 comparisons" not in found.estimates[2].method


def test_none_registered_is_no_error():
    found = secondary(trial(converted(a=(30, 100), b=(40, 100)), metric="converted", control="a"))
    assert found.headline.startswith("This cannot be answered: no secondary metric was registered.")


def test_a_broken_split_stands_in_the_headline():
    units = units_of(arm=["a"] * 300 + ["b"] * 100, goal=[0, 1] * 200, x=[0, 0, 1, 1] * 100)
    measures = (Measure("goal"), Measure("x", "secondary"))
    found = secondary(trial(units, registration=Registration("t", "", "a", ARMS, measures, digest="x")))
    assert found.headline.startswith("What else moved cannot be read: the arms are not as planned (300 and 100 units")
