"""Retention of two projects' contributors against a count by pandas, in another way."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from pmlib import sources
from pmlib.usage.cohorts.retention import retention
from pmlib.usage.cohorts.survival import survival
from pmlib.usage.cohorts.trend import retention_trend

WEEKS, AGES = 60, 12


@pytest.fixture(scope="module")
def commits(real_data):
    path = real_data / "usage_oss_commits/events_A_rails_ansible.parquet"
    return sources.load_events(
        path, columns={"user_id": "user_id", "event": "event", "ts": "event_time"}, timezone="UTC"
    )


@pytest.fixture(scope="module")
def active(commits):
    """Each contributor's weeks with a commit, numbered from the first Monday of all."""
    days = commits.query("SELECT DISTINCT user_id, day FROM events ORDER BY user_id, day")
    frame = pd.DataFrame({"user": days.column("user_id"), "day": pd.to_datetime(days.column("day"))})
    monday = frame.day - pd.to_timedelta(frame.day.dt.day_of_week, unit="D")
    frame["week"] = (monday - monday.min()).dt.days // 7
    end = pd.Timestamp(commits.as_of) + timedelta(days=1)
    newest = (end - monday.min()).days // 7 - 1
    return frame[["user", "week"]].drop_duplicates(), newest


def expected(active, kind):
    weeks, newest = active
    first = weeks.groupby("user").week.min().rename("cohort")
    starts = weeks.rename(columns={"week": "cohort"}) if kind == "recurring" else first.reset_index()
    starts = starts[starts.cohort.between(newest - WEEKS + 1, newest)]
    pairs = starts.merge(weeks, on="user")
    pairs["age"] = pairs.week - pairs.cohort
    back = pairs[pairs.age.between(1, AGES) & (pairs.week <= newest)].groupby(["cohort", "age"]).user.nunique()
    return starts.groupby("cohort").user.nunique(), back, newest


@pytest.mark.parametrize("kind", ["first", "recurring"])
def test_agrees_with_pandas(commits, active, kind):
    sizes, back, newest = expected(active, kind)
    found = retention(commits, weeks=WEEKS, periods=AGES, kind=kind)
    assert len(found.table.rows) == WEEKS + 1
    for place, row in enumerate(found.table.rows[:-1]):
        cohort = newest - WEEKS + 1 + place
        assert row[1] == sizes.get(cohort, 0)
        for age, rate in enumerate(row[2:], start=1):
            seen = cohort + age <= newest and row[1]
            assert rate == (pytest.approx(back.get((cohort, age), 0) / row[1]) if seen else None)
    for age, one in enumerate(found.estimates[:AGES], start=1):
        whole = [cohort for cohort in sizes.index if cohort + age <= newest]
        assert one.value == pytest.approx(sum(back.get((c, age), 0) for c in whole) / sizes[whole].sum())


def test_one_age_over_22_years(commits, active):
    sizes, back, newest = expected(active, "first")
    found = retention_trend(commits, age=4, weeks=40)
    last = newest - 4
    wanted = [back.get((c, 4), 0) / sizes[c] if c in sizes.index else None for c in range(last - 39, last + 1)]
    assert found.kpi.history == tuple(pytest.approx(one) for one in wanted)


def test_how_long_contributors_go_on(commits):
    found = survival(commits, idle_days=365, weeks=52 * 25, age=365)
    days = commits.query("SELECT user_id, min(day) AS first, max(day) AS last FROM events GROUP BY user_id")
    first, last = (np.array(days.column(name), dtype="datetime64[D]") for name in ("first", "last"))
    over = np.datetime64(commits.as_of) - last >= np.timedelta64(365, "D")
    assert found.table.rows[0][1:3] == (len(days), int(over.sum()))
    # Most commit on a single day: half have stopped when the year after it is over.
    assert np.median((last - first).astype(int)[over]) == 0
    assert found.estimates[0].value == pytest.approx(365, abs=30)
