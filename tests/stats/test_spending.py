"""What will be spent: by simulation of the customers, and in worlds whose truth is known."""

import numpy as np
import pytest

from pmlib.core import SettingError, TooFewError, Unit
from pmlib.stats import BgNbd, GammaGamma, bg_nbd, gamma_gamma, spending

BUYING = BgNbd(0.8, 6.0, 0.8, 2.5, 0.0, 3, ((0.0,) * 4,) * 4)
VALUES = GammaGamma(6.0, 4.0, 15.0, 0.0, 3, ((0.0,) * 3,) * 3)
EUR = Unit.currency("EUR")


def bought(draw, rates, leaves, amounts, time):
    """Spending within a time of customers who are there, by their purchase rates, chances to leave and value rates."""
    count = np.minimum(draw.poisson(rates * time), draw.geometric(leaves))
    return np.where(count > 0, draw.gamma(np.maximum(6.0 * count, 1e-9)) / amounts, 0.0)


def test_one_customers_spending_is_that_of_many_like_them():
    # Given its history a customer is alive by chance, its rates are gamma and beta: 400,000 of them, seeded.
    draw, many = np.random.default_rng(12), 400_000
    x, last, age, own = 3, 9.0, 12.0, 8.0
    rates, leaves = draw.gamma(0.8 + x, 1 / (6 + age), many), draw.beta(0.8, 2.5 + x, many)
    amounts = draw.gamma(4 + 6 * x, 1 / (15 + x * own), many)
    there = draw.random(many) < float(BUYING.alive(x, last, age))
    spent = np.where(there, bought(draw, rates, leaves, amounts, 10.0), 0.0)
    found = spending(BUYING, VALUES, 10.0, [x], [last], [age], [own], unit=EUR)
    assert found.value == pytest.approx(spent.mean(), rel=0.01)
    # With the parameters known, what is left is chance: the log-scale interval is value times exp(1.96 sd / value).
    assert np.log(found.high / found.value) * found.value / 1.959964 == pytest.approx(spent.std(), rel=0.01)


def test_everybody_is_the_sum_of_each():
    rows = ([0, 2, 5], [0.0, 8.0, 11.0], [12.0, 12.0, 12.0], [0.0, 9.0, 4.0])
    whole = spending(BUYING, VALUES, 10.0, *rows, [4, 1, 2])
    each = BUYING.purchases(10.0, *rows[:3]) * VALUES.mean(rows[0], rows[3])
    assert whole.value == pytest.approx(float((each * [4, 1, 2]).sum()))
    assert whole.n == 7


def test_the_sum_that_came_lies_within_the_interval():
    # 30 seeded worlds of 800 customers; fewer than 25 would come of one chance in 300 if the intervals hold 95 %.
    draw, held = np.random.default_rng(14), 0
    for _ in range(30):
        rates, leaves = draw.gamma(0.8, 1 / 6, 800), draw.beta(0.8, 2.5, 800)
        amounts, age = draw.gamma(4.0, 1 / 15, 800), draw.integers(5, 40, 800).astype(float)
        tried, stay = draw.poisson(rates * age), draw.geometric(leaves)
        x, there = np.minimum(tried, stay), stay > tried
        # Purchases fall at random times: the x-th of as many as were tried.
        last = np.where(x > 0, age * draw.beta(np.maximum(x, 1), tried - x + 1), 0.0)
        value = draw.gamma(np.maximum(6.0 * x, 1e-9)) / amounts / np.maximum(x, 1)
        later = np.where(there, bought(draw, rates, leaves, amounts, 20.0), 0.0).sum()
        found = spending(bg_nbd(x, last, age), gamma_gamma(x, value), 20.0, x, last, age, value)
        held += found.low <= later <= found.high
    assert held >= 25


def test_what_has_no_sum_or_no_spread_says_so():
    wild = GammaGamma(2.0, 1.5, 1.0, 0.0, 9, ((0.0,) * 3,) * 3)
    found = spending(BUYING, wild, 5.0, [0], [0.0], [9.0], [0.0])
    assert found.value > 0
    assert "no variance" in found.reason
    with pytest.raises(TooFewError, match="no bounds"):
        spending(BUYING, GammaGamma(2.0, 1.0, 1.0, 0.0, 9, ((0.0,) * 3,) * 3), 5.0, [0], [0.0], [9.0], [0.0])
    with pytest.raises(SettingError, match="give one each"):
        spending(BUYING, VALUES, 5.0, [0, 0], [0.0, 0.0], [9.0, 9.0], [0.0])
    assert spending(BUYING, VALUES, 0.0, [0], [0.0], [9.0], [0.0]).value == 0
