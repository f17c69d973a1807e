"""Whether arms were alike before: by hand against scipy, with a bias planted, and with pasts that are missing."""

import numpy as np
import pytest
from scipy.stats import fisher_exact, ttest_ind

from pmlib.experiments import trial
from pmlib.experiments.checks.biases import bias
from pmlib.experiments.checks.covariates import covariates
from pmlib.experiments.checks.tallies import tallies
from pmlib.sources.registrations import Measure
from tests.experiments.checks.planned import drawn, found, of, plan
from tests.experiments.made import units_of

SPENT = Measure("spent")


def past(control, treatment, *, measure=SPENT, **others):
    """An experiment whose units had these values before, and none since."""
    arms = ["control"] * len(control) + ["treatment"] * len(treatment)
    spent = [float(place % 7) for place in range(len(arms))]
    units = units_of(arm=arms, spent=spent, spent__before=[*control, *treatment], **others)
    return of(units, plan(measure))


def test_the_past_is_compared_by_welchs_test():
    rng = np.random.default_rng(2)
    control, treatment = rng.normal(10, 3, 200), rng.normal(10.2, 5, 300)
    gate = bias(*past(control.tolist(), treatment.tolist()))
    p = ttest_ind(treatment, control, equal_var=False).pvalue
    assert gate.estimates[0].p == pytest.approx(p)
    assert found(gate) == ("passed", f"Alike in spent before (p = {p:.3f}).")


def test_a_planted_bias_is_found():
    rng = np.random.default_rng(3)
    control = rng.normal(10, 3, 400)
    gate = bias(*past(control.tolist(), (control + 1).tolist()))
    assert gate.state == "alarm"
    # The lift of 10 to 11 by Fieller's interval.
    assert gate.words.startswith("Unlike before anybody was exposed (1 test): spent before +")
    assert "in treatment against control (p < 0.001)." in gate.words
    assert gate.action.startswith("Find out why the arms got unlike units")


def test_an_alarm_allows_for_how_much_is_tested():
    # p lies between 0.001 / 2 and 0.001: an alarm by itself, none among two.
    rng = np.random.default_rng(4)
    control = rng.normal(0, 1, 1000) + 5
    treatment = control + 3.35 * np.sqrt(2 / 1000)
    p = ttest_ind(treatment, control, equal_var=False).pvalue
    assert 0.0005 < p < 0.001
    alone = past(control.tolist(), treatment.tolist())
    assert bias(*alone).state == "alarm"
    calm = {"visits": [1.0, 2.0] * 1000, "visits__before": [3.0, 4.0] * 1000}
    arms = ["control"] * 1000 + ["treatment"] * 1000
    units = units_of(arm=arms, spent=[1.0, 2.0] * 1000, spent__before=[*control, *treatment], **calm)
    gate = bias(*of(units, plan(SPENT, Measure("visits", role="guardrail"))))
    assert found(gate) == (
        "passed",
        "Alike in spent before and visits before (smallest of 2 p-values: p < 0.001).",
    )
    # What only explains is not tested.
    gate = bias(*of(units, plan(SPENT, Measure("visits", role="secondary"))))
    assert gate.state == "alarm"


def test_a_past_that_one_arm_lacks_is_a_bias():
    control = [1.0, 2.0] * 50
    treatment = [None] * 40 + [1.0, 2.0] * 30
    gate = bias(*past(control, treatment))
    # 0 of 100 against 40 of 100.
    p = 2 * fisher_exact([[0, 100], [40, 60]], alternative="less").pvalue
    assert p < 0.0005
    assert found(gate) == (
        "alarm",
        "Unlike before anybody was exposed (2 tests): spent before is not known for 0 of 100 in control and 40 of 100 "
        "in treatment (p < 0.001).",
    )


def test_a_past_that_nobody_has_is_said():
    gate = bias(*past([None] * 10, [1.0, 2.0] * 5))
    assert gate.state == "alarm"
    assert gate.words.endswith("Spent before is not known in each arm.")
    none = [None, None, None, None, None]
    assert found(bias(*past([float("nan")] * 5, none))) == ("doubt", "Spent before is not known in each arm.")


def test_a_constant_past_is_alike():
    gate = bias(*past([2.0] * 50, [2.0] * 60))
    assert gate.state == "not checked" or "Alike" in gate.words


def test_bias_follows_from_a_split_that_is_off():
    rng = np.random.default_rng(5)
    gate = bias(*past(rng.normal(10, 1, 900).tolist(), rng.normal(12, 1, 600).tolist()))
    assert gate.state == "alarm"
    assert gate.words.endswith("It follows from the split: mend that first.")


def test_what_was_measured_before_is_found_by_its_name():
    units = units_of(
        arm=["control", "treatment"], a=[1, 2], a__before=[1, 2], a__over__before=[1, 2], b=[1, 2], old=[1, 2]
    )
    made = trial(units, registration=plan(Measure("a"), Measure("b", role="guardrail", before="old")))
    words = {"a__before": "a before", "a__over__before": "what a is divided by before", "old": "old"}
    assert covariates(made) == words
    titled = trial(units, registration=plan(Measure("a", title="click rate"), Measure("b", title="click rate")))
    assert covariates(titled)["a__over__before"] == "what click rate is divided by before"
    made = trial(units, registration=plan(Measure("b")))
    assert bias(made, tallies(made)).state == "not checked"


def test_three_arms_are_each_compared_with_control():
    rng = np.random.default_rng(6)
    arms = ["control"] * 300 + ["treatment"] * 300 + ["other"] * 300
    before = rng.normal(10, 2, 900) + np.repeat([0, 0, 2], 300)
    units = units_of(arm=arms, spent=rng.normal(5, 1, 900).tolist(), spent__before=before.tolist())
    registration = plan(SPENT, arms={"control": 1, "treatment": 1, "other": 1})
    gate = bias(*of(units, registration))
    assert gate.state == "alarm"
    assert "in other against control" in gate.words
    assert "in treatment against control" not in gate.words


def test_skewed_pasts_without_bias_hardly_ever_alarm():
    # 40 experiments at 0.001 each: 0.04 alarms. Band: none.
    rng = np.random.default_rng(7)
    made = [of(drawn(rng, daily=30), plan(SPENT)) for _ in range(40)]
    assert [bias(*one).state for one in made] == ["passed"] * 40
