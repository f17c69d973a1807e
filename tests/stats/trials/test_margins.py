"""Non-inferiority: states as they are defined, the test against brute force, and its agreement with the interval."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import optimize, stats

from pmlib.core import Estimate, SettingError, TooFewError, Unit
from pmlib.stats import Moments, mean_difference, share_difference
from pmlib.stats.trials.margins import interval_margin, mean_margin, share_margin

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


@given(moments, moments, margins, sides)
def test_the_state_of_a_mean_is_that_of_its_interval(group, base, margin, better):
    found = mean_margin(group, base, margin, better=better)
    assume(found.p is not None and min(abs(found.p - 0.025), abs(found.p - 0.975)) > 1e-9)
    assume(abs(mean_difference(group, base).p - 0.05) > 1e-9)
    if found.lift.low is not None:
        by_ends = interval_margin(found.lift, margin, better=better)
        assert (found.state, found.worse) == (by_ends.state, by_ends.worse)
    else:
        assert found.state != "inferior"
    assert found.passed == (found.state in {"superior", "non-inferior"})


@given(st.integers(1, 400), st.integers(0, 400), st.integers(1, 400), st.integers(0, 400), margins, sides)
def test_the_state_of_a_share_is_that_of_its_interval(n, hits, base_n, base_hits, margin, better):
    hits, base_hits = min(hits, n), min(base_hits, base_n)
    found = share_margin(hits, n, base_hits, base_n, margin, better=better)
    assume(min(abs(found.p - 0.025), abs(found.p - 0.975)) > 1e-6)
    assume(abs(share_difference(hits, n, base_hits, base_n).p - 0.05) > 1e-6)
    if found.lift.low is not None and found.lift.high is not None:
        by_ends = interval_margin(found.lift, margin, better=better)
        assert (found.state, found.worse) == (by_ends.state, by_ends.worse)


@given(moments, moments, margins, st.floats(0.1, 10))
def test_scaling_leaves_the_test_and_turning_swaps_better(group, base, margin, factor):
    found = mean_margin(group, base, margin)
    grown = [Moments(one.n, factor * one.mean, factor**2 * one.variance) for one in (group, base)]
    turned = [Moments(one.n, -one.mean, one.variance) for one in (group, base)]
    assert mean_margin(*grown, margin).p == pytest.approx(found.p, rel=1e-6)
    mirrored = mean_margin(*turned, margin, better="down")
    assert (mirrored.state, mirrored.worse) == (found.state, found.worse)
    assert mirrored.p == pytest.approx(found.p, rel=1e-9)


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
    assert share_margin(hits, n, base_hits, base_n, margin).p == pytest.approx(stats.norm.sf(z), rel=1e-5)


@pytest.mark.parametrize(("end", "p"), [(1 / 43.0330, 0.025), (1 / 1.2086, 0.975)])
def test_the_ends_of_a_published_interval_are_the_margins_at_the_level(end, p):
    # Miettinen and Nurminen's interval of 7 of 34 against 1 of 34 in the R package contingencytables, which goes with
    # Fagerland, Lydersen and Laake (2017): ratio 1.2086 to 43.0330; here the other way round.
    assert share_margin(1, 34, 7, 34, 1 - end).p == pytest.approx(p, abs=1e-5)
    assert share_margin(7, 34, 1, 34, 1 / end - 1, better="down").p == pytest.approx(p, abs=1e-5)


def test_the_linear_test_of_a_mean_is_welch_on_a_scaled_base():
    # Student's sleep data, hours plus 5: the base times 0.8 against the group, with scipy's own t and p.
    group = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]) + 5
    base = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]) + 5
    found = mean_margin(Moments.of(group), Moments.of(base), 0.2)
    known = stats.ttest_ind(group, 0.8 * base, equal_var=False)
    part = (group.var(ddof=1) / 10) / ((group.var(ddof=1) + base.var(ddof=1)) / 10)
    df = 9 / (part**2 + (1 - part) ** 2)
    assert found.p == pytest.approx(stats.t.sf(known.statistic, df), rel=1e-9)


@pytest.mark.parametrize("better", ["up", "down"])
def test_a_loss_of_the_margin_passes_in_one_of_forty_runs(better):
    # 2,000 runs at the margin itself, 400 units of 1.6 mean a unit each: 2.5%, in a band of 1.4% to 3.6%.
    draw = np.random.default_rng(13)
    toward = -0.1 if better == "up" else 0.1
    groups, bases = draw.gamma(2, 0.8 * (1 + toward), (2000, 400)), draw.gamma(2, 0.8, (2000, 400))
    pairs = zip(groups, bases, strict=True)
    passed = [mean_margin(Moments.of(one), Moments.of(other), 0.1, better=better).passed for one, other in pairs]
    assert 0.014 <= np.mean(passed) <= 0.036


def test_shares_at_the_margin_pass_in_one_of_forty_runs():
    # 2,000 runs: 9% of 3,000 against 10%, a loss of the margin itself; 1.4% to 3.6%.
    draw = np.random.default_rng(17)
    pairs = zip(draw.binomial(3000, 0.09, 2000), draw.binomial(3000, 0.10, 2000), strict=True)
    assert 0.014 <= np.mean([share_margin(a, 3000, b, 3000, 0.1).passed for a, b in pairs]) <= 0.036


def test_a_negative_baseline_loses_downwards():
    base = Moments(5000, -10.0, 4.0)
    assert mean_margin(Moments(5000, -10.3, 4.0), base, 0.05).state == "non-inferior"
    assert mean_margin(Moments(5000, -10.3, 4.0), base, 0.05).worse
    assert mean_margin(Moments(5000, -11.0, 4.0), base, 0.05).state == "inferior"
    assert mean_margin(Moments(5000, -9.0, 4.0), base, 0.05).state == "superior"
    assert mean_margin(Moments(5000, -9.7, 4.0), base, 0.05, better="down").state == "non-inferior"


def test_open_ends_and_what_tells_nothing():
    # The base may be 0, so no relative interval: a large gain is still seen, a loss relative to it never shown.
    base = Moments(50, 0.1, 4.0)
    assert mean_margin(Moments(50, 3.0, 4.0), base, 0.1).state == "superior"
    lost = mean_margin(Moments(50, -3.0, 4.0), base, 0.1)
    assert (lost.state, lost.worse) == ("inconclusive", True)
    assert "cannot be told from 0" in lost.words
    flat = mean_margin(Moments(50, 1.0, 0.0), Moments(50, 1.0, 0.0), 0.1)
    assert (flat.state, flat.p) == ("inconclusive", None)
    assert "no unit differs" in flat.words
    assert mean_margin(Moments(50, 1.0, 1.0), Moments(50, 0.0, 1.0), 0.1).p is not None
    assert share_margin(0, 500, 0, 500, 0.1).state == "inconclusive"
    assert share_margin(500, 500, 500, 500, 0.1).state == "non-inferior"
    assert mean_margin(Moments(10**8, 2.0, 1.0), Moments(10**8, 1.0, 1.0), 0.1).p > 0
    for bad in (0, -0.1, 1.0, math.nan):
        with pytest.raises(SettingError):
            mean_margin(base, base, bad)
    assert mean_margin(base, base, 1.5, better="down").margin == 1.5
    with pytest.raises(SettingError, match="'up' or 'down'"):
        share_margin(1, 2, 1, 2, 0.1, better="higher")
    with pytest.raises(TooFewError):
        share_margin(0, 0, 1, 2, 0.1)
