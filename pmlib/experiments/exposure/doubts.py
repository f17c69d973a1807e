"""What to doubt of units made from events: who does not count, whose window still runs, what was not seen."""

from datetime import UTC, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlglot import exp

from pmlib.core import Check, InputError, Ledger, Unit, nearest
from pmlib.core.periods import day_text
from pmlib.core.words import capital, listed, many
from pmlib.engine import Engine, place, sql
from pmlib.experiments.exposure.contents import contents
from pmlib.experiments.exposure.evenness import by_arm, even
from pmlib.experiments.exposure.orders import Order
from pmlib.experiments.exposure.sightings import Sightings
from pmlib.experiments.exposure.spans import Span
from pmlib.sources.contract import Events, Units
from pmlib.sources.registrations import Registration

MANY = 0.01
"""The part of units in several arms from which something is wrong with the assignment."""


def counted(engine: Engine, registration: Registration, source: str) -> Ledger:
    """Count the rows of exposures by why they do not count.

    Raises
    ------
    InputError
        If no unit counts.
    """
    rows = engine.query(sql(__package__, "sightings_rows.sql")).one()
    arms = engine.query(sql(__package__, "entrants_arms.sql")).rows
    planned = [row for row in arms if row.arm in registration.arms]
    units = sum(row.units - row.several for row in planned)
    inside = sum(row.rows - row.several_rows for row in planned)
    odd = [row for row in arms if row.arm not in registration.arms]
    dropped = {
        "no arm": rows.bare,
        "no time": rows.untimed,
        "before the start": rows.early,
        "after the end": rows.late,
        "in several arms": sum(row.several_rows for row in arms),
        "arm not planned": sum(row.rows - row.several_rows for row in odd),
        "exposed again": inside - units,
    }
    if not units:
        why = ", ".join(f"{count:,} {reason}" for reason, count in dropped.items() if count) or "there is none"
        named = listed([f"'{row.arm}'" for row in odd])
        plan = listed([f"'{arm}'" for arm in registration.arms])
        hint = f" The arms there are {named}; registered are {plan}." if named else ""
        raise InputError(
            f"No exposure of {source} counts: {why}.{hint} Check the start, the arms and what says that a unit was "
            "exposed."
        )
    # A row without arm lies before, within or after; it is counted where it lies.
    return Ledger(rows.rows, units, dropped)


def refuse_unplanned(units: Units, registration: Registration) -> None:
    """Refuse units of one arm where others were shown an arm that the plan does not name: it may be misspelt.

    Raises
    ------
    InputError
        With the arms and the nearest name.
    """
    arms = units.query(sql(__package__, "entrants_arms.sql")).rows
    odd = {row.arm: row.rows for row in arms if row.arm not in registration.arms}
    if not odd or sum(row.arm in registration.arms and row.units > row.several for row in arms) > 1:
        return
    count, first = sum(odd.values()), max(odd, key=lambda arm: odd[arm])
    named = listed([f"'{arm}' ({rows:,})" for arm, rows in odd.items()])
    raise InputError(
        f"{many(count, 'row')} of {units.origin.name} {'names' if count == 1 else 'name'} an arm that is not in the "
        f"plan: {named}. The plan names {listed(list(registration.arms))}.{nearest(first, registration.arms)} Mend the "
        "plan or the data."
    )


def looked(
    engine: Engine, events: Events, registration: Registration, order: Order, seen: Sightings, days: Span
) -> tuple[Check, ...]:
    """Look at what a reader may doubt.

    Raises
    ------
    InputError
        If no unit is in the events.
    """
    found = [
        *several(engine, registration),
        *outside(engine, days),
        *activated(engine, registration, order),
        *matured(engine, events, order),
        *started(engine, order),
        *contents(engine, events, order, seen),
    ]
    return tuple(found)


def several(engine: Engine, registration: Registration) -> list[Check]:
    """Tell how many units were in several arms, and whether that differs by the first of them."""
    rows = [row for row in engine.query(sql(__package__, "entrants_arms.sql")) if row.arm in registration.arms]
    total, torn = sum(row.units for row in rows), sum(row.several for row in rows)
    strange = [row for row in engine.query(sql(__package__, "entrants_arms.sql")) if row.arm not in registration.arms]
    checks = []
    if strange:
        names = listed([f"{row.units:,} in '{row.arm}'" for row in strange])
        near = nearest(strange[0].arm, registration.arms)
        checks.append(Check(False, f"Units were shown arms that were not planned and do not count: {names}.{near}"))
    if not torn:
        return [Check(True, "No unit was shown several arms."), *checks]
    parts = listed([f"{row.several:,} of {row.units:,} first in {row.arm}" for row in rows], 20)
    text = (
        f"{torn:,} of {many(total, 'unit')} ({Unit.SHARE.text(torn / total)}) were shown several arms and do not count"
    )
    alike, said = even([(row.several, row.units - row.several) for row in rows])
    return [Check(torn <= MANY * total and alike, f"{text}: {parts}; {said}."), *checks]


def outside(engine: Engine, days: Span) -> list[Check]:
    """Tell how many units were exposed before the start too."""
    if days.first is None:
        return []
    again = engine.query(sql(__package__, "sightings_again.sql")).one().units
    start = day_text(days.first, year=True)
    if not again:
        return [Check(True, f"No unit that counts was exposed before {start}.")]
    text = f"{many(again, 'unit')} {'was' if again == 1 else 'were'} exposed before {start} too"
    return [Check(False, f"{text}; what counts as before their exposure is no clean past.")]


def activated(engine: Engine, registration: Registration, order: Order) -> list[Check]:
    """Tell how many units of each arm were activated."""
    if not order.activation:
        return []
    rows = engine.query(sql(__package__, "units_activated.sql")).rows
    parts, alike, said = by_arm(rows, "activated")
    return [Check(alike, f"After their exposure did '{registration.activation}', so that they count: {parts}; {said}.")]


def matured(engine: Engine, events: Events, order: Order) -> list[Check]:
    """Tell for each window how many units do not count yet, by arm."""
    if not order.recipes:
        return []
    checks = []
    zone = ZoneInfo(events.timezone)
    for measures, group in groupby(engine.query(sql(__package__, "waiting.sql")), key=lambda row: row.measures):
        rows = list(group)
        waits = sum(row.waiting for row in rows)
        if not waits:
            continue
        parts, _, _ = by_arm(rows, "waiting")
        last = max(row.ends_at for row in rows).replace(tzinfo=UTC).astimezone(zone).date() + timedelta(days=1)
        checks.append(
            Check(
                False,
                f"The window of {listed(measures)} still runs for {parts}: they do not count in it yet. It will be "
                f"over for all on {day_text(last, year=True)}.",
            )
        )
    return checks or [Check(True, "The windows of all units are over.")]


def started(engine: Engine, order: Order) -> list[Check]:
    """Tell how many units did the event that a measure begins with, and whether that differs by arm."""
    checks = []
    for event, number in order.marks.items():
        text = place(sql(__package__, "units_since.sql"), the_mark=exp.column(f"pmlib_{number}"))
        rows = engine.query(text).rows
        parts, alike, said = by_arm(rows, "marked")
        names = listed([one.measure.name for one in order.recipes if one.measure.since == event])
        checks.append(Check(alike, f"{capital(names)} is of units that did '{event}' after exposure: {parts}; {said}."))
    return checks
