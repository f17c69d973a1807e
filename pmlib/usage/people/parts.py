"""People in parts: by the value of a property, or by named conditions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from pmlib.core import SettingError, nearest
from pmlib.engine import Engine, place, sql
from pmlib.engine.duck import traced
from pmlib.sources.conditions import met
from pmlib.sources.contract import Events

MOST = 12
"""Parts that a reader can still tell apart."""
OTHER = ("Other", "Other values", "All other values")
UNKNOWN = ("unknown", "not known", "value not known")
At = Literal["first", "latest"]


@dataclass(frozen=True, eq=False)
class Parts:
    """Who belongs to which part: a table ``parts`` (user_id, part VARCHAR, place INTEGER from 1) on demand.

    Parameters
    ----------
    names
        The parts in their order: by people, then the others together, then those without a value; or as named.
    sizes
        People in each part.
    overlap
        How many people are in more than one part; 0 for the values of a property.
    words
        For the line under a chart: ``"platform of the first start"``.
    cautions
        What a reader should know of the split.
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    overlap: int
    words: str
    cautions: tuple[str, ...]
    steps: tuple[tuple[str, str, Mapping[str, object]], ...]

    @property
    def sql(self) -> str:
        """The queries that made the tables, with their values."""
        return ";\n\n".join(f"CREATE TABLE {table} AS\n{traced(text, values)}" for table, text, values in self.steps)

    def on(self, engine: Engine) -> Engine:
        """Return an engine over the same events that also has the table ``parts``."""
        for table, text, values in self.steps:
            engine = engine.keeping(table, text, **values)
        return engine


def parts(events: Events, by: str, *, at: At = "first", start: exp.Expr | str = "", top: int = 5) -> Parts:
    """Split people by a property or by named conditions.

    Parameters
    ----------
    by
        A property, such as ``"platform"``: each person is in one part. Or conditions with names, such as
        ``"phones: platform IN ('ios', 'android'); web: platform = 'web'"``: a person may be in several, or in none.
    at
        Whether the first start event decides, or the latest event that has the property.
    start
        The event that counts as starting, ``""`` for any.
    top
        How many values are shown; the others are one part together.

    Raises
    ------
    SettingError
        If the property is not known, a condition cannot be read, or ``top`` lies outside 1 to 12.
    """
    if not 1 <= top <= MOST:
        raise SettingError(f"top is {top}; between 1 and {MOST} parts can be told apart.")
    latest = at == "latest"
    begins = exp.true() if latest else happened(start)
    word = "at the latest event" if latest else "at the first start"
    if by not in events.properties and ":" in by:
        return named(events, by, begins, latest=latest, word=word)
    value = text_of(events.property(by))
    valued = place(sql(__package__, "parts.sql"), the_value=value, the_start=begins)
    steps: list[tuple[str, str, Mapping[str, object]]] = [("valued", valued, {"latest": latest})]
    known = events.engine.keeping("valued", valued, latest=latest)
    first = known.query(
        "SELECT value FROM valued WHERE value IS NOT NULL GROUP BY value ORDER BY count(*) DESC, value LIMIT $top",
        top=top,
    )
    taken = set(first.column("value"))
    other, unknown = (next(word for word in words if word not in taken) for words in (OTHER, UNKNOWN))
    steps.append(("parts", sql(__package__, "parts_top.sql"), {"top": top, "other": other, "unknown": unknown}))
    rows = sized(Parts((), (), 0, "", (), tuple(steps)).on(events.engine))
    many = known.query("SELECT count(DISTINCT value) AS n FROM valued").one().n
    cautions = []
    if many > top:
        cautions.append(f"{by} has {many:,} values; the {top} with the most {events.who.many} stand alone.")
    return Parts(
        tuple(row.part for row in rows),
        tuple(row.n for row in rows),
        0,
        f"by {by} {word}",
        tuple(cautions),
        tuple(steps),
    )


def named(events: Events, by: str, begins: exp.Expr, *, latest: bool, word: str) -> Parts:
    """Split people by named conditions; a person may be in several."""
    wanted = conditions(by)
    holds = [met(events.engine, text, events.properties) for text in wanted.values()]
    places = [exp.Case(ifs=[exp.If(this=one, true=exp.Literal.number(n))]) for n, one in enumerate(holds, start=1)]
    text = place(sql(__package__, "parts_named.sql"), the_places=exp.Array(expressions=places), the_start=begins)
    steps = (("parts", text, {"latest": latest, "names": list(wanted)}),)
    engine = Parts((), (), 0, "", (), steps).on(events.engine)
    sizes = {row.part: row.n for row in sized(engine)}
    overlap = (
        engine.query("SELECT count(*) AS n FROM (SELECT user_id FROM parts GROUP BY user_id HAVING count(*) > 1)")
        .one()
        .n
    )
    cautions = [
        f"Nobody is in '{name}': does its condition hold for any event?" for name in wanted if name not in sizes
    ]
    if overlap:
        cautions.append(
            f"{events.who.count(overlap)} {'is' if overlap == 1 else 'are'} in more than one of the segments, which "
            "do not add up; where one is compared, it is with all who are not in it."
        )
    said = "; ".join(f"{name}: {text}" for name, text in wanted.items())
    return Parts(
        tuple(wanted), tuple(sizes.get(name, 0) for name in wanted), overlap, f"segments {word} ({said})",
        tuple(cautions), steps,
    )  # fmt: skip


def conditions(by: str) -> dict[str, str]:
    """Read conditions with names.

    Examples
    --------
    >>> conditions("phones: platform IN ('ios', 'android'); web: platform = 'web'")
    {'phones': "platform IN ('ios', 'android')", 'web': "platform = 'web'"}
    """
    found: dict[str, str] = {}
    for part in split_outside_quotes(by, ";"):
        name, colon, text = (word.strip() for word in part.partition(":"))
        if not colon or not name or not text:
            raise SettingError(f"The segment {part.strip()!r} has no name. Write name: condition; name: condition.")
        if name in found:
            raise SettingError(f"Two segments are called '{name}'.{nearest(name, found)} Give each a name of its own.")
        found[name] = text
    if not 1 <= len(found) <= MOST:
        raise SettingError(f"There are {len(found)} segments; 1 to {MOST} can be compared.")
    return found


def split_outside_quotes(text: str, sign: str) -> list[str]:
    """Split at a sign that stands in no quotes, leaving out what is blank."""
    pieces, inside = [""], False
    for letter in text:
        inside ^= letter == "'"
        if letter == sign and not inside:
            pieces.append("")
        else:
            pieces[-1] += letter
    return [piece for piece in pieces if piece.strip()]


def text_of(value: exp.Expr) -> exp.Expr:
    """Return a property as text; blanks are no value."""
    return exp.func("nullif", exp.func("trim", exp.cast(value, "VARCHAR")), exp.Literal.string(""))


def happened(event: exp.Expr | str) -> exp.Expr:
    """Return the condition that an event is the one asked for."""
    if isinstance(event, exp.Expr):
        return event
    return exp.column("event").eq(exp.Literal.string(event)) if event else exp.true()


def sized(engine: Engine) -> tuple:
    """Return parts with their people, in their order."""
    return engine.query("SELECT part, place, count(*) AS n FROM parts GROUP BY part, place ORDER BY place").rows
