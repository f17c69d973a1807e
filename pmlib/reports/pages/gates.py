"""What a pack asks of the data of a report, and what a page says where they do not hold it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from pmlib.core import Unit, Weeks
from pmlib.core.periods import day_text
from pmlib.reports.packs.plan import Job
from pmlib.reports.pages.content import Content
from pmlib.reports.pages.leaf import Gate

Json = dict[str, Any]

READABLE, FRESH, ROWS, WEEK, GROUPS = "readable", "fresh", "rows", "whole week", "groups"
"""The names of gates."""


def gates(job: Job, reference: date, week_start: str = "monday") -> tuple[Gate, ...]:
    """Look whether the data of a report hold what its pack asks for.

    Parameters
    ----------
    reference
        The day of which the data's age counts.
    week_start
        The weekday a week begins on.

    Returns
    -------
    tuple
        One gate for each thing asked, also where it holds; none where nothing is asked. Sources that cannot be read
        fail a gate of their own, whatever was asked.

    Raises
    ------
    SettingError
        If a week cannot start on ``week_start``.
    """
    asks = job.asks
    found: list[Gate] = []
    if job.refused:
        found.append(Gate(READABLE, False, f"The data cannot be read: {sentence(job.refused)}", misleads=True))
    if asks.max_age_days is not None:
        found.append(fresh(job.through, reference, asks.max_age_days))
    if asks.min_rows is not None and not job.refused:
        found.append(rows(job, asks.min_rows))
    if asks.whole_week:
        found.append(whole(job.through, Weeks(week_start)))
    if asks.min_group is not None:
        found.append(Gate(GROUPS, True, f"Every group shown has {asks.min_group} people or more."))
    return tuple(found)


def fresh(through: date | None, reference: date, most: int) -> Gate:
    """Look how old the data are; sources without dates have no age."""
    if through is None:
        return Gate(FRESH, True, "The age of the data is not judged: no source of this report has dates.")
    age = (reference - through).days
    ends = f"data end on {day_text(through, year=True)}"
    allowed = f"the pack allows {many(most, 'day')}"
    if age > most:
        since = f"{ends}, {many(age, 'day')} before {day_text(reference, year=True)}"
        when = day_text(through + timedelta(days=most + 1), year=True)
        return Gate(FRESH, False, f"Stale since {when}: {since}; {allowed}.", misleads=True)
    past = f"{many(age, 'day')} before {day_text(reference, year=True)}" if age > 0 else "as new as the run"
    return Gate(FRESH, True, f"Fresh: {ends}, {past}; {allowed}.")


def rows(job: Job, least: int) -> Gate:
    """Look whether each source kept rows enough; none at all is said in words of its own."""
    said = [
        f"{name} holds no rows" if not kept else f"{name} has only {many(kept, 'row')}"
        for name, kept in job.rows.items()
        if kept < least
    ]
    asked = f"the pack asks for {many(least, 'row')} or more"
    if said:
        return Gate(ROWS, False, f"{', '.join(said)}; {asked}.", misleads=True)
    if not job.rows:
        return Gate(ROWS, True, "The report has no source whose rows could be counted.")
    each = "The source has" if len(job.rows) == 1 else "Every source has"
    return Gate(ROWS, True, f"{each} {many(least, 'row')} or more.")


def whole(through: date | None, weeks: Weeks) -> Gate:
    """Look whether the data reach to the end of a week."""
    if through is None:
        return Gate(WEEK, True, "Whether the week is whole is not judged: no source of this report has dates.")
    week = weeks.of(through)
    if week.end == through:
        return Gate(WEEK, True, f"The week of {week} is whole.")
    return Gate(
        WEEK,
        False,
        f"The week of {week} is not whole: data end on {through:%A}, {day_text(through, year=True)}.",
        misleads=True,
    )


def aside(gates: Sequence[Gate], hidden: int, least: int) -> tuple[Gate, ...]:
    """Say at the gate of small groups how many are not shown."""
    verb = "is" if hidden == 1 else "are"
    text = f"{many(hidden, 'group')} {verb} not shown, so that no group of fewer than {least} people can be made out."
    return tuple(replace(one, text=text) if one.name == GROUPS and hidden else one for one in gates)


def stale(gates: Sequence[Gate]) -> str:
    """Return why the data are too old, or ``""`` where they are not."""
    return next((one.text for one in gates if one.name == FRESH and not one.ok), "")


def misleading(gates: Sequence[Gate]) -> str:
    """Return what must stand in place of the headline: the text of the first gate whose failure misleads, or ``""``."""
    return next((one.text for one in gates if one.misleads and not one.ok), "")


def gated(facts: Json, gates: Sequence[Gate]) -> Json:
    """Return the facts of a page with the headline that its gates leave: no sentence and no change that misleads.

    Parameters
    ----------
    facts
        Any plain data with ``sentence`` and ``cards``: the facts of a page, or its headline alone.
    """
    why = misleading(gates)
    if not why:
        return facts
    cards = [card | {"change": "", "tone": "flat"} for card in facts.get("cards", [])]
    return facts | {"sentence": why, "cards": cards}


def held(found: Content, gates: Sequence[Gate]) -> Content:
    """Return the page with the headline that its gates leave, wherever it stands."""
    if not misleading(gates):
        return found
    sections = [
        replace(
            section,
            blocks=[
                replace(block, facts=gated(block.facts, gates)) if block.kind == "headline" else block
                for block in section.blocks
            ],
        )
        for section in found.sections
    ]
    return replace(found, headline=gated(found.headline, gates), sections=sections)


def many(number: int, noun: str) -> str:
    """Write a number with its noun."""
    return f"{Unit.COUNT.text(number)} {noun}{'' if number == 1 else 's'}"


def sentence(text: str) -> str:
    """End a text in a full stop."""
    return text if text.endswith((".", "!", "?")) else f"{text}."
