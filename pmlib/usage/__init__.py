"""Questions about usage: how many are active, who stays, where they stop, what they pay."""

from pmlib.usage.acquisition import acquisition
from pmlib.usage.activation import activation
from pmlib.usage.active import active
from pmlib.usage.actives import active_users
from pmlib.usage.adoption import adoption
from pmlib.usage.conversions import time_to_convert
from pmlib.usage.funnel import funnel
from pmlib.usage.lifecycle import lifecycle
from pmlib.usage.paths import paths
from pmlib.usage.power import power_curve
from pmlib.usage.purchases import purchases
from pmlib.usage.retention import retention
from pmlib.usage.retention_trend import retention_trend
from pmlib.usage.revenue import mrr
from pmlib.usage.revenue_average import arpu
from pmlib.usage.revenue_kept import revenue_retention
from pmlib.usage.revenue_lifetime import lifetime_value
from pmlib.usage.sessions import sessions
from pmlib.usage.stickiness import stickiness
from pmlib.usage.survival import survival
from pmlib.usage.tracking import tracking

__all__ = [
    "acquisition",
    "activation",
    "active",
    "active_users",
    "adoption",
    "arpu",
    "funnel",
    "lifecycle",
    "lifetime_value",
    "mrr",
    "paths",
    "power_curve",
    "purchases",
    "retention",
    "retention_trend",
    "revenue_retention",
    "sessions",
    "stickiness",
    "survival",
    "time_to_convert",
    "tracking",
]
