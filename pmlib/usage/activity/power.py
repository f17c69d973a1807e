"""The power curve: how many people come on how many days."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pmlib.core import Estimate, Finding, Kpi, SettingError, TooFewError, Unit, answering, made_id
from pmlib.core.periods import day_text
from pmlib.engine import sql
from pmlib.show import Chart, Column, Series, Table, bars, table
from pmlib.sources.contract import Events, Who
from pmlib.stats import share, share_difference
from pmlib.usage.activity.windows import cautions, covered, furthest
from pmlib.usage.people.activity import Activity, activity
from pmlib.usage.people.comparisons import adjusted
from pmlib.usage.people.parts import At, parts

Counts = Mapping[int, int]


@answering("power-curve", "How many come nearly every day?")
def power_curve(
    events: Events,
    *,
    event: str = "",
    days: int = 28,
    often: int = 0,
    settled: bool = False,
    by: str = "",
    at: At = "latest",
    top: int = 5,
) -> Finding:
    """Answer on how many days people come (L7, L28, L30), and how many come often.

    Counted are distinct people by the number of local days of the last ``days`` on which they were active.

    Parameters
    ----------
    event
        The event that makes a day active; ``""`` is any.
    days
        Length of the window, such as 7 or 28.
    often
        Days from which a person comes often; half the window by default.
    settled
        Whether only those count who had started before the window began.
    by, at, top
        How people are split (:func:`pmlib.usage.parts.parts`); each part is compared with all others together.

    Raises
    ------
    SettingError
        If the event or property is unknown, ``days`` lies outside 2 to 90 or ``often`` outside the window.
    TooFewError
        If the data do not cover the window, or nobody was active in it.
    """
    if not 2 <= days <= 90 or not 0 <= often <= days:
        raise SettingError(f"days is {days} and often {often}; a window has 2 to 90 days, often lies within it.")
    often = often or (days + 1) // 2
    if event:
        events.known(event)
    _, begin, last = covered(events, days)
    whole = last - 2 * days + 1 >= begin
    scanned = activity(events, every="day", since=max(begin, last - 2 * days + 1), until=last, start=event, back=event)
    found, young, text = counted(scanned, last, days, settled=settled)
    everybody = next(iter(found.values()), {})
    people = sum(everybody.values())
    if not people:
        raise TooFewError(f"Nobody was active in the {days} days to {day_text(events.as_of, year=True)}.")
    before = counted(scanned, last - days, days, settled=settled)[0] if whole else {}
    now = reached(everybody, often, f"Active on {often} or more of {days} days", events, days)
    earlier = next(iter(before.values()), {})
    split = parts(events, by, at=at, start=event if at == "first" else "", top=top) if by else None
    each: Mapping[str, Counts] = {}
    if split:
        each, _, parted = counted(scanned.split(split), last, days, settled=settled)
        text += "\n\n" + parted
    rates = [reached(counts, often, name, events, days) for name, counts in each.items()]
    gaps = against_rest(each, everybody, often)
    curve = [share(everybody.get(day, 0), people, label=f"exactly {day}") for day in range(1, days + 1)]
    moved = said_change(events.who, now, earlier, often, days)
    return Finding(
        id=made_id("power-curve", event, by, events.segment),
        question="How many come nearly every day?",
        headline=headline(events, now, everybody, often, days, rates, gaps),
        estimates=(now, *rates, *gaps),
        table=numbers(events.who, everybody, each, days),
        figure=chart(events.who, curve, each, days),
        cautions=(
            *cautions(events, now, "The curve", young, people, settled=settled),
            *(split.cautions if split else ()),
        ),
        definition=events.describe(
            f"{events.who.many.capitalize()} by local days with {event or 'any event'} in {days} days",
            f"only {events.who.many} who had started before the window" if settled else "",
            split.words if split else "",
        ),
        query=text,
        kpi=Kpi(now, moved, f"the {days} days before", routine=True),
    )


def counted(scanned: Activity, last: int, days: int, *, settled: bool) -> tuple[dict[str, dict[int, int]], int, str]:
    """Return people by active days for each part, how many of them started in the window, and the SQL."""
    cells = scanned.query(
        sql(__package__, "power.sql"), window=scanned.window(last, days), born=last - days, settled=settled
    )
    found: dict[str, dict[int, int]] = {}
    for row in cells:
        found.setdefault(row.part, {})[int(row.days)] = row.people
    return found, sum(row.young for row in cells), cells.sql


def reached(counts: Counts, often: int, label: str, events: Events, days: int) -> Estimate:
    """Return the share of people active on so many days or more."""
    hits = sum(people for day, people in counts.items() if day >= often)
    found = share(hits, sum(counts.values()), label=label)
    return replace(found, period=f"{days} days to {day_text(events.as_of, year=True)}")


def said_change(who: Who, now: Estimate, earlier: Counts, often: int, days: int) -> Estimate | None:
    """Return the change on the window before, without an interval: many people are in both windows."""
    n = sum(earlier.values())
    if not n or now.value is None:
        return None
    value = now.value - sum(people for day, people in earlier.items() if day >= often) / n
    reason = f"many of the {who.many} are in both windows; stickiness has the interval of its change"
    return Estimate(
        f"active on {often} or more days, the {days} days less the {days} before",
        value, None, None, Unit.POINTS, now.n, "difference of two shares", reason=reason,
    )  # fmt: skip


def against_rest(each: Mapping[str, Counts], everybody: Counts, often: int) -> list[Estimate]:
    """Compare each part with all others together; ``p`` is corrected for how many comparisons there are."""
    total, hits = sum(everybody.values()), sum(n for day, n in everybody.items() if day >= often)
    found = []
    for name, counts in each.items() if len(each) > 1 else ():
        n, mine = sum(counts.values()), sum(people for day, people in counts.items() if day >= often)
        if total - n > 0 and 0 <= hits - mine <= total - n:
            found.append(share_difference(mine, n, hits - mine, total - n, label=f"{name} less all others"))
    return adjusted(found)


def headline(
    events: Events,
    now: Estimate,
    counts: Counts,
    often: int,
    days: int,
    rates: Sequence[Estimate],
    gaps: Sequence[Estimate],
) -> str:
    """Say who comes often, how sure, who came once, and the part that clearly differs most."""
    once = share(counts.get(1, 0), now.n)
    return (
        f"{now.unit.text(now.value)} of {events.who.count(now.n)} came on {often} or more of the last {days} days "
        f"({now.range}), {once.unit.text(once.value)} on one only{furthest(rates, gaps)}"
    )


def numbers(who: Who, counts: Counts, each: Mapping[str, Counts], days: int) -> Table:
    """People on exactly and on at least so many days; the share of each part on at least as many."""
    total, people = sum(counts.values()), who.many.capitalize()
    columns = [Column("Days", Unit.COUNT), Column(people, Unit.COUNT), Column(f"Of {who.many}", Unit.SHARE)]
    columns += [
        Column("So many or more", Unit.SHARE),
        *(Column(f"So many or more, {name}", Unit.SHARE) for name in each),
    ]
    rows = []
    for day in range(1, days + 1):
        more = [at_least(one, day) for one in (counts, *each.values())]
        rows.append((day, counts.get(day, 0), counts.get(day, 0) / total, *more))
    return table(columns, rows, size=people)


def at_least(counts: Counts, day: int) -> float | None:
    """Return the share of people active on so many days or more."""
    total = sum(counts.values())
    return sum(people for one, people in counts.items() if one >= day) / total if total else None


def chart(who: Who, curve: Sequence[Estimate], each: Mapping[str, Counts], days: int) -> Chart:
    """The share of people by days, with intervals; or by part."""
    labels = tuple(str(day) for day in range(1, days + 1))
    words = f"Share of active {who.many} by the number of days they came, of {days}: "
    words += ", ".join(f"{one.unit.text(one.value)} on {day}" for day, one in zip(labels, curve, strict=True)) + "."
    if each:
        drawn = []
        for name, one in each.items():
            total = sum(one.values())
            drawn.append(Series(name, labels, tuple(one.get(int(day), 0) / total for day in labels)))
        words += f" By part: {', '.join(each)}."
    else:
        drawn = [
            Series(
                f"share of {who.many}",
                labels,
                tuple(o.value for o in curve),
                tuple(o.low for o in curve),
                tuple(o.high for o in curve),
            )
        ]
    caption = "" if each else "Whiskers are 95% intervals."
    return bars(
        drawn, unit=Unit.SHARE, description=words, caption=caption, x_title="days active", dates=False, stacked=False
    )
