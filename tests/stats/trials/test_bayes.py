"""Beliefs: closed forms against integrals, and no prior against Welch and Fieller."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import integrate, stats

from pmlib.core import SettingError, TooFewError
from pmlib.stats import Moments, mean_difference, mean_lift
from pmlib.stats.trials.bayes import best, odds
from pmlib.stats.trials.beliefs import Belief, Prior

# Half of all lifts within 21% of nothing: 0.21 / 0.6745, the upper quartile of a standard normal.
HALF = 0.21 / stats.norm.ppf(0.75)
ARM, CONTROL = Moments(200, 0.05, 0.05 * 0.95 * 200 / 199), Moments(200, 0.02, 0.02 * 0.98 * 200 / 199)

means = st.integers(-200, 200).map(lambda x: (x + 0.5) / 10)
moments = st.builds(Moments, st.integers(5, 2000), means, st.floats(0.01, 100))
scales = st.sampled_from(["lift", "difference"])


def test_an_extreme_lift_is_shrunk_less_on_the_log_scale():
    # 10 of 200 against 4 of 200. By the linear formula with its delta error +6.5%, on logarithms +19% to +23%,
    # by which of the two quartiles of 21% is meant; errors by the delta method, counted by hand.
    error = math.sqrt(0.0475 / 200 + 2.5**2 * 0.0196 / 200) / 0.02
    assert Belief.normal(0, HALF).updated(1.5, error).mean == pytest.approx(0.065, abs=0.001)
    log_error = math.sqrt(0.0475 / 200 / 0.05**2 + 0.0196 / 200 / 0.02**2)
    ends = [math.expm1(Belief.normal(0, sd).updated(math.log(2.5), log_error).mean)
            for sd in (math.log(1.21) / stats.norm.ppf(0.75), HALF)]  # fmt: skip
    assert ends == pytest.approx([0.190, 0.225], abs=0.002)
    # With the exact pivot in place of delta errors the linear scale is not so far off.
    linear, log = (
        odds(ARM, CONTROL, Prior(Belief.normal(0, HALF)), scale=s).effect.value for s in ("lift", "log-ratio")
    )
    assert 0.10 < linear < log < 0.30


@given(moments, moments, scales)
def test_without_a_prior_the_odds_are_those_of_welch_and_fieller(group, base, scale):
    found = odds(group, base, scale=scale)
    p, gain = mean_difference(group, base).p, group.mean - base.mean
    assert found.chance == pytest.approx(1 - p / 2 if gain > 0 else p / 2, abs=1e-12)
    known = mean_lift(group, base) if scale == "lift" else mean_difference(group, base)
    assert (found.effect.low, found.effect.high) == (known.low, known.high)
    turned = odds(group, base, scale=scale, better="down")
    assert turned.chance == pytest.approx(1 - found.chance, abs=1e-12)
    assert (turned.loss, turned.regret) == (found.regret, found.loss)


@pytest.mark.parametrize("scale", ["lift", "difference", "log-ratio"])
def test_a_prior_that_says_nothing_leaves_welch_and_fieller(scale):
    group, base = Moments(900, 10.4, 40.0), Moments(1000, 10.0, 30.0)
    wide = Prior(Belief.normal(0, 50.0), scale)
    wide = Prior(wide.belief.scaled(10.0), scale) if scale == "difference" else wide
    found, flat = odds(group, base, wide, scale=scale), odds(group, base, scale=scale)
    assert found.chance == pytest.approx(flat.chance, abs=2e-4)
    assert found.effect.low == pytest.approx(flat.effect.low, abs=5e-4)
    assert found.effect.high == pytest.approx(flat.effect.high, abs=5e-4)
    # Without a prior the loss of a lift is that of the difference, over the base as it was seen.
    assert found.loss == pytest.approx(flat.loss, rel=0.005 if scale == "difference" else 0.05)


def test_a_base_that_is_known_gives_the_normal_with_precision_weights():
    group, base = Moments(4000, 10.3, 40.0), Moments(10**12, 10.0, 40.0)
    prior = Belief.normal(0.01, 0.015)
    found = odds(group, base, Prior(prior))
    error = math.sqrt(40 / 4000) / 10
    weight = 0.015**2 / (0.015**2 + error**2)
    after, sd = 0.01 * (1 - weight) + 0.03 * weight, 0.015 * math.sqrt(1 - weight)
    # Student's t of 3,999 degrees of freedom is left in it.
    assert found.effect.value == pytest.approx(after, abs=2e-5)
    assert found.effect.low == pytest.approx(after - 1.959964 * sd, abs=5e-5)
    assert found.chance == pytest.approx(stats.norm.cdf(after / sd), abs=2e-4)
    plain = prior.updated(0.03, error)
    assert (found.loss, found.regret) == pytest.approx((plain.loss(), plain.gain()), rel=0.01)


def test_a_prior_of_lifts_shrinks_differences_as_it_shrinks_lifts():
    # A base of 1,000 and of 0.001: a prior taken for one of differences would swallow one effect and spare the other.
    prior = Prior(Belief.normal(0, 0.02))
    for size in (1000.0, 1.0, 0.001):
        group, base = Moments(4000, 1.03 * size, size**2), Moments(4000, size, size**2)
        lift, gap = odds(group, base, prior), odds(group, base, prior, scale="difference")
        assert gap.effect.value == pytest.approx(lift.effect.value * size, rel=0.03)
        assert gap.chance == pytest.approx(lift.chance, abs=0.005)
        assert 0.005 < lift.effect.value < 0.02


def test_prior_scales_go_to_and_fro():
    prior = Prior(Belief((0.5, 0.5), (0.0, 0.1), (0.01, 0.05)))
    gap = Prior(prior.on("difference", -40.0), "difference")
    assert gap.on("lift", -40.0).sds == pytest.approx(prior.belief.sds)
    log = Prior(prior.on("log-ratio", 3.0), "log-ratio")
    assert log.on("lift", 3.0).means == pytest.approx(prior.belief.means)
    assert log.on("lift", 3.0).sds == pytest.approx(prior.belief.sds)
    with pytest.raises(SettingError, match="base is 0"):
        prior.on("difference", 0.0)
    with pytest.raises(SettingError, match="logarithm"):
        Prior(Belief.normal(-1.5, 0.1)).on("log-ratio", 1.0)


@given(
    st.floats(-4, 4), st.floats(0.05, 3), st.floats(-4, 4), st.floats(0.05, 3), st.floats(0.05, 0.95), st.floats(-2, 2)
)
def test_closed_forms_of_a_mixture_are_its_integrals(first, narrow, second, wide, weight, bound):
    belief = Belief((weight, 1 - weight), (first, second), (narrow, wide))

    def density(x):
        return weight * stats.norm.pdf(x, first, narrow) + (1 - weight) * stats.norm.pdf(x, second, wide)

    x = np.linspace(-40, 40, 400_001)
    heights = density(x)
    assert belief.above(bound) == pytest.approx(np.trapezoid(np.where(x > bound, heights, 0), x), abs=2e-3)
    assert belief.gain(bound) == pytest.approx(np.trapezoid(np.maximum(x - bound, 0) * heights, x), abs=1e-6)
    assert belief.loss(bound) == pytest.approx(np.trapezoid(np.maximum(bound - x, 0) * heights, x), abs=1e-6)
    assert belief.below(belief.quantile(0.3)) == pytest.approx(0.3, abs=1e-9)
    assert np.exp(belief.log_density(x[::1000])) == pytest.approx(heights[::1000], rel=1e-9)


def test_a_mixture_is_updated_by_bayes_rule():
    prior = Belief((0.8, 0.2), (0.0, 0.01), (0.002, 0.03))
    after = prior.updated(0.02, 0.01)

    def weigh(x, power):
        return x**power * np.exp(prior.log_density(np.array([x])))[0] * stats.norm.pdf(0.02, x, 0.01)

    mass, first = (integrate.quad(weigh, -0.3, 0.3, args=(k,), points=[0, 0.02], epsabs=1e-14)[0] for k in (0, 1))
    assert after.mean == pytest.approx(first / mass, rel=1e-6)


def test_the_loss_of_a_normal_is_that_of_another_program():
    # GrowthBook's tests: 10 units of mean 10 and deviation 0.5 against 10 of mean 10.5 and deviation 1, each mean taken
    # as a normal, have the risks 0.51256 and 0.01256.
    found = Belief.normal(0.5, math.sqrt(0.5**2 / 10 + 1 / 10))
    assert (found.gain(), found.loss()) == pytest.approx((0.51256, 0.01256), abs=5e-6)


def test_the_loss_of_a_sure_winner_keeps_its_digits():
    # phi(z) - z Phi(-z) at z = 30, where the two all but cancel: phi / z^2 (1 - 3 / z^2 + 15 / z^4).
    exact = math.exp(-450) / math.sqrt(2 * math.pi) / 900 * (1 - 3 / 900 + 15 / 900**2)
    assert Belief.normal(30, 1).loss() == pytest.approx(exact, rel=1e-6)
    assert Belief.normal(300, 1).loss() >= 0


def test_credible_intervals_cover_lifts_drawn_from_their_prior():
    # 2,000 lifts from N(0, 10%), 250 units an arm: 95% are covered, in a band of 93.5% to 96.5%.
    draw = np.random.default_rng(19)
    prior = Prior(Belief.normal(0, 0.10))
    covered = 0
    for lift in draw.normal(0, 0.10, 2000):
        group, base = draw.gamma(2, 1 + lift, 250), draw.gamma(2, 1, 250)
        effect = odds(Moments.of(group), Moments.of(base), prior).effect
        covered += effect.low <= lift <= effect.high
    assert 0.935 <= covered / 2000 <= 0.965


@given(moments, moments, st.floats(0.01, 1))
def test_shrinking_never_leaves_the_stretch_from_prior_to_data(group, base, sd):
    # Where the base is far from 0 and of the arm's sign.
    assume(base.mean**2 > 100 * base.error and group.n > 50 and base.n > 50)
    value = mean_lift(group, base).value
    found = odds(group, base, Prior(Belief.normal(0, sd)))
    slack = 0.1 * (found.effect.high - found.effect.low)
    assert min(0, value) - slack <= found.effect.value <= max(0, value) + slack
    assert found.effect.low < found.effect.high
    assert 0 <= found.chance <= 1


def test_what_cannot_be_believed_is_refused():
    flat = Moments(9, 1.0, 0.0)
    with pytest.raises(TooFewError, match="no unit differs"):
        odds(flat, flat)
    with pytest.raises(SettingError, match="above 0"):
        odds(Moments(9, -1.0, 1.0), Moments(9, 1.0, 1.0), scale="log-ratio")
    with pytest.raises(SettingError, match="not of"):
        odds(ARM, CONTROL, Prior(Belief.normal(0, 1), "odds"))
    nothing = odds(Moments(9, 1.0, 1.0), Moments(9, 0.0, 1.0), Prior(Belief.normal(0, 1)))
    assert nothing.effect.value is None
    assert nothing.loss is None
    for bad in (((0.5,), (0.0,), (1.0,)), ((1.0,), (0.0,), (0.0,)), ((), (), ()), ((1.0,), (0.0, 1.0), (1.0,))):
        with pytest.raises(SettingError):
            Belief(*bad)
    with pytest.raises(SettingError, match="standard error"):
        Belief.normal(0, 1).updated(1, 0)
    with pytest.raises(SettingError, match="chance"):
        Belief.normal(0, 1).quantile(1)


def test_the_chance_to_be_the_best_is_an_integral_over_the_others():
    arms = [Moments(30, 10.0, 9.0), Moments(50, 10.6, 4.0), Moments(80, 10.4, 16.0), Moments(40, 9.0, 4.0)]
    beliefs = [stats.t(arm.n - 1, arm.mean, math.sqrt(arm.error)) for arm in arms]
    for sign, better in ((1, "up"), (-1, "down")):
        found = best(arms, better=better)
        assert sum(found) == pytest.approx(1.0)
        for at, own in enumerate(beliefs):
            others = [one for place, one in enumerate(beliefs) if place != at]

            def joint(x, own=own, others=others, sign=sign):
                return own.pdf(x) * math.prod(one.cdf(x) if sign > 0 else one.sf(x) for one in others)

            want, _ = integrate.quad(joint, 0, 20, points=[9, 10, 10.5, 11])
            assert found[at] == pytest.approx(want, abs=1e-4)


def test_of_two_arms_the_best_is_the_one_that_wins():
    arms = Moments(4000, 10.0, 9.0), Moments(4000, 10.1, 9.0)
    assert best(arms)[1] == pytest.approx(odds(arms[1], arms[0]).chance, abs=1e-4)
    assert best(arms, better="down")[0] == pytest.approx(best(arms)[1])
    assert best([arms[0]] * 4) == pytest.approx([0.25] * 4, abs=1e-9)
    assert best(arms[:1]) == (1.0,)
    with pytest.raises(TooFewError, match="nothing is learned of it"):
        best([arms[0], Moments(10, 1.0, 0.0)])
