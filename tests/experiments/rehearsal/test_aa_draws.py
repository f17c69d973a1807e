"""Draws of an A/A test: each is read as a report reads it, and arms are as large as planned."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from pmlib.experiments import trial
from pmlib.experiments.rehearsal import aa
from pmlib.experiments.rehearsal.calls import Judge, drawn
from pmlib.experiments.rehearsal.counts import Rule, counted
from pmlib.experiments.rehearsal.draws import blocks, draws
from pmlib.experiments.rehearsal.urn import filled, pooled
from pmlib.sources.registrations import Measure, Registration
from tests.experiments.made import units_of
from tests.experiments.rehearsal.drawn import ARMS, payers

MEASURES = {
    "share": Measure("hit"),
    "mean": Measure("spend", kind="mean"),
    "capped": Measure("spend", cap=0.97),
    "ratio": Measure("spend", kind="ratio", over="visits"),
    "median": Measure("level", kind="quantile"),
    "before": Measure("level", before="earlier"),
    "share before": Measure("hit", before="earlier"),
    "ratio before": Measure("spend", kind="ratio", over="visits", before="earlier"),
    "missing": Measure("seldom"),
}


@pytest.fixture(scope="module")
def everything() -> dict[str, list]:
    random = np.random.default_rng(8)
    n = 600
    level = random.normal(50, 5, n)
    return {
        "unit": [f"u{place:06d}" for place in range(n)],
        "hit": (random.random(n) < 0.2).astype(int).tolist(),
        "spend": payers(n),
        "visits": random.poisson(2, n).tolist(),
        "level": level.tolist(),
        "earlier": [
            None if place % 7 == 0 else float(value) for place, value in enumerate(level + random.normal(0, 3, n))
        ],
        "seldom": [None if place % 3 == 0 else float(place % 5) for place in range(n)],
    }


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("weights", [(1.0, 1.0), (9.0, 1.0)])
def test_a_draw_is_read_as_a_report_reads_it(everything, name, weights):
    # The same units, put into the same arms, through the engine and the whole room.
    plan = Registration("n", "h", "control", dict(zip(ARMS, weights, strict=True)), (MEASURES[name],))
    given = units_of(arm=["all"] * 600, **everything)
    made = filled(pooled(given), plan.measures)
    lot, shares = made.lots[0], [weight / sum(weights) for weight in weights]
    for draw in draws(made, shares, runs=2, seed=11):
        arms = [["control", "treatment"][code] for code in draw.codes]
        report = trial(units_of(arm=arms, **everything), registration=plan).comparisons[MEASURES[name].name][0]
        call = Judge(0.95)(drawn(lot, draw, 0, list(ARMS)), 1)
        assert (call.p is None) == (report.p is None) == (name == "mean" and weights[0] > 1)
        if call.p is None:
            continue  # 60 units with a few payers: neither says anything
        assert call.p == pytest.approx(report.p, rel=1e-9)
        assert call.gap == pytest.approx(report.difference.value, rel=1e-9)
        assert (call.low, call.high) == pytest.approx((report.lift.low, report.lift.high), rel=1e-8)


def test_the_rate_is_that_of_all_splits_counted_out():
    # 8 units, 70 ways to put 4 of them into the treated arm, each judged alone.
    values = [1.0, 2.0, 4.0, 5.0, 11.0, 12.0, 15.0, 16.0]
    plan = Registration("n", "h", "control", ARMS, (Measure("x"),))
    called = 0
    ways = list(combinations(range(8), 4))
    units = [f"u{place}" for place in range(8)]
    for way in ways[:35]:
        arms = ["treatment" if place in way else "control" for place in range(8)]
        p = trial(units_of(unit=units, arm=arms, x=values), registration=plan).comparisons["x"][0].p
        called += p < 0.05
    # The other half of the ways are the same with the arms swapped.
    truth = called / 35
    found = aa(units_of(unit=units, arm=["a"] * 8, x=values), metric="x", runs=4000)
    error = (truth * (1 - truth) / 4000) ** 0.5
    assert 0 < truth < 0.2
    assert abs(found.estimates[0].value - truth) < 4 * error


def test_a_cluster_is_one_row_with_its_total_and_size():
    given = {"account": ["a", "a", "b", "b", "b", "c", None], "x": [1.0, 3.0, 2.0, None, 4.0, 9.0, 7.0]}
    units = units_of(unit=list("tuvwxyz"), arm=["all"] * 7, **given)
    made = filled(pooled(units), [Measure("x", kind="mean")], cluster="account")
    by, single = made.lots
    assert (made.rows, made.total, by.by, single.by) == (3, 6, "account", "")
    joint = by.joints(made.sums.sum(axis=0)[None])[0]
    # Totals 4, 6 and 9; sizes 2, 2 and 1.
    assert joint.means == pytest.approx((19 / 3, 5 / 3))
    assert joint.covariances[0] == pytest.approx((19 / 3, -4 / 3))
    alone = single.joints(made.sums.sum(axis=0)[None])[0]
    assert (alone.n, alone.means[0], alone.covariances[0][0]) == (5, pytest.approx(3.8), pytest.approx(9.7))


@pytest.mark.parametrize("name", ["share", "mean", "capped", "ratio", "missing"])
def test_a_draw_of_clusters_is_read_as_a_report_reads_it(everything, name):
    measure = MEASURES[name]
    given = everything | {"account": [f"a{place % 50}" for place in range(600)]}
    plan = Registration("n", "h", "control", ARMS, (measure,), cluster="account")
    made = filled(pooled(units_of(arm=["all"] * 600, **given)), plan.measures, cluster="account")
    names = sorted(set(given["account"]))
    for draw in draws(made, [0.5, 0.5], runs=2, seed=11):
        arms = dict(zip(names, (["control", "treatment"][code] for code in draw.codes), strict=True))
        units = units_of(arm=[arms[account] for account in given["account"]], **given)
        for lot, read_by in zip(made.lots, (plan, replace(plan, cluster="")), strict=True):
            report = trial(units, registration=read_by).comparisons[measure.name][0]
            call = Judge(0.95)(drawn(lot, draw, 0, list(ARMS)), 1)
            assert call.p == pytest.approx(report.p, rel=1e-9)
            assert (call.low, call.high) == pytest.approx((report.lift.low, report.lift.high), rel=1e-8)


def test_rows_come_into_arms_as_planned():
    shares, times = [0.5, 0.3, 0.2], [0.25, 0.5, 1.0]
    found = blocks(1001, shares, times)
    assert found[-1].sum() == 1001
    assert np.abs(found - np.outer(np.array(times) * 1001, shares)).max() <= 1
    units = units_of(arm=["all"] * 1001, x=[float(place) for place in range(1001)])
    made = filled(pooled(units), [Measure("x", kind="mean")])
    for draw in draws(made, shares, times=times, runs=2):
        assert (draw.sums[:, :, 0] == found).all()
        for look in range(3):
            for arm in range(3):
                assert draw.rows(look, arm).sum() == found[look, arm]


def test_everybody_is_told_how_far_it_is():
    said: list[tuple[int, int]] = []
    made = filled(pooled(units_of(arm=["all"] * 50, x=[float(place) for place in range(50)])), [Measure("x")])
    rule = Rule(Registration("", "", "control", ARMS, ()))
    counted(made, rule, runs=20, seed=0, smallest=0.05, watch=lambda done, of: said.append((done, of)))
    assert said == [(done, 20) for done in range(1, 21)]
