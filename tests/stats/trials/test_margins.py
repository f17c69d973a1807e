"""Non-inferiority: states as they are defined, the test against brute force, and its agreement with the interval."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import optimize, stats

from pmlib.core import Estimate, SettingError, Unit
from pmlib.stats import Moments, mean_lift, share_lift
from pmlib.stats.means import freedom
from pmlib.stats.trials.margins import interval_margin

# Where an interval may lie against 0 and the margin, after the CONSORT extension of Piaggio and others (2012), JAMA
# 308:2594-2604; drawn here as lifts where less is worse and the margin is 10%. The states follow by hand from the ends.
SCENARIOS = {
    "A": (0.02, 0.12, "superior", False),
    "B": (-0.05, 0.05, "non-inferior", False),
    "C": (-0.08, 0.02, "non-inferior", False),
    "D": (-0.09, -0.01, "non-inferior", True),
    "E": (-0.15, 0.05, "inconclusive", False),
    "F": (-0.13, 0.01, "inconclusive", False),
    "G": (-0.15, -0.05, "inconclusive", True),
    "H": (-0.30, -0.12, "inferior", True),
}

means = st.integers(-500, 500).map(lambda x: (x + 0.5) / 10)
moments = st.builds(Moments, st.integers(3, 3000), means, st.floats(0.01, 1e4))
margins = st.floats(0.005, 0.9)
sides = st.sampled_from(["up", "down"])


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_states_follow_from_where_the_interval_lies(scenario):
    low, high, state, worse = SCENARIOS[scenario]
    lift = Estimate("lift", (low + high) / 2, low, high, Unit.LIFT, 900, "drawn")
    found = interval_margin(lift, 0.10)
    assert (found.state, found.worse) == (state, worse)
    turned = Estimate("lift", -(low + high) / 2, -high, -low, Unit.LIFT, 900, "drawn")
    mirrored = interval_margin(turned, 0.10, better="down")
    assert (mirrored.state, mirrored.worse) == (state, worse)
    assert ("yet clearly worse" in found.words) == (worse and state != "inferior")


def of_means(group, base, margin, better="up"):
    return interval_margin(mean_lift(group, base), margin, better=better)


def of_shares(*counts, margin, better="up"):
    return interval_margin(share_lift(*counts), margin, better=better)


@given(moments, moments, margins, sides)
def test_a_mean_passes_where_the_linear_test_rejects(group, base, margin, better):
    found = of_means(group, base, margin, better)
    assume(found.lift.low is not None)
    # Sasabuchi's statistic; a loss is a part of |base|.
    sign = 1 if better == "up" else -1
    part = 1 - sign * math.copysign(margin, base.mean)
    t = sign * (group.mean - part * base.mean) / math.sqrt(group.error + part**2 * base.error)
    p = stats.t.sf(t, freedom(group, base))
    assume(min(abs(p - 0.025), abs(p - 0.975)) > 1e-9)
    assert found.passed == (p < 0.025 or found.state == "superior")
    assert (found.state == "inferior") == (p > 0.975)
    assert found.worse == (sign * (found.lift.high if better == "up" else found.lift.low) < 0)


@given(moments, moments, margins, st.floats(0.1, 10))
def test_scaling_leaves_the_test_and_turning_swaps_better(group, base, margin, factor):
    found = of_means(group, base, margin)
    assume(
        all(abs(abs(end) - margin) > 1e-9 and abs(end) > 1e-9 for end in (found.lift.low or 1, found.lift.high or 1))
    )
    grown = [Moments(one.n, factor * one.mean, factor**2 * one.variance) for one in (group, base)]
    turned = [Moments(one.n, -one.mean, one.variance) for one in (group, base)]
    assert of_means(*grown, margin).state == found.state
    mirrored = of_means(*turned, margin, better="down")
    assert (mirrored.state, mirrored.worse) == (found.state, found.worse)


@pytest.mark.parametrize(
    ("hits", "n", "base_hits", "base_n", "margin"), [(83, 88, 69, 76, 0.1), (45, 300, 50, 280, 0.2)]
)
def test_the_score_is_that_of_the_likelihood_held_at_the_margin(hits, n, base_hits, base_n, margin):
    ratio = 1 - margin

    def unlikely(share):
        other = ratio * share
        return -(stats.binom.logpmf(hits, n, other) + stats.binom.logpmf(base_hits, base_n, share))

    share = optimize.minimize_scalar(unlikely, bounds=(1e-6, 1 - 1e-9), options={"xatol": 1e-12}, method="bounded").x
    other, total = ratio * share, n + base_n
    variance = other * (1 - other) / n + ratio**2 * share * (1 - share) / base_n
    z = (hits / n - ratio * base_hits / base_n) / math.sqrt(variance * total / (total - 1))
    # The interval at the level of this test ends at the margin.
    level = 1 - 2 * min(stats.norm.sf(z), stats.norm.cdf(z))
    lift = share_lift(hits, n, base_hits, base_n, level=level)
    assert (lift.low if z > 0 else lift.high) == pytest.approx(-margin, rel=1e-4)


def test_the_ends_of_a_published_interval_are_the_margins_at_the_level():
    # Miettinen and Nurminen's interval of 7 of 34 against 1 of 34 in the R package contingencytables, that of
    # Fagerland, Lydersen and Laake (2017): ratio 1.2086 to 43.0330; here the other way round.
    for end, before, beyond in (
        (1 / 43.0330, "inconclusive", "non-inferior"),
        (1 / 1.2086, "inferior", "inconclusive"),
    ):
        assert of_shares(1, 34, 7, 34, margin=1 - end - 1e-4).state == before
        assert of_shares(1, 34, 7, 34, margin=1 - end + 1e-4).state == beyond
        assert of_shares(7, 34, 1, 34, margin=1 / end - 1 - 0.01, better="down").state == before
        assert of_shares(7, 34, 1, 34, margin=1 / end - 1 + 0.01, better="down").state == beyond


def test_the_linear_test_of_a_mean_is_welch_on_a_scaled_base():
    # Student's sleep data, hours plus 5: the base times 0.8 against the group, with scipy's own t and p.
    group = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]) + 5
    base = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]) + 5
    known = stats.ttest_ind(group, 0.8 * base, equal_var=False)
    part = (group.var(ddof=1) / 10) / ((group.var(ddof=1) + base.var(ddof=1)) / 10)
    df = 9 / (part**2 + (1 - part) ** 2)
    p = stats.t.sf(known.statistic, df)
    lift = mean_lift(Moments.of(group), Moments.of(base), level=1 - 2 * min(p, 1 - p))
    assert (lift.low if p < 0.5 else lift.high) == pytest.approx(-0.2, rel=1e-9)


@pytest.mark.parametrize("better", ["up", "down"])
def test_a_loss_of_the_margin_passes_in_one_of_forty_runs(better):
    # 2,000 runs at the margin itself, 400 units of 1.6 mean a unit each: 2.5%, in a band of 1.4% to 3.6%.
    draw = np.random.default_rng(13)
    toward = -0.1 if better == "up" else 0.1
    groups, bases = draw.gamma(2, 0.8 * (1 + toward), (2000, 400)), draw.gamma(2, 0.8, (2000, 400))
    pairs = zip(groups, bases, strict=True)
    passed = [of_means(Moments.of(one), Moments.of(other), 0.1, better).passed for one, other in pairs]
    assert 0.014 <= np.mean(passed) <= 0.036


def test_shares_at_the_margin_pass_in_one_of_forty_runs():
    # 2,000 runs: 9% of 3,000 against 10%, a loss of the margin itself; 1.4% to 3.6%.
    draw = np.random.default_rng(17)
    pairs = zip(draw.binomial(3000, 0.09, 2000), draw.binomial(3000, 0.10, 2000), strict=True)
    assert 0.014 <= np.mean([of_shares(a, 3000, b, 3000, margin=0.1).passed for a, b in pairs]) <= 0.036


def test_a_negative_baseline_loses_downwards():
    base = Moments(5000, -10.0, 4.0)
    assert of_means(Moments(5000, -10.3, 4.0), base, 0.05).state == "non-inferior"
    assert of_means(Moments(5000, -10.3, 4.0), base, 0.05).worse
    assert of_means(Moments(5000, -11.0, 4.0), base, 0.05).state == "inferior"
    assert of_means(Moments(5000, -9.0, 4.0), base, 0.05).state == "superior"
    assert of_means(Moments(5000, -9.7, 4.0), base, 0.05, better="down").state == "non-inferior"


def test_open_ends_and_what_tells_nothing():
    # The base may be 0, so no relative interval: neither a loss relative to it nor a gain is shown.
    lost = of_means(Moments(50, -3.0, 4.0), Moments(50, 0.1, 4.0), 0.1)
    assert (lost.state, lost.worse) == ("inconclusive", False)
    assert "cannot be told from 0" in lost.words
    flat = of_means(Moments(50, 1.0, 0.0), Moments(50, 1.0, 0.0), 0.1)
    assert flat.state == "inconclusive"
    assert "no unit differs" in flat.words
    assert of_shares(0, 500, 0, 500, margin=0.1).state == "inconclusive"
    assert of_shares(500, 500, 500, 500, margin=0.1).state == "non-inferior"
    lift = mean_lift(Moments(500, 1.0, 1.0), Moments(500, 1.0, 1.0))
    for bad in (0, -0.1, 1.0, math.nan):
        with pytest.raises(SettingError):
            interval_margin(lift, bad)
    assert interval_margin(lift, 1.5, better="down").margin == 1.5
    with pytest.raises(SettingError, match="'up' or 'down'"):
        interval_margin(lift, 0.1, better="higher")
