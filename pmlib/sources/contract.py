"""The tables every loader ends in: what the rooms may count on."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from sqlglot import exp

from pmlib.core import Check, Origin, Period, SettingError, TooFewError, Weeks, nearest
from pmlib.core.periods import day_text
from pmlib.engine import Cells, Engine, condition

EVENT_COLUMNS = ("user_id", "event", "ts", "day")


@dataclass(frozen=True)
class Who:
    """What is counted, in words.

    Examples
    --------
    >>> Who().count(1), Who("account", "accounts").count(1200)
    ('1 person', '1,200 accounts')
    """

    one: str = "person"
    many: str = "people"

    def count(self, number: int) -> str:
        """Write so many of them."""
        return f"{number:,} {self.one if number == 1 else self.many}"


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
        part = condition(segment, self.properties)
        both = f"({self.segment}) AND ({segment})" if self.segment else segment
        return replace(self, engine=self.engine.narrowed("events", part), segment=both)

    def property(self, name: str) -> exp.Expr:
        """Return the expression that reads a property."""
        if name not in self.properties:
            known = ", ".join(self.properties) or "no property"
            raise SettingError(
                f"The events have no property '{name}'; there is {known}.{nearest(name, self.properties)}"
            )
        return self.properties[name].copy()

    def names(self) -> list[str]:
        """Return the names of events, the most frequent first."""
        return self.query("SELECT event FROM events GROUP BY event ORDER BY count(*) DESC, event").column("event")

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

    def first_day(self) -> date:
        """Return the first local day the data cover; of the whole source where they were narrowed to a segment.

        Raises
        ------
        TooFewError
            If there is no event.
        """
        first = self.query("SELECT min(day) AS day FROM events").one().day
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
        first = self.query("SELECT min(day) AS day FROM events").one().day
        last = self.weeks.last_complete(self.as_of)
        if first is None or self.weeks.of(first).start > last.start:
            raise TooFewError(
                f"No week is complete: the events run from {first} to {self.as_of}. Load at least one whole week."
            )
        earliest = max(self.weeks.of(first).start, self.weeks.before(last, weeks - 1).start)
        return Period(earliest, last.end)

    def describe(self, *words: str) -> str:
        """Write the definition line: the words given, the segment, the time zone, the last complete day."""
        parts = [
            *words,
            f"only {self.segment}" if self.segment else "",
            self.timezone,
            f"complete to {self.as_of:%-d %b %Y}",
        ]
        return "; ".join(part for part in parts if part) + "."


@dataclass(frozen=True, eq=False)
class Survey:
    """A survey in long form.

    The engine holds ``respondents`` (respondent, answered_at TIMESTAMP or null, further columns are segments such as
    ``wave`` or ``plan``), ``questions`` (question, text, kind: scale, choice, multi, open, number; scale_low,
    scale_high, position) and ``answers`` (respondent, question, option, value VARCHAR, number DOUBLE or null, asked
    BOOLEAN). One answer a row; a multiple choice has one row an option chosen; not asked is ``asked = false``.
    """

    engine: Engine
    origin: Origin
    checks: tuple[Check, ...] = ()
    segments: tuple[str, ...] = ()

    def query(self, text: str, **values: object) -> Cells:
        """Run a query over ``respondents``, ``questions`` and ``answers``."""
        return self.engine.query(text, **values)

    def question(self, text: str) -> str:
        """Return the id of the question with this id or text.

        Raises
        ------
        SettingError
            With the nearest question, if there is none.
        """
        rows = self.query("SELECT question, text FROM questions ORDER BY position").rows
        for row in rows:
            if text in (row.question, row.text):
                return row.question
        known = [row.text or row.question for row in rows]
        raise SettingError(f"The survey does not ask '{text}'; it asks: {' | '.join(known)}.{nearest(text, known)}")


@dataclass(frozen=True, eq=False)
class Interviews:
    """Interview transcripts.

    The engine holds ``utterances`` (interview, utterance INTEGER, speaker VARCHAR or null, t0, t1 DOUBLE seconds or
    null, text, source_sha256, c0, c1 INTEGER offsets of the text in the source decoded as Unicode).
    """

    engine: Engine
    origin: Origin
    checks: tuple[Check, ...] = ()

    def query(self, text: str, **values: object) -> Cells:
        """Run a query over ``utterances``."""
        return self.engine.query(text, **values)


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
