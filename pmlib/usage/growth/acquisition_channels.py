"""Channels: how many new people each brought by week, how many came back, did the key action, and brought what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlglot import exp

from pmlib.core import Buckets, Estimate, TooFewError, Unit
from pmlib.core.periods import SPAN, YEAR_BACK, day_text
from pmlib.engine import place, sql
from pmlib.sources.contract import Events
from pmlib.stats import Moments, mean, share, share_difference
from pmlib.stats.strata import Shift, mix_and_rate
from pmlib.usage.cohorts.cohorts import Steps
from pmlib.usage.growth.newcomers import newcomers
from pmlib.usage.people.activity import activity
from pmlib.usage.people.comparisons import adjusted
from pmlib.usage.people.parts import Parts


@dataclass(frozen=True)
class Cell:
    """A channel's new people of one week; ``back`` is ``None`` where the week to be back in is not over."""

    new: int
    back: int | None


@dataclass(frozen=True)
class Outcome:
    """What a channel's new people whose days are over did in them."""

    people: int
    keyed: int
    mean: float
    variance: float
    total: float
    least: float
    largest: float

    @property
    def tail(self) -> float | None:
        """The share of all that one person brought; ``None`` where nothing was brought."""
        return self.largest / self.total if self.total > 0 and self.largest > 0 else None


@dataclass(frozen=True)
class Channels:
    """The channels in their order, over the weeks shown and those before.

    Parameters
    ----------
    names
        The channels with new people in the weeks shown.
    weeks
        For each channel, also those before, its cells by week; a week without new people is not there.
    arrivals
        New people of all channels by week.
    other, unknown
        What the other channels together, and people without one, are called.
    first, last
        The weeks shown; ``oldest`` is the first whole week of the data, or two years back.
    """

    names: tuple[str, ...]
    weeks: Mapping[str, Mapping[int, Cell]]
    arrivals: Mapping[int, int]
    other: str
    unknown: str
    outcomes: Mapping[str, Outcome]
    oldest: int
    first: int
    last: int
    age: int
    buckets: Buckets
    sql: str

    def new(self, name: str, first: int | None = None, last: int | None = None) -> int:
        """Return a channel's new people, of the weeks shown or of others."""
        low, high = self.first if first is None else first, self.last if last is None else last
        return sum(cell.new for week, cell in self.weeks[name].items() if low <= week <= high)

    def back(self, name: str, first: int, last: int) -> tuple[int, int]:
        """Return how many of a channel's new people of some weeks were back, and how many could have been."""
        cells = [cell for week, cell in self.weeks[name].items() if first <= week <= last and cell.back is not None]
        return sum(cell.back or 0 for cell in cells), sum(cell.new for cell in cells)

    @property
    def all(self) -> int:
        """New people of the weeks shown."""
        return sum(self.new(name) for name in self.names)

    def arrived(self, week: int) -> int:
        """Return the new people of one week."""
        return self.arrivals.get(week, 0)

    @property
    def largest(self) -> str:
        """The single channel with the most new people; what is no channel counts only where there is no other."""
        single = [name for name in self.names if name not in (self.other, self.unknown)] or self.names
        return max(single, key=lambda name: (self.new(name), name))

    def shares(self) -> dict[str, Estimate]:
        """Return each channel's share of the new people shown."""
        return {name: share(self.new(name), self.all, label=f"{name}: share of new") for name in self.names}

    def kept(self) -> dict[str, tuple[int, int]]:
        """Return who was back at the age, of the weeks shown."""
        return {name: self.back(name, self.first, self.last) for name in self.names}

    def done(self) -> dict[str, tuple[int, int]]:
        """Return who did the key action, of those whose days are over."""
        return {name: (one.keyed, one.people) for name, one in self.outcomes.items()}

    def shift(self) -> tuple[Estimate, Shift] | None:
        """Split the change of retention between the last four matured weeks and the four before.

        Returns
        -------
        tuple of Estimate and Shift, or None
            The change and its parts; ``None`` where the data have fewer weeks, or nobody in some.
        """
        span, last = SPAN["week"], self.last - self.age
        if last - 2 * span + 1 < self.oldest:
            return None
        now = [self.back(name, last - span + 1, last) for name in self.weeks]
        before = [self.back(name, last - 2 * span + 1, last - span) for name in self.weeks]
        four = [sum(pair[spot] for pair in side) for side in (now, before) for spot in (0, 1)]
        if not four[1] or not four[3]:
            return None
        label = f"retention, last {span} matured weeks of starts less the {span} before"
        return share_difference(four[0], four[1], four[2], four[3], label=label), mix_and_rate(now, before)


def channels(
    events: Events, split: Parts, start: str, back: str, age: int, weeks: int, within: int, key: str, amount: str
) -> Channels:
    """Count the channels.

    Raises
    ------
    TooFewError
        If no week is complete, or nobody is new in those shown.
    """
    buckets = Buckets("week", events.weeks)
    begin = events.first_day()
    last = buckets.last_complete(events.as_of)
    whole = buckets.number(begin) + (buckets.start(buckets.number(begin)) < begin)
    if whole > last:
        raise TooFewError(
            f"No week is complete: the events run from {day_text(begin, year=True)} to "
            f"{day_text(events.as_of, year=True)}. Load at least one whole week."
        )
    oldest = max(whole, min(last - 2 * YEAR_BACK["week"], buckets.back(last, weeks)))
    first = max(oldest, buckets.back(last, weeks))
    scanned = activity(events, every="week", since=oldest, until=last, start=start, back=back)
    shown = recent(split, first, last)
    cells = scanned.split(shown).query(sql(__package__, "acquisition_weeks.sql"), age=age, oldest=oldest)
    found: dict[str, dict[int, Cell]] = {}
    arrivals: dict[int, int] = {}
    for row in cells:
        found.setdefault(row.part, {})[int(row.week)] = Cell(row.new, row.back)
        arrivals[int(row.week)] = arrivals.get(int(row.week), 0) + row.new
    names = tuple(name for name, weekly in found.items() if max(weekly) >= first)
    if not names:
        raise TooFewError(f"Nobody is new from {buckets.period(first, last)}. Look at more weeks.")
    over = buckets.last_complete(events.as_of - timedelta(days=within))
    text, outcomes = cells.sql, {}
    if (key or amount) and over >= first:
        # The parts are there already on the engine that counted the weeks.
        steps = newcomers(replace(events, engine=shown.on(scanned.engine)), start)
        rows = Steps(steps.engine, (f"{shown.sql};", *steps.made)).query(
            place(sql(__package__, "acquisition_outcomes.sql"), the_amount=number(events, amount)),
            **{"key": key, "within": within, "since": buckets.start(first), "until": buckets.end(over)},
        )
        outcomes = {
            row.part: Outcome(row.people, row.keyed, row.mean, row.variance, row.total, row.least, row.largest)
            for row in rows
        }
        text += f"\n\n{rows.sql}"
    values = split.steps[-1][2]
    return Channels(
        names,
        found,
        arrivals,
        str(values["other"]),
        str(values["unknown"]),
        outcomes,
        oldest,
        first,
        last,
        age,
        buckets,
        text,
    )


def recent(split: Parts, first: int, last: int) -> Parts:
    """Return the parts ranked by the new people of some weeks, for an engine that has the table ``activity``."""
    valued, (table, _, values) = split.steps
    text = sql(__package__, "acquisition_parts.sql")
    return replace(split, steps=(valued, (table, text, {**values, "first": first, "last": last})))


def number(events: Events, amount: str) -> exp.Expr:
    """Return the expression that reads an amount as a number, null where none is asked for."""
    given = events.property(amount) if amount else exp.null()
    return exp.TryCast(this=given, to=exp.DataType.build("DOUBLE"))


def rates(counts: Mapping[str, tuple[int, int]], what: str) -> dict[str, Estimate]:
    """Return each channel's share; a channel with nobody is left out."""
    return {name: share(hits, n, label=f"{name}: {what}") for name, (hits, n) in counts.items() if n}


def against_others(counts: Mapping[str, tuple[int, int]], what: str) -> dict[str, Estimate]:
    """Compare each channel with all others together; ``p`` is corrected for how many there are (Holm)."""
    hits, n = (sum(pair[spot] for pair in counts.values()) for spot in (0, 1))
    found = {
        name: share_difference(mine, size, hits - mine, n - size, label=f"{name} less all others: {what}")
        for name, (mine, size) in counts.items()
        if 0 < size < n
    }
    return dict(zip(found, adjusted(list(found.values())), strict=True))


def brought(outcomes: Mapping[str, Outcome], unit: Unit, what: str) -> dict[str, Estimate]:
    """Return what a new person of each channel brought, in the mean."""
    found: dict[str, Estimate] = {}
    for name, one in outcomes.items():
        label = f"{name}: {what}"
        if one.people < 2 or not one.variance:
            reason = "nobody differs from another"
            found[name] = Estimate(label, one.mean, None, None, unit, one.people, "mean", reason=reason)
        else:
            told = mean(Moments(one.people, one.mean, one.variance), unit=unit, label=label)
            # Where nobody was paid back, nobody brings less than nothing.
            found[name] = told.limited(0) if one.least >= 0 else told
    return found


def clearest(gaps: Mapping[str, Estimate], names: Sequence[str]) -> str:
    """Return the channel that lies furthest from the others beyond chance, or nothing."""
    clear = [name for name in names if name in gaps and (gaps[name].p or 0.0) < 0.05 and gaps[name].value]
    return max(clear, key=lambda name: abs(gaps[name].value or 0.0), default="")
