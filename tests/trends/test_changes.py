from datetime import date

import numpy as np
import pytest

from pmlib.core import SettingError, TooFewError, Unit
from pmlib.metrics import Points
from pmlib.sources.launches import Launch
from pmlib.trends import change
from tests.trends.made import points_of


def steady(weeks: int, last: float, before: float, year: float) -> list[float]:
    """Weeks near 1,000, with the three that matter set by hand."""
    values = [*map(float, np.random.default_rng(7).normal(1000, 20, weeks).round())]
    values[-1], values[-2] = last, before
    if weeks > 52:
        values[-53] = year
    return values


def test_both_differences_by_hand() -> None:
    found = change(points_of(steady(112, 1040, 1000, 800)))
    now, before, year = found.estimates
    assert now.value == 1040
    assert before.value == pytest.approx(0.04)
    assert year.value == pytest.approx(0.30)
    assert found.headline.startswith(
        "Active users: 1,040 in the week of 16 Nov, +4.0% on the week before and +30.0% on a year before; "
    )
    assert found.kpi is not None
    assert found.kpi.expected
    assert before.low is None
    assert "full count" in before.reason


def test_inside_and_outside_its_range() -> None:
    inside = change(points_of(steady(112, 1005, 1010, 1000)))
    assert "within the range" in inside.headline
    assert inside.action == ""
    outside = change(points_of(steady(112, 700, 1010, 1000)))
    assert "; below the " in outside.headline
    assert outside.headline.endswith(" its history leads one to expect: a signal.")
    assert "week of 16 Nov" in outside.action
    assert "above the" in change(points_of(steady(112, 1400, 1010, 1000))).headline


def test_too_early_to_call() -> None:
    found = change(points_of(steady(26, 700, 1010, 0)))
    assert found.headline.endswith("−30.7% on the week before; too early to call (25 of the 26 earlier weeks needed).")
    assert found.action == ""
    assert found.kpi is not None
    assert found.kpi.signal is not None
    assert found.kpi.signal.state == "early"
    called = change(points_of(steady(27, 700, 1010, 0)))
    assert called.headline.endswith("its history leads one to expect: a signal.")
    assert any("a season of the year would look the same" in caution for caution in called.cautions)


def test_false_alarms_are_as_rare_as_stated() -> None:
    # At most 1 of 100 is meant; 200 draws of a chance of 0.01 stay within 6 with 99.5%.
    alarms = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        walk = 1000 * np.exp(np.cumsum(rng.normal(0, 0.04, 80)))
        alarms += "within the range" not in change(points_of([*map(float, walk)])).headline
    assert alarms <= 6


def test_shares_differ_in_points() -> None:
    values = [0.30 + 0.01 * (week % 3) for week in range(60)]
    values[-1], values[-2], values[-53] = 0.35, 0.33, 0.30
    found = change(points_of(values, unit=Unit.SHARE, kind="share"))
    assert found.estimates[1].unit is Unit.POINTS
    assert "+2.0 points on the week before and +5.0 points on a year before" in found.headline


@pytest.mark.parametrize(("base", "says"), [(0, "the earlier value is 0"), (7, "too few for a per cent")])
def test_no_per_cent_of_almost_nothing(base: float, says: str) -> None:
    values = [30.0 + week % 5 for week in range(40)]
    values[-2] = base
    found = change(points_of(values))
    assert found.estimates[1].value is None
    assert says in found.estimates[1].reason
    assert any(says in caution for caution in found.cautions)
    assert "week before" not in found.headline


def test_a_short_history_says_so() -> None:
    found = change(points_of([100.0, 120.0]))
    assert found.headline.endswith("; too early to call (1 of the 26 earlier weeks needed).")
    assert "+20.0% on the week before" in found.headline
    assert found.estimates[2].value is None
    assert "within" not in change(points_of([100.0])).headline


def test_a_ratio_without_a_base() -> None:
    found = change(points_of([1.5] * 20 + [None], unit=Unit.RATIO, kind="ratio", n=(100,) * 20 + (0,)))
    assert found.headline == "Active users: not known in the week of 16 Nov, nobody was active in the week."


def test_weeks_with_silent_days_and_launches_are_cautions() -> None:
    notes = [Launch(date(2026, 11, 12), "Calendar", "launch"), Launch(date(2026, 3, 1), "Old", "")]
    days = [7] * 112
    days[-53] = 4
    found = change(points_of(steady(112, 1000, 1000, 900), days=tuple(days)), notes=notes)
    assert any("week of 17 Nov 2025 only 4 of 7 days" in caution for caution in found.cautions)
    assert any(caution.startswith("Calendar (launch) fell into") for caution in found.cautions)
    assert not any("Old" in caution for caution in found.cautions)


def test_chart_and_table() -> None:
    found = change(points_of(steady(112, 1040, 1000, 800)), notes=[Launch(date(2026, 3, 1), "Old", "")])
    chart, rows = found.figure, found.table
    assert [one.role for one in chart.series] == ["main", "before"]
    assert len(chart.series[0].x) == 60
    assert chart.series[1].y[-1] == 800
    assert [note.text for note in chart.notes] == ["Old, 1 Mar 2026"]
    assert rows.text()[-1] == ["16 Nov 2026", "1,040", "4.0%", "800", "30.0%"]


def test_wrong_use() -> None:
    with pytest.raises(SettingError, match=r"metrics\.weekly"):
        change(points_of([1.0, 2.0], every="day"))
    with pytest.raises(TooFewError, match="no complete week"):
        change(Points("users", "active users", Unit.COUNT, (), ()))
    with pytest.raises(SettingError, match="skip a week"):
        Points("users", "active users", Unit.COUNT, (date(2026, 1, 5), date(2026, 1, 19)), (1, 2))


def test_a_silent_week_is_a_gap() -> None:
    values, days = steady(112, 1005, 1010, 1000), [7] * 112
    values[40] = values[60] = 0
    days[40] = days[60] = 0
    found = change(points_of(values, days=tuple(days)))
    assert "within the range" in found.headline
    assert "ratios" in found.estimates[0].method
    assert found.kpi is not None
    assert found.kpi.history[-52] is None
    assert any("in the weeks of 7 Jul 2025 and 24 Nov 2025: taken for a gap" in caution for caution in found.cautions)


def test_a_silent_last_week_is_not_a_fall() -> None:
    found = change(points_of(steady(112, 0, 1010, 1000), days=(7,) * 111 + (0,)))
    assert found.headline == "Active users: not known in the week of 16 Nov, no event at all was recorded in it."
    assert found.action == "Find out why no event arrived in the week of 16 Nov."


def test_weeks_before_the_first_event_are_no_gap() -> None:
    values = [0.0] * 30 + steady(60, 1005, 1010, 1000)
    found = change(points_of(values, days=(0,) * 30 + (7,) * 60))
    assert not any("No event at all" in caution for caution in found.cautions)
    assert "within the range" in found.headline


def test_real_zeros_are_judged_on_their_own_scale() -> None:
    rng = np.random.default_rng(2)
    values = [*map(float, np.where(rng.random(80) < 0.3, 0, 0.05 + 0.01 * rng.random(80)))]
    values[-1] = 0.0
    found = change(points_of(values, unit=Unit.SHARE, kind="share", days=(7,) * 80))
    assert "within the range" in found.headline
    assert found.estimates[0].low == 0


def test_the_table_refuses_what_the_headline_refuses() -> None:
    values = [30.0 + week % 5 for week in range(40)]
    values[-2] = 7
    rows = change(points_of(values)).table.rows
    assert rows[-1][2] is None
    assert rows[-3][2] is not None


def test_question_and_plurals() -> None:
    found = change(points_of(steady(112, 1000, 1000, 900), days=(7,) * 111 + (1,)))
    assert found.question == "Active users: did it change more than usual?"
    assert any("only 1 of 7 days has events" in caution for caution in found.cautions)
