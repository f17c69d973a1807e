"""Series: long or wide, dates and numbers as files write them."""

from datetime import date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import polars as pl
import pytest

from pmlib.core import InputError, SettingError
from pmlib.sources.files.dates import dated, moments, utc, zone
from pmlib.sources.series import load_series


def wrote(folder: Path, text: str, name: str = "s.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def points(found) -> list[tuple]:
    return [tuple(row) for row in found.query("SELECT date, name, value FROM series ORDER BY ALL")]


def test_long(tmp_path: Path) -> None:
    found = load_series(wrote(tmp_path, "date,name,visits\n2026-01-05,A,10\n2026-01-12,A,n/a\n2026-01-05,B,1.5\n"))
    assert points(found) == [
        (date(2026, 1, 5), "A", 10.0),
        (date(2026, 1, 5), "B", 1.5),
        (date(2026, 1, 12), "A", None),
    ]
    assert found.names == ("A", "B")
    assert (found.origin.first, found.origin.through) == (date(2026, 1, 5), date(2026, 1, 12))
    assert [check.ok for check in found.checks] == [False, True]


def test_wide_with_decimal_commas_and_a_note_column(tmp_path: Path) -> None:
    text = "Datum;Umsatz;Kunden;Notiz\n01.12.2025;1.234,5;7;Start\n01.01.2026;987,25;8;\n01.02.2026;;9;\n"
    found = load_series(wrote(tmp_path, text))
    assert points(found) == [
        (date(2025, 12, 1), "Kunden", 7.0),
        (date(2025, 12, 1), "Umsatz", 1234.5),
        (date(2026, 1, 1), "Kunden", 8.0),
        (date(2026, 1, 1), "Umsatz", 987.25),
        (date(2026, 2, 1), "Kunden", 9.0),
        (date(2026, 2, 1), "Umsatz", None),
    ]
    assert found.origin.notes == ("Left out, as they hold no numbers: Notiz.",)
    assert found.checks[1].ok


def test_frames_and_workbooks(tmp_path: Path) -> None:
    frame = pd.DataFrame({"day": pd.to_datetime(["2026-01-31", "2026-02-28"]), "visits": [1.5, 2.0]})
    expected = [(date(2026, 1, 31), "visits", 1.5), (date(2026, 2, 28), "visits", 2.0)]
    book = openpyxl.Workbook()
    book.active.append(["day", "visits"])
    book.active.append([datetime(2026, 1, 31), 1.5])
    book.active.append([date(2026, 2, 28), 2])
    book.save(tmp_path / "s.xlsx")
    for source in (frame, pl.from_pandas(frame), tmp_path / "s.xlsx"):
        assert points(load_series(source)) == expected


@pytest.mark.parametrize(
    ("cells", "day"),
    [
        (["2026-02-01"], date(2026, 2, 1)),
        (["2026-02-01T10:00:00Z"], date(2026, 2, 1)),
        (["1.2.2026"], date(2026, 2, 1)),
        (["02/01/2026", "02/13/2026"], date(2026, 2, 1)),
        (["01/02/2026", "13/02/2026"], date(2026, 2, 1)),
        (["2026-02"], date(2026, 2, 1)),
        (["202602"], date(2026, 2, 1)),
        (["20260201"], date(2026, 2, 1)),
        (["2026-W05"], date(2026, 1, 26)),
        (["2026 KW 5"], date(2026, 1, 26)),
        (["2026"], date(2026, 1, 1)),
        (["2026-Q2"], date(2026, 4, 1)),
        (["Q2 2026"], date(2026, 4, 1)),
        (["Feb 2026"], date(2026, 2, 1)),
        (["Sun, 01-Feb-2026"], date(2026, 2, 1)),
        (["February 1, 2026"], date(2026, 2, 1)),
    ],
)
def test_dates(cells: list[str], day: date) -> None:
    first = moments(cells, column="when")[0]
    assert first is not None
    assert first.date() == day


def test_times_of_day_and_offsets() -> None:
    when = moments(["2026-07-01 12:00", "2026-07-01T12:00:00+02:00", "7/13/2026 9:05:00 PM"], column="when")
    berlin = zone("Europe/Berlin")
    assert [utc(moment, berlin) for moment in when] == [
        datetime(2026, 7, 1, 10, 0),
        datetime(2026, 7, 1, 10, 0),
        datetime(2026, 7, 13, 19, 5),
    ]
    assert moments(["2026-02-30", "", "soon"], column="when") == [None, None, None]
    assert dated(["2026-02-01", "2026-02-08"])
    assert not dated(["2024", "2025"])
    with pytest.raises(SettingError, match="no time zone 'Europe/Berln'"):
        zone("Europe/Berln")


def test_undecided_dates_are_refused() -> None:
    with pytest.raises(InputError, match="'01/02/2026' that could be day/month or month/day"):
        moments(["01/02/2026", "01/03/2026"], column="when")
    with pytest.raises(InputError, match="mixes day/month and month/day"):
        moments(["13/02/2026", "02/13/2026"], column="when")
    assert moments(["01/02/2026"], column="when", us=True) == [datetime(2026, 1, 2)]


LONG = (
    "day,agent,browser,version,share\n2026-01-05,ff,Firefox,1,2\n2026-01-05,ff,Firefox,2,3\n2026-01-05,cr,Chrome,9,5\n"
)


def test_rows_that_repeat_a_date_are_refused_or_added_up(tmp_path: Path) -> None:
    wrote(tmp_path, LONG)
    toml = tmp_path / "t.toml"
    columns = 'columns = {date = "day", name = "browser", value = "share"}\n'
    toml.write_text(f'[source.series]\npath = "s.csv"\n{columns}')
    with pytest.raises(InputError, match=r"repeats 1 of its dates.*2026-01-05 of 'Firefox' \(2 rows\)"):
        load_series(toml)
    toml.write_text(f'[source.series]\npath = "s.csv"\nduplicates = "sum"\n{columns}')
    found = load_series(toml)
    assert points(found) == [(date(2026, 1, 5), "Chrome", 5.0), (date(2026, 1, 5), "Firefox", 5.0)]
    assert (found.origin.ledger.read, found.origin.ledger.kept) == (3, 3)


def test_rows_that_are_the_same_can_be_dropped(tmp_path: Path) -> None:
    wrote(tmp_path, "date,name,value\n2026-01-05,A,1\n2026-01-05,A,1\n2026-01-12,A,2\n")
    toml = wrote(tmp_path, '[source.series]\npath = "s.csv"\nduplicates = "row"\n', "t.toml")
    found = load_series(toml)
    assert len(points(found)) == 2
    assert found.origin.ledger.dropped == {"duplicate": 1}


def test_footers_and_rows_without_a_date_are_counted(tmp_path: Path) -> None:
    lines = [f"2026-01-{day:02d},{day}" for day in range(1, 29)]
    text = "\n".join(["date,visits", *lines, ",5", "Source: nobody,"])
    found = load_series(wrote(tmp_path, text))
    assert found.origin.ledger.dropped == {"no date": 1, "unparseable date": 1}
    assert found.origin.ledger.kept == 28


def test_twin_name_columns_are_one(tmp_path: Path) -> None:
    text = "Country,Code,Year,Value\nChad,TCD,2000,1\nChad,TCD,2001,2\nPeru,PER,2000,3\n"
    assert load_series(wrote(tmp_path, text)).names == ("Chad", "Peru")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LONG, r"repeats 1 of its dates within a series, such as 2026-01-05 of 'ff' \(2 rows\)"),
        (LONG + "2026-01-05,ff,Opera,9,5\n", "could be the name of the series: agent, browser"),
        (LONG.replace("share", "part"), "could be the value: version, part"),
        ("a,b\n1,2\n", "needs one date column and has none; it has a, b"),
        ("date,a\n2026-01-05,x\n", "no column of numbers beside its date 'date'"),
        ("date,a\nsoon,1\nlater,2\n", "holds 'soon' where dates such as 2026-01-31 were expected"),
        ('date,a\n2026-01-05,"1,234"\n', "'1,234', which can be thousands or decimals"),
        ("date,a,A\n2026-01-05,1,2\n", "the column 'a' 2 times .*capital letters"),
    ],
)
def test_what_is_no_series_says_what_to_do(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_series(wrote(tmp_path, text))


def test_wrong_columns_are_named(tmp_path: Path) -> None:
    wrote(tmp_path, LONG)
    toml = wrote(tmp_path, '[source.series]\npath = "s.csv"\ncolumns = {date = "dya", value = "share"}\n', "t.toml")
    with pytest.raises(InputError, match=r"no column 'dya'.* Did you mean 'day'"):
        load_series(toml)
    wrote(tmp_path, '[source.series]\npath = "s.csv"\ncolumns = {name = "browser", value = "share"}\n', "t.toml")
    with pytest.raises(SettingError, match="a series needs its date"):
        load_series(toml)
