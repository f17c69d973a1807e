"""What each question of an experiment answers where it comes as aggregates."""

import inspect
import re
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from pmlib import experiments
from pmlib.core import Finding, SettingError
from pmlib.experiments import trial
from pmlib.sources import load_aggregates
from pmlib.sources.registrations import Measure
from tests.experiments.reading.summed import PLAN, aggregate, held, numbers, people

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
    plan = PLAN if segments else replace(PLAN, segments=())
    for made in (trial(given, registration=plan), trial(given, metric="spend", guardrails="visits", weights="1:1:1")):
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
