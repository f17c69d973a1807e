"""Events that stopped, began, changed their name, halved or doubled."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import SequenceMatcher
from itertools import pairwise
from math import exp, log, sqrt
from statistics import fmean, median

from pmlib.core import Buckets, Estimate, Unit
from pmlib.core.periods import SEASON, YEAR_BACK, day_text
from pmlib.engine import sql
from pmlib.stats import signal
from pmlib.stats.signals import FEWEST
from pmlib.usage.tracks.tracking_rules import EARLIER, LEAST, PRESENT, RATE, Change, odds, silence, unusual
from pmlib.usage.tracks.tracking_seen import Course, Seen

HALF = log(2)
SILENT = 3
"""Days of silence needed to say that an event stopped."""
NEAR = 0.75
"""How alike two names must be, of 1, to be near."""
ALIKE = 0.8
"""How alike what comes before and after two events must be to take one for the other."""
FIT, CLOSE = 2.0, 1.5
"""How many times as often one of the two may come."""
TURNS, ONCE = 28, 3
"""Days a new name may have been there before the old one stopped; days around that when only its place tells it."""
PAIRS = 12
"""Events that stopped, and that began, of which neighbours are compared."""
ROWS = 2_000_000
FULL = "a full count has no sampling interval; its own history judges it"


@dataclass(frozen=True)
class Stop:
    """An event that no longer comes: its usual weekly number, and what it may be called now."""

    course: Course
    usual: float
    heir: Course | None = None
    rate: float = 0.0


def stopped(seen: Seen, course: Course) -> Stop | None:
    """Tell whether an event stopped: it used to come, and is silent for longer than ever, beyond chance."""
    quiet = (seen.end - course.last).days
    if quiet < SILENT or course.last < seen.begin:
        return None
    week = seen.buckets.number(course.last)
    full = week if seen.buckets.end(week) == course.last else week - 1
    born = max(seen.whole, seen.buckets.number(course.first) + 1)
    begin = max(born, full - (seen.last - seen.since) + 1)
    counts = [course.weeks.get(one, 0) for one in range(begin, full + 1)]
    if len(counts) < EARLIER or sum(counts) < LEAST or sum(map(bool, counts)) < PRESENT * len(counts):
        return None
    if quiet <= 2 * longest(course, seen.buckets, seen.buckets.start(begin)):
        return None
    usual = fmean(counts)
    long = [course.weeks.get(one, 0) for one in range(max(full - FEWEST + 1, born), full + 1)]
    # In a quiet time fewer were to be expected.
    others = [seen.totals.get(one, 0) - course.weeks.get(one, 0) for one in range(begin, seen.last + 1)]
    calm, since = fmean(others[: len(counts)]), others[week - begin :] or others[-1:]
    expected = usual * quiet / 7 * (min(1.0, min(since) / calm) if calm else 1.0)
    return Stop(course, usual) if silence(expected, long) <= RATE / seen.looks else None


def longest(course: Course, buckets: Buckets, begin: date) -> int:
    """Return the longest run of days without the event, from ``begin`` to its last day."""
    days = [
        buckets.start(week) + timedelta(days=at)
        for week, bits in sorted(course.days.items())
        for at in range(7)
        if bits >> at & 1
    ]
    inside = [begin - timedelta(days=1), *(day for day in days if day >= begin)]
    return max((late - early).days - 1 for early, late in pairwise(inside))


def began(seen: Seen, course: Course) -> bool:
    """Tell whether an event was never there before, where enough weeks could have had it."""
    return course.first > seen.buckets.end(seen.whole + EARLIER - 1)


def events_changed(seen: Seen) -> tuple[list[Change], list[str]]:
    """Compare each event with its own past; return the changes and the queries that ran."""
    stops = [stop for one in seen.courses.values() if (stop := stopped(seen, one))]
    new = [one for one in seen.courses.values() if began(seen, one) and sum(one.weeks.values()) >= LEAST]
    stops, queries = renamed(seen, stops, new)
    heirs = {stop.heir.event for stop in stops if stop.heir}
    gone = {stop.course.event for stop in stops}
    found = [gone_change(seen, stop) for stop in stops]
    latest = seen.buckets.start(seen.last)
    found += [new_change(seen, one) for one in new if one.first >= latest and one.event not in heirs]
    found += [
        change
        for one in seen.courses.values()
        if one.event not in gone and not began_lately(seen, one) and (change := moved(seen, one))
    ]
    return found, queries


def began_lately(seen: Seen, course: Course) -> bool:
    """Tell whether an event has too few whole weeks behind it."""
    return seen.last - seen.buckets.number(course.first) <= EARLIER


def gone_change(seen: Seen, stop: Stop) -> Change:
    """Say that an event stopped, and what it may be called now."""
    one = stop.course
    text = f"{one.event} stopped on {day_text(one.last)}: {stop.usual:,.0f} a week were usual"
    now, what = "0", "stopped"
    estimate = Estimate(
        f"{one.event} since {day_text(one.last)}", 0.0, None, None, Unit.COUNT, one.lately, "events counted",
        reason=FULL,
    )  # fmt: skip
    series, ask = (one.event,), ""
    if stop.heir:
        share = stop.rate / stop.usual
        what = f"probably renamed to {stop.heir.event}"
        now = f"{stop.rate:,.0f} a week as {stop.heir.event}"
        text = (
            f"{one.event} stopped on {day_text(one.last)}: probably renamed to {stop.heir.event}, which has "
            f"{share:.0%} of the usual number"
        )
        estimate = Estimate(
            f"{stop.heir.event} for each {one.event} that was usual", share, None, None, Unit("share"),
            sum(stop.heir.weeks.values()), "events a week, of the usual events a week", reason=FULL,
        )  # fmt: skip
        series = (one.event, stop.heir.event)
        ask = f"Ask whether {one.event} is now {stop.heir.event}, and name the new one wherever the old is asked for."
    return Change(
        0, round(stop.usual), one.event, "", what, f"{stop.usual:,.0f} a week", now, text, one.first, one.last,
        estimate, topic="came", ask=ask, series=series,
    )  # fmt: skip


def new_change(seen: Seen, one: Course) -> Change:
    """Say that an event is new."""
    count = sum(one.weeks.values())
    text = f"{one.event} is new: {count:,} events from {day_text(one.first)} on"
    estimate = Estimate(
        f"{one.event} since {day_text(one.first)}", count, None, None, Unit.COUNT, count, "events counted", reason=FULL
    )
    return Change(
        9, count, one.event, "", "new", "0", f"{count:,} since", text, one.first, one.last, estimate, topic="new"
    )


def moved(seen: Seen, one: Course) -> Change | None:
    """Tell whether an event's number halved or doubled, for itself and beside all other events."""
    week = seen.buckets.number(one.first) + 1
    history = [one.weeks.get(n, 0) for n in range(max(seen.whole, week, seen.last - 2 * YEAR_BACK["week"]), seen.last)]
    recent = [n for n in seen.before if n >= week]
    now, total = one.weeks.get(seen.last, 0), seen.totals.get(seen.last, 0)
    if len(recent) < EARLIER or now == total:
        return None
    counts = [one.weeks.get(n, 0) for n in recent]
    usual = median(counts)
    if max(now, usual) < LEAST or not (now <= usual / 2 or now >= usual * 2):
        return None
    # Half a year shows better than few weeks how much its part of all events moves.
    wide = range(max(seen.whole, week, seen.last - FEWEST), seen.last)
    beside = [log(odds(one.weeks.get(n, 0), seen.totals.get(n, 0))) for n in wide]
    here = log(odds(now, total))
    # In a quiet week fewer are to be expected, and these vary by more.
    fewer = min(usual, exp(median(beside[-len(recent) :])) * (total - now))
    floor = sqrt(1 / (fewer + 0.5) + 1 / (total - now + 0.5))
    up = now > usual
    off = here - median(beside[-len(recent) :])
    if (off > 0) != up or abs(off) < HALF or not unusual(here, beside, floor, seen.looks):
        return None
    if len(history) >= FEWEST:
        told = signal(history, now, season=SEASON["week"], unit=Unit.COUNT)
        expected = told.limits.value
        # What a season or a slope leads one to expect is no news either.
        if not told.called or (told.state == "above") != up or expected is None:
            return None
        if not (now >= 2 * expected if up else now <= expected / 2):
            return None
    elif not unusual(sqrt(now), [sqrt(one) for one in counts], 0.5, seen.looks):
        return None
    shares = [one.weeks.get(n, 0) / seen.totals[n] if seen.totals.get(n) else 0.0 for n in recent]
    what = "doubled or more" if up else "halved or less"
    when = f"in the week of {day_text(seen.buckets.start(seen.last))}"
    text = (
        f"{one.event} came {now:,} times {when}, where {usual:,.0f} were usual: {now / total:.1%} of all events, not "
        f"{median(shares):.1%}"
    )
    estimate = Estimate(
        f"{one.event} {when}", now, None, None, Unit.COUNT, now, "events counted",
        period=str(seen.buckets.period(seen.last, seen.last)), reason=FULL,
    )  # fmt: skip
    return Change(
        6, round(max(now, usual)), one.event, "", what, f"{usual:,.0f} a week, {median(shares):.1%} of all",
        f"{now:,}, {now / total:.1%} of all", text, one.first, one.last, estimate, series=(one.event,),
    )  # fmt: skip


def renamed(seen: Seen, stops: Sequence[Stop], new: Sequence[Course]) -> tuple[list[Stop], list[str]]:
    """Find for each event that stopped the new one that took its place, by name or by all it does."""
    pairs = [(old, one) for old in stops[:PAIRS] for one in new[:PAIRS] if in_turn(old.course, one)]
    if not pairs:
        return list(stops), []
    around, query = neighbours(seen, pairs)
    scored = []
    for old, one in pairs:
        rate = weekly(seen, old.course, one)
        name = likeness(old.course.event, one.event)
        role = alike(around, old.course.event, one.event)
        ratio = max(rate, old.usual) / max(min(rate, old.usual), 0.1)
        # Without a name that is near, all else must fit more closely.
        if (name >= NEAR and ratio <= FIT) or (role >= ALIKE and ratio <= CLOSE and at_once(old.course, one)):
            scored.append((max(name, role), name + role, old.course.event, one.event, rate))
    heirs: dict[str, tuple[Course, float]] = {}
    taken: set[str] = set()
    for _, _, old, one, rate in sorted(scored, key=lambda pair: (-pair[0], -pair[1], pair[2], pair[3])):
        if old not in heirs and one not in taken:
            heirs[old] = (seen.courses[one], rate)
            taken.add(one)
    told = [Stop(s.course, s.usual, *heirs[s.course.event]) if s.course.event in heirs else s for s in stops]
    return told, [query]


def in_turn(old: Course, new: Course) -> bool:
    """Tell whether one event began about when the other stopped."""
    return -TURNS <= (new.first - old.last).days <= 7


def at_once(old: Course, new: Course) -> bool:
    """Tell whether one event began just when the other stopped."""
    return abs((new.first - old.last).days) <= ONCE


def weekly(seen: Seen, old: Course, new: Course) -> float:
    """Return how often the new event comes a week since it stands alone."""
    after = seen.buckets.number(max(old.last, new.first)) + 1
    whole = [new.weeks.get(week, 0) for week in range(after, seen.last + 1)]
    if whole:
        return fmean(whole)
    return sum(new.weeks.values()) * 7 / ((seen.end - new.first).days + 1)


def likeness(one: str, other: str) -> float:
    """Return how alike two names are, whatever joins their words and in whichever order these stand.

    Examples
    --------
    >>> likeness("booking_made", "bookingMade"), likeness("made booking", "Booking Made")
    (1.0, 1.0)
    >>> likeness("booking_made", "signed_up") < 0.5
    True
    """
    words = [re.findall(r"[A-Z]+(?![a-z])|[^\W\d_][^\W\d_A-Z]*|\d+", name) for name in (one, other)]
    plain = [[word.casefold() for word in each] for each in words]
    return max(
        SequenceMatcher(None, "".join(order(plain[0])), "".join(order(plain[1])), autojunk=False).ratio()
        for order in (list, sorted)
    )


def neighbours(seen: Seen, pairs: Sequence[tuple[Stop, Course]]) -> tuple[dict[str, dict[tuple[str, str], int]], str]:
    """Count what comes just before and after the events of some pairs."""
    names = sorted({name for old, new in pairs for name in (old.course.event, new.event)})
    begin = min(min(old.course.last for old, _ in pairs) - timedelta(days=TURNS), min(new.first for _, new in pairs))
    rows = sum(seen.totals.get(week, 0) for week in range(seen.buckets.number(begin), seen.last + 2))
    cells = seen.events.query(
        sql(__package__, "tracking_pairs.sql"), begin=begin, end=seen.end, names=names, step=max(rows // ROWS, 1)
    )
    found: dict[str, dict[tuple[str, str], int]] = {}
    for row in cells:
        found.setdefault(row.event, {})[row.side, row.neighbour] = int(row.n)
    return found, cells.sql


def alike(around: Mapping[str, Mapping[tuple[str, str], int]], old: str, new: str) -> float:
    """Return how much of what stands around two events is the same, the smaller of before and after.

    Examples
    --------
    Before both stands "seen", after one "bought" and after the other "bought" half the time.

    >>> around = {"a": {("before", "seen"): 4, ("after", "bought"): 4},
    ...           "b": {("before", "seen"): 2, ("after", "bought"): 1, ("after", "left"): 1}}
    >>> alike(around, "a", "b")
    0.5
    """
    found = []
    for side in ("before", "after"):
        shares: list[dict[str, float]] = []
        for name in (old, new):
            own: dict[str, float] = {}
            for (where, neighbour), n in around.get(name, {}).items():
                if where == side:
                    # Each stands beside itself where the other does.
                    word = "\0" if neighbour in (old, new) else neighbour
                    own[word] = own.get(word, 0) + n
            total = sum(own.values())
            shares.append({word: n / total for word, n in own.items()} if total else {})
        found.append(sum(min(share, shares[1].get(word, 0.0)) for word, share in sorted(shares[0].items())))
    return min(found)
