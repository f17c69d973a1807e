"""Odds against closed forms, published figures and integrals."""

import numpy as np
import pytest
from scipy import integrate, stats

from pmlib.core import SettingError
from pmlib.experiments import odds, trial
from pmlib.sources.registrations import Measure, Registration
from tests.experiments.made import converted, units_of


def test_two_shares_are_the_published_example():
    # Miller (2013), Formulas for Bayesian A/B testing: the chance is a finite sum; here 17 of 20 against 11 of 20 by
    # integrating Beta(18, 4) against Beta(12, 10).
    found = odds(trial(converted(a=(11, 20), b=(17, 20)), metric="converted", control="a"))
    arm, base = stats.beta(18, 4), stats.beta(12, 10)
    chance, _ = integrate.quad(lambda x: arm.pdf(x) * base.cdf(x), 0, 1)
    loss, _ = integrate.quad(lambda x: arm.cdf(x) * base.sf(x), 0, 1)
    gain, _ = integrate.quad(lambda x: base.cdf(x) * arm.sf(x), 0, 1)
    won, lost, missed, lift = found.estimates
    assert (won.value, lost.value, missed.value) == pytest.approx((chance, loss, gain), rel=1e-6)
    assert gain - loss == pytest.approx(18 / 22 - 12 / 22)
    assert found.headline == (
        f"Converted: b is better than a with a chance of {chance:.1%}; shipping it is expected to lose "
        f"{loss * 100:.2f} points, keeping a {gain * 100:.2f} points."
    )
    assert lift.low < lift.value < lift.high
    assert "Beta(1, 1)" in found.definition
    assert any("allow for no earlier look" in one for one in found.cautions)


def test_without_a_belief_the_chance_of_a_mean_is_the_one_sided_p_value():
    draw = np.random.default_rng(2)
    a, b = draw.normal(10, 3, 300), draw.normal(10.4, 3, 300)
    units = units_of(arm=["a"] * 300 + ["b"] * 300, spend=[*a.tolist(), *b.tolist()])
    found = odds(trial(units, metric="spend", control="a"))
    p = stats.ttest_ind(b, a, equal_var=False, alternative="greater").pvalue
    assert found.estimates[0].value == pytest.approx(1 - p, rel=1e-9)
    assert "nothing, every lift alike likely" in found.definition
    less = odds(trial(units, metric="-spend", control="a"))
    assert less.estimates[0].value == pytest.approx(p, rel=1e-9)
    assert less.estimates[1].value == pytest.approx(found.estimates[2].value)


def test_a_belief_and_a_lift_are_weighed_by_precision():
    # 20,000 units an arm, mean 10, s = 5: the lift 4 % has the error sqrt(1 + 1.04²) * 5 / sqrt(20,000) / 10 = 0.51 %.
    # With a belief of 1 % the weight is 1 / (1 + 0.51² / 1²) = 0.794: 3.18 % remain, and their error is 0.454 %.
    each = np.repeat([5.0, 15.0], 10_000)
    units = units_of(arm=["a"] * 20_000 + ["b"] * 20_000, spend=[*each.tolist(), *(each + 0.4).tolist()])
    found = odds(trial(units, metric="spend", control="a"), usual=0.01)
    lift = found.estimates[3]
    assert lift.value == pytest.approx(0.0318, abs=2e-4)
    assert (lift.high - lift.low) / 2 / 1.96 == pytest.approx(0.00454, abs=5e-5)
    assert "standard deviation of 1.0%" in found.definition
    assert "log-ratios" not in found.definition


def test_an_extreme_lift_is_weighed_as_a_log_ratio():
    # Eppo's example as counted in tests/stats/trials/test_bayes.py: 4 and 10 of 200, half of all lifts within 21 %,
    # +6.5 % by the linear formula, +19 % to +23 % by logarithms with delta errors, somewhat more with the exact pivot.
    found = odds(trial(converted(a=(4, 200), b=(10, 200)), metric="converted", control="a"), usual=0.3113)
    assert 0.19 < found.estimates[3].value < 0.30
    assert "of log-ratios where the arms lie further apart than 1 to 1.5" in found.definition


def test_of_several_arms_one_is_most_likely_the_best():
    units = converted(none=(226, 2131), women=(324, 2139), men=(345, 2131))
    found = odds(trial(units, metric="converted", control="none"))
    counts = [(226, 2131), (345, 2131), (324, 2139)]
    draws = np.random.default_rng(1).beta(
        [hits + 1 for hits, _ in counts], [n - hits + 1 for hits, n in counts], (200_000, 3)
    )
    shares = np.bincount(draws.argmax(axis=1), minlength=3) / 200_000
    best = [one.value for one in found.estimates if "best of all" in one.label]
    # The band of 200,000 draws: four standard errors of a half are 0.0045.
    assert best == pytest.approx(shares[1:], abs=0.0045)
    assert found.headline.startswith("Converted: of 2 arms men does best, better than none with a chance of over 99.9%")
    assert f"and the best of all with {best[0]:.1%}" in found.headline
    assert found.table.rows[0][3] == f"{best[0]:.1%}"
    believed = odds(trial(units, metric="converted", control="none"), usual=0.05)
    assert not any("best of all" in one.label for one in believed.estimates)


def test_a_ratio_and_a_covariate_are_read_as_in_the_lift():
    draw = np.random.default_rng(4)
    before, arm = draw.normal(5, 2, 800), ["a", "b"] * 400
    spend = before + draw.normal(0, 1, 800) + 0.1 * (np.array(arm) == "b")
    visits = draw.integers(1, 4, 800)
    units = units_of(arm=arm, spend=spend.tolist(), before=before.tolist(), visits=visits.tolist())
    for measure in (Measure("spend", before="before"), Measure("spend", kind="ratio", over="visits")):
        made = trial(units, registration=Registration("t", "", "a", {"a": 1, "b": 1}, (measure,), digest="x"))
        (one,) = made.comparisons["spend"]
        # A flat belief gives the p-value of the test that decides.
        half = one.p / 2
        assert odds(made).estimates[0].value == pytest.approx(1 - half if one.gain > 0 else half, rel=1e-6)


def test_what_cannot_be_weighed():
    flat = units_of(arm=["a", "b"] * 20, x=[5.0] * 40)
    assert odds(trial(flat, metric="x", control="a")).headline.startswith("This cannot be answered: ")
    none = odds(trial(converted(a=(0, 50), b=(0, 50)), metric="converted", control="a"))
    assert none.estimates[0].value == pytest.approx(0.5)
    with pytest.raises(SettingError, match="Usual lifts are given as a fraction up to 1"):
        odds(trial(flat, metric="x", control="a"), usual=5)
    off = odds(trial(converted(a=(30, 100), b=(40, 200)), metric="converted", control="a"))
    assert off.headline.startswith("The odds cannot be read: the arms are not as planned")


def test_skew_in_unequal_arms_is_named():
    draw = np.random.default_rng(4)
    spend = np.exp(draw.normal(0, 1.5, 1000))
    units = units_of(arm=["b"] * 100 + ["a"] * 900, spend=spend.tolist())
    found = odds(trial(units, metric="spend", control="a", weights="9:1"))
    assert "Spend is skewed and b unlike a in size, which these odds do not allow for." in found.cautions
