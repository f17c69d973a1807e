"""The market around Fernweh, and the dates worth a line on a chart."""

import numpy as np
import pyarrow as pa

from pmlib.sources.demo import clock
from pmlib.sources.demo.truth import TRUTH, WEEKS, Truth

LAUNCHES = (
    ("2025-03-10", "Group chat", "launch"),
    ("2025-11-17", "Login outage", "incident"),
    ("2026-01-05", "New year campaign", "campaign"),
    ("2026-05-11", "Redrawn map", "launch"),
)
"""Days that look as if they mattered; nothing is planted on them."""


def market(seed: int, truth: Truth = TRUTH) -> pa.Table:
    """Return ``market.csv``: visits by week and product, in thousands.

    Each product's share moves in a straight line from its first to its last value, with noise of 2 per cent.
    """
    rng = np.random.default_rng([seed, 11])
    week = np.arange(WEEKS)
    names = list(truth.market_start)
    path = week / (WEEKS - 1)
    start, end = (np.array([part[name] for name in names]) for part in (truth.market_start, truth.market_end))
    share = start + path[:, None] * (end - start)
    total = 42_000 * 1.08 ** (week / 52) * clock.season(7 * week + 3, january=0.15, summer=0.35)
    total *= np.exp(rng.normal(0, 0.03, WEEKS))
    visits = total[:, None] * share * np.exp(rng.normal(0, 0.02, share.shape))
    return pa.table(
        {
            "date": np.repeat(clock.dates(7 * week), len(names)),
            "name": names * WEEKS,
            "visits": np.round(visits).astype(np.int64).ravel(),
        }
    )


def launches(truth: Truth = TRUTH) -> pa.Table:
    """Return ``launches.csv``: the launch that has an effect, and four days that have none."""
    rows = sorted([*LAUNCHES, (truth.launch_day.isoformat(), "Shared calendar", "launch")])
    dates, names, kinds = zip(*rows, strict=True)
    return pa.table({"date": list(dates), "name": list(names), "kind": list(kinds)})
