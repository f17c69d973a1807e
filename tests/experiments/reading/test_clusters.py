"""Units drawn together count together."""

import numpy as np
import pytest
import statsmodels.api as sm

from pmlib.core import SettingError
from pmlib.experiments import split, trial
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure, Registration
from tests.experiments.made import units_of


def plan(*measures: Measure, **settings: object) -> Registration:
    return Registration("shops", "", "a", {"a": 1, "b": 1}, measures, cluster="shop", digest="0" * 64, **settings)


def shops(seed: int = 4, clusters: int = 60) -> dict[str, list]:
    """Make customers of shops: those of one shop are alike, and shops differ in size."""
    draw = np.random.default_rng(seed)
    rows: dict[str, list] = {"arm": [], "shop": [], "spend": [], "bought": [], "visits": []}
    for shop in range(clusters):
        size, level = int(draw.integers(3, 30)), draw.normal(10, 3)
        rows["arm"] += ["b" if shop % 2 else "a"] * size
        rows["shop"] += [f"s{shop}"] * size
        rows["spend"] += (level + draw.normal(0, 2, size)).tolist()
        rows["bought"] += (draw.random(size) < 0.2 + 0.02 * (level - 10)).astype(int).tolist()
        rows["visits"] += draw.integers(1, 5, size).tolist()
    return rows


@pytest.mark.parametrize("metric", ["spend", "bought"])
def test_it_is_the_regression_with_errors_robust_to_clusters(metric):
    rows = shops()
    (one,) = trial(units_of(**rows), registration=plan(Measure(metric))).comparisons[metric]
    number = {name: at for at, name in enumerate(dict.fromkeys(rows["shop"]))}
    design = sm.add_constant(np.array([arm == "b" for arm in rows["arm"]], dtype=float))
    groups = np.array([number[shop] for shop in rows["shop"]])
    fit = sm.OLS(np.array(rows[metric], dtype=float), design).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}
    )
    assert one.difference.value == pytest.approx(fit.params[1], rel=1e-9)
    # Each arm's error has the factor K / (K - 1) of its 30 clusters; t of Welch's 50 to 58 degrees of freedom.
    error = fit.bse[1] * np.sqrt(30 / 29)
    half = (one.difference.high - one.difference.low) / 2
    assert half == pytest.approx(error * 2.0017, rel=5e-3)
    assert one.difference.n == 60
    assert one.difference.unit.kind == ("points" if metric == "bought" else "number")


def test_a_ratio_keeps_both_sums():
    rows = shops()
    found = trial(units_of(**rows), registration=plan(Measure("spend", kind="ratio", over="visits")))
    reading = found.readings["spend"]
    want = sum(x for x, arm in zip(rows["spend"], rows["arm"], strict=True) if arm == "a")
    over = sum(x for x, arm in zip(rows["visits"], rows["arm"], strict=True) if arm == "a")
    assert reading.typical(reading.groups[0]) == pytest.approx(want / over)


def test_the_split_is_that_of_clusters():
    found = split(trial(units_of(**shops()), registration=plan(Measure("bought"))))
    assert found.headline == "The split is as planned: 30 in a and 30 in b."


def test_clusters_in_several_arms_and_quantiles_are_refused():
    units: Units = units_of(arm=["a", "b", "a", "b"], shop=["x", "x", "y", "z"], spend=[1.0, 2.0, 3.0, 4.0])
    with pytest.raises(SettingError, match="1 value of 'shop' of 3 lie in several arms"):
        trial(units, registration=plan(Measure("spend")))
    with pytest.raises(SettingError, match="A quantile cannot be read by clusters of 'shop'"):
        trial(units_of(**shops()), registration=plan(Measure("spend", kind="quantile")))
    with pytest.raises(SettingError, match="no metric 'shop'"):
        trial(units_of(arm=["a", "b"], spend=[1.0, 2.0]), registration=plan(Measure("spend")))
