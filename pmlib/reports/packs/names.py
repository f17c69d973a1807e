"""The names that parameters hold, of events, properties, segments and metrics, held against the data."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pmlib.core import SettingError, nearest
from pmlib.metrics.catalogue import LABELS, Catalogue, own_file, read
from pmlib.metrics.checks import unknown_events
from pmlib.reports.packs.pack import Pack, ReportSpec
from pmlib.reports.packs.parameters import Parameter, Value
from pmlib.sources import Events, Table


def unknown(
    report: ReportSpec,
    known: Mapping[str, Parameter],
    values: Mapping[str, Value],
    tables: Sequence[Table],
    pack: Pack,
    given: Mapping[str, str],
) -> str:
    """Say why the names in the parameters of a report cannot be used, ``""`` where all are there.

    A name may be one that its events do not have, or a metric that is broken or counts an event that never occurs.

    Raises
    ------
    SettingError
        If the command line gave it. What the pack says was right once: its report alone cannot be made.
    """
    events = next((table for table in tables if isinstance(table, Events)), None)
    if events is None:
        return ""
    try:
        # Beside the events, as notebooks read it.
        beside = next(values[name] for name, one in known.items() if one.limit == "events" and values[name])
        catalogue = read(own_file(beside))
    except SettingError as error:
        return f"{report.id}: {error}"
    if LABELS in catalogue.faults:
        return f"{report.id}: {catalogue.faults[LABELS]}"
    wrong = misnamed(known, values, events, pack, catalogue)
    for name, words in wrong.items():
        if name in given:
            raise SettingError(f"{Path(report.notebook).name}: {words}")
    return f"{report.id}: {next(iter(wrong.values()))}" if wrong else ""


def misnamed(
    known: Mapping[str, Parameter], values: Mapping[str, Value], events: Events, pack: Pack, catalogue: Catalogue
) -> dict[str, str]:
    """Say of each parameter that names what is not there what there is, with the nearest.

    Parameters
    ----------
    known, values
        The parameters of a report and their values, segments already in the place of their names.
    events
        What the report counts.
    catalogue
        The metrics it may name.

    Returns
    -------
    dict
        Parameter = what is wrong with it.
    """
    wrong: dict[str, str] = {}
    for name, one in known.items():
        text = str(values[name])
        if not text.strip():
            continue
        try:
            if one.limit == "metric":
                countable(text, events, catalogue)
            else:
                named(one.limit, text, events, pack)
        except SettingError as error:
            wrong[name] = f"'{name}' is '{text}'. {error}"
    return wrong


def countable(name: str, events: Events, catalogue: Catalogue) -> None:
    """Hold that a metric can be used and that the events its SQL names occur.

    Raises
    ------
    SettingError
        With what is wrong with it, or the nearest name. A misspelt event would be published as a good 0.
    """
    never = unknown_events(catalogue.metric(name), events.names())
    if never:
        raise SettingError(f"{never[0]} Mend its SQL in metrics.toml.")


def named(limit: str, text: str, events: Events, pack: Pack) -> None:
    """Hold that the events have what a parameter with a limit names.

    Raises
    ------
    SettingError
        With the nearest name.
    """
    if limit == "event":
        events.known(text)
    elif limit == "event list":
        for event in next(csv.reader([text], skipinitialspace=True)):
            if event.strip():
                events.known(event.strip())
    elif limit == "property":
        events.property(text)
    elif limit == "segment":
        events.where(text)
    elif limit == "parts" and text not in events.properties and ":" not in text:
        told = {"property": events.properties, "segment": pack.segments}
        there = "; ".join(f"a {what}: {', '.join(names)}" for what, names in told.items() if names) or "neither"
        near = nearest(text, [*events.properties, *pack.segments])
        raise SettingError(f"It must name a property or segments, with commas between; there is {there}.{near}")


def broken(files: Iterable[Value]) -> list[str]:
    """Say what is wrong in the ``metrics.toml`` beside files, a sentence each."""
    said: dict[str, None] = {}
    for own in dict.fromkeys(own_file(file) for file in files):
        try:
            said |= dict.fromkeys(str(fault) for fault in read(own).faults.values())
        except SettingError as error:
            said[str(error)] = None
    return list(said)
