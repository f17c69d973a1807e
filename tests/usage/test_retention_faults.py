"""Retention of data and settings that cannot be right: refused with the reason and the next step."""

from datetime import date

import pytest

from pmlib.core import SettingError
from pmlib.usage.cohorts.retention import retention
from tests.rows import events_of

AS_OF = date(2026, 6, 28)
FILTERED = [
    ("ann", "join", "2026-06-01T10:00", "web"),
    ("ann", "read", "2026-06-15T10:00", "web"),
    ("bob", "join", "2026-06-02T10:00", "ios"),
]


def asked(rows, **options):
    options = {"start": "join", "back": "read", "periods": 3, "age": 1} | options
    properties = ("platform",) if len(rows[0]) > 3 else ()
    return retention(events_of(rows, as_of=AS_OF, properties=properties), **options)


def test_all_events_in_the_same_second():
    rows = [(f"u{n}", "join", "2026-06-01T10:00:00") for n in range(30)]
    assert "of one single day" in asked(rows, back="").headline


def test_no_start_in_the_weeks_shown():
    rows = [("ann", "join", "2026-03-02T10:00")] + [("ann", "read", f"2026-06-{day:02}T10:00") for day in range(1, 28)]
    found = asked(rows, weeks=3)
    assert found.headline == (
        "This cannot be answered: nobody started in the weeks that can be followed, 8 to 21 Jun 2026. Choose another "
        "start event, or show more weeks."
    )


def test_22_years_of_days():
    rows = [("ann", "join", "2004-01-01T10:00"), ("ann", "read", "2004-01-02T10:00")]
    rows += [(f"u{day}", "join", f"2026-06-{day:02}T10:00") for day in range(1, 28)]
    found = asked(rows, every="day", weeks=2)
    assert len(found.table.rows) == 15
    with pytest.raises(SettingError, match="at most 800 can be shown"):
        asked(rows, every="day", weeks=1200)
    wide = asked(rows, every="week", weeks=700)
    assert len(wide.table.rows) == 701


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kind": "frist"}, "Did you mean 'first'"),
        ({"windows": "24"}, "it is one of calendar, 24h"),
        ({"average": "mean"}, "pooled, simple"),
        ({"least": 0}, "least is 0"),
        ({"periods": 0}, "periods is 0"),
        ({"periods": 500}, "periods is 500"),
        ({"age": 0}, "age is 0; it is 1 or more"),
        ({"weeks": 0}, "weeks is 0"),
        ({"brackets": "1-x"}, "'1-x' cannot be read"),
        ({"brackets": "3-1"}, "must rise"),
        ({"brackets": "1-3, 3-5"}, "without overlap"),
        ({"brackets": "1-3; 4"}, "cannot be read"),
        ({"brackets": ","}, "There are 0 brackets"),
        ({"start_where": "platfrom = 'ios'"}, "Did you mean 'platform'"),
        ({"by": "platfrom"}, "Did you mean 'platform'"),
        ({"by": "platform", "at": "each"}, "kind='recurring'"),
        ({"at": "last"}, "first, latest, each"),
        ({"back": "reed"}, "Did you mean 'read'"),
    ],
)
def test_faults_name_the_fix(options, words):
    with pytest.raises(SettingError, match=words):
        asked(FILTERED, **options)
