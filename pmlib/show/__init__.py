"""Theme, chart shapes, tables and the head of a page: data that know how to draw themselves."""

from pmlib.show.charts import Chart, bars, flow, funnel, grid, intervals, line
from pmlib.show.parts import actions, doubts, headline, made
from pmlib.show.shapes import Link, Note, Series
from pmlib.show.still import still, still_css
from pmlib.show.tables import Column, Table, table

__all__ = [
    "Chart",
    "Column",
    "Link",
    "Note",
    "Series",
    "Table",
    "actions",
    "bars",
    "doubts",
    "flow",
    "funnel",
    "grid",
    "headline",
    "intervals",
    "line",
    "made",
    "still",
    "still_css",
    "table",
]
