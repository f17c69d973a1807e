"""Survival as a table and a chart, and what it says in words."""

from collections.abc import Mapping

from pmlib.core import Estimate, Unit
from pmlib.core.periods import day_text
from pmlib.show import Chart, Column, Series, Table, line, table
from pmlib.sources.contract import Events
from pmlib.stats import LogRank, Survival
from pmlib.usage.cohorts.words import CLEAR, FEW, few, few_parts
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
) -> str:
    """Say when half have stopped, or how many go on where that is not reached, and what belies it."""
    who = f"{events.who.many} who start ({events.labels.of(start)})" if start else f"new {events.who.many}"
    if half.value is not None:
        sure = few(events, half)
        text = f"Half of {who}{sure} have stopped {DAYS.text(half.value)} after the start"
    else:
        sure = few(events, left)
        text = f"{Unit.SHARE.text(left.value)} of {who}{sure} still go on {shown:,} days after the start"
        text += f"; fewer than half stop within the {longest:,} days followed"
    if back is not None and (back.value or 0) >= MANY_BACK:
        return f"{text}, but {Unit.SHARE.text(back.value)} of those who had stopped earlier came back later"
    return text + apart(halves, test)


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
        found.append(f"Nobody was followed for {wanted:,} days; {shown:,} days stand instead.")
    if older:
        begin = day_text(events.first_day(), year=True)
        found.append(f"The data begin {begin}: those seen first then may have come long before.")
    if back is None:
        found.append(
            f"Whether {idle_days} idle days mean that somebody stopped for good cannot be tried on so few days."
        )
    elif back.value:
        more = "; ask with more idle days" if back.value >= MANY_BACK else ""
        found.append(
            f"Of {events.who.count(back.n)} who had stopped by {back.period}, {Unit.SHARE.text(back.value)} have come "
            f"back since and count as never having stopped: those who stopped lately look too many{more}."
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
        Column(f"Going on after {shown:,} days", Unit.SHARE),
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
        description=f"Share that goes on by days since the start, to {longest:,} days; at the end {'; '.join(told)}.",
        caption=f"Who is idle for {idle_days} days stops when these are over. A curve ends where fewer than {AT_RISK} "
        "are still followed.",
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
