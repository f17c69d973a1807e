"""Each day of a course is the experiment of the units taken in by then."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from pmlib.core import Estimate, Finding, SettingError
from pmlib.experiments import trial
from pmlib.experiments.effects.courses import EARLY, course
from pmlib.experiments.reading.standing import TUNED
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure, Registration
from tests.experiments.made import units_of

START = date(2026, 6, 1)


def drawn(seed: int = 1, n: int = 2000, days: int = 20, gain: float = 0.0) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(seed)
    arm = np.where(draw.random(n) < 0.5, "b", "a")
    before = draw.normal(0, 1, n)
    return {
        "arm": arm,
        "day": draw.integers(0, days, n),
        "hits": (draw.random(n) < 0.3 + gain * (arm == "b")).astype(int),
        "spend": np.exp(draw.normal(0, 1, n) + 0.3 * before),
        "before": before,
        "visits": draw.integers(1, 5, n),
    }


def made(columns: dict[str, np.ndarray], rows: np.ndarray | None = None) -> Units:
    keep = slice(None) if rows is None else rows
    listed = {name: values[keep].tolist() for name, values in columns.items()}
    listed["day"] = [START + timedelta(days=day) for day in listed["day"]]
    return units_of(**listed)


def plan(*measures: Measure, **options: object) -> Registration:
    settled = {"start": START, "days": 40, "units": 4000} | options
    return Registration("trial", "", "a", {"a": 1, "b": 1}, measures or (Measure("hits"),), **settled)


def lift_on(finding: Finding, day: date) -> str:
    return next(row for row in finding.table.text() if row[0] == f"{day:%-d %b %Y}")[2]


MEASURES = [
    Measure("hits"),
    Measure("spend"),
    Measure("spend", before="before"),
    Measure("spend", kind="ratio", over="visits"),
]


@pytest.mark.parametrize("measure", MEASURES, ids=["share", "mean", "adjusted", "ratio"])
def test_each_day_is_the_trial_of_the_units_taken_in_by_then(measure):
    columns = drawn()
    finding = course(trial(made(columns), registration=plan(measure)))
    (line,) = finding.figure.series
    for day in (3, 10, 19):
        until = trial(
            made(columns, columns["day"] <= day), registration=plan(measure, reading="always-valid")
        ).comparisons[measure.name][0]
        at = line.x.index((START + timedelta(days=day)).isoformat())
        assert line.y[at] == pytest.approx(until.lift.value, rel=1e-9)
        assert (line.low[at], line.high[at]) == pytest.approx((until.lift.low, until.lift.high), rel=1e-9)
    assert all("always valid" in one.method for one in finding.estimates)


def test_the_band_is_wider_than_a_single_reading_on_each_day():
    columns = drawn()
    finding = course(trial(made(columns), registration=plan()))
    (line,) = finding.figure.series
    for day in (5, 12, 19):
        until = made(columns, columns["day"] <= day)
        once = trial(until, metric="hits", control="a", reading="once").comparisons["hits"][0].lift
        at = line.x.index((START + timedelta(days=day)).isoformat())
        assert line.low[at] < once.low < once.high < line.high[at]


def test_where_nobody_planned_the_band_is_for_a_fixed_number():
    columns = drawn(gain=0.1)
    finding = course(trial(made(columns), metric="hits", control="a"))
    assert f"narrowest at {TUNED:,} units" in finding.definition
    assert f"Nobody planned a number of units; the band is made to be narrowest at {TUNED:,}." in finding.cautions
    # More units later leave the band of earlier days where it was: it is not tuned to what there happens to be.
    early = course(trial(made(columns, columns["day"] <= 12), metric="hits", control="a"))
    day = START + timedelta(days=12)
    assert lift_on(finding, day) == lift_on(early, day)


def test_where_nobody_planned_the_chart_says_what_the_verdict_does():
    columns = drawn(gain=0.1)
    asked_of = trial(made(columns), metric="hits", control="a")
    (one,) = asked_of.comparisons["hits"]
    finding = course(asked_of)
    (line,) = finding.figure.series
    assert (line.low[-1], line.high[-1]) == pytest.approx((one.lift.low, one.lift.high), rel=1e-9)
    assert finding.estimates[-1] == one.difference
    assert not any("wider than the interval of" in caution for caution in finding.cautions)
    once = trial(made(columns), metric="hits", control="a", reading="once")
    assert any("wider than the interval of" in caution for caution in course(once).cautions)


def looks(*days: int) -> tuple[date, ...]:
    return tuple(START + timedelta(days=day) for day in days)


def test_a_group_sequential_plan_has_its_own_intervals_at_its_looks():
    columns = drawn(gain=0.06)
    registration = plan(Measure("hits"), reading="group-sequential", looks=looks(6, 13, 39))
    finding = course(trial(made(columns), registration=registration))
    band, daily = finding.figure.series
    assert band.x == tuple(day.isoformat() for day in looks(6, 13, 19))
    assert daily.low == ()
    for day, low, high in zip((6, 13), band.low, band.high, strict=False):
        alone = trial(
            made(columns, columns["day"] <= day), registration=registration, as_of=START + timedelta(days=day)
        ).comparisons["hits"][0]
        assert (low, high) == pytest.approx((alone.lift.low, alone.lift.high), rel=1e-9)
    (now,) = trial(made(columns), registration=registration).comparisons["hits"]
    assert (band.low[-1], band.high[-1]) == pytest.approx((now.lift.low, now.lift.high), rel=1e-9)
    # The first estimate is what the next page compares with.
    assert finding.estimates[0].value == pytest.approx(now.lift.value, rel=1e-9)
    notes = [note.text for note in finding.figure.notes]
    first = int((columns["day"] <= 6).sum())
    assert notes[0] == f"look 1: {first:,} units, {first / 4000:.0%} of the plan"
    assert len(notes) == 3


def test_a_look_after_the_last_intake_stands_on_its_own_day():
    columns = drawn(gain=0.06)
    registration = plan(Measure("hits"), units=None, reading="group-sequential", looks=looks(9, 39))
    finding = course(trial(made(columns), registration=registration, as_of=looks(39)[0]))
    assert finding.figure.series[0].x == tuple(day.isoformat() for day in looks(9, 39))
    assert "by 10 Jul 2026" in finding.headline


def test_the_headline_says_since_when():
    # 300 units a day and arm, 20 and 30 per cent: from some day on, and for good, the band leaves out 0.
    n = 6000
    day, arm = np.arange(n) // 600, np.where(np.arange(n) % 2, "b", "a")
    hits = (np.arange(n) // 2 % 10 < np.where(arm == "b", 3, 2)).astype(int)
    finding = course(trial(made({"arm": arm, "day": day, "hits": hits}), metric="hits", control="a"))
    (line,) = finding.figure.series
    first = next(one for one, low in zip(line.x, line.low, strict=True) if low is not None and low > 0)
    said = date.fromisoformat(first)
    assert finding.headline == (
        f"Hits: +50.0% ({finding.estimates[0].signed_range}) by 10 Jun 2026; the band has left out 0 since "
        f"{said.day} Jun."
    )
    quiet = course(trial(made(drawn()), metric="hits", control="a"))
    assert quiet.headline.endswith("the band has held 0 all along.")


def test_what_was_clear_once_and_is_no_longer_is_said():
    # The first ten days differ by 30 points, the rest by as much the other way round.
    n = 4000
    day, arm = np.arange(n) // 200, np.where(np.arange(n) % 2, "b", "a")
    up = (arm == "b") == (day < 10)
    hits = (np.arange(n) // 2 % 10 < np.where(up, 6, 3)).astype(int)
    finding = course(trial(made({"arm": arm, "day": day, "hits": hits}), metric="hits", control="a"))
    assert "; the band left out 0 on " in finding.headline
    assert finding.headline.endswith(" Jun, but no longer does.")


def test_the_first_units_are_too_few_to_draw():
    columns = drawn(n=20_000, days=10)
    columns["day"][:200] = 0
    columns["day"][200:] = np.maximum(columns["day"][200:], 1)
    finding = course(trial(made(columns), metric="hits", control="a"))
    assert 200 * EARLY < 20_000
    assert finding.figure.series[0].x[0] == "2026-06-02"
    assert "Before 2 Jun 2026 there were too few units for a band, so nothing is drawn." in finding.cautions


def test_a_band_too_wide_for_the_chart_is_in_the_table():
    columns = drawn(n=4000, days=40)
    finding = course(trial(made(columns), metric="hits", control="a"))
    (line,) = finding.figure.series
    assert line.low[0] is None
    assert line.low[-1] is not None
    assert "% to +" in finding.table.text()[0][2]


def test_long_courses_are_drawn_by_the_week():
    columns = drawn(n=4000, days=120)
    days = [
        date.fromisoformat(one) for one in course(trial(made(columns), metric="hits", control="a")).figure.series[0].x
    ]
    assert days[-1] == START + timedelta(days=int(columns["day"].max()))
    assert {(later - earlier).days for earlier, later in pairwise(days)} == {7}


def test_times_count_for_their_day_and_rows_in_any_order():
    columns = drawn()
    order = np.random.default_rng(2).permutation(2000)
    times = [
        datetime(2026, 6, 1, int(hour)) + timedelta(days=int(day))
        for hour, day in zip(order % 24, columns["day"], strict=True)
    ]
    plain = made(columns)
    shuffled = units_of(
        arm=columns["arm"][order].tolist(), at=[times[place] for place in order], hits=columns["hits"][order].tolist()
    )
    first, second = (course(trial(units, metric="hits", control="a")) for units in (plain, shuffled))
    assert first.headline == second.headline
    assert first.figure.series == second.figure.series
    assert first.table.text() == second.table.text()


def test_several_arms_have_a_line_each():
    columns = drawn()
    columns["arm"] = np.array(["a", "b", "c", "d", "e"])[np.arange(2000) % 5]
    finding = course(trial(made(columns), metric="hits", control="a"))
    assert len(finding.figure.series) == 3
    assert finding.table.rows[0][1] == "b"
    assert " in " in finding.headline.split(":")[0]


def test_units_without_a_value_are_units_of_the_course():
    columns = drawn(n=1000)
    listed = {name: values.tolist() for name, values in columns.items()}
    listed["day"] = [START + timedelta(days=day) for day in listed["day"]]
    listed["hits"] = [None if place % 4 == 0 else hit for place, hit in enumerate(listed["hits"])]
    finding = course(trial(units_of(**listed), metric="hits", control="a"))
    assert finding.estimates[0].n == 750


def last(finding: Finding) -> Estimate:
    return finding.estimates[-1]


def test_swapping_the_arms_turns_the_difference_round():
    columns = drawn()
    units = made(columns)
    there, back = (course(trial(units, metric="spend", control=control)) for control in "ab")
    assert last(there).value == pytest.approx(-last(back).value, rel=1e-9)
    assert last(there).low == pytest.approx(-last(back).high, rel=1e-9)
    assert last(there).p == pytest.approx(last(back).p, rel=1e-9)


def test_what_has_no_course_is_refused():
    columns = drawn(n=400)
    units = made(columns)
    no_days = units_of(arm=columns["arm"].tolist(), hits=columns["hits"].tolist())
    told = course(trial(no_days, metric="hits", control="a"))
    assert told.headline.startswith("This cannot be answered: no column says on which day each unit was taken in")
    told = course(trial(units, registration=plan(Measure("spend", kind="quantile"))))
    assert told.headline.startswith("This cannot be answered: 'spend' is a quantile, which days do not add up to")
    with pytest.raises(SettingError, match="no metric 'hit'"):
        course(trial(units, metric="hits", control="a"), metric="hit")
    told = course(trial(made(columns, np.arange(400) < 40), metric="hits", control="a"))
    assert "40 units from 1 to 20 Jun 2026 are too few to draw a course of hits" in told.headline


def test_a_split_that_is_off_stops_the_reading():
    columns = drawn(n=1000)
    columns["arm"] = np.where(np.arange(1000) < 700, "a", "b")
    finding = course(trial(made(columns), metric="hits", control="a"))
    assert finding.headline.startswith("The course of hits cannot be read: the arms are not as planned")


def test_a_plan_read_once_has_the_band_of_its_planned_units():
    columns = drawn()
    registration = plan()
    finding = course(trial(made(columns), registration=registration))
    wide = course(trial(made(columns), registration=replace(registration, reading="always-valid")))
    assert finding.figure.series == wide.figure.series
    assert "narrowest at 4,000 units" in finding.definition
    assert any("wider than the interval of" in one for one in finding.cautions)


def test_an_earlier_look_reads_the_units_whose_window_was_over_by_then():
    # A metric of seven days: the look of the tenth day reads who came on the first three, as its page did.
    columns = drawn(n=4000, gain=0.05)
    plan = Registration(
        "trial",
        "",
        "a",
        {"a": 1.0, "b": 1.0},
        (Measure("hits", window=7),),
        start=START,
        days=20,
        reading="group-sequential",
        looks=(START + timedelta(days=9), START + timedelta(days=19)),
    )
    found = course(trial(made(columns), registration=plan))
    then = columns["day"] <= 2
    shares = {arm: columns["hits"][then & (columns["arm"] == arm)].mean() for arm in "ab"}
    lifts = [one for one in found.estimates if "lift" in one.label]
    assert lifts[-1].n == then.sum()
    assert lifts[-1].value == pytest.approx(shares["b"] / shares["a"] - 1, rel=1e-12)
