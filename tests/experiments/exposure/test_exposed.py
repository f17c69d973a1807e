"""Who counts, from when: each rule in a log small enough to count by hand."""

from datetime import date, datetime

import pytest

from pmlib.core import SettingError
from pmlib.experiments.exposure import exposed
from pmlib.sources.registrations import Measure
from tests.experiments.exposure.shown import column, log, plan, said, table_of, values

BOUGHT = Measure("bought", event="buy")


def arms(units):
    return column(units, "arm")


def test_the_first_exposure_between_start_and_horizon_counts():
    # a before the start and within; b within, twice; c only before; d only after the horizon; e on its last instant.
    units = exposed(
        log("""
a shown 0 12:00 control
a shown 3 12:00 control
b shown 2 12:00 treatment
b shown 5 12:00 treatment
c shown -3 12:00 control
d shown 29 00:00 control
e shown 28 23:59:59.999999 treatment
"""),
        plan(),
    )
    assert arms(units) == {"a": "control", "b": "treatment", "e": "treatment"}
    assert values(units, "exposed_at") == [
        datetime(2026, 6, 3, 12),
        datetime(2026, 6, 2, 12),
        datetime(2026, 6, 28, 23, 59, 59, 999999),
    ]
    assert dict(units.origin.ledger.dropped) == {
        "no arm": 0,
        "no time": 0,
        "before the start": 2,
        "after the end": 1,
        "in several arms": 0,
        "arm not planned": 0,
        "exposed again": 1,
    }
    assert (units.origin.ledger.read, units.origin.ledger.kept) == (7, 3)
    assert said(units, "exposed before") == (
        False,
        "1 unit was exposed before 1 Jun 2026 too; what counts as before their exposure is no clean past.",
    )


def test_without_a_start_and_a_horizon_all_exposures_count():
    units = exposed(log("a shown -3 12:00 control\nb shown 30 23:00 treatment"), plan(start=None, days=None))
    assert arms(units) == {"a": "control", "b": "treatment"}
    assert units.origin.notes[1] == "A unit counts from its first exposure within the beginning to 30 Jun 2026."


def test_units_in_several_arms_are_dropped_and_counted_by_their_first():
    # a: control, then treatment; b: treatment, then an arm that was not planned; c: control before the start only.
    units = exposed(
        log("""
a shown 2 10:00 control
a shown 3 10:00 treatment
b shown 2 10:00 treatment
b shown 3 10:00 other
c shown 0 10:00 control
c shown 2 10:00 treatment
d shown 2 10:00 control
e shown 2 10:00 treatment
"""),
        plan(),
    )
    assert arms(units) == {"c": "treatment", "d": "control", "e": "treatment"}
    assert units.origin.ledger.dropped["in several arms"] == 4
    # Of two first in control one, of three first in treatment one: Fisher's exact p is 1.
    assert said(units, "several arms") == (
        False,
        "2 of 5 units (40.0%) were shown several arms and do not count: 1 of 2 first in control and 1 of 3 first in "
        "treatment; the arms differ in it no more than chance does (p = 1).",
    )


def test_a_drop_rate_that_differs_by_arm_is_an_alarm():
    # 20 of 1,000 first in control and none of 1,000 first in treatment: chi-square 20.2, p = 7e-6.
    rows = [(f"c{n:04}", "control", n < 20) for n in range(1000)] + [
        (f"t{n:04}", "treatment", False) for n in range(1000)
    ]
    text = "\n".join(
        f"{user} shown 2 10:00 {arm}" + (f"\n{user} shown 3 10:00 treatment" if torn else "")
        for user, arm, torn in rows
    )
    units = exposed(log(text), plan())
    ok, words = said(units, "several arms")
    assert not ok
    assert "20 of 2,000 units (1.0%)" in words
    assert words.endswith("differ in it by more than chance does (p below 0.001), so they are no longer alike.")


def test_arms_not_planned_and_missing_are_set_aside():
    units = exposed(
        log(
            """
a shown 2 10:00 control
b shown 2 10:00 treatmnt
c shown 2 10:00 -
d shown 2 10:00 treatment
d shown 3 10:00 -
"""
        ),
        plan(),
    )
    assert arms(units) == {"a": "control", "d": "treatment"}
    dropped = units.origin.ledger.dropped
    assert (dropped["arm not planned"], dropped["no arm"], dropped["exposed again"]) == (1, 2, 0)
    assert said(units, "not planned") == (
        False,
        "Units were shown arms that were not planned and do not count: 1 in 'treatmnt'. Did you mean 'treatment'?",
    )


def test_an_arm_of_weight_0_is_planned():
    units = exposed(
        log("a shown 2 10:00 control\nb shown 2 10:00 old"), plan(arms={"control": 1, "treatment": 1, "old": 0})
    )
    assert arms(units) == {"a": "control", "b": "old"}


def test_segments_are_the_values_at_first_exposure():
    # a: at the exposure itself; b: none there, the latest before; c: only later, so not known.
    units = exposed(
        log("""
a open 1 10:00 - - web
a shown 2 10:00 control - ios
a shown 3 10:00 control - android
b open -2 10:00 - - android
b open 1 10:00 - - web
b shown 2 10:00 treatment
b open 3 10:00 - - ios
c shown 2 10:00 control
c open 3 10:00 - - ios
"""),
        plan(Measure("opened", event="open"), segments=("platform",), cluster="platform"),
    )
    assert column(units, "platform") == {"a": "ios", "b": "web", "c": None}
    assert said(units, "Platform is not known") == (False, "Platform is not known at the first exposure of 1 unit.")


def test_accounts_count_in_the_place_of_users():
    events = log("""
a shown 2 10:00 control - x
b buy 3 10:00 - 5 x
c shown 2 10:00 treatment - y
d shown 3 10:00 control - y
e shown 2 10:00 treatment - z
""").grouped("platform")
    units = exposed(events, plan(Measure("spent", sql="sum(amount)")))
    # y has people in both arms.
    assert column(units, "spent") == {"x": 5, "z": 0}
    assert units.origin.ledger.dropped["in several arms"] == 2


def test_an_exposure_and_an_activation_may_have_a_condition():
    events = log("""
a shown 2 10:00 control - menu
b shown 2 10:00 treatment - other
c shown 2 10:00 treatment - menu
c open 3 10:00 - - menu
""")
    units = exposed(events, plan(exposure="shown: platform = 'menu'", activation="open: platform = 'menu'"))
    assert arms(units) == {"a": "control", "c": "treatment"}
    assert column(units, "activated") == {"a": False, "c": True}


def test_a_table_tells_who_was_exposed():
    exposures = table_of(
        unit=["a", "b", "c"],
        arm=["control", "treatment", "control"],
        exposed_at=["2026-06-02T12:00:00+02:00", "2026-06-02T10:00:00Z", "2026-07-01T00:00:00Z"],
        plan=["free", "pro", "free"],
        score=[1.5, 2.5, 3.5],
    )
    units = exposed(
        log("a buy 2 10:00\nb buy 2 09:59\na open 1 10:00 - - ios"),
        plan(BOUGHT, Measure("score"), segments=("plan", "platform")),
        exposures=exposures,
    )
    assert column(units, "bought") == {"a": 1, "b": 0}
    assert column(units, "score") == {"a": 1.5, "b": 2.5}
    assert column(units, "plan") == {"a": "free", "b": "pro"}
    assert column(units, "platform") == {"a": "ios", "b": None}
    assert units.columns == ("exposed_on", "exposed_at", "bought", "score", "plan", "platform")
    assert units.origin.name == "exposures.csv"
    assert units.origin.ledger.dropped["after the end"] == 1


def test_a_table_without_times_exposes_all_at_the_start():
    exposures = table_of(unit=["a", "b"], arm=["control", "treatment"])
    units = exposed(log("a buy 1 00:00\nb buy 0 23:59:59"), plan(BOUGHT), exposures=exposures)
    assert column(units, "bought") == {"a": 1, "b": 0}
    assert "all units count as exposed at the start" in units.origin.notes[0]


@pytest.mark.parametrize("day", ["2026-06-02", date(2026, 6, 2)])
def test_a_time_under_an_unknown_name_is_not_passed_over(day):
    exposures = table_of(unit=["a", "b"], arm=["control", "treatment"], land=["DE", "FR"], **{"First seen": [day] * 2})
    events = log("a buy 1 00:00\nb buy 2 23:59:59")
    with pytest.raises(SettingError, match=r"exposed_at\), but First seen may be one; it has land, First seen"):
        exposed(events, plan(BOUGHT), exposures=exposures)
    assert exposed(events, plan(BOUGHT), exposures=exposures, at="First seen").origin.ledger.kept == 2


def test_days_of_exposure_are_local_midnights():
    exposures = table_of(unit=["a", "b"], arm=["control", "treatment"], exposed_on=[date(2026, 6, 2)] * 2)
    events = log("a buy 2 00:00\nb buy 1 23:59:59", timezone="Europe/Berlin")
    units = exposed(events, plan(BOUGHT), exposures=exposures)
    assert column(units, "bought") == {"a": 1, "b": 0}
    assert "It holds days" in units.origin.notes[0]


def test_another_log_tells_who_was_exposed():
    exposures = log("a shown 2 10:00 control - ios\nb shown 3 10:00 treatment\nb shown 2 10:00 treatment - web")
    units = exposed(log("a buy 2 10:00\nb buy 2 11:00"), plan(BOUGHT, segments=("platform",)), exposures=exposures)
    assert column(units, "bought") == {"a": 1, "b": 1}
    assert column(units, "platform") == {"a": "ios", "b": "web"}


def test_units_without_events_are_told_by_arm():
    exposures = table_of(unit=["a", "b", "c"], arm=["control", "treatment", "treatment"])
    units = exposed(log("a buy 2 10:00"), plan(BOUGHT), exposures=exposures)
    assert column(units, "bought") == {"a": 1, "b": 0, "c": 0}
    assert "0 of 1 in control and 2 of 2 in treatment" in said(units, "Units without any event")[1]
