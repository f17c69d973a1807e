"""Features as people use them: counted in the engine, each with its estimates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pmlib.core import Estimate, Period, TooFewError, Unit
from pmlib.engine import sql
from pmlib.sources.contract import Events
from pmlib.stats import (
    Moments,
    Survival,
    clustered_mean,
    kaplan_meier_counts,
    mean,
    share,
    share_difference,
)
from pmlib.usage.cohorts.cohorts import Steps
from pmlib.usage.growth.newcomers import newcomers
from pmlib.usage.people.comparisons import adjusted
from pmlib.usage.people.parts import Parts

MOST = 12
"""Features shown where none are named."""
NAMED = 30
"""Features that may be named."""
NOBODY = "SELECT '' AS user_id, '' AS part, 1 AS place WHERE false"
"""A table of parts with nobody in any."""
PER_DAY = Unit("number", 2, "a day")
Each = Mapping[str, Mapping[str | None, int]]
"""For each part, new people who adopted an event; all of them under ``None``."""


@dataclass(frozen=True)
class Feature:
    """One feature: who adopted it, who uses it, how often, how long it took.

    Parameters
    ----------
    adopted
        The share of new people who used it in time.
    used, again
        The share of active people who used it, and of these who did on two days or more; ``None`` without any.
    depth
        Events of it a day that its users were active.
    wait
        When half had used it, counted from their start.
    parts, gaps
        The share of each part who adopted it, and how far that lies from the others'.
    """

    event: str
    words: str
    people: int
    adopted: Estimate
    used: Estimate
    again: Estimate | None
    depth: Estimate | None
    wait: Estimate
    parts: Mapping[str, Estimate]
    gaps: tuple[Estimate, ...] = ()


@dataclass(frozen=True)
class Counted:
    """The features in their order, and how many of them people used.

    Parameters
    ----------
    active, new
        People active in the weeks looked at, and new people whose days are over.
    breadth
        How many people used how many of the features.
    events
        Features there would be.
    common
        What was left out of them, for all new people have it; ``None`` where features were named.
    """

    features: tuple[Feature, ...]
    active: int
    new: int
    breadth: Mapping[int, int]
    parted: Mapping[str, Mapping[int, int]]
    events: int
    common: tuple[str, ...] | None
    sql: str


def counted(
    events: Events,
    named: Sequence[str],
    start: str,
    within: int,
    shown: Period,
    period: Period,
    split: Parts | None,
) -> Counted:
    """Count the features named, or those most people use.

    Parameters
    ----------
    shown
        The weeks in which use counts.
    period
        The weeks of starts whose days are over.
    """
    steps = newcomers(events, start)
    values: dict[str, object] = {"since": shown.start, "until": shown.end, "begin": period.start}
    steps = steps.keep("uses", sql(__package__, "adoption_uses.sql"), values)
    steps = steps.keep("present", sql(__package__, "adoption_present.sql"), values)
    values |= {"within": within, "end": period.end}
    names, there, common = list(named), len(named), []
    if not names:
        rows = steps.query(sql(__package__, "adoption_names.sql"), start=start, **values).rows
        chosen = [row.event for row in rows if not row.common] or [row.event for row in rows]
        common = [row.event for row in rows if row.event not in chosen]
        names, there = chosen[:MOST], len(chosen)
    if not names:
        raise TooFewError("There is no event beside the one that starts, so nothing can be adopted.")
    values |= {"names": names}
    new = steps.query(
        "SELECT count(*) AS n FROM newcomers WHERE followed >= $within AND day BETWEEN $begin AND $end", **values
    )
    people = new.one().n
    if not people:
        raise TooFewError(f"Nobody started from {period}. Look at more weeks.")
    breadth = widths(steps.keep("parts", NOBODY, {}), values).get(None, {})
    active = sum(breadth.values())
    if not active:
        raise TooFewError(f"Nobody was active from {shown}.")
    each: Each = {}
    parted: Mapping[str | None, Mapping[int, int]] = {}
    if split:
        apart = Steps(split.on(steps.engine), (*steps.made, split.sql))
        found: dict[str, dict[str | None, int]] = {}
        for row in apart.query(sql(__package__, "adoption_parts.sql"), **values):
            found.setdefault(row.part, {})[row.event] = row.people
        each, parted = found, widths(apart, values)
    waits = curves(steps, names, period)
    cells = steps.query(sql(__package__, "adoption.sql"), **values)
    labels = events.labels.all([*names, *common])
    features = tuple(made(row, labels[row.event], active, people, waits[row.event], each) for row in cells)
    return Counted(
        corrected(features),
        active,
        people,
        breadth,
        {name: counts for name, counts in parted.items() if name is not None},
        there,
        tuple(labels[name] for name in common) if not named else None,
        cells.sql,
    )


def widths(steps: Steps, values: Mapping[str, object]) -> dict[str | None, dict[int, int]]:
    """Return how many people used how many of the features, by part."""
    found: dict[str | None, dict[int, int]] = {}
    for row in steps.query(sql(__package__, "adoption_breadth.sql"), **values):
        found.setdefault(row.part, {})[row.used] = row.people
    return found


def curves(steps: Steps, names: Sequence[str], period: Period) -> dict[str, Survival]:
    """Return for each feature how many new people have not used it yet, by days since their start."""
    ended: dict[str | None, dict[int, int]] = {}
    known: dict[str | None, dict[int, int]] = {}
    for row in steps.query(sql(__package__, "adoption_waits.sql"), names=names, begin=period.start):
        (ended if row.ended else known).setdefault(row.event, {})[int(row.days)] = row.people
    everybody = known[None]
    found: dict[str, Survival] = {}
    for name in names:
        done, mine = ended.get(name, {}), known.get(name, {})
        times = sorted({*everybody, *done})
        left = [everybody.get(day, 0) - mine.get(day, 0) for day in times]
        found[name] = kaplan_meier_counts(times, [done.get(day, 0) for day in times], left)
    return found


def made(row: Any, words: str, active: int, new: int, curve: Survival, each: Each) -> Feature:
    """Put the estimates of a feature together from its cell."""
    depth = None
    if row.people > 1 and row.s:
        depth = clustered_mean(
            row.people, row.y, row.s, row.yy, row.ys, row.ss, unit=PER_DAY, label=f"{words}: events an active day"
        ).limited(0)
    wait = curve.median(label=f"{words}: half have used it after")
    parts: dict[str, Estimate] = {}
    gaps: list[Estimate] = []
    for name, counts in each.items():
        mine, size = counts.get(row.event, 0), counts[None]
        parts[name] = share(mine, size, label=f"{words}: adopted, {name}")
        if len(each) > 1 and size < new:
            rest = (row.adopted - mine, new - size)
            gaps.append(share_difference(mine, size, *rest, label=f"{words}: {name} less all others"))
    return Feature(
        row.event,
        words,
        row.people,
        share(row.adopted, new, label=f"{words}: adopted"),
        share(row.people, active, label=f"{words}: used by the active"),
        share(row.again, row.people, label=f"{words}: used on two days or more") if row.people else None,
        depth,
        replace(wait, reason=wait.reason.replace("had not ended", "had not used it")),
        parts,
        tuple(gaps),
    )


def corrected(features: Sequence[Feature]) -> tuple[Feature, ...]:
    """Correct ``p`` for how many parts and features are compared (Holm)."""
    gaps = iter(adjusted([gap for one in features for gap in one.gaps]))
    return tuple(replace(one, gaps=tuple(next(gaps) for _ in one.gaps)) for one in features)


def width(breadth: Mapping[int, int], features: int, label: str) -> Estimate:
    """Return how many of so many features a person used, in the mean."""
    n = sum(breadth.values())
    average = sum(used * people for used, people in breadth.items()) / n
    spread = sum(people * (used - average) ** 2 for used, people in breadth.items()) / max(n - 1, 1)
    if not spread:
        reason = "nobody differs from another"
        return Estimate(label, average, None, None, Unit.NUMBER, n, "mean", reason=reason)
    return mean(Moments(n, average, spread), label=label).limited(0, features)
