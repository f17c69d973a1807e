"""From the records of runs to mails and posts, each told once; a dead server changes nothing."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import CliRunner

from pmlib.cli.sending import overdue as command
from pmlib.core import SettingError
from pmlib.reports.delivery.overdue import awaited, came_late, due, overdue, watched
from pmlib.reports.delivery.telling import Delivered, tell
from pmlib.reports.packs.pack import load_pack
from pmlib.reports.packs.plan import Plan
from pmlib.reports.packs.settings import Schedule
from pmlib.reports.runs import records
from tests.reports.delivery.posts import SECRET, Kept, entry, free, heard, record, smtp
from tests.reports.delivery.test_mail import never
from tests.reports.toys import write

SETTINGS = """
title = "Weekly review"
max_age_days = 7
[mail]
to = ["ada@example.org"]
sender = "reports@example.org"
server = "env:SMTP_URL"
[webhook]
url = "env:HOOK"
on = ["failure", "recovery", "missing"]
[schedule]
day = "monday"
time = "06:00"
timezone = "Europe/Berlin"
[[report]]
notebook = "good.ipynb"
id = "trends"
title = "Trends"
"""
# Slots of Mondays 06:00 in Berlin.
FIRST, SECOND, THIRD = (datetime(2026, 11, day, 5, tzinfo=UTC) for day in (9, 16, 23))
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def team(tmp_path, monkeypatch):
    """A team's folder with a pack, and how its runs are put there and told."""
    write(tmp_path, "good")
    (tmp_path / "weekly.toml").write_text(SETTINGS)
    monkeypatch.setenv("SMTP_URL", f"smtp://ada:{SECRET}@localhost:{free()}")
    monkeypatch.setenv("HOOK", f"http://localhost:{free()}/{SECRET}")
    return Team(tmp_path)


class Team:
    def __init__(self, folder) -> None:
        self.folder, self.pack, self.out = folder, folder / "weekly.toml", (folder / "reports").resolve()

    def ran(self, began: datetime, *reports, **more):
        """Put the record of a run that ended into the ledger."""
        day = (began.date() - timedelta(days=1)).isoformat()
        reports = [one | {"through": day} for one in reports or (entry("trends"),)]
        name = f"{began:%Y%m%dT%H%M%S}-{len(list(self.out.parent.glob('.pmlib/runs/*')))}"
        made = record(*reports, day=day, run=name, began=began.isoformat(), out=self.out.name, **more)
        path = records.folder_of(self.out, made) / "run.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(made))
        return made

    def tell(self, made, pause=never) -> list[Delivered]:
        pack, base = load_pack(self.pack)
        plan = Plan(pack, base, (), date.fromisoformat(made["as_of"]), self.out, date(2026, 11, 23))
        return tell(plan, made, pause=pause)

    def overdue(self, now: datetime):
        return overdue(watched(self.pack), now)


@pytest.fixture
def servers(monkeypatch):
    """A mail server and a webhook's server that work."""
    kept = Kept()
    with smtp(kept) as port, heard() as hook:
        monkeypatch.setenv("SMTP_URL", f"smtp://localhost:{port}")
        monkeypatch.setenv("HOOK", f"http://localhost:{hook.server_port}/x")
        yield kept, hook


def test_success_failure_and_recovery_reach_who_asked_for_them(team, servers):
    kept, hook = servers
    team.tell(team.ran(FIRST))
    team.tell(team.ran(SECOND, entry("trends", "failed")))
    team.tell(team.ran(THIRD))
    assert [mail["Subject"] for mail in kept.mails] == [
        "Weekly review: the report arrived",
        "Weekly review: 1 report, 1 failed",
        "Weekly review: the report arrived, Trends is back",
    ]
    assert [post["text"].splitlines()[0] for post in hook.posts] == [
        "Weekly review: 1 report, 1 failed",
        "Weekly review: the report arrived, Trends is back",
    ]


def test_facts_of_the_run_give_cards_and_changes(team, servers):
    kept, _ = servers
    made = team.ran(FIRST)
    card = {"name": "Users", "value": "46.3k", "change": "▲ +2.6%", "tone": "good"}
    facts = records.folder_of(team.out, made) / "trends" / "facts.json"
    facts.parent.mkdir()
    facts.write_text(json.dumps({"cards": [card], "findings": []}))
    team.tell(made)
    assert "Users: 46.3k ▲ +2.6%" in kept.mails[0].get_body(("plain",)).get_content()


def test_a_slot_tells_once(team, servers):
    kept, _ = servers
    assert [one.state for one in team.tell(team.ran(FIRST))] == ["sent"]
    # Resumed, or run again by hand: nothing new. Failed now, and well again: both are new.
    assert [one.state for one in team.tell(team.ran(FIRST + HOUR))] == ["told before"]
    assert len(kept.mails) == 1
    for state in ("failed", "success", "failed"):
        team.tell(team.ran(FIRST + 2 * HOUR, entry("trends", state)))
    assert len(kept.mails) == 4
    # The next slot tells anew, though the data, and so the day, have not moved.
    stale = [entry("trends", "stale", why="Data end on 8 Nov 2026.")]
    team.tell(team.ran(SECOND, *stale, as_of="2026-11-08"))
    team.tell(team.ran(THIRD, *stale, as_of="2026-11-08"))
    assert [mail["Subject"] for mail in kept.mails[4:]] == ["Weekly review: 1 report, 1 with old data"] * 2


@pytest.mark.parametrize(
    ("more", "told"),
    [({"asked": ["as_of"]}, 0), ({"asked": ["backfill"]}, 0), ({"asked": ["only"]}, 1), ({"asked": []}, 1)],
)
def test_who_tries_something_tells_nobody(team, servers, more, told):
    team.tell(team.ran(FIRST, **more))
    assert len(servers[0].mails) == told


def test_a_dead_server_is_a_line_and_no_error_and_the_next_run_tries_again(team, servers, monkeypatch):
    kept, hook = servers
    waits: list[float] = []
    good = f"http://localhost:{hook.server_port}/x"
    monkeypatch.setenv("HOOK", f"http://localhost:{free()}/{SECRET}")
    made = team.ran(FIRST, entry("trends", "failed"))
    done = team.tell(made, waits.append)
    assert [(one.channel, one.state) for one in done] == [("mail", "sent"), ("webhook", "failed")]
    assert done[1].words == (
        "The webhook's message was not sent: The webhook's server cannot be reached: Connection refused. "
        "(tried 3 times)"
    )
    assert SECRET not in json.dumps([one.as_json() for one in done])
    assert sum(waits) < 15
    monkeypatch.setenv("HOOK", good)
    assert [one.state for one in team.tell(made)] == ["told before", "sent"]
    assert (len(kept.mails), len(hook.posts)) == (1, 1)
    monkeypatch.delenv("SMTP_URL")
    failed = team.tell(team.ran(SECOND))[0]
    assert (
        failed.words == "Mail was not sent: The variable SMTP_URL is not set; it holds the address of the mail server."
    )


def test_no_address_or_password_is_kept_in_any_file(team):
    team.tell(team.ran(FIRST, entry("trends", "failed")), lambda seconds: None)
    for path in team.folder.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes()


# The state of the run at the second slot, what it was asked for, and whether it stands for the slot.
@pytest.mark.parametrize(
    ("began", "more", "stands"),
    [
        (SECOND, {}, True),
        (SECOND + 3 * HOUR, {}, True),
        (SECOND - MINUTE, {}, False),
        (SECOND + MINUTE, {"state": "failed"}, True),
        (SECOND + MINUTE, {"state": "killed"}, False),
        (SECOND + MINUTE, {"state": "cancelled"}, False),
        (SECOND + MINUTE, {"state": "running", "ended": None, "started": 0.0}, False),
        (SECOND + MINUTE, {"asked": ["backfill"]}, False),
        (SECOND + MINUTE, {"asked": ["only"]}, False),
    ],
)
def test_a_run_is_due_once_a_slot(team, began, more, stands):
    team.ran(FIRST)
    team.ran(began, **more)
    found = watched(team.pack)
    assert due(found.runs, found.schedule, SECOND - MINUTE) is False
    assert due(found.runs, found.schedule, THIRD - MINUTE) is not stands
    assert due(found.runs, found.schedule, THIRD) is True


def test_when_the_next_run_is_due_is_said(team):
    assert awaited(team.pack, None, FIRST) == ""
    team.ran(FIRST)
    assert "the next run is due on Mon 16 Nov 2026, 06:00 (Europe/Berlin)" in awaited(team.pack, None, FIRST + HOUR)
    assert awaited(team.pack, team.folder / "elsewhere", FIRST + HOUR) == ""
    team.pack.write_text('[[report]]\nnotebook = "good.ipynb"')
    with pytest.raises(SettingError, match=r"Add \[schedule\]"):
        awaited(team.pack, None, FIRST)


def test_a_run_that_did_not_come_is_told_once_when_its_grace_is_over(team, servers):
    kept, hook = servers
    team.ran(FIRST)
    assert team.overdue(SECOND + 119 * MINUTE) is None
    found = team.overdue(SECOND + 120 * MINUTE)
    assert found.note == "The run of Mon 16 Nov 2026, 06:00 (Europe/Berlin) has not come."
    team.ran(SECOND + 3 * HOUR)
    assert team.overdue(SECOND + 4 * HOUR) is None
    assert not kept.mails
    assert not hook.posts


def test_a_report_older_than_allowed_is_told_though_the_run_came(team):
    team.ran(FIRST)
    team.ran(SECOND, entry("trends", "failed"))
    # Good at the first slot, its data end a day before: eight days at the second, where seven are allowed.
    found = team.overdue(SECOND + 3 * HOUR)
    assert [(one.id, one.why) for one in found.items] == [
        ("trends", "Its data end on 8 Nov 2026, 8 days before the run; the pack allows 7.")
    ]
    assert found.subject == "Weekly review: 1 report older than allowed"
    # What a stopped run made and did not publish is no page.
    team.ran(SECOND + HOUR, state="cancelled", files={})
    assert [one.id for one in team.overdue(SECOND + 3 * HOUR).items] == ["trends"]
    # Between two slots nothing ages: it was good when it was due.
    assert team.overdue(SECOND - MINUTE) is None
    (team.pack).write_text(SETTINGS.replace("max_age_days = 7", "max_age_days = 8"))
    assert team.overdue(SECOND + 3 * HOUR) is None


def test_the_command_says_tells_and_exits(team, servers):
    kept, hook = servers
    for _ in range(2):
        result = CliRunner().invoke(command, [str(team.pack)])
        assert result.exit_code == 1
        assert "has not come." in result.output
        assert "Trends: There is no good page of it yet." in result.output
        assert SECRET not in result.output
    assert (len(kept.mails), len(hook.posts)) == (1, 1)
    assert "has not come" in kept.mails[0]["Subject"]
    team.ran(datetime.now(UTC))
    result = CliRunner().invoke(command, [str(team.pack)])
    assert result.exit_code == 0
    assert result.output.startswith("All is there; the next run is due on Mon ")


def test_a_run_that_was_given_up_and_came_is_a_recovery(team, servers):
    kept, _ = servers
    first = team.ran(FIRST)
    schedule = Schedule(day="monday", time="06:00", timezone="Europe/Berlin")
    assert came_late(schedule, SECOND + HOUR, [first]) == ""
    team.tell(team.ran(SECOND + 3 * HOUR))
    assert "The run of Mon 16 Nov 2026, 06:00 (Europe/Berlin) came late." in str(kept.mails[0].get_body(("plain",)))
    second = team.ran(SECOND + 4 * HOUR)
    assert came_late(schedule, SECOND + 5 * HOUR, [first, second]) == ""
