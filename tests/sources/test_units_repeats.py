"""Units that are there several times: the same row again, or a row a unit and day."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from pmlib.core import InputError
from pmlib.sources.units import load_units


def table(repeats: Sequence[tuple[str, str, float | None]], units: int = 1000) -> pl.DataFrame:
    """Units with a row each, and further rows."""
    rows = [(f"u{at}", "ab"[at % 2], 1.0) for at in range(units)]
    return pl.DataFrame([*rows, *repeats], schema=["unit", "arm", "spend"], orient="row").with_columns(shop=pl.lit("x"))


def test_a_row_that_is_there_again_counts_once() -> None:
    found = load_units(table([("u0", "a", 1.0), ("u1", "b", 1.0), ("u1", "b", 1.0)]))
    assert found.origin.ledger.kept == 1000
    assert found.origin.ledger.dropped == {"duplicate": 3}
    assert [check.ok for check in found.checks] == [True, False, True, True]
    assert found.checks[1].text == "3 of 1,003 rows repeat a unit with the same values; one of each was kept."


def test_a_few_units_with_rows_that_differ_are_doubted() -> None:
    given = table([*((f"u{at}", "ab"[at % 2], 2.0) for at in range(9)), ("u0", "a", 1.0), ("u20", "a", None)])
    found = load_units(given)
    assert found.origin.ledger.dropped == {"same unit, other values": 11}
    assert [check.ok for check in found.checks] == [True, True, True, False]
    assert found.checks[3].text == (
        "frame seems to have several rows a unit: 10 of 1,000 units are there more than once with different values "
        "(such as in 'spend'). One row of each counts, and nothing tells which is right. Sum them to one row a unit "
        "first."
    )
    kept = [tuple(row) for row in found.query("SELECT * FROM units ORDER BY unit")]
    for seed in range(3):
        again = load_units(given.sample(fraction=1, shuffle=True, seed=seed))
        assert [tuple(row) for row in again.query("SELECT * FROM units ORDER BY unit")] == kept


def test_more_than_one_unit_in_a_hundred_is_refused() -> None:
    with pytest.raises(InputError, match=r"several rows a unit: 11 of 1,000 units are .*such as in 'spend'.*Sum them"):
        load_units(table([(f"u{at}", "ab"[at % 2], 2.0) for at in range(11)]))


def test_a_row_a_unit_and_day_is_refused_and_summed_is_read(tmp_path: Path) -> None:
    rows = [(f"u{at}", "ab"[at % 2], f"2026-05-0{day}", at % 3) for at in range(90) for day in (1, 2, 3)]
    long = pl.DataFrame(rows, schema=["user_id", "variant", "day", "orders"], orient="row")
    path = tmp_path / "long.csv"
    long.write_csv(path)
    with pytest.raises(InputError, match=r"long.csv seems to .* 90 of 90 units .*'day'.*Sum them to one row a unit"):
        load_units(path)
    summed = long.group_by("user_id", "variant").agg(pl.col("orders").sum())
    assert load_units(summed).origin.ledger.kept == 90


def test_how_the_unit_is_written_is_no_other_value() -> None:
    found = load_units(pl.DataFrame({"unit": ["u1", " u1", "u2"], "arm": ["a", "a ", "b"], "x": [1, 1, 0]}))
    assert found.origin.ledger.dropped == {"duplicate": 1}


def test_units_in_two_arms_are_no_repeats() -> None:
    found = load_units(table([("u0", "b", 5.0), ("u0", "b", 6.0), ("u1", "b", 1.0)]))
    assert found.origin.ledger.dropped == {"duplicate": 1, "in two arms": 3}
    assert found.checks[3].ok


def test_a_table_of_unit_and_arm_alone_has_nothing_that_differs() -> None:
    found = load_units(pl.DataFrame({"unit": ["u1", "u1", "u2"], "arm": ["a", "a", "b"]}))
    assert found.origin.ledger.dropped == {"duplicate": 1}
