"""The types everyone meets."""

from datetime import date

import pytest

from pmlib.core import (
    Estimate,
    Finding,
    InputError,
    Ledger,
    Period,
    SettingError,
    Unit,
    Weeks,
)


def estimate(**changes):
    given = {"label": "x", "value": 0.3, "low": 0.2, "high": 0.4, "unit": Unit.SHARE, "n": 10, "method": "m"}
    return Estimate(**(given | changes))


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        (Unit.SHARE, 0.351, "35.1%"),
        (Unit.SHARE, -0.0001, "0.0%"),
        (Unit.POINTS, -0.026, "−2.6 points"),
        (Unit.COUNT, 1_204_331, "1,204,331"),
        (Unit.currency("EUR"), -12.5, "−12.50 EUR"),
        (Unit.SCORE, None, "–"),
        (Unit.NUMBER, float("nan"), "–"),
    ],
)
def test_units_write_numbers(unit, value, text):
    assert unit.text(value) == text


def test_an_open_end_needs_a_reason_and_nothing_is_infinite():
    with pytest.raises(SettingError, match="say why"):
        estimate(high=None)
    with pytest.raises(SettingError, match="leave it None"):
        estimate(high=float("inf"), reason="open")
    assert str(estimate(high=None, reason="open")) == "30.0% (95% interval from 20.0% up)"
    assert str(estimate(value=None, low=None, high=None, reason="no data")) == "not known (no data)"


def test_facts_round_to_12_digits_so_that_pages_do_not_flicker():
    one, other = estimate(value=0.1 + 0.2), estimate(value=0.3)
    assert one.as_json() == other.as_json()


def test_a_ledger_closes():
    with pytest.raises(InputError, match="does not close"):
        Ledger(10, 8, {"no user": 1})


def test_a_year_back_is_the_same_weekday():
    weeks = Weeks()
    week = weeks.of(date(2026, 11, 18))
    assert weeks.year_before(week) == Period(date(2025, 11, 17), date(2025, 11, 23))
    # 2026 has 53 ISO weeks: the week before 4 Jan 2027 is ISO week 53, and a year before it week 1 of 2026.
    assert weeks.before(weeks.of(date(2027, 1, 4))).start.isocalendar().week == 53


@pytest.mark.parametrize("first", ["monday", "saturday", "sunday"])
def test_the_last_complete_week_ended(first):
    weeks = Weeks(first)
    for day in range(1, 29):
        as_of = date(2026, 2, day)
        week = weeks.last_complete(as_of)
        assert week.end <= as_of < weeks.before(week, -1).end
        assert week.days == 7


def test_a_wrong_weekday_names_the_nearest():
    with pytest.raises(SettingError, match="Did you mean 'sunday'"):
        Weeks("sundy")


def test_a_finding_escapes_its_own_words_and_keeps_its_id(capsys):
    finding = Finding("a-b", "Q <b>?", "<script>1</script>", (estimate(),), "def")
    assert finding.facts()["headline"] == "<script>1</script>."
    finding._ipython_display_()
    with pytest.raises(SettingError, match="hyphens"):
        Finding("A b", "Q", "H", (), "d")
