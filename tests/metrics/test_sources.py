"""Metrics of surveys, spending and revenue, counted by hand."""

from datetime import date
from pathlib import Path

import pytest

from pmlib.core import SettingError, TooFewError
from pmlib.metrics.catalogue import catalogue
from pmlib.metrics.series import daily, monthly, weekly
from tests.metrics.made import series_of, subscriptions_of, waves_of
from tests.rows import events_of

# Weeks of 5, 12, 19 January 2026. On Sunday 11 January a, b run; on the 18th b's second and c; on the 25th c alone:
# a ended on the 18th, its first day without, b's first on the 12th, b's second on the 25th, a Sunday.
PAYING = subscriptions_of(
    [
        ("a", 10.0, "2026-01-05", "2026-01-18", "ios"),
        ("b", 20.0, "2026-01-11", "2026-01-12", "web"),
        ("b", 5.0, "2026-01-12", "2026-01-25", "web"),
        ("c", 7.5, "2026-01-18", None, "ios"),
    ],
    as_of=date(2026, 1, 25),
    more=("platform",),
)
WEEKS = (date(2026, 1, 5), date(2026, 1, 12), date(2026, 1, 19))
MORE = """
[arpu]
title = "revenue a customer"
kind = "ratio"
unit = "currency EUR"
source = "revenue"
sql = "sum(amount)"
over = "count(DISTINCT customer)"

[begun]
title = "subscriptions begun"
kind = "flow"
unit = "count"
source = "revenue"
sql = "count(*)"

[lost]
title = "revenue lost"
kind = "flow"
unit = "currency EUR"
source = "revenue"
on = "ended"
better = "down"
sql = "sum(amount)"

[on_ios]
title = "share on iOS"
kind = "share"
unit = "share"
source = "revenue"
sql = "count(*) FILTER (WHERE platform = 'ios')"
over = "count(*)"

[answers]
title = "answers from web"
kind = "flow"
unit = "count"
source = "survey"
sql = "count(DISTINCT respondent) FILTER (WHERE platform = 'web')"

[ads]
title = "spend on ads"
kind = "flow"
unit = "currency EUR"
source = "spend"
better = ""
sql = "sum(value) FILTER (WHERE name = 'ads')"
"""


@pytest.fixture
def known(tmp_path: Path) -> dict:
    file = tmp_path / "metrics.toml"
    file.write_text(MORE, encoding="utf-8")
    return catalogue(file)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("mrr", (30, 12.5, 7.5)),
        ("subscribers", (2, 2, 1)),
        ("arpu", (15, 6.25, 7.5)),
        # Begun: a and b in the first week, b again and c in the second.
        ("begun", (2, 2, 0)),
        # Ended: b's 20 on the 12th and a's 10 on the 18th, b's 5 on the 25th.
        ("lost", (0, 30, 5)),
        # Running: a of a and b; c of b and c; c.
        ("on_ios", (0.5, 0.5, 1)),
    ],
)
def test_revenue(known: dict, name: str, values: tuple) -> None:
    points = weekly(PAYING, known[name])
    assert points.dates == WEEKS
    assert points.values == pytest.approx(values)
    assert points.days == ()
    assert "calendar weeks from Monday" in points.definition


def test_revenue_by_day_and_month(known: dict) -> None:
    days = daily(PAYING, known["mrr"])
    # a from the 5th, b from the 11th at 20, from the 12th at 5; on the 18th a is gone and c there.
    assert days.values == (*[10] * 6, 30, *[15] * 6, *[12.5] * 7, 7.5)
    longer = subscriptions_of([("a", 10.0, "2025-12-31", None), ("b", 1.0, "2026-01-31", None)], as_of=date(2026, 3, 1))
    points = monthly(longer, known["mrr"])
    # What runs at the end of December is known, though nothing is before the 31st; March is not over.
    assert points.dates == (date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1))
    assert points.values == (10, 11, 11)
    assert str(points.period(2)) == "1 to 28 Feb 2026"
    # How many began in December is not.
    assert monthly(longer, known["begun"]).values == (1, 0)


def test_revenue_in_another_currency_is_refused(known: dict) -> None:
    dollars = subscriptions_of([("a", 10.0, "2026-01-05", None)], as_of=date(2026, 1, 25), currency="USD")
    with pytest.raises(SettingError, match='unit = "currency USD"'):
        weekly(dollars, known["mrr"])
    assert weekly(dollars, known["subscribers"]).values == (1, 1, 1)


# Local days in Berlin: 10 and 9 on Sunday 11 January (the second at 23:30 UTC on the 10th), 3 and 8 on Monday the 12th
# (the first at 23:30 UTC on the 11th), 10 in the week of the 26th; one without a score there.
SURVEY = waves_of(
    [10, 9, 3, 8, 10, None],
    [
        "2026-01-05 09:00", "2026-01-10 23:30", "2026-01-11 23:30", "2026-01-12 10:00", "2026-01-26 10:00",
        "2026-01-31 10:00",
    ],
    timezone="Europe/Berlin",
    first="2026-01-05",
    last="2026-02-01",
    platform=["web", "ios", "web", "web", "ios", "web"],
)  # fmt: skip


def test_a_survey(known: dict) -> None:
    points = weekly(SURVEY, "nps", question="How likely?")
    # 2 of 2 promoters; none of 2, one detractor; nobody; 1 of 1.
    assert points.values == (100, -50, None, 100)
    assert points.n == (2, 2, 0, 1)
    assert points.unit.kind == "score"
    assert "question q1" in points.definition
    assert "Europe/Berlin" in points.definition
    assert weekly(SURVEY, known["answers"]).values == (1, 2, 0, 1)
    assert monthly(SURVEY, known["answers"]).values == (4,)


def test_a_survey_takes_the_first_weekday_of_the_events(known: dict) -> None:
    sundays = events_of([("a", "x", "2026-01-04 10:00")], as_of=date(2026, 2, 1), week_start="sunday")
    points = weekly(SURVEY, known["answers"], like=sundays)
    # From Sunday 11 January: two from web on the 12th, none on the 11th; then nobody; on the 31st one.
    # Before it, from Sunday the 4th, one on the 5th.
    assert points.dates == (date(2026, 1, 4), date(2026, 1, 11), date(2026, 1, 18), date(2026, 1, 25))
    assert points.values == (1, 2, 0, 1)


def test_a_survey_whose_segment_is_called_as_a_column(known: dict) -> None:
    odd = waves_of(
        [10, 2],
        ["2026-01-05 09:00", "2026-01-06 09:00"],
        first="2026-01-05",
        last="2026-01-11",
        number=["1", "2"],
        platform=["web", "ios"],
    )
    assert weekly(odd, "nps", question="q1").values == (0,)
    assert weekly(odd, known["answers"]).values == (1,)


def test_spend(known: dict) -> None:
    rows = [("2026-01-05", "ads", 10.0), ("2026-01-06", "ads", 2.5), ("2026-01-06", "fairs", 100.0)]
    spent = series_of([*rows, ("2026-01-25", "ads", 4.0)])
    # A week without a date is not known; neither is one in which the series asked for has no value.
    assert weekly(spent, known["ads"]).values == (12.5, None, 4)
    assert weekly(spent, known["spend"]).values == (112.5, None, 4)
    assert weekly(spent, "spend").better == ""


def test_spend_of_whole_weeks_and_months(known: dict) -> None:
    rows = [(f"2026-01-{day:02}", "ads", 1.0 * day) for day in (5, 12, 19)]
    points = weekly(series_of(rows), known["ads"])
    # The date of a week is its Monday: that of the 19th covers the 25th.
    assert points.dates == WEEKS
    assert points.values == (5, 12, 19)
    with pytest.raises(SettingError, match=r"one date a week\. Ask by week"):
        daily(series_of(rows), known["ads"])
    months = series_of([("2026-01-01", "ads", 31.0), ("2026-02-01", "ads", 28.0), ("2026-03-01", "ads", 3.0)])
    assert monthly(months, known["ads"]).values == (31, 28, 3)
    with pytest.raises(SettingError, match=r"one date a month\. Ask by month"):
        weekly(months, known["ads"])


def test_a_metric_of_another_table_is_refused(known: dict) -> None:
    events = events_of([("a", "x", "2026-01-05 10:00")], as_of=date(2026, 1, 25))
    with pytest.raises(SettingError, match=r"'mrr' is counted from subscriptions, and events were given.*load_subscr"):
        weekly(events, "mrr")
    with pytest.raises(SettingError, match=r"'active_users' is counted from events, and answers of a survey were"):
        daily(SURVEY, "active_users")
    with pytest.raises(SettingError, match="this is str"):
        weekly("events.csv", "active_users")  # pyright: ignore[reportArgumentType]


def test_other_refusals(known: dict) -> None:
    with pytest.raises(SettingError, match="needs question"):
        weekly(SURVEY, "nps")
    with pytest.raises(SettingError, match=r"does not ask 'How likly\?'.*Did you mean 'How likely\?'"):
        weekly(SURVEY, "nps", question="How likly?")
    with pytest.raises(SettingError, match=r"reads 'platform'; the series of spending have|reads 'platform'; the sub"):
        weekly(subscriptions_of([("a", 1.0, "2026-01-05", None)], as_of=date(2026, 1, 25)), known["on_ios"])
    with pytest.raises(SettingError, match="weeks is 0"):
        weekly(PAYING, "mrr", weeks=0)
    with pytest.raises(TooFewError, match="no times of its answers"):
        weekly(waves_less(), "nps", question="q1")
    with pytest.raises(TooFewError, match="holds no dates"):
        weekly(series_of([]), "spend")
    with pytest.raises(TooFewError, match="no subscription"):
        weekly(subscriptions_of([], as_of=date(2026, 1, 25)), "mrr")


def waves_less():
    from tests.research.made import survey_of

    return survey_of({"How likely?": [10]})
