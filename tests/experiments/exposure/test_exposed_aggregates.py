"""Every aggregate of a metric's SQL is held to the window, or refused: counted by hand."""

import pytest

from pmlib.core import SettingError
from pmlib.experiments.exposure import exposed
from pmlib.sources.registrations import Measure
from tests.experiments.exposure.shown import column, log, plan

# Exposed on the 5th at noon, two days of window: of five purchases the second and third count, 20 and 40.
EVENTS = """
ann shown 5 12:00:00 control
ann buy 4 12:00:00 - 10
ann buy 5 13:00:00 - 20
ann buy 6 13:00:00 - 40
ann buy 8 13:00:00 - 80
ann buy 9 13:00:00 - 160
bob shown 5 12:00:00 treatment
bob buy 5 11:00:00 - 7
"""
BOUGHT = "FILTER (WHERE event = 'buy')"
BY_HAND = [
    ("count()", 3, 1),
    (f"count() {BOUGHT}", 2, 0),
    (f"any_value(amount) {BOUGHT}", 20, None),
    ("max_by(amount, ts)", 40, None),
    (f"min_by(amount, ts) {BOUGHT}", 20, None),
    (f"arg_max(amount, ts) {BOUGHT}", 40, None),
    ("last(amount ORDER BY ts)", 40, None),
    (f"len(list(amount) {BOUGHT})", 2, None),
    (f"list_sum(list(amount) {BOUGHT})", 60, None),
    (f"list_aggregate(list(amount) {BOUGHT}, 'max')", 40, None),
    (f"date_diff('hour', min(ts) {BOUGHT}, max(ts) {BOUGHT})", 24, None),
    (f"product(amount) {BOUGHT} + count(*)", 803, None),
    ("median(amount)", 30, None),
    ("count(DISTINCT amount)", 2, 0),
]


@pytest.mark.parametrize(("text", "ann", "bob"), BY_HAND)
def test_an_aggregate_takes_what_lies_in_the_window(text, ann, bob):
    made = exposed(log(EVENTS), plan(Measure("value", kind="mean", sql=text, window=2)))
    assert column(made, "value") == {"ann": ann, "bob": bob}


@pytest.mark.parametrize("text", ["count(*) + count_star()", "sum(amount) / product(2)", "sum(amount) + fsum(1)"])
def test_an_aggregate_that_cannot_be_held_to_a_window_is_refused(text):
    name = text.split()[-1]
    with pytest.raises(SettingError, match=r"'value' takes .* of all events, whatever the window") as raised:
        exposed(log(EVENTS), plan(Measure("value", kind="mean", sql=text, window=2)))
    assert name in str(raised.value)


@pytest.mark.parametrize("text", ["sum(amount) OVER ()", "count(*) + (SELECT 1)", "row_number()", "count_star()"])
def test_what_is_no_aggregate_of_a_units_events_is_refused(text):
    with pytest.raises(SettingError, match="Write"):
        exposed(log(EVENTS), plan(Measure("value", kind="mean", sql=text, window=2)))


def test_a_function_of_an_aggregate_is_none_itself():
    made = exposed(log(EVENTS), plan(Measure("value", kind="mean", sql="list_sum(list(amount))", window=2)))
    assert column(made, "value") == {"ann": 60, "bob": None}
