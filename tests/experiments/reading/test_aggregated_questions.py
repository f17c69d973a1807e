"""What each question of an experiment answers where it comes as aggregates."""

import inspect
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlib import experiments
from pmlib.core import Finding, SettingError
from pmlib.experiments import Trial, trial
from pmlib.sources import load_aggregates, load_units
from pmlib.sources.registrations import Measure
from tests.experiments.reading.summed import PLAN, aggregate, held, is_number, numbers, people, same

UNTOLD = {
    "course": "This cannot be answered: frame holds aggregates and no rows of units, which this question needs. Load",
    "sensitivity": "This cannot be answered: frame holds aggregates and no rows of units, which this question needs.",
    "novelty": "tells what units did on each day after their exposure",
}
ASKED = [
    name
    for name in experiments.__all__
    if callable(getattr(experiments, name))
    and "trial" in list(inspect.signature(getattr(experiments, name)).parameters)[:1]
]


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return people()


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("shape", ["once", "parted", "running"])
def test_every_question_answers_or_says_kindly_why_not(rows: pd.DataFrame, name: str, shape: str) -> None:
    segments = {} if shape == "once" else {"segments": ["platform"]}
    by = {"once": ["arm"], "parted": ["arm", "day", "platform"], "running": ["arm", "platform"]}[shape]
    if shape == "running":
        days = [date(2026, 1, 12), date(2026, 1, 18)]
        frame = pd.concat([aggregate(rows[rows.day <= day], by).assign(day=day) for day in days])
    else:
        frame = aggregate(rows, by)
    given = load_aggregates(frame, running=shape == "running", **segments)
    for made in (trial(given, registration=PLAN), trial(given, metric="spend", guardrails="visits", weights="1:1:1")):
        found = getattr(experiments, name)(made)
        for finding in found if isinstance(found, tuple) else [found]:
            said = finding.headline if isinstance(finding, Finding) else finding.words
            assert len(said) > 20
            assert "nan" not in re.findall(r"\w+", said.lower())
            assert UNTOLD.get(name, "") in said


def test_clusters_are_read_from_their_sums(rows: pd.DataFrame) -> None:
    # A team lies in one arm; its sums, and how many users it has, are what rows of units come down to.
    people = rows.drop(columns="day").assign(team=rows.arm + (rows.index % 40).astype(str))
    people["spend"] += people.groupby("team").spend.transform("mean")
    teams = people.groupby(["team", "arm"], as_index=False).agg(spend=("spend", "sum"), users=("spend", "size"))
    plan = replace(PLAN, cluster="team", measures=(Measure("spend", smallest=0.1),), segments=())
    sums = load_aggregates(aggregate(teams, ["arm"], [Measure("spend", over="users")]))
    one, other = trial(sums, registration=plan), trial(held(people), registration=plan)
    assert one.arms.counts == other.arms.counts == (40, 40, 40)
    assert numbers(experiments.lift(one)) == [
        tuple(pytest.approx(part, rel=1e-10) if isinstance(part, float) else part for part in line)
        for line in numbers(experiments.lift(other))
    ]
    with pytest.raises(SettingError, match=r"put into arms by 'team', and rows of spend do not tell which belong"):
        trial(load_aggregates(aggregate(people, ["arm"], [Measure("spend")])), registration=plan)


def by_platform(made: Trial) -> Finding:
    return experiments.segments(made, by="platform", metric="spend")


@pytest.mark.parametrize("metric", ["converted", "spend", "adjusted_spend", "rate", "adjusted_rate"])
def test_segments_are_those_of_the_units(rows: pd.DataFrame, metric: str) -> None:
    some = rows.drop(columns="day").astype({"platform": object})
    some.loc[some.index % 11 == 0, "platform"] = None
    given = load_aggregates(aggregate(some.fillna({"platform": ""}), ["arm", "platform"]), segments=["platform"])
    same(
        lambda made: experiments.segments(made, metric=metric),
        trial(given, registration=PLAN),
        trial(held(some), registration=PLAN),
    )


def test_segments_of_the_demo_are_those_of_its_sums(demo: Path) -> None:
    file = demo / "experiment_onboarding.csv"
    frame, metrics = pd.read_csv(file), ("converted", "bookings", "revenue_eur")
    sums = aggregate(frame, ["arm", "platform"], [Measure(name) for name in metrics])
    units = load_units(file, unit="user_id", arm="arm")
    for metric in metrics:
        one, other = (
            experiments.segments(trial(source, metric=metric, reading="once"), by="platform")
            for source in (load_aggregates(sums, segments=["platform"]), units)
        )
        assert one.headline == other.headline
        assert one.table == other.table
        for here, there in zip(numbers(one), numbers(other), strict=True):
            assert list(filter(is_number, here)) == pytest.approx(list(filter(is_number, there)), rel=1e-9, abs=1e-12)


@settings(max_examples=10)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(-50, 50)), min_size=4, max_size=60), st.integers(1, 9))
def test_parts_that_are_merged_make_the_whole(units: list[tuple[str, int]], parts: int) -> None:
    # However units are parted: three arms of two units at least, so that each has a variance.
    every = [*units, *[(arm, number) for arm in "abc" for number in (0, 7)]]
    frame = pd.DataFrame(every, columns=["arm", "m"]).astype({"m": float})
    frame["part"] = [str(at * at % parts) for at in range(len(frame))]
    sums = frame.groupby(["arm", "part"], as_index=False).m.agg(["size", "sum", lambda one: (one * one).sum()])
    sums.columns = ["arm", "part", "n", "sum", "sum_of_squares"]
    whole, parted = (
        trial(load_aggregates(source, segments=by), metric="sum", control="a").readings["sum"].groups
        for source, by in (
            (sums.drop(columns="part").groupby("arm", as_index=False).sum(), []),
            (sums, ["part"]),
        )
    )
    for one, other in zip(whole, parted, strict=True):
        assert (one.arm, one.n) == (other.arm, other.n)
        assert (one.mean, one.variance) == pytest.approx((other.mean, other.variance), rel=1e-9, abs=1e-9)


def test_ten_thousand_segments() -> None:
    rng = np.random.default_rng(4)
    n = rng.integers(0, 6, (10_000, 2))
    n[:3] = 2_000
    lines = [
        {"metric": "m", "arm": arm, "town": f"t{at}", "n": n[at, side], "mean": 5 + side, "variance": 4}
        for at in range(len(n))
        for side, arm in enumerate(("control", "treatment"))
    ]
    finding = experiments.segments(
        trial(load_aggregates(pd.DataFrame(lines), segments=["town"]), metric="m"), by="town"
    )
    assert "does not differ clearly by town (4 segments" in finding.headline
    assert [row[0] for row in finding.table.rows][:3] == ["t0", "t1", "t2"]
    assert finding.table.rows[-1][0] == "Other"
    assert sum(row[1] for row in finding.table.rows) == n.sum()


def test_what_does_not_part_them_is_said(rows: pd.DataFrame) -> None:
    made = trial(load_aggregates(aggregate(rows, ["arm"])), metric="spend")
    said = experiments.segments(made, by="platform").headline
    assert "aggregates are not parted by 'platform'; there is no segment. Aggregate by it too" in said
    # A metric that nobody has in one segment of an arm is missing there, and no reason to stop.
    cells = aggregate(rows, ["arm", "platform"])
    gone = (cells.metric == "spend") & (cells.platform == "web") & (cells.arm == "blue")
    short = trial(load_aggregates(cells[~gone], segments=["platform"]), registration=PLAN)
    assert "platform" in by_platform(short).headline
    assert "spend is missing for" in " ".join(by_platform(short).cautions).lower()
