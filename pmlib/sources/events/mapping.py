"""Put a file's columns in the places of the contract: look at all rows once, then lay out one view of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from pmlib.engine import Engine, name
from pmlib.sources.events.fields import Field, literal, parsed
from pmlib.sources.events.forms import Match, constant
from pmlib.sources.events.times import counted as counted_ways

NO_VALUE = (
    *("", "null", "none", "nan", "nat", "nil", "n/a", "#n/a", "<na>", "-", "undefined", "(null)", "(not set)", "\\n"),
    "00000000-0000-0000-0000-000000000000",
)
CONTRACT = ("user_id", "event", "ts", "day")
Same = Literal["id", "row", "keep"]
HIDDEN = ("blank", "timed", "arrived", "sameness", "reason", "known")
ANONYMOUS = "anon_"
"""The hidden columns of anonymous ids are called so, with their number."""
NAMELESS = "$device:"
"""What begins so is no user, as Mixpanel writes ids of devices."""
SHAPE = (
    "histogram(CASE WHEN regexp_full_match(written, '[-+0-9:./, TZUGMCAPapm]{1,40}') "
    "THEN translate(written, '012345678', '999999999') ELSE '' END)"
)
ROUNDED = r"count_if(contains(upper(written), 'E+') AND regexp_full_match(upper(written), '\d(\.\d+)?E\+\d+'))"
DECIMALS = "CASE WHEN contains(given, '.') THEN length(given) - instr(given, '.') END"
# 3.10 beside 3.9 is a version, and no 3.1; amounts have as many decimals each, and floats that end in 0 have one.
WRONG = (
    "count_if(given NOT IN ('', 'NaN') AND (meant IS NULL OR length(given) > 17 "
    "OR (given LIKE '0_%' AND given NOT LIKE '0.%' AND given NOT LIKE '0,%'))) > 0 "
    f"OR (count_if(given LIKE '%._%0' AND NOT given ILIKE '%e%') > 0 AND min({DECIMALS}) < max({DECIMALS}))"
)


@dataclass(frozen=True)
class Counts:
    """What the first look at all rows found.

    Parameters
    ----------
    ways, arrival_ways
        How the times and the arrival times are written, where they are text.
    wrong
        The columns to leave as text: they did not keep to what the sample showed, or numbers lose their zeros.
    rounded
        Rows whose user is written as 1.23E+05.
    """

    rows: int
    users: int
    anonymous: int
    events: int
    timed: int
    ways: Mapping[str, int]
    arrival_ways: Mapping[str, int]
    wrong: frozenset[str]
    rounded: int = 0


@dataclass(frozen=True)
class Source:
    """A matched file: its fields, and where each part of the contract stands.

    Parameters
    ----------
    may_break
        Whether a line that cannot be read comes as a row of nulls.
    """

    shown: str
    fields: Mapping[str, Field]
    match: Match
    may_break: bool

    def clean(self, column: str) -> exp.Expr:
        """Read a column as text, null where it stands for nothing, such as ``null`` or an id of zeros."""
        text = constant(column)
        if text is not None:
            return literal(text)
        words = exp.func("lower", exp.func("trim", exp.column("field"))).isin(*NO_VALUE)
        kept = exp.Case().when(words, exp.null()).else_(exp.func("trim", exp.column("field")))
        return parsed(kept.sql(dialect="duckdb"), field=self.fields[column].text)

    def id(self, column: str | None) -> exp.Expr | None:
        """Read the id of a session or an event as text, null where it is empty."""
        return parsed("nullif(field, '')", field=self.fields[column].text) if column else None

    def first(self, columns: tuple[str, ...]) -> exp.Expr:
        """Read the first of some columns that a row fills."""
        return one_of([self.clean(column) for column in columns])

    @property
    def anonymous(self) -> exp.Expr:
        """Tells whether a row has only an anonymous or device id."""
        own, *others = self.match.user
        if not others:
            return exp.false()
        return parsed("own IS NULL AND NOT other IS NULL", own=self.clean(own), other=self.first(tuple(others)))

    @property
    def blank(self) -> exp.Expr:
        """Tells whether a row holds nothing at all."""
        if not self.may_break:
            return exp.false()
        cells = [exp.cast(field.read.copy(), "VARCHAR") for field in self.fields.values() if not field.key]
        return parsed("cells IS NULL", cells=one_of(cells))

    def moment(self, columns: tuple[str, ...]) -> tuple[exp.Expr, str]:
        """Read a time as it stands, and say what it is: zoned, naive, date or text."""
        kinds = {"text" if constant(column) is not None else self.fields[column].kind for column in columns}
        kind = next(iter(kinds)) if len(kinds) == 1 else "text"
        if kind in ("zoned", "naive", "date"):
            return one_of([self.fields[column].read.copy() for column in columns]), kind
        return self.first(columns), "text"


def one_of(parts: Sequence[exp.Expr]) -> exp.Expr:
    """Read the first of some expressions that is not null."""
    return exp.func("coalesce", *parts) if len(parts) > 1 else parts[0]


def counted(engine: Engine, source: Source) -> Counts:
    """Look at all rows once: what is filled, how times are written, which columns keep to the sample's kind."""
    match = source.match
    time, kind = source.moment(match.ts)
    arrival, arrival_kind = source.moment((match.received_at,)) if match.received_at else (exp.null(), "")
    held = [field for field in source.fields.values() if field.verify]
    parts = {
        "rows": exp.func("count", exp.Star()),
        "users": exp.func("count", source.first(match.user)),
        "anonymous": parsed("count_if(anonymous)", anonymous=source.anonymous),
        "events": exp.func("count", source.first(match.event)),
        "timed": exp.func("count", time),
        "shapes": parsed(SHAPE, written=time) if kind == "text" else exp.null(),
        "arrival_shapes": parsed(SHAPE, written=arrival) if arrival_kind == "text" else exp.null(),
    }
    own = None if constant(match.user[0]) else source.fields[match.user[0]]
    if own and own.kind == "number" and own.type == "VARCHAR":
        parts["rounded"] = parsed(ROUNDED, written=own.read)
    for number, field in enumerate(held):
        parts[f"wrong_{number}"] = parsed(WRONG, given=field.read, meant=field.typed)
    picks = [exp.alias_(part, name(title)) for title, part in parts.items()]
    row = engine.query(exp.select(*picks).from_("source").sql(dialect="duckdb")).one()
    wrong = [field.name for number, field in enumerate(held) if getattr(row, f"wrong_{number}")]
    return Counts(
        row.rows,
        row.users,
        row.anonymous,
        row.events,
        row.timed,
        counted_ways(row.shapes or {}),
        counted_ways(row.arrival_shapes or {}),
        frozenset([*wrong, *(field.name for field in source.fields.values() if field.stays)]),
        row.rounded if "rounded" in parts else 0,
    )


@dataclass(frozen=True)
class Layout:
    """The view ``mapped``: the contract's columns, those that only the load needs, and the properties.

    Parameters
    ----------
    properties
        For each property, the expression that reads it from the table ``events``.
    anonymous
        The hidden columns of anonymous ids, the best first.
    """

    query: exp.Select
    properties: Mapping[str, exp.Expr]
    anonymous: tuple[str, ...] = ()


def laid_out(source: Source, wrong: frozenset[str], ts: exp.Expr, arrived: exp.Expr | None, same: Same) -> Layout:
    """Write the query that puts every column in its place.

    Parameters
    ----------
    wrong
        Columns to leave as text.
    ts, arrived
        Read the time and the arrival in UTC.
    same
        What makes two rows the same event: the form's key, the whole row, or nothing.
    """
    match = source.match
    time, _ = source.moment(match.ts)
    picks: dict[str, exp.Expr] = {
        "user_id": source.first(match.user),
        "event": source.first(match.event),
        "ts": ts,
        "blank": source.blank,
        "timed": parsed("NOT written IS NULL", written=time),
        "arrived": arrived or exp.cast(exp.null(), "TIMESTAMP"),
        "sameness": sameness(source, same),
    }
    own, *others = match.user
    anonymous = {f"{ANONYMOUS}{place}": source.clean(one) for place, one in enumerate(others)}
    if others:
        # Rows of a known user; the others are looked up by their anonymous ids once all rows are there.
        picks["known"] = parsed(f"NOT own IS NULL AND NOT own LIKE '{NAMELESS}%'", own=source.clean(own))
        picks |= anonymous
    properties: dict[str, exp.Expr] = {}
    taken = {word.casefold() for word in (*CONTRACT, *HIDDEN, *anonymous)}
    extras = {
        "received_at": (match.received_at, arrived),
        "session_id": (match.session_id, source.id(match.session_id)),
        "event_id": (match.event_id, source.id(match.event_id)),
    }
    used = {column for column, read in extras.values() if column and read is not None}
    used.update(match.user[:1], *(columns for columns in (match.event, match.ts) if len(columns) == 1))
    for title, (_, read) in extras.items():
        if read is not None:
            picks[title] = read
            properties[title] = exp.column(name(title))
            taken.add(title)
    places: dict[str, str] = {}
    for field in source.fields.values():
        if field.key or field.name in used:
            continue
        title = field.name
        while title.casefold() in taken:
            title += "_"
        taken.add(title.casefold())
        places[field.name] = title
        picks[title] = (field.read if field.name in wrong else field.typed).copy()
        properties[title] = exp.column(name(title))
    known = {title.casefold() for title in properties}
    for field in source.fields.values():
        if field.key and field.column in places and field.key.casefold() not in known:
            known.add(field.key.casefold())
            properties[field.key] = moved(field.typed, field.column, places[field.column])
    query = exp.select(*(exp.alias_(part, name(title)) for title, part in picks.items())).from_("source")
    return Layout(query, properties, tuple(anonymous))


def sameness(source: Source, same: Same) -> exp.Expr:
    """Hash what makes two rows the same: 64 bits, so that chance is wrong once in thousands of loads of 10^8 rows."""
    if same == "keep":
        return parsed("CAST(NULL AS UBIGINT)")
    if same == "row":
        return exp.func("hash", *(field.read.copy() for field in source.fields.values() if not field.key))
    key = source.match.key
    parts = [literal(column) if constant(column) else source.fields[column].read.copy() for column in key]
    return exp.Case().when(parsed("field <> ''", field=source.fields[key[0]].text), exp.func("hash", *parts))


def moved(read: exp.Expr, column: str, place: str) -> exp.Expr:
    """Read from another column of the table ``events`` than of the source."""

    def swap(node: exp.Expr) -> exp.Expr:
        return exp.column(name(place)) if isinstance(node, exp.Column) and node.name == column else node

    return exp.paren(read.copy().transform(swap))
