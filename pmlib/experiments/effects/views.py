"""Units with further columns, made of those they have: nothing is copied, and one pass reads them with the rest."""

from collections.abc import Mapping
from dataclasses import replace

from sqlglot import exp

from pmlib.engine import name
from pmlib.sources.contract import Units


def viewed(units: Units, columns: Mapping[str, exp.Expr]) -> tuple[Units, str]:
    """Return the same units with further columns, and the text of the view that adds them."""
    picks = [exp.alias_(value.copy(), name(column)) for column, value in columns.items()]
    engine = units.engine.viewed("units", lambda base: exp.select("*", *picks).from_(base))
    shown = exp.select("*", *picks).from_("units").sql(dialect="duckdb", pretty=True)
    text = f"-- Below, units stands for this view of them:\n{shown};"
    return replace(units, engine=engine, columns=(*units.columns, *columns)), text
