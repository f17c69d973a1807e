"""False alarms: weeks in which nothing happened but chance; and that the same rows always tell the same."""

from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from pmlib.core import Ledger, Origin
from pmlib.engine import Engine
from pmlib.sources import load_events
from pmlib.sources.contract import Events
from pmlib.usage.tracks.tracking import tracking
from tests.test_headlines import borne, numbers

END = date(2026, 11, 22)
DEMO = Path(__file__).parents[2] / "data" / "demo" / "events.parquet"
PROPERTIES = ("platform", "country", "note", "amount", "version")


def world(seed: int, weeks: int, swing: float, growth: float = 0.0, fault: str = "") -> Events:
    """Six events of 3 to 250 a week, five properties, users, a quiet last week now and then.

    Parameters
    ----------
    swing
        Coefficient of variation of an event's weeks beside chance; of gamma above 0.25, else log-normal.
    fault
        ``"stopped"``, ``"empty"`` or ``"type"``: what breaks in the last week of the most frequent event.
    """
    draw = np.random.default_rng(seed)
    usual = np.exp(draw.uniform(np.log(3), np.log(250), 6))
    usual[0] = 300
    mood = np.exp(draw.normal(0, 0.1, weeks))
    mood[-1] *= 0.4 if draw.random() < 0.3 else 1
    events, when = [], []
    for place in range(6):
        own = draw.gamma(swing**-2, swing**2, weeks) if swing > 0.25 else np.exp(draw.normal(0, swing, weeks))
        counts = draw.poisson(usual[place] * mood * own * np.exp(growth * np.arange(weeks)))
        events.append(np.full(counts.sum(), place))
        when.append(np.repeat(np.arange(weeks), counts))
    event, week = np.concatenate(events), np.concatenate(when)
    n, last = event.size, (week == weeks - 1) & (event == 0)
    day = np.datetime64(END - timedelta(days=weeks * 7 - 1)) + week * 7 + draw.integers(0, 7, n)
    filled = draw.random(n) < np.clip(draw.beta(2, 2, 6)[event] + draw.normal(0, 0.05, weeks)[week], 0, 1)
    amount = np.round(np.exp(draw.normal(3, 1, n)), 2).astype(str).astype(object)
    amount[event % 2 == 1] = None
    platform = np.array(["ios", "android", "web"])[draw.choice(3, n, p=draw.dirichlet([4, 4, 4]))].astype(object)
    platform[last & (fault == "empty")] = None
    amount[last & (fault == "type")] = "EUR 10"
    columns = {
        "user_id": [f"u{one}" for one in draw.integers(0, 300, n)],
        "event": [f"event_{one}" for one in event],
        "ts": day.astype("datetime64[us]") + draw.integers(0, 86_400, n).astype("timedelta64[s]"),
        "day": day,
        "platform": platform.tolist(),
        "country": [f"C{one}" for one in np.minimum(draw.geometric(0.4, n), 8)],
        "note": [f"n{one}" if there else None for one, there in zip(draw.integers(0, 999, n), filled, strict=True)],
        "amount": amount.tolist(),
        "version": [f"3.{one}" for one in (week + draw.integers(0, 3, n)) // 4],
    }
    engine = Engine()
    engine.register("given", pa.table(columns).filter(pa.array(~(last & (fault == "stopped")))))
    engine.run("CREATE TABLE events AS SELECT * FROM given")
    origin = Origin("rows", "events", "rows of a test", Ledger(n, n), timezone="UTC", through=END)
    return Events(engine, origin, "UTC", END, properties={one: exp.column(one) for one in PROPERTIES})


@pytest.mark.parametrize(("weeks", "swing", "growth"), [(9, 0.0, 0.0), (9, 0.3, 0.0), (14, 0.15, 0.03), (40, 0.5, 0.0)])
def test_quiet_weeks_raise_next_to_no_alarm(weeks, swing, growth):
    # One in 100 is promised; 2 or more of 10 would come by chance in one of 250 runs.
    alarms = [bool(tracking(world(seed, weeks, swing, growth)).cautions) for seed in range(10)]
    assert sum(alarms) <= 1


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("stopped", "event_0 stopped on"),
        ("empty", "platform is on 0.0% of event_0"),
        ("type", "amount of event_0 holds numbers in 0.0%"),
    ],
)
def test_the_same_weeks_with_a_fault_raise_one(fault, said):
    for seed in range(3):
        assert tracking(world(seed, 14, 0.15, fault=fault)).headline.startswith(said)


def test_the_demo_raises_nothing():
    rows = duckdb.sql(f"FROM read_parquet('{DEMO}') WHERE ts >= TIMESTAMP '2026-08-31'").to_arrow_table()
    found = tracking(load_events(rows, timezone="Europe/Berlin"))
    assert found.headline == "Nothing changed in 8 events and 7 properties"
    assert (found.cautions, found.action) == ((), "")


def test_of_very_many_rows_a_sample_shows_the_same():
    # 24,000 visits a week are 216,000 in nine; every fourth is looked at. Half the last week is without a plan.
    engine = Engine()
    engine.run(
        "CREATE TABLE events AS SELECT 'u' || i % 5000 AS user_id, 'visit' AS event, "
        "TIMESTAMP '2026-09-21' + to_seconds(i * 25) AS ts, CAST(ts AS DATE) AS day, "
        "CASE WHEN ts < TIMESTAMP '2026-11-16' OR i % 2 = 0 THEN 'pro' END AS plan FROM range(217728) AS rows (i)"
    )
    origin = Origin("rows", "events", "rows of a test", Ledger(217_728, 217_728), timezone="UTC", through=END)
    found = tracking(Events(engine, origin, "UTC", END, properties={"plan": exp.column("plan")}))
    said = next(one for one in found.estimates if one.label.startswith("visit with plan"))
    assert said.value == pytest.approx(0.5, abs=0.03)
    assert 4_000 < said.n < 8_000
    assert "from a sample by hash" in found.definition


# Nine weeks of 12 bookings and 3 payments a day; in the last week no payment has a plan.
BROKEN = [
    (
        f"u{n % 10}",
        "book" if n % 5 else "pay",
        f"{END - timedelta(days=62 - day)}T{n:02}:00:{day % 60:02}Z",
        "pro" if day < 56 or n % 5 else "",
    )
    for day in range(63)
    for n in range(15)
]


@settings(max_examples=5)
@given(st.randoms(use_true_random=False), st.integers(0, 60))
def test_shuffled_and_doubled_rows_tell_the_same(random, more):
    def asked(rows):
        frame = pl.DataFrame(rows, schema=["user_id", "event", "ts", "plan"], orient="row")
        found = tracking(load_events(frame, timezone="UTC", as_of=END))
        return {**found.facts(), "table": found.table.as_json()}

    mixed = [*BROKEN, *random.sample(BROKEN, more)]
    random.shuffle(mixed)
    told = asked(mixed)
    assert told == asked(BROKEN)
    assert told["headline"].startswith("plan is on 0.0% of pay")


def test_headlines_say_no_number_that_stands_nowhere_else():
    for fault in ("", "stopped", "empty", "type"):
        found = tracking(world(1, 14, 0.15, fault=fault))
        assert not numbers(found.headline) - borne(found), found.headline
