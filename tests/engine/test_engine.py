"""Queries, placed expressions and users' filters."""

from datetime import date

import pytest
import sqlglot

from pmlib.core import SettingError
from pmlib.engine import Engine, condition, place, quoted
from tests.rows import events_of


def test_values_bind_and_the_query_can_be_traced():
    cells = Engine().query("SELECT $a + 1 AS more, list_sum($b) AS total", a=1, b=[1, 2], c="unused")
    assert (cells.one().more, cells.one().total) == (2, 3)
    assert cells.sql.startswith("-- $a = 1\n-- $b = [1, 2]\nSELECT")


def test_a_value_is_never_code():
    assert Engine().query("SELECT $a AS text", a="'; DROP TABLE x; --").one().text == "'; DROP TABLE x; --"


def test_names_are_quoted():
    assert quoted('a"b') == '"a""b"'


def test_an_expression_takes_its_place():
    text = place("SELECT metric AS value FROM t", metric=sqlglot.parse_one("count(*) / 2"))
    assert "COUNT(*) / 2 AS value" in text


@pytest.mark.parametrize(
    "text",
    [
        "1 = (SELECT 1)",
        "platform = read_text('/etc/passwd')",
        "platform = 'a'; DROP TABLE events",
        "platform",
        "platform =",
        "platform = getenv('HOME')",
        "EXISTS (SELECT 1)",
        "platform = other",
    ],
)
def test_a_filter_is_comparisons_and_nothing_else(text):
    with pytest.raises(SettingError):
        condition(text, ["platform"])


def test_a_segment_narrows_and_leaves_the_whole_as_it_was():
    rows = [("a", "x", "2026-01-05T10:00", "ios"), ("b", "x", "2026-01-05T10:00", "it's")]
    events = events_of(rows, as_of=date(2026, 1, 11), properties=("platform",))
    part = events.where("platform = 'it''s'").where("platform <> 'ios'")
    assert part.query("SELECT user_id FROM events").column("user_id") == ["b"]
    assert events.query("SELECT count(*) AS n FROM events").one().n == 2
    assert part.segment == "(platform = 'it''s') AND (platform <> 'ios')"


def test_a_segment_can_be_asked_for_again_and_again():
    rows = [(f"u{place}", "x", "2026-01-05T10:00", "ios" if place % 2 else "web") for place in range(10)]
    events = events_of(rows, as_of=date(2026, 1, 11), properties=("platform",))
    for name in ("ios", "web") * 20:
        part = events.where(f"platform = '{name}'")
        assert part.query("SELECT count(*) AS n FROM events").one().n == 5
