"""The demo experiments counted again from the log: data/README.md says what their columns hold."""

from datetime import date

import pytest

from pmlib.core import Period
from pmlib.experiments.exposure import exposed, gaps, whole_weeks
from pmlib.sources import load_events, load_units
from pmlib.sources.registrations import Measure, Registration

BOOKINGS = Measure("bookings", event="booking_made", count=True, window=28)
REVENUE = Measure("revenue_eur", sql="sum(amount_eur)", window=28)
TRIALS = [
    ("onboarding", date(2026, 1, 26), 126, Measure("converted", event="friend_invited", window=7)),
    ("paywall", date(2026, 6, 1), 119, Measure("converted", event="subscription_started", window=14)),
]


@pytest.fixture(scope="module")
def events(demo):
    return load_events(demo / "events.parquet", timezone="Europe/Berlin")


@pytest.mark.parametrize(("name", "start", "days", "converted"), TRIALS)
def test_the_units_are_those_of_the_file(demo, events, name, start, days, converted):
    table = load_units(demo / f"experiment_{name}.csv")
    made = Registration(
        name, "", "control", {"control": 1, "treatment": 1}, (converted, BOOKINGS, REVENUE), start=start, days=days,
        segments=("platform",),
    )  # fmt: skip
    units = exposed(events, made, exposures=table)
    columns = "unit, arm, platform, converted, bookings, revenue_eur"
    known = table.query(f"SELECT {columns} FROM units ORDER BY unit").rows
    found = units.query(f"SELECT {columns} FROM units ORDER BY unit").rows
    assert len(known) > 4000
    # The file's times of exposure are cut to the second; no event lies so near to the end of a window.
    assert [row[:5] for row in found] == [row[:5] for row in known]
    revenue = [row.revenue_eur for row in known]
    assert [row.revenue_eur for row in found] == pytest.approx(revenue, rel=1e-12)
    assert all(check.ok for check in units.checks), [check.text for check in units.checks if not check.ok]
    assert all(check.ok for check in gaps(units, events, made))
    last = units.query("SELECT max(exposed_on) AS day FROM units").one().day
    assert whole_weeks(Period(start, last)).ok
