"""Registered experiments of June 2026, small enough to count by hand or drawn by chance."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from pmlib.core import Ledger
from pmlib.experiments import Trial, trial
from pmlib.experiments.checks.gate import Gate
from pmlib.experiments.checks.tallies import Tallies, tallies
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure, Registration
from tests.experiments.made import units_of

START = date(2026, 6, 1)
BOUGHT = Measure("bought")


def plan(*measures: Measure, arms: dict[str, float] | None = None, **settings: object) -> Registration:
    """Register four weeks from Monday, 1 June 2026."""
    arms = arms or {"control": 1, "treatment": 1}
    made = Registration("menu", "A shorter menu sells more.", "control", arms, measures or (BOUGHT,), digest="ab" * 32)
    return replace(made, **({"start": START, "days": 28} | settings))


def counted(rows: Sequence[tuple], *names: str) -> Units:
    """Units from rows of arm, what the names say, and how many units are alike."""
    lines = [row[:-1] for row in rows for _ in range(row[-1])]
    return units_of(**{name: [line[at] for line in lines] for at, name in enumerate(("arm", *names))})


def of(units: Units, registration: Registration | None = None) -> tuple[Trial, Tallies]:
    """Read units as they were planned."""
    made = trial(units, registration=registration or plan())
    return made, tallies(made)


def drawn(
    rng: np.random.Generator,
    *,
    daily: float = 60.0,
    days: int = 28,
    weights: Sequence[float] = (1, 1),
    rate: float = 0.2,
) -> Units:
    """Draw an experiment in which nothing is wrong and nothing is changed."""
    week = np.where(np.arange(days) % 7 > 4, 0.6, 1.0)
    came = rng.poisson(daily * week * np.exp(0.1 * rng.normal(size=days)) * np.exp(-0.02 * np.arange(days)))
    at = np.repeat(np.arange(days), came)
    n = at.size
    arms = np.array(["control", "treatment", "third"][: len(weights)])
    shares = np.array(weights) / np.sum(weights)
    before = rng.gamma(0.5, 2.0, n)
    return units_of(
        arm=arms[rng.choice(len(weights), n, p=shares)].tolist(),
        exposed_on=[(START + timedelta(days=int(day))).isoformat() for day in at],
        bought=(rng.random(n) < rate).astype(int).tolist(),
        spent=(rng.gamma(0.5, 2.0, n) + before).tolist(),
        spent__before=before.tolist(),
        platform=rng.choice(["ios", "android", "web"], n, p=[0.5, 0.4, 0.1]).tolist(),
        country=rng.choice([f"c{number}" for number in range(20)], n).tolist(),
        activated=(rng.random(n) < 0.7).tolist(),
    )


def noted(units: Units, **dropped: int) -> Units:
    """Say which rows the loader had set aside."""
    ledger = units.origin.ledger
    aside = {reason.replace("_", " "): count for reason, count in dropped.items()}
    more = Ledger(ledger.kept + sum(aside.values()), ledger.kept, aside)
    return replace(units, origin=replace(units.origin, ledger=more))


def through(units: Units, day: date) -> Units:
    """Say how far the data reach."""
    return replace(units, origin=replace(units.origin, through=day))


def june(day: int) -> str:
    """Write a day of June 2026."""
    return date(2026, 6, day).isoformat()


def found(gate: Gate) -> tuple[str, str]:
    """The state and the words."""
    return gate.state, gate.words
