from pathlib import Path

import pytest

from pmlib.core import InputError, SettingError, Unit
from pmlib.metrics import catalogue, find

OWN = """
[active_users]
title = "people"

[orders]
title = "orders"
meaning = "Orders placed."
kind = "flow"
unit = "currency SEK"
sql = "sum(price) FILTER (WHERE event = $action)"
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "metrics.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_first_six() -> None:
    known = catalogue()
    assert len(known) == 6
    assert known["active_users"].unit is Unit.COUNT
    assert known["new_users"].roles == ("start",)
    assert known["doing_share"].roles == ("action",)
    assert known["revenue"].columns == ("amount_eur",)
    assert known["revenue"].unit == Unit.currency("EUR")


def test_a_team_adds_and_changes(tmp_path: Path) -> None:
    known = catalogue(written(tmp_path, OWN))
    assert known["active_users"].title == "people"
    assert known["active_users"].kind == "distinct"
    assert known["orders"].unit == Unit.currency("SEK")
    assert len(known) == 7


def test_found_beside_a_pack(tmp_path: Path) -> None:
    written(tmp_path, OWN)
    assert find("orders", beside=tmp_path / "pmlib.toml#shop").title == "orders"
    assert find("orders", beside=str(tmp_path / "events.csv")).title == "orders"
    with pytest.raises(SettingError, match="no metric 'orders'"):
        find("orders", beside=tmp_path / "deeper" / "events.csv")
    with pytest.raises(SettingError, match=r"Did you mean 'active_users'\?"):
        find("active_user")


ENTRY = '[m]\ntitle = "m"\nmeaning = "m"\nkind = "{kind}"\nunit = "{unit}"\nsql = "{sql}"\n{more}'


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"sql": "count("}, "cannot be read as SQL"),
        ({"sql": "1 + 1"}, "counts and sums nothing"),
        ({"sql": "count(*); DROP TABLE events"}, "not one aggregate"),
        ({"sql": "SELECT count(*) FROM events"}, "not one aggregate"),
        ({"sql": "(SELECT count(*) FROM events)"}, "not one aggregate"),
        ({"sql": "sum(x) OVER ()"}, "not one aggregate"),
        ({"sql": "sum(x) + y"}, "'y' stands outside an aggregate"),
        ({"sql": "count(*) FILTER (WHERE event = $actoin)"}, "Did you mean 'action'"),
        ({"unit": "counts"}, "Did you mean 'count'"),
        ({"unit": "currency euro"}, "no unit"),
        ({"kind": "sum"}, "kind"),
        ({"kind": "ratio"}, "needs over"),
        ({"more": 'over = "count(*)"'}, "is not divided"),
        ({"more": 'meanning = "x"'}, "Did you mean 'meaning'"),
        ({"more": "better = 'sideways'"}, "better"),
    ],
)
def test_refused(tmp_path: Path, change: dict[str, str], says: str) -> None:
    text = ENTRY.format(**{"kind": "flow", "unit": "count", "sql": "count(*)", "more": ""} | change)
    with pytest.raises(SettingError, match=says) as caught:
        catalogue(written(tmp_path, text))
    assert "[m] of metrics.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"), [("x = 1", "outside a metric"), ("[A]\n", "calls a metric 'A'"), ("[a\n", "not readable TOML")]
)
def test_bad_files(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SettingError, match=says):
        catalogue(written(tmp_path, text))
    with pytest.raises(InputError, match="no file"):
        catalogue(tmp_path / "none.toml")
