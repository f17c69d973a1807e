"""What a check of a catalogue finds."""

from datetime import date
from pathlib import Path

from pmlib.metrics.catalogue import read
from pmlib.metrics.checks import Verdict, checked
from tests.metrics.made import subscriptions_of, waves_of
from tests.rows import events_of

ROWS = [
    ("a", "opened", "2026-01-05 09:00", 5),
    ("a", "opened", "2026-01-06 09:00", 5),
    ("a", "signed_up", "2026-01-06 09:00", 5),
]
EVENTS = events_of(ROWS, as_of=date(2026, 1, 11), properties=("price",))
GOOD = 'title = "t"\nmeaning = "m"\nowner = "o"\nkind = "flow"\nunit = "count"\n'


def verdict(folder: Path, text: str, **roles: str) -> Verdict:
    file = folder / "metrics.toml"
    file.write_text(text, encoding="utf-8")
    return checked(read(file), {"events": EVENTS}, roles)


def test_each_metric_is_run_or_said_why_not(tmp_path: Path) -> None:
    found = verdict(tmp_path, "", start="signed_up", action="opened")
    assert found.faults == found.remarks == found.stood_in == ()
    assert {name: points.values for name, points in found.ran.items()} == {
        "active_users": (1,),
        "new_users": (1,),
        "key_actions": (2,),
        "actions_per_active_user": (2,),
        "doing_share": (1,),
    }
    # The library's revenue reads amount_eur, which these events lack: no fault of the team.
    assert "reads 'amount_eur'" in found.not_run["revenue"]
    assert found.not_run["mrr"] == "no subscriptions to run it on"


def test_faults(tmp_path: Path) -> None:
    text = f'[a]\n{GOOD}sql = "sum(pricee)"\n[b]\n{GOOD}sql = "sum(event)"\n[revenue]\nowner = "o"\n[c]\ntitle = "c"\n'
    found = verdict(tmp_path, text)
    assert len(found.faults) == 4
    said = " ".join(found.faults)
    assert "Did you mean 'price'?" in said
    assert "'b' cannot be computed" in said
    assert "'revenue' reads 'amount_eur'" in said
    assert "[c] of metrics.toml" in said


def test_a_name_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    found = verdict(tmp_path, "", start="signed_upp", action="opened")
    assert len(found.faults) == 1
    assert found.faults[0].startswith("start: No event is called 'signed_upp'")
    assert "Did you mean 'signed_up'?" in found.faults[0]


def test_where_nobody_names_an_event_any_stands_in(tmp_path: Path) -> None:
    found = verdict(tmp_path, "", start="signed_up")
    assert found.stood_in == ("key_actions", "actions_per_active_user", "doing_share")
    assert found.ran["key_actions"].values == (2,)


def test_remarks(tmp_path: Path) -> None:
    text = (
        '[active_users]\ntarget = {value = 1, by = 2026-01-10}\nowner = "o"\n'
        "[key_actions]\ntarget = {value = 1, by = 2026-01-11}\n"
        f"[a]\n{GOOD}sql = \"count(*) FILTER (WHERE event IN ('opened', 'closed'))\"\n"
        '[b]\ntitle = "b"\nkind = "flow"\nunit = "count"\nsql = "count(*) FILTER (WHERE event = \'sgned_up\')"\n'
        '[labels]\nopend = "opened the app"\nprice = "the price"\n'
    )
    found = verdict(tmp_path, text, start="signed_up", action="opened")
    assert found.faults == ()
    assert list(found.remarks) == [
        'No meaning is given for b. Add meaning = "…".',
        'No owner is given for key_actions, b. Add owner = "…".',
        "The target of active_users was for 10 Jan 2026, which has passed. Set the next one.",
        "a names the event 'closed', which never occurs.",
        "b names the event 'sgned_up', which never occurs. Did you mean 'signed_up'?",
        "The label of 'opend' is for no event or property there is. Did you mean 'opened'?",
    ]


def test_on_all_sources() -> None:
    tables = {
        "events": EVENTS,
        "revenue": subscriptions_of([("a", 3.0, "2026-01-05", None)], as_of=date(2026, 1, 11)),
        "survey": waves_of([9], ["2026-01-06 09:00"], first="2026-01-06", last="2026-01-11"),
    }
    found = checked(read(), tables, {})
    assert found.faults == ()
    assert found.ran["mrr"].values == (3,)
    assert found.ran["nps"].values == (100,)
    assert "nps" in found.stood_in
    assert set(found.not_run) == {"revenue", "spend"}
    assert (
        checked(read(), tables, {"question": "How?"}).faults[0].startswith("question: The survey does not ask 'How?'")
    )
    assert checked(read(), {}, {}).ran == {}
