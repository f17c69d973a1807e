"""How times are written: each way by hand, to UTC."""

from datetime import datetime

import pytest
from sqlglot import exp

from pmlib.core import InputError, SettingError
from pmlib.engine import Engine
from pmlib.sources.events.times import Declared, counted, declared, known_zone, of_text, order_of, refuse_mixed, way_of

NEW_YORK = Declared("America/New_York")

# Text, and the same moment in UTC. Times without a zone are New York's (UTC−5 in January), dates are Berlin's days.
WRITTEN = [
    ("2024-01-31T10:00:00Z", "2024-01-31T10:00:00"),
    ("2024-01-31 10:00:00.5+01:00", "2024-01-31T09:00:00.500000"),
    ("2024-01-31T10:00:00,250Z", "2024-01-31T10:00:00.250000"),
    ("2024-01-31 10:00:00+0530", "2024-01-31T04:30:00"),
    ("2024-01-31 10:00:00 UTC", "2024-01-31T10:00:00"),
    ("2024-01-31 10:00:00 +01:00", "2024-01-31T09:00:00"),
    ("20240131T100000Z", "2024-01-31T10:00:00"),
    ("2024-01-31 10:00:00", "2024-01-31T15:00:00"),
    ("2024-01-31T10:00", "2024-01-31T15:00:00"),
    ("2024/01/31 10:00:00", "2024-01-31T15:00:00"),
    ("31.01.2024 10:00", "2024-01-31T15:00:00"),
    ("31.1.24 10:00:00", "2024-01-31T15:00:00"),
    ("31.01.2024, 10:00:00", "2024-01-31T15:00:00"),
    ("01/31/2024 10:00 PM", "2024-02-01T03:00:00"),
    ("1/31/2024, 3:04:05 PM", "2024-01-31T20:04:05"),
    ("01/31/2024 15:04", "2024-01-31T20:04:00"),
    ("2024-01-31", "2024-01-30T23:00:00"),
    ("20240131", "2024-01-30T23:00:00"),
    ("31.01.2024", "2024-01-30T23:00:00"),
    ("01/31/2024", "2024-01-30T23:00:00"),
    ("2024/1/31", "2024-01-30T23:00:00"),
    ("1706695200", "2024-01-31T10:00:00"),
    ("1706695200.25", "2024-01-31T10:00:00.250000"),
    ("1706695200123", "2024-01-31T10:00:00.123000"),
    ("1706695200123456", "2024-01-31T10:00:00.123456"),
    ("1706695200123456789", "2024-01-31T10:00:00.123456"),
]


def read(text: str, ways: dict[str, int], said: Declared = NEW_YORK) -> datetime | None:
    utc = of_text(exp.column("written"), ways, said, "Europe/Berlin").utc.sql(dialect="duckdb")
    return Engine().query(f"SELECT {utc} AS utc FROM (SELECT $value AS written)", value=text).one().utc


@pytest.mark.parametrize(("text", "utc"), WRITTEN)
def test_each_way_is_read_to_utc(text, utc):
    way = way_of(text)
    assert way is not None
    assert read(text, {way.name: 1}) == datetime.fromisoformat(utc)


@pytest.mark.parametrize(("text", "utc"), WRITTEN)
def test_each_way_is_told_from_the_others_in_one_column(text, utc):
    dates = way_of(text).sort == "date"
    ways = {way_of(other).name: 1 for other, _ in WRITTEN if (way_of(other).sort == "date") == dates} | {"": 1}
    assert read(text, ways) == datetime.fromisoformat(utc)


@pytest.mark.parametrize("text", ["2024-13-45", "31.02.2024", "2024-01-31T25:00:00Z"])
def test_what_looks_like_a_time_and_is_none_stays_null(text):
    assert read(text, {way_of(text).name: 1}) is None


@pytest.mark.parametrize("text", ["", "soon", "999", "infinity", "12:30", "2024-01-31T10:00:00Z extra"])
def test_no_time(text):
    assert way_of(text) is None


def test_day_first_is_read_as_declared():
    assert read("03/11/2026", {"mm/dd/yyyy": 1}, Declared("UTC", "day first")) == datetime(2026, 11, 2, 23)


def test_the_order_of_day_and_month_comes_from_the_numbers():
    assert order_of("t", "x.csv", 31, 12, Declared()).order == "day first"
    assert order_of("t", "x.csv", 12, 31, Declared()).order == "month first"
    with pytest.raises(InputError, match="no day is past the"):
        order_of("t", "x.csv", 12, 12, Declared())
    with pytest.raises(InputError, match="the day first"):
        order_of("t", "x.csv", 31, 31, Declared())


def test_shapes_are_counted_by_way():
    shapes = {"9999-99-99T99:99:99Z": 3, "9999-99-99 99:99:99": 2, "9999999999": 1, "?": 4}
    assert counted(shapes) == {"ISO with zone": 3, "ISO without zone": 2, "seconds since 1970": 1, "": 4}


def test_mixed_zones_are_refused_with_counts_unless_declared():
    ways = {"ISO with zone": 1200, "ISO without zone": 34}
    with pytest.raises(InputError, match=r"mixes 1,200 times with a zone and 34 without one.*times=\"Europe/Berlin\""):
        refuse_mixed("ts", "x.csv", ways, Declared())
    refuse_mixed("ts", "x.csv", ways, Declared("UTC"))


def test_unknown_zone_names_the_nearest():
    with pytest.raises(SettingError, match="Did you mean 'Europe/Berlin'"):
        known_zone("Europe/Berln")
    with pytest.raises(SettingError, match="Did you mean 'America/New_York'"):
        known_zone("New York")
    with pytest.raises(SettingError, match="times = 'Berlin'"):
        declared("month first, Berlin")
