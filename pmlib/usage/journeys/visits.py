"""Visits: the events of a person, cut where nothing happens for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

from pmlib.core import SettingError
from pmlib.engine import place, sql
from pmlib.sources.contract import Events

YEAR_OF_MINUTES = 366 * 24 * 60
MINUTE, HOUR = 60_000_000, 3_600_000_000
"""In microseconds."""
TABLES = ("visits", "visit_moments", "visit_names", "visit_parts", "visit_people", "visit_ways")
TIES = "alike events of one instant count once, others of one instant stand in the order of their names"


@dataclass(frozen=True)
class Cut:
    """Where one session ends and the next begins.

    Parameters
    ----------
    gap_minutes
        Minutes without an event from which the next event begins a new session.
    longest_hours
        Hours after its first event from which on the next event begins a new session; 0 for no such limit.
    at_midnight
        Whether the first event of a local day begins a new session.
    session
        The property that holds the product's own session; it takes the place of the rules.

    Examples
    --------
    >>> print(Cut(30, longest_hours=24).words)
    a new session where 30 minutes or more pass without an event, and later than 24 hours after its first event
    >>> print(Cut(2880).words)
    a new session where 2 days or more pass without an event
    """

    gap_minutes: int = 30
    longest_hours: int = 0
    at_midnight: bool = False
    session: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.gap_minutes <= YEAR_OF_MINUTES:
            raise SettingError(
                f"gap_minutes is {self.gap_minutes}; a session ends after 1 to {YEAR_OF_MINUTES:,} minutes without an "
                "event, 30 is usual."
            )
        if self.longest_hours < 0:
            raise SettingError(f"longest_hours is {self.longest_hours}; it is 0 for no limit, or 1 or more.")
        if self.session and (self.longest_hours or self.at_midnight):
            raise SettingError(
                f"session = '{self.session}' takes the product's own sessions as they are; leave longest_hours and "
                "cut_at_midnight out, or session."
            )

    @property
    def words(self) -> str:
        """The rule in words."""
        if self.session:
            return f"a session for each value of {self.session} a person has, events without one left out"
        units = ((1440, "day"), (60, "hour"), (1, "minute"))
        size, unit = next(one for one in units if self.gap_minutes % one[0] == 0 or one[0] == 1)
        gap = self.gap_minutes / size
        text = f"a new session where {gap:,g} {unit}{'' if gap == 1 else 's'} or more pass without an event"
        if self.at_midnight:
            text += ", and with each local day"
        if self.longest_hours:
            hours = "1 hour" if self.longest_hours == 1 else f"{self.longest_hours} hours"
            text += f", and later than {hours} after its first event"
        return text

    def reads_from(self, since: date, first: date) -> date:
        """Return the local day from which events must be read to know the sessions that begin on ``since`` or later."""
        if self.session or self.longest_hours:
            # A session that began long before may run on, and where it began decides where it is cut.
            return first
        return max(first, since - timedelta(days=self.gap_minutes // 1440 + 2))


@contextmanager
def visits(events: Events, cut: Cut, since: date, *, doing: str = "") -> Iterator[str]:
    """Lay the visits out in temporary tables, and take these away in the end.

    ``visit_moments`` holds every event, alike ones once: ``person`` and ``name`` as numbers, ``ts``, ``day``, the name
    ``before`` it, whether it is ``tied`` with that in time, and the moment its visit ``began``; a visit is known by
    ``person``, ``thread`` and ``began``. Visits that began before ``since`` may lack their beginning. ``visit_names``
    and ``visit_people`` hold the numbers.

    Parameters
    ----------
    doing
        Only people who did this event, with all their events; ``""`` for everybody.

    Yields
    ------
    str
        The SQL that ran.
    """
    text = place(sql(__package__, "visits.sql"), the_session=named_session(events, cut.session))
    values = {
        "since": cut.reads_from(since, events.first_day()),
        "doing": doing,
        "gap": None if cut.session else cut.gap_minutes * MINUTE,
        "midnight": cut.at_midnight,
        "longest": cut.longest_hours * HOUR,
    }
    texts = [sql(__package__, "visits_people.sql"), sql(__package__, "visits_names.sql"), text]
    if cut.longest_hours:
        texts.append(sql(__package__, "visits_longest.sql"))
    try:
        yield "\n;\n".join(events.query(one, **values).sql for one in texts)
    finally:
        for name in TABLES:
            events.engine.run(f"DROP TABLE IF EXISTS temp.{name}")


def named_session(events: Events, name: str) -> exp.Expr:
    """Return the expression that reads the product's own session, null where there is none; ``""`` is one for all."""
    if not name:
        return exp.Literal.string("all")
    return exp.func("nullif", exp.func("trim", exp.cast(events.property(name), "VARCHAR")), exp.Literal.string(""))
