"""ARPU and lifetime value against statsmodels and plain counts that share no code with them."""

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.weightstats import DescrStatsW

from pmlib.usage.revenue.arpu import arpu
from pmlib.usage.revenue.lifetime import lifetime_value
from tests.subscribed import subscriptions_of

LAST = date(2026, 6, 30)
# ann pays 12 for 2 months and 5 of the 31 days of March, bob 20 for a month, eve 30 to the end (6 months), joe 18 from
# April to the end (3 months), tom 40 from 16 June to the end (15 of 30 days).
ROWS = [
    ("ann", 12, "2026-01-01", "2026-03-06"),
    ("bob", 20, "2026-02-01", "2026-03-01"),
    ("eve", 30, "2026-01-01", ""),
    ("joe", 18, "2026-04-01", ""),
    ("tom", 40, "2026-06-16", ""),
]


def test_a_small_table_by_hand():
    table = subscriptions_of(ROWS, as_of=LAST)
    now = arpu(table).estimates[0]
    # eve, joe and tom pay 30, 18 and 40: mean 88/3. Deviations 2/3, -34/3, 32/3: squares 4/9, 1156/9, 1024/9 add up to
    # 2184/9, by 2 is 121.33; t of 2 degrees of freedom at 97.5% is 4.302653.
    assert now.value == pytest.approx(88 / 3)
    assert now.high - now.value == pytest.approx(4.302653 * math.sqrt(2184 / 18 / 3))
    found = lifetime_value(table, horizon=3)
    # Followed for 0.5 (tom), 1 (bob, left), 2 + 5/31 (ann, left), 3 (joe) and 6 months (eve). At one month 4 are there
    # and one leaves: 3/4. At 2 + 5/31 there are 3 and one leaves: 1/2. Area 1 + 3/4 (1 + 5/31) + 1/2 (26/31).
    area = 1 + 3 / 4 * (1 + 5 / 31) + 1 / 2 * 26 / 31
    value = found.estimates[0]
    assert value.value == pytest.approx(88 / 3 * area)
    # After one month the area is 3/4 · 36/31 + 13/31, after the other end 13/31: squared by 4 · 3 and by 3 · 2.
    spread = (3 / 4 * 36 / 31 + 13 / 31) ** 2 / 12 + (13 / 31) ** 2 / 6
    # Two left, so times 2 / 1; t of 4 degrees of freedom at 97.5% is 2.776445.
    half = 2.776445 * math.sqrt(2 * spread)
    far = math.hypot(min(half, area) / area, (now.high - now.value) / now.value)
    assert value.high / value.value == pytest.approx(math.exp(far), rel=1e-6)


PRICE = st.integers(1, 5_000)
WHOLE = st.tuples(PRICE, st.integers(0, 11), st.none() | st.integers(1, 11))


@settings(max_examples=30, deadline=None)
@given(st.lists(WHOLE, min_size=3, max_size=25), st.integers(1, 11))
def test_whole_months_equal_what_statsmodels_counts(drawn, horizon):
    rows, lasted, ended, pays = [], [], [], []
    for place, (cents, start, months) in enumerate(drawn):
        over = months is not None and start + months <= 12
        stop = start + (months or 0)
        end = date(2025 + stop // 12, stop % 12 + 1, 1) if over else ""
        rows.append((f"c{place}", cents / 100, str(date(2025, start + 1, 1)), str(end)))
        # What ends on 1 January 2026 is not over on the last day of 2025.
        seen = over and stop <= 11
        # An end on the day after the last would not be known: who still pays is not followed to it.
        lasted.append(months if seen else 12 - start - 1e-9)
        ended.append(int(seen))
        if not seen:
            pays.append(cents / 100)
    table = subscriptions_of(rows, as_of=date(2025, 12, 31))
    found, now = lifetime_value(table, horizon=horizon), arpu(table)
    if not pays:
        assert not now.estimates
        return
    mean, spread = float(np.mean(pays)), len(set(pays)) > 1
    assert now.estimates[0].value == pytest.approx(mean)
    if spread:
        low, high = DescrStatsW(pays).tconfint_mean()
        assert (now.estimates[0].low, now.estimates[0].high) == (pytest.approx(max(low, 0)), pytest.approx(high))
    curve = SurvfuncRight(np.array(lasted), np.array(ended))
    reach = horizon if curve.surv_prob.size and curve.surv_prob[-1] == 0 else min(horizon, round(max(lasted)))
    left = dict(zip(curve.surv_times, curve.surv_prob, strict=True))
    still, area = 1.0, 0.0
    for month in range(reach):
        still = left.get(month, still)
        area += still
    value = found.estimates[0]
    assert value.label == f"value within {reach} months"
    assert value.value == pytest.approx(mean * area)
