"""Survival against published tables, statsmodels and a plain count."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from pmlib.core import SettingError, TooFewError, Unit
from pmlib.stats import kaplan_meier, kaplan_meier_counts, log_rank

# Freireich et al. (1963), Blood 21:699-716: weeks in remission with 6-mercaptopurine and with placebo.
MP = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
MP_ENDED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
WEEKS = Unit("duration", 1, "weeks")

# Kalbfleisch and Prentice (2002) and Stata's `sts list` print these for 6-MP: time, at risk, ended, share, standard
# error, log-log interval.
TABLE = [
    (6, 21, 3, 0.8571, 0.0764, 0.6197, 0.9516),
    (7, 17, 1, 0.8067, 0.0869, 0.5631, 0.9228),
    (10, 15, 1, 0.7529, 0.0963, 0.5032, 0.8894),
    (13, 12, 1, 0.6902, 0.1068, 0.4316, 0.8491),
    (16, 11, 1, 0.6275, 0.1141, 0.3675, 0.8049),
    (22, 7, 1, 0.5378, 0.1282, 0.2678, 0.7468),
    (23, 6, 1, 0.4482, 0.1346, 0.1881, 0.6801),
]

# Miller (1997), Survival Analysis: weeks in remission, acute myelogenous leukaemia; the data set `aml` of R.
MAINTAINED = ([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0])
NOT = ([5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45], [1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1])

people = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=60)


@pytest.fixture(scope="module")
def mp():
    return kaplan_meier(MP, MP_ENDED)


@pytest.fixture(scope="module")
def placebo():
    return kaplan_meier(PLACEBO, [True] * 21)


@pytest.mark.parametrize(("time", "at_risk", "ended", "share", "error", "low", "high"), TABLE)
def test_the_published_table_of_6_mp(mp, time, at_risk, ended, share, error, low, high):
    place, found = mp.times.index(time), mp.at(time)
    assert (mp.at_risk[place], mp.ended[place]) == (at_risk, ended)
    assert [round(one, 4) for one in (found.value, found.low, found.high)] == [share, low, high]
    assert round(found.value * math.sqrt(mp.greenwood[place]), 4) == error
    assert mp.at(time + 0.5).value == found.value


def test_the_published_medians_of_6_mp_and_placebo(mp, placebo):
    found, other = mp.median(WEEKS), placebo.median(WEEKS)
    assert (found.value, found.low, found.high) == (23, 13, None)
    assert "open" in found.reason
    assert (other.value, other.low, other.high) == (8, 4, 11)
    assert str(other) == "8.0 weeks (95% interval 4.0 weeks to 11.0 weeks)"


def test_the_published_log_rank_of_6_mp(mp, placebo):
    # 9 and 21 relapses where 19.25 and 10.75 were expected; chi-square 16.79.
    found = log_rank([mp, placebo])
    assert found.observed == (9, 21)
    assert [round(one, 2) for one in found.expected] == [19.25, 10.75]
    assert (round(found.chi2, 2), found.df) == (16.79, 1)
    assert round(found.p, 7) == 4.17e-05


def test_what_r_prints_of_aml():
    # survdiff: chi-square 3.4, p 0.07, expected 10.69 and 7.31; restricted means up to 161: 52.6 (19.83), 22.7 (4.18).
    one, other = kaplan_meier(*MAINTAINED), kaplan_meier(*NOT)
    found = log_rank([one, other])
    assert [round(number, 2) for number in found.expected] == [10.69, 7.31]
    assert (round(found.chi2, 1), round(found.p, 4)) == (3.4, 0.0653)
    # R leaves out the correction of Kaplan and Meier (1958), 7/6 for 7 ends and 11/10 for 11; t of 10 and 11 degrees.
    for curve, mean, error, ends, t in ((one, 52.6, 19.83, 7, 2.228139), (other, 22.7, 4.18, 11, 2.200985)):
        area = curve.mean_until(161, WEEKS)
        assert round(area.value, 1) == mean
        assert round((area.high - area.value) / t / math.sqrt(ends / (ends - 1)), 2) == error
    assert [one.median().value, other.median().value] == [31, 23]


@given(people)
def test_the_curve_is_a_plain_product_and_statsmodels_agrees(rows):
    times, ended = [time for time, _ in rows], [over for _, over in rows]
    curve = kaplan_meier(times, ended)
    for time in range(13):
        share = 1.0
        for end in sorted({one for one, over in rows if over and one <= time}):
            still = sum(one >= end for one, _ in rows)
            share *= 1 - sum(over and one == end for one, over in rows) / still
        found = curve.at(time)
        if time > max(times) and share > 1e-9:
            assert found.value is None
        else:
            assert found.value == pytest.approx(share, abs=1e-12)
            assert (found.low is None) == (share == 1)
            assert (found.high is None) == (share < 1e-12)
            if not found.reason:
                assert 0 <= found.low < found.value < found.high <= 1
    if any(ended):
        referee = SurvfuncRight(np.array(times, dtype=float) + 1, np.array(ended, dtype=int))
        ours = dict(zip(curve.times, curve.survival, strict=True))
        theirs = dict(zip(referee.surv_times - 1, referee.surv_prob, strict=True))
        assert {time: ours[time] for time in theirs} == pytest.approx(theirs)


@given(st.tuples(people, people, people))
def test_log_rank_of_three_groups_is_that_of_statsmodels(groups):
    rows = [(time + 1, over, place) for place, group in enumerate(groups) for time, over in group]
    curves = [kaplan_meier([time for time, _ in group], [over for _, over in group]) for group in groups]
    try:
        found = log_rank(curves)
    except TooFewError:
        # Every end is one of everybody still followed.
        ends = {time for time, over, _ in rows if over}
        assert all(all(over and time == end for time, over, _ in rows if time >= end) for end in ends)
        return
    if found.df == 2:
        times, over, where = (np.array(column) for column in zip(*rows, strict=True))
        chi2, p = survdiff(times, over.astype(int), where)
        assert (found.chi2, found.p) == pytest.approx((chi2, p), rel=1e-6, abs=1e-9)
    assert sum(found.expected) == pytest.approx(sum(found.observed))


@given(people)
def test_counts_say_the_same_as_people_in_any_order(rows):
    curve = kaplan_meier([time for time, _ in rows], [over for _, over in rows])
    cells = sorted({(time, over): rows.count((time, over)) for time, over in rows}.items(), reverse=True)
    times, ended, counts = zip(*((time, over, count) for (time, over), count in cells), strict=True)
    assert kaplan_meier(times, ended, counts=counts) == curve
    gone = [count * over for (_, over), count in cells]
    seen = [count * (not over) for (_, over), count in cells]
    assert kaplan_meier_counts(times, gone, seen) == curve


def test_without_censoring_it_is_the_share_and_the_mean():
    # 4 people, 1, 2, 3 and 4 days: 3/4 after a day, mean 2.5, and each is worth one whole person.
    curve = kaplan_meier([1, 2, 3, 4], [True] * 4)
    assert curve.at(1).value == 0.75
    assert curve.at(2).n_eff == pytest.approx(4)
    assert curve.ended_by(1).value == 0.25
    assert curve.ended_by(1).high == pytest.approx(1 - curve.at(1).low)
    assert curve.mean_until(4).value == pytest.approx(2.5)
    assert curve.mean_until(9).value == pytest.approx(2.5)
    # Up to 2 days: 1, 2, 2, 2.
    assert curve.mean_until(2).value == pytest.approx(1.75)
    # Of whole durations it is the interval of a mean: 2.5 and 3.182446 × √(5/3 / 4), held within 4 days.
    area = kaplan_meier([1, 2, 3, 4], [True] * 4).mean_until(4)
    assert area.low == pytest.approx(2.5 - 3.182446 * math.sqrt(5 / 12))
    assert area.high == 4


def test_the_interval_of_a_mean_holds_it_also_where_few_are_followed():
    # 600 seeded worlds of 20: fewer than 558 of 600 (93 %) come of one chance in 50 where the interval holds 95 %.
    draw, held, truth = np.random.default_rng(4), 0, 1 - math.exp(-1)
    for _ in range(600):
        ends, seen = draw.exponential(1, 20), draw.uniform(0, 4, 20)
        found = kaplan_meier(np.minimum(ends, seen), ends <= seen).mean_until(1)
        # One end shows no spread: the interval is open.
        held += found.low is None or found.low <= truth <= found.high
    assert held >= 558


def test_what_shows_no_spread_has_an_open_end():
    curve = kaplan_meier([2, 3, 3, 5], [True, True, False, True])
    before, after = curve.at(1), curve.at(5)
    assert (before.value, before.low, before.high) == (1, None, 1)
    assert before.reason == "nobody had ended by 1.0 days, which shows no spread"
    assert (after.value, after.low, after.high) == (0, 0, None)
    assert "everybody still followed had ended by 5.0 days" in after.reason
    assert curve.at(50).value == 0
    assert curve.mean_until(1).low is None
    assert kaplan_meier([3, 3], [True, True]).mean_until(3).low is None


def test_past_the_end_of_following_nothing_is_known():
    curve = kaplan_meier([1, 2, 2, 2, 4], [True, True, False, False, False])
    # 4/5 × 3/4 = 0.6 stays above one half.
    assert curve.at(4).value == pytest.approx(0.6)
    assert curve.at(4.5).value is None
    assert curve.at(4.5).reason == "nobody was followed for longer than 4.0 days"
    assert curve.mean_until(4.5).value is None
    median = curve.median()
    assert (median.value, median.low, median.high) == (None, 1, None)
    assert median.reason == "not reached: 60.0% had not ended after 4.0 days, the longest anybody was followed"


def test_exactly_one_half_is_the_median():
    # 3/4 × 2/3 is 0.5 but for rounding.
    assert kaplan_meier([1, 2, 3, 3], [True, True, False, False]).median().value == 2


def test_censored_at_a_time_are_at_risk_at_it():
    # 10 at risk when 5 end at day 1; the 5 last seen that day are among them.
    assert kaplan_meier([1] * 10, [True] * 5 + [False] * 5).survival == (0.5,)


def test_coverage_of_the_log_log_interval():
    # Exponential ends, half of them censored: 1,500 seeded runs; the band holds 3.5 standard errors.
    draw = np.random.default_rng(11)
    covered = held = 0
    for _ in range(1500):
        lasted, seen = draw.exponential(1.0, 60), draw.exponential(1.5, 60)
        curve = kaplan_meier(np.minimum(lasted, seen), lasted <= seen)
        share, median = curve.at(0.7), curve.median()
        covered += share.low is not None and share.low <= math.exp(-0.7) <= (share.high or 1)
        held += median.low <= math.log(2) <= (math.inf if median.high is None else median.high)
    assert 0.93 <= covered / 1500 <= 0.97
    assert 0.93 <= held / 1500 <= 0.975


def test_the_log_rank_test_rejects_one_in_twenty():
    draw = np.random.default_rng(5)
    rejected = 0
    for _ in range(1500):
        lasted, seen = np.ceil(draw.exponential(5.0, 90)), np.ceil(draw.exponential(8.0, 90))
        times, over = np.minimum(lasted, seen), lasted <= seen
        rejected += log_rank([kaplan_meier(times[part::3], over[part::3]) for part in range(3)]).p < 0.05
    assert 0.035 <= rejected / 1500 <= 0.07


def test_a_group_gone_before_anybody_ends_says_nothing():
    early = kaplan_meier([1, 1], [False, False])
    one, other = kaplan_meier([2, 3, 5], [True, True, False]), kaplan_meier([4, 5, 6], [True, False, True])
    with_it, without = log_rank([early, one, other]), log_rank([one, other])
    assert (with_it.chi2, with_it.df, with_it.p) == pytest.approx((without.chi2, without.df, without.p))


def test_what_no_one_lasted_is_refused():
    with pytest.raises(TooFewError, match="Nobody was followed"):
        kaplan_meier([], [])
    with pytest.raises(TooFewError, match="Nobody was followed"):
        kaplan_meier([3], [True], counts=[0])
    with pytest.raises(SettingError, match="not below 0"):
        kaplan_meier([-1], [True])
    with pytest.raises(SettingError, match="must be finite"):
        kaplan_meier([math.nan], [True])
    with pytest.raises(SettingError, match="2 durations have 1 ends"):
        kaplan_meier([1, 2], [True])
    with pytest.raises(SettingError, match="whole numbers"):
        kaplan_meier_counts([1], [0.5], [1])
    with pytest.raises(SettingError, match="two or more"):
        log_rank([kaplan_meier([1], [True])])
    with pytest.raises(TooFewError, match="cannot be compared"):
        log_rank([kaplan_meier([1], [True]), kaplan_meier([1], [True])])
    with pytest.raises(SettingError, match="A time is"):
        kaplan_meier([1], [True]).at(-1)
    with pytest.raises(SettingError, match="between 0 and 1"):
        kaplan_meier([1], [True], level=95)
