"""The runs of past weeks, so that the first report already has a history to compare with."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from pmlib.core import InputError, SettingError
from pmlib.core.periods import Weeks, day_text
from pmlib.reports.packs.parameters import calendar_day
from pmlib.reports.packs.plan import Job, Looks, Plan, Wishes, plan
from pmlib.reports.run import Exit, Result, Watch, run
from pmlib.reports.runs import records
from pmlib.reports.runs.warm import Warm

AS_OF = "as_of"


@dataclass(frozen=True)
class Past:
    """The weeks to make.

    Parameters
    ----------
    days
        The ends of all weeks asked for that the data cover, the oldest first.
    plans
        What is to be run for those that lack a good page, by that day.
    notes
        What was left out and why, a sentence each.
    """

    days: tuple[date, ...]
    plans: dict[date, Plan]
    notes: tuple[str, ...] = ()


@dataclass
class Made:
    """What a backfill came to."""

    results: dict[date, Result] = field(default_factory=dict)

    @property
    def problem(self) -> str:
        """Why pages could not be published, or ``""``."""
        return next((one.problem for one in self.results.values() if one.problem), "")

    @property
    def code(self) -> int:
        """The exit code: that of the worst week."""
        codes = {one.code for one in self.results.values()}
        return next((one for one in (Exit.FAILED, Exit.STALE) if one in codes), Exit.GOOD)


def past(path: Path, wishes: Wishes, since: str, until: str, today: date) -> Past:
    """Plan the runs of past weeks.

    Parameters
    ----------
    wishes
        What the command line adds to the pack; its ``as_of`` is not used.
    since, until
        ISO dates; the first week made is the first that ends on or after ``since``, the last one that had ended when
        ``until`` had passed. ``until=""`` is as far as the data reach.

    Raises
    ------
    SettingError
        If a date is none, is to come, or they are the wrong way round.
    InputError
        If no report can be made for past weeks, or the data cover no whole week in between.
    """
    start = passed(since, "--from", today)
    end = passed(until, "--to", today) if until else today
    if end < start:
        raise SettingError(f"--from {start} is after --to {end}. Swap the two dates.")
    looks: Looks = {}
    whole = plan(path, replace(wishes, as_of="data"), today, looks)
    chosen, notes = able(whole, wishes)
    newest = max((job.through for job in chosen if job.through), default=whole.as_of)
    oldest = min((job.first for job in chosen if job.first), default=start)
    weeks = Weeks(week_start(whole, wishes))
    days = list(ends(weeks, start, min(end, newest)))
    covered = [day for day in days if weeks.of(day).start >= oldest]
    if not covered:
        raise InputError(
            f"No whole week lies between {day_text(start, year=True)} and {day_text(end, year=True)} in the data, "
            f"which run from {day_text(oldest, year=True)} to {day_text(newest, year=True)}. Give other dates."
        )
    if len(covered) < len(days):
        notes.append(
            f"The data begin on {day_text(oldest, year=True)}; the first whole week ends on "
            f"{day_text(covered[0], year=True)}."
        )
    if until and end > newest:
        notes.append(f"The data end on {day_text(newest, year=True)}; no later week is made.")
    plans: dict[date, Plan] = {}
    done = good_pages(whole)
    for day in covered:
        first = weeks.of(day).start
        missing = {
            job.id
            for job in chosen
            if (day.isoformat(), job.id) not in done and (job.first is None or job.first <= first)
        }
        if missing:
            week = plan(path, replace(wishes, as_of=day.isoformat()), today, looks)
            chosen_jobs = tuple(job for job in week.jobs if job.id in missing)
            plans[day] = replace(week, jobs=chosen_jobs, asked=("backfill",))
    return Past(tuple(covered), plans, tuple(notes))


def passed(text: str, name: str, today: date) -> date:
    """Read a date that has passed."""
    day = calendar_day(text, name)
    if day > today:
        raise SettingError(f"{name} is {day}, which is to come. Give a day that has passed.")
    return day


def able(whole: Plan, wishes: Wishes) -> tuple[list[Job], list[str]]:
    """Return the jobs that can be made as of another day, and a sentence for each that cannot."""
    fixed = {one.id for one in whole.pack.report if AS_OF in one.parameters}
    if AS_OF in (wishes.parameters or {}):
        raise SettingError("-p as_of is set by the weeks that are made. Leave it out; give --from and --to.")
    chosen, notes = [], []
    for job in whole.jobs:
        if AS_OF not in job.parameters:
            notes.append(f"{job.id} is left out: its notebook has no parameter as_of, so it knows no past weeks.")
        elif job.id in fixed:
            notes.append(f"{job.id} is left out: the pack sets its as_of.")
        elif job.refused:
            notes.append(f"{job.id} is left out. {job.refused}")
        elif job.rows and job.first is None:
            notes.append(f"{job.id} is left out: nothing in its data tells days, so it knows no past weeks.")
        else:
            chosen.append(job)
    if not chosen:
        raise InputError(f"There is nothing to make for past weeks. {' '.join(notes)}")
    return chosen, notes


def week_start(whole: Plan, wishes: Wishes) -> str:
    """Return the first day of weeks: the command line's, the pack's, else Monday."""
    given = wishes.parameters or {}
    return str(given.get("week_start") or whole.pack.parameters.get("week_start") or "monday")


def ends(weeks: Weeks, start: date, end: date) -> Iterator[date]:
    """Give the last days of the weeks that end from ``start`` to ``end``.

    Examples
    --------
    >>> [day.isoformat() for day in ends(Weeks(), date(2026, 11, 1), date(2026, 11, 21))]
    ['2026-11-01', '2026-11-08', '2026-11-15']
    """
    day = weeks.of(start).end
    while day <= end:
        yield day
        day += timedelta(days=7)


def good_pages(whole: Plan) -> set[tuple[str, str]]:
    """Return the days and reports that need no run: their page is there, or is older than the pack keeps pages.

    What is no longer kept counts as made where its facts are.
    """
    found = set()
    for one in records.history(whole.out):
        for entry in one["reports"]:
            page = any((whole.out / name).is_file() for name in records.pages(one, entry["id"]))
            kept = (records.folder_of(whole.out, one) / entry["id"] / "facts.json").is_file()
            if records.published(one, entry) and (page or (whole.pack.keep_weeks is not None and kept)):
                found.add((one["as_of"], entry["id"]))
    return found


def backfill(
    weeks: Past,
    *,
    at_once: int | None,
    watch: Callable[[Plan], AbstractContextManager[Watch]],
    say: Callable[[date, Result], None],
    warm: Warm | None = None,
) -> Made:
    """Run the weeks, the oldest first; one that fails does not stop the others, a folder that takes no pages does.

    Parameters
    ----------
    say
        Told of each week when it has ended.
    warm
        What :func:`pmlib.reports.run.run` takes; one for all weeks.

    Raises
    ------
    LockedError
        If another run is writing to the folder.
    PublishError
        If the folder takes no files.
    """
    made = Made()
    for day, one in weeks.plans.items():
        result = run(one, at_once=at_once, watch=watch, warm=warm)
        made.results[day] = result
        say(day, result)
        if result.problem:
            break
    return made
