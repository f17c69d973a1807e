"""However a run breaks off its record says so; once its pages are out nothing makes it a failure."""

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pmlib.core import PmlibError
from pmlib.reports import run as running
from pmlib.reports.delivery import telling
from pmlib.reports.packs.plan import Plan
from pmlib.reports.packs.settings import Asks, Webhook
from pmlib.reports.run import Exit, Result, aged, led, run
from pmlib.reports.runs import records
from pmlib.reports.runs.outcome import Outcome
from pmlib.reports.runs.resume import machinery, stamp
from pmlib.reports.runs.runner import Stopped
from tests.reports.runs.ledgers import executed, kept, plan, quiet
from tests.reports.toys import write

DAY = "2026-11-22"


@pytest.fixture
def ready(tmp_path) -> Plan:
    """Return a plan of a report that a killed run had made, so that nothing has to be executed."""
    out = tmp_path / "reports"
    made = plan(out, DAY, "a")
    write(tmp_path, "good").rename(made.jobs[0].notebook)
    killed = kept(out, 9, DAY, {"a": "killed"}, state="killed")
    killed["reports"][0]["stamp"] = stamp(made.jobs[0], machinery())
    folder = records.folder_of(out, killed)
    (folder / "run.json").write_text(json.dumps(killed))
    executed(folder / "a")
    return replace(
        made, pack=made.pack.model_copy(update={"webhook": Webhook(url="env:HOOK", on=["success", "recovery"])})
    )


def go(made: Plan, said: list[str] | None = None) -> Result:
    return run(made, at_once=1, watch=quiet, say=(said if said is not None else []).append)


def last(made: Plan) -> dict:
    return records.runs(made.out)[-1]


def breaking(error: BaseException):
    def breaks(*args: object, **more: object) -> None:
        raise error

    return breaks


def test_ctrl_c_while_people_are_told_ends_only_that(ready, monkeypatch):
    said: list[str] = []
    monkeypatch.setattr(telling.webhook, "send", breaking(KeyboardInterrupt()))
    result = go(ready, said)
    assert (result.code, result.problem, result.delivered) == (Exit.GOOD, "", ())
    assert said[-1] == "Telling of this run was stopped."
    assert (last(ready)["state"], last(ready)["reports"][0]["state"]) == ("success", "success")
    assert records.published(last(ready), last(ready)["reports"][0])


def test_a_fault_of_the_machine_while_people_are_told_is_no_fault_of_the_run(ready, monkeypatch):
    monkeypatch.setattr(telling.webhook, "send", breaking(OSError(28, "No space left on device", "/srv/secret")))
    result = go(ready)
    assert result.code == Exit.GOOD
    assert [(one.state, one.why) for one in result.delivered] == [("failed", "No space left on device.")]
    assert last(ready)["state"] == "success"
    assert last(ready)["delivery"][0]["why"] == "No space left on device."


@pytest.mark.parametrize(
    ("error", "raised", "state", "why"),
    [
        (KeyboardInterrupt(), KeyboardInterrupt, "cancelled", "The run was stopped before it ended."),
        (OSError(28, "No space left on device"), PmlibError, "failed", "No space left on device"),
        (TypeError("x"), TypeError, "failed", r"The run broke off \(TypeError\); run it again."),
        (SystemExit(1), SystemExit, "failed", r"The run broke off \(SystemExit\)"),
    ],
)
def test_no_run_is_left_running(ready, monkeypatch, error, raised, state, why):
    monkeypatch.setattr(running, "pages", breaking(error))
    with pytest.raises(raised):
        go(ready)
    (entry,) = last(ready)["reports"]
    assert (last(ready)["state"], entry["state"]) == (state, state)
    assert re.search(why, entry["why"])
    assert last(ready)["ended"]
    assert not (ready.out / "index.html").exists()


def test_what_a_stopped_run_had_finished_is_kept_for_the_next_and_shown_to_nobody(ready, monkeypatch):
    kept(ready.out, 1, "2026-11-15", {"a": "success"})
    page = ready.out / "2026-11-15/a.html"
    page.parent.mkdir(parents=True)
    page.write_text("x")
    done = Outcome(ready.jobs[0], "success", notebook=None)
    monkeypatch.setattr(running, "pages", breaking(Stopped([done])))
    with pytest.raises(KeyboardInterrupt):
        go(ready)
    entry = last(ready)["reports"][0]
    assert (entry["state"], entry["headline"], last(ready)["files"]) == ("success", "", {})
    text = running.index(records.history(ready.out)).decode()
    assert "Cancelled: The run was stopped before it ended." in text
    assert "The last good page is of 15 Nov 2026." in text
    assert 'href="2026-11-15/a.html"' in text


def test_a_killed_run_is_on_the_index_with_the_last_good_page(tmp_path):
    out: Path = tmp_path / "reports"
    kept(out, 1, "2026-11-15", {"a": "success"})
    kept(out, 2, DAY, {"a": "running"}, state="running", ended=None, process=2**22 + 1)
    records.bury(out)
    text = running.index(records.history(out)).decode()
    assert "Killed: The run was killed before it ended." in text
    assert "The last good page is of 15 Nov 2026." in text
    assert 'href="2026-11-15/a.html"' in text
    assert f'href="{DAY}/a.html"' not in text


def test_a_week_that_cannot_start_there_fails_its_page_and_not_the_run(tmp_path):
    job = plan(tmp_path / "reports", DAY, "a").jobs[0]
    asks = Asks(whole_week=True, max_age_days=1)
    for start, state in (("sunday", "stale"), ("someday", "success")):
        one = replace(job, asks=asks, parameters={"week_start": start}, through=date(2026, 11, 1))
        assert aged(Outcome(one, "success"), date.fromisoformat(DAY)).state == state


def test_a_run_without_its_events_stays_in_the_week_of_the_pages_that_are_there(tmp_path):
    out = tmp_path / "reports"
    kept(out, 1, "2026-11-15", {"a": "success", "s": "success"})
    lost = replace(plan(out, "2026-11-13", "a", "s"), led=False)
    # Only a survey of 13 Nov can be read, or only the survey was asked for.
    told = replace(lost, jobs=tuple(replace(job, through=date(2026, 11, 13)) for job in lost.jobs))
    assert led(told).as_of == date(2026, 11, 15)
    newer = replace(told, as_of=date(2026, 11, 20))
    assert led(newer).as_of == date(2026, 11, 20), "a survey alone moves on with its own answers"
    # Nothing can be read: the day would be today.
    today = replace(lost, as_of=date(2026, 11, 23))
    unread = replace(today, jobs=tuple(replace(job, refused="cannot be read") for job in lost.jobs))
    assert led(unread).as_of == date(2026, 11, 15)
    assert led(replace(today, asked=("only",))).as_of == date(2026, 11, 15)
    assert led(today).as_of == date(2026, 11, 23), "what has no dates is of the day it is run"
    assert led(replace(lost, as_of=date(2026, 11, 1), led=True)).as_of == date(2026, 11, 1)
    assert led(replace(lost, out=tmp_path / "new")).as_of == lost.as_of
