"""What a metric is: its name, meaning, unit and SQL, and its values over time."""

from pmlib.metrics.catalogue import catalogue, find, labels, own_file
from pmlib.metrics.entries import Metric, Target
from pmlib.metrics.points import Points
from pmlib.metrics.previews import preview
from pmlib.metrics.series import daily, monthly, weekly

__all__ = [
    "Metric",
    "Points",
    "Target",
    "catalogue",
    "daily",
    "find",
    "labels",
    "monthly",
    "own_file",
    "preview",
    "weekly",
]
