"""Run SQL on DuckDB: queries in ``.sql`` files, values bound by name, cells back."""

from pmlib.engine.duck import Cells, Engine
from pmlib.engine.texts import condition, name, place, quoted, sql

__all__ = ["Cells", "Engine", "condition", "name", "place", "quoted", "sql"]
