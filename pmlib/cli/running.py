"""Commands that run a pack."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pmlib.cli.plainly import PACK, USAGE, plainly
from pmlib.core import SettingError

if TYPE_CHECKING:
    from pmlib.reports.packs.plan import Plan

PARAMETER = click.option(
    "-p", "--parameter", "parameters", multiple=True, metavar="NAME=VALUE", help="Set a parameter."
)
AS_OF = click.option("--as-of", default="", help="The last day counted: data, today or a date.")
ONLY = click.option("--only", multiple=True, metavar="REPORT", help="Only this report; may be repeated.")


@click.command()
@click.argument("pack", type=click.Path(path_type=Path), default=Path(PACK))
@AS_OF
@click.option("--out", type=click.Path(path_type=Path), default=None, help="The folder for the pages.")
@click.option("--jobs", type=click.IntRange(1), default=None, help="How many reports run at once.")
@ONLY
@PARAMETER
@plainly
def run(
    pack: Path, as_of: str, out: Path | None, jobs: int | None, only: tuple[str, ...], parameters: tuple[str, ...]
) -> None:
    """Run the reports of PACK (a TOML file or one notebook) and publish their pages."""
    from pmlib.reports.packs.plan import Wishes, plan
    from pmlib.reports.run import run as run_plan

    wishes = Wishes(as_of, out, only, pairs(parameters))
    click.echo("Checking the pack, its parameters and sources …", err=True)
    result = run_plan(plan(pack, wishes, date.today()), at_once=jobs, watch=watch)
    for one in result.outcomes:
        sign = {"success": "✓", "stale": "!"}.get(one.state, "✗")
        click.echo(f"{sign} {one.job.id}: {one.headline}")
        if one.state == "stale":
            click.echo(f"  {one.why}")
    if result.problem:
        click.echo(f"Error: {result.problem}", err=True)
    else:
        click.echo(f"Open {result.index}")
    sys.exit(result.code)


@click.command()
@click.argument("pack", type=click.Path(path_type=Path), default=Path(PACK))
@AS_OF
@ONLY
@PARAMETER
@plainly
def check(pack: Path, as_of: str, only: tuple[str, ...], parameters: tuple[str, ...]) -> None:
    """Check PACK, its parameters and sources; execute nothing."""
    from pmlib.reports.packs.plan import Wishes, plan

    found = plan(pack, Wishes(as_of, None, only, pairs(parameters)), date.today())
    for job in found.jobs:
        if job.refused:
            click.echo(f"✗ {job.refused}")
            continue
        through = f", data complete to {job.through}" if job.through else ""
        click.echo(f"✓ {job.id}: {len(job.parameters)} parameters{through}")
    click.echo(f"As of {found.as_of}, into {found.out}")
    sys.exit(USAGE if any(job.refused for job in found.jobs) else 0)


def pairs(given: tuple[str, ...]) -> dict[str, str]:
    """Read ``NAME=VALUE`` pairs."""
    for pair in given:
        if "=" not in pair:
            raise SettingError(f"-p takes NAME=VALUE, such as -p weeks=8; '{pair}' has no '='.")
    return dict(pair.split("=", 1) for pair in given)


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


COMMANDS = (run, check)
