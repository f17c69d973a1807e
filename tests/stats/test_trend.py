"""Trends of rates against textbooks, statsmodels and by simulation."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import assume, given
from hypothesis import strategies as st

from pmlib.core import SettingError, TooFewError, Unit
from pmlib.stats import cochran_armitage, slope
from pmlib.stats.trend import alike

rows = st.lists(st.tuples(st.integers(1, 200), st.floats(0, 1)), min_size=4, max_size=30).map(
    lambda pairs: ([round(size * rate) for size, rate in pairs], [size for size, _ in pairs])
)


def test_malformations_and_alcohol():
    # Graubard and Korn (1987), Biometrics 43:471-476; Agresti (2002), section 3.4, gives 6.57 and p = 0.01.
    hits, sizes = [48, 38, 5, 1, 1], [17114, 14502, 793, 127, 38]
    chi2, p = cochran_armitage(hits, sizes, periods=[0, 0.5, 1.5, 4, 7])
    assert (round(chi2, 2), round(p, 3)) == (6.57, 0.010)
    # With equally spaced scores StatXact's example gives p = 0.0882 one-sided.
    assert round(cochran_armitage(hits, sizes)[1] / 2, 4) == 0.0882


def test_adverse_events_by_dose():
    # The trend example of SAS's PROC FREQ: Z = 4.7918.
    chi2, p = cochran_armitage([6, 7, 9, 14, 23], [32, 33, 32, 32, 32])
    assert round(math.sqrt(chi2), 4) == 4.7918
    assert p < 1e-4


def test_the_line_by_hand():
    # 20, 30, 30 and 40 of 100: slope 0.06 a cohort; what is left, 0.01 each, is less than chance, so 1 holds.
    found = slope([20, 30, 30, 40], [100] * 4)
    error = math.sqrt(0.3 * 0.7 / (100 * 5))
    assert found.value == pytest.approx(0.06)
    assert found.high - 0.06 == pytest.approx(4.302652729911275 * error)
    assert (found.n, found.unit) == (400, Unit.POINTS)


def test_equal_cohorts_that_differ_have_the_quasi_binomial_line_of_statsmodels():
    hits, sizes = np.array([320, 180, 420, 260, 350, 480, 310, 520]), np.full(8, 1000)
    found = slope(hits, sizes)
    line = sm.add_constant(np.arange(8.0))
    exact = sm.WLS(hits / sizes, line, weights=sizes).fit()
    low, high = exact.conf_int()[1]
    assert (found.value, found.low, found.high) == pytest.approx((exact.params[1], low, high), rel=1e-9)
    assert found.p == pytest.approx(exact.pvalues[1], rel=1e-9)
    # The model takes its variance from each fitted rate instead of the mean of all: a little apart.
    family = sm.families.Binomial(link=sm.families.links.Identity())
    with pytest.warns(sm.tools.sm_exceptions.DomainWarning):
        quasi = sm.GLM(hits / sizes, line, family=family, var_weights=sizes).fit(scale="X2")
    assert found.value == pytest.approx(quasi.params[1], rel=0.1)
    assert (found.high - found.low) / 2 / 2.4469 == pytest.approx(quasi.bse[1], rel=0.1)


def test_unequal_cohorts_weigh_nearly_alike_where_they_differ_much():
    # Rates jump far more than chance: a cohort of 100,000 is then worth little more than one of 1,000.
    hits, sizes = [300, 20_000, 420, 26_000, 350, 48_000], [1000, 100_000] * 3
    plain = sm.WLS(np.array(hits) / sizes, sm.add_constant(np.arange(6.0))).fit()
    assert slope(hits, sizes).value == pytest.approx(plain.params[1], rel=0.1)


def test_overdispersion_solves_williams_equation():
    people = np.array([100.0, 400, 50, 900, 300, 700])
    rates, when = np.array([0.1, 0.5, 0.3, 0.2, 0.6, 0.4]), np.arange(6.0)
    same = alike(rates, people, when, 4)
    weights = people / (1 + (people - 1) * same)
    fit = sm.WLS(rates, sm.add_constant(when), weights=weights).fit()
    mean = (weights * rates).sum() / weights.sum()
    assert (weights * fit.resid**2).sum() / (mean * (1 - mean)) == pytest.approx(4)
    assert 0 < same < 1


@given(rows)
def test_the_interval_excludes_0_exactly_when_the_test_rejects(pair):
    found = slope(*pair)
    assume(found.p is not None and abs(found.p - 0.05) > 1e-9)
    assert found.excludes(0) == (found.p < 0.05)
    assert found.low < found.value < found.high


@given(rows)
def test_backwards_the_trend_turns_round(pair):
    hits, sizes = pair
    one, other = slope(hits, sizes), slope(hits[::-1], sizes[::-1])
    assert one.value == pytest.approx(-other.value, abs=1e-9)
    if one.low is not None:
        assert one.low == pytest.approx(-other.high, abs=1e-6)


@given(rows)
def test_the_slope_is_per_period(pair):
    hits, sizes = pair
    weekly = slope(hits, sizes)
    daily = slope(hits, sizes, periods=[7 * place + 3 for place in range(len(hits))])
    assert weekly.value == pytest.approx(7 * daily.value, abs=1e-9)


def test_a_cohort_without_people_keeps_its_place():
    assert slope([10, 20, 0, 40, 50], [100, 100, 0, 100, 100]).value == pytest.approx(0.1)


@pytest.mark.parametrize(("same", "most"), [(0.0, 0.06), (0.01, 0.07), (0.05, 0.07)])
def test_false_alarms_where_cohorts_differ_by_themselves(same, most):
    # 12 cohorts of 100 to 2,000 people, rates around 30 %, seeded; Cochran-Armitage sees trends everywhere.
    draw, runs, called, plain = np.random.default_rng(41), 1200, 0, 0
    for _ in range(runs):
        sizes = (100 * 20 ** draw.random(12)).astype(int)
        weight = 1 / same - 1 if same else math.inf
        rates = draw.beta(0.3 * weight, 0.7 * weight, 12) if same else 0.3
        hits = draw.binomial(sizes, rates)
        called += slope(hits, sizes).p < 0.05
        plain += cochran_armitage(hits, sizes)[1] < 0.05
    assert called / runs <= most
    assert plain / runs > 0.3 if same else plain / runs < 0.07


def test_a_trend_among_cohorts_that_differ_is_found():
    draw, found = np.random.default_rng(43), 0
    for _ in range(200):
        rates = 0.2 + 0.02 * np.arange(12) + draw.normal(0, 0.03, 12)
        found += slope(draw.binomial(500, rates), [500] * 12).p < 0.05
    assert found >= 190


def test_what_has_no_trend_to_see_says_so():
    assert "nobody did it" in slope([0] * 5, [10] * 5).reason
    assert "everybody did it" in slope([10] * 5, [10] * 5).reason
    with pytest.raises(TooFewError, match="3 cohorts"):
        slope([1, 2, 3, 0], [10, 10, 10, 0])
    with pytest.raises(TooFewError):
        cochran_armitage([0, 0], [10, 10])
    with pytest.raises(SettingError, match="more hits than people"):
        slope([11, 2, 3, 4], [10] * 4)
    with pytest.raises(SettingError, match="give one each"):
        slope([1, 2], [10] * 4)
    with pytest.raises(SettingError, match="period of its own"):
        slope([1, 2, 3, 4], [10] * 4, periods=[1, 1, 2, 3])
