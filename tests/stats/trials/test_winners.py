"""Winners: published risks and likeliest effects, the prior refitted where its data are, and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.stats import share_lift
from pmlib.stats.trials.beliefs import Belief
from pmlib.stats.trials.winners import (
    ASOS,
    expected,
    false_positive_risk,
    fitted,
    weekly_impact,
)

Z = 1.959963984540054


def lift(value, error, n=1000):
    return Estimate("lift", value, value - Z * error, value + Z * error, Unit.LIFT, n, "normal")


def test_false_positive_risks_are_those_published():
    # Kohavi, Deng and Vermeer (2022), A/B Testing Intuition Busters: 22% where one idea in ten works; Kohavi and Chen
    # (2024), False Positives in A/B Tests: 37.8% where 9.3% work and alpha is 10%.
    assert false_positive_risk(0.10) == pytest.approx(0.22, abs=0.005)
    assert false_positive_risk(0.093, alpha=0.10) == pytest.approx(0.378, abs=1e-3)


# By hand: 0.025 (1 - s) of those who do not work and 0.8 s of those who do are seen to win.
@pytest.mark.parametrize(
    ("success", "risk"), [(1 / 3, 1 / 17), (0.20, 1 / 9), (0.15, 17 / 113), (0.10, 9 / 41), (0.08, 23 / 87)]
)
def test_false_positive_risks_by_hand(success, risk):
    assert false_positive_risk(success) == pytest.approx(risk, rel=1e-12)


def test_the_false_positive_risk_is_what_a_simulation_finds():
    # 400,000 experiments, a tenth of them with an effect that is seen four times in five: 4 standard errors.
    draw = np.random.default_rng(53)
    works = draw.random(400_000) < 0.1
    z = draw.normal(np.where(works, Z + stats.norm.ppf(0.8), 0), 1)
    assert (~works[z > Z]).mean() == pytest.approx(false_positive_risk(0.1), abs=0.009)


# The two examples of Gelman and Carlin's code (2014, Perspectives on Psychological Science 9:641-651), who draw the
# exaggeration; here all are drawn, a million times, and held within 4 standard errors.
def test_the_fit_finds_the_rule_lifts_were_drawn_from():
    draw = np.random.default_rng(59)
    wide = draw.random(20_000) < 0.25
    truth = draw.normal(0, np.where(wide, 0.02, 0.002))
    errors = draw.uniform(0.001, 0.006, 20_000)
    found = fitted(draw.normal(truth, errors), errors)
    assert found.weights == pytest.approx((0.75, 0.25), abs=0.02)
    assert found.sds == pytest.approx((0.002, 0.02), rel=0.07)


@pytest.mark.real
def test_the_prior_is_what_the_asos_experiments_give(real_data):
    # Last reading of each arm and metric; 15 of 396 come without variances. Errors of lifts by the delta method.
    parquet = pytest.importorskip("pyarrow.parquet")
    path = real_data / "ab_asos" / "asos_digital_experiments_dataset.parquet"
    rows = parquet.read_table(path).to_pylist()
    last = {}
    for row in sorted(rows, key=lambda row: row["time_since_start"]):
        last[row["experiment_id"], row["variant_id"], row["metric_id"]] = row
    assert len(last) == 396
    known = [row for row in last.values() if row["variance_c"] is not None and row["variance_t"] is not None]
    known = [row for row in known if math.isfinite(row["variance_c"] + row["variance_t"])]
    assert len(known) == 381
    c, t, vc, vt, nc, nt = (
        np.array([row[name] for row in known])
        for name in ("mean_c", "mean_t", "variance_c", "variance_t", "count_c", "count_t")
    )
    errors = np.sqrt(vt / nt + (t / c) ** 2 * vc / nc) / c
    found = fitted(t / c - 1, errors)
    assert found.weights == pytest.approx(ASOS.weights, abs=1e-3)
    assert found.sds == pytest.approx(ASOS.sds, rel=2e-3)

    # A third part explains them no better: by less than 2 of log-likelihood for 2 numbers more.
    def likelihood(belief):
        spreads = np.hypot(errors[:, None], belief.sds)
        return np.log(stats.norm.pdf((t / c - 1)[:, None], 0, spreads) @ belief.weights).sum()

    assert likelihood(found) == pytest.approx(1407.6, abs=0.1)
    assert likelihood(fitted(t / c - 1, errors, parts=3)) - likelihood(found) < 2


def test_shrunken_winners_are_right_on_average_where_plain_ones_are_not():
    # 200,000 lifts drawn from the prior, errors of 0.5%: of those significant, the plain ones are 15% too large or up,
    # the shrunken ones right within 3%.
    draw = np.random.default_rng(61)
    wide = draw.random(200_000) < ASOS.weights[1]
    truth = draw.normal(0, np.where(wide, ASOS.sds[1], ASOS.sds[0]))
    seen = draw.normal(truth, 0.005)
    won = seen > Z * 0.005
    grid = np.linspace(seen[won].min(), seen[won].max(), 400)
    left = np.interp(seen[won], grid, [expected(lift(float(x), 0.005)).value for x in grid])
    assert left.mean() == pytest.approx(truth[won].mean(), rel=0.03)
    assert seen[won].mean() > 1.15 * truth[won].mean()


@given(st.floats(-0.2, 0.2).filter(lambda x: abs(x) > 1e-6), st.floats(0.0005, 0.2))
def test_shrinking_goes_towards_0_and_keeps_the_sign(value, error):
    found = expected(lift(value, error))
    assert abs(found.value) < abs(value)
    assert found.value * value > 0
    assert found.low < found.value < found.high


def test_one_normal_is_shrunk_by_precision():
    found = expected(lift(0.04, 0.02), prior=Belief.normal(0.0, 0.02))
    # By hand, of logarithms: the error is read off the interval's ends.
    error = math.log((1.04 + Z * 0.02) / (1.04 - Z * 0.02)) / (2 * Z)
    kept = 0.02**2 / (0.02**2 + error**2)
    assert found.value == pytest.approx(1.04**kept - 1)
    assert found.high - found.low == pytest.approx(2 * Z * 1.04**kept * 0.02 * math.sqrt(1 - kept), rel=1e-6)


@pytest.mark.parametrize(("counts", "sd"), [((675, 2089, 585, 2119), 0.05), ((736, 33396, 298, 16687), 0.05)])
def test_a_shrunken_share_is_the_exact_posterior(counts, sd):
    # Binomial counts, any control share alike likely, ratios normal about 1 by their logarithms: summed over a grid.
    # Said before looking: within a tenth of a standard deviation of the belief.
    hits, n, base_hits, base_n = counts
    base = base_hits / base_n
    near = 6 * math.sqrt(base / base_n)
    shares, lifts = np.linspace(base - near, base + near, 601), np.linspace(-0.3, 0.6, 1801)
    weights = stats.binom.logpmf(base_hits, base_n, shares)[:, None]
    weights = weights + stats.binom.logpmf(hits, n, shares[:, None] * (1 + lifts))
    weights = np.exp(weights - weights.max()).sum(axis=0) * stats.lognorm(sd).pdf(1 + lifts)
    below = weights.cumsum() / weights.sum()
    found = expected(share_lift(*counts), prior=Belief.normal(0.0, sd))
    assert found.value == pytest.approx(float(weights @ lifts / weights.sum()), abs=0.1 * sd)
    assert found.low == pytest.approx(lifts[below.searchsorted(0.025)], abs=0.1 * sd)
    assert found.high == pytest.approx(lifts[below.searchsorted(0.975)], abs=0.1 * sd)


def test_impact_is_lift_times_baseline_times_units():
    found = weekly_impact(lift(0.02, 0.005), baseline=4.0, units=10_000, unit=Unit.currency("EUR"))
    assert found.value == pytest.approx(800)
    assert found.low == pytest.approx(800 - Z * 200)
    assert found.unit.symbol == "EUR"
    # A rise of a negative baseline is a gain.
    assert weekly_impact(lift(0.02, 0.005), baseline=-4.0, units=10_000).value == pytest.approx(800)
    opened = Estimate("lift", 0.1, None, None, Unit.LIFT, 9, "Fieller", reason="open")
    assert weekly_impact(opened, baseline=4.0, units=10).low is None
    assert expected(opened).value is None


def test_what_is_no_number_is_refused():
    for bad in (0, 1, -0.1, math.nan):
        with pytest.raises(SettingError):
            false_positive_risk(bad)
    with pytest.raises(TooFewError):
        fitted([0.1] * 5, [0.1] * 5)
    with pytest.raises(SettingError):
        fitted([0.1] * 30, [0.0] * 30)
    with pytest.raises(SettingError, match="eligible"):
        weekly_impact(lift(0.01, 0.02), baseline=1, units=-1)
