"""Daily, weekly and monthly active people: distinct in the day, the 7 and the 30 days that end with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from pmlib.core import Buckets, Estimate, Finding, Grain, Kpi, Signal, TooFewError, Unit, answering, made_id
from pmlib.core.periods import SEASON, day_text
from pmlib.engine import sql
from pmlib.show import Chart, Column, Series, Table, line, table
from pmlib.sources.contract import Events, Who
from pmlib.stats import signal
from pmlib.usage.people.activity import Activity, activity
from pmlib.usage.people.parts import At, parts

WIDTH = {"daily": 1, "weekly": 7, "monthly": 30}
"""Days of each window, the last one included."""
GRAINS: dict[str, Grain] = {"daily": "day", "weekly": "week", "monthly": "month"}
STEP = {"daily": 1, "weekly": 7, "monthly": 30}
"""Days from one window to the next that shares none with it: only such counts are judged by each other."""
JUDGING = {"daily": 364, "weekly": 104, "monthly": 24}
"""Earlier windows that judge the last."""
DRAWN = 91
"""Days that a chart can show one by one; the table has all weeks."""
FEW = 50


@dataclass(frozen=True)
class Course:
    """The people active in the windows of one length, by the day they end with; only windows the data cover whole."""

    name: str
    counts: Mapping[int, int]

    def at(self, day: int) -> int | None:
        """Return the count of the window that ends with a day, if it was asked for and is whole."""
        return self.counts.get(day)


@answering("active-users", "How many people are active by day, week and month?")
def active_users(
    events: Events, *, event: str = "", by: str = "", at: At = "latest", top: int = 5, weeks: int = 26
) -> Finding:
    """Answer how many people are active in a day (DAU), in 7 days (WAU) and in 30 days (MAU).

    The windows are trailing and hold the day they end with; people are counted anew in each, never added up. A window
    counts once all its days are covered by the data. The last count of each is judged by earlier windows that share no
    day with it (:func:`pmlib.stats.signals.signal`).

    Parameters
    ----------
    event
        The event that makes a person active; ``""`` is any.
    by
        A property or named conditions that split people (:func:`pmlib.usage.parts.parts`); the chart then shows WAU.
    at
        Whether a person belongs where the ``"latest"`` event says or where the ``"first"`` does.
    weeks
        Weeks shown.

    Raises
    ------
    SettingError
        If the event or property is unknown.
    TooFewError
        If no day is complete.
    """
    if event:
        events.known(event)
    days = Buckets("day", events.weeks)
    begin, last = days.number(events.first_day()), days.number(events.as_of)
    since = max(begin, days.back(last, weeks))
    scanned = activity(events, every="day", since=since, until=last, start=event, back=event)
    split = parts(events, by, at=at, start=event if at == "first" else "", top=top) if by else None
    shown = range(max(begin, days.back(last, weeks)), last + 1)
    everybody, text = courses(scanned, begin, shown)
    total = next(iter(everybody.values()), {name: Course(name, {}) for name in WIDTH})
    told = {name: judged(course, last) for name, course in total.items()}
    known = {name: course for name, course in total.items() if course.at(last) is not None}
    if not known:
        raise TooFewError(f"No day is complete up to {day_text(events.as_of, year=True)}.")
    estimates = [counted(course, told[name], last, days, events.who) for name, course in known.items()]
    now = estimates[-1]
    each: dict[str, Course] = {}
    if split:
        # Each part from the same scan: the parts' counts are those of the people in them.
        rows, parted = courses(scanned.split(split), begin, shown)
        text += f"\n\n{parted}"
        each = {name: found["weekly"] for name, found in rows.items()}
    return Finding(
        id=made_id("active-users", event, by, events.segment),
        question="How many people are active by day, week and month?",
        headline=headline(events, known, told, last),
        estimates=tuple(estimates),
        table=numbers(total, each, shown, days, events),
        figure=chart(each or known, shown[-DRAWN:], days, events.who, parted=bool(each)),
        cautions=(*cautions(events, now, total, last), *(split.cautions if split else ())),
        definition=events.describe(
            f"Distinct {events.who.many} with {event or 'any event'} in the day, the 7 and the 30 days to it",
            split.words if split else "",
            "windows the data do not cover whole are left out",
        ),
        query=text,
        kpi=Kpi(
            now,
            signal=told["monthly" if "monthly" in known else list(known)[-1]],
            history=tuple(list(known.values())[-1].at(day) for day in shown[:: -STEP["weekly"]][::-1]),
        ),
    )


def courses(scanned: Activity, begin: int, shown: range) -> tuple[dict[str, dict[str, Course]], str]:
    """Return the three courses of each part, on the days shown and those that judge the last, and the SQL."""
    ends = {}
    for name, width in WIDTH.items():
        first = max(begin, scanned.oldest) + width - 1
        past = range(shown[-1], max(first, shown[-1] - JUDGING[name] * STEP[name]) - 1, -STEP[name])
        ends[name] = sorted({day for day in (*shown, *past) if day >= first})
    cells = scanned.query(sql(__package__, "actives.sql"), **ends)
    found: dict[str, dict[str, dict[int, int]]] = {}
    for row in cells:
        found.setdefault(row.part, {name: {} for name in WIDTH})[row.name][row.day] = int(row.people)
    made = {part: {name: Course(name, counts) for name, counts in of.items()} for part, of in found.items()}
    return made, cells.sql


def judged(course: Course, last: int) -> Signal:
    """Judge the last window by those before it that share no day with it."""
    step = STEP[course.name]
    history: list[float | None] = []
    day = last - step
    while course.at(day) is not None:
        # A window without anybody is a gap in the data sooner than a count of nobody.
        history.append(course.at(day) or None)
        day -= step
    every = GRAINS[course.name]
    season = SEASON[every] if every != "month" else None
    return signal(history[::-1], course.at(last), season=season, unit=Unit.COUNT, every=every)


def counted(course: Course, told: Signal, last: int, days: Buckets, who: Who) -> Estimate:
    """Return the last count with the range expected from the counts before it."""
    count = course.at(last) or 0
    width = WIDTH[course.name]
    return replace(
        told.limits,
        label=f"{course.name.capitalize()} active {'users' if who == Who() else who.many}",
        value=float(count),
        n=count,
        method=f"distinct {who.many} counted in {width} day{'s' if width > 1 else ''}; the range: {told.limits.method}",
        period=str(days.period(last - width + 1, last)),
    )


def headline(events: Events, known: Mapping[str, Course], told: Mapping[str, Signal], last: int) -> str:
    """Say the longest window first, then the shorter ones, and what is unusual."""
    said = {"daily": "on the last day", "weekly": "in the last 7", "monthly": "in the 30 days"}
    names = list(known)[::-1]
    first, *others = names
    count = known[first].at(last) or 0
    verb = "was" if count == 1 else "were"
    text = f"{events.who.count(count)} {verb} active {said[first]}"
    text += f" to {day_text(events.as_of)}" if first != "daily" else f", {day_text(events.as_of)}"
    if others:
        text += "; " + " and ".join(f"{known[name].at(last) or 0:,} {said[name]}" for name in others)
    unusual = [f"{name} count is {told[name].state} its usual range" for name in names if told[name].called]
    return text + (f": the {' and the '.join(unusual)}, a signal" if unusual else "")


def cautions(events: Events, now: Estimate, total: Mapping[str, Course], last: int) -> list[str]:
    """What to doubt: few people, windows not yet whole."""
    found = []
    if now.n < FEW:
        found.append(f"Only {events.who.count(now.n)} in the last window: a few more or fewer move every figure.")
    short = [str(WIDTH[name]) for name, course in total.items() if course.at(last) is None]
    if short:
        found.append(f"The data do not cover {' and '.join(short)} days yet: that count is left out.")
    return found


def numbers(
    total: Mapping[str, Course], each: Mapping[str, Course], shown: Sequence[int], days: Buckets, events: Events
) -> Table:
    """The windows that end with each seventh day, the newest first; with the 7 days of each part."""
    ends = shown[::-7]
    columns = [Column("To", Unit.DATE), Column("Day", Unit.COUNT), Column("7 days", Unit.COUNT)]
    columns += [
        Column("30 days", Unit.COUNT),
        Column("Mean day", Unit.COUNT),
        Column("Mean day of 30 days", Unit.SHARE),
    ]
    columns += [Column(f"7 days, {name}", Unit.COUNT) for name in each]
    rows = []
    for day in ends:
        daily, weekly, monthly = (total[name].at(day) for name in WIDTH)
        month = [total["daily"].at(day - back) for back in range(30)]
        mean = sum(count for count in month if count is not None) / 30 if None not in month else None
        sticky = mean / monthly if mean is not None and monthly else None
        parts_of = [course.at(day) for course in each.values()]
        rows.append((days.start(day), daily, weekly, monthly, mean, sticky, *parts_of))
    return table(columns, rows)


def chart(drawn: Mapping[str, Course], shown: Sequence[int], days: Buckets, who: Who, *, parted: bool) -> Chart:
    """The three courses, or the 7 days of each part."""
    dates = tuple(days.start(day).isoformat() for day in shown)
    names = {"daily": "in the day", "weekly": "in 7 days", "monthly": "in 30 days"}
    series = [
        Series(name if parted else names[name], dates, tuple(course.at(day) for day in shown))
        for name, course in drawn.items()
    ]
    what = "in the 7 days to each day, by part" if parted else "in the day, the 7 and the 30 days to each day"
    last = [f"{one.name} {one.y[-1]:,}" for one in series if one.y[-1] is not None]
    first: date = days.start(shown[0])
    words = f"{who.many.capitalize()} active {what}, from {day_text(first, year=True)}; at last: {', '.join(last)}."
    return line(series, unit=Unit.COUNT, description=words)
