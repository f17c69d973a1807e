"""A run from pack to pages: check, execute, render, publish, record."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from enum import IntEnum
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from pmlib.core import InputError, PmlibError
from pmlib.reports.delivery.telling import Delivered, tell
from pmlib.reports.leaves import WEEK_START, Pages, Readers, folder_of, pages, readers
from pmlib.reports.packs.plan import Plan
from pmlib.reports.pages.audiences import index_entry
from pmlib.reports.pages.gates import gates, misled, stale
from pmlib.reports.pages.index import hub, index
from pmlib.reports.runs import records, resume, retention
from pmlib.reports.runs.outcome import Outcome, thin
from pmlib.reports.runs.runner import Stopped, run_jobs
from pmlib.reports.runs.warm import Warm
from pmlib.reports.writing import PublishError, publish, put, said, swept, writable

Json = dict[str, Any]


class Exit(IntEnum):
    """Exit codes: all good; a report failed; wrong usage or pack; another run holds the lock; data too old or few."""

    GOOD, FAILED, USAGE, LOCKED, STALE = range(5)


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
    as_of: date
    problem: str = ""
    continued: str = ""
    """What was taken over from a run that broke off, in a sentence."""
    delivered: tuple[Delivered, ...] = ()
    """Who was told of it."""
    said: Mapping[str, str] = field(default_factory=dict)
    """What the page of each good report says first; the words of a gate where one failed."""
    failing: frozenset[str] = frozenset()
    """The reports that arrived though their data are not what the pack asks for."""

    @property
    def thin(self) -> frozenset[str]:
        """The reports whose data were too few to answer any of their questions."""
        return frozenset(one.job.id for one in self.outcomes if thin(one.state, self.said.get(one.job.id, "")))

    @property
    def code(self) -> int:
        """The exit code: a failed report weighs more than old data, or too few."""
        if self.problem or any(one.failed for one in self.outcomes):
            return Exit.FAILED
        stale = any(one.state == "stale" for one in self.outcomes)
        return Exit.STALE if stale or self.failing or self.thin else Exit.GOOD


def silent(words: str) -> None:
    """Say nothing."""


def run(
    plan: Plan,
    *,
    at_once: int | None,
    watch: Callable[[Plan], AbstractContextManager[Watch]],
    say: Callable[[str], None] = silent,
    warm: Warm | None = None,
) -> Result:
    """Make the reports of a plan and publish them; a run of the same day that broke off is continued.

    Parameters
    ----------
    at_once
        How many reports run at the same time; as many as there are processors where ``None``.
    watch
        Shows the progress.
    say
        Told, before anything is executed, what is taken over from a run that broke off, and at the end that telling of
        the run was stopped.
    warm
        Where reports find everything imported; without it each imports for itself.

    Raises
    ------
    PublishError
        If the output folder or ``.pmlib`` beside it takes no files; nothing is run then.
    LockedError
        If another run is writing to it.
    """
    writable(plan.out)
    if all(job.refused for job in plan.jobs) and not (plan.out / "index.html").is_file():
        # With an index its readers must learn of it; without one this is somebody trying a pack.
        raise InputError(plan.jobs[0].refused)
    # Wrong rules or a roster that cannot be read are said before an hour of computing.
    who = readers(plan)
    plan = led(plan)
    with records.locked(plan.out):
        swept(plan.out)
        records.bury(plan.out)
        earlier = resume.broken(plan.out, plan.as_of)
        opened = records.begin(plan, resume.stamps(plan.jobs))
        with ending(plan, opened):
            taken = resume.taken(plan, opened.stamps, earlier, opened)
            if taken.words:
                say(taken.words)
            made = executed(plan, opened, taken, at_once=at_once, watch=watch, warm=warm)
            out = published(plan, who, opened, made)
        # From here on the pages are out, and whatever happens is no error of the run.
        problem = out.problem
        fault = noted(opened, out.record)
        if fault and not problem:
            problem = f"The pages are published, but their run is not recorded: {fault}"
        delivered: list[Delivered] = []
        try:
            if not problem:
                retention.remove(plan.out, out.history, out.gone)
            delivered = tell(plan, out.record, changes=out.changes)
        except KeyboardInterrupt:
            say("Telling of this run was stopped.")
        if delivered:
            noted(opened, out.record | {"delivery": [one.as_json() for one in delivered]})
        index = plan.out / "index.html"
        return Result(
            out.outcomes,
            index,
            plan.as_of,
            problem,
            continued=taken.words,
            delivered=tuple(delivered),
            said=out.said,
            failing=out.failing,
        )


def led(plan: Plan) -> Plan:
    """Keep a run to the day of the pages that are there, where no events of its own say which day it is.

    Without its events a run would be filed under another week, because they are missing or were not asked for.
    """
    if plan.led:
        return plan
    days = [one["as_of"] for one in records.history(plan.out)]
    newest = date.fromisoformat(max(days)) if days else plan.as_of
    if any(job.through for job in plan.jobs):
        return replace(plan, as_of=max(newest, plan.as_of))
    # What has no dates at all, such as an experiment alone, is of the day it is run.
    astray = "only" in plan.asked or any(job.refused for job in plan.jobs)
    return replace(plan, as_of=newest) if astray else plan


@contextmanager
def ending(plan: Plan, opened: records.Run) -> Iterator[None]:
    """Record how a run ended that did not come to its pages, whatever broke it off."""
    ended = False
    try:
        yield
        ended = True
    except KeyboardInterrupt as stop:
        noted(opened, opened.record("cancelled", stop.outcomes if isinstance(stop, Stopped) else ()))
        ended = True
        raise
    except (PmlibError, OSError) as error:
        fault = error if isinstance(error, PmlibError) else PublishError(f"{said(error, opened.folder)}.")
        noted(opened, opened.record("failed", [Outcome(job, "failed", str(fault)) for job in plan.jobs]))
        ended = True
        raise fault from error
    finally:
        if not ended:
            why = f"The run broke off ({type(sys.exception()).__name__}); run it again."
            noted(opened, opened.record("failed", [Outcome(job, "failed", why) for job in plan.jobs]))


def executed(
    plan: Plan,
    opened: records.Run,
    taken: resume.Taken,
    *,
    at_once: int | None,
    watch: Callable[[Plan], AbstractContextManager[Watch]],
    warm: Warm | None,
) -> list[Outcome]:
    """Execute what is not taken over and can be run; return the outcomes of all, in the order of the plan."""
    done = dict(taken.outcomes)
    done |= {job.id: Outcome(job, "skipped", job.refused) for job in plan.jobs if job.refused}
    jobs = [job for job in plan.jobs if job.id not in done]
    with watch(plan) as progress:
        for one in taken.outcomes.values():
            progress(one.job.id, 0, one.state)
        if jobs:
            at_once = at_once or max(1, min(len(jobs), os.cpu_count() or 1))
            ran = run_jobs(jobs, opened.folder, at_once=at_once, progress=progress, warm=warm)
            done |= {one.job.id: one for one in ran}
    return [aged(done[job.id], plan.reference) for job in plan.jobs]


@dataclass(frozen=True)
class Published:
    """What publishing came to: the last record of the run, and what follows from it."""

    outcomes: tuple[Outcome, ...]
    record: Json
    history: tuple[Json, ...]
    problem: str = ""
    gone: frozenset[retention.Page] = frozenset()
    changes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)
    failing: frozenset[str] = frozenset()


def published(plan: Plan, who: Readers, opened: records.Run, outcomes: Sequence[Outcome]) -> Published:
    """Render and publish; the record of the run is for the caller to write when its pages are there."""
    before = records.history(plan.out)
    made = Pages()
    try:
        made = pages(outcomes, plan, who, before)
        for report, facts in made.facts.items():
            put(opened.folder / report / "facts.json", json.dumps(facts, ensure_ascii=False).encode())
        files, outcomes = made.files, made.outcomes
        state = "failed" if any(one.failed for one in outcomes) else "success"
        # Its pages are its own first: what is good, and what is retired, is decided by them.
        record = opened.record(state, outcomes, made.extras, retention.prints(files, plan.out))
        history = (*before, record)
        gone = retention.retired(history, plan.pack.keep_weeks)
        day = {plan.out / plan.as_of.isoformat() / "run.json": records.public(history, plan.as_of)}
        record["files"] |= retention.prints(day, plan.out)
        publish(files | day | indexes(plan, who, history, files, gone))
    except PublishError as error:
        outcomes = [unpublished(one, str(error)) for one in outcomes]
        record = opened.record("failed", outcomes)
        return Published(tuple(outcomes), record, (*before, record), str(error), changes=made.changes)
    said = {name: facts["sentence"] for name, facts in made.facts.items()}
    failing = frozenset(name for name, facts in made.facts.items() if misled(facts))
    return Published(tuple(outcomes), record, history, "", gone, made.changes, said, failing)


def noted(opened: records.Run, record: Json) -> str:
    """Write the record of a run that has ended; return why it could not be written, or ``""``.

    A run without its last record counts as killed from the next run on, which takes over what it had made.
    """
    try:
        opened.note(record)
    except PublishError as error:
        return str(error)
    return ""


def unpublished(outcome: Outcome, problem: str) -> Outcome:
    """Return the outcome of a report whose page was made and could not be published."""
    if not outcome.good:
        return outcome
    return replace(outcome, state="failed", why=f"It was made but not published: {problem}")


def aged(outcome: Outcome, reference: date) -> Outcome:
    """Mark a report whose data lag behind further than its pack allows."""
    if outcome.state != "success":
        return outcome
    try:
        why = stale(gates(outcome.job, reference, str(outcome.job.parameters.get("week_start") or WEEK_START)))
    except PmlibError:
        # Its page says what is wrong with its week, and fails alone.
        return outcome
    return replace(outcome, state="stale", why=why) if why else outcome


def indexes(
    plan: Plan, who: Readers, history: Sequence[Json], files: dict[Path, bytes], gone: frozenset[retention.Page]
) -> dict[Path, bytes]:
    """Render an index for each audience over all runs; it links to pages that are there or come with ``files``."""
    made: dict[Path, bytes] = {}
    for rule in who.rules:
        folder = folder_of(plan, rule)

        def there(path: str, folder: Path = folder) -> bool:
            page = folder / PurePosixPath(path)
            return retention.is_there(path, gone) and (page in files or page.is_file())

        shown = [one | {"reports": [index_entry(each, rule) for each in one["reports"]]} for one in history]
        made[folder / "index.html"] = index(shown, there=there, audience=rule.name)
    if plan.pack.audiences:
        made[plan.out / "index.html"] = hub(plan.title, [(rule.name, rule.who) for rule in who.rules])
    return made
