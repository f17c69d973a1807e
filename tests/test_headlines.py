"""No headline says what its own table does not bear: every question is asked of many random tables."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from pmlib import experiments, research, trends, usage
from pmlib.core import Estimate, Finding, PmlibError
from tests.experiments.made import asked as asked_of
from tests.experiments.made import units_of
from tests.research.made import survey_of
from tests.rows import events_of
from tests.trends.made import market_of, points_of

WORLDS = 25
AS_OF = date(2026, 11, 22)
# What only holds where each row, or a design, bears it.
SWEEPING = re.compile(r"\b(every|never|always|since|because|due to|thanks to|causes?|caused)\b", re.I)
# Numbers of a rule, not of the data.
RULES = re.compile(r"\d+ of the \d+ earlier (?:day|week|month)s needed|in 95 of 100|\d+ weeks before")
DATES = re.compile(r"\b(\d{1,2}( to \d{1,2})? )?[A-Z][a-z]{2}( \d{4})?\b|\b\d{4}-\d\d-\d\d\b")
NUMBER = re.compile(r"(?<![\w.,])[−+]?\d[\d,]*(?:\.\d+)?(?:%|k|M|B)?(?![\w])")


def numbers(text: str) -> set[str]:
    """The numbers of a text as printed, signs and dates aside."""
    return {one.strip("−+,") for one in NUMBER.findall(RULES.sub(" ", DATES.sub(" ", text)))}


def borne(finding: Finding) -> set[str]:
    """The numbers that a finding's estimates, table, chart and definition show."""
    found: set[str] = set()
    for one in finding.estimates:
        found |= written(one)
    facts: Any = finding.table.as_json() if finding.table else {"rows": []}  # pyright: ignore
    for row in facts["rows"]:
        found |= numbers(" ".join(row))
    found |= {f"{len(facts['rows']):,}"}
    for one in getattr(finding.figure, "series", ()):
        found |= {text for value in one.y for text in numbers(finding.figure.unit.text(value))}  # pyright: ignore
    return found | numbers(finding.definition)


def written(one: Estimate) -> set[str]:
    """An estimate's numbers in each way a sentence may print them."""
    found = {f"{one.n:,}", f"{one.level:.0%}"}
    for value in (one.value, one.low, one.high):
        if value is not None:
            for text in (one.unit.text(value), one.unit.short(value), one.unit.change(value), f"{value:,.0f}"):
                found |= numbers(text)
    return found | numbers(one.label) | numbers(one.reason)


def visits(seed: int):
    """A random log: few or many people, gaps, growth or decline."""
    draw = np.random.default_rng(seed)
    people, days = int(draw.integers(2, 60)), int(draw.integers(15, 400))
    growth = float(draw.uniform(-1, 2))
    rows = []
    for user in range(people):
        start = int(days * draw.random() ** (1 + max(growth, -0.9)))
        rows.append((f"u{user}", "signed_up", moment(start, days, draw)))
        for _ in range(int(draw.integers(0, 12))):
            event = str(draw.choice(["opened", "made", "bought"], p=[0.7, 0.2, 0.1]))
            rows.append((f"u{user}", event, moment(start + int(draw.integers(0, 60)), days, draw)))
    return events_of([row for row in rows if row[2][:10] <= str(AS_OF)], as_of=AS_OF)


def moment(day: int, days: int, draw: np.random.Generator) -> str:
    """A local time so many days after the first."""
    return f"{AS_OF - timedelta(days=days - day)}T{int(draw.integers(0, 24)):02}:{int(draw.integers(0, 60)):02}:00"


def answers(seed: int):
    """A random survey of one to four waves."""
    draw = np.random.default_rng(seed)
    n, waves = int(draw.integers(3, 120)), int(draw.integers(1, 5))
    scores = [int(one) if draw.random() > 0.1 else None for one in draw.integers(0, 11, n)]
    words = [str(one) for one in draw.choice(["Very", "Somewhat", "Not"], n, p=draw.dirichlet([1, 1, 1]))]
    said = [str(one) if draw.random() > 0.3 else None for one in draw.choice(["fine", "slow", "no idea"], n)]
    return survey_of(
        {"How likely?": scores, "How would you feel?": words, "What first?": said},
        segments={
            "wave": ["abcd"[int(one)] for one in draw.integers(0, waves, n)],
            "plan": [str(one) for one in draw.choice(["free", "pro"], n)],
        },
        kinds={"How likely?": "score", "What first?": "open"},
    )


def trial(seed: int):
    """A random experiment of two or three arms."""
    draw = np.random.default_rng(seed)
    n, arms = int(draw.integers(40, 600)), int(draw.integers(2, 4))
    names = ["control", "treatment", "other"][:arms]
    arm = [str(one) for one in draw.choice(names, n)]
    rate = dict(zip(names, draw.uniform(0.05, 0.5, arms), strict=True))
    bought = [int(draw.random() < rate[one]) for one in arm]
    spent = [round(float(draw.gamma(2, 10)), 2) if one else 0.0 for one in bought]
    return units_of(arm=arm, converted=bought, revenue=spent)


def course(seed: int):
    """A random weekly course: level, growth, season, noise, an outage now and then."""
    draw = np.random.default_rng(seed)
    n = int(draw.integers(3, 130))
    weeks = np.arange(n)
    level = np.exp(draw.uniform(3, 9) + draw.normal(0, 0.01) * weeks + 0.2 * np.sin(weeks / 52 * 2 * np.pi))
    values = np.round(level * np.exp(draw.normal(0, draw.uniform(0.01, 0.2), n)))
    if draw.random() < 0.3:
        values[-1] = round(values[-1] * draw.choice([0.5, 1.8]))
    return points_of([float(one) for one in values])


def market(seed: int):
    """A random market of two to five products."""
    draw = np.random.default_rng(seed)
    names = ["Ours", "Theirs", "Third", "Fourth", "Fifth"][: int(draw.integers(2, 6))]
    weeks = [date(2026, 11, 16) - timedelta(weeks=back) for back in range(int(draw.integers(2, 60)))]
    return market_of([(str(day), name, float(draw.integers(0, 5000))) for day in weeks for name in names])


QUESTIONS: dict[str, Callable[[int], Finding]] = {
    "active": lambda seed: usage.active(visits(seed)),
    "retention": lambda seed: usage.retention(visits(seed), start="signed_up"),
    "funnel": lambda seed: usage.funnel(visits(seed), steps="signed_up, opened, bought"),
    "active_users": lambda seed: usage.active_users(visits(seed)),
    "stickiness": lambda seed: usage.stickiness(visits(seed), days=7 if seed % 2 else 28),
    "power": lambda seed: usage.power_curve(visits(seed), days=7 if seed % 2 else 28),
    "lifecycle": lambda seed: usage.lifecycle(visits(seed), every="week" if seed % 2 else "month"),
    "sessions": lambda seed: usage.sessions(visits(seed)),
    "paths": lambda seed: usage.paths(visits(seed), start="signed_up" if seed % 2 else "", weeks=26),
    "time_to_convert": lambda seed: usage.time_to_convert(visits(seed), steps="signed_up, opened, bought", weeks=30),
    "retention_trend": lambda seed: usage.retention_trend(visits(seed), start="signed_up" if seed % 2 else ""),
    "survival": lambda seed: usage.survival(visits(seed), start="signed_up" if seed % 2 else ""),
    "adoption": lambda seed: usage.adoption(visits(seed), start="signed_up"),
    "activation": lambda seed: usage.activation(visits(seed), start="signed_up"),
    "reconcile": lambda seed: usage.reconcile(
        visits(seed), vendor="mixpanel" if seed % 2 else "posthog", start="signed_up"
    ),
    "definitions": lambda seed: usage.definitions(visits(seed), start="signed_up"),
    "nps": lambda seed: research.nps(answers(seed), question="How likely?", by="plan" if seed % 2 else ""),
    "choices": lambda seed: research.choices(answers(seed), question="How would you feel?", by="plan" * (seed % 2)),
    "quotes": lambda seed: research.quotes(answers(seed), question="What first?"),
    "split": lambda seed: asked_of(experiments.split, trial(seed), control="control"),
    "lift": lambda seed: asked_of(
        experiments.lift, trial(seed), metric="converted" if seed % 2 else "revenue", control="control"
    ),
    "change": lambda seed: trends.change(course(seed)),
    "seasonality": lambda seed: trends.seasonality(points_of(days(seed), every="day", last=AS_OF)),
    "outlook": lambda seed: trends.outlook(course(seed)),
    "market": lambda seed: trends.market(market(seed), own="Ours"),
}


def days(seed: int) -> list[float]:
    """A random daily course with a week's shape."""
    draw = np.random.default_rng(seed)
    shape = draw.uniform(0.5, 1.5, 7)
    n = int(draw.integers(30, 300))
    return [float(round(400 * shape[place % 7] * np.exp(draw.normal(0, 0.1)))) for place in range(n)]


def asked(name: str) -> Iterator[Finding]:
    """The findings of a question over many random tables; what cannot be asked of one is left out."""
    for seed in range(WORLDS):
        try:
            yield QUESTIONS[name](seed)
        except PmlibError:
            continue


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_headline_says_only_what_its_table_bears(name):
    found = list(asked(name))
    assert len(found) >= WORLDS // 2
    for finding in found:
        # What cannot be answered gives the reason, and a reason may count what is there.
        missing = numbers(finding.headline) - borne(finding) if finding.estimates else set()
        assert not missing, f"{finding.headline!r} says {missing}"
        assert not SWEEPING.search(finding.headline), finding.headline


def test_more_and_fewer_agree_with_the_counts():
    for finding in [*asked("active"), *asked("change")]:
        said = re.search(r"([\d.,]+%) (more|fewer|less|above|below)", finding.headline)
        moves = [one.value for one in finding.estimates if one.value is not None and one.unit.kind == "lift"]
        if said and moves:
            up = said[2] in {"more", "above"}
            assert up == (moves[0] > 0), finding.headline


def test_the_reader_of_numbers_sees_a_contradiction():
    # The tool itself: a number that stands nowhere is found, and a date is no number.
    finding = next(asked("active"))
    wrong = finding.headline + " and 98,765 more on 22 Nov 2026"
    assert numbers(wrong) - borne(finding) == {"98,765"}
