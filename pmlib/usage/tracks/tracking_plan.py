"""The tracking plan against what came: missing, undeclared, of another type, required but empty."""

from collections.abc import Iterable, Mapping

from pmlib.core.periods import day_text
from pmlib.sources.expected import Plan, Planned
from pmlib.usage.tracks.tracking_properties import share_of, typed, week
from pmlib.usage.tracks.tracking_rules import Change, closest
from pmlib.usage.tracks.tracking_seen import USER, Held, Seen

KEPT = 0.99
"""The share of events, or of values, that must be as planned: single slips are none of the plan's."""
OWN = (USER, "received_at", "event_id", "session_id")
"""What every event may have, planned or not."""
KINDS = {"number": "numbers", "boolean": "truths", "date": "times"}
WORDS = {"number": "numbers", "boolean": "true or false", "date": "dates"}


def against(seen: Seen, plan: Plan) -> tuple[list[Change], list[str]]:
    """Compare what came with what was planned; return what differs and the query that ran."""
    cells = seen.engine.query(
        "SELECT event, max(last_day) AS last_day FROM tracked WHERE event IN $names GROUP BY event ORDER BY event",
        names=sorted(plan.events),
    )
    days = {row.event: row.last_day for row in cells}
    found = []
    for event, planned in plan.events.items():
        last = days.get(event)
        if last is None or last < seen.begin:
            here = [name for name in seen.courses if name not in plan.events]
            since = f"last came on {day_text(last, year=True)}" if last else "never came"
            found.append(
                Change(
                    1, 0, event, "", "planned, missing", "planned", "0",
                    f"{event} is planned and {since}{owned(planned)}{near(event, here)}",
                    last=last, topic="came",
                )
            )  # fmt: skip
        elif now := seen.held.get(event, {}).get(seen.last):
            found += properties_against(seen, event, planned, now)
    for event, course in seen.courses.items():
        if event not in plan.events:
            missing = [name for name in plan.events if name not in days]
            text = f"{event} is not in {plan.name}, and came {course.lately:,} times from {day_text(seen.begin)} on"
            found.append(
                Change(
                    7, course.lately, event, "", "not planned", "not planned", f"{course.lately:,}",
                    text + near(event, missing), course.first, course.last,
                    group="not planned", topic="new",
                )
            )  # fmt: skip
    return found, [cells.sql]


def properties_against(seen: Seen, event: str, planned: Planned, now: Held) -> list[Change]:
    """Compare the properties of an event in the last week with its plan."""
    places = places_of(seen)
    there = {name for name, at in places.items() if now.filled[at]}
    found = []
    for one, kind in planned.properties.items():
        if one not in there:
            others = sorted(there - set(planned.properties))
            text = f"{one} is planned for {event} and is on none of its events {week(seen)}{owned(planned)}"
            needed = one in planned.required
            found.append(
                Change(
                    3 if needed else 7, now.n, event, one, "required, missing" if needed else "planned, missing",
                    "planned", "filled 0.0%", text + near(one, others),
                    estimate=share_of(f"{event} with {one}, {week(seen)}", 0.0, now.n),
                    group=f"missing {one}", topic="filled",
                )
            )  # fmt: skip
            continue
        at = places[one]
        share = now.filled[at] / now.n
        if one in planned.required and share < KEPT:
            found.append(
                Change(
                    3, now.n, event, one, "required, empty", "required", f"filled {share:.1%}",
                    f"{one} is required and on only {share:.1%} of {event} {week(seen)}{owned(planned)}",
                    estimate=share_of(f"{event} with {one}, {week(seen)}", share, now.n),
                    group=f"empty {one}", topic="filled",
                )
            )  # fmt: skip
        if kind in KINDS:
            right = typed(now, at, KINDS[kind]) / now.filled[at]
            if right < KEPT:
                found.append(
                    Change(
                        4, now.filled[at], event, one, "another type than planned", WORDS[kind],
                        f"{right:.1%} {WORDS[kind]}",
                        f"{one} of {event} is planned as {kind} and holds {WORDS[kind]} in {right:.1%} of its values "
                        f"{week(seen)}{owned(planned)}",
                        estimate=share_of(
                            f"{one} of {event} that are {WORDS[kind]}, {week(seen)}", right, now.filled[at]
                        ),
                        group=f"type {one}", topic="type",
                    )
                )  # fmt: skip
    return found + undeclared(seen, event, planned, now, there, places)


def undeclared(
    seen: Seen, event: str, planned: Planned, now: Held, there: set[str], places: Mapping[str, int]
) -> list[Change]:
    """Return the properties of an event that its plan does not have, where it plans any."""
    if not planned.properties:
        return []
    known = {places[one] for one in planned.properties if one in places}
    odd = [one for at, one in enumerate(seen.properties) if at not in known and now.filled[at] and one.name not in OWN]
    missing = [one for one in planned.properties if one not in there]
    found = []
    for one in odd:
        share = now.filled[places[one.name]] / now.n
        text = f"{one.name} is not planned for {event}, and is on {share:.1%} of its events {week(seen)}"
        found.append(
            Change(
                8, now.n, event, one.name, "not planned", "not planned", f"filled {share:.1%}",
                text + near(one.name, missing),
                estimate=share_of(f"{event} with {one.name}, {week(seen)}", share, now.n),
                group=f"not planned {one.name}",
            )
        )  # fmt: skip
    return found


def places_of(seen: Seen) -> dict[str, int]:
    """Return where each property stands, by its name and by the last part of a key such as ``properties.plan``."""
    whole = {one.name: at for at, one in enumerate(seen.properties)}
    return {one.name.rpartition(".")[2]: at for at, one in enumerate(seen.properties)} | whole


def near(word: str, known: Iterable[str]) -> str:
    """Name the nearest of what else there is, for a sentence."""
    found = closest(word, known)
    return f"; the nearest name is {found}" if found else ""


def owned(planned: Planned) -> str:
    """Say whom to ask, where the plan does."""
    return f" (owner: {planned.owner})" if planned.owner else ""
