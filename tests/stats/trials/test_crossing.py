"""Chances to cross against published tables and other integrals."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate
from scipy import stats as reference
from scipy.optimize import brentq

from pmlib.stats.trials.crossing import exits


def even(looks):
    return [look / looks for look in range(1, looks + 1)]


def crossed(times, bounds, drift=0.0):
    upper, lower = exits(times, bounds, drift)
    return float(upper.sum() + lower.sum())


@pytest.mark.parametrize(
    ("looks", "chance"),
    [(1, 0.050), (2, 0.083), (3, 0.107), (4, 0.126), (5, 0.142), (10, 0.193), (20, 0.248), (50, 0.320)],
)
def test_repeated_looks_at_the_fixed_bound(looks, chance):
    # Armitage, McPherson and Rowe (1969), JRSS A 132:235-244: repeated tests at the 5% level, as printed there.
    assert crossed(even(looks), [1.96] * looks) == pytest.approx(chance, abs=6e-4)


@pytest.mark.parametrize(
    ("looks", "pocock", "fleming"),
    [
        (2, 2.178, 1.977),
        (3, 2.289, 2.004),
        (4, 2.361, 2.024),
        (5, 2.413, 2.040),
        (10, 2.555, 2.087),
        (20, 2.672, 2.126),
    ],
)
def test_constants_of_pocock_and_obrien_fleming(looks, pocock, fleming):
    # Jennison and Turnbull (2000), Group Sequential Methods, tables 2.1 (Pocock) and 2.3, both sides 5%.
    times = even(looks)
    assert crossed(times, [pocock] * looks) == pytest.approx(0.05, abs=8e-5)
    assert crossed(times, [fleming / math.sqrt(time) for time in times]) == pytest.approx(0.05, abs=1.2e-4)


@pytest.mark.parametrize(("looks", "factor"), [(2, 1.007), (3, 1.016), (4, 1.022), (5, 1.026), (10, 1.037)])
def test_inflation_of_obrien_fleming(looks, factor):
    # Jennison and Turnbull (2000), chapter 2, power 90%: maximum sample over the fixed sample.
    times = even(looks)
    constant = brentq(lambda c: crossed(times, [c / math.sqrt(t) for t in times]) - 0.05, 1.9, 2.3)
    bounds = [constant / math.sqrt(time) for time in times]
    drift = brentq(lambda one: exits(times, bounds, one)[0].sum() - 0.9, 2, 5)
    fixed = reference.norm.isf(0.025) + reference.norm.isf(0.1)
    assert (drift / fixed) ** 2 == pytest.approx(factor, abs=6e-4)


def test_power_of_a_published_plan():
    # The example of R's ldbounds after Reboussin, DeMets, Kim and Lan (2000), Controlled Clinical Trials 21:190-207: a
    # drift of 3.242. Its power, 90%, by a normal of six dimensions; the lower side is crossed by fewer than 1 in 10^6.
    times, bounds = [0.13, 0.4, 0.69, 0.9, 0.98, 1], np.array([5.3666, 3.7102, 2.9728, 2.5365, 2.2154, 1.9668])
    covariance = [[math.sqrt(min(a, b) / max(a, b)) for b in times] for a in times]
    normal = reference.multivariate_normal(3.242 * np.sqrt(times), covariance, abseps=1e-7, maxpts=500_000, seed=1)
    power = 1 - normal.cdf(bounds, lower_limit=-bounds)
    assert exits(times, bounds, 3.242)[0].sum() == pytest.approx(power, abs=5e-6)
    assert power == pytest.approx(0.90, abs=5e-4)


def test_interval_of_a_published_stop():
    # The R package GroupSeq documents for computeConfidenceIntervall, with bounds of 1 at half and Z = 1.7 at the end,
    # drifts of 1.115315 and 1.264942 for the middle 5%; its grid is coarse.
    for drift, chance in [(1.115315, 0.475), (1.264942, 0.525)]:
        assert exits([0.5, 1], [1.0, 1.7], drift)[0].sum() == pytest.approx(chance, abs=3e-5)


@pytest.mark.parametrize("drift", [0.0, 1.5, -4.0])
@pytest.mark.parametrize("times", [(0.3, 0.5, 1.0), (0.05, 0.9, 1.0)])
def test_three_looks_as_a_normal_of_three_dimensions(times, drift):
    bounds = np.array([2.9, 2.2, 2.0])
    mean = drift * np.sqrt(times)
    covariance = [[math.sqrt(min(a, b) / max(a, b)) for b in times] for a in times]
    normal = reference.multivariate_normal(mean, covariance, abseps=1e-9, releps=1e-9, maxpts=3_000_000, seed=1)
    inside = normal.cdf(bounds, lower_limit=-bounds)
    assert crossed(times, bounds, drift) == pytest.approx(1 - inside, abs=2e-6)


def test_two_looks_as_an_integral():
    times, bounds, drift = (0.37, 1.0), (2.4, 1.9), 0.8
    first = reference.norm(drift * times[0], math.sqrt(times[0]))
    step = reference.norm(drift * (times[1] - times[0]), math.sqrt(times[1] - times[0]))
    edge = bounds[0] * math.sqrt(times[0])
    second, _ = integrate.quad(lambda x: first.pdf(x) * step.sf(bounds[1] - x), -edge, edge, epsabs=1e-14, epsrel=1e-13)
    upper, _ = exits(times, bounds, drift)
    assert upper == pytest.approx([first.sf(edge), second], rel=1e-11)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0.05, 1.0), min_size=2, max_size=5),
    st.lists(st.floats(0.5, 5.0), min_size=5, max_size=5),
    st.floats(-5, 5),
)
def test_chances_mirror_scale_and_add_up(steps, bounds, drift):
    times = np.cumsum(steps)
    bounds = bounds[: len(times)]
    upper, lower = exits(times, bounds, drift)
    mirrored = exits(times, bounds, -drift)
    assert mirrored[0] == pytest.approx(lower, abs=1e-12)
    assert exits(times * 7, bounds, drift / math.sqrt(7))[0] == pytest.approx(upper, abs=1e-12)
    # A last bound of 0 is crossed by all that still run.
    all_out = exits(times, [*bounds[:-1], 0.0], drift)
    assert all_out[0].sum() + all_out[1].sum() == pytest.approx(1, abs=1e-11)


def test_peeking_on_fourteen_days_by_simulation():
    # 40,000 seeded walks, 1.96 at each look; the band is 4 standard errors of what they give.
    walks = np.cumsum(np.random.default_rng(14).normal(0, 1, (40_000, 14)), axis=1) / np.sqrt(np.arange(1, 15))
    alarms = (np.abs(walks) > 1.959964).any(axis=1).mean()
    assert crossed(even(14), [1.959964] * 14) == pytest.approx(alarms, abs=0.0083)
