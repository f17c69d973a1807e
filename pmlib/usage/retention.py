"""Whether the people who start come back."""

from collections.abc import Sequence
from dataclasses import dataclass

from pmlib.core import Buckets, Estimate, Finding, Grain, Kpi, SettingError, TooFewError, Unit, answering, made_id
from pmlib.core.periods import SPAN, day_text
from pmlib.engine import Cells, sql
from pmlib.show import Chart, Column, Table, grid, table
from pmlib.sources.contract import Events, Who
from pmlib.stats import share, share_difference
from pmlib.usage.words import listed

FEW = 50
STARTERS = 5
"""Starters of a usual period from which none at all is worth a question."""
ONE_DAY = 0.95
"""Share of all events on one day from which the others are strays."""
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@dataclass(frozen=True)
class Cohort:
    """The people who first started in one period: how many, and how many were back at each observed age from 1 on."""

    number: int
    size: int
    back: tuple[int, ...]

    def rate(self, age: int) -> float | None:
        """Share of the cohort back at an age; ``None`` where it is not observed yet or the cohort is empty."""
        return self.back[age - 1] / self.size if self.size and age <= len(self.back) else None


@answering("retention", "Do the people who start come back?")
def retention(
    events: Events,
    *,
    start: str = "",
    back: str = "",
    every: Grain = "week",
    periods: int = 12,
    weeks: int = 26,
    age: int = 4,
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
        The age on the card; the highest observed one where that is less.

    Raises
    ------
    SettingError
        If an event is unknown, or ``age`` lies outside ``1..periods``.
    TooFewError
        If no cohort has been observed for one whole period after its own.
    """
    if not 1 <= age <= periods:
        raise SettingError(f"age is {age}; it lies between 1 and the {periods} periods followed.")
    buckets = Buckets(every, events.weeks)
    begin, newest = events.first_day(), buckets.last_complete(events.as_of)
    for event in (start, back):
        if event:
            events.known(event)
    oldest = max(buckets.number(begin), buckets.back(newest, weeks))
    if newest - oldest < 1:
        raise TooFewError(
            f"Retention needs two whole {every}s, one to start in and one to come back in; the events run from "
            f"{day_text(begin, year=True)} to {day_text(events.as_of, year=True)}, weeks is {weeks}."
        )
    refuse_single_day(events)
    text = sql(__package__, "retention.sql")
    cells = events.query(text, start=start, back=back, every=every, oldest=oldest, newest=newest, periods=periods)
    cohorts = matured(cells, oldest, newest, periods)
    rates = pooled(cohorts, every)
    if not rates:
        raise TooFewError(
            f"Nobody started in the {every}s that can be followed, {buckets.period(oldest, newest - 1)}. "
            "Choose another start event, or show more weeks."
        )
    asked, age = age, min(age, len(rates))
    now = rates[age - 1]
    change = compared(cohorts, age, every)
    return Finding(
        id=made_id("retention", every, start, back, events.segment),
        question="Do the people who start come back?",
        headline=headline(now, change, age, start, back, every),
        estimates=(*rates, *([change] if change else [])),
        table=numbers(cohorts, rates, buckets),
        figure=heat(cohorts, len(rates), buckets, now, age),
        cautions=(
            *(
                [f"No cohort has been observed at {every} {asked} yet; {every} {age} stands instead."]
                if asked > age
                else []
            ),
            *cautions(events, cohorts, now, buckets, any_start=not start),
        ),
        definition=events.describe(
            f"Cohorts by the first {start or 'event'} in all history, {buckets.named}; back is {back or 'any event'}",
            f"rates pool the cohorts whose {every} of that age is over",
            buckets.running(events.as_of),
        ),
        query=cells.sql,
        kpi=Kpi(
            now,
            change,
            "those before",
            f"the last {SPAN[every]} cohorts",
            history=tuple(cohort.rate(age) for cohort in observed(cohorts, age)),
            routine=True,
        ),
    )


def refuse_single_day(events: Events) -> None:
    """Refuse events of which nearly all lie on one day: a rate of return from the strays around it would mislead.

    Raises
    ------
    TooFewError
        With the day and its share.
    """
    for row in events.query(sql(__package__, "fullest_day.sql")):
        if row.n >= ONE_DAY * row.total:
            raise TooFewError(
                f"{row.n:,} of {row.total:,} events are of one single day, {day_text(row.day, year=True)}: who comes "
                "back cannot be seen. Load more days."
            )


def matured(cells: Cells, oldest: int, newest: int, periods: int) -> list[Cohort]:
    """Lay the counts out as cohorts, each with the ages whose period has ended, oldest first."""
    sizes = {int(row.cohort): int(row.size) for row in cells}
    users = {(int(row.cohort), int(row.age)): int(row.users) for row in cells if row.age is not None}
    return [
        Cohort(n, sizes.get(n, 0), tuple(users.get((n, age), 0) for age in range(1, min(periods, newest - n) + 1)))
        for n in range(oldest, newest + 1)
    ]


def observed(cohorts: Sequence[Cohort], age: int) -> list[Cohort]:
    """Cohorts whose period of that age has ended."""
    return [cohort for cohort in cohorts if len(cohort.back) >= age]


def totals(cohorts: Sequence[Cohort], age: int) -> tuple[int, int]:
    """How many came back at an age, and how many could have."""
    return sum(cohort.back[age - 1] for cohort in cohorts), sum(cohort.size for cohort in cohorts)


def pooled(cohorts: Sequence[Cohort], every: Grain) -> tuple[Estimate, ...]:
    """The rate at each age over all cohorts observed at it, up to the last age with anybody in them."""
    rates: list[Estimate] = []
    for age in range(1, max((len(cohort.back) for cohort in cohorts), default=0) + 1):
        hits, size = totals(observed(cohorts, age), age)
        if size == 0:
            break
        rates.append(share(hits, size, label=f"{every.capitalize()}-{age} retention"))
    return tuple(rates)


def compared(cohorts: Sequence[Cohort], age: int, every: Grain) -> Estimate | None:
    """The rate of the latest cohorts less that of as many before; ``None`` where there are too few."""
    span, known = SPAN[every], observed(cohorts, age)
    if len(known) < 2 * span:
        return None
    hits, size = totals(known[-span:], age)
    base_hits, base_size = totals(known[-2 * span : -span], age)
    if not size or not base_size:
        return None
    label = f"{every}-{age} retention, last {span} observed cohorts less the {span} before"
    return share_difference(hits, size, base_hits, base_size, label=label)


def headline(now: Estimate, change: Estimate | None, age: int, start: str, back: str, every: Grain) -> str:
    """Say the rate, how sure where people are few, and a change only where it is clear."""
    later = f"{NUMBERS[age] if age < len(NUMBERS) else age} {every}{'s' if age > 1 else ''}"
    who = f"people who start ({start})" if start else "new users"
    sure = f" ({now.range}, {Who().count(now.n)})" if now.n < FEW else ""
    does = f"come back ({back})" if back else "are active"
    text = f"{now.unit.text(now.value)} of {who}{sure} {does} {later} later"
    if change is None or change.value is None or not change.excludes(0):
        return text
    gap = f"{Unit.POINTS.text(abs(change.value))} {'more' if change.value > 0 else 'less'}"
    return f"{text}; {gap} in the last {SPAN[every]} cohorts than in the {SPAN[every]} before"


def cautions(
    events: Events, cohorts: Sequence[Cohort], now: Estimate, buckets: Buckets, *, any_start: bool
) -> tuple[str, ...]:
    """What to doubt: few people, people older than the data, silent periods."""
    found: list[str] = []
    if now.n < FEW:
        found.append(f"{now.label} rests on {Who().count(now.n)}: the interval is wide.")
    first = cohorts[0]
    if any_start and first.number == buckets.number(events.first_day()) and first.size:
        found.append(
            f"The data begin {buckets.said(first.number, year=True)}: that cohort holds everyone who came before, "
            "not only new users."
        )
    ended = [cohort.size for cohort in cohorts]
    usual = sorted(ended)[len(ended) // 2]
    none = next((place for place, size in enumerate(reversed(ended)) if size), len(ended))
    if none and usual >= STARTERS:
        found.append(
            f"Nobody started in the last {buckets.every if none == 1 else f'{none} {buckets.every}s'}, where {usual:,} "
            "usually do: did sign-ups stop, or their event?"
        )
    days = events.query("SELECT DISTINCT day FROM events").column("day")
    seen = {buckets.number(day) for day in days}
    silent = [day_text(buckets.start(cohort.number)) for cohort in cohorts if cohort.number not in seen]
    if silent:
        found.append(
            f"There is no event at all in the {buckets.every} of {listed(silent)}: nobody counts as back then, "
            "which may be a gap in the data."
        )
    return tuple(found)


def numbers(cohorts: Sequence[Cohort], rates: Sequence[Estimate], buckets: Buckets) -> Table:
    """The matrix as a table: size, the share back at each age, all cohorts together last."""
    ages = range(1, len(rates) + 1)
    columns = [Column(f"{buckets.every.capitalize()} of start", Unit.DATE), Column("People", Unit.COUNT)]
    columns += [Column(f"{buckets.every.capitalize()} {age}", Unit.SHARE) for age in ages]
    rows = [(buckets.start(c.number), c.size, *(c.rate(age) for age in ages)) for c in cohorts]
    total = sum(cohort.size for cohort in cohorts)
    return table(columns, [*rows, ("All, where over", total, *(rate.value for rate in rates))], size="People")


def heat(cohorts: Sequence[Cohort], ages: int, buckets: Buckets, now: Estimate, age: int) -> Chart:
    """The matrix as a heat map; what is not over yet stays empty, a period in which nobody started has no row."""
    nobody = sum(not cohort.size for cohort in cohorts)
    cohorts = [cohort for cohort in cohorts if cohort.size]
    starts = [buckets.start(cohort.number) for cohort in cohorts]
    years = starts[0].year != starts[-1].year
    rows = [f"{day_text(day, year=years)} ({c.size:,})" for day, c in zip(starts, cohorts, strict=True)]
    words = f"Share of each cohort that is back, by {buckets.every}s since the start; {len(cohorts)} cohorts. "
    words += f"All together at {buckets.every} {age}: {now}."
    empty = f"Empty cells: the {buckets.every} is not over yet. In brackets the people who started."
    empty += f" In {nobody} {buckets.every}{'s' if nobody > 1 else ''} nobody did." if nobody else ""
    return grid(
        rows,
        [str(age) for age in range(1, ages + 1)],
        [[cohort.rate(age) for age in range(1, ages + 1)] for cohort in cohorts],
        unit=Unit.SHARE,
        description=words,
        caption=empty,
        x_title=f"{buckets.every}s since the start",
    )
