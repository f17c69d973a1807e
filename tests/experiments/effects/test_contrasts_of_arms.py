"""Arms against each other: Tukey's range for all pairs, contrasts for named ones."""

import math

import numpy as np
import pytest
from scipy import stats

from pmlib.core import SettingError
from pmlib.experiments import contrasts, trial
from pmlib.sources.registrations import Measure, Registration
from tests.experiments.made import converted, units_of

ROWS = {
    name: np.random.default_rng(at).normal(mean, 2, 200)
    for at, (name, mean) in enumerate({"a": 10, "b": 10.2, "c": 10.6, "d": 11.2}.items())
}


def spent(**options):
    arm = [name for name, row in ROWS.items() for _ in row]
    units = units_of(arm=arm, spend=[float(x) for row in ROWS.values() for x in row])
    return trial(units, metric="spend", control="a", **options)


def test_all_pairs_beside_control_hold_together():
    found = contrasts(spent())
    assert [row[0] for row in found.table.rows] == ["d against c", "d against b", "c against b"]
    for one, (x, y) in zip(found.estimates[1::2], (("d", "c"), ("d", "b"), ("c", "b")), strict=True):
        alone = stats.ttest_ind(ROWS[x], ROWS[y], equal_var=False)
        z = stats.norm.isf(alone.pvalue / 2)
        want = stats.studentized_range.sf(math.sqrt(2) * z, 3, math.inf)
        assert one.value == pytest.approx(ROWS[x].mean() - ROWS[y].mean())
        assert one.p == pytest.approx(want, rel=1e-6)
        assert one.excludes(0) == (one.p < 0.05)
        # 3.314 is the 5 % point of the range of three (Pearson and Hartley, Biometrika Tables, volume I, table 29).
        ends = alone.confidence_interval(2 * stats.norm.cdf(3.314 / math.sqrt(2)) - 1)
        assert (one.low, one.high) == pytest.approx((ends.low, ends.high), abs=1e-3)
    assert "3 pairs of arms (Tukey) judged together" in found.definition
    assert found.estimates[0].label == "lift of spend, d over c"


def test_two_arms_beside_control_need_no_adjustment():
    found = contrasts(
        trial(converted(none=(226, 2131), women=(324, 2139), men=(389, 2131)), metric="converted", control="none")
    )
    assert found.headline.startswith("Converted: +20.5% (95% interval +")
    assert found.headline.endswith(") in men against women.")
    assert "together" not in found.definition
    # N - 1 chi-square of 389 of 2,131 against 324 of 2,139.
    chi = stats.chi2_contingency([[389, 1742], [324, 1815]], correction=False).statistic * 4269 / 4270
    assert found.estimates[0].p == pytest.approx(stats.chi2.sf(chi, 1), rel=1e-9)


def test_named_pairs_are_held_to_bonferroni():
    found = contrasts(spent(), pairs="d vs c, c + d vs a + b")
    alone = stats.ttest_ind(ROWS["d"], ROWS["c"], equal_var=False)
    assert found.estimates[1].p == pytest.approx(2 * alone.pvalue)
    ends = alone.confidence_interval(0.975)
    assert (found.estimates[1].low, found.estimates[1].high) == pytest.approx((ends.low, ends.high))
    pooled = found.estimates[3]
    means = {name: row.mean() for name, row in ROWS.items()}
    gap = (means["c"] + means["d"] - means["a"] - means["b"]) / 2
    error = math.sqrt(sum(row.var(ddof=1) / 200 for row in ROWS.values())) / 2
    assert pooled.value == pytest.approx(gap)
    half = stats.t.isf(0.0125, 795) * error
    assert (pooled.high - pooled.low) / 2 == pytest.approx(half, rel=1e-3)
    assert found.estimates[2].value == pytest.approx(gap / ((means["a"] + means["b"]) / 2))
    assert found.table.rows[1][0] == "c and d against a and b"
    assert found.table.rows[1][1] == 800
    assert "2 named pairs (Bonferroni) judged together" in found.definition


def test_a_second_control_is_an_aa_test_inside():
    units = converted(control=(100, 1000), copy=(104, 1000), new=(150, 1000))
    found = contrasts(trial(units, metric="converted", control="control"), pairs="copy vs control")
    assert found.headline.endswith("in copy against control, which may be chance.")
    assert found.table.rows[0][-1] == "not clear"


def test_less_is_better_turns_the_order_round():
    units = converted(a=(200, 1000), b=(180, 1000), c=(120, 1000))
    found = contrasts(trial(units, metric="-converted", control="a"))
    assert found.table.rows[0][0] == "c against b"
    assert found.table.rows[0][-1] == "better"


def test_looks_of_a_plan_hold_for_pairs_too():
    plan = Registration(
        *("t", "", "a", dict.fromkeys("abcd", 1.0), (Measure("spend"),)),
        **{"digest": "x", "reading": "group-sequential", "units": 1600},
    )
    made = spent()
    found = contrasts(trial(made.units, registration=plan))
    assert all("repeated interval" in one.method for one in found.estimates)
    assert all(one.excludes(0) == (one.p < 0.05) for one in found.estimates)


def test_one_theta_holds_for_all_pairs():
    draw = np.random.default_rng(8)
    arm, before = np.arange(900) % 3, draw.normal(5, 2, 900)
    spend = before * np.where(arm == 0, 0.5, 1.0) + draw.normal(0, 1, 900)
    units = units_of(arm=[f"arm{one}" for one in arm], spend=spend.tolist(), before=before.tolist())
    arms = dict.fromkeys(("arm0", "arm1", "arm2"), 1.0)
    made = trial(
        units, registration=Registration("t", "", "arm0", arms, (Measure("spend", before="before"),), digest="x")
    )
    found = contrasts(made, pairs="arm2 vs arm1, arm1 + arm2 vs arm0")
    adjusted = [one.mean for one in made.readings["spend"].cuped.arms]
    assert found.estimates[1].value == pytest.approx(adjusted[2] - adjusted[1])
    assert found.estimates[3].value == pytest.approx((adjusted[1] + adjusted[2]) / 2 - adjusted[0])


def test_what_is_no_pair_is_refused():
    made = spent()
    for text, words in (
        ("b", "'b' is no pair of arms; write it as b vs c"),
        ("b vs e", "There is no arm 'e'; there is a, b, c and d"),
        ("b + c vs c", "names c twice"),
    ):
        with pytest.raises(SettingError, match=words.replace("+", r"\+")):
            contrasts(made, pairs=text)
    two = contrasts(trial(converted(a=(10, 100), b=(12, 100)), metric="converted", control="a"))
    assert two.headline.startswith("This cannot be answered: one arm is compared with control")
    quantile = Registration("t", "", "a", dict.fromkeys("abcd", 1.0), (Measure("spend", kind="quantile"),), digest="x")
    with pytest.raises(SettingError, match="is a quantile; arms cannot be put together"):
        contrasts(trial(made.units, registration=quantile), pairs="b + c vs d")
    assert len(contrasts(trial(made.units, registration=quantile)).estimates) == 6
