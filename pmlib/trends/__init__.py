"""Where a metric and its market are heading, and how sure one can be."""

from pmlib.trends.changes import change
from pmlib.trends.markets import market
from pmlib.trends.outlooks import outlook
from pmlib.trends.seasons import seasonality

__all__ = ["change", "market", "outlook", "seasonality"]
