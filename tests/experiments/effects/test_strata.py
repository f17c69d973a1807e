"""The effect within segments, put together: against the formula counted by hand and a published table."""

import math

import numpy as np
import pytest

from pmlib.experiments import sensitivity, trial
from pmlib.experiments.effects.strata import stratified
from pmlib.sources.registrations import Measure, Registration
from tests.experiments.made import units_of

WORDS = "within each platform (post-stratified)"


def plan(*measures: Measure, arms: str = "ab", **options) -> Registration:
    given = {"segments": ("platform",), "digest": "x"} | options
    return Registration("trial", "", "a", dict.fromkeys(arms, 1.0), measures, **given)


def rows_of(cells: dict[tuple[str, str], tuple[int, int]]) -> dict[str, list]:
    rows = [(arm, part, int(at < hits)) for (arm, part), (hits, n) in cells.items() for at in range(n)]
    return {name: [row[at] for row in rows] for at, name in enumerate(("arm", "platform", "hit"))}


def choice(made, metric: str, arm: str = "b"):
    (one,), _ = stratified(made, made.readings[metric], arm)
    return one


def test_shares_are_put_together_by_hand():
    # web: 40 of 100 against 30 of 100; phone: 20 of 200 against 20 of 250. 650 units: weights 200 / 650 and 450 / 650.
    cells = {("a", "web"): (30, 100), ("b", "web"): (40, 100), ("a", "phone"): (20, 250), ("b", "phone"): (20, 200)}
    made = trial(units_of(**rows_of(cells)), registration=plan(Measure("hit")))
    one = choice(made, "hit")
    web, phone = 200 / 650, 450 / 650
    gap = web * 0.10 + phone * 0.02
    within = web**2 * (0.4 * 0.6 / 99 + 0.3 * 0.7 / 99) + phone**2 * (0.1 * 0.9 / 199 + 0.08 * 0.92 / 249)
    sizes = (web * (0.10 - gap) ** 2 + phone * (0.02 - gap) ** 2) / 650
    assert one.difference.value == pytest.approx(gap)
    assert (one.difference.high - one.difference.low) / 2 == pytest.approx(1.964 * math.sqrt(within + sizes), rel=2e-3)
    assert one.lift.value == pytest.approx(gap / (web * 0.3 + phone * 0.08))
    assert (one.p < 0.05) == one.difference.excludes(0) == one.lift.excludes(0)
    table = sensitivity(made).table
    assert next(row for row in table.rows if row[0] == WORDS)[1] == 650


def test_what_an_uneven_mix_does_is_taken_out():
    # Berkeley's admissions of 1973 in the two departments that admit most and least (Bickel, Hammel and O'Connell 1975,
    # Science 187:398-404): A admits 512 of 825 men and 89 of 108 women, F 22 of 373 men and 24 of 341 women.
    cells = {("a", "A"): (512, 825), ("b", "A"): (89, 108), ("a", "F"): (22, 373), ("b", "F"): (24, 341)}
    made = trial(units_of(**rows_of(cells)), registration=plan(Measure("hit"), arms="ab"))
    (plain,) = made.comparisons["hit"]
    one = choice(made, "hit")
    assert plain.difference.value == pytest.approx(113 / 449 - 534 / 1198)
    assert one.difference.value == pytest.approx(
        (933 * (89 / 108 - 512 / 825) + 714 * (24 / 341 - 22 / 373)) / (933 + 714)
    )
    assert plain.difference.value < 0 < one.difference.value
    assert one.called == "better"


def test_units_of_no_known_segment_are_a_segment():
    columns = rows_of({("a", "web"): (30, 100), ("b", "web"): (40, 100), ("a", "x"): (10, 60), ("b", "x"): (20, 60)})
    known = trial(units_of(**columns), registration=plan(Measure("hit")))
    columns["platform"] = [None if part == "x" else part for part in columns["platform"]]
    blank = trial(units_of(**columns), registration=plan(Measure("hit")))
    assert choice(blank, "hit").difference == choice(known, "hit").difference


def test_strata_narrow_what_the_time_before_left():
    draw = np.random.default_rng(6)
    n = 2000
    part, arm = draw.integers(0, 3, n), np.arange(n) % 2
    before = draw.normal(5, 1, n)
    spend = 10 + 4.0 * part + before + 0.3 * arm + draw.normal(0, 1, n)
    columns = {
        "arm": np.where(arm, "b", "a").tolist(),
        "platform": [f"p{one}" for one in part],
        "spend": spend.tolist(),
        "before": before.tolist(),
    }
    made = trial(units_of(**columns), registration=plan(Measure("spend", before="before")))
    one, (plain,) = choice(made, "spend"), made.comparisons["spend"]
    theta = made.readings["spend"].cuped.theta[0]
    left = spend - theta * (before - before.mean())
    gaps = [left[(part == k) & (arm == 1)].mean() - left[(part == k) & (arm == 0)].mean() for k in range(3)]
    sizes = [np.mean(part == k) for k in range(3)]
    bases = [left[(part == k) & (arm == 0)].mean() for k in range(3)]
    assert one.difference.value == pytest.approx(np.dot(sizes, gaps))
    assert one.lift.value == pytest.approx(np.dot(sizes, gaps) / np.dot(sizes, bases))
    # A spread of 4 between segments, 3.27 of variance 1, is gone: half-widths fall to about a third.
    assert one.difference.high - one.difference.low < 0.5 * (plain.difference.high - plain.difference.low)


def test_several_arms_are_allowed_for():
    cells = {(arm, part): (20 + 4 * at, 100) for at, arm in enumerate("abc") for part in ("web", "phone")}
    three = trial(units_of(**rows_of(cells)), registration=plan(Measure("hit"), arms="abc"))
    two = trial(
        units_of(**rows_of({key: value for key, value in cells.items() if key[0] != "b"})),
        registration=plan(Measure("hit"), arms="ac"),
    )
    assert choice(three, "hit", "c").p == pytest.approx(2 * choice(two, "hit", "c").p)


def test_what_has_no_strata():
    cells = {("a", "web"): (30, 100), ("b", "web"): (40, 100)}
    columns = rows_of(cells) | {"visits": [1, 2] * 100}
    units = units_of(**columns)
    for made in (
        trial(units, registration=plan(Measure("hit"))),  # all units are of one segment
        trial(units, registration=plan(Measure("hit"), segments=())),
        trial(units, registration=plan(Measure("hit"), segments=("country",))),
        trial(units, registration=plan(Measure("hit", kind="ratio", over="visits"))),
    ):
        assert stratified(made, made.readings["hit"], "b")[0] == []
    empty = trial(units_of(**columns | {"platform": [None] * 200}), registration=plan(Measure("hit")))
    assert stratified(empty, empty.readings["hit"], "b") == ([], "")
