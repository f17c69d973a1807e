"""The units of an experiment: one row each, in one arm."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pmlib.core import InputError
from pmlib.sources.units import load_units

TEXT = """user_id,variant,revenue,converted,paid,zip
u1,control,1.5,1,true,01234
u2,treatment,NA,0,false,10115
u3,control,0,1,TRUE,20095
u3,control,0,1,TRUE,20095
u4,control,2,0,false,1
u4,treatment,2,0,false,1
u5,,1,1,true,2
,control,1,1,true,3
"""


def wrote(folder: Path, text: str, name: str = "u.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def rows(found) -> list[tuple]:
    return [tuple(row) for row in found.query("SELECT * FROM units ORDER BY unit")]


EXPECTED = [
    ("u1", "control", 1.5, 1.0, True, "01234"),
    ("u2", "treatment", None, 0.0, False, "10115"),
    ("u3", "control", 0.0, 1.0, True, "20095"),
]


def test_rows_that_do_not_count_are_set_aside(tmp_path: Path) -> None:
    found = load_units(wrote(tmp_path, TEXT))
    assert rows(found) == EXPECTED
    assert found.columns == ("revenue", "converted", "paid", "zip")
    assert found.origin.ledger.read == 8
    assert found.origin.ledger.dropped == {"duplicate": 1, "in two arms": 2, "no arm": 1, "no unit": 1}
    assert [check.ok for check in found.checks] == [False, False, False, True]
    assert found.origin.notes == (
        "The arm is the column 'variant': control (2), treatment (1).",
        "The unit is the column 'user_id'.",
    )


def test_workbooks_parquet_and_frames(tmp_path: Path) -> None:
    lines = [line.split(",") for line in TEXT.splitlines()]
    table = pa.table({name: [line[place] or None for line in lines[1:]] for place, name in enumerate(lines[0])})
    pq.write_table(table, tmp_path / "u.parquet")
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    book.save(tmp_path / "u.xlsx")
    frame = pd.DataFrame(table.to_pylist())
    for source in (tmp_path / "u.parquet", tmp_path / "u.xlsx", frame, pl.from_arrow(table), table):
        assert rows(load_units(source)) == EXPECTED


def test_a_frame_keeps_its_types(tmp_path: Path) -> None:
    found = load_units(pd.DataFrame({"id": [1, 2], "arm": ["a", "b"], "spend": [1.5, 2.5], "paid": [True, False]}))
    assert rows(found) == [("1", "a", 1.5, True), ("2", "b", 2.5, False)]


def test_columns_can_be_named(tmp_path: Path) -> None:
    path = wrote(tmp_path, "who,segment,offer,visit\n1,x,mail,1\n2,y,none,0\n")
    found = load_units(path, unit="who", arm="offer")
    assert rows(found) == [("1", "mail", "x", 1.0), ("2", "none", "y", 0.0)]
    with pytest.raises(
        InputError, match=r"has no column 'ofer'; it has who, segment, offer, visit. Did you mean 'offer'"
    ):
        load_units(path, arm="ofer")
    toml = wrote(tmp_path, '[source.units]\npath = "u.csv"\ncolumns = {unit = "who", arm = "offer"}\n', "t.toml")
    assert rows(load_units(toml)) == rows(found)


def test_without_a_unit_column_every_row_is_one(tmp_path: Path) -> None:
    found = load_units(wrote(tmp_path, "arm,visit\na,1\na,1\nb,0\n"))
    assert found.origin.ledger.kept == 3
    assert found.origin.notes[1] == "No column names the unit, so every row is one."


def test_decimal_commas_and_thousands(tmp_path: Path) -> None:
    german = load_units(wrote(tmp_path, "id;arm;umsatz\n1;a;1.234,5\n2;b;3,25\n3;a;12\n"))
    assert [row[2] for row in rows(german)] == [1234.5, 3.25, 12.0]
    english = load_units(wrote(tmp_path, 'id,arm,revenue,orders\n1,a,"1,234",1.5\n2,b,12,2\n'))
    assert [row[2] for row in rows(english)] == [1234.0, 12.0]
    with pytest.raises(InputError, match="'1,234', which can be thousands or decimals"):
        load_units(wrote(tmp_path, 'id,arm,revenue\n1,a,"1,234"\n2,b,12\n'))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "id,visit\n1,1\n2,0\n",
            r"tells the arm .*it has id, visit. It may be 'visit' \(0 and 1\). Name it: arm='visit'",
        ),
        ("id,visit\n1,1\n2,1\n", "tells the arm .*it has id, visit. None of them has 2 to 20 different values"),
        (
            "user_id,Gruppe,paid,converted,country,revenue_eur\n"
            + "".join(f"u{at},{'AB'[at % 2]},{at % 3 < 1},{at % 2},c{at % 7},{at}.5\n" for at in range(60)),
            r"may be 'Gruppe' \(A and B\), or 'country' \(c0, c1, c2, c3 and 3 more\), or 'paid' \(False and True\). "
            "Name it: arm='Gruppe'",
        ),
        ("id,arm\n1,\n2,\n", "No unit is left to compare: 2 no arm"),
        ("id,arm\n" + "".join(f"{place},{place}\n" for place in range(30)), "has 30 values, too many for arms"),
        ("id,variant,arm2,Arm\n1,a,b,c\n", "a column 'Arm' that is not the one taken for it"),
    ],
)
def test_what_is_no_experiment_says_so(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_units(wrote(tmp_path, text), arm="variant" if "variant" in text else None)


def test_a_file_that_breaks_while_it_is_read_says_so(tmp_path: Path) -> None:
    path = tmp_path / "u.parquet"
    names = [f"unit {at} of many" for at in range(5_000)]
    pq.write_table(pa.table({"unit": names, "arm": ["a", "b"] * 2_500}), path)
    data = bytearray(path.read_bytes())
    data[100:4_000] = bytes(3_900)
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"u.parquet cannot be read: .* Check the file, or export it again"):
        load_units(path)


@pytest.mark.parametrize("typed", [True, False])
def test_days_still_to_come_are_doubted(typed: bool) -> None:
    today = datetime.now(UTC).date()
    days = [today - timedelta(days=3)] * 6 + [today, today + timedelta(days=1), today + timedelta(days=1800), None]
    written = days if typed else [day.isoformat() + "T09:30:00Z" if day else None for day in days]
    units = {"unit": [f"u{at}" for at in range(10)], "arm": ["a", "b"] * 5, "renews_on": ["2099-01-01"] * 10}
    late = load_units(pa.table(units | {"Exposed on": written})).checks[-1]
    assert not late.ok
    assert late.text.startswith("1 of 10 units have a day in 'Exposed on' that is still to come, the latest on ")
    fine = load_units(pa.table(units | {"Exposed on": [*written[:8], written[0], written[0]]})).checks[-1]
    assert fine.ok
    assert fine.text == "0 of 10 units have a day in 'Exposed on' that is still to come."


def test_an_arm_written_in_several_ways_is_refused(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("unit,arm\n1, Control\n2,control\n3,new_menu\n4,control")
    said = r"Column 'arm' of t.csv writes an arm in several ways: 'Control' \(1\) and 'control' \(2\)\. Write it in"
    with pytest.raises(InputError, match=said):
        load_units(file)
    file.write_text("unit,arm\n1, control\n2,control \n3,new_menu\n4,control")
    assert "control (3), new_menu (1)" in load_units(file).origin.notes[0]


def test_days_that_cannot_be_read_and_broken_rows_are_said(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("unit,arm,exposed_at\n1,a,28.05.2026\n2,b,27.05.2026\n3,a,26.05.2026\n4,b,25.05.2026,extra")
    said = [check.text for check in load_units(file).checks if not check.ok]
    assert said[0].startswith("1 of 4 rows has not as many fields as there are columns")
    assert said[1].startswith("No value in 'exposed_at' is read as a day, such as '26.05.2026'; write days as 2026-11")
    file.write_text("unit,arm,exposed_at\n1,a,2026-05-28\n2,b,2026-05-27")
    assert all(check.ok for check in load_units(file).checks)


def test_a_title_above_the_header_is_told_from_a_missing_arm(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("Report of May\n\nunit,arm\n1,a\n2,b")
    with pytest.raises(InputError, match="one column only: put the names of the columns into its first line"):
        load_units(file)
