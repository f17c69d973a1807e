"""The command that lists metrics, checks them, and previews a changed definition."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pmlib.cli.listing import laid_out, listing, printed, told
from pmlib.cli.plainly import PACK, plainly
from pmlib.core import InputError, SettingError

if TYPE_CHECKING:
    from pmlib.metrics.catalogue import Catalogue
    from pmlib.metrics.entries import Metric
    from pmlib.metrics.settings import Source
    from pmlib.metrics.tables import Given

LIMITS: "dict[str, Source]" = {"events": "events", "survey": "survey", "subscriptions": "revenue"}
"""Which parameters of a pack's notebooks name the table of a source; series are spending only by their name."""
FAULTY = 1
"""The exit code where the metrics could be read, and something is wrong with one."""


@dataclass
class Place:
    """Where metrics and their tables come from; ``other`` is a second file of metrics that is not read."""

    file: Path | None = None
    pack: Path | None = None
    other: Path | None = None
    tables: "dict[Source, str]" = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    timezone: str = "UTC"
    week_start: str = "monday"
    as_of: str = "data"


@click.command()
@click.argument("where", metavar="[FILE]", type=click.Path(path_type=Path), required=False)
@click.option("--data", default="", metavar="EVENTS", help="Run them on these events, not on those of the pack.")
@click.option("--start", default="", help="The event that $start stands for.")
@click.option("--action", default="", help="The event that $action stands for.")
@click.option("--question", default="", help="The question of the survey that $question stands for.")
@click.option("--preview", "name", default="", metavar="NAME", help="Put a changed definition beside this metric.")
@click.option("--sql", default="", help="The changed definition, in single quotes, such as 'count(*)'.")
@click.option("--over", default="", help="What the changed definition is divided by.")
@click.option("--against", type=click.Path(path_type=Path), default=None, help="A metrics.toml with the changed one.")
@click.option("--weeks", type=click.IntRange(1), default=26, show_default=True, help="Weeks of a preview.")
@plainly
def metrics(
    where: Path | None,
    data: str,
    start: str,
    action: str,
    question: str,
    name: str,
    sql: str,
    over: str,
    against: Path | None,
    weeks: int,
) -> None:
    """List the metrics of FILE (a metrics.toml, or a pack with one beside it) and check them on the pack's data.

    With --preview NAME, a changed definition (--sql, or --against another metrics.toml) is put beside the one in use,
    week by week.
    """
    from pmlib.metrics.catalogue import catalogue, chosen, read

    place = placed(where)
    if data:
        place.tables["events"] = data
    asked = {"start": start, "action": action, "question": question}
    place.roles |= {role: given for role, given in asked.items() if given}
    if name:
        known = catalogue(place.file)
        preview(chosen(name, known), changed(chosen(name, known), sql, over, against), place, weeks)
        return
    if sql or over or against:
        raise SettingError("A changed definition needs --preview with the name of its metric.")
    check(read(place.file), place)


def placed(where: Path | None) -> Place:
    """Find the metrics and the pack whose data they are run on."""
    from pmlib.metrics.catalogue import FILE, opened, own_file

    if where is None:
        where = next((path for path in (Path(PACK), Path(FILE)) if path.is_file()), None)
        if where is None:
            return Place()
    if not where.is_file():
        raise InputError(f"There is no file {where}. Give a {FILE}, or a pack with one beside it.")
    if where.suffix != ".ipynb" and not {"report", "source"} & opened(where).keys():
        beside = where.parent / PACK
        place = Place(where, beside if beside.is_file() and beside != where else None)
    else:
        place = Place(own_file(where), where)
    if place.pack:
        settled(place, place.pack)
        beside = own_file(place.tables.get("events"))
        place.file = place.file or beside
        place.other = beside if beside and not beside.samefile(place.file or beside) else None
    return place


def settled(place: Place, path: Path) -> None:
    """Take from a pack its sources, the events it asks about, and its calendar."""
    from pmlib.reports.packs.pack import load_pack
    from pmlib.reports.packs.parameters import parameters_of
    from pmlib.reports.packs.plan import settle

    pack, _ = load_pack(path)
    place.as_of = pack.as_of
    for report in pack.report:
        known = parameters_of(Path(report.notebook))
        values = settle(report, known, pack, path, {})
        for one in known.values():
            value = str(values[one.name])
            source = "spend" if one.name == "spend" and one.is_file else LIMITS.get(one.limit)
            if source and value:
                place.tables.setdefault(source, value)
            elif one.name in {"start", "action"} and value:
                place.roles.setdefault(one.name, value)
            elif one.name == "score" and value:
                place.roles.setdefault("question", value)
        if place.timezone == "UTC" and values.get("timezone"):
            place.timezone = str(values["timezone"])
            place.week_start = str(values.get("week_start") or place.week_start)


def loaded(place: Place, needed: "Sequence[Source]") -> "dict[Source, Given]":
    """Load the tables that metrics need and the pack has."""
    from pmlib import sources
    from pmlib.sources.subscriptions import load_subscriptions

    zone, first, until = place.timezone, place.week_start, place.as_of
    found: dict[Source, Given] = {}
    for source in needed:
        file = place.tables.get(source)
        if file and source == "events":
            found[source] = sources.load_events(file, timezone=zone, week_start=first, as_of=until)
        elif file and source == "survey":
            found[source] = sources.load_survey(file, timezone=zone)
        elif file and source == "revenue":
            found[source] = load_subscriptions(file, timezone=zone, week_start=first, as_of=until)
        elif file:
            found[source] = sources.load_series(file)
    return found


def check(known: "Catalogue", place: Place) -> None:
    """List the metrics, run them, and say what is wrong."""
    from datetime import date

    from pmlib.metrics.checks import checked

    needed: list[Source] = [*{metric.source: None for metric in known.metrics.values()}]
    tables = loaded(place, needed)
    verdict = checked(known, tables, place.roles, today=date.today())
    printed(*listing(known.metrics, verdict))
    told(whence(known, place))
    reasons: dict[str, list[str]] = {}
    for metric, why in verdict.not_run.items():
        reasons.setdefault(why, []).append(metric)
    for why, names in reasons.items():
        told(f"Only read: {', '.join(names)} ({why.rstrip('.')}).")
    if tables:
        roles = ", ".join(f"{role} = {name}" for role, name in place.roles.items())
        names = ", ".join(given.origin.name for given in tables.values())
        told(f"Run on {names}{f', with {roles}' if roles else ''}.")
    else:
        told(f"None was computed: name a pack with data (pmlib metrics {PACK}), or events with --data events.csv.")
    if verdict.stood_in:
        loose = dict.fromkeys(role for one in verdict.stood_in for role in known.metrics[one].roles)
        options = ", ".join(f"--{role}" for role in loose if role not in place.roles)
        told(f"Run to see that they can be, with any name: {', '.join(verdict.stood_in)}. Name it with {options}.")
    remarks, clashes = second(place)
    for remark in (*verdict.remarks, *remarks):
        told(f"! {remark}")
    for fault in (*verdict.faults, *clashes):
        told(f"✗ {fault}")
    sys.exit(FAULTY if verdict.faults or clashes else 0)


def whence(known: "Catalogue", place: Place) -> str:
    """Say which file defines a team's own metrics, or how to write one."""
    if place.file is None:
        return (
            "These come with pmlib. For your own, write a metrics.toml beside your pack: a line such as [my_metric], "
            "below it title, kind, unit and sql."
        )
    if not known.own:
        return f"These come with pmlib; {place.file} adds and changes none."
    return f"{place.file} adds or changes {', '.join(known.own)}; the others come with pmlib."


def second(place: Place) -> tuple[list[str], list[str]]:
    """Say that two files of metrics are there, as a remark; where they contradict each other, as a fault."""
    from pmlib.metrics.catalogue import differing

    if place.other is None or place.file is None:
        return [], []
    both = f"{place.file} is read here, not {place.other}; a report that names its data by their path reads the latter"
    apart = differing(place.file, place.other)
    if apart:
        return [], [f"Defined otherwise in two files: {', '.join(apart)}. {both}. Keep one of the two."]
    return [f"{both}. Put all metrics into one of the two."], []


def changed(old: "Metric", sql: str, over: str, against: Path | None) -> "Metric":
    """Return the changed definition that was asked for.

    Raises
    ------
    SettingError
        If none was given, or two.
    """
    from dataclasses import replace

    from pmlib.metrics.catalogue import catalogue, chosen
    from pmlib.metrics.entries import ROLES, aggregate

    if bool(sql or over) == bool(against):
        raise SettingError("Give the changed definition either as --sql, or --against another metrics.toml.")
    if against:
        return chosen(old.name, catalogue(against))
    if over and not old.over:
        raise SettingError(f"'{old.name}' is a {old.kind}, which is not divided. Leave --over out.")
    roles = ROLES[old.source]
    return replace(
        old,
        sql=aggregate(sql, "--sql", roles) if sql else old.sql,
        over=aggregate(over, "--over", roles) if over else old.over,
    )


def preview(old: "Metric", new: "Metric", place: Place, weeks: int) -> None:
    """Print both definitions over history."""
    from pmlib.metrics.previews import difference
    from pmlib.metrics.previews import preview as compare
    from pmlib.metrics.tables import NAMED
    from pmlib.show import Table as Shown
    from pmlib.sources import Events

    tables = loaded(place, [old.source])
    if old.source not in tables:
        more = ", or events with --data" if old.source == "events" else ""
        named = NAMED[old.source]
        raise InputError(f"'{old.name}' is counted from {named}; none are given. Name a pack with them{more}.")
    events = loaded(place, ["events"]).get("events") if old.source in {"survey", "spend"} else None
    roles: Mapping[str, str] = place.roles
    found = compare(
        tables[old.source],
        old,
        new,
        weeks=weeks,
        start=roles.get("start", ""),
        action=roles.get("action", ""),
        question=roles.get("question", ""),
        like=events if isinstance(events, Events) else None,
    )
    told(found.sentence)
    for text in difference(old, new):
        click.echo(f"  {text}")
    shown = found.table
    if isinstance(shown, Shown):
        heads, numbers = [one.title for one in shown.columns], [one.number for one in shown.columns]
        printed(laid_out(heads, shown.text(), numbers))
    for caution in found.cautions:
        told(f"! {caution}")
    told(found.definition)


COMMANDS = (metrics,)
