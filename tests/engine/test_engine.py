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


class TestKeeping:
    """Tables that questions keep for each other."""

    MADE = "SELECT row AS n FROM range($rows) AS many (row)"

    @staticmethod
    def kept(engine):
        rows = engine.query("SELECT table_name AS name FROM duckdb_tables() ORDER BY name")
        return rows.column("name")

    def test_the_table_asked_for_longest_ago_goes_first(self, monkeypatch):
        monkeypatch.setattr("pmlib.engine.duck.ROWS", 10)
        engine = Engine()
        for table in ("a", "b"):
            engine.keeping(table, self.MADE, rows=5)
        # 10 rows are not too many; a is asked for again, so b is the oldest when c makes them 13.
        assert self.kept(engine) == ["a", "b"]
        engine.keeping("a", self.MADE, rows=5)
        assert engine.keeping("c", self.MADE, rows=3).query("SELECT count(*) AS n FROM c").one().n == 3
        assert self.kept(engine) == ["a", "c"]
        # What went is made again; then a, asked for longest ago, goes.
        assert engine.keeping("b", self.MADE, rows=5).query("SELECT count(*) AS n FROM b").one().n == 5
        assert self.kept(engine) == ["b", "c"]

    def test_a_table_stays_as_long_as_an_engine_looks_into_it(self, monkeypatch):
        monkeypatch.setattr("pmlib.engine.duck.ROWS", 10)
        engine = Engine()
        part = engine.keeping("a", self.MADE, rows=8).narrowed("a", sqlglot.parse_one("n > 5"))
        engine.keeping("b", self.MADE, rows=8)
        assert part.query("SELECT count(*) AS n FROM a").one().n == 2
        del part
        engine.keeping("c", self.MADE, rows=8)
        assert self.kept(engine) == ["c"]

    def test_a_view_made_after_a_table_went_hides_no_other(self, monkeypatch):
        monkeypatch.setattr("pmlib.engine.duck.ROWS", 1)
        engine = Engine()
        engine.run("CREATE TABLE t AS SELECT * FROM range(5) AS many (n)")
        engine.keeping("a", self.MADE, rows=2)
        few = engine.narrowed("t", sqlglot.parse_one("n > 3"))
        engine.keeping("b", self.MADE, rows=2)
        more = engine.narrowed("t", sqlglot.parse_one("n > 0"))
        assert [part.query("SELECT count(*) AS n FROM t").one().n for part in (few, more)] == [1, 4]
