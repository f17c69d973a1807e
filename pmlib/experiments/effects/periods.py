"""A metric by days since exposure, of the units that were observed to the last of them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from pmlib.core import TooFewError, Unit
from pmlib.core.words import listed, many
from pmlib.experiments.effects.ages import MOST, STEPS, Every, column_of
from pmlib.experiments.exposure.recipes import OVER
from pmlib.experiments.reading.columns import Column, Wanted, columns, number, present, read
from pmlib.experiments.reading.sums import EVERYBODY, Asked, Cell, summed
from pmlib.sources.contract import Units
from pmlib.sources.registrations import Measure
from pmlib.stats import Moments
from pmlib.stats.trials.joint import Joint
from pmlib.stats.trials.ratios import linearised_pairs

MOST_DECIMALS = 6
SELDOM = 0.5
"""With fewer other days than this it is mostly done once."""


@dataclass(frozen=True)
class Aged:
    """A metric by days, or weeks, since exposure.

    Parameters
    ----------
    count
        How many days, or weeks.
    periods
        For each of them the moments by arm, a ratio made linear.
    halves
        By arm the rates of the later and of the earlier half, two columns; of an odd number the middle one is in
        neither.
    share
        Whether a day holds only yes and no.
    """

    measure: Measure
    every: Every
    count: int
    periods: tuple[Mapping[str, Moments], ...]
    halves: Mapping[str, Joint]
    share: bool
    query: str

    @property
    def half(self) -> int:
        """Days, or weeks, of each half."""
        return self.count // 2

    @property
    def early(self) -> str:
        """The earlier half in words: ``days 1 to 7``."""
        return spanned(self.every, 1, self.half)

    @property
    def late(self) -> str:
        """The later half in words."""
        return spanned(self.every, self.count - self.half + 1, self.count)

    @property
    def gap(self) -> Unit:
        """What a difference is in: so many decimals that one of a standard error is seen."""
        if self.share:
            return Unit.POINTS
        least = min((joint.moments(0).error for joint in self.halves.values()), default=0.0)
        places = -math.floor(math.log10(least) / 2) if least > 0 else 0
        return Unit("number", min(max(Unit.NUMBER.decimals, places), MOST_DECIMALS))

    @property
    def again(self) -> float:
        """On how many other days, or weeks, a unit does it that does it on one; of yes and no alone, else infinite."""
        if not self.share:
            return math.inf
        done = squares = 0.0
        for joint in self.halves.values():
            both = joint.linear((float(self.half), float(self.half)))
            done += both.n * both.mean
            squares += (both.n - 1) * both.variance + both.n * both.mean**2
        return max(squares / done - 1, 0.0) if done else math.inf

    @property
    def once(self) -> bool:
        """Whether few units do it on a second day, so that each day holds mostly new ones."""
        return self.again < SELDOM

    def units(self, arm: str) -> int:
        """Return how many units of an arm were observed to the end."""
        return self.halves[arm].n


def aged(units: Units, measure: Measure, arms: Sequence[str]) -> Aged:
    """Read a metric by days since exposure, all from one pass.

    Raises
    ------
    TooFewError
        If the units have no such columns, or an arm has fewer than two units that were observed to the end.
    """
    every, count = spread(units, measure)
    names = [column_of(measure.name, every, place) for place in range(1, count + 1)]
    ratio = names[0] + OVER in units.columns
    pairs = [(name, name + OVER) if ratio else (name,) for name in names]
    wanted: list[Wanted] = [(column, None) for pair in pairs for column in pair]
    kinds = {row[0]: row[1] for row in units.query("DESCRIBE units")}
    whole = exp.and_(*(present(read(column, kinds[column])) for column, _ in wanted))
    seen = replace(units, engine=units.engine.narrowed("units", whole))
    refuse_unseen(seen, arms, every, count)
    found = columns(seen, wanted)
    reads = [[found[column, None] for column in pair] for pair in pairs]
    half = count // 2
    halves = [side for part in (reads[-half:], reads[:half]) for side in zip(*part, strict=True)]
    asked = [Asked(tuple(one.value for one in pair), tuple(one.shift for one in pair), len(pair)) for pair in reads]
    asked.append(Asked(tuple(rate(side) for side in halves), tuple(middle(side) for side in halves), len(halves)))
    cells, query = summed(seen, asked)
    *days, both = [{arm: of_arm(cell, arm).joint for arm in arms} for cell in cells]
    share = not ratio and all(one.yes_or_no for pair in reads for one in pair)
    return Aged(
        measure,
        every,
        count,
        tuple({arm: linear(joint, 1).moments(0) for arm, joint in day.items()} for day in days),
        {arm: linear(joint, 2) for arm, joint in both.items()},
        share,
        query,
    )


def spread(units: Units, measure: Measure) -> tuple[Every, int]:
    """Return whether days or weeks are told apart, and how many."""
    for every in STEPS:
        there = [place for place in range(1, MOST + 1) if column_of(measure.name, every, place) in units.columns]
        if len(there) > 1 and there == list(range(1, len(there) + 1)):
            return every, len(there)
    raise TooFewError(
        f"Nothing tells what units did on each day after their exposure: there is no column "
        f"{column_of(measure.name, 'day', 1)} and so on. Make them from events: "
        f"daily=since(events, registration, metric='{measure.name}')."
    )


def refuse_unseen(seen: Units, arms: Sequence[str], every: Every, count: int) -> None:
    """Refuse arms of which too few units were observed to the end."""
    rows = seen.query("SELECT arm, count(*) AS units FROM units WHERE arm IS NOT NULL GROUP BY arm ORDER BY arm")
    counts = {row.arm: row.units for row in rows}
    few = [f"{many(counts.get(arm, 0), 'unit')} in {arm}" for arm in arms if counts.get(arm, 0) < 2]
    if few:
        raise TooFewError(
            f"Only {listed(few)} can be followed for {many(count, every)} after exposure. Wait, or look at "
            f"fewer {every}s."
        )


def rate(side: Sequence[Column]) -> exp.Expr:
    """Return the expression of a mean of columns."""
    total: exp.Expr = side[0].value
    for one in side[1:]:
        total = exp.Add(this=total, expression=one.value)
    return exp.Div(this=exp.paren(total), expression=number(float(len(side))))


def middle(side: Sequence[Column]) -> float:
    """Return a number near the mean of :func:`rate`."""
    return sum(one.shift for one in side) / len(side)


def of_arm(cells: Mapping, arm: str) -> Cell:
    """Return the cell of an arm over all units."""
    return cells[EVERYBODY, None, arm]


def linear(joint: Joint, sides: int) -> Joint:
    """Return a column a side: as they are, or ratios of each two made linear."""
    return joint if joint.k == sides else linearised_pairs(joint, [(2 * side, 2 * side + 1) for side in range(sides)])


def spanned(every: Every, first: int, last: int) -> str:
    """Write some days or weeks.

    Examples
    --------
    >>> spanned("day", 1, 7), spanned("week", 2, 2)
    ('days 1 to 7', 'week 2')
    """
    return f"{every} {first}" if first == last else f"{every}s {first} to {last}"
