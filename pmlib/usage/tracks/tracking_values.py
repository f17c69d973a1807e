"""Values that no longer come, of properties that have few."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from sqlglot import exp

from pmlib.core.masking import masked
from pmlib.engine import place, sql
from pmlib.sources.events.fields import parsed
from pmlib.usage.tracks.tracking_properties import share_of, week
from pmlib.usage.tracks.tracking_rules import EARLIER, LEAST, PRESENT, RATE, Change, closest, silence
from pmlib.usage.tracks.tracking_seen import USER, Property, Seen

FEW = 30
"""Values of a property whose values are followed."""
EVENTS, PROPERTIES = 50, 12
"""Events and properties whose values are followed: the most frequent, the first."""
LONGEST = 40
"""Signs of a value that is shown."""


def values_changed(seen: Seen, busy: frozenset[tuple[str, str]]) -> tuple[list[Change], list[str]]:
    """Find values that used to come and do not any more.

    Parameters
    ----------
    busy
        Events, and events with a property, whose change is told already.
    """
    known = with_few(seen)
    if not known or seen.last - seen.since < EARLIER:
        return [], []
    places = exp.Array(
        expressions=[
            parsed("histogram(CAST(read AS VARCHAR)) FILTER (WHERE NOT read IS NULL)", read=one.read) for one in known
        ]
    )
    names = list(seen.courses)[:EVENTS]
    text = place(sql(__package__, "tracking_values.sql"), the_values=places)
    cells = seen.engine.query(text, names=names)
    each: dict[tuple[str, int], dict[str, dict[int, int]]] = {}
    for row in cells:
        counts = {int(n): int(count) for n, count in zip(row.weeks, row.n, strict=True)}
        each.setdefault((row.event, int(row.place)), {})[row.value] = counts
    found = []
    for (event, at), values in each.items():
        one = known[at - 1].name
        if (event, "") not in busy and (event, one) not in busy:
            found += lost(seen, event, one, values)
    return found, [cells.sql]


def with_few(seen: Seen) -> list[Property]:
    """Return the properties of text or truth that have few values."""
    known = [one for one in seen.properties if one.kind in ("text", "truth") and one.name != USER]
    if not known:
        return []
    counts = exp.Array(expressions=[parsed("approx_count_distinct(read)", read=one.read) for one in known])
    row = seen.engine.query(place("SELECT the_counts AS counts FROM tracked_rows", the_counts=counts)).one()
    return [one for one, n in zip(known, row.counts, strict=True) if 0 < n <= FEW][:PROPERTIES]


def lost(seen: Seen, event: str, one: str, values: Mapping[str, Mapping[int, int]]) -> list[Change]:
    """Return the values of one property of one event that no longer come."""
    now = seen.held[event].get(seen.last)
    weeks = [n for n in seen.before if n in seen.held[event]]
    if now is None or now.n < LEAST or len(weeks) < EARLIER or comes_and_goes(weeks, values):
        return []
    size = fmean(seen.held[event][n].n for n in weeks)
    found = []
    for value, counts in values.items():
        before = [counts.get(n, 0) for n in weeks]
        missed = counts.get(seen.last, 0) == 0 and sum(map(bool, before)) >= PRESENT * len(before)
        # What was on its way out is not missed, nor what a quiet week left out.
        expected = min(*before[-EARLIER:], fmean(before)) * min(now.n / size, 1.0)
        if not missed or sum(before) < LEAST or silence(expected, before) > RATE / seen.looks / len(values):
            continue
        fresh = [other for other, own in values.items() if own.get(seen.last, 0) and not any(map(own.get, weeks))]
        heir = closest(value, fresh)
        usual = fmean(before)
        text = f"{one} {shown(value)} no longer comes with {event}: {usual:,.0f} a week were usual"
        text += f"; {shown(heir)} is new" if heir else ""
        found.append(
            Change(
                5, round(usual), event, one, f"value {shown(value)} gone", f"{usual:,.0f} a week",
                f"0; {shown(heir)} is new" if heir else "0", text, group=f"{one} {value}",
                estimate=share_of(f"{event} with {one} {shown(value)}, {week(seen)}", 0.0, now.n),
            )
        )  # fmt: skip
    return found


def comes_and_goes(weeks: Sequence[int], values: Mapping[str, Mapping[int, int]]) -> bool:
    """Tell whether values of a property begin and end week by week, as those of versions and campaigns do."""
    half = len(weeks) // 2
    for counts in values.values():
        early = [counts.get(n, 0) for n in weeks[:half]]
        late = [counts.get(n, 0) for n in weeks[half:]]
        for one, other in ((early, late), (late, early)):
            # So many in one half that none in two or more weeks of the other is no chance.
            if sum(one) >= LEAST and min(one) and sum(not n for n in other) >= 2:
                return True
    return False


def shown(value: str) -> str:
    """Write a value, unless it may be personal or is long.

    Examples
    --------
    >>> shown("ios"), shown("ada@example.org")
    ("'ios'", '(a value not shown)')
    """
    plain = len(value) <= LONGEST and value.isprintable() and masked(value) == value
    return f"'{value}'" if plain else "(a value not shown)"
