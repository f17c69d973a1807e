"""One age over cohorts: by hand, and judged by its own history."""

from datetime import date, timedelta

import numpy as np
import pytest

from pmlib.core import SettingError
from pmlib.stats import share, signal, slope
from pmlib.usage.cohorts.trend import retention_trend
from tests.rows import events_of

FIRST = date(2026, 1, 5)


def cohorts(rates, size=40):
    """Weekly cohorts of people who join on Monday; the given share of each reads a week later."""
    rows = []
    for week, rate in enumerate(rates):
        day = FIRST + timedelta(weeks=week)
        for n in range(size):
            rows.append((f"{week}-{n}", "join", f"{day}T10:00"))
            rows += [(f"{week}-{n}", "read", f"{day + timedelta(weeks=1)}T10:00")] * (n < round(rate * size))
    return rows, FIRST + timedelta(weeks=len(rates) + 1, days=-1)


def trend(rates, size=40, **options):
    rows, as_of = cohorts(rates, size)
    return retention_trend(events_of(rows, as_of=as_of), **({"start": "join", "back": "read", "age": 1} | options))


def test_by_hand():
    found = trend([0.5, 0.25, 0.75, 0.5, 0.3])
    hits = [20, 10, 30, 20, 12]
    wanted = [share(hit, 40) for hit in hits]
    assert [row[0] for row in found.table.rows] == [FIRST + timedelta(weeks=week) for week in range(5)]
    assert [row[1:] for row in found.table.rows] == [(40, one.value, one.low, one.high) for one in wanted]
    line = slope(hits, [40] * 5)
    told = next(one for one in found.estimates if one.label.startswith("change in"))
    assert (told.value, told.low, told.high, told.p) == pytest.approx((line.value, line.low, line.high, line.p))
    assert found.kpi.history == (0.5, 0.25, 0.75, 0.5, 0.3)
    assert found.kpi.change.value == pytest.approx(-0.2)
    assert found.headline == (
        "30.0% of 40 people who started (join) in the week of 2 Feb came back (read) one week later (95% interval "
        "18.1% to 45.4%; the latest cohort alone); too early to call "
        "(4 of the 26 earlier weeks needed); over 5 cohorts it neither clearly rose nor fell"
    )
    assert found.figure.series[0].low == tuple(pytest.approx(one.low) for one in wanted)


def test_a_cohort_whose_age_is_not_over_is_no_point():
    rows, as_of = cohorts([0.5, 0.25, 0.75, 0.5, 0.3])
    found = retention_trend(events_of(rows, as_of=as_of - timedelta(days=1)), start="join", back="read", age=1)
    assert len(found.table.rows) == 4


def test_judged_by_the_one_rule():
    rng = np.random.default_rng(5)
    calm = [float(rate) for rate in 0.4 + 0.03 * rng.standard_normal(40)]
    steady, fallen = trend([*calm, 0.4], 60), trend([*calm, 0.05], 60)
    rates = steady.kpi.history
    assert len(rates) == 26
    assert steady.kpi.signal.state == "none"
    assert "within the range its history leads one to expect" in steady.headline
    assert fallen.kpi.signal.state == "below"
    assert "a signal" in fallen.headline
    assert fallen.action.startswith("Find out why fewer of those who started in the week of")
    assert not steady.action
    # The range is of all cohorts the data hold, not only of those shown.
    whole = [round(rate * 60) / 60 for rate in calm]
    wanted = signal(whole, 0.4, season=52, unit=steady.kpi.estimate.unit, base=60)
    assert (steady.kpi.estimate.low, steady.kpi.estimate.high) == pytest.approx((wanted.limits.low, wanted.limits.high))


def test_a_clear_rise_is_called_with_its_doubt():
    found = trend([0.1 + 0.02 * week for week in range(30)], 100)
    assert "over 26 cohorts it rose by 2.00 points a week" in found.headline
    assert any("look like a trend" in caution for caution in found.cautions)
    assert "it fell by 2.00 points a week" in trend([0.9 - 0.02 * week for week in range(30)], 100).headline


def test_a_week_without_starters_is_a_gap():
    rows, as_of = cohorts([0.5, 0.25, 0.75, 0.5, 0.3])
    kept = [row for row in rows if not row[0].startswith("2-")]
    found = retention_trend(events_of(kept, as_of=as_of), start="join", back="read", age=1)
    assert found.kpi.history == (0.5, 0.25, None, 0.5, 0.3)
    assert "over 4 cohorts" in found.headline
    last = retention_trend(
        events_of([r for r in rows if r[0][0] != "4"], as_of=as_of), start="join", back="read", age=1
    )
    assert last.headline.startswith("Nobody started in the week of 2 Feb, the latest that can be followed")
    assert last.kpi.estimate.value is None


def test_everyone_before_the_data_is_no_cohort():
    rows, as_of = cohorts([0.5, 0.25, 0.75])
    found = retention_trend(events_of(rows, as_of=as_of), age=1)
    assert len(found.table.rows) == 2
    assert any("left out: it holds everyone who came before" in caution for caution in found.cautions)


def test_24_hour_windows_and_brackets():
    # Joined Monday 10:00, read the Monday after at 10:00: exactly a week of 24 hours, once it is over for all.
    found = trend([0.5, 0.25, 0.75], windows="24h")
    assert [row[2] for row in found.table.rows] == [0.5, 0.25]
    found = trend([0.5, 0.25, 0.75, 0.5, 0.5], brackets="1-2, 3", age=2)
    assert [row[2] for row in found.table.rows] == [0.5, 0.25, 0.75, 0.5]
    assert found.table.columns[2].title == "Weeks 1 to 2"


def test_refusals():
    assert "No cohort has been observed at week 9" in trend([0.5, 0.25], age=9).headline.replace(
        "no cohort", "No cohort"
    )
    with pytest.raises(SettingError, match="age is 0"):
        trend([0.5, 0.25], age=0)
    rows, as_of = cohorts([0.5])
    assert "one single day" in retention_trend(events_of(rows[:1], as_of=as_of), age=1, start="join").headline
    rows += [("x", "read", f"{as_of}T10:00")]
    assert "cannot be answered" in retention_trend(events_of(rows, as_of=as_of), start="read", age=1).headline
