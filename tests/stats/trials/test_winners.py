"""Winners: published risks and likeliest effects, the prior refitted where its data are, and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.stats import share_lift
from pmlib.stats.trials.beliefs import Belief
from pmlib.stats.trials.winners import (
    ASOS,
    average,
    exaggeration,
    expected,
    false_positive_risk,
    fitted,
    given_significance,
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
@pytest.mark.parametrize(("effect", "error"), [(2, 8.1), (0.1, 3.28)])
def test_exaggerations_are_those_that_are_drawn(effect, error):
    found, seen = exaggeration(effect, error), np.random.default_rng(61).normal(effect, error, 1_000_000)
    clear = seen[np.abs(seen) > Z * error]
    assert found.power == pytest.approx(clear.size / seen.size, abs=4 * math.sqrt(0.06 / seen.size))
    assert found.wrong_sign == pytest.approx((clear < 0).mean(), abs=4 * 0.5 / math.sqrt(clear.size))
    spread = np.abs(clear).std() / effect
    assert found.ratio == pytest.approx(np.abs(clear).mean() / effect, abs=4 * spread / math.sqrt(clear.size))


@given(st.floats(0.01, 6), st.floats(0.1, 5))
def test_exaggeration_is_an_integral_over_both_tails(shift, error):
    def weigh(z):
        return abs(z) * stats.norm.pdf(z - shift)

    tails = integrate.quad(weigh, Z, shift + 12)[0] + integrate.quad(weigh, -12, -Z)[0]
    found = exaggeration(shift * error, error)
    assert found.ratio == pytest.approx(tails / found.power / shift, rel=1e-6)
    assert found.ratio >= 1


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
    assert given_significance(opened) is opened


@pytest.mark.parametrize(("z", "likeliest"), [(6.0, 5.48), (5.2, 0.66)])
def test_the_likeliest_effect_is_the_published_one(z, likeliest):
    # Ghosh, Zou and Wright (2008), American Journal of Human Genetics 82:1064-1074, significant beyond z = 5, as the R
    # package winnerscurse quotes them.
    seen = Estimate("lift", z, z - 5, z + 5, Unit.LIFT, 1000, "normal", 1 - 2 * stats.norm.sf(5))
    assert given_significance(seen).value == pytest.approx(likeliest, abs=0.005)


@given(st.floats(1.97, 12))
def test_given_significance_the_likeliest_effect_is_the_one_whose_winners_average_what_was_seen(z):
    # Zhong and Prentice (2008): the score of the truncated likelihood is z less the mean of winners.
    found = given_significance(lift(z * 0.01, 0.01))
    shift = found.value / 0.01
    assert average(shift, Z) == pytest.approx(z, abs=1e-6)
    assert 0 <= shift <= z
    assert found.low < found.value < found.high

    def beyond(m):
        right, wrong = stats.norm.sf(Z - m), stats.norm.cdf(-Z - m)
        return stats.norm.sf(z - m) / (right + wrong)

    assert beyond(found.low / 0.01) == pytest.approx(0.025, rel=1e-6)
    assert beyond(found.high / 0.01) == pytest.approx(0.975, rel=1e-6)


@pytest.mark.parametrize("shift", [0.0, 1.0, 2.5, 4.0])
def test_intervals_given_significance_cover_among_the_significant(shift):
    # 4,000 significant results of one true effect: 95%, in a band of 94% to 96% (3 standard errors); the plain interval
    # of an effect that is not there never covers.
    draw = np.random.default_rng(67)
    z = draw.normal(shift, 1, 400_000)
    found = z[np.abs(z) > Z][:4000]
    grid = np.linspace(Z + 1e-9, np.abs(found).max() + 1e-6, 600)
    ends = [given_significance(lift(float(x) * 0.01, 0.01)) for x in grid]
    low, high = ([getattr(one, name) / 0.01 for one in ends] for name in ("low", "high"))
    least, most = (np.interp(np.abs(found), grid, end) for end in (low, high))
    sign = np.sign(found)
    covered = (np.where(sign > 0, least, -most) <= shift) & (shift <= np.where(sign > 0, most, -least))
    assert 0.94 <= covered.mean() <= 0.96


def test_what_is_no_winner_stays_and_what_is_no_number_is_refused():
    same = lift(0.01, 0.02)
    assert given_significance(same) is same
    for bad in (0, 1, -0.1, math.nan):
        with pytest.raises(SettingError):
            false_positive_risk(bad)
    with pytest.raises(SettingError, match="effect of 0"):
        exaggeration(0, 1)
    with pytest.raises(SettingError, match="above 0"):
        exaggeration(1, 0)
    with pytest.raises(TooFewError):
        fitted([0.1] * 5, [0.1] * 5)
    with pytest.raises(SettingError):
        fitted([0.1] * 30, [0.0] * 30)
    with pytest.raises(SettingError, match="eligible"):
        weekly_impact(same, baseline=1, units=-1)
