from datetime import date
from pathlib import Path

import pytest

from pmlib.core import InputError
from pmlib.sources.launches import load_launches


def test_read_in_order(tmp_path: Path) -> None:
    file = tmp_path / "launches.csv"
    file.write_text(
        '\ufeffDate,name,kind\n2026-09-07,"Maps, redrawn",launch\n\n2026-01-05,Campaign\n', encoding="utf-8"
    )
    assert load_launches(file) == (
        (date(2026, 1, 5), "Campaign", ""),
        (date(2026, 9, 7), "Maps, redrawn", "launch"),
    )
    assert load_launches("") == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("day,name\n2026-01-05,x\n", "no column 'date'"),
        ("date,name\n5.1.2026,x\n", "line 2: '5.1.2026' is no date"),
        ("dates;name\n", "no column 'date'"),
        ("", "is empty"),
    ],
)
def test_refused(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "launches.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=says):
        load_launches(file)
    with pytest.raises(InputError, match="no file"):
        load_launches(tmp_path / "lanches.csv")
