"""Accounts in the place of users: by a property, by a table, after and before a segment."""

from datetime import date

import pyarrow as pa
import pytest

from pmlib.core import InputError, SettingError
from pmlib.sources import Who, load_accounts
from pmlib.usage import active, retention
from tests.rows import events_of

# ann names acme, then bolt; bob names acme once; eve never names one; dan's is empty.
ROWS = [
    ("ann", "signed_up", "2026-06-01T10:00", None, "ios"),
    ("ann", "visit", "2026-06-02T10:00", "acme", "ios"),
    ("ann", "visit", "2026-06-09T10:00", "bolt", "web"),
    ("bob", "visit", "2026-06-03T10:00", "acme", "web"),
    ("bob", "visit", "2026-06-10T10:00", None, "web"),
    ("eve", "visit", "2026-06-03T10:00", None, "ios"),
    ("dan", "visit", "2026-06-03T10:00", " ", "ios"),
]
COUNT = "SELECT user_id, count(*) AS n FROM events GROUP BY user_id ORDER BY user_id"


def events(rows=ROWS):
    return events_of(rows, as_of=date(2026, 6, 14), properties=("company", "platform"))


def counts(grouped):
    return [tuple(row) for row in grouped.query(COUNT)]


def test_an_event_counts_for_the_account_it_names_else_for_the_one_named_last():
    grouped = events().grouped("company")
    # acme: ann's visit of the 2nd, bob's two (he only ever named acme); bolt: ann's last visit and her sign-up.
    assert counts(grouped) == [("acme", 3), ("bolt", 2)]
    said = [check.text for check in grouped.checks]
    assert said[0].startswith("2 of 7 events are of 2 users who never name one of the accounts (company)")
    assert said[1].startswith("2 events name no account and count for the one their user named last; 1 of them")
    assert said[2].startswith("1 users named several accounts")
    assert grouped.who == Who("account", "accounts")
    assert "accounts by company" in grouped.describe("x")


def test_the_person_stays_as_a_column():
    rows = events().grouped("company").query("SELECT DISTINCT person_id FROM events ORDER BY person_id")
    assert rows.column("person_id") == ["ann", "bob"]


def test_a_segment_and_properties_work_before_and_after():
    web = events().where("platform = 'web'").grouped("company")
    assert counts(web) == [("acme", 2), ("bolt", 1)]
    assert counts(events().grouped("company").where("platform = 'web'")) == [("acme", 2), ("bolt", 1)]
    assert counts(events().grouped("company").where("platform = 'ios'").where("company = 'acme'")) == [("acme", 1)]


def test_questions_count_accounts():
    found = active(events().grouped("company", who=Who("team", "teams")))
    # Both accounts are active in both whole weeks: bolt by ann's sign-up and her visit on the 9th.
    assert found.kpi.history == (2, 2)
    # acme's first visit is in the first week, and it is back in the second; bolt's first visit is in the second.
    kept = retention(events().grouped("company"), start="visit", every="week", periods=1, age=1)
    assert [(one.value, one.n) for one in kept.estimates if one.n] == [(1.0, 1)]


def test_a_property_that_is_always_there_needs_no_join():
    rows = [("ann", "visit", "2026-06-02T10:00", "acme", "ios"), ("bob", "visit", "2026-06-03T10:00", "bolt", "ios")]
    grouped = events(rows).grouped("company")
    assert counts(grouped) == [("acme", 1), ("bolt", 1)]
    assert [check.text for check in grouped.checks] == ["Every user names one of the accounts (company)."]
    plan = grouped.query("EXPLAIN SELECT count(*) FROM events").rows[0][1]
    assert "JOIN" not in plan


def test_a_property_nobody_fills_is_refused():
    with pytest.raises(SettingError, match="No event names an account: 'company' is empty in all 1 events"):
        events([("ann", "visit", "2026-06-02T10:00", None, "ios")]).grouped("company")
    with pytest.raises(SettingError, match="Did you mean 'company'"):
        events().grouped("compny")


def test_a_table_says_which_account_a_user_is_of(tmp_path):
    path = tmp_path / "members.csv"
    path.write_text("user_id,workspace_id\nann,acme\nbob,acme\nbob,acme\ndan,bolt\nzoe,bolt\n,bolt\nmax,\n")
    accounts = load_accounts(path)
    ledger = accounts.origin.ledger
    assert (ledger.read, ledger.kept) == (7, 4)
    assert {why: count for why, count in ledger.dropped.items() if count} == {
        "no user": 1,
        "no account": 1,
        "duplicate": 1,
    }
    grouped = events().grouped(accounts)
    # ann's three and bob's two; dan's one; eve is in no account.
    assert counts(grouped) == [("acme", 5), ("bolt", 1)]
    assert any(check.text.startswith("1 of 7 events are of 1 users who are in none") for check in grouped.checks)
    assert any(check.text.startswith("2 of 7 rows name no user") for check in grouped.checks)


def test_of_several_accounts_the_one_joined_last_counts():
    frame = pa.table(
        {
            "user_id": ["ann", "ann", "bob", "bob", "dan"],
            "account_id": ["acme", "bolt", "bolt", "acme", "acme"],
            "since": ["2026-01-01", "2026-02-01", "2026-03-01", "2026-01-01", None],
        }
    )
    accounts = load_accounts(frame)
    assert [tuple(row) for row in accounts.query("FROM accounts ORDER BY user_id")] == [
        ("ann", "bolt"),
        ("bob", "bolt"),
        ("dan", "acme"),
    ]
    assert accounts.origin.ledger.dropped["an earlier account"] == 2


def test_users_in_several_accounts_at_once_are_set_aside_and_many_are_refused():
    users = [f"u{number}" for number in range(30)]
    frame = pa.table({"user": [*users, "u0"], "team": [f"t{number % 3}" for number in range(30)] + ["t1"]})
    accounts = load_accounts(frame)
    assert accounts.query("SELECT count(*) AS n FROM accounts").one().n == 29
    assert [check.text for check in accounts.checks if not check.ok] == [
        "1 users are in several accounts at once; they do not count."
    ]
    both = pa.table({"user": ["a", "a", "b"], "team": ["x", "y", "x"]})
    with pytest.raises(InputError, match=r"1 of 2 users of frame are in several accounts.*such as a in x and y"):
        load_accounts(both)


def test_a_table_of_other_users_is_refused():
    accounts = load_accounts(pa.table({"user": ["x1", "x2"], "team": ["a", "b"]}))
    with pytest.raises(SettingError, match="The events have users such as 'ann', frame such as 'x1'"):
        events().grouped(accounts)


def test_two_tables_over_the_same_events_do_not_mix():
    base = events()
    one = base.grouped(load_accounts(pa.table({"user": ["ann", "bob"], "team": ["x", "y"]})))
    two = base.grouped(load_accounts(pa.table({"user": ["ann", "bob"], "team": ["z", "z"]})))
    assert counts(one) == [("x", 3), ("y", 2)]
    assert counts(two) == [("z", 5)]
    assert counts(base) == [("ann", 3), ("bob", 2), ("dan", 1), ("eve", 1)]


def test_accounts_of_few_users_are_refused():
    # Of ann, bob, dan and eve only ann is known: three users, four of the seven events, are of no account.
    few = load_accounts(pa.table({"user": ["ann", "zoe"], "team": ["x", "y"]}))
    with pytest.raises(SettingError, match=r"3 of 4 users \(4 of 7 events\) are in none of the acc.*'bob'"):
        events().grouped(few)
    rows = [("ann", "visit", "2026-06-02T10:00", "acme", "ios")]
    rows += [(user, "visit", "2026-06-02T10:00", None, "ios") for user in ("bob", "dan")]
    # Of visitors many are of no company: that is said, and the others count.
    grouped = events(rows).grouped("company")
    assert counts(grouped) == [("acme", 1)]
    assert [check.ok for check in grouped.checks] == [False]
