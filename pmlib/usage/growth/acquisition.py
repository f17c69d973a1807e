"""Acquisition: who brings new people, and whom they bring."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pmlib.core import Estimate, Finding, Kpi, SettingError, Signal, TooFewError, Unit, answering, made_id
from pmlib.core.periods import SEASON, SPAN
from pmlib.core.words import many
from pmlib.show import Chart, Column, Series, Table, bars, table
from pmlib.sources.contract import Events
from pmlib.sources.subscriptions.places import code_of
from pmlib.stats import signal
from pmlib.stats.strata import Shift
from pmlib.usage.growth.acquisition_channels import Channels, against_others, brought, channels, clearest, rates
from pmlib.usage.growth.newcomers import unseen
from pmlib.usage.people.parts import parts

QUESTION = "Where do new people come from, and who stays?"
FEW = 50
HEAVY = 0.1
"""Share of all that one person brought from which a mean is doubted."""
MISSING = 0.1
"""Share of new people without a channel from which it is doubted."""
MIXED = 0.01
"""Change of retention by the mix of channels from which it is said."""
LONGEST = 365


@dataclass(frozen=True)
class Rates:
    """What the question found of each channel, by name."""

    shares: Mapping[str, Estimate]
    kept: Mapping[str, Estimate]
    kept_gaps: Mapping[str, Estimate]
    keyed: Mapping[str, Estimate]
    keyed_gaps: Mapping[str, Estimate]
    brought: Mapping[str, Estimate]

    @property
    def all(self) -> tuple[Estimate, ...]:
        """All of them, family by family."""
        families = (self.shares, self.kept, self.kept_gaps, self.keyed, self.keyed_gaps, self.brought)
        return tuple(estimate for family in families for estimate in family.values())


@answering("acquisition", QUESTION)
def acquisition(
    events: Events,
    *,
    channel: str = "channel",
    start: str = "",
    back: str = "",
    age: int = 4,
    key: str = "",
    amount: str = "",
    currency: str = "",
    within_days: int = 28,
    weeks: int = 26,
    top: int = 5,
) -> Finding:
    """Answer where new people come from, who of them stays, acts and pays.

    A person is new in the week of the first start, and of the channel that start names. Each channel's retention, key
    action and revenue are those of its people whose time is over; it is compared with all other channels together. The
    change of retention between the last four matured weeks and the four before is split into what the mix of channels
    moved and what moved within them; the two add up.

    Parameters
    ----------
    channel
        The property that says where the first start came from.
    start
        The event that makes a person new; ``""`` is the first of any kind.
    back
        The event that counts as being back; ``""`` is any.
    age
        Calendar weeks after the week of the start in which a person should be back.
    key
        The action a new person should take within ``within_days``, or ``""``.
    amount, currency
        The property that holds revenue, or ``""``, and its currency; by default the one its name ends in.
    within_days
        Days of 24 hours from the first start for ``key`` and ``amount``.
    weeks
        Weeks of starts shown.
    top
        Channels that stand alone; the others are one together.

    Raises
    ------
    SettingError
        If an event or property is unknown.
    TooFewError
        If no week is complete, or nobody is new.

    References
    ----------
    Kitagawa (1955), JASA 50:1168-1194 (mix and rate).
    """
    if not 1 <= age <= 104 or not 1 <= within_days <= LONGEST:
        raise SettingError(
            f"age is {age} and within_days {within_days}; an age has 1 to 104 weeks, the days are 1 to {LONGEST}."
        )
    if not channel:
        raise TooFewError("No channel is named. Give channel the property that says where people came from.")
    events.property(channel)
    for name in (start, back, key):
        if name:
            events.known(name)
    if amount:
        events.property(amount)
    split = parts(events, channel, at="first", start=start, top=top)
    found = channels(events, split, start, back, age, weeks, within_days, key, amount)
    code = currency or (code_of(amount) if amount else "")
    labels, days = events.labels, many(within_days, "day")
    kept, done = found.kept(), found.done() if key else {}
    of = Rates(
        found.shares(),
        rates(kept, f"active in week {age}"),
        against_others(kept, f"active in week {age}"),
        rates(done, f"{labels.of(key)} in {days}"),
        against_others(done, f"{labels.of(key)} in {days}"),
        brought(
            found.outcomes if amount else {},
            Unit.currency(code) if code else Unit.NUMBER,
            f"{labels.of(amount)} a new {events.who.one} in {days}",
        ),
    )
    told = judged(found)
    shift = found.shift()
    arrived = counted(events, found, told)
    period = found.buckets.period(found.first, found.last)
    early = unseen(events, start, period)
    return Finding(
        id=made_id("acquisition", start, channel, key, events.segment),
        question=QUESTION,
        headline=headline(events, found, of, told, key, within_days),
        estimates=(arrived, *of.all, *([shift[0], shift[1].mix, shift[1].rate] if shift else [])),
        table=numbers(found, of, shift[1] if shift else None, key, amount),
        figure=chart(found, events),
        cautions=(
            *cautions(events, found, of, shift, key, amount, within_days),
            *split.cautions,
            *([early] if early else []),
        ),
        definition=events.describe(
            f"New at the first {start or 'event of any kind'}, {period}, {many(period.days // 7, 'week')}, "
            f"{found.buckets.named}",
            f"{channel} at that event",
            f"back is {back or 'any event'} in the calendar week {many(age, 'week')} later, of weeks for which that is "
            "over",
            f"{key or 'revenue'} within {days} of 24 hours, of whole weeks whose days are over"
            if key or amount
            else "",
            f"the change of retention between the last {SPAN['week']} such weeks and the {SPAN['week']} before, split "
            "into the mix of channels and what moved within them"
            if shift
            else "",
        ),
        query=found.sql,
        kpi=Kpi(
            arrived, signal=told, history=tuple(found.arrived(week) for week in range(found.first, found.last + 1))
        ),
    )


def judged(found: Channels) -> Signal:
    """Judge the new people of the last week by those of the weeks before."""
    # A week without anybody new is a gap in the data sooner than a count of nobody.
    history = [found.arrived(week) or None for week in range(found.oldest, found.last)]
    return signal(history, found.arrived(found.last), season=SEASON["week"], unit=Unit.COUNT, every="week")


def counted(events: Events, found: Channels, told: Signal) -> Estimate:
    """Return the new people of the last week with the range expected from the weeks before."""
    count = found.arrived(found.last)
    return replace(
        told.limits,
        label=f"New {events.who.many}",
        value=float(count),
        n=count,
        method=f"distinct {events.who.many} counted; the range: {told.limits.method}",
        period=str(found.buckets.period(found.last, found.last)),
    )


def headline(events: Events, found: Channels, of: Rates, told: Signal, key: str, within: int) -> str:
    """Say how many are new, who brought most of them, and the channel whose people clearly differ."""
    last = found.arrived(found.last)
    text = f"{events.who.count(last)} {'was' if last == 1 else 'were'} new {found.buckets.said(found.last)}"
    text += f", {told.state} the usual range, a signal" if told.called else ""
    first = found.largest
    span = found.last - found.first + 1
    weeks = f"the {span} weeks to it" if span > 1 else "it"
    if len(found.names) == 1:
        text += f"; all of {weeks} came by '{first}'"
    else:
        text += (
            f"; '{first}' is the largest channel of {weeks}, with {of.shares[first].unit.text(of.shares[first].value)}"
        )
    said: list[str] = []
    for what, mine, gaps in (
        (f"were active in week {found.age}", of.kept, of.kept_gaps),
        (f"had '{events.labels.of(key)}' within {many(within, 'day')}", of.keyed, of.keyed_gaps),
    ):
        name = clearest(gaps, found.names)
        if name:
            gap = gaps[name]
            said.append(
                f"of '{name}' {mine[name].unit.text(mine[name].value)} {what}, "
                f"{gap.unit.change(gap.value)} against the others ({gap.signed_range})"
            )
    if said:
        return f"{text}; {' and '.join(said)}"
    compared = any(gaps for gaps in (of.kept_gaps, of.keyed_gaps))
    return text + ("; whom they brought differs by no more than chance" if compared else "")


def cautions(
    events: Events,
    found: Channels,
    of: Rates,
    shift: tuple[Estimate, Shift] | None,
    key: str,
    amount: str,
    within: int,
) -> list[str]:
    """What to doubt: few people, cells not matured, heavy tails, no channel; and how retention's change splits."""
    said = []
    if found.all < FEW:
        said.append(f"The weeks shown have {events.who.count(found.all)}: the intervals are wide.")
    if not of.kept:
        said.append(f"No week of starts has had its week {found.age} yet: who stays cannot be told.")
    if (key or amount) and not found.outcomes:
        said.append(
            f"No week shown has had its {many(within, 'day')} yet: what its {events.who.many} do in them cannot be "
            "told."
        )
    if len(found.names) == 1:
        said.append(f"All new {events.who.many} are of one channel: there is nothing to compare.")
    for name, one in found.outcomes.items():
        if amount and (one.tail or 0.0) >= HEAVY:
            said.append(
                f"One {events.who.one} brought {Unit.SHARE.text(one.tail)} of what '{name}' did: its mean may be luck."
            )
    blank = of.shares.get(found.unknown)
    if blank and (blank.value or 0.0) >= MISSING:
        said.append(f"{blank.unit.text(blank.value)} of new {events.who.many} have no channel.")
    if shift and abs(shift[1].mix.value or 0.0) >= MIXED:
        change, split = shift
        said.append(
            f"Retention in week {found.age} of the last {SPAN['week']} matured weeks of starts is "
            f"{change.unit.change(change.value)} against the {SPAN['week']} before ({change.signed_range}): "
            f"{split.mix.unit.change(split.mix.value)} is the mix of channels, "
            f"{split.rate.unit.change(split.rate.value)} moved within them."
        )
    return said


def numbers(found: Channels, of: Rates, shift: Shift | None, key: str, amount: str) -> Table:
    """The channels, those with the most people first."""
    columns = [Column("Channel"), Column("New", Unit.COUNT), Column("Of new", Unit.SHARE)]
    families: list[tuple[Mapping[str, Estimate], Mapping[str, Estimate], str]] = [
        (of.kept, of.kept_gaps, f"Active in week {found.age}")
    ]
    if key:
        families.append((of.keyed, of.keyed_gaps, "Key action"))
    for _, _, title in families:
        columns += [Column(title, Unit.SHARE), Column(f"{title}, low", Unit.SHARE)]
        columns += [Column(f"{title}, high", Unit.SHARE), Column(f"{title}, less the others", Unit.POINTS)]
        columns += [Column(f"{title}, beyond chance")]
    money = next(iter(of.brought.values())).unit if of.brought else Unit.NUMBER
    if amount:
        columns += [Column("Revenue each", money), Column("Revenue, low", money), Column("Revenue, high", money)]
        columns += [Column("Largest of one", Unit.SHARE)]
    if shift:
        columns += [Column("By the mix", Unit.POINTS), Column("Within", Unit.POINTS)]
    rows = []
    for name in found.names:
        row: list[str | float | int | None] = [name, found.new(name), of.shares[name].value]
        for mine, gaps, _ in families:
            one, gap = mine.get(name), gaps.get(name)
            row += [one.value, one.low, one.high] if one else [None] * 3
            row += [gap.value, "yes" if (gap.p or 0.0) < 0.05 else "no"] if gap else [None, None]
        if amount:
            each = of.brought.get(name)
            row += [each.value, each.low, each.high, found.outcomes[name].tail] if each else [None] * 4
        if shift:
            spot = list(found.weeks).index(name)
            row += [shift.mixes[spot], shift.rates[spot]]
        rows.append(row)
    return table(columns, rows, size="New")


def chart(found: Channels, events: Events) -> Chart:
    """New people by week, a colour a channel."""
    weeks = range(found.first, found.last + 1)
    dates = tuple(found.buckets.start(week).isoformat() for week in weeks)
    series = [
        Series(name, dates, tuple(cells[week].new if week in cells else 0 for week in weeks))
        for name in found.names
        for cells in (found.weeks[name],)
    ]
    said = ", ".join(f"{one.name} {one.y[-1]:,}" for one in series)
    words = f"New {events.who.many} by week and channel; {found.buckets.said(found.last)} {said}."
    return bars(series, unit=Unit.COUNT, description=words)
