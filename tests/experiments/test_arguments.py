"""Arguments as people give them: read where it is clear what is meant, else refused with the next step."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pmlib import experiments
from pmlib.core import InputError, SettingError
from pmlib.experiments import lift, segments, trial, verdict
from pmlib.sources import Registration, load_units
from pmlib.sources.registrations import Measure
from tests.experiments.made import converted, units_of

room: Any = experiments
"""The room as one uses it who has no type checker."""
N = 200
COLUMNS = {
    "arm": ["control", "treatment"] * (N // 2),
    "x": np.random.default_rng(1).normal(10, 3, N).round(3).tolist(),
    "y": [at % 3 % 2 for at in range(N)],
    "spend, net": [float(at % 7) for at in range(N)],
    "city": ["a", "b", "b", "a"] * (N // 4),
    "day": [date(2026, 1, 1 + at // 20) for at in range(N)],
}
UNITS = units_of(**COLUMNS)
READ = trial(UNITS, metric="x", guardrails="y")
PLAN = Registration("t", "", "control", {"control": 1, "treatment": 1}, (Measure("x"),))


def goals(**settings) -> list[str]:
    """Return the goals and guardrails that a trial takes from its settings."""
    return [one.name for one in room.trial(UNITS, **settings).registration.measures]


def test_units_may_be_a_file_or_a_frame(tmp_path):
    file = tmp_path / "units.csv"
    frame = pd.DataFrame({"unit": range(N)} | COLUMNS)
    frame.to_csv(file, index=False)
    loaded = lift(trial(load_units(file), metric="x")).headline
    for given in (file, str(file), frame, pl.DataFrame(frame)):
        assert lift(trial(given, metric="x")).headline == loaded


def test_a_file_or_frame_of_aggregates_is_no_table_of_units(tmp_path):
    frame = pd.DataFrame({"arm": ["control", "treatment"], "n": [100, 100], "mean": [1.0, 1.1], "variance": [1.0, 1.0]})
    frame.to_csv(tmp_path / "sums.csv", index=False)
    for given in (tmp_path / "sums.csv", frame):
        assert trial(given, metric="mean").arms.counts == (100, 100)


def test_names_may_be_a_list_and_hold_commas_then():
    assert goals(metric=["x", "spend, net"], guardrails=("y",)) == ["x", "spend, net", "y"]
    assert goals(metric="x, y") == ["x", "y"]
    assert goals(metric=["-x"], guardrails=None, as_of=None, control=None, smallest=None) == ["x"]
    (one,) = trial(UNITS, metric=["-x"]).registration.measures
    assert one.better == "down"
    assert segments(READ, by=["city"]).headline == segments(READ, by="city").headline


@pytest.mark.parametrize("weights", [[2, 1], (2, 1), "2:1", "2/1", "66%:33%", {"control": 2, "treatment": 1}])
def test_weights_may_be_a_list_or_text(weights):
    assert trial(UNITS, metric="x", weights=weights).split.expected == pytest.approx((N * 2 / 3, N / 3))


def test_a_moment_is_read_for_its_day():
    read = trial(UNITS, metric="x", as_of="2026-01-05")
    assert read.arms.total == 100
    for given in (datetime(2026, 1, 5, 14), pd.Timestamp("2026-01-05 14:00"), "2026-01-05 14:00", date(2026, 1, 5)):
        assert trial(UNITS, metric="x", as_of=given).arms == read.arms


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"metric": 3}, r"'metric' of trial is 3; expected text or a list of names\. Write metric=\"3\"\."),
        ({"metric": [3]}, r"'metric' of trial is \[3\]; expected text or a list of names\."),
        ({"guardrails": b"x"}, r"'guardrails' of trial is b'x'"),
        ({"smallest": "5%"}, r"'smallest' of trial is '5%'; expected a number\. Write smallest=0\.05\."),
        ({"smallest": "5 per cent"}, r"expected a number\.$"),
        ({"smallest": True}, r"'smallest' of trial is True; expected a number\.$"),
        ({"control": 0}, r"'control' of trial is 0; expected text\. Write control=\"0\"\."),
        (
            {"weights": {"control": "x"}},
            r"'weights' of trial is \{'control': 'x'\}; expected names, each with a number",
        ),
        ({"weights": np.array([1, 1])}, r"'weights' of trial is a ndarray"),
        ({"weights": [1, 1, 1]}, r"The plan '1:1:1' has 3 weights; there are 2 arms: control, treatment\."),
        ({"weights": "50,50"}, r"The plan '50,50' has 1 weight; there are 2 arms"),
        ({"weights": [1, -1]}, r"The plan '1:-1' holds '-1'; weights are numbers from 0 up"),
        ({"as_of": 20260105}, r"'as_of' of trial is 20260105; expected text or a day\."),
        ({"as_of": "5.1.2026"}, r"'5\.1\.2026' is no day .*; write it as 2026-11-22, or leave it out"),
        (
            {"registration": {"name": "x"}},
            r"'registration' of trial is \{'name': 'x'\}; expected a registration as load",
        ),
        ({"events": "events.csv"}, r"'events' of trial is 'events.csv'; expected events as load_events reads them"),
        ({"events": UNITS}, r"'events' of trial is Units; expected events as load_events reads them"),
        ({"metrics": 5}, r"'metrics' of trial is 5; expected a path\."),
        ({"metrc": "x"}, r"trial has no argument 'metrc'; it has units, .*\. Did you mean 'metric'\?"),
        ({"guardrail": "y"}, r"Did you mean 'guardrails'\?"),
    ],
)
def test_settings_of_the_wrong_kind_are_refused_with_the_right_one(settings, words):
    with pytest.raises(SettingError, match=words):
        room.trial(UNITS, **({"metric": "x"} | settings))


@pytest.mark.parametrize(
    ("given", "fault", "words"),
    [
        ("nope.csv", InputError, "There is no file nope.csv"),
        ({"a": [1]}, SettingError, r"The units are \{'a': \[1\]\}; expected units as load_units reads them"),
        (5, SettingError, "The units are 5; expected units"),
        (PLAN, SettingError, r"A registration was given as units\. Give it by name: trial\(units, registration=…\)\."),
        (pd.DataFrame(COLUMNS).drop(columns="arm"), InputError, r"Name it: arm='city'\. .*argument of load_units"),
        ("", SettingError, "An experiment needs its units"),
    ],
)
def test_what_is_no_table_of_units_is_refused(given, fault, words):
    with pytest.raises(fault, match=words):
        trial(given, metric="x")


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (
            lambda: room.verdict(UNITS),
            "'trial' of verdict is Units; expected an experiment put together before, such as tria",
        ),
        (
            lambda: room.lift(pd.DataFrame(COLUMNS)),
            "'trial' of lift is a DataFrame; expected an experiment put together",
        ),
        (lambda: room.lift(), r"lift needs trial: lift\(trial, metric=…\)\."),
        (
            lambda: room.lift(READ, "x"),
            r"lift takes trial as it stands and the others by name: lift\(trial, metric=…\)\.",
        ),
        (lambda: room.lift(READ, trial=READ), "lift was given trial twice; leave out one."),
        (lambda: room.lift(READ, metric=["x"]), r"'metric' of lift is \['x'\]; expected text\. Write metric=\"x\"\."),
        (lambda: room.since(READ), "since needs registration"),
        (lambda: room.plan("events.csv", goal="x"), "'events' of plan is 'events.csv'; expected events as load_events"),
        (
            lambda: room.plan_from(UNITS, goal="x", weeks="4"),
            "'weeks' of plan_from is '4'; expected a whole number. Write w",
        ),
        (lambda: room.plan_from(UNITS, goal="x", weeks=2.5), "'weeks' of plan_from is 2.5; expected a whole number.$"),
        (
            lambda: room.aa(UNITS, metric="x", smallest="5%"),
            "'smallest' of aa is '5%'; expected a number. Write smallest=0",
        ),
        (
            lambda: room.portfolio([READ]),
            "'experiments' of portfolio is a list of a Trial; expected a list as load_trials",
        ),
        (
            lambda: room.review("list.toml"),
            r"'experiments' of review is 'list.toml'; .*such as portfolio\(\"experiments",
        ),
        (
            lambda: room.checks(READ, others=[READ]),
            "'others' of checks is a list of a Trial; expected a list of units as",
        ),
        (
            lambda: room.verdict(trial(UNITS)),
            r"The experiment has no goal\. Name the column that decides: trial\(…, metric=",
        ),
    ],
)
def test_questions_refuse_what_they_do_not_take(ask: Callable[[], object], words):
    with pytest.raises(SettingError, match=words):
        ask()


@pytest.mark.parametrize("wrong", [READ.registration, None, "units.csv", Path("units.csv"), {"a": 1}, [1], 3])
def test_no_question_lets_a_fault_of_python_through(wrong):
    for name in experiments.__all__:
        question = getattr(experiments, name)
        if not isinstance(question, type):
            with pytest.raises((SettingError, InputError)):
                question(wrong)


def test_units_in_an_arm_that_is_not_in_the_plan_are_counted_and_a_slip_is_named():
    units = converted(control=(10, 30), tretment=(500, 2089))
    with pytest.raises(
        SettingError, match=r"2,089 units name an arm that is not in the plan: 'tretment' \(2,089\)\. Th"
    ) as found:
        trial(units, registration=PLAN)
    assert "The plan names control and treatment. Did you mean 'treatment'?" in str(found.value)


def test_a_text_among_numbers_is_shown():
    units = units_of(arm=["control", "treatment"] * 3, x=["1", "2", "lots", "3", "4", "5"])
    with pytest.raises(SettingError, match=r"'x' holds 1 value that is no number, such as 'lots'; a metric needs"):
        verdict(trial(units, metric="x"))
