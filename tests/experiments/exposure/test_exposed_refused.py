"""Registrations and tables that cannot be read: refused with what is there and what to do."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from pmlib.core import Check, InputError, SettingError, TooFewError
from pmlib.experiments import trial
from pmlib.experiments.exposure import exposed
from pmlib.sources.registrations import Measure
from tests.experiments.exposure.shown import log, plan, said, table_of

BOUGHT = Measure("bought", event="buy")
LOG = """
a shown 2 10:00 control - ios
a buy 3 10:00 - 5
b shown 2 10:00 treatment - web
"""


@pytest.mark.parametrize(
    ("registration", "message"),
    [
        (plan(exposure="", variant=""), "Nothing says who was exposed: 'menu' names no exposure and variant"),
        (plan(exposure="shwn"), r"called 'shwn', which is registered as the exposure; .* Did you mean 'shown'\?"),
        (plan(exposure="shown: plattform = 'x'"), r"The exposure .* names 'plattform'; .* Did you mean 'platform'\?"),
        (plan(variant="varant"), r"no property 'varant'; .* Did you mean 'variant'\?"),
        (plan(activation="oben"), "registered as the activation"),
        (plan(segments=("plattform",)), r"Neither rows nor the events have 'plattform'; .* Did you mean 'platform'\?"),
        (plan(Measure("x", event="by")), r"No event is called 'by'; .* Did you mean 'buy'\?"),
        (plan(Measure("x", event="buy", since="begin")), "registered as the start of 'x'"),
        (plan(Measure("x")), "'x' names no event, sql or metric to be made from, and rows has no such column"),
        (plan(Measure("x", event="buy", delay=8, window=7)), "before its delay of 8 days is over"),
        (plan(Measure("x", event="buy", window=-1)), "before its delay"),
        (plan(Measure("x", event="buy", delay=float("nan"))), "give 0 or more"),
        (plan(Measure("x", sql="sum(amont)")), r"'x' reads 'amont'; .* Did you mean 'amount'\?"),
        (plan(Measure("x", sql="amount")), "stands outside an aggregate"),
        (plan(Measure("x", sql="SELECT 1")), "is not one aggregate"),
        (plan(Measure("x", sql="sum(amount")), "cannot be read as SQL"),
        (plan(Measure("x", sql="sum(platform)")), "'x' cannot be computed: No function matches"),
        (plan(Measure("x", sql="max(platform)")), "'x' gives a varchar for each unit; a metric needs numbers"),
        (plan(Measure("x", sql="max(ts)")), "'x' gives a timestamp for each unit"),
        (plan(Measure("x", sql="count(*)", over_sql="min(day)")), "'x' gives a date for each unit"),
        (plan(Measure("x", sql="count($action)")), r"there is no \$action"),
        (plan(Measure("x", metric="revenu")), r"There is no metric 'revenu'; .* Did you mean 'revenue'\?"),
        (plan(Measure("x", metric="mrr")), "'x' is the metric 'mrr', which is counted from revenue"),
        (plan(Measure("x", metric="key_actions")), r"'x' is the metric 'key_actions', which needs \$action"),
        (plan(Measure("Exposed_at", event="buy")), "Two columns of the units would be called 'exposed_at'"),
        (plan(Measure("activated", event="buy"), activation="buy"), "would be called 'activated'"),
        (plan(Measure("platform", event="buy"), segments=("platform",)), "would be called 'platform'"),
        (plan(Measure("x", event="buy"), Measure("X", event="buy")), "would be called 'x'"),
    ],
)
def test_wrong_registrations(registration, message):
    with pytest.raises(SettingError, match=message):
        exposed(log(LOG), registration)


def test_an_experiment_that_has_not_begun():
    with pytest.raises(TooFewError, match="'menu' starts on 1 Jul 2026; the events are complete to 30 Jun 2026"):
        exposed(log(LOG), plan(start=date(2026, 7, 1)))


def test_no_exposure_that_counts():
    with pytest.raises(InputError, match=r"No exposure of rows counts: 2 before the start\. Check the start"):
        exposed(log(LOG), plan(start=date(2026, 6, 3)))
    with pytest.raises(InputError, match=r"The arms there are 'control' and 'treatment'; registered are 'a' and 'b'"):
        exposed(log(LOG), plan(arms={"a": 1, "b": 1}))


EXPOSED = {"unit": ["a", "b"], "arm": ["control", "treatment"]}


@pytest.mark.parametrize(
    ("column", "settings", "message"),
    [
        ({"exposed_at": ["2026-06-02T10:00", "2026-06-02T11:00"]}, {}, "name no time zone"),
        ({"exposed_at": [datetime(2026, 6, 2, 10), datetime(2026, 6, 2, 11)]}, {}, "name no time zone"),
        ({"exposed_at": ["2026-06-02T10:00Z", "2026-06-02T11:00"]}, {}, "mixes 1 times with a zone and 1 without"),
        ({"exposed_at": ["soon", "later"]}, {}, r"No value in 'exposed_at' of exposures.csv can be read as a time"),
        ({"exposed_at": [True, False]}, {}, "holds booleans and no times"),
        ({"when": ["2026-06-02T10:00Z"] * 2}, {"at": "whan"}, r"no column 'whan'; it has when. Did you mean 'when'\?"),
        ({"exposed_at": ["2026-06-02T10:00"] * 2}, {"times": "Europe/Berlim"}, "Did you mean 'Europe/Berlin'"),
    ],
)
def test_tables_whose_times_are_not_clear(column, settings, message):
    with pytest.raises((InputError, SettingError), match=message):
        exposed(log(LOG), plan(BOUGHT), exposures=table_of(**EXPOSED, **column), **settings)


def test_a_table_without_times_needs_a_start():
    with pytest.raises(SettingError, match="has no column that says when a unit was exposed"):
        exposed(log(LOG), plan(BOUGHT, start=None), exposures=table_of(**EXPOSED))


@pytest.mark.parametrize(
    ("column", "settings"),
    [
        ({"exposed_at": ["2026-06-02T12:00", "2026-06-02T12:00"]}, {"times": "Europe/Berlin"}),
        ({"exposed_at": [datetime(2026, 6, 2, 12)] * 2}, {"times": "Europe/Berlin"}),
        ({"when": ["02.06.2026 12:00", "02.06.2026 12:00"]}, {"times": "Europe/Berlin", "at": "when"}),
        ({"exposed_at": [1780394400, 1780394400]}, {}),
        ({"exposed_at": [1780394400000.0, 1780394400000.0]}, {}),
        ({"Exposed At": ["2026-06-02T10:00:00+00:00"] * 2}, {}),
    ],
)
def test_times_are_read_in_many_ways(column, settings):
    exposures = table_of(**EXPOSED, **column)
    units = exposed(log("a buy 2 10:00\nb buy 2 09:59:59"), plan(BOUGHT), exposures=exposures, **settings)
    assert units.query("SELECT bought FROM units ORDER BY unit").column("bought") == [1, 0]
    assert {row.exposed_at for row in units.query("SELECT exposed_at FROM units")} == {datetime(2026, 6, 2, 10)}


def test_a_time_that_is_missing_is_counted():
    exposures = table_of(**EXPOSED, exposed_at=["2026-06-02T10:00Z", None])
    units = exposed(log(LOG), plan(BOUGHT), exposures=exposures)
    assert units.origin.ledger.dropped["no time"] == 1


def test_units_that_nobody_knows():
    exposures = table_of(unit=["1", "2"], arm=["control", "treatment"])
    with pytest.raises(InputError, match=r"None of the 2 units of exposures.csv is in the events: .* '1', .* 'a'"):
        exposed(log(LOG), plan(BOUGHT), exposures=exposures)


def test_an_event_that_sql_misspells_is_said():
    units = exposed(
        log(LOG), plan(Measure("x", sql="count(*) FILTER (WHERE event IN ('buy', 'shwn') OR 'by' = event)"))
    )
    assert said(units, "'shwn'") == (False, "No event is called 'shwn', which x counts. Did you mean 'shown'?")
    assert said(units, "'by'") == (False, "No event is called 'by', which x counts. Did you mean 'buy'?")


def test_values_that_sql_cannot_read_are_not_told():
    with pytest.raises(SettingError, match=r"values that x cannot be computed of \(ConversionException\)") as told:
        exposed(log(LOG + "b buy 3 10:00 - - secret"), plan(Measure("x", sql="sum(CAST(platform AS INTEGER))")))
    assert "secret" not in str(told.value)


def test_a_division_by_nothing_is_left_out_and_said():
    units = exposed(log(LOG), plan(Measure("x", sql="sum(amount) / count(*) FILTER (WHERE event = 'buy')")))
    assert units.query("SELECT x FROM units ORDER BY unit").column("x") == [5, None]
    assert not said(units, "X ")[0]


def test_what_the_loader_doubted_of_exposures_stands_with_the_units():
    doubt = Check(False, "3 of 5 rows are of units that were in two arms.")
    given = replace(table_of(**EXPOSED), checks=(doubt, Check(True, "Fine.")))
    units = exposed(log(LOG), plan(BOUGHT), exposures=given)
    assert units.checks[0] == doubt
    assert Check(True, "Fine.") not in units.checks


def test_quotes_in_names_are_names():
    # Nothing that a registration holds is ever run as SQL but an aggregate.
    name = 'it\'s "5"; DROP TABLE events'
    units = exposed(log(LOG), plan(Measure(name, event="buy", count=True, window=7)))
    assert units.query("SELECT * FROM units ORDER BY unit").columns[-1] == name
    assert units.columns[-1] == name


def test_an_arm_misspelt_in_the_plan_is_said_with_its_rows():
    shown = "\n".join(f"u{at} shown 2 10:00 {'control' if at < 2 else 'tretment'} - ios" for at in range(9))
    events = log(f"{shown}\nu1 buy 3 10:00 - 5")
    with pytest.raises(
        InputError, match=r"7 rows of rows name an arm that is not in the plan: 'tretment' \(7\)\. T"
    ) as told:
        trial(events=events, registration=plan(BOUGHT))
    assert "The plan names control and treatment. Did you mean 'treatment'? Mend the plan or the data." in str(
        told.value
    )
