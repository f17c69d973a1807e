"""Properties that are filled otherwise than before, hold another type or another size, or lost their people."""

from collections.abc import Callable, Sequence
from math import isfinite, log, log10, sqrt
from statistics import median

from pmlib.core import Estimate, Unit
from pmlib.core.periods import day_text
from pmlib.usage.tracks.tracking_rules import EARLIER, LEAST, Change, angle, odds, unusual
from pmlib.usage.tracks.tracking_seen import USER, Held, Property, Seen

POINTS, TIMES = 0.1, 2.0
"""A share has changed that is this much higher or lower, and its odds as many times as high or low."""
SIZES = 8.0
"""Numbers have changed their size that are so many times as large: cents in place of euros, not a dearer month."""
FEWER = 5.0
"""People are missing where there are so many times fewer than usual for as many events."""
CERTAIN = 0.9
"""The share of values that makes a type the usual one."""
WIDE = 0.5
"""Standard deviation taken for the logarithm (of 10) of sizes, where weeks show less."""
FULL = "a full count has no sampling interval; its own history judges it"
SAMPLE = "a share of a sample by hash or of all; its own history judges it"
TYPES: dict[str, str] = {"numbers": "numbers", "truths": "true or false", "times": "dates", "rest": "text"}


def properties_changed(seen: Seen, gone: frozenset[str]) -> list[Change]:
    """Compare what each event's properties hold with the weeks before; ``gone`` are events that stopped."""
    found: list[Change] = []
    for event, weeks in seen.held.items():
        now = weeks.get(seen.last)
        earlier = [weeks[n] for n in seen.before if n in weeks and weeks[n].n >= LEAST / 2]
        if event in gone or now is None or now.n < LEAST or len(earlier) < EARLIER:
            continue
        found += people_changed(seen, event, now, earlier)
        for at, one in enumerate(seen.properties):
            filled = filled_changed(seen, event, one, at, now, earlier)
            found += filled
            if not filled and one.name != USER:
                found += type_changed(seen, event, one, at, now, earlier)
                found += size_changed(seen, event, one, at, now, earlier)
    return found


def people_changed(seen: Seen, event: str, now: Held, earlier: Sequence[Held]) -> list[Change]:
    """Tell whether an event comes from far fewer people, for as many events."""
    usual = median([one.people for one in earlier])
    if not now.people or now.people * FEWER > usual:
        return []
    beside = [log((one.people + 0.5) / (one.n + 0.5)) for one in earlier]
    here = log((now.people + 0.5) / (now.n + 0.5))
    if median(beside) - here < log(FEWER) or not unusual(here, beside, 1 / sqrt(usual + 0.5), seen.looks):
        return []
    who = seen.events.who
    text = (
        f"{event} came from {who.count(now.people)} {week(seen)}, where about {usual:,.0f} were usual for as many "
        "events: look whether the id of the user is still sent"
    )
    estimate = Estimate(
        f"{who.many} of {event} {week(seen)}", now.people, None, None, Unit.COUNT, now.n,
        f"distinct {who.many} counted", reason=FULL,
    )  # fmt: skip
    return [
        Change(
            1, now.n, event, USER, f"fewer {who.many}", f"about {usual:,.0f} {who.many}", who.count(now.people), text,
            estimate=estimate,
        )
    ]  # fmt: skip


def filled_changed(seen: Seen, event: str, one: Property, at: int, now: Held, earlier: Sequence[Held]) -> list[Change]:
    """Tell whether a property is filled more or less often."""
    before = share_before(seen, now, earlier, lambda held: held.filled[at], lambda held: held.n)
    if before is None:
        return []
    share = now.filled[at] / now.n
    lost = share < before
    what = "filled less often" if lost else "filled more often"
    rank = 1 if one.name == USER else 3 if lost else 8
    text = f"{one.name} is on {share:.1%} of {event} {week(seen)}, where {before:.1%} were usual"
    return [
        Change(
            rank, now.n, event, one.name, what, f"filled {before:.1%}", f"filled {share:.1%}", text,
            estimate=share_of(f"{event} with {one.name}, {week(seen)}", share, now.n), group=f"{what} {one.name}",
            topic="filled",
        )
    ]  # fmt: skip


def type_changed(seen: Seen, event: str, one: Property, at: int, now: Held, earlier: Sequence[Held]) -> list[Change]:
    """Tell whether the values of a property are no longer of the type they were."""
    if one.kind != "text" or now.filled[at] < LEAST:
        return []
    usual = max(TYPES, key=lambda kind: sum(typed(held, at, kind) for held in earlier))
    total = sum(held.filled[at] for held in earlier)
    if not total or sum(typed(held, at, usual) for held in earlier) < CERTAIN * total:
        return []
    before = share_before(seen, now, earlier, lambda held: typed(held, at, usual), lambda held: held.filled[at])
    if before is None:
        return []
    share = typed(now, at, usual) / now.filled[at]
    other = max((kind for kind in TYPES if kind != usual), key=lambda kind: typed(now, at, kind))
    text = (
        f"{one.name} of {event} holds {TYPES[usual]} in {share:.1%} of its values {week(seen)}, where {before:.1%} "
        f"were usual: now {TYPES[other]}"
    )
    return [
        Change(
            4, now.filled[at], event, one.name, f"{TYPES[usual]} became {TYPES[other]}", f"{before:.1%} {TYPES[usual]}",
            f"{share:.1%} {TYPES[usual]}", text,
            estimate=share_of(f"{one.name} of {event} that are {TYPES[usual]}, {week(seen)}", share, now.filled[at]),
            group=f"{usual} {other} {one.name}", topic="type",
        )
    ]  # fmt: skip


def size_changed(seen: Seen, event: str, one: Property, at: int, now: Held, earlier: Sequence[Held]) -> list[Change]:
    """Tell whether numbers are many times as large or small as before."""
    sizes = [size for held in earlier if (size := held.sizes[at]) is not None and isfinite(size)]
    here = now.sizes[at]
    few = now.numbers[at] < LEAST or len(sizes) < EARLIER
    if few or here is None or not isfinite(here) or abs(here - median(sizes)) < log10(SIZES):
        return []
    if not unusual(here, sizes, WIDE / sqrt(now.numbers[at]), seen.looks):
        return []
    before, after = 10 ** median(sizes), 10**here
    text = (
        f"{one.name} of {event} is typically {about(after)} {week(seen)}, where {about(before)} was usual: perhaps in "
        "another unit"
    )
    estimate = Estimate(
        f"{one.name} of {event}, {week(seen)}", after, None, None, Unit.NUMBER, now.numbers[at], "geometric mean",
        reason=FULL,
    )  # fmt: skip
    return [
        Change(
            4, now.numbers[at], event, one.name, "another size of numbers", f"typically {about(before)}",
            f"typically {about(after)}", text, estimate=estimate, group=f"size {one.name}",
        )
    ]  # fmt: skip


def share_before(
    seen: Seen,
    now: Held,
    earlier: Sequence[Held],
    hits: Callable[[Held], int],
    size: Callable[[Held], int],
) -> float | None:
    """Return the usual share where this week's is another: by more than chance, and by enough to matter."""
    known = [held for held in earlier if size(held) >= LEAST / 2]
    if len(known) < EARLIER or size(now) < LEAST:
        return None
    usual = median([hits(held) / size(held) for held in known])
    share = hits(now) / size(now)
    apart = abs(log(odds(hits(now), size(now))) - log(odds(usual * size(now), size(now))))
    if abs(share - usual) < POINTS or apart < log(TIMES):
        return None
    floor = 0.5 / sqrt(size(now))
    before = [angle(hits(held), size(held)) for held in known]
    return usual if unusual(angle(hits(now), size(now)), before, floor, seen.looks) else None


def typed(held: Held, at: int, kind: str) -> int:
    """Return how many values are of a type; what is a number is no date."""
    own = {"numbers": held.numbers[at], "truths": held.truths[at], "times": held.times[at]}
    return own[kind] if kind in own else max(held.filled[at] - sum(own.values()), 0)


def about(number: float) -> str:
    """Write a number with three digits.

    Examples
    --------
    >>> about(2741.3), about(27.41), about(0.02741)
    ('2,740', '27.4', '0.0274')
    """
    return f"{float(f'{number:.3g}'):,.0f}" if number >= 100 else f"{number:.3g}"


def share_of(label: str, share: float, n: int) -> Estimate:
    """Return a share as an estimate."""
    return Estimate(label, share, None, None, Unit.SHARE, n, "share of events counted", reason=SAMPLE)


def week(seen: Seen) -> str:
    """Say which week is looked at."""
    return f"in the week of {day_text(seen.buckets.start(seen.last))}"
