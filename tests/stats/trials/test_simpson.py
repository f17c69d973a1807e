"""Simpson's paradox as published, and where there is none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pmlib.core import SettingError, TooFewError
from pmlib.stats import Moments
from pmlib.stats.trials.simpson import simpson


def share(hits, n):
    p = hits / n
    return Moments(n, p, p * (1 - p) * n / (n - 1))


# Charig, Webb, Payne and Wickham (1986), British Medical Journal 292:879-882: open surgery and percutaneous removal of
# kidney stones, small and large; 78% against 83% succeed, though surgery does better in both.
SURGERY, REMOVAL = [share(81, 87), share(192, 263)], [share(234, 270), share(55, 80)]


def test_the_published_paradox_is_found():
    found = simpson(SURGERY, REMOVAL)
    assert found.crude == pytest.approx(273 / 350 - 289 / 350)
    assert (found.against, found.segments) == (2, 2)
    # 357 small and 343 large stones: differences of 0.0644 and 0.0425, weighed by 0.51 and 0.49.
    assert found.standardised == pytest.approx(0.0537, abs=1e-4)
    assert found.alarm
    assert found.reversed
    assert "in 2 of 2 segments it is not" in found.words
    assert found.p == pytest.approx(stats.chi2_contingency([[87, 263], [270, 80]], correction=False).pvalue, rel=1e-9)


@given(st.lists(st.tuples(st.integers(5, 500), st.integers(-50, 50)), min_size=2, max_size=9))
def test_equal_mixes_have_no_paradox(rows):
    groups = [Moments(2 * n, mean + 1, 1.0) for n, mean in rows]
    bases = [Moments(n, mean, 1.0) for n, mean in rows]
    found = simpson(groups, bases)
    assert found.crude == pytest.approx(1)
    assert found.standardised == pytest.approx(1)
    assert not found.alarm
    assert not found.reversed
    assert found.words == ""


def test_random_splits_raise_no_alarm():
    # 2,000 random splits of 4 segments: an alarm in 0.1% of them, at most 7 (4 standard errors).
    draw = np.random.default_rng(47)
    counts = draw.binomial([300, 200, 1000, 50], 0.5, (2000, 4))
    alarms = [simpson([Moments(int(n), 1.0, 1.0) for n in row], [Moments(int(n), 1.0, 1.0) for n in whole - row]).alarm
              for row in counts for whole in [np.array([300, 200, 1000, 50])]]  # fmt: skip
    assert sum(alarms) <= 7


def test_a_mix_alone_is_said_and_what_has_no_mix_is_refused():
    found = simpson([share(30, 300), share(60, 100)], [share(10, 100), share(100, 300)])
    assert found.alarm
    assert found.words
    with pytest.raises(SettingError, match="pair"):
        simpson(SURGERY, REMOVAL[:1])
    with pytest.raises(TooFewError, match="two segments"):
        simpson([share(3, 9), Moments(0, 0.0, 0.0)], [share(3, 9), share(3, 9)])
