"""How much revenue recurs, and what moved it."""

from collections.abc import Sequence
from dataclasses import replace

from pmlib.core import Estimate, Finding, Grain, Kpi, Signal, Unit, answering, made_id
from pmlib.core.periods import SEASON
from pmlib.metrics.mrr import GAINS, KINDS, LOSSES, PARTS, Movements, Step, movements
from pmlib.show import Chart, Column, Series, Table, bars, table
from pmlib.sources.contract import Subscriptions
from pmlib.stats import signal
from pmlib.usage.revenue.doubts import FULL_COUNT, concentrated, customers, ended, few, unread, unseen

LOSERS = 10
"""Below this many customers who pay less or left, a quick ratio is a matter of chance."""
SHRINKING = 3
"""Periods in a row with more lost than won that are worth a question."""
HISTORY: dict[Grain, int] = {"day": 730, "week": 105, "month": 60}
"""Earlier periods by which the last is judged."""
QUESTION = "How much revenue recurs, and what moved it?"


@answering("mrr", QUESTION)
def mrr(
    subscriptions: Subscriptions, *, months: int = 12, every: Grain = "month", cancelled: str = "", grace: int = 0
) -> Finding:
    """Answer how much revenue recurs, and what moved it.

    MRR at the end of the last complete period, with the movements of :func:`pmlib.metrics.mrr.movements`, which add up
    to its change exactly. It is judged by the range its own history leads one to expect
    (:func:`pmlib.stats.signals.signal`).

    Parameters
    ----------
    months
        Months shown.
    every
        Whether days, weeks or months are the periods.
    cancelled
        The property that holds the day of cancelling, if MRR is lost then; by default when the paid time ends.
    grace
        Days without a paid subscription that are no churn, such as a late renewal.

    Raises
    ------
    SettingError
        If ``cancelled`` is unknown or holds no days.
    TooFewError
        If no period is complete, or nobody ever paid.
    """
    found = movements(subscriptions, every=every, cancelled=cancelled, grace=grace)
    buckets, last = found.buckets, found.last
    shown = found.back(months)
    held = found.held([last.number])
    told = judged(found)
    now = counted(found, told)
    change = compared(found)
    won, lost = (moved(found, label, kinds) for label, kinds in (("MRR won", GAINS), ("MRR lost", LOSSES)))
    top = max((int(row.most) for row in held), default=0)
    where = ended(buckets, last.number)
    return Finding(
        id=made_id("mrr", "" if every == "month" else every),
        question=QUESTION,
        headline=headline(found, now, change, told, won, lost),
        estimates=(now, change, won, lost, quick(found)),
        table=numbers(found, shown),
        figure=chart(found, shown, now),
        cautions=(
            *few(found, last.paying, where),
            *unread(found),
            *concentrated(found, top, last.closing, where),
            *doubts(found, told),
            *unseen(found),
        ),
        definition=subscriptions.describe(
            *found.words,
            "movements are net per customer and period: new pays for the first time ever, reactivation paid before, "
            "churn pays nothing any more, expansion and contraction pay more or less",
            "quick ratio is MRR won by MRR lost",
            buckets.running(subscriptions.as_of),
        ),
        query=held.sql,
        action=action(found, told),
        kpi=Kpi(now, change, f"the {every} before", signal=told, history=tuple(step.closing / PARTS for step in shown)),
    )


def judged(found: Movements) -> Signal:
    """Judge MRR by its own history."""
    every, steps = found.buckets.every, found.steps
    history = [step.closing / PARTS for step in steps[-HISTORY[every] - 1 : -1]]
    # What is paid for already does not come and go with the months; a season of theirs would ask for years more.
    season = None if every == "month" else SEASON[every]
    return signal(history, found.last.closing / PARTS, season=season, unit=found.unit, every=every)


def counted(found: Movements, told: Signal) -> Estimate:
    """Return MRR with the range expected from its history."""
    last = found.last
    return replace(
        told.limits,
        label="MRR",
        value=last.closing / PARTS,
        n=last.paying,
        method=f"sum over all subscriptions paid for; the range: {told.limits.method}",
        period=str(found.buckets.period(last.number, last.number)),
    )


def compared(found: Movements) -> Estimate:
    """The relative change of MRR on the period before; open where there was none."""
    last, label = found.last, f"change of MRR on the {found.buckets.every} before"
    value = last.closing / last.opening - 1 if last.opening else None
    reason = FULL_COUNT if last.opening else "there was no MRR before"
    return Estimate(label, value, None, None, Unit.LIFT, last.paying, "ratio of two full sums", reason=reason)


def moved(found: Movements, label: str, kinds: Sequence[str]) -> Estimate:
    """By how much movements of these kinds changed MRR in the last period, without the sign."""
    last = found.last
    value, n = abs(last.change(*kinds)) / PARTS, last.count(*kinds)
    return Estimate(label, value, None, None, found.unit, n, "sum over customers who moved so", reason=FULL_COUNT)


def quick(found: Movements) -> Estimate:
    """MRR won by MRR lost in the last period; open where nothing was lost."""
    last = found.last
    value = ratio(last)
    reason = FULL_COUNT if value is not None else "nothing was lost, so there is nothing to divide by"
    n = last.count(*KINDS)
    return Estimate("quick ratio", value, None, None, Unit.RATIO, n, "ratio of two full sums", reason=reason)


def ratio(step: Step) -> float | None:
    """MRR won by MRR lost; ``None`` where nothing was lost."""
    lost = -step.change(*LOSSES)
    return step.change(*GAINS) / lost if lost else None


def headline(found: Movements, now: Estimate, change: Estimate, told: Signal, won: Estimate, lost: Estimate) -> str:
    """Say MRR, its change, what was won and lost, and whether it is usual; no more than is known."""
    last, every = found.last, found.buckets.every
    if not last.closing and not last.opening:
        return f"There was no MRR {ended(found.buckets, last.number)}, and none a {every} before"
    # A value beyond its range must not round to the end of it.
    alike = told.called and now.unit.short(now.value) in {now.unit.short(now.low), now.unit.short(now.high)}
    write = now.unit.text if alike else now.unit.short
    text = f"MRR was {write(now.value)} {ended(found.buckets, last.number)}"
    if change.value is not None:
        size = Unit.LIFT.text(abs(change.value))
        same = "as much as" if change.value == 0 else "about as much as" if size == "0.0%" else ""
        text += f", {same or f'{size} ' + ('more' if change.value > 0 else 'less') + ' than'} the {every} before"
    text += f" ({won.unit.short(won.value)} won, {lost.unit.short(lost.value)} lost)"
    if told.called:
        low, high = (write(end) for end in (now.low, now.high))
        return f"{text}, {told.state} the {low} to {high} its history leads one to expect: a signal"
    if told.judged:
        return f"{text}, within the range its history leads one to expect"
    return f"{text}; {told.words or 'whether that is usual cannot be said'}"


def doubts(found: Movements, told: Signal) -> list[str]:
    """What to doubt of the movements: few who left, a history too short."""
    last, doubted = found.last, list[str]()
    losers = last.count(*LOSSES)
    if 0 < losers < LOSERS:
        doubted.append(
            f"The quick ratio rests on {customers(found, losers)} who left or pay less: one more or less moves it far."
        )
    if not told.judged:
        doubted.append(f"Whether MRR is usual cannot be said: {told.limits.reason}.")
    return doubted


def shrinking(steps: Sequence[Step]) -> int:
    """Return in how many periods in a row, up to the last, more was lost than won."""
    run = 0
    while run < len(steps) and steps[-run - 1].closing < steps[-run - 1].opening:
        run += 1
    return run


def action(found: Movements, told: Signal) -> str:
    """Ask for a look where MRR lies below what is usual, or shrinks on and on."""
    where, run = ended(found.buckets, found.last.number), shrinking(found.steps)
    if told.state == "below":
        return f"Find out why MRR was lower than usual {where}: look first whether all subscriptions are on the list."
    if run >= SHRINKING:
        worst = min(LOSSES, key=lambda kind: sum(step.change(kind) for step in found.steps[-run:]))
        return (
            f"Find out why more MRR was lost than won {run} {found.buckets.every}s in a row: look first at {worst}, "
            "which took the most."
        )
    return ""


def numbers(found: Movements, shown: Sequence[Step]) -> Table:
    """The movements as a table."""
    unit, every = found.unit, found.buckets.every
    columns = [
        Column(every.capitalize(), Unit.DATE),
        Column("MRR before", unit),
        *(Column(kind.capitalize(), unit) for kind in KINDS),
        Column("MRR at the end", unit),
        Column("Customers", Unit.COUNT),
        Column("Quick ratio", Unit.RATIO),
    ]
    rows = [
        (
            found.buckets.start(step.number),
            step.opening / PARTS,
            *(change / PARTS for change in step.changes),
            step.closing / PARTS,
            step.paying,
            ratio(step),
        )
        for step in shown
    ]
    return table(columns, rows, size="Customers")


def chart(found: Movements, shown: Sequence[Step], now: Estimate) -> Chart:
    """The movements as bars on and below zero; kinds that never occur are left out."""
    buckets = found.buckets
    days = tuple(buckets.start(step.number).isoformat() for step in shown)
    seen = [kind for kind in KINDS if any(step.change(kind) for step in shown)] or ["new"]
    drawn = [Series(kind, days, tuple(step.change(kind) / PARTS for step in shown)) for kind in seen]
    best, worst = (found.unit.short(pick(step.closing - step.opening for step in shown) / PARTS) for pick in (max, min))
    words = f"Movements of MRR by {buckets.every}, {buckets.period(shown[0].number, shown[-1].number)}: "
    words += f"what was won above zero, what was lost below. Net {worst} at the least, {best} at the most; "
    words += f"MRR at the end {found.unit.short(now.value)}."
    return bars(drawn, unit=found.unit, description=words, caption=left_out(seen))


def left_out(seen: Sequence[str]) -> str:
    """Say which kinds of movement did not occur."""
    none = [kind for kind in KINDS if kind not in seen]
    return f"There was no {' and no '.join(none)}." if none else ""
