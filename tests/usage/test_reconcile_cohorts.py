"""Retention as products count it: each difference on a table small enough to follow by hand."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlib.usage.rules.reconcile import reconcile
from pmlib.usage.rules.variants import Case, Options
from tests.rows import events_of
from tests.usage.june import DAILY, DAY, TAIL, log, row, share


def test_posthog_counts_cells_that_are_not_over_as_nobody_back():
    # Ours: a of a, b and c of c, d: 2 of 4. PostHog: e has had no day after, and is one of 5.
    found = reconcile(log(TAIL, 3), "retention", vendor="posthog", **DAILY)
    assert [one.value for one in found.estimates[:2]] == [0.5, 0.4]
    # Of two of five, Wilson's interval is 11.8% to 76.9% (Newcombe 1998).
    assert (found.estimates[1].low, found.estimates[1].high) == pytest.approx((0.1176, 0.7693), abs=1e-4)
    assert "the interval is of chance alone" in found.estimates[1].method
    assert row(found, "Unfinished cells") == pytest.approx((0.4, -0.1, -0.1))
    assert found.headline == (
        "Day-1 retention is 50.0% (95% interval 15.0% to 85.0%, 4 people) here and 40.0% (95% interval 11.8% to 76.9%, "
        "5 people) under PostHog's rules; all of it is that PostHog counts whoever has not had the whole age as not "
        "back"
    )


def test_posthog_counts_the_running_week_as_far_as_it_came():
    # Week of 1 June: a, b. Back in the week of 8: a. The week of 15 runs to Wednesday 17: c, who joined on the 9th, is
    # back on the 16th, and d joins. Age 1, ours: a of a, b. PostHog: a and c of a, b, c and d.
    events = log("a joined 1\nb joined 2\na used 9\nc joined 9\nc used 16\nd joined 17", 17)
    options = DAILY | {"every": "week", "weeks": 4}
    assert share(events, "retention", options) == (0.5, 2)
    assert share(events, "retention", options, cells="all") == (0.5, 4)
    # Age 2: the week of 15 is over for nobody; PostHog has the 4 of them, none back two weeks later.
    assert share(events, "retention", options | {"age": 2}, cells="all") == (0.0, 4)


def test_posthog_takes_everybody_as_back_in_the_period_of_the_start():
    # a used it before joining and after; b before only. Strictly after the start: 1 of 2.
    events = log("a used 1 09:00\na joined 1 10:00\na used 1 11:00\nb used 1 09:00\nb joined 1 10:00\nb used 2", 2)
    found = reconcile(events, "retention", vendor="posthog", **(DAILY | {"age": 0}))
    assert [one.value for one in found.estimates[:2]] == [0.5, 1.0]
    assert row(found, "Period of the start") == (1.0, 0.5, 0.5)
    assert row(found, "Unfinished cells") == (0.5, 0.0, 0.0)


def test_mixpanel_weighs_people_by_the_size_of_their_cohort():
    # Mixpanel's own page: cohorts of 1000 and 500 with 500 and 400 back, here by the hundred: 10 with 5, 5 with 4.
    # Its sums are 466.67 / 833.33 = 56%: (10·5 + 5·4) / (100 + 25) = 70 / 125. Pooled 9 of 15, simple (50% + 80%) / 2.
    lines = [f"u{one} joined 1" for one in range(10)] + [f"u{one} used 2" for one in range(5)]
    lines += [f"v{one} joined 2" for one in range(5)] + [f"v{one} used 3" for one in range(4)]
    events = log("\n".join(lines), 3)
    weighted = Case(events, "retention", Options(**DAILY)).under({"average": "weighted"})[0]
    assert weighted.value == pytest.approx(70 / 125)
    # People are worth 125² / (10³ + 5³) = 13.9 of equal weight, fewer than 15.
    assert weighted.n_eff == pytest.approx(125**2 / 1125)
    assert weighted.low < 0.56 < weighted.high
    assert share(events, "retention", DAILY) == (0.6, 15)
    assert share(events, "retention", DAILY, average="simple")[0] == pytest.approx(0.65)
    found = reconcile(events, "retention", vendor="mixpanel", **DAILY)
    assert row(found, "Average")[:2] == pytest.approx((0.56, -0.04))


def test_mixpanel_takes_a_later_return():
    # a is back on day 2, b on day 4 only. By day 4: a of 2 at age 1; a and b at age 1 or later.
    events = log("a joined 1\nb joined 1\na used 2\nb used 4", 4)
    assert share(events, "retention", DAILY) == (0.5, 2)
    assert share(events, "retention", DAILY, later="later") == (1.0, 2)


def test_mixpanel_counts_24_hours_from_each_ones_own_start():
    # From 23:00 to 01:00 is the next calendar day for a, and 2 hours; b's 24 hours to the minute are age 1.
    events = log("a joined 1 23:00\na used 2 01:00\nb joined 1 10:00\nb used 2 10:00", 3)
    assert share(events, "retention", DAILY) == (1.0, 2)
    assert share(events, "retention", DAILY, windows="24h") == (0.5, 2)


def test_mixpanel_leaves_a_cohort_out_until_its_last_hour_is_over():
    # On the evening of day 3, a (joined on day 1) has had hours 24 to 48, and so had whoever joined up to the end of
    # day 1. c joined at 00:00 of day 2: the 48 hours are just over, but not for who might have joined later that day.
    events = log("a joined 1 10:00\na used 2 11:00\nc joined 2 00:00", 3)
    assert share(events, "retention", DAILY, windows="24h") == (0.5, 2)
    assert share(events, "retention", DAILY, windows="24h", cells="whole") == (1.0, 1)
    assert share(events, "retention", DAILY, windows="24h", cells="whole", starts="period") == (1.0, 1)


def test_mixpanel_puts_a_person_into_each_period_with_a_start():
    # a joins on days 1 and 2 and is back on 2 only; b joins on day 1 and is never back. First starts: a of 2. Each
    # period: day 1 has a (back) and b, day 2 has a (not back): 1 of 3.
    events = log("a joined 1\nb joined 1\na joined 2\na used 2", 3)
    assert share(events, "retention", DAILY) == (0.5, 2)
    period = Case(events, "retention", Options(**DAILY)).under({"starts": "period"})[0]
    assert period.value == pytest.approx(1 / 3)
    assert period.n == 2


def test_who_is_in_several_cohorts_is_one_person_under_every_average():
    # a and b each join on days 1 and 2: four entries of two people into two cohorts.
    events = log("a joined 1\nb joined 1\na joined 2\nb joined 2\na used 2", 3)
    for average in ("pooled", "weighted", "simple"):
        found = Case(events, "retention", Options(**DAILY)).under({"starts": "period", "average": average})[0]
        assert found.n == 2
    zero = Case(events, "retention", Options(**(DAILY | {"age": 0}))).under({"starts": "period", "zero": "all"})[0]
    assert zero.n == 2
    assert reconcile(events, "retention", vendor="mixpanel", **DAILY).estimates[1].n == 2


def test_amplitude_cuts_times_to_the_hour():
    # Amplitude's own page: from 17:59 to 17:00 of the next day is Day 1, after 23 hours and 1 minute.
    events = log("a joined 1 17:59\na used 2 17:00", 4)
    assert share(events, "retention", DAILY, windows="24h") == (0.0, 1)
    assert share(events, "retention", DAILY, windows="24h", stamps="cut") == (1.0, 1)
    # With 16:59 it is not: 23 whole hours.
    events = log("a joined 1 17:59\na used 2 16:59", 4)
    assert share(events, "retention", DAILY, windows="24h", stamps="cut") == (0.0, 1)
    # In calendar days there is nothing to cut.
    assert share(events, "retention", DAILY, stamps="cut") == (1.0, 1)


def test_amplitude_cuts_to_the_local_hour_where_zones_have_half_hours():
    # In Kolkata (+5:30) 17:59 and 17:00 are 12:29 and 11:30 UTC: cut in UTC they would lie 23 hours apart.
    events = log("a joined 1 17:59\na used 2 17:00", 4, timezone="Asia/Kolkata")
    assert share(events, "retention", DAILY, windows="24h", stamps="cut") == (1.0, 1)


def test_amplitude_cuts_times_to_the_day_where_ages_are_weeks():
    # Amplitude's own page: a start on the 1st has its week 1 from the 8th to the 14th. a's 6 days and 15 hours are
    # week 0 by the hour; b, back on the 15th at 09:00, is in week 1 by the hour and in week 2 by the day.
    events = log("a joined 1 18:00\na used 8 09:00\nb joined 1 18:00\nb used 15 09:00", 28)
    options = DAILY | {"every": "week", "weeks": 4}
    assert share(events, "retention", options, windows="24h") == (0.5, 2)
    cut = Case(events, "retention", Options(**options))
    assert cut.under({"windows": "24h", "stamps": "cut"})[0].value == 0.5
    assert share(events, "retention", options | {"age": 2}, windows="24h", stamps="cut") == (0.5, 2)
    assert share(events, "retention", options | {"age": 2}, windows="24h") == (0.0, 2)


def test_weeks_of_whole_days_are_over_with_their_last_day_also_east_of_utc():
    # The weeks from the day of the start are 1 to 7 and 8 to 14 June: over with the 14th.
    for zone in ("UTC", "Asia/Tokyo", "America/New_York"):
        events = log("a joined 1 18:00\na used 8 09:00", 14, timezone=zone)
        options = DAILY | {"every": "week", "weeks": 4}
        assert share(events, "retention", options, windows="24h", stamps="cut") == (1.0, 1)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Africa/Cairo"])
def test_a_day_of_23_hours_is_a_day_where_times_are_cut_to_days(zone):
    # Clocks go forward in March (in Cairo in April); the 7 days from 20 to 27 are one week all the same.
    for month in (3, 4):
        rows = [("a", "joined", f"2026-{month:02}-20T12:00"), ("a", "used", f"2026-{month + 1:02}-01T09:00")]
        rows.append(("b", "joined", f"2026-{month:02}-20T12:00"))
        events = events_of(rows, as_of=date(2026, month + 1, 12), timezone=zone)
        days = (date(2026, month + 1, 1) - date(2026, month, 20)).days
        options = DAILY | {"every": "week", "weeks": 8, "age": days // 7}
        assert share(events, "retention", options, windows="24h", stamps="cut") == (0.5, 2)


def test_amplitude_opens_a_window_at_each_start():
    # a joins on day 1 and day 2 at 10:00 and is back on day 3 at 12:00: Day 2 of the first window and Day 1 of the
    # second. Day 1: not back of day 1's cohort, back of day 2's, so 1 of 2; Day 2: back of the one that had it.
    events = log("a joined 1 10:00\na joined 2 10:00\na used 3 12:00", 4)
    assert share(events, "retention", DAILY, windows="24h") == (0.0, 1)
    assert share(events, "retention", DAILY, windows="24h", starts="each") == (0.5, 1)
    assert share(events, "retention", DAILY | {"age": 2}, windows="24h", starts="each") == (1.0, 1)
    # Two starts of one day are one person of its cohort: back at hour 25 of the second, hour 28 of the first.
    events = log("a joined 1 09:00\na joined 1 12:00\na used 2 13:00", 4)
    assert share(events, "retention", DAILY, windows="24h", starts="each") == (1.0, 1)
    # On the last hour of day 2 b's window is over, but not a's second.
    events = log("a joined 1 00:00\na joined 1 12:00\na used 2 01:00\nb joined 1 00:00", 2)
    assert share(events, "retention", DAILY, windows="24h", starts="each") == (0.0, 1)
    # On Day 0 a return is strictly after the start: b's, not a's.
    events = log("a joined 1 10:00\na used 1 10:00\nb joined 1 10:00\nb used 1 10:01\nc other 2", 2)
    assert share(events, "retention", DAILY | {"age": 0}, windows="24h", starts="each") == (0.5, 2)
    # In calendar days a window for each start is a cohort for each period.
    assert share(events, "retention", DAILY, starts="each") == share(events, "retention", DAILY, starts="period")


def test_clickhouse_counts_all_of_a_day_on_later_days_there_may_be_none_of():
    # retention(day = 1, day = 2): a and b on day 1, a on day 2. Then day 2 (a, c) against 3, day 3 (c) against 4.
    events = log("a used 1\nb used 1\na used 2\nc used 2\nc used 3", 3)
    options = {"every": "day", "age": 1, "weeks": 1}
    # First starts a, b of day 1 and c of day 2: a and c of 3. Each period: a; c of a, c; nobody of c: 2 of 5.
    found = reconcile(events, "retention", vendor="clickhouse", **options)
    assert [one.value for one in found.estimates[:2]] == pytest.approx([2 / 3, 2 / 5])
    # Cohorts alone: 2 of 4. Unfinished alone: still 2 of 3, all have had the day. Together: 2/5 - 2/3 + 1/6 = -1/10.
    assert row(found, "Cohorts") == pytest.approx((1 / 2, -1 / 6, -1 / 6))
    assert row(found, "Unfinished cells") == pytest.approx((2 / 3, 0, -1 / 10))
    assert row(found, "Together, beyond each alone")[1] == pytest.approx(-1 / 10)
    assert "most of it (16.7 of 26.7 points) is that ClickHouse puts a person into" in found.headline


RULES = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["joined", "used"]), st.integers(1, 9), st.integers(0, 1439)),
    min_size=1, max_size=30,
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(RULES, st.integers(0, 3), st.booleans(), st.booleans())
def test_windows_for_each_start_agree_with_a_plain_count(drawn, age, cut, later):
    rows = sorted({(u, e, f"{DAY + timedelta(days=d - 1)}T{m // 60:02}:{m % 60:02}") for u, e, d, m in drawn})
    as_of, starts, backs = DAY + timedelta(days=8), {}, {}
    for user, event, text in rows:
        moment = datetime.fromisoformat(text)
        here = starts if event == "joined" else backs
        here.setdefault(user, []).append(moment.replace(minute=0) if cut else moment)
    end = datetime.combine(as_of + timedelta(days=1), datetime.min.time())
    size = back = 0
    for user, mine in starts.items():
        for day in sorted({moment.date() for moment in mine}):
            opened = [moment for moment in mine if moment.date() == day]
            if max(opened) + (age + 1) * timedelta(days=1) > end:
                continue
            size += 1
            ages = {
                (one - moment) // timedelta(days=1) for moment in opened for one in backs.get(user, ()) if one > moment
            }
            back += any(one >= age if later else one == age for one in ages)
    # y joined and was never back; z keeps the days apart, of which one would hold nearly all events.
    rows += [("y", "joined", f"{DAY}T00:00"), ("z", "used", f"{DAY}T00:00")]
    rows += [("z", "other", f"{DAY + timedelta(days=day)}T00:00") for day in range(9)]
    options = Options(**(DAILY | {"age": age, "weeks": 2}))
    case = Case(events_of(rows, as_of=as_of), "retention", options)
    ways = {
        "windows": "24h",
        "starts": "each",
        "stamps": "cut" if cut else "exact",
        "later": "later" if later else "on",
    }
    assert case.under(ways)[0].value == pytest.approx(back / (size + 1))
