"""An experiment read from aggregates: the same answers as from its units."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sqlglot import exp

from pmlib import experiments
from pmlib.core import Finding, SettingError, TooFewError
from pmlib.experiments import Trial, trial
from pmlib.experiments.reading import aggregated
from pmlib.experiments.reading.readings import read
from pmlib.sources import Aggregates, load_aggregates
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure, Registration
from tests.experiments.reading.summed import MEASURES, PLAN, aggregate, held, is_number, numbers, people, same

QUESTIONS = (experiments.split, experiments.lift, experiments.guardrails, experiments.verdict)


def unplanned(source: Units | Aggregates, metric: str) -> Trial:
    return trial(source, metric=metric, guardrails="visits", weights="1:1:1")


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return people()


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_answers_are_those_of_the_units(rows: pd.DataFrame, question: Callable[[Trial], Finding]) -> None:
    units = trial(held(rows.drop(columns="day")), registration=PLAN)
    given = load_aggregates(aggregate(rows, ["arm"]))
    same(question, trial(given, registration=PLAN), units)
    # The same from parts of the units, merged: days and platforms.
    dated = trial(held(rows), registration=PLAN)
    parted = load_aggregates(aggregate(rows, ["arm", "day", "platform"]), segments=["platform"], running=False)
    same(question, trial(parted, registration=PLAN), dated)


@pytest.mark.parametrize("metric", ["converted", "spend", "-refunds"])
def test_without_a_plan_too(rows: pd.DataFrame, metric: str) -> None:
    plain = [Measure(name) for name in ("converted", "spend", "refunds", "visits")]
    given = load_aggregates(aggregate(rows, ["arm"], plain))
    one, other = unplanned(given, metric), unplanned(held(rows.drop(columns="day")), metric)
    for question in QUESTIONS:
        same(question, one, other)


def test_every_metric_of_the_plan_reads_the_same(rows: pd.DataFrame) -> None:
    units = trial(held(rows), registration=PLAN)
    given = trial(load_aggregates(aggregate(rows, ["arm"])), registration=PLAN)
    assert given.comparisons.keys() == units.comparisons.keys()
    for name, comparisons in units.comparisons.items():
        for one, other in zip(given.comparisons[name], comparisons, strict=True):
            assert one.metric.kind == other.metric.kind
            for ours, theirs in ((one.lift, other.lift), (one.difference, other.difference)):
                assert ours.method == theirs.method
                assert (ours.value, ours.low, ours.high, ours.p) == pytest.approx(
                    (theirs.value, theirs.low, theirs.high, theirs.p), rel=1e-12, abs=1e-13
                )
            if one.metric.kind == "mean":
                assert one.group.joint.skewness() == pytest.approx(other.group.joint.skewness(), rel=1e-11)


def test_few_skewed_units_in_a_small_arm_are_judged_alike(rows: pd.DataFrame) -> None:
    # A tenth of the units in one arm and a few large spenders: the arm leans, and a third moment tells so.
    few = rows[(rows.arm == "control") | (rows.index % 10 == 0)].query("arm != 'red'")
    few = few.assign(spend=few.spend**2).drop(columns="day")
    plan = replace(PLAN, arms={"control": 10, "blue": 1}, measures=MEASURES[1:3])
    given = trial(
        load_aggregates(aggregate(few, ["arm", "platform"], MEASURES[1:3]), segments=["platform"]), registration=plan
    )
    units = trial(held(few), registration=plan)
    same(experiments.lift, given, units)
    assert "Hall" in given.comparisons["spend"][0].difference.method
    # Without a third moment nothing tells how skewed they are.
    flat = aggregate(few, ["arm"], MEASURES[1:3]).drop(columns="third")
    assert "Welch" in trial(load_aggregates(flat), registration=plan).comparisons["spend"][0].difference.method


def test_a_mean_far_from_0_keeps_its_digits() -> None:
    # Means a million deviations from 0, merged from twenty parts each.
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(
        {"arm": ["a", "b"] * 2_000, "part": [str(at % 20) for at in range(4_000)], "m": 1e6 + rng.normal(0, 1, 4_000)}
    )
    given = load_aggregates(aggregate(frame, ["arm", "part"], [Measure("m")]), segments=["part"])
    (one,) = trial(given, metric="m", control="a").comparisons["m"]
    a, b = (frame.m[frame.arm == arm].to_numpy() - 1e6 for arm in "ab")
    assert one.difference.value == pytest.approx(b.mean() - a.mean(), abs=1e-9)
    assert one.group.variance == pytest.approx(b.var(ddof=1), rel=1e-9)


def test_segments_read_as_from_the_units(rows: pd.DataFrame) -> None:
    measures = MEASURES[:5]
    parted = load_aggregates(aggregate(rows, ["arm", "day", "platform"]), segments=["platform"], running=False)
    made = trial(parted, registration=PLAN)
    units = trial(held(rows), registration=PLAN)
    told = ["ios", "android", "web"]
    ours = aggregated.read(parted, measures, made.arms, {"platform": told})
    theirs = read(units.units, measures, units.arms, ["platform"])
    for one, other in zip(ours, theirs, strict=True):
        assert one.parts["platform"].keys() == {0, 1, 2}
        for value, groups in other.parts["platform"].items():
            for here, there in zip(one.parts["platform"][told.index(value)], groups, strict=True):
                assert (here.arm, here.n, here.units) == (there.arm, there.n, there.units)
                for line, expected in zip(here.joint.covariances, there.joint.covariances, strict=True):
                    assert line == pytest.approx(expected, rel=1e-11, abs=1e-12)
    with pytest.raises(TooFewError, match=r"not parted by 'platfrom'; there is platform. Did you mean 'platform'\?"):
        aggregated.read(parted, measures, made.arms, {"platfrom": told})


def test_a_unit_without_a_value_is_missed_as_from_the_units(rows: pd.DataFrame) -> None:
    some = rows.drop(columns="day").astype({"spend": object})
    some.loc[some.index % 7 == 0, "spend"] = None
    lines = []
    for one in (Measure("spend"), Measure("visits")):
        part = some[some[one.name].notna()].astype({one.name: float})
        lines.append(aggregate(part, ["arm"], [one]))
    given = load_aggregates(pd.concat(lines))
    one, other = unplanned(given, "spend"), unplanned(held(some), "spend")
    assert "Spend is missing for" in experiments.lift(one).cautions[0]
    for question in QUESTIONS:
        same(question, one, other)


def running(rows: pd.DataFrame) -> Aggregates:
    """Running totals: each day counts all units taken in so far."""
    days = sorted(set(rows.day))
    made = [aggregate(rows[rows.day <= day], ["arm"], MEASURES).assign(day=day) for day in days[2:]]
    return load_aggregates(pd.concat(made), running=True)


@pytest.mark.parametrize("reading", ["group-sequential", "always-valid"])
def test_running_totals_are_read_at_looks(rows: pd.DataFrame, reading: str) -> None:
    given = running(rows)
    looks = (date(2026, 1, 9), date(2026, 1, 13), date(2026, 1, 18))
    plan = replace(PLAN, reading=reading, looks=looks, start=date(2026, 1, 5), days=14, units=3_000)
    for day in looks:
        units = trial(held(rows[rows.day <= day]), registration=plan)
        then = trial(given.until(day), registration=plan)
        assert then.standing == units.standing
        for question in (experiments.lift, experiments.guardrails):
            one, other = question(then), question(units)
            for ours, theirs in zip(numbers(one), numbers(other), strict=True):
                assert list(filter(is_number, ours)) == pytest.approx(list(filter(is_number, theirs)), rel=1e-12)


def test_a_ratio_or_a_covariate_nobody_named_is_read_all_the_same(rows: pd.DataFrame) -> None:
    made = trial(load_aggregates(aggregate(rows, ["arm"])), metric="adjusted_rate, adjusted_spend, spend")
    kinds = {name: (one.kind, one.cuped is not None) for name, one in made.readings.items()}
    assert kinds == {"adjusted_rate": ("ratio", True), "adjusted_spend": ("mean", True), "spend": ("mean", False)}
    plain, adjusted = (made.comparisons[name][0].difference for name in ("spend", "adjusted_spend"))
    assert (plain.high or 0) - (plain.low or 0) > (adjusted.high or 0) - (adjusted.low or 0)


def test_zeros_alone_are_read_by_the_name() -> None:
    frame = pd.DataFrame(
        [{"metric": m, "arm": arm, "n": 50, "mean": 0, "variance": 0} for m in ("won", "revenue") for arm in "ab"]
    )
    made = trial(load_aggregates(frame), metric="won, revenue", control="a")
    assert [one.kind for one in made.readings.values()] == ["share", "mean"]


def asked(given: Aggregates, *measures: Measure, control: str = "control") -> Mapping[str, object]:
    plan = Registration("trial", "", control, {"control": 1, "blue": 1, "red": 1}, measures)
    return trial(given, registration=plan).readings


@pytest.mark.parametrize(
    ("measure", "match"),
    [
        (Measure("spendings"), r"no metric 'spendings'; there is .* Did you mean 'spend'\?"),
        (Measure("spend", kind="quantile"), r"'spend' is a quantile, which means and variances do not tell. Load the"),
        (Measure("spend", kind="share"), r"'spend' is registered as a share, but holds more than 0 and 1"),
        (Measure("spend", cap=0.99), r"cut off at its quantile 0.99, which cannot be done to aggregates. Cut the"),
        (Measure("spend", over="pages"), r"'spend' in control lacks over_mean, over_variance and over_covariance"),
        (Measure("spend", before="pages"), r"'spend' in control lacks before_mean, before_variance and before_cov"),
    ],
)
def test_what_aggregates_cannot_tell_is_refused(rows: pd.DataFrame, measure: Measure, match: str) -> None:
    with pytest.raises(SettingError, match=match):
        asked(load_aggregates(aggregate(rows, ["arm"])), measure)


def test_values_cut_off_before_they_were_aggregated_are_taken(rows: pd.DataFrame) -> None:
    given = load_aggregates(aggregate(rows, ["arm"]).assign(ceiling=40.0))
    made = asked(given, Measure("spend", cap=0.99))
    assert [getattr(one, "ceiling", None) for one in made.values()] == [40]


def test_arms_are_checked_as_those_of_units(rows: pd.DataFrame) -> None:
    given = load_aggregates(aggregate(rows, ["arm"]))
    with pytest.raises(
        SettingError, match=r"No arm is called 'contrl'; the arms are blue, control and red. Did you mean"
    ):
        trial(given, metric="spend", control="contrl")
    alone = load_aggregates(aggregate(rows[rows.arm == "red"], ["arm"]))
    with pytest.raises(TooFewError, match=r"All 1,012 units are in 'red'; a comparison needs a second arm"):
        trial(alone, metric="spend", control="red")
    nobody = aggregate(rows, ["arm"])
    nobody.loc[(nobody.metric == "spend") & (nobody.arm == "red"), ["n", "mean", "variance"]] = 0
    told = experiments.lift(trial(load_aggregates(nobody), metric="spend")).headline
    assert re.search(r"cannot be answered: 'spend' has no value for any of the [\d,]+ units in red", told)


def test_several_experiments_have_to_be_parted(rows: pd.DataFrame) -> None:
    frame = aggregate(rows, ["arm"])
    given = load_aggregates(pd.concat([frame.assign(experiment="x"), frame.assign(experiment="y")]))
    with pytest.raises(SettingError, match=r"frame holds 2 experiments \(x and y\). Choose one: aggregates.of\('x'\)"):
        trial(given, metric="spend")
    assert trial(given.of("y"), metric="spend").arms.total == len(rows)


def test_what_needs_rows_of_units_says_so(rows: pd.DataFrame) -> None:
    made = trial(load_aggregates(aggregate(rows, ["arm"])), registration=PLAN)
    said = (
        r"frame holds aggregates and no rows of units, which this question needs. Load the table of units with load_un"
    )
    for ask in (
        lambda: made.units.query("SELECT 1"),
        lambda: made.units.engine.viewed("units", lambda base: exp.select("*").from_(base)),
        lambda: made.units.engine.keeping("units", "SELECT 1"),
        lambda: made.units.engine.run("SELECT 1"),
        lambda: made.units.engine.arrow("SELECT 1"),
        lambda: made.units.engine.query_arrays("SELECT 1"),
    ):
        with pytest.raises(TooFewError, match=said):
            ask()
    assert re.search("spend", " ".join(made.units.columns))


def test_the_order_of_rows_changes_nothing(rows: pd.DataFrame) -> None:
    frame = pa.Table.from_pandas(aggregate(rows, ["arm", "day"]))
    turned = frame.take(list(range(frame.num_rows))[::-1])
    one, other = (trial(load_aggregates(some, running=False), registration=PLAN) for some in (frame, turned))
    for question in QUESTIONS:
        same(question, one, other)
