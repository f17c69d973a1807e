"""What retention says in words: its headline, and what to doubt of it."""

from collections.abc import Mapping, Sequence

from pmlib.core import Buckets, Estimate, TooFewError, Unit
from pmlib.core.periods import SPAN, day_text
from pmlib.core.words import listed
from pmlib.sources.contract import Events
from pmlib.usage.cohorts.asked import Asked
from pmlib.usage.cohorts.cohorts import Counts
from pmlib.usage.people.parts import Parts
from pmlib.usage.people.words import fresh, uncalled

FEW = 50
STARTERS = 5
"""Starters of a usual period from which none at all is worth a question."""
ONE_DAY = 0.95
"""Share of all events on one day from which the others are strays."""
CLEAR = 0.05
"""Adjusted chance below which a part is called different."""


def refuse_single_day(events: Events) -> None:
    """Refuse events of which nearly all lie on one day: a rate of return from the strays around it would mislead.

    Raises
    ------
    TooFewError
        With the day and its share.
    """
    text = "SELECT day, n, sum(n) OVER () AS total FROM days ORDER BY n DESC, day LIMIT 1"
    for row in events.days().query(text):
        if row.n >= ONE_DAY * row.total:
            raise TooFewError(
                f"{row.n:,} of {row.total:,} events are of one single day, {day_text(row.day, year=True)}: who comes "
                "back cannot be seen. Load more days."
            )


def headline(
    events: Events, asked: Asked, spot: int, now: Estimate, cohorts: int, gaps: Mapping[str, Estimate] | None
) -> str:
    """Say the rate, of whom, how sure, and a part only where it differs clearly.

    Parameters
    ----------
    cohorts
        How many cohorts the rate is of.
    """
    together = "1 cohort" if cohorts == 1 else f"{cohorts} cohorts together"
    text = f"{now.unit.text(now.value)} of {starters(events, asked, now.n)} {does(events, asked, spot)}"
    return f"{text} ({now.range}; {together}){apart(gaps) if gaps is not None else ''}"


def starters(events: Events, asked: Asked, number: int) -> str:
    """Say who and how many the rate is of."""
    count, where = events.who.count(number), asked.start_where.strip()
    name = events.labels.of(asked.start) if asked.start else ""
    start = f"{name}, {where}" if name and where else name or where
    if asked.recurring:
        return f"{count} who started ({start}) in a {asked.every}" if start else f"{count} active in a {asked.every}"
    return f"{count} who started ({start})" if start else fresh(events.who, number)


def does(events: Events, asked: Asked, spot: int) -> str:
    """Say what counts as coming back, and when."""
    name = events.labels.of(asked.back) if asked.back else ""
    back = f"{name}, {asked.least} times or more" if asked.least > 1 and name else name
    back = back or (f"{asked.least} events or more" if asked.least > 1 else "any event")
    return f"came back ({back}) {asked.ages[spot].said(asked.every)}"


def apart(gaps: Mapping[str, Estimate]) -> str:
    """Name the part that is furthest from the others, where that is clear."""
    clear = {name: gap.value for name, gap in gaps.items() if differs(gap) and gap.value is not None}
    if not clear:
        return "; between the parts no difference is clear" if gaps else ""
    name = max(clear, key=lambda one: abs(clear[one]))
    more = "more" if clear[name] > 0 else "less"
    return f"; {name} has {Unit.POINTS.text(abs(clear[name]))} {more} than all others"


def differs(gap: Estimate) -> bool:
    """Whether a part differs from the others by more than chance does, all comparisons allowed for."""
    return gap.p is not None and gap.p < CLEAR


def cautions(
    events: Events,
    counts: Counts,
    spot: int,
    wanted: int,
    now: Estimate,
    change: Estimate | None,
    buckets: Buckets,
    split: Parts | None,
) -> tuple[str, ...]:
    """What to doubt: few people, people older than the data, silent periods, what the options asked for bring."""
    asked, cohorts = counts.asked, counts.total.cohorts
    found = uncalled(change, f"The last {SPAN[counts.asked.every]} cohorts", "those before")
    if wanted > spot:
        named = [asked.ages[one].named(asked.every).lower() for one in (wanted, spot)]
        found.append(f"No cohort has been observed at {named[0]} yet; {named[1]} stands instead.")
    if now.n < FEW:
        found.append(f"{now.label} rests on {events.who.count(now.n)}: the interval is wide.")
    first = cohorts[0]
    any_start = not asked.start and not asked.start_where.strip() and not asked.recurring
    if any_start and first.number == buckets.number(events.first_day()) and first.size:
        found.append(
            f"The data begin {buckets.said(first.number, year=True)}: that cohort holds everyone who came before, "
            f"not only new {events.who.many}."
        )
    if asked.later:
        found.append(
            f"Who is back at an age or later grows with time: the youngest cohorts had only until "
            f"{day_text(events.as_of, year=True)} and lie too low."
        )
    if split:
        found += split.cautions
    return (*found, *stopped(counts, buckets), *silence(events, counts, buckets))


def stopped(counts: Counts, buckets: Buckets) -> list[str]:
    """Say that nobody starts any more."""
    sizes = [cohort.size for cohort in counts.total.cohorts]
    usual = sorted(sizes)[len(sizes) // 2]
    none = next((place for place, size in enumerate(reversed(sizes)) if size), len(sizes))
    if not none or usual < STARTERS:
        return []
    return [
        f"Nobody started in the last {buckets.every if none == 1 else f'{none} {buckets.every}s'}, where {usual:,} "
        "usually do: did sign-ups stop, or their event?"
    ]


def silence(events: Events, counts: Counts, buckets: Buckets) -> list[str]:
    """Name the periods without any event."""
    seen = {buckets.number(day) for day in events.days().query("SELECT day FROM days ORDER BY day").column("day")}
    numbers = [cohort.number for cohort in counts.total.cohorts]
    silent = [day_text(buckets.start(number)) for number in numbers if number not in seen]
    if not silent:
        return []
    return [
        f"There is no event at all in the {buckets.every} of {listed(silent)}: nobody counts as back then, "
        "which may be a gap in the data."
    ]


def few_parts(events: Events, names: Sequence[str], sizes: Sequence[int]) -> list[str]:
    """Name the parts with few people."""
    small = [name for name, size in zip(names, sizes, strict=True) if 0 < size < FEW]
    return [f"Fewer than {FEW} {events.who.many} started in {listed(small)}: read with care."] if small else []
