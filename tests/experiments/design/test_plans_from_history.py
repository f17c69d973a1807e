"""How long an experiment must run: against sizes known from elsewhere, and in words."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmlib.core import Finding, SettingError
from pmlib.experiments.design import plan, plan_from, plan_with
from pmlib.experiments.design.sizes import Terms, cost, margin_shown
from pmlib.show import Table
from pmlib.sources.contract import Events
from pmlib.sources.registrations import Measure, Registration
from pmlib.stats.means import Moments
from pmlib.stats.trials.plans import Design
from tests.experiments.made import units_of
from tests.rows import events_of

SUNDAY = date(2026, 3, 29)
SHARE = Moments(10_000, 0.1, 0.09)
GOAL = Measure("booked", event="booked", smallest=0.2)


def registered(*measures: Measure, **changes: Any) -> Registration:
    arms = {"control": 1.0, "treatment": 1.0}
    return replace(Registration("Menu", "More trips.", "control", arms, measures or (GOAL,)), **changes)


def rows_of(weeks: int, a_week: int, booked: int) -> list[tuple]:
    """New users each week, spread over its days; so many of them book within the hour."""
    rows = []
    for week in range(weeks):
        monday = datetime(2026, 3, 23) - timedelta(weeks=week)
        for number in range(a_week):
            moment = monday + timedelta(days=number % 7, hours=10)
            rows.append((f"{week}-{number}", "opened", moment.isoformat()))
            if number < booked:
                rows.append((f"{week}-{number}", "booked", (moment + timedelta(minutes=30)).isoformat()))
    return rows


def history(weeks: int = 8, a_week: int = 500, booked: int = 150) -> Events:
    return events_of(rows_of(weeks, a_week, booked), as_of=SUNDAY)


def lifts(found: Finding) -> dict[str, float | None]:
    return {one.label: one.value for one in found.estimates}


def weeks(found: Finding) -> float | None:
    return lifts(found)["weeks needed"]


# Fleiss, Levin and Paik (2003), formula (4.14) without continuity correction: from 10% to 12% takes 3,841 units an arm.
@pytest.mark.parametrize(("weekly", "expected"), [(1921, 4), (1920, 5), (7682, 1), (3841, 2)])
def test_weeks_are_those_that_hold_the_units_of_the_formula(weekly: int, expected: int) -> None:
    found = plan_with({"booked": SHARE}, registered(replace(GOAL, kind="share")), weekly=weekly)
    assert weeks(found) == expected


def test_a_replay_of_even_weeks_says_the_same_as_the_formula() -> None:
    # 30% book; 500 new users a week, half to each arm. A lift of 20% takes Design's units, whole weeks rounded up.
    needed = Design.share(0.3).units(0.2).total
    found = plan(history(), registered(), start="opened")
    assert weeks(found) == -(-needed // 500)
    assert found.headline == "4 weeks show a lift of 20% in booked, with about 2,000 units."
    assert found.action == "Write weeks = 4 and units = 2000 into the registration before the start."
    assert lifts(found)["smallest lift seen, booked"] == Design.share(0.3).smallest(1000)
    assert found.kpi is not None
    assert found.kpi.estimate.value == 4
    assert "replayed; a unit is taken in when first seen by 'opened' within them" in found.definition
    assert "FROM events" in found.query


def test_a_goal_alone_is_planned_for_as_an_event_in_two_equal_arms() -> None:
    found = plan(history(), goal="booked", smallest=0.2, start="opened")
    assert weeks(found) == 4
    by_column = plan_from(
        units_of(
            arm=["a"] * 4000,
            exposed_on=[(SUNDAY - timedelta(days=number % 56)).isoformat() for number in range(4000)],
            booked=[int(number % 10 < 3) for number in range(4000)],
        ),
        goal="booked",
        smallest=0.2,
    )
    assert weeks(by_column) == 4


def test_what_costs_units_costs_weeks() -> None:
    plain = registered()
    base = weeks(plan(history(16), plain, start="opened", weeks=16))
    assert base == 4
    dates = tuple(date(2026, 4, 5) + timedelta(weeks=at) for at in range(8))
    costly = {
        "a fifth in the arm": replace(plain, arms={"control": 4.0, "treatment": 1.0}),
        "two arms": replace(plain, arms={"control": 1.0, "b": 1.0, "c": 1.0}),
        "an arm that takes in nobody costs nothing": replace(plain, arms={"control": 1.0, "b": 1.0, "c": 0.0}),
        "alpha": replace(plain, alpha=0.001),
        "power": replace(plain, power=0.95),
        "any time": replace(plain, reading="always-valid"),
        "looks": replace(plain, reading="group-sequential", looks=dates, start=date(2026, 3, 30), days=56),
    }
    found = {what: weeks(plan(history(16), one, start="opened", weeks=16)) for what, one in costly.items()}
    # The split costs (1 + 1/4)(1 + 4)/4 = 1.56 times the units, within a few per cent for shares.
    assert found["a fifth in the arm"] == 6
    assert found["an arm that takes in nobody costs nothing"] == 4
    assert found["looks"] == 4
    for what in ("two arms", "alpha", "power", "any time"):
        assert (found[what] or 0) > (base or 0)
    assert weeks(plan(history(16), plain, start="opened", weeks=16, traffic=0.5)) in (7, 8)


def test_cost_of_looks_is_small_and_of_peeking_large() -> None:
    start = date(2026, 1, 5)
    five = tuple(start + timedelta(days=14 * at - 1) for at in range(1, 6))
    looks = registered(reading="group-sequential", looks=five, start=start, days=70)
    # Jennison and Turnbull (2000), table 2.4 has 1.028 for five looks of O'Brien and Fleming's own bounds.
    assert cost(looks) == pytest.approx(1.028, abs=0.005)
    assert cost(registered()) == 1.0
    assert 1.8 < cost(registered(reading="always-valid")) < 2.0


@given(
    mean=st.floats(0.1, 100),
    deviation=st.floats(0.1, 5),
    control=st.integers(100, 10**6),
    better=st.sampled_from(["up", "down"]),
)
@settings(max_examples=60, deadline=None)
def test_the_loss_ruled_out_is_the_smallest_whose_units_are_there(
    mean: float, deviation: float, control: int, better: Literal["up", "down"]
) -> None:
    design = Design(mean, (deviation * mean) ** 2)
    measure = Measure("refunds", "guardrail", better=better, margin=0.1)
    found = margin_shown(design, measure, control)
    if found is None:
        assert better == "up"
        assert design.units_for_margin(1 - 1e-6).control > control
        return
    assert design.units_for_margin(found, better=better).control <= control
    if found > 1e-6:
        assert design.units_for_margin(found * 0.999, better=better).control >= control


def test_guardrails_must_be_shown_too_and_share_the_chance_of_a_miss() -> None:
    guard = Measure("unharmed", "guardrail", event="booked", margin=0.1)
    found = plan(history(16), registered(GOAL, guard), start="opened", weeks=16)
    assert weeks(found) is None
    assert found.headline.startswith("16 weeks do not rule out a loss of 10% in unharmed; what they reach is 1")
    loose = plan(history(16), registered(GOAL, replace(guard, margin=0.2)), start="opened", weeks=16)
    assert loose.headline.startswith("6 weeks show a lift of 20% in booked, and rule out a loss of 20% in unharmed")
    assert "chance of a miss shared with 1 guardrail" in loose.definition
    # 1.96 and the normal quantile of 0.9, for half of the misses each.
    safe = Design(0.3, 0.21, power=0.9).units_for_margin(0.2).total
    better = replace(Design.share(0.3), power=0.9).units(0.2).total
    assert -(-max(safe, better) // 500) == 6


def test_a_covariate_makes_the_test_shorter() -> None:
    rows = []
    for number in range(300):
        often = 1 + number % 8
        for week in range(8):
            monday = datetime(2026, 3, 23) - timedelta(weeks=week)
            rows.append((f"u{number}", "opened", monday.isoformat()))
            for time in range(often + (number * 7 + week * 3) % 3):
                rows.append((f"u{number}", "booked", (monday + timedelta(hours=1 + time)).isoformat()))
    events = events_of(rows, as_of=SUNDAY)
    plain = Measure("bookings", event="booked", count=True, smallest=0.1)
    base, sharper = (
        plan(events, registered(one), start="opened", weeks=2) for one in (plain, replace(plain, lookback=14))
    )
    label = "smallest lift seen, bookings"
    first, second = lifts(base)[label], lifts(sharper)[label]
    assert first is not None
    assert second is not None
    assert second < first / 2
    assert "makes bookings sharper" in " ".join(sharper.cautions)


def test_means_that_change_with_the_weeks_are_told_as_they_are() -> None:
    # One booking a week of every user: after two weeks the mean is twice that of one, and no unit is new.
    rows = [
        (f"u{number}", event, (datetime(2026, 3, 23, hour) - timedelta(weeks=week)).isoformat())
        for number in range(50)
        for week in range(4)
        for event, hour in (("opened", 9), ("booked", 10))
    ]
    rows += [("u0", "booked", "2026-03-23T11:00:00")]
    measure = Measure("bookings", event="booked", count=True)
    found = plan(events_of(rows, as_of=SUNDAY), registered(measure), start="opened", weeks=4)
    assert isinstance(found.table, Table)
    cells = found.table.text()
    assert [(row[0], row[3], row[4]) for row in cells] == [
        ("1", "50", "1.02"),
        ("2", "50", "2.02"),
        ("3", "50", "3.02"),
        ("4", "50", "4.02"),
    ]


def test_history_that_moves_is_told() -> None:
    rows = rows_of(8, 600, 180)
    # In the earlier four weeks a third of the users were there.
    quiet = [row for row in rows if int(row[0].split("-")[0]) < 4 or int(row[0].split("-")[1]) % 3 == 0]
    found = plan(events_of(quiet, as_of=SUNDAY), registered(), start="opened", weeks=4)
    told = " ".join(found.cautions)
    assert "4 weeks (4 or more over history) show" in found.headline
    assert "In 1 of 2 stretches of history it would have taken more than 4 weeks: plan for those." in told
    assert "took in 800 to 2,400 units over 2 stretches of history" in told
    once = plan(events_of(rows_of(4, 600, 180), as_of=SUNDAY), registered(), start="opened", weeks=8)
    assert "History holds 4 weeks only once" in " ".join(once.cautions)


def test_a_plan_too_short_for_what_it_asks_is_told() -> None:
    short = registered(start=date(2026, 4, 6), days=14)
    found = plan(history(), short, start="opened")
    assert found.action == "Plan 4 weeks in the place of 2, or a larger lift that matters."
    assert "; the plan has 2 weeks: too short" in found.headline
    assert plan(history(), replace(short, days=28), start="opened").action.startswith("Write units = 2000 into ")
    kept = plan(history(), replace(short, days=28, units=2000), start="opened")
    assert kept.action == "Keep the plan: its 4 weeks and 2,000 units are enough."
    # A lift's smallest visible size falls with the root of the units.
    few = plan(history(), replace(short, days=28, units=500), start="opened")
    assert few.action == "Plan 2,000 units in the place of 500, or a larger lift that matters."
    assert "units; the plan has 500: too few for " in few.headline
    long = plan(history(4), replace(short, days=70), start="opened")
    assert "History is shorter than the plan: the longest test replayed has 4 weeks." in long.cautions


def test_what_history_lacks_is_told_or_refused() -> None:
    events = history()
    asked = registered(GOAL, Measure("speed", "secondary", "quantile", sql="count(*)"), exposure="menu_shown")
    told = " ".join(plan(events, replace(asked, activation="menu_opened")).cautions)
    assert "History has no event 'menu_shown', so units are taken in with any event." in told
    assert "History has no event 'menu_opened', so all units count" in told
    assert "speed is a quantile" in told
    wrong: list[tuple[dict[str, Any], str]] = [
        ({}, "Nothing is to be planned for"),
        ({"registration": registered(), "goal": "booked"}, "goal='booked' is one too many"),
        ({"goal": "boked"}, "No event is called 'boked'.*Did you mean 'booked'"),
        ({"goal": "booked", "start": "opend"}, "No event is called 'opend'"),
        ({"goal": "booked", "traffic": 0.0}, "traffic is 0.0; give the share of units taken in"),
        ({"goal": "booked", "smallest": 0.0}, "smallest is 0.0; give the smallest lift that matters"),
        ({"goal": "booked", "weeks": 27}, "weeks is 27; plan for 1 to 26 weeks"),
        ({"registration": registered(Measure("paid"))}, "paid is a column and not made from events"),
        ({"registration": registered(arms={"control": 1.0, "b": 0.0})}, "The plan compares nothing with 'control'"),
    ]
    for options, words in wrong:
        with pytest.raises(SettingError, match=words):
            plan(events, **options)
    with pytest.raises(SettingError, match="weekly is 0; give how many new units come a week"):
        plan_with({"booked": SHARE}, registered(), weekly=0)
    with pytest.raises(SettingError, match=r"No goal can be planned for. booked has no aggregate"):
        plan_with({}, registered(), weekly=100)


def test_too_little_history_is_an_answer() -> None:
    few = plan(events_of(rows_of(1, 5, 1), as_of=date(2026, 3, 25)), registered(), start="opened")
    assert few.headline.startswith("This cannot be answered: history runs from 23 Mar 2026 to 25 Mar 2026 and holds no")
    nobody = plan(history(2, 300, 0), registered(Measure("other", sql="count(*) FILTER (WHERE event = 'x')")))
    assert "Eight weeks" not in nobody.headline
    assert "shows nothing in 2 weeks" in " ".join(nobody.cautions)
    assert weeks(nobody) is None
    all_same = plan(history(2, 300, 300), registered(), start="opened")
    assert weeks(all_same) is None


def test_terms_take_the_smallest_arm_that_takes_anybody_in() -> None:
    terms = Terms.of(registered(arms={"control": 2.0, "b": 1.0, "c": 1.0, "d": 0.0}))
    assert (terms.control, terms.arm, terms.arms) == (0.5, 0.25, 2)
