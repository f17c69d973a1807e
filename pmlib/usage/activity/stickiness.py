"""How often active people come: the mean day's share of those active in a month."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pmlib.core import Buckets, Estimate, Finding, Kpi, SettingError, TooFewError, Unit, answering, made_id
from pmlib.core.periods import day_text
from pmlib.engine import sql
from pmlib.show import Chart, Column, Series, Table, intervals, line, table
from pmlib.sources.contract import Events, Who
from pmlib.stats import clustered_share, clustered_share_difference
from pmlib.stats.clusters import Both, Sums
from pmlib.usage.activity.windows import cautions, covered, furthest
from pmlib.usage.people.activity import Activity, activity
from pmlib.usage.people.comparisons import adjusted
from pmlib.usage.people.parts import At, parts
from pmlib.usage.people.words import uncalled


@answering("stickiness", "How often do active people come?")
def stickiness(
    events: Events,
    *,
    event: str = "",
    days: int = 28,
    settled: bool = False,
    by: str = "",
    at: At = "latest",
    top: int = 5,
    weeks: int = 26,
) -> Finding:
    """Answer how often active people come: mean daily over ``days``-daily active people (DAU/MAU).

    Each person active in the last ``days`` days counts with the share of these days on which they were active; the mean
    over people equals the mean of daily active people divided by the distinct people of the whole window. The interval
    takes people as what varies; the change compares with the window before, in which many are the same people.

    Parameters
    ----------
    event
        The event that makes a day active; ``""`` is any.
    days
        Length of the window: 28 has whole weeks, 30 is the usual DAU/MAU, 7 is DAU/WAU.
    settled
        Whether only those count who had started before the window began; newcomers cannot have come on all its days.
    by, at, top
        How people are split (:func:`pmlib.usage.parts.parts`); each part is compared with all others together.
    weeks
        Weeks of history shown.

    Raises
    ------
    SettingError
        If the event or property is unknown, or ``days`` lies outside 2 to 90.
    TooFewError
        If the data do not cover one window, or nobody was active in it.
    """
    if not 2 <= days <= 90:
        raise SettingError(f"days is {days}; a window has 2 to 90 days, 28 by default.")
    if event:
        events.known(event)
    calendar, begin, last = covered(events, days)
    since = max(begin, min(calendar.back(last, weeks) - days, last - 2 * days) + 1)
    scanned = activity(events, every="day", since=since, until=last, start=event, back=event)
    bounded = last - 2 * days + 1 >= begin
    found, text = summed(scanned, last, days, settled=settled, before=bounded)
    if not found or not found[0].n_now:
        raise TooFewError(f"Nobody was active in the {days} days to {day_text(events.as_of, year=True)}.")
    row = found[0]
    now = rate(row, "Stickiness", events, days)
    change = compared(row, f"stickiness, the {days} days less the {days} before") if bounded else None
    split = parts(events, by, at=at, start=event if at == "first" else "", top=top) if by else None
    rows: Sequence[Any] = ()
    if split:
        rows, parted = summed(scanned.split(split), last, days, settled=settled, before=False)
        text += "\n\n" + parted
    each = [rate(one, one.part, events, days) for one in rows if one.n_now]
    gaps = against_rest(rows, row)
    ends = list(range(last, max(begin + days - 1, calendar.back(last, weeks)) - 1, -7))[::-1]
    course, more = history(scanned, ends, days, settled=settled)
    young = newcomers(scanned, last, days)
    return Finding(
        id=made_id("stickiness", event, by, events.segment),
        question="How often do active people come?",
        headline=headline(events, now, days, each, gaps),
        estimates=(now, in_days(now, days), *([change] if change else []), *each, *gaps),
        table=numbers(events.who, calendar, ends, course, days, each),
        figure=chart(events.who, calendar, ends, course, now, each, days),
        cautions=(
            *uncalled(change, f"The last {days} days", "those before"),
            *cautions(events, now, "The figure", young, row.n_now, settled=settled),
            *(split.cautions if split else ()),
        ),
        definition=events.describe(
            f"Share of the {days} days on which {events.who.many} active in them had {event or 'any event'}",
            f"equals mean daily over {days}-daily active {events.who.many}",
            f"only {events.who.many} who had started before the window" if settled else "",
            split.words if split else "",
        ),
        query=text + "\n\n" + more,
        kpi=Kpi(now, change, f"the {days} days before", history=tuple(course), routine=True),
    )


def summed(scanned: Activity, last: int, days: int, *, settled: bool, before: bool) -> tuple[Sequence[Any], str]:
    """Return the sums of each part, and the SQL."""
    cells = scanned.query(
        sql(__package__, "stickiness.sql"),
        now=scanned.window(last, days),
        before=scanned.window(last - days, days) if before else "0" * scanned.width,
        settled=settled,
        born=last - days,
        length=days,
    )
    return cells.rows, cells.sql


def sums_of(row: Any, when: str) -> Sums:
    """Return the sums of a window as statistics take them."""
    return Sums(*(int(getattr(row, f"{name}_{when}")) for name in ("n", "h", "s", "hh", "hs", "ss")))


def rate(row: Any, label: str, events: Events, days: int) -> Estimate:
    """Return the share of days active of those active at all."""
    now = sums_of(row, "now")
    found = clustered_share(now.n, row.h_now, row.s_now, row.hh_now, row.hs_now, row.ss_now, label=label)
    return replace(found, period=f"{days} days to {day_text(events.as_of, year=True)}")


def in_days(now: Estimate, days: int) -> Estimate:
    """Return the same share as days of the window."""
    ends = [None if end is None else end * days for end in (now.value, now.low, now.high)]
    return replace(now, label=f"Days active of {days}", value=ends[0], low=ends[1], high=ends[2], unit=Unit.NUMBER)


def compared(row: Any, label: str) -> Estimate | None:
    """Return the change on the window before; ``None`` where nobody was active then."""
    if not row.n_before:
        return None
    both = Both(int(row.n_both), int(row.hg), int(row.hr), int(row.sg), int(row.sr))
    return clustered_share_difference(sums_of(row, "now"), sums_of(row, "before"), both, label=label)


def against_rest(rows: Sequence[Any], total: Any) -> list[Estimate]:
    """Compare each part with all others together; ``p`` is corrected for how many comparisons there are."""
    found = []
    known = [row for row in rows if row.n_now]
    for row in known if len(known) > 1 else []:
        mine = sums_of(row, "now")
        rest = Sums(*(int(getattr(total, f"{k}_now")) - int(getattr(row, f"{k}_now")) for k in KEYS))
        if rest.n > 0:
            found.append(clustered_share_difference(mine, rest, label=f"{row.part} less all others"))
    return adjusted(found)


KEYS = ("n", "h", "s", "hh", "hs", "ss")


def history(scanned: Activity, ends: Sequence[int], days: int, *, settled: bool) -> tuple[list[float | None], str]:
    """Return the share for the window that ends with each of these days."""
    known = [end for end in ends if end - days + 1 >= scanned.oldest]
    cells = scanned.query(sql(__package__, "stickiness_windows.sql"), ends=known, length=days, settled=settled)
    found = {row.last: float(row.days) / (days * row.people) if row.people else None for row in cells}
    return [found.get(end) for end in ends], cells.sql


def newcomers(scanned: Activity, last: int, days: int) -> int:
    """Return how many of those active in the window started in it."""
    return (
        scanned.query(
            "SELECT count_if(first > $born AND bit_count(returns & CAST($now AS BIT)) > 0) AS n FROM activity",
            born=last - days,
            now=scanned.window(last, days),
        )
        .one()
        .n
    )


def headline(events: Events, now: Estimate, days: int, each: Sequence[Estimate], gaps: Sequence[Estimate]) -> str:
    """Say on how many days people come, how sure, and the part that clearly differs most."""
    often = Unit.NUMBER.text((now.value or 0.0) * days)
    text = f"{events.who.count(now.n)} came on {often} of the last {days} days in the mean"
    return f"{text} ({now.unit.text(now.value)} of the days; {now.range}){furthest(each, gaps)}"


def numbers(
    who: Who,
    calendar: Buckets,
    ends: Sequence[int],
    course: Sequence[float | None],
    days: int,
    each: Sequence[Estimate],
) -> Table:
    """The parts if there are any, else the windows, newest first."""
    people = who.many.capitalize()
    if each:
        columns = [Column("Part"), Column(people, Unit.COUNT), Column("Of days", Unit.SHARE)]
        columns += [Column("Low", Unit.SHARE), Column("High", Unit.SHARE)]
        return table(columns, [(one.label, one.n, one.value, one.low, one.high) for one in each], size=people)
    rows = [(calendar.start(end), value) for end, value in zip(ends, course, strict=True)]
    return table([Column(f"{days} days to", Unit.DATE), Column("Of days", Unit.SHARE)], rows[::-1])


def chart(
    who: Who,
    calendar: Buckets,
    ends: Sequence[int],
    course: Sequence[float | None],
    now: Estimate,
    each: Sequence[Estimate],
    days: int,
) -> Chart:
    """The parts with their intervals, or the course over the weeks."""
    if each:
        names = tuple(one.label for one in each)
        row = Series(
            "share of days",
            names,
            tuple(o.value for o in each),
            tuple(o.low for o in each),
            tuple(o.high for o in each),
        )
        said = ", ".join(f"{one.label} {one.unit.text(one.value)}" for one in each)
        words = f"Share of {days} days on which active {who.many} came, by part: {said}."
        return intervals([row], unit=Unit.SHARE, description=words, caption="Whiskers are 95% intervals.")
    dates = tuple(calendar.start(end).isoformat() for end in ends)
    words = f"Share of the {days} days to each date on which active {who.many} came; at last {now}."
    return line([Series("share of days", dates, tuple(course))], unit=Unit.SHARE, description=words)
