"""A tracking plan: which events and properties are meant to come, from a TOML or CSV file."""

import csv
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pmlib.core import InputError, SettingError, nearest
from pmlib.sources.where import matches

TYPES = {
    "text": "text",
    "string": "text",
    "str": "text",
    "number": "number",
    "integer": "number",
    "int": "number",
    "float": "number",
    "boolean": "boolean",
    "bool": "boolean",
    "date": "date",
    "datetime": "date",
    "timestamp": "date",
    "any": "any",
}
"""What a plan may call a type, and what is meant."""
KEYS = ("properties", "required", "owner")
COLUMNS = ("event", "property", "type")
EVERY = ("1", "x", "yes", "true", "required")


@dataclass(frozen=True)
class Planned:
    """An event as it is meant to come.

    Parameters
    ----------
    properties
        Its properties and the type of each: text, number, boolean, date or any.
    required
        Those that every such event must have.
    owner
        Whom to ask.
    """

    properties: Mapping[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    owner: str = ""


@dataclass(frozen=True)
class Plan:
    """The events that are meant to come, by name."""

    name: str
    events: Mapping[str, Planned]


def load_plan(path: str | Path) -> Plan:
    """Read a tracking plan.

    Parameters
    ----------
    path
        A TOML file with a table for each event::

            [events.booking_made]
            properties = {platform = "text", amount_eur = "number"}
            required = ["platform"]
            owner = "Payments"

        or a CSV file with the columns ``event, property, type`` and, if you like, ``required`` and ``owner``; a row
        without a property plans the event alone.

    Raises
    ------
    InputError
        If the file is not there or not readable.
    SettingError
        If it plans nothing, or names a type or setting that is not known.
    """
    file = matches(Path(path).expanduser())[0]
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{file.name} is not UTF-8 text. Save it as UTF-8.") from error
    events = of_csv(text, file.name) if file.suffix.casefold() == ".csv" else of_toml(text, file.name)
    if not events:
        raise SettingError(f"{file.name} plans no event. Write a table such as [events.signed_up] for each.")
    return Plan(file.name, events)


def of_toml(text: str, name: str) -> dict[str, Planned]:
    """Read the tables of a TOML file."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"{name} is not readable TOML: {error}.") from error
    events = tables.get("events", {})
    if set(tables) - {"events"} or not isinstance(events, dict):
        found = ", ".join(sorted(set(tables) - {"events"})) or "events that are no tables"
        raise SettingError(f"{name} has {found}; a plan has one table [events.NAME] for each event.")
    return {event: planned(event, table, name) for event, table in events.items()}


def planned(event: str, table: object, name: str) -> Planned:
    """Read the table of an event."""
    where = f"[events.{event}] of {name}"
    if not isinstance(table, dict):
        raise SettingError(f"{where} is no table. Write [events.{event}] and below it properties = {{…}}.")
    for key in table:
        if key not in KEYS:
            raise SettingError(f"{where} has '{key}'; it may have {', '.join(KEYS)}.{nearest(key, KEYS)}")
    properties, required, owner = table.get("properties", {}), table.get("required", []), table.get("owner", "")
    if isinstance(properties, list):
        properties = dict.fromkeys(properties, "any")
    if not isinstance(properties, dict) or not all(isinstance(one, str) for one in [*properties, *properties.values()]):
        raise SettingError(f'{where}: properties is a table such as {{platform = "text", amount_eur = "number"}}.')
    if not isinstance(required, list) or not all(isinstance(one, str) for one in required):
        raise SettingError(f'{where}: required is a list of names, such as ["platform"].')
    if not isinstance(owner, str):
        raise SettingError(f'{where}: owner is a text, such as "Payments".')
    types = {one: type_of(kind, f"{where}, {one}") for one, kind in properties.items()}
    for one in required:
        if types and one not in types:
            raise SettingError(f"{where} requires '{one}', which is none of its properties.{nearest(one, types)}")
    return Planned(types or dict.fromkeys(required, "any"), tuple(required), owner)


def of_csv(text: str, name: str) -> dict[str, Planned]:
    """Read the rows of a CSV file; the first line names the columns."""
    head, *lines = text.splitlines() or [""]
    separator = max(",;\t", key=head.count)
    rows = csv.reader(io.StringIO("\n".join([head, *lines])), delimiter=separator)
    titles = [cell.strip().casefold() for cell in next(rows, [])]
    if "event" not in titles:
        raise InputError(
            f"{name} has no column 'event'; it has {', '.join(titles) or 'nothing'}.{nearest('event', titles)} "
            f"Its columns are {', '.join(COLUMNS)} and, if you like, required and owner."
        )
    found: dict[str, tuple[dict[str, str], list[str], str]] = {}
    for number, cells in enumerate(rows, start=2):
        row = dict(zip(titles, (cell.strip() for cell in cells), strict=False))
        event, one = row.get("event", ""), row.get("property", "")
        if not event:
            if any(row.values()):
                raise InputError(f"{name}, line {number}, names no event. Write one in each line.")
            continue
        properties, required, owner = found.get(event, ({}, [], ""))
        if one:
            properties[one] = type_of(row.get("type", "") or "any", f"{name}, line {number}")
        if one and row.get("required", "").casefold() in EVERY:
            required.append(one)
        found[event] = (properties, required, row.get("owner", "") or owner)
    return {event: Planned(types, tuple(required), owner) for event, (types, required, owner) in found.items()}


def type_of(word: str, where: str) -> str:
    """Return the type that a word of a plan stands for.

    Examples
    --------
    >>> type_of("Integer", "plan.csv, line 2")
    'number'
    """
    if word.casefold() not in TYPES:
        raise SettingError(
            f"{where}: '{word}' is no type; it is one of text, number, boolean, date, any."
            f"{nearest(word, ('text', 'number', 'boolean', 'date', 'any'))}"
        )
    return TYPES[word.casefold()]
