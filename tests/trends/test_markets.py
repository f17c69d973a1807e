from datetime import date, timedelta

import pytest

from pmlib.core import InputError, SettingError, TooFewError
from pmlib.trends import market
from tests.trends.made import market_of

# Then 100 of 1,000, now 180 of 1,200: the share rises from 10% to 15%. Market (.10 + .15) / 2 * 200 = 25, share
# (1,000 + 1,200) / 2 * .05 = 55; of 100 then, 25 and 55 points of growth, 80% in all.
ROWS = [
    ("2025-11-17", "Us", 100), ("2025-11-17", "A", 600), ("2025-11-17", "B", 300),
    ("2026-05-18", "Us", 120), ("2026-05-18", "A", 600), ("2026-05-18", "B", 330),
    ("2026-11-16", "Us", 180), ("2026-11-16", "A", 620), ("2026-11-16", "B", 400),
]  # fmt: skip


def test_growth_is_split_by_hand() -> None:
    found = market(market_of(ROWS), own="Us")
    share, moved, grown, by_market, by_share = found.estimates
    assert share.value == pytest.approx(0.15)
    assert moved.value == pytest.approx(0.05)
    assert grown.value == pytest.approx(0.80)
    assert by_market.value == pytest.approx(0.25)
    assert by_share.value == pytest.approx(0.55)
    assert share.low is None
    assert "not a sample" in share.reason
    assert found.headline == (
        "Us has 15.0% of the market, +5.0 points on a year before; of its 80.0% growth, +25.0 points came with the "
        "market and +55.0 points with the share."
    )
    assert found.cautions == ()
    assert found.table.text()[0] == ["A", "60.0%", "51.7%", "−8.3 points"]


def test_the_two_effects_add_up_whatever_happens() -> None:
    fall = [(day, name, value / 3 if day > "2026" and name != "B" else value) for day, name, value in ROWS]
    _, _, grown, by_market, by_share = market(market_of(fall), own="Us").estimates
    assert grown.value == pytest.approx(by_market.value + by_share.value)
    assert "fall" in market(market_of(fall), own="Us").headline


def test_irregular_dates() -> None:
    # 410 days in all; 364 before the last is day 46, and the nearest date is day 40.
    days = [date(2024, 1, 1) + timedelta(days=gap) for gap in (0, 40, 61, 100, 130, 180, 240, 290, 330, 371, 410)]
    rows = [(day.isoformat(), name, 100.0 + 3 * place) for place, day in enumerate(days) for name in ("Us", "A")]
    found = market(market_of(rows), own="Us")
    assert "on 14 Feb 2025, compared with 10 Feb 2024" in found.definition
    far = [row for row in rows if row[0] not in ("2024-02-10", "2024-03-02")]
    assert "there is no date" in market(market_of(far), own="Us").headline
    off = [row for row in rows if row[0] != "2024-02-10"]
    assert "points on 2 Mar 2024;" in market(market_of(off), own="Us").headline


def test_names_that_come_and_go() -> None:
    found = market(market_of([*ROWS, ("2026-11-16", "New", 50), ("2025-11-17", "Old", 50)]), own="Us")
    assert any("New is counted now but not then" in caution for caution in found.cautions)
    assert any("Old is counted then but not now" in caution for caution in found.cautions)


def test_gaps_in_between_and_at_the_end() -> None:
    rows = [row for row in ROWS if row[:2] != ("2026-05-18", "B")]
    assert any("On 1 date in between" in caution for caution in market(market_of(rows), own="Us").cautions)
    late = market(market_of([*ROWS, ("2026-11-23", "A", 600), ("2026-11-23", "Us", None)]), own="Us")
    assert any("no value after 16 Nov 2026" in caution for caution in late.cautions)


def test_refusals() -> None:
    with pytest.raises(SettingError, match=r"Did you mean 'Us'\?"):
        market(market_of(ROWS), own="us ")
    with pytest.raises(TooFewError, match="only 'Us'"):
        market(market_of(ROWS[:1]), own="Us")
    with pytest.raises(InputError, match="0 or more"):
        market(market_of([*ROWS, ("2026-11-23", "A", -1)]), own="Us")
    alone = market(market_of(ROWS[-3:]), own="Us")
    assert alone.headline == "Us has 15.0% of the market; there is no date 52 weeks before to compare it with."
    start = [(day, name, 0 if name == "Us" and day < "2026" else value) for day, name, value in ROWS]
    assert len(market(market_of(start), own="Us").estimates) == 2


def test_dates_after_the_last_day_counted_are_ignored() -> None:
    found = market(market_of(ROWS), own="Us", as_of=date(2026, 5, 20))
    assert found.estimates[0].value == pytest.approx(120 / 1050)
    assert found.estimates[0].label == "Us's share of the market"
    assert found.figure.series[0].x[-1] == "2026-05-18"
    today, always = market(market_of(ROWS), own="Us", as_of=date(2026, 11, 16)), market(market_of(ROWS), own="Us")
    assert (today.headline, today.estimates) == (always.headline, always.estimates)
    with pytest.raises(TooFewError, match="no value in the market series up to 1 Jan 2020"):
        market(market_of(ROWS), own="Us", as_of=date(2020, 1, 1))


def test_an_old_share_is_told_with_its_date() -> None:
    fresh, old = (market(market_of(ROWS), own="Us", as_of=date(2026, 11, day)) for day in (26, 27))
    assert fresh.cautions == ()
    assert old.headline.startswith("Us had 15.0% of the market on 16 Nov 2026, +5.0 points on a year before;")
    assert old.kpi is not None
    assert old.kpi.estimate.label == "Us's share of the market on 16 Nov 2026"
    assert old.cautions == (
        "The share of Us is that of 16 Nov 2026, 11 days before 27 Nov 2026, the last day counted.",
    )


def test_one_week_is_written_so() -> None:
    alone = market(market_of(ROWS[-3:]), own="Us", weeks=1)
    assert "there is no date 1 week before" in alone.headline
