"""The effect by days since exposure: counted by hand from events, then against numpy."""

import re
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pmlib.core import SettingError, TooFewError
from pmlib.experiments import trial
from pmlib.experiments.effects.ages import since
from pmlib.experiments.effects.novelty import novelty
from pmlib.experiments.exposure import exposed, in_columns
from pmlib.sources.contract import Events
from pmlib.sources.registrations import Measure
from pmlib.stats import mean_difference
from pmlib.stats.trials.joint import Joint
from tests.experiments.exposure.shown import log, plan, values
from tests.experiments.made import units_of
from tests.rows import events_of

EAT = Measure("meals", event="ate", count=True, window=2)

LOG = """
anna shown 1 10:00 control
anna ate 1 10:00
anna ate 2 09:59
anna ate 2 10:00
anna ate 4 09:59
bert shown 2 10:00 treatment
bert ate 3 11:00
bert ate 3 12:00
bert ate 5 10:00
cleo shown 28 10:00 control
cleo ate 28 11:00
"""


def test_each_day_after_exposure_is_a_window_of_its_own():
    units = since(log(LOG), plan(EAT), days=4)
    # Anna ate in her first 24 hours at 0 and at 23:59, then at 24 hours sharp, then in her third day.
    assert values(units, "meals__day_1") == [2, 0, 1]
    assert values(units, "meals__day_2") == [1, 2, 0]
    assert values(units, "meals__day_3") == [1, 0, None]
    # Bert ate when his third day was over: that is of the fourth. Cleo has not been observed so long.
    assert values(units, "meals__day_4") == [0, 1, None]


def test_the_days_add_up_to_the_window():
    draw = np.random.default_rng(4)
    events = eating(draw, n=60)
    both = [
        since(events, plan(EAT), days=4),
        exposed(events, plan(Measure("meals", event="ate", count=True, window=4))),
    ]
    daily = zip(*(values(both[0], f"meals__day_{day}") for day in range(1, 5)), strict=True)
    assert [sum(days) for days in daily] == list(values(both[1], "meals"))


def eating(draw: np.random.Generator, n: int, *, early: float = 0.0, late: float = 0.0) -> Events:
    """Events of units shown on 1 to 10 June; those treated eat more in the first week, and in the second."""
    rows = []
    for unit in range(n):
        start = datetime(2026, 6, 1 + unit % 10, 8) + timedelta(seconds=int(draw.integers(0, 36_000)))
        arm = ("control", "treatment")[unit % 2]
        rows.append((f"u{unit:03}", "shown", f"{start:%Y-%m-%dT%H:%M:%S}", arm, None, None))
        for day in range(14):
            more = (early if day < 7 else late) * (arm == "treatment")
            for _ in range(draw.poisson(1 + more)):
                moment = start + timedelta(days=day, seconds=int(draw.integers(1, 86_000)))
                rows.append((f"u{unit:03}", "ate", f"{moment:%Y-%m-%dT%H:%M:%S}", None, None, None))
    return events_of(rows, as_of=date(2026, 6, 30), timezone="UTC", properties=("variant", "amount", "platform"))


def test_an_effect_that_wears_off_is_called_so():
    registration = plan(EAT)
    events = eating(np.random.default_rng(8), n=200, early=0.6)
    daily = since(events, registration, days=14)
    asked = trial(exposed(events, registration), registration=in_columns(registration))
    finding = novelty(asked, daily=daily)
    assert finding.headline.startswith("The effect on meals wears off: +0.")
    assert " a day in days 1 to 7 and " in finding.headline
    change = finding.estimates[0]
    rates = np.array([values(daily, f"meals__day_{day}") for day in range(1, 15)], dtype=float)
    own = rates[7:].mean(axis=0) - rates[:7].mean(axis=0)
    here, there = (own[np.array(values(daily, "arm")) == arm] for arm in ("treatment", "control"))
    want = stats.ttest_ind(here, there, equal_var=False)
    assert change.value == pytest.approx(here.mean() - there.mean(), rel=1e-9)
    assert change.p == pytest.approx(want.pvalue, rel=1e-6)
    ends = want.confidence_interval()
    assert (change.low, change.high) == pytest.approx((ends.low, ends.high), rel=1e-7)


@pytest.mark.parametrize(
    ("treated", "again", "words"),
    [
        # Of 400 in each arm: as many in control on each of four days; the treated come at once, and no more later.
        ([80, 60, 20, 20], False, "comes early, and later days bring no clear more: +12.5 points a day in days 1 "),
        ([80, 60, 4, 0], False, "comes early and is partly made up for later: +12.5 points a day in days 1 to 2 and −"),
        ([80, 60, 20, 20], True, "wears off: +12.5 points a day in days 1 to 2 and no difference in days"),
        ([20, 20, 20, 20], False, "does not change clearly with the time since exposure: no difference in days 1 to"),
    ],
)
def test_what_units_do_once_comes_early_and_does_not_wear_off(treated, again, words):
    n, arms = 400, {"a": [20, 20, 20, 20], "b": treated}
    listed = {"arm": [arm for arm in arms for _ in range(n)]}
    for day in range(4):
        column = []
        for hits in arms.values():
            # Either all begin with the first unit, who then does it each day, or each day has its own.
            first = 0 if again else sum(hits[:day])
            column += [int(first <= unit < first + hits[day]) for unit in range(n)]
        listed[f"met__day_{day + 1}"] = column
    listed["met"] = [max(row) for row in zip(*(listed[f"met__day_{day}"] for day in range(1, 5)), strict=True)]
    finding = novelty(trial(units_of(**listed), metric="met", control="a"))
    assert finding.headline.startswith(f"The effect on met {words}")
    assert ("Few have met on a second day" in finding.cautions[0]) is not again


def columns(draw: np.random.Generator, n: int, gains: np.ndarray, *, base: float = 2.0) -> dict[str, list]:
    """Amounts on each day, gains for the treated."""
    arm = np.where(np.arange(n) % 2, "b", "a")
    own = draw.normal(base, 1, n)
    days = own + draw.normal(0, 1, (gains.size, n)) + gains[:, None] * (arm == "b")
    made = {f"spend__day_{day}": values.tolist() for day, values in enumerate(days, 1)}
    return {"arm": arm.tolist(), "spend": days.sum(axis=0).tolist()} | made


def asked(listed: dict[str, list], **options: object):
    return novelty(trial(units_of(**listed), metric="spend", control="a", **options))


def test_each_day_is_welchs():
    listed = columns(np.random.default_rng(3), 400, np.array([0.5, 0.1, 0.3, 0.2]))
    finding = asked(listed)
    arm = np.array(listed["arm"])
    for day in range(1, 5):
        one = next(each for each in finding.estimates if each.label == f"spend, b less a, day {day}")
        rows = np.array(listed[f"spend__day_{day}"])
        ends = stats.ttest_ind(rows[arm == "b"], rows[arm == "a"], equal_var=False).confidence_interval()
        assert (one.low, one.high) == pytest.approx((ends.low, ends.high), rel=1e-8)
    (line,) = finding.figure.series
    assert line.x == ("1", "2", "3", "4")
    assert finding.table.size == "units"
    assert [row[0] for row in finding.table.rows] == [
        *(f"day {day}" for day in range(1, 5)),
        "days 1 to 2",
        "days 3 to 4",
        "change",
    ]


@pytest.mark.parametrize(
    ("gains", "words"),
    [
        ([1.0, 1.0, 0.2, 0.2], "wears off: +"),
        ([0.2, 0.2, 1.0, 1.0], "grows: +"),
        ([1.0, 1.0, -1.0, -1.0], "turns round: +"),
        ([-1.0, -1.0, -0.2, -0.2], "wears off: −"),
        ([0.5, 0.5, 0.5, 0.5], "does not change clearly with the time since exposure: +"),
    ],
)
def test_what_it_does_is_said_only_where_it_is_clear(gains, words):
    finding = asked(columns(np.random.default_rng(5), 1000, np.array(gains)))
    assert finding.headline.startswith(f"The effect on spend {words}")


def test_cohorts_of_exposure_are_no_novelty():
    # The effect is 1.0 for who came first and 0 for who came last, each the same on all days after exposure.
    draw = np.random.default_rng(6)
    n = 1200
    arm, cohort = np.where(np.arange(n) % 2, "b", "a"), np.arange(n) // 120
    gain = (cohort < 5) * (arm == "b")
    days = draw.normal(2, 1, (6, n)) + gain
    listed = {f"spend__day_{day}": one.tolist() for day, one in enumerate(days, 1)}
    # Those who came later have not been observed to the last day: were they in the first ones, those would fall.
    for day in range(1, 7):
        listed[f"spend__day_{day}"] = [
            value if age <= 10 - day else None for value, age in zip(listed[f"spend__day_{day}"], cohort, strict=True)
        ]
    finding = asked({"arm": arm.tolist(), "spend": days[0].tolist()} | listed)
    assert "does not change clearly" in finding.headline
    assert {one.n for one in finding.estimates} == {600}
    assert any(
        "600 units of 1,200 have not been observed for 6 days and are left out" in one for one in finding.cautions
    )


def test_a_ratio_by_day_is_that_of_sums():
    draw = np.random.default_rng(9)
    n = 600
    listed = columns(draw, n, np.array([0.4, 0.4, 0.1, 0.1]))
    arm = np.array(listed["arm"])
    for day in range(1, 5):
        listed[f"spend__day_{day}__over"] = draw.integers(0, 4, n).tolist()
    finding = asked(listed)
    rows = [(np.array(listed[f"spend__day_{day}"]), np.array(listed[f"spend__day_{day}__over"])) for day in range(1, 5)]
    values, errors = [], []
    for one in "ba":
        here = arm == one
        linear, rates = [], []
        for part in (rows[2:], rows[:2]):
            top, bottom = (np.mean([row[side] for row in part], axis=0)[here] for side in (0, 1))
            rates.append(top.sum() / bottom.sum())
            linear.append((top - rates[-1] * bottom) / bottom.mean())
        values.append(rates[0] - rates[1])
        errors.append(np.var(linear[0] - linear[1], ddof=1) / here.sum())
    change = finding.estimates[0]
    assert change.value == pytest.approx(values[0] - values[1], rel=1e-8)
    assert change.high - change.low == pytest.approx(2 * 1.964 * np.sqrt(sum(errors)), rel=2e-3)


def test_weeks_and_odd_numbers_of_days():
    registration = plan(EAT)
    events = eating(np.random.default_rng(8), n=200, early=0.6)
    weekly = since(events, registration, days=14, every="week")
    days = since(events, registration, days=14)
    sums = [sum(week) for week in zip(*(values(days, f"meals__day_{day}") for day in range(8, 15)), strict=True)]
    assert list(values(weekly, "meals__week_2")) == sums
    finding = novelty(trial(exposed(events, registration), registration=in_columns(registration)), daily=weekly)
    assert finding.headline.startswith("The effect on meals wears off: +")
    assert " in week 1 and " in finding.headline
    # The middle one of three days is in neither half.
    odd = asked(columns(np.random.default_rng(3), 200, np.array([0.5, 9.0, 0.5])))
    assert " in day 1 and " in odd.headline
    assert "does not change clearly" in odd.headline


def test_shares_by_day_are_points():
    draw = np.random.default_rng(2)
    arm = ["a", "b"] * 300
    listed = {f"seen__day_{day}": (draw.random(600) < 0.2).astype(int).tolist() for day in (1, 2)}
    finding = novelty(trial(units_of(arm=arm, seen=listed["seen__day_1"], **listed), metric="seen", control="a"))
    assert all(one.unit.kind == "points" for one in finding.estimates)
    assert " points in day 1 and " in finding.headline


def test_several_arms_are_judged_together():
    draw = np.random.default_rng(3)
    listed = columns(draw, 900, np.zeros(4))
    arm = np.array(["a", "b", "c"])[np.arange(900) % 3]
    fades = np.array(listed["spend__day_1"]) + 2.0 * (arm == "c")
    finding = asked(listed | {"arm": arm.tolist(), "spend__day_1": fades.tolist()})
    assert finding.headline.startswith("The effect on spend wears off in c: +")
    assert [one.name for one in finding.figure.series] == ["b", "c"]
    alone = asked(
        {
            name: [value for value, one in zip(column, arm, strict=True) if one != "b"]
            for name, column in (listed | {"arm": arm.tolist(), "spend__day_1": fades.tolist()}).items()
        }
    )
    together = next(one for one in finding.estimates if one.label == "spend, c less a, days 3 to 4 less days 1 to 2")
    assert together.p == pytest.approx(2 * alone.estimates[0].p, rel=1e-6)


def test_no_effect_changes_by_chance_in_5_of_100():
    # 500 runs without any change: 5 % plus or minus three standard errors is 2.1 % to 7.9 %.
    draw = np.random.default_rng(17)
    rates = draw.exponential(1, (500, 2, 2, 80))
    called = 0
    for run in rates:
        here, there = (Joint.of(arm.T).linear([1.0, -1.0]) for arm in run)
        called += mean_difference(here, there).p < 0.05
    assert 0.021 <= called / 500 <= 0.079


@given(scale=st.floats(0.01, 100), seed=st.integers(0, 30))
@settings(max_examples=5, deadline=None)
def test_scale_leaves_the_chance_alone_and_swapped_arms_turn_it_round(scale, seed):
    listed = columns(np.random.default_rng(seed), 100, np.array([0.5, 0.1]))
    first = asked(listed).estimates[0]
    other = asked(
        {name: column if name == "arm" else [value * scale for value in column] for name, column in listed.items()}
    )
    assert other.estimates[0].value == pytest.approx(scale * first.value, rel=1e-6)
    assert other.estimates[0].p == pytest.approx(first.p, rel=1e-6)
    swapped = asked(listed | {"arm": ["a" if one == "b" else "b" for one in listed["arm"]]})
    assert swapped.estimates[0].low == pytest.approx(-first.high, rel=1e-9)


def test_what_tells_no_days_is_refused():
    units = units_of(arm=["a", "b"] * 20, x=[1.0, 2.0] * 20)
    told = novelty(trial(units, metric="x", control="a"))
    assert re.search(r"nothing tells what units did on each day .* no column x__day_1", told.headline)
    unseen = units_of(arm=["a", "b"] * 20, x=[1.0, 2.0] * 20, x__day_1=[1.0, 2.0] * 20, x__day_2=[None, 2.0] * 20)
    told = novelty(trial(unseen, metric="x", control="a"))
    assert "only 0 units in a can be followed for 2 days after exposure" in told.headline
    events = log(LOG)
    with pytest.raises(SettingError, match="'x' is a column, which does not tell when"):
        since(events, plan(Measure("x")))
    with pytest.raises(TooFewError, match="'x' is a quantile"):
        since(events, plan(Measure("x", kind="quantile", sql="sum(amount)")))
    for days, every in ((1, "day"), (29, "day"), (10, "week"), (7, "week")):
        with pytest.raises(SettingError, match=f"{days} days are not 2 to 28 whole {every}s"):
            since(events, plan(EAT), days=days, every=every)
    with pytest.raises(SettingError, match="No metric 'meal' is registered"):
        since(events, plan(EAT), metric="meal")


def test_a_split_that_is_off_stops_the_reading():
    listed = columns(np.random.default_rng(3), 600, np.array([1.0, 0.0]))
    finding = asked(listed | {"arm": ["a"] * 400 + ["b"] * 200})
    assert "cannot be read: the arms are not as planned" in finding.headline


def test_a_day_that_is_no_number_leaves_the_unit_out_of_all_days():
    listed = columns(np.random.default_rng(3), 100, np.array([0.5, 0.1]))
    listed["spend__day_2"][0], listed["spend__day_1"][1] = float("nan"), float("inf")
    assert {one.n for one in asked(listed).estimates} == {98}
