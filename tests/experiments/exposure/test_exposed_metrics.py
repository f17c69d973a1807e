"""Metrics of the catalogue made of single units, and plans whose measures became columns."""

import pytest

from pmlib.core import SettingError
from pmlib.experiments.exposure import exposed, in_columns
from pmlib.experiments.exposure.library import unadded
from pmlib.metrics.entries import aggregate
from pmlib.sources.registrations import Measure
from tests.experiments.exposure.shown import column, log, plan

LOG = """
a shown 2 10:00 control
a buy 3 10:00 - 5
a buy 4 10:00 - 7
b shown 2 10:00 treatment
b open 3 10:00
"""
OWN = """
[net_revenue]
title = "net revenue"
kind = "flow"
unit = "currency EUR"
sql = "sum(amount) - 2 * count(*) FILTER (WHERE event = 'refund')"

[basket]
title = "basket"
kind = "ratio"
unit = "currency EUR"
sql = "sum(amount)"
over = "count(*) FILTER (WHERE event = 'buy')"

[usual]
title = "usual amount"
kind = "flow"
unit = "number"
sql = "median(amount)"
"""


def test_metrics_of_the_catalogue_are_made_a_unit(tmp_path):
    (tmp_path / "metrics.toml").write_text(OWN)
    made = plan(
        Measure("net", metric="net_revenue"),
        Measure("basket", metric="basket", kind="ratio"),
        Measure("buys", metric="key_actions", event="buy"),
        Measure("active", metric="active_users"),
        Measure("doing", metric="doing_share", event="buy", kind="ratio"),
    )
    units = exposed(log(LOG), made, metrics=tmp_path / "metrics.toml")
    assert column(units, "net") == {"a": 12, "b": 0}
    assert (column(units, "basket"), column(units, "basket__over")) == ({"a": 12, "b": 0}, {"a": 2, "b": 0})
    assert column(units, "buys") == {"a": 2, "b": 0}
    assert column(units, "active") == {"a": 1, "b": 1}
    assert (column(units, "doing"), column(units, "doing__over")) == ({"a": 1, "b": 0}, {"a": 1, "b": 1})


def test_an_event_for_a_metric_that_asks_for_none_is_refused(tmp_path):
    (tmp_path / "metrics.toml").write_text(OWN)
    with pytest.raises(SettingError, match="'net_revenue', which asks for no event; leave event out"):
        exposed(log(LOG), plan(Measure("x", metric="net_revenue", event="buy")), metrics=tmp_path / "metrics.toml")


def test_a_metric_that_does_not_add_up_over_units_is_refused(tmp_path):
    (tmp_path / "metrics.toml").write_text(OWN)
    with pytest.raises(SettingError, match=r"'x' is the metric 'usual', which takes median of rows"):
        exposed(log(LOG), plan(Measure("x", metric="usual")), metrics=tmp_path / "metrics.toml")


def test_only_a_metric_that_is_asked_for_must_be_sound(tmp_path):
    broken = "[broken]\ntitle = 'broken'\nkind = 'flow'\nunit = 'count'\nsql = 'amount'"
    (tmp_path / "metrics.toml").write_text(OWN + broken)
    made = exposed(log(LOG), plan(Measure("net", metric="net_revenue")), metrics=tmp_path / "metrics.toml")
    assert column(made, "net") == {"a": 12, "b": 0}
    with pytest.raises(SettingError, match=r"\[broken\] of metrics.toml: .* stands outside an aggregate"):
        exposed(log(LOG), plan(Measure("x", metric="broken")), metrics=tmp_path / "metrics.toml")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("100 * (count(*) - count(DISTINCT user_id) FILTER (WHERE event = 'x')) / 7", ""),
        ("coalesce(sum(amount), 0)", ""),
        ("-count_if(event = 'x')", ""),
        ("sum(amount) / count(*)", "divides by an aggregate"),
        ("sum(amount) * count(*)", "multiplies aggregates"),
        ("max(amount) FILTER (WHERE event = 'x')", "takes max of rows"),
        ("1 + avg(amount)", "takes avg of rows"),
        ("ln(sum(amount))", "holds LN(SUM(amount))"),
        ("CASE WHEN count(*) > 3 THEN 1 END", "holds CASE WHEN COUNT(*) > 3 THEN 1 END"),
    ],
)
def test_what_adds_up_over_units(text, reason):
    assert unadded(aggregate(text, "sql")) == reason


def test_a_plan_in_columns_is_what_a_reading_of_the_units_needs():
    given = plan(
        Measure("bought", event="buy", lookback=7),
        Measure("buys", event="buy", count=True),
        Measure("each", kind="ratio", sql="sum(amount)", over_sql="count(*)", lookback=7),
        Measure("spent", sql="sum(amount)", before="guess"),
        Measure("doing", metric="doing_share", event="buy"),
        Measure("score", before="score_before"),
    )
    read = in_columns(given)
    assert [(one.name, one.kind, one.over, one.before) for one in read.measures] == [
        ("bought", "share", "", "bought__before"),
        ("buys", "mean", "", ""),
        ("each", "ratio", "each__over", "each__before"),
        ("spent", "", "", "guess"),
        ("doing", "ratio", "doing__over", ""),
        ("score", "", "", "score_before"),
    ]
    assert read.digest == given.digest


def test_every_column_a_plan_names_is_there():
    given = plan(
        Measure("bought", event="buy", lookback=7),
        Measure("each", kind="ratio", sql="sum(amount)", over_sql="count(*)", lookback=7),
    )
    units = exposed(log(LOG), given)
    for one in in_columns(given).measures:
        assert {name for name in (one.name, one.over, one.before) if name} <= set(units.columns)
