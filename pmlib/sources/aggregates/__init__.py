"""Experiments as counts, means and variances made elsewhere."""

from pmlib.sources.aggregates.load import load_aggregates
from pmlib.sources.aggregates.table import Aggregates

__all__ = ["Aggregates", "load_aggregates"]
