"""How a column parts the units: the frequent, the rare and the unknown, mixes that differ, and what parts nothing."""

import numpy as np
import pytest

from pmlib.core import SettingError
from pmlib.experiments import trial
from pmlib.experiments.effects.parts import MOST
from pmlib.experiments.effects.segments import segments
from pmlib.sources.registrations import Measure
from tests.experiments.effects.lands import drawn, made, registered
from tests.experiments.made import units_of


def test_the_unknown_and_the_rare_are_segments_too():
    n = 2000
    lands = [None if place % 10 == 0 else "  " if place % 10 == 1 else f"L{place % 40:02}" for place in range(n)]
    arms = ["b" if place // 40 % 2 else "a" for place in range(n)]
    units = units_of(arm=arms, land=lands, x=[float(place % 7) for place in range(n)])
    finding = segments(trial(units, metric="x", control="a"), by="land")
    rows = finding.table.rows
    # 32 lands of 50 units: twelve alone, twenty as one, and 400 units with no land or a blank one.
    assert [row[0] for row in rows] == [
        *(f"L{place:02}" for place in (*range(2, 10), *range(12, 16))),
        "Other",
        "unknown",
    ]
    assert [row[1] for row in rows] == [50] * MOST + [1000, 400]
    assert finding.table.size == "units"
    assert "400 units of 2,000 have no land." in finding.cautions
    assert "12 segments of land are too small to be tested." in finding.cautions


def test_one_value_too_many_is_not_hidden():
    arms, lands = ["a", "b"] * 130, [f"L{place // 20:02}" for place in range(260)]
    units = units_of(arm=arms, land=lands, x=[float(place % 7) for place in range(260)])
    finding = segments(trial(units, metric="x", control="a"), by="land")
    assert [row[0] for row in finding.table.rows] == [f"L{place:02}" for place in range(13)]
    names = [
        *(["Other"] * 40),
        *(["unknown"] * 40),
        *(f"L{place:02}" for place in range(40) for _ in range(20)),
        *[None] * 4,
    ]
    units = units_of(arm=["a", "b"] * 442, land=names, x=[float(place % 7) for place in range(884)])
    rows = segments(trial(units, metric="x", control="a"), by="land").table.rows
    assert [row[0] for row in rows][:2] == ["Other", "unknown"]
    assert [row[0] for row in rows][-2:] == ["all 30 others", "no value"]


def test_ten_thousand_segments():
    n = 40_000
    draw = np.random.default_rng(1)
    arms = np.where(np.arange(n) % 2, "b", "a").tolist()
    units = units_of(arm=arms, x=draw.normal(size=n).tolist(), shop=(np.arange(n) // 4).tolist())
    finding = segments(trial(units, metric="x", control="a"), by="shop")
    assert sum(row[1] for row in finding.table.rows) == n
    assert len(finding.table.rows) == MOST + 1
    assert "cannot be told apart by shop, as fewer than two segments are large enough" in finding.headline
    assert "10,000 values of shop" in finding.definition


def test_several_columns_are_families_of_their_own():
    units = made(drawn(gains={"DE": 2.0}))
    both = segments(trial(units, metric="spend", control="a"), by="land, platform")
    alone = [segments(trial(units, metric="spend", control="a"), by=by) for by in ("land", "platform")]
    assert [one.p for one in both.estimates] == pytest.approx([one.p for part in alone for one in part.estimates])
    assert [row[0] for row in both.table.rows] == ["land"] * 4 + ["platform"] * 2
    assert "each column a family of its own" in both.definition
    assert both.figure.series[0].x[0] == "land, DE"
    assert both.headline.startswith("The effect on spend differs by land: in DE it lies ")
    assert "; it does not differ clearly by platform (2 segments, p = " in both.headline


def test_arms_unlike_the_plan_within_a_segment_stop_the_reading():
    # 300 and 300 in all, but 220 and 80 in one land, where 150 each were planned: chi-square 65.
    lands = ["AT"] * 220 + ["DE"] * 80 + ["AT"] * 80 + ["DE"] * 220
    units = units_of(arm=["a"] * 300 + ["b"] * 300, land=lands, x=[float(place % 7) for place in range(600)])
    finding = segments(trial(units, metric="x", control="a"), by="land")
    assert finding.headline == (
        "The segments cannot be compared: in AT of land the arms are not as planned (220 and 80 units in a and b)."
    )
    assert any("the arms hold different mixes" in one for one in finding.cautions)


def test_simpsons_paradox_is_told():
    # In each land b is 10 points higher; over all it is lower, as b has more of the land where few convert.
    rows = [("a", "AT", 72, 90), ("a", "DE", 2, 10), ("b", "AT", 9, 10), ("b", "DE", 27, 90)]
    given = [(arm, land, int(place < hits)) for arm, land, hits, n in rows for place in range(n)]
    units = units_of(
        arm=[arm for arm, _, _ in given], land=[land for _, land, _ in given], converted=[hit for _, _, hit in given]
    )
    finding = segments(trial(units, metric="converted", control="a"), by="land")
    expected = "By land: over all units the arm is lower than control, yet in 2 of 2 segments it is not"
    assert any(one.startswith(expected) for one in finding.cautions)


def test_the_order_of_rows_does_not_matter():
    columns = drawn(n=500)
    units = made(columns)
    order = np.random.default_rng(5).permutation(500)
    shuffled = made({name: values[order] for name, values in columns.items()})
    first, second = (segments(trial(each, metric="spend", control="a"), by="land") for each in (units, shuffled))
    assert first.headline == second.headline
    assert first.table.text() == second.table.text()


def test_what_cannot_part_the_units_is_refused():
    columns = drawn(n=200)
    units = made(columns)
    asked = trial(units, metric="spend, paid", control="a")
    with pytest.raises(SettingError, match=r"no column 'lnd'; they have .* Did you mean 'land'"):
        segments(asked, by="lnd")
    with pytest.raises(SettingError, match="'paid' is measured after the exposure"):
        segments(asked, by="paid")
    assert segments(asked).headline.startswith("This cannot be answered: no column was named by which to part")
    with pytest.raises(SettingError, match="no metric 'spent'"):
        segments(asked, by="land", metric="spent")
    told = segments(trial(units, registration=registered(Measure("spend", kind="quantile"))), by="land")
    assert told.headline.startswith("This cannot be answered: 'spend' is a quantile")
    empty = units_of(arm=["a", "b"] * 20, x=[1.0, 2.0] * 20, land=[None] * 40)
    told = segments(trial(empty, metric="x", control="a"), by="land")
    assert told.headline.startswith("This cannot be answered: 'land' has no value for any unit")


def test_registered_segments_are_the_default():
    asked = trial(made(drawn()), registration=registered(Measure("spend"), segments=("platform",)))
    assert segments(asked).question == "Does the effect on spend differ by platform?"


def test_a_split_that_is_off_stops_the_reading():
    units = units_of(
        arm=["a"] * 700 + ["b"] * 300, x=[float(place % 7) for place in range(1000)], land=["AT", "DE"] * 500
    )
    finding = segments(trial(units, metric="x", control="a"), by="land")
    assert finding.headline.startswith("The segments cannot be read: the arms are not as planned (700 and 300 units")


def test_a_mix_that_differs_by_chance_is_no_paradox():
    # 7 : 3 against 6 : 4 among 10 each, and the sign turns: nothing that chance does not do.
    rows = [("a", "AT", 5, 7), ("a", "DE", 0, 3), ("b", "AT", 5, 6), ("b", "DE", 0, 4)]
    given = [(arm, land, int(place < hits)) for arm, land, hits, n in rows for place in range(n)] * 3
    units = units_of(arm=[one[0] for one in given], land=[one[1] for one in given], hit=[one[2] for one in given])
    finding = segments(trial(units, metric="hit", control="a"), by="land")
    assert not any("mixes" in one for one in finding.cautions)
