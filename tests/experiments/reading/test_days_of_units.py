"""Which column tells when units were taken in."""

import pytest

from pmlib.experiments.reading.days import day_column
from tests.experiments.made import units_of

ARMS = ["a", "b"] * 2
SIGNED = ["2025-01-01", "2025-02-01", "2025-03-01", "2025-04-01"]
SHOWN = ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"]


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"signup_date": SIGNED, "exposed_at": SHOWN}, "exposed_at"),
        ({"exposed_at": SHOWN, "signup_date": SIGNED}, "exposed_at"),
        ({"first seen": SHOWN}, "first seen"),
        ({"signed_up": SIGNED, "left": SHOWN}, None),  # nobody can tell which
        ({"exposed_at": [*SHOWN[:3], "soon"], "seen": SHOWN}, "seen"),
        ({"plan": ["free", "pro", "free", "pro"]}, None),
    ],
)
def test_the_day_of_a_unit_is_the_one_called_so_or_the_only_one(columns, told):
    assert day_column(units_of(arm=ARMS, **columns)) == told
