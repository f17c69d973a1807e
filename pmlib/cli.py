"""The command line; heavy imports stand inside the commands, so that help answers at once."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pmlib import __version__
from pmlib.core import PmlibError, SettingError

if TYPE_CHECKING:
    from pmlib.reports.packs.plan import Plan

USAGE, LOCKED, STOPPED = 2, 3, 130
PACK = "pmlib.toml"


def plainly(command: Callable[..., None]) -> Callable[..., None]:
    """Turn an error of ours into one line and an exit code; a fault of pmlib itself stays a traceback."""

    @wraps(command)
    def inner(*args: Any, **options: Any) -> None:
        try:
            command(*args, **options)
        except PmlibError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(LOCKED if type(error).__name__ == "LockedError" else USAGE)
        except (KeyboardInterrupt, RuntimeError) as error:
            # DuckDB tells an interruption so.
            if isinstance(error, RuntimeError) and "interrupted" not in str(error):
                raise
            click.echo("Stopped. What was published before stays as it was.", err=True)
            sys.exit(STOPPED)

    return inner


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pmlib")
def main() -> None:
    """Turn usage, surveys, interviews and market series into reports that can be shared."""


@main.command()
@click.argument("files", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Take every guess without asking.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path(PACK), show_default=True, help="The pack to write."
)
@click.option("--times", type=click.Choice(["day first", "month first"]), help="Dates such as 03/11/2026.")
@plainly
def init(files: tuple[str, ...], yes: bool, out: Path, times: str | None) -> None:
    """Look at FILES and write a pack that reports on them."""
    from pmlib.reports.packs.starting import start_pack

    def ask(question: str, guess: str) -> str:
        try:
            return click.prompt(question, default=guess, err=True)
        except click.Abort as error:
            click.echo(err=True)
            if sys.stdin.isatty():
                raise KeyboardInterrupt from error
            raise SettingError("No answer came. Answer the questions, or take every guess with --yes.") from error

    for line in start_pack(files, out, None if yes else ask, times=times or ""):
        click.echo(line)


@main.command()
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("data/demo"), show_default=True, help="The folder."
)
@plainly
def demo(out: Path) -> None:
    """Write a made-up product's data, with known truths in them."""
    from pmlib.sources import demo as world

    for name, path in world.write(out).items():
        click.echo(f"{name:<24} {path}")


PARAMETER = click.option(
    "-p", "--parameter", "parameters", multiple=True, metavar="NAME=VALUE", help="Set a parameter."
)
AS_OF = click.option("--as-of", default="", help="The last day counted: data, today or a date.")
ONLY = click.option("--only", multiple=True, metavar="REPORT", help="Only this report; may be repeated.")


@main.command()
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


@main.command()
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


@main.command(name="list")
@click.argument("pack", type=click.Path(path_type=Path), required=False)
@plainly
def list_(pack: Path | None) -> None:
    """List the reports of PACK, or those pmlib brings, with their parameters."""
    from pmlib.reports.packs.pack import load_pack, shipped_notebooks
    from pmlib.reports.packs.parameters import notebook_at, parameters_of, title_of

    if pack is None:
        found = [(path.stem, path, {}) for path in sorted(shipped_notebooks().glob("*.ipynb"))]
    else:
        read = load_pack(pack)[0]
        found = [(one.id, Path(one.notebook), read.parameters | one.parameters) for one in read.report]
    for name, path, given in found:
        parameters = parameters_of(path)
        if not parameters:
            continue
        click.echo(f"{name}: {title_of(notebook_at(path), path)}")
        for one in parameters.values():
            limit = f" [{one.limit}]" if one.limit else ""
            click.echo(f"  {one.name}: {one.type} = {given.get(one.name, one.default)!r}  {one.help}{limit}")


@main.command()
@click.argument("file")
@click.option(
    "--kind", type=click.Choice(["events", "survey", "interviews", "series", "units"]), help="Take it for this."
)
@plainly
def inspect(file: str, kind: str | None) -> None:
    """Say what FILE is taken for, its columns, and where its rows go."""
    from pmlib.reports.packs.starting import inspection

    for line in inspection(file, kind):
        click.echo(line)


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
