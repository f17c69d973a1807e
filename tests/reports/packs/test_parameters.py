"""Parameters are checked before a kernel starts, and each message names the next step."""

from datetime import date
from pathlib import Path

import nbformat
import pytest

from pmlib.core import InputError, SettingError
from pmlib.reports.packs.parameters import Parameter, parameters_of, read_cell

CELL = """events: str = "a.parquet"  # usage events [events]
weeks: int = 26  # weeks shown [4..104]
rate: float = 0.5  # a rate
every: str = "week"  # bucket [day | week | month]
as_of: str = "data"  # last day [date]
zone: str = "UTC"  # [timezone]
loud: bool = False  # # of signs
"""
KNOWN = {one.name: one for one in read_cell(CELL, "x.ipynb")}


def test_a_cell_is_read_with_help_and_limits():
    assert KNOWN["weeks"] == Parameter("weeks", "int", 26, "weeks shown", "4..104")
    assert KNOWN["events"].is_file
    assert KNOWN["every"].limit == "day | week | month"


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("weeks", "8", 8),
        ("weeks", 8, 8),
        ("rate", "1e-3", 0.001),
        ("rate", 2, 2.0),
        ("loud", "True", True),
        ("every", "day", "day"),
        ("as_of", "2026-11-22", "2026-11-22"),
        ("as_of", date(2026, 11, 22), "2026-11-22"),
        ("zone", "Europe/Berlin", "Europe/Berlin"),
        ("events", "007", "/base/007"),
    ],
)
def test_a_value_comes_back_in_its_type(name, given, value):
    found = KNOWN[name].read(given, Path("/base"))
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("weeks", "3", "between 4 and 104"),
        ("weeks", "1_000", "whole number"),
        ("weeks", "7.5", "whole number"),
        ("weeks", True, "whole number"),
        ("weeks", 7.0, "whole number"),
        ("rate", "nan", "a number"),
        ("loud", "1", "true or false"),
        ("every", "weeks", "Did you mean 'week'?"),
        ("as_of", "22.11.2026", "such as 2026-11-22"),
        ("zone", "Europe/Berln", "Did you mean 'Europe/Berlin'?"),
        ("events", 5, "must be text"),
    ],
)
def test_a_wrong_value_is_refused_with_the_way_out(name, given, words):
    with pytest.raises(SettingError, match=words.replace("?", r"\?")):
        KNOWN[name].read(given, Path("/base"))


@pytest.mark.parametrize(
    "line",
    ["weeks = 26", "weeks: int", "weeks: list = [1]", "weeks: int = 20 + 6 + x", "import os", "weeks: int = 'a'"],
)
def test_a_cell_that_is_not_plain_is_refused(line):
    with pytest.raises((InputError, SettingError)):
        read_cell(line, "x.ipynb")


def test_a_notebook_without_the_tag_has_none_and_another_file_is_no_notebook(tmp_path):
    path = tmp_path / "a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")]), path)
    assert parameters_of(path) == {}
    path.write_text("not json")
    with pytest.raises(InputError, match="not a notebook"):
        parameters_of(path)
