"""What the questions of the last days share: whether the data cover them, and what newcomers among them bring."""

from collections.abc import Sequence

from pmlib.core import Buckets, Estimate, TooFewError, Unit
from pmlib.sources.contract import Events

FEW = 50
NEWCOMERS = 0.2
"""Share of people who started inside the window from which they are said to lower the figure."""
CLEAR = 0.05
"""Adjusted chance below which a part is called different."""


def covered(events: Events, days: int) -> tuple[Buckets, int, int]:
    """Return the days as numbers, the first one the data have and the last one counted.

    Raises
    ------
    TooFewError
        If the data do not cover a window of so many days.
    """
    calendar = Buckets("day", events.weeks)
    begin, last = calendar.number(events.first_day()), calendar.number(events.as_of)
    there = last - begin + 1
    if there < days:
        raise TooFewError(f"The window has {days} days; the data cover {there}. Ask for fewer days, or load more.")
    return calendar, begin, last


def cautions(events: Events, now: Estimate, what: str, young: int, people: int, *, settled: bool) -> list[str]:
    """What to doubt: few people, many who started inside the window.

    Parameters
    ----------
    what
        What rests on the people: ``"The curve"``.
    young, people
        Of so many active in the window, so many started in it.
    settled
        Whether these were left out.
    """
    found = []
    if now.n < FEW:
        found.append(f"{what} rests on {events.who.count(now.n)}: the interval is wide.")
    if not settled and young > NEWCOMERS * people:
        found.append(
            f"{Unit.SHARE.text(young / people)} of the {events.who.many} started inside the window and cannot have "
            "come on all its days, which lowers the figure; settled = True leaves them out."
        )
    return found


def furthest(each: Sequence[Estimate], gaps: Sequence[Estimate]) -> str:
    """Say which part is clearly furthest from all others, or nothing."""
    clear = [gap for gap in gaps if gap.p is not None and gap.p < CLEAR and gap.value]
    if not clear:
        return ""
    widest = max(clear, key=lambda gap: abs(gap.value or 0.0))
    share = next(one for one in each if f"{one.label} less all others" == widest.label)
    way = "more" if (widest.value or 0.0) > 0 else "less"
    gap = f"{Unit.POINTS.text(abs(widest.value or 0.0))} {way} than all others"
    return f"; {share.label} has {share.unit.text(share.value)}, {gap} ({widest.signed_range})"
