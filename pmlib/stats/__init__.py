"""Plain numbers in, estimates out; no tables, no charts, no SQL."""

from pmlib.stats.means import Moments, mean, mean_difference, mean_lift
from pmlib.stats.power import people_needed, units_needed
from pmlib.stats.scores import nps, nps_difference
from pmlib.stats.shares import share, share_difference, share_lift
from pmlib.stats.signals import signal
from pmlib.stats.splits import holm, srm

__all__ = [
    "Moments",
    "holm",
    "mean",
    "mean_difference",
    "mean_lift",
    "nps",
    "nps_difference",
    "people_needed",
    "share",
    "share_difference",
    "share_lift",
    "signal",
    "srm",
    "units_needed",
]
