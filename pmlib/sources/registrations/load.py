"""Read a registration from TOML, with all its faults rather than the first."""

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from pmlib.core import InputError, SettingError
from pmlib.sources.registrations.checks import faults
from pmlib.sources.registrations.digest import sealed
from pmlib.sources.registrations.looks import recurring, spread
from pmlib.sources.registrations.registration import Measure, Registration
from pmlib.sources.registrations.settings import EXPECTED, TABLES, Entry, Fault, Sheet, Table, said
from pmlib.sources.registrations.weights import weighed
from pmlib.sources.where import matches

T = TypeVar("T", bound=Table)
FORM = "A plan is a .toml file; 'pmlib register' prints the form to fill."
METRICS = "write a table for each, such as [metrics.converted]"


def load_registration(where: str | Path) -> Registration:
    """Read what an experiment's team wrote down before it began.

    Parameters
    ----------
    where
        A TOML file: ``name``, ``hypothesis`` and what else :func:`pmlib.sources.registrations.template` lists, then
        ``[arms]`` with the planned weights and ``[metrics.NAME]`` for each metric.

    Returns
    -------
    Registration
        With its digest, which is the same for the same plan however the file is written.

    Raises
    ------
    InputError
        If the file is not there or not readable.
    SettingError
        If something in it is wrong: with all faults, each with what is expected.
    """
    file = matches(Path(where).expanduser())[0]
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        mend = "Save it as UTF-8." if file.suffix == ".toml" else FORM
        raise InputError(f"{file.name} is not UTF-8 text. {mend}") from error
    return read(text, file.name)


def read(text: str, file: str) -> Registration:
    """Read the text of a file called ``file``."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        mend = "Mend that line." if file.endswith(".toml") else FORM
        raise SettingError(f"{file} is not readable TOML: {error}. {mend}") from error
    if "experiment" in given and "metrics" not in given:
        raise SettingError(f"{file} is a list of experiments; give the plan of one, which its registration names.")
    plan, found = planned(given, file)
    broken = about(found)
    found += [one for one in faults(plan) if not one[0] & broken]
    if len(found) > 1:
        numbered = [f"({at}) {text}" for at, (_, text) in enumerate(found, start=1)]
        raise SettingError(" ".join([f"{file} has {len(found)} faults:", *numbered]))
    if found:
        raise SettingError(f"{file}: {found[0][1]}")
    return sealed(plan)


def planned(given: Mapping[str, Any], file: str) -> tuple[Registration, list[Fault]]:
    """Return the plan of a file's tables, what is wrong left at its default, and the faults of single settings."""
    above = {key: value for key, value in given.items() if key not in TABLES}
    sheet, found = filled(Sheet, above, {"name": "", "hypothesis": ""}, "")
    found += [
        (frozenset({field}), f"{field} is empty; give {EXPECTED[field]}.")
        for field in ("name", "hypothesis")
        if not getattr(sheet, field) and field not in about(found)
    ]
    weights, wrong = weighed(given.get("arms"))
    found += [(frozenset({"arms"}), text) for text in wrong]
    measures, more = measured(given.get("metrics"))
    days, later = horizon(sheet)
    found += [*more, *later]
    dates, late = looked(sheet, days, about(found))
    plain = {one.name: getattr(sheet, one.name) for one in fields(Registration) if one.name in ALIKE}
    plan = Registration(
        **plain,
        control=sheet.control or ("control" if "control" in weights else ""),
        arms=weights,
        measures=measures,
        days=days,
        reading=sheet.reading or ("once" if sheet.looks is None else "group-sequential"),
        looks=dates,
        spending=sheet.spending or "obrien-fleming",
        segments=tuple(sheet.segments),
        file=file,
        agreed=sheet.digest,
    )
    if sheet.spending and plan.reading != "group-sequential":
        late += [
            (frozenset({"spending", "reading"}), "spending is how looks share alpha; plan looks, or leave it out.")
        ]
    return plan, [*found, *late]


ALIKE = (
    *("name", "hypothesis", "unit", "owner", "start", "units", "alpha", "power", "seed", "cluster"),
    *("exposure", "variant", "activation"),
)
"""Settings that stand in the file as they stand in the plan."""


def filled(model: type[T], given: Mapping[str, Any], instead: Mapping[str, Any], where: str) -> tuple[T, list[Fault]]:
    """Read a table; where settings are wrong, read it without them and return the faults."""
    try:
        return model.model_validate(dict(given)), []
    except ValidationError as error:
        found = said(error, model, where)
        wrong = about(found)
        rest = {key: value for key, value in given.items() if key not in wrong}
        stand_ins = {key: value for key, value in instead.items() if key in wrong}
        return model.model_validate(stand_ins | rest), found


def measured(given: object) -> tuple[tuple[Measure, ...], list[Fault]]:
    """Read the tables of metrics."""
    if not isinstance(given, dict) or not given:
        return (), [(frozenset({"metrics"}), f"metrics are missing; {METRICS}.")]
    found: list[Fault] = []
    measures = []
    for name, table in given.items():
        if not isinstance(table, dict):
            found.append((frozenset({"metrics"}), f"metrics has '{name}', which is no table; {METRICS}."))
            continue
        entry, wrong = filled(Entry, table, {}, f"[metrics.{name}] ")
        found += [(frozenset(f"{name}.{field}" for field in about_it), text) for about_it, text in wrong]
        # What is divided is a ratio, unless the file says something else.
        kind = entry.kind or ("ratio" if entry.over or entry.over_sql else "")
        measures.append(Measure(name, **{**dict(entry), "kind": kind}))
    return tuple(measures), found


def horizon(sheet: Sheet) -> tuple[int | None, list[Fault]]:
    """Return the days of the horizon: as given, of the weeks given, or up to the last look."""
    if sheet.days is not None and sheet.weeks is not None:
        wrong = [] if sheet.days == 7 * sheet.weeks else ["days and weeks are both given; keep one of them."]
        return sheet.days, [(frozenset({"days", "weeks"}), text) for text in wrong]
    if sheet.weeks is not None:
        return 7 * sheet.weeks, []
    if sheet.days is None and sheet.start and isinstance(sheet.looks, list) and sheet.looks:
        return max((sheet.looks[-1] - sheet.start).days + 1, 1), []
    return sheet.days, []


def looked(sheet: Sheet, days: int | None, broken: frozenset[str]) -> tuple[tuple[date, ...], list[Fault]]:
    """Return the days of the looks; none where start or horizon are not known."""
    looks = sheet.looks
    if looks is None or isinstance(looks, list):
        return tuple(looks or ()), []
    if sheet.start is None or days is None:
        missing = "looks need a start and a horizon: give start and weeks."
        return (), [] if broken & {"start", "days", "weeks"} else [(frozenset({"looks"}), missing)]
    if not isinstance(looks, int):
        return recurring(sheet.start, days, looks.every), []
    if looks > days:
        return (), [(frozenset({"looks"}), f"looks asks for {looks} in {days} days; plan one a day at most.")]
    return spread(sheet.start, days, looks), []


def about(found: list[Fault]) -> frozenset[str]:
    """Return the settings that faults are about."""
    return frozenset[str]().union(*(fields for fields, _ in found))
