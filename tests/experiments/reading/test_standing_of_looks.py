"""Where a reading stands in a plan with several looks: what each look may spend."""

from datetime import date

import numpy as np
import pytest

from pmlib.experiments.reading.standing import standing
from pmlib.sources.registrations import Registration

LOOKS = (date(2026, 3, 8), date(2026, 3, 15), date(2026, 3, 22), date(2026, 3, 29))
EARLY = {"start": date(2026, 3, 2), "days": 28}


def plan(**more) -> Registration:
    return Registration(
        "trial", "", "a", {"a": 1, "b": 1}, (), reading="group-sequential", looks=LOOKS, **EARLY, **more
    )


def bounds(counts: list[int], **more) -> list[float]:
    """Return the bound of each look, as it was when it was the last."""
    found = []
    for at, (day, count) in enumerate(zip(LOOKS, counts, strict=True)):
        here = standing(plan(**more), count, day, list(zip(LOOKS[:at], counts[:at], strict=True)))
        assert here.over == (day == LOOKS[-1])
        found.append(here.look.bound)
    return found


@pytest.mark.parametrize(
    "counts",
    [
        [5250, 10500, 15750, 21000],  # twice as many as planned, past the plan at the second look
        [11000, 22000, 33000, 44000],  # past it at the first
        [2500, 5000, 7500, 10000],
        [2000, 4000, 6000, 8000],  # too few at the end
        [6000, 9990, 10010, 12000],  # a look that adds next to nothing
    ],
)
def test_all_looks_together_err_as_planned(counts):
    # 200,000 walks without a drift, standard error 0.05 points; said before looking: 4.6 to 5.2 %.
    draw = np.random.default_rng(11)
    steps = np.sqrt(np.diff([0, *counts])) * draw.normal(size=(200_000, len(counts)))
    z = steps.cumsum(axis=1) / np.sqrt(counts)
    called = (np.abs(z) > bounds(counts, units=10_000)).any(axis=1).mean()
    assert 0.046 <= called <= 0.052


def test_before_the_end_something_is_left_to_spend():
    # By hand: half the plan gone with the first look; past the plan at the second, so a third of the other half, as a
    # third of the days that are left is gone, and so on.
    counts = [5000, 10_500, 15_750]
    found = standing(plan(units=10_000), counts[-1], LOOKS[2], list(zip(LOOKS[:2], counts[:2], strict=True)))
    assert found.times == pytest.approx((0.5, 2 / 3, 5 / 6))
    assert not found.look.last


def test_units_taken_in_after_the_end_are_no_look_of_their_own():
    late = standing(plan(), 5000, date(2026, 4, 10), list(zip(LOOKS, [1000, 2000, 3000, 4000], strict=True)))
    assert late.over
    assert late.units == (1000, 2000, 3000, 5000)
    assert late.times == pytest.approx((0.25, 0.5, 0.75, 1.0))
