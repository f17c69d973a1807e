"""Commands that begin something: a pack of one's own, the demo data."""

import sys
from pathlib import Path

import click

from pmlib.cli.plainly import PACK, plainly
from pmlib.core import SettingError


@click.command()
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


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("data/demo"), show_default=True, help="The folder."
)
@plainly
def demo(out: Path) -> None:
    """Write a made-up product's data, with known truths in them."""
    from pmlib.sources import demo as world

    for name, path in world.write(out).items():
        click.echo(f"{name:<24} {path}")


COMMANDS = (init, demo)
