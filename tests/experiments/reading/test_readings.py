"""One pass over the units gives what numpy gives column by column."""

import math

import numpy as np
import pytest

from pmlib.core import SettingError, TooFewError
from pmlib.experiments.reading.arms import arms
from pmlib.experiments.reading.comparisons import compared
from pmlib.experiments.reading.readings import Reading, read
from pmlib.experiments.reading.standing import standing
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure, Registration
from tests.experiments.made import units_of

ONCE = standing(Registration("trial", "", "a", {"a": 1, "b": 1}, ()), 400, None)


def of(units: Units, *measures: Measure, by: tuple[str, ...] = ()) -> list[Reading]:
    return read(units, measures, arms(units, "a"), by)


def drawn(seed: int = 3, n: int = 400) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(seed)
    before = draw.normal(50, 10, n)
    return {
        "arm": np.where(np.arange(n) % 2, "b", "a"),
        "spend": before + draw.normal(0, 5, n) + 1e6,
        "before": before,
        "visits": draw.integers(0, 6, n),
        "clicks": draw.integers(0, 9, n),
        "plan": draw.choice(["free", "pro", "team"], n),
    }


def made(columns: dict[str, np.ndarray], **missing: list[int]) -> Units:
    """Make units, some of whose values are missing."""
    listed = {name: values.tolist() for name, values in columns.items()}
    for name, rows in missing.items():
        listed[name] = [None if row in rows else value for row, value in enumerate(listed[name])]
    return units_of(**listed)


def test_moments_and_covariances_are_those_of_numpy():
    columns = drawn()
    (spend,) = of(made(columns), Measure("spend", before="before"))
    for group in spend.groups:
        rows = columns["arm"] == group.arm
        both = np.array([columns["spend"][rows], columns["before"][rows]])
        assert group.units == group.n == 200
        assert group.joint.means == pytest.approx(both.mean(axis=1), rel=1e-13)
        assert np.array(group.joint.covariances) == pytest.approx(np.cov(both), rel=1e-10)
        off = both[0] - both[0].mean()
        assert group.joint.thirds[0] == pytest.approx((off**3).mean(), rel=1e-6)
        assert (group.least, group.most) == pytest.approx((both[0].min(), both[0].max()), rel=1e-14)


def test_segments_are_cells_of_the_same_pass_and_merge_to_the_whole():
    columns = drawn()
    columns["land"] = np.where(np.arange(400) % 3, "DE", "AT")
    (spend,) = of(made(columns), Measure("spend", before="before"), by=("plan", "land"))
    assert set(spend.parts) == {"plan", "land"}
    assert set(spend.parts["plan"]) == {"free", "pro", "team"}
    for values in spend.parts.values():
        for at, whole in enumerate(spend.groups):
            pieces = [groups[at].joint for groups in values.values()]
            together = pieces[0].merged(*pieces[1:])
            assert together.n == whole.n
            assert together.means == pytest.approx(whole.joint.means, rel=1e-13)
            assert np.array(together.covariances) == pytest.approx(np.array(whole.joint.covariances), rel=1e-9)


def test_what_is_missing_leaves_the_metric_and_stays_with_the_covariate():
    columns = drawn()
    units = made(columns, spend=[0, 1], before=[2, 3, 4])
    (spend,) = of(units, Measure("spend", before="before"))
    first = spend.groups[0]
    assert (first.units, first.n) == (200, 199)
    # A covariate that some lack: values, what was before (its middle where nobody knows), and who lacks it.
    assert first.joint.k == 3
    assert first.joint.means[2] == pytest.approx(2 / 199)
    assert "Spend is missing for 1 of 200 units in a and 1 of 200 units in b" in spend.cautions[0]


def test_values_that_are_no_numbers_or_not_finite():
    units = units_of(arm=["a"] * 3 + ["b"] * 3, x=[1.0, math.nan, 3.0, math.inf, 2.0, 4.0], t=list("12ü456"))
    (found,) = of(units, Measure("x"))
    assert [group.n for group in found.groups] == [2, 2]
    assert [group.mean for group in found.groups] == [2, 3]
    with pytest.raises(SettingError, match="'t' holds 1 value that is no number, such as"):
        of(units, Measure("t"))
    with pytest.raises(SettingError, match=r"have no metric 'xx'; there is x and t\. Did you mean 'x'"):
        of(units, Measure("xx"))


def test_an_arm_without_any_value_is_too_few():
    units = units_of(arm=["a", "a", "b", "b"], x=[1.0, 2.0, None, None])
    with pytest.raises(TooFewError, match="'x' has no value for any of the 2 units in b"):
        of(units, Measure("x"))


def test_the_cap_is_that_of_all_arms_and_is_one_for_all():
    values = [*range(1, 100), 1000, *range(1, 100), 500]
    units = units_of(arm=["a"] * 100 + ["b"] * 100, x=[float(value) for value in values])
    capped, plain = of(units, Measure("x", cap=0.99), Measure("x"))
    # The 198th of 200 pooled values is 99: both outliers count as 99.
    assert capped.ceiling == 99
    assert [group.mean for group in capped.groups] == pytest.approx([(4950 + 99) / 100] * 2)
    assert [group.mean for group in plain.groups] == pytest.approx([59.5, 54.5])


def test_a_ratio_is_that_of_sums():
    columns = drawn()
    (ratio,) = of(made(columns), Measure("clicks", kind="ratio", over="visits"))
    rows = columns["arm"] == "b"
    assert ratio.kind == "ratio"
    want = columns["clicks"][rows].sum() / columns["visits"][rows].sum()
    assert ratio.typical(ratio.groups[1]) == pytest.approx(want, rel=1e-12)
    (one,) = compared(ratio, ONCE)
    assert one.lift.excludes(0) == (one.p < 0.05)


def test_a_covariate_narrows_the_interval_by_what_it_explains():
    columns = drawn(n=4000)
    units = made(columns)
    plain, narrow = of(units, Measure("spend"), Measure("spend", before="before"))
    (wide,), (close,) = compared(plain, ONCE), compared(narrow, ONCE)
    # Variance 125 of which 25 is left: the interval is √(25 / 125) = 0.447 as wide, but for chance.
    half, other = close.difference.high - close.difference.low, wide.difference.high - wide.difference.low
    assert half / other == pytest.approx(math.sqrt(narrow.cuped.kept), rel=0.01)
    assert narrow.cuped.kept == pytest.approx(0.2, abs=0.02)
    assert close.plain == wide.difference
    assert "CUPED" in close.difference.method


def test_a_ratio_with_a_covariate_is_the_regression_of_its_linear_part():
    columns = drawn(n=2000)
    columns["clicks"] = columns["visits"] * 2 + (columns["before"] > 50)
    (ratio,) = of(made(columns), Measure("clicks", kind="ratio", over="visits", before="before"))
    line = []
    for arm in "ab":
        rows = columns["arm"] == arm
        top, bottom = columns["clicks"][rows], columns["visits"][rows]
        line.append((top - top.sum() / bottom.sum() * bottom) / bottom.mean())
    left = [columns["before"][columns["arm"] == arm] for arm in "ab"]
    cov = sum(np.cov(one, other)[0, 1] * 999 for one, other in zip(line, left, strict=True))
    var = sum(np.var(other, ddof=1) * 999 for other in left)
    assert ratio.cuped.theta[0] == pytest.approx(cov / var, rel=1e-9)


def test_a_quantile_comes_with_the_values_around_it():
    values = np.random.default_rng(5).permutation(np.arange(1.0, 1001))
    units = units_of(arm=["a", "b"] * 500, x=[float(value) for value in values])
    (median,) = of(units, Measure("x", kind="quantile", quantile=0.5))
    first = np.sort(values[0::2])
    here = median.ranked["a"]
    # Ranks of the median of 500 at 95 %: 250 ± 21.9, rounded up: 229 and 272.
    assert here.value == np.median(first)
    assert (here.low, here.high) == (first[228], first[271])
    assert compared(median, ONCE)[0].difference.value == pytest.approx(np.median(values[1::2]) - np.median(first))


def test_a_share_registered_as_one_needs_zeros_and_ones():
    units = units_of(arm=["a", "b"] * 4, x=[0, 1, 2, 0, 1, 1, 0, 0])
    with pytest.raises(SettingError, match="'x' is registered as a share, but holds more than 0 and 1"):
        of(units, Measure("x", kind="share"))


def test_ten_thousand_segments():
    n = 40_000
    draw = np.random.default_rng(1)
    units = units_of(
        arm=np.where(np.arange(n) % 2, "b", "a").tolist(),
        x=draw.normal(size=n).tolist(),
        shop=(np.arange(n) // 4).tolist(),
    )
    (found,) = of(units, Measure("x"), by=("shop",))
    assert len(found.parts["shop"]) == 10_000
    assert sum(group.n for groups in found.parts["shop"].values() for group in groups) == n
