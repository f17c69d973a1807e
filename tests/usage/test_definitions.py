"""The range over definitions, on a table counted by hand."""

import pytest

from pmlib.core import SettingError
from pmlib.usage.rules.definitions import definitions
from tests.usage.june import log

# Day 1: ten join at noon, five are back on day 2 at 13:00, one of them on day 3 too; u9 has another event on day 2.
# Day 2: five join at noon, four are back on day 3 at 11:00, which is before 24 hours are over.
# Day 3, the last: z joins.
TWO = [f"u{one} joined 1" for one in range(10)] + [f"u{one} used 2 13:00" for one in range(5)]
TWO += ["u0 used 3", "u9 other 2"]
TWO += [f"v{one} joined 2" for one in range(5)] + [f"v{one} used 3 11:00" for one in range(4)] + ["z joined 3"]
OPTIONS = {"start": "joined", "back": "used", "every": "day", "age": 1, "weeks": 1}


def test_the_range_over_the_definitions_in_use():
    found = definitions(log("\n".join(TWO), 3), "retention", **OPTIONS)
    values = {title: (pytest.approx(value), n) for title, value, _, _, n in found.table.rows}
    assert values == {
        # 24 hours: of day 2's five none has had 48 hours; of day 1's ten five were back after 25.
        "24 hours from each start": (0.5, 10),
        "24 hours, times cut": (0.5, 10),
        "A window from each start": (0.5, 10),
        # 9 of 15 and z.
        "Unfinished cells as not back": (9 / 16, 16),
        # (10·5 + 5·4) / (100 + 25).
        "Weighted by cohort size": (0.56, 15),
        "As counted here": (0.6, 15),
        "That age or later": (0.6, 15),
        "In the cohort of each period with a start": (0.6, 15),
        "All cohorts alike": (0.65, 15),
        # u9's other event too: 10 of 15.
        "Any event as return": (2 / 3, 15),
    }
    shares = [one[1] for one in found.table.rows]
    assert shares == sorted(shares)
    assert found.headline == (
        "Day-1 retention is 60.0% (95% interval 35.7% to 80.2%, 15 people) as counted here; 50.0% to 66.7% under ten "
        "definitions"
    )
    assert found.figure.series[0].x == tuple(title for title, *_ in found.table.rows)
    assert found.table.size == "People counted"


def test_definitions_that_change_nothing_of_what_is_asked_are_left_out():
    events = log("\n".join(TWO), 3)
    titles = [one[0] for one in definitions(events, "retention", **(OPTIONS | {"back": ""})).table.rows]
    assert "Any event as return" not in titles
    assert len(titles) == 9
    events = log("a joined 1\na used 2\nb joined 1\nb left 2\nb used 3", 28)
    plain = definitions(events, "funnel", steps="joined, used")
    assert len(plain.table.rows) == 7
    assert plain.headline.endswith("100.0% (95% interval 34.2% to 100.0%, 2 people) as counted here; "
                                   "the same under seven definitions")  # fmt: skip
    out = definitions(events, "funnel", steps="joined, used", exclude="left")
    assert {one[0]: one[1] for one in out.table.rows}["Excluded events take people out"] == 1.0
    assert out.headline.endswith("as counted here; 50.0% to 100.0% under eight definitions")


def test_definitions_without_data_are_named():
    # 28 days are there, 30 are not.
    found = definitions(log("a used 1\na used 27\nb used 28", 28), "stickiness")
    assert "There is too little data to count by: 30 days and Last day over 30 days." in found.cautions
    assert found.headline.endswith("under three definitions")


def test_counts_have_a_range_too():
    lines = [f"u{one} used {one + 2}" for one in range(7)] + ["u6 used 10"]
    found = definitions(log("\n".join(lines), 16), "active")
    # The week of 8 June: 1. To its Monday: 7 in 2 to 8 June. To the last day, 10 to 16 June: 1.
    assert found.headline == "Active people, week of 8 Jun: 1 as counted here; 1 to 7 under three definitions"
    assert [one[1] for one in found.table.rows] == [1, 1, 7]


def test_a_wrong_question_is_refused():
    with pytest.raises(SettingError, match="Did you mean 'funnel'"):
        definitions(log("a used 1", 7), "funel")
    with pytest.raises(SettingError, match="window_days goes with funnel"):
        definitions(log("a used 1", 7), "active", window_days=3)
    assert "cannot be answered" in definitions(log("a used 1", 2), "retention").headline
