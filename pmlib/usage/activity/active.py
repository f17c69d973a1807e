"""How many people are active, and whether that is usual."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from pmlib.core import Buckets, Estimate, Finding, Grain, Kpi, Signal, TooFewError, Unit, answering, made_id
from pmlib.core.periods import SEASON, YEAR_BACK, day_text
from pmlib.core.words import listed
from pmlib.engine import sql
from pmlib.show import Chart, Column, Series, Table, line, table
from pmlib.sources.contract import Events, Who
from pmlib.stats import signal
from pmlib.usage.people.activity import REACH, activity

FEW = 50
FALLS = 4
"""Falls in a row that are named; of steps that are as often up as down, four in a row fall one time in sixteen."""
ADVERB: dict[Grain, str] = {"day": "Daily", "week": "Weekly", "month": "Monthly"}
Rows = Sequence[tuple[date, int, float | None, int | None, float | None]]
"""First day, count and change on the period before; count of the year before and change on it."""
FULL_COUNT = "a full count has no sampling interval; the range expected from its history judges it"


@answering("active", "How many people are active?")
def active(events: Events, *, weeks: int = 26, every: Grain = "week") -> Finding:
    """Answer how many people are active.

    Counts distinct users with any event in each complete calendar period. The last count is judged by the range its
    own history leads one to expect (:func:`pmlib.stats.signals.signal`), and stands beside the same weekdays 364 days
    earlier where the data reach.

    Parameters
    ----------
    weeks
        Weeks shown.
    every
        Whether days, weeks or months are counted.

    Raises
    ------
    TooFewError
        If no period is complete.
    """
    buckets = Buckets(every, events.weeks)
    begin, last = events.first_day(), buckets.last_complete(events.as_of)
    # The first period counts only if the data begin on its first day.
    whole = buckets.number(begin) + (buckets.start(buckets.number(begin)) < begin)
    if whole > last:
        raise TooFewError(
            f"No {every} is complete: the events run from {day_text(begin, year=True)} to "
            f"{day_text(events.as_of, year=True)}. Load at least one whole {every}."
        )
    shown = range(max(whole, buckets.back(last, weeks)), last + 1)
    since = max(whole, min(shown[0] - YEAR_BACK[every], last - REACH[every]))
    scanned = activity(events, every=every, since=since, until=last)
    cells = scanned.query(sql(__package__, "active.sql"), since=since, until=last)
    counts = dict.fromkeys(range(since, last + 1), 0) | {int(row.bucket): int(row.users) for row in cells}

    told = judged(counts, every, last)
    now = counted(counts[last], told, buckets, last, events.who)
    change = compared(counts, last, 1, f"change on the {every} before")
    year = compared(counts, last, YEAR_BACK[every], "change on the year before")
    rows = [
        (buckets.start(n), counts[n], compared(counts, n, 1, "").value, counts.get(n - YEAR_BACK[every]),
         compared(counts, n, YEAR_BACK[every], "").value)
        for n in shown
    ]  # fmt: skip
    return Finding(
        id=made_id("active", every, events.segment),
        question="How many people are active?",
        headline=headline(now, change, told, buckets, last, events.who),
        estimates=(now, change, *([year] if year.value is not None else [])),
        table=numbers(every, rows, events.who),
        figure=chart(every, rows, now),
        cautions=cautions(counts, buckets, shown, told, events.who),
        definition=events.describe(
            f"Distinct {events.who.many} with any event, {buckets.named}",
            buckets.running(events.as_of),
        ),
        query=cells.sql,
        action=action(told, buckets, last, falling(counts, last), events.who),
        kpi=Kpi(now, change, f"the {every} before", signal=told, history=tuple(counts[n] for n in shown)),
    )


def judged(counts: dict[int, int], every: Grain, last: int) -> Signal:
    """Judge the last count by those before it."""
    # A period without anybody is a gap in the data sooner than a count of nobody.
    history = [counts[n] or None for n in counts if last - REACH[every] <= n < last]
    # A season of months is known after more years than most data have.
    season = SEASON[every] if every != "month" else None
    return signal(history, counts[last], season=season, unit=Unit.COUNT, every=every)


def counted(count: int, told: Signal, buckets: Buckets, last: int, who: Who) -> Estimate:
    """Return the last count with the range expected from the counts before it."""
    return replace(
        told.limits,
        label=f"{ADVERB[buckets.every]} active {'users' if who == Who() else who.many}",
        value=float(count),
        n=count,
        method=f"distinct {who.many} counted; the range: {told.limits.method}",
        period=str(buckets.period(last, last)),
    )


def compared(counts: dict[int, int], number: int, back: int, label: str) -> Estimate:
    """The relative change of one full count on an earlier one; open where there is none or it is 0."""
    now, before = counts[number], counts.get(number - back)
    value = now / before - 1 if before else None
    reason = FULL_COUNT if before else "there is no earlier count" if before is None else "the earlier count is 0"
    return Estimate(label, value, None, None, Unit.LIFT, now, "ratio of two full counts", reason=reason)


def headline(now: Estimate, change: Estimate, told: Signal, buckets: Buckets, last: int, who: Who) -> str:
    """Say the last count, its change and whether it is usual; no more than is known."""
    count = now.n
    subject = "Nobody was" if count == 0 else f"{who.count(count)} {'was' if count == 1 else 'were'}"
    text = f"{subject} active {buckets.said(last)}"
    if change.value is not None:
        size = Unit.LIFT.text(abs(change.value))
        same = "as many as" if change.value == 0 else "about as many as" if size == "0.0%" else ""
        more = same or f"{size} {'more' if change.value > 0 else 'fewer'} than"
        text += f", {more} the {buckets.every} before"
    if told.called:
        low, high = (now.unit.text(end) for end in (now.low, now.high))
        return f"{text}, {told.state} the {low} to {high} its history leads one to expect: a signal"
    if told.judged:
        return f"{text}, within the range its history leads one to expect"
    return f"{text}; {told.words or 'whether that is usual cannot be said'}"


def action(told: Signal, buckets: Buckets, last: int, run: int, who: Who) -> str:
    """Ask for a look where the count lies below what is usual, or falls on and on."""
    look = "look first whether all events arrived, then at what was released."
    if told.state == "below":
        return f"Find out why fewer {who.many} than usual came {buckets.said(last)}: {look}"
    if run >= FALLS:
        return f"Find out why the count has fallen {run} {buckets.every}s in a row: {look}"
    return ""


def cautions(counts: dict[int, int], buckets: Buckets, shown: range, told: Signal, who: Who) -> tuple[str, ...]:
    """What to doubt: few people, silent periods, a history too short."""
    found: list[str] = []
    now = counts[shown[-1]]
    if now < FEW:
        found.append(f"Only {who.count(now)} active {buckets.said(shown[-1])}: a few more or fewer move every figure.")
    run = falling(counts, shown[-1])
    if run >= FALLS:
        first, last = counts[shown[-1] - run], counts[shown[-1]]
        found.append(
            f"The count has fallen {run} {buckets.every}s in a row, from {first:,} to {last:,} "
            f"({Unit.LIFT.change(last / first - 1)}): single steps inside the usual range do not rule a decline out."
        )
    silent = [day_text(buckets.start(n)) for n in shown if counts[n] == 0]
    if silent:
        found.append(
            f"Nobody was active in the {buckets.every} of {listed(silent)}: a gap in the data or a real silence?"
        )
    if told.called and told.every != "day" and told.seen < 2 * YEAR_BACK[told.every]:
        found.append("With less than two years before it, a season of the year would look the same.")
    if not told.judged:
        found.append(f"Whether the number of active {who.many} is usual cannot be said: {told.limits.reason}.")
    return tuple(found)


def falling(counts: dict[int, int], last: int) -> int:
    """Return how many periods in a row, up to the last, had fewer people than the one before."""
    run = 0
    while counts.get(last - run - 1, 0) > counts[last - run]:
        run += 1
    return run


def numbers(every: Grain, rows: Rows, who: Who) -> Table:
    """The counts as a table, with the year before where any is known."""
    columns = [
        Column(every.capitalize(), Unit.DATE),
        Column(who.many.capitalize(), Unit.COUNT),
        Column(f"On the {every} before", Unit.LIFT),
        Column("Year before", Unit.COUNT),
        Column("On the year before", Unit.LIFT),
    ]
    wide = 5 if any(row[3] is not None for row in rows) else 3
    return table(columns[:wide], [row[:wide] for row in rows])


def chart(every: Grain, rows: Rows, now: Estimate) -> Chart:
    """The counts as a line, the year before dotted."""
    days = tuple(row[0].isoformat() for row in rows)
    drawn = [Series("this year", days, tuple(row[1] for row in rows))]
    if any(row[3] is not None for row in rows):
        drawn.append(Series("year before", days, tuple(row[3] for row in rows), role="before"))
    words = f"{now.label} from {day_text(rows[0][0], year=True)} to {day_text(rows[-1][0], year=True)}: "
    words += f"{rows[0][1]:,} at first, {rows[-1][1]:,} at last."
    caption = "Dotted is the year before, on the same weekdays." if len(drawn) > 1 and every != "month" else ""
    return line(drawn, unit=Unit.COUNT, description=words, caption=caption)
