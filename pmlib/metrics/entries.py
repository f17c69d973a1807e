"""What a metric is, and how an entry of a ``metrics.toml`` becomes one."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import sqlglot
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator
from sqlglot import exp
from sqlglot.errors import SqlglotError

from pmlib.core import SettingError, Unit, nearest
from pmlib.core.periods import day_text
from pmlib.sources.where import complaint

Kind = Literal["flow", "distinct", "stock", "ratio", "share"]
Source = Literal["events", "survey", "spend", "revenue"]
On = Literal["", "running", "started", "ended"]
LONGEST = 80
QUOTIENTS = ("ratio", "share")
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


class Aim(BaseModel):
    """A target as TOML writes it: ``{value = 5000, by = 2026-12-31}``."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    value: float | int
    by: date | None = None

    @field_validator("by")
    @classmethod
    def day(cls, by: date | None) -> date | None:
        """Refuse a time of day."""
        if isinstance(by, datetime):
            raise ValueError("give a day without a time, such as 2026-12-31")
        return by


class Entry(BaseModel):
    """A metric as TOML writes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    meaning: str = ""
    kind: Kind
    unit: str
    better: Literal["up", "down", ""] = "up"
    sql: str
    over: str | None = None
    source: Source = "events"
    on: On = ""
    owner: str = ""
    target: float | Aim | None = None

    @field_validator("title", "owner")
    @classmethod
    def line(cls, given: str) -> str:
        """Hold that words in sentences and tables are one line."""
        if len(given) > LONGEST or not given.isprintable():
            raise ValueError(f"write it on one line of at most {LONGEST} signs")
        return given.strip()

    @field_validator("title")
    @classmethod
    def filled(cls, given: str) -> str:
        """Hold that a metric has a title."""
        if not given:
            raise ValueError('give it a title as it reads in a sentence, such as "active users"')
        return given

    @field_validator("target", mode="before")
    @classmethod
    def aimed(cls, given: object) -> object:
        """Hold that a target is a number, or a number and a day."""
        number = given.get("value") if isinstance(given, dict) else given
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            raise ValueError("give a number such as 5000, or a number and a day: {value = 5000, by = 2026-12-31}")
        return given

    @model_validator(mode="after")
    def fitting(self) -> "Entry":
        """Hold that the kind fits what it is divided by and which rows it reads."""
        if self.kind in QUOTIENTS and not self.over:
            raise ValueError(f"a {self.kind} needs over, what sql is divided by, such as over = 'count(*)'")
        if self.kind not in QUOTIENTS and self.over:
            raise ValueError(f"a {self.kind} is not divided; leave over out or make it a ratio")
        if self.on and self.source != "revenue":
            raise ValueError(f"on chooses among subscriptions; leave it out, the source is {self.source}")
        if self.kind == "stock" and (self.source != "revenue" or self.on not in {"", "running"}):
            raise ValueError("a stock is what runs on a period's last day: it needs source = 'revenue', on = 'running'")
        if self.kind == "flow" and self.on == "running":
            raise ValueError("a flow adds up what happens in a period; make it a stock, or on = 'started'")
        return self

    @property
    def rows(self) -> On:
        """Which subscriptions are read."""
        if self.source != "revenue":
            return ""
        return self.on or ("started" if self.kind == "flow" else "running")

    @property
    def goal(self) -> Target | None:
        """The target."""
        if isinstance(self.target, Aim):
            return Target(float(self.target.value), self.target.by)
        return None if self.target is None else Target(float(self.target))


def made(name: str, given: Mapping[str, object], file: str) -> Metric:
    """Check one metric's settings and parse its SQL.

    Raises
    ------
    SettingError
        If a setting is unknown or does not fit, or the SQL is no aggregate.
    """
    place = f"[{name}] of {file}"
    try:
        entry = Entry.model_validate(given)
    except ValidationError as error:
        raise SettingError(f"{place}: {complaint(error, known(error))}") from error
    roles = ROLES[entry.source]
    return Metric(
        name,
        entry.title,
        entry.meaning,
        entry.kind,
        unit_of(entry.unit, place),
        entry.better,
        aggregate(entry.sql, f"{place}, sql", roles),
        aggregate(entry.over, f"{place}, over", roles) if entry.over else None,
        entry.source,
        entry.rows,
        entry.owner,
        entry.goal,
    )


def known(error: ValidationError) -> list[str]:
    """Return the settings there are where the first fault lies."""
    deep = error.errors()[0]["loc"][:1] == ("target",)
    return [*(Aim if deep else Entry).model_fields]


def unit_of(text: str, place: str) -> Unit:
    """Return the unit of this name, such as ``count`` or ``currency EUR``."""
    money = re.fullmatch(r"currency ([A-Z]{3})", text)
    if money:
        return Unit.currency(money.group(1))
    if text not in UNITS:
        names = [*UNITS, "currency EUR"]
        raise SettingError(f"{place}: there is no unit '{text}'; there is {', '.join(names)}.{nearest(text, names)}")
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
