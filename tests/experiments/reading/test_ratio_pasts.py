"""A ratio that was measured before exposure too is adjusted by the same ratio before, both sums of it."""

import numpy as np
import pytest
import statsmodels.api as sm

from pmlib.experiments import segments, sensitivity, trial
from pmlib.experiments.rehearsal.calls import Judge, drawn
from pmlib.experiments.rehearsal.draws import draws
from pmlib.experiments.rehearsal.urn import filled, pooled
from pmlib.sources.registrations import Measure, Registration
from pmlib.stats.trials.cuped import adjusted_ratio
from pmlib.stats.trials.joint import Joint
from tests.experiments.exposure.shown import log, plan
from tests.experiments.made import units_of

RATIO = Measure("clicks", kind="ratio", over="pages", before="clicks__before")
COLUMNS = ("clicks", "pages", "clicks__before", "clicks__over__before")


def registered(*measures: Measure, **options: object) -> Registration:
    return Registration("trial", "", "a", {"a": 1, "b": 1}, measures, digest="0" * 64, **options)


def habits(seed: int = 1, n: int = 1500, known: float = 0.7) -> dict[str, list]:
    """Clicks on pages, and the same before for those with a past: a habit that stays."""
    draw = np.random.default_rng(seed)
    habit, pages = draw.beta(2, 6, n), draw.poisson(5, n) + 1
    past = draw.poisson(6, n)
    has = draw.random(n) < known
    before, over = (
        [int(x) if there else None for x, there in zip(values, has, strict=True)]
        for values in (draw.binomial(past, habit), past)
    )
    return {
        "arm": np.where(np.arange(n) % 2, "b", "a").tolist(),
        "clicks": draw.binomial(pages, habit).tolist(),
        "pages": pages.tolist(),
        "clicks__before": before,
        "clicks__over__before": over,
        "land": np.where(draw.random(n) < 0.5, "AT", "DE").tolist(),
    }


def arrays(rows: dict[str, list]) -> list[np.ndarray]:
    """The four columns of each arm; what is missing is 0."""
    whole = np.array([[x or 0 for x in rows[one]] for one in COLUMNS], dtype=float).T
    return [whole[np.array(rows["arm"]) == arm] for arm in "ab"]


def line(top: np.ndarray, below: np.ndarray) -> np.ndarray:
    ratio = top.sum() / below.sum()
    return ratio + (top - ratio * below) / below.mean()


def test_it_is_the_analysis_of_covariance_of_two_linear_ratios():
    rows = habits()
    (one,) = trial(units_of(**rows), registration=registered(RATIO)).comparisons["clicks"]
    y, x = (np.concatenate([line(arm[:, at], arm[:, at + 1]) for arm in arrays(rows)]) for at in (0, 2))
    side = np.repeat([0.0, 1.0], 750)
    fit = sm.OLS(y, sm.add_constant(np.column_stack([side, x]))).fit(cov_type="HC1")
    assert one.difference.value == pytest.approx(fit.params[1], rel=1e-9)
    assert one.metric.cuped.theta == pytest.approx((fit.params[2],), rel=1e-9)
    assert (one.difference.high - one.difference.low) / 2 == pytest.approx(1.9616 * fit.bse[1], rel=0.01)
    want = adjusted_ratio([Joint.of(arm) for arm in arrays(rows)])
    assert (one.lift.low, one.lift.high) == pytest.approx((want.lift(1).low, want.lift(1).high), rel=1e-8)
    assert "CUPED" in one.lift.method


def test_both_sums_tell_more_than_one():
    rows = habits(known=1.0)
    alone = {name: values for name, values in rows.items() if name != "clicks__over__before"}
    both, single = (trial(units_of(**one), registration=registered(RATIO)).readings["clicks"] for one in (rows, alone))
    assert both.paired
    assert not single.paired
    assert both.cuped.kept < single.cuped.kept - 0.02


def test_without_what_it_was_divided_by_the_covariate_is_a_plain_column():
    rows = habits()
    del rows["clicks__over__before"]
    (one,) = trial(units_of(**rows), registration=registered(RATIO)).comparisons["clicks"]
    made = arrays(rows | {"clicks__over__before": [0] * 1500})
    lost = np.array([x is None for x in rows["clicks__before"]]).astype(float)
    y = np.concatenate([line(arm[:, 0], arm[:, 1]) for arm in made])
    x = np.concatenate([arm[:, 2] for arm in made])
    gone = np.concatenate([lost[0::2], lost[1::2]])
    fit = sm.OLS(y, sm.add_constant(np.column_stack([np.repeat([0.0, 1.0], 750), x, gone]))).fit()
    assert one.difference.value == pytest.approx(fit.params[1], rel=1e-8)
    assert len(one.metric.cuped.theta) == 2


def test_from_events_to_the_adjusted_ratio():
    draw = np.random.default_rng(8)
    lines, sums = [], []
    for at in range(60):
        arm = ("control", "treatment")[at % 2]
        lines.append(f"u{at} shown 10 12:00 {arm}")
        amounts = [draw.integers(1, 9, draw.integers(0 if at % 7 else 1, 4)) + at % 10 for _ in range(2)]
        for day, some in zip((8, 11), amounts, strict=True):
            lines += [f"u{at} buy {day} 13:0{place} - {one}" for place, one in enumerate(some)]
        sums.append([arm, *(f(some) for some in amounts[::-1] for f in (np.sum, np.size))])
    measure = Measure("each", kind="ratio", sql="sum(amount)", over_sql="count(amount)", lookback=7)
    found = trial(events=log("\n".join(lines)), registration=plan(measure))
    reading = found.readings["each"]
    # A unit without any event in a window has 0 in both sums, and so has one that was first seen at its exposure.
    arms = [np.array([row[1:] for row in sums if row[0] == arm], float) for arm in ("control", "treatment")]
    want = adjusted_ratio([Joint.of(arm) for arm in arms])
    assert reading.paired
    assert reading.cuped.theta == pytest.approx(want.theta, rel=1e-9)
    assert found.comparisons["each"][0].difference.value == pytest.approx(want.difference(1).value, rel=1e-9)


def test_a_segment_without_a_past_is_read_as_it_is():
    rows = habits(known=1.0)
    new = np.array(rows["land"]) == "AT"
    for name in COLUMNS[2:]:
        rows[name] = [None if fresh else x for x, fresh in zip(rows[name], new, strict=True)]
    finding = segments(trial(units_of(**rows), registration=registered(RATIO)), by="land")
    bare = Measure("clicks", kind="ratio", over="pages")
    plain = segments(trial(units_of(**rows), registration=registered(bare)), by="land")
    first, second = ({row[0]: row for row in one.table.text()} for one in (finding, plain))
    assert first["AT"][2:6] == second["AT"][2:6]
    assert first["DE"][2:6] != second["DE"][2:6]


def test_choices_show_it_without_the_time_before():
    finding = sensitivity(trial(units_of(**habits()), registration=registered(RATIO)))
    assert any("not adjusted by the time before" in row for row in (str(one) for one in finding.table.text()))


@pytest.mark.parametrize("cluster", ["", "team"])
def test_a_rehearsal_reads_it_as_a_report_does(cluster):
    rows = {name: values for name, values in habits(n=600).items() if name != "arm"}
    rows["team"] = [f"t{at % 60:02}" for at in range(600)]
    arms = {"control": 1.0, "treatment": 1.0}
    register = Registration("n", "h", "control", arms, (RATIO,), cluster=cluster)
    made = filled(pooled(units_of(arm=["all"] * 600, **rows)), register.measures, cluster=cluster)
    keys = sorted(set(rows["team"])) if cluster else sorted(str(at) for at in range(600))
    for draw in draws(made, [0.5, 0.5], runs=2, seed=11):
        drawn_arms = dict(zip(keys, (list(arms)[code] for code in draw.codes), strict=True))
        by = rows["team"] if cluster else [str(at) for at in range(600)]
        report = trial(units_of(arm=[drawn_arms[one] for one in by], **rows), registration=register)
        (want,) = report.comparisons["clicks"]
        call = Judge(0.95)(drawn(made.lots[0], draw, 0, list(arms)), 1)
        assert call.p == pytest.approx(want.p, rel=1e-8)
        assert (call.low, call.high) == pytest.approx((want.lift.low, want.lift.high), rel=1e-8)
