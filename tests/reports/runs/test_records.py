"""What is known of past runs: which died, which are good, what they found."""

import json
import logging
import os
import subprocess
import sys
from datetime import date

import psutil
import pytest

from pmlib.reports.runs import records
from pmlib.reports.writing import PublishError
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
    assert records.history(out) == []


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
