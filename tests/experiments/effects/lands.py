"""Units of four lands, whose effects may differ, to be counted again row by row."""

import numpy as np

from pmlib.core import Estimate, Finding
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure, Registration
from tests.experiments.made import units_of

LANDS = ("AT", "CH", "DE", "FR")


def drawn(seed: int = 1, n: int = 3000, gains: dict[str, float] | None = None) -> dict[str, np.ndarray]:
    """Spend with a land and a platform, and how much the change adds in each land."""
    draw = np.random.default_rng(seed)
    land = draw.choice(LANDS, n, p=[0.1, 0.2, 0.4, 0.3])
    arm = np.where(draw.random(n) < 0.5, "b", "a")
    before = draw.normal(20, 4, n)
    gain = np.array([(gains or {}).get(one, 0.0) for one in land])
    spend = before + draw.normal(0, 3, n) + gain * (arm == "b")
    return {
        "arm": arm,
        "land": land,
        "spend": spend,
        "before": before,
        "orders": draw.integers(1, 5, n),
        "paid": (draw.random(n) < 0.3).astype(int),
        "platform": draw.choice(["ios", "web"], n),
    }


def made(columns: dict[str, np.ndarray]) -> Units:
    return units_of(**{name: values.tolist() for name, values in columns.items()})


def registered(*measures: Measure, **options: object) -> Registration:
    return Registration("trial", "", "a", {"a": 1, "b": 1}, measures, **options)


def found(finding: Finding, words: str) -> dict[str, Estimate]:
    """The estimates whose label ends so, by the label's beginning."""
    return {one.label: one for one in finding.estimates if words in one.label}
