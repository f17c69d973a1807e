"""Guess what a team's own events mean: columns, time zone, start event and key action, each with its reason."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pmlib.core import InputError
from pmlib.engine import Engine, sql
from pmlib.sources.contract import Events
from pmlib.sources.events.contents import proposed
from pmlib.sources.events.fields import fields_of
from pmlib.sources.events.forms import ROLES, advice, listed, match
from pmlib.sources.events.load import load_events
from pmlib.sources.files.relation import opened, readable, released
from pmlib.sources.where import find

START = re.compile(
    r"sign.?(ed.?)?up|regist|anmeld|inscri|iscri|enrol|creat\w*.account|account.creat|install|join|first", re.I
)
VISIT = re.compile(
    r"session|page|screen|view|visit|launch|open|log.?in|start|sitzung|besuch|aufruf|identify|heartbeat|ping", re.I
)
LOSS = re.compile(r"cancel|churn|unsub|delet|error|fail|refund|kundig|kündig|annul|cancela|disdet|opgezeg|crash", re.I)

WORTH = re.compile(
    r"order|purchas|paid|payment|checkout|buy|book|subscri|bestell|kauf|compra|achat|commande|pedido", re.I
)

TELLING = 0.02


@dataclass(frozen=True)
class Guess:
    """What ``pmlib init`` proposes for a file of events.

    Parameters
    ----------
    form
        The form the file is taken for, in words.
    columns
        The mapping to write down; empty where the form is known by its columns.
    naive
        Whether the times name no zone, so that one must be said.
    start, action
        The event that begins a user's life, and the one that matters; None where none can be told.
    why
        For ``user_id``, ``event``, ``ts``, ``start`` and ``action``: the confidence in [0, 1] and the reason.
    events
        The names of events, the most frequent first.
    """

    form: str
    columns: Mapping[str, str]
    naive: bool
    start: str | None
    action: str | None
    why: Mapping[str, tuple[float, str]]
    events: tuple[str, ...]


def guess_columns(where: object, *, times: str = "") -> Guess:
    """Guess columns, need of a zone, start event and key action of a file of events.

    Parameters
    ----------
    where
        What :func:`pmlib.sources.load_events` takes.
    times
        ``"day first"`` or ``"month first"`` where that is known.

    Raises
    ------
    InputError
        If the file cannot be read, or no column looks like a user or a time.
    """
    columns, why = columns_of(where)
    naive = False
    try:
        events = load_events(where, columns=columns, times=times or None)
    except InputError as error:
        naive = "times=" in str(error)
        if not naive:
            raise
        order = times or ("month first" if "month first" in str(error) else "")
        events = load_events(where, columns=columns, times=", ".join(part for part in (order, "UTC") if part))
    start, start_why = started(events)
    action, action_why = acted(events, start)
    told = dict(why) | {"start": start_why, "action": action_why}
    return Guess(events.origin.form, columns, naive, start, action, told, tuple(events.names()[:50]))


def columns_of(where: object) -> tuple[dict[str, str], dict[str, tuple[float, str]]]:
    """Return the mapping a file needs, none where its form is known, and why."""
    found = find(where, "events")
    engine = Engine()
    try:
        given = opened(engine, found, found.spec.table)
        with readable(found.name):
            fields = fields_of(engine, given, decimal=found.spec.decimal)
        try:
            taken = match(fields, found.name, found.spec.columns)
        except InputError:
            guess = proposed(engine, fields)
            missing = [role for role in ROLES if role not in guess.columns and role not in found.spec.columns]
            if missing:
                raise InputError(
                    f"No column of {found.name} looks like {' or '.join(missing)}; it has {listed(fields)}. "
                    f"{advice({}, guess.columns)}"
                ) from None
            return dict(guess.columns) | found.spec.columns, dict(guess.why)
    finally:
        released(engine)
    reason = f"the columns are those of {taken.form}"
    return dict(found.spec.columns), dict.fromkeys(ROLES, (1.0, reason))


def started(events: Events) -> tuple[str | None, tuple[float, str]]:
    """Guess the event that begins a user's life: by its name, else the one most users do first."""
    rows = events.query(sql(__package__, "guess_first.sql")).rows
    for row in rows:
        if START.search(row.event) and not LOSS.search(row.event) and row.firsts >= 0.05:
            return row.event, (0.9, f"the first event of {row.firsts:.0%} of the users, and its name says so")
    best = next((row for row in rows if not LOSS.search(row.event)), rows[0])
    return best.event, (min(0.8, 0.3 + best.firsts / 2), f"the first event of {best.firsts:.0%} of the users")


def acted(events: Events, start: str | None) -> tuple[str | None, tuple[float, str]]:
    """Guess the key action: of the events that are no visit, the one whose early doers come back most."""
    rows = events.query(sql(__package__, "guess_action.sql"), start=start or "").rows
    fit = [row for row in rows if not VISIT.search(row.event) and not LOSS.search(row.event)]
    worth = [row for row in fit if WORTH.search(row.event)]
    if worth:
        best = max(worth, key=lambda row: row.users)
        return best.event, (0.8, "its name says that something was bought or booked")
    split = [row for row in fit if row.contrast is not None and row.contrast >= TELLING]
    if split:
        best = max(split, key=lambda row: (row.contrast, row.users))
        reason = (
            f"{best.back_with:.0%} of those who do it in their first week come back after it, "
            f"{best.back_without:.0%} of the others"
        )
        return best.event, (0.7, reason)
    if fit:
        return fit[0].event, (0.4, "the event most users do, visits apart")
    names = [name for name in events.names() if name != start]
    if names:
        return names[0], (0.3, "the most frequent event next to the start")
    return start, (0.3, "the only event")
