"""The rule for signals on the demo world, whose weeks are quiet but for its season, its growth and its one launch."""

from datetime import date, timedelta

import pytest

from pmlib import metrics, sources
from pmlib.metrics import Points
from pmlib.sources.demo import TRUTH, write
from pmlib.stats import signal

ASKED = {
    "active_users": {},
    "new_users": {"start": "signed_up"},
    "key_actions": {"action": "booking_made"},
    "actions_per_active_user": {"action": "booking_made"},
    "doing_share": {"action": "booking_made"},
}
OUTAGE = date(2025, 11, 17)
"""The week of the login outage in launches.csv, on which the demo plants nothing."""


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Points]:
    paths = write(tmp_path_factory.mktemp("demo"), users=8_000)
    events = sources.load_events(paths["events"], timezone="Europe/Berlin", as_of="data")
    return {name: metrics.weekly(events, name, **roles) for name, roles in ASKED.items()}


def called(points: Points, values: list[float | None]) -> tuple[list[date], int]:
    """Return the weeks called, judged each by those before it, and how many were judged."""
    found, judged = [], 0
    for place, value in enumerate(values):
        base = points.n[place] if points.is_quotient else None
        told = signal(values[max(0, place - 105) : place], value, season=52, unit=points.unit, base=base)
        judged += told.judged
        found += [points.dates[place]] if told.called else []
    return found, judged


def test_quiet_weeks_are_called_no_more_often_than_promised(points: dict[str, Points]) -> None:
    total = 0
    for one in points.values():
        found, judged = called(one, list(one.values))
        assert judged == 112 - 26
        total += sum(1 for day in found if not 0 <= (day - TRUTH.launch_day).days < 21)
    # Five figures in 86 weeks each; at 1 in 100 looks 4.3 are to be expected, and more than 10 with a chance of 0.4%.
    assert total <= 10


@pytest.mark.parametrize(("name", "left"), [("active_users", 0.75), ("new_users", 0.4), ("key_actions", 0.4)])
def test_an_outage_is_called_and_only_once(points: dict[str, Points], name: str, left: float) -> None:
    one = points[name]
    values = list(one.values)
    place = one.dates.index(OUTAGE)
    values[place] *= left
    quiet, _ = called(one, list(one.values))
    found, _ = called(one, values)
    assert OUTAGE in found
    assert OUTAGE - timedelta(days=7) not in found
    # Neither the week after it nor the same week a year later is news.
    assert set(found) - set(quiet) == {OUTAGE}
