"""What a metric is: its name, meaning, unit and SQL, and its values over time."""

from pmlib.metrics.catalogue import Metric, catalogue, find
from pmlib.metrics.points import Points
from pmlib.metrics.series import daily, weekly

__all__ = ["Metric", "Points", "catalogue", "daily", "find", "weekly"]
