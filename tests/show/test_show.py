"""Shapes, tables and the head of a page."""

import json

import pytest

from pmlib import show
from pmlib.core import Check, Estimate, Finding, Kpi, Ledger, Origin, SettingError, Unit
from pmlib.show.charts import Chart
from pmlib.show.theme import DARK, GROUND, SERIES

HOSTILE = "<img src=x onerror=alert(1)> & <a href='https://evil'>x</a>"


def contrast(one, other):
    def light(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted([light(one), light(other)], reverse=True)
    return (high + 0.05) / (low + 0.05)


CHARTS = [
    show.line([show.Series(HOSTILE, ["2026-01-01"], [1.0], [0.5], [None])], unit=Unit.COUNT, description="d"),
    show.intervals([show.Series("a", [HOSTILE], [0.1], [0.0], [0.2])], unit=Unit.LIFT, description="d"),
    show.grid([HOSTILE], ["1"], [[None]], unit=Unit.SHARE, description="d"),
    show.grid([HOSTILE], ["1"], [[0.5]], unit=Unit.SHARE, description="d", marks=[(0, 0)]),
    show.funnel(show.Series("s", [HOSTILE], [1.0], [0.9], [1.0], text=[HOSTILE]), description="d", marked="m"),
    show.bars([show.Series(HOSTILE, [HOSTILE], [-1.0])] * 2, unit=Unit.COUNT, description="d", dates=False),
    show.flow([show.Link(HOSTILE, HOSTILE, 3.0, 0)], description="d", quiet=[HOSTILE]),
]


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.kind)
def test_a_shape_survives_json_and_its_text_is_only_text(chart):
    again = Chart.from_json(json.loads(json.dumps(chart.as_json())))
    assert again == chart
    assert "<img" not in json.dumps(again.plotly())
    assert "<a href" not in json.dumps(again.plotly())


def test_series_colours_stand_out_from_the_ground_and_their_neighbours():
    assert all(contrast(colour, GROUND) >= 3 for colour in SERIES)
    assert all(contrast(one, other) >= 3 for one, other in zip(SERIES[::2], SERIES[1::2], strict=True))
    assert all(contrast(DARK[colour], DARK[GROUND]) >= 3 for colour in SERIES)


def test_a_series_with_unequal_parts_is_refused():
    with pytest.raises(SettingError, match="equally long"):
        show.Series("a", ["x", "y"], [1.0])


def test_a_table_writes_units_and_escapes_text():
    table = show.table(["name", show.Column("share", Unit.SHARE)], [[HOSTILE, 0.351], ["none", None]])
    assert table.text()[0][1] == "35.1%"
    assert "<img" not in table.html()
    assert table.as_json()["values"][0] == [HOSTILE, 0.351]
    with pytest.raises(SettingError, match="columns"):
        show.table(["a"], [[1, 2]])


def kpi(change, better="up"):
    now = Estimate("Users", 46_300, 43_900, 47_100, Unit.COUNT, 46_300, "m")
    low, high = (change - 0.01, change + 0.01)
    moved = Estimate("change", change, low, high, Unit.LIFT, 10, "m")
    return Finding("u", "q", "h", (now,), "d", kpi=Kpi(now, moved, "last week", better=better, history=(1, 2, 3)))


def test_at_most_four_cards():
    assert len(show.headline(*[kpi(0.1)] * 6).facts["cards"]) == 4


class Source:
    origin = Origin("e.csv", "events", "plain", Ledger(3, 2, {"no user": 1}))
    checks = (Check(True, "Every day has events."),)


def test_doubts_show_checks_that_pass_and_cautions_once():
    finding = Finding("a", "q", "h", (), "d", cautions=("Few users.",))
    checks = show.doubts(Source(), finding, finding).facts["checks"]
    assert checks == [{"ok": True, "text": "Every day has events."}, {"ok": False, "text": "Few users."}]


def test_made_names_the_rows_and_needs_a_source():
    assert "3 rows read, 2 kept, 1 set aside (1 no user)" in show.made(Source()).text
    with pytest.raises(SettingError):
        show.made()


def test_a_shape_stored_before_bars_and_flows_is_still_read():
    old = CHARTS[0].as_json()
    stored = {name: value for name, value in old.items() if name not in {"stacked", "quiet"}}
    stored["series"] = [{name: value for name, value in one.items() if name != "column"} for one in old["series"]]
    assert Chart.from_json(stored) == CHARTS[0]


def test_what_a_finding_looked_at_is_listed_among_the_doubts():
    told = Finding("t", "Q?", "Nothing changed", (), "d", checks=(Check(True, "Nothing changed in 8 events."),))
    assert show.doubts(told).facts["checks"][0] == {"ok": True, "text": "Nothing changed in 8 events."}
