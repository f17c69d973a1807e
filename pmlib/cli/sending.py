"""Commands about when a pack runs and what did not come."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from pmlib.cli.plainly import PACK, plainly

NOT_THERE = 1


@click.command()
@click.argument("pack", type=click.Path(path_type=Path), default=Path(PACK))
@click.option("--emit", type=click.Choice(["cron", "systemd", "github"]), required=True, help="For what it is meant.")
@plainly
def schedule(pack: Path, emit: str) -> None:
    """Print what makes a machine run PACK at the times of its [schedule]."""
    from pmlib.reports.delivery.timetable import timetable

    click.echo(timetable(pack, emit, datetime.now(UTC)), nl=False)


@click.command()
@click.argument("pack", type=click.Path(path_type=Path), default=Path(PACK))
@click.option("--out", type=click.Path(path_type=Path), default=None, help="The folder of the pages.")
@plainly
def overdue(pack: Path, out: Path | None) -> None:
    """Say whether a run of PACK should have come and did not; who is named in the pack is told once."""
    from pmlib.reports.delivery.overdue import overdue as find
    from pmlib.reports.delivery.overdue import watched
    from pmlib.reports.delivery.slots import next_slot, slot_text
    from pmlib.reports.delivery.telling import deliver

    now = datetime.now(UTC)
    found = watched(pack, out)
    told = find(found, now)
    if told is None:
        click.echo(f"All is there; the next run is due on {slot_text(found.schedule, next_slot(found.schedule, now))}.")
        return
    for words in (told.note, *(f"{one.title}: {one.why or one.headline}" for one in told.items)):
        if words:
            click.echo(words, err=True)
    for one in deliver(found.pack, found.out, told):
        click.echo(one.words, err=one.state == "failed")
    sys.exit(NOT_THERE)


COMMANDS = (schedule, overdue)
