"""No sentence writes one as many, and none says people where accounts are counted: asked of very small logs."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from pmlib import usage
from pmlib.core import Finding, PmlibError
from pmlib.sources.contract import Events
from tests.rows import events_of

AS_OF = date(2026, 6, 28)
SEEDS = 10
ONE_AS_MANY = re.compile(
    r"(?<![\d.,−–-])1 (?:people|accounts|customers|users|days|weeks|months|hours|minutes|seconds|sessions|paths|events|"
    r"cohorts|steps|features|parts|ways|comparisons|definitions|degrees|others|values|were|are|have|periods)\b"
)
ASKED: dict[str, Callable[[Events], Finding]] = {
    "active": usage.active,
    "active_users": usage.active_users,
    "stickiness": lambda events: usage.stickiness(events, days=7),
    "stickiness_by": lambda events: usage.stickiness(events, days=7, by="plan"),
    "power_curve": lambda events: usage.power_curve(events, days=7, by="plan"),
    "lifecycle": lambda events: usage.lifecycle(events, by="plan"),
    "lifecycle_by_birth": lambda events: usage.lifecycle(events, birth="join"),
    "retention": lambda events: usage.retention(events, start="join", age=1),
    "retention_by": lambda events: usage.retention(events, start="join", back="read", age=1, by="plan"),
    "retention_again": lambda events: usage.retention(events, kind="recurring", every="day", age=1, weeks=1),
    "retention_trend": lambda events: usage.retention_trend(events, start="join", age=1),
    "survival": lambda events: usage.survival(events, start="join", idle_days=1, age=1, by="plan"),
    "funnel": lambda events: usage.funnel(events, steps="join, read", window_days=1, weeks=1),
    "funnel_by": lambda events: usage.funnel(events, steps="join, read, pay", order="any", exclude="see", by="plan"),
    "time_to_convert": lambda events: usage.time_to_convert(events, steps="join, read", window_days=7),
    "sessions": lambda events: usage.sessions(events, gap_minutes=1, longest_hours=1, by="plan"),
    "paths": lambda events: usage.paths(events, start="join", weeks=2, top=1),
    "paths_to": lambda events: usage.paths(events, end="read", weeks=1),
    "acquisition": lambda events: usage.acquisition(events, channel="plan", start="join", age=1, weeks=2),
    "activation": lambda events: usage.activation(events, start="join"),
    "adoption": lambda events: usage.adoption(events, start="join", weeks=1, within_days=1, by="plan"),
    "adoption_of_one": lambda events: usage.adoption(events, features="read", start="join", weeks=1, within_days=1),
    "reconcile": lambda events: usage.reconcile(events, vendor="mixpanel", start="join", age=1, weeks=3),
    "definitions": lambda events: usage.definitions(events, start="join", age=1, weeks=3),
}


def few(seed: int, most: int) -> Events:
    """The events of a few people over four weeks, one to five each."""
    draw = np.random.default_rng(seed)
    rows = []
    for user in range(int(draw.integers(1, most + 1))):
        first = int(draw.integers(0, 21))
        plan = [None, "free", "pro"][int(draw.integers(0, 3))]
        names = ["join", *draw.choice(["read", "pay", "see"], int(draw.integers(0, 5)))]
        for place, name in enumerate(names):
            day = AS_OF - timedelta(days=27 - min(27, first + int(draw.integers(0, 9)) * bool(place)))
            rows.append((f"u{user}", str(name), f"{day}T{10 + place}:{int(draw.integers(0, 60)):02}", plan, f"f{user}"))
    # Somebody is there from the first day on, so that weeks are whole.
    rows.append(("z", "read", f"{AS_OF - timedelta(days=27)}T09:00", "free", "z"))
    return events_of(rows, as_of=AS_OF, properties=("plan", "firm"))


def asked(name: str, *, accounts: bool = False) -> Iterator[Finding]:
    """The answers of a question over many small logs; what cannot be asked of one is left out."""
    for seed in range(SEEDS):
        events = few(seed, 30 if accounts else 3)
        try:
            yield ASKED[name](events.grouped("firm") if accounts else events)
        except PmlibError:
            continue


def texts(finding: Finding) -> list[str]:
    """All that a reader of a finding may see as words."""
    said = [finding.headline, finding.definition, finding.action, *finding.cautions]
    said += [text for one in finding.estimates for text in (one.label, one.method, one.reason)]
    for part in (finding.table, finding.figure):
        drawn: Any = part
        if drawn is not None:
            said += strings(drawn.as_json())
    return said


def strings(data: Any) -> Iterator[str]:
    """The texts in plain data."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from strings(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from strings(value)


@pytest.mark.parametrize("name", ASKED)
def test_one_is_not_written_as_many(name):
    found = [text for finding in asked(name) for text in texts(finding)]
    assert found
    assert not {text for text in found if ONE_AS_MANY.search(text)}


@pytest.mark.parametrize("name", ASKED)
def test_accounts_are_not_called_people(name):
    answers = [one for one in asked(name, accounts=True) if not one.headline.startswith("This cannot")]
    assert answers or name == "activation", "some must stay and some must not, in both halves"
    found = [text for finding in answers for text in texts(finding)]
    assert not {text for text in found if re.search(r"\b(people|person|users?)\b", text, re.I)}


def test_the_reader_of_plurals_sees_one():
    # The tool itself.
    assert ONE_AS_MANY.search("Of 1 people")
    assert not ONE_AS_MANY.search("11 people, 0.1 points, 2,001 people and 1 person")
