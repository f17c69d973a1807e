"""Files and warehouses become tables that hold a contract."""

from collections.abc import Mapping
from pathlib import Path

from pmlib.sources.accounts import load_accounts
from pmlib.sources.aggregates import Aggregates, load_aggregates
from pmlib.sources.contract import Accounts, Events, Interviews, Series, Subscriptions, Survey, Units, Who
from pmlib.sources.events import guess_columns, load_events
from pmlib.sources.files.relation import columns_of
from pmlib.sources.interviews import load_interviews
from pmlib.sources.kinds import header_of, kind_of
from pmlib.sources.launches import load_launches
from pmlib.sources.registrations import Measure, Registration, load_registration
from pmlib.sources.series import load_series
from pmlib.sources.subscriptions import load_subscriptions
from pmlib.sources.surveys import load_survey
from pmlib.sources.trials import Listing, load_trials
from pmlib.sources.units import load_units
from pmlib.sources.where import find, matches, secret_names

__all__ = [
    "OPTIONS",
    "Accounts",
    "Aggregates",
    "Events",
    "Interviews",
    "Listing",
    "Measure",
    "Registration",
    "Series",
    "Subscriptions",
    "Survey",
    "Table",
    "Units",
    "Who",
    "columns_of",
    "find",
    "guess_columns",
    "header_of",
    "kind_of",
    "load_accounts",
    "load_aggregates",
    "load_events",
    "load_interviews",
    "load_launches",
    "load_registration",
    "load_series",
    "load_subscriptions",
    "load_survey",
    "load_trials",
    "load_units",
    "look",
    "secret_names",
]

Table = Accounts | Aggregates | Events | Interviews | Series | Subscriptions | Survey | Units
OPTIONS = ("timezone", "week_start", "unit", "arm", "running")
"""Options of loaders that go by the same name in notebooks."""


def look(where: str, kind: str, options: Mapping[str, str]) -> Table | None:
    """Load a source to see that it can be read, how many rows it keeps, how far it reaches and what it names.

    Parameters
    ----------
    where, kind
        What :func:`find` takes; ``kind="file"`` is only looked for.
    options
        Values of those in ``OPTIONS`` that are known.

    Returns
    -------
    Table or None
        ``None`` for a plain file.
    """
    zone, first = options.get("timezone") or "UTC", options.get("week_start") or "monday"
    if kind == "events":
        return load_events(where, timezone=options.get("timezone") or None, week_start=first)
    if kind == "survey":
        return load_survey(where)
    if kind == "interviews":
        return load_interviews(where)
    if kind == "series":
        return load_series(where)
    if kind == "accounts":
        return load_accounts(where)
    if kind == "subscriptions":
        return load_subscriptions(where, timezone=zone, week_start=first)
    if kind == "units":
        return load_units(where, unit=options.get("unit") or None, arm=options.get("arm") or None)
    if kind == "aggregates":
        return load_aggregates(where, running={"True": True, "False": False}.get(options.get("running", "")))
    matches(Path(where))
    return None
