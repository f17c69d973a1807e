"""Commands that run a pack."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pmlib.cli.plainly import PACK, USAGE, plainly
from pmlib.core import SettingError

if TYPE_CHECKING:
    from pmlib.reports.packs.plan import Plan
    from pmlib.reports.run import Result
    from pmlib.reports.runs.warm import Warm

PARAMETER = click.option(
    "-p", "--parameter", "parameters", multiple=True, metavar="NAME=VALUE", help="Set a parameter."
)
AS_OF = click.option("--as-of", default="", help="The last day counted: data, today or a date.")
OUT = click.option("--out", type=click.Path(path_type=Path), default=None, help="The folder for the pages.")
JOBS = click.option("--jobs", type=click.IntRange(1), default=None, help="How many reports run at once.")
ONLY = click.option("--only", multiple=True, metavar="REPORT", help="Only this report; may be repeated.")


@click.command()
@click.argument("pack", type=click.Path(path_type=Path), default=Path(PACK))
@AS_OF
@OUT
@JOBS
@ONLY
@PARAMETER
@click.option("--due", is_flag=True, help="Run only if a slot of the pack's schedule has come since the last run.")
@plainly
def run(
    pack: Path,
    as_of: str,
    out: Path | None,
    jobs: int | None,
    only: tuple[str, ...],
    parameters: tuple[str, ...],
    due: bool,
) -> None:
    """Run the reports of PACK (a TOML file or one notebook) and publish their pages."""
    wishes = pairs(parameters)
    if due and wishes and out is None:
        raise SettingError("--due runs the pack as it is written, -p tries other values. Write them into the pack.")
    if due:
        from pmlib.reports.delivery.overdue import awaited

        # Whoever asks four times an hour wants no answer where nothing is due.
        if awaited(pack, out, datetime.now(UTC)):
            return
    with ready() as warm:
        from pmlib.reports.packs.plan import Wishes, plan
        from pmlib.reports.run import run as run_plan
        from pmlib.reports.runs.outcome import THIN

        click.echo("Checking the pack, its parameters and sources …", err=True)
        found = plan(pack, Wishes(as_of, out, only, wishes), date.today())
        remarked(found)
        result = run_plan(found, at_once=jobs, watch=watch, say=told, warm=warm)
    for one in result.outcomes:
        held = one.state == "stale" or one.job.id in result.failing | result.thin
        sign = "✗" if one.failed else "!" if held else "✓"
        said = result.said.get(one.job.id, "") if one.good else one.detail.removeprefix(f"{one.job.id}: ")
        if one.state == THIN:
            said = f"Too little data: {said}"
        click.echo(f"{sign} {one.job.id}: {said}")
    for told_by in result.delivered:
        if told_by.state == "failed":
            click.echo(told_by.words, err=True)
    if result.problem:
        click.echo(f"Error: {result.problem}", err=True)
    else:
        apart = ""
        if found.untouched:
            apart = f" (a try with {', '.join(parameters)}; what is published in {found.untouched} stays as it was)"
        click.echo(f"Open {result.index}{apart}")
    sys.exit(result.code)


@click.command()
@click.argument("pack", type=click.Path(path_type=Path), default=Path(PACK))
@click.option("--from", "since", required=True, metavar="DATE", help="The first day; its week is the first made.")
@click.option("--to", "until", default="", metavar="DATE", help="The last day; else as far as the data reach.")
@OUT
@JOBS
@ONLY
@PARAMETER
@plainly
def backfill(
    pack: Path,
    since: str,
    until: str,
    out: Path | None,
    jobs: int | None,
    only: tuple[str, ...],
    parameters: tuple[str, ...],
) -> None:
    """Run the reports of PACK for past weeks, so that the next run has a history to compare with."""
    wishes = pairs(parameters)
    with ready() as warm:
        from pmlib.reports.backfill import backfill as make
        from pmlib.reports.backfill import past
        from pmlib.reports.packs.plan import Wishes

        click.echo("Checking the pack, its parameters and sources …", err=True)
        weeks = past(pack, Wishes("", out, only, wishes), since, until, date.today())
        for note in weeks.notes:
            click.echo(note, err=True)
        there = len(weeks.days) - len(weeks.plans)
        if there:
            click.echo(f"{there} of {len(weeks.days)} weeks are already there.", err=True)
        numbers = {day: place for place, day in enumerate(weeks.plans, start=1)}

        def say(day: date, result: "Result") -> None:
            click.echo(f"{week_line(day, result)} ({numbers[day]} of {len(numbers)})")

        made = make(weeks, at_once=jobs, watch=unwatched, say=say, warm=warm)
    if made.problem:
        click.echo(f"Error: {made.problem}", err=True)
    elif made.results:
        click.echo(f"Open {next(iter(made.results.values())).index}")
    sys.exit(made.code)


@click.command()
@click.argument("pack", type=click.Path(path_type=Path), default=Path(PACK))
@AS_OF
@ONLY
@PARAMETER
@plainly
def check(pack: Path, as_of: str, only: tuple[str, ...], parameters: tuple[str, ...]) -> None:
    """Check PACK, its parameters and sources; execute nothing.

    A notebook's experiment is put together by its metric, control, plan and split as a run does. The plan of an
    experiment may also be given in the place of PACK.
    """
    from pmlib.cli.experimenting import registered
    from pmlib.reports.leaves import readers
    from pmlib.reports.packs.pack import addresses
    from pmlib.reports.packs.plan import Wishes, plan
    from pmlib.reports.packs.trials import sort_of, unread

    if sort_of(pack) == "plan":
        registered(pack)
        return
    found = plan(pack, Wishes(as_of, None, only, pairs(parameters)), date.today())
    faults = {job.id: [*unread(job.notebook, job.parameters, date.today())] for job in found.jobs if not job.refused}
    for job in found.jobs:
        if job.refused:
            click.echo(f"✗ {job.refused}")
            continue
        if faults[job.id]:
            for words in faults[job.id]:
                click.echo(f"✗ {job.id}: {words}")
            continue
        through = f", data complete to {job.through}" if job.through else ""
        click.echo(f"✓ {job.id}: {len(job.parameters)} parameters{through}")
    remarked(found)
    click.echo(f"As of {found.as_of}, into {found.out}")
    readers(found)
    unset = [name for name in addresses(found.pack) if not os.environ.get(name)]
    for name in unset:
        click.echo(f"✗ {name} is not set, so nobody can be told. Set it where the run starts.")
    sys.exit(USAGE if unset or any(job.refused or faults[job.id] for job in found.jobs) else 0)


def pairs(given: tuple[str, ...]) -> dict[str, str]:
    """Read ``NAME=VALUE`` pairs."""
    for pair in given:
        if "=" not in pair:
            raise SettingError(f"-p takes NAME=VALUE, such as -p weeks=8; '{pair}' has no '='.")
    return dict(pair.split("=", 1) for pair in given)


def told(words: str) -> None:
    """Say something beside the results."""
    click.echo(words, err=True)


def remarked(plan: "Plan") -> None:
    """Say what is wrong with metrics that stops no report of a plan."""
    for text in plan.remarks:
        told(f"Not used here: {text}")


def week_line(day: date, result: "Result") -> str:
    """Write how a week went in a line."""
    from pmlib.core.periods import day_text

    bad = [f"{one.job.id}: {one.detail}" for one in result.outcomes if not one.good]
    bad += [f"{name}: {said}" for name, said in result.said.items() if name in result.thin]
    names = ", ".join(one.job.id for one in result.outcomes if one.good and one.job.id not in result.thin)
    sign = "✗" if any(one.failed for one in result.outcomes) else "!" if result.thin else "✓"
    return f"{sign} {day_text(day, year=True)}: {'; '.join([*([names] if names else []), *bad])}"


@contextmanager
def ready() -> Iterator["Warm"]:
    """Stop in order at SIGTERM as at Ctrl-C, load each source once, and import meanwhile what reports need."""
    from pmlib.core.kept import together
    from pmlib.reports.runs.processes import stoppable
    from pmlib.reports.runs.warm import Warm

    with stoppable(), together(), Warm() as warm:
        yield warm


@contextmanager
def unwatched(plan: "Plan") -> Iterator[Callable[[str, int, str], None]]:
    """Show no progress within a run."""
    yield lambda report, cell, state: None


@contextmanager
def watch(plan: "Plan") -> Iterator[Callable[[str, int, str], None]]:
    """Show a bar a report on a terminal, a line a state elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from pmlib.reports.packs.parameters import notebook_at

    console = Console(stderr=True)
    sizes = {job.id: len(notebook_at(job.notebook).cells) + 1 for job in plan.jobs}
    bars = Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console)
    tasks = {job.id: bars.add_task(job.id, total=sizes[job.id]) for job in plan.jobs}
    told: dict[str, str] = {}

    def show(report: str, cell: int, state: str) -> None:
        done = sizes[report] if state != "running" else cell
        bars.update(
            tasks[report], completed=done, description=f"{report} {state if state != 'running' else ''}".strip()
        )
        if not console.is_terminal and told.get(report) != state:
            told[report] = state
            console.print(f"{report}: {state}", highlight=False)

    if not console.is_terminal:
        yield show
        return
    with bars:
        yield show


COMMANDS = (run, backfill, check)
