"""The tables every loader ends in: what the rooms may count on."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from sqlglot import exp

from pmlib.core import Check, Labels, Origin, Period, SettingError, TooFewError, Weeks, nearest
from pmlib.core.periods import day_text
from pmlib.core.words import Who
from pmlib.engine import Cells, Engine
from pmlib.sources.answers import Interviews, Survey
from pmlib.sources.conditions import known_property, met
from pmlib.sources.facts import Facts, write
from pmlib.sources.grouping import by_map, by_property
from pmlib.sources.paid import Subscriptions

__all__ = [
    "EVENT_COLUMNS",
    "Accounts",
    "Events",
    "Interviews",
    "Series",
    "Subscriptions",
    "Survey",
    "Units",
    "Who",
    "known_property",
]

EVENT_COLUMNS = ("user_id", "event", "ts", "day")


@dataclass(frozen=True, eq=False)
class Accounts:
    """Which account each user belongs to.

    The engine holds ``accounts`` (user_id VARCHAR, account_id VARCHAR), each user once.
    """

    engine: Engine
    origin: Origin
    checks: tuple[Check, ...] = ()

    def query(self, text: str, **values: object) -> Cells:
        """Run a query over ``accounts``."""
        return self.engine.query(text, **values)


@dataclass(frozen=True, eq=False)
class Events:
    """Usage events, one row each, deduplicated, with a user and a time.

    The engine holds the table ``events`` with at least ``user_id VARCHAR, event VARCHAR, ts TIMESTAMP`` (UTC) and
    ``day DATE`` (local to ``timezone``); further columns are the events' properties under their own names. No row lies
    after ``as_of``.

    Parameters
    ----------
    as_of
        The last complete local day counted.
    properties
        For each property that a segment or breakdown may name, the expression that reads it.
    who
        What ``user_id`` stands for, in words.
    labels
        What events and properties are called in sentences.
    grouping
        How accounts took the place of users, in words; ``""`` where they did not.
    daily
        Those of ``checks`` that depend on the last day counted.
    """

    engine: Engine
    origin: Origin
    timezone: str
    as_of: date
    checks: tuple[Check, ...] = ()
    weeks: Weeks = field(default_factory=Weeks)
    properties: Mapping[str, exp.Expr] = field(default_factory=dict)
    segment: str = ""
    who: Who = field(default_factory=Who)
    labels: Labels = field(default_factory=Labels)
    grouping: str = ""
    daily: tuple[Check, ...] = ()

    def query(self, text: str, **values: object) -> Cells:
        """Run a query over the table ``events``; ``$as_of`` and ``$week_start`` (ISO weekday) are always bound."""
        return self.engine.query(text, **({"as_of": self.as_of, "week_start": self.weeks.number} | values))

    def where(self, segment: str) -> "Events":
        """Keep only the events that meet a condition on their properties, such as ``platform = 'ios'``.

        Raises
        ------
        SettingError
            If the condition cannot be read or names no property.
        """
        if not segment.strip():
            return self
        part = met(self.engine, segment, self.properties)
        both = f"({self.segment}) AND ({segment})" if self.segment else segment
        return replace(self, engine=self.engine.narrowed("events", part), segment=both)

    def grouped(self, accounts: "str | Accounts", *, who: Who | None = None) -> "Events":
        """Count accounts in the place of users.

        An event counts for one account: the one it names, else the one its user named last; or the one that the table
        gives its user. Events of users without one do not count, and the checks say how many. The user stays as the
        column ``person_id``.

        Parameters
        ----------
        accounts
            A property that names the account, or a table from :func:`pmlib.sources.load_accounts`; ``""`` changes
            nothing.
        who
            What is counted then, in words; by default accounts.

        Raises
        ------
        SettingError
            If there is no such property, or no event is of an account.
        """
        if accounts == "":
            return self
        words = who or Who("account", "accounts")
        if isinstance(accounts, str):
            engine, checks = by_property(self.engine, self.property(accounts), accounts, words.many)
            said = f"{words.many} by {accounts}"
        else:
            table = accounts.query("SELECT CAST(bit_xor(hash(user_id, account_id)) AS VARCHAR) AS digest FROM accounts")
            pairs = accounts.engine.arrow("SELECT user_id, account_id AS account FROM accounts ORDER BY user_id")
            engine, checks = by_map(self.engine, pairs, table.one().digest, accounts.origin.name, words.many)
            checks = (*(check for check in accounts.checks if not check.ok), *checks)
            said = f"{words.many} by {accounts.origin.name}"
        return replace(self, engine=engine, checks=(*self.checks, *checks), who=words, grouping=said)

    def prepared(self, path: Path) -> Path:
        """Write the table as one Parquet file that :func:`pmlib.sources.load_events` opens at once.

        The file holds the rows as they count here (resolved, without copies, narrowed, grouped), by user and time, and
        in its metadata all that is known of them. It holds ids of users: keep it where the source may lie.

        Parameters
        ----------
        path
            The file to write, such as ``Path("events.parquet")``; what is there is replaced when all went well.

        Raises
        ------
        InputError
            If the file cannot be written.
        """
        facts = Facts(
            self.origin,
            self.timezone,
            self.weeks.first,
            self.as_of,
            self.as_of,
            True,
            self.checks,
            self.daily,
            self.properties,
            self.segment,
            (self.who.one, self.who.many),
            self.grouping,
        )
        return write(self.engine, facts, Path(path))

    def labelled(self, labels: Labels) -> "Events":
        """Return the same events with words for their names."""
        return replace(self, labels=labels)

    def property(self, name: str) -> exp.Expr:
        """Return the expression that reads a property."""
        return known_property("events", name, self.properties)

    def names(self) -> list[str]:
        """Return the names of events, the most frequent first."""
        names = self.engine.keeping("event_names", "SELECT event, count(*) AS n FROM events GROUP BY event")
        return names.query("SELECT event FROM event_names ORDER BY n DESC, event").column("event")

    def known(self, event: str) -> str:
        """Return ``event`` if it occurs.

        Raises
        ------
        SettingError
            With the nearest name, if it never occurs.
        """
        names = self.names()
        if event not in names:
            there = ", ".join(names[:12]) or "no event at all"
            part = f" where {self.segment}" if self.segment else ""
            raise SettingError(f"No event{part} is called '{event}'; there is {there}.{nearest(event, names)}")
        return event

    def days(self) -> Engine:
        """Return an engine that has the table ``days``: each local day with an event, and how many it has."""
        return self.engine.keeping("days", "SELECT day, count(*) AS n FROM events GROUP BY day ORDER BY day")

    def first_day(self) -> date:
        """Return the first local day the data cover; of the whole source where they were narrowed to a segment.

        Raises
        ------
        TooFewError
            If there is no event.
        """
        first = self.days().query("SELECT min(day) AS day FROM days").one().day
        if first is None:
            where = f" with {self.segment}" if self.segment else ""
            raise TooFewError(f"There is no event{where} up to {day_text(self.as_of, year=True)}. Load or keep some.")
        return min(first, self.origin.first) if self.origin.first else first

    def shown(self, weeks: int) -> Period:
        """Return the last ``weeks`` complete weeks, fewer where the data begin later.

        Raises
        ------
        TooFewError
            If not one week is complete.
        """
        first = self.query("SELECT min(day) AS day FROM events").one().day or self.first_day()
        last = self.weeks.last_complete(self.as_of)
        if self.weeks.of(first).start > last.start:
            raise TooFewError(
                f"No week is complete: the events run from {day_text(first, year=True)} to "
                f"{day_text(self.as_of, year=True)}. Load at least one whole week."
            )
        earliest = max(self.weeks.of(first).start, self.weeks.before(last, weeks - 1).start)
        return Period(earliest, last.end)

    def describe(self, *words: str) -> str:
        """Write the definition line: the words given, the segment, the time zone, the last complete day."""
        parts = [
            *words,
            self.grouping,
            f"only {self.segment}" if self.segment else "",
            self.timezone,
            f"complete to {self.as_of:%-d %b %Y}",
        ]
        return "; ".join(part for part in parts if part) + "."


@dataclass(frozen=True, eq=False)
class Series:
    """Market or business series: the engine holds ``series`` (date DATE, name VARCHAR, value DOUBLE or null)."""

    engine: Engine
    origin: Origin
    checks: tuple[Check, ...] = ()
    names: tuple[str, ...] = ()

    def query(self, text: str, **values: object) -> Cells:
        """Run a query over ``series``."""
        return self.engine.query(text, **values)


@dataclass(frozen=True, eq=False)
class Units:
    """The units of an experiment, one row each.

    The engine holds ``units`` (unit VARCHAR, arm VARCHAR, further columns are metrics and properties).
    """

    engine: Engine
    origin: Origin
    checks: tuple[Check, ...] = ()
    columns: tuple[str, ...] = ()

    def query(self, text: str, **values: object) -> Cells:
        """Run a query over ``units``."""
        return self.engine.query(text, **values)
