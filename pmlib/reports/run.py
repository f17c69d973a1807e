"""A run from pack to pages: check, execute, render, publish, record."""

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Protocol

from pmlib.core import InputError, PmlibError
from pmlib.reports.packs.plan import Plan
from pmlib.reports.pages.index import index
from pmlib.reports.pages.page import Frame, page
from pmlib.reports.runs import records
from pmlib.reports.runs.outcome import Outcome
from pmlib.reports.runs.runner import run_jobs
from pmlib.reports.writing import PublishError, publish, writable

GOOD, FAILED, USAGE, LOCKED, STALE = range(5)
"""Exit codes: all good; a report failed; wrong usage or pack; another run holds the lock; data too old."""


class Watch(Protocol):
    """Shows the progress of a run."""

    def __call__(self, report: str, cell: int, state: str, /) -> None:
        """Show that a report has reached a cell or a state."""
        ...


@dataclass(frozen=True)
class Result:
    """What a run came to."""

    outcomes: tuple[Outcome, ...]
    index: Path
    problem: str = ""

    @property
    def code(self) -> int:
        """The exit code: a failed report weighs more than old data."""
        states = {one.state for one in self.outcomes}
        if self.problem or states - {"success", "stale"}:
            return FAILED
        return STALE if "stale" in states else GOOD


def run(plan: Plan, *, at_once: int | None, watch: Callable[[Plan], AbstractContextManager[Watch]]) -> Result:
    """Make the reports of a plan and publish them.

    Raises
    ------
    PublishError
        If the output folder takes no files; nothing is run then.
    LockedError
        If another run is writing to it.
    """
    writable(plan.out)
    if all(job.refused for job in plan.jobs) and not (plan.out / "index.html").is_file():
        # With an index its readers must learn of it; without one this is somebody trying a pack.
        raise InputError(plan.jobs[0].refused)
    with records.locked(plan.out):
        began = datetime.now(UTC)
        folder = records.begin(plan)
        outcomes: list[Outcome] = []
        try:
            with watch(plan) as progress:
                jobs = [job for job in plan.jobs if not job.refused]
                at_once = at_once or max(1, min(len(jobs), os.cpu_count() or 1))
                ran = run_jobs(jobs, folder, at_once=at_once, progress=progress)
                skipped = [Outcome(job, "skipped", job.refused) for job in plan.jobs if job.refused]
                outcomes = [*ran, *skipped]
        except KeyboardInterrupt:
            records.write(folder / "run.json", records.record(plan, [], folder.name, began, "cancelled"))
            raise
        outcomes = [aged(one, plan.reference) for one in outcomes]
        pages, outcomes = rendered(outcomes, plan)
        state = "failed" if any(not one.good for one in outcomes) else "success"
        record = records.record(plan, outcomes, folder.name, began, state)
        published = plan.out / plan.as_of.isoformat() / "run.json"
        files = pages | {published: records.public([*records.history(plan.out), record], plan.as_of)}
        files[plan.out / "index.html"] = index([*records.history(plan.out), record])
        problem = ""
        try:
            publish(files)
        except PublishError as error:
            problem = str(error)
            outcomes = [replace(one, state="failed", why=f"It was made but not published: {error}") for one in outcomes]
            record = records.record(plan, outcomes, folder.name, began, "failed")
        records.write(folder / "run.json", record)
        return Result(tuple(outcomes), plan.out / "index.html", problem)


def aged(outcome: Outcome, reference: date) -> Outcome:
    """Mark a report whose data lag behind further than its pack allows."""
    job = outcome.job
    if outcome.state != "success" or job.asks.max_age_days is None or job.through is None:
        return outcome
    age = (reference - job.through).days
    if age <= job.asks.max_age_days:
        return outcome
    why = f"Data end on {job.through}, {age} days before {reference}; the pack allows {job.asks.max_age_days}."
    return replace(outcome, state="stale", why=why)


def rendered(outcomes: Sequence[Outcome], plan: Plan) -> tuple[dict[Path, bytes], list[Outcome]]:
    """Render the pages of the good reports; one that cannot be rendered has failed, the others go on."""
    frame = Frame(plan.title, plan.as_of)
    pages: dict[Path, bytes] = {}
    after: list[Outcome] = []
    for one in outcomes:
        try:
            if one.good:
                pages[plan.out / plan.as_of.isoformat() / f"{one.job.id}.html"] = page(one, frame)
            after.append(one)
        except (PmlibError, KeyError, TypeError, ValueError) as error:
            why = f"Its page cannot be rendered ({type(error).__name__}: {error}). Show findings, charts and tables."
            after.append(replace(one, state="failed", why=why))
    return pages, after


def summary(result: Result) -> list[dict[str, Any]]:
    """Return a line a report for the command line."""
    return [
        {"id": one.job.id, "state": one.state, "text": one.headline if one.good else one.why, "seconds": one.seconds}
        for one in result.outcomes
    ]
