"""Conditions that users write, held against the columns they name."""

from collections.abc import Mapping

import duckdb
from sqlglot import exp

from pmlib.core import SettingError, nearest
from pmlib.engine import Engine, condition


def met(engine: Engine, text: str, properties: Mapping[str, exp.Expr], *, what: str = "segment") -> exp.Expr:
    """Read a condition on events and try it once, so that a comparison that cannot be made is told here.

    Raises
    ------
    SettingError
        If it cannot be read, names no property, or compares what does not compare.
    """
    part = condition(text, properties, what=what)
    query = exp.select("1").from_("events").where(part.copy()).limit(1)
    try:
        engine.query(query.sql(dialect="duckdb"))
    except duckdb.Error as error:
        fault = str(error).splitlines()[0].partition("Error: ")[2] or str(error)
        raise SettingError(
            f"The {what} {text!r} compares what cannot be compared: {fault.rstrip('.')}. "
            "Texts go in single quotes, numbers do not."
        ) from error
    return part


def known_property(what: str, name: str, properties: Mapping[str, exp.Expr]) -> exp.Expr:
    """Return the expression that reads a property.

    Raises
    ------
    SettingError
        With the nearest name, if there is none of this name.
    """
    if name not in properties:
        known = ", ".join(properties) or "no property"
        raise SettingError(f"The {what} have no property '{name}'; there is {known}.{nearest(name, properties)}")
    return properties[name].copy()
