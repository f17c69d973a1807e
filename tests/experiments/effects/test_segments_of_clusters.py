"""Segments of units that were put into arms in clusters: against regressions with errors robust to clusters."""

from collections.abc import Sequence

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from pmlib.core import SettingError
from pmlib.experiments import Trial, checks, novelty, segments, trial
from pmlib.experiments.effects.ages import since
from pmlib.experiments.effects.interactions import branches
from pmlib.experiments.effects.parts import parted
from pmlib.experiments.reading.clusters import SEVERAL, by_age
from pmlib.sources.registrations import Measure, Registration
from pmlib.stats.trials.joint import Joint
from pmlib.stats.trials.profiles import parallel
from pmlib.stats.trials.segments import differences, interaction
from tests.experiments.exposure import shown
from tests.experiments.made import units_of

TEAMS = 60
"""Teams in each arm."""


def drawn(seed: int = 5, gains: dict[str, float] | None = None) -> dict[str, np.ndarray]:
    """Users of teams: those of a team are alike, may have several platforms, and have one land."""
    draw = np.random.default_rng(seed)
    team = np.repeat(np.arange(2 * TEAMS), draw.integers(3, 20, 2 * TEAMS))
    n, arm = len(team), np.where(team % 2, "b", "a")
    platform = draw.choice(["android", "ios", "web"], n, p=[0.2, 0.3, 0.5])
    before = draw.normal(20, 3, 2 * TEAMS)[team] + draw.normal(0, 2, n)
    gain = np.array([(gains or {}).get(one, 0.0) for one in platform]) * (arm == "b")
    return {
        "arm": arm,
        "team": np.array([f"t{one}" for one in team]),
        "land": np.array(["AT", "DE"])[(team // 2) % 2],
        "platform": platform,
        "spend": before + draw.normal(0, 2, n) + gain,
        "before": before,
        "paid": (draw.random(n) < 0.3).astype(int),
    }


def of(columns: dict[str, np.ndarray], *measures: Measure, segments: Sequence[str] = ()) -> Trial:
    plan = Registration(
        "teams", "", "a", {"a": 1, "b": 1}, measures, cluster="team", segments=tuple(segments), digest="0" * 64
    )
    return trial(units_of(**{name: values.tolist() for name, values in columns.items()}), registration=plan)


def fitted(columns: dict[str, np.ndarray], design: np.ndarray):
    """A regression of spend on units, errors robust to teams; each arm's factor K / (K - 1) is not in it."""
    groups = np.unique(columns["team"], return_inverse=True)[1]
    kinds = {"groups": groups, "use_correction": False}
    return sm.OLS(columns["spend"], design).fit(cov_type="cluster", cov_kwds=kinds)


def test_the_test_of_all_segments_is_that_of_the_regression():
    columns = drawn(gains={"ios": 2.0})
    finding = segments(of(columns, Measure("spend")), by="platform")
    arm = (columns["arm"] == "b").astype(float)
    parts = [(columns["platform"] == one).astype(float) for one in ("web", "ios", "android")]
    fit = fitted(columns, np.column_stack([*parts, *(arm * part for part in parts)]))
    wald = fit.wald_test(np.array([[0, 0, 0, 1, 0, -1], [0, 0, 0, 0, 1, -1]]), scalar=True, use_f=False)
    q = float(wald.statistic) * (TEAMS - 1) / TEAMS
    test = finding.estimates[0]
    assert test.value == pytest.approx(1 - 2 / q, rel=1e-8)
    assert test.n == 2 * TEAMS
    # Chi-square knows nothing of how few teams there are.
    assert stats.chi2.sf(q, 2) < test.p < 3 * stats.chi2.sf(q, 2)
    assert "differs by platform: in ios it lies" in finding.headline
    gaps = [one for one in finding.estimates if one.label == "spend, b less a"]
    assert [one.value for one in gaps] == pytest.approx(fit.params[3:].tolist(), rel=1e-9)


def test_a_segment_against_all_others_is_that_of_the_regression():
    columns = drawn()
    asked = of(columns, Measure("spend"))
    reading, (parts,), _ = parted(asked, asked.readings["spend"].measure, ["platform"])
    (branch,) = branches(asked, reading, parts)
    arm = (columns["arm"] == "b").astype(float)
    for one in branch.slices:
        inside = (columns["platform"] == one.label).astype(float)
        fit = fitted(columns, np.column_stack([np.ones(len(arm)), arm, inside, arm * inside]))
        error = fit.bse[3] * np.sqrt(TEAMS / (TEAMS - 1))
        assert one.beyond.value == pytest.approx(fit.params[3], rel=1e-8)
        half = (one.beyond.high - one.beyond.low) / 2
        assert stats.t.ppf(0.975, 2 * TEAMS - 2) <= half / error <= stats.t.ppf(0.975, TEAMS - 1)
    # Those of one team hang together: as if segments were units of their own it would be another test.
    assert parts.crossing.inside["a"].covariances[0][1] > 0


def test_a_covariate_takes_the_same_part_off_in_each_segment_of_clusters():
    columns = drawn(gains={"ios": 1.0})
    asked = of(columns, Measure("spend", before="before"))
    reading, (parts,), _ = parted(asked, asked.readings["spend"].measure, ["platform"])
    (branch,) = branches(asked, reading, parts)
    (theta,) = asked.readings["spend"].cuped.theta
    left = columns | {"spend": columns["spend"] - theta * columns["before"]}
    arm = (columns["arm"] == "b").astype(float)
    for one in branch.slices:
        inside = (columns["platform"] == one.label).astype(float)
        fit = fitted(left, np.column_stack([np.ones(len(arm)), arm, inside, arm * inside]))
        error = fit.bse[3] * np.sqrt(TEAMS / (TEAMS - 1))
        assert one.beyond.value == pytest.approx(fit.params[3], rel=1e-7)
        half = (one.beyond.high - one.beyond.low) / 2
        assert stats.t.ppf(0.975, 2 * TEAMS - 2) <= half / error <= stats.t.ppf(0.975, TEAMS - 1)
        gap = [left["spend"][(inside == 1) & (columns["arm"] == side)].mean() for side in "ba"]
        assert one.effect.difference.value == pytest.approx(gap[0] - gap[1], rel=1e-8)
    plain = of(columns, Measure("spend"))
    (raw,) = branches(plain, *parted_by(plain, "platform"))
    assert (
        branch.slices[0].beyond.high - branch.slices[0].beyond.low
        < raw.slices[0].beyond.high - raw.slices[0].beyond.low
    )


def parted_by(asked: Trial, column: str):
    reading, (parts,), _ = parted(asked, asked.readings["spend"].measure, [column])
    return reading, parts


def test_a_property_of_whole_clusters_parts_them():
    columns = drawn()
    finding = segments(of(columns, Measure("spend", before="before")), by="land")
    reading, parts = parted_by(of(columns, Measure("spend")), "land")
    assert parts.crossing is None
    assert sum(group.n for groups in parts.segments.values() for group in groups.values()) == 2 * TEAMS
    here = columns["land"] == "AT"
    alone = of({name: values[here] for name, values in columns.items()}, Measure("spend"))
    want = alone.comparisons["spend"][0].difference
    (branch,) = branches(of(columns, Measure("spend")), reading, parts)
    got = next(one.effect.difference for one in branch.slices if one.label == "AT")
    assert (got.value, got.low, got.high) == pytest.approx((want.value, want.low, want.high), rel=1e-9)
    assert not any("several segments" in one for one in finding.cautions)


def test_clusters_in_several_segments_are_said():
    columns = drawn()
    columns["platform"] = np.where(np.arange(len(columns["arm"])) < 2, None, columns["platform"])
    finding = segments(of(columns, Measure("spend"), segments=("platform", "land")))
    said = f"2 units of {len(columns['arm']):,} have no platform. Clusters have units in several segments of platform"
    assert any(one.startswith(said) for one in finding.cautions)
    assert "1 segment of platform is too small to be tested." in finding.cautions
    assert [row[0] for row in finding.table.rows] == ["platform"] * 4 + ["land"] * 2
    with pytest.raises(SettingError, match="no column 'platfrom'"):
        segments(of(columns, Measure("spend")), by="platfrom")
    with pytest.raises(SettingError, match="'spend' is measured after the exposure"):
        segments(of(columns, Measure("spend")), by="spend")


def test_the_split_is_checked_in_segments_of_clusters():
    columns = drawn()
    finding = checks(of(columns, Measure("spend"), segments=("platform", "land")))
    row = next(row for row in finding.table.text() if row[0] == "The split in segments")
    assert row[1] == "passed"
    made = of(columns, Measure("spend"), segments=("platform", "land"))
    parts = made.units.query("SELECT platform, count(*) AS teams FROM units GROUP BY platform ORDER BY platform")
    assert SEVERAL in [row.platform for row in parts]
    assert sum(row.teams for row in parts) == 2 * TEAMS


def test_segments_of_clusters_are_said_to_differ_by_chance_in_5_of_100():
    # 2,000 seeded runs of 40 teams an arm, each with 0 to 5 users on three platforms, one effect for all: 3.5 to 6.5 %
    # are called. As if no team were on two platforms, so much less scatter than expected is seen that hardly any is.
    draw, runs, k = np.random.default_rng(12), 2000, 40
    size = draw.integers(0, 6, (2, runs, k, 3))
    sums = size * draw.normal(10, 3, (2, runs, k, 1)) + draw.normal(0, 2, size.shape) * np.sqrt(size)
    means = sums.sum(2) / size.sum(2)
    lines = (sums - means[:, :, None] * size) / size.mean(2, keepdims=True) + means[:, :, None]
    called = alone = 0
    for run in range(runs):
        arms = [Joint.of(lines[arm, run]) for arm in (1, 0)]
        called += parallel(*arms).p < 0.05
        found = differences(*([arm.moments(at) for at in range(3)] for arm in arms))
        alone += interaction(found.values, found.errors, dfs=found.dfs).p < 0.05
    assert 0.035 <= called / runs <= 0.065
    assert alone / runs < 0.01


def test_a_change_with_time_is_that_of_clusters():
    draw = np.random.default_rng(3)
    users = np.arange(240)
    team = users // 6
    liking = draw.beta(1, 4, 40)[team]
    hits = draw.random((4, 240)) < liking + np.array([0.2, 0.1, 0.0, 0.0])[:, None] * (team % 2)
    lines = [f"u{at} shown 5 12:00 {('control', 'treatment')[team[at] % 2]} - t{team[at]}" for at in users]
    lines += [f"u{at} buy {5 + day} 13:00 - - t{team[at]}" for day, row in enumerate(hits) for at in users[row]]
    plan = shown.plan(Measure("bought", event="buy"), cluster="platform")
    events = shown.log("\n".join(lines))
    daily = by_age(since(events, plan, days=4), plan)
    finding = novelty(trial(events=events, registration=plan), daily=daily)
    change = finding.estimates[0]
    gone = hits[2:].mean(0) - hits[:2].mean(0)
    fit = sm.OLS(gone, sm.add_constant((team % 2).astype(float))).fit(
        cov_type="cluster", cov_kwds={"groups": team, "use_correction": False}
    )
    assert change.value == pytest.approx(fit.params[1], rel=1e-8)
    half = stats.t.ppf(0.975, 38) * fit.bse[1] * np.sqrt(20 / 19)
    assert (change.high - change.low) / 2 == pytest.approx(half, rel=0.01)
    assert change.n == 40
