"""Beta beliefs against the published sum in exact fractions, simulation and two normals."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlib.core import SettingError, TooFewError
from pmlib.stats import share_difference
from pmlib.stats.trials.betas import Beta, exceeds, share_odds, shortfall

sizes = st.integers(1, 25)


def beta(a, b):
    return Fraction(math.factorial(a - 1) * math.factorial(b - 1), math.factorial(a + b - 1))


def published(a, b, base_a, base_b):
    # Miller (2013), Formulas for Bayesian A/B testing: the chance that B exceeds A, a finite sum over whole numbers.
    terms = (beta(base_a + i, b + base_b) / ((b + i) * beta(1 + i, b) * beta(base_a, base_b)) for i in range(a))
    return float(sum(terms))


@settings(max_examples=60, deadline=None)
@given(sizes, sizes, sizes, sizes)
def test_the_chance_to_win_is_the_published_sum(a, b, base_a, base_b):
    found = exceeds(Beta(a, b), Beta(base_a, base_b))
    assert found == pytest.approx(published(a, b, base_a, base_b), rel=1e-9)
    assert found + exceeds(Beta(base_a, base_b), Beta(a, b)) == pytest.approx(1, abs=1e-10)


@settings(max_examples=40, deadline=None)
@given(sizes, sizes, sizes, sizes)
def test_the_loss_is_the_known_difference_of_two_chances(a, b, base_a, base_b):
    # E[(A - B)+] = E[A] P(A' > B) - E[B] P(A > B'), a prime for one hit more.
    arm, base = Beta(a, b), Beta(base_a, base_b)
    first = base_a / (base_a + base_b) * exceeds(Beta(base_a + 1, base_b), arm)
    second = a / (a + b) * exceeds(base, Beta(a + 1, b))
    assert shortfall(arm, base) == pytest.approx(first - second, abs=1e-9)


def test_chance_loss_and_interval_are_those_of_a_simulation():
    # A million draws of each: 4 standard errors.
    draw = np.random.default_rng(23)
    arm, base = draw.beta(11, 191, 1_000_000), draw.beta(5, 197, 1_000_000)
    found = share_odds(10, 200, 4, 200)
    assert found.chance == pytest.approx((arm > base).mean(), abs=1e-3)
    assert found.loss == pytest.approx(np.maximum(base - arm, 0).mean(), rel=0.03)
    assert found.regret == pytest.approx(np.maximum(arm - base, 0).mean(), rel=0.01)
    low, middle, high = np.quantile(arm / base - 1, [0.025, 0.5, 0.975])
    assert (found.effect.low, found.effect.value) == pytest.approx((low, middle), abs=0.01)
    assert found.effect.high == pytest.approx(high, rel=0.02)


def test_with_many_units_the_chance_is_the_one_sided_p():
    found, known = share_odds(10_300, 100_000, 10_000, 100_000), share_difference(10_300, 100_000, 10_000, 100_000)
    assert found.chance == pytest.approx(1 - known.p / 2, abs=1e-4)


def test_less_may_be_better_and_arms_may_swap():
    up, down = share_odds(30, 900, 20, 800), share_odds(30, 900, 20, 800, better="down")
    assert (up.chance, up.loss, up.regret) == pytest.approx((1 - down.chance, down.regret, down.loss))
    swapped = share_odds(20, 800, 30, 900)
    assert swapped.chance == pytest.approx(1 - up.chance)
    assert 1 + swapped.effect.low == pytest.approx(1 / (1 + up.effect.high))


def test_rare_and_certain_events_have_no_nan_and_no_width_of_0():
    for hits, n, base_hits, base_n in ((0, 500, 3, 500), (0, 1, 0, 1), (500, 500, 5, 500), (0, 10, 10**5, 10**6)):
        found = share_odds(hits, n, base_hits, base_n, Beta(0.5, 0.5))
        assert found.effect.low < found.effect.value < found.effect.high
        assert 0 <= found.chance <= 1
        assert found.loss >= 0
    with pytest.raises(SettingError, match="above 0"):
        share_odds(1, 2, 1, 2, Beta(0, 1))
    with pytest.raises(TooFewError):
        share_odds(0, 0, 1, 2)
