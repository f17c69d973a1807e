"""Commands about experiments: may the metrics be trusted, how long must one run, what is written down before."""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pmlib.cli.listing import laid_out, printed, screen, told
from pmlib.cli.plainly import PACK, plainly
from pmlib.core import InputError, SettingError

if TYPE_CHECKING:
    from pmlib.core import Finding
    from pmlib.show import Table
    from pmlib.sources import Units

TRUSTED, NOT_TRUSTED, TOO_LITTLE = 0, 1, 4
LEAST = ("read as", "units", "p even", "planted", "held", "higher", "lower", "over history", "mean")
"""The columns of a table that are left out where a terminal is too narrow, the first first."""
TORN = 0.1
"""More repeated rows than this part of all: a table has no row a unit."""
PLAN = click.option("--registration", default="", metavar="FILE", help="The plan: a TOML file, see pmlib register.")

OWN = click.option("--metrics", "own", default="", metavar="FILE", help="Your metrics.toml; else the one beside DATA.")


@click.command()
@click.argument("data")
@click.option("--metric", "metrics", multiple=True, help="A column, -COLUMN where less is better; may be repeated.")
@PLAN
@click.option("--split", default="1:1", show_default=True, help="The planned split, control first, such as 9:1.")
@click.option(
    "--cluster", default="", metavar="COLUMN", help="The column whose units share an arm, and are read as one."
)
@click.option("--control", default="", metavar="ARM", help="Only the units of this arm.")
@click.option("--smallest", default=0.05, show_default=True, help="The lift that is planted: 0.05 is 5%.")
@click.option("--looks", default=0, help="Look so often on the way, to see what peeking does.")
@click.option("--runs", default=1000, show_default=True, help="How often units are put into arms.")
@click.option("--seed", type=int, default=None, help="The same seed gives the same numbers.")
@click.option("--unit", default="", metavar="COLUMN", help="The column that names the unit.")
@click.option("--arm", default="", metavar="COLUMN", help="The column that names the arm; it is not needed.")
@OWN
@plainly
def aa(
    data: str,
    metrics: tuple[str, ...],
    registration: str,
    split: str,
    cluster: str,
    control: str,
    smallest: float,
    looks: int,
    runs: int,
    seed: int | None,
    unit: str,
    arm: str,
    own: str,
) -> None:
    """Tell which metrics of DATA (one row a unit) may be trusted, before any experiment.

    Units are put into arms at random many times, and each metric is read as a report reads it: where nothing differs, a
    difference may be called in 5 of 100 cases. Ends with 0 where every metric may be trusted, 1 where one may not, 4
    where there is too little data to say.
    """
    from pmlib.experiments.rehearsal import aa as ask
    from pmlib.metrics.catalogue import own_file

    units = taken(data, unit, arm, armed=bool(control))
    with bar(f"{runs:,} experiments without a change") as watch:
        found = ask(
            units,
            registration=registration,
            metric=",".join(metrics),
            split=split,
            cluster=cluster,
            control=control,
            smallest=smallest,
            looks=looks,
            runs=runs,
            seed=seed,
            metrics=own or own_file(data, registration),
            watch=watch,
        )
    answered(found)
    if found.kpi is None:
        sys.exit(TOO_LITTLE)
    sys.exit(TRUSTED if all(check.ok for check in found.checks) else NOT_TRUSTED)


@click.command()
@click.argument("data")
@PLAN
@click.option("--goal", default="", help="Without a plan: the event that shall be done more often, or a column.")
@click.option("--smallest", default=0.05, show_default=True, help="The smallest lift that matters: 0.05 is 5%.")
@click.option("--start", default="", metavar="EVENT", help="The event by which a unit is taken in.")
@click.option("--at", default="", metavar="COLUMN", help="Of units: the column of the day on which one arrived.")
@click.option("--traffic", default=1.0, show_default=True, help="The share of units taken in.")
@click.option("--weeks", type=click.IntRange(1, 26), default=8, show_default=True, help="The longest test replayed.")
@click.option("--timezone", default="", metavar="ZONE", help="The zone of days and weeks, such as Europe/Berlin.")
@OWN
@click.option("--kind", type=click.Choice(["events", "units"]), help="Take DATA for this.")
@plainly
def plan(
    data: str,
    registration: str,
    goal: str,
    smallest: float,
    start: str,
    at: str,
    traffic: float,
    weeks: int,
    timezone: str,
    own: str,
    kind: str | None,
) -> None:
    """Tell how many weeks and units an experiment needs, by replaying DATA: usage events, or one row a unit.

    Where DATA has column names of its own, pmlib init DATA writes them into pmlib.toml: give that in its place. With a
    plan the answer is held against its own weeks and units. Ends with 4 where there is too little data to say.
    """
    from pmlib.experiments import plan as by_events
    from pmlib.experiments import plan_from as by_units
    from pmlib.metrics.catalogue import own_file
    from pmlib.sources import kind_of, load_events, load_registration, load_units

    if bool(registration) == bool(goal):
        raise SettingError("Give a plan with --registration FILE, or an event or column with --goal, and not both.")
    written = load_registration(registration) if registration else None
    try:
        if (kind or kind_of(data)) == "units":
            units = load_units(data)
            found = by_units(units, written, goal=goal, smallest=smallest, at=at, traffic=traffic, weeks=weeks)
        else:
            events = load_events(data, timezone=timezone or None)
            found = by_events(
                events,
                written,
                goal=goal,
                smallest=smallest,
                start=start,
                traffic=traffic,
                weeks=weeks,
                metrics=own or own_file(data, registration),
            )
    except InputError as error:
        raise InputError(
            typed(str(error), data, f"--goal {goal}" if goal else f"--registration {registration}")
        ) from error
    answered(found)
    sys.exit(0 if found.estimates else TOO_LITTLE)


def typed(words: str, data: str, asked: str) -> str:
    """Write what a loader or question says to do in Python as it is typed here."""
    words = re.sub(r"\b(at|goal)='([^']*)'", r"--\1 \2", words).replace("--at …", "--at COLUMN")
    bare = re.sub(r"columns=\{.*?\}(, or in TOML: |\.?$)", "", words)
    if bare == words:
        return words
    file = "in [source.events] of a TOML file"
    return f"{bare.rstrip()} {file}; pmlib init {data} writes one, then: pmlib plan {PACK} {asked}"


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--name", default="My experiment", show_default=True, help="What the experiment is called.")
@click.option("--hypothesis", default="", help="What changes, for whom, by how much, and why.")
@click.option("--arm", "arms", multiple=True, help="An arm, control first; may be repeated.")
@click.option(
    "--start", type=click.DateTime(["%Y-%m-%d"]), help="The first day on which units are taken in; else next Monday."
)
@click.option("--weeks", type=click.IntRange(1, 104), default=4, show_default=True, help="Weeks to the horizon.")
@click.option("--goal", "goals", multiple=True, help="A metric that decides; may be repeated.")
@click.option("--guardrail", "guardrails", multiple=True, help="A metric that must not suffer; may be repeated.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="The file to write, not the screen.")
@plainly
def register(
    file: Path | None,
    name: str,
    hypothesis: str,
    arms: tuple[str, ...],
    start: datetime | None,
    weeks: int,
    goals: tuple[str, ...],
    guardrails: tuple[str, ...],
    out: Path | None,
) -> None:
    """Print a plan to fill in before an experiment begins; or check the plan in FILE and print it in words."""
    if file is not None:
        registered(file)
        return
    from pmlib.reports.writing import put
    from pmlib.sources.registrations import template

    if len(arms) == 1:
        raise SettingError(f"--arm names one arm; a plan needs two, control first: --arm {arms[0]} --arm treatment.")
    monday = date.today() + timedelta(days=7 - date.today().weekday())
    text = template(
        name=name,
        hypothesis=hypothesis,
        arms=arms or ("control", "treatment"),
        start=start.date() if start else monday,
        weeks=weeks,
        goals=goals or ("converted",),
        guardrails=guardrails,
    )
    if out is None:
        click.echo(text, nl=False)
        return
    if out.exists():
        raise SettingError(f"{out} is there already. A plan is not written over; give --out another name.")
    put(out.absolute(), text.encode())
    click.echo(f"Wrote {out}. Fill it in, then: pmlib register {out}")


def registered(file: Path) -> None:
    """Check a plan, and print it in words with what to think about."""
    from pmlib.reports.packs.trials import planned
    from pmlib.sources.registrations import cautions
    from pmlib.sources.registrations import registered as parts

    read = planned(file)
    told(f"✓ {read.name}")
    for line in parts(read):
        told(f"  {line.part}: {line.text}")
    for caution in cautions(read):
        told(f"! {caution}")


def taken(data: str, unit: str, arm: str, *, armed: bool) -> "Units":
    """Load a table with one row a unit; the arm may be missing, as nobody is asked which one a unit was in.

    Parameters
    ----------
    armed
        Whether an arm is asked for.

    Raises
    ------
    InputError
        If the table has no row a unit, with what to do.
    """
    from dataclasses import replace

    from pmlib.engine import Engine
    from pmlib.sources import find, load_units
    from pmlib.sources.aggregates.names import NUMBERS, WORDS
    from pmlib.sources.files.sheets import shown_as_source
    from pmlib.sources.kinds import EVENT
    from pmlib.sources.units import ARM_NAMES

    found = find(data, "units")
    engine = Engine()
    names = {column.strip().casefold().replace(" ", "_") for column in shown_as_source(engine, found).names}
    bare = not arm and not armed and "arm" not in found.spec.columns and not names & {*ARM_NAMES}
    if bare and names & EVENT:
        raise InputError(
            f"{found.name} holds events; an A/A test takes one row a unit. Make units of them: a table with what each "
            "user did, or experiments.exposed(events, registration) and experiments.aa in a notebook."
        )
    summed = {*NUMBERS["n"], *NUMBERS["mean"], *NUMBERS["hits"]}
    if names & {*NUMBERS["variance"], *NUMBERS["sd"], *NUMBERS["squares"]} or (
        names & {*WORDS["metric"]} and names & summed
    ):
        raise InputError(
            f"{found.name} holds aggregates; they cannot be put into arms anew. Give the table of units they were "
            "made of, one row each."
        )
    if not bare:
        units = load_units(data, unit=unit or None, arm=arm or None)
    else:
        # Whoever has no experiment yet has no arms: everybody is in the same.
        frame = engine.arrow("SELECT *, 'all' AS arm FROM source")
        units = load_units(frame, unit=unit or None, arm="arm")
        units = replace(units, origin=replace(units.origin, name=found.name))
    ledger = units.origin.ledger
    if ledger.dropped.get("duplicate", 0) > TORN * ledger.read:
        raise InputError(
            f"{found.name} has {ledger.read:,} rows of {ledger.kept:,} units; an A/A test takes one row a unit. Sum "
            "them up by unit first, or name the column of the unit with --unit."
        )
    return units


def answered(found: "Finding") -> None:
    """Print a finding: its sentence, its table, what was looked at, what to doubt, what to do."""
    from pmlib.show import Table

    told(found.sentence)
    if isinstance(found.table, Table):
        heads, lines, numbers, left = narrowed(found.table, screen().width)
        printed(laid_out(heads, lines, numbers))
        if left:
            told(f"Not shown, as the terminal is too narrow: {', '.join(left)}. Make it wider.")
    for check in found.checks:
        told(f"{'✓' if check.ok else '✗'} {check.text}")
    for caution in found.cautions:
        told(f"! {caution}")
    if found.action:
        told(f"Next: {found.action}")
    told(found.definition)


def narrowed(table: "Table", width: int) -> tuple[list[str], list[list[str]], list[bool], list[str]]:
    """Leave out columns until the others fit; return heads, rows, which are numbers, and the heads left out."""
    rows = table.text()
    kept = [*range(len(table.columns))]

    def room(places: Sequence[int]) -> int:
        return sum(max(len(line[at]) for line in [[one.title for one in table.columns], *rows]) + 3 for at in places)

    left: list[str] = []
    for title in LEAST:
        if room(kept) <= width:
            break
        out = [at for at in kept if table.columns[at].title == title]
        kept = [at for at in kept if at not in out]
        left += [title] if out else []
    return (
        [table.columns[at].title for at in kept],
        [[line[at] for at in kept] for line in rows],
        [table.columns[at].number for at in kept],
        left,
    )


@contextmanager
def bar(words: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on a terminal; elsewhere nothing."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done, of: None
        return
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=console, transient=True
    ) as shown:
        task = shown.add_task(words, total=None)
        yield lambda done, of: shown.update(task, completed=done, total=of)


COMMANDS = (register, plan, aa)
