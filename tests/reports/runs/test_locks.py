"""Runs that meet, and readers that come while pages are replaced."""

import json
import multiprocessing
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from pmlib.reports.runs import records
from tests.reports.runs.racing import race
from tests.reports.toys import pack

ROUNDS, LOADS = 20, 1000


def loaded(out: Path) -> int:
    """Load the index and all it links to as a reader does; return how many pages were there, all of them whole."""
    if not (out / "index.html").exists():
        return 0
    text = (out / "index.html").read_text()
    assert text.rstrip().endswith("</html>")
    links = set(re.findall(r'href="([^"#]+\.html)"', text))
    for link in links:
        with (out / link).open("rb") as file:
            file.seek(-20, 2)
            assert file.read().rstrip().endswith(b"</html>")
    return len(links)


def test_two_runs_at_once_and_a_reader_twenty_times(tmp_path):
    path = pack(tmp_path, "good")
    out = tmp_path / "reports"
    context = multiprocessing.get_context("spawn")
    start, told = context.Barrier(2), context.Queue()
    racers = [context.Process(target=race, args=(name, ROUNDS, path, start, told)) for name in "ab"]
    for one in racers:
        one.start()
    loads, seen, said = 0, [], []
    while any(one.is_alive() for one in racers) or loads < LOADS:
        seen.append(loaded(out))
        loads += 1
        # A queue that is not emptied keeps its process alive.
        while not told.empty():
            said.append(told.get())
        time.sleep(0.005)
    for one in racers:
        one.join()
        assert one.exitcode == 0
    while not told.empty():
        said.append(told.get())
    assert len(said) == 2 * ROUNDS
    won = [one for one in said if one[3] == "good"]
    lost = [one for one in said if one[3] != "good"]
    # Each round has a winner; the other was refused, and told by whom and since when.
    assert {number for number, *_ in won} == set(range(ROUNDS))
    assert lost
    pids = {name: pid for _, name, pid, _ in said}
    for _, name, _, words in lost:
        rival = pids["b" if name == "a" else "a"]
        assert re.search(rf"^Another run is writing to .*\(process {rival}, since \d+ \w+ \d\d:\d\d\)", words)
    # Nothing lost, nothing mixed: a record and a folder for each run that won, made by it alone.
    ended = records.history(out)
    assert [one["state"] for one in ended] == ["success"] * len(won)
    assert Counter(made_by(tmp_path, one) for one in ended) == Counter(f"{name}-{n}" for n, name, *_ in won)
    assert seen[-1] == ROUNDS
    assert seen == sorted(seen)


def made_by(folder: Path, record: dict) -> str:
    """Return the name that a run's report was made with."""
    place = folder / ".pmlib/runs" / record["run"] / "good"
    name = json.loads((place / "job.json").read_text())["parameters"]["name"]
    assert f"'{name}'" in json.dumps(json.loads((place / "executed.ipynb").read_text())).replace('\\"', "'")
    return name


def test_who_holds_the_lock_is_never_one_who_died(tmp_path):
    out = tmp_path / "reports"
    (tmp_path / ".pmlib").mkdir()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / ".pmlib/reports.lock").write_text(f"process {gone.pid}, since 1 Nov 06:00")
    with records.locked(out):
        assert "Another run" in refused(out)
        assert f"process {gone.pid}," not in refused(out)
    # Freed by the one who held it, and by the end of one who did not free it.
    with records.locked(out):
        pass
    assert (tmp_path / ".pmlib/reports.lock").read_text() == ""


def refused(out: Path) -> str:
    with pytest.raises(records.LockedError) as error, records.locked(out):
        pass
    return str(error.value)
