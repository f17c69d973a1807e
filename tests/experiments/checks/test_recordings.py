"""Events of a metric that stop, halve or are missing: in one arm an alarm, in all a doubt, and else silence."""

from datetime import timedelta

import numpy as np
import pytest

from pmlib.experiments import trial
from pmlib.experiments.checks.checks import checks
from pmlib.experiments.checks.drops import apart, courses, together
from pmlib.experiments.checks.gate import Gate
from pmlib.experiments.checks.recordings import counted, recordings
from pmlib.experiments.checks.tallies import tallies
from pmlib.experiments.exposure.orders import recipes_of
from pmlib.sources.registrations import Measure
from tests.experiments.exposure.shown import START, plan
from tests.rows import events_of

BOUGHT = Measure("bought", event="buy", window=7)
LAST = 27


def logged(kept, *, daily=32, until=LAST):
    """Each unit buys on the day of its exposure and on each of the next three, but for those a rule takes out."""
    rows = []
    for day in range(until + 1):
        for arm in ("control", "treatment"):
            for n in range(daily):
                unit = f"{arm}{day}-{n}"
                rows.append((unit, "shown", f"{START + timedelta(days=day)}T10:00", arm))
                for on in range(day, min(day + 4, LAST + 1)):
                    if kept(arm, on, n):
                        rows.append((unit, "buy", f"{START + timedelta(days=on)}T11:00", None))
    return events_of(rows, as_of=START + timedelta(days=LAST), properties=("variant",))


def gate(events, **settings) -> Gate:
    made = trial(events=events, registration=plan(BOUGHT, days=LAST + 1, **settings))
    return recordings(made, tallies(made))


def test_events_that_go_on_pass_also_where_the_intake_ends():
    assert gate(logged(lambda arm, day, n: n % 4 == 0)).state == "passed"
    found = gate(logged(lambda arm, day, n: n % 4 == 0, until=13))
    assert (found.state, found.words) == ("passed", "No day lacks events of bought, and no arm lost them.")


def test_events_that_halve_in_one_arm_are_an_alarm():
    found = gate(logged(lambda arm, day, n: n % 2 == 0 and (arm == "control" or day < 14 or n % 4 == 0)))
    assert found.state == "alarm"
    assert found.words == (
        "Events of one arm are missing: bought in treatment fell to 50% of what it was since 15 Jun 2026, against "
        "the other arm."
    )
    assert found.action.startswith("Find out whether logging failed in that arm")
    assert "SELECT" in found.query


def test_events_that_stop_in_one_arm_are_an_alarm():
    found = gate(logged(lambda arm, day, n: n % 2 == 0 and (arm == "control" or day < 20)))
    assert found.state == "alarm"
    assert "none of bought in treatment on 21 Jun 2026, 22 Jun 2026" in found.words
    never = gate(logged(lambda arm, day, n: arm == "control"))
    assert never.words == "Events of one arm are missing: none of bought in treatment on any day."


def test_events_that_halve_for_a_week_in_both_arms_are_a_doubt():
    found = gate(logged(lambda arm, day, n: n % 2 == 0 and (not 9 <= day < 16 or n % 4 == 0)))
    assert found.state == "doubt"
    assert found.words == (
        "Fewer events in every arm: bought fell to 50% of what it was from 10 Jun 2026 to 16 Jun 2026."
    )


def test_events_that_stop_in_both_arms_are_a_doubt():
    stopped = gate(logged(lambda arm, day, n: day < 20))
    assert (stopped.state, stopped.words[:41]) == ("doubt", "Fewer events in every arm: bought fell to")
    assert "since 21 Jun 2026" in stopped.words
    gap = gate(logged(lambda arm, day, n: day not in (5, 6)))
    assert gap.words == "Fewer events in every arm: none of bought on 6 Jun 2026 and 7 Jun 2026."


def test_an_effect_that_is_there_from_the_start_or_wears_off_with_age_is_no_fault():
    lift = gate(logged(lambda arm, day, n: n % (2 if arm == "treatment" else 4) == 0))
    assert lift.state == "passed"
    # Units of treatment buy on their first two days only.
    rows = []
    for day in range(LAST + 1):
        for arm, long in (("control", 6), ("treatment", 2)):
            for n in range(32):
                unit = f"{arm}{day}-{n}"
                rows.append((unit, "shown", f"{START + timedelta(days=day)}T10:00", arm))
                rows += [
                    (unit, "buy", f"{START + timedelta(days=on)}T11:00", None)
                    for on in range(day, min(day + long, LAST + 1))
                ]
    events = events_of(rows, as_of=START + timedelta(days=LAST), properties=("variant",))
    assert gate(events).state == "passed"


def test_it_stands_among_the_checks_where_there_are_events():
    made = trial(events=logged(lambda arm, day, n: arm == "control" or day < 20), registration=plan(BOUGHT, days=28))
    rows = {row[0]: row[1] for row in checks(made).table.rows}
    assert rows["Events on each day"] == "alarm"
    bare = trial(made.units, registration=plan(Measure("bought"), days=28))
    assert recordings(bare, tallies(bare)).state == "not checked"


def test_rates_by_age_are_told_apart_from_levels_of_days():
    # Two of each ten units do it on their first day, one on the second; on day 2 half as many.
    entered = np.array([100.0, 100.0, 100.0, 100.0])
    level = np.array([1.0, 1.0, 0.5, 1.0])
    done = np.zeros((4, 4))
    for first in range(4):
        for age, rate in enumerate((0.2, 0.1)):
            if first + age < 4:
                done[first, first + age] = 100 * rate * level[first + age]
    seen, expected = courses(done, entered)
    assert seen.tolist() == [20, 30, 15, 30]
    assert (seen / expected / (seen[0] / expected[0])).round(6).tolist() == level.tolist()


@pytest.mark.parametrize(("noise", "daily"), [(0.15, 60), (0.3, 60)])
def test_experiments_without_fault_hardly_ever_alarm(noise, daily):
    # Promised is one alarm in 1,000; of 60 the band is no alarm of one arm, and no more than one doubt.
    rng, days = np.random.default_rng(7), 28
    alarms = doubts = 0
    for _ in range(60):
        calendar = np.exp(noise * rng.normal(size=days)) * np.where(np.arange(days) % 7 > 4, 0.6, 1.0)
        both = []
        for lift in (1.0, 1.3):
            came = rng.poisson(daily, days)
            first = np.repeat(np.arange(days), came)
            age = np.arange(days) - first[:, None]
            rate = np.where(age >= 0, 0.1 * (0.3 + 0.7 * np.exp(-np.maximum(age, 0) / 7)), 0) * calendar * lift
            did = rng.random(rate.shape) < rate * rng.gamma(1.0, 1.0, (first.size, 1))
            done = np.zeros((days, days))
            np.add.at(done, first, did)
            both.append((done, came.astype(float)))
        found = [courses(*one) for one in both]
        seen, expected = (np.array([pair[side] for pair in found]) for side in (0, 1))
        alarms += any(apart(seen, expected, arm, 2) for arm in (0, 1))
        doubts += together(*courses(both[0][0] + both[1][0], both[0][1] + both[1][1]), 1) is not None
    assert alarms == 0
    assert doubts <= 1


def test_a_metric_may_be_called_as_a_property_that_another_one_asks_for():
    rows = []
    for day in range(14):
        for n in range(20):
            unit, arm = f"u{day}-{n}", ("control", "treatment")[n % 2]
            rows.append((unit, "shown", f"{START + timedelta(days=day)}T10:00", arm, None, "ios"))
            rows.append((unit, "buy", f"{START + timedelta(days=day)}T11:00", None, 2.0, "ios"))
    events = events_of(rows, as_of=START + timedelta(days=13), properties=("variant", "amount", "platform"))
    amount = Measure("amount", sql="sum(amount) FILTER (WHERE platform = 'ios')")
    registration = plan(amount, days=14, segments=("platform",))
    made = trial(events=events, registration=registration)
    assert recordings(made, tallies(made)).state == "passed"


def in_shops(kept):
    """Shops of four customers: one comes a day for each arm and number, its customers on that day and the next."""
    rows = []
    for day in range(LAST + 1):
        for arm in ("control", "treatment"):
            for n in range(48):
                unit, came = f"{arm}{day}-{n}", min(day + n % 2, LAST)
                shop = f"{arm}{day}-{n // 4}"
                rows.append((unit, "shown", f"{START + timedelta(days=came)}T10:00", arm, shop))
                for on in range(came, min(came + 4, LAST + 1)):
                    if kept(arm, on, n):
                        rows.append((unit, "buy", f"{START + timedelta(days=on)}T11:00", None, shop))
    return events_of(rows, as_of=START + timedelta(days=LAST), properties=("variant", "shop"))


def test_customers_of_a_shop_count_as_one():
    # Of a shop that comes on the 1st, two customers on the 1st and two on the 2nd: it buys once on each of five days.
    made = trial(events=in_shops(lambda *_: True), registration=plan(BOUGHT, days=LAST + 1, cluster="shop"))
    found = recordings(made, tallies(made))
    assert (found.state, found.words) == ("passed", "No day lacks events of bought, and no arm lost them.")
    log = made.log
    rows = counted(made, log, [one for one in recipes_of(log.events, log.registration, None) if one])
    first = [row for row in rows if row.exposed_on == START and row.arm == "control"]
    assert [row[3] for row in first] == [12] * 5


def test_events_of_shops_that_stop_in_one_arm_are_an_alarm():
    found = gate(in_shops(lambda arm, day, n: arm == "control" or day < 20), cluster="shop")
    assert found.state == "alarm"
    assert "none of bought in treatment on 21 Jun 2026, 22 Jun 2026" in found.words
