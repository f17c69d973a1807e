"""Days without exposures or events, whole weeks, and units in other experiments: small enough to count by hand."""

from datetime import date, timedelta

import pytest

from pmlib.core import Period, SettingError
from pmlib.experiments.exposure import exposed, gaps, overlaps, whole_weeks
from pmlib.sources.registrations import Measure
from tests.experiments.exposure.shown import START, plan, table_of
from tests.rows import events_of

BOUGHT = Measure("bought", event="buy")
FINE = ["No day stands out by having no exposures or no events of a metric."]


def logged(daily=30, days=14, *, shown=lambda day, arm: True, bought=lambda day, arm: True):
    """As many units are exposed each day in each arm, and each buys an hour later, but where a rule says no."""
    rows = []
    for place in range(days):
        day = START + timedelta(days=place)
        for arm in ("control", "treatment"):
            if shown(place + 1, arm):
                rows += [(f"{arm}{place}-{n}", "shown", f"{day}T10:00", arm) for n in range(daily)]
                rows += [
                    (f"{arm}{place}-{n}", "buy", f"{day}T11:00", None) for n in range(daily) if bought(place + 1, arm)
                ]
    return events_of(rows, as_of=START + timedelta(days=days - 1), properties=("variant",))


def said(events, days=14):
    """What the checks say."""
    made = plan(BOUGHT, days=days)
    return [check.text for check in gaps(exposed(events, made), events, made)]


def test_a_log_without_gaps():
    assert said(logged()) == FINE


def test_a_day_without_exposures_in_one_arm():
    assert said(logged(shown=lambda day, arm: (day, arm) != (5, "treatment"))) == [
        "No exposure in treatment on 5 Jun 2026, while the other arms have many: logging may have failed there.",
        "No 'bought' in treatment on 5 Jun 2026, while the other arms have many: logging may have failed there.",
    ]


def test_a_day_without_anything_in_any_arm():
    assert said(logged(shown=lambda day, arm: day not in (5, 6))) == [
        "No exposure at all on 5 Jun 2026 and 6 Jun 2026, between days with many: logging may have failed.",
        "No 'bought' at all on 5 Jun 2026 and 6 Jun 2026, between days with many: logging may have failed.",
    ]


def test_a_day_without_events_of_a_metric():
    assert said(logged(bought=lambda day, arm: (day, arm) != (5, "control"))) == [
        "No 'bought' in control on 5 Jun 2026, while the other arms have many: logging may have failed there."
    ]


def test_an_arm_that_never_has_a_metric():
    assert said(logged(bought=lambda day, arm: arm == "control")) == [
        "No 'bought' in treatment on any day, while the other arms have many."
    ]


def test_weekends_that_are_always_empty_are_no_gap():
    # 6, 7, 13 and 14 June 2026 are weekends.
    assert said(logged(shown=lambda day, arm: day not in (6, 7, 13, 14))) == FINE


@pytest.mark.parametrize(("daily", "gap"), [(8, False), (15, True)])
def test_few_units_make_no_gap(daily, gap):
    # Chance leaves an arm out of 8 units of a day with 1/2 to the 8th, of 15 with 3e-5; over 14 days and 2 arms that is
    # 0.1 and 9e-4.
    found = said(logged(daily, shown=lambda day, arm: (day, arm) != (5, "treatment")))
    assert any("No exposure in treatment" in text for text in found) == gap


def test_gaps_need_units_made_from_events():
    events = logged()
    for table in (table_of(unit=["a"], arm=["control"], exposed_on=[START]), table_of(unit=["a"], arm=["control"])):
        with pytest.raises(SettingError, match=r"exposures\.csv was not made from events"):
            gaps(table, events, plan(BOUGHT))


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (date(2026, 6, 7), "Units were taken in for 1 whole week, 1 to 7 Jun 2026."),
        (
            date(2026, 6, 10),
            "Units were taken in for 1 week and 3 days, 1 to 10 Jun 2026: Monday to Wednesday count once more than "
            "other days. Let it run for whole weeks.",
        ),
        (
            date(2026, 6, 1),
            "Units were taken in for 1 day, 1 Jun 2026: Monday counts and the rest of the week not at all. Let it run "
            "for whole weeks.",
        ),
    ],
)
def test_whole_weeks(last, words):
    check = whole_weeks(Period(START, last))
    assert (check.ok, check.text) == ("whole week," in words, words)


def split_of(counts):
    """Units in cells of (arm, other arm), either of them None for those who are in one experiment only."""
    numbered = [(f"u{place}-{n}", pair) for place, (pair, many) in enumerate(counts.items()) for n in range(many)]
    tables = []
    for side in (0, 1):
        here = [(unit, pair[side]) for unit, pair in numbered if pair[side]]
        tables.append(table_of(unit=[unit for unit, _ in here], arm=[arm for _, arm in here]))
    return tables


def test_units_in_another_experiment_that_falls_alike_into_the_arms():
    these, those = split_of(
        {("a", "x"): 50, ("a", "y"): 50, ("b", "x"): 50, ("b", "y"): 50, ("a", None): 300, ("b", None): 300}
    )
    (check,) = overlaps(these, {"paywall": those})
    assert check.ok
    assert check.text == (
        "200 of 800 units (25.0%) are in 'paywall' too, 100 of 400 in a and 100 of 400 in b; the arms differ in it no "
        "more than chance does (p = 1). Of its arms x and y, the arms differ in it no more than chance does (p = 1)."
    )


def test_more_of_one_arm_in_another_experiment_is_an_alarm():
    # 150 of 400 against 100 of 400: chi-square 14.5, p = 1.4e-4.
    these, those = split_of({("a", "x"): 150, ("b", "x"): 100, ("a", None): 250, ("b", None): 300})
    (check,) = overlaps(these, {"paywall": those})
    assert not check.ok
    assert "150 of 400 in a and 100 of 400 in b; the arms differ in it by more than chance does" in check.text


def test_another_experiment_whose_arms_go_with_these_is_an_alarm():
    these, those = split_of({("a", "x"): 70, ("a", "y"): 30, ("b", "x"): 30, ("b", "y"): 70})
    (check,) = overlaps(these, {"paywall": those})
    assert not check.ok
    assert check.text.startswith(
        "200 of 200 units (100.0%) are in 'paywall' too, 100 of 100 in a and 100 of 100 in b. Of"
    )


def test_no_unit_in_another_experiment():
    these, _ = split_of({("a", "x"): 1, ("b", "x"): 1})
    (check,) = overlaps(these, {"paywall": table_of(unit=["z"], arm=["x"])})
    assert (check.ok, check.text) == (True, "No unit is in 'paywall' too.")
