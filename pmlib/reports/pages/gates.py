"""What a pack asks of the data of a report, and what a page says where they do not hold it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from pmlib.core import Unit, Weeks
from pmlib.core.periods import day_text
from pmlib.core.words import capital, many
from pmlib.reports.packs.plan import Job
from pmlib.reports.pages.content import Block, Content
from pmlib.reports.pages.leaf import Gate

Json = dict[str, Any]

FRESH, ROWS, WEEK, GROUPS = "fresh", "rows", "whole week", "groups"
"""The names of gates."""
WITHHELD = "Change not shown: see above."
"""What a card says in place of a change that misleads."""


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
        One gate for each thing asked of the data, also where it holds; none where nothing is asked. What is asked of
        groups of people is judged by the page itself: see :func:`grouped`.

    Raises
    ------
    SettingError
        If a week cannot start on ``week_start``.
    """
    asks = job.asks
    found: list[Gate] = []
    if asks.max_age_days is not None:
        found.append(fresh(job, reference, asks.max_age_days))
    if asks.min_rows is not None:
        found.append(rows(job, asks.min_rows))
    if asks.whole_week:
        found.append(whole(job.through, Weeks(week_start)))
    return tuple(found)


def fresh(job: Job, reference: date, most: int) -> Gate:
    """Look how old the data are, by the source that ends first; sources without dates have no age."""
    name, through = min(job.ends.items(), key=lambda one: one[1], default=("", job.through))
    if through is None:
        return Gate(FRESH, None, "The age of the data is not judged: no source of this report has dates.")
    age = (reference - through).days
    whose = f"data of {name}" if len(job.ends) > 1 else "data"
    ends = f"{whose} end on {day_text(through, year=True)}"
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
        return Gate(ROWS, None, "The report has no source whose rows could be counted.")
    each = "The source has" if len(job.rows) == 1 else "Every source has"
    return Gate(ROWS, True, f"{each} {many(least, 'row')} or more.")


def whole(through: date | None, weeks: Weeks) -> Gate:
    """Look whether the data reach to the end of a week."""
    if through is None:
        return Gate(WEEK, None, "Whether the week is whole is not judged: no source of this report has dates.")
    week = weeks.of(through)
    if week.end == through:
        return Gate(WEEK, True, f"The week of {week} is whole.")
    return Gate(
        WEEK,
        False,
        f"The week of {week} is not whole: data end on {through:%A}, {day_text(through, year=True)}.",
        misleads=True,
    )


def grouped(hidden: int, unjudged: int, least: int) -> Gate:
    """Say how many groups of people are not shown, and how much of the page could not be looked at for them.

    Parameters
    ----------
    hidden, unjudged
        See :func:`pmlib.reports.pages.small.suppressed` and :func:`pmlib.reports.pages.unjudged.unjudged`.
    """
    verb = "is" if hidden == 1 else "are"
    shown = f"every group shown has {least} people or more"
    if hidden:
        what = many(hidden, "group")
        shown = f"{what} {verb} not shown, so that no group of fewer than {least} people can be made out"
    if not unjudged:
        return Gate(GROUPS, True, f"{capital(shown)}.")
    open_ones = "1 table or chart" if unjudged == 1 else f"{Unit.COUNT.text(unjudged)} tables or charts"
    says = "it does not" if unjudged == 1 else "they do not"
    text = f"{open_ones} could not be judged: {says} say how many people each group has"
    return Gate(GROUPS, None, f"{text}; elsewhere {shown}.")


def stale(gates: Sequence[Gate]) -> str:
    """Return why the data are too old, or ``""`` where they are not."""
    return next((one.text for one in gates if one.name == FRESH and one.ok is False), "")


def misleading(gates: Sequence[Gate]) -> str:
    """Return what must stand in place of the headline: the text of the first gate whose failure misleads, or ``""``."""
    return next((one.text for one in gates if one.misleads and one.ok is False), "")


def misled(facts: Json) -> bool:
    """Whether a gate said that the numbers of a page mislead, by the facts kept of it."""
    return any(gate["misleads"] and gate["ok"] is False for gate in facts.get("gates", []))


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
    cards = [card | {"change": WITHHELD * bool(card["change"]), "tone": "flat"} for card in facts.get("cards", [])]
    return facts | {"sentence": why, "cards": cards}


def held(found: Content, gates: Sequence[Gate]) -> Content:
    """Return the page with the headline that its gates leave, wherever it stands."""
    if not misleading(gates):
        return found
    sections = [
        replace(
            section,
            blocks=[withheld(block, gates) for block in section.blocks],
        )
        for section in found.sections
    ]
    return replace(found, headline=gated(found.headline, gates), sections=sections)


def withheld(block: Block, gates: Sequence[Gate]) -> Block:
    """Return a block of a page whose numbers mislead: its headline, its doubts and its asks say so."""
    text = misleading(gates)
    if block.kind == "headline":
        return replace(block, facts=gated(block.facts, gates))
    if block.kind == "doubts":
        return replace(block, facts={**block.facts, "checks": [{"ok": False, "text": text}, *block.facts["checks"]]})
    if block.kind == "actions":
        return replace(block, facts={**block.facts, "actions": ["Put the data in order first, then read on."]})
    return block
