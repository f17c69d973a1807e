"""Whether the events of each metric were recorded throughout: days without any, and spans in which they fell."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from sqlglot import exp

from pmlib.core.periods import day_text
from pmlib.core.words import listed
from pmlib.engine import Cells, place, sql
from pmlib.experiments.checks.drops import Drop, Real, apart, courses, together
from pmlib.experiments.checks.gate import Gate
from pmlib.experiments.checks.missing import has
from pmlib.experiments.checks.tallies import Tallies
from pmlib.experiments.exposure.gaps import Course, dates, doing, exposed_by
from pmlib.experiments.exposure.orders import recipes_of
from pmlib.experiments.exposure.recipes import Recipe
from pmlib.experiments.exposure.spans import microseconds, span
from pmlib.experiments.reading.clusters import MEMBER, MEMBERS
from pmlib.experiments.trial import Log, Trial
from pmlib.sources.contract import Units

NAME = "events on each day"
WHOLE = "pmlib_cluster"
"""The column of units that names the cluster of each."""
LONGEST = 400
"""Days in which spans are looked for."""
SHOWN = 3
"""So many metrics are named."""


@dataclass(frozen=True)
class Record:
    """What units did of one metric.

    Parameters
    ----------
    done
        Units that did it, by arm, day of exposure and day, shape ``(arms, days, days)``.
    """

    name: str
    done: Real
    aside: bool = False
    """Whether it is a secondary metric, on which no verdict rests."""


def recordings(trial: Trial, found: Tallies) -> Gate:
    """Check that the events of each metric came on each day, and did not fall in one arm or in all.

    Units are compared with units of the same age in their own arm, so that an intake that ends or an effect that wears
    off is no fault. What happens to one arm alone is an alarm; what happens to all is a doubt.
    """
    if trial.log is None:
        return Gate(NAME, "not checked", "Without events nobody sees on which days they were recorded.")
    if not found.days or not has(trial.units.engine, "marked"):
        return Gate(NAME, "not checked", "Units do not tell when each was exposed.")
    recipes = [one for one in recipes_of(trial.log.events, trial.log.registration, trial.log.metrics) if one]
    if not recipes:
        return Gate(NAME, "not checked", "No metric is counted in events.")
    last = span(trial.log.events, trial.log.registration).last
    calendar = tuple(found.days[0] + timedelta(days=at) for at in range((last - found.days[0]).days + 1))
    cells = counted(trial, trial.log, recipes)
    records = [recorded(one, place, cells, calendar, found.arms) for place, one in enumerate(recipes)]
    entered = np.zeros((len(found.arms), len(calendar)))
    entered[:, : len(found.days)] = found.units.T[:, : len(calendar)]
    records.sort(key=lambda one: one.aside)
    fell_in_one = [(one, text) for one in records for text in in_one(one, entered, calendar, found.arms, len(records))]
    alone = [text for _, text in fell_in_one]
    every = [text for one in records for text in in_all(one, entered, calendar, found.arms, len(records))]
    said = listed([*alone, *every], SHOWN)
    if alone:
        action = "Find out whether logging failed in that arm, before reading; leave those days out of every arm."
        state = "doubt" if all(one.aside for one, _ in fell_in_one) else "alarm"
        return Gate(NAME, state, f"Events of one arm are missing: {said}.", action, query=cells.sql)
    if every:
        action = "Find out whether logging failed, or what people did changed; what hits all arms alike biases none."
        return Gate(NAME, "doubt", f"Fewer events in every arm: {said}.", action, query=cells.sql)
    names = listed([one.name for one in records])
    return Gate(NAME, "passed", f"No day lacks events of {names}, and no arm lost them.", query=cells.sql)


def counted(trial: Trial, log: Log, recipes: list[Recipe]) -> Cells:
    """Ask how many units of each arm and day of exposure did on each day what each metric counts."""
    people = trial.source.people
    # Units of a cluster come and go together, so a cluster counts once, with the first of them.
    own, whole = ("unit", "pmlib_number") if people is None else (WHOLE, "pmlib_whole")
    pieces = {"the_own": exp.column(own), "the_whole": exp.column(whole)}
    text = doing(place(sql(__package__ or "", "recordings.sql"), **pieces), recipes)
    units = trial.units if people is None else of_clusters(trial.units)
    return units.query(text, closes=microseconds(span(log.events, log.registration).closes))


def of_clusters(units: Units) -> Units:
    """Return the units behind clusters, each with its cluster, and the day on which that came."""
    behind, first = exp.table_(MEMBERS, db=units.engine.home(MEMBERS)), exp.Min(this=exp.column("exposed_on"))
    came = exp.Window(this=first, partition_by=[exp.column("unit")])
    picks = [exp.alias_(exp.column(MEMBER), "unit"), exp.column("arm"), exp.alias_(came, "exposed_on")]
    picks.append(exp.alias_(exp.column("unit"), WHOLE))
    engine = units.engine.viewed("units", lambda _: exp.select(*picks).from_(behind))
    return replace(units, engine=engine)


def recorded(recipe: Recipe, place: int, cells: Cells, calendar: tuple[date, ...], arms: tuple[str, ...]) -> Record:
    """Put the counts of one metric in their places."""
    done = np.zeros((len(arms), len(calendar), len(calendar)))
    for row in cells:
        first, day = (row.exposed_on - calendar[0]).days, (row.day - calendar[0]).days
        if row.arm in arms and day < len(calendar):
            done[arms.index(row.arm), first, day] += row[3 + place]
    return Record(recipe.measure.label, done, recipe.measure.role == "secondary")


def in_one(one: Record, entered: Real, calendar: tuple[date, ...], arms: tuple[str, ...], metrics: int) -> list[str]:
    """Say on which days one arm alone lacks events of a metric."""
    course = coursed(one, entered, calendar, arms)
    tests = metrics * len(arms)
    both = [courses(done, came) for done, came in zip(one.done, entered, strict=True)]
    seen, expected = (np.array([pair[side] for pair in both]) for side in (0, 1))
    long = len(calendar) > LONGEST
    drops = [None if long else apart(seen, expected, place, tests) for place in range(len(arms))]
    # Of two arms one lacks after a day what the other seems to lack before it: named is the one that fell.
    fallen = any(drop is not None and drop.first > 0 for drop in drops)
    said: list[str] = []
    for arm, drop in zip(arms, drops, strict=True):
        lacking = course.lacking(arm)
        if len(lacking) == sum(course.total(day) > 0 for day in calendar) > 1:
            said.append(f"none of {one.name} in {arm} on any day")
        elif lacking:
            said.append(f"none of {one.name} in {arm} on {dates(lacking)}")
        elif drop is not None and (drop.first > 0 or not fallen):
            said.append(f"{one.name} in {arm} {fell(drop, calendar)}, against the other {others(arms)}")
    return said


def in_all(one: Record, entered: Real, calendar: tuple[date, ...], arms: tuple[str, ...], metrics: int) -> list[str]:
    """Say on which days all arms lack events of a metric."""
    empty = coursed(one, entered, calendar, arms).empty()
    if empty:
        return [f"none of {one.name} on {dates(empty)}"]
    seen, expected = courses(one.done.sum(axis=0), entered.sum(axis=0))
    drop = together(seen, expected, metrics) if len(calendar) <= LONGEST else None
    return [] if drop is None else [f"{one.name} {fell(drop, calendar)}"]


def coursed(one: Record, entered: Real, calendar: tuple[date, ...], arms: tuple[str, ...]) -> Course:
    """Return a metric by day and arm, with the part that each arm has of the units exposed by then."""
    places = [(at, day, place, arm) for at, day in enumerate(calendar) for place, arm in enumerate(arms)]
    counts = {(day, arm): int(one.done[place, :, at].sum()) for at, day, place, arm in places}
    taken = {(day, arm): int(entered[place, at]) for at, day, place, arm in places}
    return Course(calendar, counts, exposed_by(calendar, taken, arms), arms)


def fell(drop: Drop, calendar: tuple[date, ...]) -> str:
    """Say when events fell, and to what part."""
    since, last = day_text(calendar[drop.first], year=True), calendar[drop.last]
    until = "" if drop.last == len(calendar) - 1 else f" to {day_text(last, year=True)}"
    return f"fell to {drop.left:.0%} of what it was {'from' if until else 'since'} {since}{until}"


def others(arms: tuple[str, ...]) -> str:
    """Name the arms beside one."""
    return "arm" if len(arms) == 2 else "arms"
