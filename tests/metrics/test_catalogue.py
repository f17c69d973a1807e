from datetime import date
from pathlib import Path

import pytest

from pmlib.core import InputError, SettingError, Unit
from pmlib.metrics import catalogue, find
from pmlib.metrics.catalogue import labels, read
from pmlib.metrics.entries import Target

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


SHIPPED = 10


def test_what_comes_with_the_library() -> None:
    known = catalogue()
    assert len(known) == SHIPPED
    assert all(one.meaning and not one.owner and one.target is None for one in known.values())
    assert {one.source for one in known.values()} == {"events", "survey", "spend", "revenue"}
    assert known["mrr"].on == "running"
    assert known["nps"].roles == ("question",)
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
    assert len(known) == SHIPPED + 1


def test_found_beside_a_pack(tmp_path: Path) -> None:
    written(tmp_path, OWN)
    assert find("orders", beside=tmp_path / "pmlib.toml#shop").title == "orders"
    assert find("orders", beside=str(tmp_path / "events.csv")).title == "orders"
    with pytest.raises(SettingError, match="no metric 'orders'"):
        find("orders", beside=tmp_path / "deeper" / "events.csv")
    with pytest.raises(SettingError, match=r"Did you mean 'active_users'\?"):
        find("active_user")


ENTRY = '[m]\ntitle = "{title}"\nmeaning = "m"\nkind = "{kind}"\nunit = "{unit}"\nsql = "{sql}"\n{more}'


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
        ({"title": "a\\nb"}, "title: write it on one line"),
        ({"title": " "}, "title: give it a title"),
        ({"more": f"owner = '{'x' * 81}'"}, "owner: write it on one line of at most 80"),
        ({"more": "source = 'evnets'"}, "source"),
        (
            {"more": "source = 'survey'", "sql": "count(*) FILTER (WHERE question = $start)"},
            "no \\$start; there is \\$qu",
        ),
        ({"more": "source = 'spend'", "sql": "sum(value) FILTER (WHERE name = $start)"}, "there is none for this"),
        ({"kind": "stock"}, "needs source = 'revenue'"),
        ({"kind": "stock", "more": "source = 'revenue'\non = 'ended'"}, "needs source = 'revenue', on = 'running'"),
        ({"more": "source = 'revenue'\non = 'running'"}, "make it a stock"),
        ({"more": "on = 'started'"}, "leave it out, the source is events"),
        ({"more": "target = '5000'"}, "give a number such as 5000"),
        ({"more": "target = true"}, "give a number such as 5000"),
        ({"more": "target = nan"}, "give a number such as 5000"),
        ({"more": "target = {by = 2026-12-31}"}, "give a number such as 5000"),
        ({"more": "target = {value = 1, untill = 2026-12-31}"}, "untill"),
        ({"more": "target = {value = 1, by = 'soon'}"}, "by"),
        ({"more": "target = {value = 1, by = 2026-12-31T10:00:00}"}, "by"),
    ],
)
def test_refused(tmp_path: Path, change: dict[str, str], says: str) -> None:
    text = ENTRY.format(**{"title": "m", "kind": "flow", "unit": "count", "sql": "count(*)", "more": ""} | change)
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


def test_owner_and_target(tmp_path: Path) -> None:
    text = '[active_users]\nowner = "Mara"\ntarget = 5000\n[revenue]\ntarget = {value = 9.5, by = 2026-12-31}\n'
    known = catalogue(written(tmp_path, text))
    assert known["active_users"].owner == "Mara"
    assert known["active_users"].target == Target(5000.0)
    assert known["revenue"].target == Target(9.5, date(2026, 12, 31))
    assert known["revenue"].target.text(known["revenue"].unit) == "9.50 EUR by 31 Dec 2026"
    assert (Target(5).met(5, "up"), Target(5).met(4, "up")) == (True, False)
    assert (Target(5).met(4, "down"), Target(5).met(6, "down"), Target(5).met(6, "")) == (True, False, None)


def test_a_broken_metric_is_no_matter_to_another(tmp_path: Path) -> None:
    (tmp_path / "metrics.toml").write_text("[trips]\ntitel = 'x'\n")
    beside = tmp_path / "pack.toml"
    assert find("active_users", beside=beside) == find("active_users")
    with pytest.raises(SettingError, match="titel"):
        find("trips", beside=beside)


def test_all_faults_are_found_at_once(tmp_path: Path) -> None:
    text = '[active_users]\ntitel = "x"\n[A]\n[revenue]\nunit = "currency SEK"\n[labels]\nsigned_up = 1\n'
    found = read(written(tmp_path, text))
    assert len(found.faults) == 3
    for words, fault in zip(("titel", "'A'", "labels"), found.faults.values(), strict=True):
        assert words in str(fault)
    assert found.own == ("revenue",)
    assert found.metrics["revenue"].unit == Unit.currency("SEK")
    assert "active_users" not in found.metrics
    with pytest.raises(SettingError, match="titel"):
        catalogue(tmp_path / "metrics.toml")


def test_labels_of_a_file(tmp_path: Path) -> None:
    file = written(tmp_path, '[labels]\nev_17 = "invited a friend"\n"Booking Made" = " booking "\n')
    said = labels(beside=tmp_path / "events.csv")
    assert said.of("ev_17") == "invited a friend"
    assert said.of("Booking Made") == "booking"
    assert said.of("signed_up") == "signed up"
    assert len(catalogue(file)) == SHIPPED
    assert labels(beside=tmp_path / "deeper" / "events.csv").of("ev_17") == "ev 17"


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("a = 1", "Write each name and its words as text"),
        ("a = ''", "'a' is called ''"),
        ('a = "x\\ny"', "on one line"),
        (f"a = '{'x' * 61}'", "1 to 60 signs"),
        ("a = 'Signed up'\nb = 'signed up'", "'a' and 'b' are both called 'signed up'"),
    ],
)
def test_labels_refused(tmp_path: Path, lines: str, says: str) -> None:
    written(tmp_path, f"[labels]\n{lines}\n")
    with pytest.raises(SettingError, match=says) as caught:
        labels(beside=tmp_path / "pmlib.toml")
    assert "[labels] of metrics.toml" in str(caught.value)


def test_names_that_would_read_alike_stay_raw() -> None:
    said = labels()
    assert said.all(["a_b", "a b", "c_d"]) == {"a_b": "a_b", "a b": "a b", "c_d": "c d"}
    assert [said.of(name) for name in ("_private_", "___", "", "$page_view")] == ["private", "___", "", "$page view"]
