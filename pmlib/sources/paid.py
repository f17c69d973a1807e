"""The table of what customers pay: subscriptions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlglot import exp

from pmlib.core import Check, Origin, Weeks
from pmlib.core.periods import day_text
from pmlib.core.words import Who
from pmlib.engine import Cells, Engine
from pmlib.sources.conditions import known_property


@dataclass(frozen=True, eq=False)
class Subscriptions:
    """Paid subscriptions, one row each stretch of time at one price.

    The engine holds ``subscriptions`` (customer VARCHAR, subscription VARCHAR, plan VARCHAR or null, amount DOUBLE,
    started DATE, ended DATE or null); further columns are properties. ``amount`` is above 0, a month's worth whatever
    the billing. ``started`` is the first paid day, ``ended`` a later one, the first without; none lies after ``as_of``.

    Parameters
    ----------
    as_of
        The last local day counted.
    currency
        The code of all amounts, such as ``"EUR"``; ``""`` where none is known.
    properties, days
        For each property, the expression that reads it; for those that hold days, the one that reads the local day.
    """

    engine: Engine
    origin: Origin
    timezone: str
    as_of: date
    currency: str = ""
    checks: tuple[Check, ...] = ()
    weeks: Weeks = field(default_factory=Weeks)
    properties: Mapping[str, exp.Expr] = field(default_factory=dict)
    who: Who = field(default_factory=lambda: Who("customer", "customers"))
    days: Mapping[str, exp.Expr] = field(default_factory=dict)

    def query(self, text: str, **values: object) -> Cells:
        """Run a query over the table ``subscriptions``; ``$as_of`` and ``$week_start`` are always bound."""
        return self.engine.query(text, **({"as_of": self.as_of, "week_start": self.weeks.number} | values))

    def property(self, name: str) -> exp.Expr:
        """Return the expression that reads a property."""
        return known_property("subscriptions", name, self.properties)

    def describe(self, *words: str) -> str:
        """Write the definition line: the words given, the time zone, the last day counted."""
        parts = [*words, self.timezone, f"to {day_text(self.as_of, year=True)}"]
        return "; ".join(part for part in parts if part) + "."
