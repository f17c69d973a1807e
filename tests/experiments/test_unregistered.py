"""What nobody registered may be looked at on any day, so its intervals hold whenever one looks."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pmlib.core import SettingError
from pmlib.experiments import lift, trial, verdict
from pmlib.experiments.checks.conduct import as_planned
from pmlib.experiments.decision.needs import to_see
from pmlib.experiments.reading.standing import TUNED
from pmlib.sources import load_aggregates
from pmlib.sources.registrations import Measure, Registration
from pmlib.stats.shares import critical
from pmlib.stats.trials.always import always
from pmlib.stats.trials.plans import Design
from pmlib.stats.trials.sequential import level_of
from tests.experiments.made import converted, units_of

START = date(2026, 3, 2)
ARMS = ["control", "treatment"] * 2000
GAIN = [int(place // 2 % 100 < (30 if place % 2 else 24)) for place in range(4000)]


def dated(days: int = 14, hits: list[int] = GAIN):
    return units_of(arm=ARMS, hits=hits, exposed_on=[START + timedelta(days=at * days // 4000) for at in range(4000)])


def test_units_with_days_are_read_so_that_one_may_look_on_any_of_them():
    made = trial(dated(), metric="hits")
    assert made.registration.reading == "always-valid"
    # Not at the running number: at one fixed beforehand.
    assert made.standing.level == level_of(always(4000, TUNED))
    assert made.standing.words == (
        "95% intervals, valid whenever one looks (no number of units was planned; narrowest at 5,000 units)"
    )
    once = trial(dated(), metric="hits", reading="once")
    (wide,), (narrow,) = made.comparisons["hits"], once.comparisons["hits"]
    assert wide.lift.low < narrow.lift.low < narrow.lift.high < wide.lift.high
    assert wide.lift.level == narrow.lift.level == 0.95


def test_without_days_it_is_the_one_reading_of_a_finished_table():
    for units in (converted(control=(30, 100), treatment=(40, 100)), dated(days=1)):
        metric = "hits" if "hits" in units.columns else "converted"
        assert trial(units, metric=metric).registration.reading == "once"
    # The first day of a table that goes on is no finished table.
    assert trial(dated(), metric="hits", as_of=START).registration.reading == "always-valid"


def test_aggregates_with_days_are_read_so_too():
    rows = [(arm, START + timedelta(days=day), 500, 150) for arm in ("control", "treatment") for day in range(4)]
    frame = pd.DataFrame(rows, columns=["arm", "day", "n", "hits"]).assign(metric="won")
    assert trial(load_aggregates(frame, running=False), metric="won").registration.reading == "always-valid"
    bare = frame.groupby(["metric", "arm"], as_index=False)[["n", "hits"]].sum()
    assert trial(load_aggregates(bare), metric="won").registration.reading == "once"


def test_a_clear_gain_ships():
    made = trial(dated(), metric="hits")
    assert verdict(made).headline.startswith("Ship: hits")
    assert any("always valid" in one.method for one in lift(made).estimates)
    same = dated(hits=[int(at // 2 % 100 < 24) for at in range(4000)])
    quiet = verdict(trial(same, metric="hits", smallest=0.15))
    assert quiet.headline.startswith("Cannot tell: hits")
    assert quiet.action.startswith("Let it run: ")
    week = verdict(trial(dated(days=6), metric="hits")).action
    assert week == "Let it run for whole weeks, better two than one."
    assert verdict(trial(dated(days=6), metric="hits", reading="once")).action.endswith("read it once, at its end.")


def test_the_units_named_are_as_many_as_an_interval_that_holds_at_any_time_takes_then():
    # Of far more units than now the interval is wider in standard errors: strict as with so many, not as with these.
    made = trial(dated(hits=[int(at // 2 % 100 < 24) for at in range(4000)]), metric="hits")
    need = to_see(made.comparisons["hits"][0], 0.05, made)
    design = Design.share(0.24)
    then = replace(design, level=level_of(always(2 * need.control, TUNED))).units(0.05).control
    assert need.control == pytest.approx(then, rel=1e-3)
    assert need.control > 1.1 * replace(design, level=made.standing.level).units(0.05).control


def test_looking_on_each_day_calls_no_more_than_promised():
    # 2,000 experiments without a change, 100 a day and arm, looked at on each of 28 days. Said before looking: at most
    # 5 % always valid; read once on each of them, one looks too often (about 25 %).
    hits = np.random.default_rng(3).binomial(100, 0.3, size=(2000, 2, 28)).cumsum(axis=2)
    free, once = np.zeros(2000, dtype=bool), np.zeros(2000, dtype=bool)
    plan = trial(dated(), metric="hits").registration
    for day in range(28):
        n, (a, b) = 100 * (day + 1), hits[:, :, day].T
        pooled = (a + b) / (2 * n)
        z = np.abs(b - a) / n / np.sqrt(pooled * (1 - pooled) * 2 / n)
        once |= z > critical(0.95)
        free |= z > always(2 * n, plan.units or TUNED, alpha=plan.alpha)
    assert free.mean() <= 0.05
    assert once.mean() > 0.2


def test_whoever_may_end_it_at_any_time_is_not_doubted_for_its_end():
    said = [as_planned(trial(dated(), metric="hits", reading=how)).words for how in ("", "once")]
    assert ["metrics and end were chosen" in words for words in said] == [False, True]


def test_another_reading_is_refused():
    for said in ("onec", "group-sequential"):
        options: dict[str, Any] = {"reading": said}
        with pytest.raises(SettingError, match="once"):
            trial(dated(), metric="hits", **options)


def test_a_plan_without_units_is_tuned_to_the_same_number():
    plan = Registration(
        "trial", "", "control", {"control": 1, "treatment": 1}, (Measure("hits"),),
        start=START, days=14, reading="always-valid", digest="x",
    )  # fmt: skip
    made = trial(dated(), registration=plan)
    assert made.standing.level == trial(dated(), metric="hits").standing.level
    assert "no number of units was planned; narrowest at 5,000 units" in made.standing.words
    told = trial(dated(), registration=replace(plan, units=4000)).standing.words
    assert told == "95% intervals, valid whenever one looks (planned for 4,000 units)"
