"""Questions about usage: how many are active, who stays, where they stop, what they pay."""

from pmlib.usage.activity.active import active
from pmlib.usage.activity.actives import active_users
from pmlib.usage.activity.lifecycle import lifecycle
from pmlib.usage.activity.power import power_curve
from pmlib.usage.activity.stickiness import stickiness
from pmlib.usage.cohorts.retention import retention
from pmlib.usage.cohorts.survival import survival
from pmlib.usage.cohorts.trend import retention_trend
from pmlib.usage.funnels.conversions import time_to_convert
from pmlib.usage.funnels.funnel import funnel
from pmlib.usage.growth.acquisition import acquisition
from pmlib.usage.growth.activation import activation
from pmlib.usage.growth.adoption import adoption
from pmlib.usage.journeys.paths import paths
from pmlib.usage.journeys.sessions import sessions
from pmlib.usage.panel.explore import explore
from pmlib.usage.revenue.arpu import arpu
from pmlib.usage.revenue.kept import revenue_retention
from pmlib.usage.revenue.lifetime import lifetime_value
from pmlib.usage.revenue.mrr import mrr
from pmlib.usage.revenue.purchases import purchases
from pmlib.usage.rules.definitions import definitions
from pmlib.usage.rules.reconcile import reconcile
from pmlib.usage.tracks.tracking import tracking

__all__ = [
    "acquisition",
    "activation",
    "active",
    "active_users",
    "adoption",
    "arpu",
    "definitions",
    "explore",
    "funnel",
    "lifecycle",
    "lifetime_value",
    "mrr",
    "paths",
    "power_curve",
    "purchases",
    "reconcile",
    "retention",
    "retention_trend",
    "revenue_retention",
    "sessions",
    "stickiness",
    "survival",
    "time_to_convert",
    "tracking",
]
