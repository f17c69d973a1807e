"""The command line; heavy imports stand inside the commands, so that help answers at once."""

import click

from pmlib import __version__
from pmlib.cli import experimenting, exporting, looking, measuring, running, sending, starting


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pmlib")
def main() -> None:
    """Turn usage, surveys, interviews and market series into reports that can be shared."""


for room in (starting, running, sending, looking, measuring, experimenting, exporting):
    for command in room.COMMANDS:
        main.add_command(command)
