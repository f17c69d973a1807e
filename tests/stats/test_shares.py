"""Intervals against published tables and against their own tests."""

import math
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmlib.core import SettingError, TooFewError
from pmlib.stats import share, share_difference, share_lift
from pmlib.stats.shares import critical, difference_score, ratio_score

# Newcombe (1998), Statistics in Medicine 17:857-872, Table I, method 3 (score).
SHARES = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]

# Newcombe (1998), Statistics in Medicine 17:873-890, Table II, method 6 (Miettinen and Nurminen).
DIFFERENCES = [
    (56, 70, 48, 80, 0.0528, 0.3382),
    (9, 10, 3, 10, 0.1700, 0.8406),
    (6, 7, 2, 7, 0.0342, 0.8534),
    (5, 56, 0, 29, -0.0326, 0.1933),
    (0, 10, 0, 20, -0.1658, 0.2844),
    (0, 10, 0, 10, -0.2879, 0.2879),
    (10, 10, 0, 20, 0.7156, 1.0),
    (10, 10, 0, 10, 0.6636, 1.0),
]

# Fagerland, Lydersen and Laake (2017), Statistical Analysis of Contingency Tables, chapter 4 (Perondi, Ritland).
FROM_BOOK = [(0, 16, 15, 72, -0.3164, -0.0056)]
RATIOS = [(7, 34, 1, 34, 1.2086, 43.0330)]

sizes = st.integers(1, 400)
groups = st.tuples(sizes, st.floats(0, 1), sizes, st.floats(0, 1)).map(
    lambda g: (round(g[0] * g[1]), g[0], round(g[2] * g[3]), g[2])
)


@pytest.mark.parametrize(("hits", "n", "low", "high"), SHARES)
def test_wilson_is_the_published_interval(hits, n, low, high):
    found = share(hits, n)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(("hits", "n", "base_hits", "base_n", "low", "high"), DIFFERENCES + FROM_BOOK)
def test_difference_is_the_published_interval(hits, n, base_hits, base_n, low, high):
    found = share_difference(hits, n, base_hits, base_n)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(("hits", "n", "base_hits", "base_n", "low", "high"), RATIOS)
def test_ratio_is_the_published_interval(hits, n, base_hits, base_n, low, high):
    found = share_lift(hits, n, base_hits, base_n)
    assert (round(1 + found.low, 4), round(1 + found.high, 3)) == (low, round(high, 3))


def test_ratio_is_koopmans_but_for_n_minus_1():
    # Koopman (1984), Biometrics 40:513-517: 36 of 40 against 16 of 80, 95% interval 2.94 to 7.15 without the factor.
    for end in (2.94, 7.15):
        square = ratio_score(36, 40, 16, 80, end) ** 2 * 120 / 119
        assert math.isclose(square, 3.8415, rel_tol=0.02)


@pytest.mark.parametrize("delta", [1e-7, -1e-7, 1e-6, -3e-6])
def test_scores_of_shares_near_0_and_1_keep_their_digits(delta):
    # The likelihood's slope is brought to 0 with 40 decimal digits; the closed form alone has 5 of them right here.
    hits, n, base_hits, base_n = 3, 3_000_000, 1, 2_000_000
    sure = slow_score(hits, n, base_hits, base_n, delta)
    assert math.isclose(difference_score(hits, n, base_hits, base_n, delta), sure, rel_tol=1e-11)
    assert math.isclose(difference_score(n - hits, n, base_n - base_hits, base_n, -delta), -sure, rel_tol=1e-11)


def slow_score(hits, n, base_hits, base_n, delta):
    with localcontext() as exact:
        exact.prec = 40
        gap = Decimal(delta)
        low, high = max(Decimal(0), -gap), min(Decimal(1), 1 - gap)
        for _ in range(120):
            base = (low + high) / 2
            other = base + gap
            slope = hits / other - (n - hits) / (1 - other) + base_hits / base - (base_n - base_hits) / (1 - base)
            low, high = (base, high) if slope > 0 else (low, base)
        variance = (other * (1 - other) / n + base * (1 - base) / base_n) * (n + base_n) / (n + base_n - 1)
        return float((Decimal(hits) / n - Decimal(base_hits) / base_n - gap) / variance.sqrt())


def test_three_million_units_an_arm_are_answered_as_the_normal_would():
    # With so many hits the score interval is Wald's but for a thousandth of its width.
    hits, base_hits, n = 90_000, 89_000, 3_000_000
    found, p, q = share_difference(hits, n, base_hits, n), hits / n, base_hits / n
    half = 1.959964 * math.sqrt((p * (1 - p) + q * (1 - q)) / n)
    assert (found.low, found.high) == pytest.approx((p - q - half, p - q + half), abs=2e-3 * half)
    lift = share_lift(hits, n, base_hits, n)
    half = 1.959964 * math.sqrt((1 - p) / hits + (1 - q) / base_hits)
    logs = math.log1p(lift.low), math.log1p(lift.high)
    assert logs == pytest.approx((math.log(p / q) - half, math.log(p / q) + half), abs=2e-3 * half)


def test_p_is_never_0_however_far_out():
    assert 0 < share_difference(900_000, 1_000_000, 1, 1_000_000).p < 1e-300
    assert share_lift(900_000, 1_000_000, 1, 1_000_000).p > 0


def test_test_of_no_difference_is_the_n_minus_1_chi_square():
    # Campbell (2007), Statistics in Medicine 26:3661-3675: (N - 1) times Pearson's chi-square over N.
    a, b, c, d = 9, 1, 3, 7
    n = a + b + c + d
    square = (n - 1) * (a * d - b * c) ** 2 / ((a + b) * (c + d) * (a + c) * (b + d))
    assert math.isclose(difference_score(9, 10, 3, 10, 0.0) ** 2, square, rel_tol=1e-12)


@given(groups)
def test_difference_and_lift_agree_with_their_test(group):
    difference, lift = share_difference(*group), share_lift(*group)
    rejects = difference.p < 0.05
    if abs(difference.p - 0.05) > 1e-6:
        assert difference.excludes(0) == rejects
        assert lift.excludes(0) == rejects
    assert difference.low <= difference.value <= difference.high


@given(groups)
def test_swapping_the_groups_turns_the_difference_round(group):
    hits, n, base_hits, base_n = group
    one, other = share_difference(*group), share_difference(base_hits, base_n, hits, n)
    assert math.isclose(one.low, -other.high, abs_tol=1e-9)
    assert math.isclose(one.value, -other.value, abs_tol=1e-12)


@given(groups)
def test_swapping_the_groups_turns_the_ratio_over(group):
    hits, n, base_hits, base_n = group
    one, other = share_lift(*group), share_lift(base_hits, base_n, hits, n)
    if hits and base_hits:
        assert math.isclose((1 + one.low) * (1 + other.high), 1, rel_tol=1e-6)


def test_interval_solves_the_score_equation_at_a_likelihood_searched_by_hand():
    hits, n, base_hits, base_n = 56, 70, 48, 80
    delta = share_difference(hits, n, base_hits, base_n).low

    def loglik(base):
        other = base + delta
        return (
            hits * math.log(other)
            + (n - hits) * math.log(1 - other)
            + base_hits * math.log(base)
            + (base_n - base_hits) * math.log(1 - base)
        )

    base = max((i / 1e5 for i in range(1, 94_000)), key=loglik)
    other = base + delta
    total = n + base_n
    variance = (other * (1 - other) / n + base * (1 - base) / base_n) * total / (total - 1)
    z = (hits / n - base_hits / base_n - delta) / math.sqrt(variance)
    assert math.isclose(z, critical(0.95), abs_tol=1e-3)


def test_what_cannot_be_answered_says_so():
    with pytest.raises(TooFewError, match="nobody to count"):
        share(0, 0)
    with pytest.raises(SettingError, match="0 <= hits <= n"):
        share(3, 2)
    with pytest.raises(SettingError, match="between 0 and 1"):
        share(1, 2, level=95)
    assert share_lift(3, 500, 0, 500).high is None
    assert "no upper end" in share_lift(3, 500, 0, 500).reason
