"""Does the tracking still tell what it told: events and properties expected against seen."""

import re
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from pmlib.core import Check, Estimate, Finding, SettingError, TooFewError, Unit, answering, made_id
from pmlib.core.periods import day_text
from pmlib.core.words import capital, listed
from pmlib.show import Chart, Column, Series, Table, line, table
from pmlib.sources.contract import Events
from pmlib.sources.expected import Plan, load_plan
from pmlib.usage.tracks.tracking_events import events_changed
from pmlib.usage.tracks.tracking_personal import personal
from pmlib.usage.tracks.tracking_plan import against
from pmlib.usage.tracks.tracking_properties import properties_changed
from pmlib.usage.tracks.tracking_rules import EARLIER, Change
from pmlib.usage.tracks.tracking_seen import ENOUGH, EVENTS, PROPERTIES, USER, Seen, seen
from pmlib.usage.tracks.tracking_values import values_changed

CAUTIONS = 8
ROWS = 50
LONGEST = 52
SERIOUS = 6
"""Changes up to this rank ask for action."""
NAMES = 60
"""Signs of a name in a sentence."""


@answering("tracking", "Does the tracking still tell what it told?")
def tracking(events: Events, *, plan: str | Path = "", weeks: int = 8) -> Finding:
    """Answer whether the tracking still tells what it told.

    The last complete week is compared with those before it: events that stopped, began, were probably renamed, halved
    or doubled; properties that are filled otherwise, hold another type, size or set of values, or personal data; and
    with a plan, all that is not as planned. A change counts when it is large and more than chance: comparisons of a
    page are judged together, so that about one quiet page in a hundred raises an alarm. A number counts as halved or
    doubled only if it is so beside all other events too: a quiet week is none. It must also be a signal by the one
    rule (:func:`pmlib.stats.signal`) from 26 earlier weeks on.

    Parameters
    ----------
    plan
        A tracking plan (:func:`pmlib.sources.expected.load_plan`); ``""`` is none.
    weeks
        Weeks compared with.

    Raises
    ------
    SettingError
        If ``weeks`` lies outside 4 to 52, or the plan is wrong.
    TooFewError
        If there are not 4 complete weeks before the last complete one, and no plan.
    """
    if not EARLIER <= weeks <= LONGEST:
        raise SettingError(f"weeks is {weeks}; compare with {EARLIER} to {LONGEST} weeks.")
    wanted = load_plan(plan) if str(plan) else None
    named = sorted({one for event in wanted.events.values() for one in event.properties}) if wanted else []
    found = seen(events, weeks=weeks, first=named)
    enough = found.last - found.since >= EARLIER
    if not enough and wanted is None:
        raise TooFewError(
            f"The week of {day_text(found.buckets.start(found.last))} needs {EARLIER} complete weeks before it; there "
            f"are {found.last - found.since}. Load more, or give a plan of what is expected."
        )
    changes, queries = compared(found, wanted, past=enough)
    fresh = [one for one in changes if not one.standing]
    said, news = sentences(changes), sentences(fresh)
    return Finding(
        id=made_id("tracking", events.segment),
        question="Does the tracking still tell what it told?",
        headline=headline(found, news, fresh, wanted),
        estimates=(*looked_at(found, len(news)), *(one.estimate for one in changes[:ROWS] if one.estimate)),
        table=numbers(found, changes),
        figure=chart(found, fresh),
        cautions=(*said[:CAUTIONS], *more(len(said), found)),
        definition=definition(found, wanted, past=enough),
        # A page carries the queries: blanks at the beginning of lines are half of them.
        query=re.sub(r"\n[ ]+", "\n", ";\n\n".join((*found.queries, *queries))),
        action=action(fresh, wanted),
        checks=() if fresh else (Check(True, f"The tracking was looked at: {as_before(found, wanted)}."),),
    )


def compared(found: Seen, plan: Plan | None, *, past: bool) -> tuple[list[Change], list[str]]:
    """Compare with the plan and with the past; return what differs, the most important first, and the queries."""
    changes, queries = against(found, plan) if plan else ([], [])
    if past:
        moved, ran = events_changed(found)
        gone = frozenset(one.event for one in moved if one.rank == 0)
        held = properties_changed(found, gone)
        busy = frozenset({(event, "") for event in gone} | {(one.event, one.column) for one in held})
        values, asked = values_changed(found, busy)
        private, looked = personal(found)
        changes += [*moved, *held, *values, *private]
        queries += [*ran, *asked, *looked]
    once: dict[tuple[str, str, str], Change] = {}
    for one in sorted(changes, key=lambda one: one.key):
        # What the plan and the past both tell of an event or property is told once.
        once.setdefault((one.event, one.column, one.topic or one.what), one)
    return list(once.values()), queries


def sentences(changes: Sequence[Change]) -> list[str]:
    """Write a sentence for each change; those of one group share one."""
    groups: dict[str, list[Change]] = {}
    for at, one in enumerate(changes):
        groups.setdefault(one.group or str(at), []).append(one)
    found = []
    for first, *rest in groups.values():
        likewise = f"; likewise {listed([short(one.event) for one in rest], 3)}" if rest else ""
        found.append(f"{told(first)}{likewise}.")
    return found


def told(one: Change) -> str:
    """Return the sentence of a change, its names cut where they are long."""
    text = one.text
    for name in (one.event, one.column):
        text = text.replace(name, short(name)) if len(name) > NAMES else text
    return text


def short(name: str) -> str:
    """Write a name, a long one cut."""
    return name if len(name) <= NAMES else f"{name[: NAMES - 1]}…"


def counted(found: Seen) -> str:
    """Write how much was looked at: ``8 events and 6 properties``."""
    events, known = (int(one.value or 0) for one in looked_at(found, 0)[:2])
    words = f"{events:,} event{'' if events == 1 else 's'}"
    return words + (f" and {known} propert{'y' if known == 1 else 'ies'}" if known else "")


def looked_at(found: Seen, changes: int) -> tuple[Estimate, ...]:
    """Return how much was looked at, and how many changes there are beside the first."""
    counts = {
        "Events looked at": len(found.courses),
        "Properties looked at": sum(one.name != USER for one in found.properties),
        "Changes beside the first": max(changes - 1, 0),
    }
    return tuple(
        Estimate(what, n, None, None, Unit.COUNT, found.everything, "counted", reason="a full count has no interval")
        for what, n in counts.items()
    )


def as_before(found: Seen, plan: Plan | None) -> str:
    """Say that nothing changed."""
    return f"nothing changed in {counted(found)}" + (", and all is as planned" if plan else "")


def headline(found: Seen, sentences: Sequence[str], fresh: Sequence[Change], plan: Plan | None) -> str:
    """Say what changed first, and how much more did."""
    if not sentences:
        text = as_before(found, plan)
        return capital(text)
    others, what = len(sentences) - 1, "difference" if plan else "change"
    return told(fresh[0]) + (f"; {others} more {what}{'' if others == 1 else 's'}" if others else "")


def more(said: int, found: Seen) -> list[str]:
    """Say how many changes are not told one by one, and what was not looked at."""
    words = [f"{said - CAUTIONS} more changes stand in the table of the tracking."] if said > CAUTIONS else []
    if found.names > len(found.courses):
        share = sum(one.lately for one in found.courses.values()) / found.everything
        words.append(
            f"Of {found.names:,} names of events the {len(found.courses)} most frequent were looked at, {share:.1%} of "
            "all events: names that hold ids cannot be followed."
        )
    if found.left:
        words.append(f"{found.left} properties beyond the first {PROPERTIES} were not looked at.")
    return words


def action(fresh: Sequence[Change], plan: Plan | None) -> str:
    """Ask to find out what changed, before anybody reads what rests on it."""
    first = next((one for one in fresh if one.rank <= SERIOUS), None)
    if first is None:
        return ""
    if first.ask:
        return first.ask
    planned = plan.events.get(first.event) if plan else None
    whom = f"Ask {planned.owner} what" if planned and planned.owner else "Find out what"
    what = f"{first.column} on {short(first.event)}" if first.column else short(first.event)
    when = f" around {day_text(first.last)}" if first.rank == 0 and first.last else ""
    return f"{whom} happened to {what}{when}, before anybody reads figures that rest on it."


def numbers(found: Seen, changes: Sequence[Change]) -> Table:
    """The changes, then the events without any, as a table."""
    titles = ["Event", "Property", "What", "Before", "Now"]
    columns = [*titles, Column("First day seen", Unit.DATE), Column("Last day seen", Unit.DATE)]
    rows = []
    for one in changes[:ROWS]:
        course = found.courses.get(one.event)
        first, last = (one.first, one.last) if one.first or course is None else (course.first, course.last)
        rows.append((short(one.event) or "any", short(one.column), one.what, one.before, one.now, first, last))
    changed = {one.event for one in changes}
    for name, course in found.courses.items():
        if name not in changed and len(rows) < ROWS:
            usual = median([course.weeks.get(n, 0) for n in found.before] or [0])
            now = f"{course.weeks.get(found.last, 0):,} a week"
            rows.append((short(name), "", "as before", f"{usual:,.0f} a week", now, course.first, course.last))
    return table(columns, rows)


def chart(found: Seen, fresh: Sequence[Change]) -> Chart | None:
    """The course of the event that changed most; nothing where none did."""
    first = next((one for one in fresh if one.series), None)
    if first is None:
        return None
    weeks = range(found.since, found.last + 1)
    dates = tuple(found.buckets.start(n).isoformat() for n in weeks)
    drawn = [
        Series(name, dates, tuple(found.courses[name].weeks.get(n, 0) for n in weeks), role=role)
        for name, role in zip(first.series, ("main", "other"), strict=False)
    ]
    words = f"{' and '.join(first.series)} by week from {day_text(found.begin, year=True)}: "
    words += "; ".join(f"{one.name} {one.y[0]:,} at first, {one.y[-1]:,} at last" for one in drawn) + "."
    return line(drawn, unit=Unit.COUNT, description=words)


def definition(found: Seen, plan: Plan | None, *, past: bool) -> str:
    """Say what was compared with what, and by which rule."""
    latest = day_text(found.buckets.start(found.last))
    words = [f"Events and properties of the week of {latest}"]
    if past:
        words[0] += f" against the {found.last - found.since} weeks before"
        words.append("a change is large and more than chance, judged so that 1 quiet page in 100 raises an alarm")
        words.append("a number halved or doubled did so beside all other events too")
    if plan:
        words.append(f"planned in {plan.name}")
    if any(one.sampled > 1 for one in found.courses.values()):
        words.append(f"properties of events with more than {ENOUGH:,} rows from a sample by hash")
    if found.names > EVENTS:
        words.append(f"the {EVENTS} most frequent events")
    return found.events.describe(*words, found.buckets.named, found.buckets.running(found.events.as_of))
