"""Events that arrive late: how many, and which of the last weeks may still grow by them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pmlib.core import Check, Weeks
from pmlib.core.periods import day_text
from pmlib.engine import Engine, sql
from pmlib.sources.events.volumes import percent

DAYS = 28
"""Delays are measured on events at least so many days old, up to as many days."""
WEEKS = 4
GROWS = 0.005
"""A week that may lack this share of its events is named."""
OFTEN = 0.01


@dataclass(frozen=True)
class Delays:
    """How long events take to arrive.

    Parameters
    ----------
    counts
        Of the events old enough, how many arrived so many whole days after they happened.
    """

    counts: Sequence[int]

    def missing(self, age: int) -> float:
        """Return the share of a day's events that arrive only when it lies more than ``age`` whole days back."""
        total = sum(self.counts)
        return sum(self.counts[age + 1 :]) / total if total else 0.0


def checks(engine: Engine, as_of: date, weeks: Weeks) -> list[Check]:
    """Tell the share of late events, and the last complete weeks that may still grow, where arrival is known."""
    columns = {row[0]: row[1] for row in engine.query("DESCRIBE events").rows}
    if columns.get("received_at") != "TIMESTAMP":
        return []
    row = engine.query(sql(__package__, "late.sql"), days=DAYS).one()
    if not row.known:
        return []
    share = row.late / row.known
    text = f"{percent(share)} of the events arrived more than a day after they happened"
    if not row.late:
        return [Check(True, "No event arrived more than a day after it happened.")]
    delays = Delays([row.delays.get(day, 0) for day in range(DAYS + 1)])
    grown = growing(delays, row.arrived_last, as_of, weeks)
    if not grown:
        return [Check(share <= OFTEN, f"{text}; the last complete weeks are not expected to grow by them.")]
    named = ", ".join(f"that of {day_text(start)} by about {percent(part / (1 - part))}" for start, part in grown)
    return [Check(False, f"{text}: weeks may still grow by late events, {named}.")]


def growing(delays: Delays, seen: date, as_of: date, weeks: Weeks) -> list[tuple[date, float]]:
    """Return the last complete weeks with the share of their events that is still to come.

    Parameters
    ----------
    seen
        The last day something arrived.
    """
    found = []
    last = weeks.last_complete(as_of)
    for back in range(WEEKS):
        week = weeks.before(last, back)
        ages = [(seen - (week.start + timedelta(days=place))).days for place in range(7)]
        part = sum(delays.missing(max(age - 1, 0)) for age in ages) / len(ages)
        if part >= GROWS:
            found.append((week.start, part))
    return found
