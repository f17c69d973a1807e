"""Why no event meets a condition: values that a property never has."""

import sqlglot
from sqlglot import exp

from pmlib.core import nearest
from pmlib.engine import place, sql
from pmlib.sources.contract import Events

SHOWN = 8


def unmet(events: Events, segment: str) -> str:
    """Say that no event meets a condition, and which text in it is no value of its property, with the nearest.

    Parameters
    ----------
    events
        The events before they are narrowed.
    segment
        A condition that can be read.
    """
    said = f"No event meets {segment}."
    for node in sqlglot.parse_one(segment, dialect="duckdb").find_all(exp.EQ, exp.In):
        column = node.this
        texts = [one.this for one in node.expressions or [node.expression] if isinstance(one, exp.Literal)]
        if isinstance(column, exp.Column) and texts:
            query = place(sql(__package__, "values.sql"), given=events.property(column.name))
            values = events.query(query).column("value")
            said += "".join(never(column.name, text, values) for text in texts if text not in values)
    return said


def never(name: str, text: str, values: list[str]) -> str:
    """Say that a property never has a value.

    Examples
    --------
    >>> never("plan", "fre", ["free", "pro"])
    " plan is never 'fre'; it is free, pro. Did you mean 'free'?"
    """
    more = " and others" if len(values) > SHOWN else ""
    return f" {name} is never '{text}'; it is {', '.join(values[:SHOWN]) or 'empty'}{more}.{nearest(text, values)}"
