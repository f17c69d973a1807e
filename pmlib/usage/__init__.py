"""Questions about usage: how many are active, who stays, where they stop."""

from pmlib.usage.active import active
from pmlib.usage.actives import active_users
from pmlib.usage.funnel import funnel
from pmlib.usage.lifecycle import lifecycle
from pmlib.usage.power import power_curve
from pmlib.usage.retention import retention
from pmlib.usage.stickiness import stickiness

__all__ = ["active", "active_users", "funnel", "lifecycle", "power_curve", "retention", "stickiness"]
