"""Units of an experiment, and the same as counts, means and variances."""

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
import pandas as pd
import pytest

from pmlib.core import Finding
from pmlib.experiments import Trial
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure, Registration
from tests.experiments.made import units_of

MEASURES = (
    Measure("converted"),
    Measure("spend", smallest=0.1),
    Measure("adjusted_spend", before="spend_before"),
    Measure("rate", over="pages"),
    Measure("adjusted_rate", over="pages", before="spend_before"),
    Measure("refunds", role="guardrail", better="down", margin=0.1),
    Measure("visits", role="guardrail", margin=0.02),
)
PLAN = Registration("trial", "", "control", {"control": 1, "blue": 1, "red": 1}, MEASURES, segments=("platform",))


def people(n: int = 3_000) -> pd.DataFrame:
    """Units of three arms with means, shares, ratios and what they spent before."""
    rng = np.random.default_rng(5)
    arm = rng.choice(["control", "blue", "red"], n)
    up = np.where(arm == "blue", 1.2, 1.0)
    before = rng.lognormal(1, 0.8, n)
    spend = before * up + rng.lognormal(0, 1, n)
    pages = rng.poisson(4, n) + 1.0
    rate = rng.binomial(pages.astype(int), np.minimum(0.2 * up, 1)) * 1.0
    return pd.DataFrame(
        {
            "arm": arm,
            "day": [date(2026, 1, 5 + int(at)) for at in rng.integers(0, 14, n)],
            "platform": rng.choice(["ios", "web", "android"], n),
            "converted": (rng.random(n) < 0.3 * up) * 1.0,
            "spend": spend,
            "adjusted_spend": spend,
            "rate": rate,
            "adjusted_rate": rate,
            "pages": pages,
            "refunds": rng.poisson(0.3, n) * 1.0,
            "visits": rng.poisson(3, n) * 1.0,
            "spend_before": before,
        }
    )


def aggregate(rows: pd.DataFrame, by: Sequence[str], measures: Sequence[Measure] = MEASURES) -> pd.DataFrame:
    """Count, mean, variance and what goes along, by numpy."""
    made = []
    for key, part in rows.groupby(list(by)):
        for one in measures:
            y = part[one.name].to_numpy()
            line = dict(zip(by, key, strict=True)) | {"metric": one.name, "n": len(y), "mean": y.mean()}
            line |= {"variance": y.var(ddof=1), "min": y.min(), "max": y.max(), "third": ((y - y.mean()) ** 3).mean()}
            columns = {"over": one.over, "before": one.before}
            for what, column in columns.items():
                if column:
                    x = part[column].to_numpy()
                    line |= {f"{what}_mean": x.mean(), f"{what}_variance": x.var(ddof=1)}
                    line[f"{what}_covariance"] = np.cov(y, x)[0, 1]
            if one.over and one.before:
                line["over_before_covariance"] = np.cov(part[one.over], part[one.before])[0, 1]
            made.append(line)
    return pd.DataFrame(made)


def held(rows: pd.DataFrame) -> Units:
    return units_of(**{name: rows[name].tolist() for name in rows})


def numbers(finding: Finding) -> list[tuple]:
    return [(one.label, one.value, one.low, one.high, one.p, one.level, one.n, one.method) for one in finding.estimates]


def same(question: Callable[[Trial], Finding], one: Trial, other: Trial) -> None:
    """Hold that two trials give the same answer, whatever their sources are called."""
    here, there = question(one), question(other)
    assert here.headline == there.headline
    assert here.cautions == there.cautions
    assert here.action == there.action
    for ours, theirs in zip(numbers(here), numbers(there), strict=True):
        assert [part if isinstance(part, str) else None for part in ours] == [
            part if isinstance(part, str) else None for part in theirs
        ]
        assert list(filter(is_number, ours)) == pytest.approx(list(filter(is_number, theirs)), rel=1e-12, abs=1e-13)
        assert [part is None for part in ours] == [part is None for part in theirs]


def is_number(part: object) -> bool:
    return isinstance(part, int | float)
