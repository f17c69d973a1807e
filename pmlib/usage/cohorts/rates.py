"""Rates of cohorts with their intervals: over all cohorts, the last against those before, a part against the others."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pmlib.core import Estimate, Unit
from pmlib.core.periods import SPAN
from pmlib.stats import (
    Moments,
    Sums,
    clustered_share,
    clustered_share_difference,
    mean,
    mean_difference,
    share,
    share_difference,
)
from pmlib.usage.cohorts.asked import Asked
from pmlib.usage.cohorts.cohorts import Cohort, Counts, Curve
from pmlib.usage.people.comparisons import adjusted

Average = Literal["pooled", "simple"]


def rates(curve: Curve, asked: Asked, average: Average) -> tuple[Estimate, ...]:
    """Return the rate at each age over all cohorts observed at it, up to the last age with anybody in them."""
    found: list[Estimate] = []
    for spot, ages in enumerate(asked.ages):
        label = ages.label(asked.every)
        hits, size = curve.totals(spot)
        if size == 0:
            break
        sums = curve.sums[spot]
        if average == "simple":
            found.append(simple(curve.observed(spot), spot, label, sums))
        elif sums is not None:
            found.append(clustered(sums, label))
        else:
            found.append(share(hits, size, label=label))
    return tuple(found)


def clustered(sums: Sums, label: str) -> Estimate:
    """Return a rate where one person may be in several cohorts."""
    numbers = (int(one) for one in (sums.hits, sums.size, sums.hits2, sums.cross, sums.size2))
    return clustered_share(sums.n, *numbers, label=label)


def simple(cohorts: Sequence[Cohort], spot: int, label: str, sums: Sums | None) -> Estimate:
    """Return the mean of the cohorts' rates, each cohort counted alike.

    Parameters
    ----------
    sums
        Sums over people where one may be in several cohorts, so that the cohorts do not vary independently.
    """
    known = [rate for cohort in cohorts if (rate := cohort.rate(spot)) is not None]
    people = sums.n if sums else added(cohorts, spot)[1]
    method = "mean of the cohorts' rates, each cohort alike; Student's t interval over cohorts"
    value = sum(known) / len(known)
    if sums:
        reason = "one and the same may be in several cohorts, so cohorts do not vary by themselves"
    elif len(known) < 2:
        reason = "one cohort shows no spread between cohorts"
    elif max(known) == min(known):
        reason = "all cohorts have the same rate, which shows no spread"
    else:
        found = mean(Moments.of(known), unit=Unit.SHARE, label=label).limited(0, 1)
        return replace(found, n=people, method=method)
    return Estimate(label, value, None, None, Unit.SHARE, people, method, reason=reason)


def changed(counts: Counts, spot: int, average: Average) -> Estimate | None:
    """Return the rate of the latest cohorts less that of as many before; ``None`` where there are too few."""
    asked, curve = counts.asked, counts.total
    span, known = SPAN[asked.every], curve.observed(spot)
    if len(known) < 2 * span:
        return None
    now, then = known[-span:], known[-2 * span : -span]
    label = f"{asked.ages[spot].label(asked.every)}, last {span} observed cohorts less the {span} before"
    if average == "simple":
        return None if asked.recurring else steady(now, then, spot, label)
    if asked.recurring:
        found = counts.spans(spot, then[0].number, then[-1].number, now[-1].number)
        if found is None or not found[0].size or not found[1].size:
            return None
        return clustered_share_difference(*found, label=label)
    hits, size = added(now, spot)
    base_hits, base_size = added(then, spot)
    return share_difference(hits, size, base_hits, base_size, label=label) if size and base_size else None


def steady(now: Sequence[Cohort], then: Sequence[Cohort], spot: int, label: str) -> Estimate | None:
    """Return the difference of the mean rates of two spans of cohorts."""
    spans = [[rate for cohort in span if (rate := cohort.rate(spot)) is not None] for span in (now, then)]
    if min(len(span) for span in spans) < 2:
        return None
    found = mean_difference(Moments.of(spans[0]), Moments.of(spans[1]), unit=Unit.POINTS, label=label)
    return replace(found, n=sum(added(span, spot)[1] for span in (now, then)))


def added(cohorts: Sequence[Cohort], spot: int) -> tuple[int, int]:
    """Return how many of some cohorts were back, and how many could have been."""
    cells = [cell for cohort in cohorts if (cell := cohort.cells[spot])]
    return sum(cell[0] for cell in cells), sum(cell[1] for cell in cells)


def against_others(counts: Counts, spot: int) -> dict[str, Estimate]:
    """Compare each part's pooled rate with that of all others; ``p`` is corrected for how many comparisons there are.

    Whoever is in no part, or in another, is among the others; so named conditions that overlap are compared rightly.
    """
    found: dict[str, Estimate] = {}
    for part in counts.parts:
        gap = gapped(part, counts.total, spot, f"{part.name} less all others")
        if gap is not None:
            found[part.name] = gap
    return dict(zip(found, adjusted(list(found.values())), strict=True))


def gapped(part: Curve, total: Curve, spot: int, label: str) -> Estimate | None:
    """Return a part's rate less that of all others; ``None`` where one of them has nobody."""
    hits, size = part.totals(spot)
    all_hits, all_size = total.totals(spot)
    if not 0 < size < all_size:
        return None
    mine, everybody = part.sums[spot], total.sums[spot]
    if mine is None or everybody is None:
        return share_difference(hits, size, all_hits - hits, all_size - size, label=label)
    others = Sums(
        everybody.n - mine.n,
        everybody.hits - mine.hits,
        everybody.size - mine.size,
        everybody.hits2 - mine.hits2,
        everybody.cross - mine.cross,
        everybody.size2 - mine.size2,
    )
    return clustered_share_difference(mine, others, label=label)
