"""What a metric did last week, against the week before and the same week a year before."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from pmlib.core import Estimate, Finding, Kpi, SettingError, Signal, TooFewError, Unit, made_id
from pmlib.core.periods import YEAR, day_text
from pmlib.core.words import listed
from pmlib.metrics import Points
from pmlib.show import Chart, Column, Series, Table, line, table
from pmlib.sources.launches import Launch
from pmlib.stats import signal
from pmlib.trends.words import difference, marks, named

SEASON = 52
SMALL = 20
"""Below this many, a per cent says more about chance than about change."""
WEEK = timedelta(days=7)


def change(points: Points, *, weeks: int = 60, notes: Sequence[Launch] = ()) -> Finding:
    """Tell whether last week's change is more than the usual up and down.

    Compares the last complete week with the week before and with the same weekdays 364 days before, and judges it by
    the range its own history leads one to expect (:func:`pmlib.stats.signals.signal`).

    Parameters
    ----------
    points
        A metric by week, best with two years of history. Weeks without any event are gaps.
    weeks
        Weeks shown.
    notes
        Launches, drawn as marks; those in the compared weeks are named among the cautions.

    Raises
    ------
    TooFewError
        If there is no week.
    """
    weekly(points)
    points = heard(points)
    now, now_day = points.values[-1], points.dates[-1]
    told = judged(points)
    value = counted(points, told)
    before = compared(points, now_day - WEEK, "change on the week before")
    year = compared(points, now_day - YEAR, "change on the same week a year before")
    shown = range(max(0, len(points) - weeks), len(points))
    headline = f"{points.label}: {said(points, value)}{against(before, year)}; {judgement(told)}."
    return Finding(
        id=made_id("change", points.name),
        question=f"{points.label}: did it change more than usual?",
        headline=headline if now is not None else f"{points.label}: {said(points, value)}.",
        estimates=(value, before, year),
        table=numbers(points, shown),
        figure=chart(points, shown, notes),
        cautions=cautions(points, told, before, year, notes),
        definition=points.definition,
        query=points.sql,
        action=action(points, told),
        kpi=Kpi(value, before, "the week before", better=points.better, signal=told, history=points.values[-weeks:]),
    )


def weekly(points: Points) -> None:
    """Refuse what is not by week, or empty."""
    if points.every != "week":
        raise SettingError(f"The points of '{points.name}' are by {points.every}. Use metrics.weekly(…).")
    if not len(points):
        raise TooFewError(f"There is no complete week of '{points.name}'. Load at least one whole week.")


def silent(points: Points) -> tuple[date, ...]:
    """Weeks without any event, after the first that has one."""
    first = next((place for place, days in enumerate(points.days) if days), len(points.days))
    return tuple(day for day, days in zip(points.dates[first:], points.days[first:], strict=False) if not days)


def heard(points: Points) -> Points:
    """Take weeks without any event for gaps: their zero says nothing of the metric."""
    if not points.days:
        return points
    values = (value if days else None for value, days in zip(points.values, points.days, strict=True))
    return replace(points, values=tuple(values))


def silence(points: Points) -> list[str]:
    """Name the weeks taken for gaps."""
    weeks = silent(points)
    if not weeks:
        return []
    named_weeks = listed([day_text(day, year=True) for day in weeks])
    return [
        f"No event at all was recorded in the week{'' if len(weeks) == 1 else 's'} of {named_weeks}: taken for a gap "
        f"in the data, not for a zero of {points.title}."
    ]


def judged(points: Points) -> Signal:
    """Judge the last value by those before it."""
    return signal(
        points.values[-2 * SEASON - 2 : -1],
        points.values[-1],
        season=SEASON,
        unit=points.unit,
        base=points.n[-1] if points.n and points.is_quotient else None,
    )


def counted(points: Points, told: Signal) -> Estimate:
    """Return the last value with the range expected from those before it."""
    value, usual = points.values[-1], told.limits
    if value is None:
        no_event = points.days and not points.days[-1]
        reason = "no event at all was recorded in it" if no_event else "nobody was active in the week"
        usual = replace(usual, value=None, low=None, high=None, reason=reason)
    return replace(
        usual,
        label=points.label,
        value=value,
        n=points.n[-1] if points.n else int(value or 0),
        method=f"a full count; the range expected: {usual.method}",
        period=str(points.period(-1)),
    )


def compared(points: Points, day: object, label: str) -> Estimate:
    """Compare the last week with the one that starts on ``day``."""
    place = points.dates.index(day) if day in points.dates else None
    then = points.values[place] if place is not None else None
    n = points.n[-1] if points.n else 0
    refuse = too_few(points, place) if place is not None else ""
    return difference(points.values[-1], then, points.unit, label, n=n, refuse=refuse)


def too_few(points: Points, place: int) -> str:
    """Say why no per cent of the value at ``place`` may be given, or ``""``."""
    then = points.values[place]
    people = points.n[place] if points.n and points.is_quotient else None
    if then is not None and points.unit.kind == "count" and then < SMALL:
        return f"the earlier value is {points.unit.text(then)}, too few for a per cent"
    if then is not None and people is not None and people < SMALL:
        return f"the earlier value rests on {people:,}, too few for a per cent"
    return ""


def said(points: Points, value: Estimate) -> str:
    """Write the last value and its week."""
    week = f"in the week of {day_text(points.dates[-1])}"
    return f"{points.unit.text(value.value)} {week}" if value.value is not None else f"not known {week}, {value.reason}"


def against(before: Estimate, year: Estimate) -> str:
    """Write both differences, those that are known."""
    parts = [
        f"{one.unit.change(one.value)} on {words}"
        for one, words in ((before, "the week before"), (year, "a year before"))
        if one.value is not None
    ]
    return ", " + " and ".join(parts) if parts else ""


def judgement(told: Signal) -> str:
    """Say whether the value is usual; no more than is known."""
    if told.called:
        low, high = (told.limits.unit.text(end) for end in (told.limits.low, told.limits.high))
        return f"{told.state} the {low} to {high} its history leads one to expect: a signal"
    if told.judged:
        return "within the range its history leads one to expect"
    return told.words or "whether that is usual cannot be said"


def action(points: Points, told: Signal) -> str:
    """Ask for the cause of a value outside its range."""
    if points.values[-1] is None and points.days and not points.days[-1]:
        return f"Find out why no event arrived in the week of {day_text(points.dates[-1])}."
    if not told.called:
        return ""
    return (
        f"Find out what moved {points.title} in the week of {day_text(points.dates[-1])}: first whether all events "
        "arrived, then what was released or advertised."
    )


def cautions(
    points: Points, told: Signal, before: Estimate, year: Estimate, notes: Sequence[Launch]
) -> tuple[str, ...]:
    """What to doubt: weeks that are not whole, bases that are small or missing, launches nearby."""
    found = silence(points)
    days = (points.dates[-1], points.dates[-1] - WEEK, points.dates[-1] - YEAR)
    for day in days:
        seen = points.days[points.dates.index(day)] if points.days and day in points.dates else 7
        if 0 < seen < 7:
            have = "has" if seen == 1 else "have"
            found.append(
                f"In the week of {day_text(day, year=True)} only {seen} of 7 days {have} events: a gap in the data "
                "makes a comparison with it wrong."
            )
    known = points.values[-1] is not None
    if known and not told.judged:
        found.append(f"No range is given for {points.title}: {told.limits.reason}.")
    if told.called and told.seen < 2 * SEASON:
        found.append("With less than two years before it, a season of the year would look the same.")
    for one, words in ((before, "the week before"), (year, "the same week a year before")):
        if known and one.value is None:
            found.append(f"No change on {words} is given: {one.reason}.")
    near = [named(one) for one in sorted(notes) if days[1] <= one.date < days[0] + WEEK]
    if near:
        found.append(
            f"{listed(near)} fell into the two weeks compared; a change at the same time is no proof of cause."
        )
    return tuple(found)


def numbers(points: Points, shown: range) -> Table:
    """The weeks as a table, beside the year before."""
    kind = Unit.POINTS if points.unit.kind == "share" else Unit.LIFT
    rows = []
    for place in shown:
        day, value = points.dates[place], points.values[place]
        last, past = points.at(day - WEEK), points.at(day - YEAR)
        step, grown = (
            difference(value, base, points.unit, "", n=0, refuse=too_few(points, place - back) if base else "").value
            for base, back in ((last, 1), (past, SEASON))
        )
        rows.append((day, value, step, past, grown))
    columns = [
        Column("Week", Unit.DATE),
        Column(points.label, points.unit),
        Column("On the week before", kind),
        Column("Year before", points.unit),
        Column("On the year before", kind),
    ]
    wide = 5 if any(row[3] is not None for row in rows) else 3
    return table(columns[:wide], [row[:wide] for row in rows])


def chart(points: Points, shown: range, notes: Sequence[Launch]) -> Chart:
    """The weeks as a line, the year before dotted, launches as marks."""
    days = [points.dates[place] for place in shown]
    x, y = tuple(day.isoformat() for day in days), tuple(points.values[place] for place in shown)
    past = tuple(points.at(day - YEAR) for day in days)
    drawn = [Series("this year", x, y)]
    if any(value is not None for value in past):
        drawn.append(Series("a year before", x, past, role="before"))
    known = [value for value in y if value is not None]
    first, last = (points.unit.text(value) for value in ((known or [None])[0], (known or [None])[-1]))
    words = f"{points.label} by week from {day_text(days[0], year=True)} to {day_text(days[-1], year=True)}: "
    caption = "Dotted is the same week a year before (364 days)." if len(drawn) > 1 else ""
    return line(
        drawn,
        unit=points.unit,
        description=f"{words}{first} at first, {last} at last.",
        caption=caption,
        notes=marks(notes, days[0], days[-1] + WEEK - timedelta(days=1)),
    )
