"""What is known of past runs: which died, which are good, what they found."""

import json
import logging
import os
import subprocess
import sys
from datetime import date

import nbformat
import psutil
import pytest

from pmlib.reports.runs import records
from pmlib.reports.runs.outcome import Outcome
from pmlib.reports.writing import PublishError
from pmlib.show.parts import HEADLINE_MIME
from tests.reports.runs.ledgers import kept, plan

DAY = date(2026, 11, 22)


def states(out) -> list[str]:
    return [one["state"] for one in records.runs(out)]


@pytest.fixture
def other():
    """Start a process that lives on."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield psutil.Process(process.pid)
    process.communicate()


def test_a_run_is_dead_when_its_process_is_gone_or_is_another(tmp_path, other):
    out = tmp_path / "reports"
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    here = {"state": "running", "ended": None}
    kept(out, 1, "2026-11-22", {"a": "running"}, **here, process=gone.pid)
    kept(out, 2, "2026-11-22", {"a": "running"}, **here, process=other.pid, started=other.create_time() - 60)
    kept(out, 3, "2026-11-22", {"a": "running"}, **here, process=other.pid, started=other.create_time())
    kept(out, 4, "2026-11-22", {"a": "running"}, **here, process=os.getpid(), started=psutil.Process().create_time())
    kept(tmp_path / "tries", 5, "2026-11-22", {"a": "running"}, **here, process=gone.pid)
    records.bury(out)
    # The third still runs; the fourth was begun by this process, which now holds the lock.
    assert states(out) == ["killed", "killed", "running", "killed"]
    assert records.runs(out)[0]["reports"][0]["state"] == "killed"
    assert states(tmp_path / "tries") == ["running"]
    # Each ended when it last wrote something, which no clock of the burial tells.
    ended = records.history(out)
    assert [one["state"] for one in ended] == ["killed"] * 3
    assert ended[0]["reports"][0]["why"] == "The run was killed before it ended."


def test_a_killed_run_ended_when_it_last_wrote(tmp_path):
    out = tmp_path / "reports"
    one = kept(out, 1, "2026-11-22", {"a": "running"}, {"a": {}}, state="running", ended=None, process=2**22 + 1)
    folder = records.folder_of(out, one)
    for path, moment in ((folder / "run.json", 1_700_000_000), (folder / "a/facts.json", 1_700_000_060)):
        os.utime(path, (moment, moment))
    records.bury(out)
    assert records.runs(out)[0]["ended"] == "2023-11-14T22:14:20+00:00"


def test_the_record_of_a_run_says_who_runs_it(tmp_path):
    run = records.begin(plan(tmp_path / "reports", "2026-11-22", "a"), {"a": "stamp"})
    (record,) = records.runs(tmp_path / "reports")
    assert (record["state"], record["process"], record["ended"]) == ("running", os.getpid(), None)
    assert record["started"] == psutil.Process().create_time()
    assert record["reports"][0]["stamp"] == "stamp"
    run.note(run.record("cancelled"))
    (record,) = records.history(tmp_path / "reports")
    assert record["reports"][0]["why"] == "The run was stopped before it ended."


def test_the_facts_of_good_runs_are_remembered_one_a_day_the_last_ended(tmp_path):
    out = tmp_path / "reports"
    kept(out, 1, "2026-11-15", {"a": "success"}, {"a": {"n": 1}})
    kept(out, 2, "2026-11-08", {"a": "stale"}, {"a": {"n": 2}})
    kept(out, 3, "2026-11-15", {"a": "success", "b": "success"}, {"a": {"n": 3}, "b": {"n": 30}})
    kept(out, 4, "2026-11-22", {"a": "failed"}, {"a": {"n": 4}})
    kept(out, 5, "2026-11-22", {"a": "running"}, {"a": {"n": 5}}, state="running", ended=None)
    kept(tmp_path / "tries", 6, "2026-11-22", {"a": "success"}, {"a": {"n": 6}})
    found = [one["n"] for one in records.remembered(out, "a")]
    assert found == [2, 3]
    assert [one["n"] for one in records.remembered(out, "a", date(2026, 11, 15))] == [2]
    assert [one["n"] for one in records.remembered(out, "a", last=1)] == [3]
    assert records.remembered(out, "c") == []


def test_what_a_run_made_and_did_not_publish_is_no_page(tmp_path):
    out = tmp_path / "reports"
    good = kept(out, 1, "2026-11-15", {"a": "success"}, {"a": {"n": 1}})
    stopped = kept(
        out, 2, "2026-11-22", {"a": "success", "b": "cancelled"}, {"a": {"n": 2}}, state="cancelled", files={}
    )
    assert [records.published(one, one["reports"][0]) for one in (good, stopped)] == [True, False]
    assert [one["n"] for one in records.remembered(out, "a")] == [1]
    public = json.loads(records.public([good, stopped], DAY))
    assert [one["state"] for one in public["reports"]] == ["cancelled", "cancelled"]
    # One audience's page is enough; a page of another report or day is none.
    for name, is_there in (("x/2026-11-22/a.html", True), ("2026-11-22/aa.html", False), ("2026-11-15/a.html", False)):
        assert records.published(stopped | {"files": {name: "x"}}, stopped["reports"][0]) is is_there


def test_a_headline_is_only_ever_the_one_that_was_masked(tmp_path):
    run = records.begin(plan(tmp_path / "reports", "2026-11-22", "a"))
    cell = nbformat.v4.new_code_cell("x")
    raw = {"sentence": "Ada Lovelace left.", "cards": []}
    cell.outputs = [nbformat.v4.new_output("display_data", {HEADLINE_MIME: raw})]
    made = Outcome(run.plan.jobs[0], "success", notebook=nbformat.v4.new_notebook(cells=[cell]))
    assert made.headline == "Ada Lovelace left."
    told = [run.record("cancelled", [made]), run.record("success", [made], {"a": {"sentence": "[name] left."}})]
    assert [one["reports"][0]["headline"] for one in told] == ["", "[name] left."]
    assert told[0]["reports"][0]["state"] == "success"


def test_a_project_that_is_moved_keeps_its_memory(tmp_path):
    here = tmp_path / "here"
    kept(here / "reports", 1, "2026-11-15", {"a": "success"}, {"a": {"n": 1}})
    run = records.begin(plan(here / "reports", "2026-11-22", "a"))
    run.note(run.record("failed"))
    here.rename(tmp_path / "there")
    assert [one["state"] for one in records.runs(tmp_path / "there/reports")] == ["success", "failed"]
    assert [one["n"] for one in records.remembered(tmp_path / "there/reports", "a")] == [1]
    assert records.runs(tmp_path / "there/tries") == []


@pytest.mark.parametrize("broken", ["", '{"n": 1', "[1]", "\x00\xff", None])
def test_what_cannot_be_read_is_noted_and_left_out(tmp_path, caplog, broken):
    out = tmp_path / "reports"
    kept(out, 1, "2026-11-15", {"a": "success"}, {"a": {"n": 1}})
    newer = kept(out, 2, "2026-11-15", {"a": "success"}, {} if broken is None else {"a": broken})
    other = kept(out, 3, "2026-11-22", {"a": "success"}, {"a": {"n": 3}})
    (out.parent / ".pmlib/runs" / other["run"] / "run.json").write_text(broken or "{}")
    with caplog.at_level(logging.WARNING):
        # The facts of an earlier run of the same day stand in.
        assert [one["n"] for one in records.remembered(out, "a")] == [1]
        records.bury(out)
    assert any(newer["run"] in line and "left out" in line for line in caplog.messages)
    assert any(other["run"] in line and "left out" in line for line in caplog.messages)


def test_a_record_that_names_another_folder_is_left_out(tmp_path, caplog):
    out = tmp_path / "reports"
    one = kept(out, 1, "2026-11-15", {"a": "success"}, {"a": {"n": 1}})
    path = out.parent / ".pmlib/runs" / one["run"] / "run.json"
    path.write_text(json.dumps(one | {"run": "../../elsewhere"}))
    assert records.history(out) == []
    assert "is no record of a run" in caplog.text


def test_two_years_of_twenty_reports_are_read_once(tmp_path, monkeypatch):
    out = tmp_path / "reports"
    card = {"name": "Weekly active users", "value": "1,234", "number": 1234.0, "change": "▲ 2.0% on last week"}
    for week in range(104):
        names = {f"report-{number}": "success" for number in range(20)}
        one = kept(out, week, date.fromordinal(DAY.toordinal() - 7 * week).isoformat(), names)
        one["reports"] = [entry | {"card": card} for entry in one["reports"]]
    reads = []
    real = records.read
    monkeypatch.setattr(records, "read", lambda path: reads.append(path) or real(path))
    ended = records.history(out)
    assert len(ended) == 104
    assert len(reads) == 104
    # With the history at hand only facts are read.
    records.remembered(out, "report-3", last=1, ended=[])
    assert len(reads) == 104


def test_a_ledger_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / ".pmlib").write_text("a file")
    with pytest.raises(PublishError, match=r"Cannot write to .*\.pmlib"), records.locked(tmp_path / "reports"):
        pass
    with pytest.raises(PublishError, match=r"Cannot write to .*\.pmlib"):
        records.begin(plan(tmp_path / "reports", "2026-11-22", "a"))
