"""Each choice is the experiment read so from the start, on the units it keeps."""

from datetime import date, timedelta

import numpy as np
import pytest
from scipy import stats

from pmlib.core import Estimate, Finding, SettingError
from pmlib.experiments import trial
from pmlib.experiments.effects.sensitivity import sensitivity
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure, Registration
from pmlib.stats.trials.resampling import permutation
from tests.experiments.made import converted, units_of

START = date(2026, 6, 1)


def drawn(seed: int = 1, n: int = 2000, days: int = 35, gain: float = 0.3, part: float = 0.5) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(seed)
    arm = np.where(draw.random(n) < part, "b", "a")
    before = draw.normal(0, 1, n)
    return {
        "arm": arm,
        "day": draw.integers(0, days, n),
        "spend": np.exp(draw.normal(0, 0.8, n) + 0.5 * before + gain * (arm == "b")),
        "before": before,
        "visits": draw.integers(1, 5, n),
        "hits": (draw.random(n) < 0.3).astype(int),
    }


def made(columns: dict[str, np.ndarray], rows: np.ndarray | None = None) -> Units:
    keep = slice(None) if rows is None else rows
    listed = {name: values[keep].tolist() for name, values in columns.items()}
    listed["day"] = [START + timedelta(days=day) for day in listed["day"]]
    return units_of(**listed)


def plan(*measures: Measure, weights: tuple[float, float] = (1, 1), **options: object) -> Registration:
    return Registration("trial", "", "a", dict(zip("ab", weights, strict=True)), measures, digest="x", **options)


def choice(finding: Finding, words: str) -> list[str]:
    return next(row for row in finding.table.text() if row[0] == words)


def difference(finding: Finding, words: str) -> Estimate:
    return finding.estimates[1 + 2 * [row[0] for row in finding.table.rows].index(words)]


def read_so(units: Units, measure: Measure, **options: object) -> list[str]:
    """How a table lists the experiment of these units, read with this measure."""
    (one,) = trial(units, registration=plan(measure, **options)).comparisons[measure.name]
    return [one.lift.unit.change(one.lift.value), one.difference.unit.change(one.difference.value)]


def parts(row: list[str]) -> list[str]:
    return [row[2], row[4]]


def test_each_choice_is_the_experiment_read_so():
    columns = drawn()
    units = made(columns)
    registered = Measure("spend", before="before")
    finding = sensitivity(trial(units, registration=plan(registered)))
    assert [row[0] for row in finding.table.rows] == [
        "as registered",
        "with the largest values cut off at 99%",
        "with the largest values cut off at 99.9%",
        "not adjusted by the time before",
        "without the first week",
        "without the last week",
        "without the heaviest unit",
    ]
    assert parts(choice(finding, "as registered")) == read_so(units, registered)
    for cap, words in ((0.99, "99%"), (0.999, "99.9%")):
        want = read_so(units, Measure("spend", before="before", cap=cap))
        assert parts(choice(finding, f"with the largest values cut off at {words}")) == want
    assert parts(choice(finding, "not adjusted by the time before")) == read_so(units, Measure("spend"))
    rows = {
        "without the first week": columns["day"] >= 7,
        "without the last week": columns["day"] < 28,
        "without the heaviest unit": columns["spend"] < columns["spend"].max(),
    }
    for words, kept in rows.items():
        assert parts(choice(finding, words)) == read_so(made(columns, kept), registered)
        assert choice(finding, words)[1] == f"{kept.sum():,}"
    assert finding.table.size == "units"
    assert finding.figure.series[0].x == tuple(row[0] for row in finding.table.rows)


def test_a_result_that_holds_is_said_to():
    finding = sensitivity(trial(made(drawn()), metric="spend", control="a"))
    assert finding.headline.startswith("Spend: +")
    assert finding.headline.endswith("as it is read, clearly better; so it is under all 5 other choices.")
    assert {row[-1] for row in finding.table.rows} == {"better"}
    assert not any("What was registered decides" in one for one in finding.cautions)


def test_a_result_that_hangs_on_the_cap_says_so():
    # 2.0 and 2.2 a unit, but for two units of b with 1,000 each: their mean is 4.2, and its error 1.4.
    draw = np.random.default_rng(7)
    a, b = draw.normal(2.0, 0.5, 1000), draw.normal(2.2, 0.5, 1000)
    b[:2] = 1000.0
    units = units_of(arm=["a"] * 1000 + ["b"] * 1000, spend=[*a.tolist(), *b.tolist()])
    finding = sensitivity(trial(units, registration=plan(Measure("spend"))))
    assert (
        "as registered, not clear; it hangs on the cap and the heaviest unit: clearly better with the largest values "
        "cut off at 99%, +"
    ) in finding.headline
    assert finding.headline.endswith("; so it is under 2 more.")
    capped = sensitivity(trial(units, registration=plan(Measure("spend", cap=0.99))))
    assert "as registered, clearly better; it hangs on the cap: not clear without a cap, +" in capped.headline
    assert "What was registered decides; the other choices tell how far to trust it." in capped.cautions


def test_fewer_units_are_named_as_a_reason():
    # All of the difference comes from the first of ten days.
    n = 1000
    day, arm = np.arange(n) // 100, np.where(np.arange(n) % 2, "b", "a")
    hits = (np.arange(n) // 2 % 10 < np.where((arm == "b") & (day == 0), 10, 3)).astype(int)
    units = made({"arm": arm, "day": day, "hits": hits})
    finding = sensitivity(trial(units, metric="hits", control="a", reading="once"))
    assert "it hangs on the days taken in: not clear without the first day, " in finding.headline
    assert "Fewer units alone make an interval wider: without the first day (100 units fewer)." in finding.cautions


def test_skewed_values_in_unequal_arms_are_judged_by_other_statistics_too():
    columns = drawn(n=3000, gain=0.0, part=0.1)
    columns["spend"] = columns["spend"] ** 2
    units = made(columns)
    finding = sensitivity(trial(units, metric="spend", control="a", weights="9:1", reading="once"))
    assert "Hall" in finding.estimates[0].method
    arms = {arm: columns["spend"][columns["arm"] == arm] for arm in "ab"}
    welch = stats.ttest_ind(arms["b"], arms["a"], equal_var=False)
    ends = welch.confidence_interval()
    gap = difference(finding, "by the test of even tails")
    assert (gap.low, gap.high, gap.p) == pytest.approx((ends.low, ends.high, welch.pvalue), rel=1e-6)
    want, _ = permutation(np.sort(arms["b"]), np.sort(arms["a"]))
    shuffled = difference(finding, "by shuffling the units (permutation)")
    assert (shuffled.low, shuffled.high, shuffled.p) == pytest.approx((want.low, want.high, want.p), rel=1e-6)
    assert "ORDER BY\n  arm NULLS FIRST,\n  v0" in finding.query
    # There the time before is not used by itself; the usual test would use it.
    adjusted = sensitivity(trial(units, registration=plan(Measure("spend", before="before"), weights=(9, 1))))
    assert any(row[0] == "by the test of even tails, adjusted by the time before" for row in adjusted.table.rows)
    assert not any(row[0] == "not adjusted by the time before" for row in adjusted.table.rows)


def test_few_hits_are_judged_by_the_usual_test_too():
    finding = sensitivity(trial(converted(a=(1, 400), b=(8, 400)), metric="converted", control="a"))
    # Exact, 8 against 1 of 400; the score test has z² = 799 / 800 × 49 / (9 × 791 / 800) = 5.50, p = 0.019.
    assert "exact" in finding.estimates[0].method.lower()
    assert choice(finding, "by the test made for more hits (score)")[6] == "0.019"


def test_equal_arms_have_no_other_method():
    finding = sensitivity(trial(made(drawn()), metric="spend", control="a"))
    assert not any("Welch" in row[0] or "shuffling" in row[0] for row in finding.table.rows)


def test_a_share_has_no_cap_and_no_heaviest_unit():
    finding = sensitivity(trial(made(drawn()), metric="hits", control="a"))
    assert [row[0] for row in finding.table.rows] == [
        "as it is read",
        "without the first week",
        "without the last week",
    ]
    assert finding.headline.endswith("not clear; so it is under both other choices.")


def test_a_ratio_is_capped_on_both_sides():
    units = made(drawn())
    finding = sensitivity(trial(units, registration=plan(Measure("spend", kind="ratio", over="visits"))))
    want = read_so(units, Measure("spend", kind="ratio", over="visits", cap=0.99))
    assert parts(choice(finding, "with the largest values cut off at 99%")) == want


def test_many_units_as_heavy_as_the_heaviest_stay():
    units = units_of(arm=["a", "b"] * 100, visits=[place % 5 for place in range(200)])
    finding = sensitivity(trial(units, metric="visits", control="a"))
    assert not any("heaviest" in row[0] for row in finding.table.rows)


def test_two_heaviest_units_go_together():
    values = [float(place % 5) for place in range(198)]
    units = units_of(arm=["a", "b"] * 100, visits=[*values, 80.0, -80.0])
    finding = sensitivity(trial(units, metric="visits", control="a"))
    assert choice(finding, "without the heaviest 2 units")[1] == "198"


def test_other_windows_are_choices_where_they_were_registered():
    columns = drawn()
    columns["later"] = columns["spend"] * 2
    measures = (
        Measure("spend", sql="sum(amount)", window=7),
        Measure("later", sql="sum(amount)", window=28, role="secondary", title="spend in 28 days"),
        Measure("hits", event="hit", window=28, role="secondary"),
    )
    units = made(columns)
    finding = sensitivity(trial(units, registration=plan(*measures)))
    assert parts(choice(finding, "counted as spend in 28 days")) == read_so(units, Measure("later"))
    assert not any("hits" in str(row[0]) for row in finding.table.rows)


def test_a_column_from_before_is_a_choice_where_none_was_registered():
    columns = drawn()
    columns["spend__before"] = columns.pop("before")
    units = made(columns)
    finding = sensitivity(trial(units, metric="spend", control="a"))
    want = read_so(units, Measure("spend", before="spend__before"))
    assert parts(choice(finding, "adjusted by the time before")) == want


def test_the_arm_that_gains_most_is_looked_at_unless_one_is_named():
    columns = drawn(n=3000)
    columns["arm"] = np.array(["a", "b", "c"])[np.arange(3000) % 3]
    columns["spend"] = columns["spend"] * np.where(columns["arm"] == "c", 2.0, 1.0)
    asked = trial(made(columns), metric="spend", control="a")
    assert "lift of c over a under each choice" in sensitivity(asked).definition
    other = sensitivity(asked, arm="b")
    assert other.id == "experiment-sensitivity-spend-b"
    (first,) = [one for one in asked.comparisons["spend"] if one.group.arm == "b"]
    assert parts(other.table.text()[0]) == [
        first.lift.unit.change(first.lift.value),
        first.difference.unit.change(first.difference.value),
    ]
    with pytest.raises(SettingError, match="No arm beside control is called 'd'; there is b and c"):
        sensitivity(asked, arm="d")


def test_a_running_look_holds_all_choices_to_its_own_level():
    columns = drawn()
    registration = plan(Measure("spend"), units=4000, reading="always-valid")
    finding = sensitivity(trial(made(columns), registration=registration))
    assert all("always valid" in one.method for one in finding.estimates)


def test_values_missing_and_not_finite_are_no_heaviest_unit():
    values = [1.0, 2.0, 3.0, 4.0] * 25
    units = units_of(arm=["a", "b"] * 52, x=[*values, None, float("inf"), float("nan"), 50.0])
    finding = sensitivity(trial(units, metric="x", control="a"))
    assert choice(finding, "without the heaviest unit")[1] == "100"


def test_what_has_no_choices():
    told = sensitivity(trial(made(drawn()), registration=plan(Measure("spend", kind="quantile"))))
    assert told.headline.startswith("This cannot be answered: 'spend' is a quantile")
    with pytest.raises(SettingError, match="no metric 'spent'"):
        sensitivity(trial(made(drawn()), metric="spend", control="a"), metric="spent")
    lone = sensitivity(trial(converted(a=(30, 100), b=(40, 100)), metric="converted", control="a"))
    assert lone.headline.endswith("not clear; these units allow no other choice.")
    off = sensitivity(trial(converted(a=(30, 100), b=(40, 200)), metric="converted", control="a"))
    assert off.headline.startswith("No choice makes converted readable: the arms are not as planned")


def test_the_order_of_rows_does_not_matter():
    columns = drawn(n=1500, part=0.1)
    order = np.random.default_rng(5).permutation(1500)
    shuffled = {name: values[order] for name, values in columns.items()}
    both = [sensitivity(trial(made(each), metric="spend", control="a", weights="9:1")) for each in (columns, shuffled)]
    assert both[0].headline == both[1].headline
    assert both[0].table.text() == both[1].table.text()
