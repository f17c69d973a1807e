"""How long people go on before they stop for good."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from pmlib.core import Estimate, Finding, Kpi, SettingError, TooFewError, Unit, answering, made_id
from pmlib.core.periods import day_text
from pmlib.engine import place, sql
from pmlib.sources.contract import Events
from pmlib.stats import LogRank, Survival, kaplan_meier_counts, log_rank, share
from pmlib.usage.cohorts.cohorts import ALONE, Steps, placed
from pmlib.usage.cohorts.survival_shapes import DAYS, cautions, chart, doubts, headline, numbers
from pmlib.usage.cohorts.words import refuse_single_day
from pmlib.usage.people.parts import At, Parts, happened, parts

QUESTION = "How long do people go on before they stop?"
TRIED = 3
"""How many times the idle days lie between the day on which the rule is tried and the last."""


@answering("survival", QUESTION)
def survival(
    events: Events,
    *,
    start: str = "",
    back: str = "",
    idle_days: int = 28,
    weeks: int = 104,
    age: int = 90,
    by: str = "",
    at: At = "first",
    top: int = 5,
) -> Finding:
    """Answer how long people go on before they stop.

    Each person is followed from the day of the first start. Who has been idle for ``idle_days`` has stopped, on the day
    these were over; who has not is followed to the last day counted and may stop later (Kaplan-Meier). So the curve
    falls from ``idle_days`` on.

    Parameters
    ----------
    start, back
        The events that count as starting and as being active; ``""`` is any event.
    idle_days
        Days without being active after which somebody has stopped.
    weeks
        Weeks whose starters are followed.
    age
        Days since the start on the card; the longest followed where that is less.
    by, at, top
        A property or named conditions whose parts are compared, as in :func:`pmlib.usage.retention`.

    Raises
    ------
    SettingError
        If an event or property is unknown, or a number of days is below 1.
    TooFewError
        If nobody started, or nobody has been followed for longer than ``idle_days``.
    """
    if idle_days < 1 or age < 1 or weeks < 1:
        raise SettingError(f"idle_days is {idle_days}, weeks {weeks} and age {age}; each is 1 or more.")
    for event in (start, back):
        if event:
            events.known(event)
    begin = events.first_day()
    refuse_single_day(events)
    since = max(begin, events.as_of - timedelta(days=7 * weeks - 1))
    split = parts(events, by, at=at, start=start, top=top) if by else None
    (whole,), query = curves(events, start, back, idle_days, since, None)
    each, query = curves(events, start, back, idle_days, since, split) if split else ((), query)
    if whole is None or whole.times[-1] < idle_days:
        longest = DAYS.text(whole.times[-1]) if whole else "no day at all"
        raise TooFewError(
            f"Who has stopped shows after {DAYS.text(idle_days)} without a sign; from {day_text(since, year=True)} to "
            f"{day_text(events.as_of, year=True)} those who started can be followed for {longest}. Load more days, or "
            "choose fewer idle days."
        )
    longest = int(whole.times[-1])
    shown = min(age, longest)
    named = {name: curve for name, curve in zip(split.names if split else (), each, strict=True) if curve}
    half = whole.median(DAYS, label="Half have stopped after")
    left = whole.at(shown, DAYS, label=f"Going on {DAYS.text(shown)} after the start")
    halves = {name: one.median(DAYS, label=f"{name}: half have stopped after") for name, one in named.items()}
    lefts = [one.at(shown, DAYS, label=f"{name}: {left.label.lower()}") for name, one in named.items()]
    test = compared(list(named.values())) if split and not split.overlap else None
    again = returned(events, start, back, idle_days, since)
    title = "Segment" if split and by not in events.properties else by
    return Finding(
        id=made_id("survival", start, back, f"{idle_days}", events.segment, f"by {by} {at}" if by else ""),
        question=QUESTION,
        headline=headline(events, start, half, left, shown, longest, halves, test, again, idle_days),
        estimates=(
            half,
            left,
            *([again] if again else []),
            *halves.values(),
            *lefts,
            *([judged(test, whole.n)] if test else []),
        ),
        table=numbers(events, whole, named, shown, title),
        figure=chart(whole, named, idle_days),
        cautions=(
            *cautions(events, whole, age, shown, idle_days, not start and since == begin, again),
            *doubts(events, split, named, test),
        ),
        definition=events.describe(
            f"From the day of the first {start or 'event'} in all history, from {day_text(since, year=True)} on",
            f"stopped: {DAYS.text(idle_days)} without {back or 'any event'}, on the day they are over",
            "the others are followed to the last day",
            split.words if split else "",
        ),
        query=query,
        kpi=Kpi(left, routine=True),
    )


def curves(
    events: Events, start: str, back: str, idle_days: int, since: date, split: Parts | None
) -> tuple[tuple[Survival | None, ...], str]:
    """Return the curve of all, or of each part (``None`` where nobody is in it), and the SQL that ran."""
    steps = Steps(events.engine)
    steps, places = placed(steps, split) if split else (steps.keep("parts", ALONE, {}), {"": 0})
    text = place(sql(__package__, "survival.sql"), the_start=happened(start), the_return=happened(back))
    cells = steps.query(text, since=since, as_of=events.as_of, idle=idle_days)
    found: list[Survival | None] = []
    for spot in places.values():
        rows = [row for row in cells if row.place == spot]
        times = [row.days for row in rows]
        ended = [row.n if row.ended else 0 for row in rows]
        going = [0 if row.ended else row.n for row in rows]
        found.append(kaplan_meier_counts(times, ended, going) if rows else None)
    return tuple(found), cells.sql


def returned(events: Events, start: str, back: str, idle_days: int, since: date) -> Estimate | None:
    """Try the rule on the past: of those who had stopped some time ago, return the share that has come back since."""
    then = events.as_of - timedelta(days=TRIED * idle_days)
    text = place(sql(__package__, "survival_returns.sql"), the_start=happened(start), the_return=happened(back))
    row = events.query(text, since=since, then=then, idle=idle_days).one()
    if not row.stopped:
        return None
    label = f"Came back later, of those idle for {DAYS.text(idle_days)} on {day_text(then, year=True)}"
    return replace(share(row.back, row.stopped, label=label), period=day_text(then, year=True))


def compared(curves: Sequence[Survival]) -> LogRank | None:
    """Test whether parts stop at the same pace; ``None`` where that cannot be told."""
    if len(curves) < 2:
        return None
    try:
        return log_rank(curves)
    except TooFewError:
        return None


def judged(test: LogRank, n: int) -> Estimate:
    """Return the test of all parts as an estimate."""
    method = f"log-rank test of all parts together, degrees of freedom {test.df}"
    reason = "a test of all parts at once has no interval"
    return Estimate("Chi-square of the parts", test.chi2, None, None, Unit.NUMBER, n, method, p=test.p, reason=reason)
