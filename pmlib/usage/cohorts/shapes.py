"""Retention as a table and a chart: a matrix of cohorts, or a curve for each part."""

from collections.abc import Mapping, Sequence

from pmlib.core import Buckets, Estimate, Unit
from pmlib.core.periods import day_text
from pmlib.core.words import many
from pmlib.show import Chart, Column, Series, Table, grid, line, table
from pmlib.sources.contract import Events
from pmlib.usage.cohorts.cohorts import Counts
from pmlib.usage.cohorts.words import differs

BANDS = 3
"""Curves whose bands can still be told apart."""


def numbers(events: Events, counts: Counts, rates: Sequence[Estimate], buckets: Buckets) -> Table:
    """The matrix as a table: size, the share back at each age, all cohorts together last."""
    spots, cohorts, people = range(len(rates)), counts.total.cohorts, sized(events, counts)
    columns = [Column(f"{buckets.every.capitalize()} of start", Unit.DATE), Column(people, Unit.COUNT)]
    columns += [Column(counts.asked.ages[spot].named(buckets.every), Unit.SHARE) for spot in spots]
    rows = [(buckets.start(c.number), c.size, *(c.rate(spot) for spot in spots)) for c in cohorts]
    last = ("All, where over", counts.total.size, *(rate.value for rate in rates))
    return table(columns, [*rows, last], size=people)


def sized(events: Events, counts: Counts) -> str:
    """Name what a size counts: people, or where one may be in several cohorts, their entries into them."""
    return "Cohort entries" if counts.asked.recurring else events.who.many.capitalize()


def heat(counts: Counts, rates: Sequence[Estimate], buckets: Buckets, spot: int) -> Chart:
    """The matrix as a heat map; what is not over yet stays empty, a period in which nobody started has no row."""
    asked, every = counts.asked, buckets.every
    nobody = sum(not cohort.size for cohort in counts.total.cohorts)
    cohorts = [cohort for cohort in counts.total.cohorts if cohort.size]
    starts = [buckets.start(cohort.number) for cohort in cohorts]
    years = starts[0].year != starts[-1].year
    spots = range(len(rates))
    ages = asked.ages[spot].named(every).lower()
    words = f"Share of each cohort that is back, by {every}s since the start; {many(len(cohorts), 'cohort')}. "
    words += f"All together at {ages}: {rates[spot]}."
    empty = f"Cells: per cent of those who started, in brackets how many. Empty: the {every} is not over yet."
    empty += f" In {nobody} {every}{'s' if nobody > 1 else ''} nobody did." if nobody else ""
    marks = [(row, at) for row, c in enumerate(cohorts) for at in spots if c.rate(at) is not None and not c.whole(at)]
    empty += " Dark corner: over for some of the cohort, and only they count." if marks else ""
    return grid(
        [f"{day_text(day, year=years)} ({c.size:,})" for day, c in zip(starts, cohorts, strict=True)],
        [short(counts, at) for at in spots],
        [[cohort.rate(at) for at in spots] for cohort in cohorts],
        unit=Unit.SHARE,
        description=words,
        caption=empty,
        x_title=f"{every}s since the start{', or later' if asked.later else ''}",
        marks=marks,
    )


def short(counts: Counts, spot: int) -> str:
    """Write ages as the label of a column or of a place on an axis."""
    ages = counts.asked.ages[spot]
    return f"{ages.low}" if ages.low == ages.high else f"{ages.low}\N{EN DASH}{ages.high}"


def compared(
    events: Events,
    counts: Counts,
    rates: Sequence[Estimate],
    each: Mapping[str, Sequence[Estimate]],
    gaps: Mapping[str, Estimate],
    spot: int,
    title: str,
) -> Table:
    """The parts as a table: people, the share back at each age, how far from all others; everybody last."""
    every, people = counts.asked.every, sized(events, counts)
    ages = counts.asked.ages[spot].named(every).lower()
    columns = [Column(title), Column(people, Unit.COUNT)]
    columns += [Column(counts.asked.ages[at].named(every), Unit.SHARE) for at in range(len(rates))]
    columns += [Column(f"Less all others, {ages}", Unit.POINTS), Column("Differs")] if gaps else []

    def row(name: str, size: int, known: Sequence[Estimate], gap: Estimate | None):
        cells = [known[at].value if at < len(known) else None for at in range(len(rates))]
        verdict = "" if gap is None else "clearly" if differs(gap) else "not clearly"
        return (name, size, *cells, *((gap.value if gap else None, verdict) if gaps else ()))

    rows = [row(part.name, part.size, each[part.name], gaps.get(part.name)) for part in counts.parts]
    return table(columns, [*rows, row("All", counts.total.size, rates, None)], size=people)


def lines(
    counts: Counts, rates: Sequence[Estimate], each: Mapping[str, Sequence[Estimate]], buckets: Buckets, spot: int
) -> Chart:
    """The curve of each part over the ages; with bands while they can be told apart."""
    labels = tuple(short(counts, at) for at in range(len(rates)))
    shown = {name: known for name, known in each.items() if known}
    drawn = [
        Series(
            name,
            labels,
            padded([one.value for one in known], len(labels)),
            padded([one.low for one in known], len(labels)) if len(shown) <= BANDS else (),
            padded([one.high for one in known], len(labels)) if len(shown) <= BANDS else (),
        )
        for name, known in shown.items()
    ]
    ages = counts.asked.ages[spot].named(buckets.every).lower()
    told = "; ".join(f"{name} {known[spot]}" for name, known in shown.items() if spot < len(known))
    return line(
        drawn,
        unit=Unit.SHARE,
        description=f"Share back by {buckets.every}s since the start, one curve a part. At {ages}: {told}.",
        caption="Each point pools the cohorts observed at that age."
        + ("" if drawn and drawn[0].low else " The intervals stand beside the numbers."),
        x_title=f"{buckets.every}s since the start{', or later' if counts.asked.later else ''}",
        dates=False,
    )


def padded(values: list[float | None], size: int) -> tuple[float | None, ...]:
    """Fill a curve that ends early."""
    return (*values, *[None] * (size - len(values)))
