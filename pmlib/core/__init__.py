"""The ground floor: errors, units, estimates, findings and periods."""

from pmlib.core.errors import (
    InputError,
    PmlibError,
    SettingError,
    TooFewError,
    nearest,
)
from pmlib.core.estimate import Estimate, Kpi, Signal
from pmlib.core.finding import Finding, answering, made_id, unanswered
from pmlib.core.labels import Labels
from pmlib.core.ledger import Check, Ledger, Origin
from pmlib.core.periods import Buckets, Grain, Period, Weeks
from pmlib.core.units import Unit

__all__ = [
    "Buckets",
    "Check",
    "Estimate",
    "Finding",
    "Grain",
    "InputError",
    "Kpi",
    "Labels",
    "Ledger",
    "Origin",
    "Period",
    "PmlibError",
    "SettingError",
    "Signal",
    "TooFewError",
    "Unit",
    "Weeks",
    "answering",
    "made_id",
    "nearest",
    "unanswered",
]
