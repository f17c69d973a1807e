"""What counts of each unit, and when: each rule in a log small enough to count by hand."""

from datetime import date, datetime

from pmlib.experiments.exposure import exposed
from pmlib.sources.registrations import Measure
from tests.experiments.exposure.shown import column, log, plan, said, values
from tests.rows import events_of

BOUGHT = Measure("bought", event="buy")


def test_an_event_at_the_moment_of_exposure_counts_and_one_a_microsecond_before_does_not():
    units = exposed(
        log("""
a shown 2 10:00 control
a buy 2 10:00
b shown 2 10:00 treatment
b buy 2 09:59:59.999999
"""),
        plan(BOUGHT, Measure("buys", event="buy", count=True, lookback=7)),
    )
    assert column(units, "bought") == {"a": 1, "b": 0}
    assert column(units, "buys") == {"a": 1, "b": 0}
    # a was first seen at its exposure: it has no past. b has one.
    assert column(units, "buys__before") == {"a": None, "b": 1}


def test_both_ends_of_a_window_count():
    # From 2 to 7 days after 2 June 10:00: from 4 June 10:00 to 9 June 10:00.
    inside = ("4 10:00", "9 10:00")
    outside = ("4 09:59:59.999999", "9 10:00:00.000001")
    for moment, hit in [*((one, 1) for one in inside), *((one, 0) for one in outside)]:
        units = exposed(
            log(f"a shown 2 10:00 control\na open {moment}\nb shown 2 10:00 treatment"),
            plan(Measure("back", event="open", delay=2, window=7)),
        )
        assert column(units, "back") == {"a": hit, "b": 0}, moment


def test_a_unit_counts_once_its_window_is_over():
    # Complete to 10 June. Seven days after 3 June 23:59:59.999999 are over on its last instant, after 4 June 00:00
    # they are not; without a window all count.
    units = exposed(
        log("a shown 3 23:59:59.999999 control\na buy 4 10:00\nb shown 4 00:00 treatment\nb buy 4 10:00", last=10),
        plan(
            Measure("bought", event="buy", window=7),
            Measure("ever", event="buy"),
            Measure("late", event="buy", delay=8),
        ),
    )
    assert column(units, "bought") == {"a": 1, "b": None}
    assert column(units, "ever") == {"a": 1, "b": 1}
    assert column(units, "late") == {"a": None, "b": None}
    ok, words = said(units, "window of bought")
    assert not ok
    assert words == (
        "The window of bought still runs for 0 of 1 in control and 1 of 1 in treatment: they do not count in it yet. "
        "It will be over for all on 12 Jun 2026."
    )
    rows = units.query("SELECT measures, arm, units, waiting FROM waiting ORDER BY measures, arm").rows
    assert [tuple(row) for row in rows] == [
        (["bought"], "control", 1, 0),
        (["bought"], "treatment", 1, 1),
        (["ever"], "control", 1, 0),
        (["ever"], "treatment", 1, 0),
        (["late"], "control", 1, 1),
        (["late"], "treatment", 1, 1),
    ]


def test_what_comes_after_the_horizon_counts_only_within_a_window():
    # The horizon is 7 June; b's window runs on to 9 June.
    units = exposed(
        log("a shown 2 10:00 control\na buy 8 10:00\nb shown 6 10:00 treatment\nb buy 8 10:00"),
        plan(Measure("ever", event="buy"), Measure("soon", event="buy", window=3), days=7),
    )
    assert column(units, "ever") == {"a": 0, "b": 0}
    assert column(units, "soon") == {"a": 0, "b": 1}


def test_units_with_no_events_are_0_and_stay():
    units = exposed(
        log("a shown 2 10:00 control\na buy 3 10:00 - 5\na buy 3 11:00 - 7\nb shown 2 10:00 treatment"),
        plan(
            BOUGHT,
            Measure("buys", event="buy", count=True),
            Measure("spent", sql="sum(amount)"),
            Measure("each", kind="ratio", sql="sum(amount)", over_sql="count(*) FILTER (WHERE event = 'buy')"),
            Measure("net", sql="sum(amount) - sum(amount) FILTER (WHERE event = 'refund')"),
            Measure("any", sql="bool_or(amount > 6)"),
            Measure("mean", sql="avg(amount)"),
        ),
    )
    assert column(units, "bought") == {"a": 1, "b": 0}
    assert column(units, "buys") == {"a": 2, "b": 0}
    assert column(units, "spent") == {"a": 12, "b": 0}
    assert (column(units, "each"), column(units, "each__over")) == ({"a": 12, "b": 0}, {"a": 2, "b": 0})
    assert column(units, "net") == {"a": 12, "b": 0}
    assert column(units, "any") == {"a": 1, "b": 0}
    assert column(units, "mean") == {"a": 6, "b": None}
    assert said(units, "Mean has no value") == (
        False,
        "Mean has no value for 1 unit without such events; they are left out, so arms may differ. For an average write "
        "a ratio.",
    )


def test_a_past_lies_strictly_before_each_units_own_exposure():
    # Lookback 3 days. a: exposed on 10 June 12:00, so from 7 June 12:00; b on 5 June; c has other events only, its past
    # is 0; d is first seen later, it has none.
    units = exposed(
        log("""
a buy 7 11:59:59.999999 - 1
a buy 7 12:00 - 2
a buy 10 11:59:59.999999 - 4
a shown 10 12:00 control
a buy 10 12:00 - 8
b buy 4 12:00 - 16
b shown 5 12:00 treatment
c open 1 12:00
c shown 9 12:00 treatment
d shown 9 12:00 control
d buy 9 13:00 - 32
"""),
        plan(
            Measure("spent", sql="sum(amount)", lookback=3),
            Measure("each", kind="ratio", sql="sum(amount)", over_sql="count(amount)", lookback=3),
        ),
    )
    assert column(units, "spent__before") == {"a": 6, "b": 16, "c": 0, "d": None}
    assert column(units, "spent") == {"a": 8, "b": 0, "c": 0, "d": 32}
    assert column(units, "each__before") == {"a": 6, "b": 16, "c": 0, "d": None}
    assert column(units, "each__over__before") == {"a": 2, "b": 1, "c": 0, "d": None}
    assert said(units, "without a past")[1].startswith(
        "First seen at their exposure or later, so without a past: 1 of 2 in control and 0 of 2 in treatment;"
    )


def test_a_past_that_the_events_do_not_reach_is_said():
    units = exposed(
        log("a open 1 10:00\na shown 2 10:00 control\nb shown 5 10:00 treatment"),
        plan(Measure("opens", event="open", count=True, lookback=7)),
    )
    assert said(units, "cut short") == (
        False,
        "The events begin on 1 Jun 2026, less than 7 days before the first exposures: the past of those units is "
        "cut short.",
    )


def test_activation_after_exposure_decides_who_has_values_and_all_stay_to_be_counted():
    units = exposed(
        log("""
a shown 2 10:00 control
a open 2 10:00
a buy 3 10:00
b shown 2 10:00 treatment
b open 2 09:00
b buy 3 10:00
c shown 2 10:00 treatment
c open 29 00:00
"""),
        plan(BOUGHT, activation="open"),
    )
    assert column(units, "activated") == {"a": True, "b": False, "c": False}
    assert column(units, "bought") == {"a": 1, "b": None, "c": None}
    assert said(units, "After their exposure")[1].startswith(
        "After their exposure did 'open', so that they count: 1 of 1 in control and 0 of 2 in treatment;"
    )


def test_retention_runs_from_its_own_start():
    # a starts on 4 June and is back two days later; b never starts; c starts on 9 June, its window ends after the last
    # day; d started before exposure only.
    units = exposed(
        log(
            """
a shown 2 10:00 control
a start 4 10:00
a open 4 12:00
a open 6 10:00
a start 7 10:00
b shown 2 10:00 treatment
b open 6 10:00
c shown 2 10:00 treatment
c start 9 10:00
d start 1 10:00
d shown 2 10:00 control
d open 4 10:00
""",
            last=10,
        ),
        plan(Measure("back", event="open", since="start", delay=1, window=3)),
    )
    assert column(units, "back") == {"a": 1, "b": None, "c": None, "d": None}
    assert said(units, "Back is of units")[1].startswith(
        "Back is of units that did 'start' after exposure: 1 of 2 in control and 1 of 2 in treatment;"
    )
    assert "1 of 1 in treatment: they do not count" in said(units, "window of back")[1]


def test_days_are_local_and_a_window_is_of_hours_where_clocks_change():
    # Berlin, 28 March 2027 has 23 hours. Exposed on the 27th at 12:00, 11:00 UTC; one day later it is 13:00.
    rows = [
        ("a", "shown", "2027-03-27T12:00", "control"),
        ("a", "buy", "2027-03-28T13:00", None),
        ("b", "shown", "2027-03-27T12:00", "treatment"),
        ("b", "buy", "2027-03-28T13:00:00.000001", None),
        ("c", "shown", "2027-03-26T23:59:59", "treatment"),
        ("d", "shown", "2027-03-29T00:00", "treatment"),
    ]
    events = events_of(rows, as_of=date(2027, 4, 1), timezone="Europe/Berlin", properties=("variant",))
    units = exposed(events, plan(Measure("bought", event="buy", window=1), start=date(2027, 3, 27), days=2))
    assert column(units, "bought") == {"a": 1, "b": 0}
    assert values(units, "exposed_at") == [datetime(2027, 3, 27, 11)] * 2
    assert values(units, "exposed_on") == [date(2027, 3, 27)] * 2
    assert units.origin.ledger.dropped["before the start"] == units.origin.ledger.dropped["after the end"] == 1


def test_a_cut_off_of_23_hours_leaves_the_last_ones_unfinished():
    # Complete to 28 March 2027 in Berlin, which ends at 22:00 UTC: a day after 27 March 23:30 local is 22:30 UTC.
    rows = [("a", "shown", "2027-03-27T23:30", "control"), ("b", "shown", "2027-03-27T22:30", "treatment")]
    events = events_of(
        [*rows, ("a", "buy", "2027-03-27T23:40", None)],
        as_of=date(2027, 3, 28),
        timezone="Europe/Berlin",
        properties=("variant",),
    )
    units = exposed(events, plan(Measure("bought", event="buy", window=1), start=date(2027, 3, 27), days=2))
    assert column(units, "bought") == {"a": None, "b": 0}


def test_overlapping_windows_of_one_unit_share_their_events():
    units = exposed(
        log("a shown 2 10:00 control\na buy 5 10:00\nb shown 2 10:00 treatment"),
        plan(
            Measure("w7", event="buy", window=7),
            Measure("w14", event="buy", count=True, window=14),
            Measure("d2", event="buy", delay=2, window=4),
            Measure("d4", event="buy", delay=4, window=8),
        ),
    )
    assert [column(units, name)["a"] for name in ("w7", "w14", "d2", "d4")] == [1, 1, 1, 0]


def test_a_unit_with_a_million_events():
    events = log("a shown 2 10:00 control\nb shown 2 10:00 treatment\nb buy 2 11:00 - 1")
    events.engine.run(
        "INSERT INTO events (user_id, event, ts, day, amount) SELECT 'a', 'buy', TIMESTAMP '2026-06-03 00:00:00' + "
        "to_microseconds(number), DATE '2026-06-03', 0.25 FROM range(1000000) AS numbers (number)"
    )
    units = exposed(
        events, plan(Measure("buys", event="buy", count=True, window=7), Measure("spent", sql="sum(amount)"))
    )
    assert column(units, "buys") == {"a": 1_000_000, "b": 1}
    assert column(units, "spent") == {"a": 250_000, "b": 1}


def test_amounts_that_are_no_numbers_are_left_out_and_said():
    units = exposed(
        log(
            """
a shown 2 10:00 control
a buy 3 10:00 - nan
b shown 2 10:00 treatment
b buy 3 10:00 - inf
c shown 2 10:00 control
"""
        ),
        plan(Measure("spent", sql="sum(amount)")),
    )
    assert column(units, "spent") == {"a": None, "b": None, "c": 0}
    assert (
        said(units, "infinite")[1]
        == "Spent is infinite or no number for 2 units; they are left out. Mend what is summed."
    )
