"""From executed notebooks to pages: masked, gated, compared with the last run, one for each audience."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pmlib.core import PmlibError
from pmlib.reports.packs.plan import Job, Plan
from pmlib.reports.pages.audiences import Audience, audiences, seen_by
from pmlib.reports.pages.changes import changes
from pmlib.reports.pages.content import content
from pmlib.reports.pages.facts import facts
from pmlib.reports.pages.gates import aside, gates, held
from pmlib.reports.pages.leaf import Leaf
from pmlib.reports.pages.notes import notes
from pmlib.reports.pages.page import ASSETS, Frame, page, shared_assets
from pmlib.reports.pages.privacy import cleaner, load_roster, private
from pmlib.reports.pages.small import suppressed
from pmlib.reports.runs.outcome import Outcome
from pmlib.reports.runs.records import remembered

Json = dict[str, Any]
WEEK_START = "monday"
MEMORY = 26
"""Earlier pages that are looked back at for decisions and what came of them."""


@dataclass(frozen=True)
class Readers:
    """Who reads the pages of a pack, and whose names they may not show."""

    rules: tuple[Audience, ...]
    roster: Mapping[str, str]


def readers(plan: Plan) -> Readers:
    """Read the rules of a pack's audiences, and its roster.

    Raises
    ------
    PmlibError
        If a file cannot be read, or an audience does not exist.
    """
    roster = load_roster(plan.base / plan.pack.roster) if plan.pack.roster else {}
    return Readers(audiences(plan.base, plan.pack.audiences), roster)


@dataclass
class Pages:
    """What the reports of a run became: files to publish, facts to keep, what the ledger says of each."""

    files: dict[Path, bytes] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    facts: dict[str, Json] = field(default_factory=dict)
    extras: dict[str, Json] = field(default_factory=dict)
    changes: dict[str, list[str]] = field(default_factory=dict)
    """What changed since the last good run, a sentence each, by report."""


def pages(outcomes: Sequence[Outcome], plan: Plan, who: Readers, history: Sequence[Json]) -> Pages:
    """Make the pages of the good reports; one that cannot be rendered has failed, the others go on.

    Parameters
    ----------
    history
        The records of the runs before, the oldest first.
    """
    made = Pages()
    for one in outcomes:
        try:
            if one.good:
                leaf = leaf_of(one, plan, who.roster, history)
                for rule in who.rules:
                    place = folder_of(plan, rule) / plan.as_of.isoformat() / f"{one.job.id}.html"
                    made.files[place] = page(seen(leaf, rule), frame(plan, rule))
                made.facts[one.job.id] = leaf.facts
                made.extras[one.job.id] = extra(leaf)
                made.changes[one.job.id] = [change.text for change in (*leaf.changes.moved, *leaf.changes.revised)]
            made.outcomes.append(one)
        except (PmlibError, KeyError, TypeError, ValueError) as error:
            why = f"Its page cannot be rendered ({type(error).__name__}: {error}). Show findings, charts and tables."
            made.outcomes.append(replace(one, state="failed", why=why))
    if plan.pack.assets == "shared" and made.files:
        made.files = {plan.out / ASSETS / name: script for name, script in shared_assets().items()} | made.files
    return made


def leaf_of(outcome: Outcome, plan: Plan, roster: Mapping[str, str], history: Sequence[Json]) -> Leaf:
    """Read a report's page out of its notebook, and what surrounds it out of the pack and the runs before."""
    contacts, least = plan.pack.mask_contacts, outcome.job.asks.min_group
    clean = cleaner(contacts=contacts, roster=roster)
    job = cleaned(outcome.job, clean)
    found, hidden = private(content(outcome.notebook), contacts=contacts, roster=roster), 0
    asked = gates(job, plan.reference, str(job.parameters.get("week_start") or WEEK_START))
    if least:
        found, hidden = suppressed(found, least)
        asked = aside(asked, hidden, least)
    found = held(found, asked)
    now = facts(found, job, plan.as_of.isoformat())
    memory = remembered(plan.out, job.id, before=plan.as_of, last=MEMORY, ended=history)
    return Leaf(
        job=job,
        content=found,
        title=job.title,
        as_of=plan.as_of,
        facts=now,
        why=outcome.why,
        gates=asked,
        changes=changes(memory[-1] if memory else None, now),
        notes=notes(plan.base / plan.pack.notes, job.id, plan.as_of, memory, now, clean=clean),
    )


def cleaned(job: Job, clean: Callable[[str], str]) -> Job:
    """Mask what a page says of a job: its title and its parameters in words."""
    words = {name: clean(value) if isinstance(value, str) else value for name, value in job.parameters.items()}
    return replace(job, title=clean(job.title), parameters=words)


def seen(leaf: Leaf, rule: Audience) -> Leaf:
    """Return what an audience sees, its facts read anew from what is left."""
    less = seen_by(leaf, rule)
    return replace(less, facts=facts(less.content, less.job, leaf.as_of.isoformat()))


def folder_of(plan: Plan, rule: Audience) -> Path:
    """Return where an audience's pages lie: each has a folder of its own, so that it can be served alone."""
    return plan.out / rule.name if rule.name else plan.out


def frame(plan: Plan, rule: Audience) -> Frame:
    """Return what stands around a page."""
    up = "../../" if rule.name else "../"
    return Frame(plan.title, "../index.html", audience=rule.name, assets=plan.pack.assets, asset=f"{up}{ASSETS}/")


def extra(leaf: Leaf) -> Json:
    """Return what the ledger keeps of a page for the index: its first card, and whether it asks for anything."""
    cards: Iterable[Json] = leaf.facts["cards"]
    first = next(iter(cards), None)
    calm = all(card.get("tone", "flat") == "flat" for card in cards) and all(gate.ok for gate in leaf.gates)
    asked = any(one.get("action") for one in leaf.facts["findings"])
    names = ("name", "value", "number", "change", "tone")
    return {
        "sentence": leaf.facts["sentence"],
        "card": {name: first.get(name) for name in names} if first else None,
        "quiet": calm and not asked and not leaf.notes.decided,
    }
