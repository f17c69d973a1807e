"""Models of buying: the published fit, the published formulas, and worlds whose truth is known."""

import datetime as dt
import math
from collections import defaultdict

import numpy as np
import pytest
from scipy.integrate import dblquad, quad
from scipy.special import hyp2f1
from scipy.stats import gamma

from pmlib.core import SettingError, TooFewError
from pmlib.stats import BgNbd, GammaGamma, bg_nbd, gamma_gamma

NONE = ((0.0,) * 4,) * 4
# Fader, Hardie and Lee (2005), Marketing Science 24:275-284, Table 2.
PUBLISHED = BgNbd(0.243, 4.414, 0.793, 2.426, -9582.4, 2357, NONE)
END = dt.date(1997, 9, 30)


@pytest.fixture(scope="module")
def cdnow(real_data):
    """Repeat days, weeks to the last and to the end, mean value after the first day; days bought later, of 2,357."""
    days = defaultdict(lambda: defaultdict(float))
    for line in (real_data / "usage_cdnow/CDNOW_sample.txt").read_text().splitlines():
        _, who, day, _, paid = line.split()
        days[who][dt.datetime.strptime(day, "%Y%m%d").date()] += float(paid)
    rows, later = [], 0
    for bought in days.values():
        seen = sorted(day for day in bought if day <= END)
        later += len(bought) - len(seen)
        value = sum(bought[day] for day in seen[1:]) / max(len(seen) - 1, 1)
        rows.append((len(seen) - 1, (seen[-1] - seen[0]).days / 7, (END - seen[0]).days / 7, value))
    return *(np.array(column) for column in zip(*rows, strict=True)), later


@pytest.fixture(scope="module")
def world():
    """800 customers who buy and leave as the model says, r 0.8, alpha 6, a 0.8, b 2.5, and what they buy later."""
    return grown(np.random.default_rng(2), 800, 20.0)


def grown(draw, people, later):
    rates, leaves = draw.gamma(0.8, 1 / 6, people), draw.beta(0.8, 2.5, people)
    ages = draw.integers(1, 40, people).astype(float)
    bought, last, after = np.zeros(people), np.zeros(people), np.zeros(people)
    for one in range(people):
        time = draw.exponential(1 / rates[one])
        while time <= ages[one] + later:
            if time <= ages[one]:
                bought[one], last[one] = bought[one] + 1, time
            else:
                after[one] += 1
            if draw.random() < leaves[one]:
                break
            time += draw.exponential(1 / rates[one])
    return bought, last, ages, after


@pytest.mark.real
def test_the_published_fit_of_cdnow(cdnow):
    x, last, age, _, _ = cdnow
    found = bg_nbd(x, last, age)
    assert [round(one, 3) for one in (found.r, found.alpha, found.a, found.b)] == [0.243, 4.414, 0.793, 2.426]
    assert (round(found.log_likelihood, 1), found.n) == (-9582.4, 2357)
    days = bg_nbd(x, 7 * last, 7 * age)
    assert days.alpha / 7 == pytest.approx(found.alpha, rel=1e-6)
    assert days.log_likelihood == pytest.approx(found.log_likelihood - x.sum() * math.log(7))
    for one, other in zip(found.parameters(), days.parameters(), strict=True):
        assert one.low < one.value < one.high
        assert one.high / one.value == pytest.approx(other.high / other.value, rel=1e-4)


@pytest.mark.real
def test_the_published_values_of_cdnow(cdnow):
    # Fader and Hardie (2013): 946 repeat customers, p 6.25, q 3.74, v 15.44; customer 0001, 2 of mean 22.35: 24.66.
    x, _, _, value, _ = cdnow
    found = gamma_gamma(x, value)
    assert (found.n, [round(one, 2) for one in (found.p, found.q, found.v)]) == (946, [6.25, 3.74, 15.44])
    assert round(float(found.mean(2, 22.35)), 2) == 24.66


@pytest.mark.real
def test_how_many_purchases_of_cdnow_came_after(cdnow):
    x, last, age, _, later = cdnow
    found = bg_nbd(x, last, age).total(39, x, last, age)
    assert found.low < found.value < found.high
    assert found.value == pytest.approx(later, rel=0.15)


def test_the_published_customer_0001():
    # Fader and Hardie's spreadsheet: x = 2, t_x = 30.43, T = 38.86 gives 1.226 purchases in the next 39 weeks.
    assert round(float(PUBLISHED.purchases(39, 2, 30.43, 38.86)), 3) == 1.226


@pytest.mark.parametrize("time", [1.0, 39.0, 500.0])
def test_expected_purchases_are_the_published_formula(time):
    r, alpha, a, b = 0.243, 4.414, 0.793, 2.426
    series = hyp2f1(r, b, a + b - 1, time / (alpha + time))
    formula = (a + b - 1) / (a - 1) * (1 - (alpha / (alpha + time)) ** r * series)
    assert PUBLISHED.expected(time) == pytest.approx(formula, rel=1e-9)


@pytest.mark.parametrize(("x", "last", "age"), [(0, 0, 38.9), (2, 30.43, 38.86), (26, 30.86, 31.0), (7, 3.0, 38.0)])
def test_conditional_purchases_are_the_published_formula(x, last, age):
    r, alpha, a, b, time = 0.243, 4.414, 0.793, 2.426, 39.0
    series = hyp2f1(r + x, b + x, a + b + x - 1, time / (alpha + age + time))
    top = (a + b + x - 1) / (a - 1) * (1 - ((alpha + age) / (alpha + age + time)) ** (r + x) * series)
    below = 1 + (x > 0) * a / (b + x - 1) * ((alpha + age) / (alpha + last)) ** (r + x)
    assert float(PUBLISHED.purchases(time, x, last, age)) == pytest.approx(top / below, rel=1e-9)
    assert float(PUBLISHED.alive(x, last, age)) == pytest.approx(1 / below, rel=1e-12)


def test_expected_purchases_where_the_published_formula_divides_by_0():
    near = [BgNbd(0.5, 3.0, a, 2.0, 0.0, 1, NONE).expected(20) for a in (1 - 1e-6, 1.0, 1 + 1e-6)]
    assert near[0] > near[1] > near[2]
    assert near[1] == pytest.approx((near[0] + near[2]) / 2, rel=1e-9)


def test_a_customer_of_thousands_of_purchases():
    # About 5,000.2 / 44.4 × 10 = 1,125.8 to come, less what leaving takes: the integral of (5,002.4 / (5,002.4 + k))^a.
    there = 5002.426 / 0.207 * ((1 + 1125.8 / 5002.426) ** 0.207 - 1)
    alive = float(PUBLISHED.alive(5000, 39.99, 40))
    assert float(PUBLISHED.purchases(10, 5000, 39.99, 40)) == pytest.approx(alive * there, rel=1e-3)


def test_alive_is_one_who_never_bought_again_and_falls_with_silence():
    assert float(PUBLISHED.alive(0, 0, 30)) == 1
    silent = PUBLISHED.alive([5, 5, 5], [10.0, 10.0, 10.0], [10.0, 20.0, 40.0])
    assert silent[0] > silent[1] > silent[2] > 0
    # Right after a purchase the odds of being gone are a / (b + x - 1).
    assert silent[0] == pytest.approx(1 / (1 + 0.793 / 6.426))
    # Far beyond what a float's exponent holds.
    assert float(PUBLISHED.alive(5000, 1.0, 40)) == pytest.approx(0, abs=1e-300)


def test_alive_is_its_part_of_the_integral_over_customers():
    # Two purchases, the last after 3 of 8 weeks: left after the second (p), or did not and bought no more (1 - p).
    x, last, age = 2, 3.0, 8.0

    def prior(rate, p):
        return rate**0.2 * math.exp(-4 * rate) * p**0.5 * (1 - p) ** 1.5

    def here(rate, p):
        return (1 - p) ** x * rate**x * math.exp(-rate * age) * prior(rate, p)

    def gone(rate, p):
        return p * (1 - p) ** (x - 1) * rate**x * math.exp(-rate * last) * prior(rate, p)

    stays, left = (dblquad(part, 0, 1, 0, 12)[0] for part in (here, gone))
    found = BgNbd(1.2, 4.0, 1.5, 2.5, 0.0, 1, NONE).alive(x, last, age)
    assert float(found) == pytest.approx(stays / (stays + left), rel=1e-6)


def test_rows_that_stand_for_many_say_the_same_in_any_order(world):
    x, last, age = (np.round(one) for one in world[:3])
    last = np.where(x > 0, np.clip(last, 1, age), 0)
    found = bg_nbd(x, last, age)
    rows, counts = np.unique(np.column_stack([x, last, age]), axis=0, return_counts=True)
    turned = np.random.default_rng(1).permutation(len(rows))
    again = bg_nbd(*rows[turned].T, counts[turned])
    assert again == found
    assert again.total(9, *rows[turned].T, counts[turned]) == found.total(9, x, last, age)
    assert len(rows) < 800 == found.n


def test_a_world_as_the_model_says_is_found_again():
    # 30 seeded worlds; fewer than 25 would come of one chance in 300 if the intervals hold 95 %.
    draw, total, shape, rate = np.random.default_rng(6), 0, 0, 0
    for _ in range(30):
        x, last, age, after = grown(draw, 800, 20.0)
        model = bg_nbd(x, last, age)
        found = model.total(20, x, last, age)
        total += found.low <= after.sum() <= found.high
        r, alpha, _, _ = model.parameters()
        shape += r.low <= 0.8 <= r.high
        rate += alpha.low <= 6 <= alpha.high
    assert min(total, shape, rate) >= 25


def test_purchases_of_each_are_right_on_average(world):
    x, last, age, after = world
    model = BgNbd(0.8, 6.0, 0.8, 2.5, 0.0, 1, NONE)
    expected = model.purchases(20, x, last, age)
    for part in (x == 0, (x > 0) & (x < 3), x >= 3):
        spread = after[part].std() / math.sqrt(part.sum())
        assert abs(after[part].mean() - expected[part].mean()) < 3 * spread


def test_values_as_the_model_says_are_found_again():
    draw = np.random.default_rng(8)
    x = draw.integers(0, 6, 4000)
    rates = draw.gamma(4.0, 1 / 15.0, 4000)
    value = draw.gamma(np.maximum(6.0 * x, 1e-9), 1 / rates) / np.maximum(x, 1)
    found = gamma_gamma(x, value)
    for one, truth in zip(found.parameters(level=0.999), (6.0, 4.0, 15.0), strict=True):
        assert one.low <= truth <= one.high
    assert found.n == (x > 0).sum()
    rows, counts = np.unique(np.column_stack([x, value]), axis=0, return_counts=True)
    assert gamma_gamma(*rows.T, counts) == found


def test_gamma_gamma_means_lie_between_all_and_ones_own():
    model = GammaGamma(6.25, 3.74, 15.44, 0.0, 946, ((0.0,) * 3,) * 3)
    all_of_them = 6.25 * 15.44 / 2.74
    found = model.mean([0, 1, 10, 1000], [0, 100, 100, 100])
    assert found[0] == pytest.approx(all_of_them)
    assert all_of_them < found[1] < found[2] < found[3] < 100
    # The posterior by integration: rates gamma(q + p x, v + x m), a mean of p / rate.
    shape, rate = 3.74 + 6.25 * 2, 15.44 + 2 * 22.35
    mean = quad(lambda nu: 6.25 / nu * gamma.pdf(nu, shape, scale=1 / rate), 0, 3)[0]
    assert float(model.mean(2, 22.35)) == pytest.approx(mean, rel=1e-7)
    with pytest.raises(TooFewError, match="no bounds"):
        GammaGamma(2.0, 0.9, 1.0, 0.0, 50, ((0.0,) * 3,) * 3).mean(1, 5)


def test_customers_who_never_leave_or_are_all_the_same_give_no_fit():
    draw = np.random.default_rng(4)
    x = draw.poisson(40 * draw.gamma(1, 0.2, 400))
    last = np.where(x > 0, 40 * draw.random(400) ** (1 / np.maximum(x, 1)), 0)
    for history in ((x, last, np.full(400, 40.0)), ([3] * 50, [10.0] * 50, [20.0] * 50)):
        with pytest.raises(TooFewError, match="BG/NBD does not settle"):
            bg_nbd(*history)
    with pytest.raises(TooFewError, match="Gamma-Gamma does not settle"):
        gamma_gamma([2] * 50, [9.99] * 50)


def test_no_customer_has_such_a_history():
    with pytest.raises(SettingError, match="frequency 1, recency 5, age 4"):
        bg_nbd([0, 1], [0, 5], [3, 4])
    with pytest.raises(SettingError, match="No customer has"):
        bg_nbd([2], [0], [3])
    with pytest.raises(SettingError, match="give one each"):
        bg_nbd([2, 1], [1], [3])
    with pytest.raises(SettingError, match="2 weights"):
        bg_nbd([2], [1], [3], [1, 1])
    with pytest.raises(SettingError, match="whole numbers"):
        bg_nbd([2], [1], [3], [0.5])
    with pytest.raises(TooFewError, match="9 customers bought again"):
        bg_nbd([1] * 9 + [0], [1] * 9 + [0], [2] * 10)
    with pytest.raises(TooFewError, match="0 customers bought again"):
        gamma_gamma([0, 0], [0, 0])
    with pytest.raises(SettingError, match="above 0"):
        gamma_gamma([1] * 10, [0.0] * 10)
    with pytest.raises(SettingError, match="A time is not below 0"):
        PUBLISHED.expected(-1)
