"""The catalogue: each metric's name, meaning and SQL, read from TOML and checked."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

import sqlglot
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from sqlglot import exp
from sqlglot.errors import SqlglotError

from pmlib.core import InputError, SettingError, Unit, nearest
from pmlib.sources.where import complaint

FILE = "metrics.toml"
Kind = Literal["flow", "distinct", "ratio", "share"]
QUOTIENTS = ("ratio", "share")
ROLES = ("start", "action")
UNITS = {
    "count": Unit.COUNT,
    "number": Unit.NUMBER,
    "ratio": Unit.RATIO,
    "share": Unit.SHARE,
    "score": Unit.SCORE,
    "days": Unit.DAYS,
}


@dataclass(frozen=True)
class Metric:
    """What is measured, how and in which unit.

    Parameters
    ----------
    sql, over
        Aggregates of the table ``events``; the metric is ``sql``, or ``sql / over`` for a ratio or share.
    """

    name: str
    title: str
    meaning: str
    kind: Kind
    unit: Unit
    better: str
    sql: exp.Expr
    over: exp.Expr | None = None

    @property
    def roles(self) -> tuple[str, ...]:
        """Which of ``start`` and ``action`` must be given."""
        used = {node.name for part in self.parts for node in part.find_all(exp.Parameter, exp.Placeholder)}
        return tuple(role for role in ROLES if role in used)

    @property
    def columns(self) -> tuple[str, ...]:
        """Which columns of the events are read."""
        return tuple(sorted({node.name for part in self.parts for node in part.find_all(exp.Column)}))

    @property
    def parts(self) -> tuple[exp.Expr, ...]:
        """The aggregates the metric is made of."""
        return (self.sql,) if self.over is None else (self.sql, self.over)


class Entry(BaseModel):
    """A metric as TOML writes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    meaning: str
    kind: Kind
    unit: str
    better: Literal["up", "down", ""] = "up"
    sql: str
    over: str | None = None

    @model_validator(mode="after")
    def divided(self) -> "Entry":
        """Hold that a ratio or share says what it is divided by, and nothing else does."""
        if self.kind in QUOTIENTS and not self.over:
            raise ValueError(f"a {self.kind} needs over, what sql is divided by, such as over = 'count(*)'")
        if self.kind not in QUOTIENTS and self.over:
            raise ValueError(f"a {self.kind} is not divided; leave over out or make it a ratio")
        return self


def catalogue(path: str | Path | None = None) -> dict[str, Metric]:
    """Read the metrics that come with the library, and a team's own.

    Parameters
    ----------
    path
        A team's ``metrics.toml``: a table a metric. A name of ours changes only the settings it gives.

    Raises
    ------
    InputError
        If the file is not there.
    SettingError
        If it cannot be read, or a metric has an unknown setting or SQL that is no aggregate.

    Examples
    --------
    >>> [*catalogue()]
    ['active_users', 'new_users', 'key_actions', 'actions_per_active_user', 'doing_share', 'revenue']
    """
    tables = tomllib.loads(resources.files("pmlib.metrics").joinpath(FILE).read_text(encoding="utf-8"))
    own: Mapping[str, object] = {}
    file = Path(path).expanduser() if path is not None else None
    if file is not None:
        own = opened(file)
    known = {name: {**tables.get(name, {}), **table(name, given, file)} for name, given in own.items()}
    return {name: made(name, entry, file if name in own else None) for name, entry in {**tables, **known}.items()}


def find(name: str, *, beside: object = None) -> Metric:
    """Return the metric of this name.

    Parameters
    ----------
    beside
        The path of a pack or of data: a ``metrics.toml`` in the same folder is read too.

    Raises
    ------
    SettingError
        With the nearest name, if there is none.
    """
    known = catalogue(own_file(beside))
    if name not in known:
        raise SettingError(f"There is no metric '{name}'; there is {', '.join(known)}.{nearest(name, known)}")
    return known[name]


def own_file(beside: object) -> Path | None:
    """Return the ``metrics.toml`` in the folder of a pack or of data, if there is one."""
    if not isinstance(beside, str | Path) or not str(beside):
        return None
    file = Path(str(beside).partition("#")[0]).expanduser().parent / FILE
    return file if file.is_file() else None


def opened(file: Path) -> dict[str, object]:
    """Read a team's file."""
    if not file.is_file():
        raise InputError(f"There is no file {file}. Give the path of a {FILE} with a table a metric.")
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"{file.name} is not readable TOML: {error}.") from error


def table(name: str, given: object, file: Path | None) -> dict[str, object]:
    """Return a metric's settings if they are a table under a usable name."""
    place = file.name if file else FILE
    if not isinstance(given, dict):
        raise SettingError(f"{place} has '{name}' outside a metric. Put it below a line such as [my_metric].")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise SettingError(
            f"{place} calls a metric '{name}'. Use lower-case letters, digits and _, such as [my_metric]."
        )
    return given


def made(name: str, given: Mapping[str, object], file: Path | None) -> Metric:
    """Check one metric's settings."""
    place = f"[{name}] of {file.name if file else FILE}"
    try:
        entry = Entry.model_validate(given)
    except ValidationError as error:
        raise SettingError(f"{place}: {complaint(error, [*Entry.model_fields])}") from error
    over = aggregate(entry.over, f"{place}, over") if entry.over else None
    unit = unit_of(entry.unit, place)
    return Metric(
        name, entry.title, entry.meaning, entry.kind, unit, entry.better, aggregate(entry.sql, f"{place}, sql"), over
    )


def unit_of(text: str, place: str) -> Unit:
    """Return the unit of this name, such as ``count`` or ``currency EUR``."""
    money = re.fullmatch(r"currency ([A-Z]{3})", text)
    if money:
        return Unit.currency(money.group(1))
    if text not in UNITS:
        known = [*UNITS, "currency EUR"]
        raise SettingError(f"{place}: there is no unit '{text}'; there is {', '.join(known)}.{nearest(text, known)}")
    return UNITS[text]


def aggregate(text: str, place: str) -> exp.Expr:
    """Parse an aggregate such as ``count(DISTINCT user_id)``."""
    try:
        parsed = sqlglot.parse(text, dialect="duckdb")
    except SqlglotError:
        raise SettingError(f"{place}: {text!r} cannot be read as SQL. Write one aggregate, such as count(*).") from None
    node = parsed[0] if len(parsed) == 1 else None
    if node is None or isinstance(node, exp.Query | exp.Command) or node.find(exp.Query, exp.Window, exp.Alias):
        raise SettingError(f"{place}: {text!r} is not one aggregate. Write it without SELECT, AS and OVER.")
    for one in node.find_all(exp.Parameter, exp.Placeholder):
        if one.name not in ROLES:
            known = " and ".join(f"${role}" for role in ROLES)
            raise SettingError(f"{place}: there is no ${one.name}; there is {known}.{nearest(one.name, ROLES)}")
    loose = [one for one in node.find_all(exp.Column) if not one.find_ancestor(exp.AggFunc, exp.Filter)]
    if loose or not node.find(exp.AggFunc):
        what = (
            f"'{loose[0].sql(dialect='duckdb')}' stands outside an aggregate" if loose else "it counts and sums nothing"
        )
        raise SettingError(f"{place}: in {text!r} {what}. Write one aggregate, such as sum(amount).")
    return node
