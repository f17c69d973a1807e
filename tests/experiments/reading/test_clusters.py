"""Units drawn together count together."""

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from pmlib.core import SettingError
from pmlib.experiments import lift, split, trial
from pmlib.experiments.reading.clusters import clustered
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure, Registration
from pmlib.stats.trials.cuped import adjusted_ratio
from pmlib.stats.trials.joint import Joint
from pmlib.stats.trials.quantiles import Ranked, quantile_difference, ranks
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
    assert found.headline == "The split is as planned: 30 clusters (507 units) in a and 30 (526) in b."


def test_clusters_in_several_arms_are_refused():
    units: Units = units_of(arm=["a", "b", "a", "b"], shop=["x", "x", "y", "z"], spend=[1.0, 2.0, 3.0, 4.0])
    with pytest.raises(SettingError, match="1 value of 'shop' of 3 lie in several arms"):
        trial(units, registration=plan(Measure("spend")))
    with pytest.raises(SettingError, match="no metric 'shop'"):
        trial(units_of(arm=["a", "b"], spend=[1.0, 2.0]), registration=plan(Measure("spend")))
    with pytest.raises(SettingError, match="A quantile cannot be read by clusters of 'shop'"):
        clustered(units_of(**shops()), plan(Measure("spend", kind="quantile")))


def test_two_metrics_may_share_a_denominator():
    rows = shops()
    measures = Measure("spend", kind="ratio", over="visits"), Measure("visits"), Measure("bought", kind="mean", cap=0.9)
    found = trial(units_of(**rows), registration=plan(*measures)).readings
    a = np.array(rows["arm"]) == "a"
    sums = {name: np.array(rows[name])[a].sum() for name in ("spend", "visits")}
    assert found["spend"].typical(found["spend"].groups[0]) == pytest.approx(sums["spend"] / sums["visits"])
    assert found["visits"].typical(found["visits"].groups[0]) == pytest.approx(sums["visits"] / a.sum())


def test_units_without_a_cluster_or_a_value_are_left_out_and_said():
    rows = shops()
    rows["shop"][0] = None
    rows["spend"][3] = None
    rows["visits"][7] = None
    found = trial(units_of(**rows), registration=plan(Measure("spend"), Measure("bought", kind="ratio", over="visits")))
    spend, ratio = found.readings.values()
    kept = [x for x, arm, shop in zip(rows["spend"], rows["arm"], rows["shop"], strict=True) if arm == "a" and shop]
    assert spend.typical(spend.groups[0]) == pytest.approx(np.mean([x for x in kept if x is not None]))
    # A unit that lacks what is divided by adds nothing to either side.
    both = [
        (x, v)
        for x, v, arm, shop in zip(*(rows[one] for one in ("bought", "visits", "arm", "shop")), strict=True)
        if arm == "a" and shop and v is not None
    ]
    assert ratio.typical(ratio.groups[0]) == pytest.approx(sum(x for x, _ in both) / sum(v for _, v in both))
    assert spend.cautions[0] == "1 unit belongs to no cluster; it is left out."
    assert found.units.origin.ledger.dropped == {"in no cluster": 1}
    assert "Units with the same shop count as one." in found.units.origin.notes


def test_a_cluster_comes_with_its_first_unit_and_is_active_with_any():
    rows = {
        "arm": ["a", "a", "b", "b", "b"],
        "shop": ["x", "x", "y", "y", "z"],
        "exposed_on": ["2026-06-03", "2026-06-02", "2026-06-05", "2026-06-04", "2026-06-06"],
        "activated": [False, True, False, False, True],
        "spend": [None, 3.0, None, None, 5.0],
        "land": ["AT", "AT", "DE", "AT", None],
    }
    found = trial(units_of(**rows), registration=plan(Measure("spend", kind="mean"), segments=("land",)))
    assert found.day == "exposed_on"
    held = found.units.query("SELECT unit, exposed_on, activated, land, spend FROM units ORDER BY unit").rows
    assert [tuple(row) for row in held] == [
        ("x", "2026-06-02", True, "AT", 3.0),
        ("y", "2026-06-04", False, "more than one", None),
        ("z", "2026-06-06", True, None, 5.0),
    ]


def pasts(rows: dict[str, list], *, seed: int = 9, known: float = 0.8) -> dict[str, list]:
    """Add what each customer spent before, where that is known: much of what a shop's level is."""
    draw = np.random.default_rng(seed)
    before = np.array(rows["spend"]) + draw.normal(0, 2, len(rows["spend"]))
    has = draw.random(len(before)) < known
    return rows | {"past": [float(x) if there else None for x, there in zip(before, has, strict=True)]}


def by_shop(rows: dict[str, list], *columns: str) -> tuple[np.ndarray, np.ndarray]:
    """The arm of each shop, and its sums of columns; what is missing counts as 0."""
    shops = list(dict.fromkeys(rows["shop"]))
    at = np.array([shops.index(shop) for shop in rows["shop"]])
    arm = np.array([rows["arm"][rows["shop"].index(shop)] for shop in shops])
    sums = [np.bincount(at, [x or 0.0 for x in rows[one]]) for one in columns]
    return arm, np.array(sums)


def lines(arm: np.ndarray, top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """A ratio of sums made linear within each arm."""
    made = np.empty(len(arm))
    for one in "ab":
        here = arm == one
        ratio = top[here].sum() / bottom[here].sum()
        made[here] = ratio + (top[here] - ratio * bottom[here]) / bottom[here].mean()
    return made


def test_a_covariate_is_the_analysis_of_covariance_of_linear_sums():
    rows = pasts(shops(clusters=80)) | {}
    rows |= {"one": [1.0] * len(rows["arm"]), "known": [float(x is not None) for x in rows["past"]]}
    arm, (spend, size, past, known) = by_shop(rows, "spend", "one", "past", "known")
    y, x = lines(arm, spend, size), lines(arm, past, known)
    fit = sm.OLS(y, sm.add_constant(np.column_stack([arm == "b", x]).astype(float))).fit()
    found = trial(units_of(**rows), registration=plan(Measure("spend", before="past"), Measure("bought")))
    (one,) = found.comparisons["spend"]
    assert one.metric.cuped.theta == pytest.approx((fit.params[2],), rel=1e-9)
    assert one.difference.value == pytest.approx(fit.params[1], rel=1e-9)
    # The regression takes one variance for both arms; with as many shops in each that makes little odds.
    assert (one.difference.high - one.difference.low) / 2 == pytest.approx(fit.bse[1] * 1.99, rel=0.02)
    assert one.metric.cuped.kept == pytest.approx(1 - fit.rsquared, abs=0.02)
    assert one.plain.high - one.plain.low > 2 * (one.difference.high - one.difference.low)
    assert "CUPED" in one.difference.method
    assert one.difference.excludes(0) == one.lift.excludes(0)


def test_a_ratio_in_clusters_takes_both_sums_of_the_time_before():
    rows = shops()
    draw = np.random.default_rng(3)
    rows["spend__before"] = [x + draw.normal() for x in rows["spend"]]
    rows["spend__over__before"] = [v + int(draw.integers(0, 2)) for v in rows["visits"]]
    arm, (top, bottom, past, lower) = by_shop(rows, "spend", "visits", "spend__before", "spend__over__before")
    y, x = lines(arm, top, bottom), lines(arm, past, lower)
    fit = sm.OLS(y, sm.add_constant(np.column_stack([arm == "b", x]).astype(float))).fit()
    measure = Measure("spend", kind="ratio", over="visits", before="spend__before")
    (one,) = trial(units_of(**rows), registration=plan(measure)).comparisons["spend"]
    assert one.difference.value == pytest.approx(fit.params[1], rel=1e-9)
    assert one.metric.cuped.theta == pytest.approx((fit.params[2],), rel=1e-9)


def test_an_arm_without_any_past_is_read_as_it_is_and_said():
    rows = pasts(shops(clusters=80))
    rows["past"] = [None if arm == "b" else x for x, arm in zip(rows["past"], rows["arm"], strict=True)]
    plain, bare = (
        trial(units_of(**rows), registration=plan(Measure("spend", before=before))).comparisons["spend"][0]
        for before in ("", "past")
    )
    assert bare.difference == plain.difference
    assert bare.metric.cautions[0] == "Spend is not adjusted by the time before: nobody in b has one."


def welch(means: np.ndarray, errors: np.ndarray, free: float) -> tuple[np.ndarray, np.ndarray]:
    """Difference and half its 95 % interval of runs with two arms of as many units; shape (arms, runs)."""
    total = errors.sum(axis=0)
    return means[1] - means[0], stats.t.ppf(0.975, free * total**2 / (errors**2).sum(axis=0)) * np.sqrt(total)


def test_intervals_hold_what_they_say():
    # 2,000 seeded runs of 40 shops an arm with 1 to 15 customers, a past for four of five, a true difference of 2: the
    # interval holds it in 93.5 to 96.5 % of them, and is less than 0.7 as wide as without the past.
    draw, runs, k = np.random.default_rng(77), 2000, 40
    size = draw.integers(1, 16, (2, runs, k))
    known, level = draw.binomial(size, 0.8), draw.normal(10, 2, size.shape)
    spend = size * (level + np.array([0.0, 2.0])[:, None, None]) + draw.normal(0, 3, size.shape) * np.sqrt(size)
    past = known * level + draw.normal(0, 3, size.shape) * np.sqrt(known)
    y, x = (
        (top - top.sum(-1, keepdims=True) / below.sum(-1, keepdims=True) * below) / below.mean(-1, keepdims=True)
        for top, below in ((spend, size), (past, known))
    )
    before = past.sum(-1) / known.sum(-1)
    theta = (x * y).sum((0, 2)) / (x * x).sum((0, 2))
    free = 2 * (k - 1)
    left = (y - theta[:, None] * x).var(-1, ddof=1) / k * free / (free - 2)
    gap, half = welch(spend.sum(-1) / size.sum(-1) - theta * before, left, k - 1)
    for run in range(20):
        rows = np.stack([spend[:, run], size[:, run], past[:, run], known[:, run]], axis=-1)
        one = adjusted_ratio([Joint.of(arm) for arm in rows]).difference(1)
        assert (one.value, one.high - one.low) == pytest.approx((gap[run], 2 * half[run]), rel=1e-9)
    assert 0.935 <= np.mean(np.abs(gap - 2) <= half) <= 0.965
    wide = welch(spend.sum(-1) / size.sum(-1), y.var(-1, ddof=1) / k, k - 1)[1]
    assert np.mean(half / wide) < 0.7


def test_a_quantile_of_units_has_the_variance_of_clusters():
    rows = shops(clusters=90)
    (one,) = trial(units_of(**rows), registration=plan(Measure("spend", kind="quantile", quantile=0.75))).comparisons[
        "spend"
    ]
    sides = []
    for arm in "ab":
        here = np.array(rows["arm"]) == arm
        sides.append(Ranked.of(np.array(rows["spend"])[here], 0.75, units=np.array(rows["shop"])[here]))
    want = quantile_difference(sides[1], sides[0])
    assert (one.difference.value, one.difference.low, one.difference.high) == pytest.approx(
        (want.value, want.low, want.high), rel=1e-9
    )
    assert one.difference.n == 90
    assert "units as clusters" in one.difference.method
    single = quantile_difference(*(replace(side, clusters=None) for side in sides[::-1]))
    # Customers of a shop are alike: one by one they tell less than as many of as many shops.
    assert one.difference.high - one.difference.low > 1.8 * (single.high - single.low)
    found = lift(trial(units_of(**rows), registration=plan(Measure("spend", kind="quantile", quantile=0.75))))
    assert "nan" not in found.headline.lower()
    assert found.headline.startswith("Spend: ")


def test_a_quantile_of_rows_is_one_of_their_units():
    # A table with a row an order and a column that says whose: orders of a person are alike.
    draw = np.random.default_rng(21)
    person = np.repeat(np.arange(300), draw.integers(1, 6, 300))
    wait = draw.exponential(5, 300)[person] + draw.normal(0, 0.5, len(person))
    units = units_of(
        arm=np.where(person % 2, "b", "a").tolist(), shop=[f"p{one}" for one in person], wait=wait.tolist()
    )
    found = trial(units, registration=plan(Measure("wait", kind="quantile", better="down")))
    reading = found.readings["wait"]
    assert sum(found.arms.counts) == 300
    assert found.arms.total == len(person)
    assert reading.ranked["a"].n == int((person % 2 == 0).sum())
    assert reading.value(reading.groups[0]).n == 150
    assert all("belongs" not in one for one in reading.cautions)


def test_quantiles_of_clusters_cover_what_is_true():
    # 2,000 seeded runs of 120 shops an arm with 1 to 11 customers whose levels differ as much as customers do; the
    # median is the same in both arms: 3.5 to 6.5 % are called, one by one more than 15 %.
    draw, runs, k = np.random.default_rng(31), 2000, 120
    size = np.resize(np.arange(1, 12), k)
    shop, n = np.repeat(np.arange(k), size), int(size.sum())
    values = draw.normal(0, 1, (2, runs, k))[:, :, shop] + draw.normal(0, 1, (2, runs, n))
    middle, order = np.median(values, axis=-1), np.sort(values, axis=-1)
    low, high = ranks(n, 0.5)
    below = np.add.reduceat((values <= middle[..., None]).astype(int), np.cumsum(size) - size, axis=-1)
    off = below - below.sum(-1, keepdims=True) / n * size
    # Each end leans to the spread of its side as much as the arms' variances differ: from rank to rank, times what
    # clusters add.
    own, bounds = 1 + 0.5 * (n - 1), (order[..., low - 1], order[..., high - 1])
    even = (bounds[1] - bounds[0]) / (high - low)
    sides = np.array([(middle - bounds[0]) / (own - low), (bounds[1] - middle) / (high - own)])
    design = off.var(-1, ddof=1) * k / n**2 / (0.25 / n)
    spread = even**2 * design
    lean = np.abs(spread[0] - spread[1]) / spread.sum(0)
    single = ((1 - lean) * even + lean * sides) ** 2 * n * 0.25
    wide = single * design

    def ends(errors: np.ndarray, free: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        gap, down = welch(middle, np.array([errors[1, 0], errors[0, 1]]), free)
        return gap, gap - down, gap + welch(middle, np.array([errors[0, 0], errors[1, 1]]), free)[1]

    gap, least, most = ends(wide, k - 1)
    for run in range(20):
        one = quantile_difference(*(Ranked.of(values[arm, run], 0.5, units=shop) for arm in (1, 0)))
        assert (one.value, one.low, one.high) == pytest.approx((gap[run], least[run], most[run]), rel=1e-9)
    assert 0.035 <= np.mean((least > 0) | (most < 0)) <= 0.065
    _, least, most = ends(single, n - 1)
    assert np.mean((least > 0) | (most < 0)) > 0.15
