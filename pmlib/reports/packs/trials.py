"""The experiments that parameters name, put together as a notebook does, before anything runs."""

import tomllib
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from datetime import date
from pathlib import Path
from typing import Literal

from pmlib.core import PmlibError, SettingError, TooFewError, nearest
from pmlib.metrics.catalogue import own_file
from pmlib.metrics.entries import aggregate
from pmlib.reports.packs.pack import ReportSpec
from pmlib.reports.packs.parameters import Parameter, Value, parameters_of
from pmlib.sources import Aggregates, Events, Registration, Table, Units, load_registration, load_trials

SETTINGS = ("metric", "control")
"""The parameters of a notebook that reads an experiment: they go by the names of ``experiments.trial``."""
PLANNED = ("guardrails", "weights")
PLAN, LIST, PARTS, SMALLEST, NAME = "registration", "trials", "parts", "smallest", "name"
OWN, READING = "catalogue", "reading"
WAYS = ("once", "always-valid")
Looks = MutableMapping[tuple[str, ...], Table | PmlibError | None]


def untried(
    report: ReportSpec,
    known: Mapping[str, Parameter],
    values: Mapping[str, Value],
    tables: Sequence[Table],
    given: Mapping[str, str],
    looks: Looks,
) -> str:
    """Say why the experiment of a report cannot be read, ``""`` where it can or there is none.

    Parameters
    ----------
    tables
        The sources of the report.
    looks
        What was found before, and is not looked at again.

    Raises
    ------
    SettingError
        If the command line gave a setting of it. What the pack says was right once: its report alone cannot be made.
    """
    told = (*SETTINGS, *PLANNED, PLAN, PARTS, SMALLEST, LIST, NAME, READING)
    words = {name: str(values[name]) for name in told if name in values}
    files = sorted(str(values[name]) for name, one in known.items() if one.is_file)
    key = ("experiment", *files, *(part for pair in words.items() for part in pair))
    if key not in looks:
        looks[key] = fault(known, values, tables)
    found = looks[key]
    if not isinstance(found, PmlibError):
        return ""
    if {*given} & {*words, *(name for name, one in known.items() if one.is_file)}:
        raise SettingError(f"{Path(report.notebook).name}: {found}") from found
    return f"{report.id}: {found}"


def fault(known: Mapping[str, Parameter], values: Mapping[str, Value], tables: Sequence[Table]) -> PmlibError | None:
    """Return what keeps an experiment, its plan or a list from being read; too few units are for the page to say."""
    try:
        if filed(LIST, known) and values[LIST]:
            load_trials(str(values[LIST]))
        plan = str(values[PLAN]) if filed(PLAN, known) else ""
        if plan:
            planned(plan)
        units = tried(tables)
        worded = all(name in known and known[name].type == "str" and not known[name].limit for name in SETTINGS)
        events = next((table for table in tables if isinstance(table, Events)), None)
        if worded and (units is not None or (plan and events is not None)):
            read(units, events, plan, values)
    except TooFewError:
        return None
    except PmlibError as error:
        return error
    return None


def tried(tables: Sequence[Table]) -> Units | Aggregates | None:
    """Return the units of an experiment, or its aggregates.

    Raises
    ------
    SettingError
        If there are both.
    """
    units = next((table for table in tables if isinstance(table, Units)), None)
    sums = next((table for table in tables if isinstance(table, Aggregates)), None)
    if units and sums:
        raise SettingError(
            f"{units.origin.name} holds units and {sums.origin.name} aggregates, and a report reads one of them. Set "
            "the parameter of the other to ''."
        )
    return units or sums


def begun(known: Mapping[str, Parameter], values: Mapping[str, Value], tables: Sequence[Table]) -> date | None:
    """Return the first day of a report's sources, of an experiment its own; ``None`` where nothing tells days."""
    events = [table.origin for table in tables if isinstance(table, Events)]
    first = max((one.first for one in events or [table.origin for table in tables] if one.first), default=None)
    plan = str(values[PLAN]) if filed(PLAN, known) else ""
    found = next((table for table in tables if isinstance(table, Units | Aggregates)), None)
    if found is None:
        start = load_registration(plan).start if plan else None
    else:
        from pmlib.experiments.reading.rows import Rows

        period = found.period if isinstance(found, Aggregates) else Rows(found).period
        start = period.start if period else None
        if start is None and not (plan and events):
            return None
    return max((one for one in (first, start) if one), default=None)


def sort_of(file: Path) -> Literal["plan", "list", ""]:
    """Tell the plan of an experiment and a list of experiments from a pack and from all other files."""
    if file.suffix != ".toml" or not file.is_file():
        return ""
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return ""
    if {"report", "source"} & tables.keys():
        return ""
    return "plan" if {"arms", "hypothesis"} & tables.keys() else "list" if "experiment" in tables else ""


def planned(plan: str | Path) -> Registration:
    """Read a plan, and hold that its expressions are SQL, also where the units hold a column in their place.

    Raises
    ------
    PmlibError
        If it is none, or an expression cannot be read.
    """
    found = load_registration(plan)
    for one in found.measures:
        for field, text in (("sql", one.sql), ("over_sql", one.over_sql)):
            if text:
                aggregate(text, f"The {field} of '{one.name}'", ())
    return found


def filed(name: str, known: Mapping[str, Parameter]) -> bool:
    """Whether a notebook has a parameter of that name which is a file."""
    return name in known and known[name].limit == "file"


def read(units: Units | Aggregates | None, events: Events | None, plan: str, values: Mapping[str, Value]) -> None:
    """Put an experiment together, and read each of its metrics once.

    Raises
    ------
    PmlibError
        With what does not fit: an arm, the planned split, an event, an expression or a column.
    """
    # Most packs hold no experiment, and this takes a second to import.
    from pmlib import experiments

    smallest = values.get(SMALLEST, 0.05)
    words = {name: str(values[name]) for name in (*SETTINGS, *PLANNED) if name in values}
    own = str(values.get(OWN, "")) or own_file(values.get("events"), plan)
    if isinstance(units, Aggregates) and values.get(NAME):
        units = units.of(str(values[NAME]))
    way = str(values.get(READING, ""))
    if way not in ("", "once", "always-valid"):
        raise SettingError(f"'reading' is '{way}'; give once, always-valid, or nothing.{nearest(way, WAYS)}")
    made = experiments.trial(
        units, events=events, registration=plan, smallest=float(smallest), metrics=own, reading=way, **words
    )
    if not made.registration.goals:
        raise SettingError("'metric' is empty, so nothing decides. Name a column of numbers, such as converted.")
    made.of(made.registration.measures)
    if parts := str(values.get(PARTS, "")).strip():
        experiments.segments(made, by=parts)


def unread(notebook: Path, values: Mapping[str, Value], today: date) -> Iterator[str]:
    """Say of each experiment in the list of a notebook, if it has begun, why it cannot be read, a sentence each."""
    known = parameters_of(notebook)
    # A notebook with a plan of its own asks the list only what was decided.
    if PLAN in known or not (values.get(LIST) and filed(LIST, known)):
        return
    from pmlib.experiments.decision.stands import loaded, opened

    for one in load_trials(str(values[LIST])).experiments:
        start = one.registration.start if one.registration else one.settings.start
        why = one.fault
        if not why and (start is None or start <= today):
            try:
                made = opened(one, loaded(one, today)[0], today)
                made.of(made.registration.measures)
            except TooFewError:
                continue
            except PmlibError as error:
                why = one.bare(str(error))
        if why:
            yield f"{one.name} cannot be read: {why}"
