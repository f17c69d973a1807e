"""Who entered a funnel, how far each got, and how long it took: counted over all parts of the people."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from pmlib.core import Period, TooFewError
from pmlib.core.periods import day_text
from pmlib.sources.contract import Events
from pmlib.usage.funnels.chains import Chains, beginnings, chosen, edges_of, first_of_each, search, worth_following
from pmlib.usage.funnels.moments import Flags, Ints, Moments, midnight, moments
from pmlib.usage.funnels.steps import SPANS, Entrants, Rules

DAY = SPANS["day"]
SPAN = 4
"""Weeks of entry compared with as many before."""


@dataclass(frozen=True)
class Counted:
    """How far people got.

    Parameters
    ----------
    people
        How many took each step, each with the chain that counts.
    weekly
        The same for each week of entry (rows), a week standing alone.
    spans
        The same for the ``SPAN`` weeks before the last ``SPAN``, and for these; empty if there are fewer weeks.
    entered
        Everybody who entered, also those whom an exclusion took out.
    person, times
        Of each person's chain, whose it is (as the table ``funnel_users`` numbers people), and for each step (rows)
        when it was taken, in microseconds since 1970, UTC; -1 where it was not.
    waited, ended
        For everybody who entered up to the last day counted: microseconds from the first entry to the last step, or for
        which it has not come, up to the window; and whether it came.
    """

    people: tuple[int, ...]
    weekly: Ints
    spans: Ints
    entered: int
    person: Ints
    times: Ints
    waited: Ints
    ended: Flags
    query: str


def entered(events: Events, rules: Rules, weeks: int, entrants: Entrants) -> Period:
    """Return the last complete weeks, for matured entrants those all of whose entries have had their window.

    Raises
    ------
    TooFewError
        If there is no such week.
    """
    days = -(-rules.window // DAY) if entrants == "matured" else 0
    begin, over = events.first_day(), events.as_of - timedelta(days=days)
    last = events.weeks.last_complete(over)
    first = max(events.weeks.of(begin).start, events.weeks.before(last, weeks - 1).start)
    if first > last.start:
        words = f"has had its {days} day{'s' * (days != 1)}" if days else "is there"
        raise TooFewError(
            f"No complete week of entries {words}: the events run from "
            f"{day_text(begin, year=True)} to {day_text(events.as_of, year=True)}. Choose fewer days, or load more."
        )
    return Period(first, last.end)


def counted(events: Events, rules: Rules, period: Period, entrants: Entrants) -> Counted:
    """Count the funnel's people.

    Matured entrants have their whole window counted; of all entrants only what lies in ``period`` is counted.
    """
    zone, day = events.timezone, timedelta(days=1)
    since = midnight(period.start, zone)
    end = midnight(events.as_of + day, zone)
    close = midnight(period.end + day, zone)
    # A last day of 23 hours may leave the last entries less than their window.
    open_until = (close if entrants == "all" else min(close, end - rules.window + 1)) - 1
    until = (close if entrants == "all" else end) - 1
    weeks = [midnight(period.start + timedelta(weeks=week), zone) for week in range(period.days // 7)]
    ran: list[str] = []
    # NumPy leaves Python alone while it counts, so that each core can take a piece.
    with ThreadPoolExecutor() as pool:
        parts = [
            one
            for pieces in moments(events, rules, since, until, ran)
            for one in pool.map(lambda found: part(found, rules, np.array(weeks), open_until, until), pieces)
        ]
    steps = len(rules.names)
    if not parts:
        none = np.empty(0, dtype=np.int64)
        shape, pairs = np.zeros((len(weeks), steps), dtype=np.int64), np.zeros((2, steps), dtype=np.int64)
        nobody = np.empty((steps, 0), dtype=np.int64)
        return Counted((0,) * steps, shape, pairs, 0, none, nobody, none, none > 0, "\n\n".join(ran))
    return Counted(
        tuple(int(sum(one.people[step] for one in parts)) for step in range(steps)),
        np.sum([one.weekly for one in parts], axis=0),
        np.sum([one.spans for one in parts], axis=0),
        sum(one.entered for one in parts),
        np.concatenate([one.person for one in parts]),
        np.concatenate([one.times for one in parts], axis=1),
        np.concatenate([one.waited for one in parts]),
        np.concatenate([one.ended for one in parts]),
        "\n\n".join(ran),
    )


def part(found: Moments, rules: Rules, weeks: Ints, open_until: int, until: int) -> Counted:
    """Count one part of the people."""
    drop = rules.exclusion == "drop"
    starts = beginnings(found, rules, int(weeks[0]), open_until)
    week = np.searchsorted(weeks, found.time(starts), side="right") - 1
    person = found.person(starts)
    everybody = int(edges_of(person).size)
    starts, group = worth_following(starts, person * weeks.size + week, found, rules)
    chains = search(found, rules, starts)
    alone = chosen(chains, edges_of(group), drop=drop)
    weekly = tally(chains.of(alone), group[alone] % weeks.size, weeks.size)
    if not drop:
        # The best of a person's weeks holds the best of all; where chains are taken out, it need not.
        chains, group = chains.of(alone), group[alone]
    best = chains.of(chosen(chains, edges_of(found.person(chains.start)), drop=drop))
    span = group % weeks.size - (weeks.size - 2 * SPAN)
    late = np.flatnonzero((span >= 0) & (weeks.size >= 2 * SPAN))
    chains, span = chains.of(late), span[late] // SPAN
    late = chosen(chains, edges_of(2 * found.person(chains.start) + span), drop=drop)
    spans = tally(chains.of(late), span[late], 2)
    waited, ended = waits(found, rules, int(weeks[0]), until)
    return Counted(
        tuple(int(count) for count in best.reached.sum(axis=1)),
        weekly,
        spans,
        everybody,
        found.person(best.start) + found.first,
        np.where(best.reached, found.time(best.times), -1),
        waited,
        ended,
        "",
    )


def tally(chains: Chains, group: Ints, groups: int) -> Ints:
    """Count for each group (rows) how many chains took each step."""
    return np.array([np.bincount(group[reached], minlength=groups) for reached in chains.reached]).T


def waits(found: Moments, rules: Rules, since: int, until: int) -> tuple[Ints, Flags]:
    """How long everybody who entered waited for the last step from the first entry on, and whether it came."""
    starts = first_of_each(beginnings(found, rules, since, until), found)
    chains = search(found, rules, starts)
    ended = chains.reached[-1]
    followed = np.minimum(rules.window, until + 1 - found.time(starts))
    return np.where(ended, np.maximum(chains.times.max(axis=0, initial=-1) - starts, 0), followed), ended
