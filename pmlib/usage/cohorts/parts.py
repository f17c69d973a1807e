"""Cohorts of parts of the people: by whose start or event, or by each start's own value."""

from dataclasses import replace
from typing import Literal

from sqlglot import exp

from pmlib.core import SettingError
from pmlib.sources.conditions import met
from pmlib.sources.contract import Events
from pmlib.usage.cohorts.asked import Asked
from pmlib.usage.cohorts.cohorts import Counts, counted
from pmlib.usage.people.parts import Parts, conditions, parts, text_of

Each = Literal["first", "latest", "each"]


def splitting(events: Events, asked: Asked, by: str, at: Each, top: int) -> Parts:
    """Return the parts that people are split into.

    Raises
    ------
    SettingError
        If each start's own value is asked for where there is but one start a person.
    """
    if at == "each" and not asked.recurring:
        raise SettingError(
            f"at is 'each', but cohorts of the kind '{asked.kind}' hold one start of each {events.who.one}. "
            "Choose at='first', or kind='recurring'."
        )
    split = parts(events, by, at="latest" if at == "latest" else "first", start=asked.starts(events), top=top)
    if at != "each":
        return split
    doubt = f"One {events.who.one} may be in several parts: they do not add up and are not compared with each other."
    said = split.words.replace("at the first start", "at each start")
    return replace(split, words=said, cautions=(*split.cautions, doubt))


def each_start(events: Events, counts: Counts, by: str, split: Parts, oldest: int, newest: int) -> Counts:
    """Count the cohorts of each part by the value of each start itself, the largest first."""
    named, rest = met_by(events, by, split)
    found, text = [], counts.sql
    for name, also in (named | rest).items():
        own = counted(events, replace(counts.asked, also=also), oldest, newest)
        text = own.sql
        if own.total.size or not rest:
            found.append(replace(own.total, name=name))
    if rest:
        found.sort(key=lambda one: (one.name in rest, -one.size))
    return replace(counts, parts=tuple(found), sql=text)


def met_by(events: Events, by: str, split: Parts) -> tuple[dict[str, exp.Expr], dict[str, exp.Expr]]:
    """Return for each part the condition that a start belongs to it, and for what is left of a property's values."""
    if by not in events.properties and ":" in by:
        return {name: met(events.engine, text, events.properties) for name, text in conditions(by).items()}, {}
    value = text_of(events.property(by))
    other, unknown = (str(split.steps[-1][2][key]) for key in ("other", "unknown"))
    top = [name for name in split.names if name not in (other, unknown)]
    left = exp.and_(exp.not_(value.isin(*top)), exp.not_(value.is_(exp.null())))
    return (
        {name: value.eq(exp.Literal.string(name)) for name in top},
        {other: left, unknown: value.is_(exp.null())},
    )
