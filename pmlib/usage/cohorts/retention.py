"""Whether the people who start come back."""

from dataclasses import replace

from pmlib.core import Buckets, Estimate, Finding, Grain, Kpi, SettingError, TooFewError, answering, made_id
from pmlib.core.periods import SPAN, day_text
from pmlib.core.words import many
from pmlib.sources.contract import Events
from pmlib.usage.cohorts.asked import COHORTS, Asked, Kind, Windows, asked, one_of
from pmlib.usage.cohorts.cohorts import Counts, counted
from pmlib.usage.cohorts.parts import Each, each_start, splitting
from pmlib.usage.cohorts.rates import Average, against_others, changed, rates
from pmlib.usage.cohorts.shapes import compared, heat, lines, numbers
from pmlib.usage.cohorts.words import cautions, few_parts, headline, refuse_single_day
from pmlib.usage.people.parts import Parts

QUESTION = "Do the people who start come back?"


@answering("retention", QUESTION)
def retention(
    events: Events,
    *,
    start: str = "",
    back: str = "",
    every: Grain = "week",
    periods: int = 12,
    weeks: int = 26,
    age: int = 4,
    kind: Kind = "first",
    start_where: str = "",
    windows: Windows = "calendar",
    unbounded: bool = False,
    brackets: str = "",
    least: int = 1,
    zero: bool = False,
    average: Average = "pooled",
    by: str = "",
    at: Each = "first",
    top: int = 5,
) -> Finding:
    """Answer whether the people who start come back.

    A cohort holds the people whose first start in all history fell into one calendar period; one whose first start
    lies before the periods shown is in no cohort. At age ``j`` those count who did ``back`` in the ``j``-th period
    after. An age is observed once its whole period has ended; what is not observed stays empty and enters no rate.

    Parameters
    ----------
    start, back
        The events that count as starting and as coming back; ``""`` is any event.
    every
        Whether periods are days, weeks or months.
    periods
        Highest age, in periods.
    weeks
        Weeks whose cohorts are shown.
    age
        The age on the card; the highest followed or observed one where that is less.
    kind
        ``"first"``: a cohort holds those whose first start that meets ``start_where`` lies in it. ``"first-ever"``: of
        those whose first start of all lies in it, the ones where it meets ``start_where``. ``"recurring"``: all with a
        start in it, so that one person may be in several cohorts; intervals then take people as clusters.
    start_where
        A condition on the properties of the start event, such as ``"platform = 'ios'"``.
    windows
        ``"calendar"``, or ``"24h"``: ages count whole stretches of 24 hours (a week is 7, a month 30) from the first
        start, in recurring cohorts from the first in the period. A cell then holds those whose stretch is over.
    unbounded
        Whether a return at a later age counts too.
    brackets
        Ages taken together, such as ``"1, 2-3, 4-7"``, in the place of ``periods``; whoever is back in any of them
        counts once.
    least
        How many return events a period needs to count as one of return.
    zero
        Whether the return in the period of the start itself is shown too, strictly after the start.
    average
        ``"pooled"``: all people alike. ``"simple"``: all cohorts alike.
    by
        A property, or named conditions such as ``"phones: platform IN ('ios', 'android'); web: platform = 'web'"``:
        each part is shown beside the others and compared with all others together.
    at
        Which event's value counts: the ``"first"`` start's, the ``"latest"`` event's, or ``"each"`` start's own in
        recurring cohorts, where one person may be in several parts.
    top
        How many values are shown.

    Raises
    ------
    SettingError
        If an event or property is unknown, or ``age`` is below 1.
    TooFewError
        If no cohort has been observed for one whole period after its own.
    """
    one_of("average", average, ("pooled", "simple"))
    one_of("at", at, ("first", "latest", "each"))
    wanted = asked(
        events, start=start, back=back, every=every, periods=periods, kind=kind, start_where=start_where,
        windows=windows, unbounded=unbounded, brackets=brackets, least=least, zero=zero,
    )  # fmt: skip
    spot = spotted(wanted, age)
    buckets = Buckets(every, events.weeks)
    oldest, newest = followed(events, wanted, buckets, weeks)
    refuse_single_day(events)
    split = splitting(events, wanted, by, at, top) if by else None
    counts = counted(events, wanted, oldest, newest, split if at != "each" else None)
    if split and at == "each":
        counts = each_start(events, counts, by, split, oldest, newest)
    found = rates(counts.total, wanted, average)
    if not any(one.low for one in wanted.ages[: len(found)]):
        raise TooFewError(
            f"Nobody started in the {every}s that can be followed, {buckets.period(oldest, max(oldest, newest - 1))}. "
            "Choose another start event, or show more weeks."
        )
    shown = min(spot, len(found) - 1)
    return answer(events, counts, found, buckets, average, split, by, at, shown, spot)


def spotted(wanted: Asked, age: int) -> int:
    """Return the place of the ages that hold ``age``, else of the last that begin before it, else of the first.

    Raises
    ------
    SettingError
        If ``age`` lies before the first age followed.
    """
    least = 0 if wanted.zero else 1
    if age < least:
        raise SettingError(f"age is {age}; it is {least} or more.")
    before = [spot for spot, one in enumerate(wanted.ages) if one.low <= age]
    return before[-1] if before else 0


def followed(events: Events, wanted: Asked, buckets: Buckets, weeks: int) -> tuple[int, int]:
    """Return the first and last period whose cohorts are shown.

    Raises
    ------
    SettingError
        If more cohorts are asked for than can be shown.
    TooFewError
        If there are too few periods.
    """
    begin, newest = events.first_day(), buckets.last_complete(events.as_of)
    oldest = max(buckets.number(begin), buckets.back(newest, weeks))
    # With windows of their own, those who start in one period can be followed into the running one.
    if newest - oldest < (0 if wanted.rolling else 1):
        raise TooFewError(
            f"Retention needs two whole {buckets.every}s, one to start in and one to come back in; the events run from "
            f"{day_text(begin, year=True)} to {day_text(events.as_of, year=True)}, weeks is {weeks}."
        )
    if newest - oldest >= COHORTS:
        raise SettingError(
            f"{weeks} weeks hold {newest - oldest + 1:,} cohorts by {buckets.every}; at most {COHORTS} can be shown. "
            "Show fewer weeks, or longer periods."
        )
    return oldest, newest


def answer(
    events: Events,
    counts: Counts,
    found: tuple[Estimate, ...],
    buckets: Buckets,
    average: Average,
    split: Parts | None,
    by: str,
    at: Each,
    spot: int,
    wanted: int,
) -> Finding:
    """Put together what was counted."""
    ask, every = counts.asked, counts.asked.every
    now, change = found[spot], changed(counts, spot, average)
    each = {part.name: rates(part, ask, average) for part in counts.parts}
    gaps = against_others(counts, spot) if split and at != "each" and average == "pooled" else {}
    estimates = (
        *found,
        *([change] if change else []),
        *(
            replace(known[spot], label=f"{name}: {known[spot].label}")
            for name, known in each.items()
            if spot < len(known)
        ),
        *gaps.values(),
    )
    title = "Segment" if ":" in by and by not in events.properties else by
    cohorts = sum(cohort.rate(spot) is not None for cohort in counts.total.cohorts)
    return Finding(
        id=made_id("retention", every, ask.start, ask.back, events.segment, ask.words(),
                   "" if average == "pooled" else average, f"by {by} {at}" if by else ""),
        question=QUESTION,
        headline=headline(events, ask, spot, now, cohorts, gaps if split and (gaps or at != "each") else None),
        estimates=estimates,
        table=compared(events, counts, found, each, gaps, spot, title)
        if split
        else numbers(events, counts, found, buckets),
        figure=lines(counts, found, each, buckets, spot) if split else heat(counts, found, buckets, spot),
        cautions=(
            *cautions(events, counts, spot, wanted, now, change, buckets, split),
            *(few_parts(events, [part.name for part in counts.parts], [part.size for part in counts.parts])),
        ),
        definition=events.describe(
            ask.cohorts(buckets),
            ask.returns(),
            f"{ask.observed()}: {many(cohorts, 'cohort')} at {ask.ages[spot].named(every).lower()}",
            "" if average == "pooled" else "all cohorts count alike",
            split.words if split else "",
            buckets.running(events.as_of),
        ),
        query=counts.sql,
        kpi=Kpi(
            now,
            change,
            "those before",
            f"the last {SPAN[every]} cohorts",
            history=tuple(cohort.rate(spot) for cohort in counts.total.observed(spot)),
            routine=True,
        ),
    )  # fmt: skip
