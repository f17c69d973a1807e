"""The names that parameters hold, of events, properties, segments and metrics, held against the data."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from pmlib import metrics
from pmlib.core import SettingError, nearest
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
    """Say which name in the parameters of a report its events do not have, ``""`` where all are there.

    Raises
    ------
    SettingError
        If the command line gave it. What the pack says was right once: its report alone cannot be made.
    """
    events = next((table for table in tables if isinstance(table, Events)), None)
    wrong = misnamed(known, values, events, pack) if events else {}
    for name, words in wrong.items():
        if name in given:
            raise SettingError(f"{Path(report.notebook).name}: {words}")
    return f"{report.id}: {next(iter(wrong.values()))}" if wrong else ""


def misnamed(known: Mapping[str, Parameter], values: Mapping[str, Value], events: Events, pack: Pack) -> dict[str, str]:
    """Say of each parameter that names what is not there what there is, with the nearest.

    Parameters
    ----------
    known, values
        The parameters of a report and their values, segments already in the place of their names.
    events
        What the report counts.

    Returns
    -------
    dict
        Parameter = what is wrong with it.
    """
    beside = next(values[name] for name, one in known.items() if one.limit == "events" and values[name])
    wrong: dict[str, str] = {}
    for name, one in known.items():
        text = str(values[name])
        if not text.strip():
            continue
        try:
            if one.limit == "metric":
                metrics.find(text, beside=beside)
            else:
                named(one.limit, text, events, pack)
        except SettingError as error:
            wrong[name] = f"'{name}' is '{text}'. {error}"
    return wrong


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
