"""What form usage events come in: told by their columns, refused where it is unclear."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from typing import Any

from pmlib.core import InputError, SettingError, nearest

ROLES = ("user_id", "event", "ts")
MORE_ROLES = ("anon_id", "received_at", "session_id", "event_id")
PLAIN = "plain events"
SHOWN = 30


@dataclass(frozen=True)
class Form:
    """How a maker's tool writes events; ``forms.toml`` says what each field means."""

    name: str
    needs: tuple[str, ...]
    marks: tuple[str, ...]
    user: tuple[str, ...]
    event: tuple[str, ...]
    ts: tuple[str, ...]
    received_at: tuple[str, ...] = ()
    session_id: tuple[str, ...] = ()
    keys: tuple[tuple[str, ...], ...] = ()
    zone: str | None = None
    local_epoch: bool = False
    notes: tuple[str, ...] = ()
    lacking: Mapping[str, str] = field(default_factory=dict)

    @property
    def maker(self) -> str:
        """Whose form it is."""
        return self.name.split()[0]


@dataclass(frozen=True)
class Match:
    """A form with the columns of one file in their places.

    Parameters
    ----------
    user, event, ts
        Columns (``column.key`` for a key inside one, ``='text'`` for a constant); the first that a row fills counts.
    key
        The columns that make two rows the same event, or none.
    zone
        The zone of times that name none, where the form fixes it.
    """

    form: str
    user: tuple[str, ...]
    event: tuple[str, ...]
    ts: tuple[str, ...]
    received_at: str | None = None
    session_id: str | None = None
    event_id: str | None = None
    key: tuple[str, ...] = ()
    zone: str | None = None
    local_epoch: bool = False
    notes: tuple[str, ...] = ()


class Columns:
    """The columns of a file, found whatever their capital letters."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        self._exact = {name.casefold(): name for name in self.names}
        self._plain = {plain(name): name for name in reversed(self.names)}

    def get(self, wanted: str) -> str | None:
        """Return the column of this name; a constant stands for itself."""
        return wanted if wanted.startswith("=") else self._exact.get(wanted.casefold())

    def there(self, wanted: Iterable[str]) -> tuple[str, ...]:
        """Return those of the wanted columns that are there, in the order wanted."""
        found = (self.get(name) for name in wanted)
        return tuple(dict.fromkeys(name for name in found if name))

    def has(self, need: str) -> bool:
        """Whether a column, or one of a choice ``a|b``, is there."""
        return bool(self.there(need.split("|")))

    def alike(self, role: str) -> str | None:
        """Return the column that goes by a plain name of a role."""
        return next((self._plain[name] for name in table()["plain"][role] if name in self._plain), None)


@cache
def table() -> dict[str, Any]:
    """Read ``forms.toml``."""
    return tomllib.loads(resources.files("pmlib.sources.events").joinpath("forms.toml").read_text(encoding="utf-8"))


@cache
def forms() -> tuple[Form, ...]:
    """Return the makers' forms."""
    return tuple(Form(**{key: frozen(value) for key, value in entry.items()}) for entry in table()["form"])


def frozen(value: Any) -> Any:
    """Make lists tuples, all the way down."""
    return tuple(frozen(part) for part in value) if isinstance(value, list) else value


def plain(name: str) -> str:
    """Write a column name in small letters with underscores.

    Examples
    --------
    >>> plain("User ID"), plain("userId"), plain("event-name")
    ('user_id', 'user_id', 'event_name')
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[^\w]+", "_", words).strip("_").casefold()


def match(
    names: Iterable[str],
    shown: str,
    mapping: Mapping[str, str] | None = None,
    suggest: Callable[[], Mapping[str, str]] = dict,
) -> Match:
    """Tell the form of a file by its columns; a mapping has the last word.

    Parameters
    ----------
    names
        Columns, and keys inside them as ``column.key``.
    shown
        The file's name, for messages.
    mapping
        Contract column = the file's column, or ``='text'`` for a constant.
    suggest
        Called for a refusal: the mapping to propose.

    Raises
    ------
    InputError
        If the columns fit no form, or those of several.
    SettingError
        If the mapping names what is not there.

    Examples
    --------
    >>> match(["uuid", "event", "distinct_id", "timestamp"], "export.csv").form
    'PostHog events'
    >>> match(["Kunde", "event", "time"], "log.csv", {"user_id": "Kunde"}).user
    ('Kunde',)
    """
    columns = Columns(names)
    given = checked(mapping or {}, columns, shown)
    fits = [form for form in forms() if all(columns.has(need) for need in form.needs)]
    clash = mixed(fits, columns)
    if clash and not all(role in given for role in ROLES):
        raise InputError(
            f"{shown} mixes the forms of {clash}, so which columns count is unclear. It has "
            f"{listed(columns.names)}. {advice(given, suggest())}"
        )
    if fits and not clash:
        return overlaid(fitted(fits[0], columns), given)
    taken = {role: given.get(role) or columns.alike(role) for role in (*ROLES, *MORE_ROLES) if role != "anon_id"}
    missing = [role for role in ROLES if not taken[role]]
    if missing:
        raise InputError(unknown(columns, shown, missing, given, suggest()))
    user, event, ts = (str(taken[role]) for role in ROLES)
    key = (taken["event_id"], user, event, ts) if taken["event_id"] else ()
    form = "mapped columns" if given else PLAIN
    anonymous = None if "user_id" in given else columns.alike("anon_id")
    users = (user, anonymous) if anonymous and anonymous not in taken.values() else (user,)
    base = Match(form, users, (event,), (ts,), taken["received_at"], taken["session_id"], taken["event_id"], key)
    return overlaid(base, given)


def fitted(form: Form, columns: Columns) -> Match:
    """Put a file's columns in the places of a form."""
    received, session = columns.there(form.received_at), columns.there(form.session_id)
    key = next((columns.there(key) for key in form.keys if all(columns.get(part) for part in key)), ())
    return Match(
        form.name,
        columns.there(form.user),
        columns.there(form.event),
        columns.there(form.ts),
        next(iter(received), None),
        next(iter(session), None),
        key[0] if key else None,
        key,
        form.zone,
        form.local_epoch,
        form.notes + tuple(note for column, note in form.lacking.items() if not columns.get(column)),
    )


def overlaid(base: Match, given: Mapping[str, str]) -> Match:
    """Put the columns of a mapping in their places."""
    user = (given["user_id"],) if "user_id" in given else base.user
    if "anon_id" in given:
        user = (user[0], given["anon_id"])
    key = (given["event_id"], user[0]) if "event_id" in given else base.key
    return replace(
        base,
        user=user,
        event=(given["event"],) if "event" in given else base.event,
        ts=(given["ts"],) if "ts" in given else base.ts,
        received_at=given.get("received_at", base.received_at),
        session_id=given.get("session_id", base.session_id),
        event_id=given.get("event_id", base.event_id),
        key=key,
    )


def checked(mapping: Mapping[str, str], columns: Columns, shown: str) -> dict[str, str]:
    """Hold that a mapping names contract columns, and columns that are there."""
    roles = (*ROLES, *MORE_ROLES)
    given = {}
    for role, column in mapping.items():
        if role not in roles:
            raise SettingError(
                f"columns names '{role}'; the columns of events are {', '.join(roles)}.{nearest(role, roles)} "
                "Write columns={'user_id': '…', 'event': '…', 'ts': '…'}: the contract's name first, then the file's."
            )
        there = columns.get(column)
        if there is None:
            raise InputError(
                f"{shown} has no column '{column}' (wanted as {role}); it has {listed(columns.names)}."
                f"{nearest(column, columns.names)}"
            )
        given[role] = there
    return given


def constant(column: str) -> str | None:
    """Return the text of a constant such as ``='purchase'``, or None for a column.

    Examples
    --------
    >>> constant("='purchase'"), constant("event")
    ('purchase', None)
    """
    return column[1:].strip().strip("'\"") if column.startswith("=") else None


def mixed(fits: list[Form], columns: Columns) -> str:
    """Name the makers whose columns a file mixes, or return an empty text."""
    seen = {form.maker: form.name for form in fits}
    known = {column.casefold() for form in fits[:1] for column in (*form.needs, *form.marks, *form.user)}
    for form in forms():
        foreign = [mark for mark in columns.there(form.marks) if mark.casefold() not in known]
        if foreign and form.maker not in seen:
            seen[form.maker] = form.name
    return " and ".join(seen.values()) if len(seen) > 1 else ""


def unknown(
    columns: Columns, shown: str, missing: list[str], given: Mapping[str, str], proposed: Mapping[str, str]
) -> str:
    """Say what a file looked like and how to name its columns."""
    share, form, lacks = max(
        ((sum(map(columns.has, form.needs)) / len(form.needs), form, form.needs) for form in forms()),
        key=lambda entry: entry[0],
    )
    plain_share = (len(ROLES) - len(missing)) / len(ROLES)
    if share > plain_share:
        absent = [need.replace("|", " or ") for need in lacks if not columns.has(need)]
        near = f"nearest is {form.name}, which also needs {', '.join(absent)}"
    else:
        near = f"nearest is a plain table, which also needs a column for {' and '.join(missing)}"
    return f"{shown} is in no known form of events: {near}. It has {listed(columns.names)}. {advice(given, proposed)}"


def advice(given: Mapping[str, str], proposed: Mapping[str, str]) -> str:
    """Write out the mapping to pass, in Python and in TOML."""
    mapping = {role: given.get(role) or proposed.get(role) or "…" for role in ROLES}
    toml = ", ".join(f'{role} = "{column}"' for role, column in mapping.items())
    python = ", ".join(f'"{role}": "{column}"' for role, column in mapping.items())
    guess = "" if "…" in mapping.values() else " (a guess by content: check it)"
    return f"Say which columns to take{guess}: columns={{{python}}}, or in TOML: columns = {{ {toml} }}"


def listed(names: Iterable[str]) -> str:
    """List columns, not endlessly."""
    shown = list(names)
    more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    return ", ".join(shown[:SHOWN]) + more
