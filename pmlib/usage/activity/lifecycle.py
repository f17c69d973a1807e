"""The lifecycle: who is new, stays, comes back or is gone, so that each change of the active is accounted for."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pmlib.core import Buckets, Estimate, Finding, Grain, Kpi, Signal, TooFewError, Unit, answering, made_id
from pmlib.core.periods import SEASON, YEAR_BACK, day_text
from pmlib.engine import sql
from pmlib.show import Chart, Column, Series, Table, bars, table
from pmlib.sources.contract import Events, Who
from pmlib.stats import signal
from pmlib.stats.shares import critical
from pmlib.usage.people.activity import Activity, activity
from pmlib.usage.people.parts import At, parts

FEW = 50


@dataclass(frozen=True)
class Flow:
    """The people of one period; ``active = new + retained + resurrected``, the churned were active the one before."""

    active: int
    new: int
    retained: int
    churned: int

    @property
    def resurrected(self) -> int:
        """Active, not in the period before, but earlier."""
        return self.active - self.retained - self.new

    @property
    def quick_ratio(self) -> float | None:
        """Gained for each one lost; ``None`` where nobody was lost."""
        return (self.new + self.resurrected) / self.churned if self.churned else None


@answering("lifecycle", "Do we gain more people than we lose?")
def lifecycle(
    events: Events,
    *,
    event: str = "",
    every: Grain = "week",
    birth: str = "",
    by: str = "",
    at: At = "first",
    top: int = 5,
    weeks: int = 26,
) -> Finding:
    """Answer whether more people are gained than lost, period by period.

    Of those active in a period, the new began in it, the retained were active in the one before too, the resurrected
    were not but had been earlier; the churned were active in the one before and not in it. So
    ``active = new + retained + resurrected``, and the active change by ``new + resurrected - churned``.

    Parameters
    ----------
    event
        The event that makes a person active; ``""`` is any.
    every
        Whether periods are days, weeks or months.
    birth
        The event that makes a person new, such as the sign-up; by default the first active event of all history. Who
        is active before its period, or never did it, is in no state there, and told in a caution.
    by, at, top
        How people are split (:func:`pmlib.usage.parts.parts`).
    weeks
        Weeks shown.

    Raises
    ------
    SettingError
        If an event or property is unknown.
    TooFewError
        If fewer than two periods are complete.
    """
    for name in (event, birth):
        if name:
            events.known(name)
    buckets = Buckets(every, events.weeks)
    begin = events.first_day()
    last = buckets.last_complete(events.as_of)
    whole = buckets.number(begin) + (buckets.start(buckets.number(begin)) < begin)
    if last - whole < 1:
        raise TooFewError(
            f"A lifecycle needs two whole {every}s; the events run from {day_text(begin, year=True)} to "
            f"{day_text(events.as_of, year=True)}. Load more, or choose shorter periods."
        )
    # The first whole period has none before it: who was active in it cannot be told apart.
    oldest = max(whole + 1, min(last - 2 * YEAR_BACK[every] - 1, buckets.back(last, weeks)))
    since = max(oldest, buckets.back(last, weeks))
    scanned = activity(events, every=every, since=oldest, until=last, start=birth or event, back=event)
    flows, text = flowing(scanned, range(oldest, last + 1))
    everybody = next(iter(flows.values()), {})
    if not any(one.active or one.churned for one in everybody.values()):
        raise TooFewError(f"Nobody was active from {buckets.period(oldest, last)}.")
    now = everybody[last]
    told = {name: judged(everybody, name, last, every) for name in STATES}
    ratio = gained(events.who, now, buckets.said(last, year=True))
    course = {n: one.quick_ratio for n, one in everybody.items()}
    said = signal(
        [course[n] for n in range(oldest, last)], course[last], season=SEASON[every], unit=Unit.RATIO, every=every
    )
    split = parts(events, by, at=at, start=birth or event, top=top) if by else None
    each: Mapping[str, Mapping[int, Flow]] = {}
    if split:
        each, parted = flowing(scanned.split(split), range(oldest, last + 1))
        text += "\n\n" + parted
    shown = range(since, last + 1)
    unborn = without_birth(events, birth, event, buckets, shown) if birth else 0
    return Finding(
        id=made_id("lifecycle", every, event, by, events.segment),
        question="Do we gain more people than we lose?",
        headline=headline(events, now, said, buckets, last),
        estimates=(
            ratio,
            *(counted(events.who, now, name, told[name], buckets, last) for name in STATES),
            *(gained(events.who, flow[last], name) for name, flow in each.items()),
        ),
        table=numbers(everybody, each, shown, buckets),
        figure=chart(events.who, everybody, shown, buckets),
        cautions=(*cautions(events, now, told, unborn), *(split.cautions if split else ())),
        definition=events.describe(
            f"Active is {event or 'any event'} in {buckets.named}; new is the {every} of the first "
            f"{birth or 'active event'} in all history",
            f"stayed is active the {every} before too, back is active earlier but not then",
            f"gone is active the {every} before and not in this one",
            split.words if split else "",
            buckets.running(events.as_of),
        ),
        query=text,
        action=action(events.who, told, buckets, last),
        kpi=Kpi(
            card(ratio, said),
            signal=said,
            history=tuple(course[n] for n in shown),
        ),
    )


STATES = {"new": "new", "retained": "stayed", "resurrected": "back", "churned": "gone"}
"""What each state is called in sentences, charts and tables."""


def flowing(scanned: Activity, shown: range) -> tuple[dict[str, dict[int, Flow]], str]:
    """Return the flows of each part and period, and the SQL."""
    cells = scanned.query(sql(__package__, "lifecycle.sql"), since=shown.start - 1, until=shown.stop - 1)
    found: dict[str, dict[int, Flow]] = {}
    before: dict[str, int] = {}
    for row in cells:
        if row.bucket in shown:
            gone = before[row.part] - row.retained
            found.setdefault(row.part, {})[row.bucket] = Flow(row.active, row.new, row.retained, gone)
        before[row.part] = row.active
    return found, cells.sql


def judged(flows: Mapping[int, Flow], name: str, last: int, every: Grain) -> Signal:
    """Judge a state of the last period by those before."""
    history = [getattr(one, name) if one.active else None for n, one in flows.items() if n < last]
    return signal(history, getattr(flows[last], name), season=SEASON[every], unit=Unit.COUNT, every=every)


def counted(who: Who, now: Flow, name: str, told: Signal, buckets: Buckets, last: int) -> Estimate:
    """Return the count of a state with the range expected from the counts before it."""
    count = getattr(now, name)
    return replace(
        told.limits,
        label=STATES[name].capitalize(),
        value=float(count),
        n=count,
        method=f"distinct {who.many} counted; the range: {told.limits.method}",
        period=str(buckets.period(last, last)),
    )


def gained(who: Who, now: Flow, label: str) -> Estimate:
    """Return the quick ratio: gained for each one lost, with its interval on the scale of ratios."""
    won, lost = now.new + now.resurrected, now.churned
    method = f"ratio of two counts of different {who.many}, normal interval for its logarithm"
    if not won or not lost:
        reason = (
            "nobody was lost" if not lost else "nobody was gained, so the ratio is 0 and its logarithm has no interval"
        )
        value = None if not lost else 0.0
        return Estimate(f"Quick ratio, {label}", value, None, None, Unit.RATIO, won + lost, method, reason=reason)
    half = critical(0.95) * math.sqrt(1 / won + 1 / lost)
    ratio = won / lost
    return Estimate(
        f"Quick ratio, {label}", ratio, ratio * math.exp(-half), ratio * math.exp(half), Unit.RATIO, won + lost, method
    )


def card(ratio: Estimate, told: Signal) -> Estimate:
    """Return the quick ratio for the card, with the range its own history leads one to expect."""
    if ratio.value is None:
        return ratio
    return replace(
        told.limits, label="Quick ratio", value=ratio.value, n=ratio.n,
        method=f"gained for each one lost; the range: {told.limits.method}",
    )  # fmt: skip


def headline(events: Events, now: Flow, told: Signal, buckets: Buckets, last: int) -> str:
    """Say what was gained for each one lost, and the counts behind."""
    won, lost = now.new + now.resurrected, now.churned
    who = events.who
    if not lost:
        return f"{who.count(won)} {'was' if won == 1 else 'were'} gained {buckets.said(last)} and nobody was lost"
    ratio = Unit.RATIO.text(now.quick_ratio)
    text = f"{ratio} gained for each one lost {buckets.said(last)}: {who.count(now.new)} new and {now.resurrected:,} "
    text += f"back, {lost:,} gone"
    if told.called:
        return f"{text}; {told.state} the range its history leads one to expect, a signal"
    return f"{text}; {'within the range its history leads one to expect' if told.judged else told.words}".rstrip("; ")


def cautions(events: Events, now: Flow, told: Mapping[str, Signal], unborn: int) -> list[str]:
    """What to doubt: few people, states that are unusual, people who never began."""
    found = []
    if now.active + now.churned < FEW:
        found.append(f"The ratio rests on {events.who.count(now.active + now.churned)}: the interval is wide.")
    found += [
        f"The number of {STATES[name]} is {one.state} its usual range." for name, one in told.items() if one.called
    ]
    if unborn:
        were = "was" if unborn == 1 else "were"
        found.append(
            f"{events.who.count(unborn)} {were} active before the event that makes new, or without it, and {were} then "
            "in no state."
        )
    return found


def without_birth(events: Events, birth: str, event: str, buckets: Buckets, shown: range) -> int:
    """Return how many were active in the periods shown before the event of birth, or without it."""
    return (
        events.query(
            sql(__package__, "lifecycle_unborn.sql"),
            birth=birth,
            event=event,
            every=buckets.every,
            since=shown[0],
            until=shown[-1],
        )
        .one()
        .people
    )


def action(who: Who, told: Mapping[str, Signal], buckets: Buckets, last: int) -> str:
    """Ask for a look where more than usual are gone."""
    if told["churned"].state != "above":
        return ""
    when = buckets.said(last)
    return f"Find out why more {who.many} than usual were gone {when}: look first whether all events arrived."


def numbers(
    flows: Mapping[int, Flow], each: Mapping[str, Mapping[int, Flow]], shown: Sequence[int], buckets: Buckets
) -> Table:
    """The flows by period, newest first, with the quick ratio of each part."""
    names = ("Active", *(word.capitalize() for word in STATES.values()))
    columns = [Column(buckets.every.capitalize(), Unit.DATE), *(Column(name, Unit.COUNT) for name in names)]
    columns += [Column("Quick ratio", Unit.RATIO), *(Column(f"Quick ratio, {name}", Unit.RATIO) for name in each)]
    rows = []
    for n in shown[::-1]:
        one = flows[n]
        ratios = [flow[n].quick_ratio for flow in each.values()]
        rows.append(
            (
                buckets.start(n),
                one.active,
                one.new,
                one.retained,
                one.resurrected,
                one.churned,
                one.quick_ratio,
                *ratios,
            )
        )
    return table(columns, rows)


def chart(who: Who, flows: Mapping[int, Flow], shown: Sequence[int], buckets: Buckets) -> Chart:
    """The states as bars on each other; the gone hang below zero."""
    dates = tuple(buckets.start(n).isoformat() for n in shown)
    series = [
        Series(STATES[name], dates, tuple(sign * getattr(flows[n], name) for n in shown))
        for name, sign in (("retained", 1), ("new", 1), ("resurrected", 1), ("churned", -1))
    ]
    last = flows[shown[-1]]
    words = (
        f"{who.many.capitalize()} by state and {buckets.every}; {buckets.said(shown[-1])} {last.retained:,} stayed, "
        f"{last.new:,} new, {last.resurrected:,} back and, below zero, {last.churned:,} gone."
    )
    return bars(series, unit=Unit.COUNT, description=words)
