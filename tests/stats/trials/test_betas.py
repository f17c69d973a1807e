"""Beta beliefs against the published sum in exact fractions, simulation and two normals."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlib.core import SettingError, TooFewError
from pmlib.stats import share_difference
from pmlib.stats.trials.betas import Beta, best_share, exceeds, share_odds, shortfall

sizes = st.integers(1, 25)


def beta(a, b):
    return Fraction(math.factorial(a - 1) * math.factorial(b - 1), math.factorial(a + b - 1))


def published(a, b, base_a, base_b):
    # Miller (2015), Formulas for Bayesian A/B Testing: the chance that B exceeds A, a finite sum over whole numbers.
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


def test_the_loss_is_that_of_another_program():
    # GrowthBook's tests hold its risks of 49 of 100 against 51 of 100 to 0.03872 and 0.01912, from a prior of 1 and 1.
    found = share_odds(51, 100, 49, 100)
    assert (found.regret, found.loss) == pytest.approx((0.03872, 0.01912), abs=5e-6)


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


def test_the_best_of_three_shares_is_the_published_sum():
    # Miller (2015), Formulas for Bayesian A/B Testing, three arms: the chance that C exceeds A and B.
    counts = [(9, 25), (12, 25), (14, 25)]
    (a, base_a), (b, base_b), (c, base_c) = ((hits + 1, n - hits + 1) for hits, n in counts)
    both = sum(
        beta(i + j + c, base_a + base_b + base_c)
        / ((base_a + i) * (base_b + j) * beta(1 + i, base_a) * beta(1 + j, base_b) * beta(c, base_c))
        for i in range(a)
        for j in range(b)
    )
    wins = [published(c, base_c, *one) for one in ((a, base_a), (b, base_b))]
    want = 1 - (1 - wins[0]) - (1 - wins[1]) + float(both)
    found = best_share(counts)
    assert found[2] == pytest.approx(want, abs=1e-4)
    assert sum(found) == pytest.approx(1.0)
    turned = best_share([(n - hits, n) for hits, n in counts], better="down")
    assert turned == pytest.approx(found, abs=1e-9)


def test_of_two_shares_the_best_is_the_one_that_exceeds():
    found = best_share([(30, 300), (45, 320)])
    assert found[1] == pytest.approx(exceeds(Beta(46, 276), Beta(31, 271)), abs=1e-4)
    assert best_share([(0, 10), (10, 10)])[0] > 0
