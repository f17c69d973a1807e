"""What a metric is, and how an entry of a ``metrics.toml`` becomes one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import sqlglot
from pydantic import ValidationError
from sqlglot import exp
from sqlglot.errors import SqlglotError

from pmlib.core import SettingError, Unit, nearest
from pmlib.core.periods import day_text
from pmlib.metrics.settings import Aim, Entry, Kind, On, Source, said

ROLES: dict[Source, tuple[str, ...]] = {
    "events": ("start", "action"),
    "survey": ("question",),
    "spend": (),
    "revenue": (),
}
"""What a metric leaves to whoever asks: ``$start`` and ``$action`` are events, ``$question`` a survey's."""
UNITS = {
    "count": Unit.COUNT,
    "number": Unit.NUMBER,
    "ratio": Unit.RATIO,
    "share": Unit.SHARE,
    "score": Unit.SCORE,
    "days": Unit.DAYS,
}


@dataclass(frozen=True)
class Target:
    """What a metric should reach, and by when where there is a day.

    Examples
    --------
    >>> Target(0.4, date(2026, 12, 31)).text(Unit.SHARE)
    '40.0% by 31 Dec 2026'
    """

    value: float
    by: date | None = None

    def text(self, unit: Unit) -> str:
        """Write the target in the metric's unit."""
        return unit.text(self.value) + (f" by {day_text(self.by, year=True)}" if self.by else "")

    def met(self, value: float, better: str) -> bool | None:
        """Whether a value reaches the target; ``None`` where neither direction is good."""
        return None if not better else value >= self.value if better == "up" else value <= self.value


@dataclass(frozen=True)
class Metric:
    """What is measured, how and in which unit.

    Parameters
    ----------
    sql, over
        Aggregates of the source's table; the metric is ``sql``, or ``sql / over`` for a ratio or share.
    source
        Which table is read: ``events``, ``survey`` (answers with their respondents), ``spend`` (``series``) or
        ``revenue`` (``subscriptions``).
    on
        Which subscriptions of a ``revenue`` metric belong to a period: those running on its last day, or those that
        started or ended in it.
    owner, target
        Who answers for the metric, and what it should reach.
    """

    name: str
    title: str
    meaning: str
    kind: Kind
    unit: Unit
    better: str
    sql: exp.Expr
    over: exp.Expr | None = None
    source: Source = "events"
    on: On = ""
    owner: str = ""
    target: Target | None = None

    @property
    def roles(self) -> tuple[str, ...]:
        """Which of ``start``, ``action`` and ``question`` must be given."""
        used = {node.name for part in self.parts for node in part.find_all(exp.Parameter, exp.Placeholder)}
        return tuple(role for role in ROLES[self.source] if role in used)

    @property
    def columns(self) -> tuple[str, ...]:
        """Which columns of the table are read."""
        return tuple(sorted({node.name for part in self.parts for node in part.find_all(exp.Column)}))

    @property
    def parts(self) -> tuple[exp.Expr, ...]:
        """The aggregates the metric is made of."""
        return (self.sql,) if self.over is None else (self.sql, self.over)

    @property
    def written(self) -> str:
        """The definition as SQL, what is divided by on a line of its own."""
        return "\n/ ".join(part.sql(dialect="duckdb") for part in self.parts)


def made(name: str, given: Mapping[str, object], file: str) -> Metric:
    """Check one metric's settings and parse its SQL.

    Raises
    ------
    SettingError
        With all that is wrong: settings unknown, missing or of another kind, SQL that is no aggregate.
    """
    place, faults, entry = f"[{name}] of {file}", [], None
    try:
        entry = Entry.model_validate(given)
    except ValidationError as error:
        faults += said(error)
    roles = next((named for source, named in ROLES.items() if source == given.get("source", "events")), ())
    units, parts = [], {}
    for field in ("unit", "sql", "over"):
        text = given.get(field)
        try:
            if isinstance(text, str) and field == "unit":
                units.append(unit_of(text))
            elif isinstance(text, str) and (text or field == "sql"):
                parts[field] = aggregate(text, field, roles)
        except SettingError as error:
            faults.append(str(error))
    if entry is None or faults:
        raise SettingError(f"{place}: {' '.join(faults)}")
    return Metric(
        name,
        entry.title,
        entry.meaning,
        entry.kind,
        units[0],
        entry.better,
        parts["sql"],
        parts.get("over"),
        entry.source,
        entry.rows,
        entry.owner,
        goal(entry.target),
    )


def goal(given: float | Aim | None) -> Target | None:
    """Return the target of an entry."""
    if isinstance(given, Aim):
        return Target(float(given.value), given.by)
    return None if given is None else Target(float(given))


def unit_of(text: str) -> Unit:
    """Return the unit of this name, such as ``count`` or ``currency EUR``."""
    money = re.fullmatch(r"currency ([A-Z]{3})", text)
    if money:
        return Unit.currency(money.group(1))
    if text not in UNITS:
        names = [*UNITS, "currency EUR"]
        raise SettingError(f"there is no unit '{text}'; there is {', '.join(names)}.{nearest(text, names)}")
    return UNITS[text]


def aggregate(text: str, place: str, roles: tuple[str, ...] = ROLES["events"]) -> exp.Expr:
    """Parse an aggregate such as ``count(DISTINCT user_id)``.

    Raises
    ------
    SettingError
        If it cannot be read, is more than one aggregate, or names a ``$role`` that there is not.
    """
    try:
        parsed = sqlglot.parse(text, dialect="duckdb")
    except SqlglotError:
        raise SettingError(f"{place}: {text!r} cannot be read as SQL. Write one aggregate, such as count(*).") from None
    node = parsed[0] if len(parsed) == 1 else None
    if node is None or isinstance(node, exp.Query | exp.Command) or node.find(exp.Query, exp.Window, exp.Alias):
        raise SettingError(f"{place}: {text!r} is not one aggregate. Write it without SELECT, AS and OVER.")
    for one in node.find_all(exp.Parameter, exp.Placeholder):
        if one.name not in roles:
            there = " and ".join(f"${role}" for role in roles) or "none for this source"
            raise SettingError(f"{place}: there is no ${one.name}; there is {there}.{nearest(one.name, roles)}")
    loose = [one for one in node.find_all(exp.Column) if not one.find_ancestor(exp.AggFunc, exp.Filter)]
    if loose or not node.find(exp.AggFunc):
        what = (
            f"'{loose[0].sql(dialect='duckdb')}' stands outside an aggregate" if loose else "it counts and sums nothing"
        )
        raise SettingError(f"{place}: in {text!r} {what}. Write one aggregate, such as sum(amount).")
    return node
