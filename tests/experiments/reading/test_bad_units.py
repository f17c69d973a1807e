"""Bad units through every question: right, or refused with the reason; no NaN, no p of 0, no interval of width 0.

Covered elsewhere, each through its own door: splits that do not sum (tests/sources/registrations), duplicate rows and
units in two arms (tests/sources/test_units.py, tests/experiments/checks/test_conduct.py), overlapping windows and
events before the exposure (tests/experiments/exposure/test_exposed_windows.py), what aggregates hold (tests/sources).
"""

import math
import re
from collections.abc import Mapping

import numpy as np
import pytest

from pmlib.core import Finding, SettingError, TooFewError
from pmlib.experiments import Trial, checks, guardrails, impact, lift, segments, split, trial, verdict
from pmlib.sources import load_units
from pmlib.sources.registrations import Measure, Registration
from tests.experiments.made import units_of

N = 200
ARMS = ["a", "b"] * (N // 2)
PAIRED = np.arange(N) % 2
SPREAD = np.random.default_rng(1).normal(10, 3, N)


def read(*measures: Measure, arms: Mapping[str, float] | None = None, **columns: list) -> Trial:
    """Read units of two arms, in turns where no column says."""
    plan = Registration("trial", "", "a", arms or {"a": 1, "b": 1}, measures, digest="0" * 64)
    return trial(units_of(**({"arm": ARMS} | columns)), registration=plan)


def asked(made: Trial) -> dict[str, Finding]:
    """Ask every question, and look at every number and word of the answers."""
    found = {question.__name__: question(made) for question in (lift, verdict, guardrails, impact, split, checks)}
    for one in found.values():
        for estimate in one.estimates:
            numbers = (estimate.value, estimate.low, estimate.high, estimate.p)
            assert all(number is None or math.isfinite(number) for number in numbers), estimate
            assert estimate.p != 0, estimate
            assert estimate.low is None or estimate.low != estimate.high, estimate
            assert None not in (estimate.low, estimate.high) or estimate.reason, estimate
        rows = [" ".join(map(str, row)) for row in one.table.text()] if one.table else []
        words = " ".join([one.headline, *one.cautions, one.definition, one.action, *rows])
        assert not re.search(r"\b(nan|inf|infinity)\b|\bp = 0\.0+\b(?!\d)", words, re.IGNORECASE), words
    return found


def test_a_planned_arm_without_units_is_an_alarm_and_no_result():
    found = asked(read(Measure("x"), arms={"a": 1, "b": 1, "c": 1}, x=SPREAD.tolist()))
    assert found["verdict"].headline.startswith(
        "Cannot tell: the arms are not as planned (100, 100 and 0 units in a, b"
    )
    assert found["lift"].headline.startswith("X cannot be read: the arms are not as planned")


def test_an_arm_of_weight_0_is_compared_with_nobody():
    arms = ["a", "b", "c"] * 60
    empty = read(Measure("x"), arms={"a": 1, "b": 1, "c": 0}, x=SPREAD.tolist())
    assert [one.group.arm for one in empty.comparisons["x"]] == ["b"]
    assert asked(empty)["split"].headline == "The split is as planned: 100 in a and 100 in b."
    used = read(Measure("x"), arms={"a": 1, "b": 1, "c": 0}, arm=arms, x=SPREAD[:180].tolist())
    assert "60 units in c, where none was planned" in asked(used)["verdict"].headline


@pytest.mark.parametrize(
    ("measure", "reason"),
    [
        (Measure("x", kind="mean"), "a mean with an interval needs 2 or more"),
        (Measure("x", kind="mean", before="n"), "a mean with an interval needs 2 or more"),
        (Measure("x", kind="ratio", over="n"), "A ratio of sums with an interval needs 2 units or more; it has 1 unit"),
        (Measure("x", kind="quantile"), "1 value are too few for the 0.5 quantile"),
    ],
)
def test_one_unit_is_too_few_for_an_interval(measure, reason):
    made = read(measure, arm=["a", "b"], x=[1.5, 2.5], n=[1, 2])
    for question in (lift, verdict, impact):
        told = question(made).headline
        assert told.startswith("This cannot be answered")
        assert reason.casefold() in told.casefold()
    assert checks(made).headline.startswith("No check raises an alarm; 1 of ")


def test_one_unit_of_a_share_is_judged_exactly():
    found = asked(read(Measure("x"), arm=["a", "b"], x=[0, 1]))
    assert found["verdict"].headline.startswith(
        "Cannot tell: x +100.0 points (95% interval −68.4 points to +100.0 points)"
    )
    assert "B has 1 unit with x; that is very few." in found["lift"].cautions


def test_few_units_bear_no_covariate_and_are_read_as_they_are():
    columns = {"arm": ["a", "b"] * 2, "x": [1.5, 2.5, 3.0, 4.0], "past": [1, 2, 4, 3]}
    bare, full = (read(Measure("x", before=one), **columns) for one in ("", "past"))
    assert full.comparisons["x"][0].difference == bare.comparisons["x"][0].difference
    said = "X is not adjusted by the time before: there are too few units."
    assert said in asked(full)["lift"].cautions


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        (Measure("x"), "X is 0.0% for every unit in every arm"),
        (Measure("x", kind="mean"), "X is 0.00 for every unit in every arm"),
        (Measure("x", kind="mean", before="past"), "X is 0.00 for every unit in every arm"),
        (Measure("x", kind="ratio", over="n"), "X is 0.00 for every unit in every arm"),
        (Measure("x", kind="quantile"), "X is 0.00 for every unit in every arm"),
    ],
)
def test_all_zeros(measure, words):
    found = asked(read(measure, x=[0.0] * N, n=[2] * N, past=SPREAD.tolist()))
    assert found["lift"].headline == f"{words}, so no difference can be seen."
    assert found["verdict"].headline.startswith("Cannot tell: x 0.0")


@pytest.mark.parametrize("measure", [Measure("x"), Measure("x", before="past"), Measure("x", kind="ratio", over="n")])
@pytest.mark.parametrize("other", [7.3, 8.1])
def test_a_constant_metric_has_no_interval(measure, other):
    made = read(measure, x=np.where(PAIRED, other, 7.3).tolist(), n=[1] * N, past=SPREAD.tolist())
    found = asked(made)
    (one,) = made.comparisons["x"]
    assert (one.difference.low, one.difference.high, one.p) == (None, None, None)
    assert one.difference.reason == "no unit differs from another within its group"
    levels = [estimate for estimate in found["lift"].estimates if estimate.label.startswith("x in ")]
    assert [estimate.value for estimate in levels] == pytest.approx([7.3, other])
    assert found["verdict"].headline.startswith("Cannot tell: ")


def test_a_constant_covariate_changes_nothing():
    bare, full = (read(Measure("x", before=one), x=SPREAD.tolist(), past=[3.1] * N) for one in ("", "past"))
    one, other = (made.comparisons["x"][0].difference for made in (bare, full))
    assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high), rel=1e-12)
    asked(full)


def test_nan_and_infinite_values_are_missing():
    wild = SPREAD.copy()
    wild[:12] = [math.nan, math.inf, -math.inf] * 4
    found = asked(read(Measure("x"), x=wild.tolist()))
    assert found["lift"].cautions[0].startswith("X is missing for 6 of 100 units in a and 6 of 100 units in b")
    kept = read(Measure("x"), x=[None if at < 12 else float(x) for at, x in enumerate(SPREAD)])
    assert read(Measure("x"), x=wild.tolist()).comparisons["x"][0].lift == kept.comparisons["x"][0].lift
    past = read(Measure("x", before="past"), x=SPREAD.tolist(), past=wild.tolist())
    assert past.readings["x"].groups[0].n == 100
    asked(past)
    told = lift(read(Measure("x"), x=[math.nan] * N)).headline
    assert told.startswith("This cannot be answered: 'x' has no value for any of the 100 units in a")


def test_values_too_large_for_their_squares_are_refused_with_the_reason():
    for scale in (1e150, 1e300):
        with pytest.raises(SettingError, match="'x' holds values too large to be summed; give it in another unit"):
            lift(read(Measure("x"), x=(SPREAD * scale).tolist()))
    asked(read(Measure("x"), x=(SPREAD * 1e20).tolist()))


@pytest.mark.parametrize(("kind", "over"), [("mean", ""), ("ratio", "n")])
def test_a_negative_baseline_has_the_sign_of_the_change(kind, over):
    for better, call in (("up", "Roll back"), ("down", "Ship")):
        measure = Measure("x", kind=kind, over=over, better=better, smallest=0.05)
        made = read(measure, x=(SPREAD / 10 - 10 - 5 * PAIRED).tolist(), n=[1] * N)
        (one,) = made.comparisons["x"]
        # From -9 to -14 is a fall of 55 %.
        assert one.lift.value == pytest.approx(-0.55, abs=0.01)
        assert one.lift.high < 0
        assert asked(made)["verdict"].headline.startswith(call)


def test_denominators_of_0():
    for zeros in ([0] * N, (2 * PAIRED).tolist(), (1 - 2 * (np.arange(N) // 2 % 2)).tolist()):
        made = read(Measure("x", kind="ratio", over="n"), x=SPREAD.tolist(), n=zeros)
        assert "the denominators of 100 units add up to 0" in verdict(made).headline
        assert checks(made).headline.startswith(("All", "No check raises", "1 of"))
    some = [0 if at % 3 == 0 else 2 for at in range(N)]
    made = read(Measure("x", kind="ratio", over="n"), x=SPREAD.tolist(), n=some)
    # Units without a denominator stay: 100 in each arm.
    assert [group.n for group in made.readings["x"].groups] == [100, 100]
    asked(made)


def test_a_baseline_that_may_be_0_has_no_bound_and_says_so():
    near = np.random.default_rng(3).normal(0.01, 3, N).tolist()
    made = read(Measure("x"), Measure("y", role="guardrail", margin=0.02), x=near, y=near[::-1])
    found = asked(made)
    said = "the base cannot be told from 0, so a ratio to it has no bounds"
    assert (made.comparisons["x"][0].lift.low, made.comparisons["x"][0].lift.high) == (None, None)
    assert found["verdict"].headline.startswith("Cannot tell: x ")
    assert any(said in one for one in found["lift"].cautions)
    assert "inconclusive" in found["guardrails"].headline


def test_a_control_of_zeros_has_a_difference_and_no_lift():
    made = read(Measure("x", kind="mean"), x=(SPREAD * PAIRED).tolist())
    found = asked(made)
    assert made.comparisons["x"][0].lift.reason == "the base is 0"
    assert "(95% interval +" in found["lift"].headline


def test_ten_thousand_segments_are_read():
    n = 40_000
    made = read(
        Measure("x"),
        arm=["a", "b"] * (n // 2),
        x=np.random.default_rng(4).normal(5, 1, n).tolist(),
        shop=[f"s{at // 4}" for at in range(n)],
    )
    finding = segments(made, by="shop")
    assert "10,000 values of shop" in finding.definition
    assert [row[1] for row in finding.table.rows][-1] == n - 12 * 4


def test_rows_that_come_twice_count_once(tmp_path):
    rows = [f"u{at},{arm},{x:.3f}" for at, (arm, x) in enumerate(zip(ARMS, SPREAD, strict=True))]
    for name, lines in (("once", rows), ("twice", [*rows, *rows[:50]])):
        (tmp_path / f"{name}.csv").write_text("\n".join(["unit,arm,x", *lines]))
    once, twice = (trial(load_units(tmp_path / f"{name}.csv"), control="a", metric="x") for name in ("once", "twice"))
    one, other = (made.comparisons["x"][0].lift for made in (once, twice))
    assert (one.n, one.low, one.high) == (other.n, pytest.approx(other.low), pytest.approx(other.high))
    asked(twice)
    assert twice.units.origin.ledger.dropped["duplicate"] == 50


def test_units_in_clusters_of_nobody_and_of_one():
    def clusters(names: list[str | None]) -> Trial:
        plan = Registration("trial", "", "a", {"a": 1, "b": 1}, (Measure("x"),), cluster="team", digest="0" * 64)
        units = units_of(arm=["a"] * 10 + ["b"] * 10, x=SPREAD[:20].tolist(), team=names)
        return trial(units, registration=plan)

    with pytest.raises(TooFewError, match="No unit with an arm has a value of 'team'"):
        clusters([None] * 20)
    assert "it has 1 unit" in verdict(clusters(["p"] * 10 + ["q"] * 10)).headline
    asked(clusters([f"t{at // 5}" for at in range(20)]))
