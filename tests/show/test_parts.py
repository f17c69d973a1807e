"""Cards and doubts: what may be called a signal, and what may not."""

import pytest

from pmlib import show
from pmlib.core import Estimate, Finding, Kpi, Signal, Unit

LIMITS = Estimate("Users", 100, 90, 110, Unit.COUNT, 52, "m", 0.99)
NO_LIMITS = Estimate("Users", None, None, None, Unit.COUNT, 12, "m", reason="only 12 earlier weeks, 26 are needed")
GREW = Estimate("change", 0.1, None, None, Unit.LIFT, 10, "m", reason="full counts")


def signal(state, limits=LIMITS, seen=52, every="week"):
    return Signal(state, limits, seen, 26, every, 0.01)


def judged(told, value=100.0, better="up", change=GREW):
    limits = told.limits
    now = Estimate("Users", value, limits.low, limits.high, Unit.COUNT, 100, "m", 0.99, reason=limits.reason)
    kpi = Kpi(now, change, "last week", better=better, signal=told)
    return Finding(f"u{told.state}", "q", "h", (now,), "d", kpi=kpi)


def card(finding):
    return show.headline(finding).facts["cards"][0]


@pytest.mark.parametrize(
    ("told", "better", "tone", "words"),
    [
        (signal("none"), "up", "flat", "▲ +10.0% on last week, within its range"),
        (signal("above"), "up", "good", "▲ +10.0% on last week, above its range: a signal"),
        (signal("above"), "down", "bad", "▲ +10.0% on last week, above its range: a signal"),
        (signal("above"), "", "flat", "▲ +10.0% on last week, above its range: a signal"),
        (signal("below"), "up", "bad", "▲ +10.0% on last week, below its range: a signal"),
        (
            signal("early", NO_LIMITS, 12),
            "up",
            "flat",
            "▲ +10.0% on last week, too early to call (12 of the 26 earlier weeks needed)",
        ),
        (signal("", NO_LIMITS), "up", "flat", "▲ +10.0% on last week"),
    ],
)
def test_a_card_says_what_the_rule_says(told, better, tone, words):
    found = card(judged(told, better=better))
    assert (found["tone"], found["change"], found["signal"]) == (tone, words, told.state)
    assert found["number"] == 100.0
    assert found["false_rate"] == (0.01 if told.state in {"none", "above", "below"} else None)


def test_a_card_gives_the_range_or_why_there_is_none():
    assert card(judged(signal("none")))["range"] == "expected 90 to 110 from its own history"
    assert card(judged(signal("early", NO_LIMITS, 12)))["range"] == "only 12 earlier weeks, 26 are needed"


def test_the_rule_stands_above_the_interval_of_a_change():
    clear = Estimate("change", 0.1, 0.05, 0.15, Unit.LIFT, 10, "m")
    assert card(judged(signal("none"), change=clear))["tone"] == "flat"


def test_without_a_change_the_judgement_stands_alone():
    assert card(judged(signal("below"), change=None))["change"] == "below its range: a signal"


def change_of(low, high, *, routine, better="up"):
    now = Estimate("Recommend", 33, 28, 38, Unit.SCORE, 700, "m")
    moved = Estimate("change", (low + high) / 2, low, high, Unit.SCORE, 700, "m")
    kpi = Kpi(now, moved, "wave 2", better=better, routine=routine)
    return card(Finding("n", "q", "h", (now,), "d", kpi=kpi))


@pytest.mark.parametrize(
    ("low", "high", "routine", "tone", "words"),
    [
        (3, 15, False, "good", "beyond chance"),
        (-15, -3, False, "bad", "beyond chance"),
        (-3, 15, False, "flat", "within chance"),
        (-3, 15, True, "flat", "within chance"),
        (3, 15, True, "flat", "too early to call"),
    ],
)
def test_only_a_design_bears_a_change_beyond_chance(low, high, routine, tone, words):
    found = change_of(low, high, routine=routine)
    assert (found["tone"], found["change"].rsplit(", ", 1)[1]) == (tone, words)
    assert "signal" not in found["change"]
    assert (found["signal"], found["false_rate"]) == ("", None)


def test_doubts_print_the_false_signals_to_be_expected():
    texts = [check["text"] for check in show.doubts(*[judged(signal("none"))] * 4).facts["checks"]]
    assert texts[0] == (
        "Of 4 figures judged by their history one will look like a signal about every 25 weeks by chance alone."
    )
    one = show.doubts(judged(signal("above")), judged(signal("early", NO_LIMITS, 12))).text
    assert "The figure judged by its history will look like a signal about every 100 weeks by chance alone." in one
    assert "by chance alone" not in show.doubts(judged(signal("early", NO_LIMITS, 12))).text


def test_days_and_weeks_are_not_added_up():
    parts = [judged(signal("none")), judged(signal("none", every="day"))]
    assert show.doubts(*parts).text.count("by chance alone") == 2


def test_a_card_as_plain_data():
    kpi = judged(signal("above")).kpi
    assert kpi.expected
    assert kpi.as_json()["signal"] == {
        "state": "above", "low": 90, "high": 110, "seen": 52, "needed": 26, "every": "week", "rate": 0.01
    }  # fmt: skip
    assert Kpi(LIMITS).as_json()["signal"] is None
