"""Survival as a table and a chart, and what it says in words."""

from collections.abc import Mapping

from pmlib.core import Estimate, Unit
from pmlib.core.periods import day_text
from pmlib.show import Chart, Column, Series, Table, line, table
from pmlib.sources.contract import Events
from pmlib.stats import LogRank, Survival
from pmlib.usage.cohorts.words import CLEAR, FEW, few_parts
from pmlib.usage.people.parts import Parts

DAYS = Unit("duration", 0, "days")
AT_RISK = 20
"""People still followed below whom the end of a curve is left out of the chart."""
POINTS = 120
"""Points a curve has at most in the chart."""
MANY_BACK = 0.2
"""Share of those who had stopped that came back since, from which the idle days are too few."""


def headline(
    events: Events,
    start: str,
    half: Estimate,
    left: Estimate,
    shown: int,
    longest: int,
    halves: Mapping[str, Estimate],
    test: LogRank | None,
    back: Estimate | None,
    idle: int,
) -> str:
    """Say for how long half go on, or how many go on where that is not reached, how sure, and what belies it."""
    begun = f"started ({events.labels.of(start)})" if start else "came for the first time"
    often = back is not None and (back.value or 0) >= MANY_BACK
    least = "at least " if often else ""
    if half.value is not None:
        text = f"Half of {events.who.count(half.n)} who {begun} go on for {least}{DAYS.text(half.value)} ({half.range})"
    else:
        text = f"{least.capitalize()}{Unit.SHARE.text(left.value)} of {events.who.count(left.n)} who {begun} still go "
        text += f"on {DAYS.text(shown)} after the start ({left.range}); fewer than half stop within the "
        text += f"{DAYS.text(longest)} followed"
    if back is None or not often:
        return text + apart(halves, test)
    return (
        f"{text}; longer in truth, for {Unit.SHARE.text(back.value)} of {events.who.count(back.n)} idle for "
        f"{DAYS.text(idle)} came back later ({back.range})"
    )


def apart(halves: Mapping[str, Estimate], test: LogRank | None) -> str:
    """Say whether parts differ, and name the first and last to lose half."""
    if test is None:
        return ""
    if test.p >= CLEAR:
        return "; between the parts no difference is clear"
    known = {name: one.value for name, one in halves.items() if one.value is not None}
    if len(known) < 2 or min(known.values()) == max(known.values()):
        return "; the parts clearly differ"
    first, last = min(known, key=lambda one: known[one]), max(known, key=lambda one: known[one])
    return f"; {DAYS.text(known[first])} for {first}, {DAYS.text(known[last])} for {last}: the parts clearly differ"


def cautions(
    events: Events, whole: Survival, wanted: int, shown: int, idle_days: int, older: bool, back: Estimate | None
) -> tuple[str, ...]:
    """What to doubt: few people, people older than the data, people who come back after all."""
    found: list[str] = []
    if whole.n < FEW:
        found.append(f"The curve rests on {events.who.count(whole.n)}.")
    if shown < wanted:
        found.append(f"Nobody was followed for {DAYS.text(wanted)}; {DAYS.text(shown)} stand instead.")
    if older:
        begin = day_text(events.first_day(), year=True)
        found.append(f"The data begin {begin}: those seen first then may have come long before.")
    if back is None:
        found.append(
            f"Whether {DAYS.text(idle_days)} without a sign mean that somebody stopped cannot be tried on so few days."
        )
    elif back.value:
        more = "; ask with more idle days" if back.value >= MANY_BACK else ""
        found.append(
            f"Of {events.who.count(back.n)} idle for {DAYS.text(idle_days)} on {back.period}, "
            f"{Unit.SHARE.text(back.value)} have come back since: of those idle now some will too, and the curve lies "
            f"too low{more}."
        )
    return tuple(found)


def doubts(events: Events, split: Parts | None, named: Mapping[str, Survival], test: LogRank | None) -> tuple[str, ...]:
    """What to doubt of the parts."""
    if split is None:
        return ()
    found = [*split.cautions, *few_parts(events, list(named), [one.n for one in named.values()])]
    if test is None:
        why = "overlap" if split.overlap else "are too few, or nobody in them stopped while others went on"
        found.append(f"The parts are not tested against each other: they {why}.")
    return tuple(found)


def numbers(events: Events, whole: Survival, named: Mapping[str, Survival], shown: int, title: str) -> Table:
    """The curves as a table: people, how many stopped, when half had, the share that goes on."""
    people = events.who.many.capitalize()
    columns = [
        Column(title or "Who"),
        Column(people, Unit.COUNT),
        Column("Stopped", Unit.COUNT),
        Column("Half stopped after", DAYS),
        Column("Low", DAYS),
        Column("High", DAYS),
        Column(f"Going on after {DAYS.text(shown)}", Unit.SHARE),
    ]
    rows = []
    for name, curve in [*named.items(), ("All", whole)]:
        half = curve.median(DAYS)
        rows.append((name, curve.n, sum(curve.ended), half.value, half.low, half.high, curve.at(shown, DAYS).value))
    return table(columns, rows, size=people)


def chart(whole: Survival, named: Mapping[str, Survival], idle_days: int) -> Chart:
    """The curves over the days since the start, each with its band."""
    shown = dict(named) or {"all": whole}
    ends = {name: drawn_to(curve) for name, curve in shown.items()}
    longest = max(ends.values())
    days = range(0, longest + 1, max(1, -(-longest // POINTS)))
    drawn = [sampled(name, curve, days, ends[name]) for name, curve in shown.items()]
    told = [f"{name} {Unit.SHARE.text(curve.at(ends[name], DAYS).value)}" for name, curve in shown.items()]
    return line(
        drawn,
        unit=Unit.SHARE,
        description=f"Share that goes on by days since the start, to {DAYS.text(longest)}; at the end "
        f"{'; '.join(told)}.",
        caption=f"Who is idle for {DAYS.text(idle_days)} stops when these are over. A curve ends where fewer than "
        f"{AT_RISK} are still followed.",
        x_title="days since the start",
        dates=False,
    )


def drawn_to(curve: Survival) -> int:
    """Return the last day to which a curve is drawn."""
    enough = [time for time, left in zip(curve.times, curve.at_risk, strict=True) if left >= AT_RISK]
    return int(max(enough, default=curve.times[-1]))


def sampled(name: str, curve: Survival, days: range, last: int) -> Series:
    """Read a curve at some days."""
    found = [curve.at(day, DAYS) if day <= last else None for day in days]
    return Series(
        name,
        tuple(str(day) for day in days),
        tuple(one.value if one else None for one in found),
        tuple(one.low if one else None for one in found),
        tuple(one.high if one else None for one in found),
    )
