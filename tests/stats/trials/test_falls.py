"""Days that fell short: by hand, and how often a day is called where nothing happened."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlib.stats.trials.falls import falls

WEEK = [500, 520, 510, 490, 505, 300, 280]


def test_a_day_is_held_against_its_weekday():
    # A quiet Saturday is none; a Tuesday at the level of a Saturday is.
    assert falls(WEEK * 3) == ()
    low = WEEK * 3
    low[8] = 90
    (found,) = falls(low)
    assert (found.at, found.units, round(found.expected)) == (8, 90, 520)
    low[8] = 0
    assert falls(low)[0].units == 0


def test_less_than_half_is_needed():
    low = WEEK * 3
    low[8] = 262
    assert falls(low) == ()
    low[8] = 258
    assert [one.at for one in falls(low)] == [8]


def test_units_may_come_in_ever_fewer():
    # Half of the week before in each week: the last Monday has an eighth of the first and is as it was to be expected.
    decay = [round(1e4 * 0.5 ** (day / 7) * WEEK[day % 7] / 500) for day in range(28)]
    assert falls(decay) == ()
    decay[23] = round(decay[23] * 0.2)
    (found,) = falls(decay)
    assert (found.at, round(found.expected / decay[16], 1)) == (23, 0.5)


def test_too_short_or_too_small_is_not_called():
    assert falls([*WEEK[:6], 0, *WEEK[:6]]) == ()
    assert falls([10, 10, 10, 10, 10, 10, 10] * 3 + [10, 0, 10, 10, 10, 10, 10]) == ()
    assert falls([]) == ()
    assert falls([0] * 30) == ()


def quiet(rng: np.random.Generator, runs: int, days: int, spread: float, decay: float, size: float) -> np.ndarray:
    day = np.arange(days)
    level = size * np.where(day % 7 > 4, 0.5, 1.0) * np.exp(-decay * day)
    return rng.poisson(level * np.exp(spread * rng.normal(size=(runs, days))))


# Bands said before looking: at most 1 experiment in 100 with a day called, plus three standard errors of 400 runs.
@pytest.mark.parametrize(
    ("days", "spread", "decay", "size"),
    [(14, 0.0, 0.0, 200), (14, 0.2, 0.05, 1000), (28, 0.1, 0.05, 5000), (28, 0.4, 0.0, 1000), (56, 0.2, 0.0, 60)],
)
def test_quiet_experiments_are_hardly_ever_called(days, spread, decay, size):
    rng = np.random.default_rng(days)
    calm = quiet(rng, 400, days, spread, decay, size)
    called = sum(bool(falls(run.tolist())) for run in calm)
    assert called <= 400 * (0.01 + 3 * np.sqrt(0.01 * 0.99 / 400))


def test_a_day_lost_is_found():
    rng = np.random.default_rng(28)
    days = quiet(rng, 200, 28, 0.1, 0.03, 2000)
    days[:, 11] = rng.binomial(days[:, 11], 0.2)
    found = [11 in [one.at for one in falls(run.tolist())] for run in days]
    assert np.mean(found) > 0.9


@settings(max_examples=30)
@given(st.lists(st.integers(0, 5000), min_size=14, max_size=40))
def test_what_is_called_lies_below_half(days):
    for one in falls(days):
        assert one.units == days[one.at]
        assert one.units < one.expected / 2
        assert one.expected >= 20
