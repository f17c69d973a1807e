"""The one rule for a signal: its states by hand, its false signals by counting them in worlds where nothing happens."""

import math

import numpy as np
import pytest

from benchmarks.signals import WORLDS, alike, rates
from pmlib.core import Unit
from pmlib.stats import signal

CALM = [100, 104, 99, 103, 98, 102, 100, 105, 101, 99] * 3
NEWS_IN_THE_FIRST_YEAR = {"a season", "a season, growing"}
HEAVY = "heavy steps"


def test_limits_by_hand():
    # Logs alternate by a. A level that follows by a weight w is wrong by a / (2 - w), now up, now down; of the weights
    # 0.2 errs least, so the moving ranges are 2a / 1.8. Neighbours are counted as alike by -0.5 at the least.
    a = 0.02
    history = [1000 * math.exp(a * (week % 2)) for week in range(80)]
    found = signal(history, 1000)
    spread = 2 * a / 1.8 / 1.128 / math.sqrt(1 + 0.5)
    # Student's t with 51 degrees of freedom, 7 in 10,000 on each side: 3.38; 3.2 standard deviations of the normal.
    half = 3.38 * spread * math.sqrt(1 + 1 / 52)
    assert found.limits.n == 52
    assert math.log(found.limits.high / found.limits.value) == pytest.approx(half, rel=0.005)
    assert math.log(found.limits.value / found.limits.low) == pytest.approx(half, rel=0.005)


@pytest.mark.parametrize(
    ("value", "state", "words"),
    [(103, "none", "within its range"), (150, "above", "above its range: a signal"),
     (60, "below", "below its range: a signal"), (0, "below", "below its range: a signal"), (None, "", "")],
)  # fmt: skip
def test_states(value, state, words):
    found = signal(CALM, value, unit=Unit.COUNT)
    assert (found.state, found.words) == (state, words)
    assert found.called == (state in {"above", "below"})
    assert (found.seen, found.needed, found.rate) == (30, 26, 0.01)
    assert found.limits.low == int(found.limits.low)


def test_fewer_than_26_weeks_are_too_early():
    found = signal(CALM[:25], 1, unit=Unit.COUNT)
    assert found.state == "early"
    assert found.words == "too early to call (25 of the 26 earlier weeks needed)"
    assert found.limits.reason == "only 25 earlier weeks, 26 are needed"
    assert signal(CALM[:26], 1, unit=Unit.COUNT).state == "below"
    assert signal([*CALM[:25], None, None], 1).state == "early"
    assert signal([100], 1).limits.reason == "only 1 earlier week, 26 are needed"


def test_days_need_their_week_known():
    assert signal(CALM, 60, season=7, every="day").words == "too early to call (30 of the 37 earlier days needed)"


def test_a_history_that_never_moved_gives_no_range():
    found = signal([48.5] * 60, 50, unit=Unit.NUMBER)
    assert (found.state, found.words) == ("", "")
    assert found.limits.reason == "its history always moved alike, which gives no range"


def test_few_people_stray_by_the_root_of_their_number():
    # No booking for a year, then one: from a chance of once in 100 weeks that is no news.
    assert signal([0] * 60, 1, unit=Unit.COUNT).state == "none"
    assert signal([0] * 60, 4, unit=Unit.COUNT).state == "above"
    # 9 people with a floor of half a root: limits around (3 ± 3.4 / 2)²; 1.3² and 4.7².
    found = signal([9] * 60, 12, unit=Unit.COUNT)
    assert (found.limits.low, found.limits.high) == (1, 23)


def test_a_share_of_few_strays_more():
    wide, narrow = (signal([0.5, 0.52] * 30, 0.6, unit=Unit.SHARE, base=base) for base in (40, 4000))
    assert (wide.state, narrow.state) == ("none", "above")
    assert wide.limits.high < 1
    assert signal([0.98, 0.99] * 30, 1.0, unit=Unit.SHARE, base=100).limits.high <= 1


def test_a_rare_zero_is_an_incident_and_an_often_seen_one_is_not():
    once = [*CALM, 0, *CALM]
    assert signal(once, 0, unit=Unit.COUNT).state == "below"
    often = [0.0 if week % 5 == 4 else 0.05 + 0.001 * (week % 3) for week in range(60)]
    assert signal(often, 0.0, unit=Unit.SHARE).state == "none"


def test_values_below_zero_are_taken_as_they_are():
    found = signal([-3.0, 1, -2, 2, 0, -1] * 6, -30.0)
    assert found.state == "below"
    assert "its own scale" in found.limits.method


def test_an_outage_in_its_history_does_not_hide_the_next_one():
    rng = np.random.default_rng(4)
    calm = list(1000 * np.exp(rng.normal(0, 0.02, 60)))
    broken = [*calm[:50], 300.0, *calm[51:]]
    narrow, still = signal(calm, 850), signal(broken, 850)
    assert narrow.state == still.state == "below"
    assert still.limits.high - still.limits.low == pytest.approx(narrow.limits.high - narrow.limits.low, rel=0.2)
    # The week after an outage is as usual again.
    assert signal([*calm, 300.0], 1000).state == "none"


def test_a_new_level_is_called_three_times_at_most():
    rng = np.random.default_rng(6)
    weeks = [*1000 * np.exp(rng.normal(0, 0.02, 60)), *1400 * np.exp(rng.normal(0, 0.02, 12))]
    called = [signal(weeks[:place], weeks[place]).called for place in range(60, 72)]
    assert called[0]
    assert sum(called) <= 3
    assert not any(called[3:])


def test_a_deep_week_seen_a_year_ago_may_come_back_or_stay_away():
    rng = np.random.default_rng(7)
    weeks = np.arange(104)
    values = 1000 * np.exp(0.25 * np.sin(2 * np.pi * weeks / 52) + rng.normal(0, 0.02, 104))
    values[52] *= 0.7
    assert signal(list(values), 700.0, season=52).state == "none"
    assert signal(list(values), 1000.0, season=52).state == "none"
    assert signal(list(values), 400.0, season=52).state == "below"


@pytest.mark.parametrize("earlier", [40, 104])
def test_quiet_weeks_give_at_most_one_false_signal_in_a_hundred_looks(earlier):
    runs = 100
    quiet = [name for name in WORLDS if name != HEAVY and (earlier > 82 or name not in NEWS_IN_THE_FIRST_YEAR)]
    false = {name: round(runs * rates(name, earlier, runs)[0]) for name in quiet}
    # At a chance of 1 in 100 a world stays within 5 of 100 with 99.9%; all of them together within 1 in 100 and 2 in
    # 1,000 more. None at all would mean limits too wide: at half of what is promised, 9 would be expected.
    assert max(false.values()) <= 5, false
    assert 1 <= sum(false.values()) <= 0.012 * runs * len(quiet), false


def test_heavy_steps_are_called_more_often_and_not_without_end():
    assert rates(HEAVY, 104, 200)[0] <= 0.05


@pytest.mark.parametrize(
    ("world", "tenth", "fifth"),
    [("wandering", 0.35, 0.95), ("growing 1% a week", 0.25, 0.95), ("a season", 0.2, 0.9), ("outages", 0.25, 0.9)],
)
def test_falls_are_seen(world, tenth, fifth):
    _, one, two, three = rates(world, 104, 60)
    assert one >= tenth
    assert two >= fifth
    assert three >= 0.95


def test_what_others_call_a_signal_in_the_same_quiet_weeks():
    """All three rules of XmR on autocorrelated series, and a test of this week against the last, against this rule."""
    rng = np.random.default_rng(9)
    runs, three_rules, week_on_week, ours = 400, 0, 0, 0
    for _ in range(runs):
        values = 3000 * np.exp(alike(rng, 53, 0.5, 0.04))
        history, now = values[:-1], values[-1]
        centre, spread = history.mean(), np.abs(np.diff(history)).mean() / 1.128
        last = (values[-8:] - centre) / spread
        beyond = abs(last[-1]) > 3
        three_of_four = max((last[-4:] > 1.5).sum(), (last[-4:] < -1.5).sum()) >= 3
        run_of_eight = (last > 0).all() or (last < 0).all()
        three_rules += beyond or three_of_four or run_of_eight
        week_on_week += abs(now - history[-1]) > 1.96 * math.sqrt(now + history[-1])
        ours += signal(list(map(float, history)), float(now)).called
    a_month = 20 * 52 / 12 / runs
    # 20 figures looked at weekly for a month: about 11 false signals by three rules, 0.9 at most were promised here.
    assert 7 <= three_rules * a_month <= 15
    assert 0.27 <= week_on_week / runs <= 0.53
    assert ours * a_month <= 1.5
