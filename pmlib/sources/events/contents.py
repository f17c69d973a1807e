"""Tell columns by what they hold, whatever their headers say and in which language."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from pmlib.engine import Engine, name
from pmlib.sources.events.fields import Field, parsed
from pmlib.sources.events.forms import plain, table
from pmlib.sources.events.mapping import SHAPE
from pmlib.sources.events.times import counted, sorts

NAMED, HELD = 0.9, 0.6


@dataclass(frozen=True)
class Proposal:
    """Columns to take, and why.

    Parameters
    ----------
    columns
        Contract column = the file's column, or a constant; what could not be told is missing.
    why
        For each, the confidence in [0, 1] and the reason.
    """

    columns: Mapping[str, str]
    why: Mapping[str, tuple[float, str]]


@dataclass(frozen=True)
class Content:
    """What a field holds in the sample."""

    field: Field
    n: int
    distinct: int
    length: float
    spaces: float
    times: float

    @property
    def repeats(self) -> float:
        """How often a value comes, on average."""
        return self.n / self.distinct if self.distinct else 0.0


def proposed(engine: Engine, fields: Mapping[str, Field]) -> Proposal:
    """Propose the columns of user, event and time from the sample's contents and the words of the headers.

    The time is a column whose values read as times; the user an id that many rows share; the event a text of few
    values that differs most within a user.
    """
    held = [content(engine, field) for field in fields.values() if field.kind not in ("tree", "pairs")]
    held = [one for one in held if one.n]
    columns: dict[str, str] = {}
    why: dict[str, tuple[float, str]] = {}

    def take(role: str, candidates: list[tuple[float, Content]], reason: str) -> Content | None:
        best = max(candidates, key=lambda entry: entry[0], default=None)
        if best is None:
            return None
        known = words(best[1].field.name, role)
        columns[role] = best[1].field.name
        why[role] = (NAMED if known else HELD, f"{reason}{', and its name says so' if known else ''}")
        return best[1]

    most = max((one.n for one in held), default=0)
    clocks = [(naming(one, "ts") + one.n / most + one.times, one) for one in held if one.times > 0.9]
    time = take("ts", clocks, "its values read as times")
    users = [
        (naming(one, "user_id") + one.n / most + few(one), one) for one in held if one is not time and id_like(one)
    ]
    user = take("user_id", users, "many ids that come again")
    texts = [one for one in held if one not in (time, user) and event_like(one)]
    variety = within(engine, user, texts) if user else [1.0 for _ in texts]
    events = [
        (naming(one, "event") + one.n / most + spread, one)
        for one, spread in zip(texts, variety, strict=True)
        if spread > 1.05 or words(one.field.name, "event")
    ]
    if take("event", events, "few texts, several a user") is None and time and user:
        money = any(words(one.field.name, "money") for one in held)
        columns["event"] = "='purchase'" if money else "='event'"
        why["event"] = (HELD, "no column names an event, so every row is one")
    return Proposal(columns, why)


def content(engine: Engine, field: Field) -> Content:
    """Look at the values of a field in the sample."""
    value = parsed("nullif(trim(field), '')", field=field.text)
    parts = {
        "n": "count(value)",
        "distinct": "count(DISTINCT value)",
        "length": "coalesce(avg(length(value)), 0)",
        "spaces": "coalesce(avg(CASE WHEN contains(value, ' ') OR contains(value, '.') THEN 1 ELSE 0 END), 0)",
    }
    picks = [exp.alias_(parsed(part, value=value), name(title)) for title, part in parts.items()]
    picks.append(exp.alias_(parsed(SHAPE, written=value), name("shapes")))
    row = engine.query(exp.select(*picks).from_("sample").sql(dialect="duckdb")).one()
    found = sorts(counted(row[4] or {}))
    share = sum(found.values()) / row[0] if row[0] else 0.0
    if field.kind in ("zoned", "naive", "date"):
        share = 1.0
    return Content(field, row[0], row[1], row[2], row[3], share)


def words(column: str, role: str) -> bool:
    """Whether a column's name holds a word of the role, in one of seven languages.

    Examples
    --------
    >>> words("Kundennummer", "user_id"), words("Horodatage", "ts"), words("país", "event")
    (True, True, False)
    """
    bare = unicodedata.normalize("NFKD", plain(column)).encode("ascii", "ignore").decode()
    known = table()["words"][role]
    return any(part == word or (len(word) > 3 and part.startswith(word)) for part in bare.split("_") for word in known)


def naming(one: Content, role: str) -> float:
    """Weigh a column's name for a role: for it, against it, or neither."""
    against = words(one.field.name, "not_" + role.removesuffix("_id"))
    return (5.0 if words(one.field.name, role) else 0.0) - (6.0 if against else 0.0)


def id_like(one: Content) -> bool:
    """Whether values look like ids that rows share."""
    named = words(one.field.name, "user_id")
    return (
        one.field.kind in ("text", "number", "other")
        and one.times < 0.9
        and one.length <= 80
        and (one.distinct >= 2 or named)
        and (named or (one.repeats > 1.1 and one.spaces < 0.5))
    )


def few(one: Content) -> float:
    """Weigh how many different values a column of ids has: many speak for users, a handful for a label."""
    return min(one.distinct, 50) / 50


def event_like(one: Content) -> bool:
    """Whether values look like names of events."""
    return (
        one.field.kind == "text"
        and one.times < 0.5
        and 1 <= one.distinct <= 500
        and one.repeats > 1.5
        and one.length <= 80
    )


def within(engine: Engine, user: Content, texts: list[Content]) -> list[float]:
    """Return how many different values each text has a user, on average, capped at 5."""
    if not texts:
        return []
    picks = [
        exp.alias_(exp.func("count", exp.Distinct(expressions=[one.field.text])), name(f"n{place}"))
        for place, one in enumerate(texts)
    ]
    by_user = exp.select(*picks).from_("sample").group_by(user.field.text)
    means = [parsed(f"avg(n{place})") for place in range(len(texts))]
    row = engine.query(exp.select(*means).from_(by_user.subquery("users")).sql(dialect="duckdb")).one()
    return [min(float(value or 0.0), 5.0) for value in row]
