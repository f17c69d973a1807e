"""A process that runs a pack whenever its rival does."""

import os
from datetime import date, timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

from pmlib.reports.packs.plan import Wishes, plan
from pmlib.reports.run import run
from pmlib.reports.runs.records import LockedError
from pmlib.reports.runs.warm import Warm
from tests.reports.runs.ledgers import quiet

FIRST = date(2026, 10, 1)


def race(name: str, rounds: int, path: Path, start: Barrier, told: "Queue[tuple[int, str, int, str]]") -> None:
    """Run a pack at the same moment as the rival, a day further each time, and tell how that went.

    What is told is the round, the name, the process, and ``"good"`` or why the run was refused. The winner looks at
    what it published before the next round starts.
    """
    out = path.parent / "reports"
    with Warm() as warm:
        for number in range(rounds):
            day = FIRST + timedelta(days=number)
            wishes = Wishes(day.isoformat(), out, parameters={"name": f"{name}-{number}"})
            wanted = plan(path, wishes, date(2026, 11, 23))
            start.wait(300)
            try:
                result = run(wanted, at_once=1, watch=quiet, warm=warm)
            except LockedError as error:
                told.put((number, name, os.getpid(), str(error)))
                continue
            page = (out / day.isoformat() / "good.html").read_text()
            mine = f"{name}-{number}" in page and f"{day}/good.html" in (out / "index.html").read_text()
            said = "good" if result.code == 0 and mine else f"wrong: {result}"
            told.put((number, name, os.getpid(), said))
