"""The settings of a metric as a ``metrics.toml`` writes them, and what is wrong with them in plain words."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from pmlib.core import nearest

Kind = Literal["flow", "distinct", "stock", "ratio", "share"]
Source = Literal["events", "survey", "spend", "revenue"]
On = Literal["", "running", "started", "ended"]
QUOTIENTS = ("ratio", "share")
LONGEST = 80
SHOWN = 40
"""Signs of a wrong setting that a message repeats."""
CHOICES: Mapping[str, tuple[str, ...]] = {
    "kind": get_args(Kind),
    "source": get_args(Source),
    "on": get_args(On)[1:],
    "better": ("up", "down"),
}
EXPECTED: Mapping[str, str] = {
    "title": 'its name within a sentence, such as "active users"',
    "meaning": "a sentence that says what is counted",
    "unit": 'the unit of its values, such as "count" or "currency EUR"',
    "sql": 'one aggregate, such as "count(*)"',
    "over": 'one aggregate, what sql is divided by, such as "count(*)"',
    "owner": "who answers for it, on one line",
    "target": "a number such as 5000, or a number and a day: {value = 5000, by = 2026-12-31}",
    **{field: f"one of {', '.join(words)}" for field, words in CHOICES.items()},
}
"""What each setting should hold."""


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


def said(error: ValidationError) -> list[str]:
    """Write what is wrong with a metric's settings: a sentence a setting, with what is expected."""
    found: dict[str, str] = {}
    for one in error.errors():
        field, *deeper = (str(part) for part in one["loc"]) if one["loc"] else ("",)
        if field not in found:
            found[field] = fault(field, deeper, one["type"], one["msg"].removeprefix("Value error, "), one["input"])
    return list(found.values())


def fault(field: str, deeper: Sequence[str], kind: str, message: str, given: Any) -> str:
    """Write one fault as a sentence."""
    if not field:
        return f"{message}."
    if kind == "extra_forbidden" and not deeper:
        known = list(Entry.model_fields)
        return f"there is no setting '{field}'; there is {', '.join(known)}.{nearest(field, known)}"
    if kind == "missing" and not deeper:
        return f"{field} is missing; give {EXPECTED[field]}."
    if kind == "value_error":
        return f"{'.'.join((field, *deeper[1:]))}: {message}."
    there = ".".join((field, *deeper[1:]))
    if kind == "extra_forbidden":
        return f"target has no '{deeper[-1]}'; give {EXPECTED[field]}."
    text = repr(given)
    text = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
    near = nearest(given, CHOICES[field]) if field in CHOICES and isinstance(given, str) else ""
    return f"{there} is {text}; give {EXPECTED[field]}.{near}"
