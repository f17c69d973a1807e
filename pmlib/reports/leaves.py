"""From executed notebooks to pages: masked, gated, compared with the last run, one for each audience."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pmlib.core import PmlibError
from pmlib.reports.packs.plan import Job, Plan
from pmlib.reports.pages.audiences import Audience, audiences, hold_must, seen_by
from pmlib.reports.pages.changes import changes
from pmlib.reports.pages.content import content
from pmlib.reports.pages.facts import facts
from pmlib.reports.pages.gates import gates, grouped, held, misleading, misled
from pmlib.reports.pages.leaf import Changes, Gate, Leaf
from pmlib.reports.pages.notes import notes
from pmlib.reports.pages.page import ASSETS, Frame, page, shared_assets
from pmlib.reports.pages.plans import kept
from pmlib.reports.pages.privacy import cleaner, fingerprint, load_roster, private, recalled
from pmlib.reports.pages.small import suppressed
from pmlib.reports.pages.unjudged import unjudged
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
        clean = cleaner(contacts=plan.pack.mask_contacts, roster=who.roster)
        made.extras[one.job.id] = {"title": clean(one.job.title)}
        try:
            if one.good:
                leaf = leaf_of(one, plan, who.roster, history)
                name = f"{plan.as_of.isoformat()}/{one.job.id}.html"
                # All or none: a report whose page for one audience cannot be made has failed for all.
                made.files |= {
                    folder_of(plan, rule) / name: page(seen(leaf, rule), frame(plan, rule)) for rule in who.rules
                }
                made.facts[one.job.id] = leaf.facts
                made.extras[one.job.id] = extra(leaf)
                made.changes[one.job.id] = leaf.changes.sentences
            made.outcomes.append(one)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one page may not cost the others
            # What a foreign error says may hold anybody's words, so it is not for all.
            why = f"Its page cannot be rendered ({type(error).__name__}). Show findings, charts and tables."
            said = str(error)
            if isinstance(error, PmlibError):
                why = said
            made.outcomes.append(replace(one, state="failed", why=why, detail=f"{why} {said}" if said != why else why))
    if plan.pack.assets == "shared" and made.files:
        made.files = {plan.out / ASSETS / name: script for name, script in shared_assets().items()} | made.files
    return made


def leaf_of(outcome: Outcome, plan: Plan, roster: Mapping[str, str], history: Sequence[Json]) -> Leaf:
    """Read a report's page out of its notebook, and what surrounds it out of the pack and the runs before."""
    contacts, least = plan.pack.mask_contacts, outcome.job.asks.min_group
    clean = cleaner(contacts=contacts, roster=roster)
    job = cleaned(outcome.job, clean)
    found = private(content(outcome.notebook), contacts=contacts, roster=roster)
    asked = gates(job, plan.reference, str(job.parameters.get("week_start") or WEEK_START))
    if least:
        unknown = unjudged(found)
        found, hidden = suppressed(found, least)
        asked = (*asked, grouped(hidden, unknown, least))
    found = held(found, asked)
    mark = fingerprint(contacts=contacts, roster=roster, least=least)
    now = facts(found, job, plan.as_of.isoformat(), gates=asked, privacy=mark)
    earlier = remembered(plan.out, job.id, before=plan.as_of, last=MEMORY, ended=history)
    edited = kept(earlier, now)
    if edited:
        asked = (*asked, edited)
        now = facts(found, job, plan.as_of.isoformat(), gates=asked, privacy=mark)
    memory = comparable(earlier, mark, clean, least)
    return Leaf(
        job=job,
        content=found,
        title=job.title,
        as_of=plan.as_of,
        facts=now,
        why=outcome.why,
        gates=asked,
        changes=compared(memory[-1] if memory else None, now, asked),
        # What happened since a decision is not told by numbers that mislead.
        notes=notes(
            plan.base / plan.pack.notes,
            job.id,
            plan.as_of,
            memory,
            now | {"findings": []} if misled(now) else now,
            clean=clean,
        ),
    )


def comparable(memory: Sequence[Json], privacy: str, clean: Callable[[str], str], least: int | None) -> list[Json]:
    """Return the facts of earlier pages that a page may be compared with, masked as today.

    Pages whose numbers a gate called misleading are no measure for any other.
    """
    return [
        one if one.get("privacy", "") == privacy else recalled(one, clean, least) for one in memory if not misled(one)
    ]


def compared(before: Json | None, now: Json, asked: Sequence[Gate]) -> Changes:
    """Return what changed, for the page and for whoever is told of it: nothing moved where the numbers mislead."""
    found = changes(before, now)
    return replace(found, moved=(), held=True) if misleading(asked) and found.since else found


def cleaned(job: Job, clean: Callable[[str], str]) -> Job:
    """Mask what a page says of a job: its title and its parameters in words."""
    words = {name: clean(value) if isinstance(value, str) else value for name, value in job.parameters.items()}
    return replace(job, title=clean(job.title), parameters=words)


def seen(leaf: Leaf, rule: Audience) -> Leaf:
    """Return what an audience sees, its facts read anew from what is left.

    Raises
    ------
    SettingError
        If its rule forbids what holds something it asks for.
    """
    less = seen_by(leaf, rule)
    hold_must(leaf, less, rule)
    privacy = leaf.facts.get("privacy", "")
    told = facts(less.content, less.job, leaf.as_of.isoformat(), gates=less.gates, privacy=privacy)
    return replace(less, facts=told)


def folder_of(plan: Plan, rule: Audience) -> Path:
    """Return where an audience's pages lie: each has a folder of its own, so that it can be served alone."""
    return plan.out / rule.name if rule.name else plan.out


def frame(plan: Plan, rule: Audience) -> Frame:
    """Return what stands around a page."""
    up = "../../" if rule.name else "../"
    return Frame(plan.title, "../index.html", audience=rule.name, assets=plan.pack.assets, asset=f"{up}{ASSETS}/")


def extra(leaf: Leaf) -> Json:
    """Return what the ledger keeps of a page for the index: its title, its first card, whether it asks for anything.

    A page whose numbers mislead has no card there, so that no line of values runs through it.
    """
    cards: Iterable[Json] = leaf.facts["cards"]
    first = None if misled(leaf.facts) else next(iter(cards), None)
    failed = any(gate.ok is False for gate in leaf.gates)
    calm = not failed and all(card.get("tone", "flat") == "flat" for card in cards)
    asked = any(one.get("action") for one in leaf.facts["findings"])
    names = ("name", "value", "number", "change", "tone")
    return {
        "title": leaf.title,
        "sentence": leaf.facts["sentence"],
        "card": {name: first.get(name) for name in names} if first else None,
        "quiet": calm and not asked and not leaf.notes.decided,
    }
